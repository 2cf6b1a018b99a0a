//! Numbers for the charts of lines: pods with the band a rollout keeps to, latencies, GPUs.

use rollscope_sim::history::SecondOfPods;
use rollscope_sim::view::SecondOfTraffic;

/// The most points of a line.
const POINTS: u64 = 600;

/// What the chart shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Measure {
    #[default]
    Requests,
    Pods,
    Latency,
    Gpus,
}

impl Measure {
    pub(crate) const ALL: [Self; 4] = [Self::Requests, Self::Pods, Self::Latency, Self::Gpus];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Requests => "Requests",
            Self::Pods => "Pods",
            Self::Latency => "Latency",
            Self::Gpus => "GPUs",
        }
    }

    /// What its files are called.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Pods => "pods",
            Self::Latency => "latency",
            Self::Gpus => "gpus",
        }
    }

    /// What its values are counted in.
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Requests => "requests/s",
            Self::Pods => "pods",
            Self::Latency => "ms",
            Self::Gpus => "GPUs",
        }
    }
}

/// How much a line stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Strong,
    Plain,
    Faint,
}

impl Weight {
    /// Its class in the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Strong => "chart-strong",
            Self::Plain => "chart-plain",
            Self::Faint => "chart-faint",
        }
    }
}

/// Of several seconds in one point, which value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    Least,
    Most,
}

/// A line: a value a point, where there is one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) weight: Weight,
    pub(crate) values: Vec<Option<f64>>,
}

/// Lines over time, and a band behind them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lines {
    /// Seconds from one point to the next.
    pub(crate) bucket: u64,
    pub(crate) all: Vec<Line>,
    /// The lower and the upper edge of the band.
    pub(crate) band: Vec<Option<(f64, f64)>>,
    /// The highest value.
    pub(crate) peak: f64,
}

/// The lines of a run that is drawn over `length` seconds.
pub(crate) fn lines(
    measure: Measure,
    pods: &[SecondOfPods],
    traffic: &[SecondOfTraffic],
    length: u64,
) -> Lines {
    let mut lines = Lines { bucket: length.div_ceil(POINTS).max(1), ..Lines::default() };
    let mut add = |name, weight, keep, values: &mut dyn Iterator<Item = (u64, f64)>| {
        let values = thinned(values, lines.bucket, keep);
        lines.all.push(Line { name, weight, values });
    };
    let mut counted = |name, weight, keep, count: fn(&SecondOfPods) -> f64| {
        add(name, weight, keep, &mut pods.iter().map(|second| (second.second, count(second))));
    };
    match measure {
        Measure::Requests => {}
        Measure::Pods => {
            counted("with terminating", Weight::Faint, Keep::Most, |it| real(it.all));
            counted("pods", Weight::Plain, Keep::Most, |it| real(it.active));
            counted("available", Weight::Strong, Keep::Least, |it| f64::from(it.available));
            let edge = |keep, edge: fn(&SecondOfPods) -> i32| {
                let values = pods.iter().map(|it| (it.second, f64::from(edge(it))));
                thinned(&mut values.into_iter(), lines.bucket, keep)
            };
            let least = edge(Keep::Least, |it| it.min_available);
            let most = edge(Keep::Most, |it| it.max_total);
            lines.band = least.into_iter().zip(most).map(|(low, high)| low.zip(high)).collect();
        }
        Measure::Latency => {
            for (index, (name, weight)) in
                [("p50", Weight::Faint), ("p95", Weight::Plain), ("p99", Weight::Strong)]
                    .into_iter()
                    .enumerate()
            {
                let answered = traffic.iter().filter(|second| second.latency_us[2] > 0);
                let values = answered
                    .map(|second| (second.second, real(second.latency_us[index]) / 1_000.0));
                add(name, weight, Keep::Most, &mut values.into_iter());
            }
        }
        Measure::Gpus => {
            counted("held", Weight::Strong, Keep::Most, |it| real(it.gpus_milli) / 1_000.0);
        }
    }
    let tops = lines.all.iter().flat_map(|line| line.values.iter().flatten().copied());
    let band = lines.band.iter().flatten().map(|(_, high)| *high);
    lines.peak = tops.chain(band).fold(0.0, f64::max);
    lines
}

/// The values of each line in one second.
pub(crate) fn at(lines: &Lines, second: u64) -> Vec<(&'static str, Option<f64>)> {
    let index = usize::try_from(second / lines.bucket.max(1)).unwrap_or(usize::MAX);
    let value = |line: &Line| (line.name, line.values.get(index).copied().flatten());
    lines.all.iter().rev().map(value).collect()
}

fn thinned(
    values: &mut dyn Iterator<Item = (u64, f64)>,
    bucket: u64,
    keep: Keep,
) -> Vec<Option<f64>> {
    let mut out: Vec<Option<f64>> = Vec::new();
    for (second, value) in values {
        let Ok(index) = usize::try_from(second / bucket) else { break };
        if out.len() <= index {
            out.resize(index + 1, None);
        }
        let kept = &mut out[index];
        *kept = Some(match (*kept, keep) {
            (None, _) => value,
            (Some(other), Keep::Least) => other.min(value),
            (Some(other), Keep::Most) => other.max(value),
        });
    }
    out
}

#[expect(clippy::cast_precision_loss, reason = "counts of pods and microseconds")]
const fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: u64, available: i32, all: u64) -> SecondOfPods {
        SecondOfPods {
            second,
            wanted: 3,
            min_available: 2,
            max_total: 4,
            available,
            active: all.min(4),
            all,
            gpus_milli: all * 2_000,
        }
    }

    #[test]
    fn pods_have_a_band_and_of_many_seconds_the_worst_is_shown() {
        let pods = [second(0, 3, 3), second(1, 2, 5), second(2, 3, 4)];
        let short = lines(Measure::Pods, &pods, &[], 30);
        assert_eq!((short.bucket, short.peak), (1, 5.0));
        assert_eq!(short.band[1], Some((2.0, 4.0)));
        assert_eq!(
            at(&short, 1),
            [("available", Some(2.0)), ("pods", Some(4.0)), ("with terminating", Some(5.0))]
        );
        assert_eq!(at(&short, 9)[0], ("available", None));
        let long = lines(Measure::Pods, &pods, &[], 3_600);
        assert_eq!(long.bucket, 6);
        assert_eq!(
            at(&long, 0),
            [("available", Some(2.0)), ("pods", Some(4.0)), ("with terminating", Some(5.0))]
        );
        assert_eq!(at(&lines(Measure::Gpus, &pods, &[], 30), 1), [("held", Some(10.0))]);
    }

    #[test]
    fn seconds_without_an_answer_have_no_latency() {
        let answered = |second, latency_us| SecondOfTraffic {
            second,
            latency_us,
            ..SecondOfTraffic::default()
        };
        let traffic = [answered(0, [0; 3]), answered(1, [10_000, 20_000, 30_500])];
        let lines = lines(Measure::Latency, &[], &traffic, 30);
        assert_eq!(at(&lines, 0)[0], ("p99", None));
        assert_eq!(at(&lines, 1), [("p99", Some(30.5)), ("p95", Some(20.0)), ("p50", Some(10.0))]);
    }
}
