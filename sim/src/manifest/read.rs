//! Untyped data with defaults applied to typed objects.
//!
//! Reading never fails: what validation would refuse becomes the nearest thing that can be held.
//! Status is read only where the API takes it from a file, which is a Node's.

use std::sync::Arc;

use super::object::Object;
use super::{reports, timestamp, uid};
use crate::api::deployment::{DeploymentSpec, DeploymentStatus, Strategy};
use crate::api::node::NodeReady;
use crate::api::pod::PodStatus;
use crate::api::quantity;
use crate::api::replica_set::{ReplicaSetSpec, ReplicaSetStatus};
use crate::api::service::{ServicePort, ServiceSpec, TargetPort};
use crate::api::{
    ConditionStatus, DataObject, Deployment, IntOrPercent, Kind, LabelSelector, Labels, Name, Node,
    ObjectMeta, OwnerReference, Pod, PodSpec, PodTemplateSpec, ReplicaSet, Service, Value,
};
use crate::order;
use crate::time::Instant;

/// The fields of a Service's spec that have a place of their own.
const SERVICE_FIELDS: [&str; 6] =
    ["selector", "ports", "type", "clusterIP", "clusterIPs", "publishNotReadyAddresses"];

/// Reads an object of this kind, which must be one that manifests can hold.
pub(super) fn object(kind: Kind, value: &Value) -> Object {
    match kind {
        Kind::Deployment => deployment(value).into(),
        Kind::ReplicaSet => replica_set(value).into(),
        Kind::Pod => pod(value).into(),
        Kind::Service => service(value).into(),
        Kind::Node => node(value).into(),
        Kind::EndpointSlice => reports::written_slice(value).into(),
        Kind::Event => reports::written_event(value).into(),
        _ => data_object(kind, value).into(),
    }
}

pub(super) fn deployment(value: &Value) -> Deployment {
    let spec = part(value, "spec");
    let strategy = part(spec, "strategy");
    let bounds = part(strategy, "rollingUpdate");
    let strategy = if text(strategy, "type").as_ref() == "Recreate" {
        Strategy::Recreate
    } else {
        Strategy::RollingUpdate {
            max_surge: int_or_percent(bounds.get("maxSurge")),
            max_unavailable: int_or_percent(bounds.get("maxUnavailable")),
        }
    };
    let spec = DeploymentSpec {
        replicas: int(spec, "replicas").unwrap_or(1),
        selector: selector(part(spec, "selector")),
        template: template(part(spec, "template")),
        strategy,
        min_ready_seconds: int(spec, "minReadySeconds").unwrap_or(0),
        revision_history_limit: int(spec, "revisionHistoryLimit"),
        paused: flag(spec, "paused"),
        progress_deadline_seconds: int(spec, "progressDeadlineSeconds"),
    };
    Deployment { meta: meta(value), spec, status: DeploymentStatus::default() }
}

pub(super) fn replica_set(value: &Value) -> ReplicaSet {
    let spec = part(value, "spec");
    let spec = ReplicaSetSpec {
        replicas: int(spec, "replicas").unwrap_or(1),
        min_ready_seconds: int(spec, "minReadySeconds").unwrap_or(0),
        selector: selector(part(spec, "selector")),
        template: template(part(spec, "template")),
    };
    ReplicaSet { meta: meta(value), spec, status: ReplicaSetStatus::default() }
}

pub(super) fn pod(value: &Value) -> Pod {
    let mut spec = part(value, "spec").clone();
    let node_name = text(&spec, "nodeName");
    if let Some(map) = spec.as_map_mut() {
        map.remove("nodeName");
    }
    Pod {
        meta: meta(value),
        spec: Arc::new(PodSpec::from_value(spec)),
        node_name,
        status: PodStatus::default(),
    }
}

pub(super) fn service(value: &Value) -> Service {
    let spec = part(value, "spec");
    let other = spec.as_map().into_iter().flatten();
    let other = other.filter(|(key, _)| !SERVICE_FIELDS.contains(&&***key));
    let mut other = order::map(other.map(|(key, value)| (key.clone(), value.clone())));
    // Ports may have fields the typed port has no place for.
    if list(spec, "ports").any(|port| port.get("nodePort").or(port.get("appProtocol")).is_some()) {
        other.insert("ports".into(), spec.get("ports").cloned().unwrap_or_default());
    }
    let spec = ServiceSpec {
        selector: labels(spec.get("selector")),
        ports: list(spec, "ports").map(service_port).collect(),
        type_: text(spec, "type"),
        cluster_ip: text(spec, "clusterIP"),
        publish_not_ready_addresses: flag(spec, "publishNotReadyAddresses"),
        other,
    };
    Service { meta: meta(value), spec }
}

fn service_port(value: &Value) -> ServicePort {
    let port = |value: Option<&Value>| {
        value.and_then(Value::as_int).and_then(|number| u16::try_from(number).ok()).unwrap_or(0)
    };
    let number = port(value.get("port"));
    let target_port = match value.get("targetPort") {
        Some(Value::String(name)) => TargetPort::Name(name.clone()),
        Some(target) => TargetPort::Number(port(Some(target))),
        None => TargetPort::Number(number),
    };
    ServicePort {
        name: text(value, "name"),
        protocol: text(value, "protocol"),
        port: number,
        target_port,
    }
}

pub(super) fn node(value: &Value) -> Node {
    let status = part(value, "status");
    let allocatable = status.get("allocatable").or_else(|| status.get("capacity"));
    let mut allocatable = quantity::resources(allocatable);
    let pods = allocatable.remove("pods").map_or(110_000, |pods| pods);
    Node {
        meta: meta(value),
        unschedulable: flag(part(value, "spec"), "unschedulable"),
        taints: Node::read_taints(part(value, "spec"), timestamp::parse),
        allocatable,
        max_pods: u32::try_from(pods / 1_000).unwrap_or(0),
        ready: NodeReady { status: ConditionStatus::True, since: Instant::BOOT },
    }
}

pub(super) fn data_object(kind: Kind, value: &Value) -> DataObject {
    let mut body = value.clone();
    if let Some(map) = body.as_map_mut() {
        map.retain(|key, _| !matches!(&**key, "apiVersion" | "kind" | "metadata"));
    }
    DataObject::new(kind, meta(value), body)
}

/// Reads metadata.
pub(super) fn meta(value: &Value) -> ObjectMeta {
    let meta = part(value, "metadata");
    let date = |key| meta.get(key).and_then(Value::as_str).and_then(timestamp::parse);
    ObjectMeta {
        name: text(meta, "name"),
        namespace: text(meta, "namespace"),
        uid: meta.get("uid").and_then(Value::as_str).and_then(uid::parse).unwrap_or_default(),
        resource_version: text(meta, "resourceVersion").parse().unwrap_or(0),
        generation: meta.get("generation").and_then(Value::as_int).unwrap_or(0),
        created_at: date("creationTimestamp").unwrap_or(Instant::BOOT),
        deletion_timestamp: date("deletionTimestamp"),
        deletion_grace_period_seconds: int(meta, "deletionGracePeriodSeconds")
            .and_then(|seconds| u32::try_from(seconds).ok()),
        labels: labels(meta.get("labels")),
        annotations: labels(meta.get("annotations")),
        owner_references: list(meta, "ownerReferences").filter_map(owner).collect(),
        finalizers: list(meta, "finalizers").filter_map(Value::scalar_text).collect(),
        origin: None,
    }
}

fn owner(value: &Value) -> Option<OwnerReference> {
    let kind = text(value, "kind");
    Some(OwnerReference {
        kind: Kind::ALL.into_iter().find(|known| known.as_str() == &*kind)?,
        name: text(value, "name"),
        uid: uid::parse(&text(value, "uid"))?,
        controller: flag(value, "controller"),
    })
}

/// Reads a label selector.
pub(super) fn selector(value: &Value) -> LabelSelector {
    LabelSelector::read(value)
}

fn template(value: &Value) -> PodTemplateSpec {
    let meta = part(value, "metadata");
    PodTemplateSpec {
        labels: labels(meta.get("labels")),
        annotations: labels(meta.get("annotations")),
        spec: Arc::new(PodSpec::from_value(part(value, "spec").clone())),
    }
}

fn int_or_percent(value: Option<&Value>) -> IntOrPercent {
    match value {
        Some(Value::String(text)) => IntOrPercent::Text(text.clone()),
        Some(value) => {
            IntOrPercent::Int(value.as_int().and_then(|n| i32::try_from(n).ok()).unwrap_or(0))
        }
        None => IntOrPercent::Int(0),
    }
}

/// The part of an object under `key`, null when there is none.
pub(super) fn part<'a>(value: &'a Value, key: &str) -> &'a Value {
    const NONE: &Value = &Value::Null;
    value.get(key).unwrap_or(NONE)
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_list).unwrap_or_default().iter()
}

pub(super) fn text(value: &Value, key: &str) -> Name {
    value.get(key).and_then(Value::scalar_text).unwrap_or_default()
}

pub(super) fn int(value: &Value, key: &str) -> Option<i32> {
    value.get(key).and_then(Value::as_int).and_then(|number| i32::try_from(number).ok())
}

pub(super) fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// Reads a map of text.
pub(super) fn labels(value: Option<&Value>) -> Labels {
    let entries = value.and_then(Value::as_map).into_iter().flatten();
    let entry =
        |(key, value): (&Name, &Value)| (key.clone(), value.scalar_text().unwrap_or_default());
    Arc::new(order::map(entries.map(entry)))
}
