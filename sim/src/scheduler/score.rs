//! Which of the nodes that fit is the best.
//!
//! What manifests prefer comes first, weighed as upstream weighs it; among equals the node with
//! fewer pods of the same owner wins, then the one with fewer pods, then chance.
//!
//! Models: kubernetes v1.36 `pkg/scheduler/framework/plugins/helper/normalize_score.go` and the
//! weights of the default profile: taints 3, node affinity, spreading and pod affinity 2. Leaves
//! out: balanced resources and images that are there already.

use super::node_info::NodeInfo;
use super::topology::Neighbours;
use crate::api::Pod;
use crate::api::node::TaintEffect;

/// The best a single preference can give.
const MAX_SCORE: i64 = 100;

/// What speaks for and against a node, not yet comparable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw {
    repelled: i64,
    node: i64,
    pods: i64,
    crowding: i64,
}

/// Whether nodes can differ in anything a pod prefers.
pub(super) fn has_preferences(pod: &Pod, soft_taints: bool) -> bool {
    let wants = &pod.spec.scheduling;
    soft_taints
        || !wants.preferred_nodes.is_empty()
        || !wants.preferred_pods.is_empty()
        || wants.spread.iter().any(|constraint| !constraint.required)
}

/// What speaks for and against a node.
pub(super) fn raw(info: &NodeInfo, pod: &Pod, neighbours: Option<&Neighbours<'_>>) -> Raw {
    let (wants, node) = (&pod.spec.scheduling, &info.node);
    let repels = |taint: &&crate::api::node::Taint| {
        taint.effect == TaintEffect::PreferNoSchedule && !wants.tolerates(taint)
    };
    let matched = wants.preferred_nodes.iter();
    let matched = matched.filter(|(_, term)| term.matches(&node.meta.labels, &node.meta.name));
    Raw {
        repelled: i64::try_from(node.taints.iter().filter(repels).count()).unwrap_or(0),
        node: matched.map(|(weight, _)| weight).sum(),
        pods: neighbours.map_or(0, |neighbours| neighbours.preference(node)),
        crowding: neighbours.map_or(0, |neighbours| neighbours.crowding(node)),
    }
}

/// The scores of all nodes, comparable: each preference from 0 to 100, times its weight.
pub(super) fn weighed(all: &[Raw]) -> Vec<i64> {
    let range = |value: fn(&Raw) -> i64| {
        let least = all.iter().map(value).min().unwrap_or(0);
        (least, all.iter().map(value).max().unwrap_or(0) - least)
    };
    let share = |value: i64, (least, span): (i64, i64)| {
        if span == 0 { 0 } else { MAX_SCORE * (value - least) / span }
    };
    let (repelled, node) = (range(|raw| raw.repelled), range(|raw| raw.node));
    let (pods, crowding) = (range(|raw| raw.pods), range(|raw| raw.crowding));
    let score = |raw: &Raw| {
        3 * (MAX_SCORE - share(raw.repelled, repelled))
            + 2 * share(raw.node, node)
            + 2 * share(raw.pods, pods)
            + 2 * (MAX_SCORE - share(raw.crowding, crowding))
    };
    all.iter().map(score).collect()
}
