//! Why a pod found no node, and what a node holds.

use std::fmt::Write as _;
use std::sync::Arc;

use super::pod::Owner;
use super::{Chain, count, trail};
use crate::api::pod::PodConditionType;
use crate::api::{ConditionStatus, Kind, Name, Node, Pod};

/// Why a pod found no node.
pub(super) fn unscheduled(chain: &mut Chain<'_>, pod: &Pod) {
    let name = &pod.meta.name;
    let condition = pod.condition(PodConditionType::PodScheduled);
    let Some(condition) = condition.filter(|found| found.status == ConditionStatus::False) else {
        let text = "waits for the scheduler to look at it".to_owned();
        return chain.add(pod.meta.created_at, Kind::Pod, name, text);
    };
    let (at, message) = (condition.last_transition_time, condition.message.clone());
    chain.add(at, Kind::Pod, name, format!("is Pending: no node fits it: {message}"));
    let owner = Owner::of(chain, pod);
    let lacking: Vec<(Name, i64)> = pod
        .spec
        .requests
        .iter()
        .filter(|(resource, _)| message.contains(&format!("Insufficient {resource}")))
        .map(|(resource, amount)| (resource.clone(), *amount))
        .collect();
    for (resource, amount) in lacking {
        full(chain, pod, &resource, amount, &owner);
    }
    for (sign, text, field, how) in CONSTRAINTS {
        if message.contains(sign) {
            chain.add(at, Kind::Pod, name, (*text).to_owned());
            chain.remedy(owner.field(field), *how);
        }
    }
}

/// What the scheduler's words mean: the words, a sentence, the field and the fix.
const CONSTRAINTS: &[(&str, &str, &str, &str)] = &[
    (
        "anti-affinity",
        "its required anti-affinity keeps it off every node that runs one of its siblings, old ones \
         too: with as many nodes as replicas the extra pod of a rollout has nowhere to go",
        "affinity.podAntiAffinity",
        "preferredDuringSchedulingIgnoredDuringExecution; or maxSurge: 0 and maxUnavailable: 1 in \
         the strategy",
    ),
    (
        "topology spread constraints",
        "its topologySpreadConstraints allow none of the nodes with room",
        "topologySpreadConstraints",
        "whenUnsatisfiable: ScheduleAnyway, or a greater maxSkew",
    ),
    (
        "node affinity/selector",
        "no node has the labels it asks for",
        "nodeSelector",
        "labels that a node has: kubectl get nodes --show-labels",
    ),
    (
        "untolerated taint",
        "the nodes have taints that it does not tolerate",
        "tolerations",
        "a toleration of the taint, or kubectl taint nodes … KEY- to remove it",
    ),
    (
        "were unschedulable",
        "the nodes are cordoned",
        "nodeName",
        "kubectl uncordon NODE; no field of the pod helps",
    ),
];

/// A resource of which there is not enough left.
fn full(chain: &mut Chain<'_>, pod: &Pod, resource: &Name, amount: i64, owner: &Owner) {
    let nodes: Vec<Arc<Node>> = chain.cluster.api().list::<Node>().iter().cloned().collect();
    let offered: i64 = nodes.iter().filter_map(|node| node.allocatable.get(resource)).sum();
    let most = nodes.iter().filter_map(|node| node.allocatable.get(resource)).max();
    let most = most.copied().unwrap_or(0);
    let holders: Vec<&Arc<Pod>> = chain
        .pods()
        .filter(|other| other.is_scheduled() && !other.status.phase.is_terminal())
        .filter(|other| other.spec.requests.contains_key(resource))
        .collect();
    let takes = |pods: &[&Arc<Pod>]| -> i64 {
        pods.iter().filter_map(|pod| pod.spec.requests.get(resource)).sum()
    };
    let used = takes(&holders);
    let going: Vec<&Arc<Pod>> =
        holders.iter().copied().filter(|other| other.meta.is_deleting()).collect();
    let freed = takes(&going);
    let mut text = format!(
        "asks for {} {resource}; the nodes ({}) offer {} in all, at most {} each, and the pods on them hold {}",
        units(amount),
        nodes.len(),
        units(offered),
        units(most),
        units(used),
    );
    if freed > 0 {
        let _ = write!(
            text,
            ", {} of it by {} that {} still ending: a pod holds its resources until its containers \
             have ended",
            units(freed),
            count(going.len(), "pod"),
            if going.len() == 1 { "is" } else { "are" },
        );
    }
    let name = pod.meta.name.clone();
    chain.add(chain.now(), Kind::Pod, &name, text);
    if amount > most {
        let field = owner.field("containers[0].resources.requests");
        chain.remedy(field, "no more than a node has, or larger nodes");
    } else if freed > 0 {
        let how = "wait, or end the old pods faster: a shorter drain";
        chain.remedy(owner.field("terminationGracePeriodSeconds"), how);
    } else {
        let how = "0, with maxUnavailable: 1, so that an old pod makes room first; or room for one \
                   more pod";
        chain.remedy("spec.strategy.rollingUpdate.maxSurge", how);
    }
}

/// An amount in thousandths, as people write it; amounts of memory in Mi.
fn units(milli: i64) -> String {
    const MI: i64 = 1_024 * 1_024;
    let whole = milli / 1_000;
    if whole >= MI {
        format!("{}Mi", whole / MI)
    } else if milli % 1_000 == 0 {
        whole.to_string()
    } else {
        format!("{milli}m")
    }
}

/// What a node is worth to pods now.
pub(super) fn node(chain: &mut Chain<'_>, node: &Node) {
    let pods = chain.pods().filter(|pod| pod.node_name == node.meta.name);
    let cordoned = if node.unschedulable { "is cordoned and " } else { "" };
    let text = format!("{cordoned}runs {} of {} it may", count(pods.count(), "pod"), node.max_pods);
    chain.add(chain.now(), Kind::Node, &node.meta.name, text);
    if node.unschedulable {
        chain.remedy("spec.unschedulable", format!("kubectl uncordon {}", node.meta.name));
    }
    trail::object(chain, node.meta.uid);
}
