//! Upstream's tables of defaults, validation, names and percentages, run against `manifest`.
//!
//! Every handler takes one case and says what differs. An operation it does not know is `n/a`.

use rollscope_sim::api::{IntOrPercent, Kind, Value};
use rollscope_sim::manifest::validate::{self, ProbeKind};
use rollscope_sim::manifest::{FieldError, Object, defaults as fill, names as syntax};
use serde_json::Value as Json;

type Outcome = Result<(), String>;

/// A case of `defaults.json`.
pub(crate) fn defaults(case: &Json) -> Outcome {
    let (input, expect) = (&case["input"], &case["expect"]);
    match input["kind"].as_str().unwrap_or("") {
        kind @ ("Deployment" | "ReplicaSet" | "Service" | "Pod") if input["field"].is_null() => {
            let mut spec = without_nulls(&input["spec"]);
            fill_spec(kind, &mut spec);
            if expect.get("max_unavailable_of_default").is_some() {
                return availability(&spec, expect);
            }
            let object = with("spec", spec);
            same_fields(expect, &object)
        }
        "Pod" => {
            let mut object = with("spec", Value::map());
            fill::created_pod_spec(object.entry("spec"));
            field_is(input, &expect["value"], &object)
        }
        "Probe" => {
            let mut probe = without_nulls(&input["probe"]);
            fill::probe(&mut probe);
            same_fields(expect, &with("probe", probe))
        }
        "ServicePort" => {
            let mut port = without_nulls(&input["port"]);
            fill::service_port(&mut port);
            same_fields(expect, &with("port", port))
        }
        "Container" => container_defaults(input, expect),
        kind => Err(format!("n/a: defaults of {kind}")),
    }
}

fn fill_spec(kind: &str, spec: &mut Value) {
    match kind {
        "Deployment" => fill::deployment_spec(spec),
        "ReplicaSet" => fill::replica_set_spec(spec),
        "Service" => fill::service_spec(spec),
        _ => fill::created_pod_spec(spec),
    }
}

fn container_defaults(input: &Json, expect: &Json) -> Outcome {
    let mut container = without_nulls(input);
    if let Some(path) = input["field"].as_str() {
        // The field's parents must be there for the field to be filled in.
        let parents: Vec<&str> = path.split('.').collect();
        make_parents(&mut container, &parents[..parents.len() - 1]);
    }
    fill::container(&mut container);
    fill::requests_from_limits(&mut container);
    if input["field"].is_null() {
        same_fields(expect, &container)
    } else {
        field_is(input, &expect["value"], &container)
    }
}

fn make_parents(value: &mut Value, path: &[&str]) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if let Some(list) = first.strip_suffix("[]") {
        let mut item = Value::map();
        make_parents(&mut item, rest);
        *value.entry(list) = Value::List(vec![item]);
        return;
    }
    let child = value.entry(first);
    if *child == Value::Null {
        *child = Value::map();
    }
    make_parents(child, rest);
}

fn availability(spec: &Value, expect: &Json) -> Outcome {
    let replicas = spec.get("replicas").and_then(Value::as_int).unwrap_or(0);
    let replicas = i32::try_from(replicas).map_err(|error| error.to_string())?;
    let bound = |key: &str, up: bool| -> Result<i32, String> {
        let value = spec.at(&["strategy", "rollingUpdate", key]).cloned().unwrap_or_default();
        int_or_percent_of(&value).scaled(replicas, up).map_err(|error| error.to_string())
    };
    let (unavailable, surge) = (bound("maxUnavailable", false)?, bound("maxSurge", true)?);
    equal(
        "max_unavailable_of_default",
        &expect["max_unavailable_of_default"],
        &unavailable.into(),
    )?;
    equal("max_surge_of_default", &expect["max_surge_of_default"], &surge.into())?;
    let smaller = &expect["max_unavailable_smaller_than_replicas"];
    equal("max_unavailable_smaller_than_replicas", smaller, &(unavailable < replicas).into())
}

/// Compares the field a case names, such as `ports[].protocol`.
fn field_is(input: &Json, expected: &Json, object: &Value) -> Outcome {
    let path = input["field"].as_str().unwrap_or("");
    equal(path, expected, &to_json(&at(object, path)))
}

/// Every field of `expect` has this value; a key with dots is a path. A zero that is expected may
/// be absent, as in the API.
fn same_fields(expect: &Json, object: &Value) -> Outcome {
    for (path, expected) in expect.as_object().into_iter().flatten() {
        let got = to_json(&at(object, path));
        // Services list only the fields they speak of.
        same(path, expected, &got)?;
    }
    Ok(())
}

fn same(path: &str, expected: &Json, got: &Json) -> Outcome {
    match (expected, got) {
        (Json::Object(fields), Json::Object(_)) => fields
            .iter()
            .try_for_each(|(key, expected)| same(&format!("{path}.{key}"), expected, &got[key])),
        (Json::Number(number), Json::Null) if number.as_i64() == Some(0) => Ok(()),
        _ => equal(path, expected, got),
    }
}

fn equal(what: &str, expected: &Json, got: &Json) -> Outcome {
    if expected == got { Ok(()) } else { Err(format!("{what}: expected {expected}, got {got}")) }
}

fn at(object: &Value, path: &str) -> Value {
    path.split('.').fold(object.clone(), |value, key| {
        let list = key.strip_suffix("[]");
        let child = value.get(list.unwrap_or(key)).cloned().unwrap_or_default();
        match list {
            Some(_) => child.as_list().and_then(|items| items.first()).cloned().unwrap_or_default(),
            None => child,
        }
    })
}

/// A case of `validation.json`.
pub(crate) fn validation(case: &Json) -> Outcome {
    let (input, expect) = (&case["input"], &case["expect"]);
    let op = input["op"].as_str().unwrap_or("");
    let errors = match op {
        "deployment" => {
            let mut object = without_nulls(&input["object"]);
            fill::apply(Kind::Deployment, &mut object);
            validate::validate_value(Kind::Deployment, &object)
        }
        "status" => validate::validate_deployment_status(&to_value(&input["status"])),
        "collision_count_update" => {
            validate::validate_collision_count(input["from"].as_i64(), input["to"].as_i64())
        }
        "update" => update(input)?,
        "probe" => validate::validate_probe(&defaulted_probe(input), None),
        "probe_of_kind" => {
            let kind = match input["kind"].as_str().unwrap_or("") {
                "liveness" => ProbeKind::Liveness,
                "readiness" => ProbeKind::Readiness,
                "startup" => ProbeKind::Startup,
                other => return Err(format!("n/a: a {other} probe")),
            };
            validate::validate_probe(&defaulted_probe(input), Some(kind))
        }
        other => return Err(format!("n/a: validation of {other}")),
    };
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    equal("valid", &expect["valid"], &errors.is_empty().into())
        .and_then(|()| first_error(&expect["first_error"], &errors))
        .and_then(|()| all_errors(&expect["errors"], &errors))
        .map_err(|message| format!("{message}; errors: {texts:?}"))
}

fn first_error(expected: &Json, errors: &[FieldError]) -> Outcome {
    if expected.is_null() {
        return Ok(());
    }
    let Some(first) = errors.first() else {
        return Err(format!("expected {expected}"));
    };
    equal("field", &expected["field"], &first.path.as_str().into())?;
    equal("type", &expected["type"], &first.kind.as_str().into())?;
    let (text, part) = (first.to_string(), expected["message_contains"].as_str().unwrap_or(""));
    if text.contains(part) { Ok(()) } else { Err(format!("expected {part:?} in {text:?}")) }
}

fn all_errors(expected: &Json, errors: &[FieldError]) -> Outcome {
    let Some(expected) = expected.as_array() else {
        return Ok(());
    };
    equal("number of errors", &expected.len().into(), &errors.len().into())?;
    expected.iter().zip(errors).try_for_each(|(expected, error)| {
        equal("field", &expected["field"], &error.path.as_str().into())?;
        equal("type", &expected["type"], &error.kind.as_str().into())?;
        equal("message", &expected["message"], &error.detail.as_str().into())
    })
}

/// The probe with defaults, but with everything that is shown.
fn defaulted_probe(input: &Json) -> Value {
    let mut probe = without_nulls(&input["probe"]);
    fill::probe(&mut probe);
    probe
}

fn update(input: &Json) -> Result<Vec<FieldError>, String> {
    let Object::Deployment(mut old) = read(&deployment_named("abc", &Json::Null)) else {
        return Err("the old Deployment was not read".to_owned());
    };
    old.meta.name = input["old"]["name"].as_str().unwrap_or("").into();
    let new_name = input["new"]["name"].as_str().unwrap_or("");
    let new = deployment_named(new_name, &input["new"]);
    Ok(validate::validate_value_update(&Object::Deployment(old), &new))
}

fn deployment_named(name: &str, changes: &Json) -> Value {
    let labels = serde_json::json!({ "name": "abc" });
    let mut template = serde_json::json!({
        "metadata": { "labels": labels },
        "spec": { "containers": [{ "name": "nginx", "image": "image" }] },
    });
    if changes["template"].is_string() {
        // What upstream's table calls an invalid template.
        template["metadata"]["labels"] =
            serde_json::json!({ "NoUppercaseOrSpecialCharsLike=Equals": "b" });
        template["spec"]["restartPolicy"] = "Never".into();
    }
    let mut object = serde_json::json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": name, "namespace": "default" },
        "spec": { "selector": { "matchLabels": labels }, "template": template },
    });
    for key in ["replicas", "selector", "minReadySeconds", "progressDeadlineSeconds", "strategy"] {
        if !changes[key].is_null() {
            object["spec"][key] = changes[key].clone();
        }
    }
    let mut value = without_nulls(&object);
    fill::apply(Kind::Deployment, &mut value);
    value
}

fn read(value: &Value) -> Object {
    rollscope_sim::manifest::decode(value).expect("the Deployment of the table fits its fields")
}

/// A case of `names.json`.
pub(crate) fn names(case: &Json) -> Outcome {
    let input = &case["input"];
    let text = input["value"].as_str().unwrap_or("");
    let wrong = match input["op"].as_str().unwrap_or("") {
        "dns_label" => syntax::dns_label(text),
        "dns_subdomain" => syntax::dns_subdomain(text),
        "dns_1035_label" => syntax::dns_1035_label(text),
        "label_key" => syntax::label_key(text),
        "label_value" => syntax::label_value(text),
        "percent" => syntax::percent(text),
        "port_number" => syntax::port_number(input["value"].as_i64().unwrap_or(-1)),
        "port_name" => syntax::port_name(text),
        "env_name" => syntax::env_name(text),
        other => return Err(format!("n/a: names of {other}")),
    };
    equal("valid", &case["expect"]["valid"], &wrong.is_empty().into())
        .map_err(|message| format!("{text:?}: {message} ({wrong:?})"))
}

/// A case of `int_or_percent.json`.
pub(crate) fn int_or_percent(case: &Json) -> Outcome {
    let (input, expect) = (&case["input"], &case["expect"]);
    match input["op"].as_str().unwrap_or("") {
        "value" => {
            let value = int_or_percent_of(&to_value(&input["input"]));
            let percent = value.percent();
            equal("error", &expect["error"], &percent.is_err().into())?;
            let Ok(percent) = percent else { return Ok(()) };
            let number = match &value {
                IntOrPercent::Int(number) => i64::from(*number),
                IntOrPercent::Text(_) => percent.unwrap_or(0),
            };
            equal("is_percent", &expect["is_percent"], &percent.is_some().into())?;
            equal("value", &expect["value"], &number.into())
        }
        "scaled" => {
            let total = input["total"].as_i64().and_then(|total| i32::try_from(total).ok());
            let round_up = input["round_up"].as_bool().unwrap_or(false);
            // No value at all is an error too.
            let value = (!input["input"].is_null()).then(|| to_value(&input["input"]));
            let scaled = value
                .map(|value| int_or_percent_of(&value).scaled(total.unwrap_or(0), round_up).ok());
            let scaled = scaled.flatten();
            equal("error", &expect["error"], &scaled.is_none().into())?;
            scaled.map_or(Ok(()), |scaled| equal("value", &expect["value"], &scaled.into()))
        }
        "parse" => {
            let (type_, value) = match IntOrPercent::parse(input["text"].as_str().unwrap_or("")) {
                IntOrPercent::Int(number) => ("int", Json::from(number)),
                IntOrPercent::Text(text) => ("string", Json::from(&*text)),
            };
            equal("type", &expect["type"], &type_.into())?;
            equal("value", &expect["value"], &value)
        }
        other => Err(format!("n/a: {other} of a number or percentage")),
    }
}

fn int_or_percent_of(value: &Value) -> IntOrPercent {
    match value {
        Value::String(text) => IntOrPercent::Text(text.clone()),
        _ => IntOrPercent::Int(value.as_int().and_then(|n| i32::try_from(n).ok()).unwrap_or(0)),
    }
}

fn with(key: &str, value: Value) -> Value {
    rollscope_sim::api::value::map([(key, value)])
}

/// JSON as the simulator's data.
pub(crate) fn to_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => number
            .as_i64()
            .map_or_else(|| Value::Float(number.to_string().as_str().into()), Value::Int),
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::List(items.iter().map(to_value).collect()),
        Json::Object(map) => Value::Map(
            map.iter().map(|(key, value)| (key.as_str().into(), to_value(value))).collect(),
        ),
    }
}

/// JSON as data, with the empty text and null of the tables' "unset" left out.
fn without_nulls(json: &Json) -> Value {
    match to_value(json) {
        Value::Map(_) => {
            let map = json.as_object().into_iter().flatten();
            let kept = map.filter(|(_, value)| !value.is_null() && value.as_str() != Some(""));
            Value::Map(
                kept.map(|(key, value)| (key.as_str().into(), without_nulls(value))).collect(),
            )
        }
        Value::List(_) => {
            Value::List(json.as_array().into_iter().flatten().map(without_nulls).collect())
        }
        scalar => scalar,
    }
}

fn to_json(value: &Value) -> Json {
    serde_json::from_str(&value.to_json()).unwrap_or(Json::Null)
}
