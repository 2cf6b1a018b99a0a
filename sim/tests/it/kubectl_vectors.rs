//! Vectors about kubectl: what rollout commands say, ages, and the rows of `get`.

use std::sync::Arc;

use rollscope_sim::api::deployment::{
    CHANGE_CAUSE, DeploymentCondition, DeploymentConditionType, DeploymentSpec, DeploymentStatus,
    REVISION, Reason, Strategy,
};
use rollscope_sim::api::meta::labels;
use rollscope_sim::api::replica_set::{ReplicaSetSpec, ReplicaSetStatus};
use rollscope_sim::api::{
    ConditionStatus, Deployment, LabelSelector, ObjectMeta, PodSpec, PodTemplateSpec, ReplicaSet,
};
use rollscope_sim::kubectl::rollout::{history, undo};
use rollscope_sim::kubectl::{duration, get, rollout_status};
use rollscope_sim::manifest::{parse, timestamp};
use rollscope_sim::{Duration, Instant};
use serde_json::{Value, json};

/// What a case gives the code.
fn input(case: &Value) -> &Value {
    &case["input"]
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn int32(value: &Value) -> i32 {
    i32::try_from(int(value)).unwrap_or(0)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn compare(got: &Value, expected: &Value) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("got {got}, expected {expected}")) }
}

/// The simulator's own kind of data.
pub(crate) fn data(value: &Value) -> rollscope_sim::api::Value {
    let documents = parse(&value.to_string()).documents;
    documents.into_iter().next().map(|document| document.value).unwrap_or_default()
}

/// `kubectl rollout status`, `history` and `undo`.
pub(crate) fn kubectl_rollout(case: &Value) -> Result<(), String> {
    let (input, expect) = (input(case), &case["expect"]);
    let got = match text(&input["op"]) {
        "rollout_status" => status(input),
        "history" => view(input, "text"),
        "history_command" => {
            let listed = history::view(&borrowed(&revisions(input)), int(&input["revision"]))?;
            let printed = history::printed(text(&input["name"]), int(&input["revision"]), &listed);
            json!({ "stdout": printed })
        }
        "undo_patch" => {
            let patch = undo::patch(&data(&input["template"]), &data(&input["annotations"]));
            let patch: Value =
                serde_json::from_str(&patch.to_json()).map_err(|error| error.to_string())?;
            json!({ "content_type": "application/json-patch+json", "patch": patch })
        }
        "undo" => undone(input),
        op => return Err(format!("n/a: {op}")),
    };
    compare(&got, expect)
}

fn status(input: &Value) -> Value {
    let counts = &input["status"];
    let mut status = DeploymentStatus {
        observed_generation: int(&counts["observed_generation"]),
        replicas: int32(&counts["replicas"]),
        updated_replicas: int32(&counts["updated_replicas"]),
        available_replicas: int32(&counts["available_replicas"]),
        unavailable_replicas: int32(&counts["unavailable_replicas"]),
        ..DeploymentStatus::default()
    };
    if let Some(reason) = input["progressing_reason"].as_str() {
        status.conditions.push(DeploymentCondition {
            type_: DeploymentConditionType::Progressing,
            status: ConditionStatus::True,
            reason: Reason::from_text(reason),
            message: String::new(),
            last_update_time: Instant::BOOT,
            last_transition_time: Instant::BOOT,
        });
    }
    let mut deployment = deployment(text(&input["name"]), PodTemplateSpec::default());
    deployment.spec.replicas = int32(&input["replicas"]);
    deployment.meta.generation = int(&input["generation"]);
    deployment.meta.set_annotation(REVISION, &int(&input["running_revision"]).to_string());
    deployment.status = status;
    match rollout_status::status(&deployment, int(&input["requested_revision"])) {
        Ok(status) => json!({ "done": status.done, "message": format!("{}\n", status.message) }),
        Err(error) => json!({ "done": false, "error": error }),
    }
}

fn deployment(name: &str, template: PodTemplateSpec) -> Deployment {
    let spec = DeploymentSpec {
        replicas: 1,
        selector: LabelSelector::default(),
        template,
        strategy: Strategy::Recreate,
        min_ready_seconds: 0,
        revision_history_limit: None,
        paused: false,
        progress_deadline_seconds: None,
    };
    Deployment {
        meta: ObjectMeta::named(name, "default"),
        spec,
        status: DeploymentStatus::default(),
    }
}

fn replica_set(revision: &Value, template: PodTemplateSpec) -> ReplicaSet {
    let mut meta = ObjectMeta::named(&format!("rs-{revision}"), "default");
    meta.set_annotation(REVISION, &int(revision).to_string());
    let spec = ReplicaSetSpec {
        replicas: 1,
        min_ready_seconds: 0,
        selector: LabelSelector::default(),
        template,
    };
    ReplicaSet { meta, spec, status: ReplicaSetStatus::default() }
}

fn template(pairs: &Value, containers: &Value) -> PodTemplateSpec {
    let pairs =
        pairs.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), text(value)));
    PodTemplateSpec {
        labels: labels(pairs),
        annotations: Arc::default(),
        spec: Arc::new(PodSpec::from_value(data(&json!({ "containers": containers })))),
    }
}

/// The `ReplicaSets` of a history case.
fn revisions(input: &Value) -> Vec<ReplicaSet> {
    let one = |entry: &Value| {
        let containers = json!([entry["container"]]);
        let mut rs = replica_set(&entry["revision"], template(&entry["labels"], &containers));
        if let Some(cause) = entry["change_cause"].as_str() {
            rs.meta.set_annotation(CHANGE_CAUSE, cause);
        }
        rs
    };
    list(&input["replicasets"]).iter().map(one).collect()
}

fn borrowed(sets: &[ReplicaSet]) -> Vec<&ReplicaSet> {
    sets.iter().collect()
}

fn view(input: &Value, key: &str) -> Value {
    match history::view(&borrowed(&revisions(input)), int(&input["revision"])) {
        Ok(shown) => json!({ key: shown }),
        Err(error) => json!({ "error": error }),
    }
}

/// Templates are letters: the letter is the image.
fn undone(input: &Value) -> Value {
    let lettered = |letter: &Value| {
        template(&json!({ "app": "web" }), &json!([{ "name": "web", "image": letter }]))
    };
    let mut deployment = deployment(text(&input["name"]), lettered(&input["current_template"]));
    deployment.spec.paused = input["paused"].as_bool().unwrap_or(false);
    let sets: Vec<ReplicaSet> = list(&input["revisions"])
        .iter()
        .map(|entry| replica_set(&entry["revision"], lettered(&entry["template"])))
        .collect();
    match undo::plan(&deployment, &borrowed(&sets), int(&input["to_revision"])) {
        Ok(undo::Undo::Skip(revision)) => json!({
            "result": format!("skipped rollback (current template already matches revision {revision})")
        }),
        Ok(undo::Undo::Change { template, .. }) => {
            let letter =
                template.spec.containers.first().map(|container| container.image.to_string());
            json!({ "result": "rolled back", "template": letter })
        }
        Err(error) => json!({ "error": error }),
    }
}

/// Ages.
pub(crate) fn age_format(case: &Value) -> Result<(), String> {
    let input = input(case);
    let seconds = int(&input["duration_ns"]) / 1_000_000_000;
    let got = match text(&input["op"]) {
        "human" => duration::human(seconds),
        "short" => duration::short(seconds),
        op => return Err(format!("n/a: {op}")),
    };
    compare(&json!({ "text": got }), &case["expect"])
}

/// The present of the table cases: long after the epoch, so that everything was once.
pub(crate) const NOW: Instant = Instant::from_secs(3_650 * 86_400);

/// Rows of `kubectl get`.
pub(crate) fn kubectl_get(case: &Value) -> Result<(), String> {
    let input = input(case);
    let object = data(&dated(&input["object"]));
    let wide = input["wide"].as_bool().unwrap_or(false);
    let Some((columns, cells)) = get::row(text(&input["kind"]), &object, NOW, wide) else {
        return Err(format!("n/a: {}", input["kind"]));
    };
    let expected: Vec<Value> = list(&case["expect"]["row"])
        .iter()
        .map(|cell| cell.as_str().map_or_else(|| json!(cell.to_string()), |cell| json!(cell)))
        .collect();
    let expect = json!({ "columns": case["expect"]["columns"], "row": expected });
    compare(&json!({ "columns": columns, "row": cells }), &expect)
}

/// The object with its relative times as dates, and Go's field names as JSON's.
pub(crate) fn dated(value: &Value) -> Value {
    match value {
        Value::Object(map) => ago(map).map_or_else(
            || {
                let entry = |(key, value): (&String, &Value)| {
                    let key = match key.as_str() {
                        "lastTerminationState" => "lastState",
                        "reportingController" => "reportingComponent",
                        key => key,
                    };
                    (key.to_owned(), dated(value))
                };
                Value::Object(map.iter().map(entry).collect())
            },
            |date| json!(date),
        ),
        Value::Array(items) => Value::Array(items.iter().map(dated).collect()),
        other => other.clone(),
    }
}

/// A time such as `{"days_ago": 3}` as a date.
fn ago(map: &serde_json::Map<String, Value>) -> Option<String> {
    let units = [
        ("seconds_ago", 1e3),
        ("minutes_ago", 6e4),
        ("hours_ago", 3.6e6),
        ("days_ago", 8.64e7),
        ("years_ago", 365.0 * 8.64e7),
    ];
    let (factor, number) =
        units.iter().find_map(|(unit, factor)| Some((*factor, map.get(*unit)?.as_f64()?)))?;
    let millis = format!("{:.0}", number.abs() * factor).parse().ok()?;
    let distance = Duration::from_millis(millis);
    let at = if number < 0.0 { NOW + distance } else { NOW - distance };
    Some(timestamp::format(at))
}
