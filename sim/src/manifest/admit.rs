//! Data to an object that a cluster would take, new or in place of an old one.

use std::fmt;
use std::sync::Arc;

use super::decode::{self, DecodeError};
use super::object::Object;
use super::validate::{self, Invalid};
use super::{defaults, read};
use crate::api::{Kind, Name, Value};

/// Why a cluster would not take an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestError {
    /// It is no object, or its fields do not exist or fit.
    Decode(DecodeError),
    /// It breaks rules.
    Invalid(Invalid),
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::Invalid(error) => error.fmt(f),
        }
    }
}

impl From<DecodeError> for ManifestError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

/// Reads an object strictly, fills in defaults and checks every rule: all that stands between a
/// document and the store.
///
/// # Errors
/// Data that is no object of a simulated kind, does not fit its fields, or breaks rules.
pub fn decode_defaulted(value: &Value) -> Result<Object, ManifestError> {
    let (kind, value) = decode::defaulted(value)?;
    checked(kind, &value, validate::validate_value(kind, &value))
}

/// Reads the object that shall take the place of `old`: as [`decode_defaulted`], and nothing may
/// change that must not. What the server owns (status, uid, times, a Service's address) is kept
/// from `old`; the resource version is the one typed, 0 when there is none.
///
/// # Errors
/// As [`decode_defaulted`], and changes of what is immutable.
pub fn decode_update(old: &Object, value: &Value) -> Result<Object, ManifestError> {
    let (kind, mut value) = decode::defaulted(value)?;
    if let Object::Service(service) = old {
        let spec = value.entry("spec");
        if spec.get("clusterIP").is_none() && !service.spec.cluster_ip.is_empty() {
            *spec.entry("clusterIP") = (&service.spec.cluster_ip).into();
        }
    }
    let mut errors = validate::validate_value_update(old, &value);
    if kind != old.kind() {
        errors = validate::validate_value(kind, &value);
    }
    let mut new = checked(kind, &value, errors)?;
    keep_what_the_server_owns(old, &mut new);
    Ok(new)
}

fn checked(
    kind: Kind,
    value: &Value,
    errors: Vec<validate::FieldError>,
) -> Result<Object, ManifestError> {
    if errors.is_empty() {
        return Ok(read::object(kind, value));
    }
    let name = value.at(&["metadata", "name"]).and_then(Value::as_name);
    let name: Name = name.cloned().unwrap_or_default();
    Err(ManifestError::Invalid(Invalid { kind, name, errors }))
}

fn keep_what_the_server_owns(old: &Object, new: &mut Object) {
    let (from, to) = (old.meta(), new.meta_mut());
    to.uid = from.uid;
    to.created_at = from.created_at;
    to.generation = from.generation;
    to.deletion_timestamp = from.deletion_timestamp;
    to.deletion_grace_period_seconds = from.deletion_grace_period_seconds;
    if to.namespace.is_empty() {
        to.namespace = from.namespace.clone();
    }
    match (old, new) {
        (Object::Deployment(old), Object::Deployment(new)) => new.status = old.status.clone(),
        (Object::ReplicaSet(old), Object::ReplicaSet(new)) => new.status = old.status.clone(),
        (Object::Pod(old), Object::Pod(new)) => {
            new.status = old.status.clone();
            new.node_name = old.node_name.clone();
            // A pod made from a template shares its spec as long as they are the same.
            let mut spec = old.spec.raw().clone();
            defaults::created_pod_spec(&mut spec);
            if spec == *new.spec.raw() {
                new.spec = Arc::clone(&old.spec);
            }
        }
        _ => {}
    }
}
