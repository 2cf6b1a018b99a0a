//! The model of clients, proxies and pods, seen through its counts.

use rollscope_sim::api::{Pod, Service};
use rollscope_sim::network::clients::Clients;
use rollscope_sim::network::request::Failure;
use rollscope_sim::{Cluster, Command, Config, Duration, Instant};

const BUDGET: u64 = 50_000_000;

/// Servers that are ready as soon as they run, and a Service on their port.
const WEB: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 3
      containers:
      - name: server
        image: busybox:1.36
        env: [{name: VERSION, value: v1}]
        command: [sh, -c, "exec httpd -f -p 8080"]
        ports: [{name: http, containerPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
"#;

fn running(config: Config, manifest: &str) -> Cluster {
    let mut cluster = Cluster::new(config);
    act(&mut cluster, &Command::apply(manifest));
    after(&mut cluster, 10_000);
    cluster
}

#[track_caller]
fn act(cluster: &mut Cluster, command: &Command) {
    let output = cluster.apply(command);
    assert_eq!((output.stderr.as_str(), output.code), ("", 0));
}

fn after(cluster: &mut Cluster, ms: u64) {
    cluster.advance_to(cluster.now() + Duration::from_millis(ms), BUDGET);
}

fn failed(cluster: &Cluster, cause: Failure) -> u64 {
    let counts = cluster.request_counts(None);
    counts.iter().filter(|count| count.result == Err(cause)).map(|count| count.requests).sum()
}

fn config(rate: u32, clients: Clients) -> Config {
    Config { request_rate: rate, clients, ..Config::with_seed(3) }
}

/// How many pods answered something.
fn pods_asked(cluster: &Cluster) -> usize {
    let pods = cluster.api().list::<Pod>().iter();
    pods.filter(|pod| cluster.pod_requests(pod.meta.uid).is_some_and(|t| t.answered > 0)).count()
}

#[test]
fn requests_come_at_exactly_the_rate_and_are_spread_over_all_pods() {
    for rate in [3, 7, 70, 1_000, 9_999] {
        let quick = Some(Duration::from_millis(2));
        let clients = Clients { request_length: quick, ..Clients::default() };
        let mut cluster = running(config(rate, clients), WEB);
        let before = cluster.totals().sent;
        after(&mut cluster, 60_000);
        let sent = cluster.totals().sent - before;
        assert!(sent.abs_diff(u64::from(rate) * 60) <= 1, "{rate}/s: {sent} in a minute");
        assert_eq!((pods_asked(&cluster), cluster.totals().failed), (4, 0));
    }
}

#[test]
fn a_kept_connection_sticks_to_its_pod_until_the_pod_ends() {
    let clients = Clients { count: 1, keep_alive: true, ..Clients::default() };
    let mut cluster = running(config(50, clients), WEB);
    assert_eq!(pods_asked(&cluster), 1, "one client, one connection, one pod");
    let asked = |cluster: &Cluster| {
        let pods = cluster.api().list::<Pod>();
        let asked = pods
            .iter()
            .find(|pod| cluster.pod_requests(pod.meta.uid).is_some_and(|tally| tally.answered > 0));
        asked.map(|pod| (pod.meta.uid, pod.meta.name.clone()))
    };
    let (uid, name) = asked(&cluster).expect("one pod");
    let answered = |cluster: &Cluster| cluster.pod_requests(uid).map_or(0, |tally| tally.answered);
    act(&mut cluster, &Command::kubectl(&format!("delete pod {name} --wait=false")));
    after(&mut cluster, 1_500);
    let before = answered(&cluster);
    after(&mut cluster, 1_000);
    let more = answered(&cluster) - before;
    assert!(more.abs_diff(50) <= 1, "no longer an endpoint, and still asked: {more}");
    after(&mut cluster, 5_000);
    let totals = cluster.totals();
    assert_eq!(failed(&cluster, Failure::Killed), totals.failed, "only what was in flight");
    assert!(totals.failed <= 2 && pods_asked(&cluster) == 1, "{totals:?}");
}

#[test]
fn an_endpoint_that_went_is_asked_until_every_proxy_has_heard() {
    let gone = |lag_ms: u64| {
        let lag = Duration::from_millis(lag_ms);
        let config = Config { proxy_lag: lag, ..config(1_000, Clients::default()) };
        let mut cluster = running(config, &WEB.replace("Seconds: 3", "Seconds: 1"));
        let name = cluster.api().list::<Pod>().iter().next().map(|pod| pod.meta.name.clone());
        let line = format!("delete pod {} --wait=false", name.unwrap_or_default());
        act(&mut cluster, &Command::kubectl(&line));
        after(&mut cluster, 10_000);
        let others = cluster.totals().failed - failed(&cluster, Failure::EndpointGone);
        assert!(others <= failed(&cluster, Failure::Killed), "the cause is one of the two");
        failed(&cluster, Failure::EndpointGone)
    };
    assert_eq!(gone(0), 0);
    assert_eq!(gone(900), 0, "the grace period is longer than the lag");
    let late = gone(4_000);
    assert!((50..750).contains(&late), "a quarter of up to three seconds: {late}");
    assert!(gone(8_000) > late);
}

#[test]
fn each_node_hears_of_a_change_at_its_own_time() {
    let clients = Clients { count: 3, ..Clients::default() };
    let config = Config { seed: 11, proxy_lag: Duration::from_secs(5), ..config(300, clients) };
    let mut cluster = running(config, WEB);
    after(&mut cluster, 10_000);
    let line = r#"patch service web -p '{"spec":{"selector":{"app":"nobody"}}}'"#;
    act(&mut cluster, &Command::kubectl(line));
    let mut per_second = Vec::new();
    for _ in 0..6 {
        let before = failed(&cluster, Failure::NoEndpoints);
        after(&mut cluster, 1_000);
        per_second.push(failed(&cluster, Failure::NoEndpoints) - before);
    }
    assert_eq!(per_second.first(), Some(&0), "nobody has heard: {per_second:?}");
    assert!(per_second.last() >= Some(&299), "all have: {per_second:?}");
    assert!(per_second.is_sorted(), "{per_second:?}");
    assert!(per_second.iter().any(|failed| (1..300).contains(failed)), "{per_second:?}");
}

#[test]
fn a_wrong_target_port_is_refused_by_the_pod_and_a_missing_name_by_the_proxy() {
    let wrong = running(config(20, Clients::default()), &WEB.replace("Port: http}", "Port: 9090}"));
    let sent = wrong.totals().sent;
    assert!(sent > 100 && failed(&wrong, Failure::WrongTargetPort) == sent);
    let missing =
        running(config(20, Clients::default()), &WEB.replace("Port: http}", "Port: metrics}"));
    let sent = missing.totals().sent;
    assert!(sent > 100 && failed(&missing, Failure::NoEndpoints) == sent);
}

#[test]
fn a_selector_that_matches_nothing_refuses_what_comes() {
    let mut cluster = running(config(20, Clients::default()), WEB);
    let line = r#"patch service web -p '{"spec":{"selector":{"app":"wbe"}}}'"#;
    act(&mut cluster, &Command::kubectl(line));
    after(&mut cluster, 2_000);
    let before = cluster.totals();
    after(&mut cluster, 5_000);
    assert_eq!(cluster.totals().failed - before.failed, 100);
    assert_eq!(failed(&cluster, Failure::NoEndpoints), cluster.totals().failed);
    assert!(cluster.api().get::<Service>("default", "web").is_ok());
}

#[test]
fn clients_wait_for_the_first_endpoint_unless_they_come_from_the_start() {
    let typo = WEB.replace("selector: {app: web}, ports", "selector: {app: wbe}, ports");
    let waiting = running(config(20, Clients::default()), &typo);
    assert_eq!(waiting.totals().sent, 0);
    let clients = Clients { from_start: true, ..Clients::default() };
    let refused = running(config(20, clients), &typo);
    let sent = refused.totals().sent;
    assert!(sent.abs_diff(200) <= 1 && failed(&refused, Failure::NoEndpoints) == sent, "{sent}");
}

#[test]
fn too_little_capacity_shows_as_latency_and_then_as_errors() {
    let two_seconds = Some(Duration::from_secs(2));
    let run = |rate| {
        let clients = Clients { request_length: two_seconds, ..Clients::default() };
        let mut cluster = running(config(rate, clients), WEB);
        after(&mut cluster, 60_000);
        let p95_ms = cluster.latencies().quantile_us(95) / 1_000;
        let late = failed(&cluster, Failure::ClientTimeout);
        (p95_ms, failed(&cluster, Failure::Overloaded) + late, cluster.totals())
    };
    let (easy, none, _) = run(8);
    let (busy, still_none, _) = run(48);
    let (full, overloaded, totals) = run(200);
    assert_eq!((none, still_none), (0, 0));
    assert!(easy < busy && busy < full, "{easy} {busy} {full}");
    assert!(overloaded * 10 > totals.sent * 3 && overloaded == totals.failed, "{totals:?}");
}

#[test]
fn clients_give_up_after_their_timeout_and_try_again_as_often_as_they_may() {
    let clients = Clients {
        request_length: Some(Duration::from_secs(3)),
        timeout: Duration::from_secs(1),
        retries: 2,
        ..Clients::default()
    };
    let mut cluster = running(config(10, clients), WEB);
    act(&mut cluster, &Command::SetRequestRate(0));
    after(&mut cluster, 20_000);
    let totals = cluster.totals();
    assert_eq!(totals.failed, failed(&cluster, Failure::ClientTimeout));
    assert_eq!((totals.sent, totals.retried), (totals.failed, totals.sent * 2));
    let first = &cluster.first_failures()[0].request;
    let took = first.ended.map(|ended| ended.since(first.at).as_millis());
    assert_eq!(took, Some(3_300), "three seconds of waiting and 100 ms and 200 ms between");
}

#[test]
fn a_retry_hides_a_refusal_from_the_client() {
    let run = |retries| {
        let clients = Clients { retries, ..Clients::default() };
        let config = Config { proxy_lag: Duration::from_secs(4), ..config(400, clients) };
        let mut cluster = running(config, &WEB.replace("Seconds: 3", "Seconds: 1"));
        act(&mut cluster, &Command::kubectl("rollout restart deployment/web"));
        after(&mut cluster, 30_000);
        cluster.totals()
    };
    let (without, with) = (run(0), run(5));
    assert!(without.failed > 50 && without.retried == 0, "{without:?}");
    assert!(with.failed * 10 < without.failed && with.retried > 50, "{with:?}");
}

#[test]
fn bursts_multiply_the_rate_for_a_while() {
    let burst = rollscope_sim::network::clients::Burst {
        every: Duration::from_secs(10),
        length: Duration::from_secs(2),
        factor: 5,
    };
    let clients = Clients { burst: Some(burst), ..Clients::default() };
    let mut cluster = running(config(10, clients), WEB);
    let before = cluster.totals().sent;
    after(&mut cluster, 20_000);
    let sent = cluster.totals().sent - before;
    assert!(sent.abs_diff(2 * (2 * 50 + 8 * 10)) <= 2, "{sent}");
}

#[test]
fn absurd_knobs_are_refused_with_a_sentence() {
    let usual = Clients::default();
    let cases = [
        (Clients { count: 0, ..usual }, "clients must be between 1 and 10000, not 0"),
        (Clients { retries: 99, ..usual }, "retries must be between 0 and 10, not 99"),
        (Clients { timeout: Duration::ZERO, ..usual }, "the client timeout must be longer than 0"),
        (
            Clients { long_length: Duration::from_hours(9), ..usual },
            "the length of long requests is at most 10 minutes",
        ),
    ];
    let mut cluster = Cluster::new(Config::with_seed(1));
    for (clients, sentence) in cases {
        let output = cluster.apply(&Command::SetClients(clients));
        assert_eq!((output.code, output.stderr), (1, format!("error: {sentence}\n")));
    }
    let output = cluster.apply(&Command::SetProxyLag(Duration::from_hours(1)));
    assert_eq!(output.stderr, "error: the proxy lag is at most 10 minutes\n");
    assert_eq!((*cluster.clients(), cluster.now()), (usual, Instant::BOOT));
}
