//! The sentence about a rollout that is not complete: what it waits for, and why it has to.

use super::{NEWS, became_ready, count, is_terminating, pod_name};
use crate::time::Instant;
use crate::view::crowd::Crowd;
use crate::view::pods::{Known, Standing};
use crate::view::{DeploymentView, LaneView, PodView, Stage};

/// What the sentence is made from: one Deployment and its pods.
struct Scene<'a> {
    now: Instant,
    deployment: &'a DeploymentView,
    pods: &'a Crowd,
}

/// The sentence about `deployment`.
pub(super) fn narrate(now: Instant, deployment: &DeploymentView, pods: &Crowd) -> String {
    Scene { now, deployment, pods }.rollout()
}

impl Scene<'_> {
    fn rollout(&self) -> String {
        let deployment = self.deployment;
        if deployment.paused {
            return "Paused: a change of the pod template waits until the rollout is resumed; \
                    scaling still works."
                .to_owned();
        }
        if let Some(failure) = self.condition("ReplicaFailure", "True") {
            return format!("No pod can be made: {failure}.");
        }
        let Some(new) = deployment.lanes.iter().find(|lane| lane.is_new) else {
            return "The Deployment controller makes a ReplicaSet for the new template.".to_owned();
        };
        let verdict = self.deadline(new);
        verdict.unwrap_or_else(|| match deployment.strategy {
            "Recreate" => self.recreate(new),
            _ => self.rolling(new),
        })
    }

    fn condition(&self, type_: &str, status: &str) -> Option<&str> {
        let found = self.deployment.conditions.iter();
        let mut found = found.filter(|condition| condition.type_ == type_);
        found.find(|condition| condition.status == status).map(|condition| &*condition.message)
    }

    fn old_lanes(&self) -> impl Iterator<Item = &LaneView> {
        self.deployment.lanes.iter().filter(|lane| !lane.is_new)
    }

    /// Old pods that still count: `3 v1 pods`.
    fn old_pods(&self) -> Option<String> {
        let lanes: Vec<&LaneView> = self.old_lanes().filter(|lane| lane.current > 0).collect();
        let total: i32 = lanes.iter().map(|lane| lane.current).sum();
        match lanes.as_slice() {
            [] => None,
            [one] => Some(count(total, &one.version)),
            _ => Some(count(total, "old")),
        }
    }

    fn pods_of<'s>(&'s self, lane: &'s LaneView) -> impl Iterator<Item = &'s Known> {
        self.pods.living().filter(|pod| pod.owner == Some(lane.uid))
    }

    fn deadline(&self, new: &LaneView) -> Option<String> {
        let progressing = self.deployment.conditions.iter();
        let mut exceeded = progressing.filter(|found| found.reason == "ProgressDeadlineExceeded");
        exceeded.next()?;
        let rest = self.old_pods().map_or(String::new(), |old| {
            format!(" {old} still serve; Kubernetes does not roll back by itself.")
        });
        Some(format!(
            "{} made no progress within progressDeadlineSeconds: the rollout counts as failed.{rest}",
            new.version
        ))
    }

    fn recreate(&self, new: &LaneView) -> String {
        let lanes = &self.deployment.lanes;
        let is_own = |pod: &Known| lanes.iter().any(|lane| pod.owner == Some(lane.uid));
        let leaving = self.pods.iter().filter(|pod| is_terminating(pod) && is_own(pod));
        let left = i32::try_from(leaving.count()).unwrap_or(i32::MAX);
        if new.desired == 0 || new.current == 0 {
            let left = count(left, "old");
            return format!(
                "Recreate: the first {} pod starts when {left} have ended.",
                new.version
            );
        }
        self.waiting_for(new)
            .unwrap_or_else(|| format!("{} starts.", count(new.current, &new.version)))
    }

    fn rolling(&self, new: &LaneView) -> String {
        let budget = &self.deployment.budget;
        if let Some(news) = self.news(new) {
            return news;
        }
        let Some(waiting) = self.waiting_for(new) else {
            return format!("The controller moves from {} to {}.", self.old_names(), new.version);
        };
        let Some(old) = self.old_pods() else {
            return waiting;
        };
        let least = budget.min_available;
        if budget.waits_at_min && budget.waits_at_max {
            return format!(
                "{waiting} {least} available is the least allowed and {} in all the most, so \
                 {old} stay and no further {} pod starts.",
                budget.max_total, new.version
            );
        }
        if budget.waits_at_min {
            return format!(
                "{waiting} {least} available is the least allowed, so no old pod may go until a \
                 new one is Ready."
            );
        }
        format!("{waiting} {old} still to be replaced.")
    }

    fn old_names(&self) -> String {
        let names: Vec<&str> =
            self.old_lanes().filter(|lane| lane.current > 0).map(|lane| &*lane.version).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(" and ") }
    }

    /// A new pod has just become Ready, and what follows from that.
    fn news(&self, new: &LaneView) -> Option<String> {
        let ready = self.pods_of(new).filter(|pod| became_ready(pod, self.now)).last()?;
        let went = |pod: &&Known| is_terminating(pod) && self.now.since(pod.since) < NEWS * 2;
        let lanes: Vec<(&LaneView, i32)> = self
            .old_lanes()
            .map(|lane| (lane, self.pods_of(lane).filter(went).count()))
            .filter_map(|(lane, gone)| Some((lane, i32::try_from(gone).ok()?)))
            .filter(|(_, gone)| *gone > 0)
            .collect();
        let (lane, _) = lanes.first()?;
        let gone: i32 = lanes.iter().map(|(_, gone)| gone).sum();
        let go = if gone == 1 { "goes" } else { "go" };
        Some(format!(
            "{} became Ready, so {} {go}.",
            pod_name(&ready.view),
            count(gone, &lane.version)
        ))
    }

    /// What the new pods that are not Ready are doing.
    fn waiting_for(&self, new: &LaneView) -> Option<String> {
        let waiting = self
            .pods_of(new)
            .filter(|pod| !matches!(pod.standing, Standing::Available | Standing::Leaving));
        let waiting: Vec<&PodView> = waiting.map(|pod| &*pod.view).collect();
        let with = |wanted: fn(&Stage) -> bool| -> Vec<&PodView> {
            waiting.iter().copied().filter(|pod| wanted(&pod.stage)).collect()
        };
        if let [pod, ..] = with(|stage| matches!(stage, Stage::BackOff { .. })).as_slice() {
            return Some(format!("{} is in {}.", pod_name(pod), pod.stage.word()));
        }
        let stuck = with(|stage| matches!(stage, Stage::NotReady));
        if let Some(pod) = stuck.iter().find(|pod| pod.keeps_failing) {
            return Some(format!("{} runs, but its readiness probe keeps failing.", pod_name(pod)));
        }
        if let [pod, ..] =
            with(|stage| matches!(stage, Stage::Pending { reason } if !reason.is_empty()))
                .as_slice()
            && let Stage::Pending { reason } = &pod.stage
        {
            return Some(format!(
                "{} is Pending: {}.",
                pod_name(pod),
                reason.trim_end_matches('.')
            ));
        }
        if let [pod] = stuck.as_slice() {
            return Some(format!(
                "{} is loaded and waits for its next readiness probe.",
                pod_name(pod)
            ));
        }
        let loading = with(|stage| matches!(stage, Stage::Loading { .. } | Stage::NotReady));
        if !loading.is_empty() {
            return Some(sentence(
                &loading,
                new,
                "loads its model and is not Ready",
                "load their model and are not Ready",
            ));
        }
        let pulling = with(|stage| matches!(stage, Stage::Pulling { .. }));
        if !pulling.is_empty() {
            return Some(sentence(&pulling, new, "waits for its image", "wait for their image"));
        }
        let starting = with(|stage| matches!(stage, Stage::Initializing { .. }));
        if !starting.is_empty() {
            return Some(sentence(
                &starting,
                new,
                "runs its init containers",
                "run their init containers",
            ));
        }
        let creating =
            with(|stage| matches!(stage, Stage::Creating { .. } | Stage::Pending { .. }));
        if !creating.is_empty() {
            return Some(sentence(&creating, new, "is being made", "are being made"));
        }
        let ready = with(|stage| matches!(stage, Stage::Ready { available: false, .. }));
        (!ready.is_empty()).then(|| {
            sentence(
                &ready,
                new,
                "is Ready, not yet for minReadySeconds",
                "are Ready, not yet for minReadySeconds",
            )
        })
    }
}

/// What one pod does, or several.
fn sentence(pods: &[&PodView], new: &LaneView, one: &str, many: &str) -> String {
    if let [pod] = pods {
        return format!("{} {one}.", pod_name(pod));
    }
    let number = i32::try_from(pods.len()).unwrap_or(i32::MAX);
    format!("{} {many}.", count(number, &new.version))
}
