//! `kubectl create service` and `ingress`: objects from flags.
//!
//! Models: kubectl v1.36 `pkg/cmd/create/create_{service,ingress}.go`.

use super::data::{finish, object, only_name};
use crate::api::value::map;
use crate::api::{Kind, Value};
use crate::kubectl::error::{Error, fail};
use crate::kubectl::session::Session;

pub(in crate::kubectl) const SERVICE_FLAGS: &str =
    flags!("tcp:text clusterip:text node-port:int external-name:text");
pub(in crate::kubectl) const INGRESS_FLAGS: &str =
    flags!("rule:text class:text annotation:text default-backend:text");

/// Runs `create service clusterip`.
pub(in crate::kubectl) fn run_cluster_ip(session: &mut Session<'_>) -> Result<(), Error> {
    service(session, "ClusterIP")
}

/// Runs `create service nodeport`.
pub(in crate::kubectl) fn run_node_port(session: &mut Session<'_>) -> Result<(), Error> {
    service(session, "NodePort")
}

/// Runs `create service loadbalancer`.
pub(in crate::kubectl) fn run_load_balancer(session: &mut Session<'_>) -> Result<(), Error> {
    service(session, "LoadBalancer")
}

/// Runs `create service externalname`.
pub(in crate::kubectl) fn run_external_name(session: &mut Session<'_>) -> Result<(), Error> {
    service(session, "ExternalName")
}

fn service(session: &mut Session<'_>, type_: &str) -> Result<(), Error> {
    let name = only_name(session)?;
    let headless = session.args.text("clusterip") == Some("None");
    let typed: Vec<String> = session.args.texts("tcp").into_iter().map(str::to_owned).collect();
    if typed.is_empty() && !headless && type_ != "ExternalName" {
        return fail("at least one tcp port specifier must be provided");
    }
    if type_ == "ExternalName" && !session.args.has("external-name") {
        return fail("required flag(s) \"external-name\" not set");
    }
    let mut ports = Vec::new();
    for pair in &typed {
        ports.push(port(session, pair, type_)?);
    }
    let labels = map([("app", name.as_str().into())]);
    let mut spec = map([("selector", labels.clone()), ("type", type_.into())]);
    if !ports.is_empty() {
        *spec.entry("ports") = Value::List(ports);
    }
    if let Some(address) = session.args.text("clusterip").filter(|typed| !typed.is_empty()) {
        *spec.entry("clusterIP") = address.into();
    }
    if let Some(host) = session.args.text("external-name") {
        *spec.entry("externalName") = host.into();
    }
    let mut value = object(Kind::Service, &name);
    *value.entry("metadata").entry("labels") = labels;
    *value.entry("spec") = spec;
    *value.entry("status") = map([("loadBalancer", Value::map())]);
    finish(session, &value, &format!("{type_} service"))
}

/// `80:8080` as a port of a Service.
fn port(session: &Session<'_>, typed: &str, type_: &str) -> Result<Value, Error> {
    let parsed = |text: &str| {
        text.parse::<u16>().map_err(|_| Error::Text(format!("Invalid port: {text:?}")))
    };
    let (from, to) = typed.split_once(':').unwrap_or((typed, typed));
    let target = match to.parse::<u16>() {
        Ok(number) => Value::Int(number.into()),
        Err(_) => to.into(),
    };
    let name = typed.replace(':', "-");
    let mut port = map([
        ("name", name.as_str().into()),
        ("port", Value::Int(parsed(from)?.into())),
        ("protocol", "TCP".into()),
        ("targetPort", target),
    ]);
    if let Some(number) = session.args.int("node-port").filter(|_| type_ == "NodePort") {
        *port.entry("nodePort") = Value::Int(number);
    }
    Ok(port)
}

/// Runs `create ingress`.
pub(in crate::kubectl) fn run_ingress(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    let typed: Vec<String> = session.args.each("rule").into_iter().map(str::to_owned).collect();
    let default = session.args.text("default-backend").map(str::to_owned);
    if typed.is_empty() && default.is_none() {
        return fail(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
        );
    }
    let mut rules: Vec<(String, Vec<Value>)> = Vec::new();
    let mut tls: Vec<Value> = Vec::new();
    for rule in &typed {
        let (rule, secret) = match rule.split_once(",tls") {
            Some((rule, secret)) => (rule, Some(secret.trim_start_matches('='))),
            None => (rule.as_str(), None),
        };
        let parts = rule.split_once('=').and_then(|(place, backend)| {
            let (host, path) = place.split_once('/').unwrap_or((place, ""));
            Some((host, format!("/{path}"), backend.split_once(':')?))
        });
        let Some((host, path, backend)) = parts else {
            return fail(format!(
                "rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            ));
        };
        let (path, kind) = match path.strip_suffix('*') {
            Some(prefix) => (prefix.to_owned(), "Prefix"),
            None => (path, "Exact"),
        };
        let entry = map([
            ("backend", backend_of(backend)),
            ("path", path.as_str().into()),
            ("pathType", kind.into()),
        ]);
        match rules.iter_mut().find(|(known, _)| known == host) {
            Some((_, paths)) => paths.push(entry),
            None => rules.push((host.to_owned(), vec![entry])),
        }
        if let Some(secret) = secret {
            let mut entry = map([("hosts", vec![host.into()].into())]);
            if !secret.is_empty() {
                *entry.entry("secretName") = secret.into();
            }
            tls.push(entry);
        }
    }
    let rules: Vec<Value> = rules
        .into_iter()
        .map(|(host, paths)| {
            let mut rule = map([("http", map([("paths", Value::List(paths))]))]);
            if !host.is_empty() {
                *rule.entry("host") = host.as_str().into();
            }
            rule
        })
        .collect();
    let mut spec = Value::map();
    if !rules.is_empty() {
        *spec.entry("rules") = Value::List(rules);
    }
    if !tls.is_empty() {
        *spec.entry("tls") = Value::List(tls);
    }
    if let Some(backend) = default.as_deref().and_then(|typed| typed.split_once(':')) {
        *spec.entry("defaultBackend") = backend_of(backend);
    }
    if let Some(class) = session.args.text("class") {
        *spec.entry("ingressClassName") = class.into();
    }
    let mut value = object(Kind::Ingress, &name);
    *value.entry("spec") = spec;
    *value.entry("status") = map([("loadBalancer", Value::map())]);
    finish(session, &value, "ingress")
}

fn backend_of((service, port): (&str, &str)) -> Value {
    let port = match port.parse::<u16>() {
        Ok(number) => map([("number", Value::Int(number.into()))]),
        Err(_) => map([("name", port.into())]),
    };
    map([("service", map([("name", service.into()), ("port", port)]))])
}
