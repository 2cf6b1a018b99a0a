//! Which streams there are: one to each Service, or to the route in front of it.

use super::Traffic;
use crate::api::endpoint_slice::SERVICE_NAME;
use crate::api::{Name, ObjectMeta, Uid};
use crate::apiserver::{AnyObject, Change, WatchEvent};
use crate::network::clients::Clients;
use crate::network::route::{Known, Route};
use crate::network::stream::{Goal, NEVER, Stream};
use crate::time::{Duration, Instant};

impl Traffic {
    /// Takes in what the proxies' watch tells about Services, their slices and routes at `now`. A
    /// Service's clients come once every node's proxy knows of its first endpoint, after `lag`.
    pub(crate) fn on_event(&mut self, event: &WatchEvent, now: Instant, lag: Duration) {
        let meta = event.object.meta();
        let goal = match &event.object {
            AnyObject::Service(service) => Some(Goal::Service(Known::of(service))),
            AnyObject::Data(object) => Route::of(object).map(Goal::Route),
            AnyObject::EndpointSlice(slice) => {
                let Some(name) = slice.meta.labels.get(SERVICE_NAME) else { return };
                let service = (slice.meta.namespace.clone(), name.clone());
                let is_ready = slice.endpoints.iter().any(|endpoint| endpoint.ready);
                if is_ready && event.change != Change::Deleted {
                    self.open(service, now + lag);
                } else {
                    self.awaited.retain(|awaited| *awaited != service);
                }
                return;
            }
            _ => None,
        };
        let Some(goal) = goal else { return };
        if event.change == Change::Deleted {
            self.streams.remove(&meta.uid);
        } else {
            self.aim(meta, goal);
        }
        self.link(now);
        self.find_next_send();
        let key = (meta.namespace.clone(), meta.name.clone());
        if let Some(place) = self.awaited.iter().position(|awaited| *awaited == key) {
            self.awaited.remove(place);
            self.open(key, now + lag);
        }
    }

    fn aim(&mut self, meta: &ObjectMeta, goal: Goal) {
        match self.streams.get_mut(&meta.uid) {
            Some(stream) => stream.goal = goal,
            None => {
                self.streams.insert(meta.uid, Stream::new(meta, goal, self.seed));
            }
        }
    }

    /// Lets the clients of a Service come, if they have not.
    fn open(&mut self, service: (Name, Name), at: Instant) {
        let is_meant = |stream: &Stream| stream.service().is_some_and(|known| known.key == service);
        let Some(stream) = self.streams.values_mut().find(|stream| is_meant(stream)) else {
            if !self.awaited.contains(&service) {
                self.awaited.push(service);
            }
            return;
        };
        if stream.open_since.is_some() {
            return;
        }
        stream.open_since = Some(at);
        if stream.is_routed {
            self.link(at);
        } else {
            stream.start(at, self.rate, self.clients.burst);
        }
        self.find_next_send();
    }

    /// Works out what stands behind each stream. A Service behind a route is asked through it.
    pub(super) fn link(&mut self, now: Instant) {
        let known = |stream: &Stream| stream.service().cloned();
        let services: Vec<Known> = self.streams.values().filter_map(known).collect();
        let routes: Vec<_> = self
            .streams
            .values()
            .filter_map(|stream| Some((stream.namespace.clone(), stream.route()?.clone())))
            .collect();
        let mut routed: Vec<Uid> = Vec::new();
        for stream in self.streams.values_mut() {
            stream.backends = match &stream.goal {
                Goal::Service(known) => vec![known.backend()],
                Goal::Route(route) if route.is_canary() => Vec::new(),
                Goal::Route(route) => {
                    let routes = routes.iter().map(|(namespace, route)| (namespace, route));
                    let backends = route.backends(&stream.namespace, routes, &services);
                    routed.extend(backends.iter().map(|backend| backend.service));
                    backends
                }
            };
        }
        let open = self.streams.iter().filter(|(uid, _)| routed.contains(uid));
        let open: Vec<(Uid, Instant)> =
            open.filter_map(|(uid, stream)| Some((*uid, stream.open_since?))).collect();
        let Clients { burst, from_start, .. } = self.clients;
        let rate = self.rate;
        for (uid, stream) in self.streams.iter_mut() {
            let has_goal = !stream.backends.is_empty();
            if from_start && has_goal && stream.open_since.is_none() {
                stream.open_since = Some(now);
                stream.start(now, rate, burst);
            }
            if stream.service().is_some() {
                let is_routed = routed.contains(uid);
                if is_routed == stream.is_routed {
                    continue;
                }
                stream.is_routed = is_routed;
                stream.next = NEVER;
                if let Some(open_since) = stream.open_since.filter(|_| !is_routed) {
                    stream.start(now.max(open_since), rate, burst);
                }
            } else if stream.open_since.is_none() {
                let behind = |uid: &Uid| stream.backends.iter().any(|to| to.service == *uid);
                let since = open.iter().filter(|(uid, _)| behind(uid)).map(|(_, at)| *at).min();
                if let Some(since) = since {
                    stream.open_since = Some(now.max(since));
                    stream.start(now.max(since), rate, burst);
                }
            }
        }
    }
}
