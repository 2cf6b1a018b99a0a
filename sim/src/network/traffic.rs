//! The clients: a steady stream of requests to each Service, from the moment it first has an
//! endpoint.

use std::collections::{BTreeMap, VecDeque};

use super::proxy::Proxy;
use super::request::{Failure, Outcome, Request};
use crate::api::{EndpointSlice, Name, Pod, Service, Uid};
use crate::apiserver::{AnyObject, Change, WatchEvent};
use crate::ctx::Ctx;
use crate::kubelet::{Answer, Kubelet};
use crate::occurrence::Occurrence;
use crate::rng::Rng;
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;

/// How many requests are remembered one by one, for the picture.
const REMEMBERED: usize = 256;
/// The most requests a second.
pub(crate) const MAX_RATE: u32 = 10_000;

/// Requests of one second by what became of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondOfTraffic {
    /// The second since boot.
    pub second: u64,
    /// The Service's name.
    pub service: Name,
    /// How many requests ended in which way.
    pub outcomes: BTreeMap<Outcome, u32>,
}

#[derive(Clone, Debug)]
struct Stream {
    key: (Name, Name),
    rng: Rng,
    ticket: u32,
    /// Whether the Service has had an endpoint: clients come only then.
    open: bool,
    current: SecondOfTraffic,
}

/// All clients.
#[derive(Clone, Debug)]
pub(crate) struct Traffic {
    seed: u64,
    /// Requests a second to each Service; 0 for none.
    rate: u32,
    streams: UidMap<Stream>,
    recent: VecDeque<Request>,
    closed: Vec<SecondOfTraffic>,
    keep_closed: bool,
    versions: UidMap<Name>,
    sent: u64,
    failed: u64,
}

impl Traffic {
    pub(crate) fn new(seed: u64, rate: u32) -> Self {
        Self {
            seed,
            rate: rate.min(MAX_RATE),
            streams: UidMap::new(),
            recent: VecDeque::new(),
            closed: Vec::new(),
            keep_closed: false,
            versions: UidMap::new(),
            sent: 0,
            failed: 0,
        }
    }

    /// Takes in what the proxies' watch tells about Services and their slices.
    pub(crate) fn on_event(&mut self, event: &WatchEvent, ctx: &mut Ctx<'_>) {
        match (&event.object, event.change) {
            (AnyObject::Service(service), Change::Deleted) => {
                self.streams.remove(&service.meta.uid);
            }
            (AnyObject::Service(service), Change::Added) => self.add(service, ctx),
            (AnyObject::EndpointSlice(slice), Change::Added | Change::Modified)
                if slice.endpoints.iter().any(|endpoint| endpoint.ready) =>
            {
                self.open(slice, ctx);
            }
            _ => {}
        }
    }

    /// Lets the clients of a slice's Service come, if they have not.
    fn open(&mut self, slice: &EndpointSlice, ctx: &mut Ctx<'_>) {
        let Some(owner) = slice.meta.controller() else { return };
        let Some(stream) = self.streams.get_mut(&owner.uid) else { return };
        if !stream.open {
            stream.open = true;
            let ticket = stream.ticket;
            self.announce(owner.uid, ticket, ctx);
        }
    }

    fn add(&mut self, service: &Service, ctx: &Ctx<'_>) {
        let (uid, meta) = (service.meta.uid, &service.meta);
        let stream = Stream {
            key: (meta.namespace.clone(), meta.name.clone()),
            rng: Rng::stream(self.seed, &format!("traffic/{}/{}", meta.namespace, meta.name)),
            ticket: 0,
            open: false,
            current: SecondOfTraffic {
                second: ctx.now.as_secs(),
                service: meta.name.clone(),
                outcomes: BTreeMap::new(),
            },
        };
        self.streams.insert(uid, stream);
    }

    /// Changes the number of requests a second.
    pub(crate) fn set_rate(&mut self, rate: u32, ctx: &mut Ctx<'_>) {
        self.rate = rate.min(MAX_RATE);
        let mut tickets = Vec::new();
        for (uid, stream) in self.streams.iter_mut().filter(|(_, stream)| stream.open) {
            stream.ticket += 1;
            tickets.push((*uid, stream.ticket));
        }
        for (uid, ticket) in tickets {
            self.announce(uid, ticket, ctx);
        }
    }

    fn announce(&self, service: Uid, ticket: u32, ctx: &mut Ctx<'_>) {
        if let Some(gap_us) = 1_000_000_u32.checked_div(self.rate) {
            let gap = Duration::from_micros(gap_us.into());
            ctx.after(gap, Occurrence::RequestSent { service, ticket });
        }
    }

    /// Sends one request.
    pub(crate) fn send(
        &mut self,
        service: Uid,
        ticket: u32,
        proxy: &Proxy,
        kubelet: &Kubelet,
        ctx: &mut Ctx<'_>,
    ) {
        let Some(stream) = self.streams.get_mut(&service) else {
            return;
        };
        if stream.ticket != ticket {
            return;
        }
        let pod = proxy.choose(&stream.key, &mut stream.rng);
        let outcome = match pod {
            None => Outcome::Failed(Failure::NoEndpoints),
            Some(pod) => match kubelet.answers(pod, ctx.now) {
                Answer::Yes => Outcome::Answered(version_of(&mut self.versions, pod, ctx)),
                Answer::NotListening => Outcome::Failed(Failure::PodStillLoading),
                Answer::Gone => Outcome::Failed(Failure::EndpointGone),
            },
        };
        self.account(Request { at: ctx.now, service, pod, outcome });
        self.announce(service, ticket, ctx);
    }

    fn account(&mut self, request: Request) {
        self.sent += 1;
        if matches!(request.outcome, Outcome::Failed(_)) {
            self.failed += 1;
        }
        let Some(stream) = self.streams.get_mut(&request.service) else {
            return;
        };
        let second = request.at.as_secs();
        if stream.current.second != second {
            let service = stream.current.service.clone();
            let next = SecondOfTraffic { second, service, outcomes: BTreeMap::new() };
            let closed = std::mem::replace(&mut stream.current, next);
            if self.keep_closed {
                self.closed.push(closed);
            }
        }
        *stream.current.outcomes.entry(request.outcome.clone()).or_default() += 1;
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(request);
    }

    /// Forgets the version of a pod that is gone.
    pub(crate) fn forget(&mut self, pod: Uid) {
        self.versions.remove(&pod);
    }

    /// From now on, seconds that are over are kept for [`Self::take_closed`].
    pub(crate) const fn keep_closed(&mut self) {
        self.keep_closed = true;
    }

    /// From now on, seconds that are over are not kept.
    pub(crate) fn stop_closed(&mut self) {
        self.keep_closed = false;
        self.closed.clear();
    }

    /// The seconds that ended since the last call.
    pub(crate) fn take_closed(&mut self) -> Vec<SecondOfTraffic> {
        std::mem::take(&mut self.closed)
    }

    /// The second that is not over yet, for each Service.
    pub(crate) fn current(&self) -> impl Iterator<Item = &SecondOfTraffic> {
        self.streams.values().map(|stream| &stream.current)
    }

    /// The last requests, oldest first.
    pub(crate) fn recent(&self) -> impl Iterator<Item = &Request> {
        self.recent.iter()
    }

    /// Requests sent and failed since boot.
    pub(crate) const fn totals(&self) -> (u64, u64) {
        (self.sent, self.failed)
    }

    pub(crate) const fn rate(&self) -> u32 {
        self.rate
    }

    /// Folds the counts into a number that two equal runs share.
    pub(crate) fn fingerprint(&self, now: Instant) -> u64 {
        use crate::rng::mix;
        mix(mix(self.sent ^ now.as_micros()) ^ self.failed)
    }
}

fn version_of(versions: &mut UidMap<Name>, pod: Uid, ctx: &Ctx<'_>) -> Name {
    let read = || {
        let pod = ctx.api.list::<Pod>().by_uid(pod);
        pod.map(|pod| pod.spec.version()).unwrap_or_default()
    };
    versions.get_or_insert_with(pod, read).clone()
}
