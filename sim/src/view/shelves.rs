//! The pods of a picture, on shelves that it shares with the pictures before and after.

use std::sync::Arc;

use super::PodView;
use crate::api::Uid;

/// A shelf holds the pods of so many uids: a power of two.
const UIDS: u32 = 8;

/// The shelf that a pod belongs on. A pod never changes its shelf.
pub(super) const fn shelf_of(pod: Uid) -> u64 {
    pod.0 >> UIDS
}

/// Pods in the order of their uids.
///
/// They stand on shelves by uid, so that a picture of ten thousand pods of which some changed takes
/// the other shelves from the picture before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pods {
    /// None is empty.
    shelves: Vec<Arc<[Arc<PodView>]>>,
    len: usize,
}

impl Pods {
    pub(super) fn of_shelves(shelves: Vec<Arc<[Arc<PodView>]>>) -> Self {
        let len = shelves.iter().map(|shelf| shelf.len()).sum();
        Self { shelves, len }
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<PodView>> {
        self.shelves.iter().flat_map(|shelf| shelf.iter())
    }

    /// The first that was made.
    pub fn first(&self) -> Option<&Arc<PodView>> {
        self.shelves.first()?.first()
    }

    /// The pod with this uid.
    pub fn get(&self, pod: Uid) -> Option<&Arc<PodView>> {
        let first = |shelf: &Arc<[Arc<PodView>]>| shelf.first().map(|pod| pod.uid);
        let after = self.shelves.partition_point(|shelf| first(shelf) <= Some(pod));
        let shelf = self.shelves.get(after.checked_sub(1)?)?;
        shelf.get(shelf.binary_search_by_key(&pod, |pod| pod.uid).ok()?)
    }

    /// The shelves: one that is the same as in another picture has the same pods.
    pub fn shelves(&self) -> &[Arc<[Arc<PodView>]>] {
        &self.shelves
    }
}

impl FromIterator<Arc<PodView>> for Pods {
    /// Takes pods in the order of their uids.
    fn from_iter<T: IntoIterator<Item = Arc<PodView>>>(pods: T) -> Self {
        let mut pods = pods.into_iter().peekable();
        let mut shelves = Vec::new();
        while let Some(first) = pods.peek() {
            let number = shelf_of(first.uid);
            let shelf = std::iter::from_fn(|| pods.next_if(|pod| shelf_of(pod.uid) == number));
            shelves.push(shelf.collect());
        }
        Self::of_shelves(shelves)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_found_on_whatever_shelf_they_stand() {
        let uids = [3, 4, 255, 256, 900, 901, 5_000].map(Uid);
        let pods = uids.map(|uid| Arc::new(PodView { uid, ..PodView::default() }));
        let pods = Pods::from_iter(pods);
        assert_eq!((pods.len(), pods.shelves().len()), (7, 4));
        assert!(pods.iter().map(|pod| pod.uid).eq(uids));
        for uid in uids {
            assert_eq!(pods.get(uid).map(|pod| pod.uid), Some(uid));
        }
        for uid in [0, 5, 257, 4_999, 5_001] {
            assert_eq!(pods.get(Uid(uid)), None);
        }
    }
}
