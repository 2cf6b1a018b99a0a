//! The command line: words to options, and the help texts.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};
use rollscope_sim::Duration;

use crate::Failure;
use crate::script::parse_duration;

const HELP: &str = "\
rollscope simulates Kubernetes rollouts: the controllers, the scheduler and the kubelet of a small
cluster, in virtual time. The same input gives the same run, everywhere.

Usage:
  rollscope run MANIFEST... [--script FILE] [--for TIME] [--seed N] [--json]
  rollscope replay DIR [--seed N]
  rollscope help [run|replay]

A first run:
  rollscope run inference-v1.yaml --for 30s

The same, and then a new version at 20 s:
  echo '20s set env deployment/inference VERSION=v2' > roll.txt
  rollscope run inference-v1.yaml --script roll.txt --for 60s
";

const HELP_RUN: &str = "\
Applies manifests to an empty cluster of three nodes and prints what happens.

Usage: rollscope run MANIFEST... [options]

  --script FILE   timed kubectl commands, one a line: `TIME COMMAND`. TIME is counted from the
                  start (20s, 1m30s) or, with a +, from the command before (+5s).
                  Empty lines and lines that begin with # are skipped.
  --for TIME      how long to run (default: until 60s after the last command)
  --seed N        the seed of everything random (default 1)
  --nodes N       how many nodes there are (default 3)
  --json          one JSON object a line for every write, instead of the story

The story has a line for every change: the moment in seconds, the pods of each ReplicaSet
(● Ready, ○ not Ready, × terminating) and what happened.
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
}

/// Options of `run`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RunOptions {
    pub(crate) manifests: Vec<PathBuf>,
    pub(crate) script: Option<PathBuf>,
    pub(crate) duration: Option<Duration>,
    pub(crate) seed: u64,
    pub(crate) nodes: u32,
    pub(crate) json: bool,
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
            _ => Err(Failure::Usage(format!("unknown command {}", quoted(&word)))),
        },
        Some(other) => Err(usage(&other.unexpected())),
    }
}

fn help(parser: &mut lexopt::Parser) -> Result<Mode, Failure> {
    match parser.next().map_err(|error| usage(&error))? {
        Some(Value(topic)) if topic == "run" => Ok(Mode::Help(HELP_RUN)),
        Some(Value(topic)) if topic == "replay" => Ok(Mode::Help(HELP_REPLAY)),
        Some(Value(topic)) => Err(Failure::Usage(format!("no help on {}", quoted(&topic)))),
        _ => Ok(Mode::Help(HELP)),
    }
}

fn parse_run(parser: &mut lexopt::Parser) -> Result<Mode, Failure> {
    let mut options = RunOptions {
        manifests: Vec::new(),
        script: None,
        duration: None,
        seed: 1,
        nodes: 3,
        json: false,
    };
    while let Some(word) = parser.next().map_err(|error| usage(&error))? {
        match word {
            Short('h') | Long("help") => return Ok(Mode::Help(HELP_RUN)),
            Long("script") => {
                options.script = Some(parser.value().map_err(|error| usage(&error))?.into());
            }
            Long("for") => options.duration = Some(duration(parser)?),
            Long("seed") => options.seed = number(parser, "--seed")?,
            Long("nodes") => options.nodes = nodes(parser)?,
            Long("json") => options.json = true,
            Value(path) => options.manifests.push(path.into()),
            other => return Err(usage(&other.unexpected())),
        }
    }
    if options.manifests.is_empty() {
        return Err(Failure::Usage("run wants at least one manifest".to_owned()));
    }
    Ok(Mode::Run(options))
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

fn nodes(parser: &mut lexopt::Parser) -> Result<u32, Failure> {
    const MOST: u32 = 1_000;
    let nodes = number(parser, "--nodes")?;
    if nodes > MOST {
        return Err(Failure::Usage(format!("--nodes is at most {MOST}")));
    }
    Ok(nodes)
}

fn duration(parser: &mut lexopt::Parser) -> Result<Duration, Failure> {
    let text =
        parser.value().map_err(|error| usage(&error))?.string().map_err(|error| usage(&error))?;
    parse_duration(&text).ok_or_else(|| {
        Failure::Usage(format!("--for wants a time such as 90s, 5m or 1h, not '{text}'"))
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
    fn wrong_usage_is_told_apart_from_wrong_input() {
        let wrong: [&[&str]; 6] = [
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
