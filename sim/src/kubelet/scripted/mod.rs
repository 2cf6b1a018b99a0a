//! Scripted pods: their `sim/…` annotations say when they start, become ready and end.
//!
//! Models: the scripted kubelet of the recordings (`tests/oracle/README.md`), with the restarts of
//! kubernetes v1.36 `pkg/kubelet/kuberuntime/kuberuntime_manager.go` for images that crash.

mod status;

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::back_off::BackOff;
use super::plan::{Plan, Script};
use super::{PodProgress, REMOVAL, Streaks, record};
use crate::api::event::EventType;
use crate::api::pod::{ContainerState, PodPhase};
use crate::api::{Name, Pod};
use crate::container::{HttpReply, Refused, ServerProfile, Stop};
use crate::ctx::Ctx;
use crate::network::answer::Answer;
use crate::occurrence::{Occurrence, Step};
use crate::time::{Duration, Instant};

/// The annotation by which a pod's readiness is switched.
const LIVE_READY: &str = "sim/ready";
/// Time from a failed pull to the back-off being reported.
const PULL_BACK_OFF: Duration = Duration::from_millis(1_500);
/// How long a container runs that crashes.
const CRASH: Duration = Duration::from_millis(100);
/// The shortest time between the end of a container and its next start.
const RESTART: Duration = Duration::from_millis(500);

/// How every scripted pod serves: a small web server.
const SERVER: ServerProfile = ServerProfile {
    concurrency: 64,
    queue: 256,
    service_time: Duration::from_millis(20),
    load_percent: 100,
    warm_up: Duration::from_secs(2),
    cold_percent: 200,
    stop: Stop::Drains,
};

/// Where a pod stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Images are pulled, containers made.
    Creating,
    /// Containers have started.
    Running,
    /// Deletion has begun; the containers end at this moment.
    Terminating { ends_at: Instant },
    /// The containers have ended for good.
    Ended,
}

/// One container of a pod, as its kubelet knows it.
#[derive(Clone, Debug, Default)]
struct Run {
    started_at: Option<Instant>,
    ready: bool,
    restarts: u32,
    back_off: BackOff,
}

/// One pod's worker.
#[derive(Clone, Debug)]
pub(super) struct ScriptedWorker {
    pod: Arc<Pod>,
    plan: Arc<Plan>,
    stage: Stage,
    accepted_at: Instant,
    /// When the pod became ready, exactly.
    ready_at: Option<Instant>,
    runs: Vec<Run>,
    ticket: u32,
}

impl ScriptedWorker {
    /// Takes a pod. One that runs already goes on as it was: it came with the cluster.
    pub(super) fn accept(pod: &Arc<Pod>, plan: Arc<Plan>, ctx: &mut Ctx<'_>) -> Self {
        if pod.status.phase == PodPhase::Running {
            return Self::adopt(pod, plan, ctx);
        }
        let accepted = status::accepted(pod, ctx);
        for container in &pod.spec.containers {
            let message = format!("Pulling image \"{}\"", container.image);
            record(pod, EventType::Normal, "Pulling", message, ctx);
        }
        let worker = Self {
            pod: accepted.unwrap_or_else(|| Arc::clone(pod)),
            stage: Stage::Creating,
            accepted_at: ctx.now,
            ready_at: None,
            runs: vec![Run::default(); pod.spec.containers.len()],
            ticket: 0,
            plan,
        };
        worker.announce(worker.script().start_after, Step::Start, ctx);
        worker
    }

    fn adopt(pod: &Arc<Pod>, plan: Arc<Plan>, ctx: &mut Ctx<'_>) -> Self {
        let runs = pod.status.container_statuses.iter().map(|status| Run {
            started_at: match status.state {
                ContainerState::Running { started_at } => Some(started_at),
                ContainerState::Waiting { .. } | ContainerState::Terminated { .. } => None,
            },
            ready: status.ready,
            restarts: status.restart_count,
            ..Run::default()
        });
        let mut worker = Self {
            pod: Arc::clone(pod),
            stage: Stage::Running,
            accepted_at: pod.status.start_time.unwrap_or(ctx.now),
            ready_at: None,
            runs: runs.collect(),
            ticket: 0,
            plan,
        };
        worker.runs.resize(pod.spec.containers.len(), Run::default());
        if worker.is_ready() {
            worker.ready_at = Some(ctx.now);
        } else if let Some(takes) = worker.script().ready_after {
            worker.announce(takes, Step::WantReady, ctx);
        }
        for (index, run) in worker.runs.iter().enumerate() {
            if run.started_at.is_some() {
                worker.announce_exit(index, ctx);
            } else {
                let container = u8::try_from(index).unwrap_or(u8::MAX);
                worker.announce(RESTART, Step::Restart(container), ctx);
            }
        }
        worker
    }

    fn script(&self) -> &Script {
        self.plan.script.as_ref().expect("a scripted pod has a script")
    }

    fn announce(&self, delay: Duration, step: Step, ctx: &mut Ctx<'_>) {
        let what = Occurrence::PodStep { pod: self.pod.meta.uid, step, ticket: self.ticket };
        ctx.after(delay, what);
    }

    /// The pod's readiness can be switched while it runs.
    pub(super) fn follow_annotation(&mut self, pod: &Arc<Pod>, ctx: &mut Ctx<'_>) {
        let wanted = match pod.meta.annotation(LIVE_READY) {
            Some("true") => true,
            Some("false") => false,
            _ => return,
        };
        if self.stage != Stage::Running || self.is_ready() == wanted {
            return;
        }
        self.set_all_ready(wanted, ctx);
        if !wanted {
            self.report_failed_probe(ctx);
        }
    }

    fn report_failed_probe(&self, ctx: &mut Ctx<'_>) {
        let message = "Readiness probe failed: HTTP probe failed with statuscode: 503";
        record(&self.pod, EventType::Warning, "Unhealthy", message.to_owned(), ctx);
    }

    /// The pod's deletion has begun.
    pub(super) fn delete(&mut self, pod: &Arc<Pod>, ctx: &mut Ctx<'_>) {
        if matches!(self.stage, Stage::Terminating { .. } | Stage::Ended) {
            return;
        }
        let running = self.stage == Stage::Running;
        let takes = self.script().terminate_after;
        if running {
            for container in &pod.spec.containers {
                let message = format!("Stopping container {}", container.name);
                record(pod, EventType::Normal, "Killing", message, ctx);
            }
        }
        // The restarts and the readiness that were announced no longer happen.
        self.ticket += 1;
        self.stage = Stage::Terminating { ends_at: ctx.now + takes };
        let step = if running { Step::Ended } else { Step::Remove };
        self.announce(takes, step, ctx);
    }

    /// Whether a ticket is that of the announcements in force.
    pub(super) const fn is_current(&self, ticket: u32) -> bool {
        self.ticket == ticket
    }

    /// The image has been pulled or not: the containers start at this address, or the failure is
    /// reported. Says whether they start.
    pub(super) fn start(&mut self, ip: Ipv4Addr, ctx: &mut Ctx<'_>) -> bool {
        if self.script().is_missing {
            self.report_pull_failure(ctx);
            return false;
        }
        self.stage = Stage::Running;
        for run in &mut self.runs {
            run.started_at = Some(ctx.now);
        }
        self.write_status(Some(ip), ctx);
        self.record_started(ctx);
        let Script { ready_after, fails_after, .. } = *self.script();
        if let Some(takes) = ready_after.or(fails_after) {
            self.announce(takes, Step::WantReady, ctx);
        }
        for index in 0..self.runs.len() {
            self.announce_exit(index, ctx);
        }
        true
    }

    /// The pod is about to become ready: at once, or when its turn has come after another of its
    /// namespace. Returns when it takes the turn; one that is never ready says why.
    pub(super) fn take_turn(
        &mut self,
        last: Option<Instant>,
        ctx: &mut Ctx<'_>,
    ) -> Option<Instant> {
        if self.script().ready_after.is_none() {
            self.report_failed_probe(ctx);
            return last;
        }
        let stagger = self.script().stagger;
        let turn = last.map_or(ctx.now, |last| ctx.now.max(last + stagger));
        if turn == ctx.now {
            self.set_all_ready(true, ctx);
        } else {
            self.announce(turn.since(ctx.now), Step::Ready, ctx);
        }
        Some(turn)
    }

    /// The containers of the deleted pod have ended.
    pub(super) fn end(&mut self, ctx: &mut Ctx<'_>) {
        self.stage = Stage::Ended;
        self.report_ended(ctx);
        self.announce(REMOVAL, Step::Remove, ctx);
    }

    /// Its node.
    pub(super) fn node(&self) -> &Name {
        &self.pod.node_name
    }

    /// Says how the pod is, to an API server that has not heard of it for a while.
    pub(super) fn report(&mut self, ctx: &mut Ctx<'_>) {
        if self.stage == Stage::Running {
            self.write_status(None, ctx);
        }
    }

    fn is_ready(&self) -> bool {
        self.runs.iter().all(|run| run.ready)
    }

    pub(super) fn set_all_ready(&mut self, ready: bool, ctx: &mut Ctx<'_>) {
        for run in &mut self.runs {
            run.ready = ready;
        }
        self.write_status(None, ctx);
    }

    fn announce_exit(&self, index: usize, ctx: &mut Ctx<'_>) {
        if self.script().crashes {
            let container = u8::try_from(index).unwrap_or(u8::MAX);
            self.announce(CRASH, Step::Exit(container), ctx);
        }
    }

    /// A container has crashed: it is started again, at first at once.
    pub(super) fn exit(&mut self, index: usize, ctx: &mut Ctx<'_>) {
        let run = &mut self.runs[index];
        let Some(started) = run.started_at.take() else {
            return;
        };
        let wait = run.back_off.failed(started, ctx.now);
        run.ready = false;
        let ended = status::terminated(1, started, ctx.now);
        self.write_exit(index, ended, wait, ctx);
        let container = u8::try_from(index).unwrap_or(u8::MAX);
        self.announce(wait.max(RESTART), Step::Restart(container), ctx);
    }

    pub(super) fn restart(&mut self, index: usize, ctx: &mut Ctx<'_>) {
        let run = &mut self.runs[index];
        run.started_at = Some(ctx.now);
        run.restarts = run.restarts.saturating_add(1);
        run.ready = false;
        self.write_status(None, ctx);
        self.announce_exit(index, ctx);
    }

    fn state(&self, index: usize) -> Option<ContainerState> {
        let started_at = self.runs[index].started_at?;
        Some(ContainerState::Running { started_at })
    }

    /// Whether the containers have ended for good.
    pub(super) fn has_ended(&self) -> bool {
        self.stage == Stage::Ended
    }

    /// The answer to a GET on one of its ports.
    pub(super) fn reply(&self, port: u16) -> Result<HttpReply, Refused> {
        match self.meets(port) {
            Answer::Serving { .. } => {
                Ok(HttpReply { status: 200, body: "ok\n".into(), latency: Duration::ZERO })
            }
            _ => Err(Refused::NotListening),
        }
    }

    /// What a connection to a port of the pod meets.
    pub(super) fn meets(&self, port: u16) -> Answer {
        let started = self.runs.first().and_then(|run| run.started_at);
        match (self.stage, started) {
            (Stage::Ended, _) => Answer::Gone,
            (Stage::Creating, _) => Answer::Loading,
            (Stage::Running | Stage::Terminating { .. }, None) => Answer::Crashed,
            (Stage::Running | Stage::Terminating { .. }, Some(since)) => {
                if super::declares(&self.pod, port) {
                    Answer::Serving { profile: SERVER, since }
                } else {
                    Answer::WrongPort
                }
            }
        }
    }

    /// What the screen shows of the pod beyond the API.
    pub(super) fn progress(&self) -> PodProgress {
        let script = self.script();
        let started_at = self.runs.first().and_then(|run| run.started_at);
        let loads = started_at.zip(script.ready_after);
        PodProgress {
            accepted_at: self.accepted_at,
            starts_at: started_at.unwrap_or(self.accepted_at + script.start_after),
            loads_until: loads.map(|(started, takes)| started + takes),
            ready_at: self.ready_at,
            ends_at: match self.stage {
                Stage::Terminating { ends_at } => Some(ends_at),
                Stage::Creating | Stage::Running | Stage::Ended => None,
            },
            pulls: None,
            probes: Streaks::default(),
            probed_from: self.accepted_at,
            remarks: 0,
        }
    }
}
