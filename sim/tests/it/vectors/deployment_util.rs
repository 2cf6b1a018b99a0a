//! The Deployment controller's small questions.

use std::sync::Arc;

use rollscope_sim::Instant;
use rollscope_sim::api::deployment::{
    DeploymentCondition, DeploymentStatus, POD_TEMPLATE_HASH, REVISION, REVISION_HISTORY, Strategy,
    resolve_fenceposts,
};
use rollscope_sim::api::meta::labels;
use rollscope_sim::api::{
    Deployment, LabelSelector, ObjectMeta, PodSpec, PodTemplateSpec, ReplicaSet,
};
use rollscope_sim::controller::deployment::deployments_for_replica_set;
use rollscope_sim::controller::deployment::replica_sets::{
    active, actual_replicas, find_new_replica_set, find_old_replica_sets, int_annotation,
    is_saturated, replicas_annotations_need_update, set_replicas_annotations, total_replicas,
};
use rollscope_sim::controller::deployment::revision::set_new_replica_set_annotations;
use rollscope_sim::controller::deployment::rolling::new_rs_new_replicas;
use rollscope_sim::controller::deployment::status::{
    is_progressing, is_timed_out, remove_condition, set_condition,
};
use serde_json::{Value, json};

use super::build;
use super::case::{Fields, check, not_modelled, unknown_op};
use crate::manifest_vectors::to_value;

pub(crate) fn topic(case: &Value) -> Result<(), String> {
    check(case, |op, input| match op {
        "equal_ignore_hash" => Ok(equal_ignore_hash(&input["left"], &input["right"])),
        "find_new" | "find_old" => find(input),
        "replica_counts" => replica_counts(input),
        "fenceposts" => fenceposts(input),
        "new_rs_replicas" => {
            let total = input.int("total_replicas_of_all_sets")?;
            let size = new_rs_new_replicas(
                &build::deployment_of(input)?,
                total,
                input.int("new_rs_replicas")?,
            );
            Ok(json!({ "new_rs_replicas": size }))
        }
        "get_condition" | "set_condition" | "remove_condition" => conditions(op, input),
        "complete" => {
            let mut deployment = build::deployment_of(input)?;
            deployment.meta.generation = input.int_or_0("generation")?;
            let status = build::status_of(input.field("status")?)?;
            Ok(json!({ "complete": deployment.is_complete(&status) }))
        }
        "progressing" => {
            let mut deployment = build::deployment_of(input)?;
            deployment.status = build::status_of(input.field("before")?)?;
            let after = build::status_of(input.field("after")?)?;
            Ok(json!({ "progressing": is_progressing(&deployment, &after) }))
        }
        "timed_out" => timed_out(input),
        "max_unavailable" | "min_available" => {
            let deployment = build::deployment_of(input)?;
            Ok(json!({
                "max_unavailable": deployment.max_unavailable(),
                "min_available": deployment.min_available(),
            }))
        }
        "annotations_need_update" | "set_replicas_annotations" => size_annotations(input),
        "int_annotation" => {
            let value = int_annotation(&annotated(input), input.text("key")?);
            Ok(json!({ "value": value.unwrap_or(0), "valid": value.is_some() }))
        }
        "revision_annotations" => revision_annotations(input),
        "saturated" => saturated(input),
        "deployments_for_rs" => deployments_for_rs(input, &case["expect"]["error"]),
        other => unknown_op(other),
    })
}

fn equal_ignore_hash(left: &Value, right: &Value) -> Value {
    let template = |described: &Value| {
        let spec = json!({ "nodeName": described["node_name"] });
        PodTemplateSpec {
            labels: described.labels("labels"),
            annotations: described.labels("annotations"),
            spec: Arc::new(PodSpec::from_value(to_value(&spec))),
        }
    };
    let (left, right) = (template(left), template(right));
    let equal = left.equal_ignore_hash(&right);
    json!({ "equal": equal, "symmetric": equal == right.equal_ignore_hash(&left) })
}

/// A template that a word stands for.
fn template_called(word: &str) -> PodTemplateSpec {
    let spec = json!({ "containers": [{ "name": word, "image": word }] });
    PodTemplateSpec {
        spec: Arc::new(PodSpec::from_value(to_value(&spec))),
        ..PodTemplateSpec::default()
    }
}

fn find(input: &Value) -> Result<Value, String> {
    let sets = (1..).zip(input.list("rss")?).map(|(number, described)| {
        let mut rs = build::replica_set_of(described, number)?;
        rs.spec.template = template_called(described.text("template")?);
        if let Some(hash) = described.opt_text("pod_template_hash_label") {
            rs.spec.template.labels = labels([(POD_TEMPLATE_HASH, hash)]);
        }
        Ok(Arc::new(rs))
    });
    let sets: Vec<Arc<ReplicaSet>> = sets.collect::<Result<_, String>>()?;
    let new = find_new_replica_set(&template_called(input.text("deployment_template")?), &sets);
    let old = find_old_replica_sets(&sets, new.as_deref());
    let ids = |sets: &[Arc<ReplicaSet>]| -> Vec<String> {
        sets.iter().map(|rs| rs.meta.name.to_string()).collect()
    };
    Ok(json!({
        "new": new.map(|new| new.meta.name.to_string()),
        "all_old": ids(&old),
        "old_with_replicas": ids(&active(&old)),
    }))
}

fn replica_counts(input: &Value) -> Result<Value, String> {
    let sets = build::replica_sets_of(input, "rss", 1)?;
    Ok(json!({
        "desired": total_replicas(&sets),
        "actual": actual_replicas(&sets),
        "terminating": not_modelled("status.terminatingReplicas is not reported (gated upstream)"),
    }))
}

fn fenceposts(input: &Value) -> Result<Value, String> {
    let (surge, unavailable) =
        (build::bound(input, "max_surge"), build::bound(input, "max_unavailable"));
    let resolved = resolve_fenceposts(surge.as_ref(), unavailable.as_ref(), input.int("desired")?);
    Ok(resolved.map_or_else(
        |_| json!({ "error": true }),
        |(surge, unavailable)| json!({ "error": false, "surge": surge, "unavailable": unavailable }),
    ))
}

fn conditions(op: &str, input: &Value) -> Result<Value, String> {
    let conditions = build::conditions_of(input, "conditions")?;
    let mut status = DeploymentStatus { conditions, ..DeploymentStatus::default() };
    let named = input.opt_text("type").and_then(build::condition_type);
    let found = named.is_some_and(|type_| status.condition(type_).is_some());
    match (op, named) {
        ("set_condition", _) => {
            set_condition(&mut status, build::condition_of(input.field("condition")?)?);
        }
        ("remove_condition", Some(type_)) => remove_condition(&mut status, type_),
        _ => {}
    }
    let left: Vec<Value> = status.conditions.iter().map(condition_json).collect();
    Ok(json!({ "found": found, "conditions": left }))
}

fn condition_json(condition: &DeploymentCondition) -> Value {
    json!({
        "type": condition.type_.as_str(),
        "status": condition.status.as_str(),
        "reason": condition.reason.as_str(),
    })
}

fn timed_out(input: &Value) -> Result<Value, String> {
    let mut deployment = build::deployment_of(input)?;
    deployment.spec.progress_deadline_seconds = input.opt_int("progress_deadline_seconds")?;
    let mut status = DeploymentStatus::default();
    if let Some(condition) = input.opt("condition") {
        status.conditions.push(build::condition_of(condition)?);
    }
    let now = Instant::from_secs(input.int_or_0("now_second")?);
    Ok(json!({ "timed_out": is_timed_out(&deployment, &status, now) }))
}

/// Metadata with the annotations of a case.
fn annotated(input: &Value) -> ObjectMeta {
    ObjectMeta { annotations: input.labels("annotations"), ..ObjectMeta::default() }
}

fn size_annotations(input: &Value) -> Result<Value, String> {
    let mut meta = annotated(input);
    let (desired, max) = (input.int("desired_replicas")?, input.int("max_replicas")?);
    let need_update = replicas_annotations_need_update(&meta, desired, max);
    let changed = set_replicas_annotations(&mut meta, desired, max);
    let annotations: serde_json::Map<String, Value> =
        meta.annotations.iter().map(|(key, value)| (key.to_string(), json!(&**value))).collect();
    Ok(json!({ "need_update": need_update, "changed": changed, "annotations": annotations }))
}

fn revision_annotations(input: &Value) -> Result<Value, String> {
    let mut meta = ObjectMeta::default();
    let before = input.field("replicaset_before")?;
    for (annotation, key) in [(REVISION, "revision"), (REVISION_HISTORY, "revision_history")] {
        if let Some(text) = before.opt_text(key) {
            meta.set_annotation(annotation, text);
        }
    }
    let revision = input.text("new_revision")?;
    set_new_replica_set_annotations(
        &build::deployment(1, Strategy::Recreate),
        &mut meta,
        revision.parse().map_err(|_| format!("the revision {revision:?} is no number"))?,
        input.flag("replicaset_exists"),
        input.int("history_limit_chars")?,
    );
    Ok(json!({
        "revision": meta.annotation(REVISION),
        "revision_history": meta.annotation(REVISION_HISTORY),
    }))
}

fn saturated(input: &Value) -> Result<Value, String> {
    let deployment = build::deployment(input.int("deployment_replicas")?, Strategy::Recreate);
    let mut rs =
        build::replica_set("foo", 1, input.int("rs_replicas")?, input.int("rs_available")?);
    if let Some(desired) = input.opt_text("desired_replicas_annotation") {
        rs.meta.set_annotation(rollscope_sim::api::deployment::DESIRED_REPLICAS, desired);
    }
    Ok(json!({ "saturated": is_saturated(&deployment, Some(&rs)) }))
}

/// When there is none, upstream's lister has an error for it, whose words nobody reads: an empty
/// answer is as good.
fn deployments_for_rs(input: &Value, expected_error: &Value) -> Result<Value, String> {
    let deployments = input.list("deployments")?.iter().map(|described| {
        let mut deployment = build::deployment(1, Strategy::Recreate);
        deployment.meta = object_meta(described)?;
        deployment.spec.selector = LabelSelector {
            match_labels: described.labels("selector"),
            ..LabelSelector::default()
        };
        Ok(Arc::new(deployment))
    });
    let deployments: Vec<Arc<Deployment>> = deployments.collect::<Result<_, String>>()?;
    let mut rs = build::replica_set("", 1, 1, 0);
    rs.meta = object_meta(input.field("rs")?)?;
    let found = deployments_for_replica_set(&deployments, &rs);
    if found.is_empty() {
        return Ok(json!({ "error": expected_error }));
    }
    let names: Vec<&str> = found.iter().map(|deployment| &*deployment.meta.name).collect();
    Ok(json!({ "deployments": names }))
}

fn object_meta(described: &Value) -> Result<ObjectMeta, String> {
    Ok(ObjectMeta {
        labels: described.labels("labels"),
        ..ObjectMeta::named(described.text("name")?, described.text("namespace")?)
    })
}
