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
    /// Init containers that stay (`restartPolicy: Always`).
    pub sidecars: Vec<Container>,
    /// Seconds between the request to stop and the kill.
    pub termination_grace_period_seconds: u32,
    /// Labels the node must have.
    pub node_selector: BTreeMap<Name, Name>,
    /// The sum of the containers' requests.
    pub requests: Resources,
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
    /// `Always`, `IfNotPresent` or `Never`.
    pub image_pull_policy: Name,
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
    /// Asks for a page: path and port (number or name).
    HttpGet {
        /// The path.
        path: Name,
        /// The port's number or name.
        port: Name,
    },
    /// Opens a connection to a port (number or name).
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
        let mut requests = Resources::new();
        for container in list(raw.get("containers")) {
            for (name, amount) in container_requests(container) {
                *requests.entry(name).or_default() += amount;
            }
        }
        let sidecars = list(raw.get("initContainers"))
            .filter(|container| &*text(container, "restartPolicy") == "Always")
            .map(Container::read)
            .collect();
        Self {
            containers,
            sidecars,
            termination_grace_period_seconds: seconds(raw, "terminationGracePeriodSeconds", 30),
            node_selector: text_map(raw.get("nodeSelector")),
            requests,
        }
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
        Self {
            name: text(value, "name"),
            image: text(value, "image"),
            command: texts(value.get("command")),
            args: texts(value.get("args")),
            env,
            ports,
            readiness_probe: value.get("readinessProbe").and_then(Probe::read),
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
        })
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
            return Some(Self::HttpGet { path: text(get, "path"), port: port(get) });
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
