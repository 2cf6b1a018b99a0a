//! One request's way: connected, taken by a pod, ended or sent again.

use super::{Flight, RETRY_AFTER, Surroundings, Target, Then, Traffic};
use crate::api::{Name, Pod, Uid};
use crate::apiserver::ApiServer;
use crate::network::answer::{Answer, Lost};
use crate::network::proxy::Backend;
use crate::network::request::{Failure, Outcome, Request};
use crate::network::route;
use crate::network::server::Server;
use crate::network::stream::Connection;
use crate::network::tally::Ended;
use crate::report::explain::FirstFailure;
use crate::time::Instant;

impl Traffic {
    /// Connects to a pod and asks it.
    pub(super) fn attempt(
        &mut self,
        mut flight: Flight,
        now: Instant,
        around: &mut Surroundings<'_>,
    ) {
        let Some((pod, answer, draw)) = self.connect(&mut flight, now, around) else {
            (flight.pod, flight.version) = (None, self.tally.version(&Name::default()));
            return self.fail(flight, Failure::NoEndpoints, now);
        };
        flight.pod = pod;
        flight.version = match pod {
            Some(pod) => self.version_of(pod, around.api),
            None => self.tally.version(&Name::default()),
        };
        let cause = match answer {
            Answer::Serving { profile, since } => {
                let class = self.clients.request_length;
                let length = if flight.long { Some(self.clients.long_length) } else { class };
                let target = pod.and_then(|pod| self.targets.get_mut(&pod));
                let admitted = target
                    .and_then(|target| target.server.admit(now, &profile, since, length, draw));
                if let Some(admitted) = admitted {
                    let deadline = now + self.clients.timeout;
                    let (at, result) = if admitted.ends <= deadline {
                        (admitted.ends, Ok(()))
                    } else if admitted.begins <= deadline {
                        (deadline, Err(Failure::ClientTimeout))
                    } else {
                        (deadline, Err(Failure::Overloaded))
                    };
                    return self.fly(flight, at, result);
                }
                Failure::Overloaded
            }
            Answer::Unreachable => {
                let deadline = now + self.clients.timeout;
                return self.fly(flight, deadline, Err(Failure::Unreachable));
            }
            Answer::Loading => Failure::PodStillLoading,
            Answer::Failing => Failure::ServerError,
            Answer::WrongPort => Failure::WrongTargetPort,
            Answer::ShuttingDown => Failure::ShuttingDown,
            Answer::Crashed => Failure::Crashed,
            Answer::Gone => Failure::EndpointGone,
        };
        self.fail(flight, cause, now);
    }

    /// The pod a client talks to and what it meets there: over the connection it keeps, or over a
    /// new one. There is no pod where an endpoint leads to an address that none has. Comes with
    /// random bits.
    fn connect(
        &mut self,
        flight: &mut Flight,
        now: Instant,
        around: &mut Surroundings<'_>,
    ) -> Option<(Option<Uid>, Answer, u64)> {
        let stream = self.streams.get_mut(&flight.stream)?;
        let draw = stream.rng.next_u64();
        let share = if stream.backends.len() > 1 { stream.rng.next_u64() } else { 0 };
        let backend = route::choose(&stream.backends, share)?;
        flight.service = backend.service;
        if let Some(kept) = stream.connection(flight.client) {
            let answer = around.kubelet.meets(kept.pod, kept.port, now);
            if matches!(answer, Answer::Serving { since, .. } if since == kept.since) {
                return Some((Some(kept.pod), answer, draw));
            }
        }
        let node = flight.client % self.nodes;
        let chosen = around.proxies.choose(&backend.key, &backend.port, node, now, draw)?;
        let pod = match chosen.backend {
            Backend::Pod(pod) => pod,
            Backend::Address(address) => {
                let Some(pod) = around.api.pod_at(address) else {
                    return Some((None, Answer::Unreachable, draw));
                };
                pod.meta.uid
            }
        };
        let answer = around.kubelet.meets(pod, chosen.port, now);
        if self.clients.keep_alive && stream.service().is_some() {
            let connection = match answer {
                Answer::Serving { since, .. } => Some(Connection { pod, port: chosen.port, since }),
                _ => None,
            };
            stream.set_connection(flight.client, connection);
        }
        Some((Some(pod), answer, draw))
    }

    fn version_of(&mut self, pod: Uid, api: &ApiServer) -> u16 {
        if let Some(target) = self.targets.get(&pod) {
            return target.version;
        }
        let Some(known) = api.list::<Pod>().by_uid(pod) else {
            return self.tally.version(&Name::default());
        };
        let version = self.tally.version(&known.spec.version());
        self.targets.insert(
            pod,
            Target { name: known.meta.name.clone(), version, server: Server::default() },
        );
        version
    }

    /// A pod works on a request until `at`, or the client waits for it until then.
    fn fly(&mut self, mut flight: Flight, at: Instant, result: Result<(), Failure>) {
        flight.then = Then::Ends(result);
        if let Some(pod) = flight.pod {
            self.tally.taken(pod);
            if flight.sample != u64::MAX {
                let version = self.tally.version_name(flight.version);
                if let Some(sample) = self.sample_of(&flight) {
                    sample.pod = Some(pod);
                    sample.outcome = Outcome::InFlight(version);
                }
            }
        }
        self.flights.push(at, flight);
    }

    fn sample_of(&mut self, flight: &Flight) -> Option<&mut Request> {
        let index = flight.sample.checked_sub(self.first_sample)?;
        self.recent.get_mut(usize::try_from(index).ok()?)
    }

    /// A request under way comes to the end foreseen for it.
    pub(super) fn land(&mut self, flight: Flight, now: Instant, around: &mut Surroundings<'_>) {
        match flight.then {
            Then::SentAgain => self.attempt(flight, now, around),
            Then::Ends(result) => {
                if let Some(pod) = flight.pod {
                    self.tally.given_back(pod);
                }
                match result {
                    Ok(()) => self.end(&flight, Ok(()), now),
                    Err(cause) => self.fail(flight, cause, now),
                }
            }
        }
    }

    /// An attempt has failed: the client tries again or gives up.
    fn fail(&mut self, mut flight: Flight, cause: Failure, now: Instant) {
        if u32::from(flight.attempt) >= self.clients.retries {
            return self.end(&flight, Err(cause), now);
        }
        let wait = RETRY_AFTER * (1 << flight.attempt.min(6));
        flight.attempt += 1;
        flight.then = Then::SentAgain;
        self.tally.retried();
        self.flights.push(now + wait, flight);
    }

    fn end(&mut self, flight: &Flight, result: Result<(), Failure>, now: Instant) {
        let latency = now.as_micros() - flight.sent.as_micros();
        let Flight { stream: service, pod, version, .. } = *flight;
        self.tally.ended(&Ended { service, pod, version, result }, latency, now);
        let is_first = |cause| self.first_failures.iter().all(|known| known.cause != cause);
        let first = result.err().filter(|cause| is_first(*cause));
        if first.is_none() && self.sample_of(flight).is_none() {
            return;
        }
        let request = self.ended(flight, result, now);
        if let Some(cause) = first {
            let target = flight.pod.and_then(|pod| self.targets.get(&pod));
            let pod = target.map(|target| target.name.clone()).unwrap_or_default();
            let stream = self.streams.get(&flight.service);
            let service = stream.map(|stream| stream.name.clone()).unwrap_or_default();
            let request = request.clone();
            self.first_failures.push(FirstFailure { cause, request, pod, service });
        }
        if let Some(sample) = self.sample_of(flight) {
            *sample = request;
        }
    }

    fn ended(&self, flight: &Flight, result: Result<(), Failure>, now: Instant) -> Request {
        let version = self.tally.version_name(flight.version);
        let outcome = match result {
            Ok(()) => Outcome::Answered(version.clone()),
            Err(cause) => Outcome::Failed(cause),
        };
        Request {
            at: flight.sent,
            ended: Some(now),
            service: flight.service,
            node: flight.client % self.nodes,
            pod: flight.pod,
            version,
            outcome,
        }
    }

    /// A pod's process has ended, and with it all its connections.
    pub(crate) fn lose(&mut self, lost: &Lost, now: Instant) {
        if let Some(target) = self.targets.get_mut(&lost.pod) {
            target.server.reset();
        }
        if self.tally.pod(lost.pod).is_none_or(|tally| tally.in_flight == 0) {
            return;
        }
        let on_it =
            |flight: &Flight| flight.pod == Some(lost.pod) && matches!(flight.then, Then::Ends(_));
        for flight in self.flights.take_where(on_it) {
            if lost.cause == Failure::Unreachable {
                // Nobody tells the client: it waits until it has had enough.
                let until = now.max(flight.sent + self.clients.timeout);
                let then = Then::Ends(Err(Failure::Unreachable));
                self.flights.push(until, Flight { then, ..flight });
                continue;
            }
            self.tally.given_back(lost.pod);
            self.fail(flight, lost.cause, now);
        }
    }
}
