//! What happened, as lines: one for every write that changes something a reader follows.
//!
//! The lines have the form of recordings of real control planes, names replaced by the order of
//! creation (`rs1`, `rs1-p2`), so that two runs, or a run and a recording, can be compared.

mod line;
mod names;
pub mod story;
pub mod summary;

pub use line::{Record, TraceLine};
pub use names::Names;

use crate::apiserver::{AnyObject, WatchEvent};

/// The lines of a run's writes.
pub fn trace(events: &[WatchEvent]) -> Vec<TraceLine> {
    let names = Names::of(events);
    let first = events.first().map_or(0, |event| event.object.meta().resource_version);
    events
        .iter()
        .filter(|event| !matches!(event.object, AnyObject::Node(_) | AnyObject::Data(_)))
        .filter_map(|event| TraceLine::of(event, first, &names))
        .collect()
}
