//! Objects as `kubectl get -o yaml` of a real cluster prints them: pasted, they are taken whole.
//!
//! The objects are those of the recorded terminal sessions (`tests/oracle/commands`).

use std::collections::BTreeMap;

use rollscope_sim::api::{Kind, Value};
use rollscope_sim::manifest::{self, check, encode, to_yaml};
use serde_json::Value as Json;

use crate::oracle::folder;

/// Fields of a spec that only the cluster writes; a simulated node has addresses of its own.
const SERVERS_OWN: [&str; 3] = ["nodeName", "podCIDR", "podCIDRs"];

fn sessions() -> Vec<Json> {
    let entries = std::fs::read_dir(folder().join("commands")).into_iter().flatten();
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let text = |path| std::fs::read_to_string(path).unwrap_or_default();
    paths.iter().map(|path| serde_json::from_str(&text(path)).expect("it is JSON")).collect()
}

/// Kinds that manifests can hold.
fn is_manifest(object: &Json) -> bool {
    let kind = object["kind"].as_str().unwrap_or_default();
    Kind::ALL.into_iter().any(|known| known.as_str() == kind)
}

#[test]
fn what_a_real_cluster_prints_is_taken_without_loss() {
    let mut specs: BTreeMap<String, u32> = BTreeMap::new();
    let mut problems = Vec::new();
    for session in sessions() {
        // The last version of every object.
        let mut last: BTreeMap<String, &Json> = BTreeMap::new();
        for (key, object) in session["objects"].as_object().into_iter().flatten() {
            last.insert(key.split('@').next().unwrap_or(key).to_owned(), object);
        }
        for (key, object) in last.into_iter().filter(|(_, object)| is_manifest(object)) {
            let value = &manifest::parse(&object.to_string()).documents[0].value.clone();
            let text = to_yaml(value);
            let (objects, diagnostics) = check(&text);
            let errors = diagnostics.iter().filter(|problem| problem.is_error());
            problems.extend(errors.map(|problem| format!("{key}: {problem}")));
            let Some(read) = objects.first() else { continue };
            let kept = encode(read);
            for field in ["spec", "data", "type"] {
                let (mut typed, mut kept) = (spec(value, field), spec(&kept, field));
                for map in [&mut typed, &mut kept] {
                    if let Some(map) = map.as_map_mut() {
                        map.retain(|key, _| !SERVERS_OWN.contains(&&**key));
                    }
                }
                if typed != kept {
                    let (typed, kept) = (typed.to_json(), kept.to_json());
                    problems.push(format!("{key}: {field}\n  typed {typed}\n  kept  {kept}"));
                }
            }
            *specs.entry(object["kind"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    println!("pasted: {specs:?}");
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

fn spec(value: &Value, field: &str) -> Value {
    value.get(field).cloned().unwrap_or_default()
}
