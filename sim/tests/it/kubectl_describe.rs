//! Vectors about `kubectl describe`: the objects are stored in a cluster, and the command describes
//! them there.

use rollscope_sim::{Cluster, Command, Config};
use serde_json::{Value, json};

use crate::kubectl_vectors::{NOW, data, dated};

/// One case.
pub(crate) fn topic(case: &Value) -> Result<(), String> {
    let input = &case["input"];
    let page = match input["kind"].as_str().unwrap_or_default() {
        "container section" => {
            let mut statuses = vec![input["status"].clone()];
            statuses.retain(Value::is_object);
            described_pod(&input["container"], &statuses)?
        }
        "probe line" => {
            let container = json!({ "name": "test", "livenessProbe": input["probe"] });
            described_pod(&container, &[])?
        }
        kind => {
            let related = input["related_objects"].as_array().map_or(&[][..], Vec::as_slice);
            described(kind, &input["object"], related)?
        }
    };
    let expect = &case["expect"];
    match expect["text"].as_str() {
        Some(line) if input["kind"] == "probe line" => holds(&page, &as_recorded(line)),
        Some(whole) if whole == page => Ok(()),
        Some(whole) => Err(format!("got {page:?}, expected {whole:?}")),
        None => {
            let pieces = expect["contains"].as_array().ok_or("the case expects nothing")?;
            pieces.iter().try_for_each(|piece| holds(&page, piece.as_str().unwrap_or_default()))
        }
    }
}

/// A probe's line in the words of kubectl 1.32, which the recordings have; the table is of 1.37,
/// which spells the thresholds out.
fn as_recorded(line: &str) -> String {
    line.replace("successThreshold=", "#success=").replace("failureThreshold=", "#failure=")
}

fn holds(page: &str, piece: &str) -> Result<(), String> {
    // Upstream looks at some texts before their tabs become columns.
    let blank = |text: &str| {
        let lines = text.split('\n');
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.map(words).collect::<Vec<_>>().join("\n")
    };
    let found = if piece.contains('\t') {
        blank(page).contains(&blank(piece))
    } else {
        page.contains(piece)
    };
    if found { Ok(()) } else { Err(format!("{piece:?} is not in {page:?}")) }
}

fn described_pod(container: &Value, statuses: &[Value]) -> Result<String, String> {
    let pod = json!({
        "metadata": { "name": "pod", "namespace": "default" },
        "spec": { "containers": [container] },
        "status": { "containerStatuses": statuses },
    });
    described("Pod", &pod, &[])
}

fn described(kind: &str, object: &Value, related: &[Value]) -> Result<String, String> {
    let mut object = stored(object);
    object["kind"] = json!(kind);
    if object["metadata"]["uid"].is_null() {
        object["metadata"]["uid"] = json!("described");
    }
    let mut objects = vec![data(&object)];
    for (number, related) in related.iter().enumerate() {
        let mut related = stored(related);
        if related["kind"].is_null() {
            let slice = related.get("endpoints").is_some();
            related["kind"] = json!(if slice { "EndpointSlice" } else { "Pod" });
        }
        // Some have none, and some share that of what they belong to.
        related["metadata"]["uid"] = json!(format!("related {number}"));
        for owner in related["metadata"]["ownerReferences"].as_array_mut().into_iter().flatten() {
            owner["kind"] = json!(kind);
        }
        objects.push(data(&related));
    }
    let config = Config { nodes: 0, ..Config::with_seed(1) };
    let mut cluster = Cluster::of_stored(config, NOW, &objects);
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
    let line = format!("-n {} describe {kind}/{}", text("namespace"), text("name"));
    let output = cluster.apply(&Command::kubectl(&line));
    if output.code == 0 { Ok(output.stdout) } else { Err(output.stderr) }
}

/// The object with dates for times, constants of Go replaced by what they stand for, and the
/// version that every stored object has.
fn stored(object: &Value) -> Value {
    let mut object = constants(&dated(object));
    object["metadata"]["resourceVersion"] = json!("1");
    object
}

fn constants(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            if let Some(name) = map.get("$sel").and_then(Value::as_str) {
                return json!(constant(name));
            }
            let entry = |(key, value): (&String, &Value)| (constant(key), constants(value));
            Value::Object(map.iter().map(entry).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(constants).collect()),
        other => other.clone(),
    }
}

/// `corev1.ResourceName(corev1.ResourceCPU)` is `cpu`, `discoveryv1.AddressTypeIPv4` is `IPv4`.
fn constant(name: &str) -> String {
    let inner = name.rsplit('(').next().unwrap_or(name).trim_end_matches(')');
    let word = inner.split_once("v1.").map_or(inner, |(_, word)| word);
    if let Some(resource) = word.strip_prefix("Resource").filter(|_| word != inner) {
        return resource.to_ascii_lowercase();
    }
    match word.strip_prefix("AddressType").filter(|_| word != inner) {
        Some(family) => family.to_owned(),
        None => name.to_owned(),
    }
}
