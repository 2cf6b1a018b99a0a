//! The phase of a pod, from the states of its containers.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/kubelet_pods.go` `getPhase`. Leaves out: static pods.

use crate::api::pod::{ContainerState, ContainerStatus, PodPhase};
use crate::api::pod_template::{Container, PodSpecView, RestartPolicy};

/// How many containers are in which state.
#[derive(Default)]
struct Count {
    unknown: u32,
    waiting: u32,
    running: u32,
    stopped: u32,
    succeeded: u32,
}

/// What holds the initialization up.
#[derive(Default)]
struct Initialization {
    pending: bool,
    pending_sidecar: bool,
    failed: bool,
}

/// The phase of a pod with these statuses, in which a container without an entry has none.
/// `is_terminal` says that its containers have stopped for good.
#[doc(alias = "getPhase")]
pub fn phase(
    spec: &PodSpecView,
    init_statuses: &[ContainerStatus],
    statuses: &[ContainerStatus],
    is_terminal: bool,
) -> PodPhase {
    let (mut count, mut init) = (Count::default(), Initialization::default());
    for container in &spec.init_containers {
        let status = find(init_statuses, container);
        if container.is_sidecar() {
            count_sidecar(status, &mut count, &mut init);
        } else {
            count_init(status, &mut init);
        }
    }
    for container in &spec.containers {
        count_regular(find(statuses, container), &mut count);
    }
    if init.failed && spec.restart_policy == RestartPolicy::Never {
        return PodPhase::Failed;
    }
    // Sidecars that start again do not make an initialized pod pending.
    let is_initialized = statuses.iter().any(ContainerStatus::has_started);
    if init.pending || (init.pending_sidecar && !is_initialized) || count.waiting > 0 {
        return PodPhase::Pending;
    }
    if count.unknown > 0 || count.running + count.stopped == 0 {
        return PodPhase::Pending;
    }
    if count.running > 0 {
        return PodPhase::Running;
    }
    let well = count.stopped == count.succeeded;
    match spec.restart_policy {
        RestartPolicy::Always if !is_terminal => PodPhase::Running,
        _ if well => PodPhase::Succeeded,
        RestartPolicy::OnFailure if !is_terminal => PodPhase::Running,
        RestartPolicy::Always | RestartPolicy::OnFailure | RestartPolicy::Never => PodPhase::Failed,
    }
}

fn find<'a>(statuses: &'a [ContainerStatus], container: &Container) -> Option<&'a ContainerStatus> {
    statuses.iter().find(|status| status.name == container.name)
}

fn count_init(status: Option<&ContainerStatus>, init: &mut Initialization) {
    match status.and_then(ContainerStatus::exit_code) {
        None => init.pending = true,
        Some(code) => init.failed |= code != 0,
    }
}

fn count_sidecar(status: Option<&ContainerStatus>, count: &mut Count, init: &mut Initialization) {
    let Some(status) = status else {
        count.unknown += 1;
        return;
    };
    match &status.state {
        ContainerState::Running { .. } => {
            init.pending_sidecar |= !status.started;
            count.running += 1;
        }
        ContainerState::Waiting { .. } if status.last_state.is_none() => {
            init.pending_sidecar = true;
            count.waiting += 1;
        }
        // One that has ended is started again.
        ContainerState::Waiting { .. } | ContainerState::Terminated { .. } => {}
    }
}

fn count_regular(status: Option<&ContainerStatus>, count: &mut Count) {
    let Some(status) = status else {
        count.unknown += 1;
        return;
    };
    match &status.state {
        ContainerState::Running { .. } => count.running += 1,
        ContainerState::Terminated { exit_code, .. } => {
            count.stopped += 1;
            count.succeeded += u32::from(*exit_code == 0);
        }
        ContainerState::Waiting { .. } if status.last_state.is_some() => count.stopped += 1,
        ContainerState::Waiting { .. } => count.waiting += 1,
    }
}
