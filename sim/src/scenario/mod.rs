//! Scenario files: knobs, manifests and timed commands in one YAML document.
//!
//! [`read`] is strict: an unknown key, a value out of range or a step back in time is a diagnostic
//! with its place. Files are named here and read by whoever runs the scenario, since the simulator
//! reads none. The form is told in `docs/scenarios.md`.

mod fields;
mod images;
mod knobs;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use crate::api::{Name, Value};
use crate::cluster::Config;
use crate::command::{Command, Typed};
use crate::container::files::{Files, normal};
use crate::kubectl::words;
use crate::manifest::{Diagnostic, parse};
use crate::network::clients::Clients;
use crate::terminal::DIRECTORY;
use crate::time::{Duration, Instant};
use fields::Fields;
pub use write::{lasting_until, write};

/// The most steps of a scenario, and the most manifests.
const MOST: usize = 10_000;
/// What a step may hold.
const STEP: [&str; 12] = [
    "at",
    "kubectl",
    "stdin",
    "files",
    "namespace",
    "directory",
    "kubeconfig",
    "apply",
    "traffic",
    "proxyLag",
    "failNode",
    "recoverNode",
];
/// The longest time of a step, and the longest run.
const LONGEST: Duration = Duration::from_hours(24 * 366);

/// A scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The cluster it runs on.
    pub config: Config,
    /// How long it runs; `None` for a while after the last step.
    pub length: Option<Duration>,
    /// The files at hand: their names and texts.
    pub files: Vec<(Name, Name)>,
    /// What is applied at the beginning.
    pub manifests: Vec<Source>,
    /// What is done later, in order of time.
    pub steps: Vec<Step>,
}

/// Something done at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Instant,
    /// The line it begins on, from 1.
    pub line: u32,
    /// What, in this order.
    pub deeds: Vec<Deed>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Gives a command.
    Command(Command),
    /// Applies a manifest.
    Apply(Source),
}

/// Where a manifest is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In a file, named as seen from the scenario.
    File {
        /// Its path.
        path: Name,
        /// The line on which it is named, from 1.
        line: u32,
        /// The column.
        column: u32,
    },
    /// In the scenario itself.
    Text {
        /// The manifest.
        text: Name,
        /// How many lines of the scenario come before it.
        lines_before: u32,
        /// By how many columns it is indented.
        indent: u32,
    },
}

/// Reads a scenario.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn read(text: &str) -> Result<Scenario, Vec<Diagnostic>> {
    let parsed = parse(text);
    let mut problems = parsed.diagnostics;
    let scenario = match parsed.documents.as_slice() {
        [document] if document.syntax_error.is_none() => {
            let mut fields = Fields::new(text, document, &mut problems);
            scenario(&document.value, &mut fields)
        }
        [] | [_] => None,
        [_, second, ..] => {
            let place = second.locate("");
            let message = "a scenario is one document; manifests go under manifests".to_owned();
            problems.push(Diagnostic::error(place.value, "", message));
            None
        }
    };
    if text.trim().is_empty() || (scenario.is_none() && problems.is_empty()) {
        let message = "the scenario is empty".to_owned();
        problems.push(Diagnostic::error(crate::manifest::Span::default(), "", message));
    }
    match scenario {
        Some(scenario) if problems.is_empty() => Ok(scenario),
        _ => {
            crate::order::sort_by_key(&mut problems, |problem| (problem.line, problem.column));
            problems.truncate(100);
            Err(problems)
        }
    }
}

fn scenario(value: &Value, fields: &mut Fields<'_>) -> Option<Scenario> {
    let known =
        [knobs::CLUSTER, &["images", "traffic", "for", "files", "manifests", "steps"]].concat();
    fields.map(value, "", &known)?;
    let mut config = Config::with_seed(1);
    knobs::cluster(value, fields, &mut config);
    if let Some(value) = value.get("images") {
        config.images = images::images(value, fields).into();
    }
    if let Some(traffic) = value.get("traffic") {
        let rate = knobs::traffic(traffic, "traffic", fields, &mut config.clients);
        config.request_rate = rate.unwrap_or(config.request_rate);
    }
    let length = value.get("for").and_then(|value| fields.time(value, "for", LONGEST));
    let manifests =
        value.get("manifests").map(|value| manifests(value, fields)).unwrap_or_default();
    let files = value.get("files").map(|value| fields.files(value, "files")).unwrap_or_default();
    let mut hands = Hands { clients: config.clients, files: Arc::default() };
    hands.take(&files, DIRECTORY, "files", fields);
    let steps = value.get("steps").map(|value| steps(value, fields, hands)).unwrap_or_default();
    Some(Scenario { config, length, files, manifests, steps })
}

/// What a step finds as the steps before have left it.
struct Hands {
    clients: Clients,
    files: Arc<Files>,
}

impl Hands {
    fn take(
        &mut self,
        files: &[(Name, Name)],
        directory: &str,
        path: &str,
        fields: &mut Fields<'_>,
    ) {
        for (name, text) in files {
            if Arc::make_mut(&mut self.files).write(&normal(directory, name), text).is_err() {
                fields.wrong(path, "is too much: a file may have 256 KiB, all together 1 MiB");
                return;
            }
        }
    }
}

fn manifests(value: &Value, fields: &mut Fields<'_>) -> Vec<Source> {
    let items = fields.list(value, "manifests", MOST).unwrap_or_default().iter().enumerate();
    let sources =
        items.filter_map(|(index, item)| fields.source(item, &format!("manifests[{index}]")));
    sources.collect()
}

fn steps(value: &Value, fields: &mut Fields<'_>, mut hands: Hands) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let items = fields.list(value, "steps", MOST).unwrap_or_default();
    for (index, item) in items.iter().enumerate() {
        let path = format!("steps[{index}]");
        if fields.map(item, &path, &STEP).is_none() {
            continue;
        }
        let before = steps.last().map_or(Instant::BOOT, |last| last.at);
        let at = moment(item, &path, fields, before).unwrap_or(before);
        let deeds = deeds(item, &path, fields, &mut hands);
        if deeds.is_empty() {
            fields.wrong(
                &path,
                "a step does something: kubectl, apply, traffic, proxyLag, failNode or recoverNode",
            );
        }
        steps.push(Step { at, line: fields.line(&path), deeds });
    }
    steps
}

/// When a step is: counted from the beginning, or with a + from the step before.
fn moment(step: &Value, path: &str, fields: &mut Fields<'_>, before: Instant) -> Option<Instant> {
    let Some(value) = step.get("at") else {
        fields.wrong(path, "a step has a time: at: 20s, or at: +5s after the step before");
        return None;
    };
    let path = format!("{path}.at");
    let later = value.as_str().and_then(|text| text.strip_prefix('+'));
    if let Some(later) = later {
        return Some(before + fields.time(&Value::text(later), &path, LONGEST)?);
    }
    let at = Instant::BOOT + fields.time(value, &path, LONGEST)?;
    if at < before {
        fields.wrong(&path, &format!("the step before is later, at {before} s"));
        return None;
    }
    Some(at)
}

fn deeds(step: &Value, path: &str, fields: &mut Fields<'_>, hands: &mut Hands) -> Vec<Deed> {
    let mut deeds = Vec::new();
    if let Some(value) = step.get("apply") {
        deeds.extend(fields.source(value, &format!("{path}.apply")).map(Deed::Apply));
    }
    deeds.extend(kubectl(step, path, fields, hands).map(Deed::Command));
    if let Some(value) = step.get("traffic") {
        let before = hands.clients;
        let rate = knobs::traffic(value, &format!("{path}.traffic"), fields, &mut hands.clients);
        deeds.extend(rate.map(|rate| Deed::Command(Command::SetRequestRate(rate))));
        if hands.clients != before {
            deeds.push(Deed::Command(Command::SetClients(hands.clients)));
        }
    }
    if let Some(value) = step.get("proxyLag") {
        let lag = knobs::time(value, &format!("{path}.proxyLag"), fields);
        deeds.extend(lag.map(|lag| Deed::Command(Command::SetProxyLag(lag))));
    }
    if let Some(value) = step.get("failNode") {
        let node = fields.text(value, &format!("{path}.failNode"));
        deeds.extend(node.map(|node| Deed::Command(Command::FailNode(node.into()))));
    }
    if let Some(value) = step.get("recoverNode") {
        let node = fields.text(value, &format!("{path}.recoverNode"));
        deeds.extend(node.map(|node| Deed::Command(Command::RecoverNode(node.into()))));
    }
    deeds
}

/// The kubectl command of a step. One that finds files or has a place of its own is as typed in a
/// terminal.
fn kubectl(
    step: &Value,
    path: &str,
    fields: &mut Fields<'_>,
    hands: &mut Hands,
) -> Option<Command> {
    let mut field = |key: &str, usual: &str| -> Option<Name> {
        let Some(value) = step.get(key) else { return Some(usual.into()) };
        Some(fields.text(value, &format!("{path}.{key}"))?.into())
    };
    let directory = field("directory", DIRECTORY)?;
    let namespace = field("namespace", "default")?;
    let kubeconfig = field("kubeconfig", "")?;
    let stdin = match step.get("stdin").map(|value| (value, value.as_name())) {
        Some((_, Some(text))) => Some(Arc::from(&**text)),
        Some(_) => {
            fields.wrong(&format!("{path}.stdin"), "wants a text");
            return None;
        }
        None => None,
    };
    let files_path = format!("{path}.files");
    let files = step.get("files").map(|value| fields.files(value, &files_path));
    hands.take(&files.unwrap_or_default(), &directory, &files_path, fields);
    let Some(line) = step.get("kubectl") else {
        if let Some(key) = ["stdin", "files", "namespace", "directory", "kubeconfig"]
            .iter()
            .find(|key| step.get(key).is_some())
        {
            fields.wrong(&format!("{path}.{key}"), "belongs to a kubectl command");
        }
        return None;
    };
    let line_path = format!("{path}.kubectl");
    let line = fields.text(line, &line_path)?;
    let line = line.strip_prefix("kubectl ").unwrap_or(line);
    let is_plain = *hands.files == Files::default()
        && (&*directory, &*namespace, &*kubeconfig) == (DIRECTORY, "default", "");
    if is_plain {
        return Some(Command::Kubectl { line: line.into(), stdin });
    }
    let words = match words::split(line) {
        Ok(words) => words.iter().map(|word| Name::from(word.as_str())).collect(),
        Err(why) => {
            fields.wrong(&line_path, &why);
            return None;
        }
    };
    Some(Command::Typed(Arc::new(Typed {
        words,
        stdin: stdin.unwrap_or_default(),
        files: Arc::clone(&hands.files),
        directory,
        namespace,
        kubeconfig,
        ..Typed::default()
    })))
}
