//! The way of a request: clients, kube-proxy, pod; and what becomes of it.
//!
//! [`clients`] says who asks how often, `proxy` which pod a node's rules lead to, [`server`] how
//! busy a pod is, `traffic` brings them together, [`tally`] counts.

pub mod answer;
pub mod clients;
pub mod histogram;
pub(crate) mod proxy;
pub mod request;
mod route;
pub mod server;
mod stream;
pub mod tally;
pub mod topology;
pub(crate) mod traffic;
