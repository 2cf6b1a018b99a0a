//! What the course claims about rollouts and requests, with numbers.

use rollscope_sim::network::clients::Clients;
use rollscope_sim::network::request::Failure;
use rollscope_sim::report::Report;
use rollscope_sim::{Cluster, Command, Config, Duration};

const BUDGET: u64 = 50_000_000;
/// The seconds for which the model loads.
const LOAD: u64 = 30;

/// An inference server under `script`, three times, with these extra lines of the container and
/// these of the pod.
fn inference(script: &str, container: &str, pod: &str) -> String {
    format!(
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {{name: inference}}
spec:
  replicas: 3
  selector: {{matchLabels: {{app: inference}}}}
  template:
    metadata: {{labels: {{app: inference}}}}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: server
        image: busybox:1.36
        env: [{{name: VERSION, value: v1}}]
        command: [sh, -c, "{script}"]
        {container}
      {pod}
---
apiVersion: v1
kind: Service
metadata: {{name: inference}}
spec: {{selector: {{app: inference}}, ports: [{{port: 80, targetPort: 8080}}]}}
"#
    )
}

fn loading(container: &str) -> String {
    let script = format!("sleep {LOAD}; touch /tmp/ready; exec httpd -f -p 8080");
    inference(&script, container, "")
}

const PROBE: &str = "readinessProbe: {exec: {command: [cat, /tmp/ready]}, periodSeconds: 1}";

fn running(config: Config, manifest: &str, seconds: u64) -> Cluster {
    let mut cluster = Cluster::new(config);
    act(&mut cluster, &Command::apply(manifest));
    after(&mut cluster, seconds);
    cluster
}

fn rate(rate: u32) -> Config {
    Config { request_rate: rate, ..Config::with_seed(11) }
}

#[track_caller]
fn act(cluster: &mut Cluster, command: &Command) {
    let output = cluster.apply(command);
    assert_eq!((output.stderr.as_str(), output.code), ("", 0));
}

fn roll_out(cluster: &mut Cluster, version: &str, seconds: u64) {
    let line = format!("set env deployment/inference VERSION={version}");
    act(cluster, &Command::kubectl(&line));
    after(cluster, seconds);
}

fn after(cluster: &mut Cluster, seconds: u64) {
    cluster.advance_to(cluster.now() + Duration::from_secs(seconds), BUDGET);
}

fn failed(report: &Report, cause: Failure) -> u64 {
    report.failed.iter().filter(|(known, _)| *known == cause).map(|(_, count)| count).sum()
}

#[test]
fn without_a_readiness_probe_requests_fail_for_as_long_as_the_model_loads() {
    let mut cluster = running(rate(100), &loading(""), LOAD + 20);
    let before = cluster.totals().failed;
    cluster.keep_records();
    roll_out(&mut cluster, "v2", 60);
    let traffic = cluster.take_traffic();
    let mut failures = traffic.iter().flat_map(|second| &second.outcomes);
    assert!(failures.all(|count| count.result.is_ok() || &*count.version == "v2"));
    let failing: Vec<u64> = traffic
        .iter()
        .filter(|second| second.outcomes.iter().any(|count| count.result.is_err()))
        .map(|second| second.second)
        .collect();
    let window = failing.len() as u64;
    assert!((LOAD..LOAD + 10).contains(&window), "{failing:?}");
    assert_eq!(
        failing.last().zip(failing.first()).map(|(last, first)| last - first + 1),
        Some(window)
    );
    let report = Report::of(&cluster);
    let lost = report.requests.failed - before;
    assert!((100 * (LOAD - 5)..100 * (LOAD + 5)).contains(&lost), "{lost} of a hundred a second");
    let rollout = report.rollouts.last().expect("one");
    let took = rollout.took().expect("told to be complete").as_secs();
    assert!(took < LOAD, "and kubectl rollout status said it was done after {took} s");
    assert_eq!(failed(&report, Failure::PodStillLoading), report.requests.failed);
}

#[test]
fn with_a_readiness_probe_no_request_fails() {
    let mut cluster = running(rate(100), &loading(PROBE), LOAD + 20);
    roll_out(&mut cluster, "v2", 150);
    let report = Report::of(&cluster);
    assert_eq!((report.requests.failed, report.first_failure), (0, None));
    let rollout = report.rollouts.last().expect("one");
    assert!(rollout.complete && rollout.min_available == 3 && rollout.max_pods == 4);
    assert!(rollout.took().expect("complete").as_secs() >= 3 * LOAD);
    assert!(report.versions.iter().all(|version| version.answered > 1_000));
}

/// A server that ends in an orderly way when it is told to.
fn orderly(container: &str) -> String {
    let manifest = inference("", container, "").replace("command: [sh, -c, \"\"]", "");
    manifest.replace("busybox:1.36", "nginx:1.27").replace("Port: 8080", "Port: 80")
}

#[test]
fn without_a_pre_stop_hook_some_requests_are_refused_while_proxies_have_not_heard() {
    let mut cluster = running(rate(300), &orderly(""), 20);
    roll_out(&mut cluster, "v2", 60);
    let report = Report::of(&cluster);
    let refused = failed(&report, Failure::ShuttingDown) + failed(&report, Failure::EndpointGone);
    assert_eq!(refused, report.requests.failed);
    // Three pods go; each is a third of the endpoints for half a second on average.
    assert!((50..450).contains(&refused), "{refused}");
    let first = report.first_failure.expect("one");
    assert!(first.explanation.contains("1000 ms") && first.explanation.contains("preStop"));
    let mut ideal = running(Config { proxy_lag: Duration::ZERO, ..rate(300) }, &orderly(""), 20);
    roll_out(&mut ideal, "v2", 60);
    assert!(ideal.totals().failed < 10, "only the watches' own lag: {:?}", ideal.totals());
}

#[test]
fn a_pre_stop_hook_longer_than_the_lag_loses_nothing_and_a_shorter_one_something() {
    let run = |lag: u64, sleep: u32| {
        let hook = format!("lifecycle: {{preStop: {{sleep: {{seconds: {sleep}}}}}}}");
        let config = Config { proxy_lag: Duration::from_secs(lag), ..rate(300) };
        let mut cluster = running(config, &orderly(&hook), 20);
        roll_out(&mut cluster, "v2", 60);
        let report = Report::of(&cluster);
        assert!(report.rollouts.iter().all(|rollout| rollout.complete), "{report:?}");
        report.requests.failed
    };
    assert_eq!(run(1, 2), 0, "the default lag");
    assert_eq!(run(5, 6), 0);
    let lost = run(5, 2);
    assert!(lost > 20, "{lost}: five seconds of lag, two of sleep");
}

#[test]
fn the_last_endpoints_that_terminate_are_asked_as_long_as_they_serve() {
    let script = "exec httpd -f -p 8080";
    let mut cluster = running(rate(100), &inference(script, "", ""), 20);
    act(&mut cluster, &Command::kubectl("scale deployment/inference --replicas=0"));
    after(&mut cluster, 9);
    assert_eq!(cluster.totals().failed, 0, "kube-proxy falls back to those that still serve");
    after(&mut cluster, 20);
    let report = Report::of(&cluster);
    let failed = failed(&report, Failure::NoEndpoints) + failed(&report, Failure::EndpointGone);
    assert!(failed > 1_500 && report.requests.failed - failed < 10, "{report:?}");
}

#[test]
fn a_grace_period_shorter_than_the_longest_request_kills_it() {
    let run = |grace: &str| {
        let clients =
            Clients { request_length: Some(Duration::from_secs(8)), ..Clients::default() };
        let manifest = orderly("").replace("Seconds: 10", grace);
        let mut cluster = running(Config { clients, ..rate(6) }, &manifest, 20);
        roll_out(&mut cluster, "v2", 80);
        let report = Report::of(&cluster);
        (failed(&report, Failure::Killed), report)
    };
    let (killed, report) = run("Seconds: 3");
    assert!(killed > 5, "{report:?}");
    let (killed, report) = run("Seconds: 60");
    assert_eq!(killed, 0, "{report:?}");
}

/// One GPU a pod, and as many nodes with one GPU.
fn gpus(strategy: &str) -> String {
    let manifest =
        loading(&format!("{PROBE}\n        resources: {{limits: {{nvidia.com/gpu: 1}}}}"));
    manifest.replace(
        "  replicas: 3\n",
        &format!("  replicas: 3\n  strategy: {{rollingUpdate: {strategy}}}\n"),
    )
}

fn one_gpu_a_node(nodes: u32) -> Config {
    let mut config = Config { nodes, ..rate(20) };
    config.node_resources.insert("nvidia.com/gpu".into(), 1_000);
    config
}

#[test]
fn a_surge_pod_without_a_gpu_stalls_the_rollout_until_no_surge_is_asked_for() {
    let surge = gpus("{maxSurge: 1, maxUnavailable: 0}");
    let mut cluster = running(one_gpu_a_node(3), &surge, LOAD + 20);
    roll_out(&mut cluster, "v2", 700);
    let report = Report::of(&cluster);
    let rollout = report.rollouts.last().expect("one");
    assert!(!rollout.complete && rollout.min_available == 3 && rollout.max_pods == 4);
    assert_eq!((report.peak_gpus_milli, report.requests.failed), (3_000, 0));

    let mut cluster =
        running(one_gpu_a_node(3), &gpus("{maxSurge: 0, maxUnavailable: 1}"), LOAD + 20);
    roll_out(&mut cluster, "v2", 300);
    let report = Report::of(&cluster);
    let rollout = report.rollouts.last().expect("one");
    assert!(rollout.complete && rollout.min_available == 2 && rollout.max_pods == 3);
    assert_eq!((report.peak_gpus_milli, report.requests.failed), (3_000, 0));
    assert!(report.gpu_milli_us > 0 && report.gpu_milli_us / 1_000_000_000 < 3 * 350);
}

#[test]
fn blue_green_mixes_nothing_at_the_api_only_at_the_proxies_and_takes_twice_the_gpus() {
    let blue_green = include_str!("../../../../tests/lab/4-blue-green.yaml");
    let blue_green = blue_green.replace(
        "          readinessProbe:",
        "          resources: {limits: {nvidia.com/gpu: 1}}\n          readinessProbe:",
    );
    let run = |keep_alive| {
        let clients = Clients { keep_alive, ..Clients::default() };
        let mut cluster = running(Config { clients, ..rate(200) }, &blue_green, 30);
        let patch = r#"patch service inference -p '{"spec":{"selector":{"color":"green"}}}'"#;
        act(&mut cluster, &Command::kubectl(patch));
        after(&mut cluster, 20);
        Report::of(&cluster)
    };
    let report = run(false);
    assert_eq!((report.mixed, report.requests.failed), (Duration::ZERO, 0));
    let mixed = report.mixed_answers.as_millis();
    assert!((100..1_100).contains(&mixed), "proxies follow one by one: {mixed} ms");
    assert_eq!(report.peak_gpus_milli, 4_000, "two for two");
    let sticky = run(true);
    assert_eq!((sticky.mixed, sticky.requests.failed), (Duration::ZERO, 0));
    let answered = sticky.versions.iter().map(|version| &*version.version).collect::<Vec<_>>();
    assert_eq!(answered, ["v1-blue"], "kept connections go on to blue as long as it runs");
}

#[test]
fn a_canary_of_one_in_ten_gets_a_tenth_within_the_sampling_error() {
    let canary = include_str!("../../../../tests/lab/5-canary.yaml");
    let mut cluster = running(rate(100), canary, 15);
    let before = Report::of(&cluster);
    after(&mut cluster, 100);
    let report = Report::of(&cluster);
    let answered = |report: &Report, version: &str| {
        let known = report.versions.iter().find(|known| &*known.version == version);
        known.map_or(0, |known| known.answered)
    };
    let since = |version| answered(&report, version) - answered(&before, version);
    let (v1, v2) = (since("v1"), since("v2"));
    // Four standard deviations of ten thousand draws of one in ten: four times thirty.
    assert!(v1 + v2 > 9_990 && v2.abs_diff((v1 + v2) / 10) < 120, "{v1} and {v2}");
    assert_eq!(report.requests.failed, 0);
}
