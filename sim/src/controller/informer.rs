//! The controllers' caches: what the watch has told so far, with the indexes they read.
//!
//! Models: kubernetes v1.36 client-go `tools/cache` shared informers. The tallies per owner follow
//! from the cached pods alone; they are kept so that a sync costs no more than what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::api::kind::Resource;
use crate::api::{
    DataObject, Deployment, EndpointSlice, Kind, Labels, Name, Pod, ReplicaSet, Service, Uid,
};
use crate::apiserver::{AnyObject, Change, Table, WatchEvent};
use crate::uid_map::UidMap;

/// The pods of one owner, and counts over the active ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedPods {
    /// All pods, also those that have ended or are being deleted.
    pub pods: UidMap<Arc<Pod>>,
    /// Pods neither ended nor being deleted.
    pub active: i32,
    /// Active pods that are Ready.
    pub ready: i32,
    /// Active pods by their labels: few different ones, as a template's pods share theirs.
    pub by_labels: Vec<(Labels, i32)>,
    /// Active pods by node; unscheduled pods under the empty name.
    pub by_node: BTreeMap<Name, i32>,
}

impl OwnedPods {
    /// The active pods.
    pub fn active_pods(&self) -> impl Iterator<Item = &Arc<Pod>> {
        self.pods.values().filter(|pod| pod.is_active())
    }

    /// Takes in a pod, in place of what was known of it.
    pub fn put(&mut self, pod: &Arc<Pod>) {
        let old = self.pods.insert(pod.meta.uid, Arc::clone(pod));
        if old.as_ref().is_some_and(|old| counts_alike(old, pod)) {
            return;
        }
        if let Some(old) = old {
            self.tally(&old, -1);
        }
        self.tally(pod, 1);
    }

    fn remove(&mut self, uid: Uid) {
        if let Some(old) = self.pods.remove(&uid) {
            self.tally(&old, -1);
        }
    }

    fn tally(&mut self, pod: &Pod, by: i32) {
        if !pod.is_active() {
            return;
        }
        self.active += by;
        if pod.is_ready() {
            self.ready += by;
        }
        self.tally_labels(&pod.meta.labels, by);
        add(&mut self.by_node, &pod.node_name, by);
    }

    fn tally_labels(&mut self, labels: &Labels, by: i32) {
        let same = |known: &Labels| Arc::ptr_eq(known, labels) || known == labels;
        match self.by_labels.iter_mut().find(|(known, _)| same(known)) {
            Some((_, count)) => *count += by,
            None => self.by_labels.push((Arc::clone(labels), by)),
        }
        self.by_labels.retain(|(_, count)| *count != 0);
    }

    /// Whether the counts are those of `other`, whatever the order in which pods came.
    pub fn counts_as(&self, other: &Self) -> bool {
        let sorted = |owned: &Self| {
            let mut labels = owned.by_labels.clone();
            crate::order::sort_by(&mut labels, Ord::cmp);
            labels
        };
        (self.active, self.ready, &self.by_node) == (other.active, other.ready, &other.by_node)
            && sorted(self) == sorted(other)
    }
}

/// Whether two states of a pod count the same.
fn counts_alike(one: &Pod, other: &Pod) -> bool {
    one.is_active() == other.is_active()
        && one.is_ready() == other.is_ready()
        && Arc::ptr_eq(&one.meta.labels, &other.meta.labels)
        && Arc::ptr_eq(&one.node_name, &other.node_name)
}

fn add<K: Ord + Clone>(counts: &mut BTreeMap<K, i32>, key: &K, by: i32) {
    if let Some(count) = counts.get_mut(key) {
        *count += by;
        if *count == 0 {
            counts.remove(key);
        }
    } else {
        counts.insert(key.clone(), by);
    }
}

/// The controllers' shared caches.
#[derive(Clone, Debug, Default)]
pub struct Informers {
    /// Deployments.
    pub deployments: Table<Deployment>,
    /// `ReplicaSets`.
    pub replica_sets: Table<ReplicaSet>,
    /// Pods. No controller looks for one by name.
    pub pods: UidMap<Arc<Pod>>,
    /// Services.
    pub services: Table<Service>,
    /// `EndpointSlices`.
    pub endpoint_slices: Table<EndpointSlice>,
    /// Objects of kinds that are kept as data.
    data: UidMap<Arc<DataObject>>,
    pods_by_owner: UidMap<OwnedPods>,
    orphan_pods: BTreeSet<Uid>,
    replica_sets_by_owner: UidMap<BTreeSet<Uid>>,
    slices_by_owner: UidMap<BTreeSet<Uid>>,
}

impl Informers {
    /// Takes in what a watch tells; returns what was cached before.
    pub(crate) fn apply(&mut self, event: &WatchEvent) -> Option<AnyObject> {
        let change = event.change;
        match &event.object {
            AnyObject::Deployment(new) => {
                apply(&mut self.deployments, change, new).map(AnyObject::Deployment)
            }
            AnyObject::ReplicaSet(new) => {
                let old = apply(&mut self.replica_sets, change, new);
                reindex(&mut self.replica_sets_by_owner, old.as_ref(), change, new);
                old.map(AnyObject::ReplicaSet)
            }
            AnyObject::Pod(new) => self.apply_pod(change, new).map(AnyObject::Pod),
            AnyObject::Service(new) => {
                apply(&mut self.services, change, new).map(AnyObject::Service)
            }
            AnyObject::EndpointSlice(new) => {
                let old = apply(&mut self.endpoint_slices, change, new);
                reindex(&mut self.slices_by_owner, old.as_ref(), change, new);
                old.map(AnyObject::EndpointSlice)
            }
            AnyObject::Data(new) => {
                let uid = new.meta.uid;
                let old = match change {
                    Change::Added | Change::Modified => self.data.insert(uid, Arc::clone(new)),
                    Change::Deleted => self.data.remove(&uid),
                };
                old.map(AnyObject::Data)
            }
            AnyObject::Node(_) | AnyObject::Event(_) => None,
        }
    }

    fn apply_pod(&mut self, change: Change, new: &Arc<Pod>) -> Option<Arc<Pod>> {
        let old = match change {
            Change::Added | Change::Modified => self.pods.insert(new.meta.uid, Arc::clone(new)),
            Change::Deleted => self.pods.remove(&new.meta.uid),
        };
        let uid = new.meta.uid;
        let owner = |pod: &Arc<Pod>| pod.meta.controller().map(|owner| owner.uid);
        let (was, is) = (old.as_ref().and_then(owner), owner(new));
        if let Some(was) = was.filter(|was| change == Change::Deleted || Some(*was) != is) {
            self.leave_owner(was, uid);
        }
        self.orphan_pods.remove(&uid);
        if change != Change::Deleted {
            match is {
                Some(is) => self.pods_by_owner.get_or_insert_with(is, OwnedPods::default).put(new),
                None => {
                    self.orphan_pods.insert(uid);
                }
            }
        }
        old
    }

    fn leave_owner(&mut self, owner: Uid, pod: Uid) {
        if let Some(owned) = self.pods_by_owner.get_mut(&owner) {
            owned.remove(pod);
            if owned.pods.is_empty() {
                self.pods_by_owner.remove(&owner);
            }
        }
    }

    /// The object with this uid, of a kind that is kept as data.
    pub fn data(&self, uid: Uid) -> Option<&Arc<DataObject>> {
        self.data.get(&uid)
    }

    /// The objects of a kind that is kept as data, in the order of their creation.
    pub fn all_data(&self, kind: Kind) -> impl Iterator<Item = &Arc<DataObject>> {
        self.data.values().filter(move |object| object.kind == kind)
    }

    /// The pods whose controller is `owner`.
    pub fn pods_of(&self, owner: Uid) -> Option<&OwnedPods> {
        self.pods_by_owner.get(&owner)
    }

    /// The pods without a controller.
    pub fn orphan_pods(&self) -> impl Iterator<Item = &Arc<Pod>> {
        self.orphan_pods.iter().filter_map(|uid| self.pods.get(uid))
    }

    /// The `ReplicaSets` whose controller is `owner`, in the order of their creation.
    pub fn replica_sets_of(&self, owner: Uid) -> impl Iterator<Item = &Arc<ReplicaSet>> {
        let uids = self.replica_sets_by_owner.get(&owner).into_iter().flatten();
        uids.filter_map(|uid| self.replica_sets.by_uid(*uid))
    }

    /// The `EndpointSlices` of the Service `owner`, in the order of their creation.
    pub fn slices_of(&self, owner: Uid) -> impl Iterator<Item = &Arc<EndpointSlice>> {
        let uids = self.slices_by_owner.get(&owner).into_iter().flatten();
        uids.filter_map(|uid| self.endpoint_slices.by_uid(*uid))
    }
}

fn apply<T: Resource>(table: &mut Table<T>, change: Change, new: &Arc<T>) -> Option<Arc<T>> {
    match change {
        Change::Added | Change::Modified => table.put(Arc::clone(new)),
        Change::Deleted => table.remove(new.meta().uid),
    }
}

fn reindex<T: Resource>(
    index: &mut UidMap<BTreeSet<Uid>>,
    old: Option<&Arc<T>>,
    change: Change,
    new: &Arc<T>,
) {
    let uid = new.meta().uid;
    if let Some(owner) = old.and_then(|old| old.meta().controller())
        && let Some(owned) = index.get_mut(&owner.uid)
    {
        owned.remove(&uid);
        if owned.is_empty() {
            index.remove(&owner.uid);
        }
    }
    if change != Change::Deleted
        && let Some(owner) = new.meta().controller()
    {
        index.get_or_insert_with(owner.uid, BTreeSet::new).insert(uid);
    }
}
