//! Replaying a recording: its commands, at its times, on this cluster.
//!
//! A recording lists commands with the times at which a real control plane met them, and waits for
//! conditions. Waits are waited for here as well, so what follows keeps its distance from the
//! condition, not from the start.

use std::collections::BTreeMap;

use crate::api::deployment::{DeploymentConditionType, Reason};
use crate::api::value::Value;
use crate::api::{Deployment, Pod, ReplicaSet};
use crate::apiserver::WatchEvent;
use crate::cluster::{Cluster, Config};
use crate::command::Command;
use crate::kubectl::Output;
use crate::kubectl::stream::{Line, StreamId};
use crate::time::{Duration, Instant};
use crate::trace::Names;

/// How long a condition is waited for.
const PATIENCE: Duration = Duration::from_mins(20);
/// How long the run goes on after its last action, when nothing says how long.
const AFTERMATH: Duration = Duration::from_secs(5);
/// A recorded command that took longer than this waited for something.
const LONG_MS: u64 = 2_000;
/// Time a real kubectl takes before it asks anything.
const START_UP_MS: u64 = 80;
/// The most occurrences of one advance.
const BUDGET: u64 = 100_000_000;

/// Something done or waited for while recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// When it began, in milliseconds.
    pub started_ms: u64,
    /// When it took effect: the end of a command, the moment a condition held.
    pub effective_ms: u64,
    /// What it was.
    pub what: Deed,
}

/// What an action was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A command and its standard input.
    Command {
        /// The line.
        line: String,
        /// What `-f -` read.
        stdin: Option<String>,
        /// Whether what followed did not wait for it.
        background: bool,
    },
    /// A condition that was waited for.
    Wait(String),
}

/// A recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// What was done, in order.
    pub actions: Vec<Action>,
    /// Names by order of creation, by the real names of the recording.
    pub names: BTreeMap<String, String>,
    /// When the recording ended, if that is known.
    pub end_ms: Option<u64>,
}

/// What a replayed command printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Standard output; for a streaming command its lines.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code; `None` when the command was still running at the end.
    pub code: Option<i32>,
    /// The lines of a streaming command, with their times.
    pub lines: Vec<Line>,
}

/// A replayed run.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// Every write.
    pub events: Vec<WatchEvent>,
    /// What each action printed, in the order of the actions; empty for waits.
    pub outcomes: Vec<Outcome>,
    /// Waits that were never over, in words.
    pub unmet: Vec<String>,
    /// The cluster at the end.
    pub cluster: Cluster,
}

impl Recording {
    /// Reads the data of an `actions.json`.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn read(data: &Value) -> Result<Self, String> {
        let actions = data.get("actions").and_then(Value::as_list).ok_or("no list \"actions\"")?;
        let names = data.get("names").and_then(Value::as_map).into_iter().flatten();
        Ok(Self {
            actions: actions.iter().map(Action::read).collect::<Result<_, _>>()?,
            names: names
                .filter_map(|(name, real)| Some((real.as_str()?.to_owned(), name.to_string())))
                .collect(),
            end_ms: None,
        })
    }
}

impl Action {
    fn read(data: &Value) -> Result<Self, String> {
        let text = |key: &str| data.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        let number = |key: &str| {
            data.get(key).and_then(Value::as_int).and_then(|number| u64::try_from(number).ok())
        };
        let started_ms = number("t_ms").ok_or("an action without \"t_ms\"")?;
        let background = data.get("background").and_then(Value::as_bool).unwrap_or(false);
        let what = match (text("cmd"), text("wait")) {
            (Some(line), _) => Deed::Command { line, stdin: text("stdin"), background },
            (None, Some(condition)) => Deed::Wait(condition),
            (None, None) => return Err(format!("nothing to do at {started_ms} ms")),
        };
        let effective_ms = match (&what, first_line_ms(data)) {
            (Deed::Wait(_), _) => started_ms,
            (Deed::Command { .. }, Some(first)) => first,
            (Deed::Command { .. }, None) => {
                effect(started_ms, number("end_ms").filter(|_| !background))
            }
        };
        Ok(Self { started_ms, effective_ms, what })
    }
}

/// When a streaming command printed its first line: it has looked at the cluster then.
fn first_line_ms(data: &Value) -> Option<u64> {
    let lines = data.get("lines").and_then(Value::as_list)?;
    lines.first()?.get("t_ms")?.as_int().and_then(|number| u64::try_from(number).ok())
}

/// When a command took effect: at its end, or, when it went on for long, soon after its start.
const fn effect(started_ms: u64, end_ms: Option<u64>) -> u64 {
    match end_ms {
        Some(end_ms) if end_ms.saturating_sub(started_ms) < LONG_MS => end_ms,
        _ => started_ms + START_UP_MS,
    }
}

/// Replays a recording on a new cluster.
pub fn replay(recording: &Recording, config: Config) -> Replayed {
    let mut cluster = Cluster::new(config);
    cluster.keep_records();
    let mut run = Run {
        recording,
        cluster,
        events: Vec::new(),
        chosen: BTreeMap::new(),
        recorded_ms: 0,
        reached: Instant::BOOT,
        streams: Vec::new(),
        unmet: Vec::new(),
    };
    let mut outcomes: Vec<Outcome> = recording
        .actions
        .iter()
        .enumerate()
        .map(|(index, action)| run.act(index, action))
        .collect();
    run.finish(&mut outcomes);
    Replayed { events: run.events, outcomes, unmet: run.unmet, cluster: run.cluster }
}

struct Run<'a> {
    recording: &'a Recording,
    cluster: Cluster,
    events: Vec<WatchEvent>,
    /// Names of the recording and the names of this run's objects that stand for them.
    chosen: BTreeMap<String, String>,
    /// The last action's time in the recording, and here.
    recorded_ms: u64,
    reached: Instant,
    streams: Vec<(usize, StreamId)>,
    unmet: Vec<String>,
}

impl Run<'_> {
    fn act(&mut self, index: usize, action: &Action) -> Outcome {
        match &action.what {
            Deed::Wait(condition) => {
                self.wait(condition);
                self.recorded_ms = action.effective_ms;
                self.reached = self.cluster.now();
                Outcome::default()
            }
            Deed::Command { line, stdin, .. } => {
                self.advance_to_recorded(action.effective_ms);
                let line = self.with_present_names(line);
                let command =
                    Command::Kubectl { line: line.into(), stdin: stdin.as_deref().map(Into::into) };
                let output = self.cluster.apply(&command);
                self.collect();
                if let Some(stream) = output.stream {
                    self.streams.push((index, stream));
                }
                let Output { stdout, stderr, code, .. } = output;
                Outcome { stdout, stderr, code: Some(code), lines: Vec::new() }
            }
        }
    }

    /// Lets as much time pass as passed in the recording since the last action.
    fn advance_to_recorded(&mut self, recorded_ms: u64) {
        let passed = Duration::from_millis(recorded_ms.saturating_sub(self.recorded_ms));
        let target = self.reached + passed;
        self.cluster.advance_to(target, BUDGET);
        self.recorded_ms = self.recorded_ms.max(recorded_ms);
        self.reached = target;
        self.collect();
    }

    fn collect(&mut self) {
        self.events.extend(self.cluster.take_writes());
    }

    fn wait(&mut self, condition: &str) {
        let deadline = self.cluster.now() + PATIENCE;
        let mut version = 0;
        loop {
            let current = self.cluster.api().resource_version();
            if current != version {
                version = current;
                self.collect();
                match self.holds(condition) {
                    Some(true) => return,
                    Some(false) => {}
                    None => {
                        self.unmet.push(format!("not understood: {condition}"));
                        return;
                    }
                }
            }
            if self.cluster.now() > deadline || !self.cluster.step() {
                self.unmet.push(format!("never came: {condition}"));
                return;
            }
        }
    }

    /// Whether a condition holds now; `None` when it is not understood.
    fn holds(&self, condition: &str) -> Option<bool> {
        let api = self.cluster.api();
        if let Some(name) =
            condition.strip_prefix("deployment/").and_then(|rest| rest.strip_suffix(" complete"))
        {
            let deployment = api.get::<Deployment>("default", name).ok()?;
            return Some(deployment.is_complete(&deployment.status));
        }
        if condition == "ProgressDeadlineExceeded" {
            let late = |deployment: &Deployment| {
                deployment
                    .condition(DeploymentConditionType::Progressing)
                    .is_some_and(|condition| condition.reason == Reason::ProgressDeadlineExceeded)
            };
            return Some(api.list::<Deployment>().iter().any(|deployment| late(deployment)));
        }
        if let Some(count) = condition.strip_suffix(" pods") {
            return Some(api.list::<Pod>().len() == count.parse().ok()?);
        }
        let (field, least) = condition.split_once(">=")?;
        let (name, field) = field.split_once('.')?;
        let least: i32 = least.parse().ok()?;
        let names = Names::of(&self.events);
        let Some(real) = names.real(name) else {
            return Some(false);
        };
        let Ok(rs) = api.get::<ReplicaSet>("default", real) else {
            return Some(false);
        };
        let value = match field {
            "ready" => rs.status.ready_replicas,
            "available" => rs.status.available_replicas,
            "replicas" => rs.status.replicas,
            "spec" => rs.spec.replicas,
            _ => return None,
        };
        Some(value >= least)
    }

    /// The line with the recording's names replaced by those of this run's objects.
    fn with_present_names(&mut self, line: &str) -> String {
        let recording = self.recording;
        let mut line = line.to_owned();
        // Longer names first: a pod's name begins with that of its set.
        let mut names: Vec<(&String, &String)> = recording.names.iter().collect();
        crate::order::sort_by_key(&mut names, |(recorded, _)| std::cmp::Reverse(recorded.len()));
        for (recorded, name) in names {
            if recorded != name && line.contains(recorded.as_str()) {
                let present = self.present_name(recorded, name);
                line = line.replace(recorded.as_str(), &present);
            }
        }
        line
    }

    /// The object here that stands for the recording's `name`: the one created at the same place
    /// in the order, or, when that pod is on its way out, another of its set.
    fn present_name(&mut self, recorded: &str, name: &str) -> String {
        if let Some(chosen) = self.chosen.get(recorded) {
            return chosen.clone();
        }
        let names = Names::of(&self.events);
        let same = names.real(name).unwrap_or(recorded).to_owned();
        let fit = |pod: &Pod| pod.is_active() && pod.is_ready();
        let is_pod = name.contains("-p");
        let substitute = || {
            let set = names.real(name.rsplit_once("-p")?.0)?.to_owned();
            let mut pods = self.cluster.api().list::<Pod>().iter();
            let found = pods.find(|pod| pod.meta.name.starts_with(&*set) && fit(pod));
            found.map(|pod| pod.meta.name.to_string())
        };
        let fits = self.cluster.pod_named(&same).is_some_and(|pod| fit(pod));
        let chosen = if is_pod && !fits { substitute().unwrap_or(same) } else { same };
        self.chosen.insert(recorded.to_owned(), chosen.clone());
        chosen
    }

    fn finish(&mut self, outcomes: &mut [Outcome]) {
        if let Some(end_ms) = self.recording.end_ms {
            self.advance_to_recorded(end_ms.max(self.recorded_ms));
        } else {
            let end = self.cluster.now() + AFTERMATH;
            self.cluster.advance_to(end, BUDGET);
        }
        self.collect();
        for (index, stream) in std::mem::take(&mut self.streams) {
            let (lines, code) = self.cluster.read_stream(stream);
            let text = |wanted: bool| -> String {
                let lines = lines.iter().filter(|line| line.is_error == wanted);
                lines.flat_map(|Line { text, .. }| [text.as_str(), "\n"]).collect()
            };
            outcomes[index].stdout += &text(false);
            outcomes[index].stderr += &text(true);
            outcomes[index].code = code;
            outcomes[index].lines = lines;
        }
    }
}
