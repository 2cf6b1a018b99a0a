//! A pod's row: what READY, STATUS and RESTARTS say.
//!
//! Models: kubernetes v1.36 `pkg/printers/internalversion/printers.go` `printPod`.

use super::columns::{age, name, since};
use crate::api::Value;
use crate::kubectl::describe::page::{int, list, or_none, text};
use crate::time::Instant;

/// The cells of a pod's row, wide ones included.
pub(super) fn cells(pod: &Value, now: Instant) -> Vec<String> {
    let summary = Summary::of(pod);
    let restarts = match &summary.last_restart {
        Some(at) if summary.restarts != 0 => {
            let ago = since(Some(&Value::text(at)), now);
            format!("{} ({ago} ago)", summary.restarts)
        }
        _ => summary.restarts.to_string(),
    };
    let address = list(pod, &["status", "podIPs"]).first().map(|ip| text(ip, &["ip"]));
    vec![
        name(pod),
        format!("{}/{}", summary.ready, summary.containers),
        summary.status,
        restarts,
        age(pod, now),
        or_none(&address.unwrap_or_default()).to_owned(),
        or_none(&text(pod, &["spec", "nodeName"])).to_owned(),
        or_none(&text(pod, &["status", "nominatedNodeName"])).to_owned(),
        readiness_gates(pod),
    ]
}

fn readiness_gates(pod: &Value) -> String {
    let gates = list(pod, &["spec", "readinessGates"]);
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let open =
        gates.iter().filter(|gate| has_condition(pod, &text(gate, &["conditionType"]), "True"));
    format!("{}/{}", open.count(), gates.len())
}

fn has_condition(pod: &Value, kind: &str, status: &str) -> bool {
    list(pod, &["status", "conditions"]).iter().any(|condition| {
        text(condition, &["type"]) == kind && text(condition, &["status"]) == status
    })
}

/// What the containers of a pod add up to.
struct Summary {
    status: String,
    ready: usize,
    containers: usize,
    restarts: i64,
    /// When the last restarted container ended, as the API prints it.
    last_restart: Option<String>,
}

impl Summary {
    fn of(pod: &Value) -> Self {
        let phase = text(pod, &["status", "phase"]);
        let reason = text(pod, &["status", "reason"]);
        let sidecars =
            list(pod, &["spec", "initContainers"]).iter().filter(|item| is_sidecar(item));
        let mut summary = Self {
            status: if reason.is_empty() { phase.clone() } else { reason.clone() },
            ready: 0,
            containers: list(pod, &["spec", "containers"]).len() + sidecars.count(),
            restarts: 0,
            last_restart: None,
        };
        let gated = list(pod, &["status", "conditions"]).iter().any(|condition| {
            text(condition, &["type"]) == "PodScheduled"
                && text(condition, &["reason"]) == "SchedulingGated"
        });
        if gated {
            "SchedulingGated".clone_into(&mut summary.status);
        }
        let (initializing, of_sidecars) = summary.init_containers(pod);
        if !initializing || has_condition(pod, "Initialized", "True") {
            (summary.restarts, summary.last_restart) = of_sidecars;
            summary.regular_containers(pod);
        }
        let terminal = matches!(phase.as_str(), "Succeeded" | "Failed");
        if pod.at(&["metadata", "deletionTimestamp"]).is_some() {
            if reason == "NodeLost" {
                "Unknown".clone_into(&mut summary.status);
            } else if !terminal {
                "Terminating".clone_into(&mut summary.status);
            }
        }
        summary
    }

    fn count_restarts(&mut self, status: &Value) {
        self.restarts += int(status, &["restartCount"]);
        self.last_restart = latest(self.last_restart.take(), status);
    }

    /// Looks at init containers up to the first that is not done. Says whether one is not, and
    /// the restarts of sidecars.
    fn init_containers(&mut self, pod: &Value) -> (bool, (i64, Option<String>)) {
        let specs = list(pod, &["spec", "initContainers"]);
        let mut of_sidecars = (0, None);
        for (index, status) in list(pod, &["status", "initContainerStatuses"]).iter().enumerate() {
            self.count_restarts(status);
            let spec = specs.iter().find(|spec| text(spec, &["name"]) == text(status, &["name"]));
            let sidecar = spec.is_some_and(is_sidecar);
            if sidecar {
                of_sidecars.0 += int(status, &["restartCount"]);
                of_sidecars.1 = latest(of_sidecars.1.take(), status);
            }
            let ended = status.at(&["state", "terminated"]);
            if ended.is_some_and(|ended| int(ended, &["exitCode"]) == 0) {
                continue;
            }
            if sidecar && status.get("started").and_then(Value::as_bool) == Some(true) {
                self.ready += usize::from(is_ready(status));
                continue;
            }
            let waiting = text(status, &["state", "waiting", "reason"]);
            self.status = if let Some(ended) = ended {
                format!("Init:{}", end_reason(ended))
            } else if !waiting.is_empty() && waiting != "PodInitializing" {
                format!("Init:{waiting}")
            } else {
                format!("Init:{index}/{}", specs.len())
            };
            return (true, of_sidecars);
        }
        (false, of_sidecars)
    }

    fn regular_containers(&mut self, pod: &Value) {
        let mut running = false;
        for status in list(pod, &["status", "containerStatuses"]).iter().rev() {
            self.count_restarts(status);
            let waiting = text(status, &["state", "waiting", "reason"]);
            if !waiting.is_empty() {
                self.status = waiting;
            } else if let Some(ended) = status.at(&["state", "terminated"]) {
                self.status = end_reason(ended);
            } else if is_ready(status) && status.at(&["state", "running"]).is_some() {
                running = true;
                self.ready += 1;
            }
        }
        if self.status == "Completed" && running {
            let ready = has_condition(pod, "Ready", "True");
            if ready { "Running" } else { "NotReady" }.clone_into(&mut self.status);
        }
    }
}

fn is_ready(status: &Value) -> bool {
    status.get("ready").and_then(Value::as_bool) == Some(true)
}

/// Whether an init container goes on running beside the others.
fn is_sidecar(container: &Value) -> bool {
    text(container, &["restartPolicy"]) == "Always"
}

/// Why a container ended: its reason, else its signal or exit code.
fn end_reason(ended: &Value) -> String {
    let (reason, signal) = (text(ended, &["reason"]), int(ended, &["signal"]));
    if !reason.is_empty() {
        reason
    } else if signal != 0 {
        format!("Signal:{signal}")
    } else {
        format!("ExitCode:{}", int(ended, &["exitCode"]))
    }
}

/// The later of a time and the end of the container's last run.
fn latest(known: Option<String>, status: &Value) -> Option<String> {
    let end = text(status, &["lastState", "terminated", "finishedAt"]);
    // Times of the API are text that sorts.
    known.into_iter().chain((!end.is_empty()).then_some(end)).max()
}
