//! Rules of containers: names, ports, variables, mounts and what they share.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `validateContainers`.

use std::collections::BTreeSet;

use super::error::Errors;
use super::path::Path;
use super::{env, int, items, part, probe, resources, security, text, volume};
use crate::api::Value;
use crate::manifest::names;

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

pub(super) fn containers(
    errors: &mut Errors,
    spec: &Value,
    volumes: &BTreeSet<&str>,
    path: &Path<'_>,
) {
    let main = path.key("containers");
    if items(spec, "containers").next().is_none() {
        errors.required(&main, "");
    }
    let grace = int(spec, "terminationGracePeriodSeconds");
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, container) in items(spec, "containers").enumerate() {
        let path = main.index(index);
        self::container(errors, container, spec, volumes, &path);
        let name = text(container, "name");
        if !seen.insert(name) {
            errors.duplicate_text(&path.key("name"), name);
        }
        handlers(errors, container, grace, &path);
        if container.get("restartPolicy").is_some() {
            let detail = "may not be set for non-init containers";
            errors.forbidden(&path.key("restartPolicy"), detail);
        }
    }
    let list = spec.get("containers").and_then(Value::as_list).unwrap_or_default();
    host_ports(errors, list, &main);
    for (index, container) in items(spec, "initContainers").enumerate() {
        let list = path.key("initContainers");
        let path = list.index(index);
        self::container(errors, container, spec, volumes, &path);
        init_container(errors, container, spec, &mut seen, &list, &path);
    }
}

fn init_container<'a>(
    errors: &mut Errors,
    container: &'a Value,
    spec: &'a Value,
    seen: &mut BTreeSet<&'a str>,
    list: &Path<'_>,
    path: &Path<'_>,
) {
    let policy = container.get("restartPolicy").and_then(Value::as_str);
    if let Some(policy) = policy {
        errors.one_of(&path.key("restartPolicy"), policy, &["Always"]);
    }
    let name = text(container, "name");
    if seen.contains(name) {
        errors.duplicate_text(&path.key("name"), name);
    } else if !name.is_empty() {
        seen.insert(name);
    }
    // Init containers run one by one; upstream counts each as the first of the list.
    host_ports(errors, std::slice::from_ref(container), list);
    if policy == Some("Always") {
        return handlers(errors, container, int(spec, "terminationGracePeriodSeconds"), path);
    }
    for &key in &["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
        if container.get(key).is_some() {
            let detail = "may not be set for init containers without restartPolicy=Always";
            errors.forbidden(&path.key(key), detail);
        }
    }
}

/// Refuses a port of the node that is used twice.
fn host_ports(errors: &mut Errors, containers: &[Value], path: &Path<'_>) {
    let mut seen: Vec<String> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        for (place, port) in items(container, "ports").enumerate() {
            let Some(number) = int(port, "hostPort").filter(|number| *number != 0) else {
                continue;
            };
            let key = format!("{}/{}/{number}", text(port, "protocol"), text(port, "hostIP"));
            if seen.contains(&key) {
                errors
                    .duplicate_text(&path.index(index).item("ports", place).key("hostPort"), &key);
            }
            seen.push(key);
        }
    }
}

fn container(
    errors: &mut Errors,
    container: &Value,
    spec: &Value,
    volumes: &BTreeSet<&str>,
    path: &Path<'_>,
) {
    let name = text(container, "name");
    if name.is_empty() {
        errors.required(&path.key("name"), "");
    } else {
        errors.name(&path.key("name"), name, names::dns_label);
    }
    if text(container, "image").is_empty() {
        errors.required(&path.key("image"), "");
    }
    let policy = text(container, "terminationMessagePolicy");
    let allowed = &["File", "FallbackToLogsOnError"];
    if policy.is_empty() {
        errors.required(&path.key("terminationMessagePolicy"), "");
    } else {
        errors.one_of(&path.key("terminationMessagePolicy"), policy, allowed);
    }
    ports(errors, container, path);
    env::variables(errors, container, path);
    env::sources(errors, container, path);
    volume::mounts(errors, container, volumes, path);
    if container.get("volumeDevices").is_some() {
        volume::devices(errors, container, spec, path);
    }
    let policy = text(container, "imagePullPolicy");
    if policy.is_empty() {
        errors.required(&path.key("imagePullPolicy"), "");
    } else {
        let allowed = &["Always", "IfNotPresent", "Never"];
        errors.one_of(&path.key("imagePullPolicy"), policy, allowed);
    }
    resources::requirements(errors, part(container, "resources"), &path.key("resources"));
    if let Some(context) = container.get("securityContext") {
        security::container(errors, context, &path.key("securityContext"));
    }
}

fn handlers(errors: &mut Errors, container: &Value, grace: Option<i64>, path: &Path<'_>) {
    for &key in &["postStart", "preStop"] {
        if let Some(handler) = part(container, "lifecycle").get(key) {
            probe::handler(errors, handler, grace, &path.key("lifecycle").key(key));
        }
    }
    for kind in probe::ProbeKind::ALL {
        if let Some(value) = container.get(kind.field()) {
            probe::probe_of_kind(errors, value, kind, &path.key(kind.field()));
        }
    }
}

fn ports(errors: &mut Errors, container: &Value, path: &Path<'_>) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, port) in items(container, "ports").enumerate() {
        let path = path.item("ports", index);
        let name = text(port, "name");
        if !name.is_empty() {
            let reasons = names::port_name(name);
            errors.text(&path.key("name"), name, &reasons);
            if reasons.is_empty() && !seen.insert(name) {
                errors.duplicate_text(&path.key("name"), name);
            }
        }
        let number = int(port, "containerPort").unwrap_or(0);
        let number_path = path.key("containerPort");
        if number == 0 {
            errors.required(&number_path, "");
        } else {
            errors.port(&number_path, number);
        }
        let host = int(port, "hostPort").unwrap_or(0);
        if host != 0 {
            errors.port(&path.key("hostPort"), host);
        }
        protocol(errors, port, &path);
    }
}

pub(super) fn protocol(errors: &mut Errors, port: &Value, path: &Path<'_>) {
    let protocol = text(port, "protocol");
    let path = path.key("protocol");
    if protocol.is_empty() {
        errors.required(&path, "");
    } else {
        errors.one_of(&path, protocol, &PROTOCOLS);
    }
}
