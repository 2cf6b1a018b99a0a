//! The pods that wait for a node: by priority, then by arrival; those that found none come back
//! when something has changed, after a back-off.
//!
//! Models: kubernetes v1.36 `pkg/scheduler/backend/queue/scheduling_queue.go`.

use std::collections::{BTreeSet, VecDeque};

use crate::api::Uid;
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;

/// First and longest wait of a pod that found no node.
const BACK_OFF_BASE: Duration = Duration::from_secs(1);
const BACK_OFF_MAX: Duration = Duration::from_secs(10);
/// After this long a pod is tried again although nothing has changed.
const AT_THE_LATEST: Duration = Duration::from_mins(5);

/// A pod that found no node.
#[derive(Clone, Copy, Debug)]
struct Unschedulable {
    attempts: u32,
    not_before: Instant,
    last_try: Instant,
}

/// The pods that wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<(i32, Uid)>,
    queued: BTreeSet<Uid>,
    unschedulable: UidMap<Unschedulable>,
}

impl Queue {
    /// Adds a pod behind those of its priority.
    pub(super) fn add(&mut self, priority: i32, pod: Uid) {
        if !self.queued.insert(pod) {
            return;
        }
        let behind = self.waiting.iter().rev().position(|(other, _)| *other >= priority);
        let place = behind.map_or(0, |from_end| self.waiting.len() - from_end);
        self.waiting.insert(place, (priority, pod));
    }

    /// Forgets a pod that needs no node any more.
    pub(super) fn forget(&mut self, pod: Uid) {
        self.unschedulable.remove(&pod);
    }

    /// Whether some pod found no node.
    pub(super) const fn has_unschedulable(&self) -> bool {
        !self.unschedulable.is_empty()
    }

    /// The pods that found no node.
    pub(super) fn unschedulable(&self) -> Vec<Uid> {
        self.unschedulable.keys().copied().collect()
    }

    /// Notes that a pod found no node.
    pub(super) fn found_none(&mut self, pod: Uid, now: Instant) {
        let entry = self.unschedulable.get_or_insert_with(pod, || Unschedulable {
            attempts: 0,
            not_before: now,
            last_try: now,
        });
        let wait = BACK_OFF_BASE.saturating_mul(1 << entry.attempts.min(5)).min(BACK_OFF_MAX);
        entry.attempts += 1;
        entry.not_before = now + wait;
        entry.last_try = now;
    }

    /// The pods whose turn it is, in order; the others stay.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Uid> {
        let mut due = Vec::new();
        for (priority, pod) in std::mem::take(&mut self.waiting) {
            let not_before = self.unschedulable.get(&pod).map(|entry| entry.not_before);
            if not_before.is_some_and(|moment| moment > now) {
                self.waiting.push_back((priority, pod));
            } else {
                self.queued.remove(&pod);
                due.push(pod);
            }
        }
        due
    }

    /// The pods that were left alone for too long.
    pub(super) fn neglected(&self, now: Instant) -> Vec<Uid> {
        let long_ago = |entry: &Unschedulable| now.since(entry.last_try) >= AT_THE_LATEST;
        let entries = self.unschedulable.iter().filter(|(_, entry)| long_ago(entry));
        entries.map(|(pod, _)| *pod).collect()
    }

    /// When somebody's turn comes next, if nothing changes.
    pub(super) fn next_at(&self) -> Option<Instant> {
        let waiting = self.waiting.iter();
        let waiting = waiting.filter_map(|(_, pod)| Some(self.unschedulable.get(pod)?.not_before));
        let forgotten = self.unschedulable.iter().filter(|(pod, _)| !self.queued.contains(*pod));
        let forgotten = forgotten.map(|(_, entry)| entry.last_try + AT_THE_LATEST);
        waiting.chain(forgotten).min()
    }
}
