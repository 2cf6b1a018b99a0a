//! Rules of containers: names, ports, variables, mounts and what they share.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `validateContainers`.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{Errors, quote};
use super::{FieldErrorKind, int, items, part, probe, resources, text};
use crate::api::Value;
use crate::manifest::names;
use crate::order;

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

pub(super) fn containers(errors: &mut Errors, spec: &Value, path: &str) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let main = format!("{path}.containers");
    if items(spec, "containers").next().is_none() {
        errors.required(&main, "");
    }
    for (key, path) in [("containers", main), ("initContainers", format!("{path}.initContainers"))]
    {
        for (index, container) in items(spec, key).enumerate() {
            let path = format!("{path}[{index}]");
            self::container(errors, container, spec, &path);
            let name = text(container, "name");
            if seen.contains(name) && !name.is_empty() {
                errors.duplicate(&format!("{path}.name"), quote(name));
            }
            seen.insert(name);
            handlers(errors, container, &path);
        }
    }
}

fn container(errors: &mut Errors, container: &Value, spec: &Value, path: &str) {
    let name = text(container, "name");
    if name.is_empty() {
        errors.required(&format!("{path}.name"), "");
    } else {
        errors.text(&format!("{path}.name"), name, &names::dns_label(name));
    }
    if text(container, "image").is_empty() {
        errors.required(&format!("{path}.image"), "");
    }
    let policy = text(container, "terminationMessagePolicy");
    let allowed = ["File", "FallbackToLogsOnError"];
    if policy.is_empty() {
        errors.required(&format!("{path}.terminationMessagePolicy"), "");
    } else {
        errors.one_of(&format!("{path}.terminationMessagePolicy"), policy, &allowed);
    }
    ports(errors, container, path);
    for (index, variable) in items(container, "env").enumerate() {
        self::variable(errors, variable, &format!("{path}.env[{index}]"));
    }
    for (index, source) in items(container, "envFrom").enumerate() {
        env_from(errors, source, &format!("{path}.envFrom[{index}]"));
    }
    mounts(errors, container, spec, path);
    let policy = text(container, "imagePullPolicy");
    if policy.is_empty() {
        errors.required(&format!("{path}.imagePullPolicy"), "");
    } else {
        let allowed = ["Always", "IfNotPresent", "Never"];
        errors.one_of(&format!("{path}.imagePullPolicy"), policy, &allowed);
    }
    resources::requirements(errors, part(container, "resources"), &format!("{path}.resources"));
}

fn handlers(errors: &mut Errors, container: &Value, path: &str) {
    for key in ["postStart", "preStop"] {
        if let Some(handler) = part(container, "lifecycle").get(key) {
            probe::handler(errors, handler, &format!("{path}.lifecycle.{key}"));
        }
    }
    for kind in probe::ProbeKind::ALL {
        if let Some(value) = container.get(kind.field()) {
            probe::probe_of_kind(errors, value, kind, &format!("{path}.{}", kind.field()));
        }
    }
}

fn ports(errors: &mut Errors, container: &Value, path: &str) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, port) in items(container, "ports").enumerate() {
        let path = format!("{path}.ports[{index}]");
        let name = text(port, "name");
        if !name.is_empty() {
            let reasons = names::port_name(name);
            errors.text(&format!("{path}.name"), name, &reasons);
            if reasons.is_empty() && seen.contains(name) {
                errors.duplicate(&format!("{path}.name"), quote(name));
            }
            seen.insert(name);
        }
        let number = int(port, "containerPort").unwrap_or(0);
        let number_path = format!("{path}.containerPort");
        if number == 0 {
            errors.required(&number_path, "");
        } else {
            errors.number(&number_path, number, &names::port_number(number));
        }
        let host = int(port, "hostPort").unwrap_or(0);
        if host != 0 {
            errors.number(&format!("{path}.hostPort"), host, &names::port_number(host));
        }
        protocol(errors, port, &path);
    }
}

pub(super) fn protocol(errors: &mut Errors, port: &Value, path: &str) {
    let protocol = text(port, "protocol");
    let path = format!("{path}.protocol");
    if protocol.is_empty() {
        errors.required(&path, "");
    } else {
        errors.one_of(&path, protocol, &PROTOCOLS);
    }
}

fn variable(errors: &mut Errors, variable: &Value, path: &str) {
    let name = text(variable, "name");
    if name.is_empty() {
        errors.required(&format!("{path}.name"), "");
    } else {
        errors.text(&format!("{path}.name"), name, &names::env_name(name));
    }
    let Some(source) = variable.get("valueFrom") else {
        return;
    };
    let path = format!("{path}.valueFrom");
    let keys = source.as_map().map_or(0, BTreeMap::len);
    if keys == 0 {
        let detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or \
                      `secretKeyRef`";
        errors.invalid(&path, "\"\"", detail);
    } else if !text(variable, "value").is_empty() {
        errors.invalid(&path, "\"\"", "may not be specified when `value` is not empty");
    } else if keys > 1 {
        errors.invalid(&path, "\"\"", "may not have more than one field specified at a time");
    }
    for kind in ["configMapKeyRef", "secretKeyRef"] {
        if let Some(reference) = source.get(kind) {
            for key in ["name", "key"] {
                if text(reference, key).is_empty() {
                    errors.required(&format!("{path}.{kind}.{key}"), "");
                }
            }
        }
    }
    if source.get("fieldRef").is_some_and(|field| text(field, "fieldPath").is_empty()) {
        errors.required(&format!("{path}.fieldRef.fieldPath"), "");
    }
}

fn env_from(errors: &mut Errors, source: &Value, path: &str) {
    let prefix = text(source, "prefix");
    if !prefix.is_empty() {
        errors.text(&format!("{path}.prefix"), prefix, &names::env_name(prefix));
    }
    let kinds = ["configMapRef", "secretRef"];
    match kinds.iter().filter(|kind| source.get(kind).is_some()).count() {
        0 => errors.invalid(path, "\"\"", "must specify one of: `configMapRef` or `secretRef`"),
        1 => {}
        _ => errors.invalid(path, "\"\"", "may not have more than one field specified at a time"),
    }
    for kind in kinds {
        if source.get(kind).is_some_and(|reference| text(reference, "name").is_empty()) {
            errors.required(&format!("{path}.{kind}.name"), "");
        }
    }
}

fn mounts(errors: &mut Errors, container: &Value, spec: &Value, path: &str) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let volumes = order::set(items(spec, "volumes").map(|volume| text(volume, "name")));
    for (index, mount) in items(container, "volumeMounts").enumerate() {
        let path = format!("{path}.volumeMounts[{index}]");
        let (name, place) = (text(mount, "name"), text(mount, "mountPath"));
        let name_path = format!("{path}.name");
        if name.is_empty() {
            errors.required(&name_path, "");
        }
        if !volumes.contains(name) {
            errors.add(&name_path, FieldErrorKind::NotFound, quote(name), "");
        }
        let place_path = format!("{path}.mountPath");
        if place.is_empty() {
            errors.required(&place_path, "");
        } else if seen.contains(place) {
            errors.invalid(&place_path, quote(place), "must be unique");
        }
        seen.insert(place);
    }
}

/// What the API server takes but warns of: ports and variables that are set twice.
pub(super) fn warnings(spec: &Value, path: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for key in ["initContainers", "containers"] {
        for (index, container) in items(spec, key).enumerate() {
            let path = format!("{path}.{key}[{index}]");
            twice(
                container,
                &path,
                "ports",
                |port| {
                    let number = int(port, "containerPort").unwrap_or(0);
                    format!("{number}/{}", text(port, "protocol"))
                },
                |first, _| format!("duplicate port definition with {first}"),
                &mut found,
            );
            twice(
                container,
                &path,
                "env",
                |variable| text(variable, "name").to_owned(),
                |_, name| {
                    let name = quote(name);
                    format!(
                        "hides previous definition of {name}, which may be dropped when using apply"
                    )
                },
                &mut found,
            );
        }
    }
    found
}

/// Notes the items of a list whose key an earlier item has.
fn twice(
    container: &Value,
    path: &str,
    list: &str,
    key: impl Fn(&Value) -> String,
    message: impl Fn(&str, &str) -> String,
    found: &mut Vec<(String, String)>,
) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for (index, item) in items(container, list).enumerate() {
        let (key, path) = (key(item), format!("{path}.{list}[{index}]"));
        match seen.get(&key) {
            Some(first) => found.push((path, message(first, &key))),
            None => {
                seen.insert(key, path);
            }
        }
    }
}
