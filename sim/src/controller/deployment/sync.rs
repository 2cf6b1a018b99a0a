//! One look at a Deployment: decide what the situation is, take one kind of step, report.
//!
//! Models: kubernetes v1.36 `pkg/controller/deployment/deployment_controller.go` `syncDeployment`,
//! `sync.go` and the top functions of `rolling.go` and `recreate.go`.

use std::sync::Arc;

use super::replica_sets::{
    active, find_new_replica_set, find_old_replica_sets, is_scaling_event,
    replicas_annotations_need_update, set_replicas_annotations, total_replicas,
};
use super::revision::{
    MAX_REVISION_HISTORY_CHARS, max_revision, replica_sets_to_clean_up,
    set_new_replica_set_annotations,
};
use super::rolling::{self, Resize, new_rs_new_replicas, reconcile_old_replica_sets};
use super::status::{
    Requeue, calculate_status, new_condition, requeue_stuck_deployment, rollout_status,
    set_condition,
};
use super::{proportion, recreate};
use crate::api::deployment::{
    DeploymentConditionType, DeploymentStatus, POD_TEMPLATE_HASH, REVISION, Reason,
};
use crate::api::event::{EventSource, EventType};
use crate::api::replica_set::{ReplicaSetSpec, ReplicaSetStatus};
use crate::api::{
    ConditionStatus, Deployment, Kind, LabelSelector, ObjectMeta, OwnerReference, Pod,
    PodTemplateSpec, ReplicaSet, Uid,
};
use crate::apiserver::names::{replica_set_name, template_hash};
use crate::apiserver::{ApiError, Propagation, merged};
use crate::controller::informer::{Informers, OwnedPods};
use crate::ctx::Ctx;

/// A Deployment as this sync sees and changes it. Writes of its status do not refresh its version,
/// as upstream: a second one in the same sync meets a conflict and is retried.
struct Sync<'a, 'c> {
    deployment: Deployment,
    sets: Vec<Arc<ReplicaSet>>,
    informers: &'a Informers,
    ctx: &'a mut Ctx<'c>,
}

/// The new set, if there is one, and the old ones, oldest first.
struct Sets {
    new: Option<Arc<ReplicaSet>>,
    old: Vec<Arc<ReplicaSet>>,
}

impl Sets {
    fn all(&self) -> Vec<Arc<ReplicaSet>> {
        self.old.iter().chain(&self.new).cloned().collect()
    }
}

/// Looks at one Deployment once.
pub(super) fn sync_deployment(
    deployment: &Arc<Deployment>,
    informers: &Informers,
    ctx: &mut Ctx<'_>,
) -> Result<Requeue, ApiError> {
    let mut sync =
        Sync { deployment: Deployment::clone(deployment), sets: Vec::new(), informers, ctx };
    sync.run()
}

impl Sync<'_, '_> {
    fn run(&mut self) -> Result<Requeue, ApiError> {
        if self.deployment.spec.selector.is_empty() {
            return self.refuse_empty_selector();
        }
        self.sets = self.claim_replica_sets();
        if self.deployment.meta.is_deleting() {
            let sets = self.sets_and_revision(false)?;
            return self.sync_status(&sets);
        }
        self.check_paused_conditions()?;
        if self.deployment.spec.paused {
            return self.scale();
        }
        let sets = self.sets_and_revision(false)?;
        if is_scaling_event(&self.deployment, &sets.all()) {
            return self.scale();
        }
        if self.deployment.is_rolling_update() { self.roll() } else { self.recreate() }
    }

    fn refuse_empty_selector(&mut self) -> Result<Requeue, ApiError> {
        let message = "This deployment is selecting all pods. A non-empty selector is required.";
        self.ctx.api.record(
            EventSource::DeploymentController,
            &self.deployment,
            EventType::Warning,
            "SelectingAll",
            message.to_owned(),
        );
        if self.deployment.status.observed_generation < self.deployment.meta.generation {
            self.deployment.status.observed_generation = self.deployment.meta.generation;
            self.write_status()?;
        }
        Ok(Requeue::Never)
    }

    /// The owned sets that match, after adopting orphans and releasing those that do not match.
    ///
    /// Models: `pkg/controller/controller_ref_manager.go` `ClaimReplicaSets`.
    fn claim_replica_sets(&mut self) -> Vec<Arc<ReplicaSet>> {
        let (uid, namespace) = (self.deployment.meta.uid, &self.deployment.meta.namespace);
        let selector = &self.deployment.spec.selector;
        let mut claimed = Vec::new();
        for rs in self.informers.replica_sets.by_name() {
            if rs.meta.namespace != *namespace {
                continue;
            }
            let matches = selector.matches(&rs.meta.labels);
            match rs.meta.controller() {
                Some(owner) if owner.uid == uid && matches => claimed.push(Arc::clone(rs)),
                Some(owner) if owner.uid == uid && !self.deployment.meta.is_deleting() => {
                    self.ctx.api.set_owners(Kind::ReplicaSet, rs.meta.uid, &[]);
                }
                None if matches && !rs.meta.is_deleting() && self.may_adopt() => {
                    let owner = owner_reference(&self.deployment);
                    let adopted = self.ctx.api.change::<ReplicaSet>(rs.meta.uid, |rs| {
                        rs.meta.owner_references = Arc::new([owner]);
                    });
                    claimed.extend(adopted);
                }
                Some(_) | None => {}
            }
        }
        claimed
    }

    /// Adoption asks the API server itself: an object that is being deleted adopts nothing.
    fn may_adopt(&self) -> bool {
        let live = self.ctx.api.list::<Deployment>().by_uid(self.deployment.meta.uid);
        live.is_some_and(|live| !live.meta.is_deleting())
    }

    /// Notes in the Progressing condition that the Deployment was paused or resumed, so that the
    /// deadline does not run meanwhile.
    fn check_paused_conditions(&mut self) -> Result<(), ApiError> {
        let type_ = DeploymentConditionType::Progressing;
        if self.deployment.progress_deadline().is_none() {
            return Ok(());
        }
        let reason = self.deployment.condition(type_).map(|condition| &condition.reason);
        if reason == Some(&Reason::ProgressDeadlineExceeded) {
            return Ok(());
        }
        let noted = reason == Some(&Reason::DeploymentPaused);
        let (reason, message) = match (self.deployment.spec.paused, noted) {
            (true, false) => (Reason::DeploymentPaused, "Deployment is paused"),
            (false, true) => (Reason::DeploymentResumed, "Deployment is resumed"),
            (true, true) | (false, false) => return Ok(()),
        };
        self.set_condition(type_, ConditionStatus::Unknown, reason, message);
        self.write_status()
    }

    /// A rolling update: grow the new set, or else shrink old ones, or else tidy up.
    fn roll(&mut self) -> Result<Requeue, ApiError> {
        let sets = self.sets_and_revision(true)?;
        let all = sets.all();
        if let Some(new) = &sets.new {
            let size = rolling::reconcile_new_replica_set(&self.deployment, &all, new);
            if let Some(size) = size {
                self.resize(new, size)?;
                return self.sync_rollout_status(&sets);
            }
        }
        let old = active(&sets.old);
        let steps = reconcile_old_replica_sets(&self.deployment, &all, &old, sets.new.as_deref());
        if !steps.is_empty() {
            // A set whose write fails is left for the next sync, as upstream.
            let _ = self.resize_all(steps);
            return self.sync_rollout_status(&sets);
        }
        self.clean_up_if_complete(&sets);
        self.sync_rollout_status(&sets)
    }

    /// A Recreate rollout: all old pods go, and only then do the new ones come.
    fn recreate(&mut self) -> Result<Requeue, ApiError> {
        let mut sets = self.sets_and_revision(false)?;
        let steps = recreate::scale_down_old_replica_sets(&sets.old);
        if !steps.is_empty() {
            self.resize_all(steps)?;
            return self.sync_rollout_status(&sets);
        }
        if self.old_pods_running(&sets) {
            return self.sync_rollout_status(&sets);
        }
        if sets.new.is_none() {
            sets = self.sets_and_revision(true)?;
        }
        if let Some(new) = &sets.new {
            self.resize(new, self.deployment.spec.replicas)?;
        }
        self.clean_up_if_complete(&sets);
        self.sync_rollout_status(&sets)
    }

    fn old_pods_running(&self, sets: &Sets) -> bool {
        let informers = self.informers;
        let pods = self.sets.iter().flat_map(|rs| {
            let owned = informers.pods_of(rs.meta.uid);
            let pods = owned.into_iter().flat_map(|owned: &OwnedPods| owned.pods.values());
            pods.map(|entry| (rs.meta.uid, Pod::clone(&entry.pod)))
        });
        let pods: Vec<(Uid, Pod)> = pods.collect();
        recreate::old_pods_running(
            sets.new.as_ref().map(|new| new.meta.uid),
            &sets.old,
            pods.iter().map(|(owner, pod)| (*owner, pod)),
        )
    }

    /// Sizes only: the Deployment was resized, or is paused.
    fn scale(&mut self) -> Result<Requeue, ApiError> {
        let sets = self.sets_and_revision(false)?;
        let steps = proportion::scale(&self.deployment, sets.new.as_ref(), &sets.old);
        self.resize_all(steps)?;
        if self.deployment.spec.paused {
            self.clean_up(&sets);
        }
        self.sync_status(&sets)
    }

    /// Finds the new set and the old ones, brings the revision up to date, and makes the new set
    /// if it is missing and `create` says so.
    fn sets_and_revision(&mut self, create: bool) -> Result<Sets, ApiError> {
        let found = find_new_replica_set(&self.deployment.spec.template, &self.sets);
        let old = find_old_replica_sets(&self.sets, found.as_deref());
        let revision = max_revision(&old) + 1;
        let new = match found {
            Some(existing) => Some(self.update_new_replica_set(&existing, revision)?),
            None if create => Some(self.create_new_replica_set(&old, revision)?),
            None => None,
        };
        Ok(Sets { new, old })
    }

    /// Brings an existing new set up to date.
    fn update_new_replica_set(
        &mut self,
        existing: &Arc<ReplicaSet>,
        revision: i64,
    ) -> Result<Arc<ReplicaSet>, ApiError> {
        let mut changed = ReplicaSet::clone(existing);
        let annotated = set_new_replica_set_annotations(
            &self.deployment,
            &mut changed.meta,
            revision,
            true,
            MAX_REVISION_HISTORY_CHARS,
        );
        let min_ready = self.deployment.spec.min_ready_seconds;
        if annotated || changed.spec.min_ready_seconds != min_ready {
            changed.spec.min_ready_seconds = min_ready;
            return self.ctx.api.update(changed);
        }
        let own_revision = existing.meta.annotation(REVISION).unwrap_or_default();
        let mut needs_write = self.deployment.meta.set_annotation(REVISION, own_revision);
        let type_ = DeploymentConditionType::Progressing;
        if self.deployment.progress_deadline().is_some()
            && self.deployment.condition(type_).is_none()
        {
            let message = format!("Found new replica set \"{}\"", existing.meta.name);
            self.set_condition(type_, ConditionStatus::True, Reason::FoundNewReplicaSet, message);
            needs_write = true;
        }
        if needs_write {
            self.write_status()?;
        }
        Ok(Arc::clone(existing))
    }

    fn create_new_replica_set(
        &mut self,
        old: &[Arc<ReplicaSet>],
        revision: i64,
    ) -> Result<Arc<ReplicaSet>, ApiError> {
        let wanted = self.new_replica_set(old, revision);
        let (name, size) = (wanted.meta.name.clone(), wanted.spec.replicas);
        let (created, existed) = match self.ctx.api.create(wanted) {
            Ok(created) => (created, false),
            Err(ApiError::AlreadyExists { .. }) => (self.own_or_collision(&name)?, true),
            Err(error) => return Err(self.report_create_error(&name, error)),
        };
        if !existed && size > 0 {
            self.record_scaling(format!("Scaled up replica set {name} from 0 to {size}"));
        }
        let revision = revision.to_string();
        let mut needs_write = self.deployment.meta.set_annotation(REVISION, &revision);
        if !existed && self.deployment.progress_deadline().is_some() {
            let message = format!("Created new replica set \"{name}\"");
            let reason = Reason::NewReplicaSetCreated;
            let type_ = DeploymentConditionType::Progressing;
            self.set_condition(type_, ConditionStatus::True, reason, message);
            needs_write = true;
        }
        if needs_write {
            self.write_status()?;
        }
        Ok(created)
    }

    /// The set to be made: sized at once for its first step.
    fn new_replica_set(&self, old: &[Arc<ReplicaSet>], revision: i64) -> ReplicaSet {
        let deployment = &self.deployment;
        let template = &deployment.spec.template;
        let hash = template_hash(&template_text(template), deployment.status.collision_count);
        let hash_label = || [(POD_TEMPLATE_HASH.into(), hash.as_str().into())];
        let labels = merged(&template.labels, hash_label());
        let selector = LabelSelector {
            match_labels: merged(&deployment.spec.selector.match_labels, hash_label()),
            match_expressions: deployment.spec.selector.match_expressions.clone(),
        };
        let mut meta = ObjectMeta {
            name: replica_set_name(&deployment.meta.name, &hash),
            namespace: deployment.meta.namespace.clone(),
            labels: labels.clone(),
            owner_references: Arc::new([owner_reference(deployment)]),
            ..ObjectMeta::default()
        };
        set_new_replica_set_annotations(
            deployment,
            &mut meta,
            revision,
            false,
            MAX_REVISION_HISTORY_CHARS,
        );
        ReplicaSet {
            meta,
            spec: ReplicaSetSpec {
                replicas: new_rs_new_replicas(deployment, total_replicas(old), 0),
                min_ready_seconds: deployment.spec.min_ready_seconds,
                selector,
                template: PodTemplateSpec { labels, ..template.clone() },
            },
            status: ReplicaSetStatus::default(),
        }
    }

    /// The set that has the name already, if it is this Deployment's with this template; otherwise
    /// the hash collides, and the next sync tries another.
    fn own_or_collision(&mut self, name: &str) -> Result<Arc<ReplicaSet>, ApiError> {
        let live = self.ctx.api.get::<ReplicaSet>(&self.deployment.meta.namespace, name)?;
        let template = &self.deployment.spec.template;
        if live.meta.is_controlled_by(self.deployment.meta.uid)
            && live.spec.template.equal_ignore_hash(template)
        {
            return Ok(Arc::clone(live));
        }
        let count = self.deployment.status.collision_count.unwrap_or(0);
        self.deployment.status.collision_count = Some(count + 1);
        self.write_status()?;
        Err(ApiError::AlreadyExists { kind: Kind::ReplicaSet, name: name.into() })
    }

    fn report_create_error(&mut self, name: &str, error: ApiError) -> ApiError {
        let message = format!("Failed to create new replica set \"{name}\": {error}");
        if self.deployment.progress_deadline().is_some() {
            self.set_condition(
                DeploymentConditionType::Progressing,
                ConditionStatus::False,
                Reason::ReplicaSetCreateError,
                message.as_str(),
            );
            // The first error is the one to report.
            let _ = self.write_status();
        }
        self.ctx.api.record(
            EventSource::DeploymentController,
            &self.deployment,
            EventType::Warning,
            "ReplicaSetCreateError",
            message,
        );
        error
    }

    fn resize_all(&mut self, steps: Vec<Resize>) -> Result<(), ApiError> {
        let mut latest: Vec<Arc<ReplicaSet>> = Vec::new();
        for (rs, size) in steps {
            // A set that two steps name is resized from where the first one left it.
            let known = latest.iter().find(|seen| seen.meta.uid == rs.meta.uid).cloned();
            let written = self.resize(known.as_ref().unwrap_or(&rs), size)?;
            latest.retain(|seen| seen.meta.uid != written.meta.uid);
            latest.push(written);
        }
        Ok(())
    }

    /// Gives a set its size and refreshes its annotations about sizes.
    fn resize(&mut self, rs: &Arc<ReplicaSet>, size: i32) -> Result<Arc<ReplicaSet>, ApiError> {
        let desired = self.deployment.spec.replicas;
        let max = self.deployment.max_replicas();
        let before = rs.spec.replicas;
        if before == size && !replicas_annotations_need_update(&rs.meta, desired, max) {
            return Ok(Arc::clone(rs));
        }
        let mut changed = ReplicaSet::clone(rs);
        changed.spec.replicas = size;
        set_replicas_annotations(&mut changed.meta, desired, max);
        let written = self.ctx.api.update(changed)?;
        if before != size {
            let direction = if size > before { "up" } else { "down" };
            let name = &rs.meta.name;
            self.record_scaling(format!(
                "Scaled {direction} replica set {name} from {before} to {size}"
            ));
        }
        Ok(written)
    }

    fn record_scaling(&mut self, message: String) {
        self.ctx.api.record(
            EventSource::DeploymentController,
            &self.deployment,
            EventType::Normal,
            "ScalingReplicaSet",
            message,
        );
    }

    fn clean_up_if_complete(&mut self, sets: &Sets) {
        if self.deployment.is_complete(&self.deployment.status) {
            self.clean_up(sets);
        }
    }

    fn clean_up(&mut self, sets: &Sets) {
        let limit = self.deployment.spec.revision_history_limit;
        for rs in replica_sets_to_clean_up(limit, &sets.old) {
            // One that is gone already needs no deleting.
            let _ = self.ctx.api.delete::<ReplicaSet>(
                &rs.meta.namespace,
                &rs.meta.name,
                Propagation::Background,
            );
        }
    }

    /// Reports on the rollout; without news, comes back for the deadline.
    fn sync_rollout_status(&mut self, sets: &Sets) -> Result<Requeue, ApiError> {
        let status =
            rollout_status(&self.deployment, &sets.all(), sets.new.as_deref(), self.ctx.now);
        if status == self.deployment.status {
            return Ok(requeue_stuck_deployment(&self.deployment, &status, self.ctx.now));
        }
        self.write_new_status(status)
    }

    /// Reports the counts only.
    fn sync_status(&mut self, sets: &Sets) -> Result<Requeue, ApiError> {
        let status =
            calculate_status(&self.deployment, &sets.all(), sets.new.as_deref(), self.ctx.now);
        if status == self.deployment.status {
            return Ok(Requeue::Never);
        }
        self.write_new_status(status)
    }

    fn write_new_status(&mut self, status: DeploymentStatus) -> Result<Requeue, ApiError> {
        self.deployment.status = status;
        self.write_status()?;
        Ok(Requeue::Never)
    }

    fn write_status(&mut self) -> Result<(), ApiError> {
        self.ctx.api.update_status(self.deployment.clone()).map(drop)
    }

    fn set_condition(
        &mut self,
        type_: DeploymentConditionType,
        status: ConditionStatus,
        reason: Reason,
        message: impl Into<String>,
    ) {
        let condition = new_condition(type_, status, reason, message, self.ctx.now);
        set_condition(&mut self.deployment.status, condition);
    }
}

fn owner_reference(deployment: &Deployment) -> OwnerReference {
    OwnerReference {
        kind: Kind::Deployment,
        name: deployment.meta.name.clone(),
        uid: deployment.meta.uid,
        controller: true,
    }
}

/// The template written out, for its hash: equal templates give equal text.
fn template_text(template: &PodTemplateSpec) -> String {
    let mut text = String::new();
    for (key, value) in template.labels.iter().chain(template.annotations.iter()) {
        text.push_str(key);
        text.push('=');
        text.push_str(value);
        text.push('\n');
    }
    text.push_str(&template.spec.raw().to_json());
    text
}
