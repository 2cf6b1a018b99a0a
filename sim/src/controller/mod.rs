//! The controller manager: level-triggered controllers over shared caches.
//!
//! A controller reads only its informers and writes only through the API server, so what it sees
//! may be out of date, as on a cluster.

pub mod autoscaler;
pub mod deployment;
pub(crate) mod disruption;
pub mod endpoint_slice;
pub(crate) mod expectations;
pub(crate) mod garbage_collector;
pub mod informer;
pub(crate) mod node_lifecycle;
pub mod replica_set;
pub(crate) mod resource_quota;
pub(crate) mod workqueue;
