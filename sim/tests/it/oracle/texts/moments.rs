//! What was typed in a recorded scenario, done again, and every state the cluster came through.

use rollscope_sim::{Cluster, Config, Duration, Terminal};

use super::recorded::{Action, Scenario};

/// A cluster that shows no change for so long has settled.
const QUIET: Duration = Duration::from_secs(4);
/// The longest that is waited for a cluster to settle, and for a command to end.
const PATIENCE: Duration = Duration::from_secs(40);

/// The states between one command that changes something and the next.
pub(super) struct Stretch {
    /// What was typed during it that only reads.
    pub(super) reads: Vec<usize>,
    /// The cluster after each write, in order.
    pub(super) moments: Vec<Cluster>,
}

/// What a command printed.
#[derive(Default)]
pub(super) struct Printed {
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) code: Option<i32>,
}

/// Does again what was typed; the second list holds what the commands that change something
/// printed, by their places.
pub(super) fn replay(scenario: &Scenario) -> (Vec<Stretch>, Vec<(usize, Printed)>) {
    let mut cluster = Cluster::new(Config { request_rate: 0, ..Config::with_seed(1) });
    let mut stretches = Vec::new();
    let mut printed = Vec::new();
    for (place, action) in scenario.actions.iter().enumerate() {
        if reads(&action.line) {
            if let Some(Stretch { reads, .. }) = stretches.last_mut() {
                reads.push(place);
            }
            continue;
        }
        printed.push((place, run(&mut cluster, &action.line, action.input.as_deref())));
        let waits = scenario.actions[place + 1..].iter().take_while(|action| reads(&action.line));
        let moments = settle(&mut cluster, waits.collect());
        stretches.push(Stretch { reads: Vec::new(), moments });
    }
    (stretches, printed)
}

/// Whether a command changes nothing.
fn reads(line: &str) -> bool {
    const VERBS: [&str; 6] =
        ["get", "describe", "rollout status", "rollout history", "events", "wait"];
    let rest = line.strip_prefix("kubectl ").unwrap_or(line);
    VERBS.iter().any(|verb| rest.starts_with(verb))
}

/// Lets the cluster go on until it rests, and at least for as long as what is typed meanwhile
/// takes; the states on the way.
fn settle(cluster: &mut Cluster, typed: Vec<&Action>) -> Vec<Cluster> {
    let mut ends = cluster.now();
    for action in typed {
        let mut other = cluster.clone();
        other.advance_to(ends, u64::MAX);
        run(&mut other, &action.line, None);
        ends = ends.max(other.now());
    }
    let latest = cluster.now() + PATIENCE;
    let (mut moments, mut changed) = (vec![cluster.clone()], cluster.now());
    loop {
        let until = (changed + QUIET).max(ends + QUIET).min(latest);
        match cluster.next_at() {
            Some(next) if next <= until => {
                cluster.advance_to(next, u64::MAX);
            }
            _ => {
                cluster.advance_to(until, u64::MAX);
                moments.push(cluster.clone());
                return moments;
            }
        }
        let known = moments.last().map(|moment| moment.api().resource_version());
        if known != Some(cluster.api().resource_version()) {
            changed = cluster.now();
            moments.push(cluster.clone());
        }
    }
}

/// Runs a line to its end.
pub(super) fn run(cluster: &mut Cluster, line: &str, input: Option<&str>) -> Printed {
    let mut terminal = Terminal::new("default");
    terminal.start(cluster, line, input);
    let until = cluster.now() + PATIENCE;
    let mut all = Printed::default();
    loop {
        let printed = terminal.poll(cluster);
        all.stdout += &printed.stdout;
        all.stderr += &printed.stderr;
        all.code = printed.code;
        let next = [terminal.next_at(), cluster.next_at()].into_iter().flatten().min();
        match next {
            Some(next) if all.code.is_none() && next <= until => {
                cluster.advance_to(next, u64::MAX);
            }
            _ => return all,
        }
    }
}
