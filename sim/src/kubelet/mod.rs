//! The kubelets: a pod's life from bound to removed.
//!
//! Models: kubernetes v1.36 `pkg/kubelet` in its effects on the API. First form: all kubelets are
//! one component; containers start together, readiness is probed, SIGTERM and SIGKILL end them,
//! those that exit are restarted with back-off. Pods with `sim/…` annotations follow these instead
//! (see [`plan`]). Leaves out: init containers, lifecycle hooks, liveness and startup probes.

pub mod back_off;
pub mod conditions;
pub mod phase;
pub(crate) mod plan;
mod pods;
pub mod prober;
pub mod program;
mod worker;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::api::event::{EventSource, EventType};
use crate::api::{Labels, Name, Pod, PodSpec, Uid};
use crate::apiserver::{AnyObject, Change, WatchEvent};
use crate::ctx::Ctx;
use crate::network::answer::{Answer, Lost};
use crate::network::request::Failure;
use crate::occurrence::Step;
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;
use back_off::BackOff;
use plan::{Plan, Pull, Scripted};

/// The annotation by which a scripted pod's readiness is switched.
const LIVE_READY: &str = "sim/ready";
/// Time from the end of the containers to the removal of the pod.
const REMOVAL: Duration = Duration::from_millis(8);
/// Time from a failed pull to the back-off being reported.
const PULL_BACK_OFF: Duration = Duration::from_millis(1_500);
/// The first address given to a pod: 10.244.0.5.
const FIRST_IP: u32 = 0x0af4_0005;

/// Where a pod stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
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
    successes: u32,
    failures: u32,
    restarts: u32,
    back_off: BackOff,
}

/// One pod's worker.
#[derive(Clone, Debug)]
struct Worker {
    pod: Arc<Pod>,
    plan: Arc<Plan>,
    stage: Stage,
    accepted_at: Instant,
    /// When the pod became ready, exactly.
    ready_at: Option<Instant>,
    runs: Vec<Run>,
    ticket: u32,
}

/// What the screen shows of a pod beyond the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodProgress {
    /// When the kubelet took the pod.
    pub accepted_at: Instant,
    /// When the containers start or started.
    pub starts_at: Instant,
    /// When the first container's program is expected to be loaded, if ever.
    pub loads_until: Option<Instant>,
    /// When the pod became ready.
    pub ready_at: Option<Instant>,
    /// When the containers end, once deletion has begun.
    pub ends_at: Option<Instant>,
    /// Successful and failed probes in a row, of the first container.
    pub probes: (u32, u32),
}

/// The kubelets of all nodes.
#[derive(Clone, Debug)]
pub(crate) struct Kubelet {
    workers: UidMap<Worker>,
    /// Per namespace, when a scripted pod last became ready.
    last_ready: BTreeMap<Name, Instant>,
    images: BTreeSet<(Name, Name)>,
    /// The plans made last: pods of one template share theirs.
    plans: VecDeque<KnownPlan>,
    next_ip: u32,
    /// Connections that ended, until the clients are told.
    lost: Vec<Lost>,
    /// Nodes that nobody reaches.
    cut_off: Vec<Name>,
}

/// A plan and what it was made from.
#[derive(Clone, Debug)]
struct KnownPlan {
    spec: Arc<PodSpec>,
    annotations: Labels,
    pulled: bool,
    plan: Arc<Plan>,
}

/// How many plans are remembered.
const KNOWN_PLANS: usize = 16;

impl Kubelet {
    pub(crate) const fn new() -> Self {
        Self {
            workers: UidMap::new(),
            last_ready: BTreeMap::new(),
            images: BTreeSet::new(),
            plans: VecDeque::new(),
            next_ip: FIRST_IP,
            lost: Vec::new(),
            cut_off: Vec::new(),
        }
    }

    /// Takes in what the watch tells about a pod bound to a node.
    pub(crate) fn on_event(&mut self, event: &WatchEvent, ctx: &mut Ctx<'_>) {
        let AnyObject::Pod(pod) = &event.object else {
            return;
        };
        let uid = pod.meta.uid;
        if event.change == Change::Deleted {
            if self.workers.remove(&uid).is_some_and(|worker| worker.stage != Stage::Ended) {
                self.lost.push(Lost { pod: uid, cause: Failure::Killed });
            }
            ctx.api.recorder.forget(EventSource::Kubelet, uid);
            ctx.api.recorder.forget(EventSource::Scheduler, uid);
            return;
        }
        if !self.workers.contains_key(&uid) {
            self.accept(pod, ctx);
        }
        self.follow_annotation(pod, ctx);
        if pod.meta.is_deleting() {
            self.terminate(pod, ctx);
        }
    }

    fn accept(&mut self, pod: &Arc<Pod>, ctx: &mut Ctx<'_>) {
        let node = &pod.node_name;
        let on_node = |image: &Name| self.images.contains(&(node.clone(), image.clone()));
        let containers = pod.spec.containers.iter();
        let pulled = containers.clone().all(|container| on_node(&container.image));
        let plan = plan_for(&mut self.plans, pod, pulled);
        let pulls: Vec<Name> = containers
            .map(|container| container.image.clone())
            .filter(|image| plan.scripted.is_some() || !on_node(image))
            .collect();
        let accepted = pods::accepted(pod, ctx);
        for image in pulls {
            let message = format!("Pulling image \"{image}\"");
            record(pod, EventType::Normal, "Pulling", message, ctx);
        }
        let worker = Worker {
            pod: accepted.unwrap_or_else(|| Arc::clone(pod)),
            stage: Stage::Creating,
            accepted_at: ctx.now,
            ready_at: None,
            runs: vec![Run::default(); plan.programs.len()],
            ticket: 0,
            plan,
        };
        let start_after = worker.plan.start_after;
        worker.announce(start_after, Step::Start, ctx);
        worker.announce_probes(ctx);
        self.workers.insert(pod.meta.uid, worker);
    }

    /// A scripted pod's readiness can be switched while it runs.
    fn follow_annotation(&mut self, pod: &Arc<Pod>, ctx: &mut Ctx<'_>) {
        let Some(worker) = self.workers.get_mut(&pod.meta.uid) else {
            return;
        };
        let wanted = match pod.meta.annotation(LIVE_READY) {
            Some("true") => true,
            Some("false") => false,
            _ => return,
        };
        if worker.stage != Stage::Running || worker.is_ready() == wanted {
            return;
        }
        worker.set_all_ready(wanted, ctx);
        if !wanted {
            let message = "Readiness probe failed: HTTP probe failed with statuscode: 503";
            record(pod, EventType::Warning, "Unhealthy", message.to_owned(), ctx);
        }
    }

    fn terminate(&mut self, pod: &Arc<Pod>, ctx: &mut Ctx<'_>) {
        let Some(worker) = self.workers.get_mut(&pod.meta.uid) else {
            return;
        };
        if matches!(worker.stage, Stage::Terminating { .. } | Stage::Ended) {
            return;
        }
        let running = worker.stage == Stage::Running;
        let grace = pod.meta.deletion_grace_period_seconds.unwrap_or(0).max(1);
        let takes = worker.stop_time(Duration::from_secs(grace.into()), running);
        if running {
            for container in &pod.spec.containers {
                let message = format!("Stopping container {}", container.name);
                record(pod, EventType::Normal, "Killing", message, ctx);
            }
        }
        // The restarts and the scripted readiness that were announced no longer happen.
        worker.ticket += 1;
        worker.stage = Stage::Terminating { ends_at: ctx.now + takes };
        let step = if running { Step::Ended } else { Step::Remove };
        worker.announce(takes, step, ctx);
        if worker.plan.scripted.is_none() {
            worker.announce_probes(ctx);
        }
    }

    /// Goes one step further with a pod.
    pub(crate) fn step(&mut self, pod: Uid, step: Step, ticket: u32, ctx: &mut Ctx<'_>) {
        let Some(worker) = self.workers.get_mut(&pod) else {
            return;
        };
        if worker.ticket != ticket {
            return;
        }
        match step {
            Step::Start => match worker.plan.pull {
                Pull::Works => self.start(pod, ctx),
                Pull::Fails => worker.report_pull_failure(ctx),
            },
            Step::PullBackOff => worker.report_pull_back_off(ctx),
            Step::WantReady => self.take_turn(pod, ctx),
            Step::Ready => worker.set_all_ready(true, ctx),
            Step::Exit(container) => {
                self.lost.push(Lost { pod, cause: Failure::Crashed });
                worker.exit(usize::from(container), ctx);
            }
            Step::Restart(container) => worker.restart(usize::from(container), ctx),
            Step::Ended => {
                worker.stage = Stage::Ended;
                self.lost.push(Lost { pod, cause: Failure::Killed });
                worker.report_ended(ctx);
                worker.announce(REMOVAL, Step::Remove, ctx);
            }
            Step::Remove => {
                // Whoever removed it first, it is gone.
                let _ = ctx.api.delete_pod(pod, Some(0));
            }
        }
    }

    fn start(&mut self, uid: Uid, ctx: &mut Ctx<'_>) {
        let ip = Ipv4Addr::from(self.next_ip);
        let Some(worker) = self.workers.get_mut(&uid) else {
            return;
        };
        self.next_ip = self.next_ip.wrapping_add(1);
        for container in &worker.pod.spec.containers {
            self.images.insert((worker.pod.node_name.clone(), container.image.clone()));
        }
        worker.stage = Stage::Running;
        for run in &mut worker.runs {
            run.started_at = Some(ctx.now);
        }
        let without_probe = worker.unprobed();
        for (run, ready) in worker.runs.iter_mut().zip(without_probe) {
            run.ready = ready;
        }
        worker.write_status(Some(ip), ctx);
        worker.record_started(ctx);
        if let Some(Scripted { ready_after: Some(ready_after), .. }) = worker.plan.scripted {
            worker.announce(ready_after, Step::WantReady, ctx);
        }
        for index in 0..worker.runs.len() {
            worker.announce_exit(index, ctx);
        }
    }

    /// A scripted pod is about to become ready: at once, or when its turn has come.
    fn take_turn(&mut self, uid: Uid, ctx: &mut Ctx<'_>) {
        let Some(worker) = self.workers.get_mut(&uid) else {
            return;
        };
        let Some(scripted) = &worker.plan.scripted else {
            return;
        };
        let last = self.last_ready.get(&worker.pod.meta.namespace).copied();
        let turn = last.map_or(ctx.now, |last| ctx.now.max(last + scripted.stagger));
        self.last_ready.insert(worker.pod.meta.namespace.clone(), turn);
        if turn == ctx.now {
            worker.set_all_ready(true, ctx);
        } else {
            worker.announce(turn.since(ctx.now), Step::Ready, ctx);
        }
    }

    /// Probes one container for readiness, and announces the next probe.
    pub(crate) fn probe(&mut self, pod: Uid, container: u8, ticket: u32, ctx: &mut Ctx<'_>) {
        let Some(worker) = self.workers.get_mut(&pod) else {
            return;
        };
        if worker.ticket == ticket {
            worker.probe(usize::from(container), ctx);
        }
    }

    /// What the screen shows of a pod beyond the API.
    pub(crate) fn progress(&self, pod: Uid) -> Option<PodProgress> {
        let worker = self.workers.get(&pod)?;
        let starts_at = worker.accepted_at + worker.plan.start_after;
        let first = worker.runs.first();
        Some(PodProgress {
            accepted_at: worker.accepted_at,
            starts_at: first.and_then(|run| run.started_at).unwrap_or(starts_at),
            loads_until: worker.loads_until(),
            ready_at: worker.ready_at,
            ends_at: match worker.stage {
                Stage::Terminating { ends_at } => Some(ends_at),
                Stage::Creating | Stage::Running | Stage::Ended => None,
            },
            probes: first.map_or((0, 0), |run| (run.successes, run.failures)),
        })
    }

    /// From now on nobody reaches the pods of a node.
    pub(crate) fn cut_off(&mut self, node: &Name) {
        self.cut_off.push(node.clone());
        let here = self.workers.iter().filter(|(_, worker)| worker.pod.node_name == *node);
        self.lost.extend(here.map(|(pod, _)| Lost { pod: *pod, cause: Failure::Killed }));
    }

    /// A node is back: its kubelet says how its pods are.
    pub(crate) fn reconnect(&mut self, node: &Name, ctx: &mut Ctx<'_>) {
        self.cut_off.retain(|cut_off| cut_off != node);
        for worker in self.workers.values_mut() {
            if worker.pod.node_name == *node && worker.stage == Stage::Running {
                worker.write_status(None, ctx);
            }
        }
    }

    /// What a connection to a port of a pod meets at `now`.
    pub(crate) fn meets(&self, pod: Uid, port: u16, now: Instant) -> Answer {
        let Some(worker) = self.workers.get(&pod) else {
            return Answer::Gone;
        };
        if self.cut_off.contains(&worker.pod.node_name) {
            return Answer::Gone;
        }
        let started = worker.runs.first().and_then(|run| run.started_at);
        match (worker.stage, started) {
            (Stage::Ended, _) => Answer::Gone,
            (Stage::Creating, _) => Answer::Loading,
            (Stage::Running | Stage::Terminating { .. }, None) => Answer::Crashed,
            (Stage::Running | Stage::Terminating { .. }, Some(started)) => {
                worker.serves(port, started, now)
            }
        }
    }

    /// Until when a pod that was told to end may finish what it has begun; `None` when it ends
    /// without looking.
    pub(crate) fn may_drain_until(&self, pod: Uid) -> Option<Instant> {
        let worker = self.workers.get(&pod)?;
        let drains = worker.plan.programs.iter().any(|program| program.heeds_sigterm);
        drains.then_some(worker.pod.meta.deletion_timestamp?)
    }

    /// The connections that ended since the last call.
    pub(crate) fn take_lost(&mut self) -> Vec<Lost> {
        std::mem::take(&mut self.lost)
    }
}

/// The plan for a pod, made anew unless one of its template is known.
fn plan_for(plans: &mut VecDeque<KnownPlan>, pod: &Pod, pulled: bool) -> Arc<Plan> {
    let known = plans.iter().find(|known| {
        known.pulled == pulled
            && Arc::ptr_eq(&known.spec, &pod.spec)
            && known.annotations == pod.meta.annotations
    });
    if let Some(known) = known {
        return Arc::clone(&known.plan);
    }
    let plan = Arc::new(Plan::of(pod, pulled));
    if plans.len() == KNOWN_PLANS {
        plans.pop_front();
    }
    plans.push_back(KnownPlan {
        spec: Arc::clone(&pod.spec),
        annotations: Arc::clone(&pod.meta.annotations),
        pulled,
        plan: Arc::clone(&plan),
    });
    plan
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
