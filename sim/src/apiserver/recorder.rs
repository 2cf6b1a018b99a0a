//! Events: who says what about which object, without drowning the reader.
//!
//! Models: kubernetes v1.36 client-go `tools/record/events_cache.go`: identical events raise a
//! count; from the tenth similar one on they are combined; a source may say 25 things about an
//! object, and one more every five minutes.

use std::collections::{BTreeMap, BTreeSet};

use super::{ApiServer, Stored};
use crate::api::event::{EventSource, EventType, InvolvedObject};
use crate::api::kind::Resource;
use crate::api::{Event, Name, ObjectMeta, Uid};
use crate::time::{Duration, Instant};

/// Similar events within the window before they are combined.
const MAX_SIMILAR: usize = 10;
/// How long events count as similar.
const WINDOW: Duration = Duration::from_secs(600);
/// Events a source may record about one object at once.
const BURST: u64 = 25;
/// Time after which a source may record one more.
const REFILL: Duration = Duration::from_secs(300);
/// How long the API server keeps an event.
const TTL: Duration = Duration::from_secs(3_600);

/// What makes two events similar.
type SimilarKey = (EventSource, Uid, &'static str, EventType);

#[derive(Clone, Debug, Default)]
struct Similar {
    messages: BTreeSet<Name>,
    last: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Tokens, in microseconds of refill.
    level_us: u64,
    at: Instant,
}

/// The memory of what has been said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder {
    similar: BTreeMap<SimilarKey, Similar>,
    seen: BTreeMap<(SimilarKey, Name), Uid>,
    buckets: BTreeMap<(EventSource, Uid), Bucket>,
}

impl Recorder {
    /// Forgets an object that is gone.
    pub(crate) fn forget(&mut self, source: EventSource, uid: Uid) {
        self.buckets.remove(&(source, uid));
        let of_object = |key: &SimilarKey| key.0 == source && key.1 == uid;
        let first: SimilarKey = (source, uid, "", EventType::Normal);
        while let Some(key) = self.similar.range(first..).map(|(key, _)| *key).next() {
            if !of_object(&key) {
                break;
            }
            self.similar.remove(&key);
        }
        let first = (first, Name::default());
        while let Some(key) = self.seen.range(first.clone()..).map(|(key, _)| key.clone()).next() {
            if !of_object(&key.0) {
                break;
            }
            self.seen.remove(&key);
        }
    }

    /// The message to record: combined when too many similar ones came before.
    fn combine(&mut self, key: SimilarKey, message: Name, now: Instant) -> Name {
        let similar = self.similar.entry(key).or_default();
        if now.since(similar.last) > WINDOW {
            similar.messages.clear();
        }
        similar.last = now;
        similar.messages.insert(message.clone());
        if similar.messages.len() < MAX_SIMILAR {
            return message;
        }
        similar.messages.pop_first();
        COMBINED.into()
    }

    /// Whether this source may speak about this object once more.
    fn may_speak(&mut self, source: EventSource, uid: Uid, now: Instant) -> bool {
        let unit = micros(REFILL);
        let full = Bucket { level_us: BURST * unit, at: now };
        let bucket = self.buckets.entry((source, uid)).or_insert(full);
        let refilled = bucket.level_us.saturating_add(micros(now.since(bucket.at)));
        bucket.level_us = refilled.min(BURST * unit);
        bucket.at = now;
        if bucket.level_us < unit {
            return false;
        }
        bucket.level_us -= unit;
        true
    }
}

/// The key under which all combined events of a kind are one.
const COMBINED: &str = "(combined)";

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
        let involved =
            InvolvedObject { kind: T::KIND, name: meta.name.clone(), uid: meta.uid };
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
        let key = (source, involved.uid, reason, type_);
        let group = self.recorder.combine(key, message.as_str().into(), now);
        let message: Name = if &*group == COMBINED {
            format!("(combined from similar events): {message}").into()
        } else {
            group.clone()
        };
        if !self.recorder.may_speak(source, involved.uid, now) {
            return;
        }
        let second = now.truncated_to_second();
        let seen = self.recorder.seen.get(&(key, group.clone())).copied();
        if let Some(uid) = seen.filter(|uid| Event::table(&self.tables).by_uid(*uid).is_some()) {
            // The event was just found in the table.
            drop(self.change::<Event>(uid, |event| {
                event.count += 1;
                event.message = message;
                event.last_timestamp = second;
            }));
            return;
        }
        let suffix = format!("{:x}", crate::rng::mix(self.resource_version() ^ involved.uid.0));
        let event = Event {
            meta: ObjectMeta::named(&format!("{}.{suffix}", involved.name), namespace),
            involved_object: involved.clone(),
            reason,
            message,
            type_,
            source,
            count: 1,
            first_timestamp: second,
            last_timestamp: second,
        };
        if let Ok(event) = self.create(event) {
            self.recorder.seen.insert((key, group), event.meta.uid);
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
