//! Why a pod is not Ready, Pending, or restarting.

use super::{Chain, container, placing, trail};
use crate::api::pod::{ContainerState, PodConditionType};
use crate::api::{ConditionStatus, Deployment, Kind, Pod, ReplicaSet};

/// Why a pod is as it is.
pub(super) fn pod(chain: &mut Chain<'_>, pod: &Pod) {
    let name = &pod.meta.name;
    if let Some(until) = pod.meta.deletion_timestamp {
        let grace = pod.meta.deletion_grace_period_seconds.unwrap_or(0);
        let text = format!(
            "is being deleted and has until {until} ({grace} s of grace): it holds its resources \
             and its place on the node until its containers have ended"
        );
        chain.add(chain.now(), Kind::Pod, name, text);
        return trail::object(chain, pod.meta.uid);
    }
    if !pod.is_scheduled() {
        placing::unscheduled(chain, pod);
        return;
    }
    let before = chain.links.len();
    let owner = Owner::of(chain, pod);
    for index in 0..pod.spec.init_containers.len() + pod.spec.containers.len() {
        container::container(chain, pod, index, &owner);
    }
    gates(chain, pod, &owner);
    if chain.links.len() == before {
        let text = match pod.ready_since() {
            Some(since) => format!("is Ready since {since}"),
            None => format!("is {} and not Ready", pod.status.phase),
        };
        chain.add(chain.now(), Kind::Pod, name, text);
        trail::object(chain, pod.meta.uid);
    }
}

/// Which of several pods has the most to tell: those that fail before those that merely take time.
pub(super) fn rank(pod: &Pod) -> u8 {
    let waits = |reason: &str| reason.ends_with("BackOff") || reason.starts_with("Err");
    let failing = pod.status.container_statuses.iter().any(|status| match &status.state {
        ContainerState::Waiting { reason, .. } => waits(reason),
        ContainerState::Terminated { .. } => true,
        ContainerState::Running { .. } => status.restart_count > 0,
    });
    match (failing, pod.is_scheduled()) {
        (true, _) => 0,
        (false, false) => 1,
        (false, true) => 2,
    }
}

/// Conditions that something outside the pod must set.
fn gates(chain: &mut Chain<'_>, pod: &Pod, owner: &Owner) {
    let containers_ready = pod
        .condition(PodConditionType::ContainersReady)
        .is_some_and(|condition| condition.status == ConditionStatus::True);
    if !containers_ready || pod.is_ready() {
        return;
    }
    for (index, gate) in pod.spec.readiness_gates.iter().enumerate() {
        let text = format!(
            "its containers are ready, but the readiness gate {gate:?} is not True: nobody in this \
             cluster sets that condition, so the pod cannot become Ready"
        );
        chain.add(chain.now(), Kind::Pod, &pod.meta.name, text);
        let how = "remove the gate, or run the controller that sets its condition";
        chain.remedy(owner.field(&format!("readinessGates[{index}]")), how);
    }
}

/// Where the spec of a pod is written: in a template or in the pod itself.
pub(super) struct Owner {
    prefix: &'static str,
    /// The Deployment or `ReplicaSet` that makes such pods, as kubectl writes it.
    pub(super) name: String,
}

impl Owner {
    pub(super) fn of(chain: &Chain<'_>, pod: &Pod) -> Self {
        let api = chain.cluster.api();
        let rs = pod.meta.controller().and_then(|rs| api.list::<ReplicaSet>().by_uid(rs.uid));
        let Some(rs) = rs else {
            return Self { prefix: "spec", name: format!("pod/{}", pod.meta.name) };
        };
        let deployment =
            rs.meta.controller().and_then(|owner| api.list::<Deployment>().by_uid(owner.uid));
        let name = deployment.map_or_else(
            || format!("replicaset/{}", rs.meta.name),
            |deployment| format!("deployment/{}", deployment.meta.name),
        );
        Self { prefix: "spec.template.spec", name }
    }

    /// The path of a field of the pod's spec.
    pub(super) fn field(&self, field: &str) -> String {
        format!("{}.{field}", self.prefix)
    }
}
