//! What a worker writes into its pod's status.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/kubelet_pods.go` `generateAPIPodStatus`,
//! `convertToAPIContainerStatuses` and `pkg/kubelet/status/generate.go`.

use super::run::{Run, Shown};
use super::{Around, PodWorker, Stage};
use crate::api::event::EventType;
use crate::api::pod::{ContainerState, ContainerStatus, PodConditionType};
use crate::api::{Name, Pod};
use crate::kubelet::conditions::{self, Statuses};
use crate::kubelet::phase::phase;
use crate::kubelet::status::{self, set_finding};

impl PodWorker {
    /// Records an event about the pod.
    pub(super) fn record(
        &self,
        type_: EventType,
        reason: &'static str,
        message: String,
        around: &mut Around<'_, '_>,
    ) {
        crate::kubelet::record(&self.pod, type_, reason, message, around.ctx);
    }

    /// The kubelet has taken the pod.
    pub(super) fn write_accepted(&mut self, around: &mut Around<'_, '_>) {
        let now = around.now();
        self.change(around, |pod| pod.status.start_time = Some(now.truncated_to_second()));
    }

    /// Reports how the pod stands.
    pub(super) fn write(&mut self, around: &mut Around<'_, '_>) {
        self.change(around, |_| ());
    }

    fn change(&mut self, around: &mut Around<'_, '_>, change: impl FnOnce(&mut Pod)) {
        let now = around.now();
        let (ip, is_terminal) = (self.ip, self.stage == Stage::Terminated);
        let init = self.pod.spec.init_containers.len();
        let statuses = |runs: &[Run], from: usize| -> Vec<ContainerStatus> {
            let runs = runs.iter().enumerate();
            runs.map(|(index, run)| run.status(self.name(from + index).clone())).collect()
        };
        let init_statuses = statuses(&self.runs[..init], 0);
        let regular = statuses(&self.runs[init..], init);
        let written = around.ctx.api.change::<Pod>(self.pod.meta.uid, |pod| {
            pod.status.pod_ip = ip.or(pod.status.pod_ip);
            pod.status.phase = phase(&pod.spec, &init_statuses, &regular, is_terminal);
            pod.status.init_container_statuses = init_statuses;
            pod.status.container_statuses = regular;
            change(pod);
            let statuses = Statuses {
                init: &pod.status.init_container_statuses,
                regular: &pod.status.container_statuses,
            };
            let phase = pod.status.phase;
            let initialized = conditions::initialized(&pod.spec, Some(statuses), phase);
            let containers = conditions::containers_ready(&pod.spec, Some(statuses), phase);
            let ready = conditions::pod_ready(&pod.spec, containers.clone(), |_| None);
            set_finding(pod, PodConditionType::Initialized, &initialized, now);
            set_finding(pod, PodConditionType::Ready, &ready, now);
            set_finding(pod, PodConditionType::ContainersReady, &containers, now);
            status::sort_conditions(pod);
        });
        // A pod that is gone stays gone.
        if let Ok(pod) = written {
            self.ready_at = if pod.is_ready() { self.ready_at.or(Some(now)) } else { None };
            self.pod = pod;
        }
    }
}

impl Run {
    fn status(&self, name: Name) -> ContainerStatus {
        let state = match &self.shown {
            Shown::Waiting { reason, message } => {
                ContainerState::Waiting { reason, message: message.clone() }
            }
            Shown::Running { since } => ContainerState::Running { started_at: *since },
            Shown::Ended(ended) => ended.state(),
        };
        ContainerStatus {
            name,
            state,
            last_state: self.last.map(super::run::Ended::state),
            ready: self.fitness.ready,
            started: self.fitness.started,
            restart_count: self.restarts(),
        }
    }
}
