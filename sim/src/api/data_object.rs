//! Objects kept as data: kinds the simulator has no type of its own for.
//!
//! A `ConfigMap`, a quota or an autoscaler is read rarely and acted on in few places, so it is kept
//! as it was typed, defaults applied, with the few questions about it asked where it is used. That
//! makes a new kind one row of [`Kind`]'s table.

use std::sync::Arc;

use super::{Kind, ObjectMeta, Value};

/// An object of a kind that is kept as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataObject {
    /// Metadata.
    pub meta: ObjectMeta,
    /// The kind, one for which [`Kind::is_data`] holds.
    pub kind: Kind,
    /// Everything but `apiVersion`, `kind` and `metadata`: `spec`, `data`, `status`…
    pub body: Arc<Value>,
}

impl DataObject {
    /// An object with this body.
    pub fn new(kind: Kind, meta: ObjectMeta, body: Value) -> Self {
        Self { meta, kind, body: Arc::new(body) }
    }

    /// The part of the body at a path of keys, null when there is none.
    pub fn at(&self, path: &[&str]) -> &Value {
        const NONE: &Value = &Value::Null;
        self.body.at(path).unwrap_or(NONE)
    }

    /// Sets `status`.
    pub fn set_status(&mut self, status: Value) {
        *Arc::make_mut(&mut self.body).entry("status") = status;
    }
}
