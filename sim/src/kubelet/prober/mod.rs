//! Probes: what asks a container how it is, how often, and what is made of the answers.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/prober` and `pkg/probe`. Leaves out: the random delay of a
//! worker's first tick, which upstream applies only when the kubelet itself has just started.

pub mod verdict;
pub mod worker;
