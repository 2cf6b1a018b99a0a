//! What Deployments that were released at the same moment came to, held against one after the other.

use super::Check;
use crate::network::request::Failure;
use crate::preflight::observed::{Observed, Wave};
use crate::preflight::subject::Subject;
use crate::preflight::together::rolled;
use crate::preflight::{Evidence, count, thousands};
use crate::time::Duration;

/// Waiting for less than this is nobody's trouble.
const NOTICED: Duration = Duration::from_secs(5);
/// The part of the time alone by which a rollout must take longer among others.
const SLOWED: u32 = 4;
/// What becomes of requests when too few pods are left.
const UNANSWERED: [Failure; 3] =
    [Failure::NoEndpoints, Failure::Overloaded, Failure::ClientTimeout];

pub(super) fn of_all(check: Check, subject: &Subject, seen: &Observed) -> Evidence {
    let Some(together) = &seen.together else {
        return Evidence::NotShown(
            "the run could not come to a release: not every first version is complete".to_owned(),
        );
    };
    let names: Vec<String> =
        rolled(subject).into_iter().map(|(item, _)| subject.name(item)).collect();
    let head = format!("with {} released at once", names.join(" and "));
    let took = together.at_once.iter().filter_map(|wave| wave.took).max().unwrap_or_default();
    let arrived =
        Evidence::NotShown(format!("{head}, all were complete after {} s", took.as_secs()));
    match check {
        Check::RoomTogether => {
            let late = together.at_once.iter().zip(&names).find(|(wave, _)| wave.took.is_none());
            late.map_or(arrived, |(wave, name)| {
                Evidence::Shown(format!("{head}, {name} never became complete: {}", wave.words))
            })
        }
        Check::WaitsTogether => {
            let rest = |at_once: &Wave, alone: &Wave| at_once.waited.saturating_sub(alone.waited);
            let is_slowed = |at_once: &Wave, alone: &Wave| {
                let (Some(late), Some(took)) = (at_once.took, alone.took) else { return false };
                rest(at_once, alone) >= NOTICED && late > took + took / SLOWED
            };
            let waits = together.at_once.iter().zip(&together.alone).zip(&names);
            let longest = waits
                .filter(|((at_once, alone), _)| is_slowed(at_once, alone))
                .max_by_key(|((at_once, alone), _)| rest(at_once, alone));
            longest.map_or(arrived, |((at_once, alone), name)| {
                Evidence::Shown(format!(
                    "{head}, {name} waited {} s for room ({}) and was complete after {} s; released alone \
                     it waited {} s and took {} s",
                    at_once.waited.as_secs(),
                    at_once.words,
                    at_once.took.unwrap_or_default().as_secs(),
                    alone.waited.as_secs(),
                    alone.took.unwrap_or_default().as_secs()
                ))
            })
        }
        _ => {
            let lost = |failed: &[(Failure, u64)], causes: &[Failure]| -> u64 {
                let of_these = failed.iter().filter(|(cause, _)| causes.contains(cause));
                of_these.map(|(_, requests)| requests).sum()
            };
            let parts = UNANSWERED.iter().filter_map(|cause| {
                let (at_once, alone) = (&together.failed, &together.failed_alone);
                let lost = |failed: &[(Failure, u64)]| lost(failed, &[*cause]);
                (lost(at_once) > 0 && lost(alone) == 0)
                    .then(|| format!("{} × {}", thousands(lost(at_once)), cause.as_str()))
            });
            let parts: Vec<String> = parts.collect();
            let sent = count(together.sent, "request");
            if parts.is_empty() {
                let lost = thousands(lost(&together.failed, &UNANSWERED));
                return Evidence::NotShown(format!("{head}, {lost} of {sent} found too few pods"));
            }
            Evidence::Shown(format!(
                "{head}, of {sent} failed {}; released one after the other none did for that",
                parts.join(", ")
            ))
        }
    }
}
