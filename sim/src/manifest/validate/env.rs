//! Rules of environment variables and where their values come from.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `ValidateEnv`,
//! `ValidateEnvFrom`, and `pkg/apis/core/pods/helpers.go` `ConvertDownwardAPIFieldLabel`.

use super::error::Errors;
use super::path::Path;
use super::{items, text};
use crate::api::Value;
use crate::api::quantity::parse_milli;
use crate::manifest::names;

/// Fields of a pod that variables can have.
const FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// Fields of a pod that can be selected elsewhere, but not here.
const OTHER_FIELDS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "spec.restartPolicy",
    "spec.schedulerName",
    "status.phase",
];
/// Amounts of a container that variables can have.
const AMOUNTS: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
const SEVERAL: &str = "may not have more than one field specified at a time";

pub(super) fn variables(errors: &mut Errors, container: &Value, path: &Path<'_>) {
    for (index, variable) in items(container, "env").enumerate() {
        let path = path.item("env", index);
        let name = text(variable, "name");
        if name.is_empty() {
            errors.required(&path.key("name"), "");
        } else {
            errors.name(&path.key("name"), name, names::env_name);
        }
        if let Some(source) = variable.get("valueFrom") {
            let has_value = !text(variable, "value").is_empty();
            value_from(errors, source, has_value, &path.key("valueFrom"));
        }
    }
}

fn value_from(errors: &mut Errors, source: &Value, has_value: bool, path: &Path<'_>) {
    if let Some(field) = source.get("fieldRef") {
        field_ref(errors, field, &FIELDS, &path.key("fieldRef"));
    }
    if let Some(amount) = source.get("resourceFieldRef") {
        resource_field_ref(errors, amount, false, &path.key("resourceFieldRef"));
    }
    for &kind in &["configMapKeyRef", "secretKeyRef"] {
        if let Some(reference) = source.get(kind) {
            key_ref(errors, reference, &path.key(kind));
        }
    }
    match source.as_map().map_or(0, std::collections::BTreeMap::len) {
        0 => {
            let detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or \
                          `secretKeyRef`";
            errors.invalid(path, "\"\"", detail);
        }
        _ if has_value => {
            errors.invalid(path, "\"\"", "may not be specified when `value` is not empty");
        }
        1 => {}
        _ => errors.invalid(path, "\"\"", SEVERAL),
    }
}

/// Checks a field of the pod against those that are `allowed`.
pub(super) fn field_ref(errors: &mut Errors, field: &Value, allowed: &[&str], path: &Path<'_>) {
    let typed = text(field, "fieldPath");
    let at = path.key("fieldPath");
    if typed.is_empty() {
        return errors.required(&at, "");
    }
    let refuse = |errors: &mut Errors, problem: &str| {
        let detail = format!("error converting fieldPath: {problem}");
        errors.invalid_text(&at, typed, &detail);
    };
    match text(field, "apiVersion") {
        "v1" => {}
        "" => return errors.required(&path.key("apiVersion"), ""),
        other => return refuse(errors, &format!("unsupported pod version: {other}")),
    }
    let subscript = typed.strip_suffix("']").and_then(|typed| typed.split_once("['"));
    match subscript {
        Some((of @ ("metadata.annotations" | "metadata.labels"), key)) => {
            let key = if of == "metadata.annotations" {
                key.to_ascii_lowercase()
            } else {
                key.to_owned()
            };
            errors.text(path, &key, &names::label_key(&key));
        }
        Some(_) => refuse(errors, &format!("field label does not support subscript: {typed}")),
        None if allowed.contains(&typed) => {}
        None if FIELDS.contains(&typed) || OTHER_FIELDS.contains(&typed) => {
            errors.one_of(&at, typed, allowed);
        }
        None => refuse(errors, &format!("field label not supported: {typed}")),
    }
}

/// Checks an amount of a container; a volume must say which container's.
pub(super) fn resource_field_ref(
    errors: &mut Errors,
    amount: &Value,
    in_volume: bool,
    path: &Path<'_>,
) {
    const SIZES: &str = "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, \
                         1Ei are supported with the ";
    let resource = text(amount, "resource");
    let is_huge = ["limits.hugepages-", "requests.hugepages-"]
        .iter()
        .any(|prefix| resource.starts_with(prefix));
    if in_volume && text(amount, "containerName").is_empty() {
        errors.required(&path.key("containerName"), "");
    } else if resource.is_empty() {
        errors.required(&path.key("resource"), "");
    } else if !is_huge {
        errors.one_of(&path.key("resource"), resource, &AMOUNTS);
    }
    let divisor = amount.get("divisor").and_then(Value::scalar_text).unwrap_or_default();
    if divisor.is_empty() || parse_milli(&divisor) == Some(0) {
        return;
    }
    let size = || {
        divisor.strip_prefix('1').is_some_and(|unit| {
            let unit = unit.strip_suffix('i').unwrap_or(unit);
            matches!(unit, "" | "k" | "K" | "M" | "G" | "T" | "P" | "E")
        })
    };
    let detail = match resource.split_once('.').map_or("", |(_, name)| name) {
        "cpu" if !matches!(&*divisor, "1" | "1m") => {
            "only divisor's values 1m and 1 are supported with the cpu resource".to_owned()
        }
        "memory" if !size() => format!("{SIZES}memory resource"),
        "ephemeral-storage" if !size() => format!("{SIZES}local ephemeral storage resource"),
        _ if is_huge && !size() => format!("{SIZES}hugepages resource"),
        _ => return,
    };
    errors.invalid_text(&path.key("divisor"), resource, &detail);
}

/// Checks the name of an object and the key in it.
fn key_ref(errors: &mut Errors, reference: &Value, path: &Path<'_>) {
    let (name, key) = (text(reference, "name"), text(reference, "key"));
    errors.name(&path.key("name"), name, names::dns_subdomain);
    if key.is_empty() {
        errors.required(&path.key("key"), "");
    } else {
        errors.name(&path.key("key"), key, names::config_key);
    }
}

pub(super) fn sources(errors: &mut Errors, container: &Value, path: &Path<'_>) {
    let path = path.key("envFrom");
    for (index, source) in items(container, "envFrom").enumerate() {
        let at = path.index(index);
        let prefix = text(source, "prefix");
        if !prefix.is_empty() {
            errors.name(&at.key("prefix"), prefix, names::env_name);
        }
        let kinds = &["configMapRef", "secretRef"];
        for &kind in kinds {
            let name: Option<&str> = source.get(kind).map(|reference| text(reference, "name"));
            let reference = at.key(kind);
            let path = reference.key("name");
            match name {
                Some("") => errors.required(&path, ""),
                Some(name) => errors.name(&path, name, names::dns_subdomain),
                None => {}
            }
        }
        // These are about the list as a whole, upstream.
        match kinds.iter().filter(|kind| source.get(kind).is_some()).count() {
            0 => {
                errors.invalid(&path, "\"\"", "must specify one of: `configMapRef` or `secretRef`");
            }
            1 => {}
            _ => errors.invalid(&path, "\"\"", SEVERAL),
        }
    }
}
