//! Suspicions about how a Deployment is rolled: its strategy, its size, its history and its
//! deadline; and what a run showed that no rule had foreseen.

use super::judge::Check;
use super::observed::Observed;
use super::rehearsal::Scene;
use super::subject::Subject;
use super::{Candidate, Severity, Suspicion};
use crate::api::deployment::Strategy;
use crate::api::value::map;
use crate::api::{Deployment, Kind, Value};
use crate::why::Remedy;

const ROLLING: [&str; 3] = ["spec", "strategy", "rollingUpdate"];

pub(super) fn suspicions(subject: &Subject) -> Vec<Suspicion> {
    let mut found = Vec::new();
    for (item, deployment) in subject.deployments() {
        let plan = Plan { subject, item, deployment };
        plan.room(&mut found);
        plan.outage(&mut found);
        plan.rounding(&mut found);
        plan.history(&mut found);
        plan.deadline(&mut found);
        plan.alone(&mut found);
    }
    found
}

/// What a run showed to be stuck, where nothing that is known already explains it.
pub(super) fn stuck(subject: &Subject, seen: &Observed, known: &[Check]) -> Vec<Suspicion> {
    let explains = |check: &Check| {
        matches!(check, Check::NeverFits | Check::SurgeFits | Check::Quota | Check::LivenessKills)
    };
    let mut found = Vec::new();
    if known.iter().any(explains) {
        return found;
    }
    for (number, (item, deployment)) in subject.deployments().enumerate() {
        let plan = Plan { subject, item, deployment };
        let start = seen.starts.get(number).filter(|start| start.took.is_none());
        let roll = seen.rolls.get(number).and_then(Option::as_ref);
        let roll = roll.filter(|roll| roll.took.is_none());
        if deployment.spec.paused {
            found.push(plan.paused());
        } else if let Some(start) = start {
            found.push(plan.held_up(
                "never-available",
                "The first version never becomes available",
                Check::NeverAvailable,
                "Nothing can be told of a release while the first version does not work.",
                start.stuck.advice.as_ref(),
            ));
        } else if let Some(roll) = roll {
            found.push(plan.held_up(
                "release-stuck",
                "A release never becomes complete",
                Check::StuckRelease,
                "The first version works, but the pods of the next one do not take its place.",
                roll.stuck.advice.as_ref(),
            ));
        }
    }
    found
}

/// Whether maxUnavailable is a percentage that rounds down to no pod.
pub(super) fn vanishes(deployment: &Deployment) -> bool {
    let Strategy::RollingUpdate { max_unavailable, .. } = &deployment.spec.strategy else {
        return false;
    };
    let percent = max_unavailable.percent().ok().flatten().unwrap_or(0);
    let replicas = deployment.spec.replicas;
    replicas > 0 && percent > 0 && max_unavailable.scaled(replicas, false) == Ok(0)
}

/// A change of both bounds of a Deployment.
pub(super) fn bounds(
    subject: &Subject,
    item: usize,
    deployment: &Deployment,
    surge: i64,
    unavailable: i64,
) -> Option<Candidate> {
    let bounds =
        map([("maxSurge", Value::Int(surge)), ("maxUnavailable", Value::Int(unavailable))]);
    let title = format!("set maxSurge {surge} and maxUnavailable {unavailable}");
    let (title, path, value) = if deployment.is_rolling_update() {
        (title, &ROLLING[..], bounds)
    } else {
        let whole = map([("type", "RollingUpdate".into()), ("rollingUpdate", bounds)]);
        (format!("use RollingUpdate: {title}"), &ROLLING[..2], whole)
    };
    Some((title, subject.set(item, path, &value, "replicas")?))
}

struct Plan<'s> {
    subject: &'s Subject,
    item: usize,
    deployment: &'s Deployment,
}

impl Plan<'_> {
    fn suspicion(
        &self,
        id: &'static str,
        title: &'static str,
        path: &str,
        check: Check,
        explanation: String,
    ) -> Suspicion {
        Suspicion {
            id,
            severity: Severity::Failure,
            title,
            item: self.item,
            path: path.to_owned(),
            explanation,
            check,
            scene: Scene::Release,
            is_told_anyway: false,
            candidates: Vec::new(),
        }
    }

    /// What holds a Deployment up, with what is advised.
    fn held_up(
        &self,
        id: &'static str,
        title: &'static str,
        check: Check,
        explanation: &str,
        advice: Option<&Remedy>,
    ) -> Suspicion {
        let field = advice.map_or("", |advice| &advice.field);
        let path = if field.is_empty() { "spec.template" } else { field };
        let explanation = match advice {
            Some(Remedy { field, how }) if field.is_empty() => {
                format!("{explanation} To do: {how}.")
            }
            Some(Remedy { field, how }) => format!("{explanation} To do: {field}: {how}."),
            None => explanation.to_owned(),
        };
        self.suspicion(id, title, path, check, explanation)
    }

    /// A change of one field.
    fn candidate(&self, title: String, path: &[&str], value: &Value) -> Option<Candidate> {
        Some((title, self.subject.set(self.item, path, value, "replicas")?))
    }

    /// A change of both bounds.
    fn bounds(&self, surge: i64, unavailable: i64) -> Option<Candidate> {
        bounds(self.subject, self.item, self.deployment, surge, unavailable)
    }

    /// The arithmetic of the two bounds, in words.
    fn arithmetic(&self) -> String {
        let replicas = self.deployment.spec.replicas;
        let Strategy::RollingUpdate { max_surge, max_unavailable } = &self.deployment.spec.strategy
        else {
            return format!(
                "With Recreate all {replicas} pods stop before the first new one starts."
            );
        };
        let (surge, unavailable) = self.deployment.resolve_fenceposts().unwrap_or_default();
        format!(
            "maxSurge {max_surge} of {replicas} (rounded up) allows {surge} more, maxUnavailable \
             {max_unavailable} of {replicas} (rounded down) allows {unavailable} to be missing."
        )
    }

    /// Whether pods fit, on the nodes and in the quotas.
    fn room(&self, found: &mut Vec<Suspicion>) {
        let replicas = self.deployment.spec.replicas;
        let fewer = (1..i64::from(replicas)).rev().take(3);
        let fewer = fewer.filter_map(|size| {
            let title = format!("run {size} replicas");
            self.candidate(title, &["spec", "replicas"], &Value::Int(size))
        });
        found.push(Suspicion {
            candidates: fewer.collect(),
            ..self.suspicion(
                "pods-do-not-fit",
                "The pods do not fit on the nodes",
                "spec.replicas",
                Check::NeverFits,
                format!("The nodes of this cluster have no room for {replicas} such pods."),
            )
        });
        let surge = self.deployment.max_surge();
        let in_place: Vec<Candidate> = self.bounds(0, 1).into_iter().collect();
        found.push(Suspicion {
            candidates: in_place.clone(),
            ..self.suspicion(
                "surge-does-not-fit",
                "There is no room for the extra pod of a rollout",
                "spec.strategy.rollingUpdate.maxSurge",
                Check::SurgeFits,
                format!(
                    "{} A rollout needs room for {replicas} + {surge} pods; without it the new pod waits \
                     for an old one to go, and the old one waits for the new one.",
                    self.arithmetic()
                ),
            )
        });
        if self.subject.data(Kind::ResourceQuota).next().is_some() {
            found.push(Suspicion {
                candidates: in_place,
                ..self.suspicion(
                    "quota-leaves-no-room",
                    "The quota leaves no room for the rollout",
                    "spec.strategy.rollingUpdate.maxSurge",
                    Check::Quota,
                    format!(
                        "{} The quota must hold {replicas} + {surge} pods with what they request.",
                        self.arithmetic()
                    ),
                )
            });
        }
    }

    fn outage(&self, found: &mut Vec<Suspicion>) {
        let replicas = self.deployment.spec.replicas;
        let (_, unavailable) = self.deployment.resolve_fenceposts().unwrap_or_default();
        let gentle: Vec<Candidate> = self.bounds(1, 0).into_iter().collect();
        if !self.deployment.is_rolling_update() {
            found.push(Suspicion {
                severity: Severity::Risk,
                candidates: gentle,
                ..self.suspicion(
                    "recreate-outage",
                    "Recreate leaves nobody to answer during a release",
                    "spec.strategy.type",
                    Check::Outage,
                    format!(
                        "{} Where two versions may run side by side, RollingUpdate keeps answering.",
                        self.arithmetic()
                    ),
                )
            });
            return;
        }
        if unavailable == 0 {
            return;
        }
        found.push(Suspicion {
            candidates: gentle.clone(),
            ..self.suspicion(
                "rollout-outage",
                "A release may take every pod away at once",
                "spec.strategy.rollingUpdate.maxUnavailable",
                Check::Outage,
                format!(
                    "{} That leaves {} of {replicas}.",
                    self.arithmetic(),
                    replicas - unavailable
                ),
            )
        });
        found.push(Suspicion {
            candidates: gentle,
            ..self.suspicion(
                "capacity-below-load",
                "During a release too few pods are left for the load",
                "spec.strategy.rollingUpdate.maxUnavailable",
                Check::Overload,
                format!(
                    "{} That leaves {} of {replicas}.",
                    self.arithmetic(),
                    replicas - unavailable
                ),
            )
        });
    }

    fn rounding(&self, found: &mut Vec<Suspicion>) {
        let Strategy::RollingUpdate { max_surge, max_unavailable } = &self.deployment.spec.strategy
        else {
            return;
        };
        let replicas = self.deployment.spec.replicas;
        let typed = self.subject.items[self.item].typed.at(&ROLLING);
        let is_typed = |key| typed.is_some_and(|typed| typed.get(key).is_some());
        if !is_typed("maxUnavailable") || !vanishes(self.deployment) {
            return;
        }
        let surge = max_surge.scaled(replicas, true).unwrap_or(0);
        let (means, consequence) = if surge == 0 {
            (
                1,
                "and as maxSurge is 0 too, Kubernetes takes 1, or nothing could ever move"
                    .to_owned(),
            )
        } else {
            (
                0,
                format!(
                    "so no pod may be missing, and only the {surge} of maxSurge move the rollout"
                ),
            )
        };
        let value = Value::Int(means);
        let path = ["spec", "strategy", "rollingUpdate", "maxUnavailable"];
        let title = format!("write maxUnavailable: {means}, which is what happens");
        found.push(Suspicion {
            severity: Severity::Hint,
            candidates: Vec::new(),
            ..self.suspicion(
                "percentage-rounds-to-zero",
                "A percentage of few pods is none",
                "spec.strategy.rollingUpdate.maxUnavailable",
                Check::Rounding,
                format!("maxUnavailable {max_unavailable} of {replicas} pods rounds down to 0, {consequence}."),
            )
        });
        if let (Some(last), Some(candidate)) =
            (found.last_mut(), self.candidate(title, &path, &value))
        {
            last.candidates.push(candidate);
        }
    }

    fn history(&self, found: &mut Vec<Suspicion>) {
        if self.deployment.spec.revision_history_limit != Some(0) {
            return;
        }
        let title = "keep 10 old revisions".to_owned();
        let ten = Value::Int(10);
        found.push(Suspicion {
            severity: Severity::Risk,
            is_told_anyway: true,
            candidates: self
                .candidate(title, &["spec", "revisionHistoryLimit"], &ten)
                .into_iter()
                .collect(),
            ..self.suspicion(
                "no-history",
                "A release cannot be taken back",
                "spec.revisionHistoryLimit",
                Check::Undo,
                "revisionHistoryLimit 0 deletes the old ReplicaSet as soon as it is empty, and with it \
                 what rollout undo would go back to."
                    .to_owned(),
            )
        });
    }

    fn deadline(&self, found: &mut Vec<Suspicion>) {
        let Some(seconds) = self.deployment.progress_deadline() else { return };
        let title = "wait 600 s for progress".to_owned();
        let path = ["spec", "progressDeadlineSeconds"];
        found.push(Suspicion {
            severity: Severity::Risk,
            candidates: self.candidate(title, &path, &Value::Int(600)).into_iter().collect(),
            ..self.suspicion(
                "deadline-before-load",
                "Rollouts that work are reported as failed",
                "spec.progressDeadlineSeconds",
                Check::Deadline,
                format!(
                    "A rollout counts as failed when nothing moves for progressDeadlineSeconds: {seconds}. \
                     A pod needs longer than that until it is available."
                ),
            )
        });
    }

    fn alone(&self, found: &mut Vec<Suspicion>) {
        if self.deployment.spec.replicas != 1 {
            return;
        }
        let two =
            self.candidate("run 2 replicas".to_owned(), &["spec", "replicas"], &Value::Int(2));
        found.push(Suspicion {
            severity: Severity::Risk,
            scene: Scene::Loss(self.item),
            is_told_anyway: true,
            candidates: two.into_iter().collect(),
            ..self.suspicion(
                "single-replica",
                "One pod is all there is",
                "spec.replicas",
                Check::Loss,
                "With one replica nobody answers from the moment its pod is lost, by an eviction, a \
                 drain or a crash of its node, until the next one is Ready."
                    .to_owned(),
            )
        });
    }

    fn paused(&self) -> Suspicion {
        let text = self.subject.remove(self.item, &["spec", "paused"]);
        Suspicion {
            severity: Severity::Risk,
            candidates: text.map(|text| ("resume it".to_owned(), text)).into_iter().collect(),
            ..self.suspicion(
                "paused",
                "The Deployment is paused",
                "spec.paused",
                Check::Paused,
                "While spec.paused is true, a changed template waits: no new ReplicaSet is made and no \
                 pod replaced."
                    .to_owned(),
            )
        }
    }
}
