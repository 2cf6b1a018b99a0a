//! `rollscope shell`: lines from standard input, typed at a simulated cluster in virtual time.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use rollscope_sim::api::Value;
use rollscope_sim::api::value::map;
use rollscope_sim::terminal::Terminal;
use rollscope_sim::{Advance, Cluster, Command, Config, Duration, Instant};

use crate::Failure;
use crate::args::Knobs;

/// The most occurrences that may happen while a line runs.
const BUDGET: u64 = 100_000_000;
/// How long a line may run before it is interrupted.
const PATIENCE: Duration = Duration::from_secs(24 * 3_600);

/// Options of `shell`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ShellOptions {
    pub(crate) manifests: Vec<PathBuf>,
    pub(crate) namespace: String,
    pub(crate) json: bool,
    /// How much time passes between two lines.
    pub(crate) pace: Duration,
    pub(crate) knobs: Knobs,
}

/// Runs the lines; the exit code is that of the last one.
pub(crate) fn run(options: &ShellOptions) -> Result<u8, Failure> {
    let mut config = Config::with_seed(1);
    options.knobs.turn(&mut config);
    let mut shell = Shell {
        cluster: Cluster::new(config),
        terminal: Terminal::new(&options.namespace),
        json: options.json,
    };
    for path in &options.manifests {
        shell.load(path)?;
    }
    let stdin = std::io::stdin();
    let prompts = stdin.is_terminal() && !options.json;
    let mut code = 0;
    let mut lines = stdin.lock().lines();
    loop {
        if prompts {
            print!("$ ");
            let _ = std::io::stdout().flush();
        }
        let Some(line) = lines.next() else { break };
        let line = line.map_err(|error| Failure::Input(format!("standard input: {error}")))?;
        match line.trim() {
            "" => continue,
            comment if comment.starts_with('#') => continue,
            "exit" => break,
            line => code = shell.line(line)?,
        }
        let next = shell.cluster.now() + options.pace;
        shell.advance(next)?;
    }
    Ok(u8::try_from(code.clamp(0, 255)).unwrap_or(u8::MAX))
}

struct Shell {
    cluster: Cluster,
    terminal: Terminal,
    json: bool,
}

impl Shell {
    /// Applies a manifest and puts it into the terminal's directory.
    fn load(&mut self, path: &std::path::Path) -> Result<(), Failure> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::Input(format!("{shown}: cannot be read: {error}")))?;
        let output = self.cluster.apply(&Command::apply(&text));
        if output.code != 0 {
            return Err(Failure::Input(format!("{shown}: {}", output.stderr.trim_end())));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        self.terminal
            .write_file(&name.unwrap_or_default(), &text)
            .map_err(|_| Failure::Input(format!("{shown}: the terminal has no space for it")))
    }

    /// Runs a line to its end and prints what it prints, when it does.
    fn line(&mut self, line: &str) -> Result<i32, Failure> {
        let started = self.cluster.now();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.terminal.start(&mut self.cluster, line, None);
        let code = loop {
            let printed = self.terminal.poll(&mut self.cluster);
            if self.json {
                stdout.push_str(&printed.stdout);
                stderr.push_str(&printed.stderr);
            } else {
                // A reader that stops reading, such as `head`, is no mistake.
                let _ = std::io::stdout().write_all(printed.stdout.as_bytes());
                let _ = std::io::stderr().write_all(printed.stderr.as_bytes());
            }
            if let Some(code) = printed.code {
                break code;
            }
            let next =
                [self.cluster.next_at(), self.terminal.next_at()].into_iter().flatten().min();
            match next.filter(|next| *next <= started + PATIENCE) {
                Some(next) => self.advance(next)?,
                None => self.terminal.interrupt(&mut self.cluster),
            }
        };
        if self.json {
            println!("{}", Self::record(started, line, &stdout, &stderr, code));
        }
        Ok(code)
    }

    fn record(at: Instant, line: &str, stdout: &str, stderr: &str, code: i32) -> String {
        let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
        map([
            ("t_ms", Value::Int(millis)),
            ("line", line.into()),
            ("stdout", stdout.into()),
            ("stderr", stderr.into()),
            ("code", Value::Int(i64::from(code))),
        ])
        .to_json()
    }

    fn advance(&mut self, target: Instant) -> Result<(), Failure> {
        let outcome = self.cluster.advance_to(target, BUDGET);
        // Nobody asks for the writes one by one.
        self.cluster.take_writes();
        self.cluster.take_traffic();
        match outcome {
            Advance::Arrived => Ok(()),
            Advance::OutOfBudget => Err(Failure::Input(format!(
                "the line runs too long: {BUDGET} steps brought it to {} s only",
                self.cluster.now()
            ))),
        }
    }
}
