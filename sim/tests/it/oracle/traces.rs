//! Whole scenarios: the same commands, at the same distances, on the simulator.

use std::path::{Path, PathBuf};

use rollscope_sim::Config;
use rollscope_sim::replay::{Replayed, replay};
use rollscope_sim::trace::{Names, summary::Summary, trace};

use super::recording::{read_json, read_recording};
use super::{Tally, Verdict, commands, compare, folder};

#[test]
fn recorded_scenarios_are_reproduced_step_by_step() {
    run_all("oracle traces", false, |folder| {
        let (recorded, run, summary) = replayed(folder);
        let mut found = unmet(&run);
        for part in [
            compare::steps,
            compare::scaling_events,
            compare::conditions,
            compare::pod_order,
            compare::final_state,
            compare::limits,
        ] {
            part(&recorded, &summary, &mut found);
        }
        verdict(&found)
    });
}

#[test]
fn scenarios_whose_pods_become_ready_together_end_as_recorded() {
    run_all("oracle traces, sync mode", true, |folder| {
        let (recorded, run, summary) = replayed(folder);
        let mut found = unmet(&run);
        compare::final_state_sync(&recorded, &summary, &mut found);
        found.extend(run.cluster.check());
        verdict(&found)
    });
}

#[test]
fn the_commands_of_recorded_scenarios_print_what_was_recorded() {
    run_all("oracle traces, command outputs", false, |folder| {
        let Some(recording) = read_recording(folder) else {
            return Verdict::NotApplicable("no actions.json".to_owned());
        };
        let recorded = read_json(&folder.join("actions.json")).expect("it was just read");
        let run = replay(&recording, quiet());
        verdict(&commands::compare(&recorded, &recording, &run, &Names::of(&run.events)))
    });
}

/// Runs `check` on every scenario of the mode.
fn run_all(topic: &'static str, sync: bool, check: impl Fn(&Path) -> Verdict) {
    let mut tally = Tally::new(topic);
    let only = std::env::var("ROLLSCOPE_ONLY").unwrap_or_default();
    for folder in scenarios() {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.contains(".sync") == sync && name.contains(&only) {
            tally.add(&name, check(&folder));
        }
    }
    tally.print();
    tally.assert();
}

fn scenarios() -> Vec<PathBuf> {
    let folder = folder().join("traces");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("{}: absent, skipped", folder.display());
        return Vec::new();
    };
    let mut scenarios: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect();
    scenarios.sort();
    scenarios
}

/// Recordings have no clients.
pub(super) fn quiet() -> Config {
    Config { request_rate: 0, ..Config::with_seed(1) }
}

fn replayed(folder: &Path) -> (serde_json::Value, Replayed, Summary) {
    let recorded = read_json(&folder.join("summary.json")).expect("a scenario has a summary");
    let recording = read_recording(folder).expect("a scenario has actions");
    let run = replay(&recording, quiet());
    let lines = trace(&run.events);
    let summary = Summary::of(&lines);
    if std::env::var_os("ROLLSCOPE_SHOW").is_some() {
        for line in &lines {
            println!("{}", line.to_json());
        }
    }
    (recorded, run, summary)
}

fn unmet(run: &Replayed) -> Vec<String> {
    run.unmet.iter().map(|condition| format!("waited in vain: {condition}")).collect()
}

/// Passed without a difference, failed with some.
fn verdict(found: &[String]) -> Verdict {
    if found.is_empty() { Verdict::Passed } else { Verdict::Failed(found.join("\n  ")) }
}
