//! Pages of the kinds that are kept as data.
//!
//! Models: kubectl v1.36 `pkg/describe/describe.go` `ConfigMapDescriber` and its neighbours.

use super::page::{Page, entries, int, list, text};
use super::time;
use crate::api::{Kind, Value, base64};
use crate::apiserver::ApiServer;
use crate::kubectl::get::selector_text;
use crate::manifest::encode;

/// Writes the page of an object; says whether its events follow.
pub(super) fn describe(page: &mut Page, api: &ApiServer, kind: Kind, data: &Value) -> bool {
    match kind {
        Kind::ConfigMap => config_map(page, data),
        Kind::Secret => secret(page, data),
        Kind::Namespace => namespace(page, api, data),
        Kind::ResourceQuota => quota(page, data),
        Kind::LimitRange => limit_range(page, data),
        Kind::PodDisruptionBudget => budget(page, data),
        Kind::Ingress => super::network::ingress(page, api, data),
        Kind::HttpRoute => super::generic::describe(page, data),
        Kind::HorizontalPodAutoscaler => super::autoscaler::describe(page, data),
        _ => priority_class(page, data),
    }
    !matches!(kind, Kind::Secret | Kind::Namespace | Kind::ResourceQuota | Kind::LimitRange)
}

fn head(page: &mut Page, data: &Value) {
    page.told("Name", data, &["metadata", "name"]);
    page.told("Namespace", data, &["metadata", "namespace"]);
    page.labels("Labels", data.at(&["metadata", "labels"]));
    page.annotations("Annotations", data.at(&["metadata", "annotations"]));
}

fn config_map(page: &mut Page, data: &Value) {
    head(page, data);
    page.line(0, "\nData\n====");
    for (key, value) in entries(data.get("data")) {
        page.line(0, format_args!("{key}:\n----\n{value}\n"));
    }
    page.line(0, "\nBinaryData\n====");
    for (key, value) in entries(data.get("binaryData")) {
        let bytes = base64::decode(&value).map_or(0, |bytes| bytes.len());
        page.line(0, format_args!("{key}: {bytes} bytes"));
    }
    page.line(0, "");
}

fn secret(page: &mut Page, data: &Value) {
    head(page, data);
    page.line(0, format_args!("\nType:\t{}\n\nData\n====", text(data, &["type"])));
    for (key, value) in entries(data.get("data")) {
        let bytes = base64::decode(&value).map_or(0, |bytes| bytes.len());
        page.line(0, format_args!("{key}:\t{bytes} bytes"));
    }
}

fn namespace(page: &mut Page, api: &ApiServer, data: &Value) {
    let name = text(data, &["metadata", "name"]);
    page.field("Name", &name);
    page.labels("Labels", data.at(&["metadata", "labels"]));
    page.annotations("Annotations", data.at(&["metadata", "annotations"]));
    page.told("Status", data, &["status", "phase"]);
    page.align();
    let within = |kind| -> Vec<Value> {
        let objects = api.data(kind).by_name();
        objects.filter(|object| *object.meta.namespace == *name).map(|o| encode::data(o)).collect()
    };
    let quotas = within(Kind::ResourceQuota);
    if quotas.is_empty() {
        page.line(0, "\nNo resource quota.");
    } else {
        page.line(0, "\nResource Quotas");
        for quota in &quotas {
            let mut part = Page::default();
            part.line(1, format_args!("Name:\t{}", text(quota, &["metadata", "name"])));
            part.line(1, "Resource\tUsed\tHard\n  --------\t---\t---");
            for row in used_and_hard(quota) {
                part.line(1, row);
            }
            part.align();
            page.text.push_str(&part.text);
        }
    }
    let ranges = within(Kind::LimitRange);
    if ranges.is_empty() {
        page.line(0, "\nNo LimitRange resource.");
    } else {
        let mut part = Page::default();
        part.line(0, format_args!(" {LIMIT_TITLES}\n {LIMIT_RULES}"));
        for row in ranges.iter().flat_map(limits) {
            part.line(0, format_args!(" {row}"));
        }
        part.align();
        page.line(0, "\nResource Limits");
        page.text.push_str(&part.text);
    }
}

fn used_and_hard(quota: &Value) -> Vec<String> {
    let rows = entries(quota.at(&["status", "hard"]));
    rows.map(|(resource, hard)| {
        format!("{resource}\t{}\t{hard}", text(quota, &["status", "used", resource]))
    })
    .collect()
}

fn quota(page: &mut Page, data: &Value) {
    page.told("Name", data, &["metadata", "name"]);
    page.told("Namespace", data, &["metadata", "namespace"]);
    page.line(0, "Resource\tUsed\tHard\n--------\t----\t----");
    for row in used_and_hard(data) {
        page.line(0, row);
    }
}

const LIMIT_TITLES: &str =
    "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio";
const LIMIT_RULES: &str =
    "----\t--------\t---\t---\t---------------\t-------------\t-----------------------";

fn limit_range(page: &mut Page, data: &Value) {
    page.told("Name", data, &["metadata", "name"]);
    page.told("Namespace", data, &["metadata", "namespace"]);
    page.line(0, format_args!("{LIMIT_TITLES}\n{LIMIT_RULES}"));
    for row in limits(data) {
        page.line(0, row);
    }
}

fn limits(data: &Value) -> Vec<String> {
    const KEYS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    let mut rows = Vec::new();
    for item in list(data, &["spec", "limits"]) {
        let mut resources: Vec<&str> =
            KEYS.iter().flat_map(|key| entries(item.get(key))).map(|(name, _)| name).collect();
        crate::order::sort_by(&mut resources, Ord::cmp);
        resources.dedup();
        for resource in resources {
            let mut row = format!("{}\t{resource}", text(item, &["type"]));
            for key in KEYS {
                let amount = text(item, &[key, resource]);
                row.push('\t');
                row.push_str(if amount.is_empty() { "-" } else { &amount });
            }
            rows.push(row);
        }
    }
    rows
}

fn budget(page: &mut Page, data: &Value) {
    page.told("Name", data, &["metadata", "name"]);
    page.told("Namespace", data, &["metadata", "namespace"]);
    for &(title, key) in &[("Min available", "minAvailable"), ("Max unavailable", "maxUnavailable")]
    {
        let bound = text(data, &["spec", key]);
        if !bound.is_empty() {
            page.field(title, bound);
        }
    }
    page.field("Selector", selector_text(data.at(&["spec", "selector"])));
    page.line(0, "Status:");
    for &(title, key) in &[
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        page.line(2, format_args!("{title}:\t{}", int(data, &["status", key])));
    }
}

fn priority_class(page: &mut Page, data: &Value) {
    page.told("Name", data, &["metadata", "name"]);
    page.field("Value", int(data, &["value"]));
    let default = data.get("globalDefault").and_then(Value::as_bool).unwrap_or(false);
    page.field("GlobalDefault", default);
    page.told("PreemptionPolicy", data, &["preemptionPolicy"]);
    page.told("Description", data, &["description"]);
    page.annotations("Annotations", data.at(&["metadata", "annotations"]));
}

/// A date, for pages of kinds that print one.
pub(super) fn created(data: &Value) -> String {
    time(&text(data, &["metadata", "creationTimestamp"]))
}
