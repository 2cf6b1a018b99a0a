//! What can happen: the closed list of everything the agenda may hold.

use crate::api::Uid;
use crate::apiserver::Watcher;
use crate::kubectl::stream::StreamId;

/// Which controller's queue an occurrence belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Controller {
    Deployment,
    ReplicaSet,
    EndpointSlice,
    GarbageCollector,
    Disruption,
    ResourceQuota,
    NodeLifecycle,
    Autoscaler,
}

impl Controller {
    /// Whether the controller sets sizes.
    pub(crate) const fn resizes(self) -> bool {
        matches!(self, Self::Deployment | Self::Autoscaler)
    }

    /// The controller as people call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Deployment => "the Deployment controller",
            Self::ReplicaSet => "the ReplicaSet controller",
            Self::EndpointSlice => "the EndpointSlice controller",
            Self::GarbageCollector => "the garbage collector",
            Self::Disruption => "the disruption controller",
            Self::ResourceQuota => "the quota controller",
            Self::NodeLifecycle => "the node lifecycle controller",
            Self::Autoscaler => "the autoscaler",
        }
    }
}

/// Something that happens at an instant. Matched without a catch-all, so that a new entry makes
/// the compiler list every place to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occurrence {
    /// A watcher is to hear of writes.
    WatchDelivered(Watcher),
    /// A controller looks at an object. The ticket tells a current entry from an outdated one.
    SyncDue { controller: Controller, key: Uid, ticket: u32 },
    /// The scheduler takes the pods that wait.
    ScheduleDue,
    /// A pod's kubelet goes one step further.
    PodStep { pod: Uid, step: Step, ticket: u32 },
    /// A drain that goes on looks after its pods.
    DrainDue(StreamId),
    /// A command that goes on looks at the present, whether or not anything changed.
    StreamsDue,
    /// The ticker of one of a pod's probes ticks.
    ProbeDue { pod: Uid, prober: u8, ticket: u32 },
}

/// A step in a pod's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The worker of a real pod has something to do.
    Wake,
    /// The images of a scripted pod are there: the containers start.
    Start,
    /// Its pull failed a while ago: the back-off is reported.
    PullBackOff,
    /// A scripted pod would become ready.
    WantReady,
    /// A scripted pod's turn to become ready has come.
    Ready,
    /// A container's program ends.
    Exit(u8),
    /// A container is started again.
    Restart(u8),
    /// The containers of a deleted pod have ended.
    Ended,
    /// A deleted pod is removed.
    Remove,
}
