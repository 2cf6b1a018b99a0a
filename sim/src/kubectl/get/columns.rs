//! The columns of each kind, from an object's data.
//!
//! Models: kubernetes v1.36 `pkg/printers/internalversion/printers.go`. Rows are made from the same
//! data that `-o json` prints, as the API server makes them.

use super::{data_kinds, pod};
use crate::api::{Name, Pod, Value};
use crate::kubectl::describe::page::{entries, int, list, or_none, text};
use crate::kubectl::duration;
use crate::manifest::timestamp;
use crate::time::Instant;

/// Column titles of a kind, those of `-o wide` last; the number is how many are always shown.
fn titles(kind: &str) -> Option<(&'static [&'static str], usize)> {
    Some(match kind {
        "Pod" => (
            &[
                "NAME",
                "READY",
                "STATUS",
                "RESTARTS",
                "AGE",
                "IP",
                "NODE",
                "NOMINATED NODE",
                "READINESS GATES",
            ],
            5,
        ),
        "Deployment" => (
            &[
                "NAME",
                "READY",
                "UP-TO-DATE",
                "AVAILABLE",
                "AGE",
                "CONTAINERS",
                "IMAGES",
                "SELECTOR",
            ],
            5,
        ),
        "ReplicaSet" => {
            (&["NAME", "DESIRED", "CURRENT", "READY", "AGE", "CONTAINERS", "IMAGES", "SELECTOR"], 5)
        }
        "Service" => {
            (&["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE", "SELECTOR"], 6)
        }
        "EndpointSlice" => (&["NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"], 5),
        "Endpoints" => (&["NAME", "ENDPOINTS", "AGE"], 3),
        "Node" => (
            &[
                "NAME",
                "STATUS",
                "ROLES",
                "AGE",
                "VERSION",
                "INTERNAL-IP",
                "EXTERNAL-IP",
                "OS-IMAGE",
                "KERNEL-VERSION",
                "CONTAINER-RUNTIME",
            ],
            5,
        ),
        "Event" => (&["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"], 5),
        _ => {
            let titles = data_kinds::titles(kind)?;
            (titles, titles.len())
        }
    })
}

/// The columns of an event with `-o wide`, which stand between the others.
const WIDE_EVENT: [&str; 10] = [
    "LAST SEEN",
    "TYPE",
    "REASON",
    "OBJECT",
    "SUBOBJECT",
    "SOURCE",
    "MESSAGE",
    "FIRST SEEN",
    "COUNT",
    "NAME",
];

/// Titles and cells of a row.
pub(super) type Row = (Vec<&'static str>, Vec<String>);

/// Titles and cells of one object's row. `object` is data as the API shows it; times count from the
/// cluster's epoch.
pub fn row(kind: &str, object: &Value, now: Instant, wide: bool) -> Option<Row> {
    let (titles, narrow) = titles(kind)?;
    let mut cells = match kind {
        "Pod" => pod::Facts::of_data(object).cells(now),
        "Deployment" => deployment(object, now),
        "ReplicaSet" => replica_set(object, now),
        "Service" => service(object, now, wide),
        "EndpointSlice" => endpoint_slice(object, now),
        "Endpoints" => vec![name(object), endpoints(object), age(object, now)],
        "Node" => node(object, now),
        "Event" => return Some(event(object, now, wide)),
        _ => data_kinds::cells(kind, object, now),
    };
    let shown = if wide { titles.len() } else { narrow };
    cells.truncate(shown);
    Some((titles[..shown].to_vec(), cells))
}

/// The row of a pod, without a detour over its data.
pub(super) fn pod_row(pod: &Pod, now: Instant, wide: bool) -> Row {
    let (titles, narrow) = titles("Pod").unwrap_or_default();
    let shown = if wide { titles.len() } else { narrow };
    let mut cells = pod::Facts::of_pod(pod).cells(now);
    cells.truncate(shown);
    (titles[..shown].to_vec(), cells)
}

pub(super) fn name(object: &Value) -> String {
    text(object, &["metadata", "name"])
}

/// How long ago a time of the API was; `<unknown>` for none.
pub(crate) fn since(stamp: Option<&Value>, now: Instant) -> String {
    ago(stamp.and_then(Value::as_str).and_then(timestamp::seconds), now)
}

/// How long ago something was, given in seconds since 1970; `<unknown>` for no time.
pub(super) fn ago(at: Option<i64>, now: Instant) -> String {
    let Some(at) = at else {
        return "<unknown>".to_owned();
    };
    let passed = timestamp::unix(now) - at;
    // Parts of a second are cut off towards zero.
    let part = i64::from(passed < 0 && !now.as_micros().is_multiple_of(1_000_000));
    duration::human(passed + part)
}

pub(super) fn age(object: &Value, now: Instant) -> String {
    since(object.at(&["metadata", "creationTimestamp"]), now)
}

fn template(object: &Value) -> [String; 3] {
    let containers = list(object, &["spec", "template", "spec", "containers"]);
    let each =
        |key: &str| containers.iter().map(|item| text(item, &[key])).collect::<Vec<_>>().join(",");
    [each("name"), each("image"), selector_text(object.at(&["spec", "selector"]))]
}

/// A label selector in one line, sorted by key: `app=web,tier in (a,b)`.
pub(crate) fn selector_text(selector: Option<&Value>) -> String {
    let Some(selector) = selector else {
        return "<none>".to_owned();
    };
    let mut parts: Vec<(String, String)> = entries(selector.get("matchLabels"))
        .map(|(key, value)| (key.to_owned(), format!("{key}={value}")))
        .collect();
    for requirement in list(selector, &["matchExpressions"]) {
        let key = text(requirement, &["key"]);
        let mut values: Vec<Name> =
            list(requirement, &["values"]).iter().filter_map(Value::scalar_text).collect();
        crate::order::sort_by(&mut values, Ord::cmp);
        let values = values.join(",");
        let part = match text(requirement, &["operator"]).as_str() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.clone(),
            _ => format!("!{key}"),
        };
        parts.push((key, part));
    }
    crate::order::sort_by(&mut parts, Ord::cmp);
    let parts: Vec<String> = parts.into_iter().map(|(_, part)| part).collect();
    or_none(&parts.join(",")).to_owned()
}

fn deployment(object: &Value, now: Instant) -> Vec<String> {
    let count = |key| int(object, &["status", key]);
    let mut cells = vec![
        name(object),
        format!("{}/{}", count("readyReplicas"), int(object, &["spec", "replicas"])),
        count("updatedReplicas").to_string(),
        count("availableReplicas").to_string(),
        age(object, now),
    ];
    cells.extend(template(object));
    cells
}

fn replica_set(object: &Value, now: Instant) -> Vec<String> {
    let mut cells = vec![
        name(object),
        int(object, &["spec", "replicas"]).to_string(),
        int(object, &["status", "replicas"]).to_string(),
        int(object, &["status", "readyReplicas"]).to_string(),
        age(object, now),
    ];
    cells.extend(template(object));
    cells
}

fn service(object: &Value, now: Instant, wide: bool) -> Vec<String> {
    let spec = |key| text(object, &["spec", key]);
    let address = list(object, &["spec", "clusterIPs"]).first().and_then(Value::scalar_text);
    let ports: Vec<String> = list(object, &["spec", "ports"])
        .iter()
        .map(|port| {
            let (number, protocol) = (int(port, &["port"]), text(port, &["protocol"]));
            match int(port, &["nodePort"]) {
                0 => format!("{number}/{protocol}"),
                node_port => format!("{number}:{node_port}/{protocol}"),
            }
        })
        .collect();
    let selector: Vec<String> = entries(object.at(&["spec", "selector"]))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    vec![
        name(object),
        spec("type"),
        or_none(address.as_deref().unwrap_or("")).to_owned(),
        external_address(object, wide),
        or_none(&ports.join(",")).to_owned(),
        age(object, now),
        or_none(&selector.join(",")).to_owned(),
    ]
}

fn external_address(object: &Value, wide: bool) -> String {
    /// Longer lists are cut, unless the table is wide.
    const WIDTH: usize = 16;
    let typed = list(object, &["spec", "externalIPs"]).iter().filter_map(Value::scalar_text);
    let typed = typed.collect::<Vec<Name>>().join(",");
    match text(object, &["spec", "type"]).as_str() {
        "ClusterIP" | "NodePort" => or_none(&typed).to_owned(),
        "ExternalName" => text(object, &["spec", "externalName"]),
        "LoadBalancer" => {
            let ingress = list(object, &["status", "loadBalancer", "ingress"]).iter();
            let balanced = ingress.map(|entry| {
                let ip = text(entry, &["ip"]);
                if ip.is_empty() { text(entry, &["hostname"]) } else { ip }
            });
            let mut balanced =
                balanced.filter(|entry| !entry.is_empty()).collect::<Vec<_>>().join(",");
            if !wide && balanced.len() > WIDTH {
                balanced = balanced.chars().take(WIDTH - 3).collect::<String>() + "...";
            }
            match (balanced.is_empty(), typed.is_empty()) {
                (true, true) => "<pending>".to_owned(),
                (true, false) => typed,
                (false, true) => balanced,
                (false, false) => format!("{balanced},{typed}"),
            }
        }
        _ => "<unknown>".to_owned(),
    }
}

/// At most three entries, and how many more there are.
fn at_most_three(entries: &[String], none: &str) -> String {
    const SHOWN: usize = 3;
    if entries.is_empty() {
        return none.to_owned();
    }
    let shown = entries[..entries.len().min(SHOWN)].join(",");
    match entries.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} + {more} more..."),
    }
}

fn endpoint_slice(object: &Value, now: Instant) -> Vec<String> {
    let ports: Vec<String> = list(object, &["ports"])
        .iter()
        .map(|port| match (port.get("port"), text(port, &["name"])) {
            (Some(number), _) => number.scalar_text().unwrap_or_default().to_string(),
            (None, name) if name.is_empty() => "*".to_owned(),
            (None, name) => name,
        })
        .collect();
    let addresses: Vec<String> = list(object, &["endpoints"])
        .iter()
        .flat_map(|endpoint| list(endpoint, &["addresses"]))
        .filter_map(Value::scalar_text)
        .map(|address| address.to_string())
        .collect();
    vec![
        name(object),
        text(object, &["addressType"]),
        at_most_three(&ports, "<unset>"),
        at_most_three(&addresses, "<unset>"),
        age(object, now),
    ]
}

/// The ready addresses of `Endpoints` with their ports.
fn endpoints(object: &Value) -> String {
    let subsets = list(object, &["subsets"]);
    if subsets.is_empty() {
        return "<none>".to_owned();
    }
    let mut shown = Vec::new();
    for subset in subsets {
        let ports = list(subset, &["ports"]);
        let addresses = list(subset, &["addresses"]);
        if ports.is_empty() {
            shown.extend(addresses.iter().map(|address| text(address, &["ip"])));
        }
        for port in ports {
            let number = int(port, &["port"]);
            shown.extend(
                addresses.iter().map(|address| format!("{}:{number}", text(address, &["ip"]))),
            );
        }
    }
    at_most_three(&shown, "")
}

fn node(object: &Value, now: Instant) -> Vec<String> {
    let conditions = list(object, &["status", "conditions"]);
    let ready = conditions.iter().find(|condition| text(condition, &["type"]) == "Ready");
    let mut status = match ready.map(|condition| text(condition, &["status"])) {
        Some(status) if status == "True" => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if object.at(&["spec", "unschedulable"]).and_then(Value::as_bool) == Some(true) {
        status += ",SchedulingDisabled";
    }
    let mut roles: Vec<String> = entries(object.at(&["metadata", "labels"]))
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role.to_owned()),
            None => (key == "kubernetes.io/role").then_some(value),
        })
        .filter(|role| !role.is_empty())
        .collect();
    crate::order::sort_by(&mut roles, Ord::cmp);
    roles.dedup();
    let address = |kind: &str| {
        let found = list(object, &["status", "addresses"])
            .iter()
            .find(|item| text(item, &["type"]) == kind);
        found.map_or_else(|| "<none>".to_owned(), |item| text(item, &["address"]))
    };
    let info = |key| {
        let told = text(object, &["status", "nodeInfo", key]);
        if told.is_empty() { "<unknown>".to_owned() } else { told }
    };
    vec![
        name(object),
        status,
        or_none(&roles.join(",")).to_owned(),
        age(object, now),
        text(object, &["status", "nodeInfo", "kubeletVersion"]),
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage"),
        info("kernelVersion"),
        info("containerRuntimeVersion"),
    ]
}

fn event(object: &Value, now: Instant, wide: bool) -> (Vec<&'static str>, Vec<String>) {
    let first = object.get("firstTimestamp").or_else(|| object.get("eventTime"));
    let last = object
        .at(&["series", "lastObservedTime"])
        .or_else(|| object.get("lastTimestamp"))
        .or(first);
    let series = object.at(&["series", "count"]).or_else(|| object.get("count"));
    let count = series.and_then(Value::as_int).filter(|count| *count > 0).unwrap_or(1);
    let (kind, involved) =
        (text(object, &["involvedObject", "kind"]), text(object, &["involvedObject", "name"]));
    let slash = if involved.is_empty() { "" } else { "/" };
    let source = |key| text(object, &["source", key]);
    let (component, host) = (source("component"), source("host"));
    let comma = if host.is_empty() { "" } else { ", " };
    let about = format!("{}{slash}{involved}", kind.to_ascii_lowercase());
    let message = text(object, &["message"]).trim().to_owned();
    let [type_, reason] = [text(object, &["type"]), text(object, &["reason"])];
    if !wide {
        return (
            titles("Event").map_or(&[][..], |(titles, _)| titles).to_vec(),
            vec![since(last, now), type_, reason, about, message],
        );
    }
    let cells = vec![
        since(last, now),
        type_,
        reason,
        about,
        text(object, &["involvedObject", "fieldPath"]),
        format!("{component}{comma}{host}"),
        message,
        since(first, now),
        count.to_string(),
        name(object),
    ];
    (WIDE_EVENT.to_vec(), cells)
}
