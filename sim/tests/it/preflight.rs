//! The preflight: every finding is shown by a run, and gone in the run of the mended text.

use std::fmt::Write as _;

use expect_test::expect;
use rollscope_sim::manifest::Edit;
use rollscope_sim::preflight::{Evidence, Finding, Preflight, Remedy, Severity, findings};
use rollscope_sim::{Config, Duration};

/// A Deployment and its Service, with nothing wrong.
const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: server
        image: registry.example/inference:v1
        env:
        - {name: VERSION, value: v1}
        ports:
        - {name: http, containerPort: 8080}
        readinessProbe:
          httpGet: {path: /ready, port: http}
          periodSeconds: 2
        lifecycle:
          preStop: {sleep: {seconds: 5}}
        resources:
          requests: {cpu: 500m}
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - {port: 80, targetPort: http}
";

const READINESS: &str = "        readinessProbe:
          httpGet: {path: /ready, port: http}
          periodSeconds: 2
";
const PRE_STOP: &str = "        lifecycle:
          preStop: {sleep: {seconds: 5}}
";

fn config() -> Config {
    let mut config = Config::with_seed(5);
    config.request_rate = 10;
    config
}

/// The text after an edit, as an editor makes it.
fn edited(text: &str, edit: &Edit) -> String {
    let at = |line: u32, column: u32| {
        let lines = text.split_inclusive('\n').take(line as usize - 1);
        let begins: usize = lines.map(str::len).sum();
        let letters = text[begins..].char_indices().map(|(at, _)| begins + at);
        letters.chain([text.len()]).nth(column as usize - 1).expect("a place in the text")
    };
    let (from, to) = (at(edit.line, edit.column), at(edit.end_line, edit.end_column));
    [&text[..from], &edit.text, &text[to..]].concat()
}

fn of<'f>(findings: &'f [Finding], id: &str) -> Option<&'f Finding> {
    findings.iter().find(|finding| finding.id == id)
}

/// Holds that a text has a finding that the run shows, that its fix puts `fixed` into the text, and
/// that it is gone then.
#[track_caller]
fn check(config: &Config, text: &str, id: &str, claims: &str, fixed: &str) {
    let found = findings(config, text).expect("a manifest");
    let Some(finding) = of(&found, id) else { panic!("{id} is not among {found:#?}") };
    let Evidence::Shown(shown) = &finding.evidence else { panic!("not shown: {finding:#?}") };
    assert!(shown.contains(claims), "{shown}");
    let Remedy::Works(fix) = &finding.remedy else { panic!("no fix: {finding:#?}") };
    let mended = edited(text, &fix.edit);
    assert!(mended.contains(fixed), "{mended}");
    let left = findings(config, &mended).expect("a manifest");
    let shown = of(&left, id).is_some_and(|it| matches!(it.evidence, Evidence::Shown(_)));
    assert!(!shown, "{left:#?}");
}

#[test]
fn a_good_manifest_has_no_findings() {
    assert_eq!(findings(&config(), WEB), Ok(vec![]));
}

#[test]
fn probes_that_lie_are_found_and_mended() {
    let bare = WEB.replace(READINESS, "");
    check(&config(), &bare, "no-readiness-probe", "pod still loading", "readinessProbe:");
    let shallow = WEB.replace("httpGet: {path: /ready, port: http}", "tcpSocket: {port: http}");
    check(&config(), &shallow, "readiness-too-shallow", "pod still loading", "httpGet");
    let slow = "value: v1}\n        - {name: MODEL_LOAD_SECONDS, value: '90'}";
    let probe = |path: &str| {
        let liveness = format!(
            "        livenessProbe:\n          httpGet: {{path: {path}, port: http}}\n          \
             initialDelaySeconds: 10\n"
        );
        WEB.replace("value: v1}", slow).replace(READINESS, &[READINESS, &liveness].concat())
    };
    check(
        &config(),
        &probe("/ready"),
        "liveness-kills",
        "without the livenessProbe none",
        "startupProbe:",
    );
    // A path that is not there is no matter of time.
    let astray = probe("/nowhere").replace("value: '90'", "value: '4'");
    check(&config(), &astray, "liveness-kills", "statuscode: 404", "path: /ready");
}

#[test]
fn pods_that_stop_too_soon_are_found_and_mended() {
    let bare = WEB.replace(PRE_STOP, "");
    check(&config(), &bare, "no-pre-stop", "pod shutting down", "sleep:\n              seconds: 5");
    let short = WEB.replace("seconds: 5", "seconds: 1");
    let mut slow = config();
    slow.proxy_lag = Duration::from_secs(4);
    slow.request_rate = 100;
    check(&slow, &short, "pre-stop-too-short", "pod shutting down", "seconds: 9");
    let hasty = WEB.replace(
        "    spec:\n      containers",
        "    spec:\n      terminationGracePeriodSeconds: 6\n      containers",
    );
    let hasty = hasty.replace("seconds: 5", "seconds: 1");
    let mut patient = config();
    patient.clients.long_percent = 50;
    patient.clients.long_length = Duration::from_secs(10);
    check(
        &patient,
        &hasty,
        "grace-too-short",
        "killed at grace end",
        "terminationGracePeriodSeconds: ",
    );
}

#[test]
fn rollouts_without_room_are_found_and_mended() {
    let gpu = WEB.replace("requests: {cpu: 500m}", "limits: {nvidia.com/gpu: 4}");
    let bounds = "maxSurge: 0\n      maxUnavailable: 1";
    check(&config(), &gpu, "surge-does-not-fit", "Insufficient nvidia.com/gpu", bounds);
    let four = gpu.replace("replicas: 3", "replicas: 4");
    check(&config(), &four, "pods-do-not-fit", "3 of 4 pods became available", "replicas: 3");
    let quota = "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: '3'}}\n";
    check(&config(), &[WEB, quota].concat(), "quota-leaves-no-room", "exceeded quota: q", bounds);
}

/// Two Deployments behind one Service, each as WEB's.
fn pair() -> String {
    let (deployment, service) = WEB.split_once("---\n").expect("two documents");
    let [blue, green] = ["blue", "green"].map(|color| {
        deployment
            .replace("name: web", &format!("name: {color}"))
            .replace("{app: web}", &format!("{{app: web, color: {color}}}"))
    });
    [&blue, "---\n", &green, "---\n", service].concat()
}

#[test]
fn what_only_a_release_of_several_at_once_shows_is_found_and_mended() {
    assert_eq!(findings(&config(), &pair()), Ok(vec![]));

    // Nine GPUs: room for one more pod, not for one of each.
    let gpus = pair().replace("requests: {cpu: 500m}", "limits: {nvidia.com/gpu: 1}");
    let gpus = gpus.replace("replicas: 3", "replicas: 4");
    let mut nine = config();
    nine.node_resources.insert("nvidia.com/gpu".into(), 3_000);
    let bounds = "maxSurge: 0";
    check(&nine, &gpus, "waits-together", "Insufficient nvidia.com/gpu", bounds);

    let quota = "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: '7'}}\n";
    let quota = [&pair(), quota].concat();
    check(&config(), &quota, "waits-together", "exceeded quota: q", r#"pods: "9""#);

    // One answers while the other is away; both at once leave nobody.
    let recreate = pair().replace(
        "  selector:\n    matchLabels",
        "  strategy: {type: Recreate}\n  selector:\n    matchLabels",
    );
    check(&config(), &recreate, "outage-together", "no ready endpoint", "RollingUpdate");
}

#[test]
fn rollouts_that_take_too_much_away_are_found_and_mended() {
    let with = |replicas: u32, strategy: &str| {
        let line = format!("replicas: {replicas}\n  strategy: {strategy}");
        WEB.replace("replicas: 3", &line)
    };
    let all = with(1, "{rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}");
    check(&config(), &all, "rollout-outage", "no ready endpoint", "maxSurge: 1, maxUnavailable: 0");
    let recreate = with(3, "{type: Recreate}");
    check(&config(), &recreate, "recreate-outage", "no ready endpoint", "type: RollingUpdate");
    let few = with(4, "{rollingUpdate: {maxSurge: 0, maxUnavailable: 3}}");
    let mut busy = config();
    busy.request_rate = 40;
    busy.clients.timeout = Duration::from_secs(4);
    check(&busy, &few, "capacity-below-load", "client timeout", "maxUnavailable: 0");
    let rounds = with(3, "{rollingUpdate: {maxSurge: 0, maxUnavailable: 20%}}");
    check(&config(), &rounds, "percentage-rounds-to-zero", "2 of 3 pods", "maxUnavailable: 1");
    let short = WEB.replace("replicas: 3", "replicas: 3\n  progressDeadlineSeconds: 5");
    check(&config(), &short, "deadline-before-load", "ProgressDeadlineExceeded", "Seconds: 600");
    let forgetful = WEB.replace("replicas: 3", "replicas: 3\n  revisionHistoryLimit: 0");
    check(&config(), &forgetful, "no-history", "no rollout history found", "Limit: 10");
    let alone = WEB.replace("replicas: 3", "replicas: 1");
    check(&config(), &alone, "single-replica", "found nobody", "replicas: 2");
    let paused = WEB.replace("replicas: 3", "replicas: 3\n  paused: true");
    check(&config(), &paused, "paused", "it waits", "replicas: 3\n  selector");
}

#[test]
fn services_that_miss_are_found_and_mended() {
    let astray = WEB.replace("selector: {app: web}\n  ports", "selector: {app: wbe}\n  ports");
    check(
        &config(),
        &astray,
        "service-selects-nothing",
        "no endpoint",
        "selector: {app: web}\n  ports",
    );
    let port = WEB.replace("targetPort: http", "targetPort: 9090");
    check(&config(), &port, "wrong-target-port", "refused", "targetPort: http");
    let name = WEB.replace("targetPort: http", "targetPort: web");
    check(&config(), &name, "wrong-target-port", "no endpoint with a port", "targetPort: http");
    let other = WEB.split("---").next().expect("the Deployment");
    let other = other.replace("name: web", "name: other").replace("inference:", "web:");
    let tiers = |text: &str, tier: &str| {
        text.replace("matchLabels: {app: web}", &format!("matchLabels: {{app: web, tier: {tier}}}"))
            .replace("labels: {app: web}", &format!("labels: {{app: web, tier: {tier}}}"))
    };
    let two = format!("{}---\n{}", tiers(WEB, "a"), tiers(&other, "b"));
    check(
        &config(),
        &two,
        "service-selects-two-apps",
        "went to both",
        "app: web, tier: a}\n  ports",
    );
    let same = format!("{WEB}---\n{other}");
    check(&config(), &same, "overlapping-selectors", "3 pods of other", "part: other");
}

#[test]
fn what_stands_beside_a_deployment_is_found_and_mended() {
    let autoscaler = "---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 5
  maxReplicas: 8
";
    let scaled = [WEB, autoscaler].concat();
    check(&config(), &scaled, "replicas-and-autoscaler", "to 5 pods", "spec:\n  selector");
    let budget = |spec: &str| {
        let head = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\n";
        format!("{WEB}{head}spec: {{{spec}, selector: {{matchLabels: {{app: web}}}}}}\n")
    };
    let none = budget("maxUnavailable: 0");
    check(&config(), &none, "budget-blocks-drain", "disruption budget", "maxUnavailable: 1");
    let all = budget("minAvailable: 100%");
    check(&config(), &all, "budget-blocks-drain", "disruption budget", "minAvailable: 2");
}

#[test]
fn what_is_refused_is_told_with_the_place_where_it_belongs() {
    let deep = WEB.replace(
        "    spec:\n      containers",
        "    spec:\n      strategy:\n        type: Recreate\n      containers",
    );
    check(
        &config(),
        &deep,
        "misplaced-field",
        "strict decoding error",
        "  strategy:\n    type: Recreate\n",
    );
    let grace = WEB.replace(
        "        lifecycle",
        "        terminationGracePeriodSeconds: 9\n        lifecycle",
    );
    let found = findings(&config(), &grace).expect("a manifest");
    assert!(
        found[0]
            .explanation
            .contains("belongs to spec.template.spec.terminationGracePeriodSeconds")
    );
    let flat = WEB.replace("replicas: 3", "replicas: 3\n  maxUnavailable: 1");
    check(&config(), &flat, "misplaced-field", "maxUnavailable", "rollingUpdate");
    let high = WEB.replace("    spec:\n      cont", "    spec:\n      image: a:b\n      cont");
    let found = findings(&config(), &high).expect("a manifest");
    assert!(
        found[0].explanation.contains("belongs to spec.template.spec.containers[0].image")
            || found[0].id == "refused"
    );
    let typing = WEB.replace("replicas: 3", "replcias: 3");
    check(&config(), &typing, "refused", "replcias", "replicas: 3");
    let zero = WEB.replace(
        "replicas: 3",
        "replicas: 3\n  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}",
    );
    check(&config(), &zero, "refused", "may not be 0", "maxUnavailable: 1");
}

/// The findings of a text, a line each.
fn summary(text: &str) -> String {
    let mut out = String::new();
    for finding in findings(&Config::with_seed(1), text).expect("a manifest") {
        let Finding { line, severity, id, evidence, .. } = &finding;
        let shown = match evidence {
            Evidence::Shown(_) => "shown",
            Evidence::NotShown(_) => "not shown",
        };
        let fix = match &finding.remedy {
            Remedy::Works(fix) => fix.title.as_str(),
            Remedy::Nothing(_) | Remedy::Untried => "no fix",
        };
        let severity = severity.as_str();
        let _ = writeln!(out, "{line} {severity} {id} ({shown}): {fix}");
    }
    out
}

#[test]
fn the_labs_manifests_have_true_findings_alone() {
    let all = [
        include_str!("../../../tests/lab/1-inference-v1.yaml"),
        include_str!("../../../tests/lab/3-inference-v3-bad.yaml"),
        include_str!("../../../tests/lab/4-blue-green.yaml"),
        include_str!("../../../tests/lab/5-canary.yaml"),
    ];
    expect![[r#"
        15 risk grace-too-short (shown): give 30 s of grace
        17 risk no-pre-stop (not shown): add a preStop hook that sleeps 5 s, and give 30 s of grace
        17 hint no-requests (not shown): request cpu and memory (measure, then adjust)

        31 failure never-available (shown): no fix
        15 risk grace-too-short (not shown): give 30 s of grace
        17 risk no-pre-stop (not shown): add a preStop hook that sleeps 5 s, and give 30 s of grace
        17 hint no-requests (not shown): request cpu and memory (measure, then adjust)

        15 risk grace-too-short (shown): give 30 s of grace
        17 risk no-pre-stop (not shown): add a preStop hook that sleeps 5 s, and give 30 s of grace
        17 hint no-requests (not shown): request cpu and memory (measure, then adjust)
        52 hint no-requests (not shown): request cpu and memory (measure, then adjust)

        15 risk grace-too-short (shown): give 30 s of grace
        17 risk no-pre-stop (not shown): add a preStop hook that sleeps 5 s, and give 30 s of grace
        43 risk single-replica (not shown): run 2 replicas
        50 risk grace-too-short (not shown): give 30 s of grace
        52 risk no-pre-stop (not shown): add a preStop hook that sleeps 5 s, and give 30 s of grace
        17 hint no-requests (not shown): request cpu and memory (measure, then adjust)
        52 hint no-requests (not shown): request cpu and memory (measure, then adjust)
    "#]]
    .assert_eq(&all.map(summary).join("\n"));
}

#[test]
fn findings_come_one_rehearsal_a_step() {
    let text = WEB.replace(READINESS, "").replace(PRE_STOP, "");
    let mut preflight = Preflight::begin(&config(), &text).expect("a manifest");
    assert_eq!((preflight.done(), preflight.findings().count()), (0, 0));
    assert_eq!(preflight.doing(), "applying it and releasing the next version");
    assert!(preflight.step());
    let first: Vec<&Finding> = preflight.findings().collect();
    assert_eq!(first[0].severity, Severity::Failure);
    assert_eq!(first[0].remedy, Remedy::Untried);
    let mut steps = 1;
    while preflight.step() {
        steps += 1;
        assert_eq!(preflight.done(), steps);
        assert!(steps < 50, "it ends");
    }
    assert_eq!(preflight.left(), 0);
    assert!(preflight.findings().all(|finding| finding.remedy != Remedy::Untried));
}

#[test]
fn no_text_breaks_it_and_none_takes_forever() {
    for (end, _) in WEB.char_indices() {
        let _ = Preflight::begin(&config(), &WEB[..end]);
    }
    for text in ["", "kind: Service", "a: [", "- 1", "apiVersion: batch/v1\nkind: Job\n", "5"] {
        let _ = findings(&config(), text);
    }
    let mut lines: Vec<&str> = WEB.lines().collect();
    for at in (0..lines.len()).step_by(3) {
        let gone = lines.remove(at);
        let _ = findings(&config(), &lines.join("\n"));
        lines.insert(at, gone);
    }
    let many = WEB.replace("replicas: 3", "replicas: 1000000");
    let found = findings(&config(), &many).expect("a manifest");
    assert!(found.len() < 20);
}
