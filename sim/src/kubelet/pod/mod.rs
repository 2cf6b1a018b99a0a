//! One pod's worker: a single thread that brings the pod's containers to where they should be.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/pod_workers.go`, `kubelet.go` `SyncPod` and
//! `SyncTerminatingPod`, `kuberuntime/kuberuntime_manager.go`, `pleg/generic.go`. What a kubelet
//! knows of its containers it learns once a second (the relist), so a container that has ended is
//! shown as running for up to a second. While the thread pulls, starts or stops something, it shows
//! nothing new, but for readiness. Leaves out: ephemeral containers, resizing, volumes' own delays.

mod act;
mod hook;
mod kill;
mod probing;
mod run;
mod start;
mod status;
mod world;

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::images::Images;
use super::plan::Plan;
use super::{PodProgress, Post, REMOVAL};
use crate::api::pod_template::Container;
use crate::api::{Name, Pod};
use crate::container::{Container as Process, Diagnostic, Log, Volumes, server::Flaw};
use crate::ctx::Ctx;
use crate::network::answer::{Answer, Lost};
use crate::network::request::Failure;
use crate::occurrence::{Occurrence, Step};
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;
use hook::HookRun;
use probing::Prober;
use run::{Run, Shown};

/// How often a kubelet asks the runtime how the containers are.
const RELIST: Duration = Duration::from_secs(1);
/// Time to make the pod's sandbox: its network and address.
const SANDBOX: Duration = Duration::from_millis(150);

/// What a worker acts on besides its pod.
pub(super) struct Around<'a, 'c> {
    pub(super) ctx: &'a mut Ctx<'c>,
    pub(super) images: &'a mut Images,
    pub(super) next_ip: &'a mut u32,
    /// Connections that ended.
    pub(super) lost: &'a mut Vec<Lost>,
    /// Until when the pod works on requests it has taken.
    pub(super) busy_until: Option<Instant>,
    /// The other pods.
    pub(super) workers: &'a UidMap<Post>,
}

impl Around<'_, '_> {
    const fn now(&self) -> Instant {
        self.ctx.now
    }
}

/// What the thread waits for.
#[derive(Clone, Debug)]
enum Busy {
    Sandbox { until: Instant, tries: u32 },
    Pull { index: usize, pulling: super::images::Pulling },
    Create { index: usize, until: Instant },
    PostStart { index: usize, hook: HookRun },
    Kill { index: usize },
}

/// Where the pod stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Its containers are to run.
    Syncing,
    /// They are stopped for good.
    Terminating,
    /// They have stopped.
    Terminated,
}

/// One pod's worker.
#[derive(Clone, Debug)]
pub(super) struct PodWorker {
    pod: Arc<Pod>,
    plan: Arc<Plan>,
    accepted_at: Instant,
    ready_at: Option<Instant>,
    ip: Option<Ipv4Addr>,
    volumes: Volumes,
    /// When volumes that come from other objects are read anew.
    refresh_at: Option<Instant>,
    /// Init containers, then the others.
    runs: Vec<Run>,
    probers: Vec<Prober>,
    stage: Stage,
    busy: Option<Busy>,
    /// Something happened while the thread was busy.
    sync_wanted: bool,
    relist_at: Option<Instant>,
    remove_at: Option<Instant>,
    /// When the worker is next called, and the ticket of that call.
    wake_at: Option<Instant>,
    ticket: u32,
}

impl PodWorker {
    /// Takes a pod: it is Pending with its containers being made.
    pub(super) fn accept(pod: &Arc<Pod>, plan: Arc<Plan>, around: &mut Around<'_, '_>) -> Self {
        let now = around.now();
        let reason = if pod.spec.init_containers.is_empty() {
            "ContainerCreating"
        } else {
            "PodInitializing"
        };
        let count = pod.spec.init_containers.len() + pod.spec.containers.len();
        let mut worker = Self {
            pod: Arc::clone(pod),
            plan,
            accepted_at: now,
            ready_at: None,
            ip: None,
            volumes: Volumes::default(),
            refresh_at: None,
            runs: (0..count).map(|_| Run::new(reason)).collect(),
            probers: probing::probers(&pod.spec),
            stage: Stage::Syncing,
            busy: Some(Busy::Sandbox { until: now + SANDBOX, tries: 0 }),
            sync_wanted: false,
            relist_at: None,
            remove_at: None,
            wake_at: None,
            ticket: 0,
        };
        worker.write_accepted(around);
        worker.start_probers(around);
        worker.plan_wake(around);
        worker
    }

    fn container(&self, index: usize) -> &Container {
        self.pod.spec.container(index)
    }

    fn is_init(&self, index: usize) -> bool {
        index < self.pod.spec.init_containers.len()
    }

    fn is_sidecar(&self, index: usize) -> bool {
        self.is_init(index) && self.container(index).is_sidecar()
    }

    /// Its node.
    pub(super) fn node(&self) -> &Name {
        &self.pod.node_name
    }

    /// Says how the pod is, to an API server that has not heard of it for a while.
    pub(super) fn report(&mut self, around: &mut Around<'_, '_>) {
        self.write(around);
    }

    /// A moment the worker has announced has come.
    pub(super) fn wake(&mut self, ticket: u32, around: &mut Around<'_, '_>) {
        if ticket != self.ticket {
            return;
        }
        self.wake_at = None;
        self.go_on(around);
    }

    /// The pod's deletion has begun, or its grace period was shortened.
    pub(super) fn delete(&mut self, pod: &Arc<Pod>, around: &mut Around<'_, '_>) {
        self.pod = Arc::clone(pod);
        let grace = pod.meta.deletion_grace_period_seconds.unwrap_or(0).max(1);
        match self.stage {
            Stage::Syncing => self.terminate(grace, around),
            Stage::Terminating => self.shorten(grace, around.now()),
            Stage::Terminated => return,
        }
        self.go_on(around);
    }

    /// Does all that is due.
    fn go_on(&mut self, around: &mut Around<'_, '_>) {
        let now = around.now();
        self.run_processes(around);
        self.finish_probes(around);
        self.go_on_killing(around);
        self.finish_task(around);
        self.refresh_volumes(around);
        if self.relist_at.is_some_and(|at| at <= now) {
            self.relist_at = None;
            self.sync_wanted = true;
        }
        if self.stage == Stage::Syncing && self.busy.is_none() {
            if self.sync_wanted {
                self.sync(around);
            } else {
                self.act(around);
            }
        }
        if self.stage == Stage::Terminating && self.runs.iter().all(|run| !run.is_alive) {
            self.finish(around);
        }
        if self.remove_at.is_some_and(|at| at <= now) {
            self.remove_at = None;
            // Whoever removed it first, it is gone.
            let _ = around.ctx.api.delete_pod(self.pod.meta.uid, Some(0));
        }
        self.plan_wake(around);
    }

    /// Lets every process do what it does, and notes those that have ended.
    fn run_processes(&mut self, around: &mut Around<'_, '_>) {
        let now = around.now();
        for index in 0..self.runs.len() {
            let run = &self.runs[index];
            let Some(process) = run.process.as_ref().filter(|_| run.is_alive) else {
                continue;
            };
            if process.next_at().is_some_and(|at| at <= now) {
                self.with(index, around, |process, world| process.run(now, world));
            }
            if self.runs[index].process.as_ref().is_some_and(|process| process.exit().is_some()) {
                self.note_exit(index, around);
            }
        }
    }

    /// A container has ended. When it was being stopped the kubelet knows; else it learns of it at
    /// the next relist.
    fn note_exit(&mut self, index: usize, around: &mut Around<'_, '_>) {
        let run = &mut self.runs[index];
        run.is_alive = false;
        let kill = run.kill.take();
        let cause = if kill.is_some() { Failure::Killed } else { Failure::Crashed };
        around.lost.push(Lost { pod: self.pod.meta.uid, cause });
        if let Some(kill) = kill {
            run.look();
            run.was_killed = self.stage == Stage::Syncing && kill.is_for_probe();
            if matches!(self.busy, Some(Busy::Kill { index: killed }) if killed == index) {
                self.busy = None;
                self.sync_wanted = self.sync_wanted || self.stage == Stage::Syncing;
            }
        } else if self.stage == Stage::Syncing {
            self.want_relist(around.now());
        } else {
            run.look();
        }
    }

    fn want_relist(&mut self, now: Instant) {
        let period = u64::try_from(RELIST.as_micros()).unwrap_or(1);
        // Every node has its own beat.
        let seed =
            self.pod.node_name.bytes().fold(0, |sum, byte| crate::rng::mix(sum ^ u64::from(byte)));
        let beat = seed % period;
        let next = (now.as_micros() + period - beat) / period * period + beat;
        self.relist_at = Some(Instant::from_micros(next));
    }

    /// The containers have stopped for good.
    fn finish(&mut self, around: &mut Around<'_, '_>) {
        self.stage = Stage::Terminated;
        for run in &mut self.runs {
            run.look();
        }
        self.update_flags(around);
        let ran = self.runs.iter().any(|run| run.starts > 0);
        let is_deleting = self.pod.meta.is_deleting();
        if ran || !is_deleting {
            self.write(around);
        }
        if is_deleting {
            self.remove_at = Some(around.now() + REMOVAL);
        }
    }

    /// Announces the next moment at which there is something to do.
    fn plan_wake(&mut self, around: &mut Around<'_, '_>) {
        let syncing = self.stage == Stage::Syncing;
        let task = self.busy.as_ref().and_then(|busy| match busy {
            Busy::Sandbox { until, .. } | Busy::Create { until, .. } => Some(*until),
            Busy::Pull { pulling, .. } => Some(pulling.until),
            Busy::PostStart { hook, .. } => Some(hook.next_at()),
            Busy::Kill { .. } => None,
        });
        let refresh_at = self.refresh_at.filter(|_| syncing);
        let all = [task, self.relist_at, self.remove_at, refresh_at];
        let mut next = all.into_iter().flatten().min();
        let mut note = |at: Option<Instant>| {
            if let Some(at) = at {
                next = Some(next.map_or(at, |next| next.min(at)));
            }
        };
        for run in &self.runs {
            if run.is_alive {
                note(run.process.as_ref().and_then(Process::next_at));
            }
            note(run.kill.as_ref().map(kill::Kill::next_at));
            if syncing && self.busy.is_none() {
                note(run.not_before);
            }
        }
        for prober in &self.probers {
            note(prober.next_at());
        }
        let Some(next) = next.map(|at| at.max(around.now())) else {
            return;
        };
        // An earlier call finds nothing to do and looks again.
        if self.wake_at.is_some_and(|at| at <= next) {
            return;
        }
        self.ticket = self.ticket.wrapping_add(1);
        self.wake_at = Some(next);
        let (pod, ticket) = (self.pod.meta.uid, self.ticket);
        let what = Occurrence::PodStep { pod, step: Step::Wake, ticket };
        around.ctx.after(next.since(around.ctx.now), what);
    }

    /// Whether a container has just been ended with SIGKILL, or goes while it works.
    pub(super) fn was_killed(&self, now: Instant) -> bool {
        let just_killed = |exit: run::Ended| exit.code == 137 && now.since(exit.at) <= REMOVAL * 4;
        let regular = &self.runs[self.pod.spec.init_containers.len()..];
        regular.iter().any(|run| run.is_alive || run.exit().is_some_and(just_killed))
    }

    /// Whether the pod's containers have ended and nobody has a connection to them.
    pub(super) fn has_ended(&self) -> bool {
        self.stage == Stage::Terminated
    }

    /// What a connection to a port of the pod meets.
    pub(super) fn meets(&self, port: u16, now: Instant) -> Answer {
        if self.stage == Stage::Terminated {
            return Answer::Gone;
        }
        let regular = &self.runs[self.pod.spec.init_containers.len()..];
        if regular.iter().all(|run| run.starts == 0) {
            return Answer::Loading;
        }
        if regular.iter().all(|run| !run.is_alive) {
            return if self.stage == Stage::Syncing { Answer::Crashed } else { Answer::Gone };
        }
        let alive = || self.runs.iter().filter(|run| run.is_alive);
        let servers = || alive().filter_map(|run| run.process.as_ref()).flat_map(Process::servers);
        let Some(server) = servers().find(|server| server.serving.ports.contains(&port)) else {
            return if servers().next().is_some() { Answer::WrongPort } else { Answer::Loading };
        };
        let profile = server.serving.profile;
        if server.stops.is_some() {
            return Answer::ShuttingDown;
        }
        if now < server.loaded_at() {
            return Answer::Loading;
        }
        if server.serving.flaw == Some(Flaw::Broken) {
            return Answer::Failing;
        }
        Answer::Serving { profile, since: server.loaded_at() }
    }

    /// When a container is expected to be loaded.
    fn loads_until(&self, index: usize) -> Option<Instant> {
        let run = self.runs.get(index)?;
        let started_at = run.process.as_ref().map(|_| run.started_at)?;
        let takes = self.plan.recipes.get(index)?.loads_for;
        let server = run.process.as_ref().and_then(Process::loading).map(|(_, until)| until);
        takes.map(|takes| started_at + takes).or(server)
    }

    /// What a container printed: in this run or the one before.
    pub(super) fn log(&self, index: usize, previous: bool) -> Option<&Log> {
        let run = self.runs.get(index)?;
        let of = if previous { &run.previous } else { &run.process };
        of.as_ref().map(Process::log)
    }

    /// The output of a container's last run, which of its runs that is, and whether it goes on.
    pub(super) fn run_log(&self, index: usize) -> Option<(&Log, u32, bool)> {
        let run = self.runs.get(index)?;
        Some((run.process.as_ref()?.log(), run.starts, run.is_alive))
    }

    /// What of the containers' scripts is not acted out as it would be.
    pub(super) fn diagnostics(&self) -> impl Iterator<Item = (&Name, &Diagnostic)> {
        self.runs.iter().enumerate().flat_map(move |(index, run)| {
            let all = run.process.as_ref().map(Process::diagnostics).unwrap_or_default();
            all.iter().map(move |diagnostic| (self.name(index), diagnostic))
        })
    }

    /// What the screen shows of the pod beyond the API.
    pub(super) fn progress(&self) -> PodProgress {
        let first = self.pod.spec.init_containers.len();
        let run = self.runs.get(first);
        let process = run.and_then(|run| run.process.as_ref());
        let starts_at = match (&self.busy, process) {
            (_, Some(_)) => run.map_or(self.accepted_at, |run| run.started_at),
            (Some(Busy::Pull { pulling, .. }), None) => pulling.until + start::CREATE,
            (Some(Busy::Create { until, .. } | Busy::Sandbox { until, .. }), None) => *until,
            (_, None) => self.accepted_at + SANDBOX,
        };
        let prober = self.readiness_prober(first);
        let deadline = self.runs.iter().filter_map(|run| Some(run.kill.as_ref()?.deadline())).max();
        PodProgress {
            accepted_at: self.accepted_at,
            starts_at,
            loads_until: self.loads_until(first),
            ready_at: self.ready_at,
            ends_at: (self.stage == Stage::Terminating).then_some(deadline).flatten(),
            pulls: match &self.busy {
                Some(Busy::Pull { pulling, .. }) => Some((pulling.asked_at, pulling.until)),
                _ => None,
            },
            probes: self.streaks(first),
            probed_from: prober.map_or(self.accepted_at, |prober| prober.ticks_from),
            remarks: self.diagnostics().count(),
        }
    }

    fn name(&self, index: usize) -> &Name {
        &self.container(index).name
    }

    fn runs_now(&self, index: usize) -> bool {
        matches!(self.runs[index].shown, Shown::Running { .. })
    }
}
