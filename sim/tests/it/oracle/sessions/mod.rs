//! Terminal sessions recorded with the real kubectl: every step is typed at a cluster that holds
//! the objects the recorded one held, and must print the same.
//!
//! A topic per session, `commands/<name of the file>`. Steps without a `state` (those that went on
//! in the background, and what was done to the recorded cluster meanwhile) are left out.

mod exceptions;
pub(super) mod normal;

use std::collections::{BTreeMap, BTreeSet};
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
        judge(name, &session, &mut tally);
        tally.print();
        tallies.push(tally);
    }
    for tally in tallies {
        tally.assert();
    }
}

fn judge(name: &str, session: &Json, tally: &mut Tally) {
    let only: Option<i64> =
        std::env::var("ROLLSCOPE_STEP").ok().and_then(|number| number.parse().ok());
    let objects = objects_of(session);
    let mut files = BTreeMap::new();
    let steps: Vec<&Json> = session["steps"].as_array().into_iter().flatten().collect();
    // A file that a step brings was not there before.
    let comes_later = |name: &str| steps.iter().any(|step| step["files"][name].is_string());
    for file in session["manifests"].as_array().into_iter().flatten() {
        let file_name = text(&file["name"]);
        if !comes_later(&file_name) {
            files.insert(file_name, text(&file["text"]));
        }
    }
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
                Some(why) => {
                    match exceptions::leniency(name, step["index"].as_i64().unwrap_or(-1), &line) {
                        Some(reason) => Verdict::NotApplicable(reason.to_owned()),
                        None => Verdict::Failed(why),
                    }
                }
            },
        };
        tally.add(&case, verdict);
    }
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Whether a command that changes nothing printed what it prints of the cluster at some moment up to
/// the next state: between the state and the command the recorded cluster may have moved.
///
/// A moment is a version: what was written up to it is as in the next state, all else as before.
fn has_moved(
    session: &Json,
    (step, later): (&Json, &[&Json]),
    files: &BTreeMap<String, String>,
    objects: &BTreeMap<&str, Value>,
) -> bool {
    const READS: [&str; 6] =
        ["get ", "describe ", "rollout history ", "rollout status ", "wait ", "events"];
    let line = text(&step["cmd"]);
    let reads = line.contains("--dry-run")
        || READS.iter().any(|verb| line.contains(&format!("kubectl {verb}")));
    let Some(next) = later.iter().find(|next| next["state"].is_array()).filter(|_| reads) else {
        return false;
    };
    let (before, after) = (keys(step), keys(next));
    let mut versions: Vec<u64> =
        after.difference(&before).filter_map(|key| key.rsplit_once('@')?.1.parse().ok()).collect();
    versions.sort_unstable();
    versions.into_iter().rev().any(|version| {
        [true, false].into_iter().any(|gone| {
            let mut moved = step.clone();
            moved["state"] = between(&before, &after, version, gone).into();
            differences(session, &moved, files, objects).is_none()
        })
    })
}

fn keys(step: &Json) -> BTreeSet<&str> {
    step["state"].as_array().into_iter().flatten().filter_map(Json::as_str).collect()
}

/// The objects of a moment between two states: what was written up to this version as in the later
/// one, and what is absent there `gone` or not.
fn between(
    before: &BTreeSet<&str>,
    after: &BTreeSet<&str>,
    version: u64,
    gone: bool,
) -> Vec<String> {
    let name =
        |key: &str| key.rsplit_once('@').map(|(name, _)| name.to_owned()).unwrap_or_default();
    let is_new = |key: &&&str| {
        let written = key.rsplit_once('@').and_then(|(_, text)| text.parse::<u64>().ok());
        !before.contains(**key) && written.is_some_and(|written| written <= version)
    };
    let new: BTreeMap<String, &str> =
        after.iter().filter(is_new).map(|key| (name(key), *key)).collect();
    let stays = |key: &&&str| {
        !new.contains_key(&name(key))
            && (!gone || after.iter().any(|other| name(other) == name(key)))
    };
    before.iter().filter(stays).chain(new.values()).map(|key| (*key).to_owned()).collect()
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
    let lists = text(&step["cmd"]).contains(" --list");
    let outcome = |text: String| match text.lines().last() {
        Some(last) if follows => format!("{last}\n"),
        // kubectl lists labels in the random order of a Go map.
        _ if lists => {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            lines.join("\n")
        }
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
