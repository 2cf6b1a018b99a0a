//! What the screen shows of a cluster: plain data in the words of the screen.
//!
//! [`project`] is the one way out of the simulator to the page. Every Kubernetes rule that the
//! picture needs is applied here, so that the page knows none. [`nodes`] and [`acts`] tell
//! what is asked for more seldom.

mod acts;
mod crowd;
mod deployments;
mod failures;
mod future;
mod narration;
mod nodes;
mod pods;
mod projector;
mod scripts;
mod services;
mod shelves;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use crate::api::{Name, Uid};
use crate::cluster::Cluster;
use crate::network::clients::Clients;
use crate::network::request::Failure;
use crate::network::tally::PodTally;
pub use crate::network::tally::SecondOfTraffic;
use crate::time::{Duration, Instant};
pub use acts::{Act, acts};
pub use future::{Foreseen, foresee};
pub use nodes::{NodePod, NodeShare, NodeView, is_gpu, nodes};
pub use projector::Projector;
pub use scripts::scripts;
pub use shelves::Pods;

/// A cluster at an instant, as the screen shows it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ClusterView {
    /// The instant.
    pub now: Instant,
    /// The Services by name.
    pub services: Vec<Arc<ServiceView>>,
    /// The Deployments by name.
    pub deployments: Vec<Arc<DeploymentView>>,
    /// `ReplicaSets` that belong to no Deployment, and pods that belong to no `ReplicaSet` in a
    /// lane without a name.
    pub loose: Vec<LaneView>,
    /// All pods in the order of their creation, which is that of their uids; with them the last
    /// ones that were killed.
    pub pods: Pods,
    /// The last requests, oldest first.
    pub requests: Vec<RequestView>,
    /// The last events, newest first.
    pub events: Vec<EventLine>,
    /// What happens now and why, in one or two sentences.
    pub narration: String,
    /// Requests a second to each Service.
    pub request_rate: u32,
    /// What the clients ask for, and how patient they are.
    pub clients: Clients,
    /// How long it takes at most until every node's kube-proxy follows a change.
    pub proxy_lag: Duration,
    /// Requests sent since boot.
    pub sent: u64,
    /// Requests that failed since boot.
    pub failed: u64,
    /// Why they failed, the most frequent cause first.
    pub failures: Vec<FailureView>,
}

/// A cause for which requests failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureView {
    /// The cause.
    pub cause: Failure,
    /// How many requests.
    pub requests: u64,
    /// How many of each version; empty for those that met no pod.
    pub versions: Vec<(Name, u64)>,
    /// When the first of them was sent.
    pub first_at: Instant,
    /// How the first of them came to fail.
    pub explanation: String,
}

/// A Service and where its requests may go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceView {
    /// Its uid.
    pub uid: Uid,
    /// Its name.
    pub name: Name,
    /// Its selector, one `key=value` each.
    pub selector: Vec<String>,
    /// Pods its selector matches.
    pub matched: usize,
    /// Endpoints that take requests.
    pub ready: usize,
    /// Endpoints that do not, because their pods are not Ready.
    pub not_ready: usize,
    /// Endpoints whose pods are being deleted.
    pub terminating: usize,
    /// The pods that take requests.
    pub endpoints: Vec<Uid>,
    /// The pods that will, once they are Ready; left out where there are very many.
    pub coming: Vec<Uid>,
}

/// A Deployment with its `ReplicaSets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentView {
    /// Its uid.
    pub uid: Uid,
    /// Its name.
    pub name: Name,
    /// `RollingUpdate` or `Recreate`.
    pub strategy: &'static str,
    /// `spec.replicas`.
    pub desired: i32,
    /// Pods of the current template.
    pub updated: i32,
    /// Ready pods.
    pub ready: i32,
    /// Available pods.
    pub available: i32,
    /// Whether template changes wait.
    pub paused: bool,
    /// The revision.
    pub revision: i64,
    /// The version its template runs.
    pub version: Name,
    /// Whether the rollout is complete.
    pub complete: bool,
    /// The conditions.
    pub conditions: Vec<ConditionView>,
    /// What the rollout may use.
    pub budget: Budget,
    /// Its `ReplicaSets`, newest revision first.
    pub lanes: Vec<LaneView>,
}

/// One condition of a Deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionView {
    /// Its type.
    pub type_: &'static str,
    /// `True`, `False` or `Unknown`.
    pub status: &'static str,
    /// Its reason.
    pub reason: String,
    /// Its message.
    pub message: String,
}

/// How many pods a rollout must keep and how many it may make.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Budget {
    /// Pods wanted.
    pub replicas: i32,
    /// Pods allowed beyond these.
    pub max_surge: i32,
    /// Pods allowed to be missing.
    pub max_unavailable: i32,
    /// The least number of available pods.
    pub min_available: i32,
    /// The greatest number of pods.
    pub max_total: i32,
    /// Pods available.
    pub available: i32,
    /// Pods there are, terminating ones not counted.
    pub total: i32,
    /// How the surge follows from the manifest: `maxSurge 25% of 3 → 1 extra`.
    pub surge_arithmetic: String,
    /// How the unavailability follows: `maxUnavailable 25% of 3 → 0 missing`.
    pub unavailable_arithmetic: String,
    /// Whether no old pod may go because too few are available.
    pub waits_at_min: bool,
    /// Whether no new pod may come because there are as many as allowed.
    pub waits_at_max: bool,
    /// The pods by version, oldest first: how many are available and how many are not.
    pub shares: Vec<Share>,
}

/// Pods of one version within a [`Budget`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The version.
    pub version: Name,
    /// Pods available.
    pub available: i32,
    /// Pods not available.
    pub unavailable: i32,
}

/// A `ReplicaSet` and its pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneView {
    /// The `ReplicaSet`'s uid.
    pub uid: Uid,
    /// Its name.
    pub name: Name,
    /// Its `pod-template-hash`.
    pub hash: Name,
    /// Its revision, 0 for none.
    pub revision: i64,
    /// The version its template runs.
    pub version: Name,
    /// Whether it has the Deployment's template.
    pub is_new: bool,
    /// `spec.replicas`.
    pub desired: i32,
    /// Active pods.
    pub current: i32,
    /// Ready pods.
    pub ready: i32,
    /// All its pods in the order of creation, which is that of their
    /// uids; terminating ones too.
    pub pods: Vec<Uid>,
    /// Its pods that were killed lately, and when.
    pub killed: Vec<(Uid, Instant)>,
}

impl LaneView {
    /// Whether a pod is one of its pods.
    pub fn holds(&self, pod: Uid) -> bool {
        self.pods.binary_search(&pod).is_ok()
    }
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodView {
    /// Its uid.
    pub uid: Uid,
    /// Its name.
    pub name: Name,
    /// The last part of its name.
    pub suffix: String,
    /// The version it runs.
    pub version: Name,
    /// Its node, empty while there is none.
    pub node: Name,
    /// Where it stands.
    pub stage: Stage,
    /// Whether a Service sends it requests.
    pub receives_traffic: bool,
    /// How often a container was started again.
    pub restarts: u32,
    /// What its first container's probes say.
    pub probes: Probes,
    /// When readiness probes failed while the pod was loading.
    pub failed_probes: Vec<Instant>,
    /// Whether readiness probes have failed although the pod is loaded.
    pub keeps_failing: bool,
    /// What its requests came to.
    pub requests: PodTally,
    /// What of its scripts was not acted out as it would be.
    pub remarks: Vec<Remark>,
}

/// The probes of a container, those that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Probes {
    /// Whether it has started.
    pub startup: Option<ProbeView>,
    /// Whether it must be restarted.
    pub liveness: Option<ProbeView>,
    /// Whether it may take requests.
    pub readiness: Option<ProbeView>,
}

/// What one probe said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeView {
    /// Successes in a row.
    pub passed: u32,
    /// Failures in a row.
    pub failed: u32,
    /// `successThreshold`
    pub success_threshold: u32,
    /// `failureThreshold`
    pub failure_threshold: u32,
}

/// A remark on a container's script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The container.
    pub container: Name,
    /// The line of its script, from 1; 0 when it is about no line.
    pub line: u32,
    /// What was done instead.
    pub text: Name,
}

/// Where a pod stands, with the instants between which it is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// No node yet.
    Pending {
        /// What the scheduler says; empty before it has looked.
        reason: String,
    },
    /// It waits for an image.
    Pulling {
        /// Since when.
        from: Instant,
        /// When the image is there.
        to: Instant,
    },
    /// Its init containers run, one after the other.
    Initializing {
        /// How many have done their work.
        done: usize,
        /// How many there are.
        of: usize,
    },
    /// The sandbox and the containers are made.
    Creating {
        /// Since when.
        from: Instant,
        /// Until when, as expected.
        to: Instant,
    },
    /// The program runs and is not ready to answer yet.
    Loading {
        /// Since when.
        from: Instant,
        /// Until when, as expected.
        to: Instant,
    },
    /// The Ready condition is True.
    Ready {
        /// Since when.
        since: Instant,
        /// Whether it also counts as available (`minReadySeconds`).
        available: bool,
    },
    /// It runs, and its readiness probe fails or has not been asked again.
    #[default]
    NotReady,
    /// A container waits to be started again, or for its image.
    BackOff {
        /// `CrashLoopBackOff`, `ErrImagePull` or `ImagePullBackOff`.
        reason: &'static str,
    },
    /// Deletion has begun.
    Terminating {
        /// Since when.
        from: Instant,
        /// When its containers end.
        to: Instant,
    },
    /// Its containers have ended for good.
    Ended,
    /// It is gone: its containers were killed while they ran.
    Killed {
        /// When.
        at: Instant,
    },
}

impl Stage {
    /// The stage in a word or two.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "Pending",
            Self::Pulling { .. } => "pulling",
            Self::Initializing { .. } => "initializing",
            Self::Creating { .. } => "creating",
            Self::Loading { .. } => "loading",
            Self::Ready { .. } => "Ready",
            Self::NotReady => "not Ready",
            Self::BackOff { reason } => reason,
            Self::Terminating { .. } => "terminating",
            Self::Ended => "ended",
            Self::Killed { .. } => "killed",
        }
    }

    /// The instants between which the stage lasts, when both are known.
    pub const fn span(&self) -> Option<(Instant, Instant)> {
        match self {
            Self::Pulling { from, to }
            | Self::Creating { from, to }
            | Self::Loading { from, to }
            | Self::Terminating { from, to } => Some((*from, *to)),
            Self::Pending { .. }
            | Self::Initializing { .. }
            | Self::Ready { .. }
            | Self::NotReady
            | Self::BackOff { .. }
            | Self::Ended
            | Self::Killed { .. } => None,
        }
    }
}

/// A request and where it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestView {
    /// When it was sent.
    pub at: Instant,
    /// When its outcome was known; `None` while it is in flight.
    pub ended: Option<Instant>,
    /// To which Service.
    pub service: Uid,
    /// The pod that was chosen.
    pub pod: Option<Uid>,
    /// The version that answered or works on it, or why nobody did.
    pub outcome: Result<Name, Failure>,
}

/// A line of `kubectl get events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// When it last happened.
    pub at: Instant,
    /// Whether somebody may have to look.
    pub is_warning: bool,
    /// The reason.
    pub reason: Cow<'static, str>,
    /// What it is about, such as `pod/inference-x`.
    pub object: String,
    /// The message.
    pub message: Name,
    /// How often.
    pub count: u32,
}

/// What the screen shows of `cluster`.
pub fn project(cluster: &Cluster) -> ClusterView {
    Projector::default().project(cluster)
}
