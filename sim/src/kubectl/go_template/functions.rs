//! What templates may call, and how values are shown and followed.

use crate::api::{Name, Value, base64};
use crate::kubectl::strategic::go_text;

/// The functions templates may call.
pub(super) const FUNCTIONS: &[&str] = &[
    "and",
    "base64decode",
    "eq",
    "exists",
    "ge",
    "gt",
    "index",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "slice",
];

pub(super) fn walk(value: &Value, steps: &[String]) -> Result<Option<Value>, String> {
    let mut at = value;
    for step in steps {
        match at {
            // What a map lacks has no fields either, and that is no mistake.
            Value::Map(map) => match map.get(step.as_str()) {
                Some(next) => at = next,
                None => return Ok(None),
            },
            Value::Null => {
                return Err(format!("nil pointer evaluating interface {{}}.{step}"));
            }
            _ => return Err(format!("can't evaluate field {step} in type interface {{}}")),
        }
    }
    Ok(Some(at.clone()))
}

pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".to_owned(),
        value => go_text(value),
    }
}

pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(holds) => *holds,
        Value::Int(number) => *number != 0,
        Value::List(items) => !items.is_empty(),
        Value::Map(map) => !map.is_empty(),
        other => other.scalar_text().is_some_and(|text| !text.is_empty()),
    }
}

pub(super) fn call(name: &str, arguments: &[Option<Value>]) -> Result<Option<Value>, String> {
    let value = |at: usize| arguments.get(at).cloned().flatten().unwrap_or_default();
    let texts = || arguments.iter().map(|value| shown(&value.clone().unwrap_or_default()));
    let order = || match (value(0), value(1)) {
        (Value::Int(a), Value::Int(b)) => a.cmp(&b),
        (a, b) => go_text(&a).cmp(&go_text(&b)),
    };
    Ok(Some(match name {
        "len" => Value::Int(length(&value(0))?),
        "not" => Value::Bool(!is_true(&value(0))),
        "and" | "or" => {
            let stops = |one: &Value| is_true(one) == (name == "or");
            let values: Vec<Value> = (0..arguments.len()).map(value).collect();
            values.iter().find(|one| stops(one)).or(values.last()).cloned().unwrap_or_default()
        }
        "eq" => Value::Bool((1..arguments.len()).any(|at| value(at) == value(0))),
        "ne" => Value::Bool(value(0) != value(1)),
        "lt" => Value::Bool(order().is_lt()),
        "le" => Value::Bool(order().is_le()),
        "gt" => Value::Bool(order().is_gt()),
        "ge" => Value::Bool(order().is_ge()),
        "index" => {
            return (1..arguments.len()).try_fold(Some(value(0)), |found, at| {
                indexed(&found.unwrap_or_default(), &value(at))
            });
        }
        "exists" => {
            let found = (1..arguments.len())
                .try_fold(value(0), |found, at| indexed(&found, &value(at)).ok().flatten());
            Value::Bool(found.is_some())
        }
        "print" => texts().collect::<Vec<_>>().concat().into(),
        "println" => (texts().collect::<Vec<_>>().join(" ") + "\n").into(),
        "printf" => formatted(arguments).into(),
        "base64decode" => {
            let decoded = base64::decode(&go_text(&value(0)));
            let Some(bytes) = decoded else {
                let at = base64::first_wrong(&go_text(&value(0))).unwrap_or(0);
                return Err(format!(
                    "error calling base64decode: base64 decode failed: illegal base64 data at \
                     input byte {at}"
                ));
            };
            String::from_utf8_lossy(&bytes).into_owned().into()
        }
        _ => {
            let text = go_text(&value(0));
            let at = |place: usize, other: usize| match arguments.get(place) {
                Some(Some(Value::Int(number))) => usize::try_from(*number).unwrap_or(0),
                _ => other,
            };
            let (from, to) = (at(1, 0), at(2, text.len()));
            text.get(from..to)
                .ok_or_else(|| format!("error calling slice: index out of range: {from}"))?
                .into()
        }
    }))
}

fn length(value: &Value) -> Result<i64, String> {
    let length = match value {
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        Value::String(text) => text.len(),
        Value::Null => return Err("error calling len: len of nil pointer".to_owned()),
        other => return Err(format!("error calling len: len of type {}", go_type(other))),
    };
    Ok(i64::try_from(length).unwrap_or(i64::MAX))
}

fn indexed(value: &Value, key: &Value) -> Result<Option<Value>, String> {
    match (value, key) {
        (Value::List(items), Value::Int(at)) => {
            let found = usize::try_from(*at).ok().and_then(|at| items.get(at));
            let out = || {
                if usize::try_from(*at) == Ok(items.len()) {
                    "error calling index: reflect: slice index out of range".to_owned()
                } else {
                    format!("error calling index: index out of range: {at}")
                }
            };
            found.cloned().map(Some).ok_or_else(out)
        }
        (Value::Map(map), key) => {
            let name: Name = go_text(key).into();
            Ok(map.get(&name).cloned())
        }
        (Value::Null, _) => Err("error calling index: index of untyped nil".to_owned()),
        (Value::List(_), key) => {
            Err(format!("error calling index: cannot index slice/array with type {}", go_type(key)))
        }
        (other, _) => {
            Err(format!("error calling index: can't index item of type {}", go_type(other)))
        }
    }
}

/// The type Go reads such a value into.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}

/// `printf` with `%s`, `%d`, `%v`, `%q` and widths.
fn formatted(arguments: &[Option<Value>]) -> String {
    let text = |value: &Option<Value>| shown(&value.clone().unwrap_or_default());
    let format = arguments.first().map(text).unwrap_or_default();
    let mut rest = arguments.iter().skip(1);
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut width = String::new();
        let mut verb = chars.next();
        while let Some(c) = verb.filter(|c| c.is_ascii_digit() || "-.".contains(*c)) {
            width.push(c);
            verb = chars.next();
        }
        let field = match verb {
            Some('%') | None => "%".to_owned(),
            Some('q') => format!("{:?}", rest.next().map(text).unwrap_or_default()),
            Some(_) => rest.next().map(text).unwrap_or_default(),
        };
        let columns: usize = width.trim_start_matches('-').parse().unwrap_or(0).min(200);
        let padding = " ".repeat(columns.saturating_sub(field.chars().count()));
        if width.starts_with('-') {
            out.extend([field, padding]);
        } else {
            out.extend([padding, field]);
        }
    }
    out
}
