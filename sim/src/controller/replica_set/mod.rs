//! The `ReplicaSet` controller: keeps so many pods of one template.
//!
//! Models: kubernetes v1.36 `pkg/controller/replicaset/replica_set.go`.

pub mod rank;
pub mod status;

use std::sync::Arc;

use super::expectations::Expectations;
use super::informer::{Informers, OwnedPod, OwnedPods};
use super::workqueue::WorkQueue;
use crate::api::event::{EventSource, EventType};
use crate::api::pod::PodStatus;
use crate::api::{Kind, ObjectMeta, OwnerReference, Pod, ReplicaSet, Uid};
use crate::apiserver::{ApiError, Change};
use crate::ctx::Ctx;
use crate::occurrence::Controller;
use crate::order;
use crate::time::Duration;
use rank::{DeletionKey, pods_to_delete};

/// The most pods created or deleted in one sync.
const BURST_REPLICAS: usize = 500;
/// The size of the first batch of creations; each further one is twice as large.
const SLOW_START_INITIAL_BATCH: usize = 1;
/// Attempts to write a status.
const STATUS_ATTEMPTS: usize = 2;

/// The controller.
#[derive(Clone, Debug)]
pub(crate) struct ReplicaSetController {
    pub(crate) queue: WorkQueue,
    expectations: Expectations,
}

impl ReplicaSetController {
    pub(crate) fn new() -> Self {
        Self {
            queue: WorkQueue::new(Controller::ReplicaSet),
            expectations: Expectations::default(),
        }
    }

    /// A `ReplicaSet` was added, changed or deleted.
    pub(crate) fn on_replica_set(&mut self, change: Change, rs: &ReplicaSet, ctx: &mut Ctx<'_>) {
        if change == Change::Deleted {
            self.expectations.forget(rs.meta.uid);
        }
        self.queue.add(rs.meta.uid, ctx);
    }

    /// A pod was added, changed or deleted.
    pub(crate) fn on_pod(
        &mut self,
        change: Change,
        pod: &Pod,
        old: Option<&Pod>,
        informers: &Informers,
        ctx: &mut Ctx<'_>,
    ) {
        let owner = replica_set_owner(pod);
        if let Some(was) = old.and_then(replica_set_owner).filter(|was| Some(*was) != owner) {
            self.queue.add(was, ctx);
        }
        let Some(owner) = owner else {
            if change != Change::Deleted {
                self.enqueue_matching(pod, informers, ctx);
            }
            return;
        };
        let going = change == Change::Deleted || pod.meta.is_deleting();
        if going {
            self.expectations.deletion_observed(owner, pod.meta.uid);
        } else if old.is_none() {
            self.expectations.creation_observed(owner);
        }
        self.queue.add(owner, ctx);
        let became_ready = pod.is_ready() && old.is_some_and(|old| !old.is_ready());
        if became_ready && !going {
            self.look_again_when_available(owner, informers, ctx);
        }
    }

    /// A pod that has just become ready counts as available `minReadySeconds` later; the second on
    /// top makes up for API times being whole seconds.
    fn look_again_when_available(&mut self, rs: Uid, informers: &Informers, ctx: &mut Ctx<'_>) {
        let min_ready = informers.replica_sets.by_uid(rs).map_or(0, |rs| rs.spec.min_ready_seconds);
        if let Ok(seconds @ 1..) = u64::try_from(min_ready) {
            self.queue.add_after(rs, Duration::from_secs(seconds + 1), ctx);
        }
    }

    fn enqueue_matching(&mut self, pod: &Pod, informers: &Informers, ctx: &mut Ctx<'_>) {
        for rs in informers.replica_sets.by_name() {
            if rs.meta.namespace == pod.meta.namespace && rs.spec.selector.matches(&pod.meta.labels)
            {
                self.queue.add(rs.meta.uid, ctx);
            }
        }
    }

    /// Looks at one `ReplicaSet`.
    pub(crate) fn sync(&mut self, key: Uid, informers: &Informers, ctx: &mut Ctx<'_>) {
        let before = ctx.api.resource_version();
        let Some(rs) = informers.replica_sets.by_uid(key) else {
            self.expectations.forget(key);
            return;
        };
        let result = self.sync_replica_set(rs, informers, ctx);
        self.queue.done(key, ctx.api.resource_version() - before, ctx);
        match result {
            Ok(()) => self.queue.forget(key),
            Err(_) => self.queue.add_rate_limited(key, ctx),
        }
    }

    fn sync_replica_set(
        &mut self,
        rs: &Arc<ReplicaSet>,
        informers: &Informers,
        ctx: &mut Ctx<'_>,
    ) -> Result<(), ApiError> {
        let key = rs.meta.uid;
        let satisfied = self.expectations.satisfied(key, ctx.now);
        let claimed = claim_pods(rs, informers, ctx);
        let none = OwnedPods::default();
        let owned = claimed.as_ref().or_else(|| informers.pods_of(key)).unwrap_or(&none);
        let mut outcome = Ok(());
        if satisfied && !rs.meta.is_deleting() {
            outcome = self.manage_replicas(rs, owned, informers, ctx);
        }
        let error = outcome.as_ref().err().map(ToString::to_string);
        let status = status::calculate_status(rs, owned, error.as_deref(), ctx.now);
        update_status(rs, status, ctx)?;
        if let Some(wait) = status::next_availability_check(rs, owned, ctx.now) {
            self.queue.add_after(key, wait, ctx);
        }
        outcome
    }

    /// Creates what is missing or deletes what is too many.
    fn manage_replicas(
        &mut self,
        rs: &ReplicaSet,
        owned: &OwnedPods,
        informers: &Informers,
        ctx: &mut Ctx<'_>,
    ) -> Result<(), ApiError> {
        let diff = owned.active - rs.spec.replicas;
        let count = usize::try_from(diff.unsigned_abs()).unwrap_or(0).min(BURST_REPLICAS);
        match diff {
            0 => Ok(()),
            ..0 => self.create_pods(rs, count, ctx),
            1.. => {
                let doomed = choose_doomed(rs, owned, count, informers, ctx);
                self.delete_pods(rs, &doomed, ctx);
                Ok(())
            }
        }
    }

    fn create_pods(
        &mut self,
        rs: &ReplicaSet,
        count: usize,
        ctx: &mut Ctx<'_>,
    ) -> Result<(), ApiError> {
        self.expectations.expect_creations(rs.meta.uid, count, ctx.now);
        let owners = Arc::new([owner_reference(rs)]) as Arc<[OwnerReference]>;
        let mut error = None;
        let created = slow_start_batch(count, SLOW_START_INITIAL_BATCH, || {
            let made = create_pod(rs, &owners, ctx);
            made.map_err(|refused| error = Some(refused)).is_ok()
        });
        for _ in created..count {
            self.expectations.creation_observed(rs.meta.uid);
        }
        error.map_or(Ok(()), Err)
    }

    fn delete_pods(&mut self, rs: &ReplicaSet, doomed: &[Arc<Pod>], ctx: &mut Ctx<'_>) {
        let uids = order::set(doomed.iter().map(|pod| pod.meta.uid));
        self.expectations.expect_deletions(rs.meta.uid, uids, ctx.now);
        for pod in doomed {
            if ctx.api.delete_pod(pod.meta.uid, None).is_err() {
                // It is gone already, so nothing will be told of it.
                self.expectations.deletion_observed(rs.meta.uid, pod.meta.uid);
                continue;
            }
            let message = format!("Deleted pod: {}", pod.meta.name);
            record(rs, EventType::Normal, "SuccessfulDelete", message, ctx);
        }
    }
}

/// Calls `create` up to `count` times, in batches of `initial`, twice that, four times that, and
/// so on; a batch with a failure is the last one. Returns the number of successes.
pub fn slow_start_batch(count: usize, initial: usize, mut create: impl FnMut() -> bool) -> usize {
    let mut successes = 0;
    let mut remaining = count;
    let mut batch = initial.min(remaining);
    while batch > 0 {
        let made = (0..batch).filter(|_| create()).count();
        successes += made;
        if made < batch {
            break;
        }
        remaining -= batch;
        batch = (2 * batch).min(remaining);
    }
    successes
}

fn create_pod(
    rs: &ReplicaSet,
    owners: &Arc<[OwnerReference]>,
    ctx: &mut Ctx<'_>,
) -> Result<(), ApiError> {
    let template = &rs.spec.template;
    let pod = Pod {
        meta: ObjectMeta {
            namespace: rs.meta.namespace.clone(),
            labels: template.labels.clone(),
            annotations: template.annotations.clone(),
            owner_references: Arc::clone(owners),
            ..ObjectMeta::default()
        },
        spec: Arc::clone(&template.spec),
        node_name: "".into(),
        status: PodStatus::default(),
    };
    match ctx.api.create_generated(&format!("{}-", rs.meta.name), pod) {
        Ok(pod) => {
            let message = format!("Created pod: {}", pod.meta.name);
            record(rs, EventType::Normal, "SuccessfulCreate", message, ctx);
            Ok(())
        }
        Err(error) => {
            let message = format!("Error creating: {error}");
            record(rs, EventType::Warning, "FailedCreate", message, ctx);
            Err(error)
        }
    }
}

fn record(
    rs: &ReplicaSet,
    type_: EventType,
    reason: &'static str,
    message: String,
    ctx: &mut Ctx<'_>,
) {
    ctx.api.record(EventSource::ReplicaSetController, rs, type_, reason, message);
}

fn owner_reference(rs: &ReplicaSet) -> OwnerReference {
    OwnerReference {
        kind: Kind::ReplicaSet,
        name: rs.meta.name.clone(),
        uid: rs.meta.uid,
        controller: true,
    }
}

fn replica_set_owner(pod: &Pod) -> Option<Uid> {
    pod.meta.controller().filter(|owner| owner.kind == Kind::ReplicaSet).map(|owner| owner.uid)
}

/// Adopts matching orphans and releases pods that no longer match. Returns the pods that are left
/// when that differs from what the cache says.
///
/// Models: kubernetes v1.36 `pkg/controller/controller_ref_manager.go` `ClaimPods`.
fn claim_pods(rs: &ReplicaSet, informers: &Informers, ctx: &mut Ctx<'_>) -> Option<OwnedPods> {
    let uid = rs.meta.uid;
    let owned = informers.pods_of(uid);
    let selects = |pod: &Pod| rs.spec.selector.matches(&pod.meta.labels);
    let strangers = owned.is_some_and(|owned| {
        owned.by_labels.iter().any(|(labels, _)| !rs.spec.selector.matches(labels))
    });
    let orphans: Vec<Arc<Pod>> = informers
        .orphan_pods()
        .filter(|pod| pod.meta.namespace == rs.meta.namespace && pod.is_active() && selects(pod))
        .cloned()
        .collect();
    if !strangers && orphans.is_empty() {
        return None;
    }
    let mut kept = OwnedPods::default();
    for pod in owned.into_iter().flat_map(OwnedPods::active_pods) {
        if selects(pod) {
            kept.put(pod);
        } else {
            ctx.api.set_owners(Kind::Pod, pod.meta.uid, &[]);
        }
    }
    if may_adopt(rs, ctx) {
        for pod in &orphans {
            ctx.api.set_owners(Kind::Pod, pod.meta.uid, &[owner_reference(rs)]);
            kept.put(pod);
        }
    }
    Some(kept)
}

/// Adoption asks the API server itself: an object that is being deleted adopts nothing.
fn may_adopt(rs: &ReplicaSet, ctx: &Ctx<'_>) -> bool {
    let live = ctx.api.list::<ReplicaSet>().by_uid(rs.meta.uid);
    live.is_some_and(|live| !live.meta.is_deleting())
}

fn choose_doomed(
    rs: &ReplicaSet,
    owned: &OwnedPods,
    count: usize,
    informers: &Informers,
    ctx: &Ctx<'_>,
) -> Vec<Arc<Pod>> {
    let related = related_sets(rs, informers);
    let on_node: Vec<i32> =
        owned.nodes().map(|node| related.iter().map(|set| set.active_on(node)).sum()).collect();
    let key = |pod: &&OwnedPod| DeletionKey::of(&pod.standing, on_node[pod.node], ctx.now);
    let total = usize::try_from(owned.active).unwrap_or(0);
    let doomed = pods_to_delete(owned.active_entries(), total, count, key);
    doomed.into_iter().map(|entry| Arc::clone(&entry.pod)).collect()
}

/// The pods of all `ReplicaSets` of the same owner.
fn related_sets<'a>(rs: &ReplicaSet, informers: &'a Informers) -> Vec<&'a OwnedPods> {
    match rs.meta.controller() {
        Some(owner) => informers
            .replica_sets_of(owner.uid)
            .filter_map(|related| informers.pods_of(related.meta.uid))
            .collect(),
        None => informers.pods_of(rs.meta.uid).into_iter().collect(),
    }
}

/// Writes the status if it changed, and once more on the latest version if that fails.
fn update_status(
    rs: &Arc<ReplicaSet>,
    mut status: crate::api::replica_set::ReplicaSetStatus,
    ctx: &mut Ctx<'_>,
) -> Result<(), ApiError> {
    if status == rs.status && rs.status.observed_generation == rs.meta.generation {
        return Ok(());
    }
    status.observed_generation = rs.meta.generation;
    let mut base = Arc::clone(rs);
    let mut result = Ok(());
    for _ in 0..STATUS_ATTEMPTS {
        let mut changed = ReplicaSet::clone(&base);
        changed.status = status.clone();
        result = ctx.api.update_status(changed).map(drop);
        if result.is_ok() {
            return Ok(());
        }
        let Some(live) = ctx.api.list::<ReplicaSet>().by_uid(rs.meta.uid) else {
            return result;
        };
        base = Arc::clone(live);
    }
    result
}
