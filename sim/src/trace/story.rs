//! A run told in text: a line a change, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::line::TraceLine;
use crate::api::{Kind, Value};
use crate::apiserver::Change;
use crate::time::Instant;

/// How a pod is drawn: Ready, on its way, or on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Ready,
    NotReady,
    Terminating,
}

impl Mark {
    const fn glyph(self) -> char {
        match self {
            Self::Ready => '●',
            Self::NotReady => '○',
            Self::Terminating => '×',
        }
    }
}

/// The story of a trace. Each line has the moment, the pods of each `ReplicaSet` (● Ready, ○ not
/// Ready, × terminating) and what happened.
pub fn story(lines: &[TraceLine]) -> Vec<(Instant, String)> {
    let mut text = Vec::new();
    let mut pods: BTreeMap<String, BTreeMap<String, Mark>> = BTreeMap::new();
    for line in lines {
        let told = match line.kind {
            Kind::Pod => pod_line(line, &mut pods),
            Kind::Event => event_line(line),
            Kind::Deployment => deployment_line(line),
            Kind::Service => {
                Some(format!("Service {} {}", line.name, line.change.as_str().to_ascii_lowercase()))
            }
            _ => None,
        };
        if let Some(told) = told {
            text.push((line.at, format!("{}{told}", picture(&pods))));
        }
    }
    text
}

fn picture(pods: &BTreeMap<String, BTreeMap<String, Mark>>) -> String {
    let mut text = String::new();
    for (owner, pods) in pods.iter().filter(|(_, pods)| !pods.is_empty()) {
        let mut marks: Vec<Mark> = pods.values().copied().collect();
        crate::order::sort_by(&mut marks, Ord::cmp);
        let glyphs: String = if marks.len() > 20 {
            let count = |wanted| marks.iter().filter(|mark| **mark == wanted).count();
            format!(
                "●{} ○{} ×{}",
                count(Mark::Ready),
                count(Mark::NotReady),
                count(Mark::Terminating)
            )
        } else {
            marks.iter().map(|mark| mark.glyph()).collect()
        };
        let _ = write!(text, "{owner} {glyphs}  ");
    }
    text
}

fn pod_line(
    line: &TraceLine,
    pods: &mut BTreeMap<String, BTreeMap<String, Mark>>,
) -> Option<String> {
    let owner = match line.facts.text("rs") {
        "" => line.name.clone(),
        owner => owner.to_owned(),
    };
    let of_owner = pods.entry(owner).or_default();
    let holds = |key: &str| line.facts.get(key) == Some(&Value::Bool(true));
    if line.change == Change::Deleted {
        of_owner.remove(&line.name);
    } else {
        let mark = match (holds("deleting"), holds("ready")) {
            (true, _) => Mark::Terminating,
            (false, true) => Mark::Ready,
            (false, false) => Mark::NotReady,
        };
        of_owner.insert(line.name.clone(), mark);
    }
    let tags = line.facts.get("tags").and_then(Value::as_list).unwrap_or_default();
    let told: Vec<&str> = tags
        .iter()
        .filter_map(Value::as_str)
        .filter(|tag| matches!(*tag, "ready" | "unready" | "terminating" | "removed"))
        .collect();
    (!told.is_empty()).then(|| format!("pod {} {}", line.name, told.join(", ")))
}

fn event_line(line: &TraceLine) -> Option<String> {
    let reason = line.facts.text("reason");
    let told = matches!(
        reason,
        "ScalingReplicaSet" | "FailedScheduling" | "FailedCreate" | "BackOff" | "Failed"
    );
    told.then(|| format!("{reason}: {}", line.facts.text("message")))
}

/// A Deployment's new conditions are in its last entry: the one that changed stands last.
fn deployment_line(line: &TraceLine) -> Option<String> {
    match line.change {
        Change::Added => Some(format!("Deployment {} created", line.name)),
        Change::Deleted => Some(format!("Deployment {} deleted", line.name)),
        Change::Modified => {
            let last = line.facts.get("conditions").and_then(Value::as_list)?.last()?;
            let reason = last.get("reason").and_then(Value::as_str)?;
            let verdict = matches!(reason, "ProgressDeadlineExceeded")
                || (reason == "NewReplicaSetAvailable"
                    && line.facts.int("observedGeneration") == line.facts.int("generation"));
            verdict.then(|| format!("Deployment {}: {reason}", line.name))
        }
    }
}
