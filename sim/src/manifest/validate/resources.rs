//! Rules of what containers request and are limited to.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go`
//! `ValidateContainerResourceRequirements`.

use super::error::{Errors, quote};
use super::part;
use crate::api::quantity::parse_milli;
use crate::api::{Name, Value};
use crate::manifest::names;

/// Names that need no domain.
const STANDARD: [&str; 22] = [
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
    "count",
    "hugepages-",
];

pub(super) fn requirements(errors: &mut Errors, resources: &Value, path: &str) {
    let (limits, requests) = (part(resources, "limits"), part(resources, "requests"));
    for (name, amount) in entries(limits) {
        resource(errors, name, &amount, &format!("{path}.limits[{name}]"));
    }
    for (name, amount) in entries(requests) {
        resource(errors, name, &amount, &format!("{path}.requests[{name}]"));
        let limit = limits.get(name).and_then(Value::scalar_text);
        let overcommits = is_native(name) && !name.starts_with("hugepages-");
        let Some(limit) = limit else {
            if !overcommits {
                let detail = "Limit must be set for non overcommitable resources";
                errors.required(&format!("{path}.limits"), detail);
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
        errors.invalid(&format!("{path}.requests"), quote(&amount), &detail);
    }
}

fn entries(amounts: &Value) -> impl Iterator<Item = (&Name, Name)> {
    let entries = amounts.as_map().into_iter().flatten();
    entries.map(|(name, amount)| (name, amount.scalar_text().unwrap_or_default()))
}

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

fn resource(errors: &mut Errors, name: &str, amount: &str, path: &str) {
    resource_name(errors, name, path);
    let Some(milli) = parse_milli(amount) else {
        return;
    };
    if milli < 0 {
        errors.invalid(path, quote(amount), "must be greater than or equal to 0");
    }
    if !is_native(name) && milli % 1_000 != 0 {
        let value = format!(
            "resource.Quantity{{i:resource.int64Amount{{value:{milli}, scale:-3}}, \
             d:resource.infDecAmount{{Dec:(*inf.Dec)(nil)}}, s:{}, Format:\"DecimalSI\"}}",
            quote(amount)
        );
        errors.invalid(path, value, "must be an integer");
    }
}

pub(super) fn resource_name(errors: &mut Errors, name: &str, path: &str) {
    let reasons = names::label_key(name);
    errors.text(path, name, &reasons);
    if !reasons.is_empty() || name.contains('/') {
        return;
    }
    let huge = name.starts_with("hugepages-");
    if !STANDARD.contains(&name) && !huge {
        let detail = "must be a standard resource type or fully qualified";
        errors.invalid(path, quote(name), detail);
    }
    if !matches!(name, "cpu" | "memory" | "ephemeral-storage") && !huge {
        errors.invalid(path, quote(name), "must be a standard resource for containers");
    }
}
