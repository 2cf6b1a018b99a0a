//! How many pods a metric asks for.
//!
//! Ratios are compared as whole numbers: what is used times a hundred, divided by what is
//! requested, is the utilisation in per cent, rounded down as upstream rounds it.
//!
//! Models: kubernetes v1.36 `pkg/controller/podautoscaler/replica_calculator.go`
//! `GetResourceReplicas`, `GetRawResourceReplicas`, `groupPods`, `metrics/utilization.go`.

use crate::time::{Duration, Instant};

/// Differences smaller than a tenth are left alone.
const TOLERANCE_PERCENT: i64 = 10;
/// How long the cpu of a pod that has just started says nothing.
const CPU_INITIALIZATION: Duration = Duration::from_mins(5);
/// How soon after its start a pod that was never ready counts as not ready yet.
const INITIAL_READINESS_DELAY: Duration = Duration::from_secs(30);

/// One pod of the scale target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// What it uses, in thousandths; `None` when nothing is known.
    pub usage: Option<i64>,
    /// What it requests, in thousandths.
    pub request: i64,
    /// Where it is in its life.
    pub stage: Stage,
}

/// What counts of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It works.
    Ready,
    /// It does not work yet.
    Unready,
    /// It is on its way out or has ended.
    Ignored,
}

/// What a pod should use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A share of its request, in per cent.
    Utilization(i64),
    /// An amount, in thousandths.
    Average(i64),
}

/// What a metric asks for, and what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// How many pods.
    pub replicas: i64,
    /// The utilisation in per cent; 0 for a target that is an amount.
    pub utilization: i64,
    /// What a pod uses on average, in thousandths.
    pub average: i64,
}

/// Why no number of pods can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoProposal {
    /// Nobody knows what any pod uses.
    NoMetrics,
    /// What is known is of pods that do not work yet.
    OnlyUnready,
    /// A container requests nothing, so that there is no share of it.
    MissingRequest,
}

/// Where a pod stands for the autoscaler. `ready_changed` is when its readiness last changed.
pub fn stage(
    is_ready: bool,
    started: Option<Instant>,
    ready_changed: Option<Instant>,
    now: Instant,
) -> Stage {
    let (Some(started), Some(changed)) = (started, ready_changed) else {
        return Stage::Unready;
    };
    let unready = if started + CPU_INITIALIZATION > now {
        !is_ready
    } else {
        !is_ready && started + INITIAL_READINESS_DELAY > changed
    };
    if unready { Stage::Unready } else { Stage::Ready }
}

/// A share as a fraction: `used` of `wanted`.
#[derive(Clone, Copy, Debug)]
struct Ratio {
    used: i64,
    wanted: i64,
}

impl Ratio {
    const fn is_close_to_one(self) -> bool {
        (self.used - self.wanted).abs() * 100 <= TOLERANCE_PERCENT * self.wanted
    }

    /// This many times the ratio, rounded up.
    fn of(self, count: usize) -> i64 {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let product = i128::from(self.used) * i128::from(count);
        let wanted = i128::from(self.wanted.max(1));
        i64::try_from((product + wanted - 1) / wanted).unwrap_or(i64::MAX)
    }
}

/// How many pods the metric asks for, when there are `current`.
///
/// Pods without a known use are taken to use all of their request when fewer pods would do, and
/// nothing when more are needed; so are unready ones in the latter case. If that turns the answer
/// around, nothing changes. 4 pods that use 90 % where 50 % is wanted become ⌈4 · 90 / 50⌉ = 8.
///
/// # Errors
/// Nothing can be said.
pub fn propose(current: i64, members: &[Member], target: Target) -> Result<Proposal, NoProposal> {
    let counted = || members.iter().filter(|member| member.stage != Stage::Ignored);
    if !counted().any(|member| member.usage.is_some()) {
        return Err(NoProposal::NoMetrics);
    }
    let ready: Vec<(i64, i64)> = counted()
        .filter(|member| member.stage == Stage::Ready)
        .filter_map(|member| Some((member.usage?, member.request)))
        .collect();
    if ready.is_empty() {
        return Err(NoProposal::OnlyUnready);
    }
    let by_share = matches!(target, Target::Utilization(_));
    if by_share && counted().any(|member| member.request <= 0) {
        return Err(NoProposal::MissingRequest);
    }
    let (ratio, utilization, average) = ratio(&ready, target);
    let proposal = |replicas: i64| Ok(Proposal { replicas, utilization, average });
    let unready: Vec<i64> = counted()
        .filter(|member| member.stage == Stage::Unready)
        .map(|member| member.request)
        .collect();
    let missing: Vec<i64> = counted()
        .filter(|member| member.stage == Stage::Ready && member.usage.is_none())
        .map(|member| member.request)
        .collect();
    let grows = ratio.used > ratio.wanted;
    if missing.is_empty() && (!grows || unready.is_empty()) {
        let replicas = if ratio.is_close_to_one() { current } else { ratio.of(ready.len()) };
        return proposal(replicas);
    }
    let mut assumed = ready;
    let shrinks = ratio.used < ratio.wanted;
    for request in missing {
        let usage = match target {
            Target::Utilization(share) if shrinks => request * share.max(100) / 100,
            Target::Average(amount) if shrinks => amount,
            _ => 0,
        };
        assumed.push((usage, request));
    }
    if grows {
        assumed.extend(unready.iter().map(|request| (0, *request)));
    }
    let (again, _, _) = self::ratio(&assumed, target);
    let turned = (shrinks && again.used > again.wanted) || (grows && again.used < again.wanted);
    if again.is_close_to_one() || turned {
        return proposal(current);
    }
    let replicas = again.of(assumed.len());
    let backwards = (again.used < again.wanted && replicas > current)
        || (again.used > again.wanted && replicas < current);
    proposal(if backwards { current } else { replicas })
}

/// What is used of what is wanted, the utilisation in per cent and the average use.
fn ratio(members: &[(i64, i64)], target: Target) -> (Ratio, i64, i64) {
    let used: i64 = members.iter().map(|(usage, _)| usage).sum();
    let requested: i64 = members.iter().map(|(_, request)| request).sum();
    let count = i64::try_from(members.len()).unwrap_or(1).max(1);
    match target {
        Target::Utilization(wanted) => {
            let utilization = used.saturating_mul(100) / requested.max(1);
            (Ratio { used: utilization, wanted }, utilization, used / count)
        }
        Target::Average(wanted) => (Ratio { used: used / count, wanted }, 0, used / count),
    }
}

#[cfg(test)]
mod tests {
    use super::{Member, NoProposal, Stage, Target, propose};

    fn pods(usages: &[i64], stage: Stage) -> Vec<Member> {
        let member = |usage: &i64| Member { usage: Some(*usage), request: 1_000, stage };
        usages.iter().map(member).collect()
    }

    #[track_caller]
    fn check(current: i64, members: &[Member], share: i64, expected: Result<i64, NoProposal>) {
        let got = propose(current, members, Target::Utilization(share));
        assert_eq!(got.map(|proposal| proposal.replicas), expected);
    }

    /// Cases of upstream's `replica_calculator_test.go`.
    #[test]
    fn replicas_follow_the_ratio_of_use_to_target() {
        check(3, &pods(&[300, 500, 700], Stage::Ready), 30, Ok(5));
        check(5, &pods(&[100, 300, 500, 250, 250], Stage::Ready), 50, Ok(3));
        // Within a tenth nothing changes.
        check(3, &pods(&[1_010, 1_030, 1_020], Stage::Ready), 100, Ok(3));
        check(3, &[], 50, Err(NoProposal::NoMetrics));
        check(1, &pods(&[900], Stage::Unready), 50, Err(NoProposal::OnlyUnready));
    }

    #[test]
    fn unready_pods_count_as_idle_when_more_are_needed() {
        let mut members = pods(&[500, 700], Stage::Ready);
        members.extend(pods(&[300], Stage::Unready));
        check(3, &members, 30, Ok(4));
        let mut members = pods(&[900], Stage::Ready);
        members.extend(pods(&[400, 500], Stage::Unready));
        check(3, &members, 50, Ok(3));
    }

    #[test]
    fn pods_without_metrics_keep_the_answer_from_being_rash() {
        let unknown = Member { usage: None, request: 1_000, stage: Stage::Ready };
        let mut members = pods(&[300, 950], Stage::Ready);
        members.extend([unknown; 2]);
        check(4, &members, 50, Ok(4));
        let mut members = pods(&[600, 400], Stage::Ready);
        members.extend([unknown; 2]);
        check(4, &members, 100, Ok(3));
    }

    #[test]
    fn a_container_without_a_request_has_no_utilization() {
        let member = Member { usage: Some(300), request: 0, stage: Stage::Ready };
        check(1, &[member], 50, Err(NoProposal::MissingRequest));
    }
}
