//! The page of a node: its taints, its state, and what its pods take.
//!
//! Models: kubectl v1.36 `pkg/describe/describe.go` `describeNode`. Leaves out: the lease, and parts
//! of the system information that the simulator has not.

use super::page::{Page, entries, list, text};
use super::time;
use crate::api::quantity::{self, Resources};
use crate::api::{Node, Pod, Value};
use crate::apiserver::ApiServer;
use crate::kubectl::get::since;
use crate::manifest::timestamp;
use crate::time::Instant;

/// Writes the page of a node.
pub(super) fn describe(page: &mut Page, api: &ApiServer, node: &Node, data: &Value, now: Instant) {
    page.field("Name", &node.meta.name);
    page.field("Roles", "<none>");
    page.labels("Labels", data.at(&["metadata", "labels"]));
    page.annotations("Annotations", data.at(&["metadata", "annotations"]));
    page.field("CreationTimestamp", time(&text(data, &["metadata", "creationTimestamp"])));
    let taints: Vec<String> = node
        .taints
        .iter()
        .map(|taint| {
            let equals = if taint.value.is_empty() { "" } else { "=" };
            format!("{}{equals}{}:{}", taint.key, taint.value, taint.effect.as_str())
        })
        .collect();
    page.list("Taints", &taints);
    page.field("Unschedulable", node.unschedulable);
    page.align();
    conditions(page, data);
    let mut facts = Page::default();
    facts.line(0, "Addresses:");
    for address in list(data, &["status", "addresses"]) {
        facts.line(
            1,
            format_args!("{}:\t{}", text(address, &["type"]), text(address, &["address"])),
        );
    }
    for &(title, key) in &[("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        facts.line(0, format_args!("{title}:"));
        for (resource, amount) in entries(data.at(&["status", key])) {
            facts.line(1, format_args!("{resource}:\t{amount}"));
        }
    }
    facts.line(0, "System Info:");
    for &(title, key) in &[
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        facts.line(1, format_args!("{title}:\t{}", text(data, &["status", "nodeInfo", key])));
    }
    facts.align();
    page.text.push_str(&facts.text);
    let pods: Vec<&Pod> = api
        .list::<Pod>()
        .by_name()
        .map(AsRef::as_ref)
        .filter(|pod| pod.node_name == node.meta.name && !pod.status.phase.is_terminal())
        .collect();
    self::pods(page, node, &pods, now);
    allocated(page, node, &pods);
}

fn conditions(page: &mut Page, data: &Value) {
    let mut part = Page::default();
    part.line(0, "Conditions:");
    part.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
    part.line(1, "----\t------\t------------------\t------\t-------");
    for condition in list(data, &["status", "conditions"]) {
        let cell = |key: &str| text(condition, &[key]);
        let since = time(&cell("lastTransitionTime"));
        let row = [cell("type"), cell("status"), since, cell("reason"), cell("message")];
        part.line(1, row.join("\t"));
    }
    part.align();
    page.text.push_str(&part.text);
}

/// An amount and its share of what the node has: `200m (1%)`.
fn shared(resource: &str, amount: i64, node: &Node) -> String {
    let whole = node.allocatable.get(resource).copied().unwrap_or(0);
    let share = if whole > 0 { i128::from(amount) * 100 / i128::from(whole) } else { 0 };
    format!("{} ({share}%)", shown(resource, amount))
}

fn shown(resource: &str, amount: i64) -> String {
    quantity::text(amount, resource != "cpu" && !resource.contains('/'))
}

fn limits(pod: &Pod) -> Resources {
    let mut sum = Resources::new();
    let containers = pod.spec.raw().get("containers").and_then(Value::as_list);
    for container in containers.unwrap_or_default() {
        for (name, amount) in quantity::resources(container.at(&["resources", "limits"])) {
            *sum.entry(name).or_default() += amount;
        }
    }
    sum
}

fn pods(page: &mut Page, node: &Node, pods: &[&Pod], now: Instant) {
    let mut part = Page::default();
    part.line(0, format_args!("Non-terminated Pods:\t({} in total)", pods.len()));
    part.line(
        1,
        "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge",
    );
    part.line(
        1,
        "---------\t----\t\t------------\t----------\t---------------\t-------------\t---",
    );
    for pod in pods {
        let limits = limits(pod);
        let amount = |from: &Resources, resource: &str| {
            shared(resource, from.get(resource).copied().unwrap_or(0), node)
        };
        let created = Value::from(timestamp::format(pod.meta.created_at));
        let row = [
            pod.meta.namespace.to_string(),
            pod.meta.name.to_string(),
            String::new(),
            amount(&pod.spec.requests, "cpu"),
            amount(&limits, "cpu"),
            amount(&pod.spec.requests, "memory"),
            amount(&limits, "memory"),
            since(Some(&created), now),
        ];
        part.line(1, row.join("\t"));
    }
    part.align();
    page.text.push_str(&part.text);
}

fn allocated(page: &mut Page, node: &Node, pods: &[&Pod]) {
    let (mut requests, mut limited) = (Resources::new(), Resources::new());
    for pod in pods {
        for (name, amount) in &pod.spec.requests {
            *requests.entry(name.clone()).or_default() += amount;
        }
        for (name, amount) in limits(pod) {
            *limited.entry(name).or_default() += amount;
        }
    }
    page.line(0, "Allocated resources:");
    page.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    let mut part = Page::default();
    part.line(1, "Resource\tRequests\tLimits");
    part.line(1, "--------\t--------\t------");
    let native = ["cpu", "memory", "ephemeral-storage"];
    let extended = node.allocatable.keys().map(AsRef::as_ref);
    for resource in native.into_iter().chain(extended.filter(|name| !native.contains(name))) {
        let of = |from: &Resources| from.get(resource).copied().unwrap_or(0);
        let cell = |from: &Resources| {
            if native.contains(&resource) {
                shared(resource, of(from), node)
            } else {
                shown(resource, of(from))
            }
        };
        part.line(1, format_args!("{resource}\t{}\t{}", cell(&requests), cell(&limited)));
    }
    part.align();
    page.text.push_str(&part.text);
}
