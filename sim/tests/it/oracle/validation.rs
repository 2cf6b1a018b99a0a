//! Manifests and commands of one line each, with what kubectl printed: stdout, stderr, exit code.
//!
//! The cases ran one after the other in one namespace, in which a Deployment `inference` (revision
//! 2 of 2) and its Service lived; what a case created from stdin was deleted after it. A folder may
//! hold only some of them: what a missing one left behind is read off the answers that need it.

use rollscope_sim::container::Files;
use rollscope_sim::kubectl::desk::Desk;
use rollscope_sim::kubectl::{run_words, words};
use rollscope_sim::{Cluster, Command, Config, Duration, Instant};
use serde_json::Value as Json;

use super::exceptions::VALIDATION;
use super::{Tally, Verdict};

const PATIENCE: u64 = 1_000_000;
/// How long a command and the one after it took in the recording.
const PACE: Duration = Duration::from_millis(100);

/// What was there before the first case; `created` was made by `kubectl create`.
const BASE: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: inference, labels: {app: inference}}
spec:
  replicas: 3
  selector: {matchLabels: {app: inference}}
  template:
    metadata:
      labels: {app: inference}
      annotations:
        {sim/start-after: "1", sim/ready-after: "0", sim/terminate-after: "1", sim/stagger: "0"}
    spec:
      containers:
      - name: server
        image: "registry.example/inference:v1"
        env: [{name: VERSION, value: v1}]
        ports: [{name: http, containerPort: 8080}]
        readinessProbe: {httpGet: {path: /ready, port: http}, periodSeconds: 1}
        resources:
          {requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: 500m, memory: 256Mi}}
---
apiVersion: v1
kind: Service
metadata: {name: inference}
spec:
  selector: {app: inference}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: created}
spec:
  selector: {app: inference}
  ports: [{port: 80, targetPort: 8080}]
"#;

struct Bench {
    cluster: Cluster,
    namespace: String,
}

impl Bench {
    fn new(namespace: &str) -> Self {
        let cluster = Cluster::new(Config::with_seed(1));
        let mut bench = Self { cluster, namespace: namespace.to_owned() };
        bench.run("kubectl create namespace {ns}", None, &Files::default());
        let (managed, created) = BASE.rsplit_once("---").expect("three documents");
        bench.run("kubectl apply -f -", Some(managed), &Files::default());
        bench.run("kubectl create -f -", Some(created), &Files::default());
        bench.pass(Duration::from_secs(30));
        bench.type_("set image deployment/inference server=registry.example/inference:v2");
        bench.pass(Duration::from_secs(60));
        bench
    }

    fn type_(&mut self, line: &str) -> String {
        self.run(&format!("kubectl {line}"), None, &Files::default()).stdout
    }

    fn run(&mut self, line: &str, stdin: Option<&str>, files: &Files) -> Answer {
        let line = line.replace("{ns}", &self.namespace);
        let typed = words::split(&line).expect("the line is a line");
        let namespace = self.namespace.clone();
        let desk = Desk { namespace: &namespace, files: Some(files), ..Desk::bare(stdin) };
        let output = run_words(&mut self.cluster, &typed[1..], desk);
        // Whoever watches is told of what was written.
        self.cluster.apply(&Command::SetRequestRate(0));
        Answer { stdout: output.stdout, stderr: output.stderr, code: i64::from(output.code) }
    }

    fn pass(&mut self, time: Duration) {
        let until: Instant = self.cluster.now() + time;
        self.cluster.advance_to(until, PATIENCE);
    }

    /// Does what a step that is not given must have done for this answer to be possible.
    fn catch_up(&mut self, expected: &Answer) {
        let paused = self.type_("get deployment inference -o jsonpath={.spec.paused}");
        let refused_as_paused = ["is already paused", "can't restart paused"];
        if refused_as_paused.iter().any(|words| expected.stderr.contains(words)) && paused != "true"
        {
            self.type_("rollout pause deployment/inference");
        }
        // A patch that sets the size to what it is would not set it.
        let sent = expected.stderr.split(" spec:map[replicas:").nth(1);
        let size = sent.and_then(|rest| rest.split([' ', ']']).next()?.parse::<u32>().ok());
        let there = self.type_("get deployment web -o jsonpath={.spec.replicas}");
        if let Some(size) = size.filter(|size| there == size.to_string()) {
            self.type_(&format!("scale deployment web --replicas={}", size + 1));
        }
    }

    /// The cases that read files ran in another namespace, which their answers name.
    fn enter(&mut self, recording: &str, case: &Json) {
        let text = format!("{}{}", case["stdout"], case["stderr"]);
        let other = format!("{recording}f");
        let wanted = if case["files"].is_object() || text.contains(&format!(" {other} ")) {
            other
        } else {
            recording.to_owned()
        };
        if wanted != self.namespace {
            self.namespace = wanted;
            self.type_("create namespace {ns}");
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Answer {
    stdout: String,
    stderr: String,
    code: i64,
}

impl Answer {
    fn recorded(case: &Json) -> Self {
        let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
        Self {
            stdout: text("stdout"),
            stderr: text("stderr"),
            code: case["rc"].as_i64().unwrap_or(0),
        }
    }

    /// Without what differs from run to run, or is said in words of our own.
    fn comparable(self, line: &str) -> Self {
        let stdout = if line.starts_with("kubectl diff") {
            normal_diff(&self.stdout)
        } else if line.starts_with("kubectl explain") {
            normal_explanation(&self.stdout)
        } else {
            self.stdout
        };
        Self { stdout, ..self }
    }
}

/// A difference without the names of temporary files and what the cluster numbers itself.
fn normal_diff(text: &str) -> String {
    let line = |line: &str| {
        let line = line.split('\t').next().unwrap_or_default();
        let words = line.split(' ').map(|word| match word.split_once("/tmp/") {
            Some(("", path)) => {
                let (folder, file) = path.split_once('/').unwrap_or((path, ""));
                format!("/tmp/{}-N/{file}", folder.split('-').next().unwrap_or_default())
            }
            _ => word.to_owned(),
        });
        let line = words.collect::<Vec<_>>().join(" ");
        for key in ["creationTimestamp: ", "generation: ", "resourceVersion: ", "uid: "] {
            if let Some((before, _)) = line.split_once(key) {
                return format!("{before}{key}…");
            }
        }
        line
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// An explanation without its prose, which is ours and not upstream's.
fn normal_explanation(text: &str) -> String {
    let mut prose = false;
    let mut out: Vec<&str> = Vec::new();
    for line in text.lines() {
        let is_heading = !line.is_empty() && !line.starts_with(' ');
        let is_field = line.starts_with("  ") && line.contains('\t');
        if is_heading || is_field {
            prose = line == "DESCRIPTION:" || is_field;
            out.push(line);
        } else if !prose {
            out.push(line);
        }
    }
    out.join("\n").trim_end().to_owned()
}

#[test]
fn manifests_and_commands_get_the_recorded_answers() {
    let path = super::folder().join("validation.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("validation: skipped, there is no {}", path.display());
        return;
    };
    let recording: Json = serde_json::from_str(&text).expect("the recording is JSON");
    let namespace = recording["namespace"].as_str().unwrap_or("default");
    let mut tally = Tally::new("validation");
    let mut bench = Bench::new(namespace);
    for case in recording["cases"].as_array().into_iter().flatten() {
        let word = |key: &str| case[key].as_str().unwrap_or_default();
        let (stdin, files) = (case["stdin"].as_str(), files(case));
        let expected = Answer::recorded(case);
        bench.enter(namespace, case);
        bench.catch_up(&expected);
        let got = bench.run(word("cmd"), stdin, &files);
        if word("cmd").contains("-f -") && got.stdout.contains(" created\n") {
            bench.run("kubectl delete -f -", stdin, &files);
        }
        bench.pass(PACE);
        let (got, expected) = (got.comparable(word("cmd")), expected.comparable(word("cmd")));
        let reason = VALIDATION.iter().find(|(id, _)| *id == word("id")).map(|(_, reason)| reason);
        let verdict = if got == expected {
            Verdict::Passed
        } else if let Some(reason) = reason {
            Verdict::NotApplicable((*reason).to_owned())
        } else {
            let line = word("cmd");
            Verdict::Failed(format!("{line}\n    expected {expected:?}\n    got      {got:?}"))
        };
        tally.add(word("id"), verdict);
    }
    tally.print();
    tally.assert();
}

/// The files of the directory in which the command was typed.
fn files(case: &Json) -> Files {
    let mut files = Files::default();
    for (name, text) in case["files"].as_object().into_iter().flatten() {
        let written = files.write(&format!("/{name}"), text.as_str().unwrap_or_default());
        written.expect("the file has a name");
    }
    files
}
