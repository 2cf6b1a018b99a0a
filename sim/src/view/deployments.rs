//! Deployments, their `ReplicaSets` as lanes, and what a rollout may use.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Budget, ConditionView, DeploymentView, LaneView, Share};
use crate::api::deployment::Strategy;
use crate::api::{Deployment, Kind, Pod, ReplicaSet, Uid};
use crate::cluster::Cluster;
use crate::controller::deployment::replica_sets::{
    find_new_replica_set, find_old_replica_sets, total_replicas,
};
use crate::controller::deployment::rolling;

/// The pods of each owner.
type PodsOf<'a> = BTreeMap<Option<Uid>, Vec<&'a Arc<Pod>>>;

/// The Deployments by name, and the lanes that belong to none.
pub(super) fn project(cluster: &Cluster) -> (Vec<Arc<DeploymentView>>, Vec<LaneView>) {
    let api = cluster.api();
    let mut pods_of: PodsOf<'_> = BTreeMap::new();
    for pod in api.list::<Pod>().iter() {
        let owner = pod.meta.controller().filter(|owner| owner.kind == Kind::ReplicaSet);
        pods_of.entry(owner.map(|owner| owner.uid)).or_default().push(pod);
    }
    let mut sets_of: BTreeMap<Option<Uid>, Vec<Arc<ReplicaSet>>> = BTreeMap::new();
    for set in api.list::<ReplicaSet>().iter() {
        let owner = set.meta.controller().map(|owner| owner.uid);
        sets_of.entry(owner).or_default().push(Arc::clone(set));
    }
    let deployments = api
        .list::<Deployment>()
        .by_name()
        .map(|deployment| {
            let sets = sets_of.remove(&Some(deployment.meta.uid)).unwrap_or_default();
            Arc::new(deployment_view(cluster, deployment, &sets, &pods_of))
        })
        .collect();
    let left = sets_of.into_values().flatten();
    let mut loose: Vec<LaneView> = left.map(|set| lane(cluster, &set, &pods_of, false)).collect();
    loose.extend(pods_of.get(&None).map(|pods| lane_of_lone_pods(pods)));
    (deployments, loose)
}

fn deployment_view(
    cluster: &Cluster,
    deployment: &Deployment,
    sets: &[Arc<ReplicaSet>],
    pods_of: &PodsOf<'_>,
) -> DeploymentView {
    let new = find_new_replica_set(&deployment.spec.template, sets);
    let new_uid = new.as_ref().map(|new| new.meta.uid);
    let mut lanes: Vec<LaneView> =
        sets.iter().map(|set| lane(cluster, set, pods_of, Some(set.meta.uid) == new_uid)).collect();
    crate::order::sort_by_key(&mut lanes, |lane| std::cmp::Reverse((lane.revision, lane.uid)));
    let status = &deployment.status;
    DeploymentView {
        uid: deployment.meta.uid,
        name: deployment.meta.name.clone(),
        strategy: match deployment.spec.strategy {
            Strategy::RollingUpdate { .. } => "RollingUpdate",
            Strategy::Recreate => "Recreate",
        },
        desired: deployment.spec.replicas,
        updated: status.updated_replicas,
        ready: status.ready_replicas,
        available: status.available_replicas,
        paused: deployment.spec.paused,
        revision: deployment.revision(),
        version: deployment.spec.template.spec.version(),
        complete: deployment.is_complete(status),
        conditions: status
            .conditions
            .iter()
            .map(|condition| ConditionView {
                type_: condition.type_.as_str(),
                status: condition.status.as_str(),
                reason: condition.reason.to_string(),
                message: condition.message.clone(),
            })
            .collect(),
        budget: budget(cluster, deployment, sets, new.as_deref(), &lanes, pods_of),
        lanes,
    }
}

fn lane(cluster: &Cluster, set: &ReplicaSet, pods_of: &PodsOf<'_>, is_new: bool) -> LaneView {
    let pods = pods_of.get(&Some(set.meta.uid)).map(Vec::as_slice).unwrap_or_default();
    let is_of = |pod: &Pod| pod.meta.controller().is_some_and(|owner| owner.uid == set.meta.uid);
    let killed = cluster.killed_pods().filter(|killed| is_of(&killed.pod));
    LaneView {
        killed: killed.map(|killed| (killed.pod.meta.uid, killed.at)).collect(),
        uid: set.meta.uid,
        name: set.meta.name.clone(),
        hash: set.pod_template_hash().into(),
        revision: set.revision(),
        version: set.spec.template.spec.version(),
        is_new,
        desired: set.spec.replicas,
        current: count(pods, Pod::is_active),
        ready: count(pods, |pod| pod.is_active() && pod.is_ready()),
        pods: pods.iter().map(|pod| pod.meta.uid).collect(),
    }
}

fn lane_of_lone_pods(pods: &[&Arc<Pod>]) -> LaneView {
    LaneView {
        killed: Vec::new(),
        uid: Uid(0),
        name: "".into(),
        hash: "".into(),
        revision: 0,
        version: pods.first().map(|pod| pod.spec.version()).unwrap_or_default(),
        is_new: false,
        desired: i32::try_from(pods.len()).unwrap_or(i32::MAX),
        current: count(pods, Pod::is_active),
        ready: count(pods, |pod| pod.is_active() && pod.is_ready()),
        pods: pods.iter().map(|pod| pod.meta.uid).collect(),
    }
}

fn count(pods: &[&Arc<Pod>], wanted: impl Fn(&Pod) -> bool) -> i32 {
    i32::try_from(pods.iter().filter(|pod| wanted(pod)).count()).unwrap_or(i32::MAX)
}

fn budget(
    cluster: &Cluster,
    deployment: &Deployment,
    sets: &[Arc<ReplicaSet>],
    new: Option<&ReplicaSet>,
    lanes: &[LaneView],
    pods_of: &PodsOf<'_>,
) -> Budget {
    let (min_ready, now) = (deployment.spec.min_ready_seconds, cluster.now());
    let mut shares: Vec<Share> = Vec::new();
    for lane in lanes.iter().rev().filter(|lane| lane.current > 0) {
        let pods = pods_of.get(&Some(lane.uid)).map(Vec::as_slice).unwrap_or_default();
        let available = count(pods, |pod| pod.is_active() && pod.is_available(min_ready, now));
        let unavailable = lane.current - available;
        shares.push(Share { version: lane.version.clone(), available, unavailable });
    }
    let (max_surge, max_unavailable) = (deployment.max_surge(), deployment.max_unavailable());
    let replicas = deployment.spec.replicas;
    let (waits_at_min, waits_at_max) = waits(deployment, sets, new);
    let (surge_arithmetic, unavailable_arithmetic) = arithmetic(deployment);
    Budget {
        replicas,
        max_surge,
        max_unavailable,
        min_available: deployment.min_available(),
        max_total: replicas + max_surge,
        available: shares.iter().map(|share| share.available).sum(),
        total: shares.iter().map(|share| share.available + share.unavailable).sum(),
        surge_arithmetic,
        unavailable_arithmetic,
        waits_at_min,
        waits_at_max,
        shares,
    }
}

/// Whether the controller would remove old pods and make new ones, and may not.
fn waits(
    deployment: &Deployment,
    sets: &[Arc<ReplicaSet>],
    new: Option<&ReplicaSet>,
) -> (bool, bool) {
    let Some(new) = new.filter(|_| deployment.is_rolling_update() && !deployment.spec.paused)
    else {
        return (false, false);
    };
    let old = find_old_replica_sets(sets, Some(new));
    let at_min = total_replicas(&old) > 0
        && rolling::reconcile_old_replica_sets(deployment, sets, &old, Some(new)).is_empty();
    let at_max = new.spec.replicas < deployment.spec.replicas
        && rolling::reconcile_new_replica_set(deployment, sets, new).is_none();
    (at_min, at_max)
}

fn arithmetic(deployment: &Deployment) -> (String, String) {
    let Strategy::RollingUpdate { max_surge, max_unavailable } = &deployment.spec.strategy else {
        return (
            "Recreate: all old pods end before the first new one starts".to_owned(),
            String::new(),
        );
    };
    let replicas = deployment.spec.replicas;
    let of = |typed: &crate::api::IntOrPercent| match typed {
        crate::api::IntOrPercent::Int(count) => count.to_string(),
        crate::api::IntOrPercent::Text(text) => format!("{text} of {replicas}"),
    };
    (
        format!("maxSurge {} → {} extra", of(max_surge), deployment.max_surge()),
        format!(
            "maxUnavailable {} → {} missing",
            of(max_unavailable),
            deployment.max_unavailable()
        ),
    )
}
