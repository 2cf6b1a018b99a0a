//! Revisions: the numbers by which people speak of releases, and how many are kept.
//!
//! Models: kubernetes v1.36 `pkg/controller/deployment/util/deployment_util.go`
//! `SetNewReplicaSetAnnotations` and `sync.go` `cleanupDeployment`.

use std::sync::Arc;

use super::replica_sets::set_replicas_annotations;
use crate::api::deployment::{
    DESIRED_REPLICAS, LAST_APPLIED, MAX_REPLICAS, REVISION, REVISION_HISTORY,
};
use crate::api::{Deployment, ObjectMeta, ReplicaSet};

/// How long the list of earlier revisions may grow, in characters.
pub const MAX_REVISION_HISTORY_CHARS: usize = 2_000;

/// Annotations of a Deployment that its `ReplicaSets` do not get.
const NOT_COPIED: [&str; 6] = [
    LAST_APPLIED,
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    "deprecated.deployment.rollback.to",
];

/// The highest revision of these sets, 0 when none has one.
pub fn max_revision(sets: &[Arc<ReplicaSet>]) -> i64 {
    sets.iter().map(|rs| rs.revision()).max().unwrap_or(0)
}

/// Gives the new set the Deployment's annotations and the new revision, if that is higher than its
/// own; the old one is appended to its history. A set that is just being made also gets the
/// annotations about sizes. Says whether anything changed.
pub fn set_new_replica_set_annotations(
    deployment: &Deployment,
    meta: &mut ObjectMeta,
    new_revision: i64,
    exists: bool,
    history_limit: usize,
) -> bool {
    let mut changed = copy_annotations(deployment, meta);
    let old_text = meta.annotation(REVISION).map(ToOwned::to_owned);
    let old_revision = match old_text.as_deref() {
        None | Some("") => 0,
        Some(text) => match text.parse::<i64>() {
            Ok(revision) => revision,
            Err(_) => return false,
        },
    };
    if old_revision < new_revision {
        meta.set_annotation(REVISION, &new_revision.to_string());
        changed = true;
        if let Some(old_text) = old_text {
            append_history(meta, &old_text, history_limit);
        }
    }
    if !exists {
        let desired = deployment.spec.replicas;
        changed |= set_replicas_annotations(meta, desired, deployment.max_replicas());
    }
    changed
}

fn copy_annotations(deployment: &Deployment, meta: &mut ObjectMeta) -> bool {
    let mut changed = false;
    for (key, value) in deployment.meta.annotations.iter() {
        if !NOT_COPIED.contains(&&**key) {
            changed |= meta.set_annotation(key, value);
        }
    }
    changed
}

/// Appends a revision to the history, dropping the oldest so that it fits `limit` characters.
fn append_history(meta: &mut ObjectMeta, revision: &str, limit: usize) {
    let history = meta.annotation(REVISION_HISTORY).unwrap_or("").to_owned();
    let mut kept: Vec<&str> = history.split(',').filter(|entry| !entry.is_empty()).collect();
    kept.push(revision);
    let length = |kept: &[&str]| kept.iter().map(|entry| entry.len() + 1).sum::<usize>() - 1;
    while kept.len() > 1 && length(&kept) > limit {
        kept.remove(0);
    }
    meta.set_annotation(REVISION_HISTORY, &kept.join(","));
}

/// The old sets to delete: of those beyond the limit, lowest revision first, the empty ones the
/// controller is done with. A set inside the cut that still has pods is kept, and nothing is taken
/// in its place.
pub fn replica_sets_to_clean_up(
    limit: Option<i32>,
    old: &[Arc<ReplicaSet>],
) -> Vec<Arc<ReplicaSet>> {
    let Some(limit) = limit.filter(|limit| *limit != i32::MAX) else {
        return Vec::new();
    };
    let mut alive: Vec<Arc<ReplicaSet>> =
        old.iter().filter(|rs| !rs.meta.is_deleting()).cloned().collect();
    let surplus = alive.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
    crate::order::sort_by_key(&mut alive, |rs| (rs.revision(), rs.meta.creation_timestamp()));
    alive.truncate(surplus);
    alive.retain(|rs| {
        rs.spec.replicas == 0
            && rs.status.replicas == 0
            && rs.meta.generation <= rs.status.observed_generation
    });
    alive
}
