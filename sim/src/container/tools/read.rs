//! Calls of the programs that read their input or files: see [`super::filter`].

use super::filter::{Filter, Grep, Kind};
use super::{Call, Outcome, forever};
use crate::api::Name;
use crate::container::files::normal;
use crate::container::machine::Machine;
use crate::container::process::Task;
use crate::container::shell::pattern;

impl Machine<'_, '_> {
    /// A program that reads the files from this argument on, or its input.
    pub(super) fn filter(&mut self, call: &Call<'_>, kind: Kind, first: usize) -> Outcome {
        let files: Vec<&Name> =
            call.argv.iter().skip(first).filter(|word| !word.starts_with('-')).collect();
        if files.is_empty() {
            return Outcome::Runs(Task::Filter(Box::new(Filter::new(kind))));
        }
        let (mut text, mut status) = (String::new(), 0);
        for typed in files {
            match self.read_file(&normal(&call.directory, typed)) {
                Ok(read) => text.push_str(&read),
                Err(error) => {
                    let why = error.text();
                    status = self.file_error(
                        call,
                        &format!("{typed}: {why}"),
                        &format!("can't open '{typed}': {why}"),
                    );
                }
            }
        }
        let is_grep = matches!(kind, Kind::Grep(_));
        let (output, code) = Filter::all(kind, &text);
        if !output.is_empty() {
            self.write(&call.fds[1], &output);
        }
        Outcome::Done(match status {
            0 => code,
            _ if is_grep => 2,
            status => status,
        })
    }

    #[inline(never)]
    pub(super) fn grep(&mut self, call: &Call<'_>) -> Outcome {
        let mut grep = Grep::by_name(call.program());
        let mut place = 1;
        while let Some(letters) = call.argument(place).and_then(|word| word.strip_prefix('-')) {
            let digits = letters.trim_start_matches(['A', 'B', 'C']);
            if digits.len() < letters.len() || digits.chars().all(|c| c.is_ascii_digit()) {
                let mut number = digits;
                if number.is_empty() {
                    place += 1;
                    number = call.argument(place).unwrap_or_default();
                }
                let Ok(lines) = number.parse() else { return self.unknown(call) };
                grep.around = match &letters[..letters.len() - digits.len()] {
                    "A" => [grep.around[0], lines],
                    "B" => [lines, grep.around[1]],
                    _ => [lines, lines],
                };
                place += 1;
                continue;
            }
            for letter in letters.chars() {
                match letter {
                    'o' => grep.only = true,
                    'w' => grep.words = true,
                    'n' => grep.numbers = true,
                    'q' => grep.quiet = true,
                    'v' => grep.invert = true,
                    'c' => grep.count = true,
                    'i' => grep.ignore_case = true,
                    'E' => grep.extended = true,
                    'F' => grep.fixed = true,
                    's' | 'e' | 'h' => {}
                    _ => return self.unknown(call),
                }
            }
            place += 1;
        }
        let Some(expression) = call.argv.get(place) else {
            let status = self.file_error(call, "missing pattern", "missing pattern");
            return Outcome::Done(status + 1);
        };
        grep.pattern = expression.clone();
        if !grep.fixed && !pattern::regex_is_simple(expression, grep.extended) {
            return self.unknown(call);
        }
        self.filter(call, Kind::Grep(grep), place + 1)
    }

    #[inline(never)]
    pub(super) fn head_or_tail(&mut self, call: &Call<'_>) -> Outcome {
        let mut count = 10;
        let mut place = 1;
        while let Some(option) = call.argument(place).and_then(|word| word.strip_prefix('-')) {
            place += 1;
            let number = match option {
                "n" => {
                    place += 1;
                    call.argument(place - 1).unwrap_or_default()
                }
                "f" | "F" => return self.follow(call, place),
                option if option.starts_with('c') && call.program() == "head" => {
                    let mut number = &option[1..];
                    if number.is_empty() {
                        place += 1;
                        number = call.argument(place - 1).unwrap_or_default();
                    }
                    let Ok(bytes) = number.parse() else { return self.unknown(call) };
                    return self.filter(call, Kind::HeadBytes(bytes), place);
                }
                option => option.trim_start_matches('n'),
            };
            match number.parse() {
                Ok(number) => count = number,
                Err(_) => return self.unknown(call),
            }
        }
        let kind = if call.program() == "head" { Kind::Head(count) } else { Kind::Tail(count) };
        self.filter(call, kind, place)
    }

    /// `tail -f`: what the file holds, and then nothing more.
    #[inline(never)]
    pub(super) fn follow(&mut self, call: &Call<'_>, place: usize) -> Outcome {
        let path = normal(&call.directory, call.argument(place).unwrap_or("/dev/null"));
        if path != "/dev/null" {
            self.note(call.line, "`tail -f` shows what the file holds now, and nothing that comes");
            if let Ok(text) = self.file_system().read(&path) {
                self.write(&call.fds[1], &text);
            }
        }
        Outcome::Runs(forever())
    }

    #[inline(never)]
    pub(super) fn word_count(&mut self, call: &Call<'_>) -> Outcome {
        let has = |letter: char| {
            call.argv.iter().any(|word| word.starts_with('-') && word.contains(letter))
        };
        let wanted = [has('l'), has('w'), has('c')];
        let wanted = if wanted.contains(&true) { wanted } else { [true; 3] };
        self.filter(call, Kind::Wc(wanted), 1)
    }

    #[inline(never)]
    pub(super) fn tee(&mut self, call: &Call<'_>) -> Outcome {
        let append = call.argv.iter().any(|word| &**word == "-a");
        let mut paths: Vec<Name> = Vec::new();
        for word in call.argv[1..].iter().filter(|word| !word.starts_with('-')) {
            let path = normal(&call.directory, word);
            if !append {
                let _ = self.file_system().write(&path, "");
            }
            paths.push(path.into());
        }
        Outcome::Runs(Task::Filter(Box::new(Filter::new(Kind::Tee(paths)))))
    }

    /// `sort`, `uniq`, `tr` and `cut`.
    #[inline(never)]
    pub(super) fn arrange(&mut self, call: &Call<'_>) -> Option<Outcome> {
        let mut letters = String::new();
        for word in call.argv[1..].iter().filter(|word| word.starts_with('-')) {
            letters.push_str(&word[1..]);
        }
        let only = |known: &str| letters.chars().all(|letter| known.contains(letter));
        let has = |letter: char| letters.contains(letter);
        let plain: Vec<&Name> =
            call.argv[1..].iter().filter(|word| !word.starts_with('-')).collect();
        match call.program() {
            "sort" if only("rnu") => {
                Some(self.filter(call, Kind::Sort([has('r'), has('n'), has('u')]), 1))
            }
            "uniq" if only("c") => Some(self.filter(call, Kind::Uniq(has('c')), 1)),
            "tr" if only("d") => {
                let from = plain.first().and_then(|set| characters(set))?;
                let to = match plain.get(1) {
                    Some(set) => Some(characters(set)?),
                    None => None,
                };
                let kind = Kind::Tr(from, to.filter(|_| !has('d')));
                Some(Outcome::Runs(Task::Filter(Box::new(Filter::new(kind)))))
            }
            "cut" => {
                let mut separator = '\t';
                let mut fields = Vec::new();
                let mut words = call.argv[1..].iter();
                let mut first = 1;
                while let Some(option) = words.next().and_then(|word| word.strip_prefix('-')) {
                    first += 1;
                    let (letter, mut value) = option.split_at_checked(1)?;
                    if value.is_empty() {
                        first += 1;
                        value = words.next()?;
                    }
                    match letter {
                        "d" => separator = value.chars().next()?,
                        "f" => {
                            for field in value.split(',') {
                                fields.push(field.parse().ok().filter(|field| *field > 0)?);
                            }
                        }
                        _ => return None,
                    }
                }
                Some(self.filter(call, Kind::Cut(separator, fields), first))
            }
            _ => None,
        }
    }
}

/// The characters of a set of `tr`: `a-z`, `\n`, plain ones. `None` for classes.
fn characters(set: &str) -> Option<Vec<char>> {
    if set.contains("[:") {
        return None;
    }
    let mut found = Vec::new();
    let chars: Vec<char> = set.replace("\\n", "\n").replace("\\t", "\t").chars().collect();
    let mut at = 0;
    while at < chars.len() {
        match chars.get(at + 2) {
            Some(high) if chars[at + 1] == '-' && chars[at].is_ascii() && high.is_ascii() => {
                found.extend(chars[at]..=*high);
                at += 3;
            }
            _ => {
                found.push(chars[at]);
                at += 1;
            }
        }
    }
    Some(found)
}
