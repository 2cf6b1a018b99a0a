//! What may change of a pod that exists.
//!
//! Models: kubernetes v1.28 `pkg/apis/core/validation/validation.go` `ValidatePodUpdate`. Leaves
//! out: the node selector and affinity of pods whose scheduling waits, which may be narrowed.

use super::error::Errors;
use super::path::Path;
use super::{go_diff, int, items, text};
use crate::api::Value;

/// Checks that of a pod's spec only images and a few numbers change.
pub(super) fn pod_update(errors: &mut Errors, old: &Value, new: &Value) {
    for &key in &["containers", "initContainers"] {
        let path = Path::Of("spec").key(key);
        if items(old, key).count() != items(new, key).count() {
            return errors.forbidden(&path, "pod updates may not add or remove containers");
        }
    }
    if !deadline(errors, int(old, "activeDeadlineSeconds"), int(new, "activeDeadlineSeconds")) {
        return;
    }
    tolerations(errors, old, new);
    gates(errors, old, new);
    let munged = munged(old, new);
    if *old != munged {
        let detail = format!(
            "pod updates may not change fields other than `spec.containers[*].image`,\
             `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` \
             (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` \
             (allow it to be set to 1 if it was previously negative)\n{}",
            go_diff::pod_spec(old, &munged)
        );
        errors.forbidden(&Path::Of("spec"), &detail);
    }
}

/// A deadline may be set and come nearer; says whether to go on.
fn deadline(errors: &mut Errors, old: Option<i64>, new: Option<i64>) -> bool {
    let path = &Path::Of("spec.activeDeadlineSeconds");
    let detail = match (old, new) {
        (_, Some(new)) if !(0..=i64::from(i32::MAX)).contains(&new) => {
            "must be between 0 and 2147483647, inclusive"
        }
        (Some(old), Some(new)) if old < new => "must be less than or equal to previous value",
        (Some(_), None) => {
            errors.invalid(path, "null", "must not update from a positive integer to nil value");
            return true;
        }
        _ => return true,
    };
    errors.invalid_number(path, new.unwrap_or(0), detail);
    false
}

fn tolerations(errors: &mut Errors, old: &Value, new: &Value) {
    let plain = |toleration: &Value| {
        let mut plain = toleration.clone();
        plain.as_map_mut().and_then(|map| map.remove("tolerationSeconds"));
        plain
    };
    let kept: Vec<Value> = items(new, "tolerations").map(plain).collect();
    if !items(old, "tolerations").all(|toleration| kept.contains(&plain(toleration))) {
        let detail = "existing toleration can not be modified except its tolerationSeconds";
        errors.forbidden(&Path::Of("spec.tolerations"), detail);
    }
}

fn gates(errors: &mut Errors, old: &Value, new: &Value) {
    for (index, gate) in items(new, "schedulingGates").enumerate() {
        let name = text(gate, "name");
        if !items(old, "schedulingGates").any(|known| text(known, "name") == name) {
            let detail =
                format!("only deletion is allowed, but found new scheduling gate '{name}'");
            errors.forbidden(&Path::Of("spec").item("schedulingGates", index).key("name"), &detail);
        }
    }
}

/// The new spec with everything as it was that may change.
fn munged(old: &Value, new: &Value) -> Value {
    let mut munged = new.clone();
    for &key in &["containers", "initContainers"] {
        let list = munged.as_map_mut().and_then(|map| map.get_mut(key));
        let list = list.and_then(Value::as_list_mut).into_iter().flatten();
        for (container, old) in list.zip(items(old, key)) {
            *container.entry("image") = old.get("image").cloned().unwrap_or_default();
        }
    }
    let mut keep = vec!["activeDeadlineSeconds", "schedulingGates", "tolerations"];
    let grace = "terminationGracePeriodSeconds";
    if int(old, grace).is_some_and(|grace| grace < 0) && int(new, grace) == Some(1) {
        keep.push(grace);
    }
    for key in keep {
        match (old.get(key), munged.as_map_mut()) {
            (Some(value), _) => *munged.entry(key) = value.clone(),
            (None, Some(map)) => {
                map.remove(key);
            }
            (None, None) => {}
        }
    }
    munged
}
