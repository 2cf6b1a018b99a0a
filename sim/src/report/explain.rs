//! Why a request failed, in a sentence with numbers and what would have prevented it.

use crate::api::Name;
use crate::cluster::Cluster;
use crate::network::request::{Failure, Request};

/// The first request that failed for a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstFailure {
    /// The cause.
    pub cause: Failure,
    /// The request.
    pub request: Request,
    /// The name of the pod that was chosen; empty without one.
    pub pod: Name,
    /// The Service's name.
    pub service: Name,
}

/// Why a request failed.
pub fn explain(first: &FirstFailure, cluster: &Cluster) -> String {
    let FirstFailure { cause, request, pod, service } = first;
    let node = cluster.node_name(request.node);
    let lag = cluster.proxy_lag().as_millis();
    let took = request.ended.map_or(0, |ended| ended.since(request.at).as_millis());
    match cause {
        Failure::NoEndpoints => format!(
            "the rules of {node} had no ready endpoint for Service {service}, so the connection was \
             refused: no pod was Ready, the selector matches none, or the pods have no such port"
        ),
        Failure::PodStillLoading => format!(
            "pod {pod} was Ready, so Service {service} sent it the request, but its server was still \
             loading; a readiness probe that asks the server itself keeps it out until then"
        ),
        Failure::EndpointGone => format!(
            "pod {pod} had ended, but {node} had not heard of it: that takes up to {lag} ms; a \
             preStop hook that sleeps longer keeps the pod serving meanwhile"
        ),
        Failure::ShuttingDown => format!(
            "pod {pod} had got SIGTERM and took nothing new, but {node} had not heard of it: that \
             takes up to {lag} ms; a preStop hook that sleeps longer delays SIGTERM until all have"
        ),
        Failure::Killed => format!(
            "pod {pod} was killed when its grace period was over, {took} ms into the request; \
             terminationGracePeriodSeconds must cover the preStop hook and the longest request"
        ),
        Failure::Crashed => format!(
            "the container of pod {pod} had ended of its own accord, {took} ms after the request \
             was sent; kubectl logs --previous shows its last words"
        ),
        Failure::Overloaded => format!(
            "pod {pod} had all its slots in use and its queue full, so it turned the request away; \
             more available pods during the rollout (maxUnavailable: 0) share the load"
        ),
        Failure::WrongTargetPort => format!(
            "pod {pod} listens, but not on the targetPort of Service {service}; targetPort must be \
             the port of the server"
        ),
        Failure::ClientTimeout => format!(
            "the client gave up after {took} ms, while pod {pod} worked on the request; the pod is \
             too slow for it or too busy"
        ),
        Failure::ServerError => format!(
            "the server in pod {pod} answered with an error of its own, so the network did its part"
        ),
        Failure::Unreachable => format!(
            "the node of pod {pod} did not answer for {took} ms; it stays an endpoint until the \
             node's lease runs out and the pod is no longer Ready"
        ),
    }
}
