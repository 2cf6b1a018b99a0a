//! Do the fields exist, and do the values fit them? Every complaint, in the API server's words.
//!
//! Models: `sigs.k8s.io/json`, the strict decoder of the API server, which reads what kubectl sends:
//! JSON with the keys in order. So complaints come in the order of the keys.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::diagnostic::did_you_mean;
use super::normal::fits;
use super::schema::{self, Fields, Shape};
use crate::api::quantity::parse_milli;
use crate::api::{Name, Value, base64};

/// How many misfits are looked at for what was meant.
const MAX_HINTS: usize = 100;

/// A value that does not fit its place, or a place that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The field, such as `spec.template.spec.containers[0].image`.
    pub path: String,
    /// What is wrong.
    pub kind: MisfitKind,
    /// The same in plain words, for people who do not read Go.
    pub plain_words: String,
    /// Text that could stand there instead.
    pub suggestion: Option<String>,
}

/// What is wrong with a value or its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MisfitKind {
    /// There is no such field.
    UnknownField,
    /// The value has the wrong type: the API server's sentence.
    WrongType(String),
}

impl Misfit {
    /// The complaint as the API server words it.
    pub fn sentence(&self) -> String {
        match &self.kind {
            MisfitKind::UnknownField => format!("unknown field {:?}", self.path),
            MisfitKind::WrongType(sentence) => sentence.clone(),
        }
    }
}

/// Compares an object with the fields of its kind.
pub(super) fn misfits(kind: &'static str, value: &Value) -> Vec<Misfit> {
    let mut check = Check { found: Vec::new(), fields: Vec::new(), path: String::new() };
    check.object(kind, value);
    check.found
}

/// The sentence for a whole object: the first wrong type, else all unknown fields.
pub(super) fn sentence(misfits: &[Misfit]) -> Option<String> {
    let wrong = misfits.iter().find(|misfit| matches!(misfit.kind, MisfitKind::WrongType(_)));
    if let Some(wrong) = wrong {
        return Some(wrong.sentence());
    }
    let unknown: Vec<String> = misfits.iter().map(Misfit::sentence).collect();
    (!unknown.is_empty()).then(|| format!("strict decoding error: {}", unknown.join(", ")))
}

struct Check {
    found: Vec<Misfit>,
    /// The names of the fields on the way here, as Go's decoder prints them: without indices.
    fields: Vec<Name>,
    /// The path to where the check is.
    path: String,
}

impl Check {
    fn object(&mut self, name: &'static str, value: &Value) {
        let Some(map) = value.as_map() else { return };
        let fields = Fields::of(name);
        for (key, value) in map {
            let before = self.enter(key);
            if let Some(type_) = fields.and_then(|fields| fields.get(key)) {
                self.fields.push(key.clone());
                self.value(name, type_, value);
                self.fields.pop();
            } else {
                self.unknown(name, key, map);
            }
            self.path.truncate(before);
        }
    }

    /// Goes to an entry; returns the length of the path to go back to.
    fn enter(&mut self, key: &str) -> usize {
        let before = self.path.len();
        if before > 0 {
            self.path.push('.');
        }
        self.path.push_str(key);
        before
    }

    fn unknown(&mut self, name: &'static str, key: &str, siblings: &BTreeMap<Name, Value>) {
        let path = self.path.clone();
        let known = schema::fields(name).into_iter().flatten().map(|(known, _)| known);
        // Looking for what is meant takes time, and a hundred hints are enough.
        let open = known.filter(|known| !siblings.contains_key(*known));
        let meant = if self.found.len() < MAX_HINTS { did_you_mean(key, open) } else { None };
        let plain_words = format!("unknown field {path:?}");
        let suggestion = meant.map(str::to_owned);
        self.found.push(Misfit { path, kind: MisfitKind::UnknownField, plain_words, suggestion });
    }

    fn value(&mut self, owner: &'static str, type_: &'static str, value: &Value) {
        if *value == Value::Null {
            return;
        }
        match (schema::shape(type_), value) {
            (Shape::Quantity, _) => self.quantity(value),
            (Shape::Time, _) => self.time(owner, type_, value),
            (shape, _) if !fits(shape, value) => self.wrong(owner, type_, shape, value),
            (Shape::Text, Value::String(text)) if type_ == "bytes" => self.bytes(text),
            (Shape::Struct(name), _) => self.object(name, value),
            (Shape::List(item), Value::List(items)) => {
                for (index, value) in items.iter().enumerate() {
                    let before = self.path.len();
                    // Writing to a string cannot fail.
                    let _ = write!(self.path, "[{index}]");
                    self.value(owner, item, value);
                    self.path.truncate(before);
                }
            }
            (Shape::Map(item), Value::Map(entries)) => {
                for (key, value) in entries {
                    let before = self.enter(key);
                    self.value(owner, item, value);
                    self.path.truncate(before);
                }
            }
            _ => {}
        }
    }

    fn wrong(&mut self, owner: &str, type_: &str, shape: Shape, value: &Value) {
        let numeric = matches!(shape, Shape::Int32 | Shape::Int64 | Shape::IntOrString);
        let got = match value {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => "bool".to_owned(),
            Value::Int(number) if numeric => format!("number {number}"),
            Value::Float(number) if numeric => format!("number {number}"),
            Value::Int(_) | Value::Float(_) => "number".to_owned(),
            Value::String(_) => "string".to_owned(),
            Value::List(_) => "array".to_owned(),
            Value::Map(_) => "object".to_owned(),
        };
        let field = self.fields.join(".");
        let go_type = schema::go_name(type_);
        let sentence = format!(
            "json: cannot unmarshal {got} into Go struct field {owner}.{field} of type {go_type}"
        );
        let plain = format!("must be {}, not {}", wanted(shape), found(value));
        self.misfit(sentence, plain, repaired(shape, value));
    }

    fn quantity(&mut self, value: &Value) {
        let text = match value {
            Value::List(_) | Value::Map(_) => "{".into(),
            _ => value.scalar_text().unwrap_or_default(),
        };
        let text = text.trim();
        if parse_milli(text).is_some() {
            return;
        }
        let number = text
            .trim_start_matches(['+', '-'])
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let suffix_only = number.len() < text.trim_start_matches(['+', '-']).len();
        let known = number.chars().all(|c| "eEinumkKMGTP+-0123456789".contains(c));
        let sentence = if suffix_only && known {
            "unable to parse quantity's suffix"
        } else {
            "quantities must match the regular expression \
             '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        };
        let plain = format!("{text:?} is not an amount such as 500m, 2 or 128Mi");
        self.misfit(sentence.to_owned(), plain, None);
    }

    fn bytes(&mut self, text: &str) {
        if let Some(at) = base64::first_wrong(text) {
            let sentence = format!("illegal base64 data at input byte {at}");
            let plain = "must be base64; plain text belongs in `stringData`".to_owned();
            self.misfit(sentence, plain, Some(base64::encode(text.as_bytes())));
        }
    }

    fn time(&mut self, owner: &str, type_: &str, value: &Value) {
        let Some(text) = value.as_str() else {
            return self.wrong(owner, type_, Shape::Text, value);
        };
        if super::timestamp::parse(text).is_none() {
            let sentence = format!(
                "parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": \
                 cannot parse {text:?} as \"2006\""
            );
            let plain = format!("{text:?} is not a date such as 2026-01-01T00:00:00Z");
            self.misfit(sentence, plain, None);
        }
    }

    fn misfit(&mut self, sentence: String, plain_words: String, suggestion: Option<String>) {
        let (path, kind) = (self.path.clone(), MisfitKind::WrongType(sentence));
        self.found.push(Misfit { path, kind, plain_words, suggestion });
    }
}

const fn wanted(shape: Shape) -> &'static str {
    match shape {
        Shape::Bool => "true or false",
        Shape::Int32 | Shape::Int64 => "a whole number",
        Shape::Text | Shape::Time => "text",
        Shape::IntOrString => "a whole number or a percentage",
        Shape::Quantity => "an amount",
        Shape::Any => "anything",
        Shape::List(_) => "a list",
        Shape::Map(_) | Shape::Struct(_) => "an object",
    }
}

fn found(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(truth) => format!("{truth}"),
        Value::Int(number) => format!("the number {number}"),
        Value::Float(number) => format!("the number {number}"),
        Value::String(text) => format!("the text {text:?}"),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "an object".to_owned(),
    }
}

/// The value as it would fit: with quotes where text is wanted, without where a number is.
fn repaired(shape: Shape, value: &Value) -> Option<String> {
    match (shape, value) {
        (Shape::Text, _) => value.scalar_text().map(|text| format!("{text:?}")),
        (Shape::Int32 | Shape::Int64, Value::String(text)) => {
            text.parse::<i64>().ok().map(|number| number.to_string())
        }
        (Shape::Bool, Value::String(text)) => match &**text {
            "true" | "yes" | "on" => Some("true".to_owned()),
            "false" | "no" | "off" => Some("false".to_owned()),
            _ => None,
        },
        _ => None,
    }
}
