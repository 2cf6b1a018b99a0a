//! `v1` Pod: one running copy of a template.
//!
//! Models: kubernetes v1.36 `staging/src/k8s.io/api/core/v1/types.go`.

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use super::{ConditionStatus, Name, ObjectMeta, PodSpec};
use crate::time::{Duration, Instant};

/// A pod's phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum PodPhase {
    /// Not all containers have started.
    #[default]
    Pending,
    /// All containers have started.
    Running,
    /// All containers ended well and stay ended.
    Succeeded,
    /// All containers ended and one ended badly.
    Failed,
    /// The node cannot be asked.
    Unknown,
}

impl PodPhase {
    /// The phase as the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }

    /// Whether the pod has ended for good.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

impl fmt::Display for PodPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A pod's condition types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PodConditionType {
    /// A node was found.
    PodScheduled,
    /// Init containers are done.
    Initialized,
    /// All containers are ready.
    ContainersReady,
    /// The pod may take traffic.
    Ready,
    /// Somebody has asked for the pod to go.
    DisruptionTarget,
}

impl PodConditionType {
    /// The type as the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PodScheduled => "PodScheduled",
            Self::Initialized => "Initialized",
            Self::ContainersReady => "ContainersReady",
            Self::Ready => "Ready",
            Self::DisruptionTarget => "DisruptionTarget",
        }
    }
}

/// One condition of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodCondition {
    /// What it speaks of.
    pub type_: PodConditionType,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Why, as a word; empty when there is nothing to say.
    pub reason: &'static str,
    /// Why, in words.
    pub message: Name,
    /// When `status` last changed, in whole seconds as in the API.
    pub last_transition_time: Instant,
}

/// What a container is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// Not running yet, or not again.
    Waiting {
        /// Why, such as `ContainerCreating`.
        reason: &'static str,
        /// Why, in words.
        message: Name,
    },
    /// Running.
    Running {
        /// Since when.
        started_at: Instant,
    },
    /// Ended.
    Terminated {
        /// Its exit code.
        exit_code: i32,
        /// `Completed`, `Error` or `OOMKilled`.
        reason: &'static str,
        /// When it started.
        started_at: Instant,
        /// When it ended.
        finished_at: Instant,
    },
}

/// The state of one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerStatus {
    /// Its name.
    pub name: Name,
    /// What it is doing.
    pub state: ContainerState,
    /// How the run before ended.
    pub last_state: Option<ContainerState>,
    /// Whether it may take traffic; of an init container, whether it has ended well.
    pub ready: bool,
    /// Whether it runs and its startup probe, if any, has succeeded.
    pub started: bool,
    /// How often it was started again.
    pub restart_count: u32,
}

impl ContainerStatus {
    /// The status of a container that has not run yet.
    pub const fn waiting(name: Name, reason: &'static str, message: Name) -> Self {
        Self {
            name,
            state: ContainerState::Waiting { reason, message },
            last_state: None,
            ready: false,
            started: false,
            restart_count: 0,
        }
    }

    /// Whether it waits to run.
    pub const fn is_waiting(&self) -> bool {
        matches!(self.state, ContainerState::Waiting { .. })
    }

    /// Whether it has ever run.
    pub const fn has_started(&self) -> bool {
        !self.is_waiting() || self.last_state.is_some()
    }

    /// How it ended, or how its last run ended if it waits for the next.
    pub const fn exit_code(&self) -> Option<i32> {
        let state = match &self.state {
            ContainerState::Running { .. } => return None,
            ContainerState::Terminated { .. } => Some(&self.state),
            ContainerState::Waiting { .. } => self.last_state.as_ref(),
        };
        match state {
            Some(ContainerState::Terminated { exit_code, .. }) => Some(*exit_code),
            _ => None,
        }
    }
}

/// What is known of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PodStatus {
    /// The phase.
    pub phase: PodPhase,
    /// Conditions in the order they were first set.
    pub conditions: Vec<PodCondition>,
    /// The node it waits for while others leave it; most often empty.
    pub nominated_node_name: Name,
    /// Its address, once it runs.
    pub pod_ip: Option<Ipv4Addr>,
    /// When the kubelet took it, in whole seconds.
    pub start_time: Option<Instant>,
    /// Its init containers.
    pub init_container_statuses: Vec<ContainerStatus>,
    /// Its containers.
    pub container_statuses: Vec<ContainerStatus>,
}

/// A Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Metadata.
    pub meta: ObjectMeta,
    /// What it runs; shared with the template.
    pub spec: Arc<PodSpec>,
    /// Its node, empty while there is none.
    pub node_name: Name,
    /// What is known of it.
    pub status: PodStatus,
}

impl Pod {
    /// Neither ended nor being deleted: the pods controllers count.
    pub const fn is_active(&self) -> bool {
        !self.status.phase.is_terminal() && !self.meta.is_deleting()
    }

    /// The condition of this type.
    pub fn condition(&self, type_: PodConditionType) -> Option<&PodCondition> {
        self.status.conditions.iter().find(|condition| condition.type_ == type_)
    }

    /// Whether the Ready condition is True.
    pub fn is_ready(&self) -> bool {
        self.ready_since().is_some()
    }

    /// Since when the Ready condition is True, in whole seconds.
    pub fn ready_since(&self) -> Option<Instant> {
        self.condition(PodConditionType::Ready)
            .filter(|condition| condition.status == ConditionStatus::True)
            .map(|condition| condition.last_transition_time)
    }

    /// Whether a node was found.
    pub fn is_scheduled(&self) -> bool {
        !self.node_name.is_empty()
    }

    /// Whether the pod has been ready for `min_ready_seconds`, at `now`.
    pub fn is_available(&self, min_ready_seconds: i32, now: Instant) -> bool {
        self.next_availability(min_ready_seconds, now) == Some(Duration::ZERO)
    }

    /// How long until the pod, staying ready, counts as available: zero when it does already,
    /// `None` when it is not ready.
    ///
    /// Models: kubernetes v1.36 `pkg/api/v1/pod/util.go` `IsPodAvailable`.
    pub fn next_availability(&self, min_ready_seconds: i32, now: Instant) -> Option<Duration> {
        let since = self.ready_since()?;
        let needed = Duration::from_secs(u64::try_from(min_ready_seconds).unwrap_or(0));
        Some(needed.saturating_sub(now.since(since)))
    }

    /// The most restarts of any container.
    pub fn max_restarts(&self) -> u32 {
        self.status.container_statuses.iter().map(|status| status.restart_count).max().unwrap_or(0)
    }

    /// Sets a condition; the transition time moves only when the status changes. Says whether
    /// anything changed.
    pub fn set_condition(&mut self, mut condition: PodCondition) -> bool {
        condition.last_transition_time = condition.last_transition_time.truncated_to_second();
        let conditions = &mut self.status.conditions;
        let Some(old) = conditions.iter_mut().find(|old| old.type_ == condition.type_) else {
            conditions.push(condition);
            return true;
        };
        if old.status == condition.status {
            condition.last_transition_time = old.last_transition_time;
        }
        let changed = *old != condition;
        *old = condition;
        changed
    }
}
