//! How long a kubelet waits before it tries again.
//!
//! Models: kubernetes v1.36 client-go `util/flowcontrol/backoff.go`, one item of it, and its use in
//! `pkg/kubelet/kuberuntime/kuberuntime_manager.go` `doBackOff`. Leaves out: jitter.

use crate::time::{Duration, Instant};

/// The first and the longest wait of a kubelet, for crashing containers and failing pulls alike.
const KUBELET_BASE: Duration = Duration::from_secs(10);
const KUBELET_MAX: Duration = Duration::from_mins(5);

/// The waits of one container or image: doubling from `base` to `max`, and forgotten by an event
/// that comes more than twice `max` after the last update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOff {
    base: Duration,
    max: Duration,
    entry: Option<Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    delay: Duration,
    last_update: Instant,
}

/// A kubelet's: 10 s doubling to 300 s.
impl Default for BackOff {
    fn default() -> Self {
        Self::new(KUBELET_BASE, KUBELET_MAX)
    }
}

impl BackOff {
    /// One that has seen nothing yet.
    pub const fn new(base: Duration, max: Duration) -> Self {
        Self { base, max, entry: None }
    }

    /// The delay in force; zero when there is none.
    pub fn delay(&self) -> Duration {
        self.entry.map_or(Duration::ZERO, |entry| entry.delay)
    }

    /// Raises the delay at `now`, for something that happened at `event`.
    #[doc(alias = "Next")]
    pub fn raise(&mut self, event: Instant, now: Instant) {
        let delay = self.valid_at(event).map_or(self.base, |entry| (entry.delay * 2).min(self.max));
        self.entry = Some(Entry { delay, last_update: now });
    }

    /// Whether at `now` the delay counted from `event` is not over.
    pub fn is_in_back_off_since(&self, event: Instant, now: Instant) -> bool {
        self.valid_at(event).is_some_and(|entry| now.since(event) < entry.delay)
    }

    /// Whether at `event` the delay counted from the last update is not over.
    pub fn is_in_back_off_since_update(&self, event: Instant) -> bool {
        self.valid_at(event).is_some_and(|entry| event.since(entry.last_update) < entry.delay)
    }

    /// Notes the end, at `now`, of a container that ran from `started` on; returns the wait before
    /// the next start. The first restart is immediate.
    pub fn failed(&mut self, started: Instant, now: Instant) -> Duration {
        // A kubelet raises the delay when it starts the container again, so that is the last
        // update.
        if let Some(entry) = &mut self.entry {
            entry.last_update = started;
        }
        let wait = self.valid_at(now).map_or(Duration::ZERO, |entry| entry.delay);
        self.raise(now, now);
        wait
    }

    fn valid_at(&self, event: Instant) -> Option<Entry> {
        self.entry.filter(|entry| event.since(entry.last_update) <= self.max * 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_five_minutes_and_are_forgotten_after_a_long_run() {
        let mut back_off = BackOff::default();
        let mut now = Instant::BOOT;
        let mut fail = |run: u64| {
            let started = now;
            now += Duration::from_secs(run);
            back_off.failed(started, now).as_secs()
        };
        let waits: Vec<u64> = (0..8).map(|_| fail(60)).collect();
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(fail(601), 0);
        assert_eq!(fail(1), 10);
    }
}
