//! `apps/v1` Deployment: the declared release and what the controller has made of it.
//!
//! Models: kubernetes v1.36 `staging/src/k8s.io/api/apps/v1/types.go`.
//! Leaves out: `podReplacementPolicy`, `terminatingReplicas` (gated upstream).

use std::fmt;

use super::int_or_percent::InvalidPercent;
use super::{ConditionStatus, IntOrPercent, LabelSelector, ObjectMeta, PodTemplateSpec};
use crate::time::Instant;

/// The name of the annotation that holds a `ReplicaSet`'s or Deployment's revision.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// The annotation with a `ReplicaSet`'s earlier revisions, comma separated.
pub const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// The annotation with the Deployment's size when the `ReplicaSet` was last sized.
pub const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
/// The annotation with the Deployment's size and surge when the `ReplicaSet` was last sized.
pub const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
/// The annotation `kubectl rollout history` prints.
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";
/// The annotation in which `kubectl apply` keeps what was applied.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// The label that tells the pods of one `ReplicaSet` from those of another.
pub const POD_TEMPLATE_HASH: &str = "pod-template-hash";

/// How old pods are replaced by new ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Step by step, within the two bounds.
    RollingUpdate {
        /// How many pods may exist beyond the desired number.
        max_surge: IntOrPercent,
        /// How many of the desired pods may be missing.
        max_unavailable: IntOrPercent,
    },
    /// All old pods go before the first new one comes.
    Recreate,
}

/// What the Deployment should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentSpec {
    /// Desired number of pods.
    pub replicas: i32,
    /// Which pods belong to the Deployment. Immutable.
    pub selector: LabelSelector,
    /// The pods to run.
    pub template: PodTemplateSpec,
    /// How to replace pods.
    pub strategy: Strategy,
    /// How long a pod must be ready to count as available, in seconds.
    pub min_ready_seconds: i32,
    /// How many old `ReplicaSets` to keep.
    pub revision_history_limit: Option<i32>,
    /// Whether template changes wait.
    pub paused: bool,
    /// After how long without progress the rollout is reported as failed, in seconds.
    pub progress_deadline_seconds: Option<i32>,
}

/// A Deployment's condition types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentConditionType {
    /// Enough pods are available.
    Available,
    /// The rollout moves, or is done.
    Progressing,
    /// Pods cannot be created or deleted.
    ReplicaFailure,
}

impl DeploymentConditionType {
    /// The type as the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::Progressing => "Progressing",
            Self::ReplicaFailure => "ReplicaFailure",
        }
    }
}

impl fmt::Display for DeploymentConditionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a Deployment's condition is as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A new `ReplicaSet` was made.
    NewReplicaSetCreated,
    /// A `ReplicaSet` with the template was found.
    FoundNewReplicaSet,
    /// The rollout moved.
    ReplicaSetUpdated,
    /// The new `ReplicaSet` could not be made.
    ReplicaSetCreateError,
    /// The rollout is complete.
    NewReplicaSetAvailable,
    /// No progress for longer than `progressDeadlineSeconds`.
    ProgressDeadlineExceeded,
    /// The Deployment was paused.
    DeploymentPaused,
    /// The Deployment was resumed.
    DeploymentResumed,
    /// Enough pods are available.
    MinimumReplicasAvailable,
    /// Too few pods are available.
    MinimumReplicasUnavailable,
    /// Copied from a `ReplicaSet`'s `ReplicaFailure`, such as `FailedCreate`.
    Other(super::Name),
}

impl Reason {
    /// The reason as the API writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::NewReplicaSetCreated => "NewReplicaSetCreated",
            Self::FoundNewReplicaSet => "FoundNewReplicaSet",
            Self::ReplicaSetUpdated => "ReplicaSetUpdated",
            Self::ReplicaSetCreateError => "ReplicaSetCreateError",
            Self::NewReplicaSetAvailable => "NewReplicaSetAvailable",
            Self::ProgressDeadlineExceeded => "ProgressDeadlineExceeded",
            Self::DeploymentPaused => "DeploymentPaused",
            Self::DeploymentResumed => "DeploymentResumed",
            Self::MinimumReplicasAvailable => "MinimumReplicasAvailable",
            Self::MinimumReplicasUnavailable => "MinimumReplicasUnavailable",
            Self::Other(text) => text,
        }
    }

    /// The reason the API writes as `text`.
    pub fn from_text(text: &str) -> Self {
        [
            Self::NewReplicaSetCreated,
            Self::FoundNewReplicaSet,
            Self::ReplicaSetUpdated,
            Self::ReplicaSetCreateError,
            Self::NewReplicaSetAvailable,
            Self::ProgressDeadlineExceeded,
            Self::DeploymentPaused,
            Self::DeploymentResumed,
            Self::MinimumReplicasAvailable,
            Self::MinimumReplicasUnavailable,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == text)
        .unwrap_or_else(|| Self::Other(text.into()))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One condition of a Deployment. Times are whole seconds, as in the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentCondition {
    /// What it speaks of.
    pub type_: DeploymentConditionType,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Why.
    pub reason: Reason,
    /// Why, in words.
    pub message: String,
    /// When it was last written. The progress deadline counts from here.
    pub last_update_time: Instant,
    /// When `status` last changed.
    pub last_transition_time: Instant,
}

/// What the controller has observed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DeploymentStatus {
    /// The generation the controller has acted on.
    pub observed_generation: i64,
    /// Active pods of all `ReplicaSets`.
    pub replicas: i32,
    /// Active pods with the current template.
    pub updated_replicas: i32,
    /// Ready pods.
    pub ready_replicas: i32,
    /// Pods ready for at least `minReadySeconds`.
    pub available_replicas: i32,
    /// Pods that are wanted and not available.
    pub unavailable_replicas: i32,
    /// In the order upstream keeps: the one changed last stands last.
    pub conditions: Vec<DeploymentCondition>,
    /// How often a `ReplicaSet` name was taken already.
    pub collision_count: Option<u32>,
}

/// A Deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Metadata.
    pub meta: ObjectMeta,
    /// What it should be.
    pub spec: DeploymentSpec,
    /// What it is.
    pub status: DeploymentStatus,
}

impl Deployment {
    /// The condition of this type.
    pub fn condition(&self, type_: DeploymentConditionType) -> Option<&DeploymentCondition> {
        self.status.condition(type_)
    }

    /// The revision annotation, 0 when there is none.
    pub fn revision(&self) -> i64 {
        revision_of(&self.meta)
    }

    /// Whether the strategy is `RollingUpdate`.
    pub const fn is_rolling_update(&self) -> bool {
        matches!(self.spec.strategy, Strategy::RollingUpdate { .. })
    }

    /// The surge and the unavailability allowed, as counts: surge rounds up, unavailable rounds
    /// down, and both 0 makes unavailable 1. `25%` and `25%` of 3 resolve to `(1, 0)`.
    ///
    /// # Errors
    /// A bound that is text but no percentage.
    pub fn resolve_fenceposts(&self) -> Result<(i32, i32), InvalidPercent> {
        match &self.spec.strategy {
            Strategy::RollingUpdate { max_surge, max_unavailable } => {
                resolve_fenceposts(Some(max_surge), Some(max_unavailable), self.spec.replicas)
            }
            Strategy::Recreate => Ok((0, 0)),
        }
    }

    /// The surge allowed; 0 for Recreate.
    pub fn max_surge(&self) -> i32 {
        self.resolve_fenceposts().map_or(0, |(surge, _)| surge)
    }

    /// The most pods a rolling update may have: the number wanted and the surge.
    pub fn max_replicas(&self) -> i32 {
        self.spec.replicas.saturating_add(self.max_surge())
    }

    /// How many pods may be unavailable: capped at the desired number, 0 for Recreate.
    pub fn max_unavailable(&self) -> i32 {
        if self.spec.replicas == 0 {
            return 0;
        }
        self.resolve_fenceposts().map_or(0, |(_, unavailable)| unavailable.min(self.spec.replicas))
    }

    /// How many pods must stay available during a rolling update.
    pub fn min_available(&self) -> i32 {
        if self.is_rolling_update() { self.spec.replicas - self.max_unavailable() } else { 0 }
    }

    /// Whether `status` says that the rollout of the current generation is complete.
    pub const fn is_complete(&self, status: &DeploymentStatus) -> bool {
        status.updated_replicas == self.spec.replicas
            && status.replicas == self.spec.replicas
            && status.available_replicas == self.spec.replicas
            && status.observed_generation >= self.meta.generation
    }

    /// The progress deadline in seconds, if one is set that can expire.
    pub fn progress_deadline(&self) -> Option<i32> {
        self.spec.progress_deadline_seconds.filter(|&seconds| seconds != i32::MAX)
    }
}

impl DeploymentStatus {
    /// The condition of this type.
    pub fn condition(&self, type_: DeploymentConditionType) -> Option<&DeploymentCondition> {
        self.conditions.iter().find(|condition| condition.type_ == type_)
    }
}

/// Resolves both bounds against `desired`; see [`Deployment::resolve_fenceposts`].
///
/// # Errors
/// A bound that is text but no percentage.
pub fn resolve_fenceposts(
    max_surge: Option<&IntOrPercent>,
    max_unavailable: Option<&IntOrPercent>,
    desired: i32,
) -> Result<(i32, i32), InvalidPercent> {
    let resolve = |bound: Option<&IntOrPercent>, round_up| {
        bound.map_or(Ok(0), |bound| bound.scaled(desired, round_up))
    };
    let surge = resolve(max_surge, true)?;
    let unavailable = resolve(max_unavailable, false)?;
    Ok(if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) })
}

/// The revision annotation of an object, 0 when absent or not a number.
pub fn revision_of(meta: &ObjectMeta) -> i64 {
    meta.annotation(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}
