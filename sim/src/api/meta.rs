//! Names, uids, labels, owners: the metadata every object carries.
//!
//! Models: kubernetes v1.36 apimachinery `metav1.ObjectMeta`. Leaves out managed fields.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{Kind, Value};
use crate::order;
use crate::rng::mix;
use crate::time::Instant;

/// A shared piece of text: names, label keys and values.
pub type Name = Arc<str>;

/// Labels or annotations, in key order. Shared: cloning is cheap.
pub type Labels = Arc<BTreeMap<Name, Name>>;

/// An object's identity over its whole life. Counts up with creation; prints as a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uid(pub u64);

impl Uid {
    /// The 128 random-looking bits behind the printed UUID. Upstream breaks ties by comparing
    /// uids as text, which is random in effect; so is this.
    pub const fn scrambled(self) -> u128 {
        let high = mix(self.0 ^ 0x5bd1_e995_9e37_79b9);
        let low = mix(high ^ self.0);
        ((high as u128) << 64) | low as u128
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.scrambled());
        // Version 4, variant 1: the fixed digits of a random UUID.
        write!(
            f,
            "{}-{}-4{}-a{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..]
        )
    }
}

/// The link from an object to the one that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerReference {
    /// The owner's kind.
    pub kind: Kind,
    /// The owner's name.
    pub name: Name,
    /// The owner's uid.
    pub uid: Uid,
    /// Whether the owner is the managing controller.
    pub controller: bool,
}

/// What every object carries.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ObjectMeta {
    /// Unique among the objects of its kind and namespace.
    pub name: Name,
    /// Empty for kinds that are not namespaced.
    pub namespace: Name,
    /// Set at creation.
    pub uid: Uid,
    /// Raised by every write to the store.
    pub resource_version: u64,
    /// Raised by every change of the spec.
    pub generation: i64,
    /// The exact moment of creation; the API shows its second.
    pub created_at: Instant,
    /// When the object is to be gone: the moment of the delete call plus the grace period.
    pub deletion_timestamp: Option<Instant>,
    /// Grace period in seconds, set with `deletion_timestamp`.
    pub deletion_grace_period_seconds: Option<u32>,
    /// Labels.
    pub labels: Labels,
    /// Annotations.
    pub annotations: Labels,
    /// Owners. Shared: the pods of a set have the same.
    pub owner_references: Arc<[OwnerReference]>,
    /// Names that must be removed before the object can go.
    pub finalizers: Vec<Name>,
    /// The object's data as another cluster stored it, when it was loaded from there: what the
    /// simulator has no field for is kept and shown.
    pub origin: Option<Arc<Value>>,
}

impl ObjectMeta {
    /// Metadata of a new object.
    pub fn named(name: &str, namespace: &str) -> Self {
        let none = Labels::default();
        Self {
            name: name.into(),
            namespace: namespace.into(),
            labels: Arc::clone(&none),
            annotations: none,
            ..Self::default()
        }
    }

    /// `metadata.creationTimestamp`: whole seconds.
    pub const fn creation_timestamp(&self) -> Instant {
        self.created_at.truncated_to_second()
    }

    /// Whether deletion has begun.
    pub const fn is_deleting(&self) -> bool {
        self.deletion_timestamp.is_some()
    }

    /// The managing controller, if any.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller)
    }

    /// Whether the object with this uid is the managing controller.
    pub fn is_controlled_by(&self, uid: Uid) -> bool {
        self.controller().is_some_and(|owner| owner.uid == uid)
    }

    /// The annotation `key`.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(AsRef::as_ref)
    }

    /// Sets the annotation `key`; says whether that changed anything.
    pub fn set_annotation(&mut self, key: &str, value: &str) -> bool {
        set(&mut self.annotations, key, value)
    }

    /// Sets the label `key`; says whether that changed anything.
    pub fn set_label(&mut self, key: &str, value: &str) -> bool {
        set(&mut self.labels, key, value)
    }

    /// Removes the annotation `key`; says whether it was there.
    pub fn remove_annotation(&mut self, key: &str) -> bool {
        self.annotations.contains_key(key)
            && Arc::make_mut(&mut self.annotations).remove(key).is_some()
    }

    /// Removes the label `key`; says whether it was there.
    pub fn remove_label(&mut self, key: &str) -> bool {
        self.labels.contains_key(key) && Arc::make_mut(&mut self.labels).remove(key).is_some()
    }
}

fn set(map: &mut Labels, key: &str, value: &str) -> bool {
    if map.get(key).is_some_and(|old| &**old == value) {
        return false;
    }
    Arc::make_mut(map).insert(key.into(), value.into());
    true
}

/// Labels from pairs, for objects made in code.
pub fn labels<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Labels {
    Arc::new(order::map(pairs.into_iter().map(|(key, value)| (key.into(), value.into()))))
}
