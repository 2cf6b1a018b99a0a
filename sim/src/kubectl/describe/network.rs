//! Pages of Services, `EndpointSlices` and Endpoints.
//!
//! Models: kubectl v1.36 `pkg/describe/describe.go` `describeService`, `describeEndpointSliceV1`,
//! `describeEndpoints`.

use super::page::{Page, entries, int, list, or_none, text};
use crate::api::endpoint_slice::SERVICE_NAME;
use crate::api::{EndpointSlice, Node, Service, Value};
use crate::apiserver::ApiServer;

/// The label of a node that names its zone.
const ZONE: &str = "topology.kubernetes.io/zone";

/// The page of a Service.
pub(super) fn service(page: &mut Page, api: &ApiServer, object: &Service, data: &Value) {
    let spec = |key| text(data, &["spec", key]);
    let joined = |key| {
        let items = list(data, &["spec", key]).iter().filter_map(Value::scalar_text);
        items.collect::<Vec<_>>().join(",")
    };
    head(page, data);
    let selector: Vec<String> = entries(data.at(&["spec", "selector"]))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    page.field("Selector", or_none(&selector.join(",")));
    page.field("Type", spec("type"));
    let mut optional = |title: &str, value: String| {
        if !value.is_empty() {
            page.field(title, value);
        }
    };
    optional("IP Family Policy", spec("ipFamilyPolicy"));
    page.field("IP Families", or_none(&joined("ipFamilies")));
    page.field("IP", spec("clusterIP"));
    page.field("IPs", or_none(&joined("clusterIPs")));
    let mut optional = |title: &str, value: String| {
        if !value.is_empty() {
            page.field(title, value);
        }
    };
    optional("External IPs", joined("externalIPs"));
    optional("Desired LoadBalancer IP", spec("loadBalancerIP"));
    optional("External Name", spec("externalName"));
    let ingress = list(data, &["status", "loadBalancer", "ingress"]).iter().map(ingress_text);
    optional("LoadBalancer Ingress", ingress.collect::<Vec<_>>().join(", "));
    ports(page, api, object, data);
    page.field("Session Affinity", spec("sessionAffinity"));
    for &(title, key) in &[
        ("External Traffic Policy", "externalTrafficPolicy"),
        ("Internal Traffic Policy", "internalTrafficPolicy"),
        ("HealthCheck NodePort", "healthCheckNodePort"),
        ("Traffic Distribution", "trafficDistribution"),
    ] {
        if !spec(key).is_empty() {
            page.field(title, spec(key));
        }
    }
    let ranges = joined("loadBalancerSourceRanges");
    if !ranges.is_empty() {
        page.field("LoadBalancer Source Ranges", ranges);
    }
}

/// Where a load balancer takes traffic in.
fn ingress_text(ingress: &Value) -> String {
    let [ip, mode, host] = ["ip", "ipMode", "hostname"].map(|key| text(ingress, &[key]));
    match (ip.is_empty(), mode.is_empty()) {
        (true, _) => host,
        (false, true) => ip,
        (false, false) => format!("{ip} ({mode})"),
    }
}

fn head(page: &mut Page, data: &Value) {
    page.told("Name", data, &["metadata", "name"]);
    page.told("Namespace", data, &["metadata", "namespace"]);
    page.labels("Labels", data.at(&["metadata", "labels"]));
    page.annotations("Annotations", data.at(&["metadata", "annotations"]));
}

fn ports(page: &mut Page, api: &ApiServer, object: &Service, data: &Value) {
    for port in list(data, &["spec", "ports"]) {
        let get = |key| text(port, &[key]);
        let (name, protocol) = (get("name"), get("protocol"));
        let title = if name.is_empty() { "<unset>" } else { name.as_str() };
        page.field("Port", format_args!("{title}\t{}/{protocol}", get("port")));
        page.field("TargetPort", format_args!("{}/{protocol}", get("targetPort")));
        if !get("appProtocol").is_empty() {
            page.field("AppProtocol", get("appProtocol"));
        }
        if int(port, &["nodePort"]) != 0 {
            page.field("NodePort", format_args!("{title}\t{}/{protocol}", get("nodePort")));
        }
        page.field("Endpoints", ready_endpoints(api, object, &name));
    }
}

/// At most three ready addresses of a port. That the rest is counted even when it is nothing is how
/// kubectl prints it.
fn ready_endpoints(api: &ApiServer, service: &Service, port_name: &str) -> String {
    const SHOWN: usize = 3;
    let slices: Vec<&EndpointSlice> = api
        .list::<EndpointSlice>()
        .iter()
        .filter(|slice| slice.meta.namespace == service.meta.namespace)
        .filter(|slice| slice.meta.labels.get(SERVICE_NAME) == Some(&service.meta.name))
        .map(AsRef::as_ref)
        .collect();
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let (mut shown, mut ready, mut more) = (Vec::new(), 0, false);
    for slice in slices {
        for port in slice.ports.iter().filter(|port| &*port.name == port_name) {
            for endpoint in &slice.endpoints {
                more |= shown.len() == SHOWN;
                if !endpoint.ready {
                    continue;
                }
                ready += 1;
                if shown.len() < SHOWN {
                    let number = port.port.map_or_else(|| "0".to_owned(), |port| port.to_string());
                    shown.push(format!("{}:{number}", endpoint.address));
                }
            }
        }
    }
    let text = shown.join(",");
    if more { format!("{text} + {} more...", ready - SHOWN) } else { text }
}

/// The page of an Ingress.
pub(super) fn ingress(page: &mut Page, api: &ApiServer, data: &Value) {
    let namespace = text(data, &["metadata", "namespace"]);
    let backend = |backend: &Value| described_backend(api, &namespace, backend);
    page.told("Name", data, &["metadata", "name"]);
    page.labels("Labels", data.at(&["metadata", "labels"]));
    page.field("Namespace", &namespace);
    let balancers = list(data, &["status", "loadBalancer", "ingress"]).iter();
    let addresses: Vec<String> =
        balancers.map(|at| text(at, &["ip"]) + &text(at, &["hostname"])).collect();
    page.field("Address", addresses.join(","));
    page.field("Ingress Class", or_none(&text(data, &["spec", "ingressClassName"])));
    let default = data.at(&["spec", "defaultBackend"]).map(backend);
    let default = default.unwrap_or_else(|| "<default>".to_owned());
    page.field("Default backend", &default);
    let certificates = list(data, &["spec", "tls"]);
    if !certificates.is_empty() {
        page.line(0, "TLS:");
    }
    for tls in certificates {
        let hosts: Vec<_> = list(tls, &["hosts"]).iter().filter_map(Value::scalar_text).collect();
        let (secret, hosts) = (text(tls, &["secretName"]), hosts.join(","));
        let what = if secret.is_empty() { "SNI routes".to_owned() } else { secret + " terminates" };
        page.line(1, format_args!("{what} {hosts}"));
    }
    page.line(0, "Rules:\n  Host\tPath\tBackends");
    page.line(1, "----\t----\t--------");
    let rules = list(data, &["spec", "rules"]).iter().filter(|rule| rule.get("http").is_some());
    for rule in rules.clone() {
        let host = text(rule, &["host"]);
        page.line(1, format_args!("{}\t", if host.is_empty() { "*" } else { &host }));
        for path in list(rule, &["http", "paths"]) {
            let to = path.get("backend").map(backend).unwrap_or_default();
            page.line(2, format_args!("\t{} \t{to}", text(path, &["path"])));
        }
    }
    if rules.count() == 0 {
        page.line(1, format_args!("*\t*\t{default}"));
    }
    page.annotations("Annotations", data.at(&["metadata", "annotations"]));
}

/// `web:80 (10.244.0.1:8080)`: the Service behind a path and who answers for it.
fn described_backend(api: &ApiServer, namespace: &str, backend: &Value) -> String {
    let name = text(backend, &["service", "name"]);
    let get = |key| text(backend, &["service", "port", key]);
    let (number, port_name) = (get("number"), get("name"));
    let shown = format!("{name}:{}", if number.is_empty() { &port_name } else { &number });
    let Ok(service) = api.get::<Service>(namespace, &name) else {
        return format!("{shown} (<error: services {name:?} not found>)");
    };
    let mut ports = service.spec.ports.iter();
    let port = ports.find(|port| port.port.to_string() == number || *port.name == *port_name);
    let port = port.map(|port| port.name.clone()).unwrap_or_default();
    format!("{shown} ({})", ready_endpoints(api, service, &port))
}

/// The page of an `EndpointSlice`.
pub(super) fn endpoint_slice(page: &mut Page, api: &ApiServer, data: &Value) {
    head(page, data);
    page.told("AddressType", data, &["addressType"]);
    let ports = list(data, &["ports"]);
    if ports.is_empty() {
        page.line(0, "Ports: <unset>");
    } else {
        page.line(0, "Ports:");
        port_table(page, 1, ports);
    }
    let endpoints = list(data, &["endpoints"]);
    page.line(0, if endpoints.is_empty() { "Endpoints: <none>" } else { "Endpoints:" });
    for endpoint in endpoints {
        let addresses: Vec<_> =
            list(endpoint, &["addresses"]).iter().filter_map(Value::scalar_text).collect();
        page.line(1, format_args!("- Addresses:\t{}", or_none(&addresses.join(", "))));
        page.line(2, "Conditions:");
        page.line(3, format_args!("Ready:\t{}", unset(&text(endpoint, &["conditions", "ready"]))));
        page.line(2, format_args!("Hostname:\t{}", unset(&text(endpoint, &["hostname"]))));
        if endpoint.get("targetRef").is_some() {
            let get = |key| text(endpoint, &["targetRef", key]);
            page.line(2, format_args!("TargetRef:\t{}/{}", get("kind"), get("name")));
        }
        let node = text(endpoint, &["nodeName"]);
        page.line(2, format_args!("NodeName:\t{}", unset(&node)));
        let told = endpoint.get("zone").and_then(Value::as_name);
        // Slices made here leave it to the node.
        let of_node = || api.list::<Node>().get("", &node)?.meta.labels.get(ZONE).cloned();
        let zone = told.cloned().or_else(of_node).unwrap_or_default();
        page.line(2, format_args!("Zone:\t{}", unset(&zone)));
    }
}

fn unset(text: &str) -> &str {
    if text.is_empty() { "<unset>" } else { text }
}

fn port_table(page: &mut Page, level: usize, ports: &[Value]) {
    page.line(level, "Name\tPort\tProtocol");
    page.line(level, "----\t----\t--------");
    for port in ports {
        let get = |key| text(port, &[key]);
        let (name, number) = (get("name"), get("port"));
        page.line(level, format_args!("{}\t{}\t{}", unset(&name), unset(&number), get("protocol")));
    }
}

/// The page of Endpoints.
pub(super) fn endpoints(page: &mut Page, data: &Value) {
    head(page, data);
    page.line(0, "Subsets:");
    for subset in list(data, &["subsets"]) {
        for &(title, key) in
            &[("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")]
        {
            let addresses: Vec<String> =
                list(subset, &[key]).iter().map(|address| text(address, &["ip"])).collect();
            page.line(1, format_args!("{title}:\t{}", or_none(&addresses.join(","))));
        }
        let ports = list(subset, &["ports"]);
        if !ports.is_empty() {
            page.line(1, "Ports:");
            port_table(page, 2, ports);
        }
        page.line(0, "");
    }
}
