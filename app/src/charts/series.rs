//! Numbers for the chart: requests a second by version and those that failed, in even buckets.

use std::collections::BTreeMap;

use rollscope_sim::network::request::Outcome;
use rollscope_sim::view::SecondOfTraffic;

/// The most buckets one chart shows.
const BUCKETS: u64 = 300;

/// What becomes of requests, as the chart tells it apart. In the order of stacking.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Answered(String),
    Failed,
}

/// Stacked series over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Chart {
    /// Seconds in a bucket.
    pub(crate) bucket: u64,
    /// Requests a second in each bucket.
    pub(crate) series: Vec<(Kind, Vec<f64>)>,
    /// The highest sum of a bucket.
    pub(crate) peak: f64,
}

/// The chart of a run that is drawn over `length` seconds.
#[expect(clippy::cast_precision_loss, reason = "counts of requests")]
pub(crate) fn chart(traffic: &[SecondOfTraffic], length: u64) -> Chart {
    let bucket = length.div_ceil(BUCKETS).max(1);
    let buckets = usize::try_from(length.div_ceil(bucket)).unwrap_or(0);
    let mut series: BTreeMap<Kind, Vec<f64>> = BTreeMap::new();
    for second in traffic {
        let Ok(index) = usize::try_from(second.second / bucket) else {
            continue;
        };
        for (outcome, count) in &second.outcomes {
            let values = series.entry(kind(outcome)).or_insert_with(|| vec![0.0; buckets]);
            if let Some(value) = values.get_mut(index) {
                *value += f64::from(*count) / bucket as f64;
            }
        }
    }
    let sum =
        |index| series.values().filter_map(|values: &Vec<f64>| values.get(index)).sum::<f64>();
    let peak = (0..buckets).map(sum).fold(0.0, f64::max);
    Chart { bucket, peak, series: series.into_iter().collect() }
}

/// Requests a second by kind at one second, and failures up to and with it.
pub(crate) fn at(traffic: &[SecondOfTraffic], second: u64) -> Vec<(Kind, u32)> {
    let mut counts: BTreeMap<Kind, u32> = BTreeMap::new();
    for known in traffic {
        for (outcome, count) in &known.outcomes {
            let entry = counts.entry(kind(outcome)).or_default();
            if known.second == second {
                *entry += count;
            }
        }
    }
    counts.entry(Kind::Failed).or_default();
    counts.into_iter().collect()
}

/// Seconds in which requests failed, and which share of them did.
pub(crate) fn failures(traffic: &[SecondOfTraffic]) -> Vec<(u64, f64)> {
    let mut seconds: BTreeMap<u64, (u32, u32)> = BTreeMap::new();
    for known in traffic {
        let (failed, all) = seconds.entry(known.second).or_default();
        for (outcome, count) in &known.outcomes {
            *all += count;
            *failed += if kind(outcome) == Kind::Failed { *count } else { 0 };
        }
    }
    let share = |(second, (failed, all)): (u64, (u32, u32))| {
        (failed > 0).then(|| (second, f64::from(failed) / f64::from(all)))
    };
    seconds.into_iter().filter_map(share).collect()
}

fn kind(outcome: &Outcome) -> Kind {
    match outcome {
        Outcome::Answered(version) | Outcome::InFlight(version) => {
            Kind::Answered(version.to_string())
        }
        Outcome::Failed(_) => Kind::Failed,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use rollscope_sim::network::request::Failure;

    pub(crate) fn second(second: u64, v1: u32, failed: u32) -> SecondOfTraffic {
        let outcomes =
            [(Outcome::Answered("v1".into()), v1), (Outcome::Failed(Failure::NoEndpoints), failed)];
        SecondOfTraffic {
            second,
            service: "s".into(),
            outcomes: outcomes.into_iter().filter(|(_, count)| *count > 0).collect(),
            ..SecondOfTraffic::default()
        }
    }

    #[test]
    fn seconds_become_buckets_and_versions_stack_below_failures() {
        let traffic = [second(0, 0, 20), second(1, 15, 5), second(2, 20, 0)];
        let small = chart(&traffic, 30);
        assert_eq!((small.bucket, small.peak, small.series.len()), (1, 20.0, 2));
        assert_eq!(small.series[0].1[..4], [0.0, 15.0, 20.0, 0.0]);
        assert_eq!(small.series[1], (Kind::Failed, [vec![20.0, 5.0], vec![0.0; 28]].concat()));
        let long = chart(&traffic, 600);
        assert_eq!((long.bucket, long.series[0].1[0]), (2, 7.5));
    }

    #[test]
    fn the_reading_at_a_second_names_every_kind_of_the_run() {
        let traffic = [second(0, 0, 20), second(1, 15, 5)];
        let reading = at(&traffic, 9);
        assert_eq!(reading, [(Kind::Answered("v1".to_owned()), 0), (Kind::Failed, 0)]);
        assert_eq!(at(&traffic, 1)[0].1, 15);
        assert_eq!(failures(&traffic), [(0, 1.0), (1, 0.25)]);
    }
}
