//! Events: who says what about which object, without drowning the reader.
//!
//! Models: kubernetes v1.36 client-go `tools/record/events_cache.go`: identical events raise a
//! count; from the tenth similar one on they are combined; a source may say 25 things about an
//! object, and one more every five minutes.

use std::collections::BTreeMap;

use super::ApiServer;
use crate::api::event::{EventSource, EventType, InvolvedObject};
use crate::api::kind::Resource;
use crate::api::{Event, Name, ObjectMeta, Uid};
use crate::time::{Duration, Instant};

/// Similar events within the window before they are combined.
const MAX_SIMILAR: usize = 10;
/// How long events count as similar.
const WINDOW: Duration = Duration::from_mins(10);
/// Events a source may record about one object at once.
const BURST: u64 = 25;
/// Time after which a source may record one more.
const REFILL: Duration = Duration::from_mins(5);
/// How long the API server keeps an event.
const TTL: Duration = Duration::from_hours(1);

/// A message that was recorded, or counts towards the similar ones.
#[derive(Clone, Debug)]
struct Said {
    message: Name,
    /// The event that holds it, unless it went into a combined one.
    event: Option<Uid>,
    /// Whether it counts towards the similar ones.
    counts: bool,
}

/// Events of one reason and type about one object.
#[derive(Clone, Debug)]
struct Group {
    reason: &'static str,
    type_: EventType,
    said: Vec<Said>,
    combined: Option<Uid>,
    last: Instant,
}

/// All that one source has said about one object.
#[derive(Clone, Debug)]
struct About {
    groups: Vec<Group>,
    /// How much more may be said, in microseconds of refill.
    allowance_us: u64,
    at: Instant,
}

/// What becomes of an event.
enum Treatment {
    /// It is recorded under its own message, in the event that holds that already, if any.
    Single(Option<Uid>),
    /// It joins the combined event, if there is one already.
    Combined(Option<Uid>),
}

/// The memory of what has been said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder {
    about: BTreeMap<(EventSource, Uid), About>,
}

impl Recorder {
    /// Forgets an object that is gone.
    pub(crate) fn forget(&mut self, source: EventSource, uid: Uid) {
        self.about.remove(&(source, uid));
    }

    fn about(&mut self, source: EventSource, uid: Uid, now: Instant) -> &mut About {
        self.about.entry((source, uid)).or_insert_with(|| About {
            groups: Vec::new(),
            allowance_us: BURST * micros(REFILL),
            at: now,
        })
    }
}

impl About {
    fn group(&mut self, reason: &'static str, type_: EventType, now: Instant) -> &mut Group {
        let known =
            self.groups.iter().position(|group| group.reason == reason && group.type_ == type_);
        let index = known.unwrap_or_else(|| {
            self.groups.push(Group { reason, type_, said: Vec::new(), combined: None, last: now });
            self.groups.len() - 1
        });
        &mut self.groups[index]
    }

    /// Whether one more thing may be said.
    fn may_speak(&mut self, now: Instant) -> bool {
        let unit = micros(REFILL);
        let refilled = self.allowance_us.saturating_add(micros(now.since(self.at)));
        self.allowance_us = refilled.min(BURST * unit);
        self.at = now;
        if self.allowance_us < unit {
            return false;
        }
        self.allowance_us -= unit;
        true
    }
}

impl Group {
    /// Takes in a message: too many similar ones within the window are combined. Upstream then
    /// drops a random one of those that count; here it is the oldest.
    fn treat(&mut self, message: &Name, now: Instant) -> Treatment {
        if now.since(self.last) > WINDOW {
            for said in &mut self.said {
                said.counts = false;
            }
        }
        self.last = now;
        let index = self.said.iter().position(|said| said.message == *message);
        let index = index.unwrap_or_else(|| {
            self.said.push(Said { message: message.clone(), event: None, counts: true });
            self.said.len() - 1
        });
        self.said[index].counts = true;
        let event = self.said[index].event;
        if self.said.iter().filter(|said| said.counts).count() < MAX_SIMILAR {
            return Treatment::Single(event);
        }
        if let Some(oldest) = self.said.iter_mut().find(|said| said.counts) {
            oldest.counts = false;
        }
        self.said.retain(|said| said.counts || said.event.is_some());
        Treatment::Combined(self.combined)
    }

    /// Notes which event holds a message.
    fn holds(&mut self, message: &str, is_combined: bool, event: Uid) {
        if is_combined {
            self.combined = Some(event);
        } else if let Some(said) = self.said.iter_mut().find(|said| &*said.message == message) {
            said.event = Some(event);
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl ApiServer {
    /// Records an event about `object`.
    pub(crate) fn record<T: Resource>(
        &mut self,
        source: EventSource,
        object: &T,
        type_: EventType,
        reason: &'static str,
        message: String,
    ) {
        let meta = object.meta();
        let involved = InvolvedObject { kind: T::KIND, name: meta.name.clone(), uid: meta.uid };
        self.record_about(source, &involved, &meta.namespace.clone(), type_, reason, message);
    }

    fn record_about(
        &mut self,
        source: EventSource,
        involved: &InvolvedObject,
        namespace: &Name,
        type_: EventType,
        reason: &'static str,
        message: String,
    ) {
        let now = self.now;
        let message: Name = message.into();
        let about = self.recorder.about(source, involved.uid, now);
        let treatment = about.group(reason, type_, now).treat(&message, now);
        if !about.may_speak(now) {
            return;
        }
        let (held_by, is_combined) = match treatment {
            Treatment::Single(event) => (event, false),
            Treatment::Combined(event) => (event, true),
        };
        let shown: Name = if is_combined {
            format!("(combined from similar events): {message}").into()
        } else {
            message.clone()
        };
        let second = now.truncated_to_second();
        let held_by = held_by.filter(|event| self.tables.events.by_uid(*event).is_some());
        if let Some(event) = held_by {
            // The event was just found in the table.
            drop(self.change::<Event>(event, |event| {
                event.count += 1;
                event.message = shown;
                event.last_timestamp = second;
            }));
            return;
        }
        let suffix = format!("{:x}", crate::rng::mix(self.resource_version() ^ involved.uid.0));
        let event = Event {
            meta: ObjectMeta {
                name: format!("{}.{suffix}", involved.name).into(),
                namespace: namespace.clone(),
                ..self.bare.clone()
            },
            involved_object: involved.clone(),
            reason,
            message: shown,
            type_,
            source,
            count: 1,
            first_timestamp: second,
            last_timestamp: second,
        };
        if let Ok(event) = self.create(event) {
            let about = self.recorder.about(source, involved.uid, now);
            about.group(reason, type_, now).holds(&message, is_combined, event.meta.uid);
        }
        self.expire_events();
    }

    /// Removes events that nothing has been added to for an hour, oldest first.
    fn expire_events(&mut self) {
        let oldest = |api: &Self| api.tables.events.iter().next().cloned();
        while let Some(event) =
            oldest(self).filter(|event| self.now.since(event.last_timestamp) > TTL)
        {
            self.remove(Event::clone(&event));
        }
    }
}
