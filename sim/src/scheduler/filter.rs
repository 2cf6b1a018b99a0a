//! The filters: whether a pod can go to a node, and if not, why.
//!
//! Models: kubernetes v1.36 `pkg/scheduler/framework/plugins/{nodeunschedulable,tainttoleration,
//! nodeaffinity,nodeports,noderesources,podtopologyspread,interpodaffinity}` in the order of the
//! default profile: the first filter that refuses a node speaks for it.

use super::node_info::NodeInfo;
use super::topology::Neighbours;
use crate::api::node::{Taint, TaintEffect};
use crate::api::{Name, Pod};

/// The taint of a node that is cordoned.
pub(crate) const UNSCHEDULABLE_TAINT: &str = "node.kubernetes.io/unschedulable";

/// Why a pod cannot go to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// Each reason in the scheduler's words.
    pub(super) reasons: Vec<String>,
    /// Whether it stays so whichever pods go.
    pub(super) hopeless: bool,
}

impl Misfit {
    fn new(reason: &str, hopeless: bool) -> Self {
        Self { reasons: vec![reason.to_owned()], hopeless }
    }
}

/// Whether the pod can go to the node.
pub(super) fn fits(info: &NodeInfo, pod: &Pod, neighbours: Option<&Neighbours<'_>>) -> bool {
    accepts(info, pod)
        && info.has_room(pod)
        && neighbours.is_none_or(|neighbours| neighbours.misfit(&info.node).is_none())
}

/// Whether the node takes such pods at all, however full it is.
fn accepts(info: &NodeInfo, pod: &Pod) -> bool {
    !is_cordoned_for(info, pod) && repelling_taint(info, pod).is_none() && matches_node(info, pod)
}

/// Why the pod cannot go to the node; `None` when it can.
pub(super) fn why_not(
    info: &NodeInfo,
    pod: &Pod,
    neighbours: Option<&Neighbours<'_>>,
) -> Option<Misfit> {
    if is_cordoned_for(info, pod) {
        return Some(Misfit::new("node(s) were unschedulable", true));
    }
    if let Some(taint) = repelling_taint(info, pod) {
        let Taint { key, value, .. } = taint;
        return Some(Misfit::new(
            &format!("node(s) had untolerated taint {{{key}: {value}}}"),
            true,
        ));
    }
    if !matches_node(info, pod) {
        return Some(Misfit::new("node(s) didn't match Pod's node affinity/selector", true));
    }
    if !info.ports_are_free(pod) {
        return Some(Misfit::new(
            "node(s) didn't have free ports for the requested pod ports",
            false,
        ));
    }
    let mut reasons = Vec::new();
    if info.pods >= info.node.max_pods {
        reasons.push("Too many pods".to_owned());
    }
    for (resource, amount) in &pod.spec.requests {
        if *amount > info.room(resource).max(0) {
            reasons.push(format!("Insufficient {resource}"));
        }
    }
    if !reasons.is_empty() {
        return Some(Misfit { reasons, hopeless: info.is_too_small(pod) });
    }
    let (reason, hopeless) = neighbours?.misfit(&info.node)?;
    Some(Misfit::new(reason, hopeless))
}

fn is_cordoned_for(info: &NodeInfo, pod: &Pod) -> bool {
    info.node.unschedulable && {
        let cordon = Taint::new(UNSCHEDULABLE_TAINT, TaintEffect::NoSchedule, None);
        !pod.spec.scheduling.tolerates(&cordon)
    }
}

/// The first taint that keeps the pod away.
fn repelling_taint<'a>(info: &'a NodeInfo, pod: &Pod) -> Option<&'a Taint> {
    let mut taints = info.node.taints.iter();
    taints.find(|taint| {
        taint.effect != TaintEffect::PreferNoSchedule && !pod.spec.scheduling.tolerates(taint)
    })
}

/// Whether `nodeSelector` and the required node affinity take the node.
pub(super) fn matches_node(info: &NodeInfo, pod: &Pod) -> bool {
    let meta = &info.node.meta;
    let has = |(key, value): (&Name, &Name)| meta.labels.get(key) == Some(value);
    pod.spec.node_selector.iter().all(has) && pod.spec.scheduling.requires(&meta.labels, &meta.name)
}
