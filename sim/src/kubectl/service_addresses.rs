//! The addresses and node ports of Services: what they are given, what they keep and what they lose
//! when their type changes.
//!
//! Models: kubernetes v1.28 `pkg/registry/core/service/{strategy.go,storage/alloc.go}`. The numbers
//! come from the seed and the version of the cluster.

use crate::api::{Service, Value};
use crate::cluster::Cluster;
use crate::manifest::{FieldError, FieldErrorKind};
use crate::rng::mix;

/// How many node ports there are from the first on.
const FIRST_PORT: i64 = 30_000;
const PORTS: u64 = 2_768;

fn text<'a>(spec: &'a Value, key: &str) -> &'a str {
    spec.get(key).and_then(Value::as_str).unwrap_or("")
}

fn has_address(spec: &Value) -> bool {
    text(spec, "type") != "ExternalName"
}

fn has_node_ports(spec: &Value) -> bool {
    matches!(text(spec, "type"), "NodePort" | "LoadBalancer")
}

fn ports(spec: &Value) -> &[Value] {
    spec.get("ports").and_then(Value::as_list).unwrap_or_default()
}

fn ports_mut(spec: &mut Value) -> &mut [Value] {
    let list = spec.as_map_mut().and_then(|map| map.get_mut("ports"));
    list.and_then(Value::as_list_mut).map_or(&mut [], |list| list.as_mut_slice())
}

fn node_port(port: &Value) -> i64 {
    port.get("nodePort").and_then(Value::as_int).unwrap_or(0)
}

fn drop(spec: &mut Value, keys: &[&str]) {
    if let Some(map) = spec.as_map_mut() {
        map.retain(|key, _| !keys.contains(&&**key));
    }
}

/// The node ports of all Services but the one at `except`.
fn taken_ports(cluster: &Cluster, except: Option<(&str, &str)>) -> Vec<i64> {
    let others = cluster.api().list::<Service>();
    let others =
        others.iter().filter(|other| Some((&*other.meta.namespace, &*other.meta.name)) != except);
    let listed = others.filter_map(|other| other.spec.other.get("ports")?.as_list());
    listed.flatten().map(node_port).filter(|number| *number != 0).collect()
}

fn is_taken(cluster: &Cluster, address: &str) -> bool {
    cluster.api().list::<Service>().iter().any(|other| &*other.spec.cluster_ip == address)
}

/// Gives a Service its address and its node ports, as far as it asks for them.
pub(super) fn allocate(cluster: &Cluster, spec: &mut Value) {
    let number = mix(cluster.config().seed ^ cluster.api().resource_version());
    if has_address(spec) && spec.get("clusterIP").is_none() {
        let address = (0..=u64::MAX)
            .map(|turn| number.wrapping_add(turn))
            .map(|n| format!("10.96.{}.{}", n % 256, (n >> 8) % 254 + 1))
            .find(|address| !is_taken(cluster, address));
        *spec.entry("clusterIP") = address.unwrap_or_default().into();
    }
    if !has_node_ports(spec) || ports(spec).iter().all(|port| node_port(port) != 0) {
        return;
    }
    let mut taken = taken_ports(cluster, None);
    taken.extend(ports(spec).iter().map(node_port));
    for port in ports_mut(spec).iter_mut().filter(|port| node_port(port) == 0) {
        let free = (0..PORTS)
            .map(|turn| number.wrapping_add(turn) % PORTS)
            .filter_map(|offset| Some(FIRST_PORT + i64::try_from(offset).ok()?))
            .find(|number| !taken.contains(number));
        if let Some(free) = free {
            *port.entry("nodePort") = Value::Int(free);
            taken.push(free);
        }
    }
}

/// What a Service asks for by number and another has.
pub(super) fn conflicts(
    cluster: &Cluster,
    before: Option<&Value>,
    after: &Value,
    place: (&str, &str),
) -> Vec<FieldError> {
    let mut found = Vec::new();
    let mut refuse = |path: String, value: String, detail: String| {
        found.push(FieldError { path, kind: FieldErrorKind::Invalid, value, detail });
    };
    let address = text(after, "clusterIP");
    let known = before.is_some_and(|before| text(before, "clusterIP") == address);
    if !known && !matches!(address, "" | "None") && is_taken(cluster, address) {
        let detail = format!("failed to allocate IP {address}: provided IP is already allocated");
        let value = format!("[]string{{{address:?}}}");
        refuse("spec.clusterIPs".to_owned(), value, detail);
    }
    let taken = taken_ports(cluster, Some(place));
    for (index, port) in ports(after).iter().enumerate() {
        let number = node_port(port);
        if taken.contains(&number) {
            let detail = "provided port is already allocated".to_owned();
            refuse(format!("spec.ports[{index}].nodePort"), number.to_string(), detail);
        }
    }
    found
}

/// Brings a changed Service into form: it keeps what it was given, and what its new type has no use
/// for goes if nobody changed it.
///
/// Models: `patchAllocatedValues`, `NormalizeClusterIPs`, `dropTypeDependentFields`.
pub(super) fn carry_over(before: &Value, after: &mut Value) {
    if has_address(before) && has_address(after) {
        keep_address(before, after);
    }
    if has_node_ports(before) && has_node_ports(after) {
        keep_node_ports(before, after);
    }
    let same = |after: &Value, key: &str| before.get(key) == after.get(key);
    if has_address(before) && !has_address(after) {
        for keys in [&["clusterIP", "clusterIPs"][..], &["ipFamilies", "ipFamilyPolicy"]] {
            if keys.iter().all(|key| same(after, key)) {
                drop(after, keys);
            }
        }
    }
    if has_node_ports(before) && !has_node_ports(after) {
        let numbers = |spec: &Value| ports(spec).iter().map(node_port).collect::<Vec<i64>>();
        if numbers(before) == numbers(after) {
            for port in ports_mut(after) {
                drop(port, &["nodePort"]);
            }
        }
        let reachable = after.get("externalIPs").is_some() && text(after, "type") == "ClusterIP";
        if same(after, "externalTrafficPolicy") && !reachable {
            drop(after, &["externalTrafficPolicy"]);
        }
    }
    if text(before, "type") == "LoadBalancer" && text(after, "type") != "LoadBalancer" {
        for &key in &["allocateLoadBalancerNodePorts", "loadBalancerClass", "healthCheckNodePort"] {
            if same(after, key) {
                drop(after, &[key]);
            }
        }
    }
}

fn keep_address(before: &Value, after: &mut Value) {
    if after.get("clusterIP").is_none() && after.get("clusterIPs").is_none() {
        *after.entry("clusterIP") = text(before, "clusterIP").into();
    }
    // Whoever changes one of the two means both.
    if before.get("clusterIPs") == after.get("clusterIPs") || after.get("clusterIPs").is_none() {
        match after.get("clusterIP").cloned() {
            Some(address) => *after.entry("clusterIPs") = vec![address].into(),
            None => drop(after, &["clusterIPs"]),
        }
    }
}

fn keep_node_ports(before: &Value, after: &mut Value) {
    let numbers = |spec: &Value| ports(spec).iter().map(node_port).collect::<Vec<i64>>();
    let (old, new) = (numbers(before), numbers(after));
    let mut used: Vec<i64> = old.into_iter().filter(|number| new.contains(number)).collect();
    for port in ports_mut(after).iter_mut().filter(|port| node_port(port) == 0) {
        let mut named = ports(before).iter().filter(|old| text(old, "name") == text(port, "name"));
        if let Some(number) = named.next_back().map(node_port).filter(|n| !used.contains(n)) {
            *port.entry("nodePort") = Value::Int(number);
            used.push(number);
        }
    }
}
