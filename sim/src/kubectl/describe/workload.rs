//! Pages of Deployments, `ReplicaSets` and pods.
//!
//! Models: kubectl v1.36 `pkg/describe/describe.go` `describeDeployment`, `describeReplicaSet`,
//! `describePod`.

use super::container::{self, tolerations, volumes};
use super::page::{Page, int, list, or_none, text};
use super::time;
use crate::api::pod::PodPhase;
use crate::api::{Deployment, Pod, ReplicaSet, Value};
use crate::apiserver::ApiServer;
use crate::kubectl::get::{selector_text, since};
use crate::kubectl::rollout::replica_sets;
use crate::time::Instant;

/// The page of a Deployment.
pub(super) fn deployment(page: &mut Page, api: &ApiServer, object: &Deployment, data: &Value) {
    let count = |key| int(data, &["status", key]);
    page.field("Name", &object.meta.name);
    page.field("Namespace", &object.meta.namespace);
    page.field("CreationTimestamp", time(&text(data, &["metadata", "creationTimestamp"])));
    page.labels("Labels", data.at(&["metadata", "labels"]));
    page.annotations("Annotations", data.at(&["metadata", "annotations"]));
    page.field("Selector", selector_text(data.at(&["spec", "selector"])));
    page.field(
        "Replicas",
        format_args!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            int(data, &["spec", "replicas"]),
            count("updatedReplicas"),
            count("replicas"),
            count("availableReplicas"),
            count("unavailableReplicas"),
        ),
    );
    page.told("StrategyType", data, &["spec", "strategy", "type"]);
    page.field("MinReadySeconds", int(data, &["spec", "minReadySeconds"]));
    if let Some(bounds) = data.at(&["spec", "strategy", "rollingUpdate"]) {
        let (unavailable, surge) = (text(bounds, &["maxUnavailable"]), text(bounds, &["maxSurge"]));
        page.field(
            "RollingUpdateStrategy",
            format_args!("{unavailable} max unavailable, {surge} max surge"),
        );
    }
    template(page, data);
    conditions(page, list(data, &["status", "conditions"]));
    let mut sets = replica_sets(api, object);
    crate::order::sort_by_key(&mut sets, |rs| (rs.meta.creation_timestamp(), rs.meta.uid));
    let new = sets.iter().position(|rs| rs.spec.template.equal_ignore_hash(&object.spec.template));
    let new = new.map(|at| sets.remove(at));
    let old: Vec<String> = sets.iter().map(|rs| replica_set_text(rs)).collect();
    page.field("OldReplicaSets", or_none(&old.join(", ")));
    let new = new.map(|rs| replica_set_text(&rs)).unwrap_or_default();
    page.field("NewReplicaSet", or_none(&new));
}

fn replica_set_text(rs: &ReplicaSet) -> String {
    let (name, exist, wanted) = (&rs.meta.name, rs.status.replicas, rs.spec.replicas);
    format!("{name} ({exist}/{wanted} replicas created)")
}

fn template(page: &mut Page, data: &Value) {
    if let Some(template) = data.at(&["spec", "template"]) {
        container::template(page, template);
    }
}

fn conditions(page: &mut Page, conditions: &[Value]) {
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.line(1, "Type\tStatus\tReason");
    page.line(1, "----\t------\t------");
    for condition in conditions {
        let get = |key| text(condition, &[key]);
        page.line(1, format_args!("{} \t{}\t{}", get("type"), get("status"), get("reason")));
    }
}

/// The page of a `ReplicaSet`.
pub(super) fn replica_set(page: &mut Page, api: &ApiServer, object: &ReplicaSet, data: &Value) {
    page.field("Name", &object.meta.name);
    page.field("Namespace", &object.meta.namespace);
    page.field("Selector", selector_text(data.at(&["spec", "selector"])));
    page.labels("Labels", data.at(&["metadata", "labels"]));
    page.annotations("Annotations", data.at(&["metadata", "annotations"]));
    controller(page, data);
    let (current, desired) = (object.status.replicas, object.spec.replicas);
    page.field("Replicas", format_args!("{current} current / {desired} desired"));
    let pods = || {
        let mine =
            api.list::<Pod>().iter().filter(|pod| pod.meta.is_controlled_by(object.meta.uid));
        mine.filter(|pod| object.spec.selector.matches(&pod.meta.labels))
    };
    let count = |phase| pods().filter(|pod| pod.status.phase == phase).count();
    page.field(
        "Pods Status",
        format_args!(
            "{} Running / {} Waiting / {} Succeeded / {} Failed",
            count(PodPhase::Running),
            count(PodPhase::Pending),
            count(PodPhase::Succeeded),
            count(PodPhase::Failed)
        ),
    );
    template(page, data);
    conditions(page, list(data, &["status", "conditions"]));
}

fn controller(page: &mut Page, data: &Value) {
    let is_controller =
        |owner: &&Value| owner.get("controller").and_then(Value::as_bool) == Some(true);
    if let Some(owner) = list(data, &["metadata", "ownerReferences"]).iter().find(is_controller) {
        page.field(
            "Controlled By",
            format_args!("{}/{}", text(owner, &["kind"]), text(owner, &["name"])),
        );
    }
}

/// The page of a pod.
pub(super) fn pod(page: &mut Page, data: &Value, now: Instant) {
    pod_head(page, data);
    pod_status(page, data, now);
    let statuses = |key| list(data, &["status", key]);
    let init = list(data, &["spec", "initContainers"]);
    if !init.is_empty() {
        container::describe(page, "Init Containers", init, statuses("initContainerStatuses"), "");
    }
    let containers = list(data, &["spec", "containers"]);
    container::describe(page, "Containers", containers, statuses("containerStatuses"), "");
    let conditions = statuses("conditions");
    let gates = list(data, &["spec", "readinessGates"]);
    if !gates.is_empty() {
        page.line(0, "Readiness Gates:");
        page.line(1, "Type\tStatus");
    }
    for gate in gates {
        let type_ = text(gate, &["conditionType"]);
        let found = conditions.iter().find(|condition| text(condition, &["type"]) == type_);
        let status = found.map_or_else(|| "<none>".to_owned(), |found| text(found, &["status"]));
        page.line(1, format_args!("{type_} \t{status} "));
    }
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(1, "Type\tStatus");
    }
    for condition in conditions {
        page.line(
            1,
            format_args!("{} \t{} ", text(condition, &["type"]), text(condition, &["status"])),
        );
    }
    volumes(page, list(data, &["spec", "volumes"]), "");
    page.told("QoS Class", data, &["status", "qosClass"]);
    page.labels("Node-Selectors", data.at(&["spec", "nodeSelector"]));
    tolerations(page, "Tolerations", list(data, &["spec", "tolerations"]));
}

fn pod_head(page: &mut Page, data: &Value) {
    page.told("Name", data, &["metadata", "name"]);
    page.told("Namespace", data, &["metadata", "namespace"]);
    if let Some(priority) = data.at(&["spec", "priority"]) {
        page.field("Priority", priority.as_int().unwrap_or(0));
    }
    for &(title, key) in &[
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ] {
        let typed = text(data, &["spec", key]);
        if !typed.is_empty() {
            page.field(title, typed);
        }
    }
    let node = text(data, &["spec", "nodeName"]);
    if node.is_empty() {
        page.field("Node", "<none>");
    } else {
        page.field("Node", format_args!("{node}/{}", text(data, &["status", "hostIP"])));
    }
    let started = text(data, &["status", "startTime"]);
    if !started.is_empty() {
        page.field("Start Time", time(&started));
    }
    page.labels("Labels", data.at(&["metadata", "labels"]));
    page.annotations("Annotations", data.at(&["metadata", "annotations"]));
}

fn pod_status(page: &mut Page, data: &Value, now: Instant) {
    let phase = text(data, &["status", "phase"]);
    let deletion = data.at(&["metadata", "deletionTimestamp"]);
    if deletion.is_some() && !matches!(phase.as_str(), "Failed" | "Succeeded") {
        page.field("Status", format_args!("Terminating (lasts {})", since(deletion, now)));
        let grace = int(data, &["metadata", "deletionGracePeriodSeconds"]);
        page.field("Termination Grace Period", format_args!("{grace}s"));
    } else {
        page.field("Status", phase);
    }
    for &(title, key) in &[("Reason", "reason"), ("Message", "message")] {
        let told = text(data, &["status", key]);
        if !told.is_empty() {
            page.field(title, told);
        }
    }
    page.told("IP", data, &["status", "podIP"]);
    let addresses = list(data, &["status", "podIPs"]);
    page.line(0, if addresses.is_empty() { "IPs:\t<none>" } else { "IPs:" });
    for address in addresses {
        page.line(1, format_args!("IP:\t{}", text(address, &["ip"])));
    }
    controller(page, data);
    let nominated = text(data, &["status", "nominatedNodeName"]);
    if !nominated.is_empty() {
        page.field("NominatedNodeName", nominated);
    }
}
