//! What a rehearsal showed.

use crate::api::Name;
use crate::network::request::Failure;
use crate::time::Duration;
use crate::why::Remedy;

/// What is read off a cluster about a Deployment that is not complete.
#[derive(Clone, Debug, Default)]
pub(super) struct Stuck {
    /// The scheduler's words about a pod that fits on no node.
    pub(super) unschedulable: Option<String>,
    /// The API server's words about a pod that a quota keeps out.
    pub(super) quota: Option<String>,
    /// The link of the chain of causes that tells most.
    pub(super) why: String,
    /// What would change it: a field, and what to do with it.
    pub(super) advice: Option<Remedy>,
}

/// A Deployment's first version.
#[derive(Clone, Debug, Default)]
pub(super) struct Start {
    /// How long it took until all pods were available.
    pub(super) took: Option<Duration>,
    /// How many were, at last.
    pub(super) available: i32,
    pub(super) stuck: Stuck,
    /// When the progress deadline was over.
    pub(super) deadline: Option<Duration>,
}

/// A Deployment's next version.
#[derive(Clone, Debug, Default)]
pub(super) struct Roll {
    pub(super) version: Name,
    pub(super) took: Option<Duration>,
    pub(super) sent: u64,
    pub(super) failed: Vec<(Failure, u64)>,
    /// The fewest available pods.
    pub(super) min_available: i32,
    pub(super) stuck: Stuck,
    pub(super) deadline: Option<Duration>,
    /// What `kubectl rollout undo` said after it, when it failed.
    pub(super) undo: Option<String>,
}

/// A Deployment's rollout among others.
#[derive(Clone, Debug, Default)]
pub(super) struct Wave {
    pub(super) took: Option<Duration>,
    /// How long a pod of it had no room.
    pub(super) waited: Duration,
    /// The words about that, or what holds it up for good.
    pub(super) words: String,
}

/// All Deployments released at the same moment, and each alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Together {
    pub(super) at_once: Vec<Wave>,
    /// None when they got stuck at once.
    pub(super) alone: Vec<Wave>,
    /// Requests of the release at once.
    pub(super) sent: u64,
    pub(super) failed: Vec<(Failure, u64)>,
    /// Those that failed in the releases alone.
    pub(super) failed_alone: Vec<(Failure, u64)>,
}

impl Roll {
    /// How many requests failed for these causes.
    pub(super) fn lost(&self, causes: &[Failure]) -> u64 {
        let of_these = self.failed.iter().filter(|(cause, _)| causes.contains(cause));
        of_these.map(|(_, requests)| requests).sum()
    }
}

/// A Service.
#[derive(Clone, Debug, Default)]
pub(super) struct Served {
    /// Its endpoints.
    pub(super) endpoints: usize,
    /// The Deployments that they are of, and how many requests the pods of each answered and
    /// failed.
    pub(super) behind: Vec<(Name, u64, u64)>,
}

/// What a rehearsal showed.
#[derive(Clone, Debug, Default)]
pub(super) struct Observed {
    /// What kubectl said when the manifest was refused.
    pub(super) refused: Option<String>,
    /// For each Deployment.
    pub(super) starts: Vec<Start>,
    /// For each Deployment that was released.
    pub(super) rolls: Vec<Option<Roll>>,
    /// For each Service, when the first versions run.
    pub(super) services: Vec<Served>,
    /// For each Deployment, how often its containers were restarted.
    pub(super) restarts: Vec<u32>,
    /// The same without liveness probes, in a scene that tries that, and when all were available.
    pub(super) without_liveness: Vec<(u32, Option<Duration>)>,
    /// For each Deployment, what a liveness probe that failed said last.
    pub(super) liveness_said: Vec<String>,
    /// For each Deployment, how many pods its selector takes that are not its own.
    pub(super) strangers: Vec<usize>,
    /// What the command of the scene printed.
    pub(super) said: String,
    /// Requests that were sent in the scene, and those that found no pod.
    pub(super) scene: (u64, u64),
    /// For each Deployment, its size before and the least after.
    pub(super) sizes: Vec<(i32, i32)>,
    /// The releases at the same moment, in the scene of that.
    pub(super) together: Option<Together>,
    /// It was too much work.
    pub(super) exhausted: bool,
}

impl Observed {
    /// Requests that failed in the releases.
    pub(super) fn failed(&self) -> u64 {
        let at_once = self.together.iter().flat_map(|it| &it.failed).map(|(_, requests)| requests);
        let rolls = self.rolls.iter().flatten().map(|roll| roll.lost(&Failure::ALL));
        rolls.sum::<u64>() + at_once.sum::<u64>()
    }

    /// Whether each release arrived alone, so that what several come to is their own doing.
    pub(super) fn may_go_together(&self) -> bool {
        let arrived = |roll: &Roll| roll.took.is_some();
        !self.exhausted
            && self.starts.iter().all(|start| start.took.is_some())
            && self.rolls.iter().flatten().all(arrived)
    }

    /// Whether every first version and every release arrived.
    pub(super) fn arrived(&self) -> bool {
        let arrived = |roll: &Option<Roll>| roll.as_ref().is_some_and(|roll| roll.took.is_some());
        self.starts.iter().all(|start| start.took.is_some()) && self.rolls.iter().all(arrived)
    }

    /// Whether everything came as far as it did in another rehearsal.
    pub(super) fn is_no_worse(&self, other: &Self) -> bool {
        let arrived = |roll: &Option<Roll>| roll.as_ref().is_some_and(|roll| roll.took.is_some());
        let starts = self.starts.iter().zip(&other.starts);
        let mut rolls = self.rolls.iter().zip(&other.rolls);
        self.refused.is_none()
            && !self.exhausted
            && starts.into_iter().all(|(mine, others)| mine.took.is_some() || others.took.is_none())
            && rolls.all(|(mine, others)| arrived(mine) || !arrived(others))
            // Luck decides about a few; a release that got stuck lost nothing by it.
            && (!other.arrived() || self.failed() <= other.failed() + other.failed() / 4 + 10)
    }
}
