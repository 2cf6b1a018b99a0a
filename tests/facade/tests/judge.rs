//! The real kubectl as a judge: the same lines, typed at the same cluster, once with the simulator's
//! own kubectl and once with the real one over HTTP, must print the same.
//!
//! `KUBECTL=path` names the real one; without it, or when it cannot be run, the test says so and
//! passes. Before a line both clusters are equal; a line that changes something is carried out on
//! both, and the real one's cluster is what the next line meets.

use std::path::PathBuf;
use std::process::{Command as Process, Stdio};

use rollscope_facade::Facade;
use rollscope_sim::kubectl::rest::Front;
use rollscope_sim::kubectl::{run, words};
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

/// Lines whose answers differ, each with the reason.
const EXCEPTIONS: [(&str, &str); 2] = [
    ("describe node", "leases, heartbeats and machine ids are not simulated"),
    ("wait", "our kubectl does not wait yet"),
];

/// What is typed, in order. `+10` lets ten seconds pass; a line may end with ` < name`, which gives
/// it a manifest to read.
const LINES: &str = "
get deployments
get deploy,rs
get pods
get pods -o wide
get pods --show-labels -l app=web
get svc
get svc -o wide
get deploy web -o jsonpath={.status.readyReplicas}
get nodes
get events --field-selector involvedObject.kind=Deployment
get pods -o name
get all
get pod nope
get endpointslices
get namespaces
get rs -o wide
get deploy -o wide
get nodes -o wide
get pods --sort-by=.metadata.name
get pods -o custom-columns=NAME:.metadata.name,PHASE:.status.phase
get pods -A
get deploy web svc/web
get deploy web -o json
get svc web -o yaml
get pods -l app=nope
get foo
create --validate=false -f - < others
get cm c -o yaml
get configmaps
get quota
get ns team
+10
get deploy api
expose deployment api --port=80 --target-port=8080
describe svc api
get hpa
describe hpa api
delete hpa api
delete deployment api --wait=false
+40
describe deployment web
describe pods -l app=web
describe node gpu-node-1
describe configmap c
describe quota q
describe service web
describe rs
rollout status deployment/web
rollout history deployment/web
set image deployment/web web=nginx:1.28
+30
rollout status deployment/web --timeout=60s
rollout history deployment/web
rollout history deployment/web --revision=2
get rs
rollout undo deployment/web
+30
rollout undo deployment/web --to-revision=9
scale deployment/web --replicas=5
+10
get deployment web
scale deployment/web --replicas=2
+10
patch deployment web -p {\"spec\":{\"minReadySeconds\":1}}
patch deployment web --type=json -p [{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":3}]
patch deployment web --type=merge -p {\"metadata\":{\"labels\":{\"tier\":\"front\"}}}
patch deployment web -p {\"spec\":{\"replicas\":-2}}
+10
label deployment web tier=back
label deployment web tier=back --overwrite
annotate deployment web note=hello
rollout pause deployment/web
rollout pause deployment/web
rollout restart deployment/web
rollout resume deployment/web
wait --for=condition=Available deployment/web --timeout=30s
set env deployment/web A=b
+20
set resources deployment/web --limits=memory=256Mi
+20
apply --validate=false -f - < web
apply --validate=false -f - < web
apply --validate=false -f - < broken
diff -f - < web
get deploy web -o yaml
delete pod nope
cordon gpu-node-1
get nodes
uncordon gpu-node-1
taint nodes gpu-node-1 a=b:NoSchedule
taint nodes gpu-node-1 a:NoSchedule-
apply view-last-applied deployment/web
set selector service/web app=other
get svc web -o wide
delete service web
get svc web
delete deployment web --wait=false
get deployments
";

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
        Some(Self { kubectl: link, facade, home })
    }

    fn real(&self, words: &[String], stdin: &str) -> Printed {
        let mut child = Process::new(&self.kubectl)
            .args(["--server", &self.facade.address])
            .args(words)
            .env("HOME", self.home.path())
            .env("KUBECONFIG", "/dev/null")
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
    fn own(&self, line: &str, stdin: &str) -> Printed {
        let mut cluster = self.facade.with(|front| front.cluster.clone());
        let output = run(&mut cluster, line, Some(stdin));
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

/// Without what the two cannot have in common: temporary files, and the times real clients take
/// from the machine's clock.
fn comparable((stdout, stderr, code): Printed) -> Printed {
    let line = |line: &str| {
        let words = line.split(' ').map(|word| {
            let age = word.ends_with(['s', 'm', 'h', 'd', 'y'])
                && word.len() > 1
                && word.chars().all(|c| c.is_ascii_digit() || "smhdy".contains(c));
            match word.split_once("/tmp/") {
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

#[test]
fn the_real_kubectl_prints_what_ours_prints() {
    let Some(judge) = Judge::new() else {
        return;
    };
    let (mut passed, mut failed, mut excepted) = (0, Vec::new(), Vec::new());
    for typed in LINES.lines().filter(|line| !line.is_empty()) {
        if let Some(seconds) = typed.strip_prefix('+').and_then(|seconds| seconds.parse().ok()) {
            judge.facade.with(|front| front.advance(Duration::from_secs(seconds)));
            continue;
        }
        let (line, input) = typed.split_once(" < ").unwrap_or((typed, ""));
        let broken = WEB.replace("replicas: 3", "replicas: -3");
        let stdin = match input {
            "web" => WEB,
            "others" => OTHERS,
            "broken" => &broken,
            _ => "",
        };
        // Patches stand without quotes here.
        let typed_words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let quoted: Vec<String> = typed_words.iter().map(|word| format!("'{word}'")).collect();
        assert!(words::split(&quoted.join(" ")).is_ok());
        let own = comparable(judge.own(&quoted.join(" "), stdin));
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
