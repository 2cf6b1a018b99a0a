//! Pods as the screen shows them.

use std::sync::Arc;

use super::crowd::Found;
use super::{PodView, ProbeView, Probes, Remark, Stage};
use crate::api::pod::{ContainerState, ContainerStatus, PodConditionType};
use crate::api::pod_template::Probe;
use crate::api::{Kind, Labels, Name, Pod, Uid};
use crate::cluster::Cluster;
use crate::container::Diagnostic;
use crate::kubelet::PodProgress;
use crate::network::tally::PodTally;
use crate::time::{Duration, Instant};

/// The most probe marks on one pod.
const MARKS: u32 = 60;

/// No moment at all.
const NEVER: Instant = Instant::from_micros(u64::MAX);

/// A pod as it was shown last, and what that followed from.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) uid: Uid,
    pub(super) pod: Arc<Pod>,
    pub(super) namespace: Name,
    pub(super) labels: Labels,
    pub(super) facts: Facts,
    /// How often its kubelet had acted on it.
    pub(super) acts: Option<u32>,
    /// From when until when the facts alone tell how it is shown.
    holds: (Instant, Instant),
    /// Its `ReplicaSet`.
    pub(super) owner: Option<Uid>,
    pub(super) standing: Standing,
    /// Since when it is Ready, or leaves.
    pub(super) since: Instant,
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
pub(super) struct Facts {
    pub(super) killed: Option<Instant>,
    pub(super) receives_traffic: bool,
    pub(super) min_ready_seconds: i32,
    pub(super) progress: Option<PodProgress>,
    pub(super) requests: PodTally,
}

/// The `ReplicaSet` of a pod.
pub(super) fn owner(pod: &Pod) -> Option<Uid> {
    let owner = pod.meta.controller().filter(|owner| owner.kind == Kind::ReplicaSet);
    owner.map(|owner| owner.uid)
}

impl Known {
    pub(super) fn holds(&self, now: Instant) -> bool {
        (self.holds.0..self.holds.1).contains(&now)
    }

    pub(super) fn new(cluster: &Cluster, found: &Found<'_>, facts: Facts) -> Self {
        let pod = found.pod;
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
            Stage::NotReady if !keeps_failing => asked_again(pod, progress, now),
            Stage::Ready { available: false, .. } => {
                let wait = pod.next_availability(facts.min_ready_seconds, now);
                wait.map_or(NEVER, |wait| now + wait)
            }
            _ => NEVER,
        };
        let uid = pod.meta.uid;
        let standing = Standing::of(&stage);
        let since = match stage {
            Stage::Ready { since, .. } | Stage::Terminating { from: since, .. } => since,
            _ => Instant::BOOT,
        };
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
            acts: found.acts,
            holds: (now, until),
            owner: owner(pod),
            standing,
            since,
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
    let failed = progress.is_some_and(|progress| progress.probes.readiness.1 > 0);
    *stage == Stage::NotReady && failed && probed_loaded(pod, progress).is_some_and(|at| now >= at)
}

/// When a pod that is loaded has been probed again, if it is probed at all.
fn probed_loaded(pod: &Pod, progress: Option<PodProgress>) -> Option<Instant> {
    let (progress, probe) = (progress?, probe(pod)?);
    let loaded = progress.loads_until.unwrap_or(progress.starts_at);
    Some(loaded + Duration::from_secs(u64::from(probe.period_seconds).max(1)))
}

/// Until when a pod that is not ready is not known to fail.
fn asked_again(pod: &Pod, progress: Option<PodProgress>, now: Instant) -> Instant {
    probed_loaded(pod, progress).filter(|at| *at > now).unwrap_or(NEVER)
}

fn probe(pod: &Pod) -> Option<&Probe> {
    pod.spec.containers.first()?.readiness_probe.as_ref()
}
