//! Rules of what a namespace limits: quotas and limit ranges.
//!
//! Models: kubernetes v1.28 `pkg/apis/core/validation/validation.go` `ValidateResourceQuota`,
//! `ValidateLimitRange`.

use super::error::{Errors, go_list, go_quantity};
use super::path::Path;
use super::resources::{any_resource_name, is_quota_resource, quantity, quota_resource_name};
use super::{items, part, resources, text};
use crate::api::Value;
use crate::api::quantity::parse_milli;
use crate::manifest::names;
use crate::order;

const SCOPE: &str = "core.ResourceQuotaScope";
/// What restricts which pods a quota counts.
const SCOPES: [&str; 6] = [
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
];

pub(super) fn quota(errors: &mut Errors, spec: &Value) {
    for (name, amount) in part(spec, "hard").as_map().into_iter().flatten() {
        let path = Path::Of("spec.hard").entry(name);
        quota_resource_name(errors, name, &path);
        quantity(errors, name, &amount.scalar_text().unwrap_or_default(), &path);
    }
    scopes(errors, spec);
    if let Some(selector) = spec.get("scopeSelector") {
        scope_selector(errors, spec, selector);
    }
}

/// Whether pods in a scope have the resource, so that it can be counted there.
fn fits(scope: &str, name: &str) -> bool {
    let amounts = &["cpu", "memory", "ephemeral-storage"];
    let of_pods = name == "pods"
        || amounts.iter().any(|amount| {
            let prefix = name.strip_suffix(amount);
            prefix.is_some_and(|prefix| matches!(prefix, "" | "requests." | "limits."))
        });
    match scope {
        "BestEffort" => name == "pods",
        _ if SCOPES.contains(&scope) => of_pods,
        _ => true,
    }
}

/// The resources that are standard and do not fit a scope, once for each.
fn misfits<'a>(spec: &'a Value, scope: &'a str) -> impl Iterator<Item = ()> + 'a {
    let names = part(spec, "hard").as_map().into_iter().flat_map(|hard| hard.keys());
    names.filter(move |name| is_quota_resource(name) && !fits(scope, name)).map(|_| ())
}

fn conflicts(scopes: &[&str]) -> bool {
    let pairs = [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]];
    pairs.iter().any(|pair| pair.iter().all(|scope| scopes.contains(scope)))
}

/// Models: `validateResourceQuotaScopes`.
fn scopes(errors: &mut Errors, spec: &Value) {
    let path = &Path::Of("spec.scopes");
    let scopes: Vec<&str> = items(spec, "scopes").filter_map(Value::as_str).collect();
    let value = || go_list(SCOPE, &scopes);
    for scope in &scopes {
        if !SCOPES.contains(scope) {
            errors.invalid(path, value(), "unsupported scope");
        }
        for () in misfits(spec, scope) {
            errors.invalid(path, value(), "unsupported scope applied to resource");
        }
    }
    if conflicts(&scopes) {
        errors.invalid(path, value(), "conflicting scopes");
    }
}

/// Models: `validateScopedResourceSelectorRequirement`.
fn scope_selector(errors: &mut Errors, spec: &Value, selector: &Value) {
    let path = &Path::Of("spec.scopeSelector.matchExpressions");
    let mut scopes: Vec<&str> = Vec::new();
    for rule in items(selector, "matchExpressions") {
        let (scope, operator) = (text(rule, "scopeName"), text(rule, "operator"));
        if !SCOPES.contains(&scope) {
            errors.invalid_text(&path.key("scopeName"), scope, "unsupported scope");
        }
        for () in misfits(spec, scope) {
            let value = "core.ScopeSelector{}";
            errors.invalid(path, value, "unsupported scope applied to resource");
        }
        let at = path.key("operator");
        if SCOPES.contains(&scope) && scope != "PriorityClass" && operator != "Exists" {
            let detail = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, \
                          ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, \
                          ResourceQuotaScopeNotBestEffort or \
                          ResourceQuotaScopeCrossNamespacePodAffinity";
            errors.invalid_text(&at, operator, detail);
        }
        let values: Vec<&str> = items(rule, "values").filter_map(Value::as_str).collect();
        let listed = path.key("values");
        match operator {
            "In" | "NotIn" if values.is_empty() => {
                let detail = "must be at least one value when `operator` is 'In' or 'NotIn' for \
                              scope selector";
                errors.required(&listed, detail);
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for \
                              scope selector";
                errors.invalid(&listed, go_list("string", &values), detail);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => errors.invalid_text(&at, other, "not a valid selector operator"),
        }
        scopes.push(scope);
    }
    if conflicts(&scopes) {
        errors.invalid(path, go_list(SCOPE, &[]), "conflicting scopes");
    }
}

/// A quota's scopes stay.
pub(super) fn quota_update(errors: &mut Errors, old: &Value, new: &Value) {
    let listed = |spec| items(spec, "scopes").filter_map(Value::as_str);
    if order::set(listed(old)) != order::set(listed(new)) {
        let typed: Vec<&str> = listed(new).collect();
        errors.invalid(&Path::Of("spec.scopes"), go_list(SCOPE, &typed), "field is immutable");
    }
}

pub(super) fn limit_range(errors: &mut Errors, spec: &Value) {
    let mut types: Vec<&str> = Vec::new();
    for (index, item) in items(spec, "limits").enumerate() {
        let (path, type_) = (Path::Of("spec").item("limits", index), text(item, "type"));
        limit_type(errors, type_, &path.key("type"));
        if types.contains(&type_) {
            errors.duplicate_text(&path.key("type"), type_);
        }
        types.push(type_);
        limit(errors, item, &path);
    }
}

/// Models: `validateLimitRangeTypeName`.
fn limit_type(errors: &mut Errors, type_: &str, path: &Path<'_>) {
    let reasons = names::label_key(type_);
    errors.text(path, type_, &reasons);
    let standard = &["Pod", "Container", "PersistentVolumeClaim"];
    if reasons.is_empty() && !type_.contains('/') && !standard.contains(&type_) {
        let detail = "must be a standard limit type or fully qualified";
        errors.invalid_text(path, type_, detail);
    }
}

fn limit(errors: &mut Errors, item: &Value, path: &Path<'_>) {
    let type_ = text(item, "type");
    let mut found: Vec<&str> = Vec::new();
    for &key in &["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
        if key == "maxLimitRequestRatio" && type_ == "PersistentVolumeClaim" {
            let told = |bound: &str| item.at(&[bound, "storage"]).is_some();
            if !told("min") && !told("max") {
                let detail = "either minimum or maximum storage value is required, but neither was \
                              provided";
                errors.required(&path.key("limits"), detail);
            }
        }
        if type_ == "Pod" && key.starts_with("default") {
            if item.get(key).is_some() {
                let detail = "may not be specified when `type` is 'Pod'";
                errors.forbidden(&path.key(key), detail);
            }
            continue;
        }
        for resource in part(item, key).as_map().into_iter().flat_map(|amounts| amounts.keys()) {
            let amounts = path.key(key);
            let at = amounts.entry(resource);
            if matches!(type_, "Pod" | "Container") {
                resources::resource_name(errors, resource, &at);
            } else {
                any_resource_name(errors, resource, &at);
            }
            if !found.contains(&&**resource) {
                found.push(resource);
            }
        }
    }
    for resource in found {
        bounds(errors, item, resource, path);
    }
}

/// What must not be more than what else, and which of the two is complained about, and how.
const BOUNDS: [(&str, &str, &str, &str); 6] = [
    ("min", "max", "min", "min"),
    ("min", "defaultRequest", "defaultRequest", "defaultRequest"),
    ("defaultRequest", "max", "defaultRequest", "defaultRequest"),
    ("defaultRequest", "default", "defaultRequest", "defaultRequest"),
    ("min", "default", "default", "min"),
    ("default", "max", "default", "max"),
];

fn bounds(errors: &mut Errors, item: &Value, resource: &str, path: &Path<'_>) {
    let plain = text(item, "type") != "Pod";
    let amount = |key: &str| {
        let typed = item.at(&[key, resource]).and_then(Value::scalar_text)?;
        let told = plain || !key.starts_with("default");
        told.then_some((parse_milli(&typed)?, typed))
    };
    for (low, high, at, shown) in BOUNDS {
        let (Some((least, low_text)), Some((most, high_text))) = (amount(low), amount(high)) else {
            continue;
        };
        if least > most {
            let words = |key| match key {
                "defaultRequest" => "default request",
                "default" if low == "defaultRequest" => "default limit",
                other => other,
            };
            let detail = format!(
                "{} value {low_text} is greater than {} value {high_text}",
                words(low),
                words(high)
            );
            let value = if shown == low { &low_text } else { &high_text };
            errors.invalid(&path.key(at).entry(resource), go_quantity(value), &detail);
        }
    }
    let ratios = path.key("maxLimitRequestRatio");
    let at = ratios.entry(resource);
    if let Some((ratio, typed)) = amount("maxLimitRequestRatio") {
        if ratio < 1_000 {
            let detail = format!("ratio {typed} is less than 1");
            errors.invalid(&at, go_quantity(&typed), &detail);
        }
        if let (Some((least, _)), Some((most, _))) = (amount("min"), amount("max"))
            && least > 0
            && i128::from(ratio) * i128::from(least) > i128::from(most) * 1_000
        {
            let millionths = i128::from(most) * 1_000_000 / i128::from(least);
            let (whole, rest) = (millionths / 1_000_000, millionths % 1_000_000);
            let detail = format!("ratio {typed} is greater than max/min = {whole}.{rest:06}");
            errors.invalid(&at, go_quantity(&typed), &detail);
        }
    }
    let overcommits = !resource.contains('/') && !resource.starts_with("hugepages-");
    if let (Some((limit, limit_text)), Some((request, request_text))) =
        (amount("default"), amount("defaultRequest"))
        && !overcommits
        && limit != request
    {
        let detail = format!(
            "default value {limit_text} must equal to defaultRequest value {request_text} in \
             {resource}"
        );
        let requests = path.key("defaultRequest");
        errors.invalid(&requests.entry(resource), go_quantity(&request_text), &detail);
    }
}
