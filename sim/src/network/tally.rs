//! Counts of requests: by second, by Service, version and pod, by outcome and cause.

use super::histogram::Histogram;
use super::request::Failure;
use crate::api::{Name, Uid};
use crate::time::Instant;
use crate::uid_map::UidMap;

/// How many versions are told apart; the requests of further ones count for the last.
const MAX_VERSIONS: usize = 1_000;

/// Requests of one second by what became of them in it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SecondOfTraffic {
    /// The second since boot.
    pub second: u64,
    /// The Service's name.
    pub service: Name,
    /// How many requests ended in which way, in the order in which each way first came.
    pub outcomes: Vec<Count>,
    /// How many requests were sent.
    pub sent: u32,
    /// How many requests were in flight when it was over.
    pub in_flight: u32,
    /// The latency of half, 95 % and 99 % of those answered, in microseconds.
    pub latency_us: [u64; 3],
}

/// A number of requests of one version with one outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The version of the pod that was chosen; empty when there was none.
    pub version: Name,
    /// Answered, or why not.
    pub result: Result<(), Failure>,
    /// How many.
    pub requests: u64,
}

/// Version and outcome in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tag {
    version: u16,
    result: Result<(), Failure>,
}

/// A request that ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) service: Uid,
    pub(super) pod: Option<Uid>,
    pub(super) version: u16,
    pub(super) result: Result<(), Failure>,
}

#[derive(Clone, Debug, Default)]
struct Counts(Vec<(Tag, u64)>);

impl Counts {
    fn add(&mut self, tag: Tag) {
        match self.0.iter_mut().find(|(known, _)| *known == tag) {
            Some((_, count)) => *count += 1,
            None => self.0.push((tag, 1)),
        }
    }
}

/// What one Service's requests came to.
#[derive(Clone, Debug, Default)]
struct ServiceTally {
    name: Name,
    this_second: Counts,
    sent_this_second: u32,
    latencies: Histogram,
    in_flight: u32,
    totals: Counts,
}

/// What one pod's requests came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodTally {
    /// Requests it answered.
    pub answered: u64,
    /// Requests it failed.
    pub failed: u64,
    /// Requests it works on or has in its queue, as far as clients still wait for them.
    pub in_flight: u32,
}

/// All counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    second: u64,
    services: UidMap<ServiceTally>,
    pods: UidMap<PodTally>,
    versions: Vec<Name>,
    /// When each version first and last answered.
    answers: Vec<Option<(Instant, Instant)>>,
    latencies: Histogram,
    sent: u64,
    answered: u64,
    failed: u64,
    retried: u64,
    closed: Vec<SecondOfTraffic>,
    keep_closed: bool,
}

impl Tally {
    /// The number of a version.
    pub(super) fn version(&mut self, name: &Name) -> u16 {
        let known = self.versions.iter().position(|known| known == name);
        let index = known.unwrap_or_else(|| {
            if self.versions.len() < MAX_VERSIONS {
                self.versions.push(name.clone());
            }
            self.versions.len() - 1
        });
        u16::try_from(index).unwrap_or(0)
    }

    pub(super) fn version_name(&self, version: u16) -> Name {
        self.versions.get(usize::from(version)).cloned().unwrap_or_default()
    }

    fn service(&mut self, service: Uid, name: &Name) -> &mut ServiceTally {
        let make = || ServiceTally { name: name.clone(), ..ServiceTally::default() };
        self.services.get_or_insert_with(service, make)
    }

    pub(super) fn sent(&mut self, service: Uid, name: &Name) {
        self.sent += 1;
        let tally = self.service(service, name);
        tally.sent_this_second += 1;
        tally.in_flight += 1;
    }

    pub(super) const fn retried(&mut self) {
        self.retried += 1;
    }

    /// A pod has taken a request.
    pub(super) fn taken(&mut self, pod: Uid) {
        self.pods.get_or_insert_with(pod, PodTally::default).in_flight += 1;
    }

    /// A client no longer waits for a request that a pod had taken.
    pub(super) fn given_back(&mut self, pod: Uid) {
        if let Some(tally) = self.pods.get_mut(&pod) {
            tally.in_flight = tally.in_flight.saturating_sub(1);
        }
    }

    /// A request has ended at `now`, `latency_us` after it was sent.
    pub(super) fn ended(&mut self, ended: &Ended, latency_us: u64, now: Instant) {
        let Ended { service, pod, version, result } = *ended;
        let tag = Tag { version, result };
        if result.is_ok() {
            self.answered += 1;
            self.latencies.add(latency_us);
            self.answered_at(version, now);
        } else {
            self.failed += 1;
        }
        if let Some(tally) = self.services.get_mut(&service) {
            tally.in_flight = tally.in_flight.saturating_sub(1);
            tally.this_second.add(tag);
            tally.totals.add(tag);
            if result.is_ok() {
                tally.latencies.add(latency_us);
            }
        }
        if let Some(pod) = pod {
            let tally = self.pods.get_or_insert_with(pod, PodTally::default);
            if result.is_ok() {
                tally.answered += 1;
            } else {
                tally.failed += 1;
            }
        }
    }

    fn answered_at(&mut self, version: u16, now: Instant) {
        let index = usize::from(version);
        if self.answers.len() <= index {
            self.answers.resize(index + 1, None);
        }
        let (first, _) = self.answers[index].unwrap_or((now, now));
        self.answers[index] = Some((first, now));
    }

    /// When a version first and last answered.
    pub(crate) fn answers_of(&self, version: &Name) -> Option<(Instant, Instant)> {
        let index = self.versions.iter().position(|known| known == version)?;
        self.answers.get(index).copied().flatten()
    }

    /// The Services that were ever asked.
    pub(crate) fn services(&self) -> impl Iterator<Item = (Uid, Name)> {
        self.services.iter().map(|(uid, tally)| (*uid, tally.name.clone()))
    }

    /// Forgets a pod's counts.
    pub(super) fn forget(&mut self, pod: Uid) {
        self.pods.remove(&pod);
    }

    /// Closes the seconds that are over at `now`.
    pub(super) fn close(&mut self, now: Instant) {
        let second = now.as_secs();
        if second <= self.second {
            return;
        }
        let Self { versions, services, closed, .. } = self;
        for tally in services.values_mut() {
            if self.keep_closed && tally.has_news() {
                closed.push(tally.as_second(self.second, versions));
            }
            tally.this_second.0.clear();
            tally.sent_this_second = 0;
            tally.latencies.clear();
        }
        self.second = second;
    }

    /// The second that is not over yet, for each Service.
    pub(crate) fn current(&self) -> impl Iterator<Item = SecondOfTraffic> {
        self.services.values().map(|tally| tally.as_second(self.second, &self.versions))
    }

    pub(crate) const fn keep_closed(&mut self) {
        self.keep_closed = true;
    }

    pub(crate) fn stop_closed(&mut self) {
        self.keep_closed = false;
        self.closed.clear();
    }

    pub(crate) fn take_closed(&mut self) -> Vec<SecondOfTraffic> {
        std::mem::take(&mut self.closed)
    }

    /// Requests sent, answered, failed and sent again since boot.
    pub(crate) const fn totals(&self) -> Totals {
        Totals {
            sent: self.sent,
            answered: self.answered,
            failed: self.failed,
            retried: self.retried,
        }
    }

    pub(crate) const fn latencies(&self) -> &Histogram {
        &self.latencies
    }

    /// What a pod's requests came to.
    pub(crate) fn pod(&self, pod: Uid) -> Option<&PodTally> {
        self.pods.get(&pod)
    }

    /// What the requests of each pod came to, by uid.
    pub(crate) fn pods(&self) -> impl Iterator<Item = (Uid, PodTally)> {
        self.pods.iter().map(|(pod, tally)| (*pod, *tally))
    }

    /// All requests that have ended, of one Service or of all.
    pub(crate) fn counts(&self, service: Option<Uid>) -> Vec<Count> {
        let mut all = Counts::default();
        for (uid, tally) in self.services.iter() {
            if service.is_some_and(|wanted| wanted != *uid) {
                continue;
            }
            for (tag, count) in &tally.totals.0 {
                match all.0.iter_mut().find(|(known, _)| known == tag) {
                    Some((_, sum)) => *sum += count,
                    None => all.0.push((*tag, *count)),
                }
            }
        }
        let count = |(tag, requests): (Tag, u64)| Count {
            version: self.version_name(tag.version),
            result: tag.result,
            requests,
        };
        all.0.into_iter().map(count).collect()
    }
}

impl ServiceTally {
    fn has_news(&self) -> bool {
        self.sent_this_second > 0 || self.in_flight > 0 || !self.this_second.0.is_empty()
    }

    fn as_second(&self, second: u64, versions: &[Name]) -> SecondOfTraffic {
        let outcomes: Vec<Count> = self
            .this_second
            .0
            .iter()
            .map(|(tag, requests)| Count {
                version: versions.get(usize::from(tag.version)).cloned().unwrap_or_default(),
                result: tag.result,
                requests: *requests,
            })
            .collect();
        SecondOfTraffic {
            second,
            service: self.name.clone(),
            outcomes,
            sent: self.sent_this_second,
            in_flight: self.in_flight,
            latency_us: [50, 95, 99].map(|percent| self.latencies.quantile_us(percent)),
        }
    }
}

/// Requests since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sent, each counted once however often it was sent again.
    pub sent: u64,
    /// Answered.
    pub answered: u64,
    /// Failed for good.
    pub failed: u64,
    /// Attempts after the first.
    pub retried: u64,
}

impl Totals {
    /// Neither answered nor failed yet.
    pub const fn in_flight(&self) -> u64 {
        self.sent - self.answered - self.failed
    }
}
