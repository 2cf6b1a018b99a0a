//! The kube-proxies: which endpoints of a Service each node uses.
//!
//! Models: kubernetes v1.36 `pkg/proxy/topology.go` `CategorizeEndpoints` with policy Cluster and no
//! hints, and the time it takes until a node's rules follow a change (`pkg/proxy/metrics`
//! `network_programming_duration_seconds`).
//!
//! A change is known to the API at once and to each node after a delay of its own, at most
//! [`Proxies::lag`]. A node that has learned of a change has learned of all before it, as a sync of
//! all rules would have it. Nothing is put on the agenda: a node's view is worked out when it is
//! asked for.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::api::endpoint_slice::{EndpointPort, SERVICE_NAME};
use crate::api::{EndpointSlice, Name, Uid};
use crate::apiserver::{AnyObject, Change, WatchEvent};
use crate::rng::{Rng, mix};
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;

/// The delay until every node follows a change, unless a knob says otherwise.
///
/// kube-proxy batches changes: `--iptables-min-sync-period`, 1 s by default, is the least time
/// between two syncs (kubernetes.io, "Virtual IPs and Service Proxies", "Optimizing iptables mode
/// performance"), so a change waits up to a second for its node's next sync. Large clusters take
/// longer: the scalability SLO for network programming latency tolerates tens of seconds at the
/// 99th percentile.
pub(crate) const DEFAULT_LAG: Duration = Duration::from_secs(1);

/// What a slice says to a proxy.
#[derive(Clone, Debug, Default)]
struct Backends {
    ports: Vec<EndpointPort>,
    ready: Vec<Backend>,
    serving_terminating: Vec<Backend>,
}

/// Where an endpoint leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// To a pod, whose address it is.
    Pod(Uid),
    /// To whoever has this address, for endpoints that people wrote.
    Address(Ipv4Addr),
}

impl Backends {
    fn of(slice: &EndpointSlice) -> Self {
        let mut backends = Self { ports: slice.ports.clone(), ..Self::default() };
        let is_written_by_people = slice.meta.origin.is_some();
        for endpoint in &slice.endpoints {
            let backend = if is_written_by_people {
                Backend::Address(endpoint.address)
            } else {
                Backend::Pod(endpoint.pod_uid)
            };
            if endpoint.ready {
                backends.ready.push(backend);
            } else if endpoint.serving && endpoint.terminating {
                backends.serving_terminating.push(backend);
            }
        }
        backends
    }

    /// The number the Service's port has on these pods; `None` when they have no such port.
    fn port(&self, name: &str) -> Option<u16> {
        self.ports.iter().find(|port| &*port.name == name)?.port
    }
}

/// A Service's slices from one change to the next.
#[derive(Clone, Debug)]
struct Version {
    number: u64,
    at: Instant,
    lag: Duration,
    slices: UidMap<Arc<Backends>>,
}

/// Which version a node uses.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    number: u64,
    /// The newest version when it was worked out.
    newest: u64,
    /// When the node learns of a newer one of these.
    until: Instant,
}

#[derive(Clone, Debug, Default)]
struct Known {
    /// Those that some node may still use, oldest first.
    versions: VecDeque<Version>,
    next: u64,
    seen: Vec<Seen>,
}

/// An endpoint a node chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) backend: Backend,
    pub(crate) port: u16,
}

/// The proxies of all nodes.
#[derive(Clone, Debug)]
pub(crate) struct Proxies {
    seed: u64,
    lag: Duration,
    services: BTreeMap<(Name, Name), Known>,
}

impl Proxies {
    pub(crate) fn new(seed: u64, lag: Duration) -> Self {
        let seed = Rng::stream(seed, "proxies").next_u64();
        Self { seed, lag, services: BTreeMap::new() }
    }

    /// The time after which every node follows a change.
    pub(crate) const fn lag(&self) -> Duration {
        self.lag
    }

    /// Sets the time after which every node follows a change, for changes to come.
    pub(crate) const fn set_lag(&mut self, lag: Duration) {
        self.lag = lag;
    }

    /// Takes in a change of a slice at `now`.
    pub(crate) fn on_event(&mut self, event: &WatchEvent, now: Instant) {
        let AnyObject::EndpointSlice(slice) = &event.object else {
            return;
        };
        let Some(name) = slice.meta.labels.get(SERVICE_NAME) else { return };
        let key = (slice.meta.namespace.clone(), name.clone());
        let known = self.services.entry(key).or_default();
        let mut slices = known.versions.back().map_or_else(UidMap::new, |last| last.slices.clone());
        if event.change == Change::Deleted {
            slices.remove(&slice.meta.uid);
        } else {
            slices.insert(slice.meta.uid, Arc::new(Backends::of(slice)));
        }
        known.add(slices, now, self.lag);
    }

    /// Chooses for a node at random among the ready endpoints of a Service's port; if there is none,
    /// among those that are terminating and still serve. `draw` are random bits.
    pub(crate) fn choose(
        &mut self,
        service: &(Name, Name),
        port: &str,
        node: u32,
        now: Instant,
        draw: u64,
    ) -> Option<Chosen> {
        let version = self.services.get_mut(service)?.version_for(node, now, self.seed)?;
        let slices = version.slices.values();
        choose_among(slices.clone().map(|slice| (&slice.ready, &**slice)), port, draw).or_else(
            || choose_among(slices.map(|slice| (&slice.serving_terminating, &**slice)), port, draw),
        )
    }
}

impl Known {
    fn add(&mut self, slices: UidMap<Arc<Backends>>, at: Instant, lag: Duration) {
        // Once all nodes know the second oldest, none uses the oldest.
        while self.versions.get(1).is_some_and(|second| second.at + second.lag <= at) {
            self.versions.pop_front();
        }
        if self.versions.is_empty() {
            // What a node knows before it has heard of anything.
            self.versions.push_back(Version { number: 0, at, lag, slices: UidMap::new() });
        }
        self.next += 1;
        self.versions.push_back(Version { number: self.next, at, lag, slices });
    }

    /// The version `node` uses at `now`.
    fn version_for(&mut self, node: u32, now: Instant, seed: u64) -> Option<&Version> {
        let index = node as usize;
        if self.seen.len() <= index {
            self.seen.resize(index + 1, Seen::default());
        }
        let seen = self.seen[index];
        let oldest = self.versions.front()?.number;
        if seen.newest != self.next || now >= seen.until {
            self.seen[index] = self.look(node, now, seed);
        }
        let back = self.seen[index].number.saturating_sub(oldest);
        self.versions.get(usize::try_from(back).unwrap_or(0))
    }

    fn look(&self, node: u32, now: Instant, seed: u64) -> Seen {
        let mut until = Instant::from_micros(u64::MAX);
        for version in self.versions.iter().rev() {
            let due = version.due(node, seed);
            if due <= now {
                return Seen { number: version.number, newest: self.next, until };
            }
            until = until.min(due);
        }
        let oldest = self.versions.front().map_or(0, |version| version.number);
        Seen { number: oldest, newest: self.next, until }
    }
}

impl Version {
    /// When `node` learns of it: between a tenth of the lag and all of it after the change.
    fn due(&self, node: u32, seed: u64) -> Instant {
        let lag_us = u64::try_from(self.lag.as_micros()).unwrap_or(0);
        let least = lag_us / 10;
        let draw = mix(seed ^ mix(self.number << 20 ^ u64::from(node)));
        let more = draw.checked_rem(lag_us - least + 1).unwrap_or(0);
        self.at + Duration::from_micros(least + more)
    }
}

fn choose_among<'a>(
    lists: impl Iterator<Item = (&'a Vec<Backend>, &'a Backends)> + Clone,
    port: &str,
    draw: u64,
) -> Option<Chosen> {
    let lists = lists.filter(|(backends, _)| !backends.is_empty());
    let lists = lists.filter_map(|(backends, slice)| Some((backends, slice.port(port)?)));
    let total: usize = lists.clone().map(|(backends, _)| backends.len()).sum();
    // The high half of the product is below the total.
    let index = (u128::from(draw) * total as u128) >> 64;
    let mut index = usize::try_from(index).ok()?;
    for (backends, port) in lists {
        if let Some(backend) = backends.get(index) {
            return Some(Chosen { backend: *backend, port });
        }
        index -= backends.len();
    }
    None
}
