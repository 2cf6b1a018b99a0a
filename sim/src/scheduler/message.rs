//! What the scheduler says about a pod that fits nowhere.
//!
//! Models: kubernetes v1.36 `pkg/scheduler/framework/types.go` `FitError`,
//! `pkg/scheduler/framework/preemption/preemption.go`.

use std::collections::BTreeMap;

/// The message about a pod that fits nowhere: `0/3 nodes are available: 3 Insufficient
/// nvidia.com/gpu. …`. The reasons are counted over the nodes and sorted as text.
pub fn fit_error(nodes: usize, reasons_per_node: &[Vec<String>], post_filter: &str) -> String {
    fit_message(nodes, &counted(reasons_per_node.iter().flatten()), post_filter)
}

/// The message from its parts: what the filters said and what preemption said.
pub fn fit_message(nodes: usize, filters: &str, post_filter: &str) -> String {
    let mut message = format!("0/{nodes} nodes are available");
    if filters.is_empty() {
        message.push(':');
    } else {
        message.push_str(": ");
        message.push_str(filters);
        message.push('.');
    }
    if !post_filter.is_empty() {
        message.push(' ');
        message.push_str(post_filter);
        message.push('.');
    }
    message
}

/// What preemption says, with its reason for each node.
pub(super) fn preemption_message(reasons: &[String]) -> String {
    let counted = counted(reasons.iter());
    let nodes = reasons.len();
    format!("no new claims to deallocate, preemption: 0/{nodes} nodes are available: {counted}")
}

/// Reasons as `2 this, 1 that`, sorted as text.
fn counted<'a>(reasons: impl Iterator<Item = &'a String>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    let mut parts: Vec<String> =
        counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    crate::order::sort_by(&mut parts, Ord::cmp);
    parts.join(", ")
}
