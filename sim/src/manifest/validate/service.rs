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
    errors.one_of("spec.sessionAffinity", text(spec, "sessionAffinity"), &["ClientIP", "None"]);
    if !address.is_empty() && !headless && address.parse::<IpAddr>().is_err() {
        let detail = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        errors.invalid("spec.clusterIPs[0]", quote(address), detail);
    }
    errors.one_of("spec.type", type_, &TYPES);
    node_ports(errors, type_, &ports);
    duplicates(errors, &ports);
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
    let target = port.get("targetPort");
    // Without a target the port itself is meant, which was checked already.
    if target.is_some_and(|target| target.as_int() != Some(number)) {
        probe::port(errors, target, &format!("{path}.targetPort"));
    }
}

fn node_ports(errors: &mut Errors, type_: &str, ports: &[&Value]) {
    for (index, port) in ports.iter().enumerate() {
        let Some(number) = int(port, "nodePort").filter(|number| *number != 0) else {
            continue;
        };
        let path = format!("spec.ports[{index}].nodePort");
        if type_ == "ClusterIP" {
            errors.forbidden(&path, "may not be used when `type` is 'ClusterIP'");
        } else if !(30_000..=32_767).contains(&number) {
            let detail = "provided port is not in the valid range. \
                          The range of valid ports is 30000-32767";
            errors.invalid(&path, number.to_string(), detail);
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
