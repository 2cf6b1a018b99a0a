//! Deployments, their `ReplicaSets` as lanes, and what a rollout may use.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::crowd::Crowd;
use super::pods::{Known, Standing};
use super::{Budget, ConditionView, DeploymentView, LaneView, Share};
use crate::api::deployment::Strategy;
use crate::api::{Deployment, Name, Pod, ReplicaSet, Uid};
use crate::cluster::Cluster;
use crate::controller::deployment::replica_sets::{
    find_new_replica_set, find_old_replica_sets, total_replicas,
};
use crate::controller::deployment::rolling;

/// The pods of each `ReplicaSet`, and how many of them stand how.
type PodsOf = BTreeMap<Option<Uid>, Members>;

/// The pods of one owner.
#[derive(Debug, Default)]
struct Members {
    /// In the order of their creation.
    pods: Vec<Uid>,
    version: Name,
    active: i32,
    ready: i32,
    available: i32,
}

impl Members {
    fn add(&mut self, known: &Known) {
        if self.pods.is_empty() {
            self.version = known.view.version.clone();
        }
        self.pods.push(known.uid);
        self.active += i32::from(known.standing >= Standing::Active);
        self.ready += i32::from(known.standing >= Standing::Ready);
        self.available += i32::from(known.standing == Standing::Available);
    }
}

/// The Deployments by name, and the lanes that belong to none.
pub(super) fn project(
    cluster: &Cluster,
    pods: &Crowd,
) -> (Vec<Arc<DeploymentView>>, Vec<LaneView>) {
    let api = cluster.api();
    let pods_of = pods_of(pods);
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
    loose.extend(pods_of.get(&None).map(lane_of_lone_pods));
    (deployments, loose)
}

/// Most pods have the owner of the one before.
fn pods_of(pods: &Crowd) -> PodsOf {
    let mut pods_of = PodsOf::new();
    let mut living = pods.living().peekable();
    while let Some(owner) = living.peek().map(|known| known.owner) {
        let members = pods_of.entry(owner).or_default();
        while let Some(known) = living.next_if(|known| known.owner == owner) {
            members.add(known);
        }
    }
    pods_of
}

fn deployment_view(
    cluster: &Cluster,
    deployment: &Deployment,
    sets: &[Arc<ReplicaSet>],
    pods_of: &PodsOf,
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
        budget: budget(deployment, sets, new.as_deref(), &lanes, pods_of),
        lanes,
    }
}

fn lane(cluster: &Cluster, set: &ReplicaSet, pods_of: &PodsOf, is_new: bool) -> LaneView {
    let members = pods_of.get(&Some(set.meta.uid));
    let count = |of: fn(&Members) -> i32| members.map_or(0, of);
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
        current: count(|members| members.active),
        ready: count(|members| members.ready),
        pods: members.map(|members| members.pods.clone()).unwrap_or_default(),
    }
}

fn lane_of_lone_pods(members: &Members) -> LaneView {
    LaneView {
        killed: Vec::new(),
        uid: Uid(0),
        name: "".into(),
        hash: "".into(),
        revision: 0,
        version: members.version.clone(),
        is_new: false,
        desired: i32::try_from(members.pods.len()).unwrap_or(i32::MAX),
        current: members.active,
        ready: members.ready,
        pods: members.pods.clone(),
    }
}

fn budget(
    deployment: &Deployment,
    sets: &[Arc<ReplicaSet>],
    new: Option<&ReplicaSet>,
    lanes: &[LaneView],
    pods_of: &PodsOf,
) -> Budget {
    let mut shares: Vec<Share> = Vec::new();
    for lane in lanes.iter().rev().filter(|lane| lane.current > 0) {
        let available = pods_of.get(&Some(lane.uid)).map_or(0, |members| members.available);
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
