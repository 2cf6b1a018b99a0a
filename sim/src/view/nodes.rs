//! The nodes as places: what they offer, what is taken, and which pods are on them.

use crate::api::{Name, Node, Pod, Uid};
use crate::cluster::Cluster;
use crate::order;

/// A node and what is on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeView {
    /// Its uid.
    pub uid: Uid,
    /// Its name.
    pub name: Name,
    /// Whether its kubelet says that it is well.
    pub is_ready: bool,
    /// Whether new pods are kept away (`kubectl cordon`).
    pub is_cordoned: bool,
    /// What it offers and what its pods have requested; the number of pods too, as `pods`.
    pub shares: Vec<NodeShare>,
    /// The pods that take room on it, in the order of their creation.
    pub pods: Vec<NodePod>,
}

/// A resource of a node, in thousandths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeShare {
    /// Its name, such as `cpu`.
    pub resource: Name,
    /// What pods have requested.
    pub used: i64,
    /// What pods may request in total.
    pub allocatable: i64,
}

/// A pod on its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePod {
    /// Its uid.
    pub uid: Uid,
    /// How many whole GPUs it has: of all resources whose names end with `/gpu`.
    pub gpus: u32,
}

/// Whether a resource is handed out in slots that one can count.
pub fn is_gpu(resource: &str) -> bool {
    resource.ends_with("/gpu")
}

/// The nodes by name.
pub fn nodes(cluster: &Cluster) -> Vec<NodeView> {
    let api = cluster.api();
    let mut placed: Vec<&Pod> = api
        .list::<Pod>()
        .iter()
        .map(AsRef::as_ref)
        .filter(|pod| pod.is_scheduled() && !pod.status.phase.is_terminal())
        .collect();
    order::sort_by(&mut placed, |a, b| (&a.node_name, a.meta.uid).cmp(&(&b.node_name, b.meta.uid)));
    let on = |node: &Node| {
        let from = placed.partition_point(|pod| pod.node_name < node.meta.name);
        let to = placed.partition_point(|pod| pod.node_name <= node.meta.name);
        placed.get(from..to).unwrap_or_default()
    };
    api.list::<Node>().by_name().map(|node| view(node, on(node))).collect()
}

fn view(node: &Node, pods: &[&Pod]) -> NodeView {
    let requested = |name: &Name| -> i64 {
        pods.iter().map(|pod| pod.spec.requests.get(name).copied().unwrap_or(0)).sum()
    };
    let share = |(name, allocatable): (&Name, &i64)| NodeShare {
        resource: name.clone(),
        used: requested(name),
        allocatable: *allocatable,
    };
    let mut shares: Vec<NodeShare> = node.allocatable.iter().map(share).collect();
    shares.push(NodeShare {
        resource: "pods".into(),
        used: i64::try_from(pods.len()).unwrap_or(i64::MAX).saturating_mul(1_000),
        allocatable: i64::from(node.max_pods) * 1_000,
    });
    NodeView {
        uid: node.meta.uid,
        name: node.meta.name.clone(),
        is_ready: node.is_ready(),
        is_cordoned: node.unschedulable,
        shares,
        pods: pods.iter().map(|pod| NodePod { uid: pod.meta.uid, gpus: gpus(pod) }).collect(),
    }
}

fn gpus(pod: &Pod) -> u32 {
    let requests = pod.spec.requests.iter().filter(|(name, _)| is_gpu(name));
    u32::try_from(requests.map(|(_, amount)| amount / 1_000).sum::<i64>()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Command, Config, Instant};

    #[test]
    fn a_node_tells_its_pods_their_gpus_and_whether_it_is_cordoned() {
        let mut cluster = Cluster::new(Config::with_seed(7));
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: c\n    \
                    image: busybox:1.36\n    command: [sleep, '100']\n    resources: {limits: \
                    {nvidia.com/gpu: 2, cpu: 500m}}\n";
        assert_eq!(cluster.apply(&Command::apply(text)).code, 0);
        cluster.advance_to(Instant::from_secs(5), 1_000_000);
        cluster.apply(&Command::kubectl("cordon gpu-node-2"));
        let nodes = nodes(&cluster);
        assert_eq!(nodes.len(), 3);
        assert_eq!(nodes.iter().filter(|node| node.is_cordoned).count(), 1);
        let [node] = nodes.iter().filter(|node| !node.pods.is_empty()).collect::<Vec<_>>()[..]
        else {
            panic!("one node has the pod")
        };
        assert_eq!((node.pods[0].gpus, node.is_ready), (2, true));
        let of = |name: &str| {
            let share = node.shares.iter().find(|share| &*share.resource == name);
            share.map(|share| (share.used, share.allocatable)).expect("it is there")
        };
        assert_eq!((of("nvidia.com/gpu"), of("cpu").0, of("pods").0), ((2_000, 4_000), 500, 1_000));
    }
}
