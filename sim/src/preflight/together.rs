//! Suspicions about the Deployments of one manifest that are released at the same moment, as one
//! `kubectl apply` of them all does: alone, each has the nodes, the quota and the others' pods to lean on.

use super::judge::Check;
use super::rehearsal::Scene;
use super::strategy::bounds;
use super::subject::Subject;
use super::{Candidate, Severity, Suspicion};
use crate::api::{DataObject, Deployment, Kind, Value};

/// The most Deployments that are released.
pub(super) const MOST_RELEASES: usize = 6;

/// The Deployments that roll when the manifest is applied with other templates.
pub(super) fn rolled(subject: &Subject) -> Vec<(usize, &Deployment)> {
    let rolls = |(_, it): &(usize, &Deployment)| !it.spec.paused && it.spec.replicas > 0;
    subject.deployments().filter(rolls).take(MOST_RELEASES).collect()
}

pub(super) fn suspicions(subject: &Subject) -> Vec<Suspicion> {
    let all = rolled(subject);
    let [(first, _), _, ..] = all[..] else { return Vec::new() };
    let names: Vec<String> = all.iter().map(|(item, _)| subject.name(*item)).collect();
    let surges: Vec<String> = all.iter().map(|(_, it)| it.max_surge().to_string()).collect();
    let room = format!(
        "One kubectl apply of the manifest releases {} at the same moment: there must be room for {} more \
         pods at once.",
        names.join(", "),
        surges.join(" + ")
    );
    let missing = format!(
        "One kubectl apply of the manifest releases {} at the same moment: pods of each may be missing at \
         once.",
        names.join(", ")
    );
    let more: i32 = all.iter().map(|(_, it)| it.max_surge()).sum();
    let in_place = || {
        let bounds = each(subject, 0, 1).into_iter();
        // Pods that end count as well.
        let quotas = [1, 2].into_iter().filter_map(|times| larger_quota(subject, times * more));
        bounds.chain(quotas).collect::<Vec<Candidate>>()
    };
    let gentle = || each(subject, 1, 0).into_iter().collect::<Vec<Candidate>>();
    let suspicion = |id, title, path: &str, check, explanation: &str| Suspicion {
        id,
        severity: Severity::Failure,
        title,
        item: first,
        path: path.to_owned(),
        explanation: explanation.to_owned(),
        check,
        scene: Scene::Together,
        is_told_anyway: false,
        candidates: Vec::new(),
    };
    vec![
        Suspicion {
            candidates: in_place(),
            ..suspicion(
                "no-room-together",
                "Released together, the rollouts leave each other no room",
                "spec.strategy.rollingUpdate.maxSurge",
                Check::RoomTogether,
                &room,
            )
        },
        Suspicion {
            severity: Severity::Risk,
            candidates: in_place(),
            ..suspicion(
                "waits-together",
                "Released together, the rollouts wait for each other's room",
                "spec.strategy.rollingUpdate.maxSurge",
                Check::WaitsTogether,
                &room,
            )
        },
        Suspicion {
            candidates: gentle(),
            ..suspicion(
                "outage-together",
                "Released together, they leave too few pods to answer",
                "spec.strategy.rollingUpdate.maxUnavailable",
                Check::OutageTogether,
                &missing,
            )
        },
    ]
}

/// Room for more pods in the first quota that counts them.
fn larger_quota(subject: &Subject, more: i32) -> Option<Candidate> {
    let path = ["spec", "hard", "pods"];
    let counted = |(item, quota): (usize, &DataObject)| {
        let pods = quota.at(&path).scalar_text()?.parse::<i32>().ok()?;
        Some((item, pods.checked_add(more)?))
    };
    let (item, pods) = subject.data(Kind::ResourceQuota).find_map(counted)?;
    let text = subject.set(item, &path, &Value::text(&pods.to_string()), "")?;
    Some((format!("let {} hold {pods} pods", subject.name(item)), text))
}

/// A change of the bounds of each.
fn each(subject: &Subject, surge: i64, unavailable: i64) -> Option<Candidate> {
    let mut text = None::<String>;
    for (item, _) in rolled(subject) {
        let changed = text.as_deref().map(Subject::read);
        let subject = match &changed {
            Some(changed) => changed.as_ref()?,
            None => subject,
        };
        let (_, deployment) = subject.deployments().find(|(index, _)| *index == item)?;
        let (_, next) = bounds(subject, item, deployment, surge, unavailable)?;
        text = Some(next);
    }
    Some((format!("set maxSurge {surge} and maxUnavailable {unavailable} in each"), text?))
}
