//! The way of a request: clients, kube-proxy, pod.

pub mod proxy;
pub mod request;
pub mod topology;
pub(crate) mod traffic;
