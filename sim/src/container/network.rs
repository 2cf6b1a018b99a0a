//! What a container sees outside itself.

use super::files::Volumes;
use super::server::HttpReply;
use crate::api::Name;
use crate::time::Instant;

/// What a container sees outside itself.
pub struct World<'a> {
    /// The volumes of its pod.
    pub volumes: &'a mut Volumes,
    /// Who answers its requests.
    pub network: &'a dyn Network,
    /// The name of its pod.
    pub hostname: &'a str,
}

/// What a client in a container meets.
pub trait Network {
    /// The answer to a GET. `host` is a name, an address or `localhost`, where the container's own
    /// servers have been asked already and the pod's other containers are meant.
    ///
    /// # Errors
    /// There is none.
    fn http(
        &self,
        host: &str,
        port: u16,
        path: &str,
        now: Instant,
    ) -> Result<HttpReply, NetworkError>;

    /// Whether a connection is taken.
    ///
    /// # Errors
    /// It is not.
    fn connects(&self, host: &str, port: u16, now: Instant) -> Result<(), NetworkError>;

    /// The address of a name, as the cluster's DNS knows it.
    fn address(&self, host: &str) -> Option<Name> {
        let _ = host;
        None
    }

    /// The namespace of the pod.
    fn namespace(&self) -> Name {
        "default".into()
    }
}

/// Why a client gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkError {
    /// No such host.
    UnknownHost,
    /// Connection refused.
    Refused,
    /// No answer at all.
    TimedOut,
    /// The connection was closed without an answer.
    Closed,
}

/// A network in which nobody is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNetwork;

impl Network for NoNetwork {
    fn http(
        &self,
        host: &str,
        port: u16,
        _: &str,
        now: Instant,
    ) -> Result<HttpReply, NetworkError> {
        match self.connects(host, port, now) {
            Ok(()) => Err(NetworkError::Closed),
            Err(error) => Err(error),
        }
    }

    fn connects(&self, host: &str, _: u16, _: Instant) -> Result<(), NetworkError> {
        let is_address = host == "localhost" || host.starts_with("127.");
        Err(if is_address { NetworkError::Refused } else { NetworkError::UnknownHost })
    }
}
