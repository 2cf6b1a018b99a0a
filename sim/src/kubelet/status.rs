//! Conditions and durations as a kubelet writes them.

use super::conditions::Finding;
use crate::api::pod::{PodCondition, PodConditionType};
use crate::api::{ConditionStatus, Pod};
use crate::time::{Duration, Instant};

pub(super) fn condition(
    type_: PodConditionType,
    holds: bool,
    reason: &'static str,
    message: &str,
    now: Instant,
) -> PodCondition {
    let status = ConditionStatus::from(holds);
    PodCondition { type_, status, reason, message: message.into(), last_transition_time: now }
}

/// Sets a condition to what was found.
pub(super) fn set_finding(pod: &mut Pod, type_: PodConditionType, finding: &Finding, now: Instant) {
    pod.set_condition(condition(type_, finding.holds, finding.reason, &finding.message, now));
}

/// Brings the conditions into the order in which a kubelet lists them.
pub(super) fn sort_conditions(pod: &mut Pod) {
    crate::order::sort_by_key(&mut pod.status.conditions, |condition| match condition.type_ {
        PodConditionType::Initialized => 0,
        PodConditionType::Ready => 1,
        PodConditionType::ContainersReady => 2,
        PodConditionType::PodScheduled => 3,
        PodConditionType::DisruptionTarget => 4,
    });
}

/// A duration as Go prints it: `1s`, `1.15s`, `900ms`, `2m40s`.
pub(super) fn go_duration(duration: Duration) -> String {
    let ms = duration.as_millis();
    if ms < 1_000 {
        return format!("{ms}ms");
    }
    let (minutes, rest) = (ms / 60_000, ms % 60_000);
    let seconds = format!("{}.{:03}", rest / 1_000, rest % 1_000);
    let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
    if minutes > 0 { format!("{minutes}m{seconds}s") } else { format!("{seconds}s") }
}
