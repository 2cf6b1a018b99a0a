//! `EndpointSlices` and Events: controllers write them as a rule, and people may.
//!
//! Models: kubernetes v1.36 `pkg/apis/discovery/v1/{defaults,conversion}.go` and the conditions of
//! `pkg/proxy/endpointslicecache.go`. The typed objects hold what the simulator acts on. What
//! people write says more, so an object of theirs keeps its data and is shown with it.

use std::sync::Arc;

use super::defaults::{items, set};
use super::read::{flag, int, list, part, text};
use super::{read, timestamp, uid};
use crate::api::endpoint_slice::{Endpoint, EndpointPort};
use crate::api::event::{EventType, InvolvedObject};
use crate::api::{EndpointSlice, Event, Kind, ObjectMeta, Uid, Value};
use crate::time::Instant;

/// Reads a slice that somebody wrote, with defaults applied.
pub(super) fn written_slice(data: &Value) -> EndpointSlice {
    slice(written_meta(data), data, &own_uid)
}

/// Reads an event that somebody wrote, with defaults applied.
pub(super) fn written_event(data: &Value) -> Event {
    event(written_meta(data), data, &own_uid)
}

/// The object that a printed uid means; none when it is no object of the simulator.
pub(crate) fn own_uid(text: &str) -> Uid {
    uid::parse(text).unwrap_or_default()
}

fn written_meta(data: &Value) -> ObjectMeta {
    let mut origin = data.clone();
    if let Some(map) = origin.as_map_mut() {
        map.remove("metadata");
    }
    ObjectMeta { origin: Some(Arc::new(origin)), ..read::meta(data) }
}

/// Whether the data an object was made of is what somebody wrote here, not what another cluster
/// stored.
pub(crate) fn is_written(origin: &Value) -> bool {
    origin.get("metadata").is_none()
}

/// The object as somebody wrote it: `made` is what the typed object shows.
pub(super) fn as_written(made: Value, meta: &ObjectMeta) -> Value {
    let Some(origin) = meta.origin.as_ref().filter(|origin| is_written(origin)) else {
        return made;
    };
    let mut data = Value::clone(origin);
    *data.entry("metadata") = made.get("metadata").cloned().unwrap_or_default();
    data
}

pub(super) fn slice(meta: ObjectMeta, data: &Value, uid_of: &dyn Fn(&str) -> Uid) -> EndpointSlice {
    let endpoint = |value: &Value| {
        let conditions = part(value, "conditions");
        let told = |key| conditions.get(key).and_then(Value::as_bool);
        let address = list(value, "addresses").next().and_then(Value::scalar_text)?;
        // Who says nothing of readiness is taken to be ready.
        let ready = told("ready").unwrap_or(true);
        Some(Endpoint {
            address: address.parse().ok()?,
            ready,
            serving: told("serving").unwrap_or(ready),
            terminating: flag(conditions, "terminating"),
            node_name: text(value, "nodeName"),
            pod_name: text(part(value, "targetRef"), "name"),
            pod_uid: uid_of(&text(part(value, "targetRef"), "uid")),
        })
    };
    let port = |value: &Value| EndpointPort {
        name: text(value, "name"),
        protocol: text(value, "protocol"),
        port: int(value, "port").and_then(|port| u16::try_from(port).ok()),
    };
    EndpointSlice {
        meta,
        endpoints: list(data, "endpoints").filter_map(endpoint).collect(),
        ports: list(data, "ports").map(port).collect(),
    }
}

pub(super) fn event(meta: ObjectMeta, data: &Value, uid_of: &dyn Fn(&str) -> Uid) -> Event {
    let about = part(data, "involvedObject");
    let kind = text(about, "kind");
    let mut source = text(part(data, "source"), "component");
    if source.is_empty() {
        source = text(data, "reportingComponent");
    }
    let date = |value: &Value, key: &str| timestamp::parse(value.get(key)?.as_str()?);
    let happened = date(data, "eventTime");
    let first = date(data, "firstTimestamp").or(happened).unwrap_or(Instant::BOOT);
    let last = date(part(data, "series"), "lastObservedTime").or(date(data, "lastTimestamp"));
    let warning = &*text(data, "type") == "Warning";
    Event {
        meta,
        involved_object: InvolvedObject {
            kind: Kind::ALL.into_iter().find(|known| known.as_str() == &*kind),
            name: text(about, "name"),
            uid: uid_of(&text(about, "uid")),
        },
        reason: text(data, "reason").to_string().into(),
        message: text(data, "message"),
        type_: if warning { EventType::Warning } else { EventType::Normal },
        source: source.to_string().into(),
        count: int(data, "count").and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        first_timestamp: first,
        last_timestamp: last.unwrap_or(first),
    }
}

/// Fills in what a slice leaves open.
pub(super) fn slice_defaults(slice: &mut Value) {
    for endpoint in items(slice, "endpoints") {
        set(endpoint, "conditions", Value::map());
    }
    for port in items(slice, "ports") {
        set(port, "name", "");
        set(port, "protocol", "TCP");
    }
    for &key in &["endpoints", "ports"] {
        slice.entry(key);
    }
}

/// Fills in the fields of an event that are never left out.
pub(super) fn event_defaults(event: &mut Value) {
    set(event, "source", Value::map());
    set(event, "reportingComponent", "");
    set(event, "reportingInstance", "");
    for &key in &["eventTime", "firstTimestamp", "lastTimestamp"] {
        event.entry(key);
    }
}
