//! Which pod goes first, which pods count, and when.

use std::cmp::Reverse;
use std::sync::Arc;

use rollscope_sim::Duration;
use rollscope_sim::api::{Pod, ReplicaSet};
use rollscope_sim::controller::deployment::replica_sets::active;
use rollscope_sim::controller::replica_set::rank::{DELETION_COST, DeletionKey, Standing};
use rollscope_sim::controller::replica_set::status::next_availability_check;
use serde_json::{Value, json};

use super::build::{self, NOW};
use super::case::{Fields, check, not_applicable, unknown_op};
use super::kubelet;
use super::replica_set::{owned, replica_set};

pub(crate) fn pod_ranking(case: &Value) -> Result<(), String> {
    check(case, |op, input| match op {
        "compare" => compare(input),
        "sort" => sort(input),
        "active_filter" => Ok(json!({ "active": ids_of(input, Pod::is_active)? })),
        "terminating_filter" => {
            Err(not_applicable("terminating pods are not counted (gated upstream)"))
        }
        "active_rs_filter" => {
            let sets = input.list("rss")?.iter().filter(|rs| !rs.is_null()).zip(1..);
            let sets = sets.map(|(rs, number)| build::replica_set_of(rs, number).map(Arc::new));
            let sets: Vec<Arc<ReplicaSet>> = sets.collect::<Result<_, _>>()?;
            let active = active(&sets);
            let ids: Vec<&str> = active.iter().map(|rs| &*rs.meta.name).collect();
            Ok(json!({ "active": ids }))
        }
        "next_availability" => next_availability(input),
        "min_next_availability" => min_next_availability(input),
        other => unknown_op(other),
    })
}

pub(crate) fn pod_conditions(case: &Value) -> Result<(), String> {
    check(case, |op, input| match op {
        "available" => {
            let pod = build::pod_of(input, 1)?;
            let min_ready = input.int("min_ready_seconds")?;
            Ok(json!({ "available": pod.is_available(min_ready, NOW) }))
        }
        "terminal" => {
            let phase = build::phase(input.text("pod_phase")?)?;
            Ok(json!({ "terminal": phase.is_terminal() }))
        }
        "containers_ready" | "pod_ready" | "pod_initialized" => kubelet::condition(op, input),
        other => unknown_op(other),
    })
}

fn compare(input: &Value) -> Result<Value, String> {
    let side = |pod: &str, rank: &str| key(input.field(pod)?, input.int_or_0(rank)?, input);
    let (left, right) = (side("left", "left_rank")?, side("right", "right_rank")?);
    Ok(json!({ "left_first": left < right, "right_first": right < left }))
}

fn sort(input: &Value) -> Result<Value, String> {
    let ranks = input.opt("ranks").and_then(Value::as_array);
    let rank_of = |at: usize| -> i32 {
        let rank = ranks.and_then(|ranks| ranks.get(at)?.as_i64());
        rank.and_then(|rank| i32::try_from(rank).ok()).unwrap_or(0)
    };
    let keyed = input
        .list("pods")?
        .iter()
        .enumerate()
        .map(|(at, pod)| Ok((key(pod, rank_of(at), input)?, pod.text("id")?)));
    let mut keyed: Vec<(DeletionKey, &str)> = keyed.collect::<Result<_, String>>()?;
    keyed.sort_by_key(|(key, _)| *key);
    let order: Vec<&str> = keyed.iter().map(|(_, id)| *id).collect();
    Ok(json!({ "order": order }))
}

/// The key of a pod with `rank` related pods on its node, under the gates of a case.
fn key(described: &Value, rank: i32, gates: &Value) -> Result<DeletionKey, String> {
    // The uids of these cases are empty, so no tie is ever broken.
    let mut pod = build::pod_of(described, 0)?;
    if !gates.flag("use_deletion_cost") {
        pod.meta.remove_annotation(DELETION_COST);
    }
    let of_engine = DeletionKey::of(&Standing::of(&pod), rank, NOW);
    // Here a time is always known; in the cases one may be missing. Without the gate for
    // logarithms the ages themselves are compared.
    let age = |key: &str, of_engine: Option<u32>| -> Result<Option<u32>, String> {
        let seconds = described.opt_int(key)?;
        Ok(seconds.and_then(
            |age| {
                if gates.flag("logarithmic_ages") { of_engine } else { Some(age) }
            },
        ))
    };
    Ok(DeletionKey {
        ready_age: age("ready_age_s", of_engine.ready_age)?.filter(|_| of_engine.ready),
        ready_tie: 0,
        sidecar_restarts: Reverse(described.int_or_0("sidecar_restarts")?),
        age: age("created_age_s", of_engine.age)?,
        ..of_engine
    })
}

fn ids_of(input: &Value, wanted: impl Fn(&Pod) -> bool) -> Result<Vec<String>, String> {
    let mut ids = Vec::new();
    for described in input.list("pods")?.iter().filter(|pod| !pod.is_null()) {
        let pod = build::pod_of(described, 0)?;
        if wanted(&pod) {
            ids.push(pod.meta.name.to_string());
        }
    }
    Ok(ids)
}

fn next_availability(input: &Value) -> Result<Value, String> {
    readiness_is_dated(input)?;
    let pod = build::pod_of(input, 0)?;
    let wait = pod.next_availability(input.int("min_ready_seconds")?, NOW);
    let wait = wait.filter(|wait| !wait.is_zero()).map(|wait| wait.as_secs());
    Ok(json!({ "available_in_seconds": wait }))
}

fn min_next_availability(input: &Value) -> Result<Value, String> {
    if input.int_or_0::<i64>("seconds_spent_since_status_was_evaluated")? > 0 {
        return Err(not_applicable("a sync evaluates its status and requeues at one moment"));
    }
    let pods = input.list("pods")?;
    pods.iter().try_for_each(readiness_is_dated)?;
    let wait = next_availability_check(&replica_set(input)?, &owned(pods)?, NOW);
    Ok(json!({ "check_in_seconds": wait.as_ref().map(Duration::as_secs) }))
}

fn readiness_is_dated(pod: &Value) -> Result<(), String> {
    if pod.flag("ready") && pod.opt("ready_for_seconds").is_none() {
        return Err(not_applicable("the moment a pod became ready is always known"));
    }
    Ok(())
}
