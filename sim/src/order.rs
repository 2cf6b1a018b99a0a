//! Sorting and collecting in little code.
//!
//! The standard library's sorts are made anew for every type, some five kilobytes of wasm each, and
//! collecting into an ordered map brings one along. The lists here are short. This sorts numbers in
//! one place for all types; the types only bring their comparison.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Sorts by `compare`; equal items keep their order.
pub fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = sorted_indices(items.len(), &|a, b| compare(&items[a], &items[b]));
    let mut taken: Vec<Option<T>> = std::mem::take(items).into_iter().map(Some).collect();
    items.extend(order.into_iter().filter_map(|index| taken[index].take()));
}

/// Sorts by a key; equal items keep their order.
pub fn sort_by_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// The numbers below `len` in the order `compare` gives the things they stand for.
fn sorted_indices(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    let mut width = 1;
    while width < len {
        let mut merged = Vec::with_capacity(len);
        for start in (0..len).step_by(2 * width) {
            let middle = (start + width).min(len);
            let end = (middle + width).min(len);
            merge(&order[start..middle], &order[middle..end], compare, &mut merged);
        }
        order = merged;
        width *= 2;
    }
    order
}

fn merge(
    mut left: &[usize],
    mut right: &[usize],
    compare: &dyn Fn(usize, usize) -> Ordering,
    merged: &mut Vec<usize>,
) {
    while let (Some(&a), Some(&b)) = (left.first(), right.first()) {
        if compare(b, a) == Ordering::Less {
            merged.push(b);
            right = &right[1..];
        } else {
            merged.push(a);
            left = &left[1..];
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
}

/// An item with what it is ordered by; the place keeps equal ones in their order.
struct Keyed<T, K> {
    key: (K, usize),
    item: T,
}

impl<T, K: Ord> PartialEq for Keyed<T, K> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T, K: Ord> Eq for Keyed<T, K> {}

impl<T, K: Ord> PartialOrd for Keyed<T, K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T, K: Ord> Ord for Keyed<T, K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

/// The `count` items with the smallest keys, in their order. Keeps no more than that in mind.
pub fn first_by_key<T, K: Ord>(
    items: impl IntoIterator<Item = T>,
    count: usize,
    key: impl Fn(&T) -> K,
) -> Vec<T> {
    let mut kept: BinaryHeap<Keyed<T, K>> = BinaryHeap::with_capacity(count.min(1_024));
    for (place, item) in items.into_iter().enumerate() {
        let keyed = Keyed { key: (key(&item), place), item };
        if kept.len() < count {
            kept.push(keyed);
        } else if let Some(mut last) = kept.peek_mut().filter(|last| keyed < **last) {
            *last = keyed;
        }
    }
    let mut items = Vec::with_capacity(kept.len());
    while let Some(keyed) = kept.pop() {
        items.push(keyed.item);
    }
    items.reverse();
    items
}

/// An ordered map of these pairs; later ones replace earlier ones of the same key.
pub fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    for (key, value) in pairs {
        map.insert(key, value);
    }
    map
}

/// An ordered set of these items.
pub fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    for item in items {
        set.insert(item);
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorting_is_stable_and_complete_for_every_length() {
        for len in 0..70_u64 {
            let mut items: Vec<(u64, u64)> =
                (0..len).map(|place| (crate::rng::mix(place) % 7, place)).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            sort_by_key(&mut items, |(key, _)| *key);
            assert_eq!(items, expected);
        }
    }

    #[test]
    fn the_first_few_are_those_a_sort_would_put_first() {
        let items: Vec<u64> = (0..50).map(|place| crate::rng::mix(place) % 9).collect();
        for count in [0, 1, 7, 50, 60] {
            let mut expected: Vec<(usize, u64)> = items.iter().copied().enumerate().collect();
            expected.sort_by_key(|(_, item)| *item);
            expected.truncate(count);
            let first = first_by_key(items.iter().copied().enumerate(), count, |(_, item)| *item);
            assert_eq!(first, expected);
        }
    }

    #[test]
    fn later_pairs_replace_earlier_ones() {
        assert_eq!(map([(1, 'a'), (2, 'b'), (1, 'c')]), BTreeMap::from([(1, 'c'), (2, 'b')]));
        assert_eq!(set([3, 1, 3]), BTreeSet::from([1, 3]));
    }
}
