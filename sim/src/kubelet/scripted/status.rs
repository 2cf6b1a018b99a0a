//! What is written into a scripted pod's status, and the events that go with it.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/status/generate.go` and `kubelet_pods.go`.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::{PULL_BACK_OFF, ScriptedWorker, record};
use crate::api::event::EventType;
use crate::api::pod::{ContainerState, ContainerStatus, PodConditionType, PodPhase};
use crate::api::{Name, Pod};
use crate::ctx::Ctx;
use crate::kubelet::status::{condition, go_duration};
use crate::occurrence::Step;
use crate::time::{Duration, Instant};

/// The kubelet has taken a pod: it is Pending with its containers being made.
pub(super) fn accepted(pod: &Arc<Pod>, ctx: &mut Ctx<'_>) -> Option<Arc<Pod>> {
    let now = ctx.now;
    let changed = ctx.api.change::<Pod>(pod.meta.uid, |pod| {
        let names: Vec<_> =
            pod.spec.containers.iter().map(|container| container.name.clone()).collect();
        let unready = format!("containers with unready status: [{}]", names.join(" "));
        let unready = |type_| condition(type_, false, "ContainersNotReady", &unready, now);
        pod.status.start_time = Some(now.truncated_to_second());
        pod.set_condition(condition(PodConditionType::Initialized, true, "", "", now));
        pod.set_condition(unready(PodConditionType::Ready));
        pod.set_condition(unready(PodConditionType::ContainersReady));
        pod.status.container_statuses = names
            .into_iter()
            .map(|name| ContainerStatus::waiting(name, "ContainerCreating", "".into()))
            .collect();
    });
    changed.ok()
}

/// A container that has ended.
pub(super) const fn terminated(code: i32, started_at: Instant, at: Instant) -> ContainerState {
    let reason = if code == 0 { "Completed" } else { "Error" };
    ContainerState::Terminated { exit_code: code, reason, started_at, finished_at: at }
}

fn waiting(reason: &'static str, message: &str) -> ContainerState {
    ContainerState::Waiting { reason, message: message.into() }
}

impl ScriptedWorker {
    /// Changes the pod in the API and remembers the outcome. A pod that is gone stays gone.
    fn write(&mut self, ctx: &mut Ctx<'_>, change: impl FnOnce(&mut Pod)) {
        if let Ok(pod) = ctx.api.change::<Pod>(self.pod.meta.uid, change) {
            self.pod = pod;
        }
    }

    /// Reports the containers that run and whether they are ready.
    pub(super) fn write_status(&mut self, ip: Option<Ipv4Addr>, ctx: &mut Ctx<'_>) {
        let now = ctx.now;
        self.ready_at = if self.is_ready() { self.ready_at.or(Some(now)) } else { None };
        let runs = self.runs.clone();
        let states: Vec<_> = (0..runs.len()).map(|index| self.state(index)).collect();
        self.write(ctx, |pod| {
            pod.status.phase = PodPhase::Running;
            pod.status.pod_ip = ip.or(pod.status.pod_ip);
            let statuses = pod.status.container_statuses.iter_mut();
            for ((status, run), state) in statuses.zip(&runs).zip(states) {
                status.ready = run.ready;
                status.restart_count = run.restarts;
                if let Some(state) = state {
                    status.started = true;
                    if status.state != state && run.restarts > 0 {
                        keep_ended(status);
                    }
                    status.state = state;
                }
            }
            set_readiness(pod, now);
        });
    }

    /// Reports that a container has ended and will be started again.
    pub(super) fn write_exit(
        &mut self,
        index: usize,
        ended: ContainerState,
        wait: Duration,
        ctx: &mut Ctx<'_>,
    ) {
        let now = ctx.now;
        let meta = &self.pod.meta;
        let name = self.pod.spec.containers[index].name.clone();
        let subject = format!("{}_{}({})", meta.name, meta.namespace, meta.uid);
        self.ready_at = None;
        self.write(ctx, |pod| {
            if let Some(status) = pod.status.container_statuses.get_mut(index) {
                status.ready = false;
                status.started = false;
                status.state = ended;
                if !wait.is_zero() {
                    keep_ended(status);
                    let message = format!(
                        "back-off {} restarting failed container={name} pod={subject}",
                        go_duration(wait)
                    );
                    status.state = waiting("CrashLoopBackOff", &message);
                }
            }
            set_readiness(pod, now);
        });
        if !wait.is_zero() {
            let container = &self.pod.spec.containers[index].name;
            let message =
                format!("Back-off restarting failed container {container} in pod {subject}");
            record(&self.pod, EventType::Warning, "BackOff", message, ctx);
        }
    }

    /// Reports that a deleted pod's containers have ended.
    pub(super) fn report_ended(&mut self, ctx: &mut Ctx<'_>) {
        let now = ctx.now;
        let started: Vec<Option<Instant>> = self.runs.iter().map(|run| run.started_at).collect();
        for run in &mut self.runs {
            run.ready = false;
        }
        self.ready_at = None;
        self.write(ctx, |pod| {
            pod.status.phase = PodPhase::Succeeded;
            let statuses = pod.status.container_statuses.iter_mut();
            for (status, started) in statuses.zip(started) {
                status.ready = false;
                status.started = false;
                if let Some(started) = started {
                    status.state = terminated(0, started, now);
                }
            }
            for type_ in [PodConditionType::Ready, PodConditionType::ContainersReady] {
                pod.set_condition(condition(type_, false, "PodCompleted", "", now));
            }
        });
    }

    /// Events of containers that have just started.
    pub(super) fn record_started(&self, ctx: &mut Ctx<'_>) {
        let took = go_duration(self.script().start_after);
        for container in &self.pod.spec.containers {
            let image = &container.image;
            let pulled = format!(
                "Successfully pulled image \"{image}\" in {took} ({took} including waiting)"
            );
            record(&self.pod, EventType::Normal, "Pulled", pulled, ctx);
            let created = format!("Created container {}", container.name);
            record(&self.pod, EventType::Normal, "Created", created, ctx);
            let started = format!("Started container {}", container.name);
            record(&self.pod, EventType::Normal, "Started", started, ctx);
        }
    }

    /// The pod's namespace.
    pub(in crate::kubelet) fn namespace(&self) -> Name {
        self.pod.meta.namespace.clone()
    }

    /// The image does not exist.
    pub(super) fn report_pull_failure(&mut self, ctx: &mut Ctx<'_>) {
        let image = self.pod.spec.containers.first().map(|container| container.image.clone());
        let image = image.unwrap_or_default();
        let error = format!(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": \
             failed to resolve reference \"{image}\": {image}: not found"
        );
        let message = format!("Failed to pull image \"{image}\": {error}");
        record(&self.pod, EventType::Warning, "Failed", message, ctx);
        let message = "Error: ErrImagePull".to_owned();
        record(&self.pod, EventType::Warning, "Failed", message, ctx);
        self.write_waiting("ErrImagePull", &error, ctx);
        self.announce(PULL_BACK_OFF, Step::PullBackOff, ctx);
    }

    pub(in crate::kubelet) fn report_pull_back_off(&mut self, ctx: &mut Ctx<'_>) {
        let image = self.pod.spec.containers.first().map(|container| container.image.clone());
        let message = format!("Back-off pulling image \"{}\"", image.unwrap_or_default());
        record(&self.pod, EventType::Normal, "BackOff", message.clone(), ctx);
        let error = "Error: ImagePullBackOff".to_owned();
        record(&self.pod, EventType::Warning, "Failed", error, ctx);
        self.write_waiting("ImagePullBackOff", &message, ctx);
    }

    fn write_waiting(&mut self, reason: &'static str, message: &str, ctx: &mut Ctx<'_>) {
        self.write(ctx, |pod| {
            for status in &mut pod.status.container_statuses {
                status.state = waiting(reason, message);
            }
        });
    }
}

/// The run that ended becomes the last one.
fn keep_ended(status: &mut ContainerStatus) {
    if matches!(status.state, ContainerState::Terminated { .. }) {
        status.last_state = Some(status.state.clone());
    }
}

/// Ready and `ContainersReady` follow the containers.
fn set_readiness(pod: &mut Pod, now: Instant) {
    let unready: Vec<&str> = pod
        .status
        .container_statuses
        .iter()
        .filter(|status| !status.ready)
        .map(|status| &*status.name)
        .collect();
    let (reason, message) = if unready.is_empty() {
        ("", String::new())
    } else {
        ("ContainersNotReady", format!("containers with unready status: [{}]", unready.join(" ")))
    };
    let ready = unready.is_empty();
    for type_ in [PodConditionType::Ready, PodConditionType::ContainersReady] {
        pod.set_condition(condition(type_, ready, reason, &message, now));
    }
}
