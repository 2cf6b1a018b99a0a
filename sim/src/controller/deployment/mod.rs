//! The Deployment controller: moves from one pod template to the next.
//!
//! Models: kubernetes v1.36 `pkg/controller/deployment/deployment_controller.go` and `sync.go`.
//! Leaves out: the legacy rollback annotation, which kubectl no longer writes.

pub mod proportion;
pub mod recreate;
pub mod replica_sets;
pub mod revision;
pub mod rolling;
pub mod status;
mod sync;

use std::sync::Arc;

use super::informer::Informers;
use super::workqueue::WorkQueue;
use crate::api::{Deployment, Kind, Pod, ReplicaSet, Uid};
use crate::apiserver::Change;
use crate::ctx::Ctx;
use crate::occurrence::Controller;
use status::Requeue;

/// Failures in a row after which a key waits for the next change.
const MAX_RETRIES: u32 = 15;

/// The controller.
#[derive(Clone, Debug)]
pub(crate) struct DeploymentController {
    pub(crate) queue: WorkQueue,
}

impl DeploymentController {
    pub(crate) const fn new() -> Self {
        Self { queue: WorkQueue::new(Controller::Deployment) }
    }

    /// A Deployment was added, changed or deleted.
    pub(crate) fn on_deployment(&mut self, deployment: &Deployment, ctx: &mut Ctx<'_>) {
        self.queue.add(deployment.meta.uid, ctx);
    }

    /// A `ReplicaSet` was added, changed or deleted: wakes its Deployment, and the one it had
    /// before; an orphan wakes those it matches.
    pub(crate) fn on_replica_set(
        &mut self,
        change: Change,
        rs: &ReplicaSet,
        old: Option<&ReplicaSet>,
        informers: &Informers,
        ctx: &mut Ctx<'_>,
    ) {
        let owner = deployment_owner(rs);
        if let Some(was) = old.and_then(deployment_owner).filter(|was| Some(*was) != owner) {
            self.queue.add(was, ctx);
        }
        if let Some(owner) = owner {
            self.queue.add(owner, ctx);
        } else if change != Change::Deleted {
            for deployment in deployments_for_replica_set(informers.deployments.by_name(), rs) {
                self.queue.add(deployment.meta.uid, ctx);
            }
        }
    }

    /// A pod was deleted: wakes its Deployment if that waits for its last old pod to go.
    pub(crate) fn on_pod_deleted(&mut self, pod: &Pod, informers: &Informers, ctx: &mut Ctx<'_>) {
        let Some(deployment) = deployment_of(pod, informers) else {
            return;
        };
        let waits = !deployment.is_rolling_update()
            && informers
                .replica_sets_of(deployment.meta.uid)
                .all(|rs| informers.pods_of(rs.meta.uid).is_none());
        if waits {
            self.queue.add(deployment.meta.uid, ctx);
        }
    }

    /// Looks at one Deployment.
    pub(crate) fn sync(&mut self, key: Uid, informers: &Informers, ctx: &mut Ctx<'_>) {
        let before = ctx.api.resource_version();
        let Some(deployment) = informers.deployments.by_uid(key) else {
            self.queue.forget(key);
            return;
        };
        let result = sync::sync_deployment(deployment, informers, ctx);
        self.queue.done(key, ctx.api.resource_version() - before, ctx);
        match result {
            Ok(requeue) => {
                self.queue.forget(key);
                self.requeue(key, requeue, ctx);
            }
            Err(_) if self.queue.failures(key) < MAX_RETRIES => {
                self.queue.add_rate_limited(key, ctx);
            }
            Err(_) => self.queue.forget(key),
        }
    }

    fn requeue(&mut self, key: Uid, requeue: Requeue, ctx: &mut Ctx<'_>) {
        match requeue {
            Requeue::Never => {}
            Requeue::RateLimited => self.queue.add_rate_limited(key, ctx),
            Requeue::After(left) => {
                self.queue.add_after(key, left + std::time::Duration::from_secs(1), ctx);
            }
        }
    }
}

/// The Deployments whose selector matches an orphaned `ReplicaSet`.
///
/// Models: `util/deployment_util.go` and the lister's `GetDeploymentsForReplicaSet`.
pub fn deployments_for_replica_set<'a>(
    deployments: impl IntoIterator<Item = &'a Arc<Deployment>>,
    rs: &ReplicaSet,
) -> Vec<&'a Arc<Deployment>> {
    deployments
        .into_iter()
        .filter(|deployment| {
            deployment.meta.namespace == rs.meta.namespace
                && !deployment.spec.selector.is_empty()
                && deployment.spec.selector.matches(&rs.meta.labels)
        })
        .collect()
}

fn deployment_owner(rs: &ReplicaSet) -> Option<Uid> {
    rs.meta.controller().filter(|owner| owner.kind == Kind::Deployment).map(|owner| owner.uid)
}

fn deployment_of<'a>(pod: &Pod, informers: &'a Informers) -> Option<&'a Arc<Deployment>> {
    let rs = informers.replica_sets.by_uid(pod.meta.controller()?.uid)?;
    informers.deployments.by_uid(deployment_owner(rs)?)
}
