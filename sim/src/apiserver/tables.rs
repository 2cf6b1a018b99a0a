//! What is stored: one table a kind, and what every cluster has from the start.

use std::sync::Arc;

use super::ApiServer;
use super::error::ApiError;
use super::store::Table;
use super::watch::AnyObject;
use crate::api::Value;
use crate::api::kind::Resource;
use crate::api::value::map;
use crate::api::{
    DataObject, Deployment, EndpointSlice, Event, Kind, Node, ObjectMeta, Pod, ReplicaSet, Service,
    Uid,
};

/// One table a kind.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Deployments.
    pub deployments: Table<Deployment>,
    /// `ReplicaSets`.
    pub replica_sets: Table<ReplicaSet>,
    /// Pods.
    pub pods: Table<Pod>,
    /// Services.
    pub services: Table<Service>,
    /// `EndpointSlices`.
    pub endpoint_slices: Table<EndpointSlice>,
    /// Nodes.
    pub nodes: Table<Node>,
    /// Events.
    pub events: Table<Event>,
    /// The objects of kinds that are kept as data, one table a kind.
    data: [Table<DataObject>; DATA_KINDS],
}

/// Namespaces every cluster has.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// How many kinds are kept as data.
const DATA_KINDS: usize = Kind::COUNT - Kind::ConfigMap as usize;

impl Tables {
    /// The objects of a kind that is kept as data.
    pub const fn data(&self, kind: Kind) -> &Table<DataObject> {
        &self.data[kind as usize - Kind::ConfigMap as usize]
    }

    /// The namespaces, priority classes and the Service of the API server, which come with a
    /// cluster. Nobody is told of them. The Service has no endpoints here.
    pub(super) fn with_what_every_cluster_has() -> Self {
        /// Uids that no object made later reaches.
        const FIRST_UID: u64 = 1 << 48;
        let mut tables = Self::default();
        let active = map([("phase", "Active".into())]);
        let mut all = Vec::new();
        for name in NAMESPACES {
            let body = map([
                ("spec", map([("finalizers", vec!["kubernetes".into()].into())])),
                ("status", active.clone()),
            ]);
            let mut meta = ObjectMeta::named(name, "");
            meta.set_label("kubernetes.io/metadata.name", name);
            all.push(DataObject::new(Kind::Namespace, meta, body));
        }
        for (name, value) in [("cluster", 2_000_000_000), ("node", 2_000_001_000)] {
            let body = map([
                ("value", Value::Int(value)),
                ("preemptionPolicy", "PreemptLowerPriority".into()),
            ]);
            let meta = ObjectMeta::named(&format!("system-{name}-critical"), "");
            all.push(DataObject::new(Kind::PriorityClass, meta, body));
        }
        let mut uids = (FIRST_UID..).map(Uid);
        for (uid, mut object) in uids.by_ref().zip(all) {
            object.meta.uid = uid;
            tables.data_mut(object.kind).put(Arc::new(object));
        }
        let mut service = Service::of_the_api_server();
        service.meta.uid = uids.next().unwrap_or_default();
        tables.services.put(Arc::new(service));
        tables
    }

    const fn data_mut(&mut self, kind: Kind) -> &mut Table<DataObject> {
        &mut self.data[kind as usize - Kind::ConfigMap as usize]
    }
}

/// A kind with a table, a place in the watch and a way to find both.
pub trait Stored: Resource {
    /// The kind's table.
    fn table(tables: &Tables, kind: Kind) -> &Table<Self>;
    /// The kind's table, to change.
    fn table_mut(tables: &mut Tables, kind: Kind) -> &mut Table<Self>;
    /// The object as one of any kind.
    fn any(object: Arc<Self>) -> AnyObject;
    /// What the API server adds to a new object, and whether it lets it in.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`].
    fn admit(&mut self, api: &mut ApiServer) -> Result<(), ApiError> {
        let quotas = api.data(Kind::ResourceQuota);
        if Self::HAS_NAMES && !quotas.is_empty() {
            api.charge_quotas(&Self::any(Arc::new(self.clone())))?;
        }
        Ok(())
    }
}

macro_rules! stored {
    ($($type:ident => $table:ident),+ $(,)?) => {
        $(impl Stored for $type {
            fn table(tables: &Tables, _: Kind) -> &Table<Self> {
                &tables.$table
            }

            fn table_mut(tables: &mut Tables, _: Kind) -> &mut Table<Self> {
                &mut tables.$table
            }

            fn any(object: Arc<Self>) -> AnyObject {
                AnyObject::$type(object)
            }
        })+
    };
}

stored! {
    Deployment => deployments,
    ReplicaSet => replica_sets,
    Service => services,
    EndpointSlice => endpoint_slices,
    Node => nodes,
    Event => events,
}

impl Stored for Pod {
    fn table(tables: &Tables, _: Kind) -> &Table<Self> {
        &tables.pods
    }

    fn table_mut(tables: &mut Tables, _: Kind) -> &mut Table<Self> {
        &mut tables.pods
    }

    fn any(object: Arc<Self>) -> AnyObject {
        AnyObject::Pod(object)
    }

    fn admit(&mut self, api: &mut ApiServer) -> Result<(), ApiError> {
        api.admit_pod(self)?;
        if api.data(Kind::ResourceQuota).is_empty() {
            return Ok(());
        }
        api.charge_quotas(&AnyObject::Pod(Arc::new(self.clone())))
    }
}

impl Stored for DataObject {
    fn table(tables: &Tables, kind: Kind) -> &Table<Self> {
        tables.data(kind)
    }

    fn table_mut(tables: &mut Tables, kind: Kind) -> &mut Table<Self> {
        tables.data_mut(kind)
    }

    fn any(object: Arc<Self>) -> AnyObject {
        AnyObject::Data(object)
    }
}
