//! Rules of what a pod wants of its node and its neighbours.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `validateAffinity`,
//! `validateTopologySpreadConstraints`.

use super::error::Errors;
use super::path::Path;
use super::{int, items, meta, part, text};
use crate::api::Value;
use crate::manifest::names;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const EMPTY_KEY: &str = "can not be empty";

pub(super) fn affinity(errors: &mut Errors, affinity: &Value, path: &Path<'_>) {
    if let Some(node) = affinity.get("nodeAffinity") {
        node_affinity(errors, node, &path.key("nodeAffinity"));
    }
    for &key in &["podAffinity", "podAntiAffinity"] {
        let (affinity, path) = (part(affinity, key), path.key(key));
        for (index, term) in items(affinity, REQUIRED).enumerate() {
            pod_term(errors, term, &path.item(REQUIRED, index));
        }
        for (index, weighted) in items(affinity, PREFERRED).enumerate() {
            let path = path.item(PREFERRED, index);
            weight(errors, weighted, &path);
            pod_term(errors, part(weighted, "podAffinityTerm"), &path.key("podAffinityTerm"));
        }
    }
}

fn weight(errors: &mut Errors, term: &Value, path: &Path<'_>) {
    let weight = int(term, "weight").unwrap_or(0);
    if !(1..=100).contains(&weight) {
        errors.invalid_number(&path.key("weight"), weight, "must be in the range 1-100");
    }
}

fn node_affinity(errors: &mut Errors, affinity: &Value, path: &Path<'_>) {
    if let Some(selector) = affinity.get(REQUIRED) {
        let path = path.key(REQUIRED);
        let path = path.key("nodeSelectorTerms");
        if items(selector, "nodeSelectorTerms").next().is_none() {
            errors.required(&path, "must have at least one node selector term");
        }
        for (index, term) in items(selector, "nodeSelectorTerms").enumerate() {
            node_term(errors, term, &path.index(index));
        }
    }
    for (index, weighted) in items(affinity, PREFERRED).enumerate() {
        let path = path.item(PREFERRED, index);
        weight(errors, weighted, &path);
        node_term(errors, part(weighted, "preference"), &path.key("preference"));
    }
}

fn node_term(errors: &mut Errors, term: &Value, path: &Path<'_>) {
    for (index, rule) in items(term, "matchExpressions").enumerate() {
        let path = path.item("matchExpressions", index);
        let values: Vec<&Value> = items(rule, "values").collect();
        let at = path.key("values");
        match text(rule, "operator") {
            "In" | "NotIn" if values.is_empty() => {
                errors.required(&at, "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.forbidden(&at, detail);
            }
            "Gt" | "Lt" if values.len() != 1 => {
                let detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                errors.required(&at, detail);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            other => {
                let path = path.key("operator");
                errors.invalid_text(&path, other, "not a valid selector operator");
            }
        }
        let key = text(rule, "key");
        errors.name(&path.key("key"), key, names::label_key);
    }
    for (index, rule) in items(term, "matchFields").enumerate() {
        let path = path.item("matchFields", index);
        let count = items(rule, "values").count();
        match text(rule, "operator") {
            "In" | "NotIn" if count != 1 => {
                let detail = "must be only one value when `operator` is 'In' or 'NotIn' for node \
                              field selector";
                errors.required(&path.key("values"), detail);
            }
            "In" | "NotIn" => {}
            other => {
                let path = path.key("operator");
                errors.invalid_text(&path, other, "not a valid selector operator");
            }
        }
        let key = text(rule, "key");
        if key != "metadata.name" {
            errors.invalid_text(&path.key("key"), key, "not a valid field selector key");
        }
    }
}

fn pod_term(errors: &mut Errors, term: &Value, path: &Path<'_>) {
    for &key in &["labelSelector", "namespaceSelector"] {
        if let Some(selector) = term.get(key) {
            meta::selector(errors, selector, &path.key(key));
        }
    }
    for namespace in items(term, "namespaces").filter_map(Value::as_str) {
        errors.name(&path.key("namespace"), namespace, names::dns_label);
    }
    topology_key(errors, term, path);
}

fn topology_key(errors: &mut Errors, term: &Value, path: &Path<'_>) {
    let (key, path) = (text(term, "topologyKey"), path.key("topologyKey"));
    if key.is_empty() {
        errors.required(&path, EMPTY_KEY);
    }
    errors.name(&path, key, names::label_key);
}

pub(super) fn topology_spread(errors: &mut Errors, spec: &Value, path: &Path<'_>) {
    for (index, constraint) in items(spec, "topologySpreadConstraints").enumerate() {
        let path = path.item("topologySpreadConstraints", index);
        let skew = int(constraint, "maxSkew").unwrap_or(0);
        if skew <= 0 {
            let path = path.key("maxSkew");
            errors.invalid_number(&path, skew, "must be greater than zero");
        }
        let key = text(constraint, "topologyKey");
        if key.is_empty() {
            errors.required(&path.key("topologyKey"), EMPTY_KEY);
        } else {
            errors.name(&path.key("topologyKey"), key, names::label_key);
        }
        let action = text(constraint, "whenUnsatisfiable");
        let allowed = &["DoNotSchedule", "ScheduleAnyway"];
        errors.one_of(&path.key("whenUnsatisfiable"), action, allowed);
        // The first of two is the one that is complained about.
        let same = |other: &Value| {
            text(other, "topologyKey") == key && text(other, "whenUnsatisfiable") == action
        };
        if items(spec, "topologySpreadConstraints").skip(index + 1).any(same) {
            let value = format!("{{{key}, {action}}}");
            errors.duplicate_text(&path.key("{topologyKey, whenUnsatisfiable}"), &value);
        }
        if let Some(domains) = int(constraint, "minDomains") {
            let path = path.key("minDomains");
            if domains <= 0 {
                errors.invalid_number(&path, domains, "must be greater than zero");
            } else if action != "DoNotSchedule" {
                let detail = "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not \
                              ScheduleAnyway";
                errors.invalid_number(&path, domains, detail);
            }
        }
        for &key in &["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            if let Some(policy) = constraint.get(key).and_then(Value::as_str) {
                errors.one_of(&path.key(key), policy, &["Honor", "Ignore"]);
            }
        }
        match_label_keys(errors, constraint, &path);
        if let Some(selector) = constraint.get("labelSelector") {
            meta::selector(errors, selector, &path.key("labelSelector"));
        }
    }
}

/// Models: `validateMatchLabelKeysInTopologySpread`.
fn match_label_keys(errors: &mut Errors, constraint: &Value, path: &Path<'_>) {
    let path = path.key("matchLabelKeys");
    let keys: Vec<&str> = items(constraint, "matchLabelKeys").filter_map(Value::as_str).collect();
    let selector = constraint.get("labelSelector");
    if selector.is_none() && !keys.is_empty() {
        errors.forbidden(&path, "must not be specified when labelSelector is not set");
    }
    let selector = selector.unwrap_or(&Value::Null);
    for (index, key) in keys.into_iter().enumerate() {
        let path = path.index(index);
        errors.name(&path, key, names::label_key);
        if part(selector, "matchLabels").get(key).is_some()
            || items(selector, "matchExpressions").any(|rule| text(rule, "key") == key)
        {
            let detail = "exists in both matchLabelKeys and labelSelector";
            errors.invalid_text(&path, key, detail);
        }
    }
}
