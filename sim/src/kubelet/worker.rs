//! One pod's worker: its timers, probes, exits and restarts.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/prober/worker.go` and the restarts of
//! `pkg/kubelet/kuberuntime/kuberuntime_manager.go`, in their effects.

use std::sync::Arc;

use super::program::{End, Program};
use super::{REMOVAL, Stage, Worker, pods, record};
use crate::api::event::EventType;
use crate::api::pod::ContainerState;
use crate::ctx::Ctx;
use crate::network::answer::Answer;
use crate::network::server::ServerProfile;
use crate::occurrence::{Occurrence, Step};
use crate::time::{Duration, Instant};

impl Worker {
    pub(super) fn announce(&self, delay: Duration, step: Step, ctx: &mut Ctx<'_>) {
        let what = Occurrence::PodStep { pod: self.pod.meta.uid, step, ticket: self.ticket };
        ctx.after(delay, what);
    }

    /// Announces the first probe of every probed container: the workers tick from the moment the
    /// kubelet takes the pod, whether the containers run or not.
    pub(super) fn announce_probes(&self, ctx: &mut Ctx<'_>) {
        if self.plan.scripted.is_some() {
            return;
        }
        for (index, container) in self.pod.spec.containers.iter().enumerate() {
            let Some(probe) = &container.readiness_probe else {
                continue;
            };
            let period = Duration::from_secs(probe.period_seconds.into());
            let phase = self.phase(period, ctx.now);
            self.announce_probe(index, phase, ctx);
        }
    }

    /// Time to the next tick of a worker of this period.
    pub(super) fn phase(&self, period: Duration, now: Instant) -> Duration {
        let period_us = period.as_micros().max(1);
        let into = now.since(self.accepted_at).as_micros() % period_us;
        let left = if into == 0 && now == self.accepted_at { 0 } else { period_us - into };
        Duration::from_micros(u64::try_from(left).unwrap_or(0))
    }

    pub(super) fn announce_probe(&self, index: usize, delay: Duration, ctx: &mut Ctx<'_>) {
        let (pod, ticket) = (self.pod.meta.uid, self.ticket);
        let container = u8::try_from(index).unwrap_or(u8::MAX);
        ctx.after(delay, Occurrence::ProbeDue { pod, container, ticket });
    }

    /// For each container, whether it is ready as soon as it runs.
    pub(super) fn unprobed(&self) -> Vec<bool> {
        let scripted = self.plan.scripted.is_some();
        let containers = self.pod.spec.containers.iter();
        containers.map(|container| !scripted && container.readiness_probe.is_none()).collect()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.runs.iter().all(|run| run.ready)
    }

    pub(super) fn set_all_ready(&mut self, ready: bool, ctx: &mut Ctx<'_>) {
        for run in &mut self.runs {
            run.ready = ready;
        }
        self.write_status(None, ctx);
    }

    pub(super) fn loads_until(&self) -> Option<Instant> {
        let started = self.runs.first()?.started_at?;
        let takes = match &self.plan.scripted {
            Some(scripted) => scripted.ready_after?,
            None => self.plan.programs.first()?.loading_time(),
        };
        Some(started + takes)
    }

    pub(super) fn stop_time(&self, grace: Duration, running: bool) -> Duration {
        if let Some(scripted) = &self.plan.scripted {
            return scripted.terminate_after;
        }
        if !running {
            return REMOVAL;
        }
        let stops = self.plan.programs.iter().zip(&self.runs).map(|(program, run)| {
            if run.started_at.is_some() { program.stop(grace).0 } else { Duration::ZERO }
        });
        stops.max().unwrap_or_default()
    }

    pub(super) fn probe(&mut self, index: usize, ctx: &mut Ctx<'_>) {
        let pod = Arc::clone(&self.pod);
        let Some(container) = pod.spec.containers.get(index) else {
            return;
        };
        let Some(probe) = &container.readiness_probe else {
            return;
        };
        self.announce_probe(index, Duration::from_secs(probe.period_seconds.into()), ctx);
        let (Some(run), Some(program)) = (self.runs.get_mut(index), self.plan.programs.get(index))
        else {
            return;
        };
        let Some(started) = run.started_at else {
            return;
        };
        let elapsed = ctx.now.since(started);
        if self.stage == Stage::Creating
            || elapsed.as_secs() < u64::from(probe.initial_delay_seconds)
        {
            return;
        }
        let was = run.ready;
        match program.probe(&probe.handler, elapsed) {
            Ok(()) => {
                run.successes = run.successes.saturating_add(1);
                run.failures = 0;
                run.ready |= run.successes >= probe.success_threshold;
            }
            Err(output) => {
                run.failures = run.failures.saturating_add(1);
                run.successes = 0;
                run.ready &= run.failures < probe.failure_threshold;
                let message = format!("Readiness probe failed: {output}");
                record(&pod, EventType::Warning, "Unhealthy", message, ctx);
            }
        }
        if self.runs[index].ready != was {
            self.write_status(None, ctx);
        }
    }

    pub(super) fn announce_exit(&self, index: usize, ctx: &mut Ctx<'_>) {
        let program = &self.plan.programs[index];
        if let End::Exit(_) = program.end {
            let container = u8::try_from(index).unwrap_or(u8::MAX);
            self.announce(program.length, Step::Exit(container), ctx);
        }
    }

    /// A container has ended of its own accord: it is started again, at first at once.
    pub(super) fn exit(&mut self, index: usize, ctx: &mut Ctx<'_>) {
        let run = &mut self.runs[index];
        let Some(started) = run.started_at.take() else {
            return;
        };
        let wait = run.back_off.failed(started, ctx.now);
        (run.ready, run.successes, run.failures) = (false, 0, 0);
        let End::Exit(code) = self.plan.programs[index].end else {
            return;
        };
        let ended = pods::terminated(code, started, ctx.now);
        self.write_exit(index, ended, wait, ctx);
        let container = u8::try_from(index).unwrap_or(u8::MAX);
        self.announce(wait.max(Duration::from_millis(500)), Step::Restart(container), ctx);
    }

    pub(super) fn restart(&mut self, index: usize, ctx: &mut Ctx<'_>) {
        let ready = self.unprobed()[index];
        let run = &mut self.runs[index];
        run.started_at = Some(ctx.now);
        run.restarts = run.restarts.saturating_add(1);
        run.ready = ready;
        self.write_status(None, ctx);
        self.announce_exit(index, ctx);
    }

    /// What a connection to a port meets while the containers run.
    pub(super) fn serves(&self, port: u16, started: Instant, now: Instant) -> Answer {
        let elapsed = now.since(started);
        let serving = |program: &Program| program.is_serving(elapsed);
        let programs = &self.plan.programs;
        if self.plan.scripted.is_none() && !programs.iter().any(serving) {
            return Answer::Loading;
        }
        let mut declared =
            self.pod.spec.containers.iter().flat_map(|container| &container.ports).peekable();
        if declared.peek().is_some() && !declared.any(|known| known.container_port == port) {
            return Answer::WrongPort;
        }
        let told_to_end = matches!(self.stage, Stage::Terminating { .. });
        if told_to_end && programs.iter().any(|program| program.heeds_sigterm) {
            return Answer::ShuttingDown;
        }
        let since = started + programs.iter().map(Program::serves_after).min().unwrap_or_default();
        Answer::Serving { profile: ServerProfile::default(), since }
    }

    pub(super) fn state(&self, index: usize) -> Option<ContainerState> {
        let started_at = self.runs[index].started_at?;
        Some(ContainerState::Running { started_at })
    }
}
