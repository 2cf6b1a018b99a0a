//! One request and what became of it.

use crate::api::{Name, Uid};
use crate::time::Instant;

/// Why a request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// The Service has no endpoint that may be used: the connection is refused.
    NoEndpoints,
    /// The pod was chosen, but nothing listens on its port yet: it is still loading.
    PodStillLoading,
    /// The pod was chosen, but it has ended: the proxy has not heard of it yet.
    EndpointGone,
}

impl Failure {
    /// The cause in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoEndpoints => "no ready endpoint",
            Self::PodStillLoading => "pod still loading",
            Self::EndpointGone => "endpoint already gone",
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
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// When it was sent.
    pub at: Instant,
    /// To which Service.
    pub service: Uid,
    /// The pod that was chosen.
    pub pod: Option<Uid>,
    /// What became of it.
    pub outcome: Outcome,
}
