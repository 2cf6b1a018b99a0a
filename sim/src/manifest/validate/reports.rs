//! Rules of `EndpointSlices` and Events.
//!
//! Models: kubernetes v1.36 `pkg/apis/discovery/validation/validation.go` and
//! `pkg/apis/core/validation/events.go` for requests of `v1`.

use std::net::IpAddr;

use super::error::Errors;
use super::path::Path;
use super::service::special_address;
use super::{FieldErrorKind, items, meta, part, text};
use crate::api::Value;
use crate::manifest::names;

/// The most endpoints a slice takes.
const MAX_ENDPOINTS: usize = 1_000;
/// The most addresses an endpoint takes, and the most ports a slice takes.
const MAX_ITEMS: usize = 100;
/// The most characters of an event's action, reason and instance.
const MAX_WORD: usize = 128;
/// The most characters of an event's message.
const MAX_MESSAGE: usize = 1_024;

const ADDRESS_TYPES: [&str; 3] = ["FQDN", "IPv4", "IPv6"];

pub(super) fn endpoint_slice(errors: &mut Errors, object: &Value) {
    meta::metadata(errors, object, true, names::dns_subdomain);
    let type_ = text(object, "addressType");
    if type_.is_empty() {
        errors.required(&Path::Of("addressType"), "");
    } else {
        errors.one_of(&Path::Of("addressType"), type_, &ADDRESS_TYPES);
    }
    endpoints(errors, object, type_);
    ports(errors, object);
}

/// The kind of addresses never changes.
pub(super) fn endpoint_slice_update(errors: &mut Errors, old: &Value, new: &Value) {
    let type_ = text(new, "addressType");
    if type_ != text(old, "addressType") {
        errors.invalid_text(&Path::Of("addressType"), type_, "field is immutable");
    }
}

/// Whether a list has more than `max` items.
fn too_many(errors: &mut Errors, list: &Value, key: &str, path: &Path<'_>, max: usize) -> bool {
    let count = items(list, key).count();
    if count > max {
        let detail = format!("must have at most {max} items");
        errors.add(path, FieldErrorKind::TooMany, count.to_string(), &detail);
    }
    count > max
}

fn endpoints(errors: &mut Errors, slice: &Value, type_: &str) {
    if too_many(errors, slice, "endpoints", &Path::Of("endpoints"), MAX_ENDPOINTS) {
        return;
    }
    for (index, endpoint) in items(slice, "endpoints").enumerate() {
        let path = Path::Of("endpoints").index(index);
        let at = path.key("addresses");
        if items(endpoint, "addresses").next().is_none() {
            errors.required(&at, "must contain at least 1 address");
        }
        too_many(errors, endpoint, "addresses", &at, MAX_ITEMS);
        for (index, address) in items(endpoint, "addresses").enumerate() {
            let told = address.as_str().unwrap_or_default();
            self::address(errors, told, type_, &at.index(index));
        }
        if let Some(host) = endpoint.get("hostname").and_then(Value::as_str) {
            errors.name(&path.key("hostname"), host, names::dns_label);
        }
    }
}

fn address(errors: &mut Errors, address: &str, type_: &str, path: &Path<'_>) {
    let parsed = address.parse::<IpAddr>();
    let (is_right, detail) = match type_ {
        "IPv4" => (matches!(parsed, Ok(IpAddr::V4(_))), "must be a valid IPv4 address"),
        "IPv6" => (matches!(parsed, Ok(IpAddr::V6(_))), "must be a valid IPv6 address"),
        "FQDN" => return domain_name(errors, address, path),
        _ => return,
    };
    if !is_right {
        errors.invalid_text(path, address, detail);
    }
    let special = match parsed {
        Ok(ip) => special_address(ip),
        Err(_) => Some("must be a valid IP address".to_owned()),
    };
    if let Some(detail) = special {
        errors.invalid_text(path, address, &detail);
    }
}

fn domain_name(errors: &mut Errors, name: &str, path: &Path<'_>) {
    if name.is_empty() {
        return errors.required(path, "");
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let reasons = names::dns_subdomain(name);
    if !reasons.is_empty() {
        return errors.invalid_text(path, name, &reasons.join(","));
    }
    if !name.contains('.') {
        let detail = "should be a domain with at least two segments separated by dots";
        return errors.invalid_text(path, name, detail);
    }
    for label in name.split('.') {
        let reasons = names::dns_label(label);
        if !reasons.is_empty() {
            return errors.invalid_text(path, label, &reasons.join(","));
        }
    }
}

fn ports(errors: &mut Errors, slice: &Value) {
    if too_many(errors, slice, "ports", &Path::Of("ports"), MAX_ITEMS) {
        return;
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, port) in items(slice, "ports").enumerate() {
        let path = Path::Of("ports").index(index);
        let name = text(port, "name");
        if !name.is_empty() {
            errors.name(&path.key("name"), name, names::dns_label);
        }
        if seen.contains(&name) {
            errors.duplicate_text(&path.key("name"), name);
        }
        seen.push(name);
        let protocols = &["SCTP", "TCP", "UDP"];
        errors.one_of(&path.key("protocol"), text(port, "protocol"), protocols);
        if let Some(protocol) = port.get("appProtocol").and_then(Value::as_str) {
            errors.name(&path.key("appProtocol"), protocol, names::label_key);
        }
    }
}

pub(super) fn event(errors: &mut Errors, object: &Value) {
    let namespace = text(part(object, "metadata"), "namespace");
    let about = text(part(object, "involvedObject"), "namespace");
    let is_new = object.get("eventTime").and_then(Value::as_str).is_some();
    let agrees = match (about.is_empty(), is_new) {
        (true, false) => matches!(namespace, "" | "default"),
        (true, true) => matches!(namespace, "default" | "kube-system"),
        (false, false) => namespace == about,
        (false, true) => true,
    };
    // A text that is checked before it is sent need not say its namespace.
    if !agrees && !namespace.is_empty() {
        let detail = "does not match event.namespace";
        errors.invalid_text(&Path::Of("involvedObject.namespace"), about, detail);
    }
    if is_new {
        said_by_new_clients(errors, object);
    }
    if !namespace.is_empty() {
        errors.name(&Path::Of("namespace"), namespace, names::dns_subdomain);
    }
    if errors.0.is_empty() {
        meta::metadata(errors, object, true, names::path_segment);
    }
}

/// What events with a time of their own must say.
fn said_by_new_clients(errors: &mut Errors, event: &Value) {
    let controller = text(event, "reportingComponent");
    if controller.is_empty() {
        errors.required(&Path::Of("reportingController"), "");
    }
    errors.name(&Path::Of("reportingController"), controller, names::label_key);
    for &(key, max, required) in &[
        ("reportingInstance", MAX_WORD, true),
        ("action", MAX_WORD, true),
        ("reason", MAX_WORD, true),
        ("message", MAX_MESSAGE, false),
    ] {
        let told = text(event, key);
        if required && told.is_empty() {
            errors.required(&Path::Of(key), "");
        }
        if told.len() > max {
            errors.invalid(&Path::Of(key), "\"\"", &format!("can have at most {max} characters"));
        }
    }
}
