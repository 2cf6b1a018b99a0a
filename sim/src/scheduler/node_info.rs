//! What the scheduler knows of a node: what it offers and what is taken.
//!
//! Models: kubernetes v1.36 `pkg/scheduler/framework/types.go` `NodeInfo`.

use std::sync::Arc;

use crate::api::quantity::Resources;
use crate::api::{Name, Node, Pod, Uid};
use crate::uid_map::UidMap;

/// What is known of a node.
#[derive(Clone, Debug)]
pub(super) struct NodeInfo {
    pub(super) node: Arc<Node>,
    pub(super) used: Resources,
    pub(super) pods: u32,
    /// Pods by owner, to spread them.
    by_owner: UidMap<u32>,
    /// Ports of the node itself that are taken: protocol and number.
    host_ports: Vec<(Name, i64)>,
}

impl NodeInfo {
    pub(super) fn new(node: &Arc<Node>) -> Self {
        Self {
            node: Arc::clone(node),
            used: Resources::new(),
            pods: 0,
            by_owner: UidMap::new(),
            host_ports: Vec::new(),
        }
    }

    /// Takes in a pod that is placed here, or lets it go.
    pub(super) fn add(&mut self, pod: &Pod, sign: i32) {
        for (resource, amount) in &pod.spec.requests {
            *self.used.entry(resource.clone()).or_default() += amount * i64::from(sign);
        }
        self.pods = self.pods.saturating_add_signed(sign);
        if let Some(owner) = pod.meta.controller() {
            let count = self.by_owner.get_or_insert_with(owner.uid, || 0);
            *count = count.saturating_add_signed(sign);
            if *count == 0 {
                self.by_owner.remove(&owner.uid);
            }
        }
        for port in &pod.spec.scheduling.host_ports {
            if sign > 0 {
                self.host_ports.push(port.clone());
            } else if let Some(index) = self.host_ports.iter().position(|taken| taken == port) {
                self.host_ports.swap_remove(index);
            }
        }
    }

    /// Whether requests, the number of pods and ports leave room for the pod.
    pub(super) fn has_room(&self, pod: &Pod) -> bool {
        let short = |(resource, amount): (&Name, &i64)| *amount > self.room(resource).max(0);
        self.pods < self.node.max_pods
            && !pod.spec.requests.iter().any(short)
            && self.ports_are_free(pod)
    }

    pub(super) fn ports_are_free(&self, pod: &Pod) -> bool {
        let wanted = &pod.spec.scheduling.host_ports;
        !wanted.iter().any(|port| self.host_ports.contains(port))
    }

    /// How much of a resource is left.
    pub(super) fn room(&self, resource: &Name) -> i64 {
        let used = self.used.get(resource).copied().unwrap_or(0);
        self.node.allocatable.get(resource).copied().unwrap_or(0) - used
    }

    /// Whether the pod asks for more than the empty node has.
    pub(super) fn is_too_small(&self, pod: &Pod) -> bool {
        let too_big = |(resource, amount): (&Name, &i64)| {
            *amount > self.node.allocatable.get(resource).copied().unwrap_or(0)
        };
        pod.spec.requests.iter().any(too_big)
    }

    /// Smaller is better: pods of the same owner, then pods in all.
    pub(super) fn crowd(&self, owner: Option<Uid>) -> (u32, u32) {
        let related = owner.and_then(|owner| self.by_owner.get(&owner)).copied().unwrap_or(0);
        (related, self.pods)
    }
}
