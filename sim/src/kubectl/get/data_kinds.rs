//! The columns of the kinds that are kept as data.
//!
//! Models: kubernetes v1.36 `pkg/printers/internalversion/printers.go` `printConfigMap` and its
//! neighbours.

use super::columns::{age, name};
use crate::api::Value;
use crate::kubectl::describe::page::{entries, int, list, text};
use crate::time::Instant;

/// Column titles of such a kind.
pub(super) fn titles(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "ConfigMap" => &["NAME", "DATA", "AGE"],
        "Secret" => &["NAME", "TYPE", "DATA", "AGE"],
        "Namespace" => &["NAME", "STATUS", "AGE"],
        "ResourceQuota" => &["NAME", "AGE", "REQUEST", "LIMIT"],
        "LimitRange" => &["NAME", "CREATED AT"],
        "PodDisruptionBudget" => {
            &["NAME", "MIN AVAILABLE", "MAX UNAVAILABLE", "ALLOWED DISRUPTIONS", "AGE"]
        }
        "HorizontalPodAutoscaler" => {
            &["NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"]
        }
        "Ingress" => &["NAME", "CLASS", "HOSTS", "ADDRESS", "PORTS", "AGE"],
        "HTTPRoute" => &["NAME", "HOSTNAMES", "AGE"],
        "PriorityClass" => &["NAME", "VALUE", "GLOBAL-DEFAULT", "AGE"],
        _ => return None,
    })
}

/// The cells of an object's row.
pub(super) fn cells(kind: &str, object: &Value, now: Instant) -> Vec<String> {
    let at = |path: &[&str]| text(object, path);
    let age = age(object, now);
    let mut cells = vec![name(object)];
    match kind {
        "ConfigMap" => cells.extend([data_count(object), age]),
        "Secret" => cells.extend([at(&["type"]), data_count(object), age]),
        "Namespace" => cells.extend([at(&["status", "phase"]), age]),
        "ResourceQuota" => {
            let (requests, limits) = quota(object);
            cells.extend([age, requests, limits]);
        }
        "LimitRange" => cells.push(at(&["metadata", "creationTimestamp"])),
        "PodDisruptionBudget" => {
            let bound = |key: &str| {
                let typed = at(&["spec", key]);
                if typed.is_empty() { "N/A".to_owned() } else { typed }
            };
            let allowed = int(object, &["status", "disruptionsAllowed"]).to_string();
            cells.extend([bound("minAvailable"), bound("maxUnavailable"), allowed, age]);
        }
        "HorizontalPodAutoscaler" => {
            let target = |key: &str| at(&["spec", "scaleTargetRef", key]);
            cells.extend([
                format!("{}/{}", target("kind"), target("name")),
                targets(object),
                at(&["spec", "minReplicas"]),
                at(&["spec", "maxReplicas"]),
                int(object, &["status", "currentReplicas"]).to_string(),
                age,
            ]);
        }
        "Ingress" => {
            let class = at(&["spec", "ingressClassName"]);
            let class = if class.is_empty() { "<none>".to_owned() } else { class };
            let ports = if list(object, &["spec", "tls"]).is_empty() { "80" } else { "80, 443" };
            cells.extend([class, ingress_hosts(object), String::new(), ports.to_owned(), age]);
        }
        "HTTPRoute" => {
            let hosts = object.at(&["spec", "hostnames"]).map(Value::to_json);
            cells.extend([hosts.unwrap_or_default(), age]);
        }
        _ => {
            let default = object.get("globalDefault").and_then(Value::as_bool).unwrap_or(false);
            cells.extend([int(object, &["value"]).to_string(), default.to_string(), age]);
        }
    }
    cells
}

/// The hosts of an Ingress, the first three by name.
///
/// Models: `formatHosts`.
fn ingress_hosts(object: &Value) -> String {
    const SHOWN: usize = 3;
    let hosts: Vec<String> = list(object, &["spec", "rules"])
        .iter()
        .map(|rule| text(rule, &["host"]))
        .filter(|host| !host.is_empty())
        .collect();
    match hosts.len() {
        0 => "*".to_owned(),
        1..=SHOWN => hosts.join(","),
        all => format!("{} + {} more...", hosts[..SHOWN].join(","), all - SHOWN),
    }
}

fn data_count(object: &Value) -> String {
    let count = |key: &str| entries(object.get(key)).count();
    (count("data") + count("binaryData")).to_string()
}

/// What a quota counts as `used/hard`: limits on their own.
fn quota(object: &Value) -> (String, String) {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (resource, hard) in entries(object.at(&["status", "hard"])) {
        let used = text(object, &["status", "used", resource]);
        let column = if resource.starts_with("limits.") { &mut limits } else { &mut requests };
        column.push(format!("{resource}: {used}/{hard}"));
    }
    (requests.join(", "), limits.join(", "))
}

/// The metrics of an autoscaler as `cpu: 40%/80%`; the first two, and how many more there are.
///
/// Models: `formatHPAMetrics`.
pub(crate) fn targets(object: &Value) -> String {
    const SHOWN: usize = 2;
    let current = list(object, &["status", "currentMetrics"]);
    let told: Vec<String> = list(object, &["spec", "metrics"])
        .iter()
        .enumerate()
        .filter(|(_, metric)| metric.get("resource").is_some())
        .map(|(index, metric)| {
            let resource = text(metric, &["resource", "name"]);
            let now = |key: &str| {
                let now = current.get(index).map(|now| text(now, &["resource", "current", key]));
                now.filter(|now| !now.is_empty())
            };
            let average = text(metric, &["resource", "target", "averageValue"]);
            let unknown = || "<unknown>".to_owned();
            if average.is_empty() {
                let now = now("averageUtilization").map_or_else(unknown, |now| now + "%");
                let target = int(metric, &["resource", "target", "averageUtilization"]);
                format!("{resource}: {now}/{target}%")
            } else {
                format!("{resource}: {}/{average}", now("averageValue").unwrap_or_else(unknown))
            }
        })
        .collect();
    match told.len() {
        0 => "<none>".to_owned(),
        1..=SHOWN => told.join(", "),
        all => format!("{} + {} more...", told[..SHOWN].join(", "), all - SHOWN),
    }
}
