//! The stream of requests to one Service or route: when the next one comes, and over which connection.

use super::clients::Burst;
use super::route::{Backend, Known, Route};
use crate::api::{Name, ObjectMeta, Uid};
use crate::rng::Rng;
use crate::time::{Duration, Instant};

/// A connection a client keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    pub(super) pod: Uid,
    pub(super) port: u16,
    /// Since when the process at its other end serves.
    pub(super) since: Instant,
}

/// What a stream goes to.
#[derive(Clone, Debug)]
pub(super) enum Goal {
    /// A Service.
    Service(Known),
    /// The Services behind a route.
    Route(Route),
}

#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) namespace: Name,
    pub(super) name: Name,
    pub(super) goal: Goal,
    /// The Services' ports behind it.
    pub(super) backends: Vec<Backend>,
    /// Whether its Service is asked through a route instead.
    pub(super) is_routed: bool,
    pub(super) rng: Rng,
    /// Since when clients come; `None` until the Service first has a ready endpoint.
    pub(super) open_since: Option<Instant>,
    /// When the next request is sent; the end of time when none is.
    pub(super) next: Instant,
    /// What was left over when the last gap was rounded to microseconds.
    carry: u64,
    /// What each client holds open, when clients keep their connections.
    pub(super) connections: Vec<Option<Connection>>,
}

pub(super) const NEVER: Instant = Instant::from_micros(u64::MAX);

impl Stream {
    pub(super) fn new(meta: &ObjectMeta, goal: Goal, seed: u64) -> Self {
        Self {
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
            goal,
            backends: Vec::new(),
            is_routed: false,
            rng: Rng::stream(seed, &format!("traffic/{}/{}", meta.namespace, meta.name)),
            open_since: None,
            next: NEVER,
            carry: 0,
            connections: Vec::new(),
        }
    }

    pub(super) const fn service(&self) -> Option<&Known> {
        match &self.goal {
            Goal::Service(known) => Some(known),
            Goal::Route(_) => None,
        }
    }

    pub(super) const fn route(&self) -> Option<&Route> {
        match &self.goal {
            Goal::Service(_) => None,
            Goal::Route(route) => Some(route),
        }
    }

    /// Begins to send, or begins anew at another rate.
    pub(super) fn start(&mut self, at: Instant, rate: u32, burst: Option<Burst>) {
        self.carry = 0;
        self.next = at;
        self.schedule_next(rate, burst);
    }

    /// Works out when the request after the one at `self.next` is sent. Gaps are whole
    /// microseconds; what rounding leaves over goes into the next.
    pub(super) fn schedule_next(&mut self, rate: u32, burst: Option<Burst>) {
        let rate = u64::from(rate) * burst.map_or(1, |burst| self.burst_factor(burst));
        let share = 1_000_000 + self.carry;
        let Some(gap) = share.checked_div(rate) else {
            self.next = NEVER;
            return;
        };
        self.carry = share % rate;
        self.next += Duration::from_micros(gap);
    }

    fn burst_factor(&self, burst: Burst) -> u64 {
        let since = self.next.since(self.open_since.unwrap_or_default()).as_micros();
        let into = since.checked_rem(burst.every.as_micros()).unwrap_or(0);
        if into < burst.length.as_micros() { burst.factor.into() } else { 1 }
    }

    /// The connection `client` holds.
    pub(super) fn connection(&self, client: u32) -> Option<Connection> {
        self.connections.get(client as usize).copied().flatten()
    }

    pub(super) fn set_connection(&mut self, client: u32, connection: Option<Connection>) {
        let index = client as usize;
        if self.connections.len() <= index {
            self.connections.resize(index + 1, None);
        }
        self.connections[index] = connection;
    }
}
