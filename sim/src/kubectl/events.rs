//! `kubectl events`: what has happened, the latest at the end.
//!
//! Models: kubectl v1.36 `pkg/cmd/events/events.go`.

use super::error::{Error, fail};
use super::get::since;
use super::resource::kind as kind_named;
use super::session::Session;
use super::{objects, output, tabs};
use crate::api::value::map;
use crate::api::{Kind, Value};
use crate::kubectl::describe::page::text;
use crate::manifest::timestamp;
use crate::time::Instant;

pub(super) const FLAGS: &str = "for:text all-namespaces,A types:text watch,w no-headers \
    output,o:text chunk-size:int template:text show-managed-fields allow-missing-template-keys";

/// Runs `events`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    if session.args.is_on("watch") {
        return fail("the simulator does not watch events; `get events -w` does");
    }
    let about = match session.args.text("for") {
        None => None,
        Some(typed) => {
            let Some((kind, name)) = typed.split_once('/') else {
                return fail(format!(
                    "--for must be in resource/name form, for example, pod/mypod: {typed:?}"
                ));
            };
            let Some(kind) = kind_named(kind) else {
                let sentence = format!("the server doesn't have a resource type {kind:?}");
                return Err(Error::Exact(sentence));
            };
            Some((kind, name.to_owned()))
        }
    };
    let types: Vec<String> =
        session.args.texts("types").into_iter().map(str::to_ascii_lowercase).collect();
    if types.iter().any(|typed| !matches!(typed.as_str(), "normal" | "warning")) {
        return fail("valid --types are Normal or Warning");
    }
    let everywhere = session.args.is_on("all-namespaces");
    let namespace = session.namespace();
    let all = objects::list(session.api(), Kind::Event, (!everywhere).then_some(&namespace));
    let mut events: Vec<Value> = all.iter().map(objects::data).collect();
    events.retain(|event| {
        let involved = |key: &str| text(event, &["involvedObject", key]);
        about.as_ref().is_none_or(|(kind, name)| {
            involved("kind") == kind.as_str() && involved("name") == *name
        }) && (types.is_empty() || types.contains(&text(event, &["type"]).to_ascii_lowercase()))
    });
    crate::order::sort_by(&mut events, |a, b| last(a).cmp(&last(b)));
    if let Some(form) = session.args.text("output").filter(|form| !form.is_empty()) {
        let list = map([
            ("apiVersion", "v1".into()),
            ("kind", "EventList".into()),
            ("metadata", Value::map()),
            ("items", Value::List(events)),
        ]);
        let printed = output::print_data(form, &list)?;
        session.out.stdout.push_str(&printed);
        return Ok(());
    }
    if events.is_empty() {
        let place = if everywhere {
            "events found".to_owned()
        } else {
            format!("events found in {namespace} namespace")
        };
        session.warn(&format!("No {place}."));
        return Ok(());
    }
    let mut lines = String::new();
    if !session.args.is_on("no-headers") {
        let head = if everywhere { "NAMESPACE\t" } else { "" };
        lines.extend([head, "LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n"]);
    }
    for event in &events {
        if everywhere {
            lines.extend([text(event, &["metadata", "namespace"]), "\t".to_owned()]);
        }
        let cells = [
            interval(event, session.cluster.now()),
            text(event, &["type"]),
            text(event, &["reason"]),
            format!(
                "{}/{}",
                text(event, &["involvedObject", "kind"]),
                text(event, &["involvedObject", "name"])
            ),
            text(event, &["message"]).trim().to_owned(),
        ];
        lines.extend([cells.join("\t"), "\n".to_owned()]);
    }
    session.out.stdout.push_str(&tabs::align(&lines, 6, 3));
    Ok(())
}

/// When an event was last seen.
fn last(event: &Value) -> Instant {
    let at = |path: &[&str]| event.at(path).and_then(Value::as_str).and_then(timestamp::parse);
    at(&["series", "lastObservedTime"])
        .or_else(|| at(&["lastTimestamp"]))
        .or_else(|| at(&["eventTime"]))
        .unwrap_or_default()
}

/// How long ago an event was seen, and how often: `5s (x3 over 10s)`.
pub(crate) fn interval(event: &Value, now: Instant) -> String {
    let stamp = |path: &[&str]| event.at(path).filter(|stamp| stamp.as_str().is_some());
    let first = since(stamp(&["eventTime"]).or_else(|| stamp(&["firstTimestamp"])), now);
    if let Some(series) = event.get("series").filter(|series| series.as_map().is_some()) {
        let seen = since(series.get("lastObservedTime"), now);
        return format!("{seen} (x{} over {first})", text(series, &["count"]));
    }
    match event.get("count").and_then(Value::as_int) {
        Some(count) if count > 1 => {
            format!("{} (x{count} over {first})", since(stamp(&["lastTimestamp"]), now))
        }
        _ => first,
    }
}
