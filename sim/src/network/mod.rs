//! The way of a request: clients, kube-proxy, pod.

pub mod proxy;
pub mod request;
pub(crate) mod traffic;
