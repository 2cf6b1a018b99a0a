//! Why a request failed: which pod, which cause, and which line of YAML would have prevented it.

use std::sync::Arc;

use super::pod::Owner;
use super::{Chain, Link, Remedy};
use crate::api::pod_template::{Container, Hook, ProbeHandler};
use crate::api::{Kind, Name, Pod, PodSpec, ReplicaSet, Service};
use crate::network::request::{Failure, Request};

/// Where what the pod runs is written when the pod is gone.
const TEMPLATE: &str = "spec.template.spec.";

/// The chain of one failed request.
pub(super) fn failed(chain: &mut Chain<'_>, cause: Failure, request: &Request, pod: &str) {
    let cluster = chain.cluster;
    let service = cluster.api().list::<Service>().by_uid(request.service).cloned();
    let name: Name = service
        .as_ref()
        .map_or_else(|| "a Service that is gone".into(), |service| service.meta.name.clone());
    let ended = request.ended.unwrap_or(request.at);
    let node = cluster.node_name(request.node);
    let waited = ended.since(request.at).as_millis();
    let text = format!(
        "a request from {node}, sent at {}, ended after {waited} ms: {} ({})",
        request.at,
        cause.symptom(),
        cause.as_str()
    );
    chain.add(ended, Kind::Service, &name, text);
    let ran = ran(chain, request, pod);
    let (text, remedy) = explain(chain, cause, &name, ran.as_ref(), &node);
    let object = match (pod, cause) {
        ("", _) | (_, Failure::NoEndpoints | Failure::WrongTargetPort) => format!("Service/{name}"),
        (pod, _) => format!("Pod/{pod}"),
    };
    chain.links.push(Link { at: ended, object: object.into(), text, remedy });
    match (cause, service) {
        (Failure::NoEndpoints | Failure::WrongTargetPort, Some(service)) => {
            super::service::service(chain, &service);
        }
        _ => {
            if let Some(uid) = request.pod {
                super::trail::object(chain, uid);
            }
        }
    }
}

/// What a pod runs, and the path under which that is written.
struct Ran {
    spec: Arc<PodSpec>,
    path: String,
}

/// What the chosen pod runs, or ran: its set has the template still.
fn ran(chain: &Chain<'_>, request: &Request, name: &str) -> Option<Ran> {
    let api = chain.cluster.api();
    let live = request.pod.and_then(|uid| api.list::<Pod>().by_uid(uid));
    if let Some(pod) = live {
        let path = Owner::of(chain, pod).field("");
        return Some(Ran { spec: Arc::clone(&pod.spec), path });
    }
    let (set, _) = name.rsplit_once('-')?;
    let set = api.list::<ReplicaSet>().iter().find(|rs| &*rs.meta.name == set)?;
    Some(Ran { spec: Arc::clone(&set.spec.template.spec), path: TEMPLATE.to_owned() })
}

fn explain(
    chain: &Chain<'_>,
    cause: Failure,
    service: &Name,
    ran: Option<&Ran>,
    node: &str,
) -> (String, Option<Remedy>) {
    let lag = chain.cluster.proxy_lag().as_millis();
    let prefix = ran.map_or(TEMPLATE, |ran| ran.path.as_str());
    let remedy = |path: &str, how: String| Some(Remedy { field: format!("{prefix}{path}"), how });
    let first = ran.and_then(|ran| ran.spec.containers.first());
    let sleep = lag.div_ceil(1_000).max(1) * 2;
    let pre_stop = || {
        let had = first.and_then(|container| container.pre_stop.as_ref());
        let longer = match had {
            Some(Hook::Sleep(seconds)) => format!("sleep: {{seconds: {sleep}}} (it has {seconds})"),
            Some(Hook::Do(_)) | None => format!("sleep: {{seconds: {sleep}}}"),
        };
        remedy(
            "containers[0].lifecycle.preStop",
            format!(
                "{longer}, longer than the {lag} ms the proxies take, keeps it serving until all know"
            ),
        )
    };
    match cause {
        Failure::NoEndpoints => (
            format!("had no endpoint that may be used, as {node} knew it"),
            None,
        ),
        Failure::PodStillLoading => {
            let how = match first.and_then(|container| container.readiness_probe.as_ref()) {
                None => "a probe that asks the server itself: without one the pod counts as Ready the moment it has started".to_owned(),
                Some(probe) => format!(
                    "one that asks for what the server can do only once it is loaded; {} passes before",
                    match &probe.handler {
                        ProbeHandler::HttpGet { path, .. } => format!("httpGet {path}"),
                        ProbeHandler::Exec(command) => format!("exec {}", command.join(" ")),
                        ProbeHandler::TcpSocket { port } | ProbeHandler::Grpc { port } => format!("port {port}"),
                    }
                ),
            };
            ("was Ready, so the request went to it, but its server was still loading".to_owned(), remedy("containers[0].readinessProbe", how))
        }
        Failure::EndpointGone => (
            format!("had ended, but the proxy of {node} had not heard of it: that takes up to {lag} ms"),
            pre_stop(),
        ),
        Failure::ShuttingDown => (
            format!("had got SIGTERM and took nothing new, but the proxy of {node} had not heard of it: that takes up to {lag} ms"),
            pre_stop(),
        ),
        Failure::Killed => {
            let grace = ran.map_or(0, |ran| ran.spec.termination_grace_period_seconds);
            let hook = first.map_or(0, hook_seconds);
            (
                format!("was killed at the end of its grace period of {grace} s, {hook} s of which its preStop hook took, while it worked on the request"),
                remedy("terminationGracePeriodSeconds", format!("more than the {hook} s of the preStop hook and the longest request together")),
            )
        }
        Failure::Crashed => (
            "ended of its own accord while it worked on the request, or before it was asked".to_owned(),
            remedy("containers[0]", "kubectl logs --previous shows its last words; kubectl rollout undo brings the old version back".to_owned()),
        ),
        Failure::Overloaded => (
            "had all its slots in use and its queue full: too few pods were available for the load".to_owned(),
            Some(Remedy {
                field: "spec.strategy.rollingUpdate.maxUnavailable".to_owned(),
                how: "0, so that a rollout never has fewer pods than wanted; or more replicas".to_owned(),
            }),
        ),
        Failure::WrongTargetPort => (
            "does not send to the port its pods listen on".to_owned(),
            Some(Remedy { field: "spec.ports[0].targetPort".to_owned(), how: format!("the port the server behind {service} listens on") }),
        ),
        Failure::ClientTimeout => (
            "worked on the request for longer than the client was ready to wait".to_owned(),
            Some(Remedy { field: String::new(), how: "more pods, a faster answer, or a more patient client".to_owned() }),
        ),
        Failure::ServerError => (
            "answered with an error of its own: the network did its part".to_owned(),
            Some(Remedy { field: String::new(), how: "kubectl logs shows what the program says".to_owned() }),
        ),
        Failure::Unreachable => (
            "is on a node that does not answer; it stays an endpoint until the node's lease runs out".to_owned(),
            Some(Remedy { field: String::new(), how: "clients that try again reach another pod".to_owned() }),
        ),
    }
}

/// How long a container's preStop hook sleeps, as far as it says.
fn hook_seconds(container: &Container) -> u32 {
    match &container.pre_stop {
        Some(Hook::Sleep(seconds)) => *seconds,
        Some(Hook::Do(ProbeHandler::Exec(command))) => {
            let words = command.iter().flat_map(|word| word.split([' ', ';']));
            let mut after = words.skip_while(|word| *word != "sleep").skip(1);
            after.next().and_then(|word| word.parse().ok()).unwrap_or(0)
        }
        Some(Hook::Do(_)) | None => 0,
    }
}
