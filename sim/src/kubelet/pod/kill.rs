//! Stopping a container: its hook, SIGTERM, the rest of the grace period, SIGKILL.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/kuberuntime/kuberuntime_container.go` `killContainer` and
//! `kuberuntime_termination_order.go`. Leaves out: stop signals other than SIGTERM.

use super::hook::HookRun;
use super::{Around, PodWorker, Stage};
use crate::api::event::EventType;
use crate::container::Signal;
use crate::time::{Duration, Instant};

/// What is left to a container after a long hook.
const MINIMUM_GRACE: u64 = 2;

/// Why a container is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Its pod is done with.
    Pod,
    StartupProbe,
    LivenessProbe,
    PostStartHook,
}

#[derive(Clone, Debug)]
enum Phase {
    PreStop(HookRun),
    /// A sidecar waits for those that end before it.
    Turn,
    Term,
}

/// A container being stopped.
#[derive(Clone, Debug)]
pub(super) struct Kill {
    why: Why,
    phase: Phase,
    /// When the grace period is over: the hook is given up, or SIGKILL comes.
    until: Instant,
}

impl Kill {
    /// When there is something to do, unless the container ends by itself.
    pub(super) fn next_at(&self) -> Instant {
        match &self.phase {
            Phase::PreStop(hook) => hook.next_at().min(self.until),
            Phase::Turn | Phase::Term => self.until,
        }
    }

    /// Whether a probe is why.
    pub(super) const fn is_for_probe(&self) -> bool {
        matches!(self.why, Why::StartupProbe | Why::LivenessProbe)
    }

    /// When it is over at the latest.
    pub(super) const fn deadline(&self) -> Instant {
        self.until
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl PodWorker {
    /// Stops all containers for good, each with this grace.
    pub(super) fn terminate(&mut self, grace: u32, around: &mut Around<'_, '_>) {
        self.stage = Stage::Terminating;
        self.busy = None;
        self.relist_at = None;
        self.sync_wanted = false;
        for index in 0..self.runs.len() {
            if !self.runs[index].is_alive {
                continue;
            }
            if self.runs[index].kill.is_some() {
                self.shorten(grace, around.now());
            } else {
                self.kill(index, Why::Pod, Some(grace), around);
            }
        }
        self.run_processes(around);
    }

    /// A later call can only shorten the grace.
    pub(super) fn shorten(&mut self, grace: u32, now: Instant) {
        let until = now + seconds(grace.into());
        for kill in self.runs.iter_mut().filter_map(|run| run.kill.as_mut()) {
            kill.until = kill.until.min(until);
        }
    }

    fn grace(&self, index: usize, why: Why) -> u32 {
        let container = self.container(index);
        let probe = match why {
            Why::StartupProbe => container.startup_probe.as_ref(),
            Why::LivenessProbe => container.liveness_probe.as_ref(),
            Why::Pod | Why::PostStartHook => None,
        };
        let of_probe = probe.and_then(|probe| probe.termination_grace_period_seconds);
        of_probe.unwrap_or(self.pod.spec.termination_grace_period_seconds)
    }

    /// Begins to stop a container.
    pub(super) fn kill(
        &mut self,
        index: usize,
        why: Why,
        grace: Option<u32>,
        around: &mut Around<'_, '_>,
    ) {
        let now = around.now();
        let name = self.name(index).clone();
        let restarts = self.policy(index).restarts(137);
        let message = match (why, restarts) {
            (Why::Pod, _) => format!("Stopping container {name}"),
            (Why::PostStartHook, _) => "FailedPostStartHook".to_owned(),
            (Why::StartupProbe, false) => format!("Container {name} failed startup probe"),
            (Why::LivenessProbe, false) => format!("Container {name} failed liveness probe"),
            (Why::StartupProbe, true) => {
                format!("Container {name} failed startup probe, will be restarted")
            }
            (Why::LivenessProbe, true) => {
                format!("Container {name} failed liveness probe, will be restarted")
            }
        };
        self.record(EventType::Normal, "Killing", message, around);
        let grace = grace.unwrap_or_else(|| self.grace(index, why));
        let limit = seconds(grace.into());
        let pre_stop = self.container(index).pre_stop.clone().filter(|_| grace > 0);
        let until = now + limit;
        let phase = match pre_stop {
            Some(hook) => {
                let command = self.plan.recipes[index].pre_stop.clone();
                Phase::PreStop(self.begin_hook(index, &hook, command.as_ref(), limit, around))
            }
            None => Phase::Turn,
        };
        self.runs[index].kill = Some(Kill { why, phase, until });
        self.go_on_with(index, now, around);
    }

    /// Takes every stop that has come to the end of a phase further.
    pub(super) fn go_on_killing(&mut self, around: &mut Around<'_, '_>) {
        let now = around.now();
        for index in 0..self.runs.len() {
            self.go_on_with(index, now, around);
        }
        self.run_processes(around);
    }

    fn go_on_with(&mut self, index: usize, now: Instant, around: &mut Around<'_, '_>) {
        let Some(kill) = self.runs[index].kill.clone() else {
            return;
        };
        match kill.phase {
            Phase::PreStop(hook) => {
                let outcome = self.hook_outcome(index, hook, around);
                if outcome.is_none() && now < kill.until {
                    return;
                }
                if outcome == Some(false) {
                    let message = "PreStopHook failed".to_owned();
                    self.record(EventType::Warning, "FailedPreStopHook", message, around);
                }
                self.enter(index, Phase::Turn, kill.until);
                self.go_on_with(index, now, around);
            }
            Phase::Turn => {
                if now < kill.until && self.must_let_others_end(index) {
                    return;
                }
                // The time of the hook counts in whole seconds, and something is always left.
                let left = kill.until.since(now).as_micros().div_ceil(1_000_000);
                let left = u64::try_from(left).unwrap_or(0).max(MINIMUM_GRACE);
                self.enter(index, Phase::Term, now + seconds(left));
                let busy_until = around.busy_until;
                self.with(index, around, |process, world| {
                    process.signal(Signal::Term, now, world);
                    if let Some(until) = busy_until {
                        process.finish_requests(until);
                    }
                });
            }
            Phase::Term => {
                if now >= kill.until {
                    self.with(index, around, |process, world| {
                        process.signal(Signal::Kill, now, world);
                    });
                }
            }
        }
    }

    fn enter(&mut self, index: usize, phase: Phase, until: Instant) {
        if let Some(kill) = &mut self.runs[index].kill {
            (kill.phase, kill.until) = (phase, until);
        }
    }

    /// Sidecars end after the regular containers and in reverse order, when all end.
    fn must_let_others_end(&self, index: usize) -> bool {
        self.stage == Stage::Terminating
            && self.is_sidecar(index)
            && self.runs[index + 1..].iter().any(|run| run.is_alive)
    }
}
