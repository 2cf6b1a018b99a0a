//! The events about an object, at the end of its page.
//!
//! Models: kubectl v1.36 `pkg/describe/describe.go` `DescribeEvents`.

use std::sync::Arc;

use super::page::{Page, text};
use crate::api::{Event, Uid, Value};
use crate::apiserver::{AnyObject, ApiServer};
use crate::kubectl::events::interval;
use crate::kubectl::objects;
use crate::manifest::timestamp;
use crate::time::Instant;

/// Writes the events about the object with this uid, those that happened last at the end.
pub(super) fn describe(page: &mut Page, api: &ApiServer, about: Uid, now: Instant) {
    let about_it = api.list::<Event>().iter().filter(|event| event.involved_object.uid == about);
    let mut events: Vec<Value> =
        about_it.map(|event| objects::data(&AnyObject::Event(Arc::clone(event)))).collect();
    if events.is_empty() {
        return page.field("Events", "<none>");
    }
    let last = |event: &Value| {
        event.get("lastTimestamp").and_then(Value::as_str).and_then(timestamp::parse)
    };
    crate::order::sort_by(&mut events, |a, b| last(a).cmp(&last(b)));
    page.align();
    let before = std::mem::take(&mut page.text);
    page.line(0, "Events:");
    page.line(1, "Type\tReason\tAge\tFrom\tMessage");
    page.line(1, "----\t------\t----\t----\t-------");
    for event in &events {
        let mut from = text(event, &["source", "component"]);
        if from.is_empty() {
            from = text(event, &["reportingComponent"]);
        }
        let (type_, reason) = (text(event, &["type"]), text(event, &["reason"]));
        let (age, message) = (interval(event, now), text(event, &["message"]));
        page.line(1, format_args!("{type_}\t{reason}\t{age}\t{from}\t{}", message.trim()));
    }
    page.align();
    page.text.insert_str(0, &before);
}
