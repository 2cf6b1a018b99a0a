//! Rules of the kinds that are kept as data.
//!
//! Models: kubernetes v1.28 `pkg/apis/{core,policy,scheduling}/validation`. What is long has files of
//! its own.

use super::deployment::go_int_or_string;
use super::error::{Errors, quote};
use super::path::Path;
use super::{autoscaler, ingress, int, limits, meta, part, text};
use crate::api::{Kind, Value, base64};
use crate::kubectl::json;
use crate::manifest::names;

/// How many bytes the data of a `ConfigMap` or a Secret may take.
const MAX_DATA: usize = 1 << 20;
/// Above it, priorities belong to the system.
const HIGHEST_USER_PRIORITY: i64 = 1_000_000_000;
/// The priorities the system has.
const SYSTEM_PRIORITIES: [(&str, i64); 2] =
    [("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)];

pub(super) fn validate(errors: &mut Errors, kind: Kind, object: &Value) {
    let rule: meta::NameRule = match kind {
        Kind::Namespace => names::dns_label,
        // Upstream asks no more of it than that it can stand in a path.
        Kind::PodDisruptionBudget => names::path_segment,
        _ => names::dns_subdomain,
    };
    let spec = part(object, "spec");
    if kind == Kind::PodDisruptionBudget {
        budget(errors, spec);
        if !errors.0.is_empty() {
            return;
        }
    }
    meta::metadata(errors, object, kind.is_namespaced(), rule);
    match kind {
        Kind::ConfigMap => config_map(errors, object),
        Kind::Secret => secret(errors, object),
        Kind::ResourceQuota => limits::quota(errors, spec),
        Kind::LimitRange => limits::limit_range(errors, spec),
        Kind::HorizontalPodAutoscaler => autoscaler::autoscaler(errors, spec),
        Kind::PriorityClass => priority_class(errors, object),
        Kind::Ingress => ingress::ingress(errors, spec),
        Kind::HttpRoute => ingress::http_route(errors, spec),
        _ => {}
    }
}

/// The entries of a map with the text they hold.
fn entries<'a>(object: &'a Value, field: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let entries = part(object, field).as_map().into_iter().flatten();
    entries.map(|(key, value)| (&**key, value.as_str().unwrap_or("")))
}

/// How many bytes base64 stands for.
fn bytes(text: &str) -> usize {
    let symbols = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r' | b'=')).count();
    symbols * 3 / 4
}

fn keys(errors: &mut Errors, object: &Value, field: &str) {
    for (key, _) in entries(object, field) {
        let map = Path::Of(field);
        let path = map.entry(key);
        errors.name(&path, key, names::config_key);
        if field == "data" && part(object, "binaryData").get(key).is_some() {
            errors.invalid_text(&path, key, "duplicate of key present in binaryData");
        }
    }
}

/// Models: `ValidateConfigMap`.
fn config_map(errors: &mut Errors, object: &Value) {
    keys(errors, object, "data");
    keys(errors, object, "binaryData");
    let texts: usize = entries(object, "data").map(|(_, text)| text.len()).sum();
    let blobs: usize = entries(object, "binaryData").map(|(_, text)| bytes(text)).sum();
    if texts + blobs > MAX_DATA {
        // Upstream's path for the whole object.
        errors.too_long(&Path::Of("[]"), MAX_DATA);
    }
}

/// Models: `ValidateSecret`.
fn secret(errors: &mut Errors, object: &Value) {
    keys(errors, object, "data");
    if entries(object, "data").map(|(_, text)| bytes(text)).sum::<usize>() > MAX_DATA {
        errors.too_long(&Path::Of("data"), MAX_DATA);
    }
    let data = part(object, "data");
    let mut miss = |key: &str| errors.required(&Path::Of("data").entry(key), "");
    match text(object, "type") {
        "kubernetes.io/service-account-token" => {
            let key = "kubernetes.io/service-account.name";
            let account = object.at(&["metadata", "annotations", key]);
            if account.and_then(Value::as_str).is_none_or(str::is_empty) {
                errors.required(&Path::Of("metadata.annotations").entry(key), "");
            }
        }
        "kubernetes.io/dockercfg" => docker(errors, data, ".dockercfg"),
        "kubernetes.io/dockerconfigjson" => docker(errors, data, ".dockerconfigjson"),
        "kubernetes.io/basic-auth"
            if data.get("username").is_none() && data.get("password").is_none() =>
        {
            miss("username");
            miss("password");
        }
        "kubernetes.io/ssh-auth" if text(data, "ssh-privatekey").is_empty() => {
            miss("ssh-privatekey");
        }
        "kubernetes.io/tls" => {
            for &key in &["tls.crt", "tls.key"] {
                if data.get(key).is_none() {
                    miss(key);
                }
            }
        }
        _ => {}
    }
}

/// An entry that must be a JSON object.
fn docker(errors: &mut Errors, data: &Value, key: &str) {
    let path = Path::Of("data").entry(key);
    let Some(typed) = data.get(key).and_then(Value::as_str) else {
        return errors.required(&path, "");
    };
    let bytes = base64::decode(typed).unwrap_or_default();
    let problem = match json::parse(&String::from_utf8_lossy(&bytes)) {
        Ok(Value::Map(_) | Value::Null) => return,
        Ok(other) => {
            let found = match other {
                Value::List(_) => "array",
                Value::String(_) => "string",
                Value::Bool(_) => "bool",
                _ => "number",
            };
            format!(
                "json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
            )
        }
        Err(problem) => problem,
    };
    errors.invalid_text(&path, "<secret contents redacted>", &problem);
}

/// What must not change of an object that is kept as data.
///
/// Models: `ValidateConfigMapUpdate`, `ValidateSecretUpdate`, `ValidateResourceQuotaUpdate`,
/// `ValidatePriorityClassUpdate`.
pub(super) fn update(errors: &mut Errors, kind: Kind, old: &Value, new: &Value) {
    match kind {
        Kind::ConfigMap | Kind::Secret => {
            if kind == Kind::Secret && text(old, "type") != text(new, "type") {
                let value = quote(text(new, "type"));
                errors.invalid(&Path::Of("type"), value, "field is immutable");
            }
            if old.get("immutable") != Some(&Value::Bool(true)) {
                return;
            }
            let detail = "field is immutable when `immutable` is set";
            if new.get("immutable") != Some(&Value::Bool(true)) {
                errors.forbidden(&Path::Of("immutable"), detail);
            }
            for &field in &["data", "binaryData"] {
                if old.get(field) != new.get(field) {
                    errors.forbidden(&Path::Of(field), detail);
                }
            }
        }
        Kind::ResourceQuota => limits::quota_update(errors, part(old, "spec"), part(new, "spec")),
        Kind::PriorityClass => {
            if int(old, "value") != int(new, "value") {
                errors.forbidden(&Path::Of("Value"), "may not be changed in an update.");
            }
            let policy = text(new, "preemptionPolicy");
            if text(old, "preemptionPolicy") != policy {
                errors.invalid_text(&Path::Of("preemptionPolicy"), policy, "field is immutable");
            }
        }
        _ => {}
    }
}

fn budget(errors: &mut Errors, spec: &Value) {
    let (least, most) = (spec.get("minAvailable"), spec.get("maxUnavailable"));
    if least.is_some() && most.is_some() {
        let detail = "minAvailable and maxUnavailable cannot be both set";
        let selector = if spec.get("selector").is_some() { "0xc000000000" } else { "nil" };
        let policy =
            if spec.get("unhealthyPodEvictionPolicy").is_some() { "0xc000000000" } else { "nil" };
        let value = format!(
            "policy.PodDisruptionBudgetSpec{{MinAvailable:(*intstr.IntOrString)(0xc000000000), \
             Selector:(*v1.LabelSelector)({selector}), \
             MaxUnavailable:(*intstr.IntOrString)(0xc000000000), \
             UnhealthyPodEvictionPolicy:(*policy.UnhealthyPodEvictionPolicyType)({policy})}}"
        );
        errors.invalid(&Path::Of("spec"), value, detail);
    }
    for &(key, bound) in &[("minAvailable", least), ("maxUnavailable", most)] {
        let path = Path::Of("spec").key(key);
        match bound {
            Some(Value::Int(number)) => errors.not_negative(&path, *number),
            Some(Value::String(share)) => {
                let reasons = names::percent(share);
                for reason in &reasons {
                    errors.invalid(&path, go_int_or_string(bound), reason);
                }
                let percent = share.trim_end_matches('%').parse::<i64>();
                if reasons.is_empty() && percent.is_ok_and(|percent| percent > 100) {
                    let detail = "must not be greater than 100%";
                    errors.invalid(&path, go_int_or_string(bound), detail);
                }
            }
            _ => {}
        }
    }
    if let Some(selector) = spec.get("selector") {
        meta::selector(errors, selector, &Path::Of("spec.selector"));
    }
    if let Some(policy) = spec.get("unhealthyPodEvictionPolicy").and_then(Value::as_str) {
        let allowed = &["AlwaysAllow", "IfHealthyBudget"];
        errors.one_of(&Path::Of("spec.unhealthyPodEvictionPolicy"), policy, allowed);
    }
}

fn priority_class(errors: &mut Errors, object: &Value) {
    let name = text(part(object, "metadata"), "name");
    let value = int(object, "value").unwrap_or(0);
    if name.starts_with("system-") {
        let problem = match SYSTEM_PRIORITIES.iter().find(|(known, _)| *known == name) {
            None => format!("{name} is not a known system priority class"),
            Some((_, own)) if *own != value => {
                format!("value of {name} PriorityClass must be {own}")
            }
            Some(_) if object.get("globalDefault") == Some(&Value::Bool(true)) => {
                format!("globalDefault of {name} PriorityClass must be false")
            }
            Some(_) => return,
        };
        let detail = format!(
            "priority class names with 'system-' prefix are reserved for system use only. error: \
             {problem}"
        );
        errors.forbidden(&Path::Of("metadata.name"), &detail);
    } else if value > HIGHEST_USER_PRIORITY {
        let detail =
            format!("maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}");
        errors.forbidden(&Path::Of("value"), &detail);
    }
    let policy = text(object, "preemptionPolicy");
    errors.one_of(&Path::Of("preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]);
}
