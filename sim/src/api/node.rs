//! `v1` Node: a machine that runs pods.
//!
//! Models: kubernetes v1.36 `staging/src/k8s.io/api/core/v1/types.go`. First form: allocatable
//! resources and cordoning; taints and node failure are not modelled yet.

use super::ObjectMeta;
use super::quantity::Resources;

/// A Node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Metadata.
    pub meta: ObjectMeta,
    /// Whether new pods are kept away (`kubectl cordon`).
    pub unschedulable: bool,
    /// What pods may request in total.
    pub allocatable: Resources,
    /// How many pods fit.
    pub max_pods: u32,
}
