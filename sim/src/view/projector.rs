//! Clusters to pictures, one after the other.

use std::sync::Arc;

use super::pods::{self, Look};
use super::{
    ClusterView, DeploymentView, EventLine, LaneView, PodView, RequestView, ServiceView,
    deployments, failures, narration, services,
};
use crate::api::event::EventType;
use crate::api::{Event, Uid};
use crate::cluster::Cluster;
use crate::network::request::{Outcome, Request};
use crate::time::Duration;

/// With more pods than this, a glance does not examine all.
const CROWD: usize = 1_000;
/// With more pods than this, every second glance leaves the pods as they are.
const GREAT_CROWD: usize = 4_000;
/// For how long pods are left as they are.
const GLANCES_LAST: Duration = Duration::from_millis(100);
/// How many event lines are kept for the screen.
const EVENT_LINES: usize = 60;

/// Shows a cluster time and again: the pods of which nothing changed are those of the last time.
#[derive(Debug, Default)]
pub struct Projector {
    pods: Vec<pods::Known>,
    turn: usize,
    /// The last picture of a great crowd, until a glance has made use of it.
    last: Option<ClusterView>,
}

impl Projector {
    /// What the screen shows of `cluster`, be it later or earlier than the last time.
    pub fn project(&mut self, cluster: &Cluster) -> ClusterView {
        self.last = None;
        self.look(cluster, Look::Whole)
    }

    /// As [`Self::project`], while time runs: in a crowd, the probes and requests of pods that are
    /// available may be those of some pictures ago; in a great one every second picture has the
    /// pods of the one before.
    pub fn glance(&mut self, cluster: &Cluster) -> ClusterView {
        let now = cluster.now();
        let is_fresh = |last: &ClusterView| (last.now..last.now + GLANCES_LAST).contains(&now);
        if let Some(last) = self.last.take().filter(is_fresh) {
            let (sent, failed) = cluster.request_totals();
            return ClusterView { now, requests: requests(cluster), sent, failed, ..last };
        }
        self.turn += 1;
        let look =
            if self.pods.len() > CROWD { Look::Glance { turn: self.turn } } else { Look::Whole };
        let view = self.look(cluster, look);
        self.last = (view.pods.len() > GREAT_CROWD).then(|| view.clone());
        view
    }

    fn look(&mut self, cluster: &Cluster, look: Look) -> ClusterView {
        let mut services = services::project(cluster);
        let endpoints = services.iter().flat_map(|(_, view)| view.endpoints.iter().copied());
        let endpoints: Vec<Uid> = endpoints.collect();
        let before = std::mem::take(&mut self.pods);
        self.pods = pods::project(cluster, &endpoints, before, look);
        for (service, view) in &mut services {
            services::take_in_pods(service, view, &self.pods);
        }
        let services = services.into_iter().map(|(_, view)| Arc::new(view)).collect();
        let (deployments, loose) = deployments::project(cluster, &self.pods);
        let pods = self.pods.iter().map(|known| Arc::clone(&known.view)).collect();
        whole(cluster, services, (deployments, loose), pods)
    }
}

fn whole(
    cluster: &Cluster,
    services: Vec<Arc<ServiceView>>,
    (deployments, loose): (Vec<Arc<DeploymentView>>, Vec<LaneView>),
    pods: Vec<Arc<PodView>>,
) -> ClusterView {
    let now = cluster.now();
    let (sent, failed) = cluster.request_totals();
    let narration = narration::narrate(now, &deployments, &pods, &services, sent);
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
        pods,
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
