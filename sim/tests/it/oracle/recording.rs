//! Reading the recorded files.

use std::path::Path;

use rollscope_sim::manifest;
use rollscope_sim::replay::Recording;
use serde_json::Value as Json;

/// Time for the last pods to go: recordings end when all is quiet.
const SETTLE_MS: u64 = 2_000;

/// A file of the oracle as JSON; `None` when it is absent.
pub(super) fn read_json(path: &Path) -> Option<Json> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// A scenario's commands and the length of its recording.
pub(super) fn read_recording(folder: &Path) -> Option<Recording> {
    let text = std::fs::read_to_string(folder.join("actions.json")).ok()?;
    let parsed = manifest::parse(&text);
    let document = parsed.documents.first().expect("actions.json holds a document");
    let mut recording = Recording::read(&document.value)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    recording.end_ms = last_time(folder).map(|end_ms| end_ms + SETTLE_MS);
    Some(recording)
}

/// The last moment the summary speaks of.
fn last_time(folder: &Path) -> Option<u64> {
    latest(&read_json(&folder.join("summary.json"))?)
}

fn latest(value: &Json) -> Option<u64> {
    match value {
        Json::Array(items) => items.iter().filter_map(latest).max(),
        Json::Object(entries) => {
            let own = entries.get("t_ms").and_then(Json::as_u64);
            entries.values().filter_map(latest).max().max(own)
        }
        _ => None,
    }
}
