//! The events about an object, at the end of its page.
//!
//! Models: kubectl v1.36 `pkg/describe/describe.go` `DescribeEvents`.

use super::page::Page;
use crate::api::{Event, Uid, Value};
use crate::apiserver::ApiServer;
use crate::kubectl::get::since;
use crate::manifest::timestamp;
use crate::time::Instant;

/// Writes the events about the object with this uid, those that happened last at the end.
pub(super) fn describe(page: &mut Page, api: &ApiServer, about: Uid, now: Instant) {
    let mut events: Vec<&Event> = api
        .list::<Event>()
        .iter()
        .filter(|event| event.involved_object.uid == about)
        .map(AsRef::as_ref)
        .collect();
    if events.is_empty() {
        return page.field("Events", "<none>");
    }
    events.sort_by_key(|event| event.last_timestamp);
    page.align();
    let before = std::mem::take(&mut page.text);
    page.line(0, "Events:");
    page.line(1, "Type\tReason\tAge\tFrom\tMessage");
    page.line(1, "----\t------\t----\t----\t-------");
    for event in events {
        let ago = |at: Instant| since(Some(&Value::text(&timestamp::format(at))), now);
        let (first, last) = (ago(event.first_timestamp), ago(event.last_timestamp));
        let age = match event.count {
            0 | 1 => first,
            count => format!("{last} (x{count} over {first})"),
        };
        let (type_, from) = (event.type_.as_str(), event.source.as_str());
        let message = event.message.trim();
        page.line(1, &format!("{type_}\t{}\t{age}\t{from}\t{message}", event.reason));
    }
    page.align();
    page.text.insert_str(0, &before);
}
