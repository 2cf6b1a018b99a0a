//! `rollscope run`: manifests and a script, and the story of what happens.

use std::fmt::Write as _;
use std::io::Write as _;

use rollscope_sim::apiserver::WatchEvent;
use rollscope_sim::kubectl::stream::StreamId;
use rollscope_sim::report::Report;
use rollscope_sim::trace::story::story;
use rollscope_sim::trace::trace;
use rollscope_sim::{Advance, Cluster, Command, Config, Instant, why};

use crate::Failure;
use crate::args::{ReportForm, RunOptions};
use crate::plan::{Action, Manifest, Plan, Step};

/// The most occurrences of one run: some minutes of computing.
const BUDGET: u64 = 1_000_000_000;

/// Runs what the options say and prints it.
pub(crate) fn run(options: &RunOptions) -> Result<(), Failure> {
    let plan = Plan::of(options)?;
    let mut session = Session::new(plan.config, options.quiet);
    for manifest in &plan.manifests {
        session.apply(manifest)?;
    }
    for step in &plan.steps {
        session.advance_to(step.at)?;
        session.take_step(step);
    }
    session.advance_to(plan.end)?;
    let text = session.text(options);
    // A reader that stops reading, such as `head`, is no mistake.
    let _ = std::io::stdout().write_all(text.as_bytes());
    session.failed_commands()
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
    fn new(config: Config, quiet: bool) -> Self {
        let mut cluster = Cluster::new(config);
        if !quiet {
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

    fn apply(&mut self, manifest: &Manifest) -> Result<(), Failure> {
        let name = &manifest.name;
        let output = self.cluster.apply(&Command::apply(&manifest.text));
        self.print(&format!("$ kubectl apply -f {name}"), &output.stdout, &output.stderr);
        if output.code == 0 {
            Ok(())
        } else {
            Err(Failure::Input(format!("{name}: {}", output.stderr.trim_end())))
        }
    }

    /// Does what a step says; what fails is told at the end.
    fn take_step(&mut self, step: &Step) {
        for deed in &step.deeds {
            match deed {
                Action::Command(command) => self.give(command, step.line),
                Action::Apply(manifest) => {
                    if let Err(Failure::Input(why) | Failure::Usage(why)) = self.apply(manifest) {
                        self.failed.push(format!("line {}: {why}", step.line));
                    }
                }
            }
        }
    }

    fn give(&mut self, command: &Command, line: u32) {
        let output = self.cluster.apply(command);
        let typed = command.text();
        let prompt = if matches!(command, Command::Kubectl { .. }) { "$ " } else { "" };
        self.print(&format!("{prompt}{typed}"), &output.stdout, &output.stderr);
        if output.code != 0 {
            let why = output.stderr.trim_end();
            let typed = typed.strip_prefix("kubectl ").unwrap_or(&typed);
            self.failed.push(format!("line {line}: {typed}: {why}"));
        }
        self.streams.extend(output.stream);
    }

    fn print(&mut self, command: &str, stdout: &str, stderr: &str) {
        let now = self.cluster.now();
        self.printed.push((now, command.to_owned()));
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
        for object in &options.why {
            text.push_str(&self.why(object));
        }
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

    /// Why an object is as it is at the end. What cannot be answered is a failure of the run.
    fn why(&mut self, object: &str) -> String {
        match why::why(&self.cluster, object) {
            Ok(chain) => format!("\nwhy {object}\n{}", why::text(&chain)),
            Err(error) => {
                self.failed.push(format!("--why {object}: {error}"));
                String::new()
            }
        }
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
