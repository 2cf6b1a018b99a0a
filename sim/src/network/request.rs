//! One request and what became of it.

use crate::api::{Name, Uid};
use crate::time::Instant;

/// Why a request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// The Service has no endpoint that may be used: the connection is refused.
    NoEndpoints,
    /// The pod was chosen, but nothing serves on its port yet: it is still loading.
    PodStillLoading,
    /// The pod was chosen, but it has ended: the node's proxy has not heard of it yet.
    EndpointGone,
    /// The pod was chosen, but it was told to end and takes nothing new: the node's proxy has not
    /// heard of it yet.
    ShuttingDown,
    /// SIGKILL at the end of the grace period, while the pod worked on it.
    Killed,
    /// The container ended of its own accord while it worked on it, or before it was asked.
    Crashed,
    /// The pod's queue was full, or the client gave up while it stood in it.
    Overloaded,
    /// The pod listens, but not on the Service's target port.
    WrongTargetPort,
    /// The client waited as long as it was ready to.
    ClientTimeout,
    /// The program answered with an error (5xx).
    ServerError,
    /// The pod's node does not answer.
    Unreachable,
}

impl Failure {
    /// Every cause.
    pub const ALL: [Self; 11] = [
        Self::NoEndpoints,
        Self::PodStillLoading,
        Self::EndpointGone,
        Self::ShuttingDown,
        Self::Killed,
        Self::Crashed,
        Self::Overloaded,
        Self::WrongTargetPort,
        Self::ClientTimeout,
        Self::ServerError,
        Self::Unreachable,
    ];

    /// The cause in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoEndpoints => "no ready endpoint",
            Self::PodStillLoading => "pod still loading",
            Self::EndpointGone => "endpoint already gone",
            Self::ShuttingDown => "pod shutting down",
            Self::Killed => "killed at grace end",
            Self::Crashed => "container crashed",
            Self::Overloaded => "overloaded",
            Self::WrongTargetPort => "wrong targetPort",
            Self::ClientTimeout => "client timeout",
            Self::ServerError => "5xx by the app",
            Self::Unreachable => "node unreachable",
        }
    }

    /// What the client sees.
    pub const fn symptom(self) -> &'static str {
        match self {
            Self::NoEndpoints
            | Self::PodStillLoading
            | Self::EndpointGone
            | Self::ShuttingDown
            | Self::WrongTargetPort => "connection refused",
            Self::Killed | Self::Crashed => "connection reset by peer",
            Self::Overloaded => "503 Service Unavailable",
            Self::ClientTimeout | Self::Unreachable => "timed out",
            Self::ServerError => "500 Internal Server Error",
        }
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Answered by a pod of this version.
    Answered(Name),
    /// Not answered.
    Failed(Failure),
    /// Not answered yet, by a pod of this version.
    InFlight(Name),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// When it was sent.
    pub at: Instant,
    /// When its outcome was known; `None` while it is in flight.
    pub ended: Option<Instant>,
    /// To which Service.
    pub service: Uid,
    /// The number of the node its client runs on, from 0.
    pub node: u32,
    /// The pod that was chosen.
    pub pod: Option<Uid>,
    /// The version of that pod; empty without one.
    pub version: Name,
    /// What became of it.
    pub outcome: Outcome,
}
