//! Typed objects to data: complete objects, as `kubectl get -o json` shows them.
//!
//! Differs: no managed fields. What the simulator does not keep (a container's id, a node's system)
//! is left out or empty.

mod meta;
mod status;

use super::defaults;
use super::object::Object;
use super::{reports, timestamp};
use crate::api::deployment::Strategy;
use crate::api::node::Taint;
use crate::api::quantity::{self, Resources};
use crate::api::service::{ServicePort, TargetPort};
use crate::api::value::map;
use crate::api::{
    DataObject, Deployment, EndpointSlice, Event, IntOrPercent, Kind, Name, Node, ObjectMeta, Pod,
    ReplicaSet, Service, Value,
};
use crate::order;
use meta::{labels, non_empty, put};
pub use meta::{metadata, pod_template, selector};

/// The whole object.
pub fn encode(object: &Object) -> Value {
    match object {
        Object::Deployment(object) => deployment(object),
        Object::ReplicaSet(object) => replica_set(object),
        Object::Pod(object) => pod(object),
        Object::Service(object) => service(object),
        Object::EndpointSlice(object) => reports::as_written(endpoint_slice(object), &object.meta),
        Object::Node(object) => node(object),
        Object::Event(object) => reports::as_written(event(object), &object.meta),
        Object::Data(object) => data(object),
    }
}

/// A Deployment.
pub fn deployment(object: &Deployment) -> Value {
    let spec = &object.spec;
    let mut data = map([
        ("replicas", spec.replicas.into()),
        ("selector", selector(&spec.selector)),
        ("template", pod_template(&spec.template)),
        ("strategy", strategy(&spec.strategy)),
    ]);
    put(&mut data, "minReadySeconds", non_zero(spec.min_ready_seconds));
    put(&mut data, "revisionHistoryLimit", spec.revision_history_limit.map(Value::from));
    put(&mut data, "progressDeadlineSeconds", spec.progress_deadline_seconds.map(Value::from));
    put(&mut data, "paused", spec.paused.then_some(Value::Bool(true)));
    whole(Kind::Deployment, &object.meta, [("spec", data), ("status", status::deployment(object))])
}

/// A `ReplicaSet`.
pub fn replica_set(object: &ReplicaSet) -> Value {
    let spec = &object.spec;
    let mut data = map([
        ("replicas", spec.replicas.into()),
        ("selector", selector(&spec.selector)),
        ("template", pod_template(&spec.template)),
    ]);
    put(&mut data, "minReadySeconds", non_zero(spec.min_ready_seconds));
    let status = status::replica_set(object);
    whole(Kind::ReplicaSet, &object.meta, [("spec", data), ("status", status)])
}

/// A Pod. What a cluster adds to every pod it creates is added here, so that pods can share the
/// spec of the template they come from.
pub fn pod(object: &Pod) -> Value {
    let mut spec = object.spec.raw().clone();
    defaults::created_pod_spec(&mut spec);
    put(&mut spec, "nodeName", non_empty(&object.node_name));
    let mut data =
        whole(Kind::Pod, &object.meta, [("spec", spec), ("status", status::pod(object))]);
    if let Some(owner) = object.meta.controller() {
        *data.entry("metadata").entry("generateName") = format!("{}-", owner.name).into();
    }
    data
}

/// A Service.
pub fn service(object: &Service) -> Value {
    let spec = &object.spec;
    let mut data = Value::Map(spec.other.clone());
    let typed = data.get("ports").and_then(Value::as_list).unwrap_or_default().to_vec();
    let port = |(index, port): (usize, &ServicePort)| service_port(port, typed.get(index));
    let ports: Vec<Value> = spec.ports.iter().enumerate().map(port).collect();
    put(&mut data, "ports", (!ports.is_empty()).then_some(Value::List(ports)));
    put(&mut data, "selector", labels(&spec.selector));
    put(&mut data, "type", non_empty(&spec.type_));
    put(&mut data, "clusterIP", non_empty(&spec.cluster_ip));
    let addresses = non_empty(&spec.cluster_ip).map(|address| vec![address].into());
    put(&mut data, "clusterIPs", addresses);
    let always = spec.publish_not_ready_addresses.then_some(Value::Bool(true));
    put(&mut data, "publishNotReadyAddresses", always);
    let status = map([("loadBalancer", Value::map())]);
    whole(Kind::Service, &object.meta, [("spec", data), ("status", status)])
}

/// One port; `typed` holds the fields the typed port has no place for.
fn service_port(port: &ServicePort, typed: Option<&Value>) -> Value {
    let mut data = typed.cloned().unwrap_or_else(Value::map);
    put(&mut data, "name", non_empty(&port.name));
    put(&mut data, "protocol", non_empty(&port.protocol));
    put(&mut data, "port", Some(u32::from(port.port).into()));
    let target = match &port.target_port {
        TargetPort::Number(number) => u32::from(*number).into(),
        TargetPort::Name(name) => name.into(),
    };
    put(&mut data, "targetPort", Some(target));
    data
}

/// A Node.
pub fn node(object: &Node) -> Value {
    let mut spec = Value::map();
    put(&mut spec, "unschedulable", object.unschedulable.then_some(Value::Bool(true)));
    let taints: Vec<Value> = object.taints.iter().map(taint).collect();
    put(&mut spec, "taints", (!taints.is_empty()).then_some(Value::List(taints)));
    let mut resources = resources(&object.allocatable);
    put(&mut resources, "pods", Some(object.max_pods.to_string().into()));
    let status = map([("capacity", resources.clone()), ("allocatable", resources)]);
    whole(Kind::Node, &object.meta, [("spec", spec), ("status", status)])
}

fn taint(taint: &Taint) -> Value {
    let mut data = map([("effect", taint.effect.as_str().into()), ("key", (&taint.key).into())]);
    put(&mut data, "value", non_empty(&taint.value));
    put(&mut data, "timeAdded", taint.time_added.map(|at| timestamp::format(at).into()));
    data
}

/// An `EndpointSlice`.
pub fn endpoint_slice(object: &EndpointSlice) -> Value {
    let namespace = &object.meta.namespace;
    let endpoints = object.endpoints.iter().map(|endpoint| {
        let conditions = map([
            ("ready", endpoint.ready.into()),
            ("serving", endpoint.serving.into()),
            ("terminating", endpoint.terminating.into()),
        ]);
        let target = map([
            ("kind", "Pod".into()),
            ("namespace", namespace.into()),
            ("name", (&endpoint.pod_name).into()),
            ("uid", endpoint.pod_uid.to_string().into()),
        ]);
        let mut data = map([
            ("addresses", vec![endpoint.address.to_string().into()].into()),
            ("conditions", conditions),
            ("targetRef", target),
        ]);
        put(&mut data, "nodeName", non_empty(&endpoint.node_name));
        data
    });
    let ports = object.ports.iter().map(|port| {
        let mut data = map([("name", (&port.name).into()), ("protocol", (&port.protocol).into())]);
        put(&mut data, "port", port.port.map(|number| u32::from(number).into()));
        data
    });
    let or_null = |items: Vec<Value>| {
        if items.is_empty() { Value::Null } else { items.into() }
    };
    whole(
        Kind::EndpointSlice,
        &object.meta,
        [
            ("addressType", "IPv4".into()),
            ("endpoints", or_null(endpoints.collect())),
            ("ports", or_null(ports.collect())),
        ],
    )
}

/// An Event.
pub fn event(object: &Event) -> Value {
    let involved = &object.involved_object;
    let mut about =
        map([("name", (&involved.name).into()), ("uid", involved.uid.to_string().into())]);
    if let Some(kind) = involved.kind {
        *about.entry("apiVersion") = kind.api_version().into();
        *about.entry("kind") = kind.as_str().into();
    }
    let namespace = non_empty(&object.meta.namespace);
    put(
        &mut about,
        "namespace",
        namespace.filter(|_| involved.kind.is_some_and(Kind::is_namespaced)),
    );
    let component = &*object.source;
    whole(
        Kind::Event,
        &object.meta,
        [
            ("involvedObject", about),
            ("reason", (&*object.reason).into()),
            ("message", (&object.message).into()),
            ("source", map([("component", component.into())])),
            ("firstTimestamp", timestamp::format(object.first_timestamp).into()),
            ("lastTimestamp", timestamp::format(object.last_timestamp).into()),
            ("count", object.count.into()),
            ("type", object.type_.as_str().into()),
            ("eventTime", Value::Null),
            ("reportingComponent", component.into()),
            ("reportingInstance", "".into()),
        ],
    )
}

/// An object of a kind that is kept as data.
pub fn data(object: &DataObject) -> Value {
    let mut data = Value::clone(&object.body);
    *data.entry("apiVersion") = object.kind.api_version().into();
    *data.entry("kind") = object.kind.as_str().into();
    *data.entry("metadata") = metadata(&object.meta);
    data
}

/// An object's data from its metadata and its further parts.
fn whole<const N: usize>(kind: Kind, meta: &ObjectMeta, parts: [(&str, Value); N]) -> Value {
    let mut data = map(parts);
    *data.entry("apiVersion") = kind.api_version().into();
    *data.entry("kind") = kind.as_str().into();
    *data.entry("metadata") = metadata(meta);
    data
}

fn strategy(strategy: &Strategy) -> Value {
    let bound = |bound: &IntOrPercent| match bound {
        IntOrPercent::Int(number) => (*number).into(),
        IntOrPercent::Text(text) => text.into(),
    };
    match strategy {
        Strategy::Recreate => map([("type", "Recreate".into())]),
        Strategy::RollingUpdate { max_surge, max_unavailable } => {
            let bounds =
                map([("maxSurge", bound(max_surge)), ("maxUnavailable", bound(max_unavailable))]);
            map([("type", "RollingUpdate".into()), ("rollingUpdate", bounds)])
        }
    }
}

/// Amounts of resources, as quantities.
pub fn resources(amounts: &Resources) -> Value {
    let quantity =
        |(name, milli): (&Name, &i64)| (name.clone(), quantity::text(*milli, true).into());
    Value::Map(order::map(amounts.iter().map(quantity)))
}

fn non_zero(number: i32) -> Option<Value> {
    (number != 0).then(|| number.into())
}
