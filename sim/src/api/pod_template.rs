//! Pod templates and pod specs.
//!
//! The data as typed (with defaults applied) is the truth; the fields the simulator acts on are a
//! typed view of it, made once. Two templates are equal when their data is.
//!
//! Models: kubernetes v1.36 `staging/src/k8s.io/api/core/v1/types.go` `PodTemplateSpec`, `PodSpec`.

use crate::order;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::deployment::POD_TEMPLATE_HASH;
use super::quantity::{self, Resources};
use super::scheduling::Scheduling;
use super::{Labels, Name, Value};

/// The pods a controller makes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PodTemplateSpec {
    /// The pods' labels.
    pub labels: Labels,
    /// The pods' annotations.
    pub annotations: Labels,
    /// What the pods run. Shared by all pods of the template.
    pub spec: Arc<PodSpec>,
}

impl PodTemplateSpec {
    /// Whether the templates are equal when the label `pod-template-hash` is not looked at.
    ///
    /// Models: kubernetes v1.36 `pkg/controller/deployment/util/deployment_util.go`
    /// `EqualIgnoreHash`.
    pub fn equal_ignore_hash(&self, other: &Self) -> bool {
        let without_hash = |labels: &Labels| -> BTreeMap<Name, Name> {
            let kept = labels.iter().filter(|(key, _)| &***key != POD_TEMPLATE_HASH);
            order::map(kept.map(|(key, value)| (key.clone(), value.clone())))
        };
        self.annotations == other.annotations
            && (Arc::ptr_eq(&self.spec, &other.spec) || self.spec == other.spec)
            && without_hash(&self.labels) == without_hash(&other.labels)
    }
}

/// What a pod runs: the data, and a typed view of the parts the simulator acts on.
#[derive(Clone, Debug, Default)]
pub struct PodSpec {
    raw: Value,
    view: PodSpecView,
}

/// Equal when the data is equal: the view follows from it.
impl PartialEq for PodSpec {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for PodSpec {}

/// The parts of a pod spec the simulator acts on.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PodSpecView {
    /// The containers.
    pub containers: Vec<Container>,
    /// Init containers, those that stay among them.
    pub init_containers: Vec<Container>,
    /// What becomes of containers that end.
    pub restart_policy: RestartPolicy,
    /// The conditions that must be True, besides the containers', for the pod to be Ready.
    pub readiness_gates: Vec<Name>,
    /// Seconds between the request to stop and the kill.
    pub termination_grace_period_seconds: u32,
    /// Labels the node must have.
    pub node_selector: BTreeMap<Name, Name>,
    /// What the pod takes of its node: the sum of the containers' requests, or what an init
    /// container needs if that is more.
    pub requests: Resources,
    /// What the pod asks of its node beyond that.
    pub scheduling: Scheduling,
}

/// One container.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Container {
    /// Its name.
    pub name: Name,
    /// Its image.
    pub image: Name,
    /// The entry point, the image's own when empty.
    pub command: Vec<Name>,
    /// Arguments.
    pub args: Vec<Name>,
    /// Environment variables with literal values.
    pub env: Vec<(Name, Name)>,
    /// Ports: name, number, protocol.
    pub ports: Vec<ContainerPort>,
    /// When the container may take traffic.
    pub readiness_probe: Option<Probe>,
    /// When the container must be restarted.
    pub liveness_probe: Option<Probe>,
    /// When the container has started.
    pub startup_probe: Option<Probe>,
    /// What is done right after its start.
    pub post_start: Option<Hook>,
    /// What is done before it is stopped.
    pub pre_stop: Option<Hook>,
    /// What becomes of it when it ends, where it says so itself.
    pub restart_policy: Option<RestartPolicy>,
    /// `Always`, `IfNotPresent` or `Never`.
    pub image_pull_policy: Name,
}

/// What becomes of a container that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RestartPolicy {
    /// It is started again.
    #[default]
    Always,
    /// It is started again if it failed.
    OnFailure,
    /// It stays ended.
    Never,
}

impl RestartPolicy {
    /// Whether a container that ended with this code is started again.
    pub const fn restarts(self, exit_code: i32) -> bool {
        match self {
            Self::Always => true,
            Self::OnFailure => exit_code != 0,
            Self::Never => false,
        }
    }

    fn read(value: &Value) -> Option<Self> {
        match &*text(value, "restartPolicy") {
            "Always" => Some(Self::Always),
            "OnFailure" => Some(Self::OnFailure),
            "Never" => Some(Self::Never),
            _ => None,
        }
    }
}

/// Something done at the start or the end of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hook {
    /// What a probe could do as well.
    Do(ProbeHandler),
    /// Waits this many seconds.
    Sleep(u32),
}

/// One port of a container.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ContainerPort {
    /// Its name, empty when it has none.
    pub name: Name,
    /// Its number.
    pub container_port: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Name,
}

/// What a probe does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeHandler {
    /// Runs a command in the container.
    Exec(Vec<Name>),
    /// Asks for a page.
    HttpGet {
        /// `http` or `https`.
        scheme: Name,
        /// The host to ask, the pod's own when empty.
        host: Name,
        /// The path.
        path: Name,
        /// The port's number or name.
        port: Name,
    },
    /// Opens a connection to a port.
    TcpSocket {
        /// The port's number or name.
        port: Name,
    },
    /// Calls the gRPC health service on a port.
    Grpc {
        /// The port's number.
        port: Name,
    },
}

/// A probe with its thresholds. Times are in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What it does.
    pub handler: ProbeHandler,
    /// Seconds after the start of the container before the first probe.
    pub initial_delay_seconds: u32,
    /// Seconds between probes.
    pub period_seconds: u32,
    /// Seconds before a probe counts as failed.
    pub timeout_seconds: u32,
    /// Successes in a row that make the container ready.
    pub success_threshold: u32,
    /// Failures in a row that make it unready.
    pub failure_threshold: u32,
    /// The grace of a container that this probe has stopped, in place of the pod's.
    pub termination_grace_period_seconds: Option<u32>,
}

impl PodSpec {
    /// A pod spec of this data, which must have defaults applied.
    pub fn from_value(raw: Value) -> Self {
        let view = PodSpecView::read(&raw);
        Self { raw, view }
    }

    /// The data, with defaults applied.
    pub const fn raw(&self) -> &Value {
        &self.raw
    }

    /// This spec with its data changed by `change`.
    #[must_use]
    pub fn changed(&self, change: impl FnOnce(&mut Value)) -> Self {
        let mut raw = self.raw.clone();
        change(&mut raw);
        Self::from_value(raw)
    }
}

impl std::ops::Deref for PodSpec {
    type Target = PodSpecView;

    fn deref(&self) -> &PodSpecView {
        &self.view
    }
}

impl PodSpecView {
    /// A container by its place: init containers first.
    ///
    /// # Panics
    /// There is none at this place.
    pub fn container(&self, index: usize) -> &Container {
        let init = &self.init_containers;
        init.get(index).unwrap_or_else(|| &self.containers[index - init.len()])
    }

    /// The version a person would name: the value of `VERSION`, else the first image's tag.
    pub fn version(&self) -> Name {
        let Some(container) = self.containers.first() else {
            return "".into();
        };
        let declared = container.env.iter().find(|(name, _)| &**name == "VERSION");
        declared.map_or_else(|| image_tag(&container.image).into(), |(_, value)| value.clone())
    }

    fn read(raw: &Value) -> Self {
        let containers: Vec<Container> = list(raw.get("containers")).map(Container::read).collect();
        let init_containers = list(raw.get("initContainers")).map(Container::read).collect();
        let gates = list(raw.get("readinessGates"));
        Self {
            containers,
            init_containers,
            restart_policy: RestartPolicy::read(raw).unwrap_or_default(),
            readiness_gates: gates.map(|gate| text(gate, "conditionType")).collect(),
            termination_grace_period_seconds: seconds(raw, "terminationGracePeriodSeconds", 30),
            node_selector: text_map(raw.get("nodeSelector")),
            requests: pod_requests(raw),
            scheduling: Scheduling::read(raw),
        }
    }
}

/// What a pod requests: its containers and sidecars together, or what an init container needs beside
/// the sidecars before it if that is more; and the overhead of the pod itself.
///
/// Models: kubernetes v1.36 `component-helpers/resource/helpers.go` `PodRequests`.
fn pod_requests(raw: &Value) -> Resources {
    let add = |sum: &mut Resources, amounts: &Resources| {
        for (name, amount) in amounts {
            *sum.entry(name.clone()).or_default() += amount;
        }
    };
    let mut requests = Resources::new();
    for container in list(raw.get("containers")) {
        add(&mut requests, &container_requests(container));
    }
    let (mut sidecars, mut starting) = (Resources::new(), Resources::new());
    for container in list(raw.get("initContainers")) {
        let amounts = container_requests(container);
        let mut needed = amounts.clone();
        add(&mut needed, &sidecars);
        if container.get("restartPolicy").and_then(Value::as_str) == Some("Always") {
            add(&mut requests, &amounts);
            add(&mut sidecars, &amounts);
        }
        raise(&mut starting, needed);
    }
    raise(&mut requests, starting);
    add(&mut requests, &quantity::resources(raw.get("overhead")));
    requests
}

/// Raises each amount to at least that of `least`.
fn raise(amounts: &mut Resources, least: Resources) {
    for (name, amount) in least {
        let known = amounts.entry(name).or_default();
        *known = amount.max(*known);
    }
}

/// What a container requests: its requests, and its limits where it has no request.
fn container_requests(container: &Value) -> Resources {
    let mut amounts = quantity::resources(container.at(&["resources", "limits"]));
    amounts.extend(quantity::resources(container.at(&["resources", "requests"])));
    amounts
}

/// The tag of an image reference, `latest` when it has none.
pub fn image_tag(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split('@').next().unwrap_or(name);
    name.split_once(':').map_or("latest", |(_, tag)| tag)
}

impl Container {
    /// Whether an init container goes on running beside the others.
    pub fn is_sidecar(&self) -> bool {
        self.restart_policy == Some(RestartPolicy::Always)
    }

    fn read(value: &Value) -> Self {
        let env =
            list(value.get("env")).map(|var| (text(var, "name"), text(var, "value"))).collect();
        let ports = list(value.get("ports"))
            .map(|port| ContainerPort {
                name: text(port, "name"),
                container_port: port
                    .get("containerPort")
                    .and_then(Value::as_int)
                    .and_then(|number| u16::try_from(number).ok())
                    .unwrap_or(0),
                protocol: text(port, "protocol"),
            })
            .collect();
        let probe = |key: &str| value.get(key).and_then(Probe::read);
        let hook = |key: &str| value.at(&["lifecycle", key]).and_then(Hook::read);
        Self {
            name: text(value, "name"),
            image: text(value, "image"),
            command: texts(value.get("command")),
            args: texts(value.get("args")),
            env,
            ports,
            readiness_probe: probe("readinessProbe"),
            liveness_probe: probe("livenessProbe"),
            startup_probe: probe("startupProbe"),
            post_start: hook("postStart"),
            pre_stop: hook("preStop"),
            restart_policy: RestartPolicy::read(value),
            image_pull_policy: text(value, "imagePullPolicy"),
        }
    }
}

impl Probe {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            handler: ProbeHandler::read(value)?,
            initial_delay_seconds: seconds(value, "initialDelaySeconds", 0),
            period_seconds: seconds(value, "periodSeconds", 10).max(1),
            timeout_seconds: seconds(value, "timeoutSeconds", 1).max(1),
            success_threshold: seconds(value, "successThreshold", 1).max(1),
            failure_threshold: seconds(value, "failureThreshold", 3).max(1),
            termination_grace_period_seconds: value
                .get("terminationGracePeriodSeconds")
                .map(|_| seconds(value, "terminationGracePeriodSeconds", 0)),
        })
    }
}

impl Hook {
    fn read(value: &Value) -> Option<Self> {
        match value.get("sleep") {
            Some(sleep) => Some(Self::Sleep(seconds(sleep, "seconds", 0))),
            None => ProbeHandler::read(value).map(Self::Do),
        }
    }
}

impl ProbeHandler {
    fn read(value: &Value) -> Option<Self> {
        let port =
            |handler: &Value| handler.get("port").and_then(Value::scalar_text).unwrap_or_default();
        if let Some(exec) = value.get("exec") {
            return Some(Self::Exec(texts(exec.get("command"))));
        }
        if let Some(get) = value.get("httpGet") {
            let scheme = if &*text(get, "scheme") == "HTTPS" { "https" } else { "http" };
            return Some(Self::HttpGet {
                scheme: scheme.into(),
                host: text(get, "host"),
                path: text(get, "path"),
                port: port(get),
            });
        }
        if let Some(socket) = value.get("tcpSocket") {
            return Some(Self::TcpSocket { port: port(socket) });
        }
        value.get("grpc").map(|grpc| Self::Grpc { port: port(grpc) })
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_list).unwrap_or_default().iter()
}

fn text(value: &Value, key: &str) -> Name {
    value.get(key).and_then(Value::scalar_text).unwrap_or_default()
}

fn texts(value: Option<&Value>) -> Vec<Name> {
    list(value).filter_map(Value::scalar_text).collect()
}

fn text_map(value: Option<&Value>) -> BTreeMap<Name, Name> {
    let entries = value.and_then(Value::as_map).into_iter().flatten();
    order::map(entries.filter_map(|(key, value)| Some((key.clone(), value.scalar_text()?))))
}

fn seconds(value: &Value, key: &str, default: u32) -> u32 {
    let typed = value.get(key).and_then(Value::as_int);
    typed.map_or(default, |seconds| u32::try_from(seconds.max(0)).unwrap_or(u32::MAX))
}
