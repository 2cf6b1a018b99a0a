//! Rules of what containers request and are limited to.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go`
//! `ValidateContainerResourceRequirements`.

use super::error::{Errors, go_quantity};
use super::part;
use super::path::Path;
use crate::api::quantity::parse_milli;
use crate::api::{Name, Value};
use crate::manifest::names;

/// What is counted and never comes in parts.
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

/// Names that need no domain.
const STANDARD: [&str; 20] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
    "services.nodeports",
    "services.loadbalancers",
    "requests.storage",
    "storage",
];

pub(super) fn requirements(errors: &mut Errors, resources: &Value, path: &Path<'_>) {
    let (limits, requests) = (part(resources, "limits"), part(resources, "requests"));
    for (name, amount) in entries(limits) {
        resource(errors, name, &amount, &path.key("limits").entry(name));
    }
    for (name, amount) in entries(requests) {
        resource(errors, name, &amount, &path.key("requests").entry(name));
        let limit = limits.get(name).and_then(Value::scalar_text);
        let overcommits = is_native(name) && !name.starts_with("hugepages-");
        let Some(limit) = limit else {
            if !overcommits {
                let detail = "Limit must be set for non overcommitable resources";
                errors.required(&path.key("limits"), detail);
            }
            continue;
        };
        let (requested, allowed) = (parse_milli(&amount), parse_milli(&limit));
        let rule = if requested != allowed && !overcommits {
            "must be equal to"
        } else if requested > allowed {
            "must be less than or equal to"
        } else {
            continue;
        };
        let detail = format!("{rule} {name} limit of {limit}");
        errors.invalid_text(&path.key("requests"), &amount, &detail);
    }
    let has = |wanted: fn(&str) -> bool| {
        entries(limits).chain(entries(requests)).any(|(name, _)| wanted(name))
    };
    if has(|name| name.starts_with("hugepages-")) && !has(|name| matches!(name, "cpu" | "memory")) {
        errors.forbidden(path, "HugePages require cpu or memory");
    }
}

fn entries(amounts: &Value) -> impl Iterator<Item = (&Name, Name)> {
    let entries = amounts.as_map().into_iter().flatten();
    entries.map(|(name, amount)| (name, amount.scalar_text().unwrap_or_default()))
}

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Checks the name and the amount of what a container has.
fn resource(errors: &mut Errors, name: &str, amount: &str, path: &Path<'_>) {
    resource_name(errors, name, path);
    quantity(errors, name, amount, path);
    let size = name.strip_prefix("hugepages-").and_then(parse_milli);
    if let (Some(size), Some(milli)) = (size.filter(|size| *size > 0), parse_milli(amount))
        && (milli < 0 || milli % size != 0)
    {
        let detail = format!("{amount} is not positive integer multiple of {name}");
        errors.invalid_text(path, amount, &detail);
    }
}

/// Checks an amount: nothing is negative, and many things come whole.
///
/// Models: `ValidateResourceQuantityValue`.
pub(super) fn quantity(errors: &mut Errors, name: &str, amount: &str, path: &Path<'_>) {
    let Some(milli) = parse_milli(amount) else {
        return;
    };
    if milli < 0 {
        errors.invalid_text(path, amount, "must be greater than or equal to 0");
    }
    let whole = COUNTED.contains(&name) || (!is_native(name) && !name.starts_with("requests."));
    if whole && milli % 1_000 != 0 {
        errors.invalid(path, go_quantity(amount), "must be an integer");
    }
}

/// The name of what a container can have.
///
/// Models: `validateContainerResourceName`.
pub(super) fn resource_name(errors: &mut Errors, name: &str, path: &Path<'_>) {
    any_resource_name(errors, name, path);
    let own = matches!(name, "cpu" | "memory" | "ephemeral-storage");
    if !name.contains('/') && !own && !name.starts_with("hugepages-") {
        errors.invalid_text(path, name, "must be a standard resource for containers");
    }
}

/// The name of what a quota can count.
///
/// Models: `ValidateResourceQuotaResourceName`.
pub(super) fn quota_resource_name(errors: &mut Errors, name: &str, path: &Path<'_>) {
    any_resource_name(errors, name, path);
    if !name.contains('/') && !is_quota_resource(name) {
        errors.invalid_text(path, name, "must be a standard resource for quota");
    }
}

/// Whether quotas know the name without a domain.
pub(super) fn is_quota_resource(name: &str) -> bool {
    (STANDARD.contains(&name) && name != "storage") || is_huge(name)
}

fn is_huge(name: &str) -> bool {
    name.strip_prefix("requests.").unwrap_or(name).starts_with("hugepages-")
}

/// The name of anything that can be measured.
///
/// Models: `validateResourceName`.
pub(super) fn any_resource_name(errors: &mut Errors, name: &str, path: &Path<'_>) {
    let reasons = names::label_key(name);
    errors.text(path, name, &reasons);
    if reasons.is_empty() && !name.contains('/') && !STANDARD.contains(&name) && !is_huge(name) {
        let detail = "must be a standard resource type or fully qualified";
        errors.invalid_text(path, name, detail);
    }
}
