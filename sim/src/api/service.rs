//! `v1` Service: one address in front of the pods its selector matches.
//!
//! Models: kubernetes v1.36 `staging/src/k8s.io/api/core/v1/types.go`. Fields the simulator does
//! not act on are kept in `other`, so that nothing typed is lost.

use std::collections::BTreeMap;

use super::{Labels, Name, ObjectMeta, Pod, Value};

/// The name of the API server's own Service.
const API_SERVER: &str = "kubernetes";

/// A port by number or by the name a container gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPort {
    /// A number.
    Number(u16),
    /// A container port's name.
    Name(Name),
}

/// One port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// The port's name; may be empty when there is only one.
    pub name: Name,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Name,
    /// The port clients use.
    pub port: u16,
    /// The port on the pod.
    pub target_port: TargetPort,
}

/// What the Service should be.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ServiceSpec {
    /// Which pods it means. Empty: none, the endpoints are made by hand.
    pub selector: Labels,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    pub type_: Name,
    /// The virtual address, `None` for a headless Service.
    pub cluster_ip: Name,
    /// Whether pods take traffic before they are ready.
    pub publish_not_ready_addresses: bool,
    /// Further fields, as typed.
    pub other: BTreeMap<Name, Value>,
}

/// A Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Metadata.
    pub meta: ObjectMeta,
    /// What it should be.
    pub spec: ServiceSpec,
}

impl Service {
    /// The address of the API server, as every cluster has it in its first namespace.
    ///
    /// Models: kubernetes v1.36 `pkg/controlplane/controller/kubernetesservice/controller.go`.
    pub fn of_the_api_server() -> Self {
        let mut meta = ObjectMeta::named(API_SERVER, "default");
        meta.set_label("component", "apiserver");
        meta.set_label("provider", "kubernetes");
        let port = ServicePort {
            name: "https".into(),
            protocol: "TCP".into(),
            port: 443,
            target_port: TargetPort::Number(6443),
        };
        let other: [(Name, Value); 4] = [
            ("internalTrafficPolicy".into(), "Cluster".into()),
            ("ipFamilies".into(), vec!["IPv4".into()].into()),
            ("ipFamilyPolicy".into(), "SingleStack".into()),
            ("sessionAffinity".into(), "None".into()),
        ];
        let spec = ServiceSpec {
            ports: vec![port],
            type_: "ClusterIP".into(),
            cluster_ip: "10.96.0.1".into(),
            other: other.into(),
            ..ServiceSpec::default()
        };
        Self { meta, spec }
    }

    /// Whether this is the address of the API server.
    pub fn is_of_the_api_server(&self) -> bool {
        &*self.meta.name == API_SERVER && &*self.meta.namespace == "default"
    }

    /// Whether a pod with these labels is meant. A Service without selector means none.
    pub fn selects(&self, labels: &BTreeMap<Name, Name>) -> bool {
        !self.spec.selector.is_empty()
            && self.spec.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    }

    /// Whether this pod is meant: of those in its own namespace.
    pub fn matches(&self, pod: &Pod) -> bool {
        pod.meta.namespace == self.meta.namespace && self.selects(&pod.meta.labels)
    }
}
