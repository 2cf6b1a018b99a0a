//! Clusters to pictures, one after the other.

use std::sync::Arc;

use super::crowd::{Crowd, Look};
use super::services::KnownSlice;
use super::{
    ClusterView, EventLine, RequestView, ServiceView, deployments, failures, narration, services,
};
use crate::api::event::EventType;
use crate::api::{Event, Uid};
use crate::cluster::Cluster;
use crate::network::request::{Outcome, Request};
use crate::time::Instant;
use crate::uid_map::UidMap;

/// With more pods than this, a glance does not examine all.
const CROWD: usize = 1_000;
/// How many event lines are kept for the screen.
const EVENT_LINES: usize = 60;

/// Shows a cluster time and again: the pods of which nothing changed are those of the last time.
#[derive(Debug, Default)]
pub struct Projector {
    pods: Crowd,
    slices: UidMap<KnownSlice>,
    turn: u64,
    /// The instant of the last picture.
    seen: Instant,
}

impl Projector {
    /// What the screen shows of `cluster`, be it later or earlier than the last time.
    pub fn project(&mut self, cluster: &Cluster) -> ClusterView {
        self.look(cluster, Look::Whole)
    }

    /// As [`Self::project`], while time runs: in a crowd, the probes and requests of pods that are
    /// available may be those of some pictures ago.
    pub fn glance(&mut self, cluster: &Cluster) -> ClusterView {
        self.turn += 1;
        // What was done since the last picture is not known of one that comes before it.
        let is_crowd = self.pods.len() > CROWD && cluster.now() >= self.seen;
        self.look(cluster, if is_crowd { Look::Glance { turn: self.turn } } else { Look::Whole })
    }

    fn look(&mut self, cluster: &Cluster, look: Look) -> ClusterView {
        self.seen = cluster.now();
        let mut services = services::project(cluster, &mut self.slices);
        let endpoints = services.iter().flat_map(|(_, view)| view.endpoints.iter().copied());
        let endpoints: Vec<Uid> = endpoints.collect();
        self.pods.take_in(cluster, &endpoints, look);
        for (service, view) in &mut services {
            services::take_in_pods(service, view, &self.pods);
        }
        let services = services.into_iter().map(|(_, view)| Arc::new(view)).collect();
        whole(cluster, services, &self.pods)
    }
}

fn whole(cluster: &Cluster, services: Vec<Arc<ServiceView>>, crowd: &Crowd) -> ClusterView {
    let now = cluster.now();
    let (sent, failed) = cluster.request_totals();
    let (deployments, loose) = deployments::project(cluster, crowd);
    let narration = narration::narrate(now, &deployments, crowd, &services, sent);
    ClusterView {
        now,
        requests: requests(cluster),
        events: events(cluster),
        request_rate: cluster.request_rate(),
        clients: *cluster.clients(),
        proxy_lag: cluster.proxy_lag(),
        failures: failures::project(cluster),
        services,
        deployments,
        loose,
        pods: crowd.views(),
        narration,
        sent,
        failed,
    }
}

fn requests(cluster: &Cluster) -> Vec<RequestView> {
    let project = |request: &Request| RequestView {
        at: request.at,
        ended: request.ended,
        service: request.service,
        pod: request.pod,
        outcome: match &request.outcome {
            Outcome::Answered(version) | Outcome::InFlight(version) => Ok(version.clone()),
            Outcome::Failed(failure) => Err(*failure),
        },
    };
    cluster.recent_requests().map(project).collect()
}

fn events(cluster: &Cluster) -> Vec<EventLine> {
    let line = |event: &Arc<Event>| EventLine {
        at: event.last_timestamp,
        is_warning: event.type_ == EventType::Warning,
        reason: event.reason.clone(),
        object: format!(
            "{}/{}",
            event.involved_object.kind_text().to_ascii_lowercase(),
            event.involved_object.name
        ),
        message: event.message.clone(),
        count: event.count,
    };
    cluster.api().latest_events(EVENT_LINES).into_iter().map(line).collect()
}
