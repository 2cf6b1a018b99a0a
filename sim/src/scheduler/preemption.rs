//! Preemption: pods of lower priority make room for one of higher.
//!
//! Models: kubernetes v1.36 `pkg/scheduler/framework/preemption/preemption.go` and
//! `plugins/defaultpreemption/default_preemption.go`. Differs: only room for resources and ports is
//! made; a node refused because of other pods' places is left alone.

use std::cmp::Reverse;
use std::sync::Arc;

use super::filter::Misfit;
use super::node_info::NodeInfo;
use crate::api::{ConditionStatus, Name, Pod};
use crate::apiserver::ApiServer;
use crate::apiserver::eviction::allowed_disruptions;
use crate::order;
use crate::time::Instant;

const NO_VICTIMS: &str = "No preemption victims found for incoming pod";
const NOT_HELPFUL: &str = "Preemption is not helpful for scheduling";

/// A node and the pods that would have to leave it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) node: Name,
    pub(super) victims: Vec<Arc<Pod>>,
    violations: usize,
}

/// What came of the search for victims.
pub(super) enum Outcome {
    /// These pods have to go.
    Found(Candidate),
    /// Nobody can make room; the reason for each node.
    Nobody(Vec<String>),
}

/// The priority of a pod.
pub(super) fn priority(pod: &Pod) -> i32 {
    pod.spec.scheduling.priority
}

/// Looks on every node for pods of lower priority that make room when they go. `nodes` are given
/// with why the pod does not fit and the pods that are there.
pub(super) fn find<'a>(
    pod: &Pod,
    nodes: impl Iterator<Item = (&'a NodeInfo, Option<Misfit>, Vec<Arc<Pod>>)>,
    api: &ApiServer,
) -> Outcome {
    let (mut candidates, mut reasons) = (Vec::new(), Vec::new());
    for (info, misfit, pods) in nodes {
        if misfit.is_none_or(|misfit| misfit.hopeless) {
            reasons.push(NOT_HELPFUL.to_owned());
            continue;
        }
        match victims(pod, info, pods, api) {
            Ok(candidate) => candidates.push(candidate),
            Err(reason) => reasons.push(reason),
        }
    }
    match best(candidates) {
        Some(candidate) => Outcome::Found(candidate),
        None => Outcome::Nobody(reasons),
    }
}

/// The fewest pods of lower priority whose going makes room: all go, then as many as possible stay,
/// first those a budget protects, then the more important ones.
///
/// Models: `SelectVictimsOnNode`.
fn victims(
    pod: &Pod,
    info: &NodeInfo,
    pods: Vec<Arc<Pod>>,
    api: &ApiServer,
) -> Result<Candidate, String> {
    let lower = |other: &Arc<Pod>| priority(other) < priority(pod);
    let mut potential: Vec<Arc<Pod>> = pods.into_iter().filter(lower).collect();
    if potential.is_empty() {
        return Err(NO_VICTIMS.to_owned());
    }
    let mut emptied = info.clone();
    for other in &potential {
        emptied.add(other, -1);
    }
    if !emptied.has_room(pod) {
        let misfit = super::filter::why_not(&emptied, pod, None);
        return Err(
            misfit.map_or_else(|| NO_VICTIMS.to_owned(), |misfit| misfit.reasons.join(", "))
        );
    }
    emptied.add(pod, 1);
    // The more important, and the longer running, are spared first.
    order::sort_by_key(&mut potential, |other| (Reverse(priority(other)), started(other)));
    let mut budgets: Vec<(Name, i64)> = Vec::new();
    let (mut protected, mut free) = (Vec::new(), Vec::new());
    for other in potential {
        if breaks_budget(&other, &mut budgets, api) { &mut protected } else { &mut free }
            .push(other);
    }
    let protected_count = protected.len();
    let mut gone = Vec::new();
    let mut violations = 0;
    for (index, other) in protected.into_iter().chain(free).enumerate() {
        emptied.add(&other, 1);
        if overfull(&emptied) {
            emptied.add(&other, -1);
            violations += usize::from(index < protected_count);
            gone.push(other);
        }
    }
    Ok(Candidate { node: info.node.meta.name.clone(), victims: gone, violations })
}

fn overfull(info: &NodeInfo) -> bool {
    info.pods > info.node.max_pods || info.used.keys().any(|resource| info.room(resource) < 0)
}

fn started(pod: &Pod) -> Instant {
    pod.status.start_time.unwrap_or(pod.meta.created_at)
}

/// Whether evicting the pod, after those before it, breaks a budget.
fn breaks_budget(pod: &Pod, budgets: &mut Vec<(Name, i64)>, api: &ApiServer) -> bool {
    let mut breaks = false;
    for (name, allowed) in allowed_disruptions(api, pod) {
        let index = budgets.iter().position(|(known, _)| *known == name);
        let index = index.unwrap_or_else(|| {
            budgets.push((name, allowed));
            budgets.len() - 1
        });
        budgets[index].1 -= 1;
        breaks |= budgets[index].1 < 0;
    }
    breaks
}

/// The candidate that breaks the fewest budgets, whose most important victim matters least, whose
/// victims matter least together, are fewest, and began last.
///
/// Models: `pickOneNodeForPreemption`.
fn best(candidates: Vec<Candidate>) -> Option<Candidate> {
    let rank = |candidate: &Candidate| {
        let highest = candidate.victims.first().map_or(i32::MIN, |pod| priority(pod));
        let sum: i64 = candidate
            .victims
            .iter()
            .map(|pod| i64::from(priority(pod)) + i64::from(i32::MAX) + 1)
            .sum();
        let began = candidate.victims.first().map(|pod| started(pod));
        (candidate.violations, highest, sum, candidate.victims.len(), Reverse(began))
    };
    candidates.into_iter().min_by_key(rank)
}

/// The condition of a pod that has to go.
pub(super) fn disruption(now: Instant) -> crate::api::pod::PodCondition {
    crate::api::pod::PodCondition {
        type_: crate::api::pod::PodConditionType::DisruptionTarget,
        status: ConditionStatus::True,
        reason: "PreemptionByScheduler",
        message: "default-scheduler: preempting to accommodate a higher priority pod".into(),
        last_transition_time: now,
    }
}
