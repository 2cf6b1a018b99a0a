//! The rules objects must keep, checked on data with defaults applied.
//!
//! Models: the validation of kubernetes v1.36, rule by rule and in its order; the sentences are
//! those of the recorded server. Data is checked rather than typed objects because much of what is
//! wrong cannot be held by a type.

mod affinity;
mod container;
mod data_kinds;
mod deployment;
mod env;
pub(super) mod error;
mod meta;
mod node;
mod pod;
pub mod probe;
#[cfg(test)]
mod recorded;
mod reports;
mod resources;
mod security;
mod service;
mod volume;

use error::{Errors, quote};
pub use error::{FieldError, FieldErrorKind, Invalid};
pub use probe::ProbeKind;

use super::{defaults, encode, object::Object};
use crate::api::{Kind, Value};

/// The rules an object breaks.
pub fn validate(object: &Object) -> Vec<FieldError> {
    validate_value(object.kind(), &encode(object))
}

/// The rules that data of this kind breaks. It must have defaults applied.
pub fn validate_value(kind: Kind, object: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    match kind {
        Kind::Deployment => deployment::deployment(&mut errors, object),
        Kind::ReplicaSet => deployment::replica_set(&mut errors, object),
        Kind::Pod => pod::pod(&mut errors, object),
        Kind::Service => service::service(&mut errors, object),
        Kind::Node => node::node(&mut errors, object),
        Kind::EndpointSlice => reports::endpoint_slice(&mut errors, object),
        Kind::Event => reports::event(&mut errors, object),
        _ => data_kinds::validate(&mut errors, kind, object),
    }
    errors.0
}

/// The rules that changing `old` into `new` breaks: those of `new` first, then what must not
/// change.
pub fn validate_update(old: &Object, new: &Object) -> Vec<FieldError> {
    validate_value_update(old, &encode(new))
}

/// As [`validate_update`], for new data with defaults applied.
pub fn validate_value_update(old: &Object, new: &Value) -> Vec<FieldError> {
    let mut errors = Errors(Vec::new());
    let (name, old_name) = (text(part(new, "metadata"), "name"), &*old.meta().name);
    if name != old_name {
        errors.invalid("metadata.name", quote(name), "field is immutable");
    }
    errors.0.extend(validate_value(old.kind(), new));
    match old {
        Object::Deployment(old) => deployment::deployment_update(&mut errors, old, new),
        Object::ReplicaSet(old) => {
            let selector = super::read::selector(part(part(new, "spec"), "selector"));
            deployment::selector_update(&mut errors, &old.spec.selector, &selector);
        }
        Object::Pod(old) => {
            let mut spec = old.spec.raw().clone();
            defaults::created_pod_spec(&mut spec);
            pod::pod_update(&mut errors, &spec, part(new, "spec"));
        }
        Object::Service(old) => service::service_update(&mut errors, old, new),
        Object::Data(old) => data_kinds::update(&mut errors, old.kind, &old.body, new),
        Object::EndpointSlice(_) => reports::endpoint_slice_update(&mut errors, &encode(old), new),
        Object::Node(_) | Object::Event(_) => {}
    }
    errors.0
}

/// What the API server takes but warns of, each with its path: ports and variables set twice.
pub fn warnings(kind: Kind, object: &Value) -> Vec<(String, String)> {
    let spec = part(object, "spec");
    match kind {
        Kind::Deployment | Kind::ReplicaSet => {
            let spec = part(part(spec, "template"), "spec");
            container::warnings(spec, "spec.template.spec")
        }
        Kind::Pod => container::warnings(spec, "spec"),
        _ => Vec::new(),
    }
}

/// The rules a probe breaks; paths are relative to it.
pub fn validate_probe(probe: &Value, kind: Option<ProbeKind>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    match kind {
        Some(kind) => probe::probe_of_kind(&mut errors, probe, kind, ""),
        None => probe::probe(&mut errors, probe, ""),
    }
    errors.0
}

/// The rules a Deployment's status breaks.
pub fn validate_deployment_status(status: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    deployment::deployment_status(&mut errors, status);
    errors.0
}

/// The rules that the status of an object breaks.
pub fn validate_status(kind: Kind, status: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    match kind {
        Kind::Deployment => deployment::deployment_status(&mut errors, status),
        Kind::ReplicaSet => deployment::replica_set_status(&mut errors, status),
        _ => {}
    }
    errors.0
}

/// The rules a change of `status.collisionCount` breaks: it never falls.
pub fn validate_collision_count(old: Option<i64>, new: Option<i64>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    deployment::collision_count(&mut errors, old, new);
    errors.0
}

/// The part of an object under `key`, null when there is none.
fn part<'a>(object: &'a Value, key: &str) -> &'a Value {
    const NONE: &Value = &Value::Null;
    object.get(key).unwrap_or(NONE)
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or("")
}

fn int(object: &Value, key: &str) -> Option<i64> {
    object.get(key).and_then(Value::as_int)
}

fn items<'a>(object: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    object.get(key).and_then(Value::as_list).unwrap_or_default().iter()
}
