//! What must hold for every manifest, seed and sequence of commands.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rollscope_sim::api::deployment::DESIRED_REPLICAS;
use rollscope_sim::api::{Deployment, Pod, ReplicaSet};
use rollscope_sim::apiserver::{AnyObject, Change, WatchEvent};
use rollscope_sim::controller::deployment::replica_sets::int_annotation;
use rollscope_sim::{Cluster, Command, Config, Duration, History, Instant};

use crate::workload::{BUDGET, Deed, Shape, advance, cluster_with, completes, deeds, shapes, web};

/// For so long a controller may act on what it knew before a change.
const STALE: Duration = Duration::from_millis(100);

/// The same cases in every run; `PROPTEST_RNG_SEED` chooses others.
fn cases(cases: u32) -> ProptestConfig {
    let chosen = std::env::var_os("PROPTEST_RNG_SEED").is_some();
    let default = ProptestConfig::default();
    let rng_seed = if chosen { default.rng_seed } else { RngSeed::Fixed(2026) };
    ProptestConfig { cases, failure_persistence: None, rng_seed, ..default }
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn the_controller_keeps_within_surge_and_unavailability(
        shape in shapes(), deeds in deeds(), seed in 0..1_000_u64,
    ) {
        let mut cluster = cluster_with(&shape, seed);
        let mut bounds = Bounds::default();
        for (delay, deed) in &deeds {
            advance(&mut cluster, Duration::from_micros(*delay));
            bounds.watch(&mut cluster)?;
            if let Some(command) = deed.command(&cluster) {
                cluster.apply(&command);
            }
        }
        advance(&mut cluster, Duration::from_secs(30));
        bounds.watch(&mut cluster)?;
        prop_assert_eq!(cluster.check(), Vec::<String>::new());
    }

    #[test]
    fn a_run_without_faults_converges(
        shape in shapes(), deeds in deeds(), seed in 0..1_000_u64,
    ) {
        let mut cluster = cluster_with(&shape, seed);
        for (delay, deed) in &deeds {
            advance(&mut cluster, Duration::from_micros(*delay));
            if let Some(command) = deed.command(&cluster) {
                cluster.apply(&command);
            }
        }
        for deed in [Deed::Resume, Deed::Image(9), Deed::Scale(4)] {
            let command = deed.command(&cluster).expect("there is a Deployment");
            cluster.apply(&command);
        }
        let complete = completes(&mut cluster, Duration::from_mins(5));
        prop_assume!(complete || !sticks_as_upstream(&cluster));
        prop_assert!(complete, "{:?}", web(&cluster).map(|web| &web.status));
        advance(&mut cluster, Duration::from_secs(5));
        let (mut pods, mut ready) = (0, 0);
        for pod in cluster.api().list::<Pod>().iter() {
            pods += 1;
            ready += u32::from(pod.is_ready() && &*pod.spec.version() == "v9");
        }
        prop_assert_eq!((pods, ready), (4, 4));
    }

    #[test]
    fn a_run_replayed_is_the_same_run(
        shape in shapes(), deeds in deeds(), seed in 0..1_000_u64,
    ) {
        let run = || {
            let mut cluster = cluster_with(&shape, seed);
            for (delay, deed) in &deeds {
                advance(&mut cluster, Duration::from_micros(*delay));
                if let Some(command) = deed.command(&cluster) {
                    cluster.apply(&command);
                }
            }
            advance(&mut cluster, Duration::from_secs(10));
            (cluster.fingerprint(), cluster.occurrences(), cluster.take_writes())
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn the_past_is_the_run_stopped_there(
        shape in shapes(), deeds in deeds(), seed in 0..1_000_u64, instants in prop::collection::vec(0..40_000_u64, 1..6),
    ) {
        let config = Config::with_seed(seed);
        let mut history = History::new(config.clone());
        history.act(Instant::BOOT, Command::apply(&shape.manifest()));
        for (delay, deed) in &deeds {
            history.advance_to(history.end() + Duration::from_micros(*delay), BUDGET);
            if let Some(command) = deed.command(history.head()) {
                history.act(history.end(), command);
            }
        }
        history.advance_to(history.end() + Duration::from_secs(10), BUDGET);
        for instant in instants {
            let t = Instant::from_millis(instant).min(history.end());
            let past = history.at(t);
            let mut stopped = Cluster::new(config.clone());
            for timed in history.commands().iter().filter(|timed| timed.at <= t) {
                stopped.advance_to(timed.at, BUDGET);
                stopped.apply(&timed.command);
            }
            stopped.advance_to(t, BUDGET);
            prop_assert_eq!(past.now(), stopped.now());
            prop_assert_eq!(past.fingerprint(), stopped.fingerprint());
            prop_assert_eq!(past.next_at(), stopped.next_at());
            prop_assert_eq!(past.occurrences(), stopped.occurrences());
        }
    }
}

/// Whether the Deployment is where upstream's controller gets stuck: see the test below.
fn sticks_as_upstream(cluster: &Cluster) -> bool {
    let Some(web) = web(cluster) else {
        return false;
    };
    let sets = cluster.api().list::<ReplicaSet>();
    let mut active = sets.iter().filter(|rs| rs.spec.replicas > 0);
    let Some(only) = active.next() else {
        return false;
    };
    active.next().is_none()
        && only.spec.replicas == web.spec.replicas
        && int_annotation(&only.meta, DESIRED_REPLICAS) != Some(web.spec.replicas)
}

/// Kubernetes issue 102551, open in v1.36: a rollout without surge has taken one old pod away, and
/// the user resizes to just what is left. The only active set has the right size already, so its
/// `desired-replicas` is not refreshed, every sync takes it for a resize, and nothing rolls.
#[test]
fn a_resize_to_what_the_only_active_set_has_sticks_as_it_does_upstream() {
    let shape = Shape {
        replicas: 5,
        max_surge: "0".to_owned(),
        max_unavailable: "1".to_owned(),
        min_ready_seconds: 0,
    };
    let mut cluster = cluster_with(&shape, 1);
    assert!(completes(&mut cluster, Duration::from_secs(60)));
    cluster.apply(&Deed::Image(2).command(&cluster).expect("a command"));
    while !cluster.api().list::<ReplicaSet>().iter().any(|rs| rs.spec.replicas == 4) {
        assert!(cluster.step(), "the old set is never shrunk");
    }
    cluster.apply(&Deed::Scale(4).command(&cluster).expect("a command"));
    assert!(!completes(&mut cluster, Duration::from_secs(600)));
    assert!(sticks_as_upstream(&cluster));
    cluster.apply(&Deed::Scale(3).command(&cluster).expect("a command"));
    assert!(completes(&mut cluster, Duration::from_secs(60)), "another resize sets it free");
}

/// Follows the writes of a run and holds the controller to its bounds.
#[derive(Default)]
struct Bounds {
    deployments: Vec<(Instant, Deployment)>,
    sets: BTreeMap<u64, ReplicaSet>,
    /// Times at which a user made what the controller then had to do with old knowledge.
    disturbed: Vec<Instant>,
}

impl Bounds {
    fn watch(&mut self, cluster: &mut Cluster) -> Result<(), TestCaseError> {
        for event in cluster.take_writes() {
            self.take(&event)?;
        }
        Ok(())
    }

    fn take(&mut self, event: &WatchEvent) -> Result<(), TestCaseError> {
        match &event.object {
            AnyObject::Deployment(deployment) => {
                let resized =
                    self.deployments.last().is_none_or(|(_, known)| known.spec != deployment.spec);
                if resized {
                    self.disturbed.push(event.at);
                }
                self.deployments.push((event.at, Deployment::clone(deployment)));
            }
            AnyObject::ReplicaSet(rs) if event.change != Change::Deleted => {
                let before = self.sets.insert(rs.meta.uid.0, ReplicaSet::clone(rs));
                let was = before.as_ref().map_or(0, |before| before.spec.replicas);
                if rs.spec.replicas > was {
                    self.check_surge(event.at)?;
                } else if rs.spec.replicas < was {
                    self.check_availability(event.at, rs, was)?;
                }
            }
            AnyObject::ReplicaSet(rs) => {
                self.sets.remove(&rs.meta.uid.0);
            }
            AnyObject::Pod(pod) if pod.meta.is_deleting() => {
                let begins = event.old.as_ref().is_some_and(|old| !old.meta().is_deleting());
                let by_user = begins && !self.has_too_many(pod);
                if by_user {
                    self.disturbed.push(event.at);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A pod that goes though its set is not too large was deleted by hand.
    fn has_too_many(&self, pod: &Pod) -> bool {
        let owner = pod.meta.controller().and_then(|owner| self.sets.get(&owner.uid.0));
        owner.is_some_and(|rs| rs.status.replicas > rs.spec.replicas)
    }

    /// The Deployments the controller may have had before its eyes.
    fn recent(&self, now: Instant) -> impl Iterator<Item = &Deployment> {
        let last = self.deployments.len().saturating_sub(1);
        let known = self.deployments.iter().enumerate();
        known
            .filter(move |(index, (at, _))| *index == last || now.since(*at) < STALE)
            .map(|(_, (_, deployment))| deployment)
    }

    fn check_surge(&self, now: Instant) -> Result<(), TestCaseError> {
        let total: i32 = self.sets.values().map(|rs| rs.spec.replicas).sum();
        let allowed = self.recent(now).map(|d| d.spec.replicas + d.max_surge()).max().unwrap_or(0);
        prop_assert!(total <= allowed, "{} s: grew to {} pods, {} allowed", now, total, allowed);
        Ok(())
    }

    /// Shrinking an old set must leave enough available pods, as far as the statuses could tell.
    fn check_availability(
        &self,
        now: Instant,
        rs: &ReplicaSet,
        was: i32,
    ) -> Result<(), TestCaseError> {
        if self.disturbed.iter().any(|at| now.since(*at) < STALE) {
            return Ok(());
        }
        let least = self.recent(now).map(Deployment::min_available).min().unwrap_or(0);
        let paused = self.recent(now).any(|d| d.spec.paused);
        let available: i32 = self.sets.values().map(|rs| rs.status.available_replicas).sum();
        let unavailable = (was - rs.status.available_replicas).max(0);
        let lost = (was - rs.spec.replicas - unavailable).max(0);
        prop_assert!(
            paused || lost == 0 || available - lost >= least,
            "{} s: {} of {} available pods taken away, {} must stay",
            now,
            lost,
            available,
            least
        );
        Ok(())
    }
}

/// How an update is timed so that it meets the controllers at a bad moment.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// At the very write that makes a pod Ready.
    Readiness,
    /// At the write that resizes a set, its controller not yet aware of it.
    MidScale,
    /// At the write of the Deployment's own status.
    MidSync,
    /// Together with a resize by the user.
    WithScale,
    /// After so many occurrences.
    After(u32),
}

#[test]
fn a_thousand_updates_at_awkward_instants_are_all_seen() {
    let shape = Shape {
        replicas: 3,
        max_surge: "1".to_owned(),
        max_unavailable: "0".to_owned(),
        min_ready_seconds: 0,
    };
    let mut cluster = cluster_with(&shape, 42);
    assert!(completes(&mut cluster, Duration::from_mins(1)));
    for update in 1..=1_000_u32 {
        let moment = match update % 5 {
            0 => Moment::Readiness,
            1 => Moment::MidScale,
            2 => Moment::MidSync,
            3 => Moment::WithScale,
            _ => Moment::After(update % 97),
        };
        wait_for(&mut cluster, moment);
        if let Moment::WithScale = moment {
            let replicas = 2 + update % 3;
            cluster
                .apply(&Command::kubectl(&format!("scale deployment/web --replicas={replicas}")));
        }
        let image = format!("registry.example/web:u{update}");
        cluster.apply(&Command::kubectl(&format!("set image deployment/web server={image}")));
        assert!(
            is_taken_up(&mut cluster, &image),
            "update {update}, {moment:?}, at {} s: {:?}",
            cluster.now(),
            web(&cluster)
        );
    }
    assert!(completes(&mut cluster, Duration::from_mins(2)));
    let pods = cluster.api().list::<Pod>();
    assert!(pods.iter().filter(|pod| pod.is_active()).all(|pod| &*pod.spec.version() == "u1000"));
}

/// Steps to the moment, or for ten seconds when it does not come.
fn wait_for(cluster: &mut Cluster, moment: Moment) {
    let deadline = cluster.now() + Duration::from_secs(10);
    let mut left = match moment {
        Moment::After(steps) => steps,
        _ => u32::MAX,
    };
    cluster.take_writes();
    while left > 0 && cluster.now() < deadline && cluster.step() {
        left -= 1;
        let reached = cluster.take_writes().iter().any(|event| match (&event.object, moment) {
            (AnyObject::Pod(pod), Moment::Readiness) => {
                let was = matches!(&event.old, Some(AnyObject::Pod(old)) if old.is_ready());
                pod.is_ready() && !was
            }
            (AnyObject::ReplicaSet(rs), Moment::MidScale | Moment::WithScale) => {
                matches!(&event.old, Some(AnyObject::ReplicaSet(old)) if old.spec.replicas != rs.spec.replicas)
            }
            (AnyObject::Deployment(_), Moment::MidSync) => true,
            _ => false,
        });
        if reached {
            return;
        }
    }
}

/// Whether the controller observes the update and makes its set within a second.
fn is_taken_up(cluster: &mut Cluster, image: &str) -> bool {
    let deadline = cluster.now() + Duration::from_secs(1);
    while cluster.now() < deadline {
        let observed =
            web(cluster).is_some_and(|web| web.status.observed_generation == web.meta.generation);
        let made = cluster
            .api()
            .list::<ReplicaSet>()
            .iter()
            .any(|rs| &*rs.spec.template.spec.containers[0].image == image);
        if observed && made {
            return true;
        }
        if !cluster.step() {
            return false;
        }
    }
    false
}
