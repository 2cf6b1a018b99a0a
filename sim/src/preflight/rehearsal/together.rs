//! All Deployments released at the same moment, and then one after the other: what the first costs that
//! the second does not.

use super::Stage;
use crate::api::deployment::DeploymentConditionType;
use crate::api::pod::PodConditionType;
use crate::api::{ConditionStatus, Deployment, Pod};
use crate::command::Command;
use crate::compare::{AFTERMATH, LOOK_EVERY, Release};
use crate::preflight::observed::{Together, Wave};
use crate::preflight::subject::namespace;
use crate::preflight::together::rolled;
use crate::report::Report;

impl Stage<'_> {
    /// Releases all, and then restarts each alone.
    pub(super) fn release_together(&mut self) {
        if self.seen.starts.iter().any(|start| start.took.is_none()) {
            return;
        }
        let subject = self.subject;
        let all = rolled(subject);
        let before = Report::of(&self.cluster);
        for (item, deployment) in &all {
            let release = Release::of(&subject.items[*item].typed, &deployment.meta.name);
            self.kubectl(deployment, &release.line);
        }
        let deployments: Vec<&Deployment> = all.iter().map(|(_, deployment)| *deployment).collect();
        let at_once = self.until_all_complete(&deployments);
        self.watch(AFTERMATH);
        let between = Report::of(&self.cluster);
        let mut alone = Vec::new();
        for deployment in deployments {
            // What got stuck in the crowd says nothing alone.
            if at_once.iter().all(|wave| wave.took.is_some()) {
                let line = format!("rollout restart deployment/{}", deployment.meta.name);
                self.kubectl(deployment, &line);
                alone.extend(self.until_all_complete(&[deployment]));
                self.watch(AFTERMATH);
            }
        }
        let after = Report::of(&self.cluster);
        self.seen.together = Some(Together {
            at_once,
            alone,
            sent: between.requests.sent - before.requests.sent,
            failed: between.failed_since(&before),
            failed_alone: after.failed_since(&between),
        });
    }

    fn kubectl(&mut self, deployment: &Deployment, line: &str) {
        let place = namespace(&deployment.meta.namespace);
        self.cluster.apply(&Command::kubectl(&format!("-n {place} {line}")));
    }

    /// Waits until all are complete, or nothing moves any more.
    fn until_all_complete(&mut self, all: &[&Deployment]) -> Vec<Wave> {
        let from = self.cluster.now();
        let mut waves: Vec<Wave> = all.iter().map(|_| Wave::default()).collect();
        let (mut moved, mut last) = (from, Vec::new());
        loop {
            let on = self.look();
            let now = self.cluster.now();
            let mut counts = Vec::new();
            for (deployment, wave) in all.iter().zip(&mut waves) {
                let Some(live) = self.live(deployment) else { continue };
                let status = &live.status;
                counts.push((status.replicas, status.updated_replicas, status.available_replicas));
                if live.is_complete(status) {
                    wave.took = wave.took.or(Some(now.since(from)));
                } else if self.waits_for_room(deployment, &live) {
                    wave.waited += LOOK_EVERY;
                    if wave.words.is_empty() {
                        let stuck = self.stuck(deployment);
                        wave.words = stuck.unschedulable.or(stuck.quota).unwrap_or_default();
                    }
                }
            }
            if counts != last {
                (last, moved) = (counts, now);
            }
            let is_over = waves.iter().all(|wave| wave.took.is_some());
            if !on || is_over || self.is_late(from, moved) {
                break;
            }
        }
        for (deployment, wave) in all.iter().zip(&mut waves) {
            if wave.took.is_none() && wave.words.is_empty() {
                wave.words = self.stuck(deployment).why;
            }
        }
        waves
    }

    /// Whether the scheduler has found no node for a pod, or a quota keeps one out.
    fn waits_for_room(&self, deployment: &Deployment, live: &Deployment) -> bool {
        let failure = live.condition(DeploymentConditionType::ReplicaFailure);
        if failure.is_some_and(|it| it.status == ConditionStatus::True) {
            return true;
        }
        let pods = self.cluster.api().list::<Pod>().iter();
        let mut waiting = pods.filter(|pod| {
            let scheduled = pod.condition(PodConditionType::PodScheduled);
            scheduled.is_some_and(|it| it.status == ConditionStatus::False)
        });
        waiting.any(|pod| {
            pod.meta.namespace == live.meta.namespace
                && self.owner(pod).as_ref() == Some(&deployment.meta.name)
        })
    }
}
