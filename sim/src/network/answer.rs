//! What a connection meets at a pod: the seam between the network and the kubelets.

use super::request::Failure;
use crate::api::Uid;
use crate::container::ServerProfile;
use crate::time::Instant;

/// What a connection to one port of a pod meets at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A program listens and serves.
    Serving {
        /// How it serves.
        profile: ServerProfile,
        /// Since when: tells one process from the next in the same pod.
        since: Instant,
    },
    /// The program runs and does not serve yet: it refuses, or answers 503.
    Loading,
    /// The program answers each request with an error of its own (5xx).
    Failing,
    /// The program listens, but not on this port.
    WrongPort,
    /// It was told to end and takes nothing new; what it has begun it finishes.
    ShuttingDown,
    /// Its container has ended and will be started again.
    Crashed,
    /// The pod has ended.
    Gone,
    /// The pod's node does not answer: packets get lost.
    Unreachable,
}

/// Connections that end because the process behind them has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    /// The pod.
    pub(crate) pod: Uid,
    /// What became of the requests that were in flight.
    pub(crate) cause: Failure,
}
