//! Rules of the kinds that are kept as data.
//!
//! Models: kubernetes v1.36 `pkg/apis/{core,policy,autoscaling,scheduling}/validation`. Leaves out:
//! quota scopes, metrics other than resources.

use super::error::{Errors, quote};
use super::{int, items, meta, part, text};
use crate::api::quantity::parse_milli;
use crate::api::{Kind, Value};
use crate::manifest::names;

/// How many bytes the data of a `ConfigMap` or a Secret may take.
const MAX_DATA: usize = 1 << 20;
/// Above it, priorities belong to the system.
const HIGHEST_USER_PRIORITY: i64 = 1_000_000_000;

/// What a quota may count that is neither a request nor a limit.
const COUNTED: [&str; 9] = [
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];
const AMOUNTS: [&str; 10] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "requests.storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
];

pub(super) fn validate(errors: &mut Errors, kind: Kind, object: &Value) {
    let rule: meta::NameRule =
        if kind == Kind::Namespace { names::dns_label } else { names::dns_subdomain };
    meta::metadata(errors, object, kind.is_namespaced(), rule);
    let spec = part(object, "spec");
    match kind {
        Kind::ConfigMap | Kind::Secret => data(errors, kind, object),
        Kind::ResourceQuota => quota(errors, spec),
        Kind::LimitRange => {
            for (index, item) in items(spec, "limits").enumerate() {
                limit(errors, item, &format!("spec.limits[{index}]"));
            }
        }
        Kind::PodDisruptionBudget => budget(errors, spec),
        Kind::HorizontalPodAutoscaler => autoscaler(errors, spec),
        Kind::PriorityClass => priority_class(errors, object),
        Kind::Ingress => ingress(errors, spec),
        Kind::HttpRoute => http_route(errors, spec),
        _ => {}
    }
}

fn data(errors: &mut Errors, kind: Kind, object: &Value) {
    let mut size = 0;
    for field in ["data", "binaryData"] {
        for (key, value) in part(object, field).as_map().into_iter().flatten() {
            let path = format!("{field}[{key}]");
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if key.is_empty() || key.len() > 253 || !key.chars().all(allowed) {
                let detail = "a valid config key must consist of alphanumeric characters, '-', '_' \
                              or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used \
                              for validation is '[-._a-zA-Z0-9]+')";
                errors.invalid(&path, quote(key), detail);
            }
            size += value.as_str().map_or(0, str::len);
            if kind == Kind::Secret
                && crate::api::base64::decode(value.as_str().unwrap_or("")).is_none()
            {
                errors.invalid(&path, quote(value.as_str().unwrap_or("")), "illegal base64 data");
            }
        }
    }
    if size > MAX_DATA {
        let path = if kind == Kind::Secret { "data" } else { "" };
        let detail = format!("may not be more than {MAX_DATA} bytes");
        errors.add(path, super::FieldErrorKind::TooLong, String::new(), &detail);
    }
}

fn quota(errors: &mut Errors, spec: &Value) {
    for (name, amount) in part(spec, "hard").as_map().into_iter().flatten() {
        let path = format!("spec.hard[{name}]");
        errors.text(&path, name, &names::label_key(name));
        if !name.contains('/')
            && !COUNTED.contains(&&**name)
            && !AMOUNTS.contains(&&**name)
            && !name.contains("hugepages-")
        {
            let detail = "must be a standard resource type or fully qualified";
            errors.invalid(&path, quote(name), detail);
            errors.invalid(&path, quote(name), "must be a standard resource for quota");
        }
        not_negative(errors, amount, &path);
    }
}

fn not_negative(errors: &mut Errors, amount: &Value, path: &str) {
    let amount = amount.scalar_text().unwrap_or_default();
    if parse_milli(&amount).is_some_and(|milli| milli < 0) {
        errors.invalid(path, quote(&amount), "must be greater than or equal to 0");
    }
}

fn limit(errors: &mut Errors, item: &Value, path: &str) {
    let type_ = text(item, "type");
    if type_.is_empty() {
        errors.required(&format!("{path}.type"), "");
    }
    if type_ == "Pod" {
        for key in ["default", "defaultRequest"] {
            if item.get(key).is_some() {
                let detail = "may not be specified when `type` is 'Pod'";
                errors.forbidden(&format!("{path}.{key}"), detail);
            }
        }
    }
    let amount = |key: &str, resource: &str| {
        let typed = item.at(&[key, resource]).and_then(Value::scalar_text)?;
        Some((parse_milli(&typed)?, typed))
    };
    let mut resources: Vec<&str> = Vec::new();
    for key in ["max", "min", "default", "defaultRequest"] {
        for (resource, value) in part(item, key).as_map().into_iter().flatten() {
            not_negative(errors, value, &format!("{path}.{key}[{resource}]"));
            if !resources.contains(&&**resource) {
                resources.push(resource);
            }
        }
    }
    let rules = [
        ("min", "max", "min"),
        ("min", "defaultRequest", "min"),
        ("defaultRequest", "max", "defaultRequest"),
        ("min", "default", "min"),
        ("default", "max", "default"),
        ("defaultRequest", "default", "defaultRequest"),
    ];
    for resource in resources {
        for (low, high, at) in rules {
            let (Some((least, low_text)), Some((most, high_text))) =
                (amount(low, resource), amount(high, resource))
            else {
                continue;
            };
            if least > most {
                let words = |key| match key {
                    "defaultRequest" => "default request",
                    "default" => "default limit",
                    other => other,
                };
                let detail = format!(
                    "{} value {low_text} is greater than {} value {high_text}",
                    words(low),
                    words(high)
                );
                errors.invalid(&format!("{path}.{at}[{resource}]"), quote(&low_text), &detail);
            }
        }
    }
}

fn budget(errors: &mut Errors, spec: &Value) {
    let (least, most) = (spec.get("minAvailable"), spec.get("maxUnavailable"));
    if least.is_some() && most.is_some() {
        let detail = "minAvailable and maxUnavailable cannot be both set";
        errors.invalid("spec", "{}", detail);
    }
    for (key, bound) in [("minAvailable", least), ("maxUnavailable", most)] {
        let path = format!("spec.{key}");
        match bound {
            Some(Value::Int(number)) => errors.not_negative(&path, *number),
            Some(Value::String(share)) => errors.text(&path, share, &names::percent(share)),
            _ => {}
        }
    }
    if let Some(selector) = spec.get("selector") {
        meta::selector(errors, selector, "spec.selector");
    }
}

/// Models: `pkg/apis/networking/validation` `ValidateIngressSpec`, of one backend each.
fn ingress(errors: &mut Errors, spec: &Value) {
    let rules = || items(spec, "rules");
    if rules().next().is_none() && spec.get("defaultBackend").is_none() {
        errors.invalid("spec", "{}", "either `defaultBackend` or `rules` must be specified");
    }
    for (index, rule) in rules().enumerate() {
        for (place, path) in items(part(rule, "http"), "paths").enumerate() {
            let at = format!("spec.rules[{index}].http.paths[{place}]");
            if text(path, "pathType").is_empty() {
                errors.required(&format!("{at}.pathType"), "pathType must be specified");
            }
            if path.at(&["backend", "service", "name"]).is_none() {
                errors.required(&format!("{at}.backend.service.name"), "");
            }
        }
    }
}

/// Models: the schema of the Gateway API's custom resource.
fn http_route(errors: &mut Errors, spec: &Value) {
    for (index, rule) in items(spec, "rules").enumerate() {
        for (place, to) in items(rule, "backendRefs").enumerate() {
            let at = format!("spec.rules[{index}].backendRefs[{place}]");
            if text(to, "name").is_empty() {
                errors.required(&format!("{at}.name"), "");
            }
            if to.get("port").is_none() {
                let detail = "Must have port for Service reference";
                errors.invalid(&format!("{at}.port"), "null", detail);
            }
            let weight = int(to, "weight").unwrap_or(1);
            if !(0..=1_000_000).contains(&weight) {
                let detail = "should be from 0 to 1000000";
                errors.invalid(&format!("{at}.weight"), weight.to_string(), detail);
            }
        }
    }
}

fn autoscaler(errors: &mut Errors, spec: &Value) {
    let (least, most) = (int(spec, "minReplicas").unwrap_or(1), int(spec, "maxReplicas"));
    if least < 1 {
        let detail = "must be greater than or equal to 1";
        errors.invalid("spec.minReplicas", least.to_string(), detail);
    }
    match most {
        None | Some(..=0) => {
            let detail = "must be greater than 0";
            errors.invalid("spec.maxReplicas", most.unwrap_or(0).to_string(), detail);
        }
        Some(most) if most < least => {
            let detail = "must be greater than or equal to `minReplicas`";
            errors.invalid("spec.maxReplicas", most.to_string(), detail);
        }
        Some(_) => {}
    }
    for key in ["kind", "name"] {
        if text(part(spec, "scaleTargetRef"), key).is_empty() {
            errors.required(&format!("spec.scaleTargetRef.{key}"), "");
        }
    }
    for (index, metric) in items(spec, "metrics").enumerate() {
        let target = part(part(metric, "resource"), "target");
        let path = format!("spec.metrics[{index}].resource.target");
        if let Some(share) = int(target, "averageUtilization").filter(|share| *share < 1) {
            let path = format!("{path}.averageUtilization");
            errors.invalid(&path, share.to_string(), "must be greater than 0");
        }
    }
}

fn priority_class(errors: &mut Errors, object: &Value) {
    let name = text(part(object, "metadata"), "name");
    let value = int(object, "value").unwrap_or(0);
    if name.starts_with("system-") && !matches!(value, 2_000_000_000 | 2_000_001_000) {
        let detail = "priority class names with 'system-' prefix are reserved for system use only. \
                      error: only system-node-critical or system-cluster-critical may use it";
        errors.forbidden("metadata.name", detail);
    } else if !name.starts_with("system-") && value > HIGHEST_USER_PRIORITY {
        let detail =
            format!("maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}");
        errors.forbidden("value", &detail);
    }
    let policy = text(object, "preemptionPolicy");
    errors.one_of("preemptionPolicy", policy, &["PreemptLowerPriority", "Never"]);
}
