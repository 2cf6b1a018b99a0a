//! What a `ReplicaSet` controller has asked for and not yet seen in its cache.
//!
//! Models: kubernetes v1.36 `pkg/controller/controller_utils.go`
//! `UIDTrackingControllerExpectations`.

use std::collections::BTreeSet;

use crate::api::Uid;
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;

/// After this time an unfulfilled expectation no longer blocks.
const TIMEOUT: Duration = Duration::from_mins(5);

#[derive(Clone, Debug, Default)]
struct Expected {
    creations: usize,
    deletions: BTreeSet<Uid>,
    since: Instant,
}

/// The outstanding creations and deletions, by `ReplicaSet`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expectations(UidMap<Expected>);

impl Expectations {
    /// Whether everything asked for has been seen, or waited for too long.
    pub(crate) fn satisfied(&self, key: Uid, now: Instant) -> bool {
        self.0.get(&key).is_none_or(|expected| {
            (expected.creations == 0 && expected.deletions.is_empty())
                || now.since(expected.since) > TIMEOUT
        })
    }

    pub(crate) fn expect_creations(&mut self, key: Uid, creations: usize, now: Instant) {
        self.0.insert(key, Expected { creations, deletions: BTreeSet::new(), since: now });
    }

    pub(crate) fn expect_deletions(&mut self, key: Uid, deletions: BTreeSet<Uid>, now: Instant) {
        self.0.insert(key, Expected { creations: 0, deletions, since: now });
    }

    pub(crate) fn creation_observed(&mut self, key: Uid) {
        if let Some(expected) = self.0.get_mut(&key) {
            expected.creations = expected.creations.saturating_sub(1);
        }
    }

    pub(crate) fn deletion_observed(&mut self, key: Uid, pod: Uid) {
        if let Some(expected) = self.0.get_mut(&key) {
            expected.deletions.remove(&pod);
        }
    }

    pub(crate) fn forget(&mut self, key: Uid) {
        self.0.remove(&key);
    }
}
