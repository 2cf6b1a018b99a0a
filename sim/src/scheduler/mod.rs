//! The scheduler: finds each pod a node.
//!
//! Models: kubernetes v1.36 `pkg/scheduler` with the default profile: filters, preferences,
//! preemption, back-off. Differs: what no manifest prefers is decided by fewer pods of the same
//! owner, then fewer pods. Leaves out: volumes, claims of devices, other schedulers.

mod filter;
mod message;
mod node_info;
mod preemption;
mod queue;
mod score;
mod topology;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use filter::UNSCHEDULABLE_TAINT;
pub use message::{fit_error, fit_message};

use crate::api::event::{EventSource, EventType};
use crate::api::node::TaintEffect;
use crate::api::pod::{PodCondition, PodConditionType};
use crate::api::{ConditionStatus, Name, Node, Pod, Uid};
use crate::apiserver::{AnyObject, Change, WatchEvent};
use crate::ctx::Ctx;
use crate::occurrence::Occurrence;
use crate::rng::Rng;
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;
use filter::Misfit;
use node_info::NodeInfo;
use preemption::{Outcome, priority};
use queue::Queue;
use topology::{Neighbours, Topology};

/// Time one scheduling cycle takes.
const CYCLE: Duration = Duration::from_micros(200);

/// A pod that was given a node, and what it takes there.
#[derive(Clone, Debug)]
struct Placed {
    node: Name,
    pod: Arc<Pod>,
}

/// The scheduler.
#[derive(Clone, Debug)]
pub(crate) struct Scheduler {
    nodes: BTreeMap<Name, NodeInfo>,
    /// Whether some node has a taint that pods avoid if they can.
    soft_taints: bool,
    placed: UidMap<Placed>,
    /// How many placed pods have each priority.
    priorities: Vec<(i32, u32)>,
    /// Pods without a node.
    pods: UidMap<Arc<Pod>>,
    queue: Queue,
    topology: Topology,
    /// Pods that others were driven away for, by the node they wait for.
    nominated: UidMap<Name>,
    rng: Rng,
    /// When the queue is looked at next.
    due: Option<Instant>,
    /// Where the next search for a node begins.
    next_node: usize,
}

impl Scheduler {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            nodes: BTreeMap::new(),
            soft_taints: false,
            placed: UidMap::new(),
            priorities: Vec::new(),
            pods: UidMap::new(),
            queue: Queue::default(),
            topology: Topology::default(),
            nominated: UidMap::new(),
            rng: Rng::stream(seed, "scheduler"),
            due: None,
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
        match self.nodes.get_mut(&node.meta.name) {
            Some(info) => {
                let relabelled = info.node.meta.labels != node.meta.labels;
                info.node = Arc::clone(node);
                if relabelled {
                    self.count_anew();
                }
            }
            None => {
                self.nodes.insert(node.meta.name.clone(), NodeInfo::new(node));
            }
        }
        let mut taints = self.nodes.values().flat_map(|info| &info.node.taints);
        self.soft_taints = taints.any(|taint| taint.effect == TaintEffect::PreferNoSchedule);
        self.retry_unschedulable(ctx);
    }

    /// Counts who is near whom from the start.
    fn count_anew(&mut self) {
        self.topology.clear();
        for placed in self.placed.values() {
            if let Some(info) = self.nodes.get(&placed.node) {
                self.topology.add(&placed.pod, &info.node, 1);
            }
        }
    }

    fn on_pod(&mut self, change: Change, pod: &Arc<Pod>, ctx: &mut Ctx<'_>) {
        let uid = pod.meta.uid;
        if change == Change::Deleted || pod.status.phase.is_terminal() {
            self.pods.remove(&uid);
            self.queue.forget(uid);
            self.nominated.remove(&uid);
            if self.release(uid) {
                self.retry_unschedulable(ctx);
            }
            return;
        }
        if pod.is_scheduled() {
            self.pods.remove(&uid);
            self.follow_placed(pod, ctx);
            return;
        }
        let waits = !self.placed.contains_key(&uid) && pod.spec.scheduling.gates.is_empty();
        let known = self.pods.insert(uid, Arc::clone(pod));
        if !pod.spec.scheduling.gates.is_empty() {
            if known.is_none() {
                report_gated(pod, ctx);
            }
            return;
        }
        let was_gated = known.as_ref().is_some_and(|old| !old.spec.scheduling.gates.is_empty());
        if waits && (known.is_none() || was_gated) {
            self.enqueue(pod, ctx);
        }
    }

    /// A pod that has a node: one that was given it by others takes its room, one that is on its way
    /// out no longer counts where pods are spread.
    fn follow_placed(&mut self, pod: &Arc<Pod>, ctx: &mut Ctx<'_>) {
        let uid = pod.meta.uid;
        let Some(placed) = self.placed.get_mut(&uid) else {
            self.occupy(pod, &pod.node_name.clone());
            return;
        };
        if pod.meta.is_deleting() == placed.pod.meta.is_deleting() {
            return;
        }
        if let Some(info) = self.nodes.get(&placed.node) {
            self.topology.add(&placed.pod, &info.node, -1);
            self.topology.add(pod, &info.node, 1);
        }
        placed.pod = Arc::clone(pod);
        self.retry_unschedulable(ctx);
    }

    fn enqueue(&mut self, pod: &Pod, ctx: &mut Ctx<'_>) {
        self.queue.add(priority(pod), pod.meta.uid);
        self.announce(ctx.now + CYCLE, ctx);
    }

    fn announce(&mut self, at: Instant, ctx: &mut Ctx<'_>) {
        if self.due.is_none_or(|due| due > at) {
            self.due = Some(at);
            ctx.after(at.since(ctx.now), Occurrence::ScheduleDue);
        }
    }

    /// Room may have come free: pods that found none try again when their back-off is over.
    fn retry_unschedulable(&mut self, ctx: &mut Ctx<'_>) {
        if !self.queue.has_unschedulable() {
            return;
        }
        for uid in self.queue.unschedulable() {
            if let Some(pod) = self.pods.get(&uid).cloned() {
                self.enqueue(&pod, ctx);
            }
        }
    }

    /// A pod was placed: those that want to be near it may fit now.
    fn retry_those_who_look_for_company(&mut self, ctx: &mut Ctx<'_>) {
        if !self.queue.has_unschedulable() {
            return;
        }
        for uid in self.queue.unschedulable() {
            let pod = self.pods.get(&uid).filter(|pod| !pod.spec.scheduling.affinity.is_empty());
            if let Some(pod) = pod.cloned() {
                self.enqueue(&pod, ctx);
            }
        }
    }

    /// Gives nodes to the pods that wait: the more important first, then in the order of arrival.
    pub(crate) fn schedule(&mut self, ctx: &mut Ctx<'_>) {
        if self.due.is_none_or(|due| due > ctx.now) {
            // An earlier look was announced after this one.
            return;
        }
        self.due = None;
        for uid in self.queue.neglected(ctx.now) {
            if let Some(pod) = self.pods.get(&uid) {
                self.queue.add(priority(pod), uid);
            }
        }
        for uid in self.queue.take_due(ctx.now) {
            if let Some(pod) = self.pods.get(&uid).cloned() {
                self.schedule_one(&pod, ctx);
            }
        }
        if let Some(at) = self.queue.next_at() {
            self.announce(at.max(ctx.now + CYCLE), ctx);
        }
    }

    fn schedule_one(&mut self, pod: &Arc<Pod>, ctx: &mut Ctx<'_>) {
        if self.nodes.is_empty() {
            self.report_unschedulable(pod, "no nodes available to schedule pods", None, ctx);
        } else if let Some(node) = self.find_node(pod) {
            self.bind(pod, &node, ctx);
        } else {
            self.make_room(pod, ctx);
        }
    }

    /// The best node, if any.
    fn find_node(&mut self, pod: &Pod) -> Option<Name> {
        if pod.spec.scheduling.looks_at_pods() {
            let nodes = &self.nodes;
            let placed = self.placed.values();
            let placed =
                placed.filter_map(|placed| Some((&*placed.pod, &*nodes.get(&placed.node)?.node)));
            self.topology.watch(pod, placed);
        }
        let reserved = self.reserved(pod);
        let prefers = score::has_preferences(pod, self.soft_taints);
        let neighbours = self.neighbours(pod);
        let owner = pod.meta.controller().map(|owner| owner.uid);
        let enough = feasible_nodes_to_find(self.nodes.len());
        let mut found: Vec<(&Name, (u32, u32))> = Vec::new();
        let mut raw = Vec::new();
        let mut best = None;
        let (mut feasible, mut looked_at) = (0, 0);
        let rotated = self.nodes.iter().cycle().skip(self.next_node).take(self.nodes.len());
        for (name, info) in rotated {
            looked_at += 1;
            let fits = match reserved.get(name) {
                Some(reserved) => filter::fits(reserved, pod, neighbours.as_ref()),
                None => filter::fits(info, pod, neighbours.as_ref()),
            };
            if !fits {
                continue;
            }
            let crowd = info.crowd(owner);
            if prefers {
                raw.push(score::raw(info, pod, neighbours.as_ref()));
                found.push((name, crowd));
            } else {
                if best.is_none_or(|known| crowd < known) {
                    best = Some(crowd);
                    found.clear();
                }
                if best == Some(crowd) {
                    found.push((name, crowd));
                }
            }
            feasible += 1;
            if feasible == enough {
                break;
            }
        }
        if prefers {
            keep_best(&mut found, &score::weighed(&raw));
        }
        let chosen = self.rng.index(found.len()).map(|index| found[index].0.clone());
        self.next_node = (self.next_node + looked_at) % self.nodes.len().max(1);
        chosen
    }

    /// What the pod finds around it, if it looks or others care.
    fn neighbours<'a>(&'a self, pod: &'a Pod) -> Option<Neighbours<'a>> {
        let concerned = self.topology.concerns(pod);
        concerned.then(|| self.topology.neighbours(pod, &mut self.nodes.values()))
    }

    /// Nodes with the room taken off that waits for more important pods.
    fn reserved(&self, pod: &Pod) -> BTreeMap<Name, NodeInfo> {
        let mut reserved = BTreeMap::new();
        for (uid, node) in self.nominated.iter() {
            let Some(waiting) = self
                .pods
                .get(uid)
                .filter(|other| other.meta.uid != pod.meta.uid && priority(other) >= priority(pod))
            else {
                continue;
            };
            if let Some(info) = self.nodes.get(node) {
                let info = reserved.entry(node.clone()).or_insert_with(|| info.clone());
                info.add(waiting, 1);
            }
        }
        reserved
    }

    /// No node fits: others may have to go, else the pod waits.
    fn make_room(&mut self, pod: &Arc<Pod>, ctx: &mut Ctx<'_>) {
        let neighbours = self.neighbours(pod);
        let misfits: Vec<Option<Misfit>> = self
            .nodes
            .values()
            .map(|info| filter::why_not(info, pod, neighbours.as_ref()))
            .collect();
        drop(neighbours);
        let reasons: Vec<Vec<String>> = misfits
            .iter()
            .map(|misfit| misfit.as_ref().map(|one| one.reasons.clone()).unwrap_or_default())
            .collect();
        if pod.spec.scheduling.never_preempts {
            let post = "no new claims to deallocate, preemption: not eligible due to \
                        preemptionPolicy=Never.";
            let message = fit_error(self.nodes.len(), &reasons, post.trim_end_matches('.'));
            return self.report_unschedulable(pod, &message, None, ctx);
        }
        if self.waits_for_victims(pod) {
            let post = "no new claims to deallocate, preemption: not eligible due to a terminating \
                        pod on the nominated node";
            let message = fit_error(self.nodes.len(), &reasons, post);
            return self.report_unschedulable(pod, &message, None, ctx);
        }
        let pods_on = |node: &Name| -> Vec<Arc<Pod>> {
            if priority(pod) <= self.least_priority() {
                return Vec::new();
            }
            let placed = self.placed.values().filter(|placed| placed.node == *node);
            placed.map(|placed| Arc::clone(&placed.pod)).collect()
        };
        let nodes = self.nodes.values().zip(misfits);
        let nodes = nodes.map(|(info, misfit)| (info, misfit, pods_on(&info.node.meta.name)));
        match preemption::find(pod, nodes, ctx.api) {
            Outcome::Found(candidate) => {
                let message = fit_error(self.nodes.len(), &reasons, "");
                self.preempt(pod, &candidate, ctx);
                self.report_unschedulable(pod, &message, Some(candidate.node), ctx);
            }
            Outcome::Nobody(post) => {
                let post = message::preemption_message(&post);
                let message = fit_error(self.nodes.len(), &reasons, &post);
                self.nominated.remove(&pod.meta.uid);
                self.report_unschedulable(pod, &message, None, ctx);
            }
        }
    }

    /// The lowest priority of any pod that has a node.
    fn least_priority(&self) -> i32 {
        self.priorities.iter().map(|(priority, _)| *priority).min().unwrap_or(i32::MAX)
    }

    /// Whether less important pods are still leaving the node that was chosen for the pod.
    fn waits_for_victims(&self, pod: &Pod) -> bool {
        let Some(node) = self.nominated.get(&pod.meta.uid) else {
            return false;
        };
        let mut there = self.placed.values().filter(|placed| placed.node == *node);
        there.any(|placed| placed.pod.meta.is_deleting() && priority(&placed.pod) < priority(pod))
    }

    fn preempt(&mut self, pod: &Pod, candidate: &preemption::Candidate, ctx: &mut Ctx<'_>) {
        let (now, node) = (ctx.now, &candidate.node);
        for victim in &candidate.victims {
            let uid = victim.meta.uid;
            let marked = ctx.api.change::<Pod>(uid, |victim| {
                victim.set_condition(preemption::disruption(now));
            });
            // A pod that is gone has made room.
            if marked.is_err() || ctx.api.delete_pod(uid, None).is_err() {
                continue;
            }
            let message = format!("Preempted by pod {} on node {node}", pod.meta.uid);
            let (source, type_) = (EventSource::Scheduler, EventType::Normal);
            ctx.api.record(source, &**victim, type_, "Preempted", message);
            if let (Some(placed), Some(live)) =
                (self.placed.get_mut(&uid), ctx.api.list::<Pod>().by_uid(uid))
            {
                placed.pod = Arc::clone(live);
            }
        }
        self.nominated.insert(pod.meta.uid, node.clone());
    }

    fn bind(&mut self, pod: &Arc<Pod>, node: &Name, ctx: &mut Ctx<'_>) {
        let now = ctx.now;
        let bound = ctx.api.change::<Pod>(pod.meta.uid, |pod| {
            pod.node_name = node.clone();
            pod.status.nominated_node_name = "".into();
            pod.set_condition(condition(ConditionStatus::True, "", "", now));
        });
        self.pods.remove(&pod.meta.uid);
        self.queue.forget(pod.meta.uid);
        self.nominated.remove(&pod.meta.uid);
        // A pod deleted meanwhile needs no node.
        let Ok(bound) = bound else { return };
        self.occupy(&bound, node);
        self.retry_those_who_look_for_company(ctx);
        let message =
            format!("Successfully assigned {}/{} to {node}", bound.meta.namespace, bound.meta.name);
        ctx.api.record(EventSource::Scheduler, &*bound, EventType::Normal, "Scheduled", message);
    }

    fn report_unschedulable(
        &mut self,
        pod: &Pod,
        message: &str,
        nominated: Option<Name>,
        ctx: &mut Ctx<'_>,
    ) {
        let now = ctx.now;
        self.queue.found_none(pod.meta.uid, now);
        let changed = ctx.api.change::<Pod>(pod.meta.uid, |pod| {
            pod.set_condition(condition(ConditionStatus::False, "Unschedulable", message, now));
            if let Some(node) = nominated {
                pod.status.nominated_node_name = node;
            }
        });
        match changed {
            Ok(pod) => {
                let (type_, reason) = (EventType::Warning, "FailedScheduling");
                ctx.api.record(EventSource::Scheduler, &*pod, type_, reason, message.to_owned());
                self.pods.insert(pod.meta.uid, pod);
            }
            Err(_) => self.queue.forget(pod.meta.uid),
        }
    }

    fn occupy(&mut self, pod: &Arc<Pod>, node: &Name) {
        if let Some(info) = self.nodes.get_mut(node) {
            info.add(pod, 1);
            self.topology.add(pod, &info.node, 1);
        }
        let of = priority(pod);
        match self.priorities.iter_mut().find(|(known, _)| *known == of) {
            Some((_, count)) => *count += 1,
            None => self.priorities.push((of, 1)),
        }
        self.placed.insert(pod.meta.uid, Placed { node: node.clone(), pod: Arc::clone(pod) });
    }

    /// Frees what a pod took; says whether it took anything.
    fn release(&mut self, pod: Uid) -> bool {
        let Some(placed) = self.placed.remove(&pod) else {
            return false;
        };
        let of = priority(&placed.pod);
        if let Some((_, count)) = self.priorities.iter_mut().find(|(known, _)| *known == of) {
            *count -= 1;
        }
        self.priorities.retain(|(_, count)| *count > 0);
        if let Some(info) = self.nodes.get_mut(&placed.node) {
            info.add(&placed.pod, -1);
            self.topology.add(&placed.pod, &info.node, -1);
        }
        true
    }
}

/// Leaves the nodes with the highest score, and of these the least crowded.
fn keep_best(found: &mut Vec<(&Name, (u32, u32))>, scores: &[i64]) {
    let highest = scores.iter().max().copied().unwrap_or(0);
    let mut place = scores.iter();
    found.retain(|_| place.next() == Some(&highest));
    let least = found.iter().map(|(_, crowd)| *crowd).min();
    found.retain(|(_, crowd)| Some(*crowd) == least);
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

/// A pod with gates is not even looked at.
fn report_gated(pod: &Pod, ctx: &mut Ctx<'_>) {
    let now = ctx.now;
    let message = "Scheduling is blocked due to non-empty scheduling gates";
    // A pod that is gone needs no report.
    drop(ctx.api.change::<Pod>(pod.meta.uid, |pod| {
        pod.set_condition(condition(ConditionStatus::False, "SchedulingGated", message, now));
    }));
}
