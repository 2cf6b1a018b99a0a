//! One kind's objects, by uid and by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::kind::Resource;
use crate::api::{Name, Uid};
use crate::uid_map::UidMap;

/// The objects of one kind. Found by uid in one step, listed by namespace and name as the API
/// lists them. Events are many and nobody asks for one by name, so they have no index of names and
/// are listed in the order of their creation.
#[derive(Clone, Debug)]
pub struct Table<T> {
    by_uid: UidMap<Arc<T>>,
    by_name: BTreeMap<Name, BTreeMap<Name, Uid>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { by_uid: UidMap::new(), by_name: BTreeMap::new() }
    }
}

impl<T: Resource> Table<T> {
    /// The object with this uid.
    pub fn by_uid(&self, uid: Uid) -> Option<&Arc<T>> {
        self.by_uid.get(&uid)
    }

    /// The object of this name.
    pub fn get(&self, namespace: &str, name: &str) -> Option<&Arc<T>> {
        if !T::HAS_NAMES {
            return self.iter().find(|object| &*object.meta().name == name);
        }
        self.by_name.get(namespace)?.get(name).and_then(|uid| self.by_uid(*uid))
    }

    /// All objects in the order of their creation.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<T>> {
        self.by_uid.values()
    }

    /// All objects by uid, each with it.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Uid, &Arc<T>)> {
        self.by_uid.iter().map(|(uid, object)| (*uid, object))
    }

    /// All objects by namespace and name: the order in which the API lists.
    pub fn by_name(&self) -> impl Iterator<Item = &Arc<T>> {
        let unindexed = self.by_uid.values().filter(|_| !T::HAS_NAMES);
        let names = self.by_name.values().flat_map(BTreeMap::values);
        names.filter_map(|uid| self.by_uid.get(uid)).chain(unindexed)
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.by_uid.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_uid.is_empty()
    }

    /// Stores an object; returns the one it replaces.
    pub(crate) fn put(&mut self, object: Arc<T>) -> Option<Arc<T>> {
        let uid = object.meta().uid;
        if let Some(slot) = self.by_uid.get_mut(&uid) {
            return Some(std::mem::replace(slot, object));
        }
        if T::HAS_NAMES {
            let meta = object.meta();
            let names = self.by_name.entry(meta.namespace.clone()).or_default();
            names.insert(meta.name.clone(), uid);
        }
        self.by_uid.insert(uid, object)
    }

    /// Removes an object; returns what was stored.
    pub(crate) fn remove(&mut self, uid: Uid) -> Option<Arc<T>> {
        let object = self.by_uid.remove(&uid)?;
        if T::HAS_NAMES {
            let meta = object.meta();
            if let Some(names) = self.by_name.get_mut(&meta.namespace) {
                names.remove(&meta.name);
            }
        }
        Some(object)
    }
}
