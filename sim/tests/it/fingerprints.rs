//! Runs whose fingerprints are committed: the same numbers must come out on every target.
//!
//! `UPDATE_EXPECT=1 cargo test -p rollscope-sim --test it fingerprints` writes them anew.

use rollscope_sim::rng::Rng;
use rollscope_sim::{Cluster, Command, Config, Duration};

const LAB_V1: &str = include_str!("../../../tests/lab/1-inference-v1.yaml");
const LAB_V2: &str = include_str!("../../../tests/lab/2-inference-v2.yaml");
const LAB_BAD: &str = include_str!("../../../tests/lab/3-inference-v3-bad.yaml");
const BLUE_GREEN: &str = include_str!("../../../tests/lab/4-blue-green.yaml");
const CANARY: &str = include_str!("../../../tests/lab/5-canary.yaml");
const BUDGET: u64 = 10_000_000;

/// One line a run: its name, fingerprint and number of occurrences.
pub(crate) fn fingerprints() -> String {
    let mut lines = String::new();
    for (name, run) in [
        ("lab", lab as fn() -> Cluster),
        ("blue-green", blue_green),
        ("canary", || run(CANARY, &[(30, "scale deployment/inference-canary --replicas=3")])),
    ] {
        lines += &line(name, &run());
    }
    for seed in 1..=12 {
        lines += &line(&format!("random-{seed}"), &random(seed));
    }
    lines
}

fn line(name: &str, cluster: &Cluster) -> String {
    format!("{name} {:016x} {}\n", cluster.fingerprint(), cluster.occurrences())
}

fn run(manifest: &str, script: &[(u64, &str)]) -> Cluster {
    let mut cluster = Cluster::new(Config::with_seed(7));
    cluster.apply(&Command::apply(manifest));
    for (seconds, line) in script {
        advance(&mut cluster, *seconds);
        cluster.apply(&Command::kubectl(line));
    }
    advance(&mut cluster, 60);
    cluster
}

fn advance(cluster: &mut Cluster, seconds: u64) {
    let target = cluster.now() + Duration::from_secs(seconds);
    cluster.advance_to(target, BUDGET);
}

/// The lab: v1, v2, a bad v3, and back.
fn lab() -> Cluster {
    let mut cluster = Cluster::new(Config::with_seed(7));
    for manifest in [LAB_V1, LAB_V2, LAB_BAD] {
        cluster.apply(&Command::apply(manifest));
        advance(&mut cluster, 60);
    }
    cluster.apply(&Command::kubectl("rollout undo deployment/inference"));
    advance(&mut cluster, 60);
    cluster
}

fn blue_green() -> Cluster {
    let patch = r#"patch service inference -p '{"spec":{"selector":{"color":"green"}}}'"#;
    run(BLUE_GREEN, &[(30, patch), (10, "scale deployment/inference-blue --replicas=0")])
}

/// Commands drawn from a seeded stream.
fn random(seed: u64) -> Cluster {
    let mut draw = Rng::stream(seed, "commands");
    let mut cluster = Cluster::new(Config::with_seed(seed));
    cluster.apply(&Command::apply(LAB_V1));
    for _ in 0..12 {
        let pause = Duration::from_micros(draw.up_to(15_000_000));
        let target = cluster.now() + pause;
        cluster.advance_to(target, BUDGET);
        let number = draw.up_to(6);
        let line = match draw.up_to(6) {
            0 => format!("scale deployment/inference --replicas={number}"),
            1 | 2 => format!("set env deployment/inference VERSION=v{number}"),
            3 => "rollout undo deployment/inference".to_owned(),
            4 => "rollout pause deployment/inference".to_owned(),
            5 => "rollout resume deployment/inference".to_owned(),
            _ => "rollout restart deployment/inference".to_owned(),
        };
        cluster.apply(&Command::kubectl(&line));
    }
    advance(&mut cluster, 30);
    cluster
}
