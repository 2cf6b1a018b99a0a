//! `discovery.k8s.io/v1` `EndpointSlice`: where a Service's requests may go.
//!
//! Models: kubernetes v1.36 `staging/src/k8s.io/api/discovery/v1/types.go`. IPv4 only.

use std::net::Ipv4Addr;

use super::{Name, ObjectMeta, Uid};

/// The label that names a slice's Service.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// The annotation that tells since when a slice lacked what its last write put there.
pub const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";
/// The most endpoints one slice holds.
pub const MAX_ENDPOINTS_PER_SLICE: usize = 100;

/// One pod behind a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address.
    pub address: Ipv4Addr,
    /// Serving and not terminating (or always, with `publishNotReadyAddresses`).
    pub ready: bool,
    /// The pod is Ready.
    pub serving: bool,
    /// The pod is being deleted.
    pub terminating: bool,
    /// The pod's node.
    pub node_name: Name,
    /// The pod's name.
    pub pod_name: Name,
    /// The pod's uid.
    pub pod_uid: Uid,
}

/// One resolved port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointPort {
    /// The Service port's name.
    pub name: Name,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Name,
    /// The number on the pods; `None` while no pod has resolved it.
    pub port: Option<u16>,
}

/// An `EndpointSlice`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSlice {
    /// Metadata; the label `kubernetes.io/service-name` names the Service.
    pub meta: ObjectMeta,
    /// The pods.
    pub endpoints: Vec<Endpoint>,
    /// The ports all these pods share.
    pub ports: Vec<EndpointPort>,
}
