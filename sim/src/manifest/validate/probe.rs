//! Rules of probes and lifecycle handlers.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `validateProbe`,
//! `validateHandler`.

use super::error::Errors;
use super::path::Path;
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

pub(super) fn probe_of_kind(errors: &mut Errors, value: &Value, kind: ProbeKind, path: &Path<'_>) {
    probe(errors, value, path);
    let successes = int(value, "successThreshold").unwrap_or(0);
    if kind != ProbeKind::Readiness && successes != 1 {
        let path = path.key("successThreshold");
        errors.invalid_number(&path, successes, "must be 1");
    }
    let grace = int(value, "terminationGracePeriodSeconds");
    if let Some(grace) = grace.filter(|_| kind == ProbeKind::Readiness) {
        let path = path.key("terminationGracePeriodSeconds");
        errors.invalid_number(&path, grace, "must not be set for readinessProbes");
    }
}

pub(super) fn probe(errors: &mut Errors, value: &Value, path: &Path<'_>) {
    handler(errors, value, None, path);
    let numbers = &[
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ];
    for &key in numbers {
        errors.not_negative(&path.key(key), int(value, key).unwrap_or(0));
    }
    let grace = int(value, "terminationGracePeriodSeconds");
    if let Some(grace) = grace.filter(|grace| *grace <= 0) {
        let path = path.key("terminationGracePeriodSeconds");
        errors.invalid_number(&path, grace, "must be greater than 0");
    }
}

/// Checks what a probe or a lifecycle hook does.
pub(super) fn handler(errors: &mut Errors, value: &Value, grace: Option<i64>, path: &Path<'_>) {
    let mut found = false;
    for &key in &["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let Some(action) = value.get(key) else {
            continue;
        };
        let path = path.key(key);
        if found {
            errors.forbidden(&path, "may not specify more than 1 handler type");
            continue;
        }
        found = true;
        match key {
            "exec" => {
                if items(action, "command").next().is_none() {
                    errors.required(&path.key("command"), "");
                }
            }
            "httpGet" => http_get(errors, action, &path),
            "tcpSocket" => port(errors, action.get("port"), &path.key("port")),
            "grpc" => {
                let number = int(action, "port").unwrap_or(0);
                errors.port(&path.key("port"), number);
            }
            _ => sleep(errors, int(action, "seconds").unwrap_or(0), grace, &path),
        }
    }
    if !found {
        errors.required(path, "must specify a handler type");
    }
}

fn http_get(errors: &mut Errors, action: &Value, path: &Path<'_>) {
    if text(action, "path").is_empty() {
        errors.required(&path.key("path"), "");
    }
    port(errors, action.get("port"), &path.key("port"));
    errors.one_of(&path.key("scheme"), text(action, "scheme"), &["HTTP", "HTTPS"]);
    for header in items(action, "httpHeaders") {
        let name = text(header, "name");
        errors.name(&path.key("httpHeaders"), name, names::http_header);
    }
}

fn sleep(errors: &mut Errors, seconds: i64, grace: Option<i64>, path: &Path<'_>) {
    if let Some(grace) = grace.filter(|grace| !(0..=*grace).contains(&seconds)) {
        let detail =
            format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        errors.invalid_number(path, seconds, &detail);
    }
}

/// Checks a port given by number or name.
pub(super) fn port(errors: &mut Errors, value: Option<&Value>, path: &Path<'_>) {
    if let Some(Value::String(name)) = value {
        for reason in names::port_name(name) {
            errors.invalid_text(path, name, &reason);
        }
    } else {
        let number = value.and_then(Value::as_int).unwrap_or(0);
        errors.port(path, number);
    }
}
