//! Who sits where among many: a pod keeps its cell while it lives, so that a lane of thousands does
//! not stir when one of them goes.
//!
//! The seats are cosmetic, as a slide to another place is: they follow from what was on the screen
//! before. A jump in time begins anew.

use std::collections::BTreeMap;

use rollscope_sim::api::Uid;
use rollscope_sim::{Duration, Instant};

/// Longer steps of time are jumps.
const JUMP: Duration = Duration::from_secs(20);
/// A lane with so many times as many seats as pods closes up.
const SPARSE: usize = 4;

/// The pods of a lane and their seats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seated {
    /// By uid.
    pods: Vec<(Uid, usize)>,
    seats: usize,
}

impl Seated {
    /// One after the other.
    pub(crate) fn in_order(pods: &[Uid]) -> Self {
        let seats = pods.iter().enumerate().map(|(seat, pod)| (*pod, seat));
        Self { pods: seats.collect(), seats: pods.len() }
    }

    /// The pods by uid, each with its seat.
    pub(crate) fn pods(&self) -> &[(Uid, usize)] {
        &self.pods
    }

    /// How many seats there are, the last of them taken.
    pub(crate) const fn seats(&self) -> usize {
        self.seats
    }

    /// A pod's seat.
    pub(crate) fn seat(&self, pod: Uid) -> Option<usize> {
        let index = self.pods.binary_search_by_key(&pod, |(uid, _)| *uid).ok()?;
        self.pods.get(index).map(|(_, seat)| *seat)
    }
}

/// The seats of all lanes, from picture to picture.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    lanes: BTreeMap<Uid, Seated>,
    now: Instant,
}

impl Seats {
    /// A picture of this instant follows.
    pub(super) fn begin(&mut self, now: Instant) {
        if now < self.now || now > self.now + JUMP {
            self.lanes.clear();
        }
        self.now = now;
    }

    /// Seats the pods of a lane, which come by uid: those that had a seat keep it, others take the
    /// first that are free.
    pub(super) fn seat(&mut self, lane: Uid, pods: &[Uid]) -> Seated {
        let before = self.lanes.get(&lane);
        let seated = match before {
            Some(before) if before.seats < (pods.len() + 1) * SPARSE => again(before, pods),
            _ => Seated::in_order(pods),
        };
        if before != Some(&seated) {
            self.lanes.insert(lane, seated.clone());
        }
        seated
    }
}

fn again(before: &Seated, pods: &[Uid]) -> Seated {
    let mut taken = vec![false; before.seats];
    let mut known = before.pods.iter().peekable();
    let mut seats: Vec<Option<usize>> = Vec::with_capacity(pods.len());
    for pod in pods {
        while known.next_if(|(uid, _)| uid < pod).is_some() {}
        let seat = known.next_if(|(uid, _)| uid == pod).map(|(_, seat)| *seat);
        if let Some(taken) = seat.and_then(|seat| taken.get_mut(seat)) {
            *taken = true;
        }
        seats.push(seat);
    }
    let beyond = taken.len()..;
    let mut free = taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(seat, _)| seat);
    let mut beyond = beyond.into_iter();
    let mut next = || free.next().or_else(|| beyond.next()).unwrap_or_default();
    let pods: Vec<(Uid, usize)> =
        pods.iter().zip(seats).map(|(pod, seat)| (*pod, seat.unwrap_or_else(&mut next))).collect();
    let seats = pods.iter().map(|(_, seat)| seat + 1).max().unwrap_or(0);
    Seated { pods, seats }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uids(range: std::ops::Range<u64>) -> Vec<Uid> {
        range.map(Uid).collect()
    }

    #[test]
    fn a_pod_keeps_its_seat_and_a_new_one_takes_the_first_that_is_free() {
        let mut seats = Seats::default();
        seats.begin(Instant::from_secs(1));
        assert_eq!(seats.seat(Uid(1), &uids(10..15)).seat(Uid(14)), Some(4));
        let without = [10, 12, 14, 20, 21].map(Uid);
        let seated = seats.seat(Uid(1), &without);
        let found: Vec<usize> = without.iter().filter_map(|pod| seated.seat(*pod)).collect();
        assert_eq!((found, seated.seats()), (vec![0, 2, 4, 1, 3], 5));
        assert_eq!(seated.seat(Uid(11)), None);
    }

    #[test]
    fn an_almost_empty_lane_closes_up_and_so_does_a_jump() {
        let mut seats = Seats::default();
        seats.begin(Instant::from_secs(1));
        seats.seat(Uid(1), &uids(0..100));
        assert_eq!(seats.seat(Uid(1), &uids(60..100)).seat(Uid(60)), Some(60));
        assert_eq!(seats.seat(Uid(1), &uids(95..100)).seat(Uid(95)), Some(0));
        seats.seat(Uid(2), &uids(0..10));
        seats.begin(Instant::BOOT);
        assert_eq!(seats.seat(Uid(2), &uids(9..10)).seat(Uid(9)), Some(0));
    }
}
