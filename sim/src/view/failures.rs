//! Why requests failed, as the screen shows it.

use super::FailureView;
use crate::cluster::Cluster;
use crate::order;
use crate::report::explain::explain;

pub(super) fn project(cluster: &Cluster) -> Vec<FailureView> {
    let mut failures: Vec<FailureView> = cluster
        .first_failures()
        .iter()
        .map(|first| FailureView {
            cause: first.cause,
            requests: 0,
            versions: Vec::new(),
            first_at: first.request.at,
            explanation: explain(first, cluster),
        })
        .collect();
    for count in cluster.request_counts(None) {
        let Err(cause) = count.result else { continue };
        if let Some(failure) = failures.iter_mut().find(|failure| failure.cause == cause) {
            failure.requests += count.requests;
            if !count.version.is_empty() {
                failure.versions.push((count.version, count.requests));
            }
        }
    }
    order::sort_by_key(&mut failures, |failure| std::cmp::Reverse(failure.requests));
    failures
}
