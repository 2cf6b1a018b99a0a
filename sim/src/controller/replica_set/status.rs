//! What a `ReplicaSet` reports about its pods.
//!
//! Models: kubernetes v1.36 `pkg/controller/replicaset/replica_set_utils.go` `calculateStatus`.

use std::cmp::Ordering;

use crate::api::ConditionStatus;
use crate::api::ReplicaSet;
use crate::api::replica_set::{ReplicaSetCondition, ReplicaSetStatus};
use crate::controller::informer::OwnedPods;
use crate::time::{Duration, Instant};

/// The status of `rs` with these pods, after a round of creations or deletions that ended in
/// `error` or went well.
pub fn calculate_status(
    rs: &ReplicaSet,
    owned: &OwnedPods,
    error: Option<&str>,
    now: Instant,
) -> ReplicaSetStatus {
    let template = &rs.spec.template.labels;
    let fully_labeled = owned
        .by_labels
        .iter()
        .filter(|(labels, _)| template.iter().all(|(key, value)| labels.get(key) == Some(value)))
        .map(|(_, count)| count)
        .sum();
    ReplicaSetStatus {
        replicas: owned.active,
        fully_labeled_replicas: fully_labeled,
        ready_replicas: owned.ready,
        available_replicas: available(rs, owned, now),
        observed_generation: rs.status.observed_generation,
        replica_failure: replica_failure(rs, owned.active, error, now),
    }
}

fn available(rs: &ReplicaSet, owned: &OwnedPods, now: Instant) -> i32 {
    let min_ready = rs.spec.min_ready_seconds;
    if min_ready == 0 {
        return owned.ready;
    }
    let count = owned.active_pods().filter(|pod| pod.is_available(min_ready, now)).count();
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// An existing failure is not overwritten, and goes with the first round that succeeds.
fn replica_failure(
    rs: &ReplicaSet,
    active: i32,
    error: Option<&str>,
    now: Instant,
) -> Option<ReplicaSetCondition> {
    let error = error?;
    if let Some(existing) = &rs.status.replica_failure {
        return Some(existing.clone());
    }
    let reason = match active.cmp(&rs.spec.replicas) {
        Ordering::Less => "FailedCreate",
        Ordering::Equal => "",
        Ordering::Greater => "FailedDelete",
    };
    Some(ReplicaSetCondition {
        status: ConditionStatus::True,
        reason: reason.into(),
        message: error.to_owned(),
        last_transition_time: now.truncated_to_second(),
    })
}

/// How long until the next ready pod becomes available by staying ready; `None` when no pod waits.
///
/// Models: kubernetes v1.36 `pkg/controller/controller_utils.go` `FindMinNextPodAvailabilityCheck`.
/// Earlier versions looked again only once all pods were ready.
pub fn next_availability_check(
    rs: &ReplicaSet,
    owned: &OwnedPods,
    now: Instant,
) -> Option<Duration> {
    if rs.spec.min_ready_seconds == 0 {
        return None;
    }
    owned
        .active_pods()
        .filter_map(|pod| pod.next_availability(rs.spec.min_ready_seconds, now))
        .filter(|wait| !wait.is_zero())
        .min()
}
