//! What rollouts take: pods, GPUs, time, and how long two versions serve side by side. Kept up with
//! every write, so that it can be read at any instant and weighs no more the longer a run lasts.

use std::sync::Arc;

use super::level::Level;
use super::mix::Mix;
use crate::api::{Deployment, Name, Pod, Uid};
use crate::apiserver::{AnyObject, Change};
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;

/// How many rollouts are remembered.
const ROLLOUTS: usize = 256;

/// One rollout: from the change of a Deployment's template to its completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// The Deployment's namespace.
    pub namespace: Name,
    /// The Deployment's name.
    pub deployment: Name,
    /// The version its template runs.
    pub version: Name,
    /// When the template was written.
    pub started: Instant,
    /// When it was complete, or another one took its place; `None` while it goes on.
    pub ended: Option<Instant>,
    /// Whether it came to its end.
    pub complete: bool,
    /// The least number of available pods.
    pub min_available: i32,
    /// The most pods, those that were terminating not counted.
    pub max_pods: u64,
    /// The most pods, terminating ones included.
    pub max_pods_with_terminating: u64,
    /// The most GPUs held, in thousandths.
    pub peak_gpus_milli: u64,
    /// GPUs held over time, in thousandths of a GPU times microseconds.
    pub gpu_milli_us: u64,
    /// How long ready endpoints of one Service were of different versions.
    pub mixed: Duration,
}

/// Pods and GPUs of one Deployment, or of the cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Use {
    pub(super) active: Level,
    pub(super) all: Level,
    pub(super) gpus: Level,
}

/// What one pod counts for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PodUse {
    deployment: Option<Uid>,
    exists: bool,
    active: bool,
    gpus_milli: u64,
}

#[derive(Clone, Debug)]
struct Watched {
    used: Use,
    available: i32,
    /// The rollout that goes on, and what had been counted when it began.
    open: Option<(Rollout, u64, Duration)>,
}

/// All that is counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    pods: UidMap<PodUse>,
    /// The Deployment of each `ReplicaSet`.
    owners: UidMap<Uid>,
    deployments: UidMap<Watched>,
    pub(super) used: Use,
    pub(super) mix: Mix,
    rollouts: Vec<Rollout>,
    /// The least number of available pods since all Deployments were first complete.
    pub(super) min_available: Option<i32>,
    complete_once: bool,
}

impl Meter {
    /// Takes in a write.
    pub(crate) fn observe(
        &mut self,
        at: Instant,
        change: Change,
        object: &AnyObject,
        old: Option<&AnyObject>,
    ) {
        match (object, old) {
            (AnyObject::Pod(pod), _) => self.on_pod(at, change, pod),
            (AnyObject::ReplicaSet(rs), _) => match rs.meta.controller() {
                Some(owner) if change != Change::Deleted => {
                    self.owners.insert(rs.meta.uid, owner.uid);
                }
                _ => {}
            },
            (AnyObject::Deployment(new), old) => {
                let old = match old {
                    Some(AnyObject::Deployment(old)) => Some(old),
                    _ => None,
                };
                self.on_deployment(at, change, new, old);
            }
            (AnyObject::EndpointSlice(slice), old) => {
                let old = match old {
                    Some(AnyObject::EndpointSlice(old)) => Some(&**old),
                    _ => None,
                };
                if change == Change::Deleted {
                    self.mix.on_slice(at, None, Some(slice));
                } else {
                    self.mix.on_slice(at, Some(slice), old);
                }
            }
            _ => {}
        }
    }

    /// Pods that are neither terminating nor done, all pods, and thousandths of GPUs held, now.
    pub(crate) const fn in_use(&self) -> (u64, u64, u64) {
        (self.used.active.value(), self.used.all.value(), self.used.gpus.value())
    }

    fn on_pod(&mut self, at: Instant, change: Change, pod: &Arc<Pod>) {
        let uid = pod.meta.uid;
        let before = self.pods.get(&uid).copied().unwrap_or_default();
        let mut now = PodUse::default();
        if change != Change::Deleted {
            let ended = pod.status.phase.is_terminal();
            let owner = pod.meta.controller().and_then(|owner| self.owners.get(&owner.uid));
            now = PodUse {
                deployment: owner.copied(),
                exists: true,
                active: !pod.meta.is_deleting() && !ended,
                gpus_milli: if pod.is_scheduled() && !ended { gpus_milli(pod) } else { 0 },
            };
        }
        if change == Change::Added {
            self.mix.name(pod);
        }
        if now != before {
            self.used.change(at, before, now);
            for deployment in
                [before.deployment, now.deployment.filter(|_| before.deployment.is_none())]
            {
                let watched = deployment.and_then(|uid| self.deployments.get_mut(&uid));
                if let Some(watched) = watched {
                    watched.used.change(at, before, now);
                }
            }
        }
        if change == Change::Deleted {
            self.pods.remove(&uid);
            self.mix.forget(uid);
        } else {
            self.pods.insert(uid, now);
        }
    }

    fn on_deployment(
        &mut self,
        at: Instant,
        change: Change,
        new: &Deployment,
        old: Option<&Arc<Deployment>>,
    ) {
        let uid = new.meta.uid;
        if change == Change::Deleted {
            if let Some(mut gone) = self.deployments.remove(&uid) {
                self.close(at, &mut gone, false);
            }
            return;
        }
        let make = || Watched { used: Use::default(), available: 0, open: None };
        let mixed = self.mix.mixed_until(at);
        let mut watched = self.deployments.remove(&uid).unwrap_or_else(make);
        watched.available = new.status.available_replicas;
        if old.is_none_or(|old| old.spec.template != new.spec.template) {
            self.close(at, &mut watched, false);
            watched.used.begin();
            let gpus = watched.used.gpus.area_until(at);
            watched.open = Some((Rollout::starting(at, new), gpus, mixed));
        }
        if let Some((rollout, ..)) = &mut watched.open {
            rollout.min_available = rollout.min_available.min(watched.available);
        }
        let complete = new.is_complete(&new.status);
        if complete {
            self.close(at, &mut watched, true);
        }
        self.deployments.insert(uid, watched);
        self.complete_once |=
            complete && self.deployments.values().all(|watched| watched.open.is_none());
        if self.complete_once {
            let available = self.deployments.values().map(|watched| watched.available).sum();
            let least = self.min_available.map_or(available, |least| least.min(available));
            self.min_available = Some(least);
        }
    }

    /// Ends the rollout that goes on, if one does.
    fn close(&mut self, at: Instant, watched: &mut Watched, complete: bool) {
        let Some(mut rollout) = self.measured(at, watched) else { return };
        rollout.ended = Some(at);
        rollout.complete = complete;
        watched.open = None;
        if self.rollouts.len() == ROLLOUTS {
            self.rollouts.remove(0);
        }
        self.rollouts.push(rollout);
    }

    /// The rollout that goes on with what it took until `at`.
    fn measured(&self, at: Instant, watched: &Watched) -> Option<Rollout> {
        let (rollout, gpus, mixed) = watched.open.as_ref()?;
        let used = &watched.used;
        Some(Rollout {
            max_pods: used.active.peak(),
            max_pods_with_terminating: used.all.peak(),
            peak_gpus_milli: used.gpus.peak(),
            gpu_milli_us: used.gpus.area_until(at) - gpus,
            mixed: self.mix.mixed_until(at).saturating_sub(*mixed),
            ..rollout.clone()
        })
    }

    /// All rollouts in the order of their beginning, those that go on measured until `now`.
    pub(super) fn rollouts(&self, now: Instant) -> Vec<Rollout> {
        let open = self.deployments.values().filter_map(|watched| self.measured(now, watched));
        let mut all: Vec<Rollout> = self.rollouts.iter().cloned().chain(open).collect();
        crate::order::sort_by_key(&mut all, |rollout| rollout.started);
        all
    }
}

impl Rollout {
    fn starting(at: Instant, deployment: &Deployment) -> Self {
        Self {
            namespace: deployment.meta.namespace.clone(),
            deployment: deployment.meta.name.clone(),
            version: deployment.spec.template.spec.version(),
            started: at,
            ended: None,
            complete: false,
            min_available: deployment.status.available_replicas,
            max_pods: 0,
            max_pods_with_terminating: 0,
            peak_gpus_milli: 0,
            gpu_milli_us: 0,
            mixed: Duration::ZERO,
        }
    }

    /// How long it took, once it is complete.
    pub fn took(&self) -> Option<Duration> {
        self.ended.filter(|_| self.complete).map(|ended| ended.since(self.started))
    }
}

impl Use {
    fn change(&mut self, at: Instant, before: PodUse, now: PodUse) {
        self.active.shift(at, before.active.into(), now.active.into());
        self.all.shift(at, before.exists.into(), now.exists.into());
        self.gpus.shift(at, before.gpus_milli, now.gpus_milli);
    }

    /// Peaks count from here.
    const fn begin(&mut self) {
        self.active.forget_peak();
        self.all.forget_peak();
        self.gpus.forget_peak();
    }
}

/// GPUs and slices of GPUs a pod asks for, in thousandths.
fn gpus_milli(pod: &Pod) -> u64 {
    let is_gpu = |name: &str| name.ends_with("/gpu") || name.contains("/mig-");
    let asked = pod.spec.requests.iter().filter(|(name, _)| is_gpu(name));
    asked.map(|(_, milli)| u64::try_from(*milli).unwrap_or(0)).sum()
}
