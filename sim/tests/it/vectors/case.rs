//! One case: reading its input, and comparing what came with what it expects.

use std::fmt::Display;

use rollscope_sim::api::Labels;
use serde_json::{Value, json};

/// How the message of a case that does not apply begins.
pub(crate) const NOT_APPLICABLE: &str = "n/a: ";

/// The key that marks a result the engine has no notion of.
const NOT_MODELLED: &str = "not modelled";

/// A result the engine has no notion of: the case does not apply if it expects one.
pub(crate) fn not_modelled(reason: &str) -> Value {
    json!({ NOT_MODELLED: reason })
}

/// The error of a case that does not apply.
pub(crate) fn not_applicable(reason: impl Display) -> String {
    format!("{NOT_APPLICABLE}{reason}")
}

/// The error of an operation nobody knows.
pub(crate) fn unknown_op<T>(op: &str) -> Result<T, String> {
    Err(format!("no test knows the operation {op:?}"))
}

/// Runs a case: `run` gets the operation and the input and says what came.
pub(crate) fn check(
    case: &Value,
    run: impl FnOnce(&str, &Value) -> Result<Value, String>,
) -> Result<(), String> {
    let input = case.field("input")?;
    let actual = run(input.text("op")?, input)?;
    let mut comparison = Comparison::default();
    comparison.compare("", case.field("expect")?, &actual);
    match (comparison.differences.as_slice(), comparison.not_modelled) {
        ([], None) => Ok(()),
        ([], Some(reason)) => Err(not_applicable(reason)),
        (differences, _) => Err(differences.join("; ")),
    }
}

/// Compares everything a case expects; what came may say more.
#[derive(Default)]
struct Comparison {
    differences: Vec<String>,
    not_modelled: Option<String>,
}

impl Comparison {
    fn compare(&mut self, path: &str, expected: &Value, actual: &Value) {
        if let Some(reason) = actual.get(NOT_MODELLED) {
            if !expected.is_null() {
                self.not_modelled = reason.as_str().map(ToOwned::to_owned);
            }
            return;
        }
        match (expected, actual) {
            (Value::Object(wanted), Value::Object(_)) => {
                for (key, wanted) in wanted {
                    let path = format!("{path}.{key}");
                    match actual.get(key) {
                        Some(actual) => self.compare(&path, wanted, actual),
                        None => self.differ(&path, wanted, &"nothing"),
                    }
                }
            }
            (Value::Array(wanted), Value::Array(came)) if wanted.len() == came.len() => {
                for (index, (wanted, came)) in wanted.iter().zip(came).enumerate() {
                    self.compare(&format!("{path}[{index}]"), wanted, came);
                }
            }
            _ if expected == actual => {}
            _ => self.differ(path, expected, actual),
        }
    }

    fn differ(&mut self, path: &str, expected: &Value, actual: &impl Display) {
        let path = path.trim_start_matches('.');
        self.differences.push(format!("{path}: expected {expected}, got {actual}"));
    }
}

/// `actual`, in the order of `expected` when both hold the same items.
pub(crate) fn in_any_order(actual: Value, expected: &Value) -> Value {
    let sorted = |value: &Value| {
        let items = value.as_array().into_iter().flatten();
        let mut texts: Vec<String> = items.map(ToString::to_string).collect();
        texts.sort();
        texts
    };
    let same = expected.is_array() && actual.is_array() && sorted(&actual) == sorted(expected);
    if same { expected.clone() } else { actual }
}

/// Reading a piece of a case. Errors name the key.
pub(crate) trait Fields {
    /// The entry `key`, which must be there and may be `null`.
    fn field(&self, key: &str) -> Result<&Value, String>;
    /// The entry `key`; `None` when it is `null` or not there.
    fn opt(&self, key: &str) -> Option<&Value>;

    /// The number `key`, when there is one.
    fn opt_int<T: TryFrom<i64>>(&self, key: &str) -> Result<Option<T>, String> {
        let number = |value: &Value| value.as_i64().and_then(|number| T::try_from(number).ok());
        let wrong = |value: &Value| format!("`{key}` is {value}, which is no number of its kind");
        self.opt(key).map(|value| number(value).ok_or_else(|| wrong(value))).transpose()
    }

    /// The number `key`.
    fn int<T: TryFrom<i64>>(&self, key: &str) -> Result<T, String> {
        self.opt_int(key)?.ok_or_else(|| format!("there is no number `{key}`"))
    }

    /// The number `key`, 0 when it is not there.
    fn int_or_0<T: TryFrom<i64> + Default>(&self, key: &str) -> Result<T, String> {
        Ok(self.opt_int(key)?.unwrap_or_default())
    }

    /// The text `key`, when there is one.
    fn opt_text(&self, key: &str) -> Option<&str> {
        self.opt(key).and_then(Value::as_str)
    }

    /// The text `key`.
    fn text(&self, key: &str) -> Result<&str, String> {
        self.opt_text(key).ok_or_else(|| format!("there is no text `{key}`"))
    }

    /// Whether `key` is `true`.
    fn flag(&self, key: &str) -> bool {
        self.opt(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The list `key`.
    fn list(&self, key: &str) -> Result<&[Value], String> {
        let list = self.opt(key).and_then(Value::as_array).map(Vec::as_slice);
        list.ok_or_else(|| format!("there is no list `{key}`"))
    }

    /// The map of texts `key`; empty when it is `null` or not there.
    fn labels(&self, key: &str) -> Labels {
        let entries = self.opt(key).and_then(Value::as_object).into_iter().flatten();
        let texts =
            entries.filter_map(|(key, value)| Some((key.as_str().into(), value.as_str()?.into())));
        Labels::new(texts.collect())
    }
}

impl Fields for Value {
    fn field(&self, key: &str) -> Result<&Value, String> {
        self.get(key).ok_or_else(|| format!("there is no `{key}`"))
    }

    fn opt(&self, key: &str) -> Option<&Value> {
        self.get(key).filter(|value| !value.is_null())
    }
}
