//! Pods as the screen shows them.

use std::sync::Arc;

use super::{PodView, ProbeView, Probes, Remark, Stage};
use crate::api::pod::{ContainerState, ContainerStatus, PodConditionType};
use crate::api::pod_template::Probe;
use crate::api::{Kind, Labels, Name, Pod, ReplicaSet, Uid};
use crate::cluster::Cluster;
use crate::container::Diagnostic;
use crate::kubelet::PodProgress;
use crate::network::tally::PodTally;
use crate::order;
use crate::time::{Duration, Instant};

/// The most probe marks on one pod.
const MARKS: u32 = 60;

/// No moment at all.
const NEVER: Instant = Instant::from_micros(u64::MAX);

/// A glance examines one of so many settled pods.
const TURNS: usize = 4;

/// A pod as it was shown last, and what that followed from.
#[derive(Clone, Debug)]
pub(super) struct Known {
    uid: Uid,
    pod: Arc<Pod>,
    pub(super) namespace: Name,
    pub(super) labels: Labels,
    facts: Facts,
    /// From when until when the facts alone tell how it is shown.
    holds: (Instant, Instant),
    /// Its `ReplicaSet`.
    pub(super) owner: Option<Uid>,
    pub(super) standing: Standing,
    pub(super) view: Arc<PodView>,
}

/// How a pod counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Killed,
    Leaving,
    Active,
    Ready,
    Available,
}

impl Standing {
    const fn of(stage: &Stage) -> Self {
        match stage {
            Stage::Killed { .. } => Self::Killed,
            Stage::Terminating { .. } | Stage::Ended => Self::Leaving,
            Stage::Ready { available: true, .. } => Self::Available,
            Stage::Ready { .. } => Self::Ready,
            _ => Self::Active,
        }
    }
}

/// What a pod's picture follows from, but for the pod itself and the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Facts {
    killed: Option<Instant>,
    receives_traffic: bool,
    min_ready_seconds: i32,
    progress: Option<PodProgress>,
    requests: PodTally,
}

/// Whether every pod is examined, or of the settled ones a part: it is their `turn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Whole,
    Glance { turn: usize },
}

impl Look {
    const fn examines(self, index: usize) -> bool {
        match self {
            Self::Whole => true,
            Self::Glance { turn } => index % TURNS == turn % TURNS,
        }
    }
}

/// The pods by uid, those that were killed lately among them. What is as it was in `before` is
/// taken from there. `endpoints` are the pods that get requests.
pub(super) fn project(
    cluster: &Cluster,
    endpoints: &[Uid],
    before: Vec<Known>,
    look: Look,
) -> Vec<Known> {
    let endpoints = Marked::new(endpoints);
    let killed = cluster.killed_pods().map(|killed| (killed.pod.meta.uid, killed));
    let mut killed: Vec<_> = killed.collect();
    order::sort_by_key(&mut killed, |(uid, _)| *uid);
    let mut killed = killed.into_iter().peekable();
    let mut living = cluster.api().list::<Pod>().entries().peekable();
    let found = std::iter::from_fn(|| match (killed.peek(), living.peek()) {
        (Some((dead, _)), Some((alive, _))) if dead >= alive => {
            living.next().map(|(uid, pod)| (uid, pod, None))
        }
        (Some(_), _) => killed.next().map(|(uid, killed)| (uid, &killed.pod, Some(killed.at))),
        (None, _) => living.next().map(|(uid, pod)| (uid, pod, None)),
    });
    let now = cluster.now();
    let mut pods = Vec::with_capacity(before.len());
    let mut before = before.into_iter().peekable();
    let mut wait = None;
    for (index, (uid, pod, killed)) in found.enumerate() {
        while before.next_if(|known| known.uid < uid).is_some() {}
        let receives_traffic = endpoints.has(uid);
        let known = before.next_if(|known| known.uid == uid && Arc::ptr_eq(&known.pod, pod));
        let known = known.filter(|known| known.holds(now));
        if let Some(settled) = known.as_ref().filter(|known| known.standing == Standing::Available)
            && !look.examines(index)
            && killed.is_none()
            && settled.facts.receives_traffic == receives_traffic
        {
            pods.extend(known);
            continue;
        }
        let owner = known.as_ref().map_or_else(|| owner(pod), |known| known.owner);
        let facts = Facts {
            killed,
            receives_traffic,
            min_ready_seconds: min_ready_seconds(cluster, owner, &mut wait),
            progress: cluster.pod_progress(uid),
            requests: cluster.pod_requests(uid).copied().unwrap_or_default(),
        };
        let known = known.filter(|known| known.facts == facts);
        pods.push(known.unwrap_or_else(|| Known::new(cluster, pod, facts)));
    }
    pods
}

/// The widest span of uids that is marked.
const WIDEST: u64 = 1 << 24;

/// Some uids among many that lie close together.
struct Marked {
    first: u64,
    marks: Vec<bool>,
}

impl Marked {
    fn new(uids: &[Uid]) -> Self {
        let first = uids.iter().map(|uid| uid.0).min().unwrap_or(0);
        let last = uids.iter().map(|uid| uid.0).max().unwrap_or(0);
        let mut marks = vec![false; usize::try_from((last - first).min(WIDEST)).unwrap_or(0) + 1];
        for uid in uids {
            let place = usize::try_from(uid.0 - first).ok();
            if let Some(mark) = place.and_then(|place| marks.get_mut(place)) {
                *mark = true;
            }
        }
        Self { first, marks }
    }

    fn has(&self, uid: Uid) -> bool {
        let place = uid.0.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        place.is_some_and(|place| self.marks.get(place) == Some(&true))
    }
}

/// The `ReplicaSet` of a pod.
fn owner(pod: &Pod) -> Option<Uid> {
    let owner = pod.meta.controller().filter(|owner| owner.kind == Kind::ReplicaSet);
    owner.map(|owner| owner.uid)
}

impl Known {
    pub(super) const fn uid(&self) -> Uid {
        self.uid
    }

    fn holds(&self, now: Instant) -> bool {
        (self.holds.0..self.holds.1).contains(&now)
    }

    fn new(cluster: &Cluster, pod: &Arc<Pod>, facts: Facts) -> Self {
        let (now, progress) = (cluster.now(), facts.progress);
        let stage = match facts.killed {
            Some(at) => Stage::Killed { at },
            None => stage(pod, &facts, now),
        };
        let failed_probes = failed_probes(pod, progress, &stage, now);
        let keeps_failing = keeps_failing(pod, progress, &stage, now);
        let until = match &stage {
            Stage::Creating { to, .. } if progress.is_some() => *to,
            Stage::Loading { to, .. } => next_probe(pod, progress, now).min(*to),
            Stage::NotReady if !keeps_failing => now,
            Stage::Ready { available: false, .. } => {
                let wait = pod.next_availability(facts.min_ready_seconds, now);
                wait.map_or(NEVER, |wait| now + wait)
            }
            _ => NEVER,
        };
        let uid = pod.meta.uid;
        let standing = Standing::of(&stage);
        let view = PodView {
            uid,
            name: pod.meta.name.clone(),
            suffix: pod.meta.name.rsplit('-').next().unwrap_or_default().to_owned(),
            version: pod.spec.version(),
            node: pod.node_name.clone(),
            receives_traffic: facts.receives_traffic,
            restarts: pod.max_restarts(),
            probes: probes(pod, progress),
            failed_probes,
            requests: facts.requests,
            keeps_failing,
            remarks: remarks(cluster, uid),
            stage,
        };
        Self {
            uid,
            pod: Arc::clone(pod),
            namespace: pod.meta.namespace.clone(),
            labels: Arc::clone(&pod.meta.labels),
            facts,
            holds: (now, until),
            owner: owner(pod),
            standing,
            view: Arc::new(view),
        }
    }
}

fn remarks(cluster: &Cluster, pod: Uid) -> Vec<Remark> {
    let found = cluster.pod_diagnostics(pod).into_iter();
    found.map(|(container, Diagnostic { line, text })| Remark { container, line, text }).collect()
}

fn probes(pod: &Pod, progress: Option<PodProgress>) -> Probes {
    let Some(container) = pod.spec.containers.first() else {
        return Probes::default();
    };
    let streaks = progress.map(|progress| progress.probes).unwrap_or_default();
    let view = |probe: &Option<Probe>, (passed, failed): (u32, u32)| {
        probe.as_ref().map(|probe| ProbeView {
            passed,
            failed,
            success_threshold: probe.success_threshold,
            failure_threshold: probe.failure_threshold,
        })
    };
    Probes {
        startup: view(&container.startup_probe, streaks.startup),
        liveness: view(&container.liveness_probe, streaks.liveness),
        readiness: view(&container.readiness_probe, streaks.readiness),
    }
}

fn stage(pod: &Pod, facts: &Facts, now: Instant) -> Stage {
    let (meta, progress) = (&pod.meta, facts.progress);
    if pod.status.phase.is_terminal() {
        return Stage::Ended;
    }
    if let Some(deadline) = meta.deletion_timestamp {
        let grace = meta.deletion_grace_period_seconds.unwrap_or(0);
        let from = deadline - Duration::from_secs(grace.into());
        let to = progress.and_then(|progress| progress.ends_at).unwrap_or(deadline);
        return Stage::Terminating { from, to };
    }
    if !pod.is_scheduled() {
        let scheduled = pod.condition(PodConditionType::PodScheduled);
        let reason = scheduled.map(|condition| condition.message.to_string());
        return Stage::Pending { reason: reason.unwrap_or_default() };
    }
    if let Some(since) = pod.ready_since() {
        let since = progress.and_then(|progress| progress.ready_at).unwrap_or(since);
        let available = pod.is_available(facts.min_ready_seconds, now);
        return Stage::Ready { since, available };
    }
    if let Some(reason) = back_off(pod) {
        return Stage::BackOff { reason };
    }
    if let Some((from, to)) = progress.and_then(|progress| progress.pulls) {
        return Stage::Pulling { from, to };
    }
    if let Some(stage) = initializing(pod) {
        return stage;
    }
    let Some(progress) = progress else {
        // Bound, and its kubelet has not heard of it: a matter of milliseconds.
        return Stage::Creating {
            from: meta.created_at,
            to: meta.created_at + Duration::from_secs(1),
        };
    };
    if now < progress.starts_at {
        return Stage::Creating { from: progress.accepted_at, to: progress.starts_at };
    }
    match progress.loads_until {
        Some(to) if now < to => Stage::Loading { from: progress.starts_at, to },
        _ => Stage::NotReady,
    }
}

/// What a pod's `ReplicaSet` asks for. Most pods have the one of the pod before, which is `known`.
fn min_ready_seconds(cluster: &Cluster, owner: Option<Uid>, known: &mut Option<(Uid, i32)>) -> i32 {
    let Some(owner) = owner else { return 0 };
    if let Some((_, seconds)) = known.filter(|(known, _)| *known == owner) {
        return seconds;
    }
    let set = cluster.api().list::<ReplicaSet>().by_uid(owner);
    let seconds = set.map_or(0, |set| set.spec.min_ready_seconds);
    *known = Some((owner, seconds));
    seconds
}

/// Why a container waits, when it is not just being made.
fn back_off(pod: &Pod) -> Option<&'static str> {
    let init = pod.status.init_container_statuses.iter().find_map(|status| match &status.state {
        ContainerState::Waiting { reason, .. } if !is_beginning(reason) => Some(*reason),
        _ => None,
    });
    let mut regular = pod.status.container_statuses.iter();
    init.or_else(|| {
        regular.find_map(|status| match &status.state {
            ContainerState::Waiting { reason, .. } if !is_beginning(reason) => Some(*reason),
            ContainerState::Terminated { .. } => Some("restarting"),
            ContainerState::Waiting { .. } | ContainerState::Running { .. } => None,
        })
    })
}

fn is_beginning(reason: &str) -> bool {
    matches!(reason, "ContainerCreating" | "PodInitializing")
}

/// Whether init containers have work to do yet.
fn initializing(pod: &Pod) -> Option<Stage> {
    let of = pod.spec.init_containers.len();
    let statuses = &pod.status.init_container_statuses;
    let is_done = |status: &&ContainerStatus| match &status.state {
        ContainerState::Terminated { exit_code, .. } => *exit_code == 0,
        // One that stays counts once it has started.
        ContainerState::Running { .. } => status.started && stays(pod, &status.name),
        ContainerState::Waiting { .. } => false,
    };
    let done = statuses.iter().filter(is_done).count();
    (done < of).then_some(Stage::Initializing { done, of })
}

/// Whether an init container is one that stays.
fn stays(pod: &Pod, name: &str) -> bool {
    let mut found = pod.spec.init_containers.iter();
    found.any(|container| &*container.name == name && container.is_sidecar())
}

/// The instants of the failed probes of a pod that has not been ready yet. Probes tick from the
/// moment the kubelet takes the pod, and are asked once the container runs.
fn failed_probes(
    pod: &Pod,
    progress: Option<PodProgress>,
    stage: &Stage,
    now: Instant,
) -> Vec<Instant> {
    let (Stage::Loading { from, .. }, Some(progress), Some(probe)) = (stage, progress, probe(pod))
    else {
        return Vec::new();
    };
    let first = *from + Duration::from_secs(probe.initial_delay_seconds.into());
    let period = Duration::from_secs(u64::from(probe.period_seconds).max(1));
    (0..MARKS)
        .map(|tick| progress.probed_from + period * tick)
        .filter(|at| *at >= first && *at > *from && *at <= now)
        .collect()
}

/// When the readiness probe of a pod that loads ticks next.
fn next_probe(pod: &Pod, progress: Option<PodProgress>, now: Instant) -> Instant {
    let (Some(progress), Some(probe)) = (progress, probe(pod)) else { return NEVER };
    let period = Duration::from_secs(u64::from(probe.period_seconds).max(1));
    if now < progress.probed_from {
        return progress.probed_from;
    }
    let ticks = now.since(progress.probed_from).as_micros() / period.as_micros();
    progress.probed_from + period * (u32::try_from(ticks).unwrap_or(u32::MAX - 1) + 1)
}

/// Whether a loaded pod that is not ready has been probed since it was loaded. Just after, it only
/// waits for its next probe.
fn keeps_failing(pod: &Pod, progress: Option<PodProgress>, stage: &Stage, now: Instant) -> bool {
    let (Stage::NotReady, Some(progress), Some(probe)) = (stage, progress, probe(pod)) else {
        return false;
    };
    let loaded = progress.loads_until.unwrap_or(progress.starts_at);
    let next = Duration::from_secs(u64::from(probe.period_seconds).max(1));
    progress.probes.readiness.1 > 0 && now >= loaded + next
}

fn probe(pod: &Pod) -> Option<&Probe> {
    pod.spec.containers.first()?.readiness_probe.as_ref()
}
