//! Upstream's own test tables, run through the engine's public functions.
//!
//! The data is in `tests/vectors/` (one file a topic, see its README), or in the folder that
//! `ROLLSCOPE_VECTORS` names. Nothing here depends on which cases a folder holds.

mod back_off;
mod build;
mod case;
mod deployment;
mod deployment_util;
mod kubelet;
mod names;
mod network;
mod pods;
mod probes;
mod replica_set;
mod rollout;
mod run;
mod scheduler;

use crate::{kubectl_describe, kubectl_vectors, manifest_vectors};
use run::{Report, Topic};

/// What each topic's cases are judged by.
const TOPICS: &[(&str, Topic)] = &[
    ("rolling_update", rollout::rolling_update),
    ("recreate", rollout::recreate),
    ("rollout_trace", rollout::rollout_trace),
    ("proportional_scaling", deployment::proportional_scaling),
    ("revision_history", deployment::revision_history),
    ("progress", deployment::progress),
    ("deployment_util", deployment_util::topic),
    ("replicaset", replica_set::topic),
    ("pod_ranking", pods::pod_ranking),
    ("pod_conditions", pods::pod_conditions),
    ("pod_template_hash", names::pod_template_hash),
    ("endpoints", network::endpoints),
    ("proxy_selection", network::proxy_selection),
    ("scheduling_message", scheduler::scheduling_message),
    ("backoff", back_off::topic),
    ("pod_phase", kubelet::pod_phase),
    ("probe_worker", probes::probe_worker),
    ("probe_handlers", probes::probe_handlers),
    ("defaults", manifest_vectors::defaults),
    ("validation", manifest_vectors::validation),
    ("names", manifest_vectors::names),
    ("int_or_percent", manifest_vectors::int_or_percent),
    ("kubectl_rollout", kubectl_vectors::kubectl_rollout),
    ("kubectl_get", kubectl_vectors::kubectl_get),
    ("kubectl_describe", kubectl_describe::topic),
    ("age_format", kubectl_vectors::age_format),
];

#[test]
fn the_engine_agrees_with_upstreams_tables() {
    let mut report = Report::new();
    for (name, topic) in TOPICS {
        report.run(name, *topic);
    }
    report.finish();
}
