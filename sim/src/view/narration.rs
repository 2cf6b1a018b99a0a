//! One sentence, or two: what happens now and why, with numbers, in the present tense.
//!
//! It speaks of the Deployment that is not done yet, else of the Service that cannot be served,
//! else of how things stand. It holds no countdown, so that it changes only when the matter does.

mod rollout;

use std::fmt::Write;
use std::sync::Arc;

use super::crowd::{Crowd, Marked};
use super::pods::{Known, Standing};
use super::{DeploymentView, PodView, ServiceView, Stage};
use crate::time::{Duration, Instant};

/// For how long something that happened is news.
const NEWS: Duration = Duration::from_millis(2_500);

pub(super) fn narrate(
    now: Instant,
    deployments: &[Arc<DeploymentView>],
    pods: &Crowd,
    services: &[Arc<ServiceView>],
    sent: u64,
) -> String {
    let Some(first) = deployments.first() else {
        return "Nothing runs yet. Apply creates what the manifest says.".to_owned();
    };
    let busy = deployments.iter().find(|deployment| !deployment.complete || deployment.paused);
    let sentence = busy.map_or_else(
        || settled(now, deployments, pods, services),
        |deployment| rollout::narrate(now, deployment, pods),
    );
    let several = deployments.len() > 1 && busy.is_some();
    let subject = if several { format!("{}: ", busy.unwrap_or(first).name) } else { String::new() };
    let mut text = format!("{subject}{sentence}");
    if let Some(service) = services.iter().find(|service| service.ready == 0) {
        let _ = write!(text, " {}", unserved(service, sent));
    }
    text
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
    pods: &Crowd,
    services: &[Arc<ServiceView>],
) -> String {
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
    let leaving = pods.iter().filter(|pod| is_terminating(pod)).count();
    if leaving > 0 {
        let leaving = i32::try_from(leaving).unwrap_or(i32::MAX);
        let leaving = count(leaving, "");
        return format!("{what}. {leaving} still within the grace period.");
    }
    let restarted = pods.iter().find(|pod| became_ready(pod, now));
    match restarted {
        Some(pod) => {
            format!("{} became Ready. {what}: the rollout is complete.", pod_name(&pod.view))
        }
        None => format!("{what}: the rollout is complete."),
    }
}

/// Which versions get a Service's requests.
fn served(service: &ServiceView, pods: &Crowd) -> Option<String> {
    let endpoints = Marked::new(&service.endpoints);
    let mut versions: Vec<&str> = Vec::new();
    for pod in pods.iter().filter(|pod| endpoints.has(pod.uid)) {
        let version = &*pod.view.version;
        if versions.last() != Some(&version) {
            versions.push(version);
        }
    }
    let versions = (!versions.is_empty()).then(|| versions.join(" and "))?;
    Some(format!(
        "Service {} selects {}: {versions} gets its requests.",
        service.name,
        service.selector.join(",")
    ))
}

fn became_ready(pod: &Known, now: Instant) -> bool {
    pod.standing >= Standing::Ready && now.since(pod.since) < NEWS
}

fn is_terminating(pod: &Known) -> bool {
    pod.standing == Standing::Leaving && matches!(pod.view.stage, Stage::Terminating { .. })
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
