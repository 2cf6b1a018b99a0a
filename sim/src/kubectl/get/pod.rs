//! A pod's row: what READY, STATUS and RESTARTS say.
//!
//! Models: kubernetes v1.36 `pkg/printers/internalversion/printers.go` `printPod`. A row is made
//! from [`Facts`], which are read from a pod's data or, for speed, from the pod itself.

use super::columns::ago;
use crate::api::pod::{ContainerState, ContainerStatus};
use crate::api::{Pod, Value};
use crate::kubectl::describe::page::{int, list, or_none};
use crate::manifest::timestamp;
use crate::time::Instant;

/// What a row is made from.
pub(super) struct Facts<'a> {
    name: &'a str,
    phase: &'a str,
    reason: &'a str,
    node: &'a str,
    nominated_node: &'a str,
    address: String,
    /// In seconds since 1970.
    created: Option<i64>,
    deleting: bool,
    containers: usize,
    /// Init containers: their names, and whether they go on running beside the others.
    init_containers: Vec<(&'a str, bool)>,
    readiness_gates: Vec<&'a str>,
    /// Types, statuses and reasons.
    conditions: Vec<[&'a str; 3]>,
    init_statuses: Vec<Status<'a>>,
    statuses: Vec<Status<'a>>,
}

/// What a row says of a container.
struct Status<'a> {
    name: &'a str,
    state: State<'a>,
    restarts: i64,
    ready: bool,
    started: bool,
    /// When its last run ended, in seconds since 1970.
    last_end: Option<i64>,
}

enum State<'a> {
    Unknown,
    Waiting(&'a str),
    Running,
    Terminated { code: i64, signal: i64, reason: &'a str },
}

fn str_at<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    value.at(path).and_then(Value::as_str).unwrap_or_default()
}

fn is(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool) == Some(true)
}

fn date(value: &Value, path: &[&str]) -> Option<i64> {
    value.at(path).and_then(Value::as_str).and_then(timestamp::seconds)
}

impl<'a> Facts<'a> {
    /// From data as the API shows it.
    pub(super) fn of_data(pod: &'a Value) -> Self {
        let statuses =
            |key| list(pod, &["status", key]).iter().map(Status::of_data).collect::<Vec<_>>();
        let condition = |condition: &'a Value| {
            ["type", "status", "reason"].map(|key| str_at(condition, &[key]))
        };
        let init_container = |container: &'a Value| {
            let sidecar = str_at(container, &["restartPolicy"]) == "Always";
            (str_at(container, &["name"]), sidecar)
        };
        let gates = list(pod, &["spec", "readinessGates"]).iter();
        let addresses = list(pod, &["status", "podIPs"]);
        Self {
            name: str_at(pod, &["metadata", "name"]),
            phase: str_at(pod, &["status", "phase"]),
            reason: str_at(pod, &["status", "reason"]),
            node: str_at(pod, &["spec", "nodeName"]),
            nominated_node: str_at(pod, &["status", "nominatedNodeName"]),
            address: addresses.first().map_or("", |address| str_at(address, &["ip"])).to_owned(),
            created: date(pod, &["metadata", "creationTimestamp"]),
            deleting: pod.at(&["metadata", "deletionTimestamp"]).is_some(),
            containers: list(pod, &["spec", "containers"]).len(),
            init_containers: list(pod, &["spec", "initContainers"])
                .iter()
                .map(init_container)
                .collect(),
            readiness_gates: gates.map(|gate| str_at(gate, &["conditionType"])).collect(),
            conditions: list(pod, &["status", "conditions"]).iter().map(condition).collect(),
            init_statuses: statuses("initContainerStatuses"),
            statuses: statuses("containerStatuses"),
        }
    }

    /// From the pod itself: what [`Self::of_data`] would read in its data.
    pub(super) fn of_pod(pod: &'a Pod) -> Self {
        let (spec, status) = (&pod.spec, &pod.status);
        let statuses = |of: &'a [ContainerStatus]| of.iter().map(Status::of_status).collect();
        let conditions = status.conditions.iter().map(|condition| {
            [condition.type_.as_str(), condition.status.as_str(), condition.reason]
        });
        let init = spec.init_containers.iter();
        Self {
            name: &pod.meta.name,
            phase: status.phase.as_str(),
            reason: "",
            node: &pod.node_name,
            nominated_node: &status.nominated_node_name,
            address: status.pod_ip.map(|address| address.to_string()).unwrap_or_default(),
            created: Some(timestamp::unix(pod.meta.created_at)),
            deleting: pod.meta.is_deleting(),
            containers: spec.containers.len(),
            init_containers: init
                .map(|container| (&*container.name, container.is_sidecar()))
                .collect(),
            readiness_gates: spec.readiness_gates.iter().map(|gate| &**gate).collect(),
            conditions: conditions.collect(),
            init_statuses: statuses(&status.init_container_statuses),
            statuses: statuses(&status.container_statuses),
        }
    }

    /// The cells of the row, wide ones included.
    pub(super) fn cells(&self, now: Instant) -> Vec<String> {
        let summary = Summary::of(self);
        let restarts = match summary.last_restart {
            Some(at) if summary.restarts != 0 => {
                format!("{} ({} ago)", summary.restarts, ago(Some(at), now))
            }
            _ => summary.restarts.to_string(),
        };
        vec![
            self.name.to_owned(),
            format!("{}/{}", summary.ready, summary.containers),
            summary.status,
            restarts,
            ago(self.created, now),
            or_none(&self.address).to_owned(),
            or_none(self.node).to_owned(),
            or_none(self.nominated_node).to_owned(),
            self.gates(),
        ]
    }

    fn gates(&self) -> String {
        if self.readiness_gates.is_empty() {
            return "<none>".to_owned();
        }
        let open = self.readiness_gates.iter().filter(|gate| self.has_condition(gate, "True"));
        format!("{}/{}", open.count(), self.readiness_gates.len())
    }

    fn has_condition(&self, type_: &str, status: &str) -> bool {
        self.conditions.iter().any(|condition| condition[..2] == [type_, status])
    }
}

impl<'a> Status<'a> {
    fn of_data(status: &'a Value) -> Self {
        let waiting = str_at(status, &["state", "waiting", "reason"]);
        let state = if let Some(ended) = status.at(&["state", "terminated"]) {
            State::Terminated {
                code: int(ended, &["exitCode"]),
                signal: int(ended, &["signal"]),
                reason: str_at(ended, &["reason"]),
            }
        } else if !waiting.is_empty() {
            State::Waiting(waiting)
        } else if status.at(&["state", "running"]).is_some() {
            State::Running
        } else {
            State::Unknown
        };
        Self {
            name: str_at(status, &["name"]),
            state,
            restarts: int(status, &["restartCount"]),
            ready: is(status, "ready"),
            started: is(status, "started"),
            last_end: date(status, &["lastState", "terminated", "finishedAt"]),
        }
    }

    fn of_status(status: &'a ContainerStatus) -> Self {
        let state = match &status.state {
            ContainerState::Waiting { reason: "", .. } => State::Unknown,
            ContainerState::Waiting { reason, .. } => State::Waiting(reason),
            ContainerState::Running { .. } => State::Running,
            ContainerState::Terminated { exit_code, reason, .. } => {
                State::Terminated { code: i64::from(*exit_code), signal: 0, reason }
            }
        };
        let last_end = match &status.last_state {
            Some(ContainerState::Terminated { finished_at, .. }) => {
                Some(timestamp::unix(*finished_at))
            }
            _ => None,
        };
        Self {
            name: &status.name,
            state,
            restarts: i64::from(status.restart_count),
            ready: status.ready,
            started: status.started,
            last_end,
        }
    }
}

/// What the containers of a pod add up to.
struct Summary {
    status: String,
    ready: usize,
    containers: usize,
    restarts: i64,
    /// When the last restarted container ended, in seconds since 1970.
    last_restart: Option<i64>,
}

impl Summary {
    fn of(pod: &Facts<'_>) -> Self {
        let sidecars = pod.init_containers.iter().filter(|(_, sidecar)| *sidecar);
        let mut summary = Self {
            status: if pod.reason.is_empty() { pod.phase } else { pod.reason }.to_owned(),
            ready: 0,
            containers: pod.containers + sidecars.count(),
            restarts: 0,
            last_restart: None,
        };
        let gated = |[type_, _, reason]: &[&str; 3]| {
            *type_ == "PodScheduled" && *reason == "SchedulingGated"
        };
        if pod.conditions.iter().any(gated) {
            "SchedulingGated".clone_into(&mut summary.status);
        }
        let (initializing, of_sidecars) = summary.init_containers(pod);
        if !initializing || pod.has_condition("Initialized", "True") {
            (summary.restarts, summary.last_restart) = of_sidecars;
            summary.regular_containers(pod);
        }
        let terminal = matches!(pod.phase, "Succeeded" | "Failed");
        if pod.deleting {
            if pod.reason == "NodeLost" {
                "Unknown".clone_into(&mut summary.status);
            } else if !terminal {
                "Terminating".clone_into(&mut summary.status);
            }
        }
        summary
    }

    fn count_restarts(&mut self, status: &Status<'_>) {
        self.restarts += status.restarts;
        self.last_restart = self.last_restart.max(status.last_end);
    }

    /// Looks at init containers up to the first that is not done. Says whether one is not, and
    /// the restarts of sidecars.
    fn init_containers(&mut self, pod: &Facts<'_>) -> (bool, (i64, Option<i64>)) {
        let specs = &pod.init_containers;
        let mut of_sidecars = (0, None);
        for (index, status) in pod.init_statuses.iter().enumerate() {
            self.count_restarts(status);
            let sidecar =
                specs.iter().find(|(name, _)| *name == status.name).is_some_and(|spec| spec.1);
            if sidecar {
                of_sidecars.0 += status.restarts;
                of_sidecars.1 = of_sidecars.1.max(status.last_end);
            }
            if matches!(status.state, State::Terminated { code: 0, .. }) {
                continue;
            }
            if sidecar && status.started {
                self.ready += usize::from(status.ready);
                continue;
            }
            self.status = match status.state {
                State::Terminated { code, signal, reason } => {
                    format!("Init:{}", end_reason(code, signal, reason))
                }
                State::Waiting(reason) if reason != "PodInitializing" => format!("Init:{reason}"),
                _ => format!("Init:{index}/{}", specs.len()),
            };
            return (true, of_sidecars);
        }
        (false, of_sidecars)
    }

    fn regular_containers(&mut self, pod: &Facts<'_>) {
        let mut running = false;
        for status in pod.statuses.iter().rev() {
            self.count_restarts(status);
            match status.state {
                State::Waiting(reason) => reason.clone_into(&mut self.status),
                State::Terminated { code, signal, reason } => {
                    self.status = end_reason(code, signal, reason);
                }
                State::Running if status.ready => {
                    running = true;
                    self.ready += 1;
                }
                State::Running | State::Unknown => {}
            }
        }
        if self.status == "Completed" && running {
            let ready = pod.has_condition("Ready", "True");
            if ready { "Running" } else { "NotReady" }.clone_into(&mut self.status);
        }
    }
}

/// Why a container ended: its reason, else its signal or exit code.
fn end_reason(code: i64, signal: i64, reason: &str) -> String {
    if !reason.is_empty() {
        reason.to_owned()
    } else if signal != 0 {
        format!("Signal:{signal}")
    } else {
        format!("ExitCode:{code}")
    }
}
