//! Routes with weights in front of Services: the canary that needs no replica arithmetic.

use rollscope_sim::report::Report;
use rollscope_sim::{Cluster, Command, Config, Duration};

const BUDGET: u64 = 50_000_000;

/// Two versions behind a Service each.
fn versions() -> String {
    let one = |name: &str, version: &str| {
        format!(
            r#"
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
      - name: server
        image: busybox:1.36
        env: [{{name: VERSION, value: {version}}}]
        command: [sh, -c, "exec httpd -f -p 8080"]
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
"#
        )
    };
    one("stable", "v1") + &one("canary", "v2")
}

fn http_route(stable: u32, canary: u32) -> String {
    format!(
        r#"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: web}}
spec:
  parentRefs: [{{name: gateway}}]
  hostnames: [web.example]
  rules:
  - backendRefs:
    - {{name: stable, port: 80, weight: {stable}}}
    - {{name: canary, port: 80, weight: {canary}}}
"#
    )
}

fn ingress(name: &str, service: &str, annotations: &str) -> String {
    format!(
        r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}, annotations: {{{annotations}}}}}
spec:
  rules:
  - host: web.example
    http:
      paths:
      - {{path: /, pathType: Prefix, backend: {{service: {{name: {service}, port: {{number: 80}}}}}}}}
---
"#
    )
}

struct Run(Cluster);

impl Run {
    fn of(manifests: &str) -> Self {
        let mut run = Self(Cluster::new(Config { request_rate: 100, ..Config::with_seed(4) }));
        run.apply(manifests);
        run.after(10);
        run
    }

    #[track_caller]
    fn apply(&mut self, manifests: &str) {
        let output = self.0.apply(&Command::apply(manifests));
        assert_eq!((output.stderr.as_str(), output.code), ("", 0));
    }

    fn after(&mut self, seconds: u64) {
        self.0.advance_to(self.0.now() + Duration::from_secs(seconds), BUDGET);
    }

    /// What v1 and v2 answer in the next hundred seconds.
    fn shares(&mut self) -> [u64; 2] {
        let answered = |run: &Self| {
            ["v1", "v2"].map(|version| {
                let report = Report::of(&run.0);
                let known = report.versions.iter().find(|known| &*known.version == version);
                known.map_or(0, |known| known.answered)
            })
        };
        let before = answered(self);
        self.after(100);
        let after = answered(self);
        [after[0] - before[0], after[1] - before[1]]
    }
}

/// Whether a count is so many percent of ten thousand, within four standard deviations.
#[track_caller]
fn expect_percent(shares: [u64; 2], percent: u64) {
    assert!((9_990..=10_010).contains(&(shares[0] + shares[1])), "{shares:?}");
    assert!(shares[1].abs_diff(percent * 100) <= 200, "{shares:?}");
}

#[test]
fn an_http_route_gives_each_backend_its_weight_whatever_the_replicas() {
    let mut run = Run::of(&(versions() + &http_route(99, 1)));
    expect_percent(run.shares(), 1);
    run.apply(&http_route(90, 10));
    expect_percent(run.shares(), 10);
    let output = run.0.apply(&Command::kubectl("scale deployment/canary --replicas=6"));
    assert_eq!(output.code, 0);
    expect_percent(run.shares(), 10);
    run.apply(&http_route(0, 1));
    run.after(1);
    assert_eq!(run.shares()[0], 0, "a weight of 0 takes nothing");
    assert_eq!(run.0.totals().failed, 0);
    let columns = run.0.apply(&Command::kubectl("get httproute")).stdout;
    assert!(columns.contains("web    [\"web.example\"]"), "{columns}");
}

#[test]
fn a_service_is_asked_itself_again_when_its_route_goes() {
    let mut run = Run::of(&(versions() + &http_route(1, 1)));
    let sent = |run: &Run| run.0.totals().sent;
    let before = sent(&run);
    run.after(10);
    assert!(sent(&run).abs_diff(before + 1_000) <= 1, "one stream through the route");
    assert_eq!(run.0.apply(&Command::kubectl("delete httproute web")).code, 0);
    let before = sent(&run);
    run.after(10);
    assert!(sent(&run).abs_diff(before + 2_000) <= 4, "one to each Service");
}

#[test]
fn a_backend_that_is_not_there_fails_its_share() {
    let manifest =
        versions() + &http_route(3, 1).replace("name: canary, port: 80", "name: gone, port: 80");
    let mut run = Run::of(&manifest);
    run.after(100);
    // What the Service canary is asked itself does not fail.
    let failed = run.0.totals().failed;
    assert!((2_300..3_100).contains(&failed), "{failed}");
}

#[test]
fn a_canary_ingress_takes_its_percentage_of_the_other_one() {
    let canary = |weight: u32| {
        let annotations = format!(
            "nginx.ingress.kubernetes.io/canary: \"true\", \
             nginx.ingress.kubernetes.io/canary-weight: \"{weight}\""
        );
        ingress("web-canary", "canary", &annotations)
    };
    let mut run = Run::of(&(versions() + &ingress("web", "stable", "") + &canary(25)));
    expect_percent(run.shares(), 25);
    run.apply(&canary(60));
    expect_percent(run.shares(), 60);
    assert_eq!(run.0.totals().failed, 0);
    let described = run.0.apply(&Command::kubectl("describe ingress web")).stdout;
    assert!(described.contains("stable:80"), "{described}");
}

#[test]
fn a_route_that_makes_no_sense_is_refused() {
    let mut cluster = Cluster::new(Config::with_seed(1));
    for (manifest, reason) in [
        (http_route(1, 2_000_000), "should be from 0 to 1000000"),
        (http_route(1, 1).replace("port: 80", "prot: 80"), "unknown field"),
        (
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\nspec: {}\n"
                .into(),
            "either `defaultBackend` or `rules` must be specified",
        ),
    ] {
        let output = cluster.apply(&Command::apply(&manifest));
        assert!(output.code == 1 && output.stderr.contains(reason), "{}", output.stderr);
    }
}
