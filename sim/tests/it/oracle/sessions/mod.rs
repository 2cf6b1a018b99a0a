//! Terminal sessions recorded with the real kubectl: every step is typed at a cluster that holds
//! the objects the recorded one held, and must print the same.
//!
//! A topic per session, `commands/<name of the file>`. Steps without a `state` (those that went on
//! in the background, and what was done to the recorded cluster meanwhile) are left out.

mod exceptions;
pub(super) mod normal;

use std::collections::BTreeMap;
use std::fs;

use rollscope_sim::api::Value;
use rollscope_sim::manifest::{parse, timestamp};
use rollscope_sim::terminal::Printed;
use rollscope_sim::{Cluster, Config, Duration, Instant, Terminal};
use serde_json::Value as Json;

use super::{Tally, Verdict, folder};

#[test]
fn commands_print_what_the_real_kubectl_printed() {
    let folder = folder().join("commands");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("commands: skipped, there is no folder {}", folder.display());
        return;
    };
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    let mut tallies = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a recording can be read");
        let session: Json = serde_json::from_str(&text).expect("a recording is JSON");
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let mut tally = Tally::new(&format!("commands/{name}"));
        judge(&session, &mut tally);
        tally.print();
        tallies.push(tally);
    }
    for tally in tallies {
        tally.assert();
    }
}

fn judge(session: &Json, tally: &mut Tally) {
    let only: Option<i64> =
        std::env::var("ROLLSCOPE_STEP").ok().and_then(|number| number.parse().ok());
    let objects = objects_of(session);
    let mut files = BTreeMap::new();
    for file in session["manifests"].as_array().into_iter().flatten() {
        files.insert(text(&file["name"]), text(&file["text"]));
    }
    let steps: Vec<&Json> = session["steps"].as_array().into_iter().flatten().collect();
    for (place, step) in steps.iter().copied().enumerate() {
        for (name, content) in step["files"].as_object().into_iter().flatten() {
            files.insert(name.clone(), text(content));
        }
        if !step["cmd"].is_string() || only.is_some_and(|only| step["index"].as_i64() != Some(only))
        {
            continue;
        }
        let line = text(&step["cmd"]);
        let case = format!("#{} {}", step["index"], line.lines().next().unwrap_or_default());
        let verdict = match exceptions::reason(&line) {
            _ if !step["state"].is_array() => {
                Verdict::NotApplicable("recorded without a state".to_owned())
            }
            Some(reason) => Verdict::NotApplicable(reason.to_owned()),
            None => match differences(session, step, &files, &objects) {
                None => Verdict::Passed,
                Some(_) if has_moved(session, (step, &steps[place + 1..]), &files, &objects) => {
                    Verdict::Passed
                }
                Some(why) => match exceptions::leniency(&line) {
                    Some(reason) => Verdict::NotApplicable(reason.to_owned()),
                    None => Verdict::Failed(why),
                },
            },
        };
        tally.add(&case, verdict);
    }
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Whether a command that changes nothing printed what it prints of the next state: the recorded
/// cluster may have moved between the state and the command.
fn has_moved(
    session: &Json,
    (step, later): (&Json, &[&Json]),
    files: &BTreeMap<String, String>,
    objects: &BTreeMap<&str, Value>,
) -> bool {
    let line = text(&step["cmd"]);
    let reads = ["kubectl get ", "kubectl describe ", "kubectl rollout history ", "--dry-run"];
    let Some(next) = later.iter().find(|next| next["state"].is_array()) else {
        return false;
    };
    if !reads.iter().any(|part| line.contains(part)) {
        return false;
    }
    let mut moved = step.clone();
    moved["state"] = next["state"].clone();
    differences(session, &moved, files, objects).is_none()
}

/// Runs a step; what differs from the recording, in words.
fn differences(
    session: &Json,
    step: &Json,
    files: &BTreeMap<String, String>,
    objects: &BTreeMap<&str, Value>,
) -> Option<String> {
    let mut cluster = cluster_of(session, step, objects);
    let output = run(&mut cluster, session, step, files);
    let mut found = Vec::new();
    // How often a line is repeated depends on when writes are seen: the last one counts.
    let follows = text(&step["cmd"]).contains("rollout status");
    let outcome = |text: String| match text.lines().last() {
        Some(last) if follows => format!("{last}\n"),
        _ => text,
    };
    for (what, expected, got) in [
        ("stdout", outcome(text(&step["stdout"])), outcome(output.stdout)),
        ("stderr", text(&step["stderr"]), output.stderr),
    ] {
        if !normal::same(&expected, &got) {
            found.push(format!("\n--- {what} expected\n{expected}\n--- {what} got\n{got}"));
        }
    }
    let code = step["rc"].as_i64().unwrap_or(0);
    if Some(code) != output.code.map(i64::from) {
        found.push(format!("\n--- exit code {code} expected, got {:?}", output.code));
    }
    (!found.is_empty()).then(|| found.concat())
}

/// A cluster with the objects of the step's state, at the step's time.
fn cluster_of(session: &Json, step: &Json, objects: &BTreeMap<&str, Value>) -> Cluster {
    let keys = step["state"].as_array().into_iter().flatten();
    let values: Vec<Value> = keys.filter_map(|key| objects.get(key.as_str()?)).cloned().collect();
    let config = Config { request_rate: 0, ..Config::with_seed(1) };
    Cluster::of_stored(config, time_of(session, step), &values)
}

/// The objects of all states, by their keys.
fn objects_of(session: &Json) -> BTreeMap<&str, Value> {
    let all = session["objects"].as_object().into_iter().flatten();
    let read = |text: &str| parse(text).documents.into_iter().next().map(|read| read.value);
    all.filter_map(|(key, object)| Some((key.as_str(), read(&object.to_string())?))).collect()
}

/// When the server answered: kubectl takes a moment to start.
fn time_of(session: &Json, step: &Json) -> Instant {
    const START_UP_MS: u64 = 100;
    let started = text(&session["started"]);
    let fraction = started.split_once('.').map_or("0", |(_, rest)| rest.trim_end_matches('Z'));
    let micros: u64 = fraction.parse().unwrap_or(0);
    let (from, to) = (step["t_ms"].as_u64().unwrap_or(0), step["end_ms"].as_u64().unwrap_or(0));
    let within = START_UP_MS.min(to.saturating_sub(from) / 2);
    timestamp::parse(&started).unwrap_or_default()
        + Duration::from_micros(micros)
        + Duration::from_millis(from + within)
}

fn run(
    cluster: &mut Cluster,
    session: &Json,
    step: &Json,
    files: &BTreeMap<String, String>,
) -> Printed {
    /// How long a line may take, in virtual time.
    const LONGEST: Duration = Duration::from_secs(60);
    let mut terminal = Terminal::new(&text(&session["namespace"]));
    for (name, content) in files {
        terminal.write_file(name, content).expect("there is space");
    }
    terminal.start(cluster, &text(&step["cmd"]), step["stdin"].as_str());
    let until = cluster.now() + LONGEST;
    let mut all = Printed::default();
    loop {
        let printed = terminal.poll(cluster);
        all.stdout += &printed.stdout;
        all.stderr += &printed.stderr;
        all.code = printed.code;
        let next = [terminal.next_at(), cluster.next_at()].into_iter().flatten().min();
        match next {
            Some(next) if all.code.is_none() && next <= until => {
                cluster.advance_to(next, u64::MAX);
            }
            _ => return all,
        }
    }
}
