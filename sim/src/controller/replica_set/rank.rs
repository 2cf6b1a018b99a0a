//! Which pod dies first when there are too many.
//!
//! Models: kubernetes v1.36 `pkg/controller/controller_utils.go` `ActivePodsWithRanks` and
//! `pkg/controller/replicaset/replica_set.go` `getPodsToDelete`.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::api::Pod;
use crate::api::pod::PodPhase;
use crate::rng::mix;
use crate::time::Instant;

/// The annotation that makes a pod cheaper or dearer to delete.
pub const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// What decides between two pods: the smaller key goes first. The fields stand in the order in
/// which they decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeletionKey {
    /// Pods without a node go first.
    pub scheduled: bool,
    /// Pending, then Unknown, then Running.
    pub phase: u8,
    /// Pods that are not Ready go first.
    pub ready: bool,
    /// The cheaper pod goes first.
    pub deletion_cost: i32,
    /// More related pods on the same node: goes first.
    pub related_on_node: Reverse<i32>,
    /// Ready for a shorter time, in doublings of nanoseconds: goes first. Unknown times first.
    pub ready_age: Option<u32>,
    /// Within one doubling chance decides, and nothing after it, unless the times are the same.
    /// Upstream compares uids, which is no order over three pods of which two share a time; the
    /// times scrambled are as random and are one. Zero when the pods are not ready.
    pub ready_tie: u64,
    /// More restarts: goes first.
    pub restarts: Reverse<u32>,
    /// More restarts of sidecars: goes first.
    pub sidecar_restarts: Reverse<u32>,
    /// Younger, in doublings of nanoseconds: goes first. Unknown times first.
    pub age: Option<u32>,
    /// Within one doubling the smaller uid goes first.
    pub tie: u128,
}

impl DeletionKey {
    /// The key of `pod` with `related_on_node` active pods of the same owner's sets on its node.
    pub fn of(pod: &Pod, related_on_node: i32, now: Instant) -> Self {
        let ready_since = pod.ready_since();
        Self {
            scheduled: pod.is_scheduled(),
            phase: phase_rank(pod.status.phase),
            ready: ready_since.is_some(),
            deletion_cost: pod.meta.annotation(DELETION_COST).map_or(0, deletion_cost),
            related_on_node: Reverse(related_on_node),
            ready_age: ready_since.map(|since| log_age(since, now)),
            ready_tie: ready_since.map_or(0, |since| mix(since.as_micros())),
            restarts: Reverse(pod.max_restarts()),
            sidecar_restarts: Reverse(0),
            age: Some(log_age(pod.meta.creation_timestamp(), now)),
            tie: pod.meta.uid.scrambled(),
        }
    }
}

/// The number an annotation means: a plain 32-bit one without `+` or leading zeros, else 0.
fn deletion_cost(text: &str) -> i32 {
    let plain = text == "0" || !text.starts_with(['+', '0']);
    text.parse().ok().filter(|_| plain).unwrap_or(0)
}

/// Pending 0, Unknown 1, Running 2; upstream ranks an unset phase with Pending.
pub const fn phase_rank(phase: PodPhase) -> u8 {
    match phase {
        PodPhase::Pending => 0,
        PodPhase::Unknown => 1,
        PodPhase::Running | PodPhase::Succeeded | PodPhase::Failed => 2,
    }
}

/// How many times the age in nanoseconds has doubled; 0 for no age.
fn log_age(since: Instant, now: Instant) -> u32 {
    log_bucket(now.since(since).as_nanos())
}

/// The whole part of the binary logarithm of an age in nanoseconds; 0 for no age.
pub const fn log_bucket(nanos: u128) -> u32 {
    if nanos == 0 { 0 } else { nanos.ilog2() + 1 }
}

/// The `count` of `pods` to delete, of which there are `total`; first to go first. All of them need
/// no order.
pub fn pods_to_delete<'a>(
    pods: impl Iterator<Item = &'a Arc<Pod>>,
    total: usize,
    count: usize,
    key: impl Fn(&Pod) -> DeletionKey,
) -> Vec<Arc<Pod>> {
    if count < total {
        let doomed = crate::order::first_by_key(pods, count, |pod| key(pod));
        doomed.into_iter().cloned().collect()
    } else {
        pods.cloned().collect()
    }
}
