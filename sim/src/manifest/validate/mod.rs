//! The rules objects must keep, checked on data with defaults applied.
//!
//! Models: the validation of kubernetes v1.36, rule by rule and in its order; the sentences are
//! those of the recorded server. Data is checked rather than typed objects because much of what is
//! wrong cannot be held by a type.

mod affinity;
mod autoscaler;
mod container;
mod data_kinds;
mod deployment;
mod env;
pub(super) mod error;
mod go_diff;
mod ingress;
mod limits;
mod meta;
mod node;
mod path;
mod pod;
mod pod_update;
pub mod probe;
#[cfg(test)]
mod recorded;
mod reports;
mod resources;
mod security;
mod service;
mod volume;
mod warnings;

use error::Errors;
pub use error::{FieldError, FieldErrorKind, Invalid};
use path::Path;
pub use probe::ProbeKind;
pub use warnings::warnings;

use super::{encode, object::Object};
use crate::api::{Kind, Value};

/// The rules an object breaks.
pub fn validate(object: &Object) -> Vec<FieldError> {
    validate_value(object.kind(), &encode(object))
}

/// The rules that data of this kind breaks when it is new. It must have defaults applied.
pub fn validate_value(kind: Kind, object: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    rules(&mut errors, kind, object);
    match kind {
        Kind::Pod => pod::created(&mut errors, object),
        Kind::Ingress => ingress::class(&mut errors, object),
        _ => {}
    }
    once(errors)
}

/// The rules of a kind, be the object new or changed.
fn rules(errors: &mut Errors, kind: Kind, object: &Value) {
    match kind {
        Kind::Deployment => deployment::deployment(errors, object),
        Kind::ReplicaSet => deployment::replica_set(errors, object),
        Kind::Pod => pod::pod(errors, object),
        Kind::Service => service::service(errors, object),
        Kind::Node => node::node(errors, object),
        Kind::EndpointSlice => reports::endpoint_slice(errors, object),
        Kind::Event => reports::event(errors, object),
        _ => data_kinds::validate(errors, kind, object),
    }
}

/// The broken rules, each told once.
fn once(errors: Errors) -> Vec<FieldError> {
    let mut told: Vec<FieldError> = Vec::new();
    for error in errors.0 {
        if !told.contains(&error) {
            told.push(error);
        }
    }
    told
}

/// The rules that changing `old` into `new` breaks.
pub fn validate_update(old: &Object, new: &Object) -> Vec<FieldError> {
    validate_value_update(old, &encode(new))
}

/// As [`validate_update`], for new data with defaults applied.
pub fn validate_value_update(old: &Object, new: &Value) -> Vec<FieldError> {
    let mut errors = Errors(Vec::new());
    let kind = old.kind();
    let (name, old_name) = (text(part(new, "metadata"), "name"), &*old.meta().name);
    if name != old_name {
        errors.invalid_text(&Path::Of("metadata.name"), name, "field is immutable");
    }
    // What must not change is asked first of these kinds.
    if matches!(kind, Kind::Service | Kind::ConfigMap | Kind::Secret) {
        fixed(&mut errors, old, new);
        rules(&mut errors, kind, new);
    } else {
        rules(&mut errors, kind, new);
        fixed(&mut errors, old, new);
    }
    once(errors)
}

/// Checks what must not change.
fn fixed(errors: &mut Errors, old: &Object, new: &Value) {
    let spec = part(new, "spec");
    match old {
        Object::Deployment(old) => deployment::deployment_update(errors, old, new),
        Object::ReplicaSet(old) => {
            let selector = super::read::selector(part(spec, "selector"));
            deployment::selector_update(errors, &old.spec.selector, &selector);
        }
        Object::Pod(_) => pod_update::pod_update(errors, part(&encode(old), "spec"), spec),
        Object::Service(_) => service::service_update(errors, part(&encode(old), "spec"), spec),
        Object::Data(old) => data_kinds::update(errors, old.kind, &old.body, new),
        Object::EndpointSlice(_) => reports::endpoint_slice_update(errors, &encode(old), new),
        Object::Node(_) | Object::Event(_) => {}
    }
}

/// The rules a probe breaks; paths are relative to it.
pub fn validate_probe(probe: &Value, kind: Option<ProbeKind>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    match kind {
        Some(kind) => probe::probe_of_kind(&mut errors, probe, kind, &Path::Of("")),
        None => probe::probe(&mut errors, probe, &Path::Of("")),
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
