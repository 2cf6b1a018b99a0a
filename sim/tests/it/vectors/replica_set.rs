//! The `ReplicaSet` controller: batches, the pods it gives up, its status.

use std::cell::Cell;
use std::sync::Arc;

use rollscope_sim::api::replica_set::ReplicaSetCondition;
use rollscope_sim::api::{Pod, ReplicaSet};
use rollscope_sim::controller::informer::OwnedPods;
use rollscope_sim::controller::replica_set::rank::{DeletionKey, Standing, pods_to_delete};
use rollscope_sim::controller::replica_set::slow_start_batch;
use rollscope_sim::controller::replica_set::status::{calculate_status, next_availability_check};
use serde_json::{Value, json};

use super::build::{self, NOW};
use super::case::{Fields, check, not_applicable, not_modelled, unknown_op};

pub(crate) fn topic(case: &Value) -> Result<(), String> {
    check(case, |op, input| match op {
        "slow_start" => slow_start(input, &case["expect"]["batches_started"]),
        "pods_to_delete" => doomed(input),
        "pod_keys" => Err(not_applicable("pods are known by their uid, not by a text key")),
        "status" => status(input),
        "status_condition" => status_condition(input),
        "availability_recheck" => availability_recheck(input),
        other => unknown_op(other),
    })
}

/// Only the number of calls shows the batches: they match when they add up to it.
fn slow_start(input: &Value, batches: &Value) -> Result<Value, String> {
    let count: usize = input.int("count")?;
    let good: usize = input.int("calls_that_succeed")?;
    let calls = Cell::new(0);
    let successes = slow_start_batch(count, input.int("initial_batch")?, || {
        calls.set(calls.get() + 1);
        calls.get() <= good
    });
    let expected = batches.as_array().into_iter().flatten().filter_map(Value::as_u64).sum::<u64>();
    let add_up = usize::try_from(expected) == Ok(calls.get());
    Ok(json!({
        "successes": successes,
        "calls": calls.get(),
        "error": successes < count,
        "batches_started": if add_up { batches.clone() } else { json!(calls.get()) },
    }))
}

fn doomed(input: &Value) -> Result<Value, String> {
    let related = owned(input.list("related_pods")?)?;
    let ranked = (0..).zip(input.list("pods")?).map(|(number, described)| {
        let pod = build::pod_of(described, number)?;
        let on_node = related.active_on(&pod.node_name);
        Ok((DeletionKey::of(&Standing::of(&pod), on_node, NOW), pod))
    });
    let ranked: Vec<(DeletionKey, Pod)> = ranked.collect::<Result<_, String>>()?;
    let doomed = pods_to_delete(ranked.iter(), ranked.len(), input.int("count")?, |(key, _)| *key);
    let ids: Vec<&str> = doomed.iter().map(|(_, pod)| &*pod.meta.name).collect();
    Ok(json!({ "ids": ids }))
}

/// The pods of one owner.
pub(crate) fn owned(described: &[Value]) -> Result<OwnedPods, String> {
    let mut owned = OwnedPods::default();
    for (number, described) in (0..).zip(described) {
        owned.put(&Arc::new(build::pod_of(described, number)?));
    }
    Ok(owned)
}

/// A set whose pods count as available after `min_ready_seconds`.
pub(crate) fn replica_set(input: &Value) -> Result<ReplicaSet, String> {
    let mut rs = build::replica_set("foo", 1, input.int_or_0("replicas")?, 0);
    rs.spec.min_ready_seconds = input.int_or_0("min_ready_seconds")?;
    rs.spec.template.labels = input.labels("template_labels");
    Ok(rs)
}

fn status(input: &Value) -> Result<Value, String> {
    let mut pods = input.list("active_pods")?.to_vec();
    for pod in input.opt("terminating_pods").and_then(Value::as_array).into_iter().flatten() {
        let mut pod = pod.clone();
        pod["being_deleted"] = json!(true);
        pods.push(pod);
    }
    let status = calculate_status(&replica_set(input)?, &owned(&pods)?, None, NOW);
    Ok(json!({
        "replicas": status.replicas,
        "fully_labeled_replicas": status.fully_labeled_replicas,
        "ready_replicas": status.ready_replicas,
        "available_replicas": status.available_replicas,
        "terminating_replicas":
            not_modelled("status.terminatingReplicas is not reported (gated upstream)"),
    }))
}

fn status_condition(input: &Value) -> Result<Value, String> {
    let mut rs = replica_set(input)?;
    for before in input.list("conditions_before")? {
        if before.text("type")? != "ReplicaFailure" {
            return Err(not_applicable("a ReplicaSet has no other condition than ReplicaFailure"));
        }
        rs.status.replica_failure = Some(ReplicaSetCondition {
            status: build::condition_status(before.text("status")?)?,
            reason: before.opt_text("reason").unwrap_or_default().into(),
            message: before.opt_text("message").unwrap_or_default().to_owned(),
            last_transition_time: NOW,
        });
    }
    let mut pods = OwnedPods::default();
    pods.active = input.int("active_pods")?;
    let status = calculate_status(&rs, &pods, input.opt_text("error"), NOW);
    let conditions: Vec<Value> = status.replica_failure.iter().map(condition_json).collect();
    Ok(json!({ "conditions": conditions }))
}

fn condition_json(condition: &ReplicaSetCondition) -> Value {
    json!({
        "type": "ReplicaFailure",
        "status": condition.status.as_str(),
        "reason": &*condition.reason,
        "message": condition.message,
    })
}

fn availability_recheck(input: &Value) -> Result<Value, String> {
    let rs = replica_set(input)?;
    let pods = owned(input.list("pods")?)?;
    let status = calculate_status(&rs, &pods, None, NOW);
    let wait = next_availability_check(&rs, &pods, NOW);
    Ok(json!({
        "ready_replicas": status.ready_replicas,
        "available_replicas": status.available_replicas,
        "requeue_after_ms": wait.map(|wait| wait.as_secs() * 1_000 + u64::from(wait.subsec_millis())),
    }))
}
