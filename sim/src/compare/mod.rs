//! The same release by different strategies: what each costs, on one clock.
//!
//! A [`Trial`] applies a manifest on a cluster of its own, waits until the Deployment is complete,
//! releases the next version in one [`Way`], and, on a copy of that cluster, takes it back. Nothing
//! is modelled here: every way is a few kubectl commands, which the trial lists, and all figures
//! are read off the cluster.
//!
//! Leaves out: Deployments that share their Service with others, and more than one Deployment a
//! release; the first Deployment of a manifest is the one that is released.

mod lived;
mod plan;

use crate::api::{Deployment, EndpointSlice, Pod};
use crate::cluster::{Advance, Cluster, Config};
use crate::command::Command;
use crate::history::Timed;
use crate::network::request::Failure;
use crate::network::tally::SecondOfTraffic;
use crate::report::Report;
use crate::time::{Duration, Instant};
pub use lived::{Lived, live};
pub(crate) use plan::Release;
use plan::{Plan, Stage};

/// How often a trial looks at the cluster.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a trial waits for anything.
const PATIENCE: Duration = Duration::from_mins(20);
/// How long a trial watches on when all is done: the last pods end, the last requests are answered.
pub(crate) const AFTERMATH: Duration = Duration::from_secs(45);
/// How long a canary is watched before it is promoted.
const CANARY_WATCH: Duration = Duration::from_secs(30);
/// The most occurrences of one trial: some seconds of computing in a browser.
const MOST_WORK: u64 = 12_000_000;

/// What is said of a release that takes more work than that.
const TOO_MUCH: &str =
    "it is too much work to try: compare with fewer replicas, or with probes that ask less often";

/// A way to release a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The Deployment's own strategy.
    AsWritten,
    /// `RollingUpdate` with a quarter more and a quarter fewer pods, which are the defaults.
    Rolling,
    /// `RollingUpdate` with `maxSurge: 0` and `maxUnavailable: 1`: no room for another pod is needed.
    InPlace,
    /// `Recreate`.
    Recreate,
    /// A second Deployment of the same size, and the Service's selector swapped.
    BlueGreen,
    /// A second Deployment with a tenth of the pods first; then the rest is rolled.
    Canary,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::AsWritten,
        Self::Rolling,
        Self::InPlace,
        Self::Recreate,
        Self::BlueGreen,
        Self::Canary,
    ];

    /// In words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::AsWritten => "as written",
            Self::Rolling => "rolling, 25 %",
            Self::InPlace => "rolling, maxSurge 0",
            Self::Recreate => "recreate",
            Self::BlueGreen => "blue-green",
            Self::Canary => "canary, 10 %",
        }
    }
}

/// What a release came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The way.
    pub way: Way,
    /// What was typed after the first version was complete, counted from then.
    pub commands: Vec<Timed>,
    /// From the first command until all pods that shall be there are available and no others are
    /// wanted; `None` when that did not happen.
    pub took: Option<Duration>,
    /// Requests that were answered meanwhile and in the aftermath.
    pub answered: u64,
    /// Requests that failed, by cause.
    pub failed: Vec<(Failure, u64)>,
    /// The fewest ready endpoints of the Services at any moment.
    pub lowest_ready: usize,
    /// The most pods, terminating ones included.
    pub peak_pods: usize,
    /// The most GPUs held, in thousandths.
    pub peak_gpus_milli: u64,
    /// GPUs held over time, in thousandths of a GPU times microseconds.
    pub gpu_milli_us: u64,
    /// How long clients were answered by both versions.
    pub mixed: Duration,
    /// From the command that takes the release back until the new version's last answer.
    pub rollback: Option<Duration>,
    /// The traffic, second by second from the first command.
    pub traffic: Vec<SecondOfTraffic>,
}

/// Releases the next version of the first Deployment of `manifest`.
///
/// # Errors
/// The manifest is refused, has no Deployment, is never complete, or is too much to try: in a
/// sentence.
pub fn trial(config: &Config, manifest: &str, way: Way) -> Result<Trial, String> {
    let plan = Plan::of(manifest, way)?;
    let mut run = Run::begin(config, &plan)?;
    let mut before_promotion = None;
    for stage in &plan.stages {
        match stage {
            Stage::Type(line) => run.give(Command::kubectl(line))?,
            Stage::Apply(manifest) => run.give(Command::apply(manifest))?,
            Stage::Complete(deployment) => run.arrived &= run.until_complete(deployment),
            Stage::Watch => run.watch(CANARY_WATCH),
            Stage::Checkpoint => before_promotion = Some(run.cluster.clone()),
        }
    }
    let took = run.arrived.then(|| run.cluster.now().since(run.from));
    let rollback = rollback(before_promotion.unwrap_or_else(|| run.cluster.clone()), &plan);
    run.watch(AFTERMATH);
    if run.is_exhausted() {
        return Err(TOO_MUCH.to_owned());
    }
    Ok(run.result(way, took, rollback))
}

/// How long it takes to take the release back.
fn rollback(mut cluster: Cluster, plan: &Plan) -> Option<Duration> {
    let from = cluster.now();
    for line in &plan.undo {
        if cluster.apply(&Command::kubectl(line)).code != 0 {
            return None;
        }
    }
    let left = MOST_WORK.saturating_sub(cluster.occurrences());
    if cluster.advance_to(from + PATIENCE / 2, left) == Advance::OutOfBudget {
        return None;
    }
    let (_, last) = cluster.answers_of(&plan.next)?;
    Some(last.since(from))
}

/// A trial in progress.
struct Run {
    cluster: Cluster,
    from: Instant,
    before: Report,
    arrived: bool,
    commands: Vec<Timed>,
    lowest_ready: usize,
    peak_pods: usize,
    traffic: Vec<SecondOfTraffic>,
}

impl Run {
    /// A cluster on which the first version is complete.
    fn begin(config: &Config, plan: &Plan) -> Result<Self, String> {
        let mut cluster = Cluster::new(config.clone());
        let output = cluster.apply(&Command::apply(&plan.manifest));
        if output.code != 0 {
            return Err(output.stderr.trim_end().to_owned());
        }
        let before = Report::of(&cluster);
        let mut run = Self {
            from: cluster.now(),
            cluster,
            before,
            arrived: true,
            commands: Vec::new(),
            lowest_ready: usize::MAX,
            peak_pods: 0,
            traffic: Vec::new(),
        };
        if !run.until_complete(&plan.deployment) {
            return Err(if run.is_exhausted() {
                TOO_MUCH.to_owned()
            } else {
                format!(
                    "deployment/{} never becomes complete as it is: a release needs a first version that works",
                    plan.deployment
                )
            });
        }
        // The clients settle.
        run.watch(Duration::from_secs(5));
        run.cluster.keep_records();
        run.cluster.take_writes();
        run.before = Report::of(&run.cluster);
        run.from = run.cluster.now();
        run.lowest_ready = ready(&run.cluster);
        run.peak_pods = 0;
        Ok(run)
    }

    fn give(&mut self, command: Command) -> Result<(), String> {
        let output = self.cluster.apply(&command);
        if output.code != 0 {
            return Err(format!("{}: {}", command.text(), output.stderr.trim_end()));
        }
        let at = Instant::BOOT + self.cluster.now().since(self.from);
        self.commands.push(Timed { at, command });
        Ok(())
    }

    fn watch(&mut self, time: Duration) {
        let target = self.cluster.now() + time;
        while self.cluster.now() < target && self.look() {}
    }

    /// Waits until a Deployment is complete and none of its old pods is wanted any more.
    fn until_complete(&mut self, deployment: &str) -> bool {
        let limit = self.cluster.now() + PATIENCE;
        while self.cluster.now() < limit {
            if !self.look() {
                return false;
            }
            let list = self.cluster.api().list::<Deployment>();
            let found = list.iter().find(|found| &*found.meta.name == deployment);
            if found.is_some_and(|found| found.is_complete(&found.status)) {
                return true;
            }
        }
        false
    }

    /// Lets a little time pass and looks; `false` when the machine has had enough.
    fn look(&mut self) -> bool {
        let target = self.cluster.now() + LOOK_EVERY;
        let left = MOST_WORK.saturating_sub(self.cluster.occurrences());
        let outcome = self.cluster.advance_to(target, left);
        self.lowest_ready = self.lowest_ready.min(ready(&self.cluster));
        self.peak_pods = self.peak_pods.max(self.cluster.api().list::<Pod>().len());
        self.traffic.extend(self.cluster.take_traffic());
        self.cluster.take_writes();
        outcome == Advance::Arrived
    }

    fn is_exhausted(&self) -> bool {
        self.cluster.occurrences() >= MOST_WORK
    }

    fn result(self, way: Way, took: Option<Duration>, rollback: Option<Duration>) -> Trial {
        let after = Report::of(&self.cluster);
        Trial {
            way,
            commands: self.commands,
            took,
            answered: after.requests.answered - self.before.requests.answered,
            failed: after.failed_since(&self.before),
            lowest_ready: self.lowest_ready,
            peak_pods: self.peak_pods,
            peak_gpus_milli: after.peak_gpus_milli,
            gpu_milli_us: after.gpu_milli_us - self.before.gpu_milli_us,
            mixed: after.mixed_answers,
            rollback,
            traffic: since(self.traffic, self.from),
        }
    }
}

/// The traffic from an instant on, which becomes second 0.
fn since(mut traffic: Vec<SecondOfTraffic>, from: Instant) -> Vec<SecondOfTraffic> {
    traffic.retain(|second| second.second >= from.as_secs());
    for second in &mut traffic {
        second.second -= from.as_secs();
    }
    traffic
}

/// Ready endpoints of all Services.
fn ready(cluster: &Cluster) -> usize {
    let slices = cluster.api().list::<EndpointSlice>();
    slices.iter().flat_map(|slice| &slice.endpoints).filter(|endpoint| endpoint.ready).count()
}
