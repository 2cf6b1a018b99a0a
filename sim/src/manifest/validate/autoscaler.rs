//! Rules of `HorizontalPodAutoscalers`.
//!
//! Models: kubernetes v1.28 `pkg/apis/autoscaling/validation/validation.go`.

use super::error::Errors;
use super::path::Path;
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
        errors.invalid_number(&Path::Of("spec.minReplicas"), least, detail);
    }
    if most < 1 {
        errors.invalid_number(&Path::Of("spec.maxReplicas"), most, "must be greater than 0");
    }
    if most < least {
        let detail = "must be greater than or equal to `minReplicas`";
        errors.invalid_number(&Path::Of("spec.maxReplicas"), most, detail);
    }
    reference(errors, part(spec, "scaleTargetRef"), &Path::Of("spec.scaleTargetRef"));
    for (index, metric) in items(spec, "metrics").enumerate() {
        self::metric(errors, metric, &Path::Of("spec").item("metrics", index));
    }
    let from_outside = |metric: &Value| matches!(text(metric, "type"), "Object" | "External");
    if least == 0 && !items(spec, "metrics").any(from_outside) {
        let detail = "must specify at least one Object or External metric to support scaling to \
                      zero replicas";
        errors.forbidden(&Path::Of("spec.metrics"), detail);
    }
    for &key in &["scaleUp", "scaleDown"] {
        if let Some(rules) = part(spec, "behavior").get(key) {
            scaling_rules(errors, rules, &Path::Of("spec.behavior").key(key));
        }
    }
}

/// Models: `ValidateCrossVersionObjectReference`.
fn reference(errors: &mut Errors, reference: &Value, path: &Path<'_>) {
    for &key in &["kind", "name"] {
        named(errors, reference, key, "", &path.key(key));
    }
}

fn named(errors: &mut Errors, of: &Value, key: &str, detail: &str, path: &Path<'_>) {
    let typed = text(of, key);
    if typed.is_empty() {
        errors.required(path, detail);
    } else {
        errors.name(path, typed, names::path_segment);
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
fn metric(errors: &mut Errors, metric: &Value, path: &Path<'_>) {
    let allowed = &["ContainerResource", "External", "Object", "Pods", "Resource"];
    let (type_, at) = (text(metric, "type"), path.key("type"));
    if type_.is_empty() {
        errors.required(&at, "must specify a metric source type");
    }
    errors.one_of(&at, type_, allowed);
    let mut told = SOURCES.map(|(_, field)| field).into_iter();
    let first = told.find(|field| metric.get(field).is_some());
    if let Some(field) = first {
        source(errors, part(metric, field), field, &path.key(field));
    }
    let expected = SOURCES.iter().find(|(known, _)| *known == type_).map(|(_, field)| *field);
    if let Some(field) = expected.filter(|field| metric.get(field).is_none()) {
        let detail = "must populate information for the given metric source";
        errors.required(&path.key(field), detail);
    }
    let several = told.any(|field| metric.get(field).is_some());
    for (_, field) in SOURCES.iter().filter(|_| several) {
        if metric.get(field).is_some() && Some(*field) != expected {
            let detail = "must populate the given metric source only";
            errors.forbidden(&path.key(field), detail);
        }
    }
}

fn source(errors: &mut Errors, source: &Value, field: &str, path: &Path<'_>) {
    let target = part(source, "target");
    let of_resource = matches!(field, "resource" | "containerResource");
    if field == "object" {
        reference(errors, part(source, "describedObject"), &path.key("describedObject"));
    }
    if of_resource {
        let name = text(source, "name");
        if name.is_empty() {
            errors.required(&path.key("name"), "must specify a resource name");
        } else if field == "containerResource" {
            resources::resource_name(errors, name, &path.key("name"));
        }
    } else {
        let detail = "must specify a metric name";
        named(errors, part(source, "metric"), "name", detail, &path.key("metric.name"));
    }
    if field == "containerResource" {
        let container = text(source, "container");
        if container.is_empty() {
            errors.required(&path.key("container"), "must specify a container");
        } else {
            errors.name(&path.key("container"), container, names::dns_label);
        }
    }
    self::target(errors, target, &path.key("target"));
    let has = |key: &str| target.get(key).is_some();
    let mut miss = |key: &str, detail: &str| errors.required(&path.key("target").key(key), detail);
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
        errors.forbidden(&path.key("target.averageValue"), detail);
    }
    if field == "external" && has("value") && has("averageValue") {
        let detail = "may not set both a target value for metric and a per-pod target";
        errors.forbidden(&path.key("target.value"), detail);
    }
}

/// Models: `validateMetricTarget`.
fn target(errors: &mut Errors, target: &Value, path: &Path<'_>) {
    let (type_, at) = (text(target, "type"), path.key("type"));
    if type_.is_empty() {
        errors.required(&at, "must specify a metric target type");
    }
    if !matches!(type_, "Utilization" | "Value" | "AverageValue") {
        let detail = "must be either Utilization, Value, or AverageValue";
        errors.invalid_text(&at, type_, detail);
    }
    for &key in &["value", "averageValue"] {
        let amount = target.get(key).and_then(Value::scalar_text);
        let amount = amount.filter(|amount| parse_milli(amount).is_some_and(|milli| milli <= 0));
        if let Some(amount) = amount {
            errors.invalid_text(&path.key(key), &amount, "must be positive");
        }
    }
    if let Some(share) = int(target, "averageUtilization").filter(|share| *share < 1) {
        let at = path.key("averageUtilization");
        errors.invalid_number(&at, share, "must be greater than 0");
    }
}

/// Models: `validateScalingRules`.
fn scaling_rules(errors: &mut Errors, rules: &Value, path: &Path<'_>) {
    if let Some(seconds) = int(rules, "stabilizationWindowSeconds") {
        let at = path.key("stabilizationWindowSeconds");
        if seconds < 0 {
            errors.invalid_number(&at, seconds, "must be greater than or equal to zero");
        }
        if seconds > LONGEST_WINDOW {
            let detail = format!("must be less than or equal to {LONGEST_WINDOW}");
            errors.invalid_number(&at, seconds, &detail);
        }
    }
    if let Some(choice) = rules.get("selectPolicy").and_then(Value::as_str) {
        let allowed = &["Disabled", "Max", "Min"];
        errors.one_of(&path.key("selectPolicy"), choice, allowed);
    }
    if items(rules, "policies").next().is_none() {
        errors.required(&path.key("policies"), "must specify at least one Policy");
    }
    for (index, policy) in items(rules, "policies").enumerate() {
        let at = path.item("policies", index);
        errors.one_of(&at.key("type"), text(policy, "type"), &["Percent", "Pods"]);
        for &key in &["value", "periodSeconds"] {
            let number = int(policy, key).unwrap_or(0);
            if number < 1 {
                errors.invalid_number(&at.key(key), number, POSITIVE);
            }
            if key == "periodSeconds" && number > LONGEST_PERIOD {
                let detail = format!("must be less than or equal to {LONGEST_PERIOD}");
                errors.invalid_number(&at.key(key), number, &detail);
            }
        }
    }
}
