//! The report: what a run came to, in one object.
//!
//! [`Report::of`] reads it off a cluster at any instant. [`explain`] says why a request failed, and
//! what would have prevented it.

pub mod explain;
mod json;
mod level;
pub(crate) mod meter;
mod mix;
mod text;

use crate::api::{Name, Uid};
use crate::cluster::Cluster;
use crate::network::request::{Failure, Request};
use crate::network::tally::Totals;
use crate::time::{Duration, Instant};
use crate::why::{self, Link};
pub use meter::Rollout;

/// What a run came to until an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The instant.
    pub until: Instant,
    /// All rollouts in the order of their beginning.
    pub rollouts: Vec<Rollout>,
    /// Sent, answered, failed.
    pub requests: Totals,
    /// Requests that failed, by cause; only causes that occurred.
    pub failed: Vec<(Failure, u64)>,
    /// The same for each version, in the order in which they were first asked; without a name those
    /// for which no pod was chosen.
    pub versions: Vec<VersionReport>,
    /// The same for each Service that was asked.
    pub services: Vec<ServiceReport>,
    /// The latency of half, 95 % and 99 % of those answered, in microseconds.
    pub latency_us: [u64; 3],
    /// The least number of available pods, of all Deployments together, since all were first
    /// complete.
    pub min_available: Option<i32>,
    /// The most pods, those that were terminating not counted.
    pub max_pods: u64,
    /// The most pods, terminating ones included.
    pub max_pods_with_terminating: u64,
    /// The most GPUs held, in thousandths.
    pub peak_gpus_milli: u64,
    /// GPUs held over time, in thousandths of a GPU times microseconds.
    pub gpu_milli_us: u64,
    /// How long ready endpoints of one Service were of different versions.
    pub mixed: Duration,
    /// How long clients were answered by different versions: from the first answer of one to the
    /// last of another.
    pub mixed_answers: Duration,
    /// The first request that failed.
    pub first_failure: Option<FailureReport>,
}

/// What the requests to one version's pods came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionReport {
    /// The version.
    pub version: Name,
    /// How many were answered.
    pub answered: u64,
    /// How many failed, by cause.
    pub failed: Vec<(Failure, u64)>,
    /// When the first and the last were answered.
    pub answers: Option<(Instant, Instant)>,
}

/// What the requests to one Service came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceReport {
    /// The Service.
    pub service: Uid,
    /// Its name.
    pub name: Name,
    /// How many were answered.
    pub answered: u64,
    /// How many failed, by cause.
    pub failed: Vec<(Failure, u64)>,
}

/// A request that failed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureReport {
    /// The request.
    pub request: Request,
    /// The cause.
    pub cause: Failure,
    /// The name of the pod that was chosen; empty without one.
    pub pod: Name,
    /// The cause in a sentence, with numbers and what would have prevented it.
    pub explanation: String,
    /// What led to it, link by link, the last first: see [`crate::why`].
    pub why: Vec<String>,
}

impl Report {
    /// What a run came to until now.
    pub fn of(cluster: &Cluster) -> Self {
        let (now, meter) = (cluster.now(), cluster.meter());
        let counts = cluster.request_counts(None);
        let mut failed = Vec::new();
        let mut versions: Vec<VersionReport> = Vec::new();
        for count in &counts {
            let known = versions.iter().position(|known| known.version == count.version);
            let index = known.unwrap_or_else(|| {
                let answers = cluster.answers_of(&count.version);
                let version = count.version.clone();
                versions.push(VersionReport { version, answers, ..VersionReport::default() });
                versions.len() - 1
            });
            match count.result {
                Ok(()) => versions[index].answered += count.requests,
                Err(cause) => {
                    add(&mut failed, cause, count.requests);
                    add(&mut versions[index].failed, cause, count.requests);
                }
            }
        }
        Self {
            until: now,
            rollouts: meter.rollouts(now),
            requests: cluster.totals(),
            failed,
            mixed_answers: mixed_answers(&versions),
            versions,
            services: services(cluster),
            latency_us: [50, 95, 99].map(|percent| cluster.latencies().quantile_us(percent)),
            min_available: meter.min_available,
            max_pods: meter.used.active.peak(),
            max_pods_with_terminating: meter.used.all.peak(),
            peak_gpus_milli: meter.used.gpus.peak(),
            gpu_milli_us: meter.used.gpus.area_until(now),
            mixed: meter.mix.mixed_until(now),
            first_failure: cluster.first_failures().first().map(|first| FailureReport {
                request: first.request.clone(),
                cause: first.cause,
                pod: first.pod.clone(),
                explanation: explain::explain(first, cluster),
                why: why::why_request(cluster, first.cause, &first.request, &first.pod)
                    .iter()
                    .map(Link::line)
                    .collect(),
            }),
        }
    }
}

impl Report {
    /// Requests that failed since an earlier report, by cause.
    pub fn failed_since(&self, before: &Self) -> Vec<(Failure, u64)> {
        let known = |cause: Failure| {
            let found = before.failed.iter().find(|(known, _)| *known == cause);
            found.map_or(0, |(_, requests)| *requests)
        };
        let failed = self.failed.iter().map(|(cause, requests)| (*cause, requests - known(*cause)));
        failed.filter(|(_, requests)| *requests > 0).collect()
    }
}

fn services(cluster: &Cluster) -> Vec<ServiceReport> {
    let report = |(service, name): (Uid, Name)| {
        let (mut answered, mut failed) = (0, Vec::new());
        for count in cluster.request_counts(Some(service)) {
            match count.result {
                Ok(()) => answered += count.requests,
                Err(cause) => add(&mut failed, cause, count.requests),
            }
        }
        ServiceReport { service, name, answered, failed }
    };
    cluster.asked_services().map(report).collect()
}

/// Adds to the count of a cause; causes stay in the order of [`Failure::ALL`].
fn add(counts: &mut Vec<(Failure, u64)>, cause: Failure, more: u64) {
    if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == cause) {
        *count += more;
        return;
    }
    let place = counts.iter().position(|(known, _)| *known > cause);
    counts.insert(place.unwrap_or(counts.len()), (cause, more));
}

/// The longest time that lies between the first and the last answer of two versions both.
fn mixed_answers(versions: &[VersionReport]) -> Duration {
    let spans: Vec<(Instant, Instant)> =
        versions.iter().filter_map(|known| known.answers).collect();
    let overlap =
        |(a, b): ((Instant, Instant), (Instant, Instant))| a.1.min(b.1).since(a.0.max(b.0));
    let pairs = spans.iter().enumerate();
    let pairs = pairs.flat_map(|(index, a)| spans[index + 1..].iter().map(|b| (*a, *b)));
    pairs.map(overlap).max().unwrap_or_default()
}
