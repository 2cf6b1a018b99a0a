//! A deterministic Kubernetes rollout simulator.
//!
//! [`Cluster`] is a value: a [`Config`] (with a seed) and [`Command`]s give the same run on every
//! target. Everything enters as a command; everything leaves as API objects, a view or a trace.
#![warn(missing_docs)]

pub mod agenda;
pub mod api;
pub mod apiserver;
pub mod assist;
pub mod checker;
pub mod cluster;
pub mod command;
pub mod compare;
pub mod container;
pub mod controller;
mod ctx;
pub mod history;
pub mod kubectl;
pub mod kubelet;
pub mod manifest;
pub mod network;
mod occurrence;
pub mod order;
mod outage;
pub mod preflight;
pub mod replay;
pub mod report;
pub mod rng;
pub mod scenario;
pub mod scheduler;
pub mod terminal;
pub mod time;
pub mod trace;
pub mod uid_map;
pub mod view;
pub mod why;

pub use cluster::{Advance, Cluster, Config};
pub use command::Command;
pub use history::History;
pub use terminal::Terminal;
pub use time::{Duration, Instant};
