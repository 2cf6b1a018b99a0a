//! Programs for files: `touch`, `rm`, `mkdir`, `ls`, `cp`, `mv`, `chmod`, and `test`.

use super::{Call, Outcome};
use crate::api::Name;
use crate::container::files::{FileError, normal};
use crate::container::image::Flavour;
use crate::container::machine::Machine;
use crate::container::shell::{Kind, pattern};

impl Machine<'_, '_> {
    /// The arguments that are not options, as paths and as they were typed; and the options' letters.
    fn paths<'c>(call: &Call<'c>) -> (Vec<(String, &'c Name)>, String) {
        let (mut paths, mut options) = (Vec::new(), String::new());
        for word in &call.argv[1..] {
            match word.strip_prefix('-') {
                Some(letters) if !letters.is_empty() => options.push_str(letters),
                _ => paths.push((normal(&call.directory, word), word)),
            }
        }
        (paths, options)
    }

    /// Says what failed with a file, in the words of the image's programs.
    pub(super) fn file_error(&mut self, call: &Call<'_>, gnu: &str, busybox: &str) -> i32 {
        let text = if self.launch.flavour == Flavour::Gnu { gnu } else { busybox };
        let text = format!("{}: {text}\n", call.program());
        self.write(&call.fds[2], &text);
        1
    }

    pub(super) fn touch(&mut self, call: &Call<'_>) -> i32 {
        let mut status = 0;
        for (path, typed) in Self::paths(call).0 {
            let mut files = self.file_system();
            let made = if files.exists(&path) { Ok(()) } else { files.write(&path, "") };
            if let Err(error) = made {
                let why = error.text();
                status = self.file_error(
                    call,
                    &format!("cannot touch '{typed}': {why}"),
                    &format!("{typed}: {why}"),
                );
            }
        }
        status
    }

    #[inline(never)]
    pub(super) fn remove(&mut self, call: &Call<'_>) -> i32 {
        let (paths, options) = Self::paths(call);
        let force = options.contains('f');
        let recursive = options.contains(['r', 'R']) || call.program() == "rmdir";
        let mut status = 0;
        for (path, typed) in paths {
            let mut files = self.file_system();
            let result = match (files.is_directory(&path), recursive) {
                (true, true) if call.program() == "rmdir" && !files.list(&path).is_empty() => {
                    Err(FileError::NotEmpty)
                }
                (true, true) => files.remove_all(&path),
                _ => files.remove_file(&path),
            };
            match result {
                Ok(()) => {}
                Err(FileError::NotFound) if force => {}
                Err(error) => {
                    let why = error.text();
                    status = self.file_error(
                        call,
                        &format!("cannot remove '{typed}': {why}"),
                        &format!("can't remove '{typed}': {why}"),
                    );
                }
            }
        }
        status
    }

    pub(super) fn make_directory(&mut self, call: &Call<'_>) -> i32 {
        let (paths, options) = Self::paths(call);
        let mut status = 0;
        for (path, typed) in paths {
            let mut files = self.file_system();
            let made = if options.contains('p') {
                files.make_directories(&path)
            } else {
                files.make_directory(&path)
            };
            if let Err(error) = made {
                let why = error.text();
                status = self.file_error(
                    call,
                    &format!("cannot create directory '{typed}': {why}"),
                    &format!("can't create directory '{typed}': {why}"),
                );
            }
        }
        status
    }

    #[inline(never)]
    pub(super) fn list(&mut self, call: &Call<'_>) -> i32 {
        let (mut paths, options) = Self::paths(call);
        let here: Name = ".".into();
        if paths.is_empty() {
            paths.push((call.directory.to_string(), &here));
        }
        let several = paths.len() > 1;
        let mut status = 0;
        for (path, typed) in paths {
            let files = self.file_system();
            let mut text = String::new();
            if files.is_directory(&path) && !options.contains('d') {
                if several {
                    text.extend([&**typed, ":\n"]);
                }
                let hidden = options.contains(['a', 'A']);
                for name in files.list(&path).iter().filter(|name| hidden || !name.starts_with('.'))
                {
                    text.push_str(name);
                    text.push('\n');
                }
            } else if files.exists(&path) {
                text = format!("{typed}\n");
            } else {
                let why = FileError::NotFound.text();
                self.file_error(
                    call,
                    &format!("cannot access '{typed}': {why}"),
                    &format!("{typed}: {why}"),
                );
                status = if self.launch.flavour == Flavour::Gnu { 2 } else { 1 };
            }
            self.write(&call.fds[1], &text);
        }
        status
    }

    /// `cp` and `mv`.
    #[inline(never)]
    pub(super) fn copy(&mut self, call: &Call<'_>) -> i32 {
        let (mut paths, _) = Self::paths(call);
        let Some((to, _)) = paths.pop().filter(|_| !paths.is_empty()) else {
            return self.file_error(call, "missing file operand", "missing file operand");
        };
        let mut status = 0;
        for (from, typed) in paths {
            let mut files = self.file_system();
            let name = from.rsplit('/').next().unwrap_or_default();
            let target = if files.is_directory(&to) { normal(&to, name) } else { to.clone() };
            let mut result = files.read(&from).and_then(|text| files.write(&target, &text));
            if result.is_ok() && call.program() == "mv" {
                result = files.remove_file(&from);
            }
            if let Err(error) = result {
                let why = error.text();
                status = self.file_error(
                    call,
                    &format!("cannot stat '{typed}': {why}"),
                    &format!("can't stat '{typed}': {why}"),
                );
            }
        }
        status
    }

    #[inline(never)]
    pub(super) fn change_mode(&mut self, call: &Call<'_>) -> i32 {
        let Some((mode, rest)) = call.argv[1..].split_first() else {
            return 1;
        };
        let executable = mode.contains('x') && !mode.contains("-x")
            || mode.chars().rev().nth(2).is_some_and(|c| matches!(c, '1' | '3' | '5' | '7'));
        for word in rest.iter().filter(|word| !word.starts_with('-')) {
            let path = normal(&call.directory, word);
            let mut files = self.file_system();
            let result = if files.exists(&path) {
                files.set_executable(&path, executable)
            } else {
                Err(FileError::NotFound)
            };
            if let Err(error) = result {
                let why = error.text();
                return self.file_error(
                    call,
                    &format!("cannot access '{word}': {why}"),
                    &format!("{word}: {why}"),
                );
            }
        }
        0
    }

    /// `test`, `[` and `[[`.
    #[inline(never)]
    pub(super) fn test(&mut self, call: &Call<'_>) -> i32 {
        let mut words: Vec<&str> = call.argv[1..].iter().map(AsRef::as_ref).collect();
        let close = match &*call.argv[0] {
            "[" | "/bin/[" | "/usr/bin/[" => "]",
            "[[" => "]]",
            _ => "",
        };
        if !close.is_empty() && words.pop() != Some(close) {
            let what = if call.kind == Kind::Bash {
                format!("missing `{close}'")
            } else {
                format!("missing {close}")
            };
            let text = test_error(call, &what);
            self.write(&call.fds[2], &text);
            return 2;
        }
        let mut test = Test { words: &words, at: 0, depth: 0, patterns: close == "]]" };
        let result = test.or(self, &call.directory);
        match result {
            Some(value) if test.at == words.len() => i32::from(!value),
            _ => {
                let text = test_complaint(call, &words, test.at);
                self.write(&call.fds[2], &text);
                2
            }
        }
    }
}

/// What is wrong with the words of a test that could be read up to a place.
fn test_complaint(call: &Call<'_>, words: &[&str], at: usize) -> String {
    let compares = |word: &&str| matches!(*word, "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge");
    let operator = words.iter().position(compares);
    let operands = operator.map(|place| [place.wrapping_sub(1), place + 1]);
    let bad = operands
        .into_iter()
        .flatten()
        .find_map(|place| words.get(place).filter(|word| word.trim().parse::<i64>().is_err()));
    let what = match (bad, call.kind) {
        (Some(word), Kind::Ash) => format!("{word}: bad number"),
        (Some(word), Kind::Dash) => format!("Illegal number: {word}"),
        (Some(word), Kind::Bash) => format!("{word}: integer expression expected"),
        (None, _) => format!("{}: unknown operand", words.get(at).copied().unwrap_or_default()),
    };
    test_error(call, &what)
}

/// What a shell says of its `test`.
fn test_error(call: &Call<'_>, what: &str) -> String {
    let (line, name) = (call.line, &call.argv[0]);
    match call.kind {
        Kind::Ash => format!("sh: {what}\n"),
        Kind::Dash => format!("sh: {line}: {name}: {what}\n"),
        Kind::Bash => format!("bash: line {line}: {name}: {what}\n"),
    }
}

/// A reader of the words of `test`.
struct Test<'a> {
    words: &'a [&'a str],
    at: usize,
    depth: u32,
    /// Whether `==` takes a pattern.
    patterns: bool,
}

impl Test<'_> {
    fn eat(&mut self, words: &[&str]) -> bool {
        let there = self.words.get(self.at).is_some_and(|word| words.contains(word));
        self.at += usize::from(there);
        there
    }

    fn or(&mut self, machine: &mut Machine<'_, '_>, directory: &str) -> Option<bool> {
        let mut value = self.and(machine, directory)?;
        while self.eat(&["-o", "||"]) {
            value |= self.and(machine, directory)?;
        }
        Some(value)
    }

    fn and(&mut self, machine: &mut Machine<'_, '_>, directory: &str) -> Option<bool> {
        let mut value = self.primary(machine, directory)?;
        while self.eat(&["-a", "&&"]) {
            value &= self.primary(machine, directory)?;
        }
        Some(value)
    }

    fn primary(&mut self, machine: &mut Machine<'_, '_>, directory: &str) -> Option<bool> {
        let rest = &self.words[self.at..];
        let Some((first, after)) = rest.split_first() else {
            return Some(false);
        };
        let second = after.first().copied();
        if let (Some(operator), Some(right)) = (second, after.get(1))
            && let Some(value) = self.binary(first, operator, right)
        {
            self.at += 3;
            return Some(value);
        }
        if *first == "!" && second.is_some() {
            self.at += 1;
            self.depth += 1;
            if self.depth > 40 {
                return None;
            }
            let value = self.primary(machine, directory)?;
            self.depth -= 1;
            return Some(!value);
        }
        if *first == "(" && second.is_some() {
            self.at += 1;
            self.depth += 1;
            if self.depth > 40 {
                return None;
            }
            let value = self.or(machine, directory)?;
            self.depth -= 1;
            return self.eat(&[")"]).then_some(value);
        }
        if let (Some(letter), Some(operand)) = (first.strip_prefix('-'), second) {
            let path = normal(directory, operand);
            let files = machine.file_system();
            let value = match letter {
                "f" => Some(files.is_file(&path)),
                "e" | "r" | "w" | "a" => Some(files.exists(&path)),
                "d" => Some(files.is_directory(&path)),
                "s" => Some(
                    files.read(&path).is_ok_and(|text| !text.is_empty())
                        || files.is_directory(&path),
                ),
                "x" => Some(files.is_executable(&path) || files.is_directory(&path)),
                "z" => Some(operand.is_empty()),
                "n" => Some(!operand.is_empty()),
                "L" | "h" | "p" | "S" | "b" | "c" | "t" => Some(false),
                _ => None,
            };
            if value.is_some() {
                self.at += 2;
                return value;
            }
        }
        self.at += 1;
        Some(!first.is_empty())
    }

    /// `None` when this is no operator or its operands are no numbers.
    fn binary(&self, left: &str, operator: &str, right: &str) -> Option<bool> {
        let number = |text: &str| text.trim().parse::<i64>();
        let compare = |holds: fn(i64, i64) -> bool| match (number(left), number(right)) {
            (Ok(left), Ok(right)) => Some(holds(left, right)),
            _ => None,
        };
        let same = || {
            if self.patterns { pattern::matches(right, left) } else { left == right }
        };
        match operator {
            "=" | "==" => Some(same()),
            "!=" => Some(!same()),
            "<" => Some(left < right),
            ">" => Some(left > right),
            "-eq" => compare(|a, b| a == b),
            "-ne" => compare(|a, b| a != b),
            "-lt" => compare(|a, b| a < b),
            "-le" => compare(|a, b| a <= b),
            "-gt" => compare(|a, b| a > b),
            "-ge" => compare(|a, b| a >= b),
            _ => None,
        }
    }
}

impl Outcome {
    /// The outcome of a program that has ended.
    pub(super) const fn done(status: i32) -> Self {
        Self::Done(status)
    }
}
