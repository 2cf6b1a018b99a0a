//! Objects of the engine from the numbers of a case.

use std::sync::Arc;

use rollscope_sim::api::deployment::{
    DeploymentCondition, DeploymentConditionType, DeploymentSpec, DeploymentStatus, Reason,
    Strategy,
};
use rollscope_sim::api::pod::{
    ContainerState, ContainerStatus, PodCondition, PodConditionType, PodPhase, PodStatus,
};
use rollscope_sim::api::replica_set::{ReplicaSetSpec, ReplicaSetStatus};
use rollscope_sim::api::{
    ConditionStatus, Deployment, IntOrPercent, LabelSelector, ObjectMeta, Pod, PodSpec,
    PodTemplateSpec, ReplicaSet, Uid,
};
use rollscope_sim::controller::replica_set::rank::DELETION_COST;
use rollscope_sim::{Duration, Instant};
use serde_json::Value;

use super::case::Fields;

/// The moment at which cases are judged. Ages count back from here.
pub(crate) const NOW: Instant = Instant::from_secs(1_000_000_000);

/// A Deployment of so many pods.
pub(crate) fn deployment(replicas: i32, strategy: Strategy) -> Deployment {
    Deployment {
        meta: ObjectMeta::named("foo", "default"),
        spec: DeploymentSpec {
            replicas,
            selector: LabelSelector::default(),
            template: PodTemplateSpec::default(),
            strategy,
            min_ready_seconds: 0,
            revision_history_limit: None,
            paused: false,
            progress_deadline_seconds: None,
        },
        status: DeploymentStatus::default(),
    }
}

/// The Deployment of `replicas`, `strategy` (a rolling update when not said), `max_surge` and
/// `max_unavailable`.
pub(crate) fn deployment_of(input: &Value) -> Result<Deployment, String> {
    let zero = IntOrPercent::Int(0);
    let strategy = match input.opt_text("strategy") {
        Some("Recreate") => Strategy::Recreate,
        Some("RollingUpdate") | None => Strategy::RollingUpdate {
            max_surge: bound(input, "max_surge").unwrap_or_else(|| zero.clone()),
            max_unavailable: bound(input, "max_unavailable").unwrap_or(zero),
        },
        Some(other) => return Err(format!("the strategy {other:?} is unknown")),
    };
    Ok(deployment(input.int_or_0("replicas")?, strategy))
}

/// A number, or text that may be a percentage.
pub(crate) fn bound(input: &Value, key: &str) -> Option<IntOrPercent> {
    let text = || input.opt_text(key).map(|text| IntOrPercent::Text(text.into()));
    input.opt_int(key).ok().flatten().map(IntOrPercent::Int).or_else(text)
}

/// The counts a Deployment's status has.
pub(crate) fn status_of(input: &Value) -> Result<DeploymentStatus, String> {
    Ok(DeploymentStatus {
        observed_generation: input.int_or_0("observed_generation")?,
        replicas: input.int_or_0("replicas")?,
        updated_replicas: input.int_or_0("updated_replicas")?,
        ready_replicas: input.int_or_0("ready_replicas")?,
        available_replicas: input.int_or_0("available_replicas")?,
        ..DeploymentStatus::default()
    })
}

/// A Deployment's condition. Times not said are the clock's zero.
pub(crate) fn condition_of(input: &Value) -> Result<DeploymentCondition, String> {
    let time = |key| -> Result<Instant, String> { Ok(Instant::from_secs(input.int_or_0(key)?)) };
    let type_ = input.text("type")?;
    Ok(DeploymentCondition {
        type_: condition_type(type_).ok_or_else(|| format!("a condition {type_:?} is unknown"))?,
        status: condition_status(input.text("status")?)?,
        reason: Reason::from_text(input.text("reason")?),
        message: input.opt_text("message").unwrap_or_default().to_owned(),
        last_update_time: time("last_update_second")?,
        last_transition_time: time("last_transition_second")?,
    })
}

/// The conditions under `key`.
pub(crate) fn conditions_of(input: &Value, key: &str) -> Result<Vec<DeploymentCondition>, String> {
    input.list(key)?.iter().map(condition_of).collect()
}

/// The condition type called `text`.
pub(crate) fn condition_type(text: &str) -> Option<DeploymentConditionType> {
    use DeploymentConditionType::{Available, Progressing, ReplicaFailure};
    [Available, Progressing, ReplicaFailure].into_iter().find(|type_| type_.as_str() == text)
}

/// The condition status called `text`.
pub(crate) fn condition_status(text: &str) -> Result<ConditionStatus, String> {
    use ConditionStatus::{False, True, Unknown};
    let found = [True, False, Unknown].into_iter().find(|status| status.as_str() == text);
    found.ok_or_else(|| format!("a condition status {text:?} is unknown"))
}

/// A `ReplicaSet` of so many pods; `number` tells it from others.
pub(crate) fn replica_set(name: &str, number: u64, replicas: i32, available: i32) -> ReplicaSet {
    ReplicaSet {
        meta: ObjectMeta { uid: Uid(number), ..ObjectMeta::named(name, "default") },
        spec: ReplicaSetSpec {
            replicas,
            min_ready_seconds: 0,
            selector: LabelSelector::default(),
            template: PodTemplateSpec::default(),
        },
        status: ReplicaSetStatus {
            replicas,
            available_replicas: available,
            ..ReplicaSetStatus::default()
        },
    }
}

/// The `ReplicaSet` of `name` (or `id`), `replicas`, `status_replicas`, `available` and
/// `created_minute`.
pub(crate) fn replica_set_of(input: &Value, number: u64) -> Result<ReplicaSet, String> {
    let name = input.opt_text("name").or(input.opt_text("id")).unwrap_or_default();
    let available =
        input.opt_int("available")?.map_or_else(|| input.int_or_0("available_replicas"), Ok)?;
    let mut rs = replica_set(name, number, input.int_or_0("replicas")?, available);
    rs.status.replicas = input.int_or_0("status_replicas")?;
    rs.meta.created_at = created_at(input)?;
    Ok(rs)
}

/// Minutes count from long after the clock's zero, which stands for a time that is not set.
fn created_at(input: &Value) -> Result<Instant, String> {
    const MINUTE_ZERO: i64 = 1_000_000;
    let minute: Option<i64> = input.opt_int("created_minute")?;
    let seconds = minute.map_or(0, |minute| (MINUTE_ZERO + minute) * 60);
    Ok(Instant::from_secs(u64::try_from(seconds).map_err(|error| error.to_string())?))
}

/// The `ReplicaSets` under `key`, numbered from `first` on.
pub(crate) fn replica_sets_of(
    input: &Value,
    key: &str,
    first: u64,
) -> Result<Vec<Arc<ReplicaSet>>, String> {
    let sets = input.list(key)?.iter().zip(first..);
    sets.map(|(set, number)| Ok(Arc::new(replica_set_of(set, number)?))).collect()
}

/// The Pod of whichever of these the case says: `id`, `labels`, `node`, `phase`, `ready`, its age
/// (`ready_age_s`, `ready_for_seconds` or `ready_for_ms`; unknown: ready just now), `restarts`,
/// `created_age_s`, `deletion_cost`, `being_deleted` and `ips`. `number` tells it from others.
pub(crate) fn pod_of(input: &Value, number: u64) -> Result<Pod, String> {
    let mut meta = ObjectMeta {
        uid: Uid(number),
        labels: input.labels("labels"),
        created_at: NOW - seconds(input, "created_age_s")?.unwrap_or_default(),
        deletion_timestamp: input.flag("being_deleted").then_some(NOW),
        ..ObjectMeta::named(input.opt_text("id").unwrap_or("pod"), "default")
    };
    if let Some(cost) = input.opt_text("deletion_cost") {
        meta.set_annotation(DELETION_COST, cost);
    }
    let addresses = input.opt("ips").and_then(Value::as_array).into_iter().flatten();
    Ok(Pod {
        meta,
        spec: Arc::new(PodSpec::default()),
        node_name: input.opt_text("node").unwrap_or_default().into(),
        status: PodStatus {
            nominated_node_name: "".into(),
            phase: phase(input.opt_text("phase").unwrap_or("Running"))?,
            conditions: vec![ready_condition(input)?],
            pod_ip: addresses.filter_map(Value::as_str).find_map(|ip| ip.parse().ok()),
            start_time: None,
            init_container_statuses: Vec::new(),
            container_statuses: vec![container_status(input.int_or_0("restarts")?)],
        },
    })
}

/// The phase called `text`; one that is not set is Pending.
pub(crate) fn phase(text: &str) -> Result<PodPhase, String> {
    use PodPhase::{Failed, Pending, Running, Succeeded, Unknown};
    if text.is_empty() {
        return Ok(Pending);
    }
    let mut all = [Pending, Running, Succeeded, Failed, Unknown].into_iter();
    all.find(|phase| phase.as_str() == text).ok_or_else(|| format!("a phase {text:?} is unknown"))
}

fn ready_condition(input: &Value) -> Result<PodCondition, String> {
    let milliseconds = input.opt_int("ready_for_ms")?.map(Duration::from_millis);
    let age = seconds(input, "ready_age_s")?.or(seconds(input, "ready_for_seconds")?);
    Ok(PodCondition {
        type_: PodConditionType::Ready,
        status: input.flag("ready").into(),
        reason: "",
        message: "".into(),
        last_transition_time: NOW - age.or(milliseconds).unwrap_or_default(),
    })
}

fn seconds(input: &Value, key: &str) -> Result<Option<Duration>, String> {
    Ok(input.opt_int(key)?.map(Duration::from_secs))
}

fn container_status(restart_count: u32) -> ContainerStatus {
    ContainerStatus {
        name: "main".into(),
        state: ContainerState::Running { started_at: NOW },
        last_state: None,
        ready: true,
        started: true,
        restart_count,
    }
}
