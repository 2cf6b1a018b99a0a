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
        let Deed::Command { line, .. } = &action.what else {
            continue;
        };
        if is_timing_dependent(line) {
            continue;
        }
        if recorded["lines"].is_array() {
            found.extend(compare_streams(line, recorded, outcome));
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

/// `describe` shows events and addresses of the very moment; tables are compared.
fn is_timing_dependent(line: &str) -> bool {
    line.starts_with("kubectl describe")
}

/// A line that is replaced by another sooner than this is passing: several controllers write at the
/// same time, and which of their writes comes first is a matter of chance.
const PASSING_MS: u64 = 250;

/// How many passing lines may have lasted in a recording: the recorded controllers were limited to
/// 20 requests a second, and a reaction with many writes took them a second or more.
const THROTTLED: usize = 1;

/// A line and for how long it stood.
type Standing = (String, u64);

/// A stream prints a line per write. Every line that stands for a while must be there in the same
/// order, in the recording and here; passing ones may differ. The first look at the cluster may
/// come a moment earlier or later.
fn compare_streams(line: &str, recorded: &Json, outcome: &Outcome) -> Option<String> {
    let lines = recorded["lines"].as_array().into_iter().flatten();
    let expected = standing(
        lines.filter_map(|line| Some((line["t_ms"].as_u64()?, line["line"].as_str()?.to_owned()))),
    );
    let lines = outcome.lines.iter().filter(|line| !line.is_error);
    let got = standing(lines.map(|line| (line.at.as_millis(), line.text.clone())));
    let code = recorded["rc"].as_i64();
    let stderr = recorded["stderr"].as_str().unwrap_or_default();
    let same = code == outcome.code.map(i64::from)
        && stderr == outcome.stderr
        && lasting_missing(&expected, &got) <= THROTTLED
        && lasting_missing(&got, &expected) == 0;
    (!same).then(|| {
        format!(
            "{line}\n    expected {expected:#?} {stderr:?} {code:?}\n    got      {got:#?} {:?} {:?}",
            outcome.stderr, outcome.code
        )
    })
}

/// How many lines of `some` that lasted do not come in `all`, in the same order.
fn lasting_missing(some: &[Standing], all: &[Standing]) -> usize {
    let mut rest = all;
    let mut missing = 0;
    for (line, _) in some.iter().skip(1).filter(|(_, stood)| *stood >= PASSING_MS) {
        match rest.iter().position(|(other, _)| other == line) {
            Some(place) => rest = &rest[place + 1..],
            None => missing += 1,
        }
    }
    missing
}

/// The lines, equal ones in a row as one; the last one stands for ever.
fn standing(lines: impl Iterator<Item = (u64, String)>) -> Vec<Standing> {
    let mut since: Vec<(u64, String)> = lines.collect();
    since.dedup_by(|later, earlier| later.1 == earlier.1);
    let ends: Vec<u64> = since.iter().skip(1).map(|(at, _)| *at).chain([u64::MAX]).collect();
    since.into_iter().zip(ends).map(|((at, line), end)| (line, end - at)).collect()
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
    let stdout = text("stdout");
    // Each scenario was recorded in a namespace of its own.
    let stderr = text("stderr");
    let stderr = match stderr.strip_prefix("No resources found in ") {
        Some(_) => "No resources found in default namespace.".to_owned(),
        None => stderr,
    };
    let replace = |text: String| {
        let mut by_length: Vec<(&String, &String)> = recording.names.iter().collect();
        by_length.sort_by_key(|(real, _)| std::cmp::Reverse(real.len()));
        let text =
            by_length.iter().fold(text, |text, (real, name)| text.replace(real.as_str(), name));
        // What is left of a set's name outside of names is its hash.
        by_length.iter().fold(text, |text, (real, name)| match real.rsplit_once('-') {
            Some((_, hash)) if name.contains("rs") && !name.contains("-p") => {
                text.replace(hash, &format!("hash({name})"))
            }
            _ => text,
        })
    };
    Printed {
        stdout: normal_text(&replace(stdout)),
        stderr: normal_text(&replace(stderr)),
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
        .map(|line| {
            let is_slice = line.contains(" IPv4 ");
            let words = line.split_whitespace().enumerate();
            let words = words.map(|(index, word)| match word.rsplit_once('-') {
                // A slice's name ends with random characters.
                Some((service, _)) if is_slice && index == 0 => service.to_owned(),
                _ => normal_word(word),
            });
            words.collect::<Vec<_>>().join(" ")
        })
        .filter(|line| !line.is_empty())
        .collect();
    lines.dedup();
    if lines.first().is_some_and(|titles| titles.starts_with("NAME ")) {
        // Rows come by name, and names here and there have other hashes.
        lines.sort();
    }
    lines.join("\n")
}

/// Ages, addresses and nodes differ from run to run.
fn normal_word(word: &str) -> String {
    let is_age = word.len() > 1
        && word.starts_with(|c: char| c.is_ascii_digit())
        && word.ends_with(['s', 'm', 'h'])
        && word.chars().all(|c| c.is_ascii_digit() || "smh".contains(c));
    let is_address = |part: &str| part.split('.').count() == 4 && part.starts_with("10.");
    if is_age {
        return "AGE".to_owned();
    }
    if word.starts_with("gpu-node-") {
        return "NODE".to_owned();
    }
    if let Some((before, after)) = word.split_once("Z\"") {
        // A moment in JSON: 2026-01-01T00:00:04Z.
        let end = before.len().saturating_sub("2026-01-01T00:00:04".len());
        return format!("{}TIME\"{}", &before[..end], normal_word(after));
    }
    let parts = word.split(',').map(|part| match part.split_once(':') {
        Some((host, port)) if is_address(host) => format!("IP:{port}"),
        None if is_address(part) => "IP".to_owned(),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(",")
}
