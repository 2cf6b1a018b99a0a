//! Rules of Services.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `ValidateService`, and the
//! ranges of the API server's allocators.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::error::{Errors, quote};
use super::{container, int, items, meta, part, probe, text};
use crate::api::{Service, Value};
use crate::manifest::names;

/// Where kubelets listen.
const KUBELET_PORT: i64 = 10_250;
const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

pub(super) fn service(errors: &mut Errors, object: &Value) {
    meta::metadata(errors, object, true, names::dns_1035_label);
    let spec = part(object, "spec");
    let (type_, address) = (text(spec, "type"), cluster_ip(spec));
    let headless = address == "None";
    let ports: Vec<&Value> = items(spec, "ports").collect();
    if ports.is_empty() && !headless && type_ != "ExternalName" {
        errors.required("spec.ports", "");
    }
    by_type(errors, spec, type_, headless);
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        service_port(errors, port, ports.len() > 1, &mut seen, &format!("spec.ports[{index}]"));
    }
    meta::labels(errors, spec.get("selector"), "spec.selector");
    session_affinity(errors, spec);
    if !address.is_empty() && !headless && address.parse::<IpAddr>().is_err() {
        let detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        errors.invalid("spec.clusterIPs[0]", quote(address), detail);
    }
    for (index, address) in items(spec, "externalIPs").filter_map(Value::as_str).enumerate() {
        external_ip(errors, address, &format!("spec.externalIPs[{index}]"));
    }
    errors.one_of("spec.type", type_, &TYPES);
    node_ports(errors, type_, &ports);
    duplicates(errors, &ports);
    load_balancer(errors, spec, type_);
    policies(errors, spec, type_);
    // The allocators are asked last, when all else is right.
    if errors.0.is_empty() {
        allocated(errors, address, &ports);
    }
}

fn session_affinity(errors: &mut Errors, spec: &Value) {
    let affinity = text(spec, "sessionAffinity");
    errors.one_of("spec.sessionAffinity", affinity, &["ClientIP", "None"]);
    let config = spec.get("sessionAffinityConfig");
    match (affinity, config) {
        ("None", Some(_)) => {
            let detail = "must not be set when session affinity is None";
            errors.forbidden("spec.sessionAffinityConfig", detail);
        }
        ("ClientIP", Some(config)) => {
            let seconds = int(part(config, "clientIP"), "timeoutSeconds").unwrap_or(0);
            if !(1..=86_400).contains(&seconds) {
                let path = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
                let detail = "must be greater than 0 and less than 86400";
                errors.invalid(path, seconds.to_string(), detail);
            }
        }
        _ => {}
    }
}

fn external_ip(errors: &mut Errors, address: &str, path: &str) {
    let detail = match address.parse::<IpAddr>() {
        Err(_) => Some("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
        Ok(ip) => special_address(ip),
    };
    if let Some(detail) = detail {
        errors.invalid(path, quote(address), detail);
    }
}

/// What is special about an address that requests must not be sent to.
pub(super) fn special_address(ip: IpAddr) -> Option<&'static str> {
    let (link_local, link_local_multicast) = match ip {
        IpAddr::V4(ip) => (ip.is_link_local(), ip.octets().starts_with(&[224, 0, 0])),
        IpAddr::V6(ip) => (ip.is_unicast_link_local(), ip.segments()[0] & 0xff0f == 0xff02),
    };
    if ip.is_unspecified() {
        Some("may not be unspecified (0.0.0.0 or ::)")
    } else if ip.is_loopback() {
        Some("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    } else if link_local {
        Some("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    } else if link_local_multicast {
        Some("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    } else {
        None
    }
}

/// Fields that only load balancers have.
fn load_balancer(errors: &mut Errors, spec: &Value, type_: &str) {
    let only = "may only be used when `type` is 'LoadBalancer'";
    for key in ["loadBalancerSourceRanges", "allocateLoadBalancerNodePorts", "loadBalancerClass"] {
        if type_ != "LoadBalancer" && spec.get(key).is_some() {
            errors.forbidden(&format!("spec.{key}"), only);
        }
    }
    if type_ != "LoadBalancer" {
        return;
    }
    let ranges: Vec<&str> =
        items(spec, "loadBalancerSourceRanges").filter_map(Value::as_str).collect();
    let is_range = |range: &&str| {
        range.trim().split_once('/').is_some_and(|(address, length)| {
            let most = if address.contains(':') { 128 } else { 32 };
            address.parse::<IpAddr>().is_ok() && length.parse::<u8>().is_ok_and(|n| n <= most)
        })
    };
    if !ranges.iter().all(is_range) {
        let value = quote(&format!("[{}]", ranges.join(" ")));
        let detail = "must be a list of IP ranges. For example, 10.240.0.0/24,10.250.0.0/24 ";
        errors.invalid("spec.LoadBalancerSourceRanges", value, detail);
    }
    for (index, port) in items(spec, "ports").enumerate() {
        if int(port, "port") == Some(KUBELET_PORT) {
            let detail = "may not expose port 10250 externally since it is used by kubelet";
            errors.invalid(&format!("spec.ports[{index}]"), KUBELET_PORT.to_string(), detail);
        }
    }
}

fn policies(errors: &mut Errors, spec: &Value, type_: &str) {
    let external = text(spec, "externalTrafficPolicy");
    let path = "spec.externalTrafficPolicy";
    let accessible = matches!(type_, "NodePort" | "LoadBalancer")
        || (type_ == "ClusterIP" && items(spec, "externalIPs").next().is_some());
    if accessible {
        errors.one_of(path, external, &["Cluster", "Local"]);
    } else if !external.is_empty() {
        let detail = "may only be set for externally-accessible services";
        errors.invalid(path, quote(external), detail);
    }
    let health = int(spec, "healthCheckNodePort").unwrap_or(0);
    if health != 0 && (type_ != "LoadBalancer" || external != "Local") {
        let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is \
                      'Local'";
        errors.invalid("spec.healthCheckNodePort", health.to_string(), detail);
    }
    if let Some(internal) = spec.get("internalTrafficPolicy").and_then(Value::as_str) {
        errors.one_of("spec.internalTrafficPolicy", internal, &["Cluster", "Local"]);
    }
    if let Some(policy) = spec.get("ipFamilyPolicy").and_then(Value::as_str) {
        let allowed = ["SingleStack", "PreferDualStack", "RequireDualStack"];
        errors.one_of("spec.ipFamilyPolicy", policy, &allowed);
    }
    for (index, family) in items(spec, "ipFamilies").filter_map(Value::as_str).enumerate() {
        errors.one_of(&format!("spec.ipFamilies[{index}]"), family, &["IPv4", "IPv6"]);
    }
}

/// What the allocators of addresses and node ports say.
fn allocated(errors: &mut Errors, address: &str, ports: &[&Value]) {
    if let Ok(IpAddr::V4(ip)) = address.parse::<IpAddr>() {
        let [a, b, ..] = ip.octets();
        if (a, b) != (10, 96) {
            let detail = format!(
                "failed to allocate IP {address}: the provided IP ({address}) is not in the valid \
                 range. The range of valid IPs is 10.96.0.0/16"
            );
            let value = format!("[]string{{{}}}", quote(address));
            errors.invalid("spec.clusterIPs", value, &detail);
        }
    }
    for (index, port) in ports.iter().enumerate() {
        let number = int(port, "nodePort").filter(|number| *number != 0);
        if let Some(number) = number.filter(|number| !(30_000..=32_767).contains(number)) {
            let detail = "provided port is not in the valid range. \
                          The range of valid ports is 30000-32767";
            let path = format!("spec.ports[{index}].nodePort");
            errors.invalid(&path, number.to_string(), detail);
        }
    }
}

fn cluster_ip(spec: &Value) -> &str {
    let first = items(spec, "clusterIPs").next().and_then(Value::as_str);
    Some(text(spec, "clusterIP")).filter(|address| !address.is_empty()).or(first).unwrap_or("")
}

fn by_type(errors: &mut Errors, spec: &Value, type_: &str, headless: bool) {
    if headless && matches!(type_, "NodePort" | "LoadBalancer") {
        let detail = format!("may not be set to 'None' for {type_} services");
        errors.invalid("spec.clusterIPs[0]", "\"None\"", &detail);
    }
    if type_ == "ExternalName" {
        let name = text(spec, "externalName");
        if !cluster_ip(spec).is_empty() {
            errors.forbidden("spec.clusterIPs", "may not be set for ExternalName services");
        }
        for key in ["ipFamilies", "ipFamilyPolicy"] {
            if spec.get(key).is_some() {
                let detail = "may not be set for ExternalName services";
                errors.forbidden(&format!("spec.{key}"), detail);
            }
        }
        if name.is_empty() {
            errors.required("spec.externalName", "");
        } else {
            let host = name.strip_suffix('.').unwrap_or(name);
            errors.text("spec.externalName", name, &names::dns_subdomain(host));
        }
    }
}

fn service_port<'a>(
    errors: &mut Errors,
    port: &'a Value,
    needs_name: bool,
    seen: &mut BTreeSet<&'a str>,
    path: &str,
) {
    let name = text(port, "name");
    let name_path = format!("{path}.name");
    if !name.is_empty() {
        errors.text(&name_path, name, &names::dns_label(name));
        if seen.contains(name) {
            errors.duplicate(&name_path, quote(name));
        }
        seen.insert(name);
    } else if needs_name {
        errors.required(&name_path, "");
    }
    let number = int(port, "port").unwrap_or(0);
    errors.number(&format!("{path}.port"), number, &names::port_number(number));
    container::protocol(errors, port, path);
    probe::port(errors, port.get("targetPort"), &format!("{path}.targetPort"));
    if let Some(protocol) = port.get("appProtocol").and_then(Value::as_str) {
        errors.text(&format!("{path}.appProtocol"), protocol, &names::label_key(protocol));
    }
}

fn node_ports(errors: &mut Errors, type_: &str, ports: &[&Value]) {
    let mut seen: BTreeSet<(&str, i64)> = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let Some(number) = int(port, "nodePort").filter(|number| *number != 0) else {
            continue;
        };
        let path = format!("spec.ports[{index}].nodePort");
        if type_ == "ClusterIP" {
            errors.forbidden(&path, "may not be used when `type` is 'ClusterIP'");
        }
        if !seen.insert((text(port, "protocol"), number)) {
            errors.duplicate(&path, number.to_string());
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
            errors.duplicate(&format!("spec.ports[{index}]"), value);
        }
    }
}

/// A Service keeps its address.
pub(super) fn service_update(errors: &mut Errors, old: &Service, new: &Value) {
    let (old, new) = (&*old.spec.cluster_ip, cluster_ip(part(new, "spec")));
    if !old.is_empty() && !new.is_empty() && old != new {
        let value = format!("[]string{{{}}}", quote(new));
        errors.invalid("spec.clusterIPs[0]", value, "may not change once set");
    }
}
