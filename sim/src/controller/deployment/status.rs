//! What a Deployment reports, and its conditions.
//!
//! Models: kubernetes v1.36 `pkg/controller/deployment/sync.go` `calculateStatus`, `progress.go`,
//! and the condition helpers of `util/deployment_util.go`.

use std::sync::Arc;

use super::replica_sets::{actual_replicas, available_replicas, ready_replicas, total_replicas};
use crate::api::deployment::{
    DeploymentCondition, DeploymentConditionType, DeploymentStatus, Reason,
};
use crate::api::{ConditionStatus, Deployment, ReplicaSet};
use crate::time::{Duration, Instant};

/// When a Deployment without progress is to be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeue {
    /// Never: there is no deadline, or nothing it could change.
    Never,
    /// At once, with the back-off of failures.
    RateLimited,
    /// When this much time is left, plus a second for API times being whole seconds.
    After(Duration),
}

/// A condition that starts now.
pub fn new_condition(
    type_: DeploymentConditionType,
    status: ConditionStatus,
    reason: Reason,
    message: impl Into<String>,
    now: Instant,
) -> DeploymentCondition {
    let now = now.truncated_to_second();
    DeploymentCondition {
        type_,
        status,
        reason,
        message: message.into(),
        last_update_time: now,
        last_transition_time: now,
    }
}

/// Sets a condition. One with the same status and reason is left as it is, message included; a new
/// reason with the same status keeps the transition time; what changes moves to the end.
pub fn set_condition(status: &mut DeploymentStatus, mut condition: DeploymentCondition) {
    if let Some(current) = status.condition(condition.type_) {
        if current.status == condition.status && current.reason == condition.reason {
            return;
        }
        if current.status == condition.status {
            condition.last_transition_time = current.last_transition_time;
        }
    }
    remove_condition(status, condition.type_);
    status.conditions.push(condition);
}

/// Removes a condition.
pub fn remove_condition(status: &mut DeploymentStatus, type_: DeploymentConditionType) {
    status.conditions.retain(|condition| condition.type_ != type_);
}

/// The counts and the Available condition.
pub fn calculate_status(
    deployment: &Deployment,
    all: &[Arc<ReplicaSet>],
    new: Option<&ReplicaSet>,
    now: Instant,
) -> DeploymentStatus {
    let available = available_replicas(all);
    let mut status = DeploymentStatus {
        observed_generation: deployment.meta.generation,
        replicas: actual_replicas(all),
        updated_replicas: new.map_or(0, |new| new.status.replicas),
        ready_replicas: ready_replicas(all),
        available_replicas: available,
        unavailable_replicas: total_replicas(all).saturating_sub(available).max(0),
        conditions: deployment.status.conditions.clone(),
        collision_count: deployment.status.collision_count,
    };
    let enough = available >= deployment.spec.replicas - deployment.max_unavailable();
    let (reason, message) = if enough {
        (Reason::MinimumReplicasAvailable, "Deployment has minimum availability.")
    } else {
        (Reason::MinimumReplicasUnavailable, "Deployment does not have minimum availability.")
    };
    let condition =
        new_condition(DeploymentConditionType::Available, enough.into(), reason, message, now);
    set_condition(&mut status, condition);
    status
}

/// The status during a rollout: the counts, and whether it moves.
pub fn rollout_status(
    deployment: &Deployment,
    all: &[Arc<ReplicaSet>],
    new: Option<&ReplicaSet>,
    now: Instant,
) -> DeploymentStatus {
    let mut status = calculate_status(deployment, all, new, now);
    set_progressing(deployment, &mut status, new, now);
    match replica_failure(all, new) {
        Some(failure) => set_condition(&mut status, failure),
        None => remove_condition(&mut status, DeploymentConditionType::ReplicaFailure),
    }
    status
}

fn set_progressing(
    deployment: &Deployment,
    status: &mut DeploymentStatus,
    new: Option<&ReplicaSet>,
    now: Instant,
) {
    let type_ = DeploymentConditionType::Progressing;
    if deployment.progress_deadline().is_none() {
        remove_condition(status, type_);
        return;
    }
    let current = deployment.condition(type_);
    let already_complete = status.replicas == status.updated_replicas
        && current.is_some_and(|current| current.reason == Reason::NewReplicaSetAvailable);
    if already_complete {
        return;
    }
    let subject = new.map_or_else(
        || format!("Deployment \"{}\"", deployment.meta.name),
        |new| format!("ReplicaSet \"{}\"", new.meta.name),
    );
    let condition = |holds: bool, reason, what: &str| {
        new_condition(type_, holds.into(), reason, format!("{subject} {what}"), now)
    };
    if deployment.is_complete(status) {
        let done = condition(true, Reason::NewReplicaSetAvailable, "has successfully progressed.");
        set_condition(status, done);
    } else if is_progressing(deployment, status) {
        let mut moving = condition(true, Reason::ReplicaSetUpdated, "is progressing.");
        if let Some(current) = current.filter(|current| current.status == ConditionStatus::True) {
            moving.last_transition_time = current.last_transition_time;
        }
        // Removed first, so that the time of the last update always moves.
        remove_condition(status, type_);
        set_condition(status, moving);
    } else if is_timed_out(deployment, status, now) {
        let late = condition(false, Reason::ProgressDeadlineExceeded, "has timed out progressing.");
        set_condition(status, late);
    }
}

/// Whether `status` shows progress over the Deployment's last status: more updated, fewer old,
/// more ready or more available pods.
pub const fn is_progressing(deployment: &Deployment, status: &DeploymentStatus) -> bool {
    let before = &deployment.status;
    let old_before = before.replicas - before.updated_replicas;
    let old_now = status.replicas - status.updated_replicas;
    status.updated_replicas > before.updated_replicas
        || old_now < old_before
        || status.ready_replicas > before.ready_replicas
        || status.available_replicas > before.available_replicas
}

/// Whether the rollout has made no progress for longer than its deadline.
pub fn is_timed_out(deployment: &Deployment, status: &DeploymentStatus, now: Instant) -> bool {
    let Some(deadline) = deployment.progress_deadline() else {
        return false;
    };
    let Some(condition) = status.condition(DeploymentConditionType::Progressing) else {
        return false;
    };
    match condition.reason {
        Reason::NewReplicaSetAvailable => false,
        Reason::ProgressDeadlineExceeded => true,
        _ => condition.last_update_time + seconds(deadline) < now,
    }
}

/// When a Deployment whose status did not change is to be looked at again, for its deadline.
pub fn requeue_stuck_deployment(
    deployment: &Deployment,
    status: &DeploymentStatus,
    now: Instant,
) -> Requeue {
    let (Some(deadline), Some(current)) = (
        deployment.progress_deadline(),
        deployment.condition(DeploymentConditionType::Progressing),
    ) else {
        return Requeue::Never;
    };
    if deployment.is_complete(status) || current.reason == Reason::ProgressDeadlineExceeded {
        return Requeue::Never;
    }
    let left = (current.last_update_time + seconds(deadline)).since(now);
    if left < Duration::from_secs(1) { Requeue::RateLimited } else { Requeue::After(left) }
}

fn seconds(seconds: i32) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

/// The failure of the new set, or else of any.
fn replica_failure(
    all: &[Arc<ReplicaSet>],
    new: Option<&ReplicaSet>,
) -> Option<DeploymentCondition> {
    let of = |rs: &ReplicaSet| rs.status.replica_failure.clone();
    let failure = new.and_then(of).or_else(|| all.iter().find_map(|rs| of(rs)))?;
    Some(DeploymentCondition {
        type_: DeploymentConditionType::ReplicaFailure,
        status: failure.status,
        reason: Reason::Other(failure.reason),
        message: failure.message,
        last_update_time: failure.last_transition_time,
        last_transition_time: failure.last_transition_time,
    })
}
