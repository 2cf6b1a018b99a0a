//! What a rehearsal showed of a suspicion, in a sentence with numbers.

mod deployment;
mod together;

use super::observed::Observed;
use super::subject::Subject;
use super::{Evidence, count, thousands};
use crate::api::Name;
use crate::manifest::Object;
use crate::network::request::Failure;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Requests that a pod got while it was loading.
    Loading,
    /// Requests that a pod got when it had ended.
    Gone,
    /// Requests that were cut off by SIGKILL.
    Killed,
    /// Requests that found no pod at all, during the rollout.
    Outage,
    /// Requests that were too many for the pods that were left.
    Overload,
    /// Containers that a liveness probe had killed.
    LivenessKills,
    /// Pods of the first version that fit on no node.
    NeverFits,
    /// Pods of the next version that fit on no node.
    SurgeFits,
    /// Pods that a quota kept out.
    Quota,
    /// A first version that is never complete.
    NeverAvailable,
    /// A release that is never complete.
    StuckRelease,
    /// A release that waits for somebody.
    Paused,
    /// An undo that was refused.
    Undo,
    /// A deadline that was over before a rollout that worked.
    Deadline,
    /// The pods that a rollout kept, whatever its percentage says.
    Rounding,
    /// A Service without endpoints.
    NoEndpoints,
    /// Requests to a port nobody listens on.
    WrongPort,
    /// A Service with the pods of several Deployments.
    Mixed,
    /// The same, where those of one answer nothing.
    Foreign,
    /// A Deployment's selector that takes the pods of others.
    Strangers,
    /// A size that a second apply takes back.
    Resized,
    /// A drain that a budget stops.
    Drain,
    /// Requests that failed when the only pod was lost.
    Loss,
    /// A second apply that changes nothing.
    Unchanged,
    /// A release that is never complete when others are released with it.
    RoomTogether,
    /// A release that waits for the room of others released with it.
    WaitsTogether,
    /// Requests that find too few pods when several are released at once.
    OutageTogether,
    /// Nothing that a run could show.
    Unseen,
}

impl Check {
    /// Why a rehearsal may not have shown it.
    pub(super) fn hidden_by(self, item: usize, subject: &Subject) -> &'static str {
        let Object::Deployment(deployment) = &subject.items[item].object else { return "" };
        let has_service = subject.service_of(deployment).is_some();
        match self {
            Self::Loading | Self::Gone | Self::Killed if !has_service => {
                "; no Service of the manifest sends to these pods"
            }
            Self::Loading => ": its server answers as soon as its container runs",
            Self::Gone => {
                ": none came in that moment, or the program goes on answering after SIGTERM"
            }
            Self::Loss if has_service => ": others answered",
            _ => "",
        }
    }

    /// Whether another that was shown says the same, and more.
    pub(super) fn is_explained_by(self, other: Self) -> bool {
        match self {
            Self::WaitsTogether => other == Self::RoomTogether,
            Self::OutageTogether => matches!(other, Self::Outage | Self::Overload),
            _ => false,
        }
    }

    /// Whether a rehearsal came as far as it must when the failure is really gone.
    pub(super) fn is_healed(self, item: usize, subject: &Subject, seen: &Observed) -> bool {
        if let Some(together) = &seen.together {
            return together.at_once.iter().all(|wave| wave.took.is_some());
        }
        let number = subject.deployments().position(|(index, _)| index == item);
        let Some(number) = number else { return true };
        let started = seen.starts.get(number).is_some_and(|start| start.took.is_some());
        let roll = seen.rolls.get(number).and_then(Option::as_ref);
        let released = roll.is_some_and(|roll| roll.took.is_some());
        match self {
            Self::LivenessKills | Self::NeverFits | Self::NeverAvailable => started,
            Self::SurgeFits | Self::Quota | Self::StuckRelease | Self::Paused => released,
            _ => true,
        }
    }
}

/// What a rehearsal showed of a suspicion about an object.
pub(super) fn judge(check: Check, item: usize, subject: &Subject, seen: &Observed) -> Evidence {
    if let Some(refused) = &seen.refused {
        return Evidence::NotShown(format!("the API server refused the manifest: {refused}"));
    }
    if seen.exhausted {
        return Evidence::NotShown(
            "it is too much work to try: fewer replicas or fewer requests a second would do"
                .to_owned(),
        );
    }
    if matches!(check, Check::RoomTogether | Check::WaitsTogether | Check::OutageTogether) {
        return together::of_all(check, subject, seen);
    }
    let number = subject.deployments().position(|(index, _)| index == item);
    let service = subject.services().position(|(index, _)| index == item);
    match (number, service) {
        (Some(number), _) => deployment::of_deployment(check, item, number, subject, seen),
        (_, Some(service)) => of_service(check, item, service, subject, seen),
        _ => of_guard(check, seen),
    }
}

fn of_service(
    check: Check,
    item: usize,
    number: usize,
    subject: &Subject,
    seen: &Observed,
) -> Evidence {
    let Some(served) = seen.services.get(number) else {
        return Evidence::NotShown("it was not rehearsed".to_owned());
    };
    let lost: u64 =
        seen.rolls.iter().flatten().map(|roll| roll.lost(&[Failure::WrongTargetPort])).sum();
    let sent: u64 = seen.rolls.iter().flatten().map(|roll| roll.sent).sum();
    let endpoints = count(u64::try_from(served.endpoints).unwrap_or(u64::MAX), "endpoint");
    let name = &subject.items[item].object.meta().name;
    match check {
        Check::NoEndpoints if served.endpoints == 0 => Evidence::Shown(format!(
            "when all had started, Service {name} had no endpoint: every request to it is refused"
        )),
        Check::WrongPort if served.endpoints == 0 => Evidence::Shown(format!(
            "when all had started, Service {name} had no endpoint with a port: every request to it is \
             refused"
        )),
        Check::WrongPort if lost > 0 => Evidence::Shown(format!(
            "{} of {} were refused: the pods do not listen on that port",
            thousands(lost),
            count(sent, "request")
        )),
        Check::Foreign if !served.behind.iter().any(is_foreign) => Evidence::NotShown(format!(
            "the pods of every Deployment behind Service {name} answered"
        )),
        Check::Mixed | Check::Foreign if served.behind.len() > 1 => {
            let part = |(name, answered, failed): &(Name, u64, u64)| {
                let failed = if *failed > 0 {
                    format!(", {} failed", thousands(*failed))
                } else {
                    String::new()
                };
                format!("deployment/{name} {} answered{failed}", thousands(*answered))
            };
            let parts: Vec<String> = served.behind.iter().map(part).collect();
            Evidence::Shown(format!(
                "the requests to Service {name} went to both: {}",
                parts.join("; ")
            ))
        }
        Check::Mixed | Check::Foreign => {
            Evidence::NotShown(format!("all {endpoints} of Service {name} are of one Deployment"))
        }
        _ => Evidence::NotShown(format!(
            "Service {name} had {endpoints}, and none refused a request"
        )),
    }
}

/// Whether the pods of a Deployment answered nothing that they were asked.
const fn is_foreign((_, answered, failed): &(Name, u64, u64)) -> bool {
    *answered == 0 && *failed > 0
}

fn of_guard(check: Check, seen: &Observed) -> Evidence {
    match check {
        Check::Drain => {
            let refused = seen.said.lines().find(|line| line.contains("disruption budget"));
            if refused.is_some() {
                return Evidence::Shown(
                    "kubectl drain of the pod's node gave up: Cannot evict pod as it would violate the \
                     pod's disruption budget"
                        .to_owned(),
                );
            }
            let last = seen.said.lines().last().unwrap_or("nothing to drain");
            Evidence::NotShown(format!("kubectl drain of the pod's node said `{last}`"))
        }
        _ => Evidence::NotShown("the run shows nothing of it".to_owned()),
    }
}
