//! What the API server says about a field that breaks a rule.
//!
//! Models: kubernetes v1.36 apimachinery `pkg/util/validation/field/errors.go`, and how Go prints
//! the values in it.

use std::fmt::{self, Write as _};

use super::meta::NameRule;
use super::path::Path;
use crate::api::{Kind, LabelSelector, Labels, Name};
use crate::manifest::names;

/// Which kind of rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldErrorKind {
    /// The field must be set.
    Required,
    /// The value breaks a rule.
    Invalid,
    /// The value is none of those allowed.
    Unsupported,
    /// The field must not be set.
    Forbidden,
    /// The value was used before.
    Duplicate,
    /// What the value names does not exist.
    NotFound,
    /// The value is longer than allowed.
    TooLong,
    /// There are more values than allowed.
    TooMany,
}

impl FieldErrorKind {
    /// The words the API server uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "Required value",
            Self::Invalid => "Invalid value",
            Self::Unsupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::Duplicate => "Duplicate value",
            Self::NotFound => "Not found",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
        }
    }

    const fn names_value(self) -> bool {
        !matches!(self, Self::Required | Self::Forbidden | Self::TooLong)
    }
}

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field, such as `spec.template.spec.containers[0].image`.
    pub path: String,
    /// Which kind of rule is broken.
    pub kind: FieldErrorKind,
    /// The value as Go prints it; empty when the kind names none.
    pub value: String,
    /// The rule, in words; may be empty.
    pub detail: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(self.kind.as_str())?;
        if self.kind.names_value() {
            write!(f, ": {}", self.value)?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

/// An object that breaks rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The object's kind.
    pub kind: Kind,
    /// The object's name.
    pub name: Name,
    /// Every broken rule.
    pub errors: Vec<FieldError>,
}

impl Invalid {
    /// The API server's own sentence: `Deployment.apps "web" is invalid: [a, b]`.
    pub fn server_text(&self) -> String {
        let group = self.kind.group();
        let dot = if group.is_empty() { "" } else { "." };
        let errors: Vec<String> = self.errors.iter().map(ToString::to_string).collect();
        let list = match errors.as_slice() {
            [one] => one.clone(),
            _ => format!("[{}]", errors.join(", ")),
        };
        format!("{}{dot}{group} {} is invalid: {list}", self.kind, quote(&self.name))
    }
}

/// The sentence kubectl prints: `The Deployment "web" is invalid: spec.replicas: …`, or a list.
impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The {} {} is invalid: ", self.kind, quote(&self.name))?;
        if let [one] = self.errors.as_slice() {
            return write!(f, "{one}");
        }
        self.errors.iter().try_for_each(|error| write!(f, "\n* {error}"))
    }
}

/// Collects broken rules.
#[derive(Default)]
pub(super) struct Errors(pub(super) Vec<FieldError>);

impl Errors {
    pub(super) fn add(
        &mut self,
        path: &Path<'_>,
        kind: FieldErrorKind,
        value: String,
        detail: &str,
    ) {
        self.0.push(FieldError { path: path.to_string(), kind, value, detail: detail.to_owned() });
    }

    pub(super) fn required(&mut self, path: &Path<'_>, detail: &str) {
        self.add(path, FieldErrorKind::Required, String::new(), detail);
    }

    pub(super) fn forbidden(&mut self, path: &Path<'_>, detail: &str) {
        self.add(path, FieldErrorKind::Forbidden, String::new(), detail);
    }

    pub(super) fn invalid(&mut self, path: &Path<'_>, value: impl Into<String>, detail: &str) {
        self.add(path, FieldErrorKind::Invalid, value.into(), detail);
    }

    pub(super) fn invalid_text(&mut self, path: &Path<'_>, value: &str, detail: &str) {
        self.invalid(path, quote(value), detail);
    }

    pub(super) fn invalid_number(&mut self, path: &Path<'_>, value: i64, detail: &str) {
        self.invalid(path, value.to_string(), detail);
    }

    /// A text that takes more bytes than `most`.
    pub(super) fn too_long(&mut self, path: &Path<'_>, most: usize) {
        let detail = format!("must have at most {most} bytes");
        self.add(path, FieldErrorKind::TooLong, String::new(), &detail);
    }

    pub(super) fn duplicate(&mut self, path: &Path<'_>, value: String) {
        self.add(path, FieldErrorKind::Duplicate, value, "");
    }

    pub(super) fn duplicate_text(&mut self, path: &Path<'_>, value: &str) {
        self.duplicate(path, quote(value));
    }

    /// A value, as Go prints it, that is none of `supported`.
    pub(super) fn unsupported(&mut self, path: &Path<'_>, value: String, supported: &[&str]) {
        let quoted: Vec<String> = supported.iter().map(|text| quote(text)).collect();
        let detail = format!("supported values: {}", quoted.join(", "));
        self.add(path, FieldErrorKind::Unsupported, value, &detail);
    }

    /// Refuses a text that is none of `supported`.
    pub(super) fn one_of(&mut self, path: &Path<'_>, value: &str, supported: &[&str]) {
        if !supported.contains(&value) {
            self.unsupported(path, quote(value), supported);
        }
    }

    /// Refuses a text for each of these reasons.
    pub(super) fn text(&mut self, path: &Path<'_>, value: &str, reasons: &[String]) {
        for reason in reasons {
            self.invalid_text(path, value, reason);
        }
    }

    /// Refuses a text that breaks a rule of names.
    pub(super) fn name(&mut self, path: &Path<'_>, value: &str, rule: NameRule) {
        self.text(path, value, &rule(value));
    }

    /// Refuses a number that is no port.
    pub(super) fn port(&mut self, path: &Path<'_>, value: i64) {
        for reason in names::port_number(value) {
            self.invalid_number(path, value, &reason);
        }
    }

    /// Refuses a negative number.
    pub(super) fn not_negative(&mut self, path: &Path<'_>, value: i64) {
        if value < 0 {
            self.invalid_number(path, value, "must be greater than or equal to 0");
        }
    }
}

/// Text as Go quotes it.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\u{b}' => out.push_str("\\v"),
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A list of texts as Go prints it; `type_` is the type of the items.
pub(super) fn go_list(type_: &str, items: &[&str]) -> String {
    if items.is_empty() {
        return format!("[]{type_}(nil)");
    }
    let quoted: Vec<String> = items.iter().map(|item| quote(item)).collect();
    format!("[]{type_}{{{}}}", quoted.join(", "))
}

/// An amount as Go prints it when it stands for itself.
pub(super) fn go_quantity(text: &str) -> String {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let places = i32::try_from(fraction.len()).unwrap_or(0);
    let digits: i64 = format!("{whole}{fraction}").parse().unwrap_or(0);
    let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|unit| *unit == suffix);
    let (value, scale, format) = if let Some(power) = binary {
        (digits.saturating_mul(1 << (10 * (power + 1))), -places, "BinarySI")
    } else if let Some(exponent) = suffix.strip_prefix(['e', 'E']) {
        (digits, exponent.parse().unwrap_or(0) - places, "DecimalExponent")
    } else {
        let units = [("n", -9), ("u", -6), ("m", -3), ("k", 3), ("M", 6), ("G", 9), ("T", 12)];
        let unit = units.iter().find(|(unit, _)| *unit == suffix);
        (digits, unit.map_or(0, |(_, scale)| *scale) - places, "DecimalSI")
    };
    format!(
        "resource.Quantity{{i:resource.int64Amount{{value:{value}, scale:{scale}}}, \
         d:resource.infDecAmount{{Dec:(*inf.Dec)(nil)}}, s:{}, Format:\"{format}\"}}",
        quote(text)
    )
}

/// Labels as Go prints them.
pub(super) fn go_labels(labels: &Labels) -> String {
    if labels.is_empty() {
        return "map[string]string(nil)".to_owned();
    }
    let entries: Vec<String> =
        labels.iter().map(|(key, value)| format!("{}:{}", quote(key), quote(value))).collect();
    format!("map[string]string{{{}}}", entries.join(", "))
}

/// A selector as Go prints it.
pub(super) fn go_selector(selector: &LabelSelector) -> String {
    let requirements = selector.match_expressions.iter().map(|requirement| {
        let values: Vec<String> = requirement.values.iter().map(|value| quote(value)).collect();
        let values = if values.is_empty() {
            "[]string(nil)".to_owned()
        } else {
            format!("[]string{{{}}}", values.join(", "))
        };
        let (key, operator) = (quote(&requirement.key), quote(requirement.operator.as_str()));
        format!("v1.LabelSelectorRequirement{{Key:{key}, Operator:{operator}, Values:{values}}}")
    });
    let requirements: Vec<String> = requirements.collect();
    let expressions = if requirements.is_empty() {
        "[]v1.LabelSelectorRequirement(nil)".to_owned()
    } else {
        format!("[]v1.LabelSelectorRequirement{{{}}}", requirements.join(", "))
    };
    let labels = go_labels(&selector.match_labels);
    format!("v1.LabelSelector{{MatchLabels:{labels}, MatchExpressions:{expressions}}}")
}
