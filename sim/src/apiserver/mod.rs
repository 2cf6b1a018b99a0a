//! The API server: the only way to read or change the truth.
//!
//! Models: kubernetes v1.36 `apiserver/pkg/registry/generic/registry/store.go` in its effects:
//! resource versions, generations, conflicts, graceful deletion, finalizers. Every write is
//! atomic, and is told to the watchers (see [`watch`]).

pub(crate) mod admission;
pub(crate) mod causes;
pub mod config;
pub mod error;
pub(crate) mod eviction;
mod latest;
pub mod names;
mod namespace;
mod propagation;
pub mod recorder;
pub mod store;
mod tables;
pub mod watch;

pub use error::ApiError;
pub use propagation::{FOREGROUND_FINALIZER, ORPHAN_FINALIZER, Propagation};
pub use store::Table;
pub use tables::{Stored, Tables};
pub use watch::{AnyObject, Change, WatchEvent, Watcher};

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::api::endpoint_slice::Endpoint;
use crate::api::kind::Typed;
use crate::api::{
    DataObject, EndpointSlice, Event, Kind, Labels, Name, ObjectMeta, OwnerReference, Pod,
    ReplicaSet, Uid, Value,
};
use crate::rng::Rng;
use crate::time::{Duration, Instant};
use causes::Causes;
use latest::Latest;
use recorder::Recorder;
use watch::WatchHub;

/// How many names are drawn for an object before one that is taken is an error.
const GENERATED_NAMES: usize = 8;

/// The API server.
#[derive(Clone, Debug)]
pub struct ApiServer {
    pub(crate) tables: Tables,
    pub(crate) watch: WatchHub,
    pub(crate) recorder: Recorder,
    pub(crate) causes: Causes,
    latest: Latest,
    now: Instant,
    next_uid: u64,
    resource_version: u64,
    names: Rng,
    /// Specs of templates as their pods were admitted last.
    admitted: VecDeque<admission::Admitted>,
    /// Namespaces that are to go.
    terminating: Vec<Name>,
    /// Metadata without anything, to share its empty labels among many events.
    bare: ObjectMeta,
    /// Loaded objects of kinds that nothing here acts on, and the version they were loaded at.
    others: (Arc<[Value]>, u64),
}

impl ApiServer {
    /// An empty API server whose generated names come from `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            tables: Tables::with_what_every_cluster_has(),
            watch: WatchHub::new(seed),
            recorder: Recorder::default(),
            causes: Causes::default(),
            latest: Latest::default(),
            now: Instant::BOOT,
            next_uid: 1,
            resource_version: 1,
            names: Rng::stream(seed, "names"),
            admitted: VecDeque::new(),
            terminating: Vec::new(),
            bare: ObjectMeta::default(),
            others: (Arc::default(), 0),
        }
    }

    /// A uid that no object has.
    pub(crate) const fn new_uid(&mut self) -> Uid {
        let uid = Uid(self.next_uid);
        self.next_uid += 1;
        uid
    }

    /// Takes in an object as another API server stored it.
    pub(crate) fn load(&mut self, object: AnyObject) {
        fn put<T: Stored>(api: &mut ApiServer, object: Arc<T>) {
            T::table_mut(&mut api.tables, object.kind()).put(Arc::clone(&object));
            api.watch.publish(api.now, Change::Added, T::any(object), None);
        }
        self.resource_version = self.resource_version.max(object.meta().resource_version);
        match object {
            AnyObject::Deployment(object) => put(self, object),
            AnyObject::ReplicaSet(object) => put(self, object),
            AnyObject::Pod(object) => put(self, object),
            AnyObject::Service(object) => put(self, object),
            AnyObject::EndpointSlice(object) => put(self, object),
            AnyObject::Node(object) => put(self, object),
            AnyObject::Event(object) => put(self, object),
            AnyObject::Data(object) => put(self, object),
        }
    }

    /// Takes in objects of kinds that nothing here acts on.
    pub(crate) fn set_others(&mut self, others: Vec<Value>) {
        self.others = (others.into(), self.resource_version);
    }

    /// The loaded objects of kinds that nothing here acts on.
    pub(crate) fn others(&self) -> &[Value] {
        &self.others.0
    }

    /// Whether nothing was written since objects were loaded.
    pub(crate) const fn is_as_loaded(&self) -> bool {
        self.others.1 == self.resource_version
    }

    pub(crate) const fn set_now(&mut self, now: Instant) {
        self.now = now;
    }

    /// The resource version of the last write.
    pub const fn resource_version(&self) -> u64 {
        self.resource_version
    }

    /// The table of a kind.
    pub fn list<T: Stored + Typed>(&self) -> &Table<T> {
        T::table(&self.tables, T::KIND)
    }

    /// The table of a kind that is kept as data.
    pub const fn data(&self, kind: Kind) -> &Table<DataObject> {
        self.tables.data(kind)
    }

    /// The object called `name` in `namespace`.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn get<T: Stored + Typed>(&self, namespace: &str, name: &str) -> Result<&Arc<T>, ApiError> {
        self.list::<T>().get(namespace, name).ok_or_else(|| ApiError::not_found(T::KIND, name))
    }

    /// The events that were written last, the newest first: `count` at most. The version tells which
    /// of two events of one second was written last.
    pub(crate) fn latest_events(&self, count: usize) -> Vec<&Arc<Event>> {
        let events = self.list::<Event>();
        if count <= Latest::KEPT && self.latest.len() >= count.min(events.len()) {
            let newest = self.latest.newest_first().take(count);
            return newest.filter_map(|uid| events.by_uid(uid)).collect();
        }
        let version = |event: &&Arc<Event>| std::cmp::Reverse(event.meta.resource_version);
        crate::order::first_by_key(events.iter(), count, version)
    }

    /// The pod that has this address.
    pub(crate) fn pod_at(&self, address: Ipv4Addr) -> Option<&Arc<Pod>> {
        let mut pods = self.list::<Pod>().iter();
        pods.find(|pod| pod.status.pod_ip == Some(address) && !pod.status.phase.is_terminal())
    }

    /// The pod an endpoint leads to. One that people wrote leads to whoever has its address.
    pub(crate) fn pod_behind(&self, slice: &EndpointSlice, endpoint: &Endpoint) -> Option<Uid> {
        if slice.meta.origin.is_none() {
            return Some(endpoint.pod_uid);
        }
        self.pod_at(endpoint.address).map(|pod| pod.meta.uid)
    }

    /// Stores a new object. Fills in what the API server owns: uid, version, generation, times.
    ///
    /// # Errors
    /// [`ApiError::AlreadyExists`] when the name is taken; [`ApiError::Forbidden`] when admission
    /// refuses the object.
    pub fn create<T: Stored>(&mut self, mut object: T) -> Result<Arc<T>, ApiError> {
        let (kind, meta) = (object.kind(), object.meta());
        // An event's name ends with a number drawn for it.
        let table = T::table(&self.tables, kind);
        if T::HAS_NAMES && table.get(&meta.namespace, &meta.name).is_some() {
            return Err(ApiError::AlreadyExists { kind, name: meta.name.clone() });
        }
        self.check_namespace_stays(&object)?;
        object.admit(self)?;
        let (uid, now) = (self.new_uid(), self.now);
        let meta = object.meta_mut();
        meta.uid = uid;
        meta.created_at = now;
        meta.deletion_timestamp = None;
        meta.deletion_grace_period_seconds = None;
        meta.generation = i64::from(has_generation(kind));
        Ok(self.write(Change::Added, object))
    }

    /// Stores a new object under `prefix` and five random characters.
    ///
    /// Models: kubernetes v1.36 `staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go`
    /// `createNamed`: a name that is taken is drawn anew, up to eight times.
    pub(crate) fn create_generated<T: Stored>(
        &mut self,
        prefix: &str,
        mut object: T,
    ) -> Result<Arc<T>, ApiError> {
        let kind = object.kind();
        for _ in 0..GENERATED_NAMES {
            let name = names::generate(prefix, &mut self.names);
            let taken = T::table(&self.tables, kind).get(&object.meta().namespace, &name);
            let is_free = taken.is_none();
            object.meta_mut().name = name;
            if is_free {
                break;
            }
        }
        self.create(object)
    }

    /// Replaces an object. A write that changes nothing is answered with the stored object and
    /// leaves no trace. The generation rises when the spec changed.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::Conflict`] when the stored object is newer than the one
    /// that was changed (`resourceVersion` 0 skips this check).
    pub fn update<T: Stored>(&mut self, object: T) -> Result<Arc<T>, ApiError> {
        let counts_generations = has_generation(object.kind());
        self.replace(object, counts_generations)
    }

    /// Replaces an object through its status subresource: the generation stays.
    ///
    /// # Errors
    /// As [`Self::update`].
    pub(crate) fn update_status<T: Stored>(&mut self, object: T) -> Result<Arc<T>, ApiError> {
        self.replace(object, false)
    }

    fn replace<T: Stored>(
        &mut self,
        mut object: T,
        counts_generations: bool,
    ) -> Result<Arc<T>, ApiError> {
        let (kind, meta) = (object.kind(), object.meta());
        let stored = T::table(&self.tables, kind)
            .by_uid(meta.uid)
            .ok_or_else(|| ApiError::not_found(kind, &meta.name))?;
        let version = stored.meta().resource_version;
        if meta.resource_version != 0 && meta.resource_version != version {
            return Err(ApiError::Conflict { kind, name: meta.name.clone() });
        }
        let raised = counts_generations && object.spec_differs(stored);
        let generation = stored.meta().generation + i64::from(raised);
        let meta = object.meta_mut();
        meta.resource_version = version;
        meta.generation = generation;
        if object == **stored {
            return Ok(Arc::clone(stored));
        }
        let meta = object.meta();
        // A pod's kubelet has to be done with it first.
        let done = kind != Kind::Pod || meta.deletion_grace_period_seconds == Some(0);
        let gone = meta.is_deleting() && meta.finalizers.is_empty() && done;
        Ok(if gone { self.remove(object) } else { self.write(Change::Modified, object) })
    }

    /// Deletes an object other than a pod.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn delete<T: Stored + Typed>(
        &mut self,
        namespace: &str,
        name: &str,
        propagation: Propagation,
    ) -> Result<(), ApiError> {
        let object = T::clone(self.get::<T>(namespace, name)?);
        self.delete_object(object, propagation);
        Ok(())
    }

    /// Deletes an object of a kind that is kept as data.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn delete_data(&mut self, kind: Kind, uid: Uid) -> Result<(), ApiError> {
        let object = self.data(kind).by_uid(uid).ok_or_else(|| ApiError::not_found(kind, ""))?;
        let object = DataObject::clone(object);
        self.delete_object(object, Propagation::Background);
        Ok(())
    }

    fn delete_object<T: Stored>(&mut self, mut object: T, propagation: Propagation) {
        let kind = object.kind();
        let now = self.now;
        let meta = object.meta_mut();
        // The latest wish counts.
        meta.finalizers.retain(|name| !matches!(&**name, ORPHAN_FINALIZER | FOREGROUND_FINALIZER));
        let finalizer = propagation.finalizer().filter(|_| kind.may_own());
        meta.finalizers.extend(finalizer.map(Into::into));
        if meta.finalizers.is_empty() {
            self.remove(object);
        } else {
            if meta.deletion_timestamp.is_none() {
                meta.deletion_timestamp = Some(now);
                meta.deletion_grace_period_seconds = Some(0);
                meta.generation += i64::from(has_generation(kind));
            }
            self.write(Change::Modified, object);
        }
    }

    /// Begins a pod's deletion, or completes it: a pod that has no node or has ended, and one
    /// deleted with a grace period of 0, is removed at once unless it has finalizers. A later call
    /// can only shorten the grace period.
    ///
    /// Models: kubernetes v1.36 `pkg/registry/core/pod/strategy.go` `CheckGracefulDelete`.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn delete_pod(&mut self, uid: Uid, grace_seconds: Option<u32>) -> Result<(), ApiError> {
        let stored =
            self.tables.pods.by_uid(uid).ok_or_else(|| ApiError::not_found(Kind::Pod, ""))?;
        let mut pod = Pod::clone(stored);
        let asked = grace_seconds.unwrap_or(pod.spec.termination_grace_period_seconds);
        let grace = if !pod.is_scheduled() || pod.status.phase.is_terminal() { 0 } else { asked };
        if grace == 0 {
            if pod.meta.finalizers.is_empty() {
                self.remove(pod);
            } else if pod.meta.deletion_grace_period_seconds != Some(0) {
                pod.meta.deletion_timestamp = Some(self.now.truncated_to_second());
                pod.meta.deletion_grace_period_seconds = Some(0);
                self.write(Change::Modified, pod);
            }
            return Ok(());
        }
        let until = (self.now + Duration::from_secs(grace.into())).truncated_to_second();
        if pod.meta.deletion_timestamp.is_some_and(|deadline| deadline <= until) {
            return Ok(());
        }
        pod.meta.deletion_timestamp = Some(until);
        pod.meta.deletion_grace_period_seconds = Some(grace);
        self.write(Change::Modified, pod);
        Ok(())
    }

    /// Replaces the owners of an object, of whichever kind can be owned.
    pub(crate) fn set_owners(&mut self, kind: Kind, uid: Uid, owners: &[OwnerReference]) {
        // What is gone needs no owner.
        match kind {
            Kind::ReplicaSet => {
                drop(self.change::<ReplicaSet>(uid, |rs| rs.meta.owner_references = owners.into()));
            }
            Kind::Pod => {
                drop(self.change::<Pod>(uid, |pod| pod.meta.owner_references = owners.into()));
            }
            Kind::EndpointSlice => {
                drop(self.change::<EndpointSlice>(uid, |slice| {
                    slice.meta.owner_references = owners.into();
                }));
            }
            _ => {}
        }
    }

    /// Changes the stored object in place, whatever its version: a patch.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn change<T: Stored + Typed>(
        &mut self,
        uid: Uid,
        change: impl FnOnce(&mut T),
    ) -> Result<Arc<T>, ApiError> {
        let stored =
            self.list::<T>().by_uid(uid).ok_or_else(|| ApiError::not_found(T::KIND, ""))?;
        let mut object = T::clone(stored);
        change(&mut object);
        self.update(object)
    }

    /// Changes an object of a kind that is kept as data.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub fn change_data(
        &mut self,
        kind: Kind,
        uid: Uid,
        change: impl FnOnce(&mut DataObject),
    ) -> Result<Arc<DataObject>, ApiError> {
        let stored = self.data(kind).by_uid(uid).ok_or_else(|| ApiError::not_found(kind, ""))?;
        let mut object = DataObject::clone(stored);
        change(&mut object);
        self.update(object)
    }

    fn write<T: Stored>(&mut self, change: Change, mut object: T) -> Arc<T> {
        self.resource_version += 1;
        object.meta_mut().resource_version = self.resource_version;
        let object = Arc::new(object);
        let kind = object.kind();
        self.note_cause(change, kind, object.meta().uid);
        let old = T::table_mut(&mut self.tables, kind).put(Arc::clone(&object));
        assert!(
            old.as_ref().is_none_or(|old| old.meta().resource_version < self.resource_version),
            "versions only grow"
        );
        if kind == Kind::Event {
            self.latest.note(object.meta().uid);
        }
        self.watch.publish(self.now, change, T::any(Arc::clone(&object)), old.map(T::any));
        self.rules_have_changed(kind);
        object
    }

    fn note_cause(&mut self, change: Change, kind: Kind, object: Uid) {
        if kind != Kind::Event {
            let (version, now) = (self.resource_version, self.now);
            self.causes.note(version, now, change, kind, object);
        }
    }

    fn remove<T: Stored>(&mut self, mut object: T) -> Arc<T> {
        self.resource_version += 1;
        object.meta_mut().resource_version = self.resource_version;
        let object = Arc::new(object);
        let kind = object.kind();
        self.note_cause(Change::Deleted, kind, object.meta().uid);
        let old = T::table_mut(&mut self.tables, kind).remove(object.meta().uid);
        if kind == Kind::Event {
            self.latest.forget(object.meta().uid);
        }
        self.watch.publish(self.now, Change::Deleted, T::any(Arc::clone(&object)), old.map(T::any));
        self.rules_have_changed(kind);
        object
    }
}

/// Whether the API server counts generations for this kind.
const fn has_generation(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Deployment
            | Kind::ReplicaSet
            | Kind::EndpointSlice
            | Kind::PodDisruptionBudget
            | Kind::Ingress
            | Kind::HttpRoute
    )
}

/// Labels and annotations that differ, for callers that patch.
pub(crate) fn merged(base: &Labels, extra: impl IntoIterator<Item = (Name, Name)>) -> Labels {
    let mut labels = base.as_ref().clone();
    labels.extend(extra);
    Arc::new(labels)
}
