//! Plays a session: a Markdown file with named manifests and consoles.
//!
//! A block ```` ```yaml NAME ```` is a file; in a block ```` ```console ```` the lines that begin
//! with `$ ` are commands and `+30s` lets time pass; all other lines are what was printed, and are
//! replaced by what is. Besides kubectl there are `why OBJECT`, `requests`, which counts them, and
//! `replace FILE OLD => NEW`, which edits a file. A line `Cluster: nodes=1 gpus=1 rate=20 seed=1`
//! before the first console sets knobs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rollscope_sim::kubectl::stream::StreamId;
use rollscope_sim::{Cluster, Command, Config, Duration, why};

const BUDGET: u64 = 20_000_000;

pub(crate) struct Session {
    name: String,
    cluster: Cluster,
    files: BTreeMap<String, String>,
    streams: Vec<StreamId>,
    played: String,
}

impl Session {
    /// The text with what its commands print now.
    pub(crate) fn play(name: &str, text: &str) -> String {
        let mut session = Self {
            name: name.to_owned(),
            cluster: Cluster::new(config(text)),
            files: BTreeMap::new(),
            streams: Vec::new(),
            played: String::new(),
        };
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            session.line(line);
            if let Some(file) = line.strip_prefix("```yaml ") {
                let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
                session.files.insert(file.to_owned(), body.join("\n") + "\n");
                for line in body {
                    session.line(line);
                }
                session.line("```");
            } else if line == "```console" {
                for line in lines.by_ref().take_while(|line| *line != "```") {
                    session.console(line);
                }
                session.line("```");
            }
        }
        session.played
    }

    fn line(&mut self, line: &str) {
        self.played.push_str(line);
        self.played.push('\n');
    }

    fn console(&mut self, line: &str) {
        if let Some(command) = line.strip_prefix("$ ") {
            self.line(line);
            let printed = self.command(command);
            for line in printed.lines() {
                self.line(line.trim_end());
            }
        } else if let Some(seconds) = line.strip_prefix('+').and_then(|rest| rest.strip_suffix('s'))
        {
            self.line(line);
            let seconds = seconds.parse().unwrap_or_else(|_| panic!("{}: {line}", self.name));
            let target = self.cluster.now() + Duration::from_secs(seconds);
            self.cluster.advance_to(target, BUDGET);
            self.read_streams();
        }
    }

    fn command(&mut self, command: &str) -> String {
        let (word, rest) = command.split_once(' ').unwrap_or((command, ""));
        match word {
            "kubectl" => self.kubectl(rest),
            "why" => match why::why(&self.cluster, rest) {
                Ok(chain) => why::text(&chain),
                Err(error) => error,
            },
            "requests" => self.requests(),
            "replace" => self.replace(rest),
            _ => panic!("{}: what is {command:?}?", self.name),
        }
    }

    fn kubectl(&mut self, line: &str) -> String {
        let mut words: Vec<&str> = line.split(' ').collect();
        let mut stdin = None;
        if let Some(place) = words.iter().position(|word| *word == "-f") {
            let file = words[place + 1];
            let text = self.files.get(file);
            stdin = Some(
                text.unwrap_or_else(|| panic!("{}: no file {file}", self.name)).as_str().into(),
            );
            words[place + 1] = "-";
        }
        let line = words.join(" ").into();
        let output = self.cluster.apply(&Command::Kubectl { line, stdin });
        self.streams.extend(output.stream);
        format!("{}{}", output.stdout, output.stderr)
    }

    fn read_streams(&mut self) {
        for stream in std::mem::take(&mut self.streams) {
            let (lines, code) = self.cluster.read_stream(stream);
            for line in lines {
                self.line(&line.text);
            }
            if code.is_none() {
                self.streams.push(stream);
            }
        }
    }

    fn requests(&self) -> String {
        let totals = self.cluster.totals();
        let mut text = format!("{} answered, {} failed", totals.answered, totals.failed);
        let mut causes: BTreeMap<&str, u64> = BTreeMap::new();
        for count in self.cluster.request_counts(None) {
            if let Err(cause) = count.result {
                *causes.entry(cause.as_str()).or_default() += count.requests;
            }
        }
        for (cause, requests) in causes {
            let _ = write!(text, "\n{requests} {cause}");
        }
        text
    }

    fn replace(&mut self, rest: &str) -> String {
        let (file, change) = rest.split_once(' ').expect("replace FILE OLD => NEW");
        let (old, new) = change.split_once(" => ").expect("replace FILE OLD => NEW");
        let text =
            self.files.get_mut(file).unwrap_or_else(|| panic!("{}: no file {file}", self.name));
        assert!(text.contains(old), "{}: {file} has no {old:?}", self.name);
        *text = text.replace(old, &new.replace("\\n", "\n"));
        String::new()
    }
}

fn config(text: &str) -> Config {
    let mut config = Config { request_rate: 20, ..Config::with_seed(1) };
    let knobs = text.lines().find_map(|line| line.strip_prefix("Cluster: ")).unwrap_or_default();
    for knob in knobs.split_whitespace() {
        let (key, value) = knob.split_once('=').expect("KEY=VALUE");
        let number: u32 = value.parse().expect("a number");
        match key {
            "nodes" => config.nodes = number,
            "rate" => config.request_rate = number,
            "seed" => config.seed = number.into(),
            "gpus" => drop(
                config.node_resources.insert("nvidia.com/gpu".into(), i64::from(number) * 1_000),
            ),
            "cpus" => drop(config.node_resources.insert("cpu".into(), i64::from(number) * 1_000)),
            "long" => config.clients.long_percent = number,
            "lag" => config.proxy_lag = Duration::from_millis(number.into()),
            _ => panic!("no knob {key:?}"),
        }
    }
    config
}
