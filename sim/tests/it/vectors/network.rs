//! Endpoints: what a slice says of a pod, how slices fill, and which ones a proxy uses.

use std::net::Ipv4Addr;

use rollscope_sim::api::endpoint_slice::Endpoint;
use rollscope_sim::api::service::TargetPort;
use rollscope_sim::api::{EndpointSlice, ObjectMeta, PodSpec, Uid};
use rollscope_sim::controller::endpoint_slice::{endpoint, find_port, has_room};
use rollscope_sim::network::topology::{
    Candidate, Policy, TrafficPolicy, asks_for_hints, categorize_endpoints,
};
use serde_json::{Value, json};

use super::build;
use super::case::{Fields, check, in_any_order, not_applicable, not_modelled, unknown_op};
use crate::manifest_vectors::to_value;

pub(crate) fn endpoints(case: &Value) -> Result<(), String> {
    check(case, |op, input| match op {
        "endpoint" => one_endpoint(input),
        "target_port" => target_port(input),
        "slices" => slices(input, &case["expect"]["slice_sizes_any_order"]),
        other => unknown_op(other),
    })
}

fn one_endpoint(input: &Value) -> Result<Value, String> {
    if input.opt_text("address_type").is_some_and(|type_| type_ != "IPv4") {
        return Err(not_applicable("addresses are IPv4 only"));
    }
    let publish = input.field("service")?.flag("publish_not_ready_addresses");
    let pod = build::pod_of(input.field("pod")?, 1)?;
    let endpoint = endpoint(&pod, publish).ok_or("the pod has no endpoint")?;
    Ok(json!({
        "addresses": [endpoint.address.to_string()],
        "ready": endpoint.ready,
        "serving": endpoint.serving,
        "terminating": endpoint.terminating,
        "node_name": (!endpoint.node_name.is_empty()).then_some(&*endpoint.node_name),
        "zone": not_modelled("endpoints carry no zone"),
        "hostname": not_modelled("endpoints carry no hostname"),
    }))
}

fn target_port(input: &Value) -> Result<Value, String> {
    if numbers(input).any(|port| u16::try_from(port).is_err()) {
        return Err(not_applicable("ports are never negative"));
    }
    let target = match input.opt_text("target_port") {
        Some(name) => TargetPort::Name(name.into()),
        None => TargetPort::Number(input.int("target_port")?),
    };
    let pod = json!({
        "containers": containers(input, "containers"),
        "initContainers": containers(input, "init_containers"),
    });
    let pod = PodSpec::from_value(to_value(&pod));
    let port = find_port(&target, input.text("protocol")?, &pod);
    Ok(json!({ "port": port, "error": port.is_none() }))
}

/// All port numbers of a case.
fn numbers(input: &Value) -> impl Iterator<Item = i64> {
    let containers = ["containers", "init_containers"].map(|key| input[key].as_array());
    let ports = containers
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|container| container["ports"].as_array());
    let numbers = ports.flatten().map(|port| &port["container_port"]);
    numbers.chain([&input["target_port"]]).filter_map(Value::as_i64)
}

/// The containers under `key`, as a manifest has them.
fn containers(input: &Value, key: &str) -> Vec<Value> {
    let described = input.opt(key).and_then(Value::as_array).into_iter().flatten();
    let port = |port: &Value| {
        json!({
            "name": port["name"],
            "containerPort": port["container_port"],
            "protocol": port["protocol"],
        })
    };
    described
        .map(|container| {
            let ports = container["ports"].as_array().into_iter().flatten();
            json!({
                "name": "main",
                "restartPolicy": container.opt_text("restart_policy"),
                "ports": ports.map(port).collect::<Vec<Value>>(),
            })
        })
        .collect()
}

/// Each endpoint goes into the first slice with room, or else into a new one.
fn slices(input: &Value, expected: &Value) -> Result<Value, String> {
    let max = input.int("max_endpoints_per_slice")?;
    let mut slices: Vec<EndpointSlice> = Vec::new();
    for number in 0..input.int::<u32>("endpoints")? {
        let endpoint = numbered_endpoint(number);
        match slices.iter_mut().find(|slice| has_room(slice, &[], max)) {
            Some(slice) => slice.endpoints.push(endpoint),
            None => slices.push(EndpointSlice {
                meta: ObjectMeta::default(),
                endpoints: vec![endpoint],
                ports: Vec::new(),
            }),
        }
    }
    let sizes: Vec<usize> = slices.iter().map(|slice| slice.endpoints.len()).collect();
    Ok(json!({ "slice_sizes_any_order": in_any_order(json!(sizes), expected) }))
}

fn numbered_endpoint(number: u32) -> Endpoint {
    Endpoint {
        address: Ipv4Addr::from_bits(number),
        ready: true,
        serving: true,
        terminating: false,
        node_name: "node".into(),
        pod_name: format!("pod-{number}").into(),
        pod_uid: Uid(number.into()),
    }
}

pub(crate) fn proxy_selection(case: &Value) -> Result<(), String> {
    check(case, |op, input| {
        if op != "select" {
            return unknown_op(op);
        }
        let described = input.list("endpoints")?;
        let endpoints: Vec<Candidate> = described.iter().map(candidate).collect();
        let zone = input.opt_text("node_zone").unwrap_or_default();
        let chosen = categorize_endpoints(&endpoints, traffic_policy(input), zone);
        let addresses = |key: &str, places: Option<Vec<usize>>| {
            let addresses = |places: Vec<usize>| -> Vec<&Value> {
                places.into_iter().map(|at| &described[at]["address"]).collect()
            };
            in_any_order(json!(places.map(addresses)), &case["expect"][key])
        };
        Ok(json!({
            "cluster_endpoints": addresses("cluster_endpoints", chosen.cluster),
            "local_endpoints": addresses("local_endpoints", chosen.local),
            "all_endpoints": addresses("all_endpoints", Some(chosen.reachable)),
            "service_has_endpoints": chosen.has_any,
        }))
    })
}

fn candidate(described: &Value) -> Candidate {
    let hints = described.opt("zone_hints").and_then(Value::as_array).into_iter().flatten();
    Candidate {
        ready: described.flag("ready"),
        serving: described.flag("serving"),
        terminating: described.flag("terminating"),
        local: described.flag("local"),
        zone_hints: hints.filter_map(|hint| Some(hint.as_str()?.to_owned())).collect(),
    }
}

fn traffic_policy(input: &Value) -> TrafficPolicy {
    let policy = |key| match input.opt_text(key) {
        Some("Local") => Policy::Local,
        _ => Policy::Cluster,
    };
    let annotation = input.opt_text("zone_hints_annotation").unwrap_or_default();
    TrafficPolicy {
        internal: policy("internal_traffic_policy"),
        external: policy("external_traffic_policy"),
        externally_reachable: input.flag("externally_reachable"),
        zone_hints: input.flag("zone_hints_enabled") && asks_for_hints(annotation),
    }
}
