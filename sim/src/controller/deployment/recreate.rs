//! The steps of a Recreate rollout: everything old goes, then the new pods come.
//!
//! Models: kubernetes v1.36 `pkg/controller/deployment/recreate.go`.

use std::sync::Arc;

use super::replica_sets::{active, actual_replicas};
use super::rolling::Resize;
use crate::api::{Pod, ReplicaSet, Uid};

/// All old sets to 0.
pub fn scale_down_old_replica_sets(old: &[Arc<ReplicaSet>]) -> Vec<Resize> {
    active(old).into_iter().map(|rs| (rs, 0)).collect()
}

/// Whether an old pod may still run. Terminating pods count; the pods of the new set do not.
pub fn old_pods_running<'a>(
    new: Option<Uid>,
    old: &[Arc<ReplicaSet>],
    pods: impl IntoIterator<Item = (Uid, &'a Pod)>,
) -> bool {
    actual_replicas(old) > 0
        || pods
            .into_iter()
            .any(|(owner, pod)| Some(owner) != new && !pod.status.phase.is_terminal())
}
