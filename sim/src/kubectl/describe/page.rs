//! A page of described facts: indented lines whose tabs become columns at the end.

use crate::api::Value;
use crate::kubectl::tabs;
use std::fmt::Write as _;

/// Text that is being written, with tabs still in it.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) text: String,
}

impl Page {
    /// A line, indented by two spaces a level.
    pub(crate) fn line(&mut self, level: usize, line: impl std::fmt::Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{:1$}{line}", "", level * 2);
    }

    /// A line without indentation: a title and what it is.
    pub(crate) fn field(&mut self, title: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.text, "{title}:\t{value}");
    }

    /// A title and the text at a path.
    pub(crate) fn told(&mut self, title: &str, data: &Value, path: &[&str]) {
        self.field(title, text(data, path));
    }

    /// Aligns the columns so far; what follows has columns of its own.
    pub(crate) fn align(&mut self) {
        self.text = tabs::align(&self.text, 0, 2);
    }

    /// Labels, one a line: `Labels:  app=web`.
    pub(crate) fn labels(&mut self, title: &str, labels: Option<&Value>) {
        let labels: Vec<String> =
            entries(labels).map(|(key, value)| format!("{key}={value}")).collect();
        self.list(title, &labels);
    }

    /// Annotations, one a line, long ones on lines of their own.
    pub(crate) fn annotations(&mut self, title: &str, annotations: Option<&Value>) {
        /// What is longer goes on a line of its own, and is cut.
        const LONGEST: usize = 140;
        let shown: Vec<String> = entries(annotations)
            .filter(|(key, _)| *key != crate::api::deployment::LAST_APPLIED)
            .map(|(key, value)| {
                let value = value.strip_suffix('\n').unwrap_or(&value);
                if key.len() + value.len() + 2 <= LONGEST && !value.contains('\n') {
                    return format!("{key}: {value}");
                }
                let cut = |line: &str| {
                    let short: String = line.chars().take(LONGEST - 2).collect();
                    let dots = if short.len() < line.len() { "..." } else { "" };
                    format!("\n\t  {short}{dots}")
                };
                format!("{key}:{}", value.split('\n').map(cut).collect::<String>())
            })
            .collect();
        self.list(title, &shown);
    }

    /// A title and its values, one a line.
    pub(crate) fn list(&mut self, title: &str, values: &[String]) {
        if values.is_empty() {
            return self.field(title, "<none>");
        }
        self.field(title, values.join("\n\t"));
    }
}

/// The entries of a map of text.
pub(crate) fn entries(map: Option<&Value>) -> impl Iterator<Item = (&str, String)> {
    map.and_then(Value::as_map).into_iter().flatten().map(|(key, value)| {
        (&**key, value.scalar_text().map(|text| text.to_string()).unwrap_or_default())
    })
}

/// The text at a path, empty when there is none.
pub(crate) fn text(value: &Value, path: &[&str]) -> String {
    value.at(path).and_then(Value::scalar_text).map(|text| text.to_string()).unwrap_or_default()
}

/// The number at a path, 0 when there is none.
pub(crate) fn int(value: &Value, path: &[&str]) -> i64 {
    value.at(path).and_then(Value::as_int).unwrap_or(0)
}

/// The list at a path, empty when there is none.
pub(crate) fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    value.at(path).and_then(Value::as_list).unwrap_or_default()
}

/// The text, or `<none>`.
pub(crate) fn or_none(text: &str) -> &str {
    if text.is_empty() { "<none>" } else { text }
}
