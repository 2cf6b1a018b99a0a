//! A number over time: its value, its peak, and the area below it.

use crate::time::Instant;

/// A number that changes at instants and holds between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    value: u64,
    peak: u64,
    /// The value times microseconds, until `since`.
    area: u64,
    since: Instant,
}

impl Level {
    /// One part of the sum changes from `before` to `now`.
    pub(super) fn shift(&mut self, at: Instant, before: u64, now: u64) {
        if before == now {
            return;
        }
        self.area = self.area_until(at);
        self.since = at;
        self.value = (self.value + now).saturating_sub(before);
        self.peak = self.peak.max(self.value);
    }

    /// The value.
    pub(super) const fn value(&self) -> u64 {
        self.value
    }

    /// The highest value since [`Self::forget_peak`].
    pub(super) const fn peak(&self) -> u64 {
        self.peak
    }

    /// Counts the peak from the present value.
    pub(super) const fn forget_peak(&mut self) {
        self.peak = self.value;
    }

    /// The area until `at`, in the value's unit times microseconds.
    pub(super) fn area_until(&self, at: Instant) -> u64 {
        let us = u64::try_from(at.since(self.since).as_micros()).unwrap_or(u64::MAX);
        self.area.saturating_add(self.value.saturating_mul(us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_value_over_time() {
        let at = Instant::from_micros;
        let mut level = Level::default();
        level.shift(at(10), 0, 4);
        level.shift(at(30), 0, 2);
        level.shift(at(40), 4, 0);
        assert_eq!((level.value, level.peak(), level.area_until(at(50))), (2, 6, 160));
        level.forget_peak();
        assert_eq!(level.peak(), 2);
    }
}
