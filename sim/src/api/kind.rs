//! The kinds of objects the API server stores.

use std::fmt;

use super::{Deployment, EndpointSlice, Event, Node, ObjectMeta, Pod, ReplicaSet, Service};

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
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Deployment,
        Self::ReplicaSet,
        Self::Pod,
        Self::Service,
        Self::EndpointSlice,
        Self::Node,
        Self::Event,
    ];

    /// The name as manifests write it, such as `Deployment`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::ReplicaSet => "ReplicaSet",
            Self::Pod => "Pod",
            Self::Service => "Service",
            Self::EndpointSlice => "EndpointSlice",
            Self::Node => "Node",
            Self::Event => "Event",
        }
    }

    /// The group and version as manifests write them, such as `apps/v1`.
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::Deployment | Self::ReplicaSet => "apps/v1",
            Self::EndpointSlice => "discovery.k8s.io/v1",
            Self::Pod | Self::Service | Self::Node | Self::Event => "v1",
        }
    }

    /// The API group, empty for the core group.
    pub const fn group(self) -> &'static str {
        match self {
            Self::Deployment | Self::ReplicaSet => "apps",
            Self::EndpointSlice => "discovery.k8s.io",
            Self::Pod | Self::Service | Self::Node | Self::Event => "",
        }
    }

    /// The plural resource name, such as `deployments`.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::ReplicaSet => "replicasets",
            Self::Pod => "pods",
            Self::Service => "services",
            Self::EndpointSlice => "endpointslices",
            Self::Node => "nodes",
            Self::Event => "events",
        }
    }

    /// The resource with its group as kubectl prints it before a name, such as `deployment.apps`.
    pub fn singular_dot_group(self) -> String {
        let singular = self.as_str().to_lowercase();
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

    /// Whether objects of this kind live in a namespace.
    pub const fn is_namespaced(self) -> bool {
        !matches!(self, Self::Node)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What every stored object has: its metadata and its kind.
pub trait Resource: Clone + PartialEq {
    /// The kind of this type.
    const KIND: Kind;

    /// The metadata.
    fn meta(&self) -> &ObjectMeta;

    /// The metadata, to change.
    fn meta_mut(&mut self) -> &mut ObjectMeta;

    /// Whether `self` and `other` differ in what raises `metadata.generation`.
    fn spec_differs(&self, other: &Self) -> bool;
}

macro_rules! resource {
    ($type:ident, $this:ident, $other:ident => $differs:expr) => {
        impl Resource for $type {
            const KIND: Kind = Kind::$type;

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
    };
}

// A Deployment's annotations count as well: its controller copies them to the ReplicaSet.
resource!(Deployment, this, other => {
    this.spec != other.spec || this.meta.annotations != other.meta.annotations
});
resource!(ReplicaSet, this, other => this.spec != other.spec);
resource!(Pod, _this, _other => false);
resource!(Service, _this, _other => false);
resource!(EndpointSlice, this, other => this.endpoints != other.endpoints || this.ports != other.ports);
resource!(Node, _this, _other => false);
resource!(Event, _this, _other => false);
