//! The kubelets: a pod's life from bound to removed.
//!
//! Models: kubernetes v1.36 `pkg/kubelet` in its effects on the API. All kubelets are one component.
//! A real pod has a [`pod::PodWorker`]; a pod with `sim/…` annotations follows these instead (see
//! [`plan`], [`scripted`]). Leaves out: evictions under pressure, static pods, ephemeral containers.

pub mod back_off;
pub mod conditions;
pub mod images;
mod loading;
pub mod phase;
pub(crate) mod plan;
mod pod;
pub mod prober;
mod scripted;
mod status;

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::api::event::{EventSource, EventType};
use crate::api::{Name, Pod, Uid};
use crate::apiserver::{AnyObject, Change, WatchEvent};
use crate::container::{Diagnostic, Exec, Image, Log};
use crate::ctx::Ctx;
use crate::network::answer::{Answer, Lost};
use crate::network::request::Failure;
use crate::occurrence::Step;
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;
use images::Images;
use plan::Plans;
use pod::{Around, PodWorker};
use scripted::ScriptedWorker;

/// Time from the end of the containers to the removal of the pod.
const REMOVAL: Duration = Duration::from_millis(8);
/// How many killed pods are remembered.
const KILLED: usize = 16;
/// The first address given to a pod: 10.244.0.5.
const FIRST_IP: u32 = 0x0af4_0005;

/// One pod's worker, of either kind.
#[derive(Clone, Debug)]
enum Worker {
    Scripted(Box<ScriptedWorker>),
    Real(Box<PodWorker>),
    /// The one that acts at the moment.
    Away,
}

/// A worker's place among the others.
#[derive(Clone, Debug)]
struct Post {
    worker: Worker,
    /// How often it has acted.
    acts: u32,
}

/// Successful and failed probes in a row of one container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streaks {
    /// Of its startup probe.
    pub startup: (u32, u32),
    /// Of its liveness probe.
    pub liveness: (u32, u32),
    /// Of its readiness probe.
    pub readiness: (u32, u32),
}

/// A pod that went while its containers still ran: they were killed.
#[derive(Clone, Debug)]
pub(crate) struct Killed {
    /// The pod as it last was.
    pub(crate) pod: Arc<Pod>,
    /// When it went.
    pub(crate) at: Instant,
}

/// What the screen shows of a pod beyond the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodProgress {
    /// When the kubelet took the pod.
    pub accepted_at: Instant,
    /// When the first container starts or started.
    pub starts_at: Instant,
    /// When the first container's program is expected to be loaded, if ever.
    pub loads_until: Option<Instant>,
    /// When the pod became ready.
    pub ready_at: Option<Instant>,
    /// When the containers end at the latest, once deletion has begun.
    pub ends_at: Option<Instant>,
    /// From when until when it waits for an image, if it does.
    pub pulls: Option<(Instant, Instant)>,
    /// What the first container's probes last said.
    pub probes: Streaks,
    /// The first tick of its readiness probe's ticker, which ticks once a period.
    pub probed_from: Instant,
    /// How much there is to remark on its scripts.
    pub remarks: usize,
}

/// The kubelets of all nodes.
#[derive(Clone, Debug)]
pub(crate) struct Kubelet {
    workers: UidMap<Post>,
    /// Per namespace, when a scripted pod last became ready.
    last_ready: BTreeMap<Name, Instant>,
    images: Images,
    plans: Plans,
    /// Images that the registry has besides its own.
    extra_images: Arc<[Image]>,
    next_ip: u32,
    /// Connections that ended, until the clients are told.
    lost: Vec<Lost>,
    /// The last pods that were killed, oldest first.
    killed: VecDeque<Killed>,
    /// Nodes that nobody reaches.
    cut_off: Vec<Name>,
}

impl Kubelet {
    pub(crate) fn new(extra_images: Arc<[Image]>) -> Self {
        Self {
            extra_images,
            workers: UidMap::new(),
            last_ready: BTreeMap::new(),
            images: Images::default(),
            plans: Plans::default(),
            next_ip: FIRST_IP,
            lost: Vec::new(),
            killed: VecDeque::new(),
            cut_off: Vec::new(),
        }
    }

    /// Takes in what the watch tells about a pod bound to a node. `busy_until` is when the pod has
    /// answered the requests it has taken.
    pub(crate) fn on_event(
        &mut self,
        event: &WatchEvent,
        busy_until: Option<Instant>,
        ctx: &mut Ctx<'_>,
    ) {
        let AnyObject::Pod(pod) = &event.object else {
            return;
        };
        let uid = pod.meta.uid;
        if event.change == Change::Deleted {
            let worker = self.workers.remove(&uid).map(|post| post.worker);
            if worker.as_ref().is_some_and(|worker| !worker.has_ended()) {
                self.lost.push(Lost { pod: uid, cause: Failure::Killed });
            }
            if worker.is_some_and(|worker| worker.was_killed(ctx.now)) {
                self.remember_killed(pod, ctx.now);
            }
            ctx.api.recorder.forget(EventSource::Kubelet, uid);
            ctx.api.recorder.forget(EventSource::Scheduler, uid);
            return;
        }
        if !self.workers.contains_key(&uid) {
            self.accept(pod, ctx);
        }
        self.with(uid, busy_until, ctx, |worker, around| match worker {
            Worker::Scripted(worker) => {
                worker.follow_annotation(pod, around.ctx);
                if pod.meta.is_deleting() {
                    worker.delete(pod, around.ctx);
                }
            }
            Worker::Real(worker) if pod.meta.is_deleting() => worker.delete(pod, around),
            Worker::Real(_) | Worker::Away => {}
        });
    }

    /// Lets a worker act.
    fn with<T>(
        &mut self,
        pod: Uid,
        busy_until: Option<Instant>,
        ctx: &mut Ctx<'_>,
        act: impl FnOnce(&mut Worker, &mut Around<'_, '_>) -> T,
    ) -> Option<T> {
        self.take(pod, busy_until, ctx, |worker, around| {
            let result = act(worker, around);
            if let Worker::Real(worker) = worker {
                worker.rouse(around);
            }
            result
        })
    }

    /// Takes a worker off the list while it acts, so that it can look at the others.
    fn take<T>(
        &mut self,
        pod: Uid,
        busy_until: Option<Instant>,
        ctx: &mut Ctx<'_>,
        act: impl FnOnce(&mut Worker, &mut Around<'_, '_>) -> T,
    ) -> Option<T> {
        let mut worker = std::mem::replace(&mut self.workers.get_mut(&pod)?.worker, Worker::Away);
        let mut around = Around {
            ctx,
            images: &mut self.images,
            next_ip: &mut self.next_ip,
            lost: &mut self.lost,
            busy_until,
            workers: &self.workers,
        };
        let result = act(&mut worker, &mut around);
        if let Some(post) = self.workers.get_mut(&pod) {
            post.worker = worker;
            post.acts = post.acts.wrapping_add(1);
        }
        Some(result)
    }

    fn accept(&mut self, pod: &Arc<Pod>, ctx: &mut Ctx<'_>) {
        if pod.status.phase.is_terminal() {
            return;
        }
        let plan = self.plans.plan(pod, &self.extra_images);
        let uid = pod.meta.uid;
        self.workers.insert(uid, Post { worker: Worker::Away, acts: 0 });
        self.with(uid, None, ctx, |worker, around| {
            *worker = if plan.script.is_some() {
                Worker::Scripted(Box::new(ScriptedWorker::accept(pod, plan, around.ctx)))
            } else {
                Worker::Real(Box::new(PodWorker::accept(pod, plan, around)))
            };
        });
    }

    /// Goes one step further with a pod. `busy_until` is when the pod has answered the requests it
    /// has taken.
    pub(crate) fn step(
        &mut self,
        pod: Uid,
        step: Step,
        ticket: u32,
        busy_until: Option<Instant>,
        ctx: &mut Ctx<'_>,
    ) {
        match self.workers.get(&pod).map(|post| &post.worker) {
            Some(Worker::Real(_)) => {
                self.with(pod, busy_until, ctx, |worker, around| {
                    if let Worker::Real(worker) = worker {
                        worker.wake(ticket, around);
                    }
                });
            }
            Some(Worker::Scripted(worker)) if worker.is_current(ticket) => {
                self.step_scripted(pod, step, ctx);
            }
            Some(Worker::Scripted(_) | Worker::Away) | None => {}
        }
    }

    fn step_scripted(&mut self, uid: Uid, step: Step, ctx: &mut Ctx<'_>) {
        let Some(Post { worker: Worker::Scripted(worker), acts }) = self.workers.get_mut(&uid)
        else {
            return;
        };
        *acts = acts.wrapping_add(1);
        match step {
            Step::Wake => {}
            Step::Start => {
                if worker.start(Ipv4Addr::from(self.next_ip), ctx) {
                    self.next_ip = self.next_ip.wrapping_add(1);
                }
            }
            Step::PullBackOff => worker.report_pull_back_off(ctx),
            Step::WantReady => {
                let namespace = worker.namespace();
                let last = self.last_ready.get(&namespace).copied();
                if let Some(turn) = worker.take_turn(last, ctx) {
                    self.last_ready.insert(namespace, turn);
                }
            }
            Step::Ready => worker.set_all_ready(true, ctx),
            Step::Exit(container) => {
                self.lost.push(Lost { pod: uid, cause: Failure::Crashed });
                worker.exit(usize::from(container), ctx);
            }
            Step::Restart(container) => worker.restart(usize::from(container), ctx),
            Step::Ended => {
                self.lost.push(Lost { pod: uid, cause: Failure::Killed });
                worker.end(ctx);
            }
            Step::Remove => {
                // Whoever removed it first, it is gone.
                let _ = ctx.api.delete_pod(uid, Some(0));
            }
        }
    }

    /// A probe's ticker ticks.
    pub(crate) fn probe(&mut self, pod: Uid, prober: u8, ticket: u32, ctx: &mut Ctx<'_>) {
        self.take(pod, None, ctx, |worker, around| {
            if let Worker::Real(worker) = worker {
                worker.tick(prober, ticket, around);
            }
        });
    }

    fn remember_killed(&mut self, pod: &Arc<Pod>, at: Instant) {
        if self.killed.len() == KILLED {
            self.killed.pop_front();
        }
        self.killed.push_back(Killed { pod: Arc::clone(pod), at });
    }

    /// The last pods that were killed, oldest first.
    pub(crate) fn killed(&self) -> impl Iterator<Item = &Killed> {
        self.killed.iter()
    }

    /// What the screen shows of a pod beyond the API.
    pub(crate) fn progress(&self, pod: Uid) -> Option<PodProgress> {
        Some(match &self.workers.get(&pod)?.worker {
            Worker::Scripted(worker) => worker.progress(),
            Worker::Real(worker) => worker.progress(),
            Worker::Away => return None,
        })
    }

    /// How often the worker of each pod has acted: while the number stays, so does the progress.
    pub(crate) fn acts(&self) -> impl Iterator<Item = (Uid, u32)> {
        self.workers.iter().map(|(pod, post)| (*pod, post.acts))
    }

    fn real(&self, pod: Uid) -> Option<&PodWorker> {
        match &self.workers.get(&pod)?.worker {
            Worker::Real(worker) => Some(worker),
            Worker::Scripted(_) | Worker::Away => None,
        }
    }

    /// What a container printed, by its place among init containers and the others: in its last run
    /// or the one before. `None` when there is no such run.
    pub(crate) fn log(&self, pod: Uid, container: usize, previous: bool) -> Option<&Log> {
        self.real(pod)?.log(container, previous)
    }

    /// What of a pod's scripts is not acted out as it would be, with the containers' names.
    pub(crate) fn diagnostics(&self, pod: Uid) -> Vec<(Name, Diagnostic)> {
        let all = self.real(pod).into_iter().flat_map(PodWorker::diagnostics);
        all.map(|(name, diagnostic)| (name.clone(), diagnostic.clone())).collect()
    }

    /// Runs a command in a container; `None` when it does not run.
    pub(crate) fn exec(
        &mut self,
        pod: Uid,
        container: usize,
        argv: Vec<Name>,
        ctx: &mut Ctx<'_>,
    ) -> Option<Exec> {
        self.with(pod, None, ctx, |worker, around| match worker {
            Worker::Real(worker) => worker.exec(container, argv, around),
            Worker::Scripted(_) | Worker::Away => None,
        })?
    }

    /// The exit code and output of a command that ran on, once it has ended.
    pub(crate) fn exec_result(
        &mut self,
        pod: Uid,
        container: usize,
        id: u32,
    ) -> Option<(i32, String)> {
        match &mut self.workers.get_mut(&pod)?.worker {
            Worker::Real(worker) => worker.exec_result(container, id),
            Worker::Scripted(_) | Worker::Away => None,
        }
    }

    /// The output of a container's last run, which of its runs that is, and whether it goes on.
    pub(crate) fn run_log(&self, pod: Uid, container: usize) -> Option<(&Log, u32, bool)> {
        self.real(pod)?.run_log(container)
    }

    /// Whether a container runs.
    pub(crate) fn is_running(&self, pod: Uid, container: usize) -> bool {
        self.run_log(pod, container).is_some_and(|(_, _, runs)| runs)
    }

    /// What a connection to a port of a pod meets at `now`.
    pub(crate) fn meets(&self, pod: Uid, port: u16, now: Instant) -> Answer {
        let worker = self.workers.get(&pod).map(|post| &post.worker);
        if !self.cut_off.is_empty()
            && worker.and_then(Worker::node).is_some_and(|node| self.cut_off.contains(node))
        {
            return Answer::Unreachable;
        }
        match worker {
            None | Some(Worker::Away) => Answer::Gone,
            Some(Worker::Scripted(worker)) => worker.meets(port),
            Some(Worker::Real(worker)) => worker.meets(port, now),
        }
    }

    /// From now on nobody reaches the pods of a node.
    pub(crate) fn cut_off(&mut self, node: &Name) {
        self.cut_off.push(node.clone());
        let here = self.workers.iter().filter(|(_, post)| post.worker.node() == Some(node));
        self.lost.extend(here.map(|(pod, _)| Lost { pod: *pod, cause: Failure::Unreachable }));
    }

    /// A node is back: its kubelet says how its pods are.
    pub(crate) fn reconnect(&mut self, node: &Name, ctx: &mut Ctx<'_>) {
        self.cut_off.retain(|cut_off| cut_off != node);
        let here = self.workers.iter().filter(|(_, post)| post.worker.node() == Some(node));
        let here: Vec<Uid> = here.map(|(pod, _)| *pod).collect();
        for pod in here {
            self.with(pod, None, ctx, |worker, around| match worker {
                Worker::Scripted(worker) => worker.report(around.ctx),
                Worker::Real(worker) => worker.report(around),
                Worker::Away => {}
            });
        }
    }

    /// The connections that ended since the last call.
    pub(crate) fn take_lost(&mut self) -> Vec<Lost> {
        std::mem::take(&mut self.lost)
    }
}

impl Worker {
    fn node(&self) -> Option<&Name> {
        match self {
            Self::Scripted(worker) => Some(worker.node()),
            Self::Real(worker) => Some(worker.node()),
            Self::Away => None,
        }
    }

    fn was_killed(&self, now: Instant) -> bool {
        matches!(self, Self::Real(worker) if worker.was_killed(now))
    }

    fn has_ended(&self) -> bool {
        match self {
            Self::Scripted(worker) => worker.has_ended(),
            Self::Real(worker) => worker.has_ended(),
            Self::Away => false,
        }
    }
}

/// Whether a port is one that the containers of a pod name, if they name any.
fn declares(pod: &Pod, port: u16) -> bool {
    let mut ports = pod.spec.containers.iter().flat_map(|container| &container.ports).peekable();
    ports.peek().is_none() || ports.any(|known| known.container_port == port)
}

fn record(
    pod: &Arc<Pod>,
    type_: EventType,
    reason: &'static str,
    message: String,
    ctx: &mut Ctx<'_>,
) {
    ctx.api.record(EventSource::Kubelet, &**pod, type_, reason, message);
}
