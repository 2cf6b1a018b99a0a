//! Objects as an API server stores them, status and all, to typed objects and back.
//!
//! Manifests leave status out; what `kubectl get -o yaml` printed on another cluster has it. The
//! typed objects cannot hold all of that, so each keeps the data it came from: [`overlaid`] shows
//! what became of it since.

use std::sync::Arc;

use super::read::{self, flag, int, list, part, text};
use super::{reports, timestamp};
use crate::api::deployment::{
    DeploymentCondition, DeploymentConditionType, DeploymentStatus, Reason,
};
use crate::api::pod::{
    ContainerState, ContainerStatus, PodCondition, PodConditionType, PodPhase, PodStatus,
};
use crate::api::replica_set::{ReplicaSetCondition, ReplicaSetStatus};
use crate::api::{ConditionStatus, Kind, Name, OwnerReference, Uid, Value};
use crate::apiserver::AnyObject;
use crate::order;
use crate::time::Instant;

/// Reads an object of this kind. `uid_of` says which object a printed uid means.
pub(crate) fn object(kind: Kind, data: &Value, uid_of: &dyn Fn(&str) -> Uid) -> AnyObject {
    let status = part(data, "status");
    let mut meta = read::meta(data);
    meta.uid = uid_of(&text(part(data, "metadata"), "uid"));
    meta.owner_references = list(part(data, "metadata"), "ownerReferences")
        .filter_map(|of| owner(of, uid_of))
        .collect();
    meta.origin = Some(Arc::new(data.clone()));
    match kind {
        Kind::Deployment => {
            let status = deployment_status(status);
            AnyObject::Deployment(Arc::new(crate::api::Deployment {
                meta,
                status,
                ..read::deployment(data)
            }))
        }
        Kind::ReplicaSet => {
            let status = replica_set_status(status);
            AnyObject::ReplicaSet(Arc::new(crate::api::ReplicaSet {
                meta,
                status,
                ..read::replica_set(data)
            }))
        }
        Kind::Pod => {
            let status = pod_status(status);
            AnyObject::Pod(Arc::new(crate::api::Pod { meta, status, ..read::pod(data) }))
        }
        Kind::Service => {
            AnyObject::Service(Arc::new(crate::api::Service { meta, ..read::service(data) }))
        }
        Kind::Node => {
            let mut node = crate::api::Node { meta, ..read::node(data) };
            if let Some(ready) = condition(status, "Ready") {
                node.ready.status = condition_status(ready);
                node.ready.since = date(ready, "lastTransitionTime");
            }
            AnyObject::Node(Arc::new(node))
        }
        Kind::EndpointSlice => {
            AnyObject::EndpointSlice(Arc::new(reports::slice(meta, data, uid_of)))
        }
        Kind::Event => AnyObject::Event(Arc::new(reports::event(meta, data, uid_of))),
        _ => {
            let object = read::data_object(kind, data);
            AnyObject::Data(Arc::new(crate::api::DataObject { meta, ..object }))
        }
    }
}

fn owner(value: &Value, uid_of: &dyn Fn(&str) -> Uid) -> Option<OwnerReference> {
    let kind = text(value, "kind");
    Some(OwnerReference {
        kind: Kind::ALL.into_iter().find(|known| known.as_str() == &*kind)?,
        name: text(value, "name"),
        uid: uid_of(&text(value, "uid")),
        controller: flag(value, "controller"),
    })
}

fn date_or_none(value: &Value, key: &str) -> Option<Instant> {
    timestamp::parse(value.get(key)?.as_str()?)
}

fn date(value: &Value, key: &str) -> Instant {
    date_or_none(value, key).unwrap_or_default()
}

fn count(value: &Value, key: &str) -> i32 {
    int(value, key).unwrap_or(0)
}

fn condition<'a>(status: &'a Value, type_: &str) -> Option<&'a Value> {
    list(status, "conditions").find(|condition| &*text(condition, "type") == type_)
}

fn condition_status(condition: &Value) -> ConditionStatus {
    match &*text(condition, "status") {
        "True" => ConditionStatus::True,
        "False" => ConditionStatus::False,
        _ => ConditionStatus::Unknown,
    }
}

/// One of the words the simulator knows, empty for any other.
fn known(word: &str) -> &'static str {
    const WORDS: [&str; 20] = [
        "Completed",
        "ContainerCreating",
        "ContainersNotInitialized",
        "ContainersNotReady",
        "CrashLoopBackOff",
        "CreateContainerConfigError",
        "ErrImageNeverPull",
        "ErrImagePull",
        "Error",
        "ImagePullBackOff",
        "InvalidImageName",
        "OOMKilled",
        "PodCompleted",
        "PodFailed",
        "PodInitializing",
        "ReadinessGatesNotReady",
        "RunContainerError",
        "SchedulerError",
        "StartError",
        "Unschedulable",
    ];
    WORDS.into_iter().find(|known| *known == word).unwrap_or_default()
}

fn deployment_status(status: &Value) -> DeploymentStatus {
    let condition = |condition: &Value| {
        let type_ = match &*text(condition, "type") {
            "Available" => DeploymentConditionType::Available,
            "Progressing" => DeploymentConditionType::Progressing,
            "ReplicaFailure" => DeploymentConditionType::ReplicaFailure,
            _ => return None,
        };
        Some(DeploymentCondition {
            type_,
            status: condition_status(condition),
            reason: Reason::from_text(&text(condition, "reason")),
            message: text(condition, "message").to_string(),
            last_update_time: date(condition, "lastUpdateTime"),
            last_transition_time: date(condition, "lastTransitionTime"),
        })
    };
    DeploymentStatus {
        observed_generation: status.get("observedGeneration").and_then(Value::as_int).unwrap_or(0),
        replicas: count(status, "replicas"),
        updated_replicas: count(status, "updatedReplicas"),
        ready_replicas: count(status, "readyReplicas"),
        available_replicas: count(status, "availableReplicas"),
        unavailable_replicas: count(status, "unavailableReplicas"),
        conditions: list(status, "conditions").filter_map(condition).collect(),
        collision_count: int(status, "collisionCount").and_then(|count| u32::try_from(count).ok()),
    }
}

fn replica_set_status(status: &Value) -> ReplicaSetStatus {
    ReplicaSetStatus {
        replicas: count(status, "replicas"),
        fully_labeled_replicas: count(status, "fullyLabeledReplicas"),
        ready_replicas: count(status, "readyReplicas"),
        available_replicas: count(status, "availableReplicas"),
        observed_generation: status.get("observedGeneration").and_then(Value::as_int).unwrap_or(0),
        replica_failure: condition(status, "ReplicaFailure").map(|condition| ReplicaSetCondition {
            status: condition_status(condition),
            reason: text(condition, "reason"),
            message: text(condition, "message").to_string(),
            last_transition_time: date(condition, "lastTransitionTime"),
        }),
    }
}

fn pod_status(status: &Value) -> PodStatus {
    let phase = match &*text(status, "phase") {
        "Running" => PodPhase::Running,
        "Succeeded" => PodPhase::Succeeded,
        "Failed" => PodPhase::Failed,
        "Unknown" => PodPhase::Unknown,
        _ => PodPhase::Pending,
    };
    let statuses = |key| list(status, key).map(container_status).collect();
    PodStatus {
        phase,
        conditions: list(status, "conditions").filter_map(pod_condition).collect(),
        nominated_node_name: text(status, "nominatedNodeName"),
        pod_ip: text(status, "podIP").parse().ok(),
        start_time: date_or_none(status, "startTime"),
        init_container_statuses: statuses("initContainerStatuses"),
        container_statuses: statuses("containerStatuses"),
    }
}

fn pod_condition(condition: &Value) -> Option<PodCondition> {
    let type_ = match &*text(condition, "type") {
        "PodScheduled" => PodConditionType::PodScheduled,
        "Initialized" => PodConditionType::Initialized,
        "ContainersReady" => PodConditionType::ContainersReady,
        "Ready" => PodConditionType::Ready,
        "DisruptionTarget" => PodConditionType::DisruptionTarget,
        _ => return None,
    };
    Some(PodCondition {
        type_,
        status: condition_status(condition),
        reason: known(&text(condition, "reason")),
        message: text(condition, "message"),
        last_transition_time: date(condition, "lastTransitionTime"),
    })
}

fn container_status(status: &Value) -> ContainerStatus {
    ContainerStatus {
        name: text(status, "name"),
        state: container_state(part(status, "state")).unwrap_or(ContainerState::Waiting {
            reason: "ContainerCreating",
            message: Name::default(),
        }),
        last_state: container_state(part(status, "lastState")),
        ready: flag(status, "ready"),
        started: flag(status, "started"),
        restart_count: int(status, "restartCount")
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or(0),
    }
}

fn container_state(state: &Value) -> Option<ContainerState> {
    if let Some(running) = state.get("running") {
        return Some(ContainerState::Running { started_at: date(running, "startedAt") });
    }
    if let Some(ended) = state.get("terminated") {
        return Some(ContainerState::Terminated {
            exit_code: count(ended, "exitCode"),
            reason: known(&text(ended, "reason")),
            started_at: date(ended, "startedAt"),
            finished_at: date(ended, "finishedAt"),
        });
    }
    let waiting = state.get("waiting")?;
    Some(ContainerState::Waiting {
        reason: known(&text(waiting, "reason")),
        message: text(waiting, "message"),
    })
}

/// What `origin` has become: `before` is the object made of it as the simulator shows it, `now`
/// what it shows at present. What did not change between these two is as `origin` has it.
pub(crate) fn overlaid(origin: &Value, before: &Value, now: &Value) -> Value {
    if before == now {
        return origin.clone();
    }
    match (origin, before, now) {
        (Value::Map(origin), Value::Map(before), Value::Map(now)) => {
            const NONE: &Value = &Value::Null;
            let mut merged = Vec::new();
            for (key, value) in now {
                let old = before.get(key);
                match (origin.get(key), old) {
                    (Some(first), Some(old)) => {
                        merged.push((key.clone(), overlaid(first, old, value)));
                    }
                    (first, None) => {
                        merged.push((key.clone(), overlaid(first.unwrap_or(NONE), NONE, value)));
                    }
                    (None, Some(old)) if old == value => {}
                    (None, Some(_)) => merged.push((key.clone(), value.clone())),
                }
            }
            let unknown = origin
                .iter()
                .filter(|(key, _)| !before.contains_key(*key) && !now.contains_key(*key));
            merged.extend(unknown.map(|(key, value)| (key.clone(), value.clone())));
            Value::Map(order::map(merged))
        }
        (Value::List(origin), Value::List(before), Value::List(now)) => {
            let place = |of: &Value| {
                let key = |item: &Value| ["name", "type", "ip", "uid"].map(|key| text(item, key));
                let keyed = key(of).iter().any(|part| !part.is_empty());
                before.iter().position(|old| old == of || (keyed && key(old) == key(of)))
            };
            let item = |value: &Value| match place(value).map(|at| (origin.get(at), before.get(at)))
            {
                Some((Some(first), Some(old))) if origin.len() == before.len() => {
                    overlaid(first, old, value)
                }
                _ => value.clone(),
            };
            Value::List(now.iter().map(item).collect())
        }
        _ => now.clone(),
    }
}
