//! The clients at work: a stream of requests to each Service from the moment it first has an
//! endpoint, each to its end.
//!
//! Requests come so often that they are not on the cluster's agenda. [`Traffic::run`] takes them, and
//! the ends of those in flight, in order of time up to the next thing that happens elsewhere. At equal
//! times ends come first, then requests, then everything else.

mod flight;
mod links;
mod reading;

use std::collections::VecDeque;

use super::clients::{Clients, MAX_RATE};
use super::proxy::Proxies;
use super::request::{Failure, Outcome, Request};
use super::server::Server;
use super::stream::{NEVER, Stream};
use super::tally::Tally;
use crate::agenda::Agenda;
use crate::api::{Name, Uid};
use crate::apiserver::ApiServer;
use crate::kubelet::Kubelet;
use crate::report::explain::FirstFailure;
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;

/// How many requests are remembered one by one, for the picture.
const REMEMBERED: usize = 256;
/// About how many requests a second are remembered, when there are more.
const REMEMBERED_RATE: u32 = 200;
/// How many pods that are gone are remembered.
const GONE_PODS: usize = 256;
/// The wait before a request is sent again; twice as long each time.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// What becomes of a request that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// It ends, as far as is known now.
    Ends(Result<(), Failure>),
    /// It is sent again.
    SentAgain,
}

/// A request under way. There is exactly one of these for every request that has not ended.
#[derive(Clone, Copy, Debug)]
struct Flight {
    sent: Instant,
    /// The Service or route it was sent to.
    stream: Uid,
    /// The Service it went to.
    service: Uid,
    pod: Option<Uid>,
    client: u32,
    version: u16,
    attempt: u8,
    long: bool,
    /// The number of the sample that shows it, if one does.
    sample: u64,
    then: Then,
}

/// A pod as the network knows it.
#[derive(Clone, Debug)]
struct Target {
    name: Name,
    version: u16,
    server: Server,
}

/// What requests meet.
pub(crate) struct Surroundings<'a> {
    pub(crate) proxies: &'a mut Proxies,
    pub(crate) kubelet: &'a Kubelet,
    pub(crate) api: &'a ApiServer,
}

/// All clients.
#[derive(Clone, Debug)]
pub(crate) struct Traffic {
    seed: u64,
    rate: u32,
    clients: Clients,
    nodes: u32,
    streams: UidMap<Stream>,
    /// Services, by namespace and name, that have an endpoint before they are there.
    awaited: Vec<(Name, Name)>,
    /// When the next request is sent, and to which Service.
    next_send: (Instant, Uid),
    flights: Agenda<Flight>,
    targets: UidMap<Target>,
    gone: VecDeque<Uid>,
    tally: Tally,
    recent: VecDeque<Request>,
    /// The number of the first of `recent`.
    first_sample: u64,
    /// The first failure of each cause.
    first_failures: Vec<FirstFailure>,
}

impl Traffic {
    pub(crate) fn new(seed: u64, rate: u32, clients: Clients, nodes: u32) -> Self {
        Self {
            seed,
            rate: rate.min(MAX_RATE),
            clients,
            nodes: nodes.max(1),
            streams: UidMap::new(),
            awaited: Vec::new(),
            next_send: (NEVER, Uid::default()),
            flights: Agenda::default(),
            targets: UidMap::new(),
            gone: VecDeque::new(),
            tally: Tally::default(),
            recent: VecDeque::new(),
            first_sample: 0,
            first_failures: Vec::new(),
        }
    }

    /// Changes the number of requests a second.
    pub(crate) fn set_rate(&mut self, rate: u32, now: Instant) {
        self.rate = rate.min(MAX_RATE);
        self.start_again(now);
    }

    /// Changes what the clients do. Connections are kept where clients go on keeping them.
    pub(crate) fn set_clients(&mut self, clients: Clients, now: Instant) {
        self.clients = clients;
        if !clients.keep_alive {
            for stream in self.streams.values_mut() {
                stream.connections.clear();
            }
        }
        self.link(now);
        self.start_again(now);
    }

    fn start_again(&mut self, now: Instant) {
        let (rate, burst) = (self.rate, self.clients.burst);
        for stream in self.streams.values_mut() {
            if let Some(open_since) = stream.open_since.filter(|_| !stream.is_routed) {
                stream.start(now.max(open_since), rate, burst);
            }
        }
        self.find_next_send();
    }

    fn find_next_send(&mut self) {
        let sends = self.streams.iter().map(|(uid, stream)| (stream.next, *uid));
        self.next_send = sends.min().unwrap_or((NEVER, Uid::default()));
    }

    /// When the next request is sent or ends.
    pub(crate) fn next_at(&self) -> Option<Instant> {
        let send = self.next_send.0;
        let next = self.flights.next_at().map_or(send, |ends| ends.min(send));
        (next < NEVER).then_some(next)
    }

    /// Lets requests be sent and end until `until`, but no more than `budget` of both. Returns how
    /// many that were, and the time of the last.
    pub(crate) fn run(
        &mut self,
        until: Instant,
        budget: u64,
        around: &mut Surroundings<'_>,
    ) -> (u64, Instant) {
        let mut last = Instant::BOOT;
        for done in 0..budget {
            let next = self.next_at().filter(|next| *next <= until);
            let Some(next) = next else { return (done, last) };
            last = next;
            self.tally.close(next);
            match self.flights.pop_until(next) {
                Some((_, flight)) => self.land(flight, next, around),
                None => self.send(next, around),
            }
        }
        (budget, last)
    }

    /// Sends the next request.
    fn send(&mut self, now: Instant, around: &mut Surroundings<'_>) {
        let service = self.next_send.1;
        let Clients { count, long_percent, burst, .. } = self.clients;
        let Some(stream) = self.streams.get_mut(&service) else { return };
        let draw = stream.rng.next_u64();
        let client = share(draw >> 32, count);
        let long = share(draw & 0xffff_ffff, 100) < long_percent;
        stream.schedule_next(self.rate, burst);
        self.tally.sent(service, &stream.name);
        self.find_next_send();
        let then = Then::SentAgain;
        let (pod, version, attempt) = (None, 0, 0);
        let sample = self.sample(service, client % self.nodes, now);
        let flight = Flight {
            sent: now,
            stream: service,
            service,
            pod,
            client,
            version,
            attempt,
            long,
            sample,
            then,
        };
        self.attempt(flight, now, around);
    }

    /// Remembers a request one by one, unless there are too many.
    fn sample(&mut self, service: Uid, node: u32, at: Instant) -> u64 {
        let every = u64::from((self.rate / REMEMBERED_RATE).max(1));
        if !self.tally.totals().sent.is_multiple_of(every) {
            return u64::MAX;
        }
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
            self.first_sample += 1;
        }
        let (pod, version) = (None, Name::default());
        let outcome = Outcome::InFlight(version.clone());
        self.recent.push_back(Request { at, ended: None, service, node, pod, version, outcome });
        self.first_sample + self.recent.len() as u64 - 1
    }

    /// When a pod has answered everything it has taken; `None` when that is now.
    pub(crate) fn busy_until(&self, pod: Uid, now: Instant) -> Option<Instant> {
        let until = self.targets.get(&pod)?.server.busy_until()?;
        (until > now).then_some(until)
    }

    /// A pod is gone from the API: what is known of it is kept until others have gone after it.
    pub(crate) fn forget(&mut self, pod: Uid) {
        if !self.targets.contains_key(&pod) {
            return;
        }
        self.gone.push_back(pod);
        if self.gone.len() > GONE_PODS
            && let Some(oldest) = self.gone.pop_front()
        {
            self.targets.remove(&oldest);
            self.tally.forget(oldest);
        }
    }

    /// Closes the seconds that are over at `now`.
    pub(crate) fn close(&mut self, now: Instant) {
        self.tally.close(now);
    }
}

/// Which of `out_of` equal shares 32 random bits fall into.
fn share(bits: u64, out_of: u32) -> u32 {
    u32::try_from((bits * u64::from(out_of)) >> 32).unwrap_or(0)
}
