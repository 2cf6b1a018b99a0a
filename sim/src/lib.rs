//! A deterministic Kubernetes rollout simulator.
