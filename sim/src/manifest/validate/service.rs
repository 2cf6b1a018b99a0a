//! Rules of Services.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `ValidateService`, and the
//! ranges of the API server's allocators.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::error::{Errors, go_list, quote};
use super::path::Path;
use super::{container, int, items, meta, part, probe, text};
use crate::api::Value;
use crate::manifest::names;

/// Where kubelets listen.
const KUBELET_PORT: i64 = 10_250;
const ONLY_BALANCERS: &str = "may only be used when `type` is 'LoadBalancer'";
const VALID_IP: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

pub(super) fn service(errors: &mut Errors, object: &Value) {
    meta::metadata(errors, object, true, names::dns_1035_label);
    spec(errors, object);
    // The allocators are asked last, when all else is right.
    if errors.0.is_empty() {
        allocated(errors, part(object, "spec"));
    }
}

fn spec(errors: &mut Errors, object: &Value) {
    let spec = part(object, "spec");
    let type_ = text(spec, "type");
    let headless = cluster_ip(spec) == "None";
    let ports: Vec<&Value> = items(spec, "ports").collect();
    if ports.is_empty() && !headless && type_ != "ExternalName" {
        errors.required(&Path::Of("spec.ports"), "");
    }
    by_type(errors, spec, type_, headless);
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        service_port(
            errors,
            port,
            ports.len() > 1,
            &mut seen,
            &Path::Of("spec").item("ports", index),
        );
    }
    meta::labels(errors, spec.get("selector"), &Path::Of("spec.selector"));
    session_affinity(errors, spec);
    if type_ != "ExternalName" {
        families(errors, spec);
    }
    for (index, address) in items(spec, "externalIPs").filter_map(Value::as_str).enumerate() {
        external_ip(errors, address, &Path::Of("spec").item("externalIPs", index));
    }
    errors.one_of(&Path::Of("spec.type"), type_, &TYPES);
    node_ports(errors, type_, &ports);
    duplicates(errors, &ports);
    load_balancer(errors, spec, type_);
    policies(errors, spec, type_);
}

/// Models: `ValidateServiceClusterIPsRelatedFields`, for clusters of one family.
fn families(errors: &mut Errors, spec: &Value) {
    let path = &Path::Of("spec.clusterIPs");
    let first = text(spec, "clusterIP");
    let mut addresses: Vec<&str> = items(spec, "clusterIPs").filter_map(Value::as_str).collect();
    if first.is_empty() && !addresses.is_empty() {
        let detail = "must be empty when `clusterIP` is not specified";
        errors.invalid(path, go_list("string", &addresses), detail);
    } else if addresses.first().is_some_and(|other| *other != first) {
        let detail = "first value must match `clusterIP`";
        errors.invalid(path, go_list("string", &addresses), detail);
    }
    if addresses.is_empty() && !first.is_empty() {
        addresses.push(first);
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, family) in items(spec, "ipFamilies").filter_map(Value::as_str).enumerate() {
        let path = Path::Of("spec").item("ipFamilies", index);
        errors.one_of(&path, family, &["IPv4", "IPv6"]);
        if seen.contains(&family) {
            errors.duplicate_text(&path, family);
        }
        seen.push(family);
    }
    if let Some(policy) = spec.get("ipFamilyPolicy").and_then(Value::as_str) {
        let allowed = &["PreferDualStack", "RequireDualStack", "SingleStack"];
        errors.one_of(&Path::Of("spec.ipFamilyPolicy"), policy, allowed);
    }
    for (index, address) in addresses.iter().enumerate() {
        if index == 0 && *address == "None" {
            if addresses.len() > 1 {
                let detail = "'None' must be the first and only value";
                errors.invalid(path, go_list("string", &addresses), detail);
            }
        } else if address.parse::<IpAddr>().is_err() {
            errors.invalid_text(&path.index(index), address, VALID_IP);
        }
    }
    if addresses.len() > 2 {
        let detail = "may only hold up to 2 values";
        errors.invalid(path, go_list("string", &addresses), detail);
    }
}

fn session_affinity(errors: &mut Errors, spec: &Value) {
    let affinity = text(spec, "sessionAffinity");
    errors.one_of(&Path::Of("spec.sessionAffinity"), affinity, &["ClientIP", "None"]);
    let config = spec.get("sessionAffinityConfig");
    match (affinity, config) {
        ("None", Some(_)) => {
            let detail = "must not be set when session affinity is None";
            errors.forbidden(&Path::Of("spec.sessionAffinityConfig"), detail);
        }
        ("ClientIP", Some(config)) => {
            let seconds = int(part(config, "clientIP"), "timeoutSeconds").unwrap_or(0);
            if !(1..=86_400).contains(&seconds) {
                let path = &Path::Of("spec.sessionAffinityConfig.clientIP.timeoutSeconds");
                let detail = "must be greater than 0 and less than 86400";
                errors.invalid_number(path, seconds, detail);
            }
        }
        _ => {}
    }
}

fn external_ip(errors: &mut Errors, address: &str, path: &Path<'_>) {
    let detail = match address.parse::<IpAddr>() {
        Err(_) => Some(VALID_IP.to_owned()),
        Ok(ip) => special_address(ip),
    };
    if let Some(detail) = detail {
        errors.invalid_text(path, address, &detail);
    }
}

/// What is special about an address that requests must not be sent to.
pub(super) fn special_address(ip: IpAddr) -> Option<String> {
    let (link_local, link_local_multicast) = match ip {
        IpAddr::V4(ip) => (ip.is_link_local(), ip.octets().starts_with(&[224, 0, 0])),
        IpAddr::V6(ip) => (ip.is_unicast_link_local(), ip.segments()[0] & 0xff0f == 0xff02),
    };
    let place = if ip.is_loopback() {
        "loopback range (127.0.0.0/8, ::1/128)"
    } else if link_local {
        "link-local range (169.254.0.0/16, fe80::/10)"
    } else if link_local_multicast {
        "link-local multicast range (224.0.0.0/24, ff02::/10)"
    } else {
        return ip.is_unspecified().then(|| format!("may not be unspecified ({ip})"));
    };
    Some(format!("may not be in the {place}"))
}

/// Fields that only load balancers have.
fn load_balancer(errors: &mut Errors, spec: &Value, type_: &str) {
    let refused = type_ != "LoadBalancer";
    let ranges: Vec<&str> =
        items(spec, "loadBalancerSourceRanges").filter_map(Value::as_str).collect();
    let path = &Path::Of("spec.LoadBalancerSourceRanges");
    if refused && !ranges.is_empty() {
        errors.forbidden(path, ONLY_BALANCERS);
    }
    let is_range = |range: &&str| {
        range.trim().split_once('/').is_some_and(|(address, length)| {
            let most = if address.contains(':') { 128 } else { 32 };
            address.parse::<IpAddr>().is_ok() && length.parse::<u8>().is_ok_and(|n| n <= most)
        })
    };
    if !ranges.iter().all(is_range) {
        let value = quote(&format!("[{}]", ranges.join(" ")));
        let detail = "must be a list of IP ranges. For example, 10.240.0.0/24,10.250.0.0/24 ";
        errors.invalid(path, value, detail);
    }
    if refused && spec.get("allocateLoadBalancerNodePorts").is_some() {
        errors.forbidden(&Path::Of("spec.allocateLoadBalancerNodePorts"), ONLY_BALANCERS);
    }
    if let Some(class) = spec.get("loadBalancerClass").and_then(Value::as_str) {
        let path = &Path::Of("spec.loadBalancerClass");
        if refused {
            errors.forbidden(path, ONLY_BALANCERS);
        } else {
            errors.name(path, class, names::label_key);
        }
    }
}

fn policies(errors: &mut Errors, spec: &Value, type_: &str) {
    let external = text(spec, "externalTrafficPolicy");
    let path = &Path::Of("spec.externalTrafficPolicy");
    let accessible = matches!(type_, "NodePort" | "LoadBalancer")
        || (type_ == "ClusterIP" && items(spec, "externalIPs").next().is_some());
    if accessible {
        errors.one_of(path, external, &["Cluster", "Local"]);
    } else if !external.is_empty() {
        let detail = "may only be set for externally-accessible services";
        errors.invalid_text(path, external, detail);
    }
    let health = int(spec, "healthCheckNodePort").unwrap_or(0);
    if health != 0 && (type_ != "LoadBalancer" || external != "Local") {
        let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is \
                      'Local'";
        errors.invalid_number(&Path::Of("spec.healthCheckNodePort"), health, detail);
    }
    if let Some(internal) = spec.get("internalTrafficPolicy").and_then(Value::as_str) {
        errors.one_of(&Path::Of("spec.internalTrafficPolicy"), internal, &["Cluster", "Local"]);
    }
}

/// What the allocators of addresses and node ports say.
fn allocated(errors: &mut Errors, spec: &Value) {
    if text(spec, "type") != "ExternalName" {
        for (index, family) in items(spec, "ipFamilies").filter_map(Value::as_str).enumerate() {
            if family == "IPv6" {
                let path = Path::Of("spec").item("ipFamilies", index);
                errors.invalid_text(&path, family, "not configured on this cluster");
            }
        }
        let policy = text(spec, "ipFamilyPolicy");
        if policy == "RequireDualStack" {
            let detail = "this cluster is not configured for dual-stack services";
            errors.invalid_text(&Path::Of("spec.ipFamilyPolicy"), policy, detail);
        }
    }
    let address = cluster_ip(spec);
    if let Ok(IpAddr::V4(ip)) = address.parse::<IpAddr>() {
        let [a, b, ..] = ip.octets();
        if (a, b) != (10, 96) {
            let detail = format!(
                "failed to allocate IP {address}: the provided IP ({address}) is not in the valid \
                 range. The range of valid IPs is 10.96.0.0/16"
            );
            let value = format!("[]string{{{}}}", quote(address));
            errors.invalid(&Path::Of("spec.clusterIPs"), value, &detail);
        }
    }
    for (index, port) in items(spec, "ports").enumerate() {
        let number = int(port, "nodePort").filter(|number| *number != 0);
        if let Some(number) = number.filter(|number| !(30_000..=32_767).contains(number)) {
            let detail = "provided port is not in the valid range. \
                          The range of valid ports is 30000-32767";
            let path = Path::Of("spec").item("ports", index);
            errors.invalid_number(&path.key("nodePort"), number, detail);
        }
    }
}

fn cluster_ip(spec: &Value) -> &str {
    let first = items(spec, "clusterIPs").next().and_then(Value::as_str);
    Some(text(spec, "clusterIP")).filter(|address| !address.is_empty()).or(first).unwrap_or("")
}

fn by_type(errors: &mut Errors, spec: &Value, type_: &str, headless: bool) {
    for (index, port) in items(spec, "ports").enumerate() {
        if type_ == "LoadBalancer" && int(port, "port") == Some(KUBELET_PORT) {
            let detail = "may not expose port 10250 externally since it is used by kubelet";
            errors.invalid_number(&Path::Of("spec").item("ports", index), KUBELET_PORT, detail);
        }
    }
    if headless && matches!(type_, "NodePort" | "LoadBalancer") {
        let detail = format!("may not be set to 'None' for {type_} services");
        errors.invalid(&Path::Of("spec.clusterIPs[0]"), "\"None\"", &detail);
    }
    if type_ == "ExternalName" {
        let name = text(spec, "externalName");
        if !cluster_ip(spec).is_empty() {
            errors.forbidden(
                &Path::Of("spec.clusterIPs"),
                "may not be set for ExternalName services",
            );
        }
        for &key in &["ipFamilies", "ipFamilyPolicy"] {
            if spec.get(key).is_some() {
                let detail = "may not be set for ExternalName services";
                errors.forbidden(&Path::Of("spec").key(key), detail);
            }
        }
        let host = name.strip_suffix('.').unwrap_or(name);
        if host.is_empty() {
            errors.required(&Path::Of("spec.externalName"), "");
        } else {
            errors.name(&Path::Of("spec.externalName"), host, names::dns_subdomain);
        }
    }
}

fn service_port<'a>(
    errors: &mut Errors,
    port: &'a Value,
    needs_name: bool,
    seen: &mut BTreeSet<&'a str>,
    path: &Path<'_>,
) {
    let name = text(port, "name");
    let name_path = path.key("name");
    if !name.is_empty() {
        errors.name(&name_path, name, names::dns_label);
        if seen.contains(name) {
            errors.duplicate_text(&name_path, name);
        }
        seen.insert(name);
    } else if needs_name {
        errors.required(&name_path, "");
    }
    let number = int(port, "port").unwrap_or(0);
    errors.port(&path.key("port"), number);
    container::protocol(errors, port, path);
    probe::port(errors, port.get("targetPort"), &path.key("targetPort"));
    if let Some(protocol) = port.get("appProtocol").and_then(Value::as_str) {
        errors.name(&path.key("appProtocol"), protocol, names::label_key);
    }
}

fn node_ports(errors: &mut Errors, type_: &str, ports: &[&Value]) {
    let taken = || {
        let numbers = ports.iter().enumerate();
        numbers.filter_map(|(index, port)| Some((index, port, int(port, "nodePort")?)))
    };
    for (index, _, number) in taken() {
        if type_ == "ClusterIP" && number != 0 {
            let detail = "may not be used when `type` is 'ClusterIP'";
            errors.forbidden(&Path::Of("spec").item("ports", index).key("nodePort"), detail);
        }
    }
    let mut seen: BTreeSet<(&str, i64)> = BTreeSet::new();
    for (index, port, number) in taken() {
        if number != 0 && !seen.insert((text(port, "protocol"), number)) {
            errors.duplicate(
                &Path::Of("spec").item("ports", index).key("nodePort"),
                number.to_string(),
            );
        }
    }
}

fn duplicates(errors: &mut Errors, ports: &[&Value]) {
    let mut seen: BTreeSet<(&str, i64)> = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let (protocol, number) = (text(port, "protocol"), int(port, "port").unwrap_or(0));
        if !seen.insert((protocol, number)) {
            let value = format!(
                "core.ServicePort{{Name:\"\", Protocol:{}, AppProtocol:(*string)(nil), \
                 Port:{number}, TargetPort:intstr.IntOrString{{Type:0, IntVal:0, StrVal:\"\"}}, \
                 NodePort:0}}",
                quote(protocol)
            );
            errors.duplicate(&Path::Of("spec").item("ports", index), value);
        }
    }
}

/// What must not change of a Service: its addresses and its load balancer's class.
///
/// Models: `ValidateServiceUpdate`. Leaves out: addresses of a second family.
pub(super) fn service_update(errors: &mut Errors, old: &Value, new: &Value) {
    let types = [text(old, "type"), text(new, "type")];
    let (before, after) = (cluster_ip(old), cluster_ip(new));
    if !types.contains(&"ExternalName") && before != after && !before.is_empty() {
        let (value, detail) = if after.is_empty() {
            (go_list("string", &[]), "primary clusterIP can not be unset")
        } else {
            (go_list("string", &[after]), "may not change once set")
        };
        errors.invalid(&Path::Of("spec.clusterIPs[0]"), value, detail);
    }
    let class = |spec| Some(text(spec, "loadBalancerClass")).filter(|class| !class.is_empty());
    if types == ["LoadBalancer"; 2] && class(old) != class(new) {
        let value = class(new).map_or("null".to_owned(), quote);
        errors.invalid(&Path::Of("spec.loadBalancerClass"), value, "may not change once set");
    }
}
