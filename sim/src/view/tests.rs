//! The view of the main job, at the moments people look at.

use super::*;
use crate::{Command, Config};

const MANIFEST: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: server
          image: busybox:1.36
          env: [{name: VERSION, value: v1}]
          command: ["sh", "-c"]
          args: ["sleep 8; touch /tmp/ready; exec httpd -f -p 8080"]
          readinessProbe: {exec: {command: ["cat", "/tmp/ready"]}, periodSeconds: 2}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
"#;

struct Scenario(Cluster);

impl Scenario {
    fn applied() -> Self {
        let mut scenario = Self(Cluster::new(Config::with_seed(7)));
        scenario.act(&Command::apply(MANIFEST));
        scenario
    }

    #[track_caller]
    fn act(&mut self, command: &Command) {
        let output = self.0.apply(command);
        assert_eq!((output.stderr.as_str(), output.code), ("", 0));
    }

    #[track_caller]
    fn kubectl(mut self, line: &str) -> Self {
        self.act(&Command::kubectl(line));
        self
    }

    fn after(mut self, seconds: u64) -> Self {
        self.0.advance_to(self.0.now() + Duration::from_secs(seconds), 1_000_000);
        self
    }

    fn view(&self) -> ClusterView {
        project(&self.0)
    }

    fn words(&self) -> Vec<String> {
        let pods = self.view().pods;
        pods.iter().map(|pod| format!("{} {}", pod.version, pod.stage.word())).collect()
    }
}

#[test]
fn an_empty_cluster_says_how_to_begin() {
    let view = project(&Cluster::new(Config::with_seed(7)));
    assert_eq!(view.narration, "Nothing runs yet. Apply creates what the manifest says.");
    assert!(view.pods.is_empty() && view.deployments.is_empty());
}

#[test]
fn pods_load_with_failed_probes_and_take_no_requests() {
    let view = Scenario::applied().after(6).view();
    let Some(pod) = view.pods.first() else { panic!("three pods") };
    let Some((from, to)) = pod.stage.span() else { panic!("{:?}", pod.stage) };
    assert_eq!((pod.stage.word(), to.since(from).as_secs()), ("loading", 8));
    assert!(pod.failed_probes.len() >= 2 && !pod.receives_traffic && !pod.keeps_failing);
    assert!(pod.failed_probes.iter().all(|at| *at > from && *at <= view.now));
    let service = &view.services[0];
    assert_eq!((service.ready, service.not_ready, service.matched), (0, 3, 3));
    assert_eq!(
        view.narration,
        "3 v1 pods load their model and are not Ready. Service web has no ready endpoint, so the \
         clients wait."
    );
}

#[test]
fn what_is_kept_from_picture_to_picture_is_what_a_fresh_look_finds() {
    let mut projector = Projector::default();
    let mut look = |cluster: &Cluster| {
        assert_eq!(projector.project(cluster), project(cluster), "at {}", cluster.now());
    };
    let mut scenario = Scenario::applied();
    let mut seen = Vec::new();
    let lines = [
        "patch deployment web -p '{\"spec\":{\"minReadySeconds\":3}}'",
        "set env deployment/web VERSION=v2",
        "delete pod -l app=web --wait=false",
        "patch service web -p '{\"spec\":{\"selector\":{\"app\":\"other\"}}}'",
        "scale deployment web --replicas=8",
        "set image deployment/web server=busybox:nope",
        "rollout undo deployment/web",
    ];
    for line in lines {
        for _ in 0..150 {
            scenario.0.advance_to(scenario.0.now() + Duration::from_millis(90), 1_000_000);
            look(&scenario.0);
        }
        seen.push(scenario.0.clone());
        scenario = scenario.kubectl(line);
        look(&scenario.0);
    }
    // To and fro, as one who scrubs does.
    for cluster in seen.iter().rev().chain(&seen) {
        look(cluster);
    }
}

#[test]
fn a_service_matches_pods_of_its_own_namespace_alone() {
    let elsewhere = MANIFEST.split("---").next().unwrap_or_default().replace(
        "{name: web}\nspec:\n  replicas",
        "{name: web, namespace: team}\nspec:\n  replicas",
    );
    let mut scenario = Scenario::applied().kubectl("create namespace team");
    scenario.act(&Command::apply(&elsewhere));
    let view = scenario.after(6).view();
    assert_eq!(view.pods.len(), 6);
    let service = &view.services[0];
    assert_eq!((service.matched, service.coming.len(), service.not_ready), (3, 3, 3));
}

#[test]
fn a_crowd_is_known_after_some_glances() {
    let manifest = MANIFEST.replace("replicas: 3", "replicas: 1200");
    let mut cluster = Cluster::new(Config { nodes: 40, ..Config::with_seed(7) });
    assert_eq!(cluster.apply(&Command::apply(&manifest)).code, 0);
    let mut projector = Projector::default();
    let mut glance = |cluster: &mut Cluster, ms: u64| {
        cluster.advance_to(Instant::from_millis(ms), u64::MAX);
        let (seen, fresh) = (projector.glance(cluster), project(cluster));
        assert_eq!(seen.deployments, fresh.deployments);
        assert_eq!((&seen.services, &seen.events), (&fresh.services, &fresh.events));
        assert_eq!(seen.narration, fresh.narration);
        let shown = |view: &ClusterView| {
            let shown = view.pods.iter().map(|pod| (pod.uid, pod.stage.clone(), pod.keeps_failing));
            shown.collect::<Vec<_>>()
        };
        assert_eq!(shown(&seen), shown(&fresh), "at {ms} ms");
    };
    for second in 1..60 {
        glance(&mut cluster, second * 1_000);
    }
    let settled = cluster.clone();
    assert!(project(&cluster).pods.iter().all(|pod| matches!(pod.stage, Stage::Ready { .. })));
    assert_eq!(cluster.apply(&Command::kubectl("set env deployment/web VERSION=v2")).code, 0);
    for step in 1..60 {
        glance(&mut cluster, 60_000 + step * 330);
    }
    glance(&mut settled.clone(), 59_500);
    for _ in 0..4 {
        projector.glance(&cluster);
    }
    assert_eq!(projector.glance(&cluster), project(&cluster));
}

#[test]
fn pictures_share_the_shelves_on_which_nothing_changed() {
    let manifest = MANIFEST.replace("replicas: 3", "replicas: 1200");
    let mut cluster = Cluster::new(Config { nodes: 40, ..Config::with_seed(7) });
    assert_eq!(cluster.apply(&Command::apply(&manifest)).code, 0);
    cluster.advance_to(Instant::from_secs(60), u64::MAX);
    let mut projector = Projector::default();
    let before = projector.project(&cluster).pods;
    let gone = format!("delete pod {} --wait=false", before.first().expect("a pod").name);
    assert_eq!(cluster.apply(&Command::kubectl(&gone)).code, 0);
    let after = projector.project(&cluster).pods;
    let shelves = before.shelves().iter().zip(after.shelves());
    let shared = shelves.filter(|(before, after)| Arc::ptr_eq(before, after)).count();
    assert_eq!(shared, before.shelves().len() - 1);
    assert!(shared > 4, "{shared} shelves");
}

#[test]
fn a_complete_rollout_is_told_with_its_number_and_version() {
    let view = Scenario::applied().after(20).view();
    assert_eq!(view.narration, "All 3 pods run v1 and are available: the rollout is complete.");
    assert!(view.deployments[0].complete && view.pods.iter().all(|pod| pod.receives_traffic));
    assert!(view.sent > 0 && view.failed == 0 && !view.requests.is_empty());
}

#[test]
fn a_rollout_waits_at_both_marks_of_its_budget() {
    let scenario =
        Scenario::applied().after(20).kubectl("set env deployment/web VERSION=v2").after(5);
    let view = scenario.view();
    let budget = &view.deployments[0].budget;
    assert_eq!(
        (budget.min_available, budget.max_total, budget.available, budget.total),
        (3, 4, 3, 4)
    );
    assert!(budget.waits_at_min && budget.waits_at_max);
    assert_eq!(budget.surge_arithmetic, "maxSurge 25% of 3 → 1 extra");
    assert_eq!(budget.unavailable_arithmetic, "maxUnavailable 25% of 3 → 0 missing");
    let lanes: Vec<(&str, i64, bool)> = view.deployments[0]
        .lanes
        .iter()
        .map(|lane| (&*lane.version, lane.revision, lane.is_new))
        .collect();
    assert_eq!(lanes, [("v2", 2, true), ("v1", 1, false)]);
    let rest = "3 available is the least allowed and 4 in all the most, so 3 v1 pods stay and no \
                further v2 pod starts.";
    assert!(view.narration.ends_with(rest), "{}", view.narration);
}

#[test]
fn a_pod_that_became_ready_is_news_with_its_consequence() {
    let mut scenario = Scenario::applied().after(20).kubectl("set env deployment/web VERSION=v2");
    let told = (0..30).any(|_| {
        scenario.0.advance_to(scenario.0.now() + Duration::from_millis(500), 1_000_000);
        let narration = scenario.view().narration;
        narration.contains("became Ready, so 1 v1 pod goes.")
    });
    assert!(told);
    let view = scenario.view();
    let leaving = view.pods.iter().find(|pod| pod.stage.word() == "terminating");
    let (from, to) = leaving.and_then(|pod| pod.stage.span()).expect("one terminates");
    assert!((4..=6).contains(&to.since(from).as_secs()));
}

#[test]
fn a_version_that_never_becomes_ready_is_named_with_its_probe() {
    let bad = MANIFEST.replace("touch /tmp/ready; ", "").replace("value: v1", "value: v3");
    let mut scenario = Scenario::applied().after(20);
    scenario.act(&Command::apply(&bad));
    let scenario = scenario.after(30);
    let view = scenario.view();
    assert!(
        view.narration.contains("runs, but its readiness probe keeps failing."),
        "{}",
        view.narration
    );
    assert_eq!(scenario.words(), ["v1 Ready", "v1 Ready", "v1 Ready", "v3 not Ready"]);
    let newest = view.pods.iter().last().expect("four pods");
    assert!(newest.keeps_failing && !newest.receives_traffic && view.failed == 0);
}

#[test]
fn a_paused_rollout_and_an_empty_one_say_so() {
    let paused = Scenario::applied().after(20).kubectl("rollout pause deployment/web").after(1);
    assert!(paused.view().narration.starts_with("Paused:"));
    assert!(paused.view().deployments[0].paused);
    let empty =
        Scenario::applied().after(20).kubectl("scale deployment/web --replicas=0").after(20);
    assert_eq!(
        empty.view().narration,
        "web is scaled to 0: no pod runs: the rollout is complete. Service web selects app=web, \
         which no pod carries, so its requests fail."
    );
}

/// The stages of the first pod, in order, each once.
fn stages(manifest: &str, seconds: u64) -> Vec<String> {
    let mut cluster = Cluster::new(Config::with_seed(7));
    assert_eq!(cluster.apply(&Command::apply(manifest)).code, 0);
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..seconds * 20 {
        cluster.advance_to(cluster.now() + Duration::from_millis(50), 1_000_000);
        let view = project(&cluster);
        let stage = view.pods.first().map_or("gone", |pod| pod.stage.word()).to_owned();
        if seen.last() != Some(&stage) {
            seen.push(stage);
        }
    }
    seen
}

#[test]
fn a_pod_pulls_is_initialized_and_made_and_loads_until_its_probe_succeeds() {
    let init = "initContainers: [{name: i, image: alpine:3.20, command: [sleep, '2']}]\n      \
                containers:";
    let manifest = MANIFEST.replace("containers:", init);
    let seen = stages(&manifest, 30);
    assert_eq!(
        seen,
        [
            "initializing",
            "pulling",
            "initializing",
            "pulling",
            "creating",
            "loading",
            "not Ready",
            "Ready"
        ]
    );
}

#[test]
fn probes_are_counted_against_their_thresholds() {
    let fails = MANIFEST.replace(
        "readinessProbe:",
        "livenessProbe: {tcpSocket: {port: 9}, periodSeconds: 2, failureThreshold: 4}\n          \
         readinessProbe:",
    );
    let mut cluster = Cluster::new(Config::with_seed(7));
    cluster.apply(&Command::apply(&fails));
    cluster.advance_to(Instant::from_secs(7), 1_000_000);
    let pods = project(&cluster).pods;
    let pod = pods.first().expect("a pod");
    let (liveness, readiness) =
        (pod.probes.liveness.expect("one"), pod.probes.readiness.expect("one"));
    assert!(liveness.failed >= 2 && liveness.failure_threshold == 4, "{liveness:?}");
    assert!(readiness.failed >= 2 && readiness.failure_threshold == 3, "{readiness:?}");
    assert_eq!(pod.probes.startup, None);
}

#[test]
fn a_pod_that_does_not_end_in_time_leaves_a_mark() {
    let deaf = MANIFEST.replace("exec httpd -f -p 8080", "trap '' TERM; httpd -f -p 8080");
    let mut scenario = Scenario(Cluster::new(Config::with_seed(7)));
    scenario.act(&Command::apply(&deaf));
    let scenario = scenario.after(20).kubectl("scale deployment/web --replicas=2").after(6);
    let view = scenario.view();
    let killed: Vec<&Arc<PodView>> =
        view.pods.iter().filter(|pod| matches!(pod.stage, Stage::Killed { .. })).collect();
    let [pod] = killed.as_slice() else { panic!("{:?}", scenario.words()) };
    let [(uid, at)] = view.deployments[0].lanes[0].killed.as_slice() else { panic!("one") };
    assert_eq!((*uid, at.as_secs()), (pod.uid, 25));
    assert!(pod.requests.answered > 0 && !view.deployments[0].lanes[0].pods.contains(uid));
}

#[test]
fn what_a_script_could_not_do_is_told_of_the_manifest_and_of_the_pod() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: c\n    \
                image: busybox:1.36\n    command: [sh, -c]\n    args:\n    - |\n      echo hello\n      \
                nvidia-smi\n      sleep 100\n";
    let found: Vec<String> = scripts(text).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["12:1: nvidia-smi: not found in the image busybox:1.36"]);
    let missing = text.replace("busybox:1.36", "registry.example/nothing:v1");
    let found = scripts(&missing);
    assert_eq!((found.len(), found[0].line), (1, 7));
    assert!(found[0].message.ends_with("cannot be pulled"), "{found:?}");
    let odd = text.replace("nvidia-smi", "fdisk -l");
    let mut cluster = Cluster::new(Config::with_seed(7));
    cluster.apply(&Command::apply(&odd));
    cluster.advance_to(Instant::from_secs(20), 1_000_000);
    let pods = project(&cluster).pods;
    let remarks = &pods.first().expect("a pod").remarks;
    assert_eq!(remarks.len(), 1, "{remarks:?}");
    assert_eq!((&*remarks[0].container, remarks[0].line), ("c", 2));
}

#[test]
fn two_equal_instants_have_equal_views() {
    assert_eq!(Scenario::applied().after(12).view(), Scenario::applied().after(12).view());
}
