//! Rules of security contexts, of pods and of containers.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `ValidateSecurityContext`,
//! `validatePodSpecSecurityContext`. Leaves out: Windows.

use super::error::{Errors, quote};
use super::{int, items, part, text};
use crate::api::Value;

const ID: &str = "must be between 0 and 2147483647, inclusive";

fn id(errors: &mut Errors, value: Option<i64>, path: &str) {
    if let Some(number) = value.filter(|id| !(0..=i64::from(i32::MAX)).contains(id)) {
        errors.invalid(path, number.to_string(), ID);
    }
}

pub(super) fn container(errors: &mut Errors, context: &Value, path: &str) {
    for key in ["runAsUser", "runAsGroup"] {
        id(errors, int(context, key), &format!("{path}.{key}"));
    }
    if let Some(kind) = context.get("procMount").and_then(Value::as_str) {
        errors.one_of(&format!("{path}.procMount"), kind, &["Default", "Unmasked"]);
    }
    seccomp(errors, context, path);
    let is = |key: &str, wanted: bool| context.get(key) == Some(&Value::Bool(wanted));
    if is("allowPrivilegeEscalation", false) {
        if is("privileged", true) {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            errors.invalid(path, go_text(context), detail);
        }
        let added = items(part(context, "capabilities"), "add");
        if added.filter_map(Value::as_str).any(|name| name == "CAP_SYS_ADMIN") {
            let detail = "cannot set `allowPrivilegeEscalation` to false and \
                          `capabilities.Add` CAP_SYS_ADMIN";
            errors.invalid(path, go_text(context), detail);
        }
    }
}

pub(super) fn pod(errors: &mut Errors, context: &Value, path: &str) {
    for key in ["fsGroup", "runAsUser", "runAsGroup"] {
        id(errors, int(context, key), &format!("{path}.{key}"));
    }
    for (index, group) in items(context, "supplementalGroups").enumerate() {
        id(errors, group.as_int(), &format!("{path}.supplementalGroups[{index}]"));
    }
    if let Some(policy) = context.get("fsGroupChangePolicy").and_then(Value::as_str) {
        let allowed = ["Always", "OnRootMismatch"];
        errors.one_of(&format!("{path}.fsGroupChangePolicy"), policy, &allowed);
    }
    seccomp(errors, context, path);
    let mut seen: Vec<&str> = Vec::new();
    for (index, setting) in items(context, "sysctls").enumerate() {
        let (name, path) = (text(setting, "name"), format!("{path}.sysctls[{index}].name"));
        let inner = |c: char| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | '/' | '*')
        };
        if name.is_empty() {
            errors.required(&path, "");
        } else if name.len() > 253 || !name.chars().all(inner) {
            let detail = "must have at most 253 characters and match regex \
                          ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
            errors.invalid(&path, quote(name), detail);
        } else if seen.contains(&name) {
            errors.duplicate(&path, quote(name));
        }
        seen.push(name);
    }
}

fn seccomp(errors: &mut Errors, context: &Value, path: &str) {
    let Some(profile) = context.get("seccompProfile") else {
        return;
    };
    let path = format!("{path}.seccompProfile");
    let file = format!("{path}.localhostProfile");
    match (text(profile, "type"), profile.get("localhostProfile").and_then(Value::as_str)) {
        ("Localhost", None) => errors.required(&file, "must be set when seccomp type is Localhost"),
        ("Localhost", Some(_)) | ("RuntimeDefault" | "Unconfined", None) => {}
        ("RuntimeDefault" | "Unconfined", Some(name)) => {
            errors.invalid(&file, quote(name), "can only be set when seccomp type is Localhost");
        }
        ("", _) => {
            errors.required(&format!("{path}.type"), "type is required when seccompProfile is set");
        }
        (other, _) => {
            let allowed = ["Localhost", "RuntimeDefault", "Unconfined"];
            errors.unsupported(&format!("{path}.type"), &quote(other), &allowed);
        }
    }
}

/// The context as the server prints it, without the addresses a pointer would show.
fn go_text(context: &Value) -> String {
    context.to_json()
}
