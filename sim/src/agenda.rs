//! What happens next: an ordered list of occurrences, first in first out among equal times.
//!
//! Time jumps from entry to entry; nothing ticks. An occurrence that is no longer wanted is not
//! searched for: it carries a ticket, and its owner ignores a ticket that is out of date.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::time::Instant;

/// One entry: when, in which order among equals, and what.
#[derive(Clone, Debug)]
struct Entry<T> {
    at: Instant,
    seq: u64,
    what: T,
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.seq) == (other.at, other.seq)
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reversed, because the heap gives its greatest entry first.
impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.seq).cmp(&(self.at, self.seq))
    }
}

/// The ordered list of what happens next.
#[derive(Clone, Debug)]
pub struct Agenda<T> {
    heap: BinaryHeap<Entry<T>>,
    next_seq: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), next_seq: 0 }
    }
}

impl<T> Agenda<T> {
    /// Puts `what` on the agenda at `at`, behind everything already there for that instant.
    pub fn push(&mut self, at: Instant, what: T) {
        let seq = self.next_seq;
        self.next_seq += 1;
        self.heap.push(Entry { at, seq, what });
    }

    /// When the next occurrence is due.
    pub fn next_at(&self) -> Option<Instant> {
        self.heap.peek().map(|entry| entry.at)
    }

    /// Takes the next occurrence if it is due at `until` or before.
    pub fn pop_until(&mut self, until: Instant) -> Option<(Instant, T)> {
        if self.next_at()? > until {
            return None;
        }
        self.heap.pop().map(|entry| (entry.at, entry.what))
    }

    /// Takes everything that is `wanted`, in the order in which it would have happened.
    pub fn take_where(&mut self, wanted: impl Fn(&T) -> bool) -> Vec<T> {
        let entries = std::mem::take(&mut self.heap).into_vec();
        let (mut taken, mut kept) = (Vec::new(), Vec::with_capacity(entries.len()));
        for entry in entries {
            if wanted(&entry.what) { taken.push(entry) } else { kept.push(entry) }
        }
        self.heap = BinaryHeap::from(kept);
        crate::order::sort_by_key(&mut taken, |entry| (entry.at, entry.seq));
        taken.into_iter().map(|entry| entry.what).collect()
    }

    /// How many occurrences are waiting.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is waiting.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_times_leave_first_in_first_out_and_nothing_leaves_early() {
        let mut agenda = Agenda::default();
        let (early, late) = (Instant::from_millis(1), Instant::from_millis(2));
        for (at, what) in [(late, 'c'), (early, 'a'), (early, 'b'), (late, 'd')] {
            agenda.push(at, what);
        }
        let mut taken = String::new();
        while let Some((_, what)) = agenda.pop_until(early) {
            taken.push(what);
        }
        assert_eq!(taken, "ab");
        while let Some((_, what)) = agenda.pop_until(late) {
            taken.push(what);
        }
        assert_eq!(taken, "abcd");
    }

    #[test]
    fn what_is_taken_out_of_turn_comes_in_order_and_leaves_the_rest() {
        let mut agenda = Agenda::default();
        for (ms, what) in [(3, 'c'), (1, 'a'), (2, 'B'), (3, 'd'), (1, 'A')] {
            agenda.push(Instant::from_millis(ms), what);
        }
        assert_eq!(agenda.take_where(char::is_ascii_lowercase), ['a', 'c', 'd']);
        let mut pop = || agenda.pop_until(Instant::from_millis(9)).map(|(_, what)| what);
        assert_eq!([pop(), pop(), pop()], [Some('A'), Some('B'), None]);
    }
}
