//! Which pod dies first when there are too many.
//!
//! Models: kubernetes v1.36 `pkg/controller/controller_utils.go` `ActivePodsWithRanks` and
//! `pkg/controller/replicaset/replica_set.go` `getPodsToDelete`.

use std::cmp::Reverse;

use crate::api::pod::PodPhase;
use crate::api::{Pod, Uid};
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

/// What of a pod's [`DeletionKey`] lies in the pod itself. Ten thousand pods are ranked at a time,
/// so it is kept where they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether the pod has neither ended nor is being deleted.
    pub is_active: bool,
    scheduled: bool,
    phase: u8,
    deletion_cost: i32,
    restarts: u32,
    ready_since: Option<Instant>,
    created_at: Instant,
    uid: Uid,
}

impl Standing {
    /// How `pod` stands.
    pub fn of(pod: &Pod) -> Self {
        Self {
            is_active: pod.is_active(),
            scheduled: pod.is_scheduled(),
            phase: phase_rank(pod.status.phase),
            deletion_cost: pod.meta.annotation(DELETION_COST).map_or(0, deletion_cost),
            restarts: pod.max_restarts(),
            ready_since: pod.ready_since(),
            created_at: pod.meta.creation_timestamp(),
            uid: pod.meta.uid,
        }
    }

    /// Whether the pod is Ready.
    pub const fn is_ready(&self) -> bool {
        self.ready_since.is_some()
    }
}

impl DeletionKey {
    /// The key of a pod with `related_on_node` active pods of the same owner's sets on its node.
    pub fn of(pod: &Standing, related_on_node: i32, now: Instant) -> Self {
        Self {
            scheduled: pod.scheduled,
            phase: pod.phase,
            ready: pod.is_ready(),
            deletion_cost: pod.deletion_cost,
            related_on_node: Reverse(related_on_node),
            ready_age: pod.ready_since.map(|since| log_age(since, now)),
            ready_tie: pod.ready_since.map_or(0, |since| mix(since.as_micros())),
            restarts: Reverse(pod.restarts),
            sidecar_restarts: Reverse(0),
            age: Some(log_age(pod.created_at, now)),
            tie: pod.uid.scrambled(),
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
pub fn pods_to_delete<T, K: Ord>(
    pods: impl Iterator<Item = T>,
    total: usize,
    count: usize,
    key: impl Fn(&T) -> K,
) -> Vec<T> {
    if count < total { crate::order::first_by_key(pods, count, key) } else { pods.collect() }
}
