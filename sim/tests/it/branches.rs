//! Branches: what is left by acting in the past can be taken up again, and is what it was.

use rollscope_sim::{Command, Config, Duration, History, Instant};

const BUDGET: u64 = 10_000_000;
const MANIFEST: &str = include_str!("../../../tests/lab/1-inference-v1.yaml");

fn at(seconds: u64) -> Instant {
    Instant::from_secs(seconds)
}

/// A run of 60 s: rolled at 20 s, undone at 40 s.
fn run() -> History {
    let mut history = History::new(Config::with_seed(3));
    history.act(at(0), Command::apply(MANIFEST));
    history.advance_to(at(20), BUDGET);
    history.act(at(20), Command::kubectl("set env deployment/inference VERSION=v2"));
    history.advance_to(at(40), BUDGET);
    history.act(at(40), Command::kubectl("rollout undo deployment/inference"));
    history.advance_to(at(60), BUDGET);
    history
}

#[test]
fn a_branch_taken_up_again_is_the_run_it_was() {
    for forked_at in [0, 10, 20, 30, 40, 55] {
        let mut history = run();
        let (before, marks) = (history.head().fingerprint(), history.marks().to_vec());
        let (commands, traffic) = (history.commands().to_vec(), history.traffic().to_vec());
        let pods = history.pods().to_vec();
        history.act(at(forked_at), Command::kubectl("scale deployment/inference --replicas=5"));
        history.advance_to(at(forked_at) + Duration::from_secs(30), BUDGET);
        let other = history.head().fingerprint();
        assert!(history.reopen(0), "{forked_at}");
        assert_eq!(history.head().fingerprint(), before, "{forked_at}");
        assert_eq!((history.commands(), history.end()), (&*commands, at(60)), "{forked_at}");
        assert_eq!((history.marks(), history.traffic()), (&*marks, &*traffic), "{forked_at}");
        assert_eq!(history.pods(), pods, "{forked_at}");
        assert_eq!(history.branches().len(), 1);
        assert!(history.reopen(0), "{forked_at}");
        assert_eq!(history.head().fingerprint(), other, "{forked_at}");
    }
}

#[test]
fn a_branch_that_is_not_there_is_not_taken_up() {
    let mut history = run();
    let before = history.head().fingerprint();
    assert!(!history.reopen(0));
    assert_eq!(history.head().fingerprint(), before);
}

#[test]
fn the_pods_of_each_second_are_those_of_that_instant() {
    let history = run();
    assert_eq!(history.pods().len(), 61);
    let mut surged = false;
    for second in history.pods() {
        let mut then = history.at(at(second.second));
        let mut read = |line: &str| then.apply(&Command::kubectl(line)).stdout;
        let pods = read("get pods -o name").lines().count();
        let available = read("get deployment -o jsonpath={.items[*].status.availableReplicas}");
        assert_eq!(second.all, u64::try_from(pods).expect("few"), "{second:?}");
        assert_eq!(second.available, available.parse().unwrap_or(0), "{second:?}");
        if second.second > 0 {
            let bounds = (second.wanted, second.min_available, second.max_total);
            assert_eq!(bounds, (3, 3, 4), "{second:?}");
        }
        assert!(second.active <= second.all && second.active <= 4, "{second:?}");
        surged |= second.active == 4;
    }
    assert!(surged);
}
