//! One object of any kind that manifests can hold.

use crate::api::kind::Resource;
use crate::api::{
    DataObject, Deployment, EndpointSlice, Event, Kind, Node, ObjectMeta, Pod, ReplicaSet, Service,
};

/// An object a manifest describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// `apps/v1` Deployment.
    Deployment(Box<Deployment>),
    /// `apps/v1` `ReplicaSet`.
    ReplicaSet(Box<ReplicaSet>),
    /// `v1` Pod.
    Pod(Box<Pod>),
    /// `v1` Service.
    Service(Box<Service>),
    /// `discovery.k8s.io/v1` `EndpointSlice`.
    EndpointSlice(Box<EndpointSlice>),
    /// `v1` Node.
    Node(Box<Node>),
    /// `v1` Event.
    Event(Box<Event>),
    /// An object of a kind that is kept as data.
    Data(Box<DataObject>),
}

impl Object {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Deployment(_) => Kind::Deployment,
            Self::ReplicaSet(_) => Kind::ReplicaSet,
            Self::Pod(_) => Kind::Pod,
            Self::Service(_) => Kind::Service,
            Self::EndpointSlice(_) => Kind::EndpointSlice,
            Self::Node(_) => Kind::Node,
            Self::Event(_) => Kind::Event,
            Self::Data(object) => object.kind,
        }
    }

    /// Its metadata.
    pub fn meta(&self) -> &ObjectMeta {
        match self {
            Self::Deployment(object) => object.meta(),
            Self::ReplicaSet(object) => object.meta(),
            Self::Pod(object) => object.meta(),
            Self::Service(object) => object.meta(),
            Self::EndpointSlice(object) => object.meta(),
            Self::Node(object) => object.meta(),
            Self::Event(object) => object.meta(),
            Self::Data(object) => object.meta(),
        }
    }

    /// Its metadata, to change.
    pub fn meta_mut(&mut self) -> &mut ObjectMeta {
        match self {
            Self::Deployment(object) => object.meta_mut(),
            Self::ReplicaSet(object) => object.meta_mut(),
            Self::Pod(object) => object.meta_mut(),
            Self::Service(object) => object.meta_mut(),
            Self::EndpointSlice(object) => object.meta_mut(),
            Self::Node(object) => object.meta_mut(),
            Self::Event(object) => object.meta_mut(),
            Self::Data(object) => object.meta_mut(),
        }
    }
}

impl From<Deployment> for Object {
    fn from(object: Deployment) -> Self {
        Self::Deployment(Box::new(object))
    }
}

impl From<ReplicaSet> for Object {
    fn from(object: ReplicaSet) -> Self {
        Self::ReplicaSet(Box::new(object))
    }
}

impl From<Pod> for Object {
    fn from(object: Pod) -> Self {
        Self::Pod(Box::new(object))
    }
}

impl From<Service> for Object {
    fn from(object: Service) -> Self {
        Self::Service(Box::new(object))
    }
}

impl From<Node> for Object {
    fn from(object: Node) -> Self {
        Self::Node(Box::new(object))
    }
}

impl From<EndpointSlice> for Object {
    fn from(object: EndpointSlice) -> Self {
        Self::EndpointSlice(Box::new(object))
    }
}

impl From<Event> for Object {
    fn from(object: Event) -> Self {
        Self::Event(Box::new(object))
    }
}

impl From<DataObject> for Object {
    fn from(object: DataObject) -> Self {
        Self::Data(Box::new(object))
    }
}
