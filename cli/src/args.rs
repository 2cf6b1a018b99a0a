//! The command line: words to options, and the help texts.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};
use rollscope_sim::cluster::{MAX_GPUS_PER_NODE, MAX_NODES};
use rollscope_sim::network::clients::{MAX_CLIENTS, MAX_RATE, check_time};
use rollscope_sim::{Config, Duration};

use crate::Failure;
use crate::lint::LintOptions;
use crate::script::parse_duration;
use crate::shell::ShellOptions;

const HELP: &str = "\
rollscope simulates Kubernetes rollouts: the controllers, the scheduler and the kubelet of a small
cluster, in virtual time. The same input gives the same run, everywhere.

Usage:
  rollscope run MANIFEST... [--script FILE] [--for TIME] [--report text|json] [--rps N] ...
  rollscope run --scenario FILE [--report text|json] ...
  rollscope lint MANIFEST... [--preflight] [--json]
  rollscope shell [MANIFEST...] [--json] [--pace TIME] ...
  rollscope replay DIR [--seed N]
  rollscope help [run|lint|shell|replay]

A first run:
  rollscope run inference-v1.yaml --for 30s

The same, and then a new version at 20 s:
  echo '20s set env deployment/inference VERSION=v2' > roll.txt
  rollscope run inference-v1.yaml --script roll.txt --for 60s
";

const HELP_RUN: &str = "\
Applies manifests to an empty cluster of three nodes and prints what happens.

Usage: rollscope run MANIFEST... [options]
       rollscope run --scenario FILE [MANIFEST...] [options]

  --scenario FILE knobs, manifests and timed commands in one YAML document; options given here win
  --script FILE   timed kubectl commands, one a line: `TIME COMMAND`. TIME is counted from the
                  start (20s, 1m30s) or, with a +, from the command before (+5s).
                  Empty lines and lines that begin with # are skipped.
  --for TIME      how long to run (default: until 60s after the last command)
  --seed N        the seed of everything random (default 1)
  --nodes N       how many nodes there are, at most 1000 (default 3)
  --gpus-per-node N
                  GPUs of each node, at most 64 (default 4)
  --rps N         requests a second to each Service, at most 10000 (default 20)
  --clients N     how many clients send them, spread over the nodes (default 30)
  --proxy-lag TIME
                  how long it takes at most until every node's kube-proxy follows a change of the
                  endpoints (default 1s)
  --why OBJECT    end with why an object is as it is, link by link: deployment/NAME, pod/NAME,
                  service/NAME, `request` for the first one that failed, `command` for the last one
                  that was refused. May be given several times
  --json          one JSON object a line for every write, instead of the story
  --report FORM   end with a report of the requests, rollouts and GPUs: text, or json as one object
                  on the last line
  --quiet         print the report only

The story has a line for every change: the moment in seconds, the pods of each ReplicaSet
(● Ready, ○ not Ready, × terminating) and what happened.
";

const HELP_LINT: &str = "\
Checks manifests as an API server would, and prints every problem with its line and column.

Usage: rollscope lint MANIFEST... [--preflight] [--json] [options]

  -               stands for standard input
  --preflight     then tries each manifest on a simulated cluster: applies it, releases the next
                  version, takes it back, drains a node. Prints what is likely to go wrong, what the
                  run showed of it, and the change after which the run no longer does
  --json          one JSON object a line for every problem: file, severity, line, column, end_line,
                  end_column, path, message, suggestion. For every finding of the preflight: file, id,
                  severity (failure, risk, hint), title, object, path, line, column, end_line,
                  end_column, explanation, shown, evidence, fix (null, or title, line, column,
                  end_line, end_column, text, after)
  --seed, --nodes, --gpus-per-node, --rps, --clients, --proxy-lag
                  the cluster of the preflight, as for `rollscope run`

Ends with 1 when there are errors or failures; warnings, risks and hints alone are no failure.
";

const HELP_SHELL: &str = "\
A terminal at a simulated cluster: reads lines and runs them in virtual time. A line is what one
types in a shell: kubectl commands, pipes to grep, wc or sort, loops, `sleep 30`.

Usage: rollscope shell [MANIFEST...] [options] < LINES

  MANIFEST        is applied before the first line, and is a file in the terminal's directory
  --namespace NAME
                  the namespace of the terminal's context (default default)
  --pace TIME     how much time passes between two lines (default 100ms)
  --json          one JSON object a line for every line typed: t_ms, line, stdout, stderr, code
  --seed, --nodes, --gpus-per-node, --rps, --clients, --proxy-lag
                  as for `rollscope run`

Ends with the exit code of the last line. A line that never ends is interrupted after a virtual day.
";

const HELP_REPLAY: &str = "\
Replays a recorded session: the commands of DIR/actions.json at their times. Prints a summary as
JSON: sizes of the ReplicaSets step by step, scaling events, conditions, pods, the final state.

Usage: rollscope replay DIR [--seed N]
";

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Help(&'static str),
    Version,
    Run(RunOptions),
    Replay(ReplayOptions),
    Lint(LintOptions),
    Shell(ShellOptions),
}

/// Options of `run`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RunOptions {
    pub(crate) manifests: Vec<PathBuf>,
    pub(crate) scenario: Option<PathBuf>,
    pub(crate) script: Option<PathBuf>,
    pub(crate) duration: Option<Duration>,
    pub(crate) json: bool,
    pub(crate) report: Option<ReportForm>,
    pub(crate) quiet: bool,
    pub(crate) why: Vec<String>,
    pub(crate) knobs: Knobs,
}

/// How the report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportForm {
    Text,
    Json,
}

/// Knobs that were turned.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Knobs {
    pub(crate) seed: Option<u64>,
    pub(crate) nodes: Option<u32>,
    pub(crate) gpus_per_node: Option<u32>,
    pub(crate) rps: Option<u32>,
    pub(crate) clients: Option<u32>,
    pub(crate) proxy_lag: Option<Duration>,
}

impl Knobs {
    /// The flags that turn them.
    const FLAGS: [&str; 6] = ["seed", "nodes", "gpus-per-node", "rps", "clients", "proxy-lag"];

    /// Reads the value of one of the flags.
    fn read(&mut self, parser: &mut lexopt::Parser, flag: &str) -> Result<(), Failure> {
        match flag {
            "seed" => self.seed = Some(number(parser, "--seed")?),
            "nodes" => self.nodes = Some(up_to(parser, "--nodes", MAX_NODES)?),
            "gpus-per-node" => {
                self.gpus_per_node = Some(up_to(parser, "--gpus-per-node", MAX_GPUS_PER_NODE)?);
            }
            "rps" => self.rps = Some(up_to(parser, "--rps", MAX_RATE)?),
            "clients" => self.clients = Some(clients(parser)?),
            _ => self.proxy_lag = Some(proxy_lag(parser)?),
        }
        Ok(())
    }

    /// Turns them on a configuration.
    pub(crate) fn turn(&self, config: &mut Config) {
        let set = |knob: &mut u32, value: Option<u32>| *knob = value.unwrap_or(*knob);
        set(&mut config.nodes, self.nodes);
        set(&mut config.request_rate, self.rps);
        set(&mut config.clients.count, self.clients);
        config.seed = self.seed.unwrap_or(config.seed);
        config.proxy_lag = self.proxy_lag.unwrap_or(config.proxy_lag);
        if let Some(gpus) = self.gpus_per_node {
            config.node_resources.insert("nvidia.com/gpu".into(), i64::from(gpus) * 1_000);
        }
    }
}

/// Options of `replay`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ReplayOptions {
    pub(crate) folder: PathBuf,
    pub(crate) seed: u64,
}

/// Reads the command line.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Mode, Failure> {
    match parser.next().map_err(|error| usage(&error))? {
        None | Some(Short('h') | Long("help")) => Ok(Mode::Help(HELP)),
        Some(Short('V') | Long("version")) => Ok(Mode::Version),
        Some(Value(word)) => match word.to_str() {
            Some("help") => help(&mut parser),
            Some("run") => parse_run(&mut parser),
            Some("replay") => parse_replay(&mut parser),
            Some("lint") => parse_lint(&mut parser),
            Some("shell") => parse_shell(&mut parser),
            _ => Err(Failure::Usage(format!("unknown command {}", quoted(&word)))),
        },
        Some(other) => Err(usage(&other.unexpected())),
    }
}

fn help(parser: &mut lexopt::Parser) -> Result<Mode, Failure> {
    match parser.next().map_err(|error| usage(&error))? {
        Some(Value(topic)) if topic == "run" => Ok(Mode::Help(HELP_RUN)),
        Some(Value(topic)) if topic == "replay" => Ok(Mode::Help(HELP_REPLAY)),
        Some(Value(topic)) if topic == "lint" => Ok(Mode::Help(HELP_LINT)),
        Some(Value(topic)) if topic == "shell" => Ok(Mode::Help(HELP_SHELL)),
        Some(Value(topic)) => Err(Failure::Usage(format!("no help on {}", quoted(&topic)))),
        _ => Ok(Mode::Help(HELP)),
    }
}

fn parse_run(parser: &mut lexopt::Parser) -> Result<Mode, Failure> {
    let mut options = RunOptions {
        manifests: Vec::new(),
        scenario: None,
        script: None,
        duration: None,
        json: false,
        report: None,
        quiet: false,
        why: Vec::new(),
        knobs: Knobs::default(),
    };
    while let Some(word) = parser.next().map_err(|error| usage(&error))? {
        match word {
            Short('h') | Long("help") => return Ok(Mode::Help(HELP_RUN)),
            Long("scenario") => {
                options.scenario = Some(parser.value().map_err(|error| usage(&error))?.into());
            }
            Long("script") => {
                options.script = Some(parser.value().map_err(|error| usage(&error))?.into());
            }
            Long("for") => options.duration = Some(duration(parser, "--for")?),
            Long("report") => options.report = Some(report_form(parser)?),
            Long("quiet") => options.quiet = true,
            Long("why") => {
                let value = parser.value().map_err(|error| usage(&error))?;
                options.why.push(value.to_string_lossy().into_owned());
            }
            Long("json") => options.json = true,
            Value(path) => options.manifests.push(path.into()),
            Long(flag) if Knobs::FLAGS.contains(&flag) => {
                let flag = flag.to_owned();
                options.knobs.read(parser, &flag)?;
            }
            other => return Err(usage(&other.unexpected())),
        }
    }
    if options.manifests.is_empty() && options.scenario.is_none() {
        let message = "run wants at least one manifest, or a --scenario";
        return Err(Failure::Usage(message.to_owned()));
    }
    if options.script.is_some() && options.scenario.is_some() {
        let message = "--script and --scenario both say what is done when: use one of them";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(Mode::Run(options))
}

fn parse_lint(parser: &mut lexopt::Parser) -> Result<Mode, Failure> {
    let mut options = LintOptions {
        manifests: Vec::new(),
        json: false,
        preflight: false,
        knobs: Knobs::default(),
    };
    while let Some(word) = parser.next().map_err(|error| usage(&error))? {
        match word {
            Short('h') | Long("help") => return Ok(Mode::Help(HELP_LINT)),
            Long("json") => options.json = true,
            Long("preflight") => options.preflight = true,
            Value(path) => options.manifests.push(path.into()),
            Long(flag) if Knobs::FLAGS.contains(&flag) => {
                let flag = flag.to_owned();
                options.knobs.read(parser, &flag)?;
            }
            other => return Err(usage(&other.unexpected())),
        }
    }
    if options.manifests.is_empty() {
        return Err(Failure::Usage("lint wants at least one manifest".to_owned()));
    }
    Ok(Mode::Lint(options))
}

fn parse_shell(parser: &mut lexopt::Parser) -> Result<Mode, Failure> {
    let mut options = ShellOptions {
        manifests: Vec::new(),
        namespace: "default".to_owned(),
        json: false,
        pace: Duration::from_millis(100),
        knobs: Knobs::default(),
    };
    while let Some(word) = parser.next().map_err(|error| usage(&error))? {
        match word {
            Short('h') | Long("help") => return Ok(Mode::Help(HELP_SHELL)),
            Long("json") => options.json = true,
            Long("pace") => options.pace = duration(parser, "--pace")?,
            Short('n') | Long("namespace") => {
                let value = parser.value().map_err(|error| usage(&error))?;
                options.namespace = value.to_string_lossy().into_owned();
            }
            Value(path) => options.manifests.push(path.into()),
            Long(flag) if Knobs::FLAGS.contains(&flag) => {
                let flag = flag.to_owned();
                options.knobs.read(parser, &flag)?;
            }
            other => return Err(usage(&other.unexpected())),
        }
    }
    Ok(Mode::Shell(options))
}

fn parse_replay(parser: &mut lexopt::Parser) -> Result<Mode, Failure> {
    let (mut folder, mut seed) = (None, 1);
    while let Some(word) = parser.next().map_err(|error| usage(&error))? {
        match word {
            Short('h') | Long("help") => return Ok(Mode::Help(HELP_REPLAY)),
            Long("seed") => seed = number(parser, "--seed")?,
            Value(path) if folder.is_none() => folder = Some(PathBuf::from(path)),
            other => return Err(usage(&other.unexpected())),
        }
    }
    let folder = folder.ok_or_else(|| Failure::Usage("replay wants a folder".to_owned()))?;
    Ok(Mode::Replay(ReplayOptions { folder, seed }))
}

fn number<T: std::str::FromStr>(parser: &mut lexopt::Parser, flag: &str) -> Result<T, Failure> {
    let value = parser.value().map_err(|error| usage(&error))?;
    let text = value.to_string_lossy();
    text.parse().map_err(|_| Failure::Usage(format!("{flag} wants a number, not '{text}'")))
}

fn up_to(parser: &mut lexopt::Parser, flag: &str, most: u32) -> Result<u32, Failure> {
    let value = number(parser, flag)?;
    if value > most {
        return Err(Failure::Usage(format!("{flag} is at most {most}, not {value}")));
    }
    Ok(value)
}

fn clients(parser: &mut lexopt::Parser) -> Result<u32, Failure> {
    match up_to(parser, "--clients", MAX_CLIENTS)? {
        0 => Err(Failure::Usage("--clients is at least 1; --rps 0 sends nothing".to_owned())),
        clients => Ok(clients),
    }
}

fn proxy_lag(parser: &mut lexopt::Parser) -> Result<Duration, Failure> {
    let lag = duration(parser, "--proxy-lag")?;
    check_time("--proxy-lag", lag).map_err(Failure::Usage)?;
    Ok(lag)
}

fn report_form(parser: &mut lexopt::Parser) -> Result<ReportForm, Failure> {
    let value = parser.value().map_err(|error| usage(&error))?;
    match value.to_str() {
        Some("text") => Ok(ReportForm::Text),
        Some("json") => Ok(ReportForm::Json),
        _ => Err(Failure::Usage(format!("--report wants text or json, not {}", quoted(&value)))),
    }
}

fn duration(parser: &mut lexopt::Parser, flag: &str) -> Result<Duration, Failure> {
    let text =
        parser.value().map_err(|error| usage(&error))?.string().map_err(|error| usage(&error))?;
    parse_duration(&text).ok_or_else(|| {
        Failure::Usage(format!("{flag} wants a time such as 500ms, 90s, 5m or 1h, not '{text}'"))
    })
}

fn quoted(word: &OsString) -> String {
    format!("'{}'", word.to_string_lossy())
}

fn usage(error: &lexopt::Error) -> Failure {
    Failure::Usage(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Mode, Failure> {
        parse(lexopt::Parser::from_args(words))
    }

    #[test]
    fn run_takes_manifests_and_options_in_any_order() {
        let Ok(Mode::Run(options)) = parsed(&["run", "a.yaml", "--for", "90s", "b.yaml", "--json"])
        else {
            panic!("run is understood");
        };
        assert_eq!(options.manifests, [PathBuf::from("a.yaml"), PathBuf::from("b.yaml")]);
        assert_eq!(options.duration, Some(Duration::from_secs(90)));
        assert!(options.json);
    }

    #[test]
    fn knobs_change_what_they_name_and_nothing_else() {
        let words = ["run", "a.yaml", "--rps", "500", "--gpus-per-node", "8", "--proxy-lag", "2s"];
        let Ok(Mode::Run(options)) = parsed(&words) else { panic!("run is understood") };
        let mut config = Config::with_seed(1);
        options.knobs.turn(&mut config);
        let mut expected = Config { request_rate: 500, ..Config::with_seed(1) };
        expected.proxy_lag = Duration::from_secs(2);
        expected.node_resources.insert("nvidia.com/gpu".into(), 8_000);
        assert_eq!(config, expected);
    }

    #[test]
    fn wrong_usage_is_told_apart_from_wrong_input() {
        let wrong: [&[&str]; 12] = [
            &["run", "a.yaml", "--rps", "10001"],
            &["run", "a.yaml", "--rps", "-5"],
            &["run", "a.yaml", "--clients", "0"],
            &["run", "a.yaml", "--proxy-lag", "2h"],
            &["run", "a.yaml", "--gpus-per-node", "65"],
            &["run", "a.yaml", "--report", "xml"],
            &["fly"],
            &["run"],
            &["run", "a.yaml", "--for", "soon"],
            &["run", "a.yaml", "--seed", "x"],
            &["run", "a.yaml", "--nodes", "4000000"],
            &["replay"],
        ];
        for words in wrong {
            assert!(matches!(parsed(words), Err(Failure::Usage(_))), "{words:?}");
        }
    }
}
