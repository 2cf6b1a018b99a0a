//! Rules of `HorizontalPodAutoscalers`.
//!
//! Models: kubernetes v1.28 `pkg/apis/autoscaling/validation/validation.go`.

use super::error::{Errors, quote};
use super::{int, items, part, resources, text};
use crate::api::Value;
use crate::api::quantity::parse_milli;
use crate::manifest::names;

/// How long a rule may look back, in seconds.
const LONGEST_WINDOW: i64 = 3_600;
/// How long a policy's period may be, in seconds.
const LONGEST_PERIOD: i64 = 1_800;
const POSITIVE: &str = "must be greater than zero";

pub(super) fn autoscaler(errors: &mut Errors, spec: &Value) {
    let (least, most) =
        (int(spec, "minReplicas").unwrap_or(1), int(spec, "maxReplicas").unwrap_or(0));
    if least < 1 {
        let detail = "must be greater than or equal to 1";
        errors.invalid("spec.minReplicas", least.to_string(), detail);
    }
    if most < 1 {
        errors.invalid("spec.maxReplicas", most.to_string(), "must be greater than 0");
    }
    if most < least {
        let detail = "must be greater than or equal to `minReplicas`";
        errors.invalid("spec.maxReplicas", most.to_string(), detail);
    }
    reference(errors, part(spec, "scaleTargetRef"), "spec.scaleTargetRef");
    for (index, metric) in items(spec, "metrics").enumerate() {
        self::metric(errors, metric, &format!("spec.metrics[{index}]"));
    }
    let from_outside = |metric: &Value| matches!(text(metric, "type"), "Object" | "External");
    if least == 0 && !items(spec, "metrics").any(from_outside) {
        let detail = "must specify at least one Object or External metric to support scaling to \
                      zero replicas";
        errors.forbidden("spec.metrics", detail);
    }
    for key in ["scaleUp", "scaleDown"] {
        if let Some(rules) = part(spec, "behavior").get(key) {
            scaling_rules(errors, rules, &format!("spec.behavior.{key}"));
        }
    }
}

/// Models: `ValidateCrossVersionObjectReference`.
fn reference(errors: &mut Errors, reference: &Value, path: &str) {
    for key in ["kind", "name"] {
        named(errors, reference, key, "", &format!("{path}.{key}"));
    }
}

fn named(errors: &mut Errors, of: &Value, key: &str, detail: &str, path: &str) {
    let typed = text(of, key);
    if typed.is_empty() {
        errors.required(path, detail);
    } else {
        errors.text(path, typed, &names::path_segment(typed));
    }
}

/// Where a metric can come from: its type and the field it is told in.
const SOURCES: [(&str, &str); 5] = [
    ("Object", "object"),
    ("External", "external"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
];

/// Models: `validateMetricSpec`.
fn metric(errors: &mut Errors, metric: &Value, path: &str) {
    let allowed = ["ContainerResource", "External", "Object", "Pods", "Resource"];
    let (type_, at) = (text(metric, "type"), format!("{path}.type"));
    if type_.is_empty() {
        errors.required(&at, "must specify a metric source type");
    }
    errors.one_of(&at, type_, &allowed);
    let mut told = SOURCES.map(|(_, field)| field).into_iter();
    let first = told.find(|field| metric.get(field).is_some());
    if let Some(field) = first {
        source(errors, part(metric, field), field, &format!("{path}.{field}"));
    }
    let expected = SOURCES.iter().find(|(known, _)| *known == type_).map(|(_, field)| *field);
    if let Some(field) = expected.filter(|field| metric.get(field).is_none()) {
        let detail = "must populate information for the given metric source";
        errors.required(&format!("{path}.{field}"), detail);
    }
    let several = told.any(|field| metric.get(field).is_some());
    for (_, field) in SOURCES.iter().filter(|_| several) {
        if metric.get(field).is_some() && Some(*field) != expected {
            let detail = "must populate the given metric source only";
            errors.forbidden(&format!("{path}.{field}"), detail);
        }
    }
}

fn source(errors: &mut Errors, source: &Value, field: &str, path: &str) {
    let at = |key: &str| format!("{path}.{key}");
    let target = part(source, "target");
    let of_resource = matches!(field, "resource" | "containerResource");
    if field == "object" {
        reference(errors, part(source, "describedObject"), &at("describedObject"));
    }
    if of_resource {
        let name = text(source, "name");
        if name.is_empty() {
            errors.required(&at("name"), "must specify a resource name");
        } else if field == "containerResource" {
            resources::resource_name(errors, name, &at("name"));
        }
    } else {
        let detail = "must specify a metric name";
        named(errors, part(source, "metric"), "name", detail, &at("metric.name"));
    }
    if field == "containerResource" {
        let container = text(source, "container");
        if container.is_empty() {
            errors.required(&at("container"), "must specify a container");
        } else {
            errors.text(&at("container"), container, &names::dns_label(container));
        }
    }
    self::target(errors, target, &at("target"));
    let has = |key: &str| target.get(key).is_some();
    let mut miss = |key: &str, detail: &str| errors.required(&at(&format!("target.{key}")), detail);
    match field {
        "object" if !has("value") && !has("averageValue") => {
            miss("averageValue", "must set either a target value or averageValue");
        }
        "external" if !has("value") && !has("averageValue") => {
            miss("averageValue", "must set either a target value for metric or a per-pod target");
        }
        "pods" if !has("averageValue") => {
            miss("averageValue", "must specify a positive target averageValue");
        }
        _ if of_resource && !has("averageUtilization") && !has("averageValue") => {
            let detail = "must set either a target raw value or a target utilization";
            miss("averageUtilization", detail);
        }
        _ => {}
    }
    if of_resource && has("averageUtilization") && has("averageValue") {
        let detail = "may not set both a target raw value and a target utilization";
        errors.forbidden(&at("target.averageValue"), detail);
    }
    if field == "external" && has("value") && has("averageValue") {
        let detail = "may not set both a target value for metric and a per-pod target";
        errors.forbidden(&at("target.value"), detail);
    }
}

/// Models: `validateMetricTarget`.
fn target(errors: &mut Errors, target: &Value, path: &str) {
    let (type_, at) = (text(target, "type"), format!("{path}.type"));
    if type_.is_empty() {
        errors.required(&at, "must specify a metric target type");
    }
    if !matches!(type_, "Utilization" | "Value" | "AverageValue") {
        let detail = "must be either Utilization, Value, or AverageValue";
        errors.invalid(&at, quote(type_), detail);
    }
    for key in ["value", "averageValue"] {
        let amount = target.get(key).and_then(Value::scalar_text);
        let amount = amount.filter(|amount| parse_milli(amount).is_some_and(|milli| milli <= 0));
        if let Some(amount) = amount {
            errors.invalid(&format!("{path}.{key}"), quote(&amount), "must be positive");
        }
    }
    if let Some(share) = int(target, "averageUtilization").filter(|share| *share < 1) {
        let at = format!("{path}.averageUtilization");
        errors.invalid(&at, share.to_string(), "must be greater than 0");
    }
}

/// Models: `validateScalingRules`.
fn scaling_rules(errors: &mut Errors, rules: &Value, path: &str) {
    if let Some(seconds) = int(rules, "stabilizationWindowSeconds") {
        let at = format!("{path}.stabilizationWindowSeconds");
        if seconds < 0 {
            errors.invalid(&at, seconds.to_string(), "must be greater than or equal to zero");
        }
        if seconds > LONGEST_WINDOW {
            let detail = format!("must be less than or equal to {LONGEST_WINDOW}");
            errors.invalid(&at, seconds.to_string(), &detail);
        }
    }
    if let Some(choice) = rules.get("selectPolicy").and_then(Value::as_str) {
        let allowed = ["Disabled", "Max", "Min"];
        errors.one_of(&format!("{path}.selectPolicy"), choice, &allowed);
    }
    if items(rules, "policies").next().is_none() {
        errors.required(&format!("{path}.policies"), "must specify at least one Policy");
    }
    for (index, policy) in items(rules, "policies").enumerate() {
        let at = format!("{path}.policies[{index}]");
        errors.one_of(&format!("{at}.type"), text(policy, "type"), &["Percent", "Pods"]);
        for key in ["value", "periodSeconds"] {
            let number = int(policy, key).unwrap_or(0);
            if number < 1 {
                errors.invalid(&format!("{at}.{key}"), number.to_string(), POSITIVE);
            }
            if key == "periodSeconds" && number > LONGEST_PERIOD {
                let detail = format!("must be less than or equal to {LONGEST_PERIOD}");
                errors.invalid(&format!("{at}.{key}"), number.to_string(), &detail);
            }
        }
    }
}
