//! The scheduler: finds each pod a node.
//!
//! Models: kubernetes v1.36 `pkg/scheduler`. First form: requested resources must fit, cordoned
//! nodes and node selectors are respected; pods of one owner are spread, then the emptier node
//! wins. Leaves out: affinity, taints, preemption (whose part of the message is printed).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::api::event::{EventSource, EventType};
use crate::api::pod::{PodCondition, PodConditionType};
use crate::api::quantity::Resources;
use crate::api::{ConditionStatus, Name, Node, Pod, Uid};
use crate::apiserver::{AnyObject, Change, WatchEvent};
use crate::ctx::Ctx;
use crate::occurrence::Occurrence;
use crate::rng::Rng;
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;

/// Time one scheduling cycle takes.
const CYCLE: Duration = Duration::from_micros(200);
/// First and longest wait of a pod that found no node.
const BACK_OFF_BASE: Duration = Duration::from_secs(1);
const BACK_OFF_MAX: Duration = Duration::from_secs(10);

/// What is known of a node.
#[derive(Clone, Debug)]
struct NodeInfo {
    node: Arc<Node>,
    used: Resources,
    pods: u32,
    /// Pods by owner, to spread them.
    by_owner: UidMap<u32>,
}

/// A pod that was given a node, and what it takes there.
#[derive(Clone, Debug)]
struct Placed {
    node: Name,
    pod: Arc<Pod>,
}

/// A pod that found no node.
#[derive(Clone, Copy, Debug)]
struct Unschedulable {
    attempts: u32,
    not_before: Instant,
}

/// The scheduler.
#[derive(Clone, Debug)]
pub(crate) struct Scheduler {
    nodes: BTreeMap<Name, NodeInfo>,
    placed: UidMap<Placed>,
    waiting: VecDeque<Uid>,
    queued: BTreeSet<Uid>,
    pods: UidMap<Arc<Pod>>,
    unschedulable: UidMap<Unschedulable>,
    rng: Rng,
    due: bool,
    /// Where the next search for a node begins.
    next_node: usize,
}

impl Scheduler {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            nodes: BTreeMap::new(),
            placed: UidMap::new(),
            waiting: VecDeque::new(),
            queued: BTreeSet::new(),
            pods: UidMap::new(),
            unschedulable: UidMap::new(),
            rng: Rng::stream(seed, "scheduler"),
            due: false,
            next_node: 0,
        }
    }

    /// Takes in what the watch tells.
    pub(crate) fn on_event(&mut self, event: &WatchEvent, ctx: &mut Ctx<'_>) {
        match &event.object {
            AnyObject::Node(node) => self.on_node(event.change, node, ctx),
            AnyObject::Pod(pod) => self.on_pod(event.change, pod, ctx),
            _ => {}
        }
    }

    fn on_node(&mut self, change: Change, node: &Arc<Node>, ctx: &mut Ctx<'_>) {
        if change == Change::Deleted {
            self.nodes.remove(&node.meta.name);
            return;
        }
        if let Some(info) = self.nodes.get_mut(&node.meta.name) {
            info.node = Arc::clone(node);
        } else {
            let info = NodeInfo {
                node: Arc::clone(node),
                used: Resources::new(),
                pods: 0,
                by_owner: UidMap::new(),
            };
            self.nodes.insert(node.meta.name.clone(), info);
        }
        self.retry_unschedulable(ctx);
    }

    fn on_pod(&mut self, change: Change, pod: &Arc<Pod>, ctx: &mut Ctx<'_>) {
        let uid = pod.meta.uid;
        if change == Change::Deleted || pod.status.phase.is_terminal() {
            self.pods.remove(&uid);
            self.unschedulable.remove(&uid);
            if self.release(uid) {
                self.retry_unschedulable(ctx);
            }
            return;
        }
        if pod.is_scheduled() {
            self.pods.remove(&uid);
            if !self.placed.contains_key(&uid) {
                self.occupy(pod, &pod.node_name.clone());
            }
            return;
        }
        let known = self.pods.insert(uid, Arc::clone(pod)).is_some();
        if !known && !self.placed.contains_key(&uid) {
            self.enqueue(uid, ctx);
        }
    }

    fn enqueue(&mut self, pod: Uid, ctx: &mut Ctx<'_>) {
        if self.queued.insert(pod) {
            self.waiting.push_back(pod);
        }
        self.announce(CYCLE, ctx);
    }

    fn announce(&mut self, delay: Duration, ctx: &mut Ctx<'_>) {
        if !self.due {
            self.due = true;
            ctx.after(delay, Occurrence::ScheduleDue);
        }
    }

    /// Room may have come free: pods that found none try again when their back-off is over.
    fn retry_unschedulable(&mut self, ctx: &mut Ctx<'_>) {
        let pods: Vec<Uid> = self.unschedulable.keys().copied().collect();
        for pod in pods {
            self.enqueue(pod, ctx);
        }
    }

    /// Gives nodes to the pods that wait, in the order of their arrival.
    pub(crate) fn schedule(&mut self, ctx: &mut Ctx<'_>) {
        self.due = false;
        let mut later = None;
        for _ in 0..self.waiting.len() {
            let Some(uid) = self.waiting.pop_front() else {
                break;
            };
            let not_before = self.unschedulable.get(&uid).map(|pod| pod.not_before);
            if let Some(not_before) = not_before.filter(|moment| *moment > ctx.now) {
                self.waiting.push_back(uid);
                let wait = not_before.since(ctx.now);
                later = Some(later.map_or(wait, |known: Duration| known.min(wait)));
                continue;
            }
            self.queued.remove(&uid);
            if let Some(pod) = self.pods.get(&uid).cloned() {
                self.schedule_one(&pod, ctx);
            }
        }
        if let Some(wait) = later {
            self.announce(wait, ctx);
        }
    }

    fn schedule_one(&mut self, pod: &Arc<Pod>, ctx: &mut Ctx<'_>) {
        match self.find_node(pod) {
            Ok(node) => self.bind(pod, &node, ctx),
            Err(message) => self.report_unschedulable(pod, &message, ctx),
        }
    }

    /// The best node, or the message that says why there is none.
    fn find_node(&mut self, pod: &Pod) -> Result<Name, String> {
        let owner = pod.meta.controller().map(|owner| owner.uid);
        let enough = feasible_nodes_to_find(self.nodes.len());
        let mut best: Vec<&Name> = Vec::new();
        let mut best_score = None;
        let (mut feasible, mut looked_at) = (0, 0);
        let rotated = self.nodes.iter().cycle().skip(self.next_node).take(self.nodes.len());
        for (name, info) in rotated {
            looked_at += 1;
            if !info.fits(pod) {
                continue;
            }
            let score = info.score(owner);
            if best_score.is_none_or(|known| score < known) {
                best_score = Some(score);
                best.clear();
            }
            if best_score == Some(score) {
                best.push(name);
            }
            feasible += 1;
            if feasible == enough {
                break;
            }
        }
        self.next_node = (self.next_node + looked_at) % self.nodes.len().max(1);
        if let Some(index) = self.rng.index(best.len()) {
            return Ok(best[index].clone());
        }
        let reasons: Vec<Vec<String>> = self.nodes.values().map(|info| info.misfits(pod)).collect();
        let hopeless: Vec<bool> = self.nodes.values().map(|info| info.can_never_fit(pod)).collect();
        Err(fit_error(self.nodes.len(), &reasons, &preemption_message(&hopeless)))
    }

    fn bind(&mut self, pod: &Arc<Pod>, node: &Name, ctx: &mut Ctx<'_>) {
        let now = ctx.now;
        let bound = ctx.api.change::<Pod>(pod.meta.uid, |pod| {
            pod.node_name = node.clone();
            pod.set_condition(condition(ConditionStatus::True, "", "", now));
        });
        self.pods.remove(&pod.meta.uid);
        self.unschedulable.remove(&pod.meta.uid);
        // A pod deleted meanwhile needs no node.
        let Ok(bound) = bound else { return };
        self.occupy(&bound, node);
        let message =
            format!("Successfully assigned {}/{} to {node}", bound.meta.namespace, bound.meta.name);
        ctx.api.record(EventSource::Scheduler, &*bound, EventType::Normal, "Scheduled", message);
    }

    fn report_unschedulable(&mut self, pod: &Pod, message: &str, ctx: &mut Ctx<'_>) {
        let now = ctx.now;
        let entry = self
            .unschedulable
            .get_or_insert_with(pod.meta.uid, || Unschedulable { attempts: 0, not_before: now });
        let wait = BACK_OFF_BASE.saturating_mul(1 << entry.attempts.min(5)).min(BACK_OFF_MAX);
        entry.attempts += 1;
        entry.not_before = now + wait;
        let changed = ctx.api.change::<Pod>(pod.meta.uid, |pod| {
            pod.set_condition(condition(ConditionStatus::False, "Unschedulable", message, now));
        });
        if let Ok(pod) = changed {
            let (type_, reason) = (EventType::Warning, "FailedScheduling");
            ctx.api.record(EventSource::Scheduler, &*pod, type_, reason, message.to_owned());
            self.pods.insert(pod.meta.uid, pod);
        }
    }

    fn occupy(&mut self, pod: &Arc<Pod>, node: &Name) {
        if let Some(info) = self.nodes.get_mut(node) {
            info.add(pod, 1);
        }
        self.placed.insert(pod.meta.uid, Placed { node: node.clone(), pod: Arc::clone(pod) });
    }

    /// Frees what a pod took; says whether it took anything.
    fn release(&mut self, pod: Uid) -> bool {
        let Some(placed) = self.placed.remove(&pod) else {
            return false;
        };
        if let Some(info) = self.nodes.get_mut(&placed.node) {
            info.add(&placed.pod, -1);
        }
        true
    }
}

/// How many nodes that fit are enough to choose among: all up to 100, then a share that falls from
/// 50 % to 5 % as clusters grow, but never fewer than 100.
///
/// Models: kubernetes v1.36 `pkg/scheduler/schedule_one.go` `numFeasibleNodesToFind`.
fn feasible_nodes_to_find(nodes: usize) -> usize {
    const LEAST: usize = 100;
    if nodes < LEAST {
        return nodes;
    }
    let percent = 50_usize.saturating_sub(nodes / 125).max(5);
    (nodes * percent / 100).max(LEAST)
}

fn condition(
    status: ConditionStatus,
    reason: &'static str,
    message: &str,
    now: Instant,
) -> PodCondition {
    PodCondition {
        type_: PodConditionType::PodScheduled,
        status,
        reason,
        message: message.into(),
        last_transition_time: now,
    }
}

impl NodeInfo {
    fn add(&mut self, pod: &Pod, sign: i32) {
        for (resource, amount) in &pod.spec.requests {
            *self.used.entry(resource.clone()).or_default() += amount * i64::from(sign);
        }
        self.pods = self.pods.saturating_add_signed(sign);
        if let Some(owner) = pod.meta.controller() {
            let count = self.by_owner.get_or_insert_with(owner.uid, || 0);
            *count = count.saturating_add_signed(sign);
            if *count == 0 {
                self.by_owner.remove(&owner.uid);
            }
        }
    }

    /// Whether the pod can go here.
    fn fits(&self, pod: &Pod) -> bool {
        let short = |(resource, amount): (&Name, &i64)| *amount > self.room(resource).max(0);
        !self.node.unschedulable
            && self.pods < self.node.max_pods
            && self.matches_selector(pod)
            && !pod.spec.requests.iter().any(short)
    }

    fn room(&self, resource: &Name) -> i64 {
        let used = self.used.get(resource).copied().unwrap_or(0);
        self.node.allocatable.get(resource).copied().unwrap_or(0) - used
    }

    /// Why the pod cannot go here; empty when it can.
    fn misfits(&self, pod: &Pod) -> Vec<String> {
        if self.node.unschedulable {
            return vec!["node(s) were unschedulable".to_owned()];
        }
        if !self.matches_selector(pod) {
            return vec!["node(s) didn't match Pod's node affinity/selector".to_owned()];
        }
        let mut reasons = Vec::new();
        if self.pods >= self.node.max_pods {
            reasons.push("Too many pods".to_owned());
        }
        for (resource, amount) in &pod.spec.requests {
            if *amount > self.room(resource).max(0) {
                reasons.push(format!("Insufficient {resource}"));
            }
        }
        reasons
    }

    /// Whether no eviction could make room here.
    fn can_never_fit(&self, pod: &Pod) -> bool {
        let too_big = |(resource, amount): (&Name, &i64)| {
            *amount > self.node.allocatable.get(resource).copied().unwrap_or(0)
        };
        self.node.unschedulable
            || !self.matches_selector(pod)
            || pod.spec.requests.iter().any(too_big)
    }

    fn matches_selector(&self, pod: &Pod) -> bool {
        let labels = &self.node.meta.labels;
        pod.spec.node_selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    }

    /// Smaller is better: pods of the same owner, then pods in all.
    fn score(&self, owner: Option<Uid>) -> (u32, u32) {
        let related = owner.and_then(|owner| self.by_owner.get(&owner)).copied().unwrap_or(0);
        (related, self.pods)
    }
}

/// The message about a pod that fits nowhere: `0/3 nodes are available: 3 Insufficient
/// nvidia.com/gpu. …`. The reasons are counted over the nodes and sorted as text.
///
/// Models: kubernetes v1.36 `pkg/scheduler/framework/types.go` `FitError`.
pub fn fit_error(nodes: usize, reasons_per_node: &[Vec<String>], post_filter: &str) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in reasons_per_node.iter().flatten() {
        *counts.entry(reason).or_default() += 1;
    }
    let mut parts: Vec<String> =
        counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    crate::order::sort_by(&mut parts, Ord::cmp);
    fit_message(nodes, &parts.join(", "), post_filter)
}

/// The message from its parts: what the filters said and what preemption said.
pub fn fit_message(nodes: usize, filters: &str, post_filter: &str) -> String {
    let mut message = format!("0/{nodes} nodes are available");
    if filters.is_empty() {
        message.push(':');
    } else {
        message.push_str(": ");
        message.push_str(filters);
        message.push('.');
    }
    if !post_filter.is_empty() {
        message.push(' ');
        message.push_str(post_filter);
        message.push('.');
    }
    message
}

/// What preemption says: on some nodes it cannot help, on the others nobody has to go.
fn preemption_message(hopeless: &[bool]) -> String {
    let not_helpful = hopeless.iter().filter(|hopeless| **hopeless).count();
    let no_victims = hopeless.len() - not_helpful;
    let mut parts = Vec::new();
    if no_victims > 0 {
        parts.push(format!("{no_victims} No preemption victims found for incoming pod"));
    }
    if not_helpful > 0 {
        parts.push(format!("{not_helpful} Preemption is not helpful for scheduling"));
    }
    format!(
        "no new claims to deallocate, preemption: 0/{} nodes are available: {}",
        hopeless.len(),
        parts.join(", ")
    )
}
