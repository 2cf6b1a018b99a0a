//! Metadata, templates and selectors as data.

use crate::api::selector::Requirement;
use crate::api::value::map;
use crate::api::{LabelSelector, Labels, Name, ObjectMeta, OwnerReference, PodTemplateSpec, Value};
use crate::manifest::timestamp;
use crate::order;

/// Metadata.
pub fn metadata(meta: &ObjectMeta) -> Value {
    let mut data = map([
        ("name", (&meta.name).into()),
        ("uid", meta.uid.to_string().into()),
        ("creationTimestamp", timestamp::format(meta.created_at).into()),
    ]);
    put(&mut data, "namespace", non_empty(&meta.namespace));
    let version = (meta.resource_version > 0).then(|| meta.resource_version.to_string().into());
    put(&mut data, "resourceVersion", version);
    put(&mut data, "generation", (meta.generation > 0).then_some(Value::Int(meta.generation)));
    let deletion = meta.deletion_timestamp.map(|at| timestamp::format(at).into());
    put(&mut data, "deletionTimestamp", deletion);
    let grace = meta.deletion_grace_period_seconds.map(Value::from);
    put(&mut data, "deletionGracePeriodSeconds", grace);
    put(&mut data, "labels", labels(&meta.labels));
    put(&mut data, "annotations", labels(&meta.annotations));
    let owners: Vec<Value> = meta.owner_references.iter().map(owner).collect();
    put(&mut data, "ownerReferences", (!owners.is_empty()).then_some(Value::List(owners)));
    let finalizers: Vec<Value> = meta.finalizers.iter().map(Value::from).collect();
    put(&mut data, "finalizers", (!finalizers.is_empty()).then_some(Value::List(finalizers)));
    data
}

fn owner(owner: &OwnerReference) -> Value {
    let mut data = map([
        ("apiVersion", owner.kind.api_version().into()),
        ("kind", owner.kind.as_str().into()),
        ("name", (&owner.name).into()),
        ("uid", owner.uid.to_string().into()),
    ]);
    if owner.controller {
        put(&mut data, "controller", Some(Value::Bool(true)));
        put(&mut data, "blockOwnerDeletion", Some(Value::Bool(true)));
    }
    data
}

/// A pod template.
pub fn pod_template(template: &PodTemplateSpec) -> Value {
    let mut meta = map([("creationTimestamp", Value::Null)]);
    put(&mut meta, "labels", labels(&template.labels));
    put(&mut meta, "annotations", labels(&template.annotations));
    map([("metadata", meta), ("spec", template.spec.raw().clone())])
}

/// A label selector.
pub fn selector(selector: &LabelSelector) -> Value {
    let mut data = Value::map();
    put(&mut data, "matchLabels", labels(&selector.match_labels));
    let requirement = |requirement: &Requirement| {
        let mut data = map([
            ("key", (&requirement.key).into()),
            ("operator", requirement.operator.as_str().into()),
        ]);
        let values: Vec<Value> = requirement.values.iter().map(Value::from).collect();
        put(&mut data, "values", (!values.is_empty()).then_some(Value::List(values)));
        data
    };
    let requirements: Vec<Value> = selector.match_expressions.iter().map(requirement).collect();
    let requirements = (!requirements.is_empty()).then_some(Value::List(requirements));
    put(&mut data, "matchExpressions", requirements);
    data
}

pub(super) fn put(data: &mut Value, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        *data.entry(key) = value;
    }
}

pub(super) fn non_empty(text: &Name) -> Option<Value> {
    (!text.is_empty()).then(|| text.into())
}

pub(super) fn labels(labels: &Labels) -> Option<Value> {
    let entries = labels.iter().map(|(key, value)| (key.clone(), value.into()));
    (!labels.is_empty()).then(|| Value::Map(order::map(entries)))
}
