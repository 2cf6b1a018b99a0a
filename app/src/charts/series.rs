//! Numbers for the chart: requests a second by version and those that failed, in even buckets.

use std::collections::BTreeMap;

use rollscope_sim::network::tally::Count;
use rollscope_sim::view::SecondOfTraffic;

/// The most buckets one chart shows.
const BUCKETS: u64 = 300;

/// What becomes of requests, as the chart tells it apart. In the order of stacking.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// Answered by a pod of this version.
    Answered(String),
    /// Failed at a pod of this version; empty when there was no pod.
    Failed(String),
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
        for count in &second.outcomes {
            let values = series.entry(kind(count)).or_insert_with(|| vec![0.0; buckets]);
            if let Some(value) = values.get_mut(index) {
                *value += count.requests as f64 / bucket as f64;
            }
        }
    }
    let sum =
        |index| series.values().filter_map(|values: &Vec<f64>| values.get(index)).sum::<f64>();
    let peak = (0..buckets).map(sum).fold(0.0, f64::max);
    Chart { bucket, peak, series: series.into_iter().collect() }
}

/// Requests a second by kind at one second: every kind of the run, and failures in any case.
pub(crate) fn at(traffic: &[SecondOfTraffic], second: u64) -> Vec<(Kind, u64)> {
    let mut counts: BTreeMap<Kind, u64> = BTreeMap::new();
    for known in traffic {
        for count in &known.outcomes {
            let entry = counts.entry(kind(count)).or_default();
            if known.second == second {
                *entry += count.requests;
            }
        }
    }
    if !counts.keys().any(|kind| matches!(kind, Kind::Failed(_))) {
        counts.insert(Kind::Failed(String::new()), 0);
    }
    counts.into_iter().collect()
}

/// Seconds in which requests failed, and which share of them did.
#[expect(clippy::cast_precision_loss, reason = "counts of requests")]
pub(crate) fn failures(traffic: &[SecondOfTraffic]) -> Vec<(u64, f64)> {
    let mut seconds: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for known in traffic {
        let (failed, all) = seconds.entry(known.second).or_default();
        for count in &known.outcomes {
            *all += count.requests;
            *failed += if count.result.is_err() { count.requests } else { 0 };
        }
    }
    let share = |(second, (failed, all)): (u64, (u64, u64))| {
        (failed > 0).then(|| (second, failed as f64 / all as f64))
    };
    seconds.into_iter().filter_map(share).collect()
}

fn kind(count: &Count) -> Kind {
    let version = count.version.to_string();
    if count.result.is_ok() { Kind::Answered(version) } else { Kind::Failed(version) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use rollscope_sim::network::request::Failure;

    /// A second in which v1 answered some requests, v2 failed some, and some met no pod.
    pub(crate) fn second(second: u64, v1: u64, v2: u64, nobody: u64) -> SecondOfTraffic {
        let count =
            |version: &str, result, requests| Count { version: version.into(), result, requests };
        let outcomes = [
            count("v1", Ok(()), v1),
            count("v2", Err(Failure::Killed), v2),
            count("", Err(Failure::NoEndpoints), nobody),
        ];
        SecondOfTraffic {
            second,
            service: "s".into(),
            outcomes: outcomes.into_iter().filter(|count| count.requests > 0).collect(),
            ..SecondOfTraffic::default()
        }
    }

    #[test]
    fn seconds_become_buckets_and_versions_stack_below_failures() {
        let traffic = [second(0, 0, 0, 20), second(1, 15, 2, 3), second(2, 20, 0, 0)];
        let small = chart(&traffic, 30);
        assert_eq!((small.bucket, small.peak, small.series.len()), (1, 20.0, 3));
        assert_eq!(small.series[0].1[..4], [0.0, 15.0, 20.0, 0.0]);
        let nobody = Kind::Failed(String::new());
        assert_eq!(small.series[1], (nobody, [vec![20.0, 3.0], vec![0.0; 28]].concat()));
        assert_eq!(small.series[2].0, Kind::Failed("v2".to_owned()));
        assert_eq!(small.series[2].1[..3], [0.0, 2.0, 0.0]);
        let long = chart(&traffic, 600);
        assert_eq!((long.bucket, long.series[0].1[0]), (2, 7.5));
    }

    #[test]
    fn the_reading_at_a_second_names_every_kind_of_the_run() {
        let traffic = [second(0, 20, 0, 0), second(1, 15, 5, 0)];
        let (v1, v2) = (Kind::Answered("v1".to_owned()), Kind::Failed("v2".to_owned()));
        assert_eq!(at(&traffic, 9), [(v1.clone(), 0), (v2.clone(), 0)]);
        assert_eq!(at(&traffic, 1), [(v1.clone(), 15), (v2, 5)]);
        assert_eq!(at(&traffic[..1], 0), [(v1, 20), (Kind::Failed(String::new()), 0)]);
        assert_eq!(failures(&traffic), [(1, 0.25)]);
    }
}
