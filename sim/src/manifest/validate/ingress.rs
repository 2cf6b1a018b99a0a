//! Rules of Ingresses and `HTTPRoutes`.
//!
//! Models: kubernetes v1.28 `pkg/apis/networking/validation/validation.go`, and the schema of the
//! Gateway API's custom resource.

use super::error::Errors;
use super::path::Path;
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
        errors.invalid(&Path::Of("spec"), "[]networking.IngressRule(nil)", detail);
    }
    if let Some(backend) = default {
        self::backend(errors, backend, &Path::Of("spec.defaultBackend"));
    }
    for (index, rule) in rules().enumerate() {
        let host = text(rule, "host");
        let rule_path = Path::Of("spec").item("rules", index);
        let at = rule_path.key("host");
        if host.parse::<std::net::IpAddr>().is_ok() {
            errors.invalid_text(&at, host, "must be a DNS name, not an IP address");
        }
        if !host.is_empty() {
            self::host(errors, host, &at);
        }
        let http = part(rule, "http");
        let at = rule_path.key("http.paths");
        if rule.get("http").is_some() && items(http, "paths").next().is_none() {
            errors.required(&at, "");
        }
        for (place, path) in items(http, "paths").enumerate() {
            self::path(errors, path, &at.index(place));
        }
    }
    for (index, tls) in items(spec, "tls").enumerate() {
        let path = Path::Of("spec").item("tls", index);
        for (place, host) in items(tls, "hosts").filter_map(Value::as_str).enumerate() {
            self::host(errors, host, &path.item("hosts", place));
        }
        let secret = text(tls, "secretName");
        if !secret.is_empty() {
            errors.name(&path.key("secretName"), secret, names::dns_subdomain);
        }
    }
    if let Some(class) = spec.get("ingressClassName").and_then(Value::as_str) {
        errors.name(&Path::Of("spec.ingressClassName"), class, names::dns_subdomain);
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
        errors.invalid_text(&Path::Of("annotations").key(CLASS), annotated, detail);
    }
}

fn host(errors: &mut Errors, host: &str, path: &Path<'_>) {
    let reasons = if host.contains('*') {
        names::wildcard_subdomain(host)
    } else {
        names::dns_subdomain(host)
    };
    errors.text(path, host, &reasons);
}

fn path(errors: &mut Errors, path: &Value, at: &Path<'_>) {
    let typed = text(path, "path");
    let place = at.key("path");
    let mut refuse = |detail: &str| errors.invalid_text(&place, typed, detail);
    match text(path, "pathType") {
        "" => {
            let detail = "pathType must be specified";
            return errors.required(&at.key("pathType"), detail);
        }
        "Exact" | "Prefix" => {
            if !typed.starts_with('/') {
                refuse("must be an absolute path");
            }
            for &wrong in &["//", "/./", "/../", "%2f", "%2F"] {
                if typed.contains(wrong) {
                    refuse(&format!("must not contain '{wrong}'"));
                }
            }
            for &wrong in &["/..", "/."] {
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
            let allowed = &["Exact", "ImplementationSpecific", "Prefix"];
            errors.one_of(&at.key("pathType"), other, allowed);
        }
    }
    backend(errors, part(path, "backend"), &at.key("backend"));
}

fn backend(errors: &mut Errors, backend: &Value, at: &Path<'_>) {
    let resource = backend.get("resource");
    let Some(service) = backend.get("service") else {
        match resource {
            None => errors.invalid(at, "\"\"", "resource or service backend is required"),
            Some(resource) => {
                for &key in &["kind", "name"] {
                    let (typed, at) = (text(resource, key), at.key("resource"));
                    let at = at.key(key);
                    if typed.is_empty() {
                        errors.required(&at, "");
                    } else {
                        errors.name(&at, typed, names::path_segment);
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
    let path = at.key("service.name");
    if name.is_empty() {
        errors.required(&path, "");
    } else {
        errors.name(&path, name, names::dns_1035_label);
    }
    let port = part(service, "port");
    let (port_name, number) = (text(port, "name"), int(port, "number").unwrap_or(0));
    let path = at.key("service.port");
    match (port_name.is_empty(), number == 0) {
        (true, true) => errors.required(at, "port name or number is required"),
        (false, false) => {
            errors.invalid(at, "\"\"", "cannot set both port name & port number");
        }
        (false, true) => {
            errors.name(&path.key("name"), port_name, names::port_name);
        }
        (true, false) => {
            errors.port(&path.key("number"), number);
        }
    }
}

/// Models: the schema of the Gateway API's custom resource.
pub(super) fn http_route(errors: &mut Errors, spec: &Value) {
    for (index, rule) in items(spec, "rules").enumerate() {
        for (place, to) in items(rule, "backendRefs").enumerate() {
            let rule = Path::Of("spec").item("rules", index);
            let at = rule.item("backendRefs", place);
            if text(to, "name").is_empty() {
                errors.required(&at.key("name"), "");
            }
            if to.get("port").is_none() {
                let detail = "Must have port for Service reference";
                errors.invalid(&at.key("port"), "null", detail);
            }
            let weight = int(to, "weight").unwrap_or(1);
            if !(0..=1_000_000).contains(&weight) {
                let detail = "should be from 0 to 1000000";
                errors.invalid_number(&at.key("weight"), weight, detail);
            }
        }
    }
}
