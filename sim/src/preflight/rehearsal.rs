//! A manifest at work on a cluster of its own: applied, released, and met with what happens to
//! clusters.

mod together;

use std::sync::Arc;

use super::observed::{Observed, Roll, Served, Start, Stuck};
use super::subject::{Subject, namespace};
use super::together::MOST_RELEASES;
use crate::api::deployment::{DeploymentConditionType, Reason};
use crate::api::{Deployment, EndpointSlice, Event, Kind, Name, Pod};
use crate::cluster::{Advance, Cluster, Config};
use crate::command::Command;
use crate::compare::{AFTERMATH, LOOK_EVERY, Release};
use crate::network::request::Failure;
use crate::report::Report;
use crate::time::{Duration, Instant};
use crate::why::{self, Link};

/// How long a rollout may stand still before it is given up: longer than the deadline that
/// Deployments have by default.
const STANDSTILL: Duration = Duration::from_mins(12);
/// How long a rollout may take.
const LONGEST: Duration = Duration::from_mins(60);
/// How long autoscalers are given.
const AUTOSCALED: Duration = Duration::from_secs(60);
/// How long a drain is waited for.
const DRAIN: Duration = Duration::from_secs(120);
/// The most occurrences of one rehearsal: about a second of computing in a browser.
const MOST_WORK: u64 = 3_000_000;

/// What happens to the manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scene {
    /// Each Deployment rolls to the next version, and is taken back.
    Release,
    /// The same, while every tenth request takes long.
    LongRequests,
    /// All Deployments roll at the same moment, and then each alone.
    Together,
    /// It starts, and starts once more without liveness probes.
    WithoutLiveness,
    /// It is applied again.
    SecondApply,
    /// The node of a pod that the budget with this place protects is drained.
    Drain(usize),
    /// A pod of the Deployment with this place is gone at once, as when its node fails.
    Loss(usize),
}

/// Rehearses a scene. `patience` is how long to wait for what does not move.
pub(super) fn rehearse(
    config: &Config,
    subject: &Subject,
    scene: Scene,
    patience: Option<Duration>,
) -> Observed {
    let mut config = config.clone();
    if config.request_rate == 0 {
        config.request_rate = Config::with_seed(0).request_rate;
    }
    if scene == Scene::LongRequests && config.clients.long_percent == 0 {
        config.clients.long_percent = 10;
    }
    let begin = |manifest: &str| {
        let mut cluster = Cluster::new(config.clone());
        let output = cluster.apply(&Command::apply(manifest));
        let standstill = patience.unwrap_or(STANDSTILL);
        let refused = (output.code != 0).then(|| output.stderr.trim_end().to_owned());
        Stage { cluster, subject, standstill, seen: Observed { refused, ..Observed::default() } }
    };
    let mut stage = begin(&subject.manifest());
    if stage.seen.refused.is_some() {
        return stage.seen;
    }
    stage.start();
    match scene {
        Scene::Release | Scene::LongRequests => stage.release(),
        Scene::Together => stage.release_together(),
        Scene::WithoutLiveness => {
            let mut other = begin(&subject.manifest_without_liveness());
            other.start();
            // A probe that fails later does so within its own patience.
            let time = subject.liveness_patience() + AFTERMATH;
            stage.watch(time);
            other.watch(time);
            other.look_at_restarts();
            let took = other.seen.starts.iter().map(|start| start.took);
            stage.seen.without_liveness = other.seen.restarts.iter().copied().zip(took).collect();
        }
        Scene::SecondApply => stage.apply_again(),
        Scene::Drain(budget) => stage.drain(budget),
        Scene::Loss(deployment) => stage.lose(deployment),
    }
    stage.look_at_restarts();
    stage.seen.exhausted |= stage.cluster.occurrences() >= MOST_WORK;
    stage.seen
}

struct Stage<'s> {
    cluster: Cluster,
    subject: &'s Subject,
    standstill: Duration,
    seen: Observed,
}

impl Stage<'_> {
    /// Waits for the first versions.
    fn start(&mut self) {
        let from = self.cluster.now();
        for (_, deployment) in self.subject.deployments() {
            let (took, deadline) = self.until_complete(deployment, from);
            let live = self.live(deployment);
            let available = live.as_ref().map_or(0, |live| live.status.available_replicas);
            let stuck = if took.is_none() { self.stuck(deployment) } else { Stuck::default() };
            self.seen.starts.push(Start { took, available, stuck, deadline });
        }
        // The clients settle.
        self.watch(Duration::from_secs(5));
        self.look_at_services();
        self.look_at_selectors();
    }

    fn release(&mut self) {
        for (number, (item, deployment)) in self.subject.deployments().enumerate() {
            let begun = self.seen.starts[number].took.is_some();
            let may = begun && number < MOST_RELEASES && !deployment.spec.paused;
            let roll = may.then(|| self.roll(item, deployment));
            self.seen.rolls.push(roll);
        }
    }

    fn roll(&mut self, item: usize, deployment: &Deployment) -> Roll {
        let before = Report::of(&self.cluster);
        let release = Release::of(&self.subject.items[item].typed, &deployment.meta.name);
        let place = namespace(&deployment.meta.namespace);
        self.cluster.apply(&Command::kubectl(&format!("-n {place} {}", release.line)));
        let (took, deadline) = self.until_complete(deployment, self.cluster.now());
        let stuck = if took.is_none() { self.stuck(deployment) } else { Stuck::default() };
        let undo = format!("rollout undo -n {place} deployment/{}", deployment.meta.name);
        self.watch(AFTERMATH);
        // What is kept of the history is known when the old pods are gone.
        let undo = self.cluster.clone().apply(&Command::kubectl(&undo));
        let after = Report::of(&self.cluster);
        let rollout = after.rollouts.iter().rfind(|rollout| {
            rollout.deployment == deployment.meta.name && *rollout.namespace == *place
        });
        Roll {
            version: release.next,
            took,
            sent: after.requests.sent - before.requests.sent,
            failed: after.failed_since(&before),
            min_available: rollout.map_or(0, |rollout| rollout.min_available),
            stuck,
            deadline,
            undo: (undo.code != 0).then(|| undo.stderr.trim_end().to_owned()),
        }
    }

    fn apply_again(&mut self) {
        self.watch(AUTOSCALED);
        let sizes = |stage: &Self| -> Vec<i32> {
            let all = stage.subject.deployments();
            all.map(|(_, it)| stage.live(it).map_or(0, |live| live.spec.replicas)).collect()
        };
        let before = sizes(self);
        let output = self.cluster.apply(&Command::apply(&self.subject.manifest()));
        output.stdout.trim_end().clone_into(&mut self.seen.said);
        let after = sizes(self);
        self.seen.sizes = before.into_iter().zip(after).collect();
    }

    fn drain(&mut self, budget: usize) {
        let object = self.subject.items[budget].object.meta();
        let place = namespace(&object.namespace);
        let budget = self.cluster.api().data(Kind::PodDisruptionBudget).iter();
        let budget = budget.into_iter().find(|it| it.meta.name == object.name).cloned();
        let Some(budget) = budget else { return };
        let selector = crate::api::LabelSelector::read(budget.at(&["spec", "selector"]));
        let pods = self.cluster.api().list::<Pod>().iter();
        let node = pods
            .filter(|pod| *pod.meta.namespace == *place && selector.matches(&pod.meta.labels))
            .map(|pod| pod.node_name.clone())
            .find(|node| !node.is_empty());
        let Some(node) = node else { return };
        let line = format!(
            "drain {node} --ignore-daemonsets --delete-emptydir-data --force --timeout={}s",
            DRAIN.as_secs() * 3 / 4
        );
        let output = self.cluster.apply(&Command::kubectl(&line));
        self.watch(DRAIN);
        let lines = output.stream.map(|stream| self.cluster.read_stream(stream).0);
        let lines = lines.into_iter().flatten().map(|line| line.text);
        self.seen.said = lines.collect::<Vec<String>>().join("\n");
    }

    fn lose(&mut self, item: usize) {
        let Some((_, deployment)) = self.subject.deployments().find(|(index, _)| *index == item)
        else {
            return;
        };
        let before = Report::of(&self.cluster);
        let pods = self.cluster.api().list::<Pod>().iter();
        let pod =
            pods.into_iter().find(|pod| self.owner(pod).as_ref() == Some(&deployment.meta.name));
        let pod = pod.cloned();
        let Some(pod) = pod else { return };
        let line = format!(
            "delete pod {} -n {} --force --grace-period=0",
            pod.meta.name, pod.meta.namespace
        );
        self.cluster.apply(&Command::kubectl(&line));
        self.watch(Duration::from_secs(2));
        self.until_complete(deployment, self.cluster.now());
        self.watch(AFTERMATH);
        let after = Report::of(&self.cluster);
        let failed = after.failed_since(&before);
        let refused = failed.iter().find(|(cause, _)| *cause == Failure::NoEndpoints);
        let refused = refused.map_or(0, |(_, requests)| *requests);
        self.seen.scene = (after.requests.sent - before.requests.sent, refused);
    }

    fn live(&self, deployment: &Deployment) -> Option<Arc<Deployment>> {
        find(&self.cluster, deployment)
    }

    /// The Deployment that a pod is of.
    fn owner(&self, pod: &Pod) -> Option<Name> {
        let set = pod.meta.controller()?;
        let sets = self.cluster.api().list::<crate::api::ReplicaSet>();
        let set = sets.by_uid(set.uid)?;
        set.meta.controller().map(|owner| owner.name.clone())
    }

    /// Waits until a Deployment is complete: how long it took, and when its deadline was over.
    fn until_complete(
        &mut self,
        deployment: &Deployment,
        from: Instant,
    ) -> (Option<Duration>, Option<Duration>) {
        let (mut moved, mut last, mut deadline) = (self.cluster.now(), (0, 0, 0), None);
        loop {
            let on = self.look();
            let now = self.cluster.now();
            let Some(live) = self.live(deployment) else { return (None, None) };
            let progress = live.condition(DeploymentConditionType::Progressing);
            if progress.is_some_and(|it| it.reason == Reason::ProgressDeadlineExceeded) {
                deadline = deadline.or(Some(now.since(from)));
            }
            if live.is_complete(&live.status) {
                return (Some(now.since(from)), deadline);
            }
            let status = &live.status;
            let counts = (status.replicas, status.updated_replicas, status.available_replicas);
            if counts != last {
                (last, moved) = (counts, now);
            }
            if !on || self.is_late(from, moved) || live.spec.paused {
                return (None, deadline);
            }
        }
    }

    /// Whether a rollout has taken too long, or not moved for too long.
    fn is_late(&self, from: Instant, moved: Instant) -> bool {
        let now = self.cluster.now();
        now.since(moved) > self.standstill || now.since(from) > LONGEST
    }

    fn watch(&mut self, time: Duration) {
        let target = self.cluster.now() + time;
        while self.cluster.now() < target && self.look() {}
    }

    /// Lets a little time pass; `false` when the machine has had enough.
    fn look(&mut self) -> bool {
        let left = MOST_WORK.saturating_sub(self.cluster.occurrences());
        self.cluster.advance_to(self.cluster.now() + LOOK_EVERY, left) == Advance::Arrived
    }

    /// What holds a Deployment up.
    fn stuck(&self, deployment: &Deployment) -> Stuck {
        let name = &*deployment.meta.name;
        let said = |reason: &str, words: &str| {
            let events = self.cluster.api().list::<Event>().iter();
            let of_it = events.filter(|event| {
                let rest = event.involved_object.name.strip_prefix(name);
                let is_own = rest.is_some_and(|rest| rest.starts_with('-'));
                is_own && event.reason == reason && event.message.contains(words)
            });
            let last = of_it.max_by_key(|event| event.last_timestamp);
            // What was said long ago may be over.
            let last = last.filter(|event| self.is_pending(event));
            last.map(|event| plain(&event.message).to_owned())
        };
        let chain = why::why(&self.cluster, &format!("deployment/{name}")).unwrap_or_default();
        let of_pod = |link: &&Link| link.object.starts_with("Pod/") && link.remedy.is_some();
        let telling = chain.iter().find(of_pod);
        let telling = telling.or_else(|| chain.iter().find(|link| link.remedy.is_some()));
        let telling = telling.or_else(|| chain.first());
        Stuck {
            unschedulable: said("FailedScheduling", ""),
            quota: said("FailedCreate", "exceeded quota"),
            why: telling.map(|link| link.text.clone()).unwrap_or_default(),
            advice: telling.and_then(|link| link.remedy.clone()),
        }
    }

    /// Whether the pod that an event speaks of still waits for a node; true of other objects.
    fn is_pending(&self, event: &Event) -> bool {
        let pods = self.cluster.api().list::<Pod>();
        event.involved_object.kind != Some(Kind::Pod)
            || pods.by_uid(event.involved_object.uid).is_some_and(|pod| !pod.is_scheduled())
    }

    fn look_at_services(&mut self) {
        let api = self.cluster.api();
        for (_, service) in self.subject.services() {
            let mut served = Served::default();
            let slices = api.list::<EndpointSlice>().iter().filter(|slice| {
                *slice.meta.namespace == *namespace(&service.meta.namespace)
                    && slice.meta.controller().is_some_and(|owner| owner.name == service.meta.name)
            });
            for slice in slices {
                // Without a port nothing can be sent.
                if slice.ports.iter().all(|port| port.port.is_none()) {
                    continue;
                }
                for endpoint in &slice.endpoints {
                    served.endpoints += 1;
                    let pod = api.list::<Pod>().by_uid(endpoint.pod_uid);
                    let Some(owner) = pod.and_then(|pod| self.owner(pod)) else { continue };
                    let tally = self.cluster.pod_requests(endpoint.pod_uid);
                    let (answered, failed) = tally.map_or((0, 0), |it| (it.answered, it.failed));
                    match served.behind.iter_mut().find(|(known, ..)| *known == owner) {
                        Some((_, all, lost)) => {
                            *all += answered;
                            *lost += failed;
                        }
                        None => served.behind.push((owner, answered, failed)),
                    }
                }
            }
            self.seen.services.push(served);
        }
    }

    fn look_at_selectors(&mut self) {
        for (_, deployment) in self.subject.deployments() {
            let place = namespace(&deployment.meta.namespace);
            let pods = self.cluster.api().list::<Pod>().iter().filter(|pod| {
                *pod.meta.namespace == *place
                    && deployment.spec.selector.matches(&pod.meta.labels)
                    && self.owner(pod).as_ref() != Some(&deployment.meta.name)
            });
            self.seen.strangers.push(pods.count());
        }
    }

    fn look_at_restarts(&mut self) {
        let api = self.cluster.api();
        for (_, deployment) in self.subject.deployments() {
            let name = &deployment.meta.name;
            let pods = api.list::<Pod>().iter();
            let pods = pods.filter(|pod| self.owner(pod).as_ref() == Some(name));
            let statuses = pods.flat_map(|pod| &pod.status.container_statuses);
            self.seen.restarts.push(statuses.map(|status| status.restart_count).sum());
            let mut events = api.list::<Event>().iter().filter(|event| {
                let rest = event.involved_object.name.strip_prefix(&**name);
                rest.is_some_and(|rest| rest.starts_with('-'))
                    && event.reason == "Unhealthy"
                    && event.message.starts_with("Liveness")
            });
            let said = events.next_back().map_or("", |event| event.message.trim_end());
            self.seen.liveness_said.push(said.to_owned());
        }
    }
}

/// An event's message without what tells that it stands for several.
fn plain(message: &str) -> &str {
    message.trim_start_matches("(combined from similar events): ")
}

fn find(cluster: &Cluster, deployment: &Deployment) -> Option<Arc<Deployment>> {
    let place = namespace(&deployment.meta.namespace);
    let mut all = cluster.api().list::<Deployment>().iter();
    all.find(|live| live.meta.name == deployment.meta.name && *live.meta.namespace == *place)
        .cloned()
}
