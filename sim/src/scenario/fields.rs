//! The fields of a scenario, each checked where it stands.

use super::Source;
use crate::api::{Name, Value};
use crate::kubectl::duration;
use crate::manifest::diagnostic::did_you_mean;
use crate::manifest::{Diagnostic, Document};
use crate::time::Duration;

/// A document being read, and what is wrong with it so far.
pub(super) struct Fields<'a> {
    text: &'a str,
    document: &'a Document,
    problems: &'a mut Vec<Diagnostic>,
}

impl<'a> Fields<'a> {
    pub(super) const fn new(
        text: &'a str,
        document: &'a Document,
        problems: &'a mut Vec<Diagnostic>,
    ) -> Self {
        Self { text, document, problems }
    }

    /// Complains about the value at `path`.
    pub(super) fn wrong(&mut self, path: &str, message: &str) {
        let span = self.document.locate(path).value;
        let message =
            if path.is_empty() { message.to_owned() } else { format!("{path}: {message}") };
        self.problems.push(Diagnostic::error(span, path, message));
    }

    /// The line of the value at `path`, from 1.
    pub(super) fn line(&self, path: &str) -> u32 {
        self.document.locate(path).value.start.line + 1
    }

    /// Checks that a value is a map of known keys.
    pub(super) fn map(&mut self, value: &Value, path: &str, known: &[&str]) -> Option<()> {
        let Some(map) = value.as_map() else {
            self.wrong(path, &format!("wants a map with {}", known.join(", ")));
            return None;
        };
        for key in map.keys().filter(|key| !known.contains(&&***key)) {
            let place = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
            let found = self.document.locate(&place);
            let message = format!("there is no \"{place}\" in a scenario");
            let span = found.key.unwrap_or(found.value);
            let mut problem = Diagnostic::error(span, &place, message);
            problem.suggestion = did_you_mean(key, known.iter().copied()).map(str::to_owned);
            self.problems.push(problem);
        }
        Some(())
    }

    /// The field `key` of a map, which must be there, and its path.
    pub(super) fn required<'v>(
        &mut self,
        value: &'v Value,
        path: &str,
        key: &str,
    ) -> Option<(&'v Value, String)> {
        let field = value.get(key);
        if field.is_none() {
            self.wrong(path, &format!("wants {key}"));
        }
        Some((field?, format!("{path}.{key}")))
    }

    /// A list of at most `most` items.
    pub(super) fn list<'v>(
        &mut self,
        value: &'v Value,
        path: &str,
        most: usize,
    ) -> Option<&'v [Value]> {
        let Some(items) = value.as_list() else {
            self.wrong(path, "wants a list");
            return None;
        };
        if items.len() > most {
            self.wrong(path, &format!("has more than {most} items"));
            return None;
        }
        Some(items)
    }

    /// A whole number in a range.
    pub(super) fn whole(
        &mut self,
        value: &Value,
        path: &str,
        least: u32,
        most: u32,
    ) -> Option<u32> {
        let number = value.as_int().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let typed = value.scalar_text().unwrap_or_default();
            let but = if typed.is_empty() { String::new() } else { format!(", not {typed}") };
            self.wrong(path, &format!("wants a whole number from {least} to {most}{but}"));
        }
        number
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, value: &Value, path: &str) -> Option<bool> {
        let flag = value.as_bool();
        if flag.is_none() {
            self.wrong(path, "wants true or false");
        }
        flag
    }

    /// A text that is not empty.
    pub(super) fn text<'v>(&mut self, value: &'v Value, path: &str) -> Option<&'v str> {
        let text = value.as_str().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong(path, "wants a text");
        }
        text
    }

    /// Files: their names and texts.
    pub(super) fn files(&mut self, value: &Value, path: &str) -> Vec<(Name, Name)> {
        let files: Option<Vec<(Name, Name)>> = value.as_map().and_then(|map| {
            map.iter().map(|(name, text)| Some((name.clone(), text.as_name()?.clone()))).collect()
        });
        if files.is_none() {
            self.wrong(path, "wants a map of names and texts");
        }
        files.unwrap_or_default()
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, value: &Value, path: &str) -> Option<Vec<Name>> {
        let items = value.as_list();
        let texts: Option<Vec<Name>> =
            items.and_then(|items| items.iter().map(Value::scalar_text).collect());
        if texts.is_none() {
            self.wrong(path, "wants a list of texts");
        }
        texts
    }

    /// A time of at most `most`: `90s`, `1m30s`, `500ms`, or a number of seconds.
    pub(super) fn time(&mut self, value: &Value, path: &str, most: Duration) -> Option<Duration> {
        let time = match (value.as_int(), value.as_str()) {
            (Some(seconds), _) => u64::try_from(seconds).ok().map(Duration::from_secs),
            (None, Some(text)) if !text.starts_with(['+', '-']) => duration::parse(text).ok(),
            _ => None,
        };
        let Some(time) = time else {
            self.wrong(path, "wants a time such as 500ms, 90s or 1m30s");
            return None;
        };
        if time > most {
            let seconds = most.as_secs();
            let most = if seconds < 7_200 {
                format!("{} minutes", seconds / 60)
            } else {
                format!("{} hours", seconds / 3_600)
            };
            self.wrong(path, &format!("is at most {most}"));
            return None;
        }
        Some(time)
    }

    /// A manifest: a text of one line names a file, a longer one is the manifest itself.
    pub(super) fn source(&mut self, value: &Value, path: &str) -> Option<Source> {
        let Some(text) = value.as_name() else {
            self.wrong(path, "wants the path of a file, or a manifest as a block of text (|)");
            return None;
        };
        let start = self.document.locate(path).value.start;
        if !text.trim().contains('\n') {
            let (line, column) = (start.line + 1, start.column + 1);
            return Some(Source::File { path: text.trim().into(), line, column });
        }
        // A block begins on the line after its |, indented like its first line that is not empty.
        let lines_before = start.line + 1;
        let lines = self.text.lines().skip(lines_before as usize);
        let typed = lines.zip(text.lines()).find(|(_, line)| !line.trim().is_empty());
        let indent = typed.map_or(0, |(typed, line)| typed.len().saturating_sub(line.len()));
        let indent = u32::try_from(indent).unwrap_or(0);
        Some(Source::Text { text: text.clone(), lines_before, indent })
    }
}
