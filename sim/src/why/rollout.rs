//! Why a rollout stands where it stands.

use std::sync::Arc;

use super::{Chain, count, pod, rules, trail};
use crate::api::deployment::{DeploymentConditionType, Reason, Strategy};
use crate::api::pod_template::image_tag;
use crate::api::{ConditionStatus, Deployment, IntOrPercent, Kind, Pod, ReplicaSet, Uid};
use crate::controller::deployment::replica_sets::{actual_replicas, find_new_replica_set};

/// Why a Deployment is as it is.
pub(super) fn deployment(chain: &mut Chain<'_>, deployment: &Deployment) {
    let sets = replica_sets(chain, deployment.meta.uid);
    let new = find_new_replica_set(&deployment.spec.template, &sets);
    standing(chain, deployment);
    if deployment.spec.paused {
        paused(chain, deployment, new.is_none());
    } else if !deployment.is_complete(&deployment.status) {
        unfinished(chain, deployment, &sets, new.as_deref());
    } else {
        complete(chain, deployment, new.as_deref());
    }
    rules::autoscalers_of(chain, deployment);
    let mut writes: Vec<Uid> = sets.iter().map(|rs| rs.meta.uid).collect();
    writes.push(deployment.meta.uid);
    trail::resize(chain, &writes);
    trail::commands(chain, deployment.meta.uid, 2);
}

/// Why a `ReplicaSet` has the pods it has.
pub(super) fn replica_set(chain: &mut Chain<'_>, rs: &ReplicaSet) {
    let text = format!(
        "wants {} and has {}, {} of them Ready",
        count(rs.spec.replicas, "pod"),
        rs.status.replicas,
        rs.status.ready_replicas
    );
    chain.add(chain.now(), Kind::ReplicaSet, &rs.meta.name, text);
    replica_failure(chain, rs);
    blocking_pod(chain, rs);
    trail::resize(chain, &[rs.meta.uid]);
}

fn replica_sets(chain: &Chain<'_>, owner: Uid) -> Vec<Arc<ReplicaSet>> {
    let sets = chain.cluster.api().list::<ReplicaSet>().iter();
    sets.filter(|rs| rs.meta.is_controlled_by(owner)).cloned().collect()
}

fn add(chain: &mut Chain<'_>, deployment: &Deployment, text: String) {
    chain.add(chain.now(), Kind::Deployment, &deployment.meta.name, text);
}

fn standing(chain: &mut Chain<'_>, deployment: &Deployment) {
    let status = &deployment.status;
    let done = if deployment.is_complete(status) {
        "its rollout is complete"
    } else {
        "its rollout is not complete"
    };
    let text = format!(
        "wants {} of revision {}: {} updated, {} available, {} in all, so {done}",
        count(deployment.spec.replicas, "pod"),
        deployment.revision(),
        status.updated_replicas,
        status.available_replicas,
        status.replicas,
    );
    add(chain, deployment, text);
}

fn paused(chain: &mut Chain<'_>, deployment: &Deployment, waits: bool) {
    let what = if waits {
        "is paused with a changed template: no ReplicaSet is made for it; scaling still works"
    } else {
        "is paused: a change of the template would wait; scaling still works"
    };
    add(chain, deployment, what.to_owned());
    let how = format!("false, by kubectl rollout resume deployment/{}", deployment.meta.name);
    chain.remedy("spec.paused", how);
}

fn unfinished(
    chain: &mut Chain<'_>,
    deployment: &Deployment,
    sets: &[Arc<ReplicaSet>],
    new: Option<&ReplicaSet>,
) {
    deadline(chain, deployment);
    budget(chain, deployment, sets);
    for rs in sets {
        replica_failure(chain, rs);
    }
    if let Some(new) = new {
        blocking_pod(chain, new);
    }
}

fn deadline(chain: &mut Chain<'_>, deployment: &Deployment) {
    let condition = deployment.condition(DeploymentConditionType::Progressing);
    let Some(condition) =
        condition.filter(|found| found.reason == Reason::ProgressDeadlineExceeded)
    else {
        return;
    };
    let seconds = deployment.progress_deadline().unwrap_or(0);
    let text = format!(
        "made no progress for {seconds} s (spec.progressDeadlineSeconds): the rollout counts as \
         failed, which Kubernetes reports and does nothing about"
    );
    chain.add(condition.last_update_time, Kind::Deployment, &deployment.meta.name, text);
    chain.remedy("", format!("kubectl rollout undo deployment/{}", deployment.meta.name));
}

/// What the strategy allows, in numbers, and what follows.
fn budget(chain: &mut Chain<'_>, deployment: &Deployment, sets: &[Arc<ReplicaSet>]) {
    let Strategy::RollingUpdate { max_surge, max_unavailable } = &deployment.spec.strategy else {
        let text = "has strategy Recreate: all old pods must be gone before the first new one is \
                    made";
        return add(chain, deployment, text.to_owned());
    };
    let desired = deployment.spec.replicas;
    let (surge, unavailable) = (deployment.max_surge(), deployment.max_unavailable());
    let (most, least) = (desired.saturating_add(surge), deployment.min_available());
    let have = actual_replicas(sets);
    let available = deployment.status.available_replicas;
    let add_more = if have < most { "may add" } else { "may not add" };
    let remove = if available > least { "may remove" } else { "may not remove" };
    let stuck = have >= most && available <= least;
    let waits = if stuck { ": it waits for a new pod to become available" } else { "" };
    let text = format!(
        "may run {desired} + {surge} = {most} pods (maxSurge {}) and must keep {desired} - \
         {unavailable} = {least} available (maxUnavailable {}); has {have}, {available} of them \
         available, so it {add_more} a pod and {remove} an available one{waits}",
        rounded(max_surge, desired, surge, "up"),
        rounded(max_unavailable, desired, unavailable, "down"),
    );
    add(chain, deployment, text);
}

/// `1`, or `25% of 3, rounded up, is 1`.
fn rounded(bound: &IntOrPercent, of: i32, resolved: i32, way: &str) -> String {
    match bound.percent() {
        Ok(Some(percent)) => format!("{percent}% of {of}, rounded {way}, is {resolved}"),
        _ => resolved.to_string(),
    }
}

fn replica_failure(chain: &mut Chain<'_>, rs: &ReplicaSet) {
    let Some(failure) = &rs.status.replica_failure else {
        return;
    };
    if failure.status != ConditionStatus::True {
        return;
    }
    let text = format!("cannot make its pods ({}): {}", failure.reason, failure.message);
    chain.add(failure.last_transition_time, Kind::ReplicaSet, &rs.meta.name, text);
    if let Some((_, quota)) = failure.message.split_once("exceeded quota: ") {
        let name = quota.split(',').next().unwrap_or_default();
        let how = format!(
            "room for replicas + maxSurge pods, or spec.strategy.rollingUpdate.maxSurge: 0 and \
             maxUnavailable: 1 in the Deployment, so that an old pod makes room first (quota {name})"
        );
        chain.remedy("spec.hard", how);
    }
}

/// The pod of a set that keeps it from being available, with its own reasons.
fn blocking_pod(chain: &mut Chain<'_>, rs: &ReplicaSet) {
    let pods: Vec<Arc<Pod>> = chain
        .pods()
        .filter(|pod| pod.meta.is_controlled_by(rs.meta.uid) && pod.is_active() && !pod.is_ready())
        .cloned()
        .collect();
    if let Some(first) = pods.iter().min_by_key(|pod| (pod::rank(pod), pod.meta.uid)) {
        if pods.len() > 1 {
            let text =
                format!("{} are not Ready; the first of them tells why", count(pods.len(), "pod"));
            chain.add(chain.now(), Kind::ReplicaSet, &rs.meta.name, text);
        }
        pod::pod(chain, first);
    } else if rs.spec.min_ready_seconds > 0 && rs.status.available_replicas < rs.spec.replicas {
        let text = format!(
            "{} of {} Ready pods are available: a pod must stay Ready for {} s first \
             (spec.minReadySeconds)",
            rs.status.available_replicas, rs.status.ready_replicas, rs.spec.min_ready_seconds
        );
        chain.add(chain.now(), Kind::ReplicaSet, &rs.meta.name, text);
    }
}

/// Nothing is stuck; but some things that surprise people can be seen here.
fn complete(chain: &mut Chain<'_>, deployment: &Deployment, new: Option<&ReplicaSet>) {
    let spec = &deployment.spec.template.spec;
    for (index, container) in spec.containers.iter().enumerate() {
        let field = format!("spec.template.spec.containers[{index}]");
        if container.readiness_probe.is_none() {
            let text = format!(
                "container {} has no readiness probe, so a pod counts as Ready the moment it has \
                 started, whether it can answer or not",
                container.name
            );
            add(chain, deployment, text);
            let how = "a probe that asks the server itself, such as httpGet of its health path";
            chain.remedy(format!("{field}.readinessProbe"), how);
        }
        if image_tag(&container.image) == "latest" && !container.image.contains('@') {
            let text = format!(
                "image {} names no version: what the tag stands for may change, the template does \
                 not, so applying it again is no rollout",
                container.image
            );
            add(chain, deployment, text);
            let how = format!(
                "a tag or digest of its own for every build, or kubectl rollout restart deployment/{}",
                deployment.meta.name
            );
            chain.remedy(format!("{field}.image"), how);
        }
    }
    if deployment.spec.revision_history_limit == Some(0) {
        add(chain, deployment, "keeps no old ReplicaSets (revisionHistoryLimit 0), so kubectl rollout undo has nothing to go back to".to_owned());
        chain.remedy("spec.revisionHistoryLimit", "at least 1; 10 is the default");
    }
    if let Some(new) = new {
        config(chain, deployment, new);
    }
}

/// Configuration that changed after the pods had started.
fn config(chain: &mut Chain<'_>, deployment: &Deployment, new: &ReplicaSet) {
    let raw = deployment.spec.template.spec.raw().to_json();
    for kind in [Kind::ConfigMap, Kind::Secret] {
        let objects: Vec<_> = chain.cluster.api().data(kind).iter().cloned().collect();
        for object in objects {
            let quoted = format!("\"{}\"", object.meta.name);
            let changed = chain.cluster.api().causes.write(object.meta.resource_version);
            let Some(at) = changed.map(|write| write.at) else { continue };
            let oldest = chain
                .pods()
                .filter(|pod| pod.meta.is_controlled_by(new.meta.uid))
                .map(|pod| pod.meta.created_at)
                .min();
            if raw.contains(&quoted) && oldest.is_some_and(|oldest| oldest < at) {
                let text = format!(
                    "was changed after the pods had started (the oldest at {}); the pod template is \
                     the same, so nothing rolls, and kubectl rollout undo does not bring its old \
                     data back",
                    oldest.unwrap_or(at)
                );
                chain.add(at, kind, &object.meta.name, text);
                let how = format!(
                    "a digest of the {kind} as an annotation, or a new name for every version of \
                     it; kubectl rollout restart deployment/{} does it once",
                    deployment.meta.name
                );
                chain.remedy("spec.template.metadata.annotations", how);
            }
        }
    }
}
