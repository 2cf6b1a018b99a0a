//! What the commands of a scenario print, names and ages set aside.

use rollscope_sim::replay::{Deed, Outcome, Recording, Replayed};
use rollscope_sim::trace::Names;
use serde_json::Value as Json;

/// The differences between what was printed then and now.
pub(super) fn compare(
    recorded: &Json,
    recording: &Recording,
    run: &Replayed,
    names: &Names,
) -> super::compare::Differences {
    let mut found = Vec::new();
    let actions = recorded["actions"].as_array().into_iter().flatten();
    for ((recorded, action), outcome) in actions.zip(&recording.actions).zip(&run.outcomes) {
        let Deed::Command { line, .. } = &action.what else { continue };
        if is_timing_dependent(line) {
            continue;
        }
        let expected = expectation(recorded, recording);
        let got = normal(outcome, names);
        let same = expected == got
            || (line.contains("rollout status") && differ_by_first_look(&expected, &got));
        if !same {
            found.push(format!("{line}\n    expected {expected:?}\n    got      {got:?}"));
        }
    }
    found
}

/// Commands whose text shows counts or ages of the very moment are compared elsewhere.
fn is_timing_dependent(line: &str) -> bool {
    ["kubectl get", "kubectl describe"].iter().any(|start| line.starts_with(start))
}

/// `rollout status` first prints what it finds, a moment after the command before it: on a cluster
/// a few milliseconds earlier or later than here. From then on every line must be the same.
fn differ_by_first_look(expected: &Printed, got: &Printed) -> bool {
    const MOMENT: usize = 2;
    let (longer, shorter) = if expected.stdout.len() > got.stdout.len() {
        (&expected.stdout, &got.stdout)
    } else {
        (&got.stdout, &expected.stdout)
    };
    let earlier = longer.strip_suffix(shorter.as_str());
    earlier.is_some_and(|earlier| earlier.lines().count() <= MOMENT)
        && (&expected.stderr, expected.code) == (&got.stderr, got.code)
}

/// What a command printed, as comparable text.
#[derive(Debug, PartialEq, Eq)]
struct Printed {
    stdout: String,
    stderr: String,
    code: Option<i64>,
}

fn expectation(recorded: &Json, recording: &Recording) -> Printed {
    let text = |key: &str| recorded[key].as_str().unwrap_or_default().to_owned();
    let stdout = match recorded["lines"].as_array() {
        Some(lines) => {
            lines.iter().filter_map(|line| Some(format!("{}\n", line["line"].as_str()?))).collect()
        }
        None => text("stdout"),
    };
    let replace = |text: String| {
        let mut by_length: Vec<(&String, &String)> = recording.names.iter().collect();
        by_length.sort_by_key(|(real, _)| std::cmp::Reverse(real.len()));
        by_length.into_iter().fold(text, |text, (real, name)| text.replace(real.as_str(), name))
    };
    Printed {
        stdout: normal_text(&replace(stdout)),
        stderr: normal_text(&replace(text("stderr"))),
        code: recorded["rc"].as_i64(),
    }
}

fn normal(outcome: &Outcome, names: &Names) -> Printed {
    Printed {
        stdout: normal_text(&names.replace(&outcome.stdout)),
        stderr: normal_text(&names.replace(&outcome.stderr)),
        code: outcome.code.map(i64::from),
    }
}

/// Equal lines in a row are one: how often `rollout status` repeats itself depends on how many
/// writes the controllers happened to need. Column widths depend on the length of names.
fn normal_text(text: &str) -> String {
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    lines.dedup();
    lines.join("\n")
}
