//! How long a kubelet waits before it tries again.
//!
//! Models: kubernetes v1.36 client-go `util/flowcontrol/backoff.go` as the kubelet uses it: 10 s
//! doubling to 300 s, forgotten when the last failure is more than 600 s ago.

use crate::time::{Duration, Instant};

const BASE: Duration = Duration::from_secs(10);
const MAX: Duration = Duration::from_secs(300);

/// The waits of one container or image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BackOff {
    wait: Duration,
    last: Option<Instant>,
}

impl BackOff {
    /// Notes a failure of something that ran from `started` on; returns the wait before the next
    /// try. The first restart of a container is immediate.
    pub(crate) fn failed(&mut self, started: Instant, now: Instant) -> Duration {
        let forgotten = self.last.is_none() || now.since(started) > MAX * 2;
        let wait = if forgotten { Duration::ZERO } else { self.wait };
        self.wait = if forgotten { BASE } else { (self.wait * 2).min(MAX) };
        self.last = Some(now);
        wait
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
