//! Findings as data.

use super::{Evidence, Finding, Fix, Remedy};
use crate::api::Value;
use crate::api::value::map;
use crate::manifest::Edit;

impl Finding {
    /// The finding as JSON.
    pub fn to_json(&self, file: &str) -> String {
        let number = |value: u32| Value::Int(i64::from(value));
        let (shown, evidence) = match &self.evidence {
            Evidence::Shown(text) => (true, text),
            Evidence::NotShown(text) => (false, text),
        };
        map([
            ("file", file.into()),
            ("id", self.id.into()),
            ("severity", self.severity.as_str().into()),
            ("title", self.title.into()),
            ("object", self.object.as_str().into()),
            ("path", self.path.as_str().into()),
            ("line", number(self.line)),
            ("column", number(self.column)),
            ("end_line", number(self.end_line)),
            ("end_column", number(self.end_column)),
            ("explanation", self.explanation.as_str().into()),
            ("shown", shown.into()),
            ("evidence", evidence.as_str().into()),
            ("fix", fix(&self.remedy)),
        ])
        .to_json()
    }
}

fn fix(remedy: &Remedy) -> Value {
    let Remedy::Works(Fix { title, edit, after, .. }) = remedy else { return Value::Null };
    let Edit { line, column, end_line, end_column, text } = edit;
    let number = |value: &u32| Value::Int(i64::from(*value));
    map([
        ("title", title.as_str().into()),
        ("line", number(line)),
        ("column", number(column)),
        ("end_line", number(end_line)),
        ("end_column", number(end_column)),
        ("text", text.as_str().into()),
        ("after", after.as_str().into()),
    ])
}
