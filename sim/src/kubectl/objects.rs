//! Objects of any kind, found by name or listed, and their data as the API shows them.

use std::sync::Arc;

use super::error::Refusal;
use super::facts;
use crate::api::kind::Typed;
use crate::api::{Deployment, EndpointSlice, Event, Kind, Node, Pod, ReplicaSet, Service, Value};
use crate::apiserver::{AnyObject, ApiError, ApiServer, Stored, Table};
use crate::manifest::{encode, reports, stored};

/// The object of this kind and name.
///
/// # Errors
/// There is none.
pub(crate) fn find(
    api: &ApiServer,
    kind: Kind,
    namespace: &str,
    name: &str,
) -> Result<AnyObject, Refusal> {
    fn get<T: Stored + Typed>(api: &ApiServer, namespace: &str, name: &str) -> Option<AnyObject> {
        api.get::<T>(namespace, name).ok().cloned().map(T::any)
    }
    let namespace = if kind.is_namespaced() { namespace } else { "" };
    let found = match kind {
        Kind::Deployment => get::<Deployment>(api, namespace, name),
        Kind::ReplicaSet => get::<ReplicaSet>(api, namespace, name),
        Kind::Pod => get::<Pod>(api, namespace, name),
        Kind::Service => get::<Service>(api, namespace, name),
        Kind::EndpointSlice => get::<EndpointSlice>(api, namespace, name),
        Kind::Node => get::<Node>(api, namespace, name),
        Kind::Event => get::<Event>(api, namespace, name),
        _ => api.data(kind).get(namespace, name).cloned().map(AnyObject::Data),
    };
    found.ok_or_else(|| ApiError::not_found(kind, name).into())
}

/// All objects of a kind by namespace and name, those of one namespace if one is given.
pub(crate) fn list(api: &ApiServer, kind: Kind, namespace: Option<&str>) -> Vec<AnyObject> {
    fn all<T: Stored + Typed>(api: &ApiServer, namespace: Option<&str>) -> Vec<AnyObject> {
        listed(api.list::<T>(), namespace)
    }
    fn listed<T: Stored>(table: &Table<T>, namespace: Option<&str>) -> Vec<AnyObject> {
        table
            .by_name()
            .filter(|object| namespace.is_none_or(|name| &*object.meta().namespace == name))
            .map(|object| T::any(Arc::clone(object)))
            .collect()
    }
    let namespace = namespace.filter(|_| kind.is_namespaced());
    match kind {
        Kind::Deployment => all::<Deployment>(api, namespace),
        Kind::ReplicaSet => all::<ReplicaSet>(api, namespace),
        Kind::Pod => all::<Pod>(api, namespace),
        Kind::Service => all::<Service>(api, namespace),
        Kind::EndpointSlice => all::<EndpointSlice>(api, namespace),
        Kind::Node => all::<Node>(api, namespace),
        Kind::Event => all::<Event>(api, namespace),
        _ => listed(api.data(kind), namespace),
    }
}

/// The object's data as `-o json` shows it.
pub(crate) fn data(object: &AnyObject) -> Value {
    let meta = object.meta();
    let Some(origin) = &meta.origin else {
        return made(object);
    };
    let stored_as = origin.at(&["metadata", "resourceVersion"]).and_then(Value::scalar_text);
    if stored_as.is_some_and(|version| *version == *meta.resource_version.to_string()) {
        return Value::clone(origin);
    }
    let now = made(object);
    if reports::is_written(origin) {
        let mut whole = Value::clone(origin);
        *whole.entry("metadata") = now.get("metadata").cloned().unwrap_or_default();
        let before = stored::object(object.kind(), &whole, &reports::own_uid);
        return stored::overlaid(&whole, &made(&before), &now);
    }
    let before = stored::object(object.kind(), origin, &|_| meta.uid);
    let mut data = stored::overlaid(origin, &made(&before), &now);
    if let Some(uid) = origin.at(&["metadata", "uid"]) {
        *data.entry("metadata").entry("uid") = uid.clone();
    }
    data
}

fn made(object: &AnyObject) -> Value {
    match object {
        AnyObject::Deployment(object) => encode::deployment(object),
        AnyObject::ReplicaSet(object) => encode::replica_set(object),
        AnyObject::Pod(object) => {
            let mut data = encode::pod(object);
            facts::of_pod(&mut data, object);
            data
        }
        AnyObject::Service(object) => encode::service(object),
        AnyObject::EndpointSlice(object) => encode::endpoint_slice(object),
        AnyObject::Node(object) => {
            let mut data = encode::node(object);
            facts::of_node(&mut data, object);
            data
        }
        AnyObject::Event(object) => encode::event(object),
        AnyObject::Data(object) => encode::data(object),
    }
}

/// `deployment.apps/web`.
pub(crate) fn reference(object: &AnyObject) -> String {
    format!("{}/{}", object.kind().singular_dot_group(), object.meta().name)
}
