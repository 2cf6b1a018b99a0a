//! Rules of pod specs and pod templates.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `ValidatePodTemplateSpec`,
//! `ValidatePodSpec`. Leaves out: the insides of volumes, affinity and security contexts.

use std::collections::BTreeSet;

use super::error::{Errors, quote};
use super::{FieldErrorKind, container, int, items, meta, part, text};
use crate::api::Value;
use crate::manifest::names;

pub(super) fn pod(errors: &mut Errors, object: &Value) {
    meta::metadata(errors, object, true, names::dns_subdomain);
    let spec = part(object, "spec");
    pod_spec(errors, spec, "spec");
    let deadline = int(spec, "activeDeadlineSeconds");
    let possible = 1..=i64::from(i32::MAX);
    if let Some(seconds) = deadline.filter(|seconds| !possible.contains(seconds)) {
        let detail = "must be between 1 and 2147483647, inclusive";
        errors.invalid("spec.activeDeadlineSeconds", seconds.to_string(), detail);
    }
    if items(spec, "ephemeralContainers").next().is_some() {
        let detail = "cannot be set on create";
        errors.forbidden("spec.ephemeralContainers", detail);
    }
}

pub(super) fn template(errors: &mut Errors, template: &Value, path: &str) {
    let meta = part(template, "metadata");
    meta::labels(errors, meta.get("labels"), &format!("{path}.labels"));
    meta::annotations(errors, meta.get("annotations"), &format!("{path}.annotations"));
    let spec = part(template, "spec");
    let path = format!("{path}.spec");
    pod_spec(errors, spec, &path);
    if items(spec, "ephemeralContainers").next().is_some() {
        let detail = "ephemeral containers not allowed in pod template";
        errors.forbidden(&format!("{path}.ephemeralContainers"), detail);
    }
    let policy = text(spec, "restartPolicy");
    if policy != "Always" {
        errors.unsupported(&format!("{path}.restartPolicy"), &quote(policy), &["Always"]);
    }
    if spec.get("activeDeadlineSeconds").is_some() {
        let detail = "activeDeadlineSeconds in ReplicaSet is not Supported";
        errors.forbidden(&format!("{path}.activeDeadlineSeconds"), detail);
    }
}

fn pod_spec(errors: &mut Errors, spec: &Value, path: &str) {
    volumes(errors, spec, path);
    container::containers(errors, spec, path);
    let policy = text(spec, "restartPolicy");
    if policy.is_empty() {
        errors.required(&format!("{path}.restartPolicy"), "");
    } else {
        let allowed = ["Always", "OnFailure", "Never"];
        errors.one_of(&format!("{path}.restartPolicy"), policy, &allowed);
    }
    let dns = text(spec, "dnsPolicy");
    let allowed = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];
    errors.one_of(&format!("{path}.dnsPolicy"), dns, &allowed);
    meta::labels(errors, spec.get("nodeSelector"), &format!("{path}.nodeSelector"));
    for (index, constraint) in items(spec, "topologySpreadConstraints").enumerate() {
        let path = format!("{path}.topologySpreadConstraints[{index}]");
        topology_spread(errors, constraint, &path);
    }
    let rules: [(&str, meta::NameRule); 5] = [
        ("serviceAccountName", names::dns_subdomain),
        ("nodeName", names::dns_subdomain),
        ("hostname", names::dns_label),
        ("subdomain", names::dns_label),
        ("priorityClassName", names::dns_subdomain),
    ];
    for (key, rule) in rules {
        let name = text(spec, key);
        if !name.is_empty() {
            errors.text(&format!("{path}.{key}"), name, &rule(name));
        }
    }
    for (index, toleration) in items(spec, "tolerations").enumerate() {
        self::toleration(errors, toleration, &format!("{path}.tolerations[{index}]"));
    }
}

fn volumes(errors: &mut Errors, spec: &Value, path: &str) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, volume) in items(spec, "volumes").enumerate() {
        let path = format!("{path}.volumes[{index}]");
        let name_path = format!("{path}.name");
        let name = text(volume, "name");
        let sources = volume.as_map().into_iter().flatten();
        match sources.filter(|(key, _)| &***key != "name").count() {
            0 => errors.required(&path, "must specify a volume type"),
            1 => {}
            _ => errors.forbidden(&path, "may not specify more than 1 volume type"),
        }
        if name.is_empty() {
            errors.required(&name_path, "");
        } else {
            errors.text(&name_path, name, &names::dns_label(name));
        }
        if seen.contains(name) {
            errors.duplicate(&name_path, quote(name));
        }
        seen.insert(name);
    }
}

fn topology_spread(errors: &mut Errors, constraint: &Value, path: &str) {
    let skew = int(constraint, "maxSkew").unwrap_or(0);
    if skew <= 0 {
        errors.invalid(&format!("{path}.maxSkew"), skew.to_string(), "must be greater than zero");
    }
    let key = text(constraint, "topologyKey");
    if key.is_empty() {
        errors.required(&format!("{path}.topologyKey"), "can not be empty");
    } else {
        errors.text(&format!("{path}.topologyKey"), key, &names::label_key(key));
    }
    let action = text(constraint, "whenUnsatisfiable");
    let allowed = ["DoNotSchedule", "ScheduleAnyway"];
    errors.one_of(&format!("{path}.whenUnsatisfiable"), action, &allowed);
}

fn toleration(errors: &mut Errors, toleration: &Value, path: &str) {
    let (key, operator) = (text(toleration, "key"), text(toleration, "operator"));
    let operator_path = format!("{path}.operator");
    if !key.is_empty() {
        errors.text(&format!("{path}.key"), key, &names::label_key(key));
    } else if operator != "Exists" {
        let detail = "operator must be Exists when `key` is empty, \
                      which means \"match all values and all keys\"";
        errors.invalid(&operator_path, quote(operator), detail);
    }
    let effect = text(toleration, "effect");
    if toleration.get("tolerationSeconds").is_some() && effect != "NoExecute" {
        let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        errors.invalid(&format!("{path}.effect"), quote(effect), detail);
    }
    match operator {
        "Equal" | "" => {
            let value = text(toleration, "value");
            errors.text(&operator_path, value, &names::label_value(value));
        }
        "Exists" => {
            let value = text(toleration, "value");
            if !value.is_empty() {
                let detail = "value must be empty when `operator` is 'Exists'";
                errors.invalid(&operator_path, quote(value), detail);
            }
        }
        other => errors.unsupported(&operator_path, &quote(other), &["Equal", "Exists"]),
    }
    if !effect.is_empty() {
        let allowed = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
        errors.one_of(&format!("{path}.effect"), effect, &allowed);
    }
}

/// Fields of a pod that may change, with everything in front of them left out.
const MAY_CHANGE: [&str; 5] = [
    "activeDeadlineSeconds",
    "tolerations",
    "terminationGracePeriodSeconds",
    "nodeName",
    "schedulingGates",
];

/// Checks that only images and a few numbers of a pod change.
pub(super) fn pod_update(errors: &mut Errors, old: &Value, new: &Value) {
    let fixed = |spec: &Value| {
        let mut spec = spec.clone();
        for key in ["containers", "initContainers"] {
            let list = spec.as_map_mut().and_then(|map| map.get_mut(key));
            for container in list.and_then(Value::as_list_mut).into_iter().flatten() {
                container.as_map_mut().and_then(|map| map.remove("image"));
            }
        }
        if let Some(map) = spec.as_map_mut() {
            map.retain(|key, _| !MAY_CHANGE.contains(&&**key));
        }
        spec
    };
    if fixed(old) != fixed(new) {
        errors.add(
            "spec",
            FieldErrorKind::Forbidden,
            String::new(),
            "pod updates may not change fields other than `spec.containers[*].image`,\
             `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` \
             (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` \
             (allow it to be set to 1 if it was previously negative)",
        );
    }
}
