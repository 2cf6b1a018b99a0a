//! The status of objects as data.

use super::meta::{non_empty, put};
use crate::api::deployment::DeploymentCondition;
use crate::api::pod::{ContainerState, ContainerStatus, PodCondition};
use crate::api::value::map;
use crate::api::{Deployment, Pod, ReplicaSet, Value};
use crate::manifest::timestamp;
use crate::time::Instant;

fn count(number: i32) -> Option<Value> {
    (number != 0).then(|| number.into())
}

fn date(instant: Instant) -> Value {
    timestamp::format(instant).into()
}

pub(super) fn deployment(object: &Deployment) -> Value {
    let status = &object.status;
    let mut data = Value::map();
    let generation = status.observed_generation;
    put(&mut data, "observedGeneration", (generation != 0).then_some(Value::Int(generation)));
    put(&mut data, "replicas", count(status.replicas));
    put(&mut data, "updatedReplicas", count(status.updated_replicas));
    put(&mut data, "readyReplicas", count(status.ready_replicas));
    put(&mut data, "availableReplicas", count(status.available_replicas));
    put(&mut data, "unavailableReplicas", count(status.unavailable_replicas));
    put(&mut data, "collisionCount", status.collision_count.map(Value::from));
    let conditions: Vec<Value> = status.conditions.iter().map(deployment_condition).collect();
    put(&mut data, "conditions", (!conditions.is_empty()).then_some(Value::List(conditions)));
    data
}

fn deployment_condition(condition: &DeploymentCondition) -> Value {
    map([
        ("type", condition.type_.as_str().into()),
        ("status", condition.status.as_str().into()),
        ("lastUpdateTime", date(condition.last_update_time)),
        ("lastTransitionTime", date(condition.last_transition_time)),
        ("reason", condition.reason.as_str().into()),
        ("message", condition.message.as_str().into()),
    ])
}

pub(super) fn replica_set(object: &ReplicaSet) -> Value {
    let status = &object.status;
    let mut data = map([("replicas", status.replicas.into())]);
    put(&mut data, "fullyLabeledReplicas", count(status.fully_labeled_replicas));
    put(&mut data, "readyReplicas", count(status.ready_replicas));
    put(&mut data, "availableReplicas", count(status.available_replicas));
    let generation = status.observed_generation;
    put(&mut data, "observedGeneration", (generation != 0).then_some(Value::Int(generation)));
    let condition = status.replica_failure.as_ref().map(|condition| {
        let data = map([
            ("type", "ReplicaFailure".into()),
            ("status", condition.status.as_str().into()),
            ("lastTransitionTime", date(condition.last_transition_time)),
            ("reason", (&condition.reason).into()),
            ("message", condition.message.as_str().into()),
        ]);
        vec![data].into()
    });
    put(&mut data, "conditions", condition);
    data
}

pub(super) fn pod(object: &Pod) -> Value {
    let status = &object.status;
    let mut data = map([
        ("phase", status.phase.as_str().into()),
        ("qosClass", qos_class(object.spec.raw()).into()),
    ]);
    let conditions: Vec<Value> = status.conditions.iter().map(pod_condition).collect();
    put(&mut data, "conditions", (!conditions.is_empty()).then_some(Value::List(conditions)));
    let address = status.pod_ip.map(|address| Value::from(address.to_string()));
    let addresses = address.clone().map(|address| vec![map([("ip", address)])].into());
    put(&mut data, "nominatedNodeName", non_empty(&status.nominated_node_name));
    put(&mut data, "podIP", address);
    put(&mut data, "podIPs", addresses);
    put(&mut data, "startTime", status.start_time.map(date));
    let spec = &object.spec;
    let lists = [
        ("initContainerStatuses", &status.init_container_statuses, &spec.init_containers),
        ("containerStatuses", &status.container_statuses, &spec.containers),
    ];
    for (key, statuses, containers) in lists {
        let statuses: Vec<Value> = statuses
            .iter()
            .map(|status| {
                let mut containers = containers.iter();
                let of = containers.find(|container| container.name == status.name);
                container_status(status, of.map_or("", |container| &container.image))
            })
            .collect();
        put(&mut data, key, (!statuses.is_empty()).then_some(Value::List(statuses)));
    }
    data
}

fn pod_condition(condition: &PodCondition) -> Value {
    let mut data = map([
        ("type", condition.type_.as_str().into()),
        ("status", condition.status.as_str().into()),
        ("lastProbeTime", Value::Null),
        ("lastTransitionTime", date(condition.last_transition_time)),
    ]);
    put(&mut data, "reason", (!condition.reason.is_empty()).then(|| condition.reason.into()));
    put(&mut data, "message", non_empty(&condition.message));
    data
}

fn container_status(status: &ContainerStatus, image: &str) -> Value {
    let last_state = status.last_state.as_ref().map_or_else(Value::map, container_state);
    map([
        ("name", (&status.name).into()),
        ("state", container_state(&status.state)),
        ("lastState", last_state),
        ("ready", status.ready.into()),
        ("restartCount", status.restart_count.into()),
        ("image", image.into()),
        ("imageID", "".into()),
        ("started", status.started.into()),
    ])
}

fn container_state(state: &ContainerState) -> Value {
    match state {
        ContainerState::Waiting { reason, message } => {
            let mut data = map([("reason", (*reason).into())]);
            put(&mut data, "message", non_empty(message));
            map([("waiting", data)])
        }
        ContainerState::Running { started_at } => {
            map([("running", map([("startedAt", date(*started_at))]))])
        }
        ContainerState::Terminated { exit_code, reason, started_at, finished_at } => {
            let data = map([
                ("exitCode", (*exit_code).into()),
                ("reason", (*reason).into()),
                ("startedAt", date(*started_at)),
                ("finishedAt", date(*finished_at)),
            ]);
            map([("terminated", data)])
        }
    }
}

/// `Guaranteed` when every container limits cpu and memory to what it requests, `BestEffort` when
/// none asks for anything, else `Burstable`.
fn qos_class(spec: &Value) -> &'static str {
    let containers = spec.get("containers").and_then(Value::as_list).unwrap_or_default();
    let amount = |container: &Value, side: &str, name: &str| {
        container.at(&["resources", side, name]).and_then(Value::scalar_text)
    };
    let names = &["cpu", "memory"];
    let asks = |container: &Value| {
        names.iter().any(|name| {
            amount(container, "requests", name).or(amount(container, "limits", name)).is_some()
        })
    };
    let bounded = |container: &Value| {
        names.iter().all(|name| {
            let limit = amount(container, "limits", name);
            limit.is_some() && limit == amount(container, "requests", name).or(limit.clone())
        })
    };
    if !containers.iter().any(asks) {
        "BestEffort"
    } else if containers.iter().all(bounded) {
        "Guaranteed"
    } else {
        "Burstable"
    }
}
