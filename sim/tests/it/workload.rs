//! Manifests and commands for tests that make up their own runs.

use proptest::prelude::*;
use rollscope_sim::api::Deployment;
use rollscope_sim::{Cluster, Command, Config, Duration, Instant};

pub(crate) const BUDGET: u64 = 10_000_000;

/// A Deployment to be made.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) replicas: u32,
    pub(crate) max_surge: String,
    pub(crate) max_unavailable: String,
    pub(crate) min_ready_seconds: u32,
}

/// Something a user does.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Scale(u32),
    Image(u32),
    BadImage(u32),
    Pause,
    Resume,
    Undo,
    Restart,
    DeletePod(usize),
}

impl Shape {
    pub(crate) fn manifest(&self) -> String {
        let Self { replicas, max_surge, max_unavailable, min_ready_seconds } = self;
        format!(
            r#"
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  minReadySeconds: {min_ready_seconds}
  strategy: {{rollingUpdate: {{maxSurge: {max_surge}, maxUnavailable: {max_unavailable}}}}}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata:
      labels: {{app: web}}
      annotations: {{sim/start-after: "0.3", sim/ready-after: "0.5", sim/terminate-after: "0.7"}}
    spec:
      containers: [{{name: server, image: "registry.example/web:v1"}}]
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}
"#
        )
    }
}

impl Deed {
    /// The command; `None` when there is nothing to do it to.
    pub(crate) fn command(&self, cluster: &Cluster) -> Option<Command> {
        let line = match self {
            Self::Scale(replicas) => format!("scale deployment/web --replicas={replicas}"),
            Self::Image(tag) => {
                format!("set image deployment/web server=registry.example/web:v{tag}")
            }
            Self::BadImage(tag) => {
                format!("set image deployment/web server=registry.example/web:v{tag}-bad")
            }
            Self::Pause => "rollout pause deployment/web".to_owned(),
            Self::Resume => "rollout resume deployment/web".to_owned(),
            Self::Undo => "rollout undo deployment/web".to_owned(),
            Self::Restart => "rollout restart deployment/web".to_owned(),
            Self::DeletePod(index) => {
                let pods = cluster.api().list::<rollscope_sim::api::Pod>();
                let pod = pods.iter().nth(index % pods.len().max(1))?;
                format!("delete pod {} --wait=false", pod.meta.name)
            }
        };
        Some(Command::kubectl(&line))
    }
}

/// Bounds as people write them; both may not be 0.
fn bounds() -> impl Strategy<Value = (String, String)> {
    let bound = prop_oneof![
        (0..4_u32).prop_map(|count| count.to_string()),
        prop::sample::select(vec!["0%", "25%", "34%", "50%", "100%"])
            .prop_map(|text| format!("{text:?}")),
    ];
    (bound.clone(), bound).prop_filter("both bounds are 0", |(surge, unavailable)| {
        let zero = |text: &str| text == "0" || text == "\"0%\"";
        !(zero(surge) && zero(unavailable))
    })
}

pub(crate) fn shapes() -> impl Strategy<Value = Shape> {
    (0..8_u32, bounds(), prop::sample::select(vec![0_u32, 0, 2])).prop_map(
        |(replicas, (max_surge, max_unavailable), min_ready_seconds)| Shape {
            replicas,
            max_surge,
            max_unavailable,
            min_ready_seconds,
        },
    )
}

/// Deeds with the time that passes before each, in microseconds: often none, often a little.
pub(crate) fn deeds() -> impl Strategy<Value = Vec<(u64, Deed)>> {
    let deed = prop_oneof![
        (0..9_u32).prop_map(Deed::Scale),
        (1..5_u32).prop_map(Deed::Image),
        (1..3_u32).prop_map(Deed::BadImage),
        Just(Deed::Pause),
        Just(Deed::Resume),
        Just(Deed::Undo),
        Just(Deed::Restart),
        (0..20_usize).prop_map(Deed::DeletePod),
    ];
    let delay = prop_oneof![Just(0_u64), 0..10_000_u64, 0..1_500_000_u64, 0..6_000_000_u64];
    prop::collection::vec((delay, deed), 0..12)
}

/// A cluster on which the shape has been applied.
pub(crate) fn cluster_with(shape: &Shape, seed: u64) -> Cluster {
    let mut cluster = Cluster::new(Config::with_seed(seed));
    cluster.keep_records();
    let output = cluster.apply(&Command::apply(&shape.manifest()));
    assert_eq!(output.code, 0, "{}", output.stderr);
    cluster
}

pub(crate) fn advance(cluster: &mut Cluster, by: Duration) {
    let target = cluster.now() + by;
    cluster.advance_to(target, BUDGET);
}

pub(crate) fn web(cluster: &Cluster) -> Option<&Deployment> {
    cluster.api().get::<Deployment>("default", "web").ok().map(AsRef::as_ref)
}

/// Runs on until the rollout is complete; says whether it got there in time.
pub(crate) fn completes(cluster: &mut Cluster, within: Duration) -> bool {
    let deadline: Instant = cluster.now() + within;
    loop {
        if web(cluster).is_some_and(|web| web.is_complete(&web.status)) {
            return true;
        }
        if cluster.now() > deadline || !cluster.step() {
            return false;
        }
    }
}
