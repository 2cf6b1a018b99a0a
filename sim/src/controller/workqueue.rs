//! A controller's queue of objects to look at.
//!
//! Models: kubernetes v1.36 client-go `util/workqueue`: keys are deduplicated, one key is never
//! processed twice at once, failures back off exponentially from 5 ms to 1000 s, and delayed
//! entries keep the earliest time.

use crate::api::Uid;
use crate::apiserver::causes::By;
use crate::ctx::Ctx;
use crate::occurrence::{Controller, Occurrence};
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;

/// Time between an entry and its processing.
const HANDOVER: Duration = Duration::from_millis(1);
/// Time the processing of a key takes per write to the API server.
const WRITE: Duration = Duration::from_millis(3);
/// Writes beyond which a sync counts as no longer.
const MOST_WRITES: u32 = 100;
const BACK_OFF_BASE: Duration = Duration::from_millis(5);
const BACK_OFF_MAX: Duration = Duration::from_secs(1_000);

#[derive(Clone, Copy, Debug)]
struct Entry {
    at: Instant,
    ticket: u32,
    /// The version of the write that asked for it.
    after: u64,
}

/// The queue.
#[derive(Clone, Debug)]
pub(crate) struct WorkQueue {
    controller: Controller,
    ready: UidMap<Entry>,
    delayed: UidMap<Entry>,
    busy_until: UidMap<Instant>,
    failures: UidMap<u32>,
    last_ticket: u32,
}

impl WorkQueue {
    pub(crate) const fn new(controller: Controller) -> Self {
        Self {
            controller,
            ready: UidMap::new(),
            delayed: UidMap::new(),
            busy_until: UidMap::new(),
            failures: UidMap::new(),
            last_ticket: 0,
        }
    }

    /// Asks for `key` to be looked at as soon as possible.
    pub(crate) fn add(&mut self, key: Uid, ctx: &mut Ctx<'_>) {
        if self.ready.contains_key(&key) {
            return;
        }
        let free = self.busy_until.get(&key).copied().unwrap_or_default();
        let entry = self.announce(key, free.max(ctx.now + HANDOVER), ctx);
        self.ready.insert(key, entry);
    }

    /// Asks for `key` to be looked at in `delay`, or earlier if that was asked before.
    pub(crate) fn add_after(&mut self, key: Uid, delay: Duration, ctx: &mut Ctx<'_>) {
        let at = ctx.now + delay;
        if self.delayed.get(&key).is_some_and(|waiting| waiting.at <= at) {
            return;
        }
        let entry = self.announce(key, at, ctx);
        self.delayed.insert(key, entry);
    }

    /// Asks for `key` to be looked at again after a failure.
    pub(crate) fn add_rate_limited(&mut self, key: Uid, ctx: &mut Ctx<'_>) {
        let failures = self.failures.get_or_insert_with(key, || 0);
        let factor = 1_u32.checked_shl(*failures).unwrap_or(u32::MAX);
        *failures = failures.saturating_add(1).min(30);
        self.add_after(key, BACK_OFF_BASE.saturating_mul(factor).min(BACK_OFF_MAX), ctx);
    }

    /// How often `key` has failed in a row.
    pub(crate) fn failures(&self, key: Uid) -> u32 {
        self.failures.get(&key).copied().unwrap_or(0)
    }

    /// Forgets the failures of `key`.
    pub(crate) fn forget(&mut self, key: Uid) {
        self.failures.remove(&key);
    }

    /// Whether the entry with this ticket is to be processed now. A delayed entry that has come of
    /// age joins the others instead.
    pub(crate) fn take(&mut self, key: Uid, ticket: u32, ctx: &mut Ctx<'_>) -> bool {
        if let Some(entry) = self.ready.get(&key).filter(|entry| entry.ticket == ticket) {
            let by = By::Sync { controller: self.controller, key };
            ctx.api.causes.begin(by, entry.after);
            self.ready.remove(&key);
            self.busy_until.remove(&key);
            return true;
        }
        if let Some(entry) = self.delayed.get(&key).filter(|entry| entry.ticket == ticket) {
            ctx.api.causes.begin(By::Itself, entry.after);
            self.delayed.remove(&key);
            self.add(key, ctx);
        }
        false
    }

    /// Notes that processing `key` took `writes` writes: until they are done it is not processed
    /// again.
    pub(crate) fn done(&mut self, key: Uid, writes: u64, ctx: &Ctx<'_>) {
        if writes > 0 {
            let writes = u32::try_from(writes).unwrap_or(u32::MAX).min(MOST_WRITES);
            self.busy_until.insert(key, ctx.now + WRITE * writes);
        }
    }

    fn announce(&mut self, key: Uid, at: Instant, ctx: &mut Ctx<'_>) -> Entry {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        let ticket = self.last_ticket;
        ctx.agenda.push(at, Occurrence::SyncDue { controller: self.controller, key, ticket });
        Entry { at, ticket, after: ctx.api.causes.after() }
    }
}
