//! How a run is held against a recording: what must be equal, and in which order.

use std::collections::BTreeMap;

use rollscope_sim::trace::summary::Summary;
use serde_json::{Value as Json, json};

/// Events of a real cluster closer than this may come in another order: several controllers and
/// workers write at the same time.
const SIMULTANEOUS_MS: u64 = 250;

/// The differences found, in words.
pub(super) type Differences = Vec<String>;

fn differ(what: &str, expected: &impl std::fmt::Debug, got: &impl std::fmt::Debug) -> String {
    format!("{what}\n    expected {expected:?}\n    got      {got:?}")
}

/// The sizes of the `ReplicaSets`, step by step.
pub(super) fn steps(recorded: &Json, run: &Summary, found: &mut Differences) {
    let expected: Vec<BTreeMap<String, Option<i64>>> = recorded["rs_spec_transitions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| {
            let sizes = entry.as_object().into_iter().flatten();
            sizes
                .filter(|(name, _)| *name != "t_ms")
                .map(|(name, size)| (name.clone(), size.as_i64()))
                .collect()
        })
        .collect();
    let got: Vec<BTreeMap<String, Option<i64>>> =
        run.sizes.iter().map(|(_, sets)| sets.iter().cloned().collect()).collect();
    if expected != got {
        let brief = |steps: &[BTreeMap<String, Option<i64>>]| -> Vec<Vec<Option<i64>>> {
            steps.iter().map(|sets| sets.values().copied().collect()).collect()
        };
        found.push(differ("sizes", &brief(&expected), &brief(&got)));
    }
}

/// The scaling events, in the present wording. Which of them are combined, and their counts, is
/// left out: client-go drops a random one of the remembered messages for every combined event.
pub(super) fn scaling_events(recorded: &Json, run: &Summary, found: &mut Differences) {
    let events = recorded["scaling_events"].as_array().into_iter().flatten();
    let expected: Vec<String> = events
        .map(|event| present_wording(uncombined(event["message"].as_str().unwrap_or_default())))
        .collect();
    let events = run.scaling_events.iter();
    let got: Vec<String> = events.map(|(_, message, _)| uncombined(message).to_owned()).collect();
    if expected != got {
        found.push(differ("scaling events", &expected, &got));
    }
}

fn uncombined(message: &str) -> &str {
    message.strip_prefix("(combined from similar events): ").unwrap_or(message)
}

/// Recordings of 1.28 say `to 3` for a new set and `to 2 from 3`; today it is `from 0 to 3` and
/// `from 3 to 2`.
fn present_wording(message: &str) -> String {
    let Some((head, sizes)) = message.split_once(" to ") else {
        return message.to_owned();
    };
    match sizes.split_once(" from ") {
        Some((to, from)) => format!("{head} from {from} to {to}"),
        None => format!("{head} from 0 to {sizes}"),
    }
}

/// The conditions of every Deployment, in the order in which they changed.
pub(super) fn conditions(recorded: &Json, run: &Summary, found: &mut Differences) {
    let text = |entry: &Json, key: &str| without_ending(entry[key].as_str().unwrap_or_default());
    let mut expected: BTreeMap<String, Vec<[String; 4]>> = BTreeMap::new();
    for entry in recorded["condition_transitions"].as_array().into_iter().flatten() {
        let facts = ["type", "status", "reason", "message"].map(|key| text(entry, key));
        expected.entry(text(entry, "deployment")).or_default().push(facts);
    }
    let single = expected.len() == 1 && expected.contains_key("");
    let mut got: BTreeMap<String, Vec<[String; 4]>> = BTreeMap::new();
    for (_, deployment, condition) in &run.conditions {
        let facts = ["type", "status", "reason", "message"].map(|key| {
            without_ending(condition.get(key).and_then(|value| value.as_str()).unwrap_or_default())
        });
        let key = if single { String::new() } else { deployment.clone() };
        got.entry(key).or_default().push(facts);
    }
    if expected != got {
        found.push(differ("conditions", &brief(&expected), &brief(&got)));
    }
}

/// A pod that is refused has no name by order of creation; the ending of its own is random.
fn without_ending(message: &str) -> String {
    let refused =
        message.strip_prefix("pods \"").and_then(|rest| rest.split_once("\" is forbidden"));
    match refused.and_then(|(name, why)| Some((name.rsplit_once('-')?.0, why))) {
        Some((set, why)) => format!("pods \"{set}-*\" is forbidden{why}"),
        None => message.to_owned(),
    }
}

fn brief(all: &BTreeMap<String, Vec<[String; 4]>>) -> Vec<String> {
    all.iter()
        .flat_map(|(deployment, conditions)| {
            conditions.iter().map(move |[type_, status, reason, message]| {
                format!("{deployment} {type_}={status} {reason} {message}")
            })
        })
        .collect()
}

/// A pod's creation or the start of its deletion, told apart only by its set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PodDeed {
    set: String,
    tag: String,
    number: u32,
}

/// The order of creations and deletions: what is clearly apart in the recording must come in the
/// same order here.
pub(super) fn pod_order(recorded: &Json, run: &Summary, found: &mut Differences) {
    let entries = recorded["pod_timeline"].as_array().into_iter().flatten().map(|entry| {
        let tags = entry["tags"].as_array().into_iter().flatten();
        let tags = tags.filter_map(|tag| tag.as_str().map(ToOwned::to_owned)).collect();
        let pod = entry["pod"].as_str().unwrap_or_default().to_owned();
        (entry["t_ms"].as_u64().unwrap_or(0), pod, tags)
    });
    let expected = deeds(entries);
    let got = deeds(run.pods.iter().cloned());
    let count = |deeds: &[(u64, PodDeed)]| {
        let mut sorted: Vec<PodDeed> = deeds.iter().map(|(_, deed)| deed.clone()).collect();
        sorted.sort();
        sorted
    };
    if count(&expected) != count(&got) {
        found.push(differ("pods created and deleted", &told(&expected), &told(&got)));
        return;
    }
    let place: BTreeMap<&PodDeed, usize> =
        got.iter().enumerate().map(|(place, (_, deed))| (deed, place)).collect();
    for (index, (early, first)) in expected.iter().enumerate() {
        for (late, second) in &expected[index + 1..] {
            let at = |deed| got[place[deed]].0;
            if late - early > SIMULTANEOUS_MS && at(first) > at(second) {
                found.push(format!("order of pods: {first:?} should come before {second:?}"));
                return;
            }
        }
    }
}

fn deeds(entries: impl Iterator<Item = (u64, String, Vec<String>)>) -> Vec<(u64, PodDeed)> {
    let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut deeds = Vec::new();
    for (at, pod, tags) in entries {
        for tag in tags.into_iter().filter(|tag| tag == "created" || tag == "terminating") {
            let set = pod.rsplit_once("-p").map_or(pod.clone(), |(set, _)| set.to_owned());
            let number = counts.entry((set.clone(), tag.clone())).or_default();
            *number += 1;
            deeds.push((at, PodDeed { set, tag, number: *number }));
        }
    }
    deeds
}

fn told(deeds: &[(u64, PodDeed)]) -> Vec<String> {
    deeds.iter().map(|(_, deed)| format!("{} {}", deed.set, deed.tag)).collect()
}

/// The objects at the end. Which pod of a set is left is a matter of chance, how many is not.
pub(super) fn final_state(recorded: &Json, run: &Summary, found: &mut Differences) {
    final_state_but(&[], recorded, run, found);
}

/// The objects at the end when pods became Ready together: how many writes it took, and with it the
/// generations of the sets, is then a matter of chance.
pub(super) fn final_state_sync(recorded: &Json, run: &Summary, found: &mut Differences) {
    final_state_but(&["generation", "observedGeneration"], recorded, run, found);
}

fn final_state_but(left_out: &[&str], recorded: &Json, run: &Summary, found: &mut Differences) {
    let got: Json = serde_json::from_str(&run.final_value().to_json()).expect("valid JSON");
    for kind in ["Deployment", "ReplicaSet", "Service"] {
        let normal = |state: &Json| {
            let objects = state[kind].as_array().cloned().unwrap_or_default();
            let mut objects: Vec<Json> =
                objects.into_iter().map(|object| without(object, left_out)).collect();
            objects.sort_by_key(|object| object["name"].to_string());
            objects
        };
        let (expected, got) = (normal(&recorded["final"]), normal(&got));
        if expected != got && !(kind == "Service" && expected.is_empty()) {
            found.push(differ(&format!("final {kind}"), &json!(expected), &json!(got)));
        }
    }
    for (kind, normal) in [
        ("Pod", pods as fn(&Json) -> Vec<String>),
        ("EndpointSlice", endpoints as fn(&Json) -> Vec<String>),
    ] {
        let (expected, got) = (normal(&recorded["final"][kind]), normal(&got[kind]));
        if expected != got {
            found.push(differ(&format!("final {kind}"), &expected, &got));
        }
    }
}

fn without(mut object: Json, left_out: &[&str]) -> Json {
    if let Some(object) = object.as_object_mut() {
        object.remove("t_ms");
        object.retain(|key, _| !left_out.contains(&key.as_str()));
    }
    object
}

fn pods(pods: &Json) -> Vec<String> {
    let mut told: Vec<String> = pods
        .as_array()
        .into_iter()
        .flatten()
        .map(|pod| format!("{} {} {} {}", pod["rs"], pod["phase"], pod["ready"], pod["deleting"]))
        .collect();
    told.sort();
    told
}

fn endpoints(slices: &Json) -> Vec<String> {
    let mut told = Vec::new();
    for slice in slices.as_array().into_iter().flatten() {
        told.push(format!("{} {}", slice["service"], slice["ports"]));
        for endpoint in slice["endpoints"].as_array().into_iter().flatten() {
            let pod = endpoint["pod"].as_str().unwrap_or_default();
            let set = pod.rsplit_once("-p").map_or(pod, |(set, _)| set);
            told.push(format!(
                "{} {set} {} {} {}",
                slice["service"], endpoint["ready"], endpoint["serving"], endpoint["terminating"]
            ));
        }
    }
    told.sort();
    told
}

/// The most pods at once, and the least available ones.
pub(super) fn limits(recorded: &Json, run: &Summary, found: &mut Differences) {
    let expected = recorded["max_active_pods"].as_i64().unwrap_or(0);
    if run.max_active_pods != expected {
        found.push(differ("most active pods", &expected, &run.max_active_pods));
    }
}
