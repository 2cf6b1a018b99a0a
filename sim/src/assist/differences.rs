//! Where two pieces of data differ, field by field.

use crate::api::Value;

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// Such as `spec.containers[server].image`.
    pub(super) path: String,
    /// The value before, null when there was none.
    pub(super) old: Value,
    /// The value after, null when there is none.
    pub(super) new: Value,
}

/// Every field that differs, in the order of their names. Items of lists are matched by their names,
/// where they have some.
pub(super) fn differences(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut found, String::new(), old, new);
    found
}

fn compare(found: &mut Vec<Difference>, path: String, old: &Value, new: &Value) {
    if old == new {
        return;
    }
    match (entries(old), entries(new)) {
        (Some(before), Some(after)) if is_list(old) == is_list(new) => {
            for (key, value) in &before {
                let other = after.iter().find(|(other, _)| other == key);
                compare(found, below(&path, key), value, other.map_or(&Value::Null, |(_, it)| it));
            }
            for (key, value) in &after {
                if !before.iter().any(|(other, _)| other == key) {
                    compare(found, below(&path, key), &Value::Null, value);
                }
            }
        }
        _ => found.push(Difference { path, old: old.clone(), new: new.clone() }),
    }
}

const fn is_list(value: &Value) -> bool {
    matches!(value, Value::List(_))
}

/// The parts of a map or a list, each with how a path names it.
fn entries(value: &Value) -> Option<Vec<(String, &Value)>> {
    match value {
        Value::Map(map) => Some(map.iter().map(|(key, value)| (key.to_string(), value)).collect()),
        Value::List(list) => {
            let name = |(at, item): (usize, &Value)| match item.get("name").and_then(Value::as_str)
            {
                Some(name) => format!("[{name}]"),
                None => format!("[{at}]"),
            };
            Some(list.iter().enumerate().map(|(at, item)| (name((at, item)), item)).collect())
        }
        _ => None,
    }
}

fn below(path: &str, key: &str) -> String {
    let dot = if path.is_empty() || key.starts_with('[') { "" } else { "." };
    format!("{path}{dot}{key}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse;

    #[test]
    fn items_are_matched_by_name_and_fields_named_by_path() {
        let read = |text| parse(text).documents[0].value.clone();
        let old = read("{a: 1, list: [{name: x, image: i:1}, {name: z}], same: 2}");
        let new = read("{list: [{name: z, b: [c]}, {name: x, image: i:2}], same: 2}");
        let found = differences(&old, &new);
        let paths: Vec<&str> = found.iter().map(|each| each.path.as_str()).collect();
        assert_eq!(paths, ["a", "list[x].image", "list[z].b"]);
        assert_eq!(differences(&old, &old), []);
    }
}
