//! Rules of Ingresses and `HTTPRoutes`.
//!
//! Models: kubernetes v1.28 `pkg/apis/networking/validation/validation.go`, and the schema of the
//! Gateway API's custom resource.

use super::error::{Errors, quote};
use super::{int, items, part, text};
use crate::api::Value;
use crate::manifest::names;

/// The annotation that was there before the field.
pub(super) const CLASS: &str = "kubernetes.io/ingress.class";

/// Models: `ValidateIngressSpec`.
pub(super) fn ingress(errors: &mut Errors, spec: &Value) {
    let rules = || items(spec, "rules");
    let default = spec.get("defaultBackend");
    if rules().next().is_none() && default.is_none() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        errors.invalid("spec", "[]networking.IngressRule(nil)", detail);
    }
    if let Some(backend) = default {
        self::backend(errors, backend, "spec.defaultBackend");
    }
    for (index, rule) in rules().enumerate() {
        let host = text(rule, "host");
        let at = format!("spec.rules[{index}].host");
        if host.parse::<std::net::IpAddr>().is_ok() {
            errors.invalid(&at, quote(host), "must be a DNS name, not an IP address");
        }
        if !host.is_empty() {
            self::host(errors, host, &at);
        }
        let http = part(rule, "http");
        let at = format!("spec.rules[{index}].http.paths");
        if rule.get("http").is_some() && items(http, "paths").next().is_none() {
            errors.required(&at, "");
        }
        for (place, path) in items(http, "paths").enumerate() {
            self::path(errors, path, &format!("{at}[{place}]"));
        }
    }
    for (index, tls) in items(spec, "tls").enumerate() {
        let path = format!("spec.tls[{index}]");
        for (place, host) in items(tls, "hosts").filter_map(Value::as_str).enumerate() {
            self::host(errors, host, &format!("{path}.hosts[{place}]"));
        }
        let secret = text(tls, "secretName");
        if !secret.is_empty() {
            errors.text(&format!("{path}.secretName"), secret, &names::dns_subdomain(secret));
        }
    }
    if let Some(class) = spec.get("ingressClassName").and_then(Value::as_str) {
        errors.text("spec.ingressClassName", class, &names::dns_subdomain(class));
    }
}

/// What only a new Ingress is asked: its class is told once, or twice the same.
///
/// Models: `ValidateIngressCreate`.
pub(super) fn class(errors: &mut Errors, object: &Value) {
    let annotated = object.at(&["metadata", "annotations", CLASS]).and_then(Value::as_str);
    let typed = part(object, "spec").get("ingressClassName").and_then(Value::as_str);
    if let (Some(annotated), Some(typed)) = (annotated, typed)
        && annotated != typed
    {
        let detail = "must match `ingressClassName` when both are specified";
        errors.invalid(&format!("annotations.{CLASS}"), quote(annotated), detail);
    }
}

fn host(errors: &mut Errors, host: &str, path: &str) {
    let reasons = if host.contains('*') {
        names::wildcard_subdomain(host)
    } else {
        names::dns_subdomain(host)
    };
    errors.text(path, host, &reasons);
}

fn path(errors: &mut Errors, path: &Value, at: &str) {
    let typed = text(path, "path");
    let place = format!("{at}.path");
    let mut refuse = |detail: &str| errors.invalid(&place, quote(typed), detail);
    match text(path, "pathType") {
        "" => {
            let detail = "pathType must be specified";
            return errors.required(&format!("{at}.pathType"), detail);
        }
        "Exact" | "Prefix" => {
            if !typed.starts_with('/') {
                refuse("must be an absolute path");
            }
            for wrong in ["//", "/./", "/../", "%2f", "%2F"] {
                if typed.contains(wrong) {
                    refuse(&format!("must not contain '{wrong}'"));
                }
            }
            for wrong in ["/..", "/."] {
                if typed.ends_with(wrong) {
                    refuse(&format!("cannot end with '{wrong}'"));
                }
            }
        }
        "ImplementationSpecific" => {
            if !typed.is_empty() && !typed.starts_with('/') {
                refuse("must be an absolute path");
            }
        }
        other => {
            let allowed = ["Exact", "ImplementationSpecific", "Prefix"];
            errors.unsupported(&format!("{at}.pathType"), &quote(other), &allowed);
        }
    }
    backend(errors, part(path, "backend"), &format!("{at}.backend"));
}

fn backend(errors: &mut Errors, backend: &Value, at: &str) {
    let resource = backend.get("resource");
    let Some(service) = backend.get("service") else {
        match resource {
            None => errors.invalid(at, "\"\"", "resource or service backend is required"),
            Some(resource) => {
                for key in ["kind", "name"] {
                    let (typed, at) = (text(resource, key), format!("{at}.resource.{key}"));
                    if typed.is_empty() {
                        errors.required(&at, "");
                    } else {
                        errors.text(&at, typed, &names::path_segment(typed));
                    }
                }
            }
        }
        return;
    };
    if resource.is_some() {
        let detail = "cannot set both resource and service backends";
        return errors.invalid(at, "\"\"", detail);
    }
    let name = text(service, "name");
    let path = format!("{at}.service.name");
    if name.is_empty() {
        errors.required(&path, "");
    } else {
        errors.text(&path, name, &names::dns_1035_label(name));
    }
    let port = part(service, "port");
    let (port_name, number) = (text(port, "name"), int(port, "number").unwrap_or(0));
    let path = format!("{at}.service.port");
    match (port_name.is_empty(), number == 0) {
        (true, true) => errors.required(at, "port name or number is required"),
        (false, false) => {
            errors.invalid(at, "\"\"", "cannot set both port name & port number");
        }
        (false, true) => {
            errors.text(&format!("{path}.name"), port_name, &names::port_name(port_name));
        }
        (true, false) => {
            errors.number(&format!("{path}.number"), number, &names::port_number(number));
        }
    }
}

/// Models: the schema of the Gateway API's custom resource.
pub(super) fn http_route(errors: &mut Errors, spec: &Value) {
    for (index, rule) in items(spec, "rules").enumerate() {
        for (place, to) in items(rule, "backendRefs").enumerate() {
            let at = format!("spec.rules[{index}].backendRefs[{place}]");
            if text(to, "name").is_empty() {
                errors.required(&format!("{at}.name"), "");
            }
            if to.get("port").is_none() {
                let detail = "Must have port for Service reference";
                errors.invalid(&format!("{at}.port"), "null", detail);
            }
            let weight = int(to, "weight").unwrap_or(1);
            if !(0..=1_000_000).contains(&weight) {
                let detail = "should be from 0 to 1000000";
                errors.invalid(&format!("{at}.weight"), weight.to_string(), detail);
            }
        }
    }
}
