//! The kinds of objects the API server stores.

use std::fmt;

use super::{
    DataObject, Deployment, EndpointSlice, Event, Node, ObjectMeta, Pod, ReplicaSet, Service,
};

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `apps/v1` Deployment.
    Deployment,
    /// `apps/v1` `ReplicaSet`.
    ReplicaSet,
    /// `v1` Pod.
    Pod,
    /// `v1` Service.
    Service,
    /// `discovery.k8s.io/v1` `EndpointSlice`.
    EndpointSlice,
    /// `v1` Node.
    Node,
    /// `v1` Event.
    Event,
    /// `v1` `ConfigMap`.
    ConfigMap,
    /// `v1` Secret.
    Secret,
    /// `v1` Namespace.
    Namespace,
    /// `v1` `ResourceQuota`.
    ResourceQuota,
    /// `v1` `LimitRange`.
    LimitRange,
    /// `policy/v1` `PodDisruptionBudget`.
    PodDisruptionBudget,
    /// `autoscaling/v2` `HorizontalPodAutoscaler`.
    HorizontalPodAutoscaler,
    /// `scheduling.k8s.io/v1` `PriorityClass`.
    PriorityClass,
    /// `networking.k8s.io/v1` Ingress.
    Ingress,
    /// `gateway.networking.k8s.io/v1` `HTTPRoute`.
    HttpRoute,
}

/// What is to know of a kind.
#[derive(Clone, Copy)]
struct Row {
    kind: Kind,
    name: &'static str,
    plural: &'static str,
    short: &'static str,
    api_version: &'static str,
    namespaced: bool,
}

const fn row(
    kind: Kind,
    name: &'static str,
    plural: &'static str,
    short: &'static str,
    api_version: &'static str,
) -> Row {
    Row { kind, name, plural, short, api_version, namespaced: true }
}

const fn clusterwide(row: Row) -> Row {
    Row { namespaced: false, ..row }
}

/// One row a kind, in the order of the enum. Kinds from `ConfigMap` on are kept as data (see
/// [`DataObject`]): such a row, the fields in the manifests' schema and the columns of `kubectl get`
/// are all that a new kind needs to be stored and shown.
const ROWS: [Row; 17] = [
    row(Kind::Deployment, "Deployment", "deployments", "deploy", "apps/v1"),
    row(Kind::ReplicaSet, "ReplicaSet", "replicasets", "rs", "apps/v1"),
    row(Kind::Pod, "Pod", "pods", "po", "v1"),
    row(Kind::Service, "Service", "services", "svc", "v1"),
    row(Kind::EndpointSlice, "EndpointSlice", "endpointslices", "", "discovery.k8s.io/v1"),
    clusterwide(row(Kind::Node, "Node", "nodes", "no", "v1")),
    row(Kind::Event, "Event", "events", "ev", "v1"),
    row(Kind::ConfigMap, "ConfigMap", "configmaps", "cm", "v1"),
    row(Kind::Secret, "Secret", "secrets", "", "v1"),
    clusterwide(row(Kind::Namespace, "Namespace", "namespaces", "ns", "v1")),
    row(Kind::ResourceQuota, "ResourceQuota", "resourcequotas", "quota", "v1"),
    row(Kind::LimitRange, "LimitRange", "limitranges", "limits", "v1"),
    row(
        Kind::PodDisruptionBudget,
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        "pdb",
        "policy/v1",
    ),
    row(
        Kind::HorizontalPodAutoscaler,
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        "hpa",
        "autoscaling/v2",
    ),
    clusterwide(row(
        Kind::PriorityClass,
        "PriorityClass",
        "priorityclasses",
        "pc",
        "scheduling.k8s.io/v1",
    )),
    row(Kind::Ingress, "Ingress", "ingresses", "ing", "networking.k8s.io/v1"),
    row(Kind::HttpRoute, "HTTPRoute", "httproutes", "", "gateway.networking.k8s.io/v1"),
];

impl Kind {
    /// How many kinds there are.
    pub const COUNT: usize = ROWS.len();

    /// Every kind.
    pub const ALL: [Self; Self::COUNT] = {
        let mut all = [Self::Deployment; Self::COUNT];
        let mut index = 0;
        while index < all.len() {
            all[index] = ROWS[index].kind;
            index += 1;
        }
        all
    };

    const fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The name as manifests write it, such as `Deployment`.
    pub const fn as_str(self) -> &'static str {
        self.row().name
    }

    /// The group and version as manifests write them, such as `apps/v1`.
    pub const fn api_version(self) -> &'static str {
        self.row().api_version
    }

    /// The API group, empty for the core group.
    pub fn group(self) -> &'static str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    /// The plural resource name, such as `deployments`.
    pub const fn plural(self) -> &'static str {
        self.row().plural
    }

    /// The short name people type, such as `deploy`; empty when there is none.
    pub const fn short(self) -> &'static str {
        self.row().short
    }

    /// Whether objects of this kind are kept as data: see [`DataObject`].
    pub const fn is_data(self) -> bool {
        self as usize >= Self::ConfigMap as usize
    }

    /// The resource with its group as kubectl prints it before a name, such as `deployment.apps`.
    pub fn singular_dot_group(self) -> String {
        let singular = self.as_str().to_ascii_lowercase();
        if self.group().is_empty() { singular } else { format!("{singular}.{}", self.group()) }
    }

    /// The plural with its group as the API server's errors print it, such as `deployments.apps`.
    pub fn plural_dot_group(self) -> String {
        if self.group().is_empty() {
            self.plural().to_owned()
        } else {
            format!("{}.{}", self.plural(), self.group())
        }
    }

    /// Whether objects of this kind own others that the garbage collector knows of.
    pub const fn may_own(self) -> bool {
        matches!(self, Self::Deployment | Self::ReplicaSet | Self::Service)
    }

    /// Whether objects of this kind live in a namespace.
    pub const fn is_namespaced(self) -> bool {
        self.row().namespaced
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What every stored object has: its metadata and its kind.
pub trait Resource: Clone + PartialEq {
    /// Whether objects of this type are looked up by name.
    const HAS_NAMES: bool = true;

    /// The object's kind.
    fn kind(&self) -> Kind;

    /// The metadata.
    fn meta(&self) -> &ObjectMeta;

    /// The metadata, to change.
    fn meta_mut(&mut self) -> &mut ObjectMeta;

    /// Whether `self` and `other` differ in what raises `metadata.generation`.
    fn spec_differs(&self, other: &Self) -> bool;
}

/// A type that holds the objects of one kind.
pub trait Typed: Resource {
    /// The kind of this type.
    const KIND: Kind;
}

macro_rules! resource {
    ($type:ident, $has_names:expr, $this:ident, $other:ident => $differs:expr) => {
        impl Resource for $type {
            const HAS_NAMES: bool = $has_names;

            fn kind(&self) -> Kind {
                Kind::$type
            }

            fn meta(&self) -> &ObjectMeta {
                &self.meta
            }

            fn meta_mut(&mut self) -> &mut ObjectMeta {
                &mut self.meta
            }

            fn spec_differs(&self, other: &Self) -> bool {
                let ($this, $other) = (self, other);
                $differs
            }
        }

        impl Typed for $type {
            const KIND: Kind = Kind::$type;
        }
    };
}

// A Deployment's annotations count as well: its controller copies them to the ReplicaSet.
resource!(Deployment, true, this, other => {
    this.spec != other.spec || this.meta.annotations != other.meta.annotations
});
resource!(ReplicaSet, true, this, other => this.spec != other.spec);
resource!(Pod, true, _this, _other => false);
resource!(Service, true, _this, _other => false);
resource!(EndpointSlice, true, this, other => {
    this.endpoints != other.endpoints || this.ports != other.ports
});
resource!(Node, true, _this, _other => false);
resource!(Event, false, _this, _other => false);

impl Resource for DataObject {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn meta(&self) -> &ObjectMeta {
        &self.meta
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.meta
    }

    fn spec_differs(&self, other: &Self) -> bool {
        self.body.get("spec") != other.body.get("spec")
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn every_kind_stands_in_its_row() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place, "{kind}");
        }
    }
}
