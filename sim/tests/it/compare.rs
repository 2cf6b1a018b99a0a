//! The same release by every strategy: what each costs is what the course claims.

use rollscope_sim::compare::{Trial, Way, trial};
use rollscope_sim::{Config, Duration};

const INFERENCE: &str = include_str!("../../../tests/lab/1-inference-v1.yaml");

fn run(manifest: &str, way: Way) -> Trial {
    trial(&Config::with_seed(5), manifest, way).expect("the manifest works")
}

fn lost(trial: &Trial) -> u64 {
    trial.failed.iter().map(|(_, requests)| requests).sum()
}

#[test]
fn every_way_arrives_and_can_be_taken_back() {
    for way in Way::ALL {
        let trial = run(INFERENCE, way);
        assert!(trial.took.is_some_and(|took| took > Duration::from_secs(8)), "{way:?}");
        assert!(trial.rollback.is_some(), "{way:?}");
        assert!(trial.answered > 0 && !trial.traffic.is_empty() && !trial.commands.is_empty());
    }
}

#[test]
fn the_figures_tell_the_strategies_apart() {
    let of = |way| run(INFERENCE, way);
    let (rolling, in_place, recreate) = (of(Way::Rolling), of(Way::InPlace), of(Way::Recreate));
    let (blue_green, canary) = (of(Way::BlueGreen), of(Way::Canary));
    // Recreate alone has nobody to answer.
    assert_eq!(recreate.lowest_ready, 0);
    assert!(lost(&recreate) > 100, "{:?}", recreate.failed);
    assert!(recreate.mixed.is_zero());
    // A rolling update keeps its pods; without surge one is missing.
    assert_eq!((rolling.lowest_ready, in_place.lowest_ready), (3, 2));
    assert_eq!(in_place.peak_pods, 3 + 1, "an ending pod is still there");
    // Blue-green needs twice the pods, and turns at once.
    assert_eq!((blue_green.peak_pods, blue_green.lowest_ready), (6, 3));
    assert!(blue_green.mixed < Duration::from_secs(2) && rolling.mixed > Duration::from_secs(10));
    assert!(blue_green.rollback < rolling.rollback);
    // A canary lets both answer for as long as it is watched.
    assert!(canary.mixed > Duration::from_secs(30));
}

#[test]
fn what_cannot_be_released_is_told() {
    let config = Config::with_seed(5);
    let error = |manifest: &str| {
        trial(&config, manifest, Way::Rolling).map(|trial| trial.took).expect_err("refused")
    };
    assert_eq!(error("kind: Service"), "the manifest has no Deployment to release");
    assert!(error("a: [").starts_with("yaml: "));
    assert!(error(&INFERENCE.replace("replicas:", "replcias:")).contains("replcias"));
    let stuck = INFERENCE.replace("image: busybox:1.36", "image: busybox:9.99");
    assert!(error(&stuck).contains("never becomes complete"));
    // A million replicas end with a sentence as well.
    let million = INFERENCE.replace("replicas: 3", "replicas: 1000000");
    assert!(!error(&million).is_empty());
}
