//! Defaults of the kinds that are kept as data.
//!
//! Models: kubernetes v1.36 `pkg/apis/{core/v1,autoscaling/v2,scheduling/v1}/defaults.go`, the
//! conversion of `autoscaling/v1`, and a Secret's `stringData`.

use super::defaults::{items, set};
use crate::api::value::map;
use crate::api::{Kind, Value};

/// The share of its cpu request a pod is to use when an autoscaler names no metric.
const DEFAULT_UTILIZATION: i64 = 80;

/// Fills in what an object of such a kind leaves open.
pub(super) fn apply_defaults(kind: Kind, object: &mut Value) {
    match kind {
        Kind::Secret => secret(object),
        Kind::Namespace => namespace(object),
        Kind::LimitRange => items(object.entry("spec"), "limits").for_each(limit_range_item),
        Kind::HorizontalPodAutoscaler => autoscaler(object.entry("spec")),
        Kind::HttpRoute => {
            for rule in items(object.entry("spec"), "rules") {
                items(rule, "backendRefs").for_each(|to| set(to, "weight", 1));
            }
        }
        Kind::PriorityClass => set(object, "preemptionPolicy", "PreemptLowerPriority"),
        _ => {}
    }
}

/// Plain text becomes data, and a secret without a type is opaque.
fn secret(object: &mut Value) {
    set(object, "type", "Opaque");
    let plain = object.as_map_mut().and_then(|map| map.remove("stringData"));
    for (key, value) in plain.as_ref().and_then(Value::as_map).into_iter().flatten() {
        let text = value.scalar_text().unwrap_or_default();
        *object.entry("data").entry(key) = crate::api::base64::encode(text.as_bytes()).into();
    }
}

fn namespace(object: &mut Value) {
    let meta = object.entry("metadata");
    let name = meta.get("name").cloned().unwrap_or_default();
    *meta.entry("labels").entry("kubernetes.io/metadata.name") = name;
    set(object.entry("spec"), "finalizers", vec!["kubernetes".into()]);
    set(object.entry("status"), "phase", "Active");
}

/// The largest amount is the default limit, that the default request, and so is the least.
fn limit_range_item(item: &mut Value) {
    if item.get("type").and_then(Value::as_str) != Some("Container") {
        return;
    }
    for &(from, to) in
        &[("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")]
    {
        let Some(amounts) = item.get(from).and_then(Value::as_map).cloned() else {
            continue;
        };
        let target = item.entry(to);
        for (resource, amount) in amounts {
            set(target, &resource, amount);
        }
    }
}

fn autoscaler(spec: &mut Value) {
    set(spec, "minReplicas", 1);
    let typed = spec.as_map_mut().and_then(|map| map.remove("targetCPUUtilizationPercentage"));
    if spec.get("metrics").is_none() {
        let share = typed.and_then(|typed| typed.as_int()).unwrap_or(DEFAULT_UTILIZATION);
        let target = map([("type", "Utilization".into()), ("averageUtilization", share.into())]);
        let resource = map([("name", "cpu".into()), ("target", target)]);
        let metric = map([("type", "Resource".into()), ("resource", resource)]);
        *spec.entry("metrics") = vec![metric].into();
    }
    if spec.get("behavior").is_some() {
        behavior(spec.entry("behavior"));
    }
}

/// Rules for one direction bring those for the other.
///
/// Models: kubernetes v1.28 `pkg/apis/autoscaling/v2/defaults.go`
/// `GenerateHPAScaleUpRules`, `GenerateHPAScaleDownRules`.
fn behavior(behavior: &mut Value) {
    let policy = |type_: &str, value: i64| {
        map([("type", type_.into()), ("value", value.into()), ("periodSeconds", 15.into())])
    };
    let up = behavior.entry("scaleUp");
    set(up, "stabilizationWindowSeconds", 0);
    set(up, "selectPolicy", "Max");
    set(up, "policies", vec![policy("Pods", 4), policy("Percent", 100)]);
    let down = behavior.entry("scaleDown");
    set(down, "selectPolicy", "Max");
    set(down, "policies", vec![policy("Percent", 100)]);
}
