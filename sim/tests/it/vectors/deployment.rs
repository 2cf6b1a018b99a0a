//! Scaling in the middle of a rollout, the history, and progress.

use std::sync::Arc;

use rollscope_sim::Instant;
use rollscope_sim::api::deployment::{
    DESIRED_REPLICAS, DeploymentConditionType, DeploymentStatus, MAX_REPLICAS, REVISION,
};
use rollscope_sim::api::{Deployment, ObjectMeta, ReplicaSet};
use rollscope_sim::controller::deployment::proportion::{replica_set_fraction, scale};
use rollscope_sim::controller::deployment::revision::replica_sets_to_clean_up;
use rollscope_sim::controller::deployment::status::{
    Requeue, requeue_stuck_deployment, rollout_status,
};
use serde_json::{Map, Value, json};

use super::build::{self, NOW};
use super::case::{Fields, check, in_any_order, unknown_op};

pub(crate) fn proportional_scaling(case: &Value) -> Result<(), String> {
    check(case, |op, input| match op {
        "scale" => scale_all(input),
        "fraction" => {
            let mut deployment = build::deployment_of(input)?;
            deployment.status.replicas = input.int_or_0("status_replicas")?;
            let mut rs = build::replica_set("foo", 1, input.int("rs_replicas")?, 0);
            annotate_sizes(&mut rs.meta, input)?;
            Ok(json!({ "fraction": replica_set_fraction(&rs, &deployment) }))
        }
        other => unknown_op(other),
    })
}

fn scale_all(input: &Value) -> Result<Value, String> {
    let described = input.field("deployment")?;
    let mut deployment = build::deployment_of(described)?;
    deployment.status.replicas = described.int_or_0("status_replicas")?;
    let new = input.opt("new_rs").map(|new| sized_set(new, 0)).transpose()?;
    let old = (1..).zip(input.list("old_rss")?).map(|(number, rs)| sized_set(rs, number));
    let old: Vec<Arc<ReplicaSet>> = old.collect::<Result<_, _>>()?;
    let mut sizes: Map<String, Value> = old
        .iter()
        .chain(&new)
        .map(|rs| (rs.meta.name.to_string(), rs.spec.replicas.into()))
        .collect();
    for (rs, size) in scale(&deployment, new.as_ref(), &old) {
        sizes.insert(rs.meta.name.to_string(), size.into());
    }
    Ok(json!({ "replicas_by_name": sizes }))
}

/// A set with its annotations about sizes.
fn sized_set(input: &Value, number: u64) -> Result<Arc<ReplicaSet>, String> {
    let mut rs = build::replica_set_of(input, number)?;
    annotate_sizes(&mut rs.meta, input)?;
    Ok(Arc::new(rs))
}

fn annotate_sizes(meta: &mut ObjectMeta, input: &Value) -> Result<(), String> {
    let annotations = [
        (DESIRED_REPLICAS, "desired_replicas_annotation"),
        (MAX_REPLICAS, "max_replicas_annotation"),
    ];
    for (annotation, key) in annotations {
        if let Some(value) = input.opt_int::<i64>(key)? {
            meta.set_annotation(annotation, &value.to_string());
        }
    }
    Ok(())
}

pub(crate) fn revision_history(case: &Value) -> Result<(), String> {
    let expected = &case["expect"]["deleted_names"];
    check(case, |op, input| {
        if op != "cleanup" {
            return unknown_op(op);
        }
        let old = (1..).zip(input.list("old_rss")?).map(|(number, described)| {
            let mut rs = build::replica_set_of(described, number)?;
            if let Some(revision) = described.opt_text("revision") {
                rs.meta.set_annotation(REVISION, revision);
            }
            rs.meta.deletion_timestamp = described.flag("being_deleted").then_some(NOW);
            Ok(Arc::new(rs))
        });
        let old: Vec<Arc<ReplicaSet>> = old.collect::<Result<_, String>>()?;
        let deleted = replica_sets_to_clean_up(input.opt_int("revision_history_limit")?, &old);
        let names: Vec<&str> = deleted.iter().map(|rs| &*rs.meta.name).collect();
        Ok(json!({
            "deleted_count": names.len(),
            "deleted_names": in_any_order(json!(names), expected),
        }))
    })
}

pub(crate) fn progress(case: &Value) -> Result<(), String> {
    check(case, |op, input| {
        let mut deployment = build::deployment_of(input)?;
        deployment.spec.progress_deadline_seconds = input.opt_int("progress_deadline_seconds")?;
        deployment.status = build::status_of(input.field("status")?)?;
        deployment.status.conditions = build::conditions_of(input, "conditions")?;
        match op {
            "requeue" => requeue(&deployment, input),
            "sync_status" => sync_status(&deployment, input),
            other => unknown_op(other),
        }
    })
}

fn requeue(deployment: &Deployment, input: &Value) -> Result<Value, String> {
    let status = build::status_of(input.field("new_status")?)?;
    // The engine counts in microseconds; a part of one is a later moment.
    let now = Instant::from_micros(input.int_or_0::<u64>("now_ns")?.div_ceil(1_000));
    let wait = match requeue_stuck_deployment(deployment, &status, now) {
        Requeue::Never => -1,
        Requeue::RateLimited => 0,
        Requeue::After(left) => {
            i64::try_from(left.as_nanos()).map_err(|error| error.to_string())?
        }
    };
    Ok(json!({ "requeue_after_ns": wait }))
}

fn sync_status(deployment: &Deployment, input: &Value) -> Result<Value, String> {
    let old = build::replica_sets_of(input, "old_rss", 1)?;
    let new = input.opt("new_rs").map(|new| build::replica_set_of(new, 0)).transpose()?;
    let all: Vec<Arc<ReplicaSet>> = old.into_iter().chain(new.clone().map(Arc::new)).collect();
    let status = rollout_status(deployment, &all, new.as_ref(), NOW);
    Ok(json!({
        "progressing": progressing(&deployment.status, &status),
        "status": {
            "replicas": status.replicas,
            "updated_replicas": status.updated_replicas,
            "available_replicas": status.available_replicas,
        },
    }))
}

/// The Progressing condition afterwards, and which of its times moved.
fn progressing(before: &DeploymentStatus, after: &DeploymentStatus) -> Value {
    let type_ = DeploymentConditionType::Progressing;
    let Some(condition) = after.condition(type_) else {
        return Value::Null;
    };
    let before = before.condition(type_);
    let moved = |time: Instant, before: Option<Instant>| match time {
        NOW => "now",
        _ if Some(time) == before => "unchanged",
        _ => "neither unchanged nor now",
    };
    json!({
        "status": condition.status.as_str(),
        "reason": condition.reason.as_str(),
        "last_update": moved(
            condition.last_update_time,
            before.map(|before| before.last_update_time),
        ),
        "last_transition": moved(
            condition.last_transition_time,
            before.map(|before| before.last_transition_time),
        ),
    })
}
