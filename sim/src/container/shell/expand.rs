//! Expands words: parameters, substitutions, arithmetic, splitting into fields, file names.

use std::sync::Arc;

use super::syntax::{Action, Parameter, Part, Script, Word};
use super::variables::Variables;
use super::{Kind, Shell, arithmetic, pattern};
use crate::api::Name;
use crate::container::files::{FileSystem, normal};

/// The longest value, in bytes.
const LONGEST: usize = 1 << 16;
/// How many fields a command may have.
const MOST_FIELDS: usize = 4_096;
/// How much work taking a pattern off a text may be: the product of their lengths and the text's.
const MOST_WORK: usize = 1 << 22;

/// Why an expansion stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// A substitution must be run first.
    Substitute(Arc<Script>),
    /// The shell says this and ends.
    Fail(String),
}

type Expanded<T> = Result<T, Halt>;

/// Expands the words of one command.
pub(super) struct Expander<'a> {
    pub(super) shell: &'a Shell,
    pub(super) files: FileSystem<'a>,
    pub(super) pid: u32,
    /// The name of the pod.
    hostname: &'a str,
    /// What random numbers are drawn from.
    draw: u64,
    /// The variables as they become.
    pub(super) variables: Arc<Variables>,
    /// How many results of substitutions have been used.
    used: usize,
}

/// The fields of a command while they are made.
#[derive(Default)]
struct Fields {
    done: Vec<Name>,
    text: String,
    /// The text as a pattern: what was quoted is escaped.
    pattern: String,
    is_open: bool,
    has_pattern: bool,
}

impl<'a> Expander<'a> {
    pub(super) fn new(
        shell: &'a Shell,
        files: FileSystem<'a>,
        pid: u32,
        (hostname, draw): (&'a str, u64),
    ) -> Self {
        Self { shell, files, pid, hostname, draw, variables: Arc::clone(&shell.variables), used: 0 }
    }

    /// The fields that words become.
    pub(super) fn fields(&mut self, words: &[Word]) -> Expanded<Vec<Name>> {
        let mut fields = Fields::default();
        for (index, word) in words.iter().enumerate() {
            if index > 0
                && is_declaration(&fields.done)
                && let Some((name, value)) = super::parser::as_assignment(word)
            {
                let value = self.text(&value)?;
                fields.done.push(format!("{name}={value}").into());
                continue;
            }
            // Between double brackets nothing is split and nothing is a file name.
            if fields.done.first().is_some_and(|word| &**word == "[[") {
                let text = self.text(word)?;
                fields.done.push(text.into());
                continue;
            }
            if let Some(alternatives) = self.alternatives(word) {
                fields.done.extend(alternatives);
                continue;
            }
            for part in word {
                self.part(part, &mut fields)?;
            }
            self.close(&mut fields)?;
        }
        Ok(fields.done)
    }

    /// What bash makes of a plain word with `{1..3}` or `{a,b}` in it.
    #[inline(never)]
    fn alternatives(&self, word: &[Part]) -> Option<Vec<Name>> {
        let [Part::Text { text, quoted: false }] = word else {
            return None;
        };
        let (before, rest) = text.split_once('{').filter(|_| self.shell.kind == Kind::Bash)?;
        let (inside, after) = rest.split_once('}')?;
        let whole = |part: &str| Name::from([before, part, after].concat());
        if let Some((from, to)) = inside.split_once("..") {
            let (from, to) = (from.parse::<i32>().ok()?, to.parse::<i32>().ok()?);
            let count = from.abs_diff(to).min(1_000);
            let step = if from <= to { 1 } else { -1 };
            let numbers = (0..=count).scan(from, |at, _| {
                let here = *at;
                *at = at.saturating_add(step);
                Some(here)
            });
            return Some(numbers.map(|number| whole(&number.to_string())).collect());
        }
        inside.contains(',').then(|| inside.split(',').map(whole).collect())
    }

    /// The text that a word becomes, not split.
    pub(super) fn text(&mut self, word: &[Part]) -> Expanded<String> {
        let (mut text, mut pattern) = (String::new(), String::new());
        self.joined(word, &mut text, &mut pattern)?;
        Ok(text)
    }

    /// The pattern that a word becomes.
    pub(super) fn pattern(&mut self, word: &[Part]) -> Expanded<String> {
        let (mut text, mut pattern) = (String::new(), String::new());
        self.joined(word, &mut text, &mut pattern)?;
        Ok(pattern)
    }

    fn joined(&mut self, word: &[Part], text: &mut String, pattern: &mut String) -> Expanded<()> {
        for part in word {
            let (value, quoted) = match part {
                Part::Text { text, quoted } => (text.as_str().into(), *quoted),
                Part::Parameter(parameter) => (self.value_of(parameter)?, parameter.quoted),
                Part::Arithmetic { text, quoted } => (self.arithmetic(text)?, *quoted),
                Part::Substitution { script, quoted } => (self.substitution(script)?, *quoted),
            };
            text.push_str(&value);
            add_pattern(pattern, &value, quoted);
            check_length(text)?;
        }
        Ok(())
    }

    fn part(&mut self, part: &Part, fields: &mut Fields) -> Expanded<()> {
        match part {
            Part::Text { text, quoted } => fields.push(text, *quoted),
            Part::Parameter(parameter) => {
                if &*parameter.name == "@" && parameter.action == Action::Value {
                    return self.all_arguments(parameter.quoted, fields);
                }
                // Only what stands in the word may be split, and by its own quotes.
                if let (false, Some(word)) = (parameter.quoted, self.replacement(parameter)) {
                    for part in word {
                        self.part(part, fields)?;
                    }
                    return Ok(());
                }
                let value = self.value_of(parameter)?;
                self.split(&value, parameter.quoted, fields)?;
            }
            Part::Arithmetic { text, quoted } => {
                let value = self.arithmetic(text)?;
                self.split(&value, *quoted, fields)?;
            }
            Part::Substitution { script, quoted } => {
                let value = self.substitution(script)?;
                self.split(&value, *quoted, fields)?;
            }
        }
        check_length(&fields.text)
    }

    #[inline(never)]
    fn all_arguments(&self, quoted: bool, fields: &mut Fields) -> Expanded<()> {
        let arguments = Arc::clone(&self.shell.arguments);
        for (index, argument) in arguments.iter().enumerate() {
            if index > 0 {
                self.close(fields)?;
            }
            if quoted {
                fields.push(argument, true);
            } else {
                self.split(argument, false, fields)?;
            }
        }
        if arguments.is_empty() && fields.text.is_empty() {
            fields.is_open = false;
        }
        Ok(())
    }

    /// Adds a value, split at the characters of `IFS` unless it is quoted.
    fn split(&self, value: &str, quoted: bool, fields: &mut Fields) -> Expanded<()> {
        if quoted {
            fields.push(value, true);
            return Ok(());
        }
        let separators = self.variables.get("IFS").cloned().unwrap_or_else(|| " \t\n".into());
        let mut rest = value;
        while let Some(at) = rest.find(|c: char| separators.contains(c)) {
            let (field, after) = rest.split_at(at);
            if !field.is_empty() {
                fields.push(field, false);
            }
            let separator = after.chars().next().unwrap_or(' ');
            rest = &after[separator.len_utf8()..];
            if !separator.is_ascii_whitespace() {
                fields.is_open = true;
            }
            self.close(fields)?;
        }
        if !rest.is_empty() {
            fields.push(rest, false);
        }
        Ok(())
    }

    /// Ends a field; one with a pattern becomes the files that match.
    fn close(&self, fields: &mut Fields) -> Expanded<()> {
        let text = std::mem::take(&mut fields.text);
        let pattern = std::mem::take(&mut fields.pattern);
        let is_pattern = std::mem::take(&mut fields.has_pattern);
        if !std::mem::take(&mut fields.is_open) {
            return Ok(());
        }
        let found = if is_pattern { self.file_names(&pattern) } else { Vec::new() };
        if found.is_empty() {
            fields.done.push(text.into());
        } else {
            fields.done.extend(found);
        }
        if fields.done.len() > MOST_FIELDS {
            return Err(Halt::Fail("Argument list too long".to_owned()));
        }
        Ok(())
    }

    /// The files that a pattern matches, in order.
    #[inline(never)]
    fn file_names(&self, pattern: &str) -> Vec<Name> {
        let mut found: Vec<String> = vec![String::new()];
        if pattern.starts_with('/') {
            found[0].push('/');
        }
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            let mut next = Vec::new();
            for folder in &found {
                let path = normal(&self.shell.directory, folder);
                for name in self.files.list(&path) {
                    let is_hidden = name.starts_with('.') && !part.starts_with('.');
                    if !is_hidden && pattern::matches(part, &name) && next.len() < MOST_FIELDS {
                        let slash =
                            if folder.is_empty() || folder.ends_with('/') { "" } else { "/" };
                        next.push(format!("{folder}{slash}{name}"));
                    }
                }
            }
            found = next;
        }
        found.into_iter().map(Into::into).collect()
    }

    fn substitution(&mut self, script: &Arc<Script>) -> Expanded<Name> {
        let result = self.shell.substitutions.get(self.used).cloned();
        self.used += 1;
        result.ok_or_else(|| Halt::Substitute(Arc::clone(script)))
    }

    #[inline(never)]
    fn arithmetic(&mut self, word: &[Part]) -> Expanded<Name> {
        let text = self.text(word)?;
        if text.contains("RANDOM") && self.shell.kind != Kind::Dash {
            let random = self.random().to_string();
            Arc::make_mut(&mut self.variables).set("RANDOM", &random);
        }
        match arithmetic::evaluate(&text, Arc::make_mut(&mut self.variables)) {
            Ok(value) => Ok(value.to_string().into()),
            Err(error) if self.shell.kind == Kind::Dash => {
                let error = if error == arithmetic::BY_ZERO { "division by zero" } else { error };
                Err(Halt::Fail(format!("arithmetic expression: {error}: \"{text}\"")))
            }
            Err(error) => Err(Halt::Fail(error.to_owned())),
        }
    }

    /// A number below 32768 that differs from pod to pod and from step to step.
    #[inline(never)]
    fn random(&self) -> u32 {
        let name = self
            .hostname
            .bytes()
            .fold(self.draw, |sum, byte| crate::rng::mix(sum.wrapping_add(byte.into())));
        u32::try_from(crate::rng::mix(name) % 32_768).unwrap_or(0)
    }

    /// The value of a plain parameter.
    fn lookup(&self, name: &str) -> Option<Name> {
        let shell = self.shell;
        let number = |number: u32| Some(number.to_string().into());
        match name {
            "?" => Some(shell.status.to_string().into()),
            "#" => Some(shell.arguments.len().to_string().into()),
            "$" => number(self.pid),
            "!" if shell.last_background == 0 => None,
            "!" => number(shell.last_background),
            "0" => Some(shell.name.clone()),
            "-" => Some(if shell.options.exit_on_error { "e" } else { "" }.into()),
            "@" | "*" => {
                let all: Vec<&str> = shell.arguments.iter().map(AsRef::as_ref).collect();
                Some(all.join(" ").into())
            }
            "RANDOM" if shell.kind != Kind::Dash => number(self.random()),
            "HOSTNAME" => self.variables.get(name).cloned().or_else(|| Some(self.hostname.into())),
            _ => match name.parse::<usize>() {
                Ok(place) => shell.arguments.get(place.wrapping_sub(1)).cloned(),
                Err(_) => self.variables.get(name).cloned(),
            },
        }
    }

    /// The word of `${NAME:-word}` and `${NAME:+word}` when it takes the value's place.
    fn replacement<'p>(&self, parameter: &'p Parameter) -> Option<&'p Word> {
        let is_set = self.is_set(parameter);
        let wanted = match parameter.action {
            Action::Default => !is_set,
            Action::Alternative => is_set,
            _ => false,
        };
        wanted.then_some(&parameter.word)
    }

    fn is_set(&self, parameter: &Parameter) -> bool {
        let value = match &*parameter.name {
            "@" | "*" if self.shell.arguments.is_empty() => None,
            name => self.lookup(name),
        };
        value.is_some_and(|value| !parameter.or_empty || !value.is_empty())
    }

    fn value_of(&mut self, parameter: &Parameter) -> Expanded<Name> {
        let name = &*parameter.name;
        if let Some(word) = self.replacement(parameter) {
            return self.text(word).map(Into::into);
        }
        let value = self.lookup(name);
        match parameter.action {
            Action::Alternative => Ok("".into()),
            Action::Default => Ok(value.unwrap_or_default()),
            Action::Assign if !self.is_set(parameter) => {
                let value: Name = self.text(&parameter.word)?.into();
                Arc::make_mut(&mut self.variables).set_name(name, value.clone());
                Ok(value)
            }
            Action::Fail if !self.is_set(parameter) => {
                let mut text = self.text(&parameter.word)?;
                if text.is_empty() {
                    text.push_str(if parameter.or_empty {
                        "parameter null or not set"
                    } else {
                        "parameter not set"
                    });
                }
                Err(Halt::Fail(format!("{name}: {text}")))
            }
            action => {
                let special = matches!(name, "@" | "*" | "!");
                if value.is_none() && self.shell.options.no_unset && !special {
                    let bash = self.shell.kind == Kind::Bash;
                    let why = if bash { "unbound variable" } else { "parameter not set" };
                    return Err(Halt::Fail(format!("{name}: {why}")));
                }
                self.changed(action, &value.unwrap_or_default(), &parameter.word)
            }
        }
    }

    /// What `${NAME…}` makes of a value.
    #[inline(never)]
    fn changed(&mut self, action: Action, value: &Name, word: &[Part]) -> Expanded<Name> {
        match action {
            Action::Length => Ok(value.chars().count().to_string().into()),
            Action::Suffix(longest) => {
                let pattern = self.bounded_pattern(word, value)?;
                let ends = value.char_indices().map(|(at, _)| at).chain([value.len()]);
                let cut = |at: &usize| pattern::matches(&pattern, &value[*at..]);
                let mut ends: Box<dyn Iterator<Item = usize>> = if longest {
                    Box::new(ends)
                } else {
                    Box::new(ends.collect::<Vec<_>>().into_iter().rev())
                };
                Ok(ends.find(cut).map_or_else(|| value.clone(), |at| value[..at].into()))
            }
            Action::Prefix(longest) => {
                let pattern = self.bounded_pattern(word, value)?;
                let ends = value.char_indices().map(|(at, _)| at).chain([value.len()]);
                let cut = |at: &usize| pattern::matches(&pattern, &value[..*at]);
                let mut ends: Box<dyn Iterator<Item = usize>> = if longest {
                    Box::new(ends.collect::<Vec<_>>().into_iter().rev())
                } else {
                    Box::new(ends)
                };
                Ok(ends.find(cut).map_or_else(|| value.clone(), |at| value[at..].into()))
            }
            Action::Slice => {
                let range = self.text(word)?;
                let (offset, length) = range.split_once(':').unwrap_or((&range, ""));
                let mut number = |text: &str| {
                    arithmetic::evaluate(text, Arc::make_mut(&mut self.variables))
                        .map_err(|error| Halt::Fail(error.to_owned()))
                };
                let count = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
                let offset = number(offset)?;
                let from = if offset < 0 { count + offset } else { offset }.clamp(0, count);
                let to = if range.contains(':') {
                    let length = number(length)?;
                    if length < 0 {
                        count.saturating_add(length)
                    } else {
                        from.saturating_add(length)
                    }
                } else {
                    count
                };
                let skip = usize::try_from(from).unwrap_or(0);
                let take = usize::try_from(to.clamp(from, count) - from).unwrap_or(0);
                Ok(value.chars().skip(skip).take(take).collect::<String>().into())
            }
            Action::Case { upper, all } => {
                let mut changed = value.to_string();
                let first = value.chars().next().map_or(0, char::len_utf8);
                let part = &mut changed[..if all { value.len() } else { first }];
                if upper {
                    part.make_ascii_uppercase();
                } else {
                    part.make_ascii_lowercase();
                }
                Ok(changed.into())
            }
            Action::Replace(everywhere) => self.replaced(value, word, everywhere),
            Action::Value
            | Action::Default
            | Action::Assign
            | Action::Fail
            | Action::Alternative => Ok(value.clone()),
        }
    }

    fn bounded_pattern(&mut self, word: &[Part], value: &str) -> Expanded<String> {
        let pattern = self.pattern(word)?;
        let work = value.len().saturating_mul(value.len()).saturating_mul(pattern.len());
        if work > MOST_WORK {
            return Err(Halt::Fail("a pattern on so long a text is not simulated".to_owned()));
        }
        Ok(pattern)
    }

    #[inline(never)]
    fn replaced(&mut self, value: &str, word: &[Part], everywhere: bool) -> Expanded<Name> {
        let separator = word
            .iter()
            .position(|part| matches!(part, Part::Text { text, .. } if text.starts_with('\0')))
            .unwrap_or(word.len());
        let pattern = self.bounded_pattern(&word[..separator], value)?;
        let by = self.text(word.get(separator..).unwrap_or_default())?;
        let by = by.trim_start_matches('\0');
        let mut result = String::new();
        let mut at = 0;
        while at < value.len() {
            let ends = (at..=value.len()).rev().filter(|end| value.is_char_boundary(*end));
            let end = ends
                .filter(|end| *end > at)
                .find(|end| pattern::matches(&pattern, &value[at..*end]));
            let Some(end) = end else {
                let c = value[at..].chars().next().unwrap_or(' ');
                result.push(c);
                at += c.len_utf8();
                continue;
            };
            result.push_str(by);
            at = end;
            if !everywhere {
                break;
            }
        }
        result.push_str(&value[at..]);
        check_length(&result)?;
        Ok(result.into())
    }
}

impl Fields {
    fn push(&mut self, text: &str, quoted: bool) {
        self.is_open |= quoted || !text.is_empty();
        self.has_pattern |= !quoted && (text.contains(['*', '?']) || is_set(text));
        self.text.push_str(text);
        add_pattern(&mut self.pattern, text, quoted);
    }
}

/// Whether a text has a set such as `[a-z]`; the command `[` alone is none.
fn is_set(text: &str) -> bool {
    text.split_once('[').is_some_and(|(_, rest)| rest.contains(']'))
}

fn add_pattern(pattern: &mut String, text: &str, quoted: bool) {
    for c in text.chars() {
        if quoted && "*?[]\\!-^".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
}

fn check_length(text: &str) -> Expanded<()> {
    if text.len() > LONGEST { Err(Halt::Fail("out of memory".to_owned())) } else { Ok(()) }
}

/// Whether a command's arguments are assignments, which are not split.
fn is_declaration(done: &[Name]) -> bool {
    done.first().is_some_and(|word| matches!(&**word, "export" | "readonly" | "local"))
}
