//! The steps of a rolling update.
//!
//! Models: kubernetes v1.36 `pkg/controller/deployment/rolling.go`. The arithmetic is here as
//! functions from sizes to sizes; `sync` writes what they say.

use std::sync::Arc;

use super::replica_sets::{available_replicas, by_age, total_replicas};
use crate::api::{Deployment, ReplicaSet};

/// A `ReplicaSet` and the size it is to get.
pub type Resize = (Arc<ReplicaSet>, i32);

/// How large the new `ReplicaSet` may be now, with `total` pods wanted over all sets.
///
/// It grows into the room below `replicas + maxSurge`, but not past `replicas`: of 10 replicas and
/// 3 surge, with 10 old and 0 new, it may be 3. For Recreate it is `replicas`.
///
/// Models: `util/deployment_util.go` `NewRSNewReplicas`.
pub fn new_rs_new_replicas(deployment: &Deployment, total: i32, new_replicas: i32) -> i32 {
    let desired = deployment.spec.replicas;
    if !deployment.is_rolling_update() {
        return desired;
    }
    let max_total = deployment.max_replicas();
    if total >= max_total {
        return new_replicas;
    }
    new_replicas + (max_total - total).min(desired - new_replicas)
}

/// The size the new `ReplicaSet` is to get in this pass, if it changes.
pub fn reconcile_new_replica_set(
    deployment: &Deployment,
    all: &[Arc<ReplicaSet>],
    new: &ReplicaSet,
) -> Option<i32> {
    let (current, desired) = (new.spec.replicas, deployment.spec.replicas);
    let target = if current >= desired {
        desired
    } else {
        new_rs_new_replicas(deployment, total_replicas(all), current)
    };
    (target != current).then_some(target)
}

/// The sizes old `ReplicaSets` are to get in this pass, in the order of the writes.
///
/// At most `all pods - least available - new pods not yet available` old pods may go: the new pods
/// that are still loading do not count as a reason to remove old ones. Unhealthy old pods go
/// first, because they serve nobody; then ready ones, as far as more are available than must be.
/// With 10 wanted, 2 allowed to miss and 3 to exceed: of 10 old and 3 new pods, none of the new
/// available, `13 - 8 - 3 = 2` old pods may go.
///
/// The second list may name a set of the first one again, with a smaller size.
pub fn reconcile_old_replica_sets(
    deployment: &Deployment,
    all: &[Arc<ReplicaSet>],
    old: &[Arc<ReplicaSet>],
    new: Option<&ReplicaSet>,
) -> Vec<Resize> {
    if total_replicas(old) == 0 {
        return Vec::new();
    }
    let new_unavailable =
        new.map_or(0, |new| new.spec.replicas.saturating_sub(new.status.available_replicas));
    let max_scaled_down =
        (total_replicas(all) - deployment.min_available()).saturating_sub(new_unavailable);
    if max_scaled_down <= 0 {
        return Vec::new();
    }
    if old.iter().any(|rs| rs.status.available_replicas > rs.spec.replicas) {
        // The set was shrunk a moment ago and its status is of before. Upstream's clean-up takes
        // that for an impossible request and leaves this pass without a step.
        return Vec::new();
    }
    let mut steps = cleanup_unhealthy_replicas(old, max_scaled_down);
    let cleaned: Vec<Arc<ReplicaSet>> = old.iter().map(|rs| resized(rs, &steps)).collect();
    let available = available_replicas(all);
    steps.extend(scale_down_old_replica_sets(deployment, &cleaned, available));
    steps
}

/// Takes away old pods that are not available, oldest set first, `budget` at most.
pub fn cleanup_unhealthy_replicas(old: &[Arc<ReplicaSet>], budget: i32) -> Vec<Resize> {
    take_from(old, budget, |rs| rs.spec.replicas.saturating_sub(rs.status.available_replicas))
}

/// Takes away old pods while more than the least number are available, oldest set first.
pub fn scale_down_old_replica_sets(
    deployment: &Deployment,
    old: &[Arc<ReplicaSet>],
    available: i32,
) -> Vec<Resize> {
    take_from(old, available.saturating_sub(deployment.min_available()), |rs| rs.spec.replicas)
}

/// Shrinks sets, oldest first, by what `removable` allows of each and `budget` of all.
fn take_from(
    sets: &[Arc<ReplicaSet>],
    budget: i32,
    removable: impl Fn(&ReplicaSet) -> i32,
) -> Vec<Resize> {
    let mut left = budget;
    let mut steps = Vec::new();
    for rs in by_age(sets) {
        let taken = removable(&rs).min(left);
        if rs.spec.replicas > 0 && taken > 0 {
            left -= taken;
            let size = rs.spec.replicas - taken;
            steps.push((rs, size));
        }
    }
    steps
}

/// The set after the steps taken so far.
fn resized(rs: &Arc<ReplicaSet>, steps: &[Resize]) -> Arc<ReplicaSet> {
    let Some((_, size)) = steps.iter().find(|(step, _)| step.meta.uid == rs.meta.uid) else {
        return Arc::clone(rs);
    };
    let mut resized = ReplicaSet::clone(rs);
    resized.spec.replicas = *size;
    Arc::new(resized)
}
