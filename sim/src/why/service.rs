//! Why a Service's requests go where they go, or nowhere.

use std::sync::Arc;

use super::{Chain, count};
use crate::api::service::{ServicePort, TargetPort};
use crate::api::{Kind, Labels, Name, Pod, Service};
use crate::controller::endpoint_slice::find_port;

/// Why a Service has the endpoints it has.
pub(super) fn service(chain: &mut Chain<'_>, service: &Service) {
    let pods: Vec<Arc<Pod>> = chain
        .pods()
        .filter(|pod| pod.meta.namespace == service.meta.namespace && pod.is_active())
        .cloned()
        .collect();
    let chosen: Vec<Arc<Pod>> =
        pods.iter().filter(|pod| service.selects(&pod.meta.labels)).cloned().collect();
    if chosen.is_empty() {
        return selects_none(chain, service, &pods);
    }
    if !ports(chain, service, &chosen) {
        return super::trail::commands(chain, service.meta.uid, 2);
    }
    let ready = chosen.iter().filter(|pod| pod.is_ready()).count();
    if ready == 0 {
        let text = format!(
            "selects {} ({}), none of which is Ready, so it has no endpoint that may be used",
            count(chosen.len(), "pod"),
            labels(&service.spec.selector),
        );
        add(chain, service, text);
        if let Some(first) = chosen.first() {
            super::pod::pod(chain, first);
        }
    } else {
        shares(chain, service, &chosen);
    }
    super::trail::commands(chain, service.meta.uid, 2);
}

fn add(chain: &mut Chain<'_>, service: &Service, text: String) {
    chain.add(chain.now(), Kind::Service, &service.meta.name, text);
}

/// `app=web,tier=front`.
fn labels(labels: &Labels) -> String {
    let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}

fn selects_none(chain: &mut Chain<'_>, service: &Service, pods: &[Arc<Pod>]) {
    let selector = &service.spec.selector;
    let near = pods
        .iter()
        .max_by_key(|pod| selector.keys().filter(|key| pod.meta.labels.contains_key(*key)).count());
    let near = near.map_or(String::new(), |pod| {
        format!("; pod {} carries {}", pod.meta.name, labels(&pod.meta.labels))
    });
    let text = format!(
        "selects {}, which none of the {} carries{near}, so it has no endpoint and refuses every \
         connection",
        labels(selector),
        count(pods.len(), "pod"),
    );
    add(chain, service, text);
    chain.remedy("spec.selector", "labels that the pods carry");
    super::trail::commands(chain, service.meta.uid, 2);
}

/// Target ports that are none of the pods'. Says whether any can be reached.
fn ports(chain: &mut Chain<'_>, service: &Service, pods: &[Arc<Pod>]) -> bool {
    let mut reachable = service.spec.ports.is_empty();
    for (index, port) in service.spec.ports.iter().enumerate() {
        let Some(pod) = pods.first() else { break };
        let field = format!("spec.ports[{index}].targetPort");
        match (&port.target_port, find_port(&port.target_port, &port.protocol, &pod.spec)) {
            (TargetPort::Name(name), None) => {
                let text = format!(
                    "sends port {} to the container port named {name:?}, which no container of its \
                     pods has ({}), so they are no endpoints of it",
                    port.port,
                    known_ports(pod),
                );
                add(chain, service, text);
                chain.remedy(field, format!("the name of a container port, or a number; or name the container port {name}"));
            }
            (TargetPort::Number(number), _) => {
                reachable = true;
                wrong_number(chain, service, port, *number, pod, &field);
            }
            (TargetPort::Name(_), Some(_)) => reachable = true,
        }
    }
    reachable
}

/// Nothing checks a target port by number: the sign is requests that are refused.
fn wrong_number(
    chain: &mut Chain<'_>,
    service: &Service,
    port: &ServicePort,
    number: u16,
    pod: &Pod,
    field: &str,
) {
    let refused = chain.cluster.first_failures().iter().any(|first| {
        first.cause == crate::network::request::Failure::WrongTargetPort
            && first.request.service == service.meta.uid
    });
    let mut declared = pod.spec.containers.iter().flat_map(|container| &container.ports);
    if refused && !declared.any(|declared| declared.container_port == number) {
        let text = format!(
            "sends port {} to port {number} of its pods, where nothing listens ({}): endpoints \
             exist, connections are refused",
            port.port,
            known_ports(pod),
        );
        add(chain, service, text);
        chain.remedy(field, "the port the server listens on");
    }
}

fn known_ports(pod: &Pod) -> String {
    let ports = pod.spec.containers.iter().flat_map(|container| &container.ports);
    let known: Vec<String> = ports
        .map(|port| match &*port.name {
            "" => port.container_port.to_string(),
            name => format!("{name} {}", port.container_port),
        })
        .collect();
    if known.is_empty() {
        "they name no port".to_owned()
    } else {
        format!("they name {}", known.join(", "))
    }
}

/// Who gets which share of the connections.
fn shares(chain: &mut Chain<'_>, service: &Service, pods: &[Arc<Pod>]) {
    let ready: Vec<&Arc<Pod>> = pods.iter().filter(|pod| pod.is_ready()).collect();
    let mut groups: Vec<(Name, usize)> = Vec::new();
    for pod in &ready {
        let owner = super::pod::Owner::of(chain, pod).name;
        let what: Name = format!("{} of {owner}", pod.spec.version()).into();
        match groups.iter_mut().find(|(known, _)| *known == what) {
            Some((_, number)) => *number += 1,
            None => groups.push((what, 1)),
        }
    }
    let parts: Vec<String> = groups
        .iter()
        .map(|(what, number)| {
            let percent = number * 100 / ready.len();
            format!("{number} with {what} ({percent}%)")
        })
        .collect();
    let text = format!(
        "selects {} ({}), {} Ready: {}; every new connection goes to one of them at random",
        count(pods.len(), "pod"),
        labels(&service.spec.selector),
        ready.len(),
        parts.join(", "),
    );
    add(chain, service, text);
    let mut owners: Vec<&str> =
        groups.iter().filter_map(|(what, _)| what.split(" of ").nth(1)).collect();
    owners.dedup();
    if owners.len() > 1 {
        let text = format!(
            "its selector matches the pods of {}: they all carry {}",
            owners.join(" and "),
            labels(&service.spec.selector)
        );
        add(chain, service, text);
        let how = "one more label that only the pods meant carry, here and in their template; as it \
                   is, the numbers of pods set the shares";
        chain.remedy("spec.selector", how);
    }
}
