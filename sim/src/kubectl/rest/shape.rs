//! The forms of answers: Status, Table, Scale.

use super::code_of;
use crate::api::Value;
use crate::api::value::map;
use crate::apiserver::{AnyObject, ApiError};
use crate::kubectl::error::Refusal;
use crate::kubectl::get;
use crate::time::Instant;

fn failure(code: u16, reason: &str, message: &str, details: Value) -> (u16, Value) {
    let mut status = map([
        ("kind", "Status".into()),
        ("apiVersion", "v1".into()),
        ("metadata", Value::map()),
        ("status", "Failure".into()),
        ("message", message.into()),
        ("reason", reason.into()),
        ("code", Value::Int(i64::from(code))),
    ]);
    if details != Value::Null {
        *status.entry("details") = details;
    }
    (code, status)
}

/// A refusal as a Status, and its code.
pub(super) fn status(refusal: &Refusal) -> (u16, Value) {
    let message = refusal.sentence();
    let about = |kind: &str, group: &str, name: &str| {
        map([("name", name.into()), ("group", group.into()), ("kind", kind.into())])
    };
    match refusal {
        Refusal::Api(error) => {
            let details = match error {
                ApiError::NotFound { kind, name } => about(kind.plural(), kind.group(), name),
                _ => Value::Null,
            };
            failure(code_of(error), error.reason(), &message, details)
        }
        Refusal::BadRequest(_) => failure(400, "BadRequest", &message, Value::Null),
        Refusal::Invalid { kind, name, causes } => {
            let causes: Vec<Value> = causes
                .iter()
                .map(|cause| {
                    let (field, message) = cause.split_once(": ").unwrap_or(("", cause));
                    map([
                        ("reason", "FieldValueInvalid".into()),
                        ("message", message.into()),
                        ("field", field.into()),
                    ])
                })
                .collect();
            let mut details = about(kind.as_str(), kind.group(), name);
            *details.entry("causes") = causes.into();
            failure(422, "Invalid", &message, details)
        }
        Refusal::Unreadable(_) => failure(422, "Invalid", &message, Value::Null),
        Refusal::Other(reason, _) => {
            let code = match *reason {
                "NotFound" => 404,
                "MethodNotAllowed" => 405,
                _ => 500,
            };
            failure(code, reason, &message, Value::Null)
        }
    }
}

/// What is said when an object was deleted.
pub(super) fn deleted(object: &AnyObject) -> Value {
    let meta = object.meta();
    let details = map([
        ("name", meta.name.as_ref().into()),
        ("group", object.kind().group().into()),
        ("kind", object.kind().plural().into()),
        ("uid", meta.uid.to_string().into()),
    ]);
    map([
        ("kind", "Status".into()),
        ("apiVersion", "v1".into()),
        ("metadata", Value::map()),
        ("status", "Success".into()),
        ("details", details),
    ])
}

/// Puts the objects themselves into the rows of a table.
pub(super) fn with_objects(table: &mut Value, items: &[Value]) {
    if let Value::List(rows) = table.entry("rows") {
        for (row, item) in rows.iter_mut().zip(items) {
            *row.entry("object") = item.clone();
        }
    }
}

/// Objects of one kind.
pub(super) fn list(kind: &str, api_version: &str, version: u64, items: Vec<Value>) -> Value {
    map([
        ("kind", kind.into()),
        ("apiVersion", api_version.into()),
        ("metadata", map([("resourceVersion", version.to_string().into())])),
        ("items", items.into()),
    ])
}

/// Rows with the columns of `kubectl get`; those of `-o wide` have a lower priority.
pub(super) fn table(kind: &str, items: &[Value], now: Instant, version: u64) -> Value {
    let rows = |wide| items.iter().filter_map(move |item| get::row(kind, item, now, wide));
    let narrow = rows(false).next().map(|(titles, _)| titles).unwrap_or_default();
    let titles = rows(true).next().map(|(titles, _)| titles).unwrap_or_default();
    let columns: Vec<Value> = titles
        .iter()
        .map(|title| {
            map([
                ("name", (*title).into()),
                ("type", "string".into()),
                ("format", if *title == "NAME" { "name".into() } else { "".into() }),
                ("description", "".into()),
                ("priority", Value::Int(i64::from(!narrow.contains(title)))),
            ])
        })
        .collect();
    let rows: Vec<Value> = items
        .iter()
        .zip(rows(true))
        .map(|(item, (_, cells))| {
            let cells: Vec<Value> = cells.into_iter().map(|cell| cell.as_str().into()).collect();
            let partial = map([
                ("kind", "PartialObjectMetadata".into()),
                ("apiVersion", "meta.k8s.io/v1".into()),
                ("metadata", item.get("metadata").cloned().unwrap_or_default()),
            ]);
            map([("cells", cells.into()), ("object", partial)])
        })
        .collect();
    map([
        ("kind", "Table".into()),
        ("apiVersion", "meta.k8s.io/v1".into()),
        ("metadata", map([("resourceVersion", version.to_string().into())])),
        ("columnDefinitions", columns.into()),
        ("rows", rows.into()),
    ])
}
