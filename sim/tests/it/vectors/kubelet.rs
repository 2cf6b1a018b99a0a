//! A kubelet's phases and conditions of pods.

use rollscope_sim::api::ConditionStatus;
use rollscope_sim::api::pod::{ContainerState, ContainerStatus};
use rollscope_sim::api::pod_template::{Container, PodSpecView, RestartPolicy};
use rollscope_sim::kubelet::conditions::{self, Finding, Statuses};
use rollscope_sim::kubelet::phase::phase;
use rollscope_sim::{Duration, Instant};
use serde_json::{Value, json};

use super::build;
use super::case::{Fields, unknown_op};

const LONG_AGO: Instant = Instant::from_secs(1);

pub(super) fn restart_policy(text: &str) -> Result<RestartPolicy, String> {
    match text {
        "Always" => Ok(RestartPolicy::Always),
        "OnFailure" => Ok(RestartPolicy::OnFailure),
        "Never" => Ok(RestartPolicy::Never),
        other => Err(format!("no restart policy {other}")),
    }
}

fn names(input: &Value, key: &str) -> Result<Vec<Container>, String> {
    let containers = input.list(key)?.iter().map(|item| {
        let name = item.as_str().map_or_else(|| item.text("name"), Ok)?;
        let policy = item.opt_text("restart_policy").map(restart_policy).transpose()?;
        Ok(Container { name: name.into(), restart_policy: policy, ..Container::default() })
    });
    containers.collect()
}

fn spec(input: &Value) -> Result<PodSpecView, String> {
    let Some(spec) = input.opt("spec") else {
        return Ok(PodSpecView::default());
    };
    let policy = spec.opt_text("restart_policy").map(restart_policy).transpose()?;
    let gates = spec.opt("readiness_gates").and_then(Value::as_array).into_iter().flatten();
    Ok(PodSpecView {
        init_containers: names(spec, "init_containers")?,
        containers: names(spec, "containers")?,
        restart_policy: policy.unwrap_or_default(),
        readiness_gates: gates.filter_map(Value::as_str).map(Into::into).collect(),
        ..PodSpecView::default()
    })
}

fn ended(exit_code: i32) -> ContainerState {
    let finished_at = LONG_AGO + Duration::from_secs(1);
    ContainerState::Terminated { exit_code, reason: "", started_at: LONG_AGO, finished_at }
}

fn status(input: &Value) -> Result<ContainerStatus, String> {
    let mut status = ContainerStatus::waiting(input.text("name")?.into(), "", "".into());
    status.ready = input.flag("ready");
    status.started = input.flag("started");
    let runs = input.opt("state").is_some_and(|state| state.get("running").is_some());
    match input.opt_text("state") {
        Some("running") => status.state = ContainerState::Running { started_at: LONG_AGO },
        Some("terminated") => status.state = ended(input.int("exit_code")?),
        _ if runs => status.state = ContainerState::Running { started_at: LONG_AGO },
        _ => {}
    }
    status.last_state = input.opt_int("last_exit_code")?.map(ended);
    Ok(status)
}

fn statuses(input: &Value, key: &str) -> Result<Option<Vec<ContainerStatus>>, String> {
    let list = input.opt(key).and_then(Value::as_array);
    list.map(|list| list.iter().map(status).collect()).transpose()
}

pub(crate) fn pod_phase(case: &Value) -> Result<(), String> {
    let input = case.field("input")?;
    let statuses = statuses(input, "statuses")?.unwrap_or_default();
    let is_terminal = input.flag("pod_is_terminal");
    let phase = phase(&spec(input)?, &statuses, &statuses, is_terminal);
    let expected = case.field("expect")?.text("phase")?;
    if phase.as_str() == expected {
        return Ok(());
    }
    Err(format!("phase: expected {expected}, got {phase}"))
}

/// The conditions a kubelet sets.
pub(super) fn condition(op: &str, input: &Value) -> Result<Value, String> {
    let spec = spec(input)?;
    let phase = build::phase(input.text("pod_phase")?)?;
    let statuses = statuses(input, "container_statuses")?;
    let statuses = statuses.as_deref().map(|list| Statuses { init: list, regular: list });
    let (type_, finding) = match op {
        "containers_ready" => {
            ("ContainersReady", conditions::containers_ready(&spec, statuses, phase))
        }
        "pod_ready" => {
            let containers_ready = conditions::containers_ready(&spec, statuses, phase);
            let gate = |name: &str| {
                let conditions = input.list("conditions").unwrap_or_default();
                let status = conditions.iter().find(|item| item.opt_text("type") == Some(name));
                status.and_then(|item| match item.opt_text("status")? {
                    "True" => Some(ConditionStatus::True),
                    "False" => Some(ConditionStatus::False),
                    _ => Some(ConditionStatus::Unknown),
                })
            };
            ("Ready", conditions::pod_ready(&spec, containers_ready, gate))
        }
        "pod_initialized" => ("Initialized", conditions::initialized(&spec, statuses, phase)),
        other => return unknown_op(other),
    };
    let Finding { holds, reason, message } = finding;
    let status = ConditionStatus::from(holds).as_str();
    Ok(json!({ "type": type_, "status": status, "reason": reason, "message": message }))
}
