//! The benchmarks: `cargo xtask bench` runs them natively and as wasm.
//!
//! Each has a part that is prepared and a part that is timed. As a program this prints JSON lines;
//! as a wasm module it leaves the timing to whoever calls it, since wasm has no clock.

use rollscope_sim::agenda::Agenda;
use rollscope_sim::api::Deployment;
use rollscope_sim::{Cluster, Command, Config, Duration, History, Instant, manifest};

const BUDGET: u64 = u64::MAX;
/// Occurrences of the bare agenda's benchmark.
const AGENDA_OCCURRENCES: u32 = 2_000_000;
/// Instants visited by the history's benchmarks.
const VISITS: u64 = 50;

/// The names of all benchmarks.
const NAMES: [&str; 16] = [
    "roll_3",
    "roll_10",
    "roll_100",
    "roll_1000",
    "roll_10000",
    "agenda_1000_pods",
    "steady_1000_pods",
    "history_at_100",
    "history_at_100_mid_rollout",
    "requests_1000_rps",
    "requests_10000_rps",
    "crash_loop_24_h",
    "diagnose_1000_lines",
    "get_pods_1000",
    "describe_deployment",
    "describe_pod",
];
/// How often what a person waits for is done in its benchmark.
const REPEATS: u64 = 20;

/// What a benchmark has prepared.
enum Prepared {
    Rollout(Box<Cluster>),
    Agenda,
    Steady(Box<Cluster>),
    History(Box<History>, Vec<Instant>),
    Requests(Box<Cluster>),
    CrashLoop(Box<Cluster>),
    Diagnosis(String),
    Line(Box<Cluster>, String),
}

fn prepare(name: &str) -> Prepared {
    let replicas = |text: &str| text.parse().expect("a benchmark's name ends with a number");
    if let Some(text) = name.strip_prefix("roll_") {
        return Prepared::Rollout(Box::new(running(replicas(text))));
    }
    match name {
        "agenda_1000_pods" => Prepared::Agenda,
        "requests_1000_rps" => Prepared::Requests(Box::new(asked(1_000))),
        "requests_10000_rps" => Prepared::Requests(Box::new(asked(10_000))),
        "crash_loop_24_h" => Prepared::CrashLoop(Box::new(crashing())),
        "diagnose_1000_lines" => Prepared::Diagnosis(thousand_lines()),
        "get_pods_1000" => Prepared::Line(Box::new(running(1_000)), "get pods".to_owned()),
        "describe_deployment" => {
            let line = "describe deployment inference".to_owned();
            Prepared::Line(Box::new(running(1_000)), line)
        }
        "describe_pod" => {
            let mut cluster = running(1_000);
            let pods = cluster.apply(&Command::kubectl("get pods -o name")).stdout;
            let pod = pods.lines().next().expect("there are pods");
            Prepared::Line(Box::new(cluster), format!("describe {pod}"))
        }
        "steady_1000_pods" => Prepared::Steady(Box::new(running(1_000))),
        _ => ten_minutes(name.ends_with("mid_rollout")),
    }
}

/// Does the timed part; returns how many things it did, for rates.
fn run(prepared: &mut Prepared) -> u64 {
    match prepared {
        Prepared::Rollout(cluster) => {
            let before = cluster.occurrences();
            cluster.apply(&Command::kubectl("set env deployment/inference VERSION=v2"));
            until_complete(cluster);
            cluster.occurrences() - before
        }
        Prepared::Agenda => drive_agenda(),
        Prepared::Steady(cluster) => {
            let before = cluster.occurrences();
            let end = cluster.now() + Duration::from_mins(10);
            cluster.advance_to(end, BUDGET);
            cluster.occurrences() - before
        }
        Prepared::Requests(cluster) => {
            let sent = cluster.totals().sent;
            cluster.apply(&Command::kubectl("set env deployment/inference VERSION=v2"));
            cluster.advance_to(cluster.now() + Duration::from_mins(5), BUDGET);
            cluster.totals().sent - sent
        }
        Prepared::CrashLoop(cluster) => {
            let before = cluster.occurrences();
            cluster.advance_to(cluster.now() + Duration::from_hours(24), BUDGET);
            cluster.occurrences() - before
        }
        Prepared::Diagnosis(text) => {
            for _ in 0..REPEATS {
                assert_eq!(manifest::check(text).1.len(), 2, "both mistakes are found");
            }
            REPEATS
        }
        Prepared::Line(cluster, line) => {
            for _ in 0..REPEATS {
                assert_eq!(cluster.apply(&Command::kubectl(line)).code, 0, "{line}");
            }
            REPEATS
        }
        Prepared::History(history, instants) => {
            for t in instants {
                assert_eq!(history.at(*t).now(), *t, "the past is where it was asked for");
            }
            VISITS
        }
    }
}

/// A manifest of a thousand lines, as one has it in an editor, with a mistake at each end.
fn thousand_lines() -> String {
    let mut text =
        String::from("apiVersion: v1\nkind: Service\nmetadata:\n  name: first\n  lable: x\n");
    text.push_str("spec:\n  ports:\n  - port: 80\n---\n");
    let document = app_manifest(3);
    let documents = (1_000 - 2 * text.lines().count()) / (document.lines().count() + 1);
    for index in 0..documents {
        text.push_str(document.trim_start().replace("inference", &format!("app-{index}")).as_str());
        text.push_str("---\n");
    }
    while text.lines().count() < 996 {
        text.push_str("# a line that says nothing\n");
    }
    text.push_str(
        "apiVersion: v1\nkind: Service\nmetadata: {name: Last}\nspec: {ports: [{port: 80}]}\n",
    );
    text
}

/// A cluster on which v1 runs with so many replicas: 10 nodes, or as many as hold the surge and the
/// pods that are terminating meanwhile.
fn running(replicas: u32) -> Cluster {
    let nodes = (replicas * 16 / 10).div_ceil(100).max(10);
    let mut config = Config { nodes, request_rate: 50, ..Config::with_seed(1) };
    config.node_resources.insert("cpu".into(), 1_000_000);
    let mut cluster = Cluster::new(config);
    cluster.apply(&Command::apply(&app_manifest(replicas)));
    until_complete(&mut cluster);
    cluster
}

/// Ten replicas that are asked so many times a second.
fn asked(rate: u32) -> Cluster {
    let mut cluster = running(10);
    cluster.apply(&Command::SetRequestRate(rate));
    cluster.advance_to(cluster.now() + Duration::from_secs(10), BUDGET);
    cluster
}

/// A pod that ends two seconds after it was started, again and again.
fn crashing() -> Cluster {
    let mut cluster = Cluster::new(Config::with_seed(1));
    let script = "sleep 8; touch /tmp/ready; exec httpd -f -p 8080";
    cluster.apply(&Command::apply(&app_manifest(1).replace(script, "sleep 2; exit 1")));
    cluster
}

fn app_manifest(replicas: u32) -> String {
    format!(
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {{name: inference}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: inference}}}}
  template:
    metadata: {{labels: {{app: inference}}}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
      - name: server
        image: busybox:1.36
        env: [{{name: VERSION, value: v1}}]
        command: [sh, -c, "sleep 8; touch /tmp/ready; exec httpd -f -p 8080"]
        readinessProbe: {{exec: {{command: [cat, /tmp/ready]}}, periodSeconds: 1}}
---
apiVersion: v1
kind: Service
metadata: {{name: inference}}
spec: {{selector: {{app: inference}}, ports: [{{port: 80, targetPort: 8080}}]}}
"#
    )
}

fn until_complete(cluster: &mut Cluster) {
    loop {
        let deployment = cluster.api().get::<Deployment>("default", "inference");
        let deployment = deployment.expect("the manifest was applied");
        if deployment.is_complete(&deployment.status) {
            return;
        }
        assert!(cluster.now() < Instant::from_secs(3_600), "the rollout never ends");
        for _ in 0..100 {
            cluster.step();
        }
    }
}

/// 1,000 entries that come back once a second, and nothing else: the agenda's own speed.
fn drive_agenda() -> u64 {
    let mut agenda = Agenda::default();
    for pod in 0..1_000_u32 {
        agenda.push(Instant::from_micros(u64::from(pod) * 997), pod);
    }
    let mut sum = 0_u64;
    for _ in 0..AGENDA_OCCURRENCES {
        let Some((at, pod)) = agenda.pop_until(Instant::from_secs(1 << 30)) else {
            break;
        };
        sum = sum.wrapping_add(u64::from(pod));
        agenda.push(at + Duration::from_secs(1), pod);
    }
    assert!(sum > 0, "the agenda ran dry");
    u64::from(AGENDA_OCCURRENCES)
}

/// A run of ten minutes with 100 replicas and three rollouts, and instants to visit.
fn ten_minutes(mid_rollout: bool) -> Prepared {
    let config = Config { nodes: 10, ..Config::with_seed(1) };
    let mut history = History::new(config);
    history.act(Instant::BOOT, Command::apply(&app_manifest(100)));
    for (minute, version) in [(2, "v2"), (4, "v3"), (6, "v4")] {
        history.advance_to(Instant::from_secs(minute * 60), BUDGET);
        let line = format!("set env deployment/inference VERSION={version}");
        history.act(history.end(), Command::kubectl(&line));
    }
    history.advance_to(Instant::from_secs(600), BUDGET);
    let (from_ms, step_ms) = if mid_rollout { (240_000, 997) } else { (0, 11_997) };
    let visits = (0..VISITS).map(|visit| Instant::from_millis(from_ms + visit * step_ms));
    Prepared::History(Box::new(history), visits.collect())
}

/// Whether the figure is the time of one of many.
fn is_repeated(name: &str) -> bool {
    ["history", "diagnose", "get", "describe"].iter().any(|kind| name.starts_with(kind))
}

/// The figures of a benchmark that did `count` things, as JSON lines without the time.
fn figures(name: &str, count: u64) -> String {
    if is_repeated(name) {
        return format!("{{\"name\":\"{name}\",\"per\":{count},\"unit\":\"ms\"}}\n");
    }
    let mut lines = format!("{{\"name\":\"{name}\",\"per\":1,\"unit\":\"ms\"}}\n");
    if !name.starts_with("roll") && !name.starts_with("crash") {
        let rate = format!("{{\"name\":\"{name}.rate\",\"count\":{count},\"unit\":\"M/s\"}}\n");
        lines.push_str(&rate);
    }
    lines
}

#[cfg(target_arch = "wasm32")]
#[expect(unreachable_pub, reason = "wasm-bindgen exports what is public")]
mod exports {
    //! What the caller of the wasm module gets.

    use std::cell::RefCell;

    use wasm_bindgen::prelude::wasm_bindgen;

    thread_local! {
        static PREPARED: RefCell<Option<super::Prepared>> = const { RefCell::new(None) };
    }

    /// The names, one a line.
    #[wasm_bindgen]
    #[must_use]
    pub fn list() -> String {
        super::NAMES.join("\n")
    }

    /// Gets a benchmark ready.
    #[wasm_bindgen]
    pub fn prepare(name: &str) {
        PREPARED.with_borrow_mut(|slot| {
            // One at a time: the memory is measured.
            *slot = None;
            *slot = Some(super::prepare(name));
        });
    }

    /// Does the timed part; the figures are to be divided by or to divide the time.
    #[wasm_bindgen]
    #[must_use]
    pub fn run(name: &str) -> String {
        PREPARED.with_borrow_mut(|prepared| {
            let count = prepared.as_mut().map(super::run);
            count.map_or_else(String::new, |count| super::figures(name, count))
        })
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let only = arguments.next().unwrap_or_default();
    let runs = arguments.next().and_then(|runs| runs.parse().ok()).unwrap_or(5);
    for name in NAMES.iter().filter(|name| only.is_empty() || **name == only) {
        let mut best = f64::INFINITY;
        let mut count = 0;
        for _ in 0..runs {
            let mut prepared = prepare(name);
            #[expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]
            let start = std::time::Instant::now();
            count = run(&mut prepared);
            best = best.min(start.elapsed().as_secs_f64() * 1e3);
        }
        print(name, best, count);
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn print(name: &str, ms: f64, count: u64) {
    for line in figures(name, count).lines() {
        let (head, unit) = line.split_once(",\"unit\"").expect("a figure has a unit");
        let (head, _) = head.rsplit_once(',').expect("a figure has a divisor");
        let value = if line.contains("\"count\"") {
            count as f64 / ms / 1e3
        } else if is_repeated(name) {
            ms / count as f64
        } else {
            ms
        };
        println!("{head},\"value\":{value:.4},\"unit\"{unit}");
    }
}
