//! The garbage collector: what an object owned goes after it, or is let go.
//!
//! Models: kubernetes v1.36 `pkg/controller/garbagecollector/garbagecollector.go`: background
//! and foreground deletion, and orphaning. Every owner here is a controller, and blocks.

use super::informer::Informers;
use super::workqueue::WorkQueue;
use crate::api::{Deployment, EndpointSlice, Kind, ObjectMeta, Pod, ReplicaSet, Service, Uid};
use crate::apiserver::{
    AnyObject, ApiServer, Change, FOREGROUND_FINALIZER, ORPHAN_FINALIZER, Propagation,
};
use crate::ctx::Ctx;
use crate::occurrence::Controller;
use crate::time::Duration;

/// Time from releasing an owner's dependents to letting the owner go.
const CONFIRMATION: Duration = Duration::from_millis(30);

/// The collector. Its keys are owners: gone, being orphaned, or in doubt.
#[derive(Clone, Debug)]
pub(crate) struct GarbageCollector {
    pub(crate) queue: WorkQueue,
}

impl GarbageCollector {
    pub(crate) const fn new() -> Self {
        Self { queue: WorkQueue::new(Controller::GarbageCollector) }
    }

    /// An object was added, changed or deleted.
    pub(crate) fn on_object(&mut self, change: Change, object: &AnyObject, ctx: &mut Ctx<'_>) {
        let meta = object.meta();
        let waits =
            meta.is_deleting() && (has(meta, ORPHAN_FINALIZER) || has(meta, FOREGROUND_FINALIZER));
        if object.kind().may_own() && (change == Change::Deleted || waits) {
            self.queue.add(meta.uid, ctx);
        }
        if change == Change::Deleted {
            // An owner may have waited for this.
            for owner in meta.owner_references.iter() {
                let waits = |meta: &ObjectMeta| has(meta, FOREGROUND_FINALIZER);
                if live_owner(owner.uid, ctx.api).is_some_and(waits) {
                    self.queue.add(owner.uid, ctx);
                }
            }
        }
        if change == Change::Added {
            for owner in meta.owner_references.iter() {
                if !owner_exists(owner.kind, owner.uid, ctx.api) {
                    self.queue.add(owner.uid, ctx);
                }
            }
        }
    }

    /// Looks at one owner.
    pub(crate) fn sync(&mut self, key: Uid, informers: &Informers, ctx: &mut Ctx<'_>) {
        match live_owner(key, ctx.api) {
            None => delete_dependents(key, informers, ctx),
            Some(meta) if has(meta, ORPHAN_FINALIZER) => {
                if release_dependents(key, informers, ctx) {
                    self.queue.add_after(key, CONFIRMATION, ctx);
                } else {
                    remove_finalizer(key, ORPHAN_FINALIZER, ctx);
                }
            }
            Some(meta) if meta.is_deleting() && has(meta, FOREGROUND_FINALIZER) => {
                if dependents(key, informers).is_empty() {
                    remove_finalizer(key, FOREGROUND_FINALIZER, ctx);
                } else {
                    delete_dependents_first(key, informers, ctx);
                }
            }
            Some(_) => {}
        }
        self.queue.forget(key);
    }
}

fn has(meta: &ObjectMeta, finalizer: &str) -> bool {
    meta.finalizers.iter().any(|known| &**known == finalizer)
}

fn live_owner(uid: Uid, api: &ApiServer) -> Option<&ObjectMeta> {
    let deployment = api.list::<Deployment>().by_uid(uid).map(|object| &object.meta);
    deployment
        .or_else(|| api.list::<ReplicaSet>().by_uid(uid).map(|object| &object.meta))
        .or_else(|| api.list::<Service>().by_uid(uid).map(|object| &object.meta))
}

fn owner_exists(kind: Kind, uid: Uid, api: &ApiServer) -> bool {
    match kind {
        Kind::Deployment => api.list::<Deployment>().by_uid(uid).is_some(),
        Kind::ReplicaSet => api.list::<ReplicaSet>().by_uid(uid).is_some(),
        Kind::Service => api.list::<Service>().by_uid(uid).is_some(),
        _ => true,
    }
}

/// The objects `owner` owns, by kind.
fn dependents(owner: Uid, informers: &Informers) -> Vec<(Kind, Uid)> {
    let sets = informers.replica_sets_of(owner).map(|rs| (Kind::ReplicaSet, rs.meta.uid));
    let slices = informers.slices_of(owner).map(|slice| (Kind::EndpointSlice, slice.meta.uid));
    let owned = informers.pods_of(owner);
    let pods = owned.into_iter().flat_map(|owned| owned.pods.keys().map(|uid| (Kind::Pod, *uid)));
    sets.chain(slices).chain(pods).collect()
}

/// Lets the dependents go; says whether there were any.
fn release_dependents(owner: Uid, informers: &Informers, ctx: &mut Ctx<'_>) -> bool {
    let dependents = dependents(owner, informers);
    for (kind, uid) in &dependents {
        ctx.api.set_owners(*kind, *uid, &[]);
    }
    !dependents.is_empty()
}

/// Lets the owner itself go.
fn remove_finalizer(owner: Uid, finalizer: &str, ctx: &mut Ctx<'_>) {
    let without = |meta: &mut ObjectMeta| {
        meta.finalizers.retain(|known| &**known != finalizer);
    };
    // Of the three kinds only one has the uid.
    let _ = ctx.api.change::<Deployment>(owner, |object| without(&mut object.meta));
    let _ = ctx.api.change::<ReplicaSet>(owner, |object| without(&mut object.meta));
    let _ = ctx.api.change::<Service>(owner, |object| without(&mut object.meta));
}

/// Deletes what an owner waits for. What has dependents of its own goes after them, too.
///
/// Models: `processDeletingDependentsItem`, `attemptToDeleteItem`.
fn delete_dependents_first(owner: Uid, informers: &Informers, ctx: &mut Ctx<'_>) {
    for (kind, uid) in dependents(owner, informers) {
        match kind {
            Kind::Pod => {
                let pods = ctx.api.list::<Pod>();
                if pods.by_uid(uid).is_some_and(|pod| !pod.meta.is_deleting()) {
                    // It was just found.
                    drop(ctx.api.delete_pod(uid, None));
                }
            }
            Kind::ReplicaSet => {
                let propagation = if dependents(uid, informers).is_empty() {
                    Propagation::Background
                } else {
                    Propagation::Foreground
                };
                let found = ctx.api.list::<ReplicaSet>().by_uid(uid).cloned();
                if let Some(rs) = found.filter(|rs| !rs.meta.is_deleting()) {
                    let (namespace, name) = (&rs.meta.namespace, &rs.meta.name);
                    // It was just found.
                    let _ = ctx.api.delete::<ReplicaSet>(namespace, name, propagation);
                }
            }
            Kind::EndpointSlice => {
                if let Some(slice) = ctx.api.list::<EndpointSlice>().by_uid(uid).cloned() {
                    let (namespace, name) = (&slice.meta.namespace, &slice.meta.name);
                    // It was just found.
                    let _ =
                        ctx.api.delete::<EndpointSlice>(namespace, name, Propagation::Background);
                }
            }
            _ => {}
        }
    }
}

fn delete_dependents(owner: Uid, informers: &Informers, ctx: &mut Ctx<'_>) {
    for (kind, uid) in dependents(owner, informers) {
        // What is gone already needs no deleting.
        match kind {
            Kind::Pod => drop(ctx.api.delete_pod(uid, None)),
            Kind::ReplicaSet => {
                if let Some(rs) = informers.replica_sets.by_uid(uid) {
                    let meta = &rs.meta;
                    let _ = ctx.api.delete::<ReplicaSet>(
                        &meta.namespace,
                        &meta.name,
                        Propagation::Background,
                    );
                }
            }
            Kind::EndpointSlice => {
                if let Some(slice) = informers.endpoint_slices.by_uid(uid) {
                    let meta = &slice.meta;
                    let _ = ctx.api.delete::<EndpointSlice>(
                        &meta.namespace,
                        &meta.name,
                        Propagation::Background,
                    );
                }
            }
            _ => {}
        }
    }
}
