//! Rules of security contexts, of pods and of containers.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `ValidateSecurityContext`,
//! `validatePodSpecSecurityContext`. Leaves out: Windows.

use super::error::Errors;
use super::path::Path;
use super::{int, items, part, text};
use crate::api::Value;

const ID: &str = "must be between 0 and 2147483647, inclusive";

fn id(errors: &mut Errors, value: Option<i64>, path: &Path<'_>) {
    if let Some(number) = value.filter(|id| !(0..=i64::from(i32::MAX)).contains(id)) {
        errors.invalid_number(path, number, ID);
    }
}

pub(super) fn container(errors: &mut Errors, context: &Value, path: &Path<'_>) {
    for &key in &["runAsUser", "runAsGroup"] {
        id(errors, int(context, key), &path.key(key));
    }
    if let Some(kind) = context.get("procMount").and_then(Value::as_str) {
        errors.one_of(&path.key("procMount"), kind, &["Default", "Unmasked"]);
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

pub(super) fn pod(errors: &mut Errors, context: &Value, path: &Path<'_>) {
    for &key in &["fsGroup", "runAsUser", "runAsGroup"] {
        id(errors, int(context, key), &path.key(key));
    }
    for (index, group) in items(context, "supplementalGroups").enumerate() {
        id(errors, group.as_int(), &path.item("supplementalGroups", index));
    }
    if let Some(policy) = context.get("fsGroupChangePolicy").and_then(Value::as_str) {
        let allowed = &["Always", "OnRootMismatch"];
        errors.one_of(&path.key("fsGroupChangePolicy"), policy, allowed);
    }
    seccomp(errors, context, path);
    let mut seen: Vec<&str> = Vec::new();
    for (index, setting) in items(context, "sysctls").enumerate() {
        let (name, setting) = (text(setting, "name"), path.item("sysctls", index));
        let path = setting.key("name");
        let inner = |c: char| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | '/' | '*')
        };
        if name.is_empty() {
            errors.required(&path, "");
        } else if name.len() > 253 || !name.chars().all(inner) {
            let detail = "must have at most 253 characters and match regex \
                          ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
            errors.invalid_text(&path, name, detail);
        } else if seen.contains(&name) {
            errors.duplicate_text(&path, name);
        }
        seen.push(name);
    }
}

fn seccomp(errors: &mut Errors, context: &Value, path: &Path<'_>) {
    let Some(profile) = context.get("seccompProfile") else {
        return;
    };
    let path = path.key("seccompProfile");
    let file = path.key("localhostProfile");
    match (text(profile, "type"), profile.get("localhostProfile").and_then(Value::as_str)) {
        ("Localhost", None) => errors.required(&file, "must be set when seccomp type is Localhost"),
        ("Localhost", Some(_)) | ("RuntimeDefault" | "Unconfined", None) => {}
        ("RuntimeDefault" | "Unconfined", Some(name)) => {
            errors.invalid_text(&file, name, "can only be set when seccomp type is Localhost");
        }
        ("", _) => {
            errors.required(&path.key("type"), "type is required when seccompProfile is set");
        }
        (other, _) => {
            let allowed = &["Localhost", "RuntimeDefault", "Unconfined"];
            errors.one_of(&path.key("type"), other, allowed);
        }
    }
}

/// The context as the server prints it, without the addresses a pointer would show.
fn go_text(context: &Value) -> String {
    context.to_json()
}
