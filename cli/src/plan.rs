//! What a run does, from the files that say so: a scenario, or manifests and a script.

use std::fmt::Write as _;
use std::path::Path;

use rollscope_sim::manifest::{self, Diagnostic};
use rollscope_sim::scenario::{self, Deed, Scenario, Source};
use rollscope_sim::{Command, Config, Duration, Instant};

use crate::Failure;
use crate::args::RunOptions;
use crate::script::parse_script;

/// How long a run goes on after its last command when nothing says how long.
const AFTERMATH: Duration = Duration::from_secs(60);

/// A manifest and the name it goes by.
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// What is done at an instant.
pub(crate) struct Step {
    pub(crate) at: Instant,
    /// The line that says so.
    pub(crate) line: u32,
    pub(crate) deeds: Vec<Action>,
}

pub(crate) enum Action {
    Command(Command),
    Apply(Manifest),
}

/// All of a run.
pub(crate) struct Plan {
    pub(crate) config: Config,
    pub(crate) manifests: Vec<Manifest>,
    pub(crate) steps: Vec<Step>,
    pub(crate) end: Instant,
}

impl Plan {
    /// Reads the files the options name. Every problem is told with its place.
    pub(crate) fn of(options: &RunOptions) -> Result<Self, Failure> {
        let scenario = options.scenario.as_deref().map(read_scenario).transpose()?;
        let mut config = Config::with_seed(1);
        let (mut manifests, mut steps, mut length) = (Vec::new(), Vec::new(), None);
        if let (Some((name, scenario)), Some(path)) = (scenario, options.scenario.as_deref()) {
            let folder = path.parent().unwrap_or_else(|| Path::new(""));
            config = scenario.config;
            length = scenario.length;
            for source in scenario.manifests {
                manifests.push(load(&source, &name, folder)?);
            }
            for step in scenario.steps {
                steps.push(load_step(step, &name, folder)?);
            }
        }
        for path in &options.manifests {
            let (name, text) = read(path)?;
            check(&name, &text, 0, 0)?;
            manifests.push(Manifest { name, text });
        }
        if let Some(path) = options.script.as_deref() {
            steps.extend(read_script(path)?);
        }
        options.knobs.turn(&mut config);
        let last = steps.last().map_or(Instant::BOOT, |step| step.at);
        let end = options.duration.or(length).map_or(last + AFTERMATH, |time| Instant::BOOT + time);
        Ok(Self { config, manifests, steps, end: end.max(last) })
    }
}

fn read(path: &Path) -> Result<(String, String), Failure> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((name, text)),
        Err(error) => Err(Failure::Input(format!("{name}: cannot be read: {error}"))),
    }
}

fn read_scenario(path: &Path) -> Result<(String, Scenario), Failure> {
    let (name, text) = read(path)?;
    let scenario = scenario::read(&text)
        .map_err(|problems| Failure::Input(located(&name, &problems, 0, 0)))?;
    Ok((name, scenario))
}

fn load_step(step: scenario::Step, name: &str, folder: &Path) -> Result<Step, Failure> {
    let scenario::Step { at, line, deeds } = step;
    let action = |deed| match deed {
        Deed::Command(command) => Ok(Action::Command(command)),
        Deed::Apply(source) => load(&source, name, folder).map(Action::Apply),
    };
    let deeds = deeds.into_iter().map(action).collect::<Result<_, _>>()?;
    Ok(Step { at, line, deeds })
}

fn load(source: &Source, scenario: &str, folder: &Path) -> Result<Manifest, Failure> {
    match source {
        Source::File { path, line, column } => {
            let (name, text) = read(&folder.join(&**path)).map_err(|failure| match failure {
                Failure::Input(why) => {
                    Failure::Input(format!("{scenario}:{line}:{column}: error: {why}"))
                }
                usage @ Failure::Usage(_) => usage,
            })?;
            check(&name, &text, 0, 0)?;
            Ok(Manifest { name, text })
        }
        Source::Text { text, lines_before, indent } => {
            check(scenario, text, *lines_before, *indent)?;
            Ok(Manifest { name: scenario.to_owned(), text: text.to_string() })
        }
    }
}

/// Checks a manifest that stands so many lines and columns into its file.
fn check(name: &str, text: &str, lines: u32, columns: u32) -> Result<(), Failure> {
    let (_, diagnostics) = manifest::check(text);
    let errors: Vec<Diagnostic> = diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    match located(name, &errors, lines, columns) {
        problems if problems.is_empty() => Ok(()),
        problems => Err(Failure::Input(problems)),
    }
}

/// One line a problem: `file:line:column: error: what is wrong`.
fn located(name: &str, problems: &[Diagnostic], lines: u32, columns: u32) -> String {
    let mut text = String::new();
    for problem in problems {
        let (line, column) = (problem.line + lines, problem.column + columns);
        let _ = write!(text, "{name}:{line}:{column}: error: {}", problem.message);
        if let Some(suggestion) = &problem.suggestion {
            let _ = write!(text, " (did you mean {suggestion}?)");
        }
        text.push('\n');
    }
    text.trim_end().to_owned()
}

fn read_script(path: &Path) -> Result<Vec<Step>, Failure> {
    let (name, text) = read(path)?;
    let commands = parse_script(&text).map_err(|error| {
        let (line, column) = (error.line, error.column);
        Failure::Input(format!("{name}:{line}:{column}: error: {}", error.message))
    })?;
    let step = |timed: crate::script::Timed| {
        let command = timed.command.strip_prefix("kubectl ").unwrap_or(&timed.command);
        let line = u32::try_from(timed.line).unwrap_or(u32::MAX);
        Step { at: timed.at, line, deeds: vec![Action::Command(Command::kubectl(command))] }
    };
    Ok(commands.into_iter().map(step).collect())
}
