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
use crate::controller::replica_set::rank::Standing;
use crate::uid_map::UidMap;

/// The pods of one owner, and counts over the active ones.
#[derive(Clone, Debug, Default)]
pub struct OwnedPods {
    /// All pods, also those that have ended or are being deleted.
    pub pods: UidMap<OwnedPod>,
    /// Pods neither ended nor being deleted.
    pub active: i32,
    /// Active pods that are Ready.
    pub ready: i32,
    /// Active pods by their labels: few different ones, as a template's pods share theirs.
    pub by_labels: Vec<(Labels, i32)>,
    /// Active pods by node, in the order in which nodes came; unscheduled pods under the empty name.
    by_node: Vec<(Name, i32)>,
    /// Where a node stands in `by_node`.
    places: BTreeMap<Name, usize>,
}

/// A pod, with what is asked of all pods of an owner at once.
#[derive(Clone, Debug)]
pub struct OwnedPod {
    /// The pod.
    pub pod: Arc<Pod>,
    /// How it stands when pods are to go.
    pub standing: Standing,
    /// Its node's place among the nodes of its owner's pods.
    pub node: usize,
}

impl OwnedPods {
    /// The active pods.
    pub fn active_pods(&self) -> impl Iterator<Item = &Arc<Pod>> {
        self.active_entries().map(|entry| &entry.pod)
    }

    /// The active pods, with what is known of each.
    pub fn active_entries(&self) -> impl Iterator<Item = &OwnedPod> {
        self.pods.values().filter(|entry| entry.standing.is_active)
    }

    /// The nodes of the pods, each in its place.
    pub fn nodes(&self) -> impl Iterator<Item = &Name> {
        self.by_node.iter().map(|(node, _)| node)
    }

    /// How many active pods there are on a node.
    pub fn active_on(&self, node: &str) -> i32 {
        self.places.get(node).map_or(0, |place| self.by_node[*place].1)
    }

    /// Takes in a pod, in place of what was known of it.
    pub fn put(&mut self, pod: &Arc<Pod>) {
        let old = self.pods.get(&pod.meta.uid);
        let old_place = old.filter(|old| Arc::ptr_eq(&old.pod.node_name, &pod.node_name));
        let node = match old_place.map(|old| old.node) {
            Some(place) => place,
            None => self.place(&pod.node_name),
        };
        let new = OwnedPod { pod: Arc::clone(pod), standing: Standing::of(pod), node };
        let old = self.pods.insert(pod.meta.uid, new.clone());
        if old.as_ref().is_some_and(|old| counts_alike(old, &new)) {
            return;
        }
        if let Some(old) = old {
            self.tally(&old, -1);
        }
        self.tally(&new, 1);
    }

    fn remove(&mut self, uid: Uid) {
        if let Some(old) = self.pods.remove(&uid) {
            self.tally(&old, -1);
        }
    }

    fn place(&mut self, node: &Name) -> usize {
        let next = self.by_node.len();
        let place = *self.places.entry(node.clone()).or_insert(next);
        if place == next {
            self.by_node.push((node.clone(), 0));
        }
        place
    }

    fn tally(&mut self, entry: &OwnedPod, by: i32) {
        if !entry.standing.is_active {
            return;
        }
        self.active += by;
        if entry.standing.is_ready() {
            self.ready += by;
        }
        self.tally_labels(&entry.pod.meta.labels, by);
        self.by_node[entry.node].1 += by;
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
        let on_nodes = |one: &Self, other: &Self| {
            one.by_node.iter().all(|(node, count)| other.active_on(node) == *count)
        };
        (self.active, self.ready) == (other.active, other.ready)
            && on_nodes(self, other)
            && on_nodes(other, self)
            && sorted(self) == sorted(other)
    }
}

/// Whether two states of a pod count the same.
fn counts_alike(one: &OwnedPod, other: &OwnedPod) -> bool {
    let key = |entry: &OwnedPod| (entry.standing.is_active, entry.standing.is_ready(), entry.node);
    key(one) == key(other) && Arc::ptr_eq(&one.pod.meta.labels, &other.pod.meta.labels)
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
