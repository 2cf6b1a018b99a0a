//! How busy a pod is: so many requests at a time, a queue behind them, and answers that take longer
//! the more there is to do.
//!
//! Nothing of this is on the agenda. When a request arrives, its end is already known: the pod
//! serves in the order of arrival, so the request begins when the first of the pod's slots is free.

use std::collections::VecDeque;

use crate::container::ServerProfile;
use crate::time::{Duration, Instant};

/// Sixteen equally likely shares, in percent, of the time a request takes: a long tail to the right
/// with a mean of 100.
const SPREAD: [u64; 16] = [62, 68, 73, 77, 81, 84, 88, 91, 95, 99, 104, 109, 116, 126, 142, 185];

/// A request that a pod has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// When the pod begins to work on it.
    pub(crate) begins: Instant,
    /// When it is answered.
    pub(crate) ends: Instant,
}

/// The requests of one process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Server {
    /// When each slot in use becomes free, in order.
    busy_until: Vec<Instant>,
    /// When each request in the queue begins, in order.
    waiting: VecDeque<Instant>,
}

impl Server {
    /// Takes a request, or turns it away when the queue is full. `length` is how long its class
    /// takes, `None` for the program's own; `draw` are random bits.
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        profile: &ServerProfile,
        since: Instant,
        length: Option<Duration>,
        draw: u64,
    ) -> Option<Admitted> {
        let ended = self.busy_until.partition_point(|at| *at <= now);
        self.busy_until.drain(..ended);
        while self.waiting.front().is_some_and(|begins| *begins <= now) {
            self.waiting.pop_front();
        }
        let slots = profile.concurrency.max(1) as usize;
        let begins = if self.busy_until.len() < slots {
            now
        } else if self.waiting.len() < profile.queue as usize {
            let begins = self.busy_until.remove(0);
            self.waiting.push_back(begins);
            begins
        } else {
            return None;
        };
        let busy = self.busy_until.len() as u64 + 1;
        let mut us = micros(length.unwrap_or(profile.service_time));
        us = us * SPREAD[(draw % 16) as usize] / 100;
        us += us * busy * u64::from(profile.load_percent) / (slots as u64 * 100);
        let takes = profile.when_cold(Duration::from_micros(us.max(1)), begins.since(since));
        let ends = begins + takes;
        let place = self.busy_until.partition_point(|at| *at <= ends);
        self.busy_until.insert(place, ends);
        Some(Admitted { begins, ends })
    }

    /// When the last request is answered.
    pub(crate) fn busy_until(&self) -> Option<Instant> {
        self.busy_until.last().copied()
    }

    /// Forgets all requests: the process has ended.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::Stop;

    const PROFILE: ServerProfile = ServerProfile {
        concurrency: 2,
        queue: 1,
        service_time: Duration::from_millis(100),
        load_percent: 0,
        warm_up: Duration::ZERO,
        cold_percent: 100,
        stop: Stop::Drains,
    };

    #[test]
    fn the_spread_has_a_mean_of_a_hundred() {
        assert_eq!(SPREAD.iter().sum::<u64>(), 1_600);
    }

    #[test]
    fn slots_fill_then_the_queue_then_requests_are_turned_away() {
        let mut server = Server::default();
        let now = Instant::from_secs(1);
        let mut admit = |now| server.admit(now, &PROFILE, Instant::BOOT, None, 9);
        let [first, second, third] = [admit(now), admit(now), admit(now)];
        let first = first.expect("a free slot");
        assert_eq!((first.begins, first.ends.since(now)), (now, Duration::from_millis(99)));
        assert_eq!(second.map(|taken| taken.begins), Some(now));
        assert_eq!(third.map(|taken| taken.begins), Some(first.ends));
        assert_eq!(admit(now), None);
        assert!(admit(first.ends).is_some(), "the queue has moved on");
    }

    #[test]
    fn a_busy_pod_and_a_cold_one_take_longer() {
        let profile = ServerProfile {
            concurrency: 10,
            load_percent: 100,
            warm_up: Duration::from_secs(10),
            cold_percent: 300,
            ..PROFILE
        };
        let took = |seconds: u64, before: u32| {
            let mut server = Server::default();
            let now = Instant::from_secs(seconds);
            for _ in 0..before {
                server.admit(now, &profile, Instant::BOOT, None, 9);
            }
            let taken = server.admit(now, &profile, Instant::BOOT, None, 9);
            taken.map(|taken| taken.ends.since(now).as_millis())
        };
        assert_eq!(took(100, 0), Some(108), "a tenth of the slots is in use");
        assert_eq!(took(100, 9), Some(198), "all are");
        assert_eq!(took(0, 0), Some(326), "and three times that when cold");
    }
}
