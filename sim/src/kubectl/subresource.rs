//! The subresources `scale` and `status`: what they show of an object, and what writing them changes.
//!
//! Models: kubernetes v1.36 `pkg/registry/apps/deployment/storage/storage.go` `ScaleREST`, and the
//! status strategies next to it.

use super::error::Refusal;
use super::get;
use super::objects;
use super::server::{self, Sent, Written};
use crate::api::value::map;
use crate::api::{DataObject, Deployment, Kind, Node, ObjectMeta, Pod, ReplicaSet, Value};
use crate::apiserver::AnyObject;
use crate::cluster::Cluster;
use crate::manifest::stored;
use crate::manifest::validate::validate_status;

/// Whether objects of a kind have a size.
pub(super) const fn has_scale(kind: Kind) -> bool {
    matches!(kind, Kind::Deployment | Kind::ReplicaSet)
}

/// Whether the status of a kind is written apart from the rest.
pub(super) const fn has_status(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::EndpointSlice
            | Kind::Event
            | Kind::ConfigMap
            | Kind::Secret
            | Kind::LimitRange
            | Kind::PriorityClass
    )
}

/// The size of a workload.
pub(super) fn scale_of(data: &Value) -> Value {
    let at = |path: &[&str]| data.at(path).cloned().unwrap_or_default();
    let number = |path: &[&str]| match at(path) {
        Value::Null => Value::Int(0),
        number => number,
    };
    let mut meta = Value::map();
    for &key in &["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        *meta.entry(key) = at(&["metadata", key]);
    }
    let selector = get::selector_text(data.at(&["spec", "selector"]));
    map([
        ("kind", "Scale".into()),
        ("apiVersion", "autoscaling/v1".into()),
        ("metadata", meta),
        ("spec", map([("replicas", number(&["spec", "replicas"]))])),
        (
            "status",
            map([("replicas", number(&["status", "replicas"])), ("selector", selector.into())]),
        ),
    ])
}

/// Writes the size that a Scale asks for.
///
/// # Errors
/// The API server's refusal, which is about the Scale.
pub(super) fn write_scale(
    cluster: &mut Cluster,
    object: &AnyObject,
    scale: &Value,
) -> Result<Written, Refusal> {
    let replicas = scale.at(&["spec", "replicas"]).and_then(Value::as_int).unwrap_or(0);
    if replicas < 0 {
        return Err(Refusal::Other(
            "Invalid",
            format!(
                "Scale.autoscaling {:?} is invalid: spec.replicas: Invalid value: {replicas}: must \
                 be greater than or equal to 0",
                &*object.meta().name
            ),
        ));
    }
    let mut data = objects::data(object);
    *data.entry("spec").entry("replicas") = Value::Int(replicas);
    server::update(cluster, object, &data, Sent::Whole)
}

/// Writes the status that data has; nothing else of the object changes.
///
/// # Errors
/// The API server's refusal.
pub(super) fn write_status(
    cluster: &mut Cluster,
    object: &AnyObject,
    data: &Value,
) -> Result<AnyObject, Refusal> {
    let kind = object.kind();
    let nothing = Value::Null;
    let errors = validate_status(kind, data.get("status").unwrap_or(&nothing));
    if !errors.is_empty() {
        let causes = errors.iter().map(ToString::to_string).collect();
        return Err(Refusal::Invalid { kind, name: object.meta().name.to_string(), causes });
    }
    let before = objects::data(object);
    let status = data.get("status").cloned().unwrap_or_default();
    if before.get("status").cloned().unwrap_or_default() == status {
        return Ok(object.clone());
    }
    let mut wanted = before;
    *wanted.entry("status") = status.clone();
    let uid = object.meta().uid;
    let new = stored::object(kind, &wanted, &|_| uid);
    // What the typed status has no field for is kept where the data came from.
    let meta = |old: &ObjectMeta| ObjectMeta { origin: new.meta().origin.clone(), ..old.clone() };
    let api = cluster.api_mut();
    Ok(match (object, &new) {
        (AnyObject::Deployment(old), AnyObject::Deployment(new)) => {
            let status = new.status.clone();
            AnyObject::Deployment(api.update(Deployment {
                meta: meta(&old.meta),
                status,
                ..Deployment::clone(old)
            })?)
        }
        (AnyObject::ReplicaSet(old), AnyObject::ReplicaSet(new)) => {
            let status = new.status.clone();
            AnyObject::ReplicaSet(api.update(ReplicaSet {
                meta: meta(&old.meta),
                status,
                ..ReplicaSet::clone(old)
            })?)
        }
        (AnyObject::Pod(old), AnyObject::Pod(new)) => {
            let status = new.status.clone();
            AnyObject::Pod(api.update(Pod { meta: meta(&old.meta), status, ..Pod::clone(old) })?)
        }
        (AnyObject::Node(old), AnyObject::Node(new)) => {
            let Node { allocatable, ready, .. } = Node::clone(new);
            let meta = meta(&old.meta);
            AnyObject::Node(api.update(Node { meta, allocatable, ready, ..Node::clone(old) })?)
        }
        (AnyObject::Data(old), _) => {
            let mut changed = DataObject::clone(old);
            changed.set_status(status);
            AnyObject::Data(api.update(changed)?)
        }
        _ => object.clone(),
    })
}
