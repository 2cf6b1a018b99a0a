//! The quota controller: counts anew what a namespace uses when something has gone.
//!
//! Models: kubernetes v1.36 `pkg/controller/resourcequota/resource_quota_controller.go`. Differs:
//! everything that goes is noticed at once, so there is no full recount every five minutes.

use super::informer::Informers;
use super::workqueue::WorkQueue;
use crate::api::{Kind, Uid};
use crate::apiserver::admission::quota;
use crate::apiserver::{AnyObject, Change};
use crate::ctx::Ctx;
use crate::occurrence::Controller;

/// The controller.
#[derive(Clone, Debug)]
pub(crate) struct ResourceQuotaController {
    pub(crate) queue: WorkQueue,
}

impl ResourceQuotaController {
    pub(crate) const fn new() -> Self {
        Self { queue: WorkQueue::new(Controller::ResourceQuota) }
    }

    /// An object was added, changed or deleted.
    pub(crate) fn on_object(
        &mut self,
        change: Change,
        object: &AnyObject,
        informers: &Informers,
        ctx: &mut Ctx<'_>,
    ) {
        let ended = match object {
            AnyObject::Data(quota) if quota.kind == Kind::ResourceQuota => {
                // What admission charges is right already.
                if quota.at(&["spec", "hard"]) != quota.at(&["status", "hard"]) {
                    self.queue.add(quota.meta.uid, ctx);
                }
                return;
            }
            AnyObject::Pod(pod) => pod.status.phase.is_terminal(),
            _ => false,
        };
        if change != Change::Deleted && !ended {
            return;
        }
        for quota in informers.all_data(Kind::ResourceQuota) {
            if quota.meta.namespace == object.meta().namespace {
                self.queue.add(quota.meta.uid, ctx);
            }
        }
    }

    /// Looks at one quota.
    pub(crate) fn sync(&mut self, key: Uid, ctx: &mut Ctx<'_>) {
        let Some(quota) = ctx.api.data(Kind::ResourceQuota).by_uid(key).cloned() else {
            return;
        };
        let before = ctx.api.resource_version();
        let status = quota::status(ctx.api, &quota, ctx.now);
        if status != *quota.at(&["status"]) {
            // The quota was just found in the table.
            drop(ctx.api.change_data(Kind::ResourceQuota, key, |quota| quota.set_status(status)));
        }
        self.queue.done(key, ctx.api.resource_version() - before, ctx);
    }
}
