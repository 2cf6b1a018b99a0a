//! Pods and GPUs as they were at each second of a run.

use crate::api::Deployment;
use crate::cluster::Cluster;

/// Pods and GPUs at the beginning of a second, all Deployments together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondOfPods {
    /// The second since boot.
    pub second: u64,
    /// Pods that are wanted.
    pub wanted: i32,
    /// The least number of available pods that the rollouts keep to.
    pub min_available: i32,
    /// The greatest number of pods that the rollouts keep to, terminating ones not counted.
    pub max_total: i32,
    /// Available pods, as the Deployments' status says.
    pub available: i32,
    /// Pods that are neither terminating nor done.
    pub active: u64,
    /// All pods there are.
    pub all: u64,
    /// GPUs held by pods that are bound to nodes, in thousandths.
    pub gpus_milli: u64,
}

impl SecondOfPods {
    /// As it is now.
    pub(super) fn of(cluster: &Cluster) -> Self {
        let (active, all, gpus_milli) = cluster.meter().in_use();
        let second = cluster.now().as_secs();
        let mut now = Self { second, active, all, gpus_milli, ..Self::default() };
        for deployment in cluster.api().list::<Deployment>().iter() {
            let replicas = deployment.spec.replicas;
            now.wanted = now.wanted.saturating_add(replicas);
            now.min_available = now.min_available.saturating_add(deployment.min_available());
            let most = replicas.saturating_add(deployment.max_surge());
            now.max_total = now.max_total.saturating_add(most);
            now.available = now.available.saturating_add(deployment.status.available_replicas);
        }
        now
    }
}
