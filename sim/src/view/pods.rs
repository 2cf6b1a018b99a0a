//! Pods as the screen shows them.

use std::sync::Arc;

use super::{PodView, ProbeView, Probes, Remark, ServiceView, Stage};
use crate::api::pod::{ContainerState, ContainerStatus, PodConditionType};
use crate::api::pod_template::Probe;
use crate::api::{Pod, ReplicaSet, Uid};
use crate::cluster::Cluster;
use crate::container::Diagnostic;
use crate::kubelet::PodProgress;
use crate::order;
use crate::time::{Duration, Instant};

/// The most probe marks on one pod.
const MARKS: u32 = 60;

pub(super) fn project(cluster: &Cluster, services: &[Arc<ServiceView>]) -> Vec<Arc<PodView>> {
    let endpoints =
        order::set(services.iter().flat_map(|service| service.endpoints.iter().copied()));
    let project = |pod: &Arc<Pod>, killed: Option<Instant>| {
        let uid = pod.meta.uid;
        let progress = cluster.pod_progress(uid);
        let stage = match killed {
            Some(at) => Stage::Killed { at },
            None => stage(cluster, pod, progress),
        };
        Arc::new(PodView {
            uid,
            name: pod.meta.name.clone(),
            suffix: pod.meta.name.rsplit('-').next().unwrap_or_default().to_owned(),
            version: pod.spec.version(),
            node: pod.node_name.clone(),
            receives_traffic: endpoints.contains(&uid),
            restarts: pod.max_restarts(),
            probes: probes(pod, progress),
            failed_probes: failed_probes(pod, progress, &stage, cluster.now()),
            requests: cluster.pod_requests(uid).cloned().unwrap_or_default(),
            keeps_failing: keeps_failing(pod, progress, &stage, cluster.now()),
            remarks: remarks(cluster, uid),
            stage,
        })
    };
    let living = cluster.api().list::<Pod>().iter().map(|pod| project(pod, None));
    let killed = cluster.killed_pods().map(|killed| project(&killed.pod, Some(killed.at)));
    let mut pods: Vec<Arc<PodView>> = living.chain(killed).collect();
    order::sort_by_key(&mut pods, |pod| pod.uid);
    pods
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

fn stage(cluster: &Cluster, pod: &Pod, progress: Option<PodProgress>) -> Stage {
    let (now, meta) = (cluster.now(), &pod.meta);
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
        let available = pod.is_available(min_ready_seconds(cluster, pod), now);
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

fn min_ready_seconds(cluster: &Cluster, pod: &Pod) -> i32 {
    let owner = pod.meta.controller();
    let set = owner.and_then(|owner| cluster.api().list::<ReplicaSet>().by_uid(owner.uid));
    set.map_or(0, |set| set.spec.min_ready_seconds)
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
