//! Strategic merge patches: maps are merged, some lists are merged by a key, null removes.
//!
//! Models: kubernetes v1.36 apimachinery `pkg/util/strategicpatch/patch.go`. Differs: which lists
//! merge is known by the field's name alone.

use std::collections::BTreeMap;

use crate::api::{Name, Value};

/// Names the keys a map keeps; all others go.
const RETAIN: &str = "$retainKeys";
/// Says what to do with a map: `delete` or `replace`.
const DIRECTIVE: &str = "$patch";
/// Names the order of a list's items.
const ORDER: &str = "$setElementOrder/";

/// Lists whose items are merged, and the key that tells them apart.
const MERGED: [(&str, &str); 15] = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("env", "name"),
    ("volumes", "name"),
    ("imagePullSecrets", "name"),
    ("volumeMounts", "mountPath"),
    ("volumeDevices", "devicePath"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
    ("ownerReferences", "uid"),
    ("conditions", "type"),
    ("taints", "key"),
    ("schedulingGates", "name"),
    ("resourceClaims", "name"),
];
/// Lists of texts that are merged; others are replaced.
const MERGED_TEXTS: [&str; 1] = ["finalizers"];
/// Names the texts that go from such a list.
const GONE: &str = "$deleteFromPrimitiveList/";

/// The key by which the items of a list are told apart; `None` for lists that are replaced.
fn merge_key(field: &str, lists: [&[Value]; 2]) -> Option<&'static str> {
    if field == "ports" {
        let of_container =
            lists.iter().any(|list| list.iter().any(|item| item.get("containerPort").is_some()));
        return Some(if of_container { "containerPort" } else { "port" });
    }
    MERGED.iter().find(|(known, _)| *known == field).map(|(_, key)| *key)
}

/// The patch that turns `current` into what `modified` asks for, without touching what others have
/// set: fields that `original` had and `modified` has not are removed.
pub(crate) fn three_way(original: &Value, modified: &Value, current: &Value) -> Value {
    let mut patch = BTreeMap::new();
    let (Some(wanted), Some(present)) = (modified.as_map(), current.as_map()) else {
        return modified.clone();
    };
    let nothing = Value::Null;
    for (key, value) in wanted {
        let before = original.get(key).unwrap_or(&nothing);
        match (value, present.get(key)) {
            (_, Some(same)) if same == value => {
                remove_lost(&mut patch, key, before, value);
            }
            (Value::Map(_), Some(old @ Value::Map(_))) => {
                let mut inner = three_way(before, value, old);
                if inner != Value::map() {
                    retain_keys(key, value, &mut inner);
                    patch.insert(key.clone(), inner);
                }
            }
            (Value::List(new), Some(Value::List(old))) => {
                let before = before.as_list().unwrap_or_default();
                list_patch(&mut patch, key, [before, new, old]);
            }
            _ => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    for key in original.as_map().into_iter().flat_map(BTreeMap::keys) {
        if !wanted.contains_key(key) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    Value::Map(patch)
}

/// Notes removals below a field whose value is as wanted already.
fn remove_lost(patch: &mut BTreeMap<Name, Value>, key: &Name, before: &Value, value: &Value) {
    if let (Value::Map(_), Value::Map(_)) = (before, value) {
        let lost = three_way(before, value, value);
        if lost != Value::map() {
            patch.insert(key.clone(), lost);
        }
    }
}

/// Maps of which one form excludes another keep only the keys that are asked for: a strategy, the
/// items of a list of volumes.
fn retain_keys(key: &str, wanted: &Value, patch: &mut Value) {
    let exclusive = matches!(key, "strategy" | "volumes" | "resourceClaims");
    if let Some(map) = wanted.as_map().filter(|_| exclusive) {
        *patch.entry(RETAIN) = Value::List(map.keys().map(Value::from).collect());
    }
}

fn list_patch(patch: &mut BTreeMap<Name, Value>, field: &Name, lists: [&[Value]; 3]) {
    let [original, modified, current] = lists;
    if MERGED_TEXTS.contains(&&**field) {
        return text_list_patch(patch, field, lists);
    }
    let Some(key) = merge_key(field, [modified, current]) else {
        patch.insert(field.clone(), Value::List(modified.to_vec()));
        return;
    };
    let mut items = Vec::new();
    for item in modified {
        let before = find(original, key, item).unwrap_or(&Value::Null);
        let Some(old) = find(current, key, item) else {
            items.push(item.clone());
            continue;
        };
        let mut inner = three_way(before, item, old);
        if inner != Value::map() {
            *inner.entry(key) = item.get(key).cloned().unwrap_or_default();
            retain_keys(field, item, &mut inner);
            items.push(inner);
        }
    }
    for gone in original.iter().filter(|item| find(modified, key, item).is_none()) {
        let mut removal = Value::map();
        *removal.entry(key) = gone.get(key).cloned().unwrap_or_default();
        *removal.entry(DIRECTIVE) = "delete".into();
        items.push(removal);
    }
    let kept = current.iter().filter(|item| find(modified, key, item).is_some());
    let in_order = kept.map(|item| item.get(key)).eq(modified
        .iter()
        .filter(|item| find(current, key, item).is_some())
        .map(|item| item.get(key)));
    if items.is_empty() && in_order {
        return;
    }
    let order = modified.iter().map(|item| {
        let mut only = Value::map();
        *only.entry(key) = item.get(key).cloned().unwrap_or_default();
        only
    });
    patch.insert(format!("{ORDER}{field}").into(), Value::List(order.collect()));
    if !items.is_empty() {
        patch.insert(field.clone(), Value::List(items));
    }
}

/// The patch of a list of texts: those that are new, and those that were dropped.
fn text_list_patch(patch: &mut BTreeMap<Name, Value>, field: &Name, lists: [&[Value]; 3]) {
    let [original, modified, current] = lists;
    let new: Vec<Value> = modified.iter().filter(|text| !current.contains(text)).cloned().collect();
    let gone: Vec<Value> =
        original.iter().filter(|text| !modified.contains(text)).cloned().collect();
    if !gone.is_empty() {
        patch.insert(format!("{GONE}{field}").into(), Value::List(gone));
    }
    if !new.is_empty() {
        patch.insert(field.clone(), Value::List(new));
        patch.insert(format!("{ORDER}{field}").into(), Value::List(modified.to_vec()));
    }
}

fn find<'a>(list: &'a [Value], key: &str, like: &Value) -> Option<&'a Value> {
    let wanted = like.get(key)?;
    list.iter().find(|item| item.get(key) == Some(wanted))
}

/// Applies a strategic merge patch.
///
/// # Errors
/// The API server's sentence about an item without its key or an unknown directive.
pub(crate) fn apply(current: &mut Value, patch: &Value) -> Result<(), String> {
    let Some(changes) = patch.as_map() else {
        *current = patch.clone();
        return Ok(());
    };
    if !matches!(current, Value::Map(_)) {
        *current = Value::map();
    }
    match patch.get(DIRECTIVE).and_then(Value::as_str) {
        Some("replace") => {
            *current = patch.clone();
            current.as_map_mut().and_then(|map| map.remove(DIRECTIVE));
            return Ok(());
        }
        Some("delete") => {
            *current = Value::map();
            return Ok(());
        }
        None | Some("merge") => {}
        Some(_) => return Err(format!("unknown patch type found in {}", go_text(patch))),
    }
    if let (Some(kept), Some(map)) =
        (patch.get(RETAIN).and_then(Value::as_list), current.as_map_mut())
    {
        map.retain(|key, _| kept.iter().any(|kept| kept.as_name() == Some(key)));
    }
    for (key, change) in changes {
        if !key.starts_with('$') {
            let order = patch.get(&format!("{ORDER}{key}")).and_then(Value::as_list);
            apply_field(current, key, change, order)?;
        } else if let Some(field) = key.strip_prefix(GONE) {
            let list = current.as_map_mut().and_then(|map| map.get_mut(field));
            if let (Some(list), Some(gone)) = (list.and_then(list_of), change.as_list()) {
                list.retain(|text| !gone.contains(text));
            }
        } else if let Some(field) =
            key.strip_prefix(ORDER).filter(|field| !changes.contains_key(*field))
        {
            let order = change.as_list();
            apply_field(current, field, &Value::List(Vec::new()), order)?;
        }
    }
    Ok(())
}

/// The list a value is, to change.
fn list_of(value: &mut Value) -> Option<&mut Vec<Value>> {
    match value {
        Value::List(items) => Some(items),
        _ => None,
    }
}

fn apply_field(
    current: &mut Value,
    key: &str,
    change: &Value,
    order: Option<&[Value]>,
) -> Result<(), String> {
    let Some(map) = current.as_map_mut() else {
        return Ok(());
    };
    if *change == Value::Null {
        map.remove(key);
        return Ok(());
    }
    match (map.get_mut(key), change) {
        (Some(old), Value::Map(_)) => apply(old, change),
        (None, Value::Map(_)) => {
            let mut new = Value::map();
            apply(&mut new, change)?;
            map.insert(key.into(), new);
            Ok(())
        }
        (old, Value::List(items)) => {
            let present = old.as_deref().and_then(Value::as_list).unwrap_or_default();
            let merged = match merge_key(key, [items, present]) {
                _ if MERGED_TEXTS.contains(&key) => {
                    let new = items.iter().filter(|text| !present.contains(text));
                    present.iter().chain(new).cloned().collect()
                }
                Some(merge_key) => merge_list(present, items, merge_key, order)?,
                None => items.clone(),
            };
            map.insert(key.into(), Value::List(merged));
            Ok(())
        }
        (_, _) => {
            map.insert(key.into(), change.clone());
            Ok(())
        }
    }
}

fn merge_list(
    current: &[Value],
    changes: &[Value],
    key: &str,
    order: Option<&[Value]>,
) -> Result<Vec<Value>, String> {
    let directive = |item: &Value| item.get(DIRECTIVE).and_then(Value::as_str).map(str::to_owned);
    if changes.iter().any(|item| directive(item).as_deref() == Some("replace")) {
        let kept = changes.iter().filter(|item| directive(item).is_none());
        return Ok(kept.cloned().collect());
    }
    let mut merged = current.to_vec();
    for change in changes {
        if change.get(key).is_none() {
            let text = go_text(change);
            return Err(format!("map: {text} does not contain declared merge key: {key}"));
        }
        let place = merged.iter().position(|item| item.get(key) == change.get(key));
        if directive(change).as_deref() == Some("delete") {
            if let Some(place) = place {
                merged.remove(place);
            }
        } else if let Some(place) = place {
            apply(&mut merged[place], change)?;
        } else {
            let mut new = Value::map();
            apply(&mut new, change)?;
            merged.push(new);
        }
    }
    Ok(in_order(merged, order.unwrap_or(changes), current, key))
}

/// Puts items into the order of the patch; items only the server has keep their place relative to
/// those the server knows, and items only the patch has come first.
fn in_order(items: Vec<Value>, patch: &[Value], server: &[Value], key: &str) -> Vec<Value> {
    let place = |list: &[Value], item: &Value| {
        list.iter().position(|other| other.get(key) == item.get(key))
    };
    let (mut of_patch, of_server): (Vec<Value>, Vec<Value>) =
        items.into_iter().partition(|item| place(patch, item).is_some());
    crate::order::sort_by_key(&mut of_patch, |item| place(patch, item));
    let mut ordered = Vec::with_capacity(of_patch.len() + of_server.len());
    let (mut left, mut right) = (of_server.into_iter().peekable(), of_patch.into_iter().peekable());
    while let (Some(only_server), Some(patched)) = (left.peek(), right.peek()) {
        let server_first = match (place(server, only_server), place(server, patched)) {
            (Some(a), Some(b)) => a < b,
            _ => false,
        };
        ordered.extend(if server_first { left.next() } else { right.next() });
    }
    ordered.extend(left);
    ordered.extend(right);
    ordered
}

/// Data as Go prints it: `map[a:1 b:[x y]]`.
pub(crate) fn go_text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::List(items) => {
            format!("[{}]", items.iter().map(go_text).collect::<Vec<_>>().join(" "))
        }
        Value::Map(map) => {
            let entry = |(key, value): (&Name, &Value)| format!("{key}:{}", go_text(value));
            format!("map[{}]", map.iter().map(entry).collect::<Vec<_>>().join(" "))
        }
        scalar => scalar.scalar_text().map(|text| text.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::{apply, three_way};
    use crate::api::Value;
    use crate::manifest::parse;

    fn read(text: &str) -> Value {
        parse(text).documents[0].value.clone()
    }

    #[track_caller]
    fn check_apply(current: &str, patch: &str, expected: &str) {
        let mut value = read(current);
        let result = apply(&mut value, &read(patch));
        assert_eq!(result.map(|()| value.to_json()), Ok(read(expected).to_json()));
    }

    #[test]
    fn maps_merge_and_some_lists_merge_by_their_key() {
        check_apply("{a: 1, b: {c: 2}}", "{b: {d: 3}, a: null}", "{b: {c: 2, d: 3}}");
        check_apply(
            "{containers: [{name: a, image: x}, {name: b}]}",
            "{containers: [{name: a, image: y}]}",
            "{containers: [{name: a, image: y}, {name: b}]}",
        );
        check_apply(
            "{containers: [{name: web}]}",
            "{containers: [{name: extra}]}",
            "{containers: [{name: extra}, {name: web}]}",
        );
        check_apply("{args: [a, b]}", "{args: [c]}", "{args: [c]}");
        check_apply(
            "{env: [{name: A}, {name: B}]}",
            "{env: [{name: A, $patch: delete}]}",
            "{env: [{name: B}]}",
        );
        check_apply(
            "{strategy: {type: a, x: {}}}",
            "{strategy: {$retainKeys: [type], type: b}}",
            "{strategy: {type: b}}",
        );
    }

    #[test]
    fn a_volume_that_becomes_another_kind_of_volume_is_no_longer_the_first() {
        let original = read("{volumes: [{name: v, configMap: {name: c}}]}");
        let modified = read("{volumes: [{name: v, emptyDir: {}}]}");
        let mut current = read("{volumes: [{name: v, configMap: {name: c, defaultMode: 420}}]}");
        let patch = three_way(&original, &modified, &current);
        assert_eq!(apply(&mut current, &patch), Ok(()));
        assert_eq!(current, modified);
    }

    #[test]
    fn texts_of_some_lists_are_merged() {
        let (original, modified) = (read("{finalizers: [a, b]}"), read("{finalizers: [b, c]}"));
        let mut current = read("{finalizers: [a, b, x]}");
        let patch = three_way(&original, &modified, &current);
        assert_eq!(apply(&mut current, &patch), Ok(()));
        assert_eq!(current, read("{finalizers: [b, x, c]}"));
    }

    #[test]
    fn what_the_file_dropped_goes_and_what_others_set_stays() {
        let original = read("{replicas: 3, env: [{name: A}, {name: B}], gone: 1}");
        let modified = read("{env: [{name: B, value: x}, {name: C}]}");
        let current =
            read("{replicas: 5, env: [{name: A}, {name: B}, {name: Z}], other: 1, gone: 1}");
        let patch = three_way(&original, &modified, &current);
        let mut result = current;
        assert_eq!(apply(&mut result, &patch), Ok(()));
        assert_eq!(
            result.to_json(),
            r#"{"env":[{"name":"B","value":"x"},{"name":"C"},{"name":"Z"}],"other":1}"#
        );
        assert_eq!(three_way(&modified, &modified, &result), Value::map());
    }
}
