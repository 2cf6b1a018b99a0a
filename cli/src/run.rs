//! `rollscope run`: manifests and a script, and the story of what happens.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use rollscope_sim::apiserver::WatchEvent;
use rollscope_sim::kubectl::stream::StreamId;
use rollscope_sim::manifest;
use rollscope_sim::report::Report;
use rollscope_sim::trace::story::story;
use rollscope_sim::trace::trace;
use rollscope_sim::{Advance, Cluster, Command, Config, Duration, Instant};

use crate::Failure;
use crate::args::{ReportForm, RunOptions};
use crate::script::{Timed, parse_script};

/// How long a run goes on after its last command when nothing says how long.
const AFTERMATH: Duration = Duration::from_secs(60);
/// The most occurrences of one run: some minutes of computing.
const BUDGET: u64 = 1_000_000_000;

/// Runs what the options say and prints it.
pub(crate) fn run(options: &RunOptions) -> Result<(), Failure> {
    let manifests: Vec<(String, String)> =
        options.manifests.iter().map(|path| read_manifest(path)).collect::<Result<_, _>>()?;
    let script = options.script.as_deref().map(read_script).transpose()?.unwrap_or_default();
    let mut session = Session::new(options);
    for (name, text) in &manifests {
        session.apply(name, text)?;
    }
    for timed in &script {
        session.advance_to(timed.at)?;
        session.kubectl(timed);
    }
    let last = script.last().map_or(Instant::BOOT, |timed| timed.at);
    let end = options.duration.map_or(last + AFTERMATH, |time| Instant::BOOT + time);
    session.advance_to(end.max(last))?;
    let text = session.text(options);
    // A reader that stops reading, such as `head`, is no mistake.
    let _ = std::io::stdout().write_all(text.as_bytes());
    session.failed_commands()
}

fn read(path: &Path) -> Result<(String, String), Failure> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((name, text)),
        Err(error) => Err(Failure::Input(format!("{name}: cannot be read: {error}"))),
    }
}

/// Reads a manifest; every problem in it is told with its place.
fn read_manifest(path: &Path) -> Result<(String, String), Failure> {
    let (name, text) = read(path)?;
    let (_, diagnostics) = manifest::check(&text);
    let mut problems = String::new();
    for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.is_error()) {
        let (line, column) = (diagnostic.line, diagnostic.column);
        let _ = write!(problems, "{name}:{line}:{column}: error: {}", diagnostic.message);
        if let Some(suggestion) = &diagnostic.suggestion {
            let _ = write!(problems, " (did you mean {suggestion}?)");
        }
        problems.push('\n');
    }
    match problems.trim_end() {
        "" => Ok((name, text)),
        problems => Err(Failure::Input(problems.to_owned())),
    }
}

fn read_script(path: &Path) -> Result<Vec<Timed>, Failure> {
    let (name, text) = read(path)?;
    parse_script(&text).map_err(|error| {
        let (line, column) = (error.line, error.column);
        Failure::Input(format!("{name}:{line}:{column}: error: {}", error.message))
    })
}

/// A run in progress and what it has printed.
struct Session {
    cluster: Cluster,
    events: Vec<WatchEvent>,
    /// What commands printed, and when.
    printed: Vec<(Instant, String)>,
    streams: Vec<StreamId>,
    failed: Vec<String>,
}

impl Session {
    fn new(options: &RunOptions) -> Self {
        let mut config = Config::with_seed(1);
        options.knobs.turn(&mut config);
        let mut cluster = Cluster::new(config);
        if !options.quiet {
            cluster.keep_records();
        }
        Self {
            cluster,
            events: Vec::new(),
            printed: Vec::new(),
            streams: Vec::new(),
            failed: Vec::new(),
        }
    }

    fn apply(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        let output = self.cluster.apply(&Command::apply(text));
        self.print(&format!("apply -f {name}"), &output.stdout, &output.stderr);
        if output.code == 0 {
            Ok(())
        } else {
            Err(Failure::Input(format!("{name}: {}", output.stderr.trim_end())))
        }
    }

    fn kubectl(&mut self, timed: &Timed) {
        let command = timed.command.strip_prefix("kubectl ").unwrap_or(&timed.command);
        let output = self.cluster.apply(&Command::kubectl(command));
        self.print(command, &output.stdout, &output.stderr);
        if output.code != 0 {
            let why = output.stderr.trim_end();
            self.failed.push(format!("line {}: {}: {why}", timed.line, timed.command));
        }
        self.streams.extend(output.stream);
    }

    fn print(&mut self, command: &str, stdout: &str, stderr: &str) {
        let now = self.cluster.now();
        self.printed.push((now, format!("$ kubectl {command}")));
        let lines = stdout.lines().chain(stderr.lines());
        self.printed.extend(lines.map(|line| (now, format!("  {line}"))));
    }

    fn advance_to(&mut self, target: Instant) -> Result<(), Failure> {
        let outcome = self.cluster.advance_to(target, BUDGET);
        self.events.extend(self.cluster.take_writes());
        self.cluster.take_traffic();
        match outcome {
            Advance::Arrived => Ok(()),
            Advance::OutOfBudget => Err(Failure::Input(format!(
                "the run is too long: {BUDGET} steps brought it to {} s only; choose a shorter --for",
                self.cluster.now()
            ))),
        }
    }

    /// What is printed at the end.
    fn text(&mut self, options: &RunOptions) -> String {
        let mut text = match (options.quiet, options.json) {
            (true, _) => String::new(),
            (false, true) => self.json(),
            (false, false) => self.story(),
        };
        match options.report {
            None => {}
            Some(ReportForm::Text) => {
                let gap = if text.is_empty() { "" } else { "\n" };
                let _ = write!(text, "{gap}{}", Report::of(&self.cluster).to_text());
            }
            Some(ReportForm::Json) => {
                let _ = writeln!(text, "{}", Report::of(&self.cluster).to_json());
            }
        }
        text
    }

    fn json(&self) -> String {
        let lines = trace(&self.events);
        lines.iter().flat_map(|line| [line.to_json(), "\n".to_owned()]).collect()
    }

    /// What happened and what commands printed, in order of time.
    fn story(&mut self) -> String {
        for stream in std::mem::take(&mut self.streams) {
            let (lines, _) = self.cluster.read_stream(stream);
            self.printed
                .extend(lines.into_iter().map(|line| (line.at, format!("  {}", line.text))));
        }
        let mut lines = std::mem::take(&mut self.printed);
        lines.extend(story(&trace(&self.events)));
        lines.sort_by_key(|(at, _)| *at);
        let mut text = String::new();
        for (at, line) in lines {
            let _ = writeln!(text, "{:>9}  {line}", at.to_string());
        }
        let (sent, failed) = self.cluster.request_totals();
        let _ = writeln!(text, "{sent} requests sent, {failed} failed");
        text
    }

    fn failed_commands(&self) -> Result<(), Failure> {
        if self.failed.is_empty() { Ok(()) } else { Err(Failure::Input(self.failed.join("\n"))) }
    }
}
