//! `v1` Node: a machine that runs pods.
//!
//! Models: kubernetes v1.36 `staging/src/k8s.io/api/core/v1/types.go`.

use super::quantity::Resources;
use super::{ConditionStatus, Name, ObjectMeta, Value};
use crate::time::Instant;

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaintEffect {
    /// New ones are kept away.
    NoSchedule,
    /// New ones go elsewhere if they can.
    PreferNoSchedule,
    /// New ones are kept away, and those that run are evicted.
    NoExecute,
}

impl TaintEffect {
    /// The effect as manifests write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }

    /// The effect of this name.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::NoSchedule, Self::PreferNoSchedule, Self::NoExecute];
        all.into_iter().find(|effect| effect.as_str() == text)
    }
}

/// A reason for pods to keep away from a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// Its key.
    pub key: Name,
    /// Its value, often empty.
    pub value: Name,
    /// What it does.
    pub effect: TaintEffect,
    /// When it was added, for the taints of controllers.
    pub time_added: Option<Instant>,
}

impl Taint {
    /// A taint without a value.
    pub fn new(key: &str, effect: TaintEffect, time_added: Option<Instant>) -> Self {
        Self { key: key.into(), value: "".into(), effect, time_added }
    }

    /// Whether key and effect are those of `other`: a node has only one such taint.
    pub fn is_like(&self, other: &Self) -> bool {
        self.key == other.key && self.effect == other.effect
    }
}

/// Whether a node's kubelet says that it is well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeReady {
    /// `Unknown` when the kubelet says nothing any more.
    pub status: ConditionStatus,
    /// When that last changed.
    pub since: Instant,
}

/// A Node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Metadata.
    pub meta: ObjectMeta,
    /// Whether new pods are kept away (`kubectl cordon`).
    pub unschedulable: bool,
    /// Reasons for pods to keep away.
    pub taints: Vec<Taint>,
    /// What pods may request in total.
    pub allocatable: Resources,
    /// How many pods fit.
    pub max_pods: u32,
    /// Whether its kubelet says that it is well.
    pub ready: NodeReady,
}

impl Node {
    /// Whether its kubelet says that it is well.
    pub fn is_ready(&self) -> bool {
        self.ready.status == ConditionStatus::True
    }

    /// The taints of a node's `spec`.
    pub fn read_taints(spec: &Value, parse_time: fn(&str) -> Option<Instant>) -> Vec<Taint> {
        let text = |taint: &Value, key: &str| -> Name {
            taint.get(key).and_then(Value::scalar_text).unwrap_or_default()
        };
        let taints = spec.get("taints").and_then(Value::as_list).unwrap_or_default();
        let read = |taint: &Value| {
            Some(Taint {
                key: text(taint, "key"),
                value: text(taint, "value"),
                effect: TaintEffect::parse(&text(taint, "effect"))?,
                time_added: parse_time(&text(taint, "timeAdded")),
            })
        };
        taints.iter().filter_map(read).collect()
    }
}
