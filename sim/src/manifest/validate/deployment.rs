//! Rules of Deployments and `ReplicaSets`.
//!
//! Models: kubernetes v1.36 `pkg/apis/apps/validation/validation.go`.

use super::error::{Errors, go_labels, go_selector, quote};
use super::meta::OwnerSelector;
use super::path::Path;
use super::{int, meta, part, pod, text};
use crate::api::{Deployment, LabelSelector, Value};
use crate::manifest::{names, read};

pub(super) fn deployment(errors: &mut Errors, object: &Value) {
    meta::metadata(errors, object, true, names::dns_subdomain);
    deployment_spec(errors, part(object, "spec"));
}

pub(super) fn replica_set(errors: &mut Errors, object: &Value) {
    meta::metadata(errors, object, true, names::dns_subdomain);
    let spec = part(object, "spec");
    errors.not_negative(&Path::Of("spec.replicas"), int(spec, "replicas").unwrap_or(0));
    errors
        .not_negative(&Path::Of("spec.minReadySeconds"), int(spec, "minReadySeconds").unwrap_or(0));
    selector_and_template(errors, spec);
}

fn deployment_spec(errors: &mut Errors, spec: &Value) {
    errors.not_negative(&Path::Of("spec.replicas"), int(spec, "replicas").unwrap_or(0));
    selector_and_template(errors, spec);
    strategy(errors, part(spec, "strategy"));
    let min_ready = int(spec, "minReadySeconds").unwrap_or(0);
    errors.not_negative(&Path::Of("spec.minReadySeconds"), min_ready);
    let revisions = int(spec, "revisionHistoryLimit").unwrap_or(0);
    errors.not_negative(&Path::Of("spec.revisionHistoryLimit"), revisions);
    if let Some(deadline) = int(spec, "progressDeadlineSeconds") {
        errors.not_negative(&Path::Of("spec.progressDeadlineSeconds"), deadline);
        if deadline <= min_ready {
            let detail = "must be greater than minReadySeconds";
            errors.invalid_number(&Path::Of("spec.progressDeadlineSeconds"), deadline, detail);
        }
    }
    // A field of older versions that only internal callers can still set.
    let revision = int(part(spec, "rollbackTo"), "revision").unwrap_or(0);
    errors.not_negative(&Path::Of("spec.rollback.version"), revision);
}

fn selector_and_template(errors: &mut Errors, spec: &Value) {
    let template = part(spec, "template");
    let labels = read::labels(part(template, "metadata").get("labels"));
    // An empty selector means everything.
    let matches = match meta::owner_selector(errors, spec) {
        OwnerSelector::Unusable => return,
        OwnerSelector::Missing => false,
        OwnerSelector::Usable(selector) => selector.matches(&labels),
    };
    if !matches {
        let detail = "`selector` does not match template `labels`";
        errors.invalid(&Path::Of("spec.template.metadata.labels"), go_labels(&labels), detail);
    }
    pod::template(errors, template, &Path::Of("spec.template"));
}

fn strategy(errors: &mut Errors, strategy: &Value) {
    let bounds = strategy.get("rollingUpdate");
    match text(strategy, "type") {
        "Recreate" => {
            if bounds.is_some() {
                let detail = "may not be specified when strategy `type` is 'Recreate'";
                errors.forbidden(&Path::Of("spec.strategy.rollingUpdate"), detail);
            }
        }
        "RollingUpdate" => rolling_update(errors, bounds.unwrap_or(&Value::Null)),
        other => {
            let pointer = if bounds.is_some() { "0xc000000000" } else { "nil" };
            let value = format!(
                "apps.DeploymentStrategy{{Type:{}, \
                 RollingUpdate:(*apps.RollingUpdateDeployment)({pointer})}}",
                quote(other)
            );
            errors.unsupported(&Path::Of("spec.strategy"), value, &["Recreate", "RollingUpdate"]);
        }
    }
}

fn rolling_update(errors: &mut Errors, bounds: &Value) {
    let unavailable_path = &Path::Of("spec.strategy.rollingUpdate.maxUnavailable");
    let (unavailable, surge) = (bounds.get("maxUnavailable"), bounds.get("maxSurge"));
    bound(errors, unavailable, unavailable_path);
    bound(errors, surge, &Path::Of("spec.strategy.rollingUpdate.maxSurge"));
    if amount(unavailable) == 0 && amount(surge) == 0 {
        let detail = "may not be 0 when `maxSurge` is 0";
        errors.invalid(unavailable_path, go_int_or_string(unavailable), detail);
    }
    let percent =
        unavailable.and_then(Value::as_str).filter(|text| names::percent(text).is_empty());
    if percent.is_some() && amount(unavailable) > 100 {
        let detail = "must not be greater than 100%";
        errors.invalid(unavailable_path, go_int_or_string(unavailable), detail);
    }
}

fn bound(errors: &mut Errors, value: Option<&Value>, path: &Path<'_>) {
    match value {
        Some(Value::String(text)) => {
            for reason in names::percent(text) {
                errors.invalid(path, go_int_or_string(value), &reason);
            }
        }
        Some(value) => errors.not_negative(path, value.as_int().unwrap_or(0)),
        None => {}
    }
}

/// The number in a bound, be it a count or a percentage; 0 for text that is neither.
fn amount(value: Option<&Value>) -> i64 {
    match value {
        Some(Value::String(text)) => text.strip_suffix('%').unwrap_or(text).parse().unwrap_or(0),
        Some(value) => value.as_int().unwrap_or(0),
        None => 0,
    }
}

/// A number or text as Go prints it.
pub(super) fn go_int_or_string(value: Option<&Value>) -> String {
    let (type_, number, text) = match value {
        Some(Value::String(text)) => (1, 0, &**text),
        Some(value) => (0, value.as_int().unwrap_or(0), ""),
        None => (0, 0, ""),
    };
    format!("intstr.IntOrString{{Type:{type_}, IntVal:{number}, StrVal:{}}}", quote(text))
}

pub(super) fn deployment_update(errors: &mut Errors, old: &Deployment, new: &Value) {
    let selector = read::selector(part(part(new, "spec"), "selector"));
    selector_update(errors, &old.spec.selector, &selector);
}

pub(super) fn selector_update(errors: &mut Errors, old: &LabelSelector, new: &LabelSelector) {
    if old != new {
        errors.invalid(&Path::Of("spec.selector"), go_selector(new), "field is immutable");
    }
}

/// Checks a Deployment's status: counts that contradict each other.
pub(super) fn deployment_status(errors: &mut Errors, status: &Value) {
    let count = |key| int(status, key).unwrap_or(0);
    let replicas = count("replicas");
    let counts = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"];
    errors.not_negative(&Path::Of("status.observedGeneration"), count("observedGeneration"));
    for key in counts.into_iter().chain(["unavailableReplicas", "collisionCount"]) {
        errors.not_negative(&Path::Of("status").key(key), count(key));
    }
    for key in &counts[1..] {
        if count(key) > replicas {
            let detail = "cannot be greater than status.replicas";
            errors.invalid_number(&Path::Of("status").key(key), count(key), detail);
        }
    }
    let available = count("availableReplicas");
    if available > count("readyReplicas") {
        let detail = "cannot be greater than readyReplicas";
        errors.invalid_number(&Path::Of("status.availableReplicas"), available, detail);
    }
}

/// Checks a `ReplicaSet`'s status.
///
/// Models: `ValidateReplicaSetStatus`.
pub(super) fn replica_set_status(errors: &mut Errors, status: &Value) {
    let count = |key| int(status, key).unwrap_or(0);
    let counts = ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"];
    for key in counts.into_iter().chain(["observedGeneration"]) {
        errors.not_negative(&Path::Of("status").key(key), count(key));
    }
    for key in &counts[1..] {
        if count(key) > count("replicas") {
            let detail = "cannot be greater than status.replicas";
            errors.invalid_number(&Path::Of("status").key(key), count(key), detail);
        }
    }
    let available = count("availableReplicas");
    if available > count("readyReplicas") {
        let detail = "cannot be greater than readyReplicas";
        errors.invalid_number(&Path::Of("status.availableReplicas"), available, detail);
    }
}

/// Checks that the count of name collisions never falls.
pub(super) fn collision_count(errors: &mut Errors, old: Option<i64>, new: Option<i64>) {
    if let Some(old) = old.filter(|old| new.is_none_or(|new| new < *old)) {
        let detail = if new.is_some() { "cannot be decremented" } else { "cannot be removed" };
        let value = new.unwrap_or(old).to_string();
        errors.invalid(&Path::Of("status.collisionCount"), value, detail);
    }
}
