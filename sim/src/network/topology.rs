//! Which endpoints of a Service one node's kube-proxy uses, for each traffic policy.
//!
//! Models: kubernetes v1.36 `pkg/proxy/topology.go` `CategorizeEndpoints`. [`super::proxy`] is the
//! case all Services of the simulator are in: policy Cluster and no hints.
//! Leaves out: hints that name nodes.

/// One endpoint, as seen from one node.
#[expect(clippy::struct_excessive_bools, reason = "an endpoint's three conditions, and its place")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// It may take new connections.
    pub ready: bool,
    /// It answers.
    pub serving: bool,
    /// It is going.
    pub terminating: bool,
    /// It is on this node.
    pub local: bool,
    /// The zones it is meant for.
    pub zone_hints: Vec<String>,
}

impl Candidate {
    const fn is_last_resort(&self) -> bool {
        self.serving && self.terminating
    }
}

/// Which endpoints traffic may go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Any.
    #[default]
    Cluster,
    /// Those on the node it arrives at.
    Local,
}

/// What a Service port says about its traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrafficPolicy {
    /// `internalTrafficPolicy`.
    pub internal: Policy,
    /// `externalTrafficPolicy`.
    pub external: Policy,
    /// It has a node port, an external address or a load balancer.
    pub externally_reachable: bool,
    /// Zone hints are followed.
    pub zone_hints: bool,
}

impl TrafficPolicy {
    /// Whether policy Cluster matters. External traffic needs it even with policy Local: a node
    /// that reaches the external address from inside uses all endpoints.
    const fn uses_cluster_endpoints(self) -> bool {
        matches!(self.internal, Policy::Cluster) || self.externally_reachable
    }

    const fn uses_local_endpoints(self) -> bool {
        matches!(self.internal, Policy::Local)
            || (matches!(self.external, Policy::Local) && self.externally_reachable)
    }
}

/// The endpoints to use, as positions in the list given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Categories {
    /// For policy Cluster; `None` when the port does not use it.
    pub cluster: Option<Vec<usize>>,
    /// For policy Local; `None` when the port does not use it.
    pub local: Option<Vec<usize>>,
    /// Either of them.
    pub reachable: Vec<usize>,
    /// Whether the Service has an endpoint that could be used, here or elsewhere.
    pub has_any: bool,
}

/// Whether an annotation `service.kubernetes.io/topology-mode` asks for zone hints: any text but
/// `Disabled`. (As of v1.29; later versions follow hints wherever there are any.)
pub fn asks_for_hints(annotation: &str) -> bool {
    !matches!(annotation, "" | "disabled" | "Disabled")
}

/// Chooses the endpoints for each policy on a node in `zone` (empty when unknown).
///
/// Policy Cluster: the ready ones (those hinted for the zone, if all ready ones have hints and
/// one fits), or else those that terminate and still serve. Policy Local: the same among the local
/// ones, without hints.
pub fn categorize_endpoints(
    endpoints: &[Candidate],
    policy: TrafficPolicy,
    zone: &str,
) -> Categories {
    let follows_hints = policy.zone_hints && can_use_topology(endpoints, zone);
    let cluster = policy.uses_cluster_endpoints().then(|| {
        let available = |endpoint: &Candidate| !follows_hints || is_hinted(endpoint, zone);
        ready_or_last_resort(endpoints, available, |_| true)
    });
    let local = policy.uses_local_endpoints().then(|| {
        ready_or_last_resort(endpoints, |endpoint| endpoint.local, |endpoint| endpoint.local)
    });
    let usable = |endpoint: &Candidate| endpoint.ready || endpoint.is_last_resort();
    let mut reachable: Vec<usize> = cluster.iter().chain(&local).flatten().copied().collect();
    crate::order::sort_by(&mut reachable, Ord::cmp);
    reachable.dedup();
    Categories { cluster, local, reachable, has_any: endpoints.iter().any(usable) }
}

/// The ready endpoints among those `available`; if there is none, those that terminate and still
/// serve among `last_resort`.
fn ready_or_last_resort(
    endpoints: &[Candidate],
    available: impl Fn(&Candidate) -> bool,
    last_resort: impl Fn(&Candidate) -> bool,
) -> Vec<usize> {
    let ready = positions(endpoints, |endpoint| endpoint.ready && available(endpoint));
    if !ready.is_empty() {
        return ready;
    }
    positions(endpoints, |endpoint| endpoint.is_last_resort() && last_resort(endpoint))
}

fn positions(endpoints: &[Candidate], wanted: impl Fn(&Candidate) -> bool) -> Vec<usize> {
    (0..endpoints.len()).filter(|&at| wanted(&endpoints[at])).collect()
}

/// Hints are followed when every ready endpoint has some and one is hinted for this zone.
fn can_use_topology(endpoints: &[Candidate], zone: &str) -> bool {
    let ready = || endpoints.iter().filter(|endpoint| endpoint.ready);
    !zone.is_empty()
        && ready().all(|endpoint| !endpoint.zone_hints.is_empty())
        && ready().any(|endpoint| is_hinted(endpoint, zone))
}

fn is_hinted(endpoint: &Candidate, zone: &str) -> bool {
    endpoint.zone_hints.iter().any(|hint| hint == zone)
}
