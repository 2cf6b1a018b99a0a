//! What others read of the traffic.

use super::Traffic;
use crate::api::{Name, Uid};
use crate::network::clients::Clients;
use crate::network::histogram::Histogram;
use crate::network::request::Request;
use crate::network::tally::{Count, PodTally, SecondOfTraffic, Totals};
use crate::report::explain::FirstFailure;
use crate::time::Instant;

impl Traffic {
    /// From now on, seconds that are over are kept for [`Self::take_closed`].
    pub(crate) const fn keep_closed(&mut self) {
        self.tally.keep_closed();
    }

    /// From now on, seconds that are over are not kept.
    pub(crate) fn stop_closed(&mut self) {
        self.tally.stop_closed();
    }

    /// The seconds that ended since the last call.
    pub(crate) fn take_closed(&mut self) -> Vec<SecondOfTraffic> {
        self.tally.take_closed()
    }

    /// The second that is not over yet, for each Service.
    pub(crate) fn current(&self) -> impl Iterator<Item = SecondOfTraffic> {
        self.tally.current()
    }

    /// The last requests, oldest first; a share of them when there are many.
    pub(crate) fn recent(&self) -> impl Iterator<Item = &Request> {
        self.recent.iter()
    }

    /// The first failure of each cause, in order of time.
    pub(crate) fn first_failures(&self) -> &[FirstFailure] {
        &self.first_failures
    }

    pub(crate) fn answers_of(&self, version: &Name) -> Option<(Instant, Instant)> {
        self.tally.answers_of(version)
    }

    pub(crate) fn services(&self) -> impl Iterator<Item = (Uid, Name)> {
        self.tally.services()
    }

    pub(crate) const fn totals(&self) -> Totals {
        self.tally.totals()
    }

    pub(crate) fn counts(&self, service: Option<Uid>) -> Vec<Count> {
        self.tally.counts(service)
    }

    pub(crate) fn pod(&self, pod: Uid) -> Option<&PodTally> {
        self.tally.pod(pod)
    }

    pub(crate) fn pods(&self) -> impl Iterator<Item = (Uid, PodTally)> {
        self.tally.pods()
    }

    pub(crate) const fn latencies(&self) -> &Histogram {
        self.tally.latencies()
    }

    pub(crate) const fn rate(&self) -> u32 {
        self.rate
    }

    pub(crate) const fn clients(&self) -> &Clients {
        &self.clients
    }

    /// How many requests are under way, as counted one by one.
    pub(crate) fn under_way(&self) -> usize {
        self.flights.len()
    }

    /// Folds the counts into a number that two equal runs share.
    pub(crate) fn fingerprint(&self, now: Instant) -> u64 {
        use crate::rng::mix;
        let Totals { sent, answered, failed, .. } = self.totals();
        let facts = [sent, answered, failed, self.latencies().quantile_us(50)];
        facts.into_iter().fold(mix(now.as_micros()), |sum, fact| mix(sum ^ fact))
    }
}
