//! `apps/v1` `ReplicaSet`: so many pods of one template.
//!
//! Models: kubernetes v1.36 `staging/src/k8s.io/api/apps/v1/types.go`.

use super::{ConditionStatus, LabelSelector, Name, ObjectMeta, PodTemplateSpec};
use crate::time::Instant;

/// What the `ReplicaSet` should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaSetSpec {
    /// Desired number of pods.
    pub replicas: i32,
    /// How long a pod must be ready to count as available, in seconds.
    pub min_ready_seconds: i32,
    /// Which pods belong to it.
    pub selector: LabelSelector,
    /// The pods to make.
    pub template: PodTemplateSpec,
}

/// One condition of a `ReplicaSet`. The only type is `ReplicaFailure`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaSetCondition {
    /// Whether it holds.
    pub status: ConditionStatus,
    /// `FailedCreate` or `FailedDelete`.
    pub reason: Name,
    /// The error.
    pub message: String,
    /// When `status` last changed, in whole seconds.
    pub last_transition_time: Instant,
}

/// What the controller has observed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ReplicaSetStatus {
    /// Active pods.
    pub replicas: i32,
    /// Active pods that carry all labels of the template.
    pub fully_labeled_replicas: i32,
    /// Ready pods.
    pub ready_replicas: i32,
    /// Pods ready for at least `minReadySeconds`.
    pub available_replicas: i32,
    /// The generation the controller has acted on.
    pub observed_generation: i64,
    /// The `ReplicaFailure` condition, if pods cannot be made or removed.
    pub replica_failure: Option<ReplicaSetCondition>,
}

/// A `ReplicaSet`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaSet {
    /// Metadata.
    pub meta: ObjectMeta,
    /// What it should be.
    pub spec: ReplicaSetSpec,
    /// What it is.
    pub status: ReplicaSetStatus,
}

impl ReplicaSet {
    /// The revision annotation, 0 when there is none.
    pub fn revision(&self) -> i64 {
        super::deployment::revision_of(&self.meta)
    }

    /// The `pod-template-hash` label, empty when there is none.
    pub fn pod_template_hash(&self) -> &str {
        self.meta.labels.get(super::deployment::POD_TEMPLATE_HASH).map_or("", AsRef::as_ref)
    }
}
