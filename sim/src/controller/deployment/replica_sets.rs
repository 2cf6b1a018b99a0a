//! Questions about a Deployment's `ReplicaSets`.
//!
//! Models: kubernetes v1.36 `pkg/controller/deployment/util/deployment_util.go`.

use std::sync::Arc;

use crate::api::deployment::{DESIRED_REPLICAS, MAX_REPLICAS};
use crate::api::{Deployment, ObjectMeta, PodTemplateSpec, ReplicaSet};

/// Oldest first: by creation, in whole seconds, then by name.
pub fn by_age(sets: &[Arc<ReplicaSet>]) -> Vec<Arc<ReplicaSet>> {
    let mut sorted = sets.to_vec();
    crate::order::sort_by(&mut sorted, |a, b| age_key(a).cmp(&age_key(b)));
    sorted
}

pub(crate) fn age_key(rs: &ReplicaSet) -> (crate::time::Instant, &str) {
    (rs.meta.creation_timestamp(), &rs.meta.name)
}

/// The oldest set with the Deployment's template, the hash label not looked at.
pub fn find_new_replica_set(
    template: &PodTemplateSpec,
    sets: &[Arc<ReplicaSet>],
) -> Option<Arc<ReplicaSet>> {
    by_age(sets).into_iter().find(|rs| rs.spec.template.equal_ignore_hash(template))
}

/// All sets but the new one, oldest first.
pub fn find_old_replica_sets(
    sets: &[Arc<ReplicaSet>],
    new: Option<&ReplicaSet>,
) -> Vec<Arc<ReplicaSet>> {
    let mut old = by_age(sets);
    old.retain(|rs| new.is_none_or(|new| rs.meta.uid != new.meta.uid));
    old
}

/// The sets that should have pods.
pub fn active(sets: &[Arc<ReplicaSet>]) -> Vec<Arc<ReplicaSet>> {
    sets.iter().filter(|rs| rs.spec.replicas > 0).cloned().collect()
}

/// A sum that stays at the largest number there is.
fn sum(sets: &[Arc<ReplicaSet>], count: fn(&ReplicaSet) -> i32) -> i32 {
    sets.iter().fold(0, |sum, rs| sum.saturating_add(count(rs)))
}

/// How many pods the sets should have.
pub fn total_replicas(sets: &[Arc<ReplicaSet>]) -> i32 {
    sum(sets, |rs| rs.spec.replicas)
}

/// How many active pods the sets have.
pub fn actual_replicas(sets: &[Arc<ReplicaSet>]) -> i32 {
    sum(sets, |rs| rs.status.replicas)
}

/// How many available pods the sets have.
pub fn available_replicas(sets: &[Arc<ReplicaSet>]) -> i32 {
    sum(sets, |rs| rs.status.available_replicas)
}

/// How many ready pods the sets have.
pub fn ready_replicas(sets: &[Arc<ReplicaSet>]) -> i32 {
    sum(sets, |rs| rs.status.ready_replicas)
}

/// The annotation `key` as a number from 0 to 2147483647.
pub fn int_annotation(meta: &ObjectMeta, key: &str) -> Option<i32> {
    meta.annotation(key)?.parse().ok().filter(|value| *value >= 0)
}

/// Whether the two annotations about sizes differ from these values.
pub fn replicas_annotations_need_update(meta: &ObjectMeta, desired: i32, max: i32) -> bool {
    meta.annotation(DESIRED_REPLICAS) != Some(&desired.to_string())
        || meta.annotation(MAX_REPLICAS) != Some(&max.to_string())
}

/// Sets the two annotations about sizes; says whether that changed anything.
pub fn set_replicas_annotations(meta: &mut ObjectMeta, desired: i32, max: i32) -> bool {
    let one = meta.set_annotation(DESIRED_REPLICAS, &desired.to_string());
    meta.set_annotation(MAX_REPLICAS, &max.to_string()) || one
}

/// Whether `new` has its full size, is fully available and has been sized for this Deployment.
pub fn is_saturated(deployment: &Deployment, new: Option<&ReplicaSet>) -> bool {
    new.is_some_and(|new| {
        new.spec.replicas == deployment.spec.replicas
            && int_annotation(&new.meta, DESIRED_REPLICAS) == Some(deployment.spec.replicas)
            && new.status.available_replicas == deployment.spec.replicas
    })
}

/// Whether the Deployment was resized since its active sets were last sized.
pub fn is_scaling_event(deployment: &Deployment, all: &[Arc<ReplicaSet>]) -> bool {
    active(all).iter().any(|rs| {
        int_annotation(&rs.meta, DESIRED_REPLICAS)
            .is_some_and(|desired| desired != deployment.spec.replicas)
    })
}
