//! What the API server does with data it is sent: read it, fill in defaults, check the rules, keep
//! what is its own, and store.
//!
//! Models: kubernetes v1.36 `apiserver/pkg/endpoints/handlers` in its effects. Service addresses
//! are allocated in `service_addresses`.

use std::sync::Arc;

use super::error::{Error, Refusal};
use super::objects;
use super::service_addresses;
use super::session::text_at;
use super::strategic::go_text;
use crate::api::value::map;
use crate::api::{
    DataObject, Deployment, EndpointSlice, Event, Kind, Labels, Name, Node, ObjectMeta, Pod,
    ReplicaSet, Service, Value,
};
use crate::apiserver::{AnyObject, ApiError, Propagation, Stored};
use crate::cluster::Cluster;
use crate::manifest::decode::{self, decode as read_object};
use crate::manifest::validate::{validate_value, validate_value_update, warnings};
use crate::manifest::{DecodeError, FieldError, Object};
use crate::order;

/// The complaint about data in a file that is of no kind the cluster has.
pub(crate) fn unknown(error: &DecodeError, file: &str) -> Error {
    match error {
        DecodeError::NotAnObject | DecodeError::NotSet { .. } => Error::Text(format!(
            "error validating {file:?}: error validating data: {error}; if you choose to ignore \
             these errors, turn validation off with --validate=false"
        )),
        DecodeError::UnknownKind { name, namespace, .. } => Error::Text(format!(
            "resource mapping not found for name: \"{name}\" namespace: \"{namespace}\" from \
             {file:?}: {error}\nensure CRDs are installed first"
        )),
        DecodeError::NotSimulated { .. } => Error::Text(format!("{file}: {error}")),
        DecodeError::WrongCase { .. } | DecodeError::Malformed { .. } => Error::refused(
            Refusal::BadRequest(error.to_string()),
            format!("error when creating {file:?}"),
        ),
    }
}

/// What a request left behind: the object, and what the API server warns of.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) object: AnyObject,
    pub(crate) warnings: Vec<String>,
}

/// Creates an object from data.
///
/// # Errors
/// The API server's refusal.
pub(crate) fn create(
    cluster: &mut Cluster,
    value: &Value,
    namespace: &str,
) -> Result<Written, Refusal> {
    let (kind, mut value) = read(value)?;
    if kind.is_namespaced() {
        *value.entry("metadata").entry("namespace") = namespace.into();
        check_namespace(cluster, namespace)?;
    } else if let Some(meta) = value.entry("metadata").as_map_mut() {
        meta.remove("namespace");
    }
    let asked = value.get("spec").cloned().unwrap_or_default();
    if kind == Kind::Service {
        service_addresses::allocate(cluster, value.entry("spec"));
    }
    let generated =
        text_at(&value, "name").is_empty() && !text_at(&value, "generateName").is_empty();
    if !generated {
        check(kind, &value, &validate_value(kind, &value))?;
    }
    if kind == Kind::Service {
        let name = text_at(&value, "name");
        let conflicts = service_addresses::conflicts(cluster, None, &asked, (namespace, &name));
        check(kind, &value, &conflicts)?;
    }
    let prefix = generated.then(|| text_at(&value, "generateName"));
    let object = read_object(&value).map_err(|error| bad_request(&error))?;
    let created = match object {
        Object::Deployment(object) => store(cluster, *object, prefix)?,
        Object::ReplicaSet(object) => store(cluster, *object, prefix)?,
        Object::Pod(object) => store(cluster, *object, prefix)?,
        Object::Service(object) => store(cluster, *object, prefix)?,
        Object::EndpointSlice(object) => store(cluster, *object, prefix)?,
        Object::Node(object) => store(cluster, *object, prefix)?,
        Object::Event(object) => store(cluster, *object, prefix)?,
        Object::Data(object) => store(cluster, *object, prefix)?,
    };
    Ok(Written { object: created, warnings: warned(kind, &value) })
}

fn store<T: Stored>(
    cluster: &mut Cluster,
    mut object: T,
    prefix: Option<String>,
) -> Result<AnyObject, Refusal> {
    let meta = object.meta_mut();
    meta.resource_version = 0;
    let owners = meta.owner_references.iter().filter(|owner| owner.uid.0 != 0);
    meta.owner_references = owners.cloned().collect();
    let api = cluster.api_mut();
    let created = match prefix {
        Some(prefix) => api.create_generated(&prefix, object)?,
        None => api.create(object)?,
    };
    Ok(T::any(created))
}

/// How a change reaches the API server, which decides what it says about data it cannot read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sent<'a> {
    /// The whole object.
    Whole,
    /// A patch.
    Patch(&'a Value),
}

/// Replaces an object's data. What the API server owns stays: uid, times, status.
///
/// # Errors
/// The API server's refusal.
pub(crate) fn update(
    cluster: &mut Cluster,
    stored: &AnyObject,
    value: &Value,
    sent: Sent<'_>,
) -> Result<Written, Refusal> {
    let before = objects::data(stored);
    let meta = new_meta(stored, &before, value)?;
    if only_metadata_differs(&before, value) {
        return Ok(Written { object: write_meta(cluster, stored, meta)?, warnings: Vec::new() });
    }
    let (kind, mut full) = read(value).map_err(|refusal| unreadable(value, refusal, sent))?;
    let spec_before = before.get("spec").cloned().unwrap_or_default();
    if kind == Kind::Service {
        service_addresses::carry_over(&spec_before, full.entry("spec"));
    }
    check(kind, &full, &validate_value_update(&as_object(stored), &full))?;
    if kind == Kind::Service {
        let meta = stored.meta();
        let place = (&*meta.namespace, &*meta.name);
        let spec = full.entry("spec");
        let conflicts = service_addresses::conflicts(cluster, Some(&spec_before), spec, place);
        service_addresses::allocate(cluster, spec);
        check(kind, &full, &conflicts)?;
    }
    let new = read_object(&full).map_err(|error| bad_request(&error))?;
    let api = cluster.api_mut();
    let object = match (stored, new) {
        (AnyObject::Deployment(old), Object::Deployment(new)) => {
            let changed = Deployment { meta, spec: new.spec, status: old.status.clone() };
            AnyObject::Deployment(api.update(changed)?)
        }
        (AnyObject::ReplicaSet(old), Object::ReplicaSet(new)) => {
            let changed = ReplicaSet { meta, spec: new.spec, status: old.status.clone() };
            AnyObject::ReplicaSet(api.update(changed)?)
        }
        (AnyObject::Pod(old), Object::Pod(new)) => {
            let changed = Pod { meta, spec: new.spec, ..Pod::clone(old) };
            AnyObject::Pod(api.update(changed)?)
        }
        (AnyObject::Service(_), Object::Service(new)) => {
            AnyObject::Service(api.update(Service { meta, spec: new.spec })?)
        }
        (AnyObject::Node(old), Object::Node(new)) => {
            let ready = old.ready.clone();
            AnyObject::Node(api.update(Node { meta, ready, ..*new })?)
        }
        (AnyObject::EndpointSlice(_), Object::EndpointSlice(new)) => {
            let origin = new.meta.origin.clone();
            AnyObject::EndpointSlice(
                api.update(EndpointSlice { meta: ObjectMeta { origin, ..meta }, ..*new })?,
            )
        }
        (AnyObject::Event(_), Object::Event(new)) => {
            let origin = new.meta.origin.clone();
            AnyObject::Event(api.update(Event { meta: ObjectMeta { origin, ..meta }, ..*new })?)
        }
        (AnyObject::Data(old), Object::Data(new)) => {
            let mut changed = DataObject { meta, ..*new };
            if let Some(status) = old.body.get("status") {
                changed.set_status(status.clone());
            }
            AnyObject::Data(api.update(changed)?)
        }
        (stored, _) => stored.clone(),
    };
    Ok(Written { object, warnings: warned(kind, &full) })
}

/// Whether two forms of an object are the same but for metadata and status, which people do not
/// write.
fn only_metadata_differs(before: &Value, after: &Value) -> bool {
    fn written(value: &Value) -> impl Iterator<Item = (&Name, &Value)> {
        let entries = value.as_map().into_iter().flatten();
        entries.filter(|(key, _)| !matches!(&***key, "metadata" | "status"))
    }
    written(before).eq(written(after))
}

/// Fails when the namespace does not exist, as the API server does for what is new in it.
fn check_namespace(cluster: &Cluster, name: &str) -> Result<(), Refusal> {
    let api = cluster.api();
    match api.data(Kind::Namespace).get("", name) {
        Some(_) => Ok(()),
        None => Err(ApiError::not_found(Kind::Namespace, name).into()),
    }
}

/// The metadata after a change: what people may change is taken from the data.
fn new_meta(stored: &AnyObject, before: &Value, value: &Value) -> Result<ObjectMeta, Refusal> {
    let mut meta = stored.meta().clone();
    let name = text_at(value, "name");
    if *name != *meta.name {
        return Err(Refusal::BadRequest(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            meta.name
        )));
    }
    let uid = text_at(value, "uid");
    if !uid.is_empty() && uid != text_at(before, "uid") {
        let sentence = format!(
            "Operation cannot be fulfilled on {} {:?}: Precondition failed: UID in precondition: \
             {uid}, UID in object meta: {}",
            stored.kind().plural_dot_group(),
            &*meta.name,
            text_at(before, "uid")
        );
        return Err(Refusal::Other("Conflict", sentence));
    }
    let version = text_at(value, "resourceVersion");
    if !version.is_empty() && version != text_at(before, "resourceVersion") {
        return Err(ApiError::Conflict { kind: stored.kind(), name: meta.name }.into());
    }
    let errors = meta_errors(stored.kind(), value);
    if !errors.is_empty() {
        return Err(Refusal::Invalid { kind: stored.kind(), name, causes: errors });
    }
    meta.labels = text_map(value.at(&["metadata", "labels"]));
    meta.annotations = text_map(value.at(&["metadata", "annotations"]));
    let finalizers = value.at(&["metadata", "finalizers"]).and_then(Value::as_list);
    meta.finalizers =
        finalizers.unwrap_or_default().iter().filter_map(Value::scalar_text).collect();
    Ok(meta)
}

/// The rules that the metadata of any object must keep.
fn meta_errors(kind: Kind, value: &Value) -> Vec<String> {
    // A Node has nothing but metadata to check.
    let only = map([("metadata", value.get("metadata").cloned().unwrap_or_default())]);
    let errors = if kind == Kind::Event { Vec::new() } else { validate_value(Kind::Node, &only) };
    let about = &["metadata.labels", "metadata.annotations"];
    let errors =
        errors.iter().filter(|error| about.iter().any(|path| error.path.starts_with(path)));
    errors.map(ToString::to_string).collect()
}

fn text_map(value: Option<&Value>) -> Labels {
    let entries = value.and_then(Value::as_map).into_iter().flatten();
    let entry =
        |(key, value): (&Name, &Value)| (key.clone(), value.scalar_text().unwrap_or_default());
    Arc::new(order::map(entries.map(entry)))
}

fn write_meta(
    cluster: &mut Cluster,
    stored: &AnyObject,
    meta: ObjectMeta,
) -> Result<AnyObject, Refusal> {
    fn write<T: Stored>(
        cluster: &mut Cluster,
        object: &Arc<T>,
        meta: ObjectMeta,
    ) -> Result<AnyObject, Refusal> {
        let mut object = T::clone(object);
        *object.meta_mut() = meta;
        Ok(T::any(cluster.api_mut().update(object)?))
    }
    match stored {
        AnyObject::Deployment(object) => write(cluster, object, meta),
        AnyObject::ReplicaSet(object) => write(cluster, object, meta),
        AnyObject::Pod(object) => write(cluster, object, meta),
        AnyObject::Service(object) => write(cluster, object, meta),
        AnyObject::EndpointSlice(object) => write(cluster, object, meta),
        AnyObject::Node(object) => write(cluster, object, meta),
        AnyObject::Event(object) => write(cluster, object, meta),
        AnyObject::Data(object) => write(cluster, object, meta),
    }
}

/// Deletes an object. `grace_seconds` is for pods.
///
/// # Errors
/// It is not there.
pub(crate) fn delete(
    cluster: &mut Cluster,
    object: &AnyObject,
    propagation: Propagation,
    grace_seconds: Option<u32>,
) -> Result<(), Refusal> {
    let (namespace, name) = (&object.meta().namespace, &object.meta().name);
    let api = cluster.api_mut();
    match object {
        AnyObject::Deployment(_) => api.delete::<Deployment>(namespace, name, propagation),
        AnyObject::ReplicaSet(_) => api.delete::<ReplicaSet>(namespace, name, propagation),
        AnyObject::Pod(pod) => api.delete_pod(pod.meta.uid, grace_seconds),
        AnyObject::Service(_) => api.delete::<Service>(namespace, name, propagation),
        AnyObject::EndpointSlice(_) => api.delete::<EndpointSlice>(namespace, name, propagation),
        AnyObject::Node(_) => api.delete::<Node>(namespace, name, propagation),
        AnyObject::Event(_) => api.delete::<Event>(namespace, name, propagation),
        AnyObject::Data(object) if object.kind == Kind::Namespace => {
            api.delete_namespace(object.meta.uid)
        }
        AnyObject::Data(object) => api.delete_data(object.kind, object.meta.uid),
    }?;
    Ok(())
}

fn as_object(stored: &AnyObject) -> Object {
    match stored {
        AnyObject::Deployment(object) => Deployment::clone(object).into(),
        AnyObject::ReplicaSet(object) => ReplicaSet::clone(object).into(),
        AnyObject::Pod(object) => Pod::clone(object).into(),
        AnyObject::Service(object) => Service::clone(object).into(),
        AnyObject::Node(object) => Node::clone(object).into(),
        AnyObject::Data(object) => DataObject::clone(object).into(),
        AnyObject::EndpointSlice(object) => EndpointSlice::clone(object).into(),
        AnyObject::Event(object) => Event::clone(object).into(),
    }
}

fn read(value: &Value) -> Result<(Kind, Value), Refusal> {
    decode::defaulted(value).map_err(|error| bad_request(&error))
}

fn bad_request(error: &DecodeError) -> Refusal {
    Refusal::BadRequest(error.to_string())
}

fn check(kind: Kind, value: &Value, errors: &[FieldError]) -> Result<(), Refusal> {
    if errors.is_empty() {
        return Ok(());
    }
    let causes = errors.iter().map(ToString::to_string).collect();
    Err(Refusal::Invalid { kind, name: text_at(value, "name"), causes })
}

fn warned(kind: Kind, value: &Value) -> Vec<String> {
    let warnings = warnings(kind, value).into_iter();
    let colon = |path: &str| if path.is_empty() { "" } else { ": " };
    warnings.map(|(path, text)| format!("Warning: {path}{}{text}", colon(&path))).collect()
}

/// The complaint about a patch that leads to data that cannot be read.
fn unreadable(value: &Value, refusal: Refusal, sent: Sent<'_>) -> Refusal {
    let (Sent::Patch(patch), Err(error)) = (sent, decode::defaulted(value)) else {
        return refusal;
    };
    let detail = converted(&error.detail());
    Refusal::Unreadable(format!("patch: Invalid value: {:?}: {detail}", go_text(&printed(patch))))
}

/// A patch as the API server still holds it when it complains: lists that merge are gone.
fn printed(patch: &Value) -> Value {
    let Value::Map(map) = patch else {
        return patch.clone();
    };
    let kept = map.iter().filter(|(key, value)| {
        let of_objects = |list: &[Value]| list.iter().any(|item| item.as_map().is_some());
        !key.starts_with('$') && !value.as_list().is_some_and(of_objects)
    });
    Value::Map(order::map(kept.map(|(key, value)| (key.clone(), printed(value)))))
}

/// The sentence of the converter that patched data goes through, which words types differently.
fn converted(sentence: &str) -> String {
    let Some(rest) = sentence.strip_prefix("json: cannot unmarshal ") else {
        return sentence.to_owned();
    };
    let target = rest.rsplit(" of type ").next().unwrap_or_default();
    match rest.split(' ').next() {
        Some("number") if target == "string" => "cannot convert int64 to string".to_owned(),
        Some("bool") if target == "string" => "cannot convert bool to string".to_owned(),
        _ => format!("unrecognized type: {target}"),
    }
}
