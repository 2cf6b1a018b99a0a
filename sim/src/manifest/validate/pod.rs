//! Rules of pod specs and pod templates.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `ValidatePodTemplateSpec`,
//! `ValidatePodSpec`. Leaves out: Windows, overhead, claims of devices.

use std::collections::BTreeSet;

use super::error::{Errors, quote};
use super::path::Path;
use super::{affinity, container, int, items, meta, part, security, text, volume};
use crate::api::Value;
use crate::manifest::names;

pub(super) fn pod(errors: &mut Errors, object: &Value) {
    meta::metadata(errors, object, true, names::dns_subdomain);
    deletion_cost(errors, part(object, "metadata"), &Path::Of("metadata.annotations"));
    let spec = part(object, "spec");
    pod_spec(errors, spec, &Path::Of("spec"));
    for &key in &["containers", "initContainers"] {
        for (index, container) in items(spec, key).enumerate() {
            let image = text(container, "image");
            if image.trim() != image {
                let detail = "must not have leading or trailing whitespace";
                errors.invalid_text(&Path::Of("spec").item(key, index).key("image"), image, detail);
            }
        }
    }
}

/// What only a new pod is asked.
///
/// Models: `ValidatePodCreate`.
pub(super) fn created(errors: &mut Errors, object: &Value) {
    let spec = part(object, "spec");
    if items(spec, "ephemeralContainers").next().is_some() {
        let detail = "cannot be set on create";
        errors.forbidden(&Path::Of("spec.ephemeralContainers"), detail);
    }
    if !text(spec, "nodeName").is_empty() && items(spec, "schedulingGates").next().is_some() {
        let detail = "cannot be set until all schedulingGates have been cleared";
        errors.forbidden(&Path::Of("spec.nodeName"), detail);
    }
}

/// Models: `ValidatePodSpecificAnnotations`, of which only the cost of a deletion is checked.
fn deletion_cost(errors: &mut Errors, meta: &Value, path: &Path<'_>) {
    const KEY: &str = "controller.kubernetes.io/pod-deletion-cost";
    let Some(typed) = part(meta, "annotations").get(KEY).and_then(Value::as_str) else {
        return;
    };
    let digits = typed.strip_prefix('-').unwrap_or(typed);
    let plain = typed == "0" || digits.starts_with(|c: char| matches!(c, '1'..='9'));
    if !plain || typed.parse::<i32>().is_err() {
        let detail = "must be a 32bit integer";
        errors.invalid_text(&path.entry(KEY), typed, detail);
    }
}

pub(super) fn template(errors: &mut Errors, template: &Value, path: &Path<'_>) {
    let meta = part(template, "metadata");
    meta::labels(errors, meta.get("labels"), &path.key("labels"));
    meta::annotations(errors, meta.get("annotations"), &path.key("annotations"));
    deletion_cost(errors, meta, &path.key("annotations"));
    let spec = part(template, "spec");
    let path = path.key("spec");
    pod_spec(errors, spec, &path);
    if items(spec, "ephemeralContainers").next().is_some() {
        let detail = "ephemeral containers not allowed in pod template";
        errors.forbidden(&path.key("ephemeralContainers"), detail);
    }
    let policy = text(spec, "restartPolicy");
    errors.one_of(&path.key("restartPolicy"), policy, &["Always"]);
    if spec.get("activeDeadlineSeconds").is_some() {
        let detail = "activeDeadlineSeconds in ReplicaSet is not Supported";
        errors.forbidden(&path.key("activeDeadlineSeconds"), detail);
    }
}

fn pod_spec(errors: &mut Errors, spec: &Value, path: &Path<'_>) {
    let volumes = volume::volumes(errors, spec, path);
    container::containers(errors, spec, &volumes, path);
    let policy = text(spec, "restartPolicy");
    if policy.is_empty() {
        errors.required(&path.key("restartPolicy"), "");
    } else {
        let allowed = &["Always", "OnFailure", "Never"];
        errors.one_of(&path.key("restartPolicy"), policy, allowed);
    }
    let dns = text(spec, "dnsPolicy");
    let allowed = &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    errors.one_of(&path.key("dnsPolicy"), dns, allowed);
    meta::labels(errors, spec.get("nodeSelector"), &path.key("nodeSelector"));
    host_network(errors, spec, path);
    if let Some(context) = spec.get("securityContext").filter(|context| **context != Value::map()) {
        security::pod(errors, context, &path.key("securityContext"));
    }
    if let Some(affinity) = spec.get("affinity") {
        affinity::affinity(errors, affinity, &path.key("affinity"));
    }
    if dns == "None" || spec.get("dnsConfig").is_some() {
        dns_config(errors, spec.get("dnsConfig"), dns, &path.key("dnsConfig"));
    }
    gates(errors, spec, path);
    affinity::topology_spread(errors, spec, path);
    let rules: [(&str, meta::NameRule); 2] =
        [("serviceAccountName", names::dns_subdomain), ("nodeName", names::dns_subdomain)];
    named(errors, spec, &rules, path);
    let deadline = int(spec, "activeDeadlineSeconds");
    let possible = 1..=i64::from(i32::MAX);
    if let Some(seconds) = deadline.filter(|seconds| !possible.contains(seconds)) {
        let detail = "must be between 1 and 2147483647, inclusive";
        errors.invalid_number(&path.key("activeDeadlineSeconds"), seconds, detail);
    }
    let rules: [(&str, meta::NameRule); 2] =
        [("hostname", names::dns_label), ("subdomain", names::dns_label)];
    named(errors, spec, &rules, path);
    for (index, toleration) in items(spec, "tolerations").enumerate() {
        self::toleration(errors, toleration, &path.item("tolerations", index));
    }
    for (index, alias) in items(spec, "hostAliases").enumerate() {
        let path = path.item("hostAliases", index);
        ip(errors, text(alias, "ip"), &path.key("ip"));
        for (index, name) in items(alias, "hostnames").filter_map(Value::as_str).enumerate() {
            let path = path.item("hostnames", index);
            errors.name(&path, name, names::dns_subdomain);
        }
    }
    let rules: [(&str, meta::NameRule); 2] =
        [("priorityClassName", names::dns_subdomain), ("runtimeClassName", names::dns_subdomain)];
    named(errors, spec, &rules, path);
    if let Some(policy) = spec.get("preemptionPolicy").and_then(Value::as_str) {
        let allowed = &["PreemptLowerPriority", "Never"];
        errors.one_of(&path.key("preemptionPolicy"), policy, allowed);
    }
    if let Some(system) = spec.get("os") {
        let (name, path) = (text(system, "name"), path.key("os"));
        if name.is_empty() {
            errors.required(&path.key("name"), "cannot be empty");
        } else {
            errors.one_of(&path, name, &["linux", "windows"]);
        }
    }
}

/// Models: `validateHostNetwork`, and what `ValidatePodSecurityContext` says of process namespaces.
fn host_network(errors: &mut Errors, spec: &Value, path: &Path<'_>) {
    let is_on = |key: &str| spec.get(key) == Some(&Value::Bool(true));
    for &key in &["containers", "initContainers"] {
        for (index, container) in items(spec, key).enumerate().filter(|_| is_on("hostNetwork")) {
            for (place, port) in items(container, "ports").enumerate() {
                let number = int(port, "containerPort").unwrap_or(0);
                if int(port, "hostPort").unwrap_or(0) != number {
                    let container = path.item(key, index);
                    let path = container.item("ports", place);
                    let detail = "must match `hostPort` when `hostNetwork` is true";
                    errors.invalid_number(&path.key("containerPort"), number, detail);
                }
            }
        }
    }
    if is_on("hostPID") && is_on("shareProcessNamespace") {
        let path = path.key("securityContext.shareProcessNamespace");
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(&path, "true", detail);
    }
}

/// Fields that hold the name of something.
fn named(errors: &mut Errors, spec: &Value, rules: &[(&str, meta::NameRule)], path: &Path<'_>) {
    for (key, rule) in rules {
        let name = text(spec, key);
        if !name.is_empty() {
            errors.name(&path.key(key), name, *rule);
        }
    }
}

fn gates(errors: &mut Errors, spec: &Value, path: &Path<'_>) {
    for (index, gate) in items(spec, "readinessGates").enumerate() {
        let condition = text(gate, "conditionType");
        let path = path.item("readinessGates", index);
        errors.name(&path.key("conditionType"), condition, names::label_key);
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, gate) in items(spec, "schedulingGates").enumerate() {
        let (name, path) = (text(gate, "name"), path.item("schedulingGates", index));
        errors.name(&path, name, names::label_key);
        if !seen.insert(name) {
            errors.duplicate_text(&path, name);
        }
    }
}

pub(super) fn ip(errors: &mut Errors, address: &str, path: &Path<'_>) {
    if address.parse::<std::net::IpAddr>().is_err() {
        let detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        errors.invalid_text(path, address, detail);
    }
}

fn dns_config(errors: &mut Errors, config: Option<&Value>, policy: &str, path: &Path<'_>) {
    let Some(config) = config else {
        let detail = "must provide `dnsConfig` when `dnsPolicy` is None";
        return errors.required(path, detail);
    };
    let servers: Vec<&str> = items(config, "nameservers").filter_map(Value::as_str).collect();
    if policy == "None" && servers.is_empty() {
        let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
        return errors.required(&path.key("nameservers"), detail);
    }
    if servers.len() > 3 {
        let quoted: Vec<String> = servers.iter().map(|server| quote(server)).collect();
        let value = format!("[]string{{{}}}", quoted.join(", "));
        errors.invalid(&path.key("nameservers"), value, "must not have more than 3 nameservers");
    }
    for (index, server) in servers.iter().enumerate() {
        ip(errors, server, &path.item("nameservers", index));
    }
    for (index, search) in items(config, "searches").filter_map(Value::as_str).enumerate() {
        let name = search.strip_suffix('.').unwrap_or(search);
        errors.name(&path.item("searches", index), name, names::dns_subdomain);
    }
    for (index, option) in items(config, "options").enumerate() {
        if text(option, "name").is_empty() {
            errors.required(&path.item("options", index), "must not be empty");
        }
    }
}

fn toleration(errors: &mut Errors, toleration: &Value, path: &Path<'_>) {
    let (key, operator) = (text(toleration, "key"), text(toleration, "operator"));
    let operator_path = path.key("operator");
    if !key.is_empty() {
        errors.name(&path.key("key"), key, names::label_key);
    } else if operator != "Exists" {
        let detail = "operator must be Exists when `key` is empty, \
                      which means \"match all values and all keys\"";
        errors.invalid_text(&operator_path, operator, detail);
    }
    let effect = text(toleration, "effect");
    if toleration.get("tolerationSeconds").is_some() && effect != "NoExecute" {
        let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        errors.invalid_text(&path.key("effect"), effect, detail);
    }
    match operator {
        "Equal" | "" => {
            let value = text(toleration, "value");
            let reasons = names::label_value(value);
            if !reasons.is_empty() {
                errors.invalid_text(&operator_path, value, &reasons.join(";"));
            }
        }
        "Exists" => {
            if !text(toleration, "value").is_empty() {
                let detail = "value must be empty when `operator` is 'Exists'";
                errors.invalid(&operator_path, go_toleration(toleration), detail);
            }
        }
        other => errors.one_of(&operator_path, other, &["Equal", "Exists"]),
    }
    if !effect.is_empty() {
        let allowed = &["NoSchedule", "PreferNoSchedule", "NoExecute"];
        errors.one_of(&path.key("effect"), effect, allowed);
    }
}

/// A toleration as Go prints it, but for the address of a time.
fn go_toleration(toleration: &Value) -> String {
    let keys = ["key", "operator", "value", "effect"];
    let [key, operator, value, effect] = keys.map(|key| quote(text(toleration, key)));
    let seconds =
        if toleration.get("tolerationSeconds").is_some() { "0xc000000000" } else { "nil" };
    format!(
        "core.Toleration{{Key:{key}, Operator:{operator}, Value:{value}, Effect:{effect}, \
         TolerationSeconds:(*int64)({seconds})}}"
    )
}
