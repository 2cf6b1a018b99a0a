//! Programs that read standard input: `cat`, `grep`, `head`, `tail`, `wc`, `tee`, `sort` and such.

use super::others;
use crate::api::{Name, base64};
use crate::container::machine::{Machine, Turn};
use crate::container::process::{Fd, Process};
use crate::container::shell::pattern;
use crate::order;

/// How much a program that waits for the end of its input keeps, in bytes.
const MOST_KEPT: usize = 1 << 18;

/// What such a program does with its input.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Cat,
    Grep(Grep),
    /// How many lines are left.
    Head(usize),
    /// How many bytes are left.
    HeadBytes(usize),
    /// Whether it decodes.
    Base64(bool),
    /// How many lines at the end.
    Tail(usize),
    /// Which numbers: lines, words, bytes.
    Wc([bool; 3]),
    /// Files.
    Tee(Vec<Name>),
    /// Whether in reverse, by number, each line once.
    Sort([bool; 3]),
    /// Whether with counts.
    Uniq(bool),
    /// The characters, and what they become (`None`: they are left out).
    Tr(Vec<char>, Option<Vec<char>>),
    /// The separator and the fields, from 1.
    Cut(char, Vec<usize>),
    /// The separator (`None`: blanks) and the field, from 1.
    Awk(Option<char>, usize),
    Sed {
        pattern: Name,
        text: Name,
        everywhere: bool,
        extended: bool,
    },
}

/// The options of `grep`.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "grep has as many switches")]
pub(crate) struct Grep {
    pub(crate) pattern: Name,
    pub(crate) extended: bool,
    pub(crate) fixed: bool,
    pub(crate) ignore_case: bool,
    pub(crate) invert: bool,
    pub(crate) count: bool,
    pub(crate) quiet: bool,
    /// Only what matches is shown.
    pub(crate) only: bool,
    /// Whole words have to match.
    pub(crate) words: bool,
    /// Lines have their number.
    pub(crate) numbers: bool,
    /// How many lines before and after are shown as well.
    pub(crate) around: [usize; 2],
    /// Lines that may still come before one that matches.
    before: Vec<String>,
    /// How many lines after the last one are still shown.
    after: usize,
    /// How many lines were looked at, and the last one shown.
    seen: usize,
    shown: usize,
}

/// A program that reads its input to the end.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    kind: Kind,
    /// Input that is kept: the beginning of a line, or all of it.
    kept: String,
    /// Lines that `grep` found.
    found: usize,
    is_done: bool,
}

impl Filter {
    pub(crate) const fn new(kind: Kind) -> Self {
        Self { kind, kept: String::new(), found: 0, is_done: false }
    }

    /// The output and status for an input that is known whole.
    pub(crate) fn all(kind: Kind, input: &str) -> (String, i32) {
        let mut filter = Self::new(kind);
        let mut output = filter.take(input);
        let (rest, status) = filter.finish();
        output.push_str(&rest);
        (output, status)
    }

    /// Takes in a piece of the input; the output that follows from it.
    pub(crate) fn take(&mut self, input: &str) -> String {
        match self.kind {
            Kind::Cat | Kind::Tee(_) => return input.to_owned(),
            Kind::HeadBytes(left) => {
                let end =
                    (0..=left.min(input.len())).rev().find(|end| input.is_char_boundary(*end));
                let taken = &input[..end.unwrap_or(0)];
                self.kind = Kind::HeadBytes(left - taken.len());
                self.is_done = left == taken.len();
                return taken.to_owned();
            }
            Kind::Grep(_) | Kind::Head(_) | Kind::Awk(..) | Kind::Sed { .. } => {}
            Kind::Tail(_)
            | Kind::Wc(_)
            | Kind::Sort(_)
            | Kind::Uniq(_)
            | Kind::Tr(..)
            | Kind::Base64(_)
            | Kind::Cut(..) => {
                if self.kept.len() + input.len() <= MOST_KEPT {
                    self.kept.push_str(input);
                }
                return String::new();
            }
        }
        let mut text = std::mem::take(&mut self.kept);
        text.push_str(input);
        let end = text.rfind('\n').map_or(0, |end| end + 1);
        self.kept = text.split_off(end);
        if self.kept.len() > MOST_KEPT {
            self.kept.clear();
        }
        let mut output = String::new();
        for line in text.lines() {
            self.line(line, &mut output);
        }
        output
    }

    fn line(&mut self, line: &str, output: &mut String) {
        if self.is_done {
            return;
        }
        let mut shown = true;
        match &mut self.kind {
            Kind::Awk(separator, place) => {
                output.extend([others::field(line, *separator, *place), "\n"]);
                shown = false;
            }
            Kind::Sed { pattern, text, everywhere, extended } => {
                let line = others::replaced(line, pattern, text, *everywhere, *extended);
                output.extend([&*line, "\n"]);
                shown = false;
            }
            Kind::Head(0) => {
                self.is_done = true;
                shown = false;
            }
            Kind::Head(left) => {
                *left -= 1;
                self.is_done = *left == 0;
            }
            Kind::Grep(grep) => {
                let found = grep.matches(line) != grep.invert;
                self.found += usize::from(found);
                self.is_done = found && grep.quiet;
                if !grep.quiet && !grep.count {
                    grep.show(line, found, output);
                }
                shown = false;
            }
            Kind::Cat
            | Kind::Tail(_)
            | Kind::Wc(_)
            | Kind::Tee(_)
            | Kind::Sort(_)
            | Kind::Uniq(_)
            | Kind::Tr(..)
            | Kind::HeadBytes(_)
            | Kind::Base64(_)
            | Kind::Cut(..) => {}
        }
        if shown {
            output.push_str(line);
            output.push('\n');
        }
    }

    /// The output at the end of the input, and the status.
    #[inline(never)]
    pub(crate) fn finish(&mut self) -> (String, i32) {
        let kept = std::mem::take(&mut self.kept);
        let mut output = String::new();
        let mut status = 0;
        match &self.kind {
            Kind::Cat | Kind::Tee(_) | Kind::HeadBytes(_) => {}
            Kind::Base64(decodes) => (output, status) = base64_of(&kept, *decodes),
            Kind::Head(_) | Kind::Grep(_) | Kind::Awk(..) | Kind::Sed { .. } => {
                if !kept.is_empty() {
                    self.line(&kept, &mut output);
                }
                if let Kind::Grep(grep) = &self.kind {
                    if grep.count {
                        output = format!("{}\n", self.found);
                    }
                    status = i32::from(self.found == 0);
                }
            }
            Kind::Tail(count) => {
                let lines: Vec<&str> = kept.split_inclusive('\n').collect();
                output = lines[lines.len().saturating_sub(*count)..].concat();
            }
            Kind::Wc(wanted) => {
                let numbers =
                    [kept.matches('\n').count(), kept.split_ascii_whitespace().count(), kept.len()];
                let chosen: Vec<String> = (0..3)
                    .filter(|place| wanted[*place])
                    .map(|place| numbers[place].to_string())
                    .collect();
                output = format!("{}\n", chosen.join(" "));
            }
            Kind::Sort([reverse, numeric, unique]) => {
                let mut lines: Vec<&str> = kept.lines().collect();
                let number = |line: &str| {
                    let line = line.trim_start();
                    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
                    if *numeric { line[..digits].parse::<u64>().unwrap_or(0) } else { 0 }
                };
                order::sort_by(&mut lines, |a, b| {
                    let order = (number(a), *a).cmp(&(number(b), *b));
                    if *reverse { order.reverse() } else { order }
                });
                if *unique {
                    lines.dedup();
                }
                for line in lines {
                    output.push_str(line);
                    output.push('\n');
                }
            }
            Kind::Uniq(counts) => {
                let mut lines = kept.lines().peekable();
                while let Some(line) = lines.next() {
                    let mut count = 1;
                    while lines.next_if_eq(&line).is_some() {
                        count += 1;
                    }
                    if *counts {
                        output.extend([format!("{count:>7} ")]);
                    }
                    output.push_str(line);
                    output.push('\n');
                }
            }
            Kind::Tr(from, to) => {
                for c in kept.chars() {
                    match (from.iter().position(|other| *other == c), to) {
                        (None, _) => output.push(c),
                        (Some(_), None) => {}
                        (Some(place), Some(to)) => output.extend(to.get(place).or(to.last())),
                    }
                }
            }
            Kind::Cut(separator, fields) => {
                for line in kept.lines() {
                    let parts: Vec<&str> = line.split(*separator).collect();
                    let chosen: Vec<&str> = if parts.len() == 1 {
                        parts
                    } else {
                        fields.iter().filter_map(|field| parts.get(field - 1).copied()).collect()
                    };
                    let separator: &str = &separator.to_string();
                    output.push_str(&chosen.join(separator));
                    output.push('\n');
                }
            }
        }
        (output, status)
    }
}

/// Text as base64 in lines of 76 characters, or what such lines stand for; and the status.
fn base64_of(text: &str, decodes: bool) -> (String, i32) {
    if decodes {
        let digits: String = text.split_ascii_whitespace().collect();
        return base64::decode(&digits)
            .map_or((String::new(), 1), |bytes| (String::from_utf8_lossy(&bytes).into_owned(), 0));
    }
    let mut output = String::new();
    let encoded = base64::encode(text.as_bytes());
    let mut rest = &*encoded;
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(76));
        output.extend([line, "\n"]);
        rest = more;
    }
    (output, 0)
}

impl Grep {
    /// A search for this expression.
    pub(crate) fn by_name(program: &str) -> Self {
        Self { extended: program == "egrep", fixed: program == "fgrep", ..Self::default() }
    }

    /// Shows a line that matches or stands near one that does.
    fn show(&mut self, line: &str, found: bool, output: &mut String) {
        self.seen += 1;
        let numbered = |number: usize, mark: char, line: &str| {
            if self.numbers { format!("{number}{mark}{line}\n") } else { format!("{line}\n") }
        };
        if !found {
            if self.after > 0 {
                self.after -= 1;
                self.shown = self.seen;
                output.push_str(&numbered(self.seen, '-', line));
            } else if self.around[0] > 0 {
                if self.before.len() == self.around[0] {
                    self.before.remove(0);
                }
                self.before.push(line.to_owned());
            }
            return;
        }
        let first = self.seen - self.before.len();
        if self.around != [0, 0] && self.shown > 0 && first > self.shown + 1 {
            output.push_str("--\n");
        }
        for (place, line) in self.before.iter().enumerate() {
            output.push_str(&numbered(first + place, '-', line));
        }
        self.before.clear();
        if self.only && !self.invert {
            let chars: Vec<char> = line.chars().collect();
            let mut from = 0;
            while let Some((start, end)) = self.find(&chars, from) {
                if end > start {
                    let part: String = chars[start..end].iter().collect();
                    output.push_str(&numbered(self.seen, ':', &part));
                }
                from = end.max(start + 1);
            }
        } else {
            output.push_str(&numbered(self.seen, ':', line));
        }
        self.after = self.around[1];
        self.shown = self.seen;
    }

    /// The next place that matches.
    fn find(&self, line: &[char], from: usize) -> Option<(usize, usize)> {
        let fold = |c: &char| if self.ignore_case { c.to_ascii_lowercase() } else { *c };
        let line: Vec<char> = line.iter().map(fold).collect();
        let wanted: Vec<char> = self.pattern.chars().map(|c| fold(&c)).collect();
        if self.fixed {
            let ends = from..=line.len().checked_sub(wanted.len())?;
            let start = ends.into_iter().find(|at| line[*at..].starts_with(&wanted))?;
            return Some((start, start + wanted.len()));
        }
        let wanted: String = wanted.into_iter().collect();
        pattern::regex_find(&wanted, &line, from, self.extended)
    }

    fn matches(&self, line: &str) -> bool {
        if self.words {
            let chars: Vec<char> = line.chars().collect();
            let is_word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
            let mut from = 0;
            while let Some((start, end)) = self.find(&chars, from) {
                let before = start.checked_sub(1).and_then(|at| chars.get(at));
                if !is_word(before) && !is_word(chars.get(end)) {
                    return true;
                }
                from = start + 1;
            }
            return false;
        }
        if !self.fixed {
            return pattern::regex_matches(&self.pattern, line, self.extended, self.ignore_case);
        }
        if self.ignore_case {
            return line.to_ascii_lowercase().contains(&self.pattern.to_ascii_lowercase());
        }
        line.contains(&*self.pattern)
    }
}

impl Machine<'_, '_> {
    /// Gives such a program its turn.
    #[inline(never)]
    pub(crate) fn run_filter(&mut self, filter: &mut Filter, process: &mut Process) -> Turn {
        if let Err(until) = self.pay() {
            process.at = until;
            return Turn::Over;
        }
        if self.state.is_full(&process.fds[1]) {
            return Turn::Over;
        }
        let (input, is_end) = match &mut process.fds[0] {
            Fd::Text { text, at } => (text[std::mem::replace(at, text.len())..].to_owned(), true),
            Fd::Pipe(pipe) => {
                let text = self.state.take_input(*pipe);
                let is_end = text.is_empty() && !self.state.has_writer(*pipe);
                (text, is_end)
            }
            Fd::Log { .. } | Fd::Null | Fd::File(_) | Fd::Screen { .. } => (String::new(), true),
        };
        let mut output = filter.take(&input);
        if let Kind::Tee(paths) = &filter.kind {
            for path in paths.clone() {
                self.write(&Fd::File(path), &output);
            }
        }
        let mut status = None;
        if is_end || filter.is_done {
            let (rest, code) = filter.finish();
            output.push_str(&rest);
            status = Some(code);
        }
        if !output.is_empty() && !self.write(&process.fds[1], &output) {
            self.take_broken_pipe();
            return Turn::Exit(141);
        }
        status.map_or(Turn::Over, Turn::Exit)
    }
}
