//! The node controllers: nodes that say nothing any more are tainted, and pods that do not put up
//! with a taint are evicted.
//!
//! Models: kubernetes v1.36 `pkg/controller/nodelifecycle/node_lifecycle_controller.go`,
//! `pkg/controller/tainteviction/taint_eviction.go`. Leaves out: pressure conditions, zones and the
//! slower eviction when many nodes of one are lost.

use std::sync::Arc;

use super::informer::Informers;
use super::workqueue::WorkQueue;
use crate::api::event::{EventSource, EventType};
use crate::api::node::{NodeReady, Taint, TaintEffect};
use crate::api::pod::{PodCondition, PodConditionType};
use crate::api::scheduling::{Scheduling, Toleration};
use crate::api::{ConditionStatus, Node, Pod, Uid};
use crate::apiserver::Change;
use crate::ctx::Ctx;
use crate::occurrence::Controller;
use crate::outage::Outages;
use crate::scheduler::UNSCHEDULABLE_TAINT;
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;

/// How long a node may say nothing.
const MONITOR_GRACE: Duration = Duration::from_secs(50);
/// How often nodes are looked at.
const MONITOR_PERIOD: u64 = 5;

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// The controllers.
#[derive(Clone, Debug)]
pub(crate) struct NodeLifecycleController {
    pub(crate) queue: WorkQueue,
    nodes: UidMap<Arc<Node>>,
    /// Whether some node has a taint that evicts.
    evicts: bool,
    /// Pods that are to be evicted, and since when.
    doomed: UidMap<Instant>,
}

impl NodeLifecycleController {
    pub(crate) const fn new() -> Self {
        Self {
            queue: WorkQueue::new(Controller::NodeLifecycle),
            nodes: UidMap::new(),
            evicts: false,
            doomed: UidMap::new(),
        }
    }

    /// A node was added, changed or deleted.
    pub(crate) fn on_node(&mut self, change: Change, node: &Arc<Node>, ctx: &mut Ctx<'_>) {
        let uid = node.meta.uid;
        if change == Change::Deleted {
            self.nodes.remove(&uid);
            return;
        }
        let old = self.nodes.insert(uid, Arc::clone(node));
        let news = old.is_none_or(|old| {
            (&old.taints, old.unschedulable, &old.ready)
                != (&node.taints, node.unschedulable, &node.ready)
        });
        if news {
            self.evicts = self.nodes.values().any(|node| evicting(node).next().is_some());
        }
        if news && (needs_care(node) || !self.doomed.is_empty()) {
            self.queue.add(uid, ctx);
        }
    }

    /// A pod was bound to a node, or is gone.
    pub(crate) fn on_pod(&mut self, change: Change, pod: &Pod, ctx: &mut Ctx<'_>) {
        if change == Change::Deleted {
            self.doomed.remove(&pod.meta.uid);
            return;
        }
        if !self.evicts || !pod.is_scheduled() || self.doomed.contains_key(&pod.meta.uid) {
            return;
        }
        let node = self.nodes.values().find(|node| node.meta.name == pod.node_name);
        if let Some(node) = node.filter(|node| evicting(node).next().is_some()) {
            self.queue.add(node.meta.uid, ctx);
        }
    }

    /// A node was cut off, or is back.
    pub(crate) fn watch_closely(&mut self, node: Uid, ctx: &mut Ctx<'_>) {
        self.queue.add(node, ctx);
    }

    /// Looks at one node.
    pub(crate) fn sync(
        &mut self,
        key: Uid,
        informers: &Informers,
        outages: &Outages,
        ctx: &mut Ctx<'_>,
    ) {
        let Some(node) = ctx.api.list::<Node>().by_uid(key).cloned() else {
            return;
        };
        let before = ctx.api.resource_version();
        if let Some(heard) = outages.last_heard(&node.meta.name) {
            let patience = (heard + MONITOR_GRACE).as_secs();
            let noticed = Instant::from_secs(patience.next_multiple_of(MONITOR_PERIOD));
            if noticed > ctx.now {
                self.queue.add_after(key, noticed.since(ctx.now), ctx);
            } else if node.is_ready() {
                lose(&node, informers, ctx);
            }
        }
        let node = ctx.api.list::<Node>().by_uid(key).cloned().unwrap_or(node);
        let node = keep_taints(&node, ctx).unwrap_or(node);
        self.evict(&node, informers, ctx);
        self.queue.done(key, ctx.api.resource_version() - before, ctx);
    }

    /// Evicts the pods whose time has come, and notes when the others' comes.
    fn evict(&mut self, node: &Node, informers: &Informers, ctx: &mut Ctx<'_>) {
        if self.doomed.is_empty() && evicting(node).next().is_none() {
            return;
        }
        let here = |pod: &&Arc<Pod>| pod.node_name == node.meta.name && !pod.meta.is_deleting();
        for pod in informers.pods.values().filter(here) {
            let uid = pod.meta.uid;
            let since = self.doomed.get(&uid).copied().unwrap_or(ctx.now);
            let Some(at) = eviction_time(node, &pod.spec.scheduling, since) else {
                if self.doomed.remove(&uid).is_some() {
                    record(pod, format!("Cancelling deletion of Pod {}", told(pod)), ctx);
                }
                continue;
            };
            if at > ctx.now {
                self.doomed.insert(uid, since);
                self.queue.add_after(node.meta.uid, at.since(ctx.now), ctx);
                continue;
            }
            self.doomed.remove(&uid);
            record(pod, format!("Marking for deletion Pod {}", told(pod)), ctx);
            let now = ctx.now;
            // A pod that is gone needs no eviction.
            drop(ctx.api.change::<Pod>(uid, |pod| {
                pod.set_condition(PodCondition {
                    type_: PodConditionType::DisruptionTarget,
                    status: ConditionStatus::True,
                    reason: "DeletionByTaintManager",
                    message: "Taint manager: deleting due to NoExecute taint".into(),
                    last_transition_time: now,
                });
            }));
            drop(ctx.api.delete_pod(uid, None));
        }
    }
}

fn told(pod: &Pod) -> String {
    format!("{}/{}", pod.meta.namespace, pod.meta.name)
}

fn record(pod: &Pod, message: String, ctx: &mut Ctx<'_>) {
    let (source, type_) = (EventSource::TaintEviction, EventType::Normal);
    ctx.api.record(source, pod, type_, "TaintManagerEviction", message);
}

fn needs_care(node: &Node) -> bool {
    !node.is_ready() || node.unschedulable || !node.taints.is_empty()
}

/// The taints that evict.
fn evicting(node: &Node) -> impl Iterator<Item = &Taint> {
    node.taints.iter().filter(|taint| taint.effect == TaintEffect::NoExecute)
}

/// When a pod has to go that met the taints at `since`; `None` when it may stay.
///
/// Models: `getMinTolerationTime`, `processPodOnNode`.
fn eviction_time(node: &Node, wants: &Scheduling, since: Instant) -> Option<Instant> {
    let mut earliest: Option<Instant> = None;
    for taint in evicting(node) {
        let mut seconds: Vec<Option<i64>> = wants
            .tolerations
            .iter()
            .filter(|toleration| toleration.tolerates(taint))
            .map(|toleration| toleration.seconds)
            .collect();
        if seconds.is_empty() && matches!(&*taint.key, NOT_READY | UNREACHABLE) {
            seconds.push(Toleration::of_a_lost_node(taint).seconds);
        }
        let at = if seconds.is_empty() {
            Some(since)
        } else {
            // The shortest patience counts; without a number it has no end.
            let shortest = seconds.into_iter().flatten().min();
            shortest.map(|seconds| {
                since + Duration::from_secs(u64::try_from(seconds.max(0)).unwrap_or(0))
            })
        };
        earliest = match (earliest, at) {
            (Some(known), Some(at)) => Some(known.min(at)),
            (known, at) => known.or(at),
        };
    }
    earliest
}

/// A node that said nothing for too long: nobody knows of it, and its pods are not ready.
fn lose(node: &Node, informers: &Informers, ctx: &mut Ctx<'_>) {
    let now = ctx.now;
    // The node was just found.
    drop(ctx.api.change::<Node>(node.meta.uid, |node| {
        let since = now.truncated_to_second();
        node.ready = NodeReady { status: ConditionStatus::Unknown, since };
    }));
    let (source, type_) = (EventSource::NodeController, EventType::Normal);
    let message = format!("Node {} status is now: NodeNotReady", node.meta.name);
    ctx.api.record(source, node, type_, "NodeNotReady", message);
    for pod in informers.pods.values().filter(|pod| pod.node_name == node.meta.name) {
        if !pod.is_ready() {
            continue;
        }
        let changed = ctx.api.change::<Pod>(pod.meta.uid, |pod| {
            pod.set_condition(PodCondition {
                type_: PodConditionType::Ready,
                status: ConditionStatus::False,
                reason: "",
                message: "".into(),
                last_transition_time: now,
            });
        });
        if changed.is_ok() {
            let message = "Node is not ready".to_owned();
            ctx.api.record(source, &**pod, EventType::Warning, "NodeNotReady", message);
        }
    }
}

/// Gives the node the taints its state calls for and takes away the others of this controller's.
/// Returns the node when it changed.
fn keep_taints(node: &Node, ctx: &mut Ctx<'_>) -> Option<Arc<Node>> {
    let lost = match node.ready.status {
        ConditionStatus::True => None,
        ConditionStatus::False => Some(NOT_READY),
        ConditionStatus::Unknown => Some(UNREACHABLE),
    };
    let mut wanted: Vec<(&str, TaintEffect)> = Vec::new();
    if node.unschedulable {
        wanted.push((UNSCHEDULABLE_TAINT, TaintEffect::NoSchedule));
    }
    if let Some(key) = lost {
        wanted.push((key, TaintEffect::NoSchedule));
        wanted.push((key, TaintEffect::NoExecute));
    }
    let own = [UNSCHEDULABLE_TAINT, NOT_READY, UNREACHABLE];
    let is_wanted = |taint: &Taint| {
        !own.contains(&&*taint.key) || wanted.contains(&(&*taint.key, taint.effect))
    };
    let mut taints: Vec<Taint> =
        node.taints.iter().filter(|taint| is_wanted(taint)).cloned().collect();
    for (key, effect) in wanted {
        let taint = Taint::new(key, effect, Some(ctx.now.truncated_to_second()));
        if !taints.iter().any(|known| known.is_like(&taint)) {
            taints.push(taint);
        }
    }
    if taints == node.taints {
        return None;
    }
    ctx.api.change::<Node>(node.meta.uid, |node| node.taints = taints).ok()
}
