//! Resizing in the middle of a rollout, or while paused: each `ReplicaSet` in proportion.
//!
//! Models: kubernetes v1.36 `pkg/controller/deployment/sync.go` `scale` and
//! `util/deployment_util.go` `getReplicaSetFraction`.

use std::cmp::Ordering;
use std::sync::Arc;

use super::replica_sets::{active, age_key, int_annotation, is_saturated, total_replicas};
use super::rolling::Resize;
use crate::api::deployment::MAX_REPLICAS;
use crate::api::{Deployment, ReplicaSet};

/// The sizes the sets are to get, in the order of the writes. A set may be named with the size it
/// has: its annotations are then refreshed. But not when it is the only active one: its
/// `desired-replicas` then stays out of date and every sync is taken for a resize, so that a rollout
/// does not go on (kubernetes issue 102551, open in v1.36).
pub fn scale(
    deployment: &Deployment,
    new: Option<&Arc<ReplicaSet>>,
    old: &[Arc<ReplicaSet>],
) -> Vec<Resize> {
    let desired = deployment.spec.replicas;
    if let Some(only) = find_active_or_latest(new, old) {
        let resized = only.spec.replicas != desired;
        return resized.then_some((only, desired)).into_iter().collect();
    }
    if is_saturated(deployment, new.map(AsRef::as_ref)) {
        return active(old).into_iter().map(|rs| (rs, 0)).collect();
    }
    if deployment.is_rolling_update() { distribute(deployment, new, old) } else { Vec::new() }
}

/// The only active set; with none active the new one or else the newest old one; `None` when
/// several are active.
pub fn find_active_or_latest(
    new: Option<&Arc<ReplicaSet>>,
    old: &[Arc<ReplicaSet>],
) -> Option<Arc<ReplicaSet>> {
    let all: Vec<Arc<ReplicaSet>> = old.iter().chain(new).cloned().collect();
    let active = active(&all);
    match active.as_slice() {
        [] => new.cloned().or_else(|| old.iter().max_by_key(|rs| age_key(rs)).cloned()),
        [only] => Some(Arc::clone(only)),
        _ => None,
    }
}

/// Distributes the difference over the active sets. What rounding leaves goes to the largest.
fn distribute(
    deployment: &Deployment,
    new: Option<&Arc<ReplicaSet>>,
    old: &[Arc<ReplicaSet>],
) -> Vec<Resize> {
    let desired = deployment.spec.replicas;
    let all: Vec<Arc<ReplicaSet>> = old.iter().chain(new).cloned().collect();
    let mut sets = active(&all);
    let allowed = if desired > 0 { deployment.max_replicas() } else { 0 };
    let to_add = allowed - total_replicas(&sets);
    if to_add > 0 {
        crate::order::sort_by(&mut sets, |a, b| {
            larger_first(a, b).then_with(|| age_key(b).cmp(&age_key(a)))
        });
    } else {
        crate::order::sort_by(&mut sets, |a, b| {
            larger_first(a, b).then_with(|| age_key(a).cmp(&age_key(b)))
        });
    }
    let mut added = 0;
    let mut sizes: Vec<i32> = Vec::with_capacity(sets.len());
    for rs in &sets {
        let share = share(rs, deployment, to_add, added);
        added += share;
        sizes.push(rs.spec.replicas.saturating_add(share));
    }
    if let Some(largest) = sizes.first_mut().filter(|_| to_add != 0) {
        *largest = largest.saturating_add(to_add - added).max(0);
    }
    sets.into_iter().zip(sizes).collect()
}

fn larger_first(a: &ReplicaSet, b: &ReplicaSet) -> Ordering {
    b.spec.replicas.cmp(&a.spec.replicas)
}

/// How many pods one set gets of `to_add`, of which `added` are given away already.
fn share(rs: &ReplicaSet, deployment: &Deployment, to_add: i32, added: i32) -> i32 {
    if rs.spec.replicas == 0 || to_add == 0 || to_add == added {
        return 0;
    }
    let fraction = replica_set_fraction(rs, deployment);
    let allowed = to_add - added;
    if to_add > 0 { fraction.min(allowed) } else { fraction.max(allowed) }
}

/// How many pods a set gains (or loses, negative) when the Deployment's total allowance changes
/// from what it was when the set was last sized: `round(size * now / then) - size`, half away from
/// zero. With 8 pods, 13 allowed then and 23 now: `round(14.15) - 8 = 6`.
pub fn replica_set_fraction(rs: &ReplicaSet, deployment: &Deployment) -> i32 {
    if deployment.spec.replicas == 0 {
        return -rs.spec.replicas;
    }
    let now = i64::from(deployment.max_replicas());
    let then = int_annotation(&rs.meta, MAX_REPLICAS)
        .filter(|max| *max != 0)
        .unwrap_or(deployment.status.replicas);
    if then == 0 {
        return 0;
    }
    let size = round_div(i64::from(rs.spec.replicas) * now, i64::from(then));
    i32::try_from(size).unwrap_or(i32::MAX) - rs.spec.replicas
}

/// `a / b` for a positive `b`, rounded to the nearest whole, half away from zero.
const fn round_div(a: i64, b: i64) -> i64 {
    let half = b / 2;
    // Twice the remainder is compared so that odd divisors round exactly.
    let (whole, rest) = (a.abs() / b, a.abs() % b);
    let up = if rest > half || (b % 2 == 0 && rest == half) { 1 } else { 0 };
    (whole + up) * a.signum()
}
