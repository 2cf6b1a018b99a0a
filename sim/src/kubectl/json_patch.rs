//! JSON patches (`[{"op":"replace","path":"/spec/replicas","value":2}]`) and JSON merge patches.
//!
//! Models: RFC 6902 and RFC 7386, as `github.com/evanphx/json-patch` applies them.

use crate::api::Value;

/// Merges: maps are merged, null removes, all else replaces.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Some(changes) = patch.as_map() else {
        *target = patch.clone();
        return;
    };
    if !matches!(target, Value::Map(_)) {
        *target = Value::map();
    }
    for (key, change) in changes {
        if *change == Value::Null {
            target.as_map_mut().and_then(|map| map.remove(key));
        } else {
            merge(target.entry(key), change);
        }
    }
}

/// Carries out the operations of a JSON patch. `None` when one of them cannot be carried out.
pub(crate) fn apply(target: &mut Value, patch: &Value) -> Option<()> {
    for operation in patch.as_list()? {
        let path = pointer(operation, "path")?;
        let from = || pointer(operation, "from");
        let value = || operation.as_map()?.get("value").cloned();
        match operation.get("op")?.as_str()? {
            "add" => add(target, &path, value()?)?,
            "replace" => {
                let place = find(target, &path)?;
                *place = value()?;
            }
            "remove" => {
                remove(target, &path)?;
            }
            "move" => {
                let value = remove(target, &from()?)?;
                add(target, &path, value)?;
            }
            "copy" => {
                let value = find(target, &from()?)?.clone();
                add(target, &path, value)?;
            }
            "test" => {
                let expected = value()?;
                if *find(target, &path)? != expected {
                    return None;
                }
            }
            _ => return None,
        }
    }
    Some(())
}

/// The steps of a JSON pointer such as `/metadata/annotations/a~1b`.
fn pointer(operation: &Value, key: &str) -> Option<Vec<String>> {
    let text = operation.get(key)?.as_str()?;
    if text.is_empty() {
        return Some(Vec::new());
    }
    let steps = text.strip_prefix('/')?.split('/');
    Some(steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

fn find<'a>(target: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(target, |value, step| match value {
        Value::Map(map) => map.get_mut(step.as_str()),
        Value::List(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}

fn add(target: &mut Value, path: &[String], value: Value) -> Option<()> {
    let Some((last, parent)) = path.split_last() else {
        *target = value;
        return Some(());
    };
    match find(target, parent)? {
        Value::Map(map) => {
            map.insert(last.as_str().into(), value);
        }
        Value::List(items) => {
            let at = if last == "-" { items.len() } else { last.parse().ok()? };
            if at > items.len() {
                return None;
            }
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(target: &mut Value, path: &[String]) -> Option<Value> {
    let (last, parent) = path.split_last()?;
    match find(target, parent)? {
        Value::Map(map) => map.remove(last.as_str()),
        Value::List(items) => {
            let at = last.parse::<usize>().ok()?;
            (at < items.len()).then(|| items.remove(at))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{apply, merge};
    use crate::kubectl::json::parse;

    #[test]
    fn operations_are_carried_out_in_order() {
        let mut value = parse(r#"{"a":{"b":[1,2]},"c":1}"#).expect("it is JSON");
        let patch = parse(
            r#"[{"op":"add","path":"/a/b/-","value":3},{"op":"remove","path":"/c"},
                {"op":"replace","path":"/a/b/0","value":9},{"op":"add","path":"/x~1y","value":{}},
                {"op":"test","path":"/a/b/1","value":2},{"op":"move","from":"/a/b","path":"/d"}]"#,
        );
        assert_eq!(apply(&mut value, &patch.expect("it is JSON")), Some(()));
        assert_eq!(value.to_json(), r#"{"a":{},"d":[9,2,3],"x/y":{}}"#);
        let wrong = parse(r#"[{"op":"remove","path":"/nosuch"}]"#).expect("it is JSON");
        assert_eq!(apply(&mut value, &wrong), None);
    }

    #[test]
    fn merging_replaces_lists_and_null_removes() {
        let mut value = parse(r#"{"a":{"b":1,"c":2},"l":[1]}"#).expect("it is JSON");
        merge(
            &mut value,
            &parse(r#"{"a":{"b":null},"l":[2],"n":{"x":null}}"#).expect("it is JSON"),
        );
        assert_eq!(value.to_json(), r#"{"a":{"c":2},"l":[2],"n":{}}"#);
    }
}
