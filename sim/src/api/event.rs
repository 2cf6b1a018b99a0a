//! `v1` Event: what a component did or met, kept for people to read.
//!
//! Models: kubernetes v1.36 `staging/src/k8s.io/api/core/v1/types.go`.

use std::borrow::Cow;

use super::{Kind, Name, ObjectMeta, Uid};
use crate::time::Instant;

/// Normal or Warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventType {
    /// All is well.
    Normal,
    /// Somebody may have to look.
    Warning,
}

impl EventType {
    /// The type as the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// The component an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventSource {
    /// `deployment-controller`.
    DeploymentController,
    /// `replicaset-controller`.
    ReplicaSetController,
    /// `default-scheduler`.
    Scheduler,
    /// `kubelet`.
    Kubelet,
    /// `controllermanager`: the disruption controller calls itself so.
    ControllerManager,
    /// `node-controller`.
    NodeController,
    /// `taint-eviction-controller`.
    TaintEviction,
    /// `horizontal-pod-autoscaler`.
    Autoscaler,
}

impl EventSource {
    /// The component's name as the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeploymentController => "deployment-controller",
            Self::ReplicaSetController => "replicaset-controller",
            Self::Scheduler => "default-scheduler",
            Self::Kubelet => "kubelet",
            Self::ControllerManager => "controllermanager",
            Self::NodeController => "node-controller",
            Self::TaintEviction => "taint-eviction-controller",
            Self::Autoscaler => "horizontal-pod-autoscaler",
        }
    }
}

/// The object an event speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvolvedObject {
    /// Its kind; `None` for one the simulator has no objects of.
    pub kind: Option<Kind>,
    /// Its name.
    pub name: Name,
    /// Its uid.
    pub uid: Uid,
}

impl InvolvedObject {
    /// Its kind as events print it; empty for one the simulator has no objects of.
    pub fn kind_text(&self) -> &'static str {
        self.kind.map_or("", Kind::as_str)
    }
}

/// An Event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Metadata.
    pub meta: ObjectMeta,
    /// The object it speaks of.
    pub involved_object: InvolvedObject,
    /// A word for machines, such as `ScalingReplicaSet`.
    pub reason: Cow<'static, str>,
    /// A sentence for people.
    pub message: Name,
    /// Normal or Warning.
    pub type_: EventType,
    /// The component that says so, such as `kubelet`.
    pub source: Cow<'static, str>,
    /// How often it happened.
    pub count: u32,
    /// When it first happened, in whole seconds.
    pub first_timestamp: Instant,
    /// When it last happened, in whole seconds.
    pub last_timestamp: Instant,
}
