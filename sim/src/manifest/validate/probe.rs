//! Rules of probes and lifecycle handlers.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `validateProbe`,
//! `validateHandler`.

use super::error::{Errors, quote};
use super::{int, items, text};
use crate::api::Value;
use crate::manifest::names;

/// What a probe decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeKind {
    /// Whether the container is restarted.
    Liveness,
    /// Whether the container takes traffic.
    Readiness,
    /// Whether the container has started.
    Startup,
}

impl ProbeKind {
    /// Every kind, in the order they are checked.
    pub const ALL: [Self; 3] = [Self::Liveness, Self::Readiness, Self::Startup];

    /// The container's field.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Liveness => "livenessProbe",
            Self::Readiness => "readinessProbe",
            Self::Startup => "startupProbe",
        }
    }
}

fn child(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

pub(super) fn probe_of_kind(errors: &mut Errors, value: &Value, kind: ProbeKind, path: &str) {
    probe(errors, value, path);
    let successes = int(value, "successThreshold").unwrap_or(0);
    if kind != ProbeKind::Readiness && successes != 1 {
        let path = child(path, "successThreshold");
        errors.invalid(&path, successes.to_string(), "must be 1");
    }
    let grace = int(value, "terminationGracePeriodSeconds");
    if let Some(grace) = grace.filter(|_| kind == ProbeKind::Readiness) {
        let path = child(path, "terminationGracePeriodSeconds");
        errors.invalid(&path, grace.to_string(), "must not be set for readinessProbes");
    }
}

pub(super) fn probe(errors: &mut Errors, value: &Value, path: &str) {
    handler(errors, value, None, path);
    let numbers = [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ];
    for key in numbers {
        errors.not_negative(&child(path, key), int(value, key).unwrap_or(0));
    }
    let grace = int(value, "terminationGracePeriodSeconds");
    if let Some(grace) = grace.filter(|grace| *grace <= 0) {
        let path = child(path, "terminationGracePeriodSeconds");
        errors.invalid(&path, grace.to_string(), "must be greater than 0");
    }
}

/// Checks what a probe or a lifecycle hook does.
pub(super) fn handler(errors: &mut Errors, value: &Value, grace: Option<i64>, path: &str) {
    let mut found = false;
    for key in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let Some(action) = value.get(key) else {
            continue;
        };
        let path = child(path, key);
        if found {
            errors.forbidden(&path, "may not specify more than 1 handler type");
            continue;
        }
        found = true;
        match key {
            "exec" => {
                if items(action, "command").next().is_none() {
                    errors.required(&child(&path, "command"), "");
                }
            }
            "httpGet" => http_get(errors, action, &path),
            "tcpSocket" => port(errors, action.get("port"), &child(&path, "port")),
            "grpc" => {
                let number = int(action, "port").unwrap_or(0);
                errors.number(&child(&path, "port"), number, &names::port_number(number));
            }
            _ => sleep(errors, int(action, "seconds").unwrap_or(0), grace, &path),
        }
    }
    if !found {
        errors.required(path, "must specify a handler type");
    }
}

fn http_get(errors: &mut Errors, action: &Value, path: &str) {
    if text(action, "path").is_empty() {
        errors.required(&child(path, "path"), "");
    }
    port(errors, action.get("port"), &child(path, "port"));
    errors.one_of(&child(path, "scheme"), text(action, "scheme"), &["HTTP", "HTTPS"]);
    for header in items(action, "httpHeaders") {
        let name = text(header, "name");
        errors.text(&child(path, "httpHeaders"), name, &names::http_header(name));
    }
}

fn sleep(errors: &mut Errors, seconds: i64, grace: Option<i64>, path: &str) {
    if let Some(grace) = grace.filter(|grace| !(0..=*grace).contains(&seconds)) {
        let detail =
            format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        errors.invalid(path, seconds.to_string(), &detail);
    }
}

/// Checks a port given by number or name.
pub(super) fn port(errors: &mut Errors, value: Option<&Value>, path: &str) {
    if let Some(Value::String(name)) = value {
        for reason in names::port_name(name) {
            errors.invalid(path, quote(name), &reason);
        }
    } else {
        let number = value.and_then(Value::as_int).unwrap_or(0);
        errors.number(path, number, &names::port_number(number));
    }
}
