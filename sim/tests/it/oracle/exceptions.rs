//! Where the recordings and the simulator are known to differ, and why.

use serde_json::Value as Json;

/// Why the steps of a resize in mid-rollout may differ: the recording itself fell below
/// `replicas - maxUnavailable`, because the pass after the proportional step still read the old
/// `availableReplicas` of a set that had just been shrunk. On a cluster that is a race; here the
/// set's controller is always quicker.
pub(super) fn stale_status(case: &Json) -> Option<String> {
    let replicas = case["scale"].as_i64()?;
    let unavailable = match &case["maxUnavailable"] {
        Json::String(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            replicas * percent / 100
        }
        number => number.as_i64()?,
    };
    let least = case["min_available"].as_i64()?;
    (least < replicas - unavailable).then(|| {
        format!("a race: the recording had {least} of {replicas} available, {unavailable} may miss")
    })
}

/// Cases of the validation topic that are answered differently, each with the reason.
pub(super) const VALIDATION: [(&str, &str); 1] =
    [("cmd-rollout-no-args", "the overview of a group of commands is in our own words")];
