//! Rules of the kinds that are kept as data.
//!
//! Models: kubernetes v1.36 `pkg/apis/{core,policy,autoscaling,scheduling}/validation`. Leaves out:
//! scope selectors of quotas, metrics other than resources.

use super::deployment::go_int_or_string;
use super::error::{Errors, quote};
use super::{int, items, meta, part, resources, text};
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
            let mut types: Vec<&str> = Vec::new();
            for (index, item) in items(spec, "limits").enumerate() {
                let (path, type_) = (format!("spec.limits[{index}]"), text(item, "type"));
                limit_type(errors, type_, &format!("{path}.type"));
                if types.contains(&type_) {
                    errors.duplicate(&format!("{path}.type"), quote(type_));
                }
                types.push(type_);
                limit(errors, item, &path);
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
            errors.text(&path, key, &names::config_key(key));
            if field == "binaryData" && part(object, "data").get(key).is_some() {
                let detail = "duplicate of key present in data";
                errors.invalid(&format!("data[{key}]"), quote(key), detail);
            }
            size += value.as_str().map_or(0, str::len);
        }
    }
    if size > MAX_DATA {
        let path = if kind == Kind::Secret { "data" } else { "" };
        let detail = format!("may not be more than {MAX_DATA} bytes");
        errors.add(path, super::FieldErrorKind::TooLong, String::new(), &detail);
    }
    if kind == Kind::Secret {
        for key in secret_keys(text(object, "type")) {
            if part(object, "data").get(key).is_none() {
                errors.required(&format!("data[{key}]"), "");
            }
        }
    }
}

/// Entries that Secrets of a type must have.
fn secret_keys(type_: &str) -> &'static [&'static str] {
    match type_ {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        _ => &[],
    }
}

/// What must not change of an object that is kept as data.
///
/// Models: `ValidateConfigMapUpdate`, `ValidateSecretUpdate`, `ValidatePriorityClassUpdate`.
pub(super) fn update(errors: &mut Errors, kind: Kind, old: &Value, new: &Value) {
    match kind {
        Kind::ConfigMap | Kind::Secret => {
            if kind == Kind::Secret && text(old, "type") != text(new, "type") {
                let value = quote(text(new, "type"));
                errors.invalid("type", value, "field is immutable");
            }
            if old.get("immutable") != Some(&Value::Bool(true)) {
                return;
            }
            let detail = "field is immutable when `immutable` is set";
            if new.get("immutable") != Some(&Value::Bool(true)) {
                errors.forbidden("immutable", detail);
            }
            for field in ["data", "binaryData"] {
                if old.get(field) != new.get(field) {
                    errors.forbidden(field, detail);
                }
            }
        }
        Kind::PriorityClass => {
            if int(old, "value") != int(new, "value") {
                errors.forbidden("Value", "may not be changed in an update.");
            }
            let policy = text(new, "preemptionPolicy");
            if text(old, "preemptionPolicy") != policy {
                errors.invalid("preemptionPolicy", quote(policy), "field is immutable");
            }
        }
        _ => {}
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
    scopes(errors, spec);
}

/// Models: `validateResourceQuotaScopes`.
fn scopes(errors: &mut Errors, spec: &Value) {
    let scopes: Vec<&str> = items(spec, "scopes").filter_map(Value::as_str).collect();
    let value = || {
        let quoted: Vec<String> = scopes.iter().map(|scope| quote(scope)).collect();
        format!("[]core.ResourceQuotaScope{{{}}}", quoted.join(", "))
    };
    let hard = || part(spec, "hard").as_map().into_iter().flatten().map(|(name, _)| &**name);
    for scope in &scopes {
        let known = [
            "BestEffort",
            "CrossNamespacePodAffinity",
            "NotBestEffort",
            "NotTerminating",
            "PriorityClass",
            "Terminating",
        ];
        if !known.contains(scope) {
            errors.invalid("spec.scopes", value(), "unsupported scope");
        }
        let is_standard = |name: &&str| COUNTED.contains(name) || AMOUNTS.contains(name);
        let fits = |name: &str| match *scope {
            "BestEffort" => name == "pods",
            scope if known.contains(&scope) => {
                name == "pods" || name.ends_with("cpu") || name.ends_with("memory")
            }
            _ => true,
        };
        for _ in hard().filter(is_standard).filter(|name| !fits(name)) {
            errors.invalid("spec.scopes", value(), "unsupported scope applied to resource");
        }
    }
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|scope| scopes.contains(scope)) {
            errors.invalid("spec.scopes", value(), "conflicting scopes");
        }
    }
}

fn not_negative(errors: &mut Errors, amount: &Value, path: &str) {
    let amount = amount.scalar_text().unwrap_or_default();
    if parse_milli(&amount).is_some_and(|milli| milli < 0) {
        errors.invalid(path, quote(&amount), "must be greater than or equal to 0");
    }
}

/// Models: `validateLimitRangeTypeName`.
fn limit_type(errors: &mut Errors, type_: &str, path: &str) {
    if type_.is_empty() {
        return errors.required(path, "");
    }
    let reasons = names::label_key(type_);
    errors.text(path, type_, &reasons);
    let standard = ["Pod", "Container", "PersistentVolumeClaim"];
    if reasons.is_empty() && !type_.contains('/') && !standard.contains(&type_) {
        let detail = "must be a standard limit type or fully qualified";
        errors.invalid(path, quote(type_), detail);
    }
}

fn limit(errors: &mut Errors, item: &Value, path: &str) {
    let type_ = text(item, "type");
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
            let at = format!("{path}.{key}[{resource}]");
            if matches!(type_, "Pod" | "Container") {
                resources::resource_name(errors, resource, &at);
            }
            not_negative(errors, value, &at);
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
    if let Some(policy) = spec.get("unhealthyPodEvictionPolicy").and_then(Value::as_str) {
        let allowed = ["AlwaysAllow", "IfHealthyBudget"];
        errors.one_of("spec.unhealthyPodEvictionPolicy", policy, &allowed);
    }
    if let Some(selector) = spec.get("selector") {
        meta::selector(errors, selector, "spec.selector");
    }
}

/// Models: `pkg/apis/networking/validation` `ValidateIngressSpec`.
fn ingress(errors: &mut Errors, spec: &Value) {
    let rules = || items(spec, "rules");
    let default = spec.get("defaultBackend");
    if rules().next().is_none() && default.is_none() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        errors.invalid("spec", "[]networking.IngressRule(nil)", detail);
    }
    if let Some(backend) = default {
        ingress_backend(errors, backend, "spec.defaultBackend");
    }
    for (index, rule) in rules().enumerate() {
        let host = text(rule, "host");
        let at = format!("spec.rules[{index}].host");
        if host.parse::<std::net::IpAddr>().is_ok() {
            errors.invalid(&at, quote(host), "must be a DNS name, not an IP address");
        } else if host.contains('*') {
            errors.text(&at, host, &names::wildcard_subdomain(host));
        } else if !host.is_empty() {
            errors.text(&at, host, &names::dns_subdomain(host));
        }
        let http = part(rule, "http");
        let at = format!("spec.rules[{index}].http.paths");
        if rule.get("http").is_some() && items(http, "paths").next().is_none() {
            errors.required(&at, "");
        }
        for (place, path) in items(http, "paths").enumerate() {
            ingress_path(errors, path, &format!("{at}[{place}]"));
        }
    }
    ingress_names(errors, spec);
}

/// Models: `validateIngressTLS`, `ValidateIngressClassName`.
fn ingress_names(errors: &mut Errors, spec: &Value) {
    for (index, tls) in items(spec, "tls").enumerate() {
        let path = format!("spec.tls[{index}]");
        for (place, host) in items(tls, "hosts").filter_map(Value::as_str).enumerate() {
            let reasons = if host.contains('*') {
                names::wildcard_subdomain(host)
            } else {
                names::dns_subdomain(host)
            };
            errors.text(&format!("{path}.hosts[{place}]"), host, &reasons);
        }
        let secret = text(tls, "secretName");
        if !secret.is_empty() {
            errors.text(&format!("{path}.secretName"), secret, &names::dns_subdomain(secret));
        }
    }
    if let Some(class) = spec.get("ingressClassName").and_then(Value::as_str) {
        errors.text("spec.ingressClassName", class, &names::dns_subdomain(class));
    }
}

fn ingress_path(errors: &mut Errors, path: &Value, at: &str) {
    let typed = text(path, "path");
    match text(path, "pathType") {
        "" => errors.required(&format!("{at}.pathType"), "pathType must be specified"),
        kind @ ("Exact" | "Prefix") => {
            if !typed.starts_with('/') {
                errors.invalid(&format!("{at}.path"), quote(typed), "must be an absolute path");
            }
            for wrong in ["//", "/./", "/../", "%2f", "%2F"] {
                if kind == "Prefix" && typed.contains(wrong) {
                    let detail = format!("must not contain '{wrong}'");
                    errors.invalid(&format!("{at}.path"), quote(typed), &detail);
                }
            }
        }
        "ImplementationSpecific" => {
            if !typed.is_empty() && !typed.starts_with('/') {
                errors.invalid(&format!("{at}.path"), quote(typed), "must be an absolute path");
            }
        }
        other => {
            let allowed = ["Exact", "ImplementationSpecific", "Prefix"];
            errors.unsupported(&format!("{at}.pathType"), &quote(other), &allowed);
        }
    }
    ingress_backend(errors, part(path, "backend"), &format!("{at}.backend"));
}

fn ingress_backend(errors: &mut Errors, backend: &Value, at: &str) {
    let (service, resource) = (backend.get("service"), backend.get("resource"));
    let Some(service) = service else {
        if resource.is_none() {
            errors.required(at, "resource or service backend is required");
        }
        return;
    };
    if resource.is_some() {
        let detail = "cannot set both resource and service backends";
        return errors.invalid(at, "\"\"", detail);
    }
    let name = text(service, "name");
    let path = format!("{at}.service.name");
    if name.is_empty() {
        errors.required(&path, "");
    } else {
        errors.text(&path, name, &names::dns_1035_label(name));
    }
    let port = part(service, "port");
    let (port_name, number) = (text(port, "name"), int(port, "number").unwrap_or(0));
    let path = format!("{at}.service");
    match (port_name.is_empty(), number == 0) {
        (true, true) => errors.required(&path, "port name or number is required"),
        (false, false) => {
            errors.invalid(&path, quote(name), "cannot set both port name & port number");
        }
        (false, true) => {
            errors.text(&format!("{path}.port.name"), port_name, &names::port_name(port_name));
        }
        (true, false) => {
            errors.number(&format!("{path}.port.number"), number, &names::port_number(number));
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
        self::metric(errors, metric, &format!("spec.metrics[{index}]"));
    }
    for key in ["scaleUp", "scaleDown"] {
        if let Some(rules) = part(spec, "behavior").get(key) {
            scaling_rules(errors, rules, &format!("spec.behavior.{key}"));
        }
    }
}

/// Models: `pkg/apis/autoscaling/validation` `validateMetricSpec`.
fn metric(errors: &mut Errors, metric: &Value, path: &str) {
    let allowed = ["ContainerResource", "External", "Object", "Pods", "Resource"];
    let type_ = text(metric, "type");
    if type_.is_empty() {
        return errors.required(&format!("{path}.type"), "must specify a metric source type");
    }
    errors.one_of(&format!("{path}.type"), type_, &allowed);
    if type_ != "Resource" {
        return;
    }
    let Some(resource) = metric.get("resource") else {
        let detail = "must populate information for the given metric source";
        return errors.required(&format!("{path}.resource"), detail);
    };
    if text(resource, "name").is_empty() {
        errors.required(&format!("{path}.resource.name"), "must specify a resource name");
    }
    let (target, path) = (part(resource, "target"), format!("{path}.resource.target"));
    let type_ = text(target, "type");
    if type_.is_empty() {
        errors.required(&format!("{path}.type"), "must specify a metric target type");
    } else {
        let allowed = ["Utilization", "Value", "AverageValue"];
        if !allowed.contains(&type_) {
            let detail = "must be either Utilization, Value, or AverageValue";
            errors.invalid(&format!("{path}.type"), quote(type_), detail);
        }
    }
    let share = int(target, "averageUtilization");
    let amount = target.get("averageValue");
    if let Some(share) = share.filter(|share| *share < 1) {
        let path = format!("{path}.averageUtilization");
        errors.invalid(&path, share.to_string(), "must be greater than 0");
    }
    match (share, amount) {
        (Some(_), Some(_)) => {
            let detail = "may not set both a target raw value and a target utilization";
            errors.forbidden(&format!("{path}.averageValue"), detail);
        }
        (None, None) => {
            let detail = "must set either a target raw value or a target utilization";
            errors.required(&format!("{path}.averageUtilization"), detail);
        }
        _ => {}
    }
}

/// Models: `pkg/apis/autoscaling/validation` `validateScalingRules`.
fn scaling_rules(errors: &mut Errors, rules: &Value, path: &str) {
    if let Some(seconds) = int(rules, "stabilizationWindowSeconds") {
        let at = format!("{path}.stabilizationWindowSeconds");
        errors.not_negative(&at, seconds);
        if seconds > 3_600 {
            let detail = "must be less than or equal to 3600";
            errors.invalid(&at, seconds.to_string(), detail);
        }
    }
    if let Some(choice) = rules.get("selectPolicy").and_then(Value::as_str) {
        let allowed = ["Disabled", "Max", "Min"];
        errors.one_of(&format!("{path}.selectPolicy"), choice, &allowed);
    }
    if rules.get("policies").and_then(Value::as_list).is_some_and(<[Value]>::is_empty) {
        errors.required(&format!("{path}.policies"), "must specify at least one Policy");
    }
    for (index, policy) in items(rules, "policies").enumerate() {
        let at = format!("{path}.policies[{index}]");
        errors.one_of(&format!("{at}.type"), text(policy, "type"), &["Percent", "Pods"]);
        for (key, most) in [("value", i64::from(i32::MAX)), ("periodSeconds", 1_800)] {
            let number = int(policy, key).unwrap_or(0);
            let at = format!("{at}.{key}");
            if number < 1 {
                errors.invalid(&at, number.to_string(), "must be greater than zero");
            } else if number > most {
                let detail = format!("must be less than or equal to {most}");
                errors.invalid(&at, number.to_string(), &detail);
            }
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
