//! The run as the timeline shows it: moments, traffic, branches, and the scale of its axis.

use std::sync::Arc;

use rollscope_sim::Instant;
use rollscope_sim::history::SecondOfPods;
use rollscope_sim::view::SecondOfTraffic;

/// Lengths of the axis in seconds; the first that holds the run is taken, so that it stands still
/// for a while.
const LENGTHS: [u64; 14] =
    [30, 60, 90, 120, 180, 240, 300, 450, 600, 900, 1_200, 1_800, 2_700, 3_600];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MomentKind {
    Command,
    Scaling,
    Pod,
    Warning,
    Complete,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) at: Instant,
    pub(crate) kind: MomentKind,
    pub(crate) text: String,
}

/// A branch that was left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BranchView {
    pub(crate) forked_at: Instant,
    pub(crate) until: Instant,
    pub(crate) name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunView {
    /// In order of time.
    pub(crate) moments: Vec<Moment>,
    pub(crate) traffic: Arc<[SecondOfTraffic]>,
    pub(crate) pods: Arc<[SecondOfPods]>,
    pub(crate) branches: Vec<BranchView>,
}

impl Default for RunView {
    fn default() -> Self {
        Self {
            moments: Vec::new(),
            traffic: Arc::from([]),
            pods: Arc::from([]),
            branches: Vec::new(),
        }
    }
}

/// The time axis: from 0 to `length` seconds over `width` pixels between two margins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) length: u64,
    pub(crate) width: f64,
    /// Whether the chart over it is folded away.
    pub(crate) folded: bool,
}

impl Axis {
    pub(crate) const LEFT: f64 = 44.0;
    pub(crate) const RIGHT: f64 = 24.0;

    /// An axis that holds everything up to `until`.
    pub(crate) fn of(until: Instant, width: f64) -> Self {
        let seconds = until.as_secs() + 1;
        let fits = LENGTHS.into_iter().find(|length| *length >= seconds);
        let length = fits.unwrap_or_else(|| seconds.next_multiple_of(1_800));
        Self { length, width, folded: false }
    }

    fn plot_width(self) -> f64 {
        (self.width - Self::LEFT - Self::RIGHT).max(1.0)
    }

    /// Where an instant is.
    #[expect(clippy::cast_precision_loss, reason = "pixels")]
    pub(crate) fn x(self, at: Instant) -> f64 {
        Self::LEFT + at.as_micros() as f64 / (self.length * 1_000_000) as f64 * self.plot_width()
    }

    /// Which instant is there.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the axis' length"
    )]
    pub(crate) fn at(self, x: f64) -> Instant {
        let share = ((x - Self::LEFT) / self.plot_width()).clamp(0.0, 1.0);
        Instant::from_micros((share * (self.length * 1_000_000) as f64) as u64)
    }

    /// The instants that are labelled: at most one each 72 pixels.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number"
    )]
    pub(crate) fn labels(self) -> Vec<Instant> {
        let room = ((self.plot_width() / 72.0) as u64).max(1);
        let steps = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600];
        let step = steps.into_iter().find(|step| self.length / step <= room).unwrap_or(7_200);
        (0..=self.length / step).map(|number| Instant::from_secs(number * step)).collect()
    }
}

/// The moment nearest to `at`, no further away than `reach` micros.
pub(crate) fn nearest(moments: &[Moment], at: Instant, reach: u64) -> Option<&Moment> {
    let distance = |moment: &Moment| moment.at.as_micros().abs_diff(at.as_micros());
    // Commands first: they are what one looks for.
    let best = |wanted: fn(MomentKind) -> bool| {
        let near = moments.iter().filter(|moment| wanted(moment.kind) && distance(moment) <= reach);
        near.min_by_key(|moment| distance(moment))
    };
    best(|kind| kind == MomentKind::Command).or_else(|| best(|_| true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_stands_still_until_the_run_outgrows_it() {
        let lengths =
            [0, 20, 29, 30, 200, 4_000].map(|s| Axis::of(Instant::from_secs(s), 600.0).length);
        assert_eq!(lengths, [30, 30, 30, 60, 240, 5_400]);
    }

    #[test]
    fn a_point_and_its_instant_lead_to_each_other() {
        let axis = Axis::of(Instant::from_secs(50), 660.0);
        let at = Instant::from_secs(15);
        assert_eq!(axis.at(axis.x(at)), at);
        assert_eq!(axis.at(-10.0), Instant::BOOT);
        assert_eq!(axis.at(1e6), Instant::from_secs(60));
    }

    #[test]
    fn commands_are_found_before_other_moments() {
        let moment = |at, kind| Moment { at: Instant::from_secs(at), kind, text: String::new() };
        let moments = [moment(1, MomentKind::Command), moment(2, MomentKind::Pod)];
        let found = nearest(&moments, Instant::from_secs(2), 1_500_000).map(|found| found.kind);
        assert_eq!(found, Some(MomentKind::Command));
        assert!(nearest(&moments, Instant::from_secs(9), 1_500_000).is_none());
    }
}
