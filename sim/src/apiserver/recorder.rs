//! Events: who says what about which object, without drowning the reader.
//!
//! Models: kubernetes v1.36 client-go `tools/record/events_cache.go`: identical events raise a
//! count; from the tenth similar one on they are combined; a source may say 25 things about an
//! object, and one more every five minutes.

use super::ApiServer;
use crate::api::event::{EventSource, EventType, InvolvedObject};
use crate::api::kind::Resource;
use crate::api::{Event, Name, ObjectMeta, Uid};
use crate::rng::mix;
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;

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

/// A message that was recorded, or counts towards the similar ones. Of its texts only digests are
/// kept: there are several for every pod.
#[derive(Clone, Copy, Debug)]
struct Said {
    /// Reason and type: events that share them are similar.
    group: u64,
    message: Message,
    /// The event that holds it, unless it went into a combined one.
    event: Option<Uid>,
    /// Whether it counts towards the similar ones.
    counts: bool,
    /// When anything of the group was last said.
    last: Instant,
}

/// Which message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message {
    Single(u64),
    /// The one that stands for many similar ones.
    Combined,
}

/// All that one source has said about one object.
#[derive(Clone, Debug)]
struct About {
    said: Vec<Said>,
    /// How much more may be said, in microseconds of refill.
    allowance_us: u64,
    at: Instant,
}

/// What becomes of an event: recorded under its own message or a combined one, in the event that
/// holds that already, if any.
struct Treatment {
    message: Message,
    held_by: Option<Uid>,
}

/// The memory of what has been said, by source and object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder {
    about: Vec<UidMap<About>>,
}

impl Recorder {
    /// Forgets an object that is gone.
    pub(crate) fn forget(&mut self, source: EventSource, uid: Uid) {
        if let Some(about) = self.about.get_mut(source as usize) {
            about.remove(&uid);
        }
    }

    fn about(&mut self, source: EventSource, uid: Uid, now: Instant) -> &mut About {
        let source = source as usize;
        if self.about.len() <= source {
            self.about.resize(source + 1, UidMap::new());
        }
        self.about[source].get_or_insert_with(uid, || About {
            said: Vec::with_capacity(1),
            allowance_us: BURST * micros(REFILL),
            at: now,
        })
    }
}

impl About {
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

    /// Takes in a message: too many similar ones within the window are combined. Upstream then
    /// drops a random one of those that count; here it is the oldest.
    fn treat(&mut self, group: u64, message: u64, now: Instant) -> Treatment {
        let message = Message::Single(message);
        let mut known = None;
        let mut similar = 0;
        for said in self.said.iter_mut().filter(|said| said.group == group) {
            said.counts &= now.since(said.last) <= WINDOW;
            said.last = now;
            if said.message == message {
                said.counts = true;
                known = Some(said.event);
            }
            similar += usize::from(said.counts);
        }
        if known.is_none() {
            self.said.push(Said { group, message, event: None, counts: true, last: now });
            similar += 1;
        }
        if similar < MAX_SIMILAR {
            return Treatment { message, held_by: known.flatten() };
        }
        let oldest = self.said.iter_mut().find(|said| said.group == group && said.counts);
        if let Some(oldest) = oldest {
            oldest.counts = false;
        }
        self.said.retain(|said| said.group != group || said.counts || said.event.is_some());
        let message = Message::Combined;
        Treatment { message, held_by: self.find(group, message).and_then(|said| said.event) }
    }

    fn find(&mut self, group: u64, message: Message) -> Option<&mut Said> {
        self.said.iter_mut().find(|said| said.group == group && said.message == message)
    }

    /// Notes which event holds a message.
    fn holds(&mut self, group: u64, message: Message, event: Uid, now: Instant) {
        if let Some(said) = self.find(group, message) {
            said.event = Some(event);
        } else if message == Message::Combined {
            let event = Some(event);
            self.said.push(Said { group, message, event, counts: false, last: now });
        }
    }
}

/// A number that two texts share only if they are the same.
fn digest(text: &str) -> u64 {
    text.as_bytes().chunks(8).fold(text.len() as u64, |sum, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        mix(sum ^ u64::from_le_bytes(word))
    })
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
        let kind = Some(object.kind());
        let involved = InvolvedObject { kind, name: meta.name.clone(), uid: meta.uid };
        self.record_about(source, involved, meta.namespace.clone(), type_, reason, message);
    }

    fn record_about(
        &mut self,
        source: EventSource,
        involved: InvolvedObject,
        namespace: Name,
        type_: EventType,
        reason: &'static str,
        message: String,
    ) {
        let now = self.now;
        let group = digest(reason) ^ type_ as u64;
        let about = self.recorder.about(source, involved.uid, now);
        let Treatment { message: said, held_by } = about.treat(group, digest(&message), now);
        if !about.may_speak(now) {
            return;
        }
        let held_by = held_by.filter(|event| self.tables.events.by_uid(*event).is_some());
        if held_by.is_none() {
            about.holds(group, said, Uid(self.next_uid), now);
        }
        let message: Name = match said {
            Message::Combined => format!("(combined from similar events): {message}").into(),
            Message::Single(_) => message.into(),
        };
        let second = now.truncated_to_second();
        if let Some(event) = held_by {
            // The event was just found in the table.
            drop(self.change::<Event>(event, |event| {
                event.count += 1;
                event.message = message;
                event.last_timestamp = second;
            }));
            return;
        }
        let suffix = mix(self.resource_version() ^ involved.uid.0);
        let event = Event {
            meta: ObjectMeta {
                name: format!("{}.{suffix:x}", involved.name).into(),
                namespace,
                ..self.bare.clone()
            },
            involved_object: involved,
            reason: reason.into(),
            message,
            type_,
            source: source.as_str().into(),
            count: 1,
            first_timestamp: second,
            last_timestamp: second,
        };
        // The name of an event is never taken.
        drop(self.create(event));
        self.expire_events();
    }

    /// Removes events that nothing has been added to for an hour, oldest first.
    fn expire_events(&mut self) {
        let oldest = |api: &Self| {
            let event = api.tables.events.iter().next()?;
            let expired = api.now.since(event.last_timestamp) > TTL;
            expired.then(|| Event::clone(event))
        };
        while let Some(event) = oldest(self) {
            self.remove(event);
        }
    }
}
