//! One sentence, or two: what happens now and why, with numbers, in the present tense.
//!
//! It speaks of the Deployment that is not done yet, else of the Service that cannot be served,
//! else of how things stand. It holds no countdown, so that it changes only when the matter does.

use std::fmt::Write;
use std::sync::Arc;

use super::{DeploymentView, LaneView, PodView, ServiceView, Stage};
use crate::time::{Duration, Instant};

/// For how long something that happened is news.
const NEWS: Duration = Duration::from_millis(2_500);

/// What the sentence is made from: one Deployment and its pods.
struct Scene<'a> {
    now: Instant,
    deployment: &'a DeploymentView,
    pods: Vec<&'a PodView>,
}

pub(super) fn narrate(
    now: Instant,
    deployments: &[Arc<DeploymentView>],
    pods: &[Arc<PodView>],
    services: &[Arc<ServiceView>],
    sent: u64,
) -> String {
    let Some(first) = deployments.first() else {
        return "Nothing runs yet. Apply creates what the manifest says.".to_owned();
    };
    let busy = deployments.iter().find(|deployment| !deployment.complete || deployment.paused);
    let sentence = busy.map_or_else(
        || settled(now, deployments, pods, services),
        |deployment| scene(now, deployment, pods).rollout(),
    );
    let several = deployments.len() > 1 && busy.is_some();
    let subject = if several { format!("{}: ", busy.unwrap_or(first).name) } else { String::new() };
    let mut text = format!("{subject}{sentence}");
    if let Some(service) = services.iter().find(|service| service.ready == 0) {
        let _ = write!(text, " {}", unserved(service, sent));
    }
    text
}

fn scene<'a>(now: Instant, deployment: &'a DeploymentView, pods: &'a [Arc<PodView>]) -> Scene<'a> {
    let of = |pod: &&Arc<PodView>| {
        deployment.lanes.iter().any(|lane| lane.pods.contains(&pod.uid))
    };
    Scene { now, deployment, pods: pods.iter().filter(of).map(AsRef::as_ref).collect() }
}

fn unserved(service: &ServiceView, sent: u64) -> String {
    let (name, selector) = (&service.name, service.selector.join(","));
    // Clients begin when there is somebody to ask for the first time.
    let so = if sent == 0 { "so the clients wait" } else { "so its requests fail" };
    if service.selector.is_empty() {
        format!("Service {name} has no selector, {so}.")
    } else if service.matched == 0 {
        format!("Service {name} selects {selector}, which no pod carries, {so}.")
    } else {
        format!("Service {name} has no ready endpoint, {so}.")
    }
}

/// All rollouts are complete.
fn settled(
    now: Instant,
    deployments: &[Arc<DeploymentView>],
    pods: &[Arc<PodView>],
    services: &[Arc<ServiceView>],
) -> String {
    let leaving = pods.iter().filter(|pod| matches!(pod.stage, Stage::Terminating { .. })).count();
    let parts: Vec<String> = deployments
        .iter()
        .map(|deployment| {
            let DeploymentView { desired, version, name, .. } = &**deployment;
            match (deployments.len(), desired) {
                (1, 0) => format!("{name} is scaled to 0: no pod runs"),
                (1, 1) => format!("The only pod runs {version} and is available"),
                (1, _) => format!("All {desired} pods run {version} and are available"),
                _ => format!("{name} runs {}", count(*desired, version)),
            }
        })
        .collect();
    let what = parts.join(", ");
    if deployments.len() > 1 {
        let served = services.iter().filter_map(|service| served(service, pods));
        return format!("{what}. {}", served.collect::<Vec<_>>().join(" ")).trim_end().to_owned();
    }
    if leaving > 0 {
        let leaving = i32::try_from(leaving).unwrap_or(i32::MAX);
        let leaving = count(leaving, "");
        return format!("{what}. {leaving} still within the grace period.");
    }
    let restarted = pods.iter().find(|pod| now.since(ready_since(pod)) < NEWS);
    match restarted {
        Some(pod) => format!("{} became Ready. {what}: the rollout is complete.", pod_name(pod)),
        None => format!("{what}: the rollout is complete."),
    }
}

/// Which versions get a Service's requests.
fn served(service: &ServiceView, pods: &[Arc<PodView>]) -> Option<String> {
    let mut versions: Vec<&str> = pods
        .iter()
        .filter(|pod| service.endpoints.contains(&pod.uid))
        .map(|pod| &*pod.version)
        .collect();
    versions.dedup();
    let versions = (!versions.is_empty()).then(|| versions.join(" and "))?;
    Some(format!(
        "Service {} selects {}: {versions} gets its requests.",
        service.name,
        service.selector.join(",")
    ))
}

fn ready_since(pod: &PodView) -> Instant {
    if let Stage::Ready { since, .. } = pod.stage { since } else { Instant::BOOT }
}

fn pod_name(pod: &PodView) -> String {
    format!("{} pod {}", pod.version, pod.suffix)
}

/// `1 v2 pod`, `3 v2 pods`.
fn count(number: i32, version: &str) -> String {
    let space = if version.is_empty() { "" } else { " " };
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {version}{space}pod{s}")
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

    fn pods_of<'s>(&'s self, lane: &'s LaneView) -> impl Iterator<Item = &'s PodView> {
        self.pods.iter().copied().filter(|pod| lane.pods.contains(&pod.uid))
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
        let leaving = self.pods.iter().filter(|pod| matches!(pod.stage, Stage::Terminating { .. }));
        let left = i32::try_from(leaving.count()).unwrap_or(i32::MAX);
        if new.desired == 0 || new.current == 0 {
            let left = count(left, "old");
            return format!("Recreate: the first {} pod starts when {left} have ended.", new.version);
        }
        self.waiting_for(new).unwrap_or_else(|| format!("{} starts.", count(new.current, &new.version)))
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
        let fresh = |pod: &&PodView| {
            matches!(pod.stage, Stage::Ready { since, .. } if self.now.since(since) < NEWS)
        };
        let ready = self.pods_of(new).filter(fresh).last()?;
        let went = |pod: &&PodView| {
            matches!(pod.stage, Stage::Terminating { from, .. } if self.now.since(from) < NEWS * 2)
        };
        let lanes: Vec<(&LaneView, i32)> = self
            .old_lanes()
            .map(|lane| (lane, self.pods_of(lane).filter(went).count()))
            .filter_map(|(lane, gone)| Some((lane, i32::try_from(gone).ok()?)))
            .filter(|(_, gone)| *gone > 0)
            .collect();
        let (lane, _) = lanes.first()?;
        let gone: i32 = lanes.iter().map(|(_, gone)| gone).sum();
        let go = if gone == 1 { "goes" } else { "go" };
        Some(format!("{} became Ready, so {} {go}.", pod_name(ready), count(gone, &lane.version)))
    }

    /// What the new pods that are not Ready are doing.
    fn waiting_for(&self, new: &LaneView) -> Option<String> {
        let with = |wanted: fn(&Stage) -> bool| -> Vec<&PodView> {
            self.pods_of(new).filter(|pod| wanted(&pod.stage)).collect()
        };
        if let [pod, ..] = with(|stage| matches!(stage, Stage::BackOff { .. })).as_slice() {
            return Some(format!("{} is in {}.", pod_name(pod), pod.stage.word()));
        }
        let stuck = with(|stage| matches!(stage, Stage::NotReady));
        if let Some(pod) = stuck.iter().find(|pod| pod.keeps_failing) {
            return Some(format!(
                "{} runs, but its readiness probe keeps failing.",
                pod_name(pod)
            ));
        }
        if let [pod, ..] = with(|stage| matches!(stage, Stage::Pending { reason } if !reason.is_empty())).as_slice()
            && let Stage::Pending { reason } = &pod.stage
        {
            return Some(format!("{} is Pending: {}.", pod_name(pod), reason.trim_end_matches('.')));
        }
        if let [pod] = stuck.as_slice() {
            return Some(format!("{} is loaded and waits for its next readiness probe.", pod_name(pod)));
        }
        let loading = with(|stage| matches!(stage, Stage::Loading { .. } | Stage::NotReady));
        if !loading.is_empty() {
            return Some(self.sentence(&loading, new, "loads its model and is not Ready", "load their model and are not Ready"));
        }
        let creating = with(|stage| matches!(stage, Stage::Creating { .. } | Stage::Pending { .. }));
        if !creating.is_empty() {
            return Some(self.sentence(&creating, new, "is being made", "are being made"));
        }
        let ready = with(|stage| matches!(stage, Stage::Ready { available: false, .. }));
        (!ready.is_empty()).then(|| {
            self.sentence(&ready, new, "is Ready, not yet for minReadySeconds", "are Ready, not yet for minReadySeconds")
        })
    }

    fn sentence(&self, pods: &[&PodView], new: &LaneView, one: &str, many: &str) -> String {
        match pods {
            [pod] => format!("{} {one}.", pod_name(pod)),
            _ => {
                let number = i32::try_from(pods.len()).unwrap_or(i32::MAX);
                format!("{} {many}.", count(number, &new.version))
            }
        }
    }
}
