//! What must always hold, whatever happens: checked beside the system, in every scenario.

use std::collections::BTreeMap;

use crate::api::{Deployment, EndpointSlice, Pod, ReplicaSet, Uid};
use crate::cluster::Cluster;
use crate::controller::informer::OwnedPods;
use crate::uid_map::UidMap;

/// Breaches, in words; empty when all is well.
pub fn check(cluster: &Cluster) -> Vec<String> {
    let mut breaches = Vec::new();
    check_counts(cluster, &mut breaches);
    check_endpoints(cluster, &mut breaches);
    check_caches(cluster, &mut breaches);
    check_requests(cluster, &mut breaches);
    breaches
}

/// No count is negative, no controller has acted on a generation that does not exist yet.
fn check_counts(cluster: &Cluster, breaches: &mut Vec<String>) {
    for d in cluster.api().list::<Deployment>().iter() {
        let s = &d.status;
        let counts = [s.replicas, s.updated_replicas, s.ready_replicas, s.available_replicas];
        if counts.iter().any(|count| *count < 0) || s.observed_generation > d.meta.generation {
            breaches.push(format!("Deployment {}: impossible status {s:?}", d.meta.name));
        }
    }
    for rs in cluster.api().list::<ReplicaSet>().iter() {
        let s = &rs.status;
        let ordered = s.available_replicas <= s.ready_replicas && s.ready_replicas <= s.replicas;
        if rs.spec.replicas < 0 || s.available_replicas < 0 || !ordered {
            breaches.push(format!("ReplicaSet {}: impossible status {s:?}", rs.meta.name));
        }
    }
}

/// No request is lost or counted twice: what was sent is answered, failed or under way.
fn check_requests(cluster: &Cluster, breaches: &mut Vec<String>) {
    let totals = cluster.totals();
    let under_way = cluster.requests_under_way() as u64;
    let (mut answered, mut failed) = (0, 0);
    for count in cluster.request_counts(None) {
        *if count.result.is_ok() { &mut answered } else { &mut failed } += count.requests;
    }
    let counted = (totals.answered, totals.failed) == (answered, failed);
    if !counted || totals.sent != answered + failed + under_way {
        breaches.push(format!(
            "{} requests were sent, but {answered} answered, {failed} failed and {under_way} under \
             way",
            totals.sent
        ));
    }
}

/// No pod stands in two slices of a Service.
fn check_endpoints(cluster: &Cluster, breaches: &mut Vec<String>) {
    let mut seen: BTreeMap<(Uid, Uid), u32> = BTreeMap::new();
    for slice in cluster.api().list::<EndpointSlice>().iter() {
        // What people put into a slice is their own affair.
        let Some(service) = slice.meta.controller().map(|owner| owner.uid) else { continue };
        for endpoint in &slice.endpoints {
            *seen.entry((service, endpoint.pod_uid)).or_default() += 1;
        }
    }
    for ((_, pod), count) in seen {
        if count > 1 {
            breaches.push(format!("pod {pod} stands in {count} slices of one Service"));
        }
    }
}

/// The tallies of the caches are what counting the cached pods gives.
fn check_caches(cluster: &Cluster, breaches: &mut Vec<String>) {
    let informers = cluster.informers();
    let mut counted: UidMap<OwnedPods> = UidMap::new();
    for pod in informers.pods.values() {
        if let Some(owner) = pod.meta.controller() {
            counted.get_or_insert_with(owner.uid, OwnedPods::default).put(pod);
        }
    }
    for (owner, counted) in counted.into_entries() {
        if !informers.pods_of(owner).is_some_and(|tallied| tallied.counts_as(&counted)) {
            breaches.push(format!("the tally of the pods of {owner} is wrong"));
        }
    }
    let owned = |pod: &Pod| pod.meta.controller().is_some();
    if informers.orphan_pods().any(|pod| owned(pod)) {
        breaches.push("a pod with an owner is listed as an orphan".to_owned());
    }
}
