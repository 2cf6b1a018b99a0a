//! The run so far: any past instant, and forks of it.
//!
//! A keyframe is a clone of the cluster; an instant between two is the earlier one, replayed.
//! Nothing is ever undone. Acting in the past keeps what came after as a branch.

pub mod mark;
mod second;

use crate::cluster::{Advance, Cluster, Config};
use crate::command::Command;
use crate::kubectl::Output;
use crate::kubectl::stream::{Line, StreamId};
use crate::network::tally::SecondOfTraffic;
use crate::time::{Duration, Instant};
pub use mark::{Mark, MarkKind};
pub use second::SecondOfPods;

/// The least time between keyframes.
const KEYFRAME_EVERY: Duration = Duration::from_secs(1);
/// How many objects all keyframes together may hold before every second one is dropped.
const KEYFRAME_OBJECTS: usize = 300_000;
/// The most occurrences a replay between two keyframes may take.
const REPLAY_BUDGET: u64 = 50_000_000;

/// A command and when it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// When.
    pub at: Instant,
    /// What.
    pub command: Command,
}

#[derive(Clone, Debug)]
struct Keyframe {
    at: Instant,
    /// How many commands it includes.
    commands: usize,
    cluster: Cluster,
}

/// What was done after the moment at which somebody acted in the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// When it was left.
    pub forked_at: Instant,
    /// How far it had come.
    pub until: Instant,
    /// All its commands, from the beginning.
    pub commands: Vec<Timed>,
}

/// What is left to be lived through of a branch that was taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// The commands to come.
    pub commands: Vec<Timed>,
    /// How far it goes.
    pub until: Instant,
    /// The branch as it was.
    pub branch: Branch,
}

/// A run and its past.
#[derive(Clone, Debug)]
pub struct History {
    head: Cluster,
    commands: Vec<Timed>,
    keyframes: Vec<Keyframe>,
    spacing: Duration,
    marks: Vec<Mark>,
    traffic: Vec<SecondOfTraffic>,
    pods: Vec<SecondOfPods>,
    branches: Vec<Branch>,
}

impl History {
    /// A run that begins now.
    pub fn new(config: Config) -> Self {
        let mut head = Cluster::new(config);
        head.keep_records();
        let mut history = Self {
            head,
            commands: Vec::new(),
            keyframes: Vec::new(),
            spacing: KEYFRAME_EVERY,
            marks: Vec::new(),
            traffic: Vec::new(),
            pods: Vec::new(),
            branches: Vec::new(),
        };
        history.collect();
        history.count_pods();
        history.keep_keyframe();
        history
    }

    /// The cluster at the furthest instant reached.
    pub const fn head(&self) -> &Cluster {
        &self.head
    }

    /// The furthest instant reached.
    pub const fn end(&self) -> Instant {
        self.head.now()
    }

    /// The commands given so far.
    pub fn commands(&self) -> &[Timed] {
        &self.commands
    }

    /// What happened, for the timeline, in order of time.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The traffic of the seconds that are over, in order of time.
    pub fn traffic(&self) -> &[SecondOfTraffic] {
        &self.traffic
    }

    /// Pods and GPUs at each second, in order of time.
    pub fn pods(&self) -> &[SecondOfPods] {
        &self.pods
    }

    /// The branches left behind by acting in the past.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// Lets time pass at the end of the run, up to `budget` occurrences.
    pub fn advance_to(&mut self, target: Instant, budget: u64) -> Advance {
        let mut left = budget;
        loop {
            let due = self.keyframes.last().map_or(Instant::BOOT, |last| last.at + self.spacing);
            let second = Instant::from_secs(self.pods.last().map_or(0, |last| last.second + 1));
            let stop = target.min(due).min(second).max(self.head.now());
            let before = self.head.occurrences();
            let outcome = self.head.advance_to(stop, left);
            left = left.saturating_sub(self.head.occurrences() - before);
            self.collect();
            if outcome == Advance::OutOfBudget {
                return outcome;
            }
            if stop >= second {
                self.count_pods();
            }
            if stop >= due {
                self.keep_keyframe();
            }
            if stop >= target {
                return Advance::Arrived;
            }
        }
    }

    /// Lets time pass at the end of the run to the next instant at which something is written:
    /// probes and requests alone do not count. Goes no further than `limit`.
    pub fn advance_to_next_change(&mut self, limit: Instant, budget: u64) -> Advance {
        let version = self.head.api().resource_version();
        for _ in 0..budget {
            let Some(next) = self.head.next_at().filter(|next| *next <= limit) else {
                break;
            };
            self.advance_to(next, 1_000);
            if self.head.api().resource_version() != version {
                return Advance::Arrived;
            }
        }
        self.advance_to(limit, budget)
    }

    /// Does something at the instant `at`. In the past this begins a new branch there: what came
    /// after is kept aside.
    pub fn act(&mut self, at: Instant, command: Command) -> Output {
        if at < self.head.now() {
            self.fork(at);
        }
        let output = self.head.apply(&command);
        self.marks.push(Mark { at: self.head.now(), kind: MarkKind::Command(command.text()) });
        self.commands.push(Timed { at: self.head.now(), command });
        self.collect();
        output
    }

    /// Does what changes nothing, without a record of it.
    pub fn look(&mut self, command: &Command) -> Output {
        self.head.apply(command)
    }

    /// What a streaming command has printed since the last call, and its exit code once it ended.
    pub fn read_stream(&mut self, stream: StreamId) -> (Vec<Line>, Option<i32>) {
        self.head.read_stream(stream)
    }

    /// Ends a streaming command, as Ctrl-C does.
    pub fn stop_stream(&mut self, stream: StreamId) {
        self.head.stop_stream(stream);
    }

    /// The cluster at an instant of the past; at the end for later ones.
    pub fn at(&self, t: Instant) -> Cluster {
        if t >= self.head.now() {
            return self.head.clone();
        }
        let after = self.keyframes.partition_point(|keyframe| keyframe.at <= t);
        let mut keyframe = self.keyframes[after.saturating_sub(1)].clone();
        keyframe.cluster.stop_records();
        self.replay(&mut keyframe, t);
        keyframe.cluster
    }

    /// Brings a keyframe forward to `t`, commands included.
    fn replay(&self, keyframe: &mut Keyframe, t: Instant) {
        let cluster = &mut keyframe.cluster;
        for timed in self.commands.iter().skip(keyframe.commands) {
            if timed.at > t {
                break;
            }
            cluster.advance_to(timed.at, REPLAY_BUDGET);
            cluster.apply(&timed.command);
            keyframe.commands += 1;
        }
        cluster.advance_to(t, REPLAY_BUDGET);
    }

    /// Makes `at` the end of the run; what came after becomes a branch.
    fn fork(&mut self, at: Instant) {
        let branch =
            Branch { forked_at: at, until: self.head.now(), commands: self.commands.clone() };
        self.branches.push(branch);
        self.head = self.at(at);
        self.head.keep_records();
        self.commands.retain(|timed| timed.at <= at);
        self.keyframes.retain(|keyframe| keyframe.at <= at);
        self.marks.retain(|mark| mark.at <= at);
        self.pods.retain(|second| Instant::from_secs(second.second) <= at);
        // The second that is not over belongs to the cluster, which counts on.
        self.traffic.retain(|second| second.second < at.as_secs());
    }

    /// Makes a branch the run again, by living through it anew; the run as it is becomes a branch.
    /// Tells whether there is such a branch.
    pub fn reopen(&mut self, index: usize) -> bool {
        let Some(rest) = self.take_up(index) else { return false };
        for timed in rest.commands {
            self.advance_to(timed.at, REPLAY_BUDGET);
            self.act(timed.at, timed.command);
        }
        self.advance_to(rest.until, REPLAY_BUDGET);
        true
    }

    /// Goes back to where a branch was left, which is no longer one; the run as it is becomes a
    /// branch. Returns what is to be lived through to have it again, `None` when there is no such
    /// branch.
    pub fn take_up(&mut self, index: usize) -> Option<Rest> {
        if index >= self.branches.len() {
            return None;
        }
        let branch = self.branches.remove(index);
        let kept = self.commands.iter().zip(&branch.commands).take_while(|(a, b)| a == b).count();
        let parted = [self.commands.get(kept), branch.commands.get(kept)];
        let parted = parted.iter().flatten().map(|timed| timed.at).min();
        let shared = parted.unwrap_or(branch.until).min(self.end()).min(branch.until);
        self.fork(shared);
        if let Some(left) = self.branches.last_mut() {
            left.forked_at = shared;
        }
        // Commands of that very instant are kept by a fork, though they may be others.
        if self.commands.len() > kept {
            let branches = std::mem::take(&mut self.branches);
            *self = Self { branches, ..Self::new(self.head.config().clone()) };
        }
        let commands = branch.commands.iter().skip(self.commands.len()).cloned().collect();
        Some(Rest { commands, until: branch.until, branch })
    }

    /// Keeps a branch, such as one that was taken up and not brought about to its end.
    pub fn keep_branch(&mut self, branch: Branch) {
        self.branches.push(branch);
    }

    fn count_pods(&mut self) {
        self.pods.push(SecondOfPods::of(&self.head));
    }

    fn keep_keyframe(&mut self) {
        let mut cluster = self.head.clone();
        cluster.stop_records();
        let at = cluster.now();
        self.keyframes.push(Keyframe { at, commands: self.commands.len(), cluster });
        let objects: usize = self.keyframes.iter().map(|kept| kept.cluster.objects()).sum();
        if objects > KEYFRAME_OBJECTS && self.keyframes.len() > 8 {
            self.spacing *= 2;
            let mut index = 0;
            self.keyframes.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
    }

    fn collect(&mut self) {
        for event in self.head.take_writes() {
            mark::collect(&event, &mut self.marks);
        }
        self.traffic.extend(self.head.take_traffic());
    }
}
