//! Reading the recorded texts: what was typed in a scenario, and what was looked at in between.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::recording::read_json;

/// A scenario: what was done, and where it was looked at.
pub(super) struct Scenario {
    /// What was typed, in order.
    pub(super) actions: Vec<Action>,
    /// The places where it was looked at, in order of time.
    pub(super) checkpoints: Vec<Checkpoint>,
}

/// A command of the scenario.
pub(super) struct Action {
    pub(super) line: String,
    /// What the command read, for `-f -`.
    pub(super) input: Option<String>,
    /// Standard output and error, as they came.
    pub(super) printed: String,
    pub(super) code: i32,
}

/// A moment at which several commands were run.
pub(super) struct Checkpoint {
    pub(super) name: String,
    pub(super) looks: Vec<Look>,
}

/// A command of a checkpoint.
pub(super) struct Look {
    pub(super) line: String,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) code: i32,
}

/// The folders of all scenarios.
pub(super) fn scenarios(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join("kubectl-text")) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("actions.txt").is_file())
        .collect();
    found.sort();
    found
}

/// Reads a scenario. The texts do not hold the manifests that were applied: the recording of the
/// same scenario under `traces` does.
///
/// # Errors
/// What is missing, in words.
pub(super) fn read(folder: &Path, scenario: &Path) -> Result<Scenario, String> {
    let name = scenario.file_name().unwrap_or_default();
    let text = fs::read_to_string(scenario.join("actions.txt")).map_err(|why| why.to_string())?;
    let own = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/oracle"));
    let manifests = [folder, own]
        .iter()
        .find_map(|folder| inputs(&folder.join("traces").join(name).join("actions.json")));
    let mut manifests = manifests.unwrap_or_default().into_iter();
    let mut actions = actions(&text)?;
    for action in actions.iter_mut().filter(|action| action.line.contains("-f -")) {
        action.input = Some(manifests.next().ok_or("what was applied is not recorded")?);
    }
    Ok(Scenario { actions, checkpoints: checkpoints(scenario)? })
}

/// What the commands of a trace read, in order.
fn inputs(file: &Path) -> Option<Vec<String>> {
    let trace = read_json(file)?;
    let actions = trace["actions"].as_array()?;
    Some(actions.iter().filter_map(|action| action["stdin"].as_str()).map(Into::into).collect())
}

/// `$ command`, what it printed, and `[rc=0]`.
fn actions(text: &str) -> Result<Vec<Action>, String> {
    let mut actions: Vec<Action> = Vec::new();
    for line in text.lines() {
        if let Some(line) = line.strip_prefix("$ ") {
            let (line, printed) = (line.to_owned(), String::new());
            actions.push(Action { line, input: None, printed, code: 0 });
            continue;
        }
        let action = actions.last_mut().ok_or("the text does not begin with a command")?;
        let code = line.strip_prefix("[rc=").and_then(|rest| rest.strip_suffix(']'));
        match code.and_then(|code| code.parse().ok()) {
            Some(code) => action.code = code,
            None => action.printed.extend([line, "\n"]),
        }
    }
    Ok(actions)
}

fn checkpoints(scenario: &Path) -> Result<Vec<Checkpoint>, String> {
    let mut folders: Vec<PathBuf> = fs::read_dir(scenario)
        .map_err(|why| why.to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    let read = |folder: PathBuf| {
        let index = read_json(&folder.join("index.json")).ok_or("a checkpoint without an index")?;
        let commands = index["commands"].as_array().ok_or("an index without commands")?;
        let looks = commands.iter().filter_map(|command| {
            let text = fs::read_to_string(folder.join(command["file"].as_str()?)).ok()?;
            Some(Look {
                line: command["cmd"].as_str()?.to_owned(),
                stdout: text.split("\n--- stderr ---\n").next().unwrap_or_default().to_owned(),
                stderr: command["stderr"].as_str().unwrap_or_default().to_owned(),
                code: i32::try_from(command["rc"].as_i64().unwrap_or(0)).ok()?,
            })
        });
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Checkpoint { name, looks: looks.collect() })
    };
    folders.into_iter().map(read).collect()
}
