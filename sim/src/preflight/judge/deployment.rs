//! What a rehearsal showed of a suspicion about a Deployment.

use super::Check;
use crate::api::Deployment;
use crate::manifest::Object;
use crate::network::request::Failure;
use crate::preflight::observed::{Observed, Roll, Start};
use crate::preflight::subject::Subject;
use crate::preflight::{Evidence, count, strategy, thousands};
use crate::time::Duration;

pub(super) fn of_deployment(
    check: Check,
    item: usize,
    number: usize,
    subject: &Subject,
    seen: &Observed,
) -> Evidence {
    let (Some(start), Object::Deployment(deployment)) =
        (seen.starts.get(number), &subject.items[item].object)
    else {
        return Evidence::NotShown("it was not rehearsed".to_owned());
    };
    let replicas = deployment.spec.replicas;
    let roll = seen.rolls.get(number).and_then(Option::as_ref);
    match check {
        Check::Loading | Check::Gone | Check::Killed | Check::Outage | Check::Overload => {
            let restarts = seen.restarts.get(number).copied().unwrap_or(0);
            if restarts > 0 && matches!(check, Check::Loading | Check::Gone) {
                return Evidence::NotShown(format!(
                    "containers were restarted {}, which hides it",
                    count(restarts.into(), "time")
                ));
            }
            return requests(check, start, roll);
        }
        Check::LivenessKills => {
            return liveness(start, number, seen);
        }
        Check::NeverFits | Check::NeverAvailable => return first(check, start, replicas),
        Check::Strangers => {
            let strangers = seen.strangers.get(number).copied().unwrap_or(0);
            let strangers = u64::try_from(strangers).unwrap_or(u64::MAX);
            return if strangers > 0 {
                Evidence::Shown(format!(
                    "its selector matches {} of other Deployments besides its own {replicas}",
                    count(strangers, "pod")
                ))
            } else {
                Evidence::NotShown(format!("its selector matches its own {replicas} pods alone"))
            };
        }
        Check::Loss | Check::Unchanged | Check::Resized => {
            return of_scene(check, number, deployment, subject, seen);
        }
        Check::Paused if deployment.spec.paused => {
            return Evidence::Shown(format!(
                "in the run nothing was released: {} of {replicas} pods became available, and it waits",
                start.available
            ));
        }
        Check::Quota if start.stuck.quota.is_some() => {
            let text = start.stuck.quota.as_deref().unwrap_or_default();
            return Evidence::Shown(format!(
                "{} of {replicas} pods were made: {text}",
                start.available
            ));
        }
        Check::Deadline if start.deadline.is_some() && start.took.is_some() => {
            return deadline("the first version", start.deadline, start.took);
        }
        Check::Unseen => {
            return Evidence::NotShown(
                "in the run nothing else wanted the nodes' resources".to_owned(),
            );
        }
        _ => {}
    }
    let Some(roll) = roll else { return Evidence::NotShown(no_roll(start)) };
    if check == Check::Rounding && !strategy::vanishes(deployment) {
        return Evidence::NotShown(format!(
            "in a roll to {} the same {} of {replicas} pods were available at the least",
            roll.version, roll.min_available
        ));
    }
    of_roll(check, start, roll, replicas)
}

/// What the commands of the other scenes showed.
fn of_scene(
    check: Check,
    number: usize,
    deployment: &Deployment,
    subject: &Subject,
    seen: &Observed,
) -> Evidence {
    match check {
        Check::Loss => {
            let (sent, refused) = seen.scene;
            let of = format!("{} of {}", thousands(refused), count(sent, "request"));
            if refused > 0 {
                Evidence::Shown(format!(
                    "when the pod was lost, {of} found nobody until the next one was Ready"
                ))
            } else if subject.service_of(deployment).is_none() {
                Evidence::NotShown("no Service sends to it, so no request could fail".to_owned())
            } else {
                Evidence::NotShown(format!("when a pod was lost, {of} found nobody"))
            }
        }
        Check::Unchanged => {
            let line = format!("deployment.apps/{} ", deployment.meta.name);
            let said = seen.said.lines().find(|said| said.starts_with(&line)).unwrap_or_default();
            let text = format!(
                "a second kubectl apply of the same text said `{said}`: no pod was replaced"
            );
            if said.ends_with("unchanged") {
                Evidence::Shown(text)
            } else {
                Evidence::NotShown(format!("a second kubectl apply said `{said}`"))
            }
        }
        Check::Resized => {
            let name = &deployment.meta.name;
            match seen.sizes.get(number) {
                Some((before, after)) if before != after => Evidence::Shown(format!(
                    "the autoscaler had set deployment/{name} to {before} pods; a second kubectl apply \
                     set it to {after} at once"
                )),
                _ => Evidence::NotShown(
                    "a second kubectl apply left the size to the autoscaler".to_owned(),
                ),
            }
        }
        _ => Evidence::NotShown("the run shows nothing of it".to_owned()),
    }
}

fn of_roll(check: Check, start: &Start, roll: &Roll, replicas: i32) -> Evidence {
    let version = &roll.version;
    let arrived = match roll.took {
        Some(took) => format!("a roll to {version} was complete after {} s", took.as_secs()),
        None => format!("a roll to {version} never became complete"),
    };
    let stuck = roll.took.is_none();
    match check {
        Check::SurgeFits => match (&roll.stuck.unschedulable, stuck) {
            (Some(words), true) => {
                Evidence::Shown(format!("{arrived}, its pod is Pending: {words}"))
            }
            _ => Evidence::NotShown(arrived),
        },
        Check::Quota => match (&roll.stuck.quota, stuck) {
            (Some(words), true) => Evidence::Shown(format!("{arrived}: {words}")),
            _ => Evidence::NotShown(arrived),
        },
        Check::StuckRelease if stuck => Evidence::Shown(format!("{arrived}: {}", roll.stuck.why)),
        Check::Undo => match &roll.undo {
            Some(words) => Evidence::Shown(format!(
                "after a roll to {version}, kubectl rollout undo said `{words}`"
            )),
            None => Evidence::NotShown(format!(
                "after a roll to {version}, kubectl rollout undo brought the first version back"
            )),
        },
        Check::Deadline if roll.deadline.is_some() && roll.took.is_some() => {
            deadline(&format!("a roll to {version}"), roll.deadline, roll.took)
        }
        Check::Deadline => {
            let first = start.took.map_or(0, |took| took.as_secs());
            Evidence::NotShown(format!(
                "the first version took {first} s; {arrived}; none was reported as failed"
            ))
        }
        Check::Rounding => Evidence::Shown(format!(
            "in a roll to {version} {} of {replicas} pods were available at the least",
            roll.min_available
        )),
        _ => Evidence::NotShown(arrived),
    }
}

fn first(check: Check, start: &Start, replicas: i32) -> Evidence {
    if let Some(took) = start.took {
        return Evidence::NotShown(format!(
            "all {replicas} pods were available after {} s",
            took.as_secs()
        ));
    }
    let so_far = format!("{} of {replicas} pods became available", start.available);
    match (&start.stuck.unschedulable, check) {
        (Some(words), Check::NeverFits) => {
            Evidence::Shown(format!("{so_far}, the others are Pending: {words}"))
        }
        (_, Check::NeverFits) => Evidence::NotShown(so_far),
        _ => Evidence::Shown(format!("{so_far}: {}", start.stuck.why)),
    }
}

fn liveness(start: &Start, number: usize, seen: &Observed) -> Evidence {
    let restarts = seen.restarts.get(number).copied().unwrap_or(0);
    let (without, took) = seen.without_liveness.get(number).copied().unwrap_or_default();
    if restarts > without {
        let times = count(restarts.into(), "time");
        let said = match seen.liveness_said.get(number).map_or("", String::as_str) {
            "" => String::new(),
            said => format!(" ({said})"),
        };
        let without =
            if without == 0 { "none was".to_owned() } else { count(without.into(), "time") };
        let took = took.map_or(String::new(), |took| {
            format!(", and all pods were available after {} s", took.as_secs())
        });
        return Evidence::Shown(format!(
            "containers were restarted {times}{said}; without the livenessProbe {without}{took}"
        ));
    }
    match start.took {
        Some(took) => Evidence::NotShown(format!(
            "no container was killed; all pods were available after {} s",
            took.as_secs()
        )),
        None => Evidence::NotShown("the first version never became available".to_owned()),
    }
}

fn deadline(what: &str, deadline: Option<Duration>, took: Option<Duration>) -> Evidence {
    let secs = |time: Option<Duration>| time.map_or(0, |time| time.as_secs());
    Evidence::Shown(format!(
        "{what} was reported as failed (ProgressDeadlineExceeded) after {} s, and was complete after \
         {} s all the same",
        secs(deadline),
        secs(took)
    ))
}

/// Why there was no release.
fn no_roll(start: &Start) -> String {
    if start.took.is_none() {
        "the run could not come to a release: the first version is never complete".to_owned()
    } else {
        "it was not released in the run".to_owned()
    }
}

fn requests(check: Check, start: &Start, roll: Option<&Roll>) -> Evidence {
    let Some(roll) = roll else { return Evidence::NotShown(no_roll(start)) };
    let causes: &[Failure] = match check {
        Check::Loading => &[Failure::PodStillLoading],
        Check::Gone => &[Failure::EndpointGone, Failure::ShuttingDown],
        Check::Killed => &[Failure::Killed],
        Check::Outage => &[Failure::NoEndpoints],
        _ => &[Failure::Overloaded, Failure::ClientTimeout],
    };
    let lost = roll.lost(causes);
    let version = &roll.version;
    let sent = count(roll.sent, "request");
    let words: Vec<String> = causes
        .iter()
        .filter_map(|cause| {
            let lost = roll.lost(&[*cause]);
            (lost > 0).then(|| format!("{} × {}", thousands(lost), cause.as_str()))
        })
        .collect();
    if lost > 0 {
        return Evidence::Shown(format!(
            "in a roll to {version}, {} of {sent} failed: {}",
            thousands(lost),
            words.join(", ")
        ));
    }
    let end = if roll.took.is_none() { ", which never became complete," } else { "," };
    Evidence::NotShown(format!("in a roll to {version}{end} none of {sent} failed for it"))
}
