//! The real kubectl as a judge: the same lines, typed at the same cluster, once with the simulator's
//! own kubectl and once with the real one over HTTP, must print the same.
//!
//! `KUBECTL=path` names the real one; without it, or when it cannot be run, the test says so and
//! passes. Before a line both clusters are equal; a line that changes something is carried out on
//! both, and the real one's cluster is what the next line meets. `ROLLSCOPE_JUDGE=FILE` has the lines
//! of a file judged instead of these.

use std::path::PathBuf;
use std::process::{Command as Process, Stdio};

use rollscope_facade::Facade;
use rollscope_sim::container::Files;
use rollscope_sim::kubectl::desk::Desk;
use rollscope_sim::kubectl::rest::Front;
use rollscope_sim::kubectl::run_words;
use rollscope_sim::{Cluster, Command, Config, Duration};

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports: [{name: http, containerPort: 80}]
        resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}
        readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 2}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
";

/// Objects of other kinds. The real `kubectl create deployment` and its like send protobuf, which the
/// server here does not read.
const OTHERS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {a: b}
---
{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {pods: 20}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: team}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}
  minReplicas: 2
  maxReplicas: 5
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, labels: {app: api}}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers: [{name: nginx, image: 'nginx:1.27', resources: {requests: {cpu: 10m}}}]
";

const ROUTES: &str = "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, annotations: {nginx.ingress.kubernetes.io/canary: 'true'}}
spec:
  ingressClassName: nginx
  tls: [{hosts: [shop.example], secretName: cert}, {hosts: [a.example, b.example]}]
  rules:
  - host: shop.example
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
      - {path: /gone, pathType: Prefix, backend: {service: {name: nobody, port: {name: http}}}}
  - http:
      paths: [{path: /all, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: other, labels: {a: b}}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
";

/// Kinds that controllers write as a rule.
const REPORTS: &str = "
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: mine, labels: {kubernetes.io/service-name: outside}}
addressType: IPv4
ports: [{name: http, protocol: TCP, port: 8080}, {name: metrics, port: 9090, appProtocol: http}]
endpoints:
- {addresses: [10.1.2.3], conditions: {ready: true}, nodeName: gpu-node-1, zone: east}
- {addresses: [10.1.2.4], conditions: {ready: false}, targetRef: {kind: Pod, name: p, namespace: default}}
---
apiVersion: v1
kind: Event
metadata: {name: note.1, namespace: default}
involvedObject: {apiVersion: batch/v1, kind: Job, name: train, namespace: default}
reason: Trained
message: epoch 3 is done
type: Normal
count: 3
firstTimestamp: 2026-01-01T00:00:00Z
lastTimestamp: 2026-01-01T00:00:00Z
source: {component: trainer, host: gpu-1}
";

/// Lines whose answers differ, each with the reason.
const EXCEPTIONS: [(&str, &str); 1] =
    [("describe node", "leases, heartbeats and machine ids are not simulated")];

struct Judge {
    kubectl: PathBuf,
    facade: Facade,
    home: tempfile::TempDir,
}

/// What a line printed: stdout, stderr, exit code.
type Printed = (String, String, i32);

impl Judge {
    fn new() -> Option<Self> {
        let Ok(kubectl) = std::env::var("KUBECTL") else {
            println!("judge: skipped, KUBECTL names no kubectl");
            return None;
        };
        let version = Process::new(&kubectl).args(["version", "--client"]).output();
        let Ok(version) = version else {
            println!("judge: skipped, {kubectl} cannot be run");
            return None;
        };
        print!("judge: {}", String::from_utf8_lossy(&version.stdout));
        let mut cluster = Cluster::new(Config { request_rate: 0, ..Config::with_seed(1) });
        let output = cluster.apply(&Command::apply(WEB));
        assert_eq!(output.code, 0, "{}", output.stderr);
        let mut front = Front::new(cluster);
        front.advance(Duration::from_secs(60));
        let facade = Facade::start(front).expect("a port is free");
        let home = tempfile::tempdir().expect("a folder can be made");
        // Its messages name the program as it was called.
        let link = home.path().join("kubectl");
        std::os::unix::fs::symlink(&kubectl, &link).expect("a link can be made");
        // The configuration that every terminal has, with another address.
        let config = format!(
            "{{apiVersion: v1, kind: Config, current-context: rollscope,
              clusters: [{{name: rollscope, cluster: {{server: '{}'}}}}],
              users: [{{name: learner, user: {{token: rollscope}}}}],
              contexts: [{{name: rollscope, context: {{cluster: rollscope, user: learner}}}}]}}",
            facade.address
        );
        std::fs::create_dir(home.path().join(".kube")).expect("a folder can be made");
        std::fs::write(home.path().join(".kube/config"), config).expect("a file can be written");
        Some(Self { kubectl: link, facade, home })
    }

    fn real(&self, words: &[String], stdin: &str) -> Printed {
        let mut child = Process::new(&self.kubectl)
            .args(words)
            .current_dir(self.home.path())
            .env("HOME", self.home.path())
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kubectl can be run");
        if let Some(mut input) = child.stdin.take() {
            // A command that does not read has closed its end.
            let _ = std::io::Write::write_all(&mut input, stdin.as_bytes());
        }
        let output = child.wait_with_output().expect("kubectl ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr), output.status.code().unwrap_or(-1))
    }

    /// Our own kubectl on a copy of the cluster.
    fn own(&self, words: &[String], stdin: &str) -> Printed {
        let mut cluster = self.facade.with(|front| front.cluster.clone());
        let files = Files::default();
        let desk = Desk { files: Some(&files), ..Desk::bare(Some(stdin)) };
        let output = run_words(&mut cluster, words, desk);
        let (mut stdout, mut stderr, mut code) = (output.stdout, output.stderr, output.code);
        if let Some(stream) = output.stream {
            for _ in 0..10_000 {
                let (lines, ended) = cluster.read_stream(stream);
                for line in lines {
                    let text = if line.is_error { &mut stderr } else { &mut stdout };
                    text.push_str(&line.text);
                    text.push('\n');
                }
                if let Some(ended) = ended {
                    code = ended;
                    break;
                }
                let next = cluster.now() + Duration::from_millis(20);
                cluster.advance_to(next, u64::MAX);
            }
        }
        (stdout, stderr, code)
    }
}

/// Without what the two cannot have in common: temporary files, the server's address, and the times
/// real clients take from the machine's clock. A kubectl that was built to be started by another
/// program, as some vendors' are, words the last line of some failures as a log line.
fn comparable((stdout, stderr, code): Printed) -> Printed {
    let line = |line: &str| {
        let line = match line.split_once(" \"command failed\" err=\"") {
            Some((_, told)) => {
                format!("error: {}", told.trim_end_matches('"').replace("\\\"", "\""))
            }
            None => line
                .strip_prefix("Error: ")
                .map_or(line.to_owned(), |rest| format!("error: {rest}")),
        };
        let line = line.as_str();
        let words = line.split(' ').map(|word| {
            let age = word.ends_with(['s', 'm', 'h', 'd', 'y'])
                && word.len() > 1
                && word.chars().all(|c| c.is_ascii_digit() || "smhdy".contains(c));
            match word.split_once("/tmp/") {
                _ if word.contains("//127.0.0.1:") => "ADDRESS".to_owned(),
                Some(("", path)) => path.split('-').next().unwrap_or_default().to_owned(),
                _ if age || word == "<invalid>" => "AGE".to_owned(),
                _ => word.to_owned(),
            }
        });
        // How wide a column of ages is depends on the ages.
        let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        words.join(" ").split('\t').next().unwrap_or_default().to_owned()
    };
    let text = |text: &str| text.lines().map(line).collect::<Vec<_>>().join("\n");
    (text(&stdout), text(&stderr), code)
}

/// What is typed, in order. `+10` lets ten seconds pass; a line may end with ` < name`, which gives
/// it a manifest to read.
#[test]
fn the_real_kubectl_prints_what_ours_prints_in_a_session() {
    judged(include_str!("../lines/session.txt"));
}

#[test]
fn the_real_kubectl_prints_what_ours_prints_when_words_are_missing_or_strange() {
    judged(include_str!("../lines/words.txt"));
}

#[test]
fn the_real_kubectl_prints_what_ours_prints_of_slices_and_events() {
    judged(include_str!("../lines/reports.txt"));
}

#[track_caller]
fn judged(lines: &str) {
    let Some(judge) = Judge::new() else {
        return;
    };
    let (mut passed, mut failed, mut excepted) = (0, Vec::new(), Vec::new());
    let given = std::env::var("ROLLSCOPE_JUDGE").ok();
    let given = given.map(|path| std::fs::read_to_string(path).expect("the file of lines is read"));
    let lines = given.as_deref().unwrap_or(lines).lines();
    for typed in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(seconds) = typed.strip_prefix('+').and_then(|seconds| seconds.parse().ok()) {
            judge.facade.with(|front| front.advance(Duration::from_secs(seconds)));
            continue;
        }
        let (line, input) = typed.split_once(" < ").unwrap_or((typed, ""));
        let broken = WEB.replace("replicas: 3", "replicas: -3");
        let stdin = match input {
            "web" => WEB,
            "others" => OTHERS,
            "reports" => REPORTS,
            "routes" => ROUTES,
            "broken" => &broken,
            _ => "",
        };
        // Patches stand without quotes here.
        let typed_words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let own = comparable(judge.own(&typed_words, stdin));
        let real = comparable(judge.real(&typed_words, stdin));
        let exception = EXCEPTIONS.iter().find(|(line, _)| typed.starts_with(line));
        if own == real {
            passed += 1;
        } else if let Some((_, reason)) = exception {
            excepted.push(format!("{typed}: {reason}"));
        } else {
            failed.push(format!("{typed}\n--- real {real:#?}\n--- ours {own:#?}"));
        }
    }
    let (wrong, other) = (failed.len(), excepted.len());
    println!("judge: {passed} passed, {wrong} failed, {other} not applicable");
    for line in &excepted {
        println!("  n/a {line}");
    }
    for failure in &failed {
        println!("  FAILED {failure}");
    }
    assert!(failed.is_empty(), "{} lines differ", failed.len());
}
