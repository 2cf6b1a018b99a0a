//! A map by uid, made for uids that count up.
//!
//! A sorted list: new uids go to its end, removed ones leave a hole until half of it is holes. It
//! takes a fraction of the code of a `BTreeMap`, of which the simulator would need some thirty, and
//! its keys lie side by side.

use crate::api::Uid;

/// An ordered map by uid.
#[derive(Clone, Debug)]
pub struct UidMap<V> {
    keys: Vec<Uid>,
    /// `None` for a hole.
    values: Vec<Option<V>>,
    len: usize,
    /// Before this place there are only holes: what comes first is what most often goes first.
    first: usize,
}

impl<V> Default for UidMap<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: PartialEq> PartialEq for UidMap<V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<V: Eq> Eq for UidMap<V> {}

impl<V> UidMap<V> {
    /// An empty map.
    pub const fn new() -> Self {
        Self { keys: Vec::new(), values: Vec::new(), len: 0, first: 0 }
    }

    /// How many entries there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of `uid`.
    pub fn get(&self, uid: &Uid) -> Option<&V> {
        self.values.get(place(&self.keys, *uid).ok()?)?.as_ref()
    }

    /// The value of `uid`, to change.
    pub fn get_mut(&mut self, uid: &Uid) -> Option<&mut V> {
        self.values.get_mut(place(&self.keys, *uid).ok()?)?.as_mut()
    }

    /// Whether there is a value of `uid`.
    pub fn contains_key(&self, uid: &Uid) -> bool {
        self.get(uid).is_some()
    }

    /// Sets the value of `uid`; returns the one before.
    pub fn insert(&mut self, uid: Uid, value: V) -> Option<V> {
        let old = self.slot(uid).replace(value);
        self.len += usize::from(old.is_none());
        old
    }

    /// Removes the value of `uid`.
    pub fn remove(&mut self, uid: &Uid) -> Option<V> {
        let old = self.values.get_mut(place(&self.keys, *uid).ok()?)?.take()?;
        self.len -= 1;
        while self.values.get(self.first).is_some_and(Option::is_none) {
            self.first += 1;
        }
        if self.keys.len() > 32 && self.len * 2 < self.keys.len() {
            self.close_holes();
        }
        Some(old)
    }

    /// The value of `uid`, made first if there is none.
    pub fn get_or_insert_with(&mut self, uid: Uid, make: impl FnOnce() -> V) -> &mut V {
        if !self.contains_key(&uid) {
            self.insert(uid, make());
        }
        self.slot(uid).get_or_insert_with(|| unreachable!("it was just inserted"))
    }

    /// The entries in the order of their uids.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Uid, &V)> {
        let entries = self.keys.iter().zip(&self.values);
        entries.filter_map(|(uid, value)| Some((uid, value.as_ref()?)))
    }

    /// The entries, with values to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Uid, &mut V)> {
        let entries = self.keys.iter().zip(&mut self.values);
        entries.filter_map(|(uid, value)| Some((uid, value.as_mut()?)))
    }

    /// The uids.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Uid> {
        self.iter().map(|(uid, _)| uid)
    }

    /// The values in the order of their uids.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.values[self.first..].iter().flatten()
    }

    /// The values, to change.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.values.iter_mut().flatten()
    }

    /// The entries themselves, in the order of their uids.
    pub fn into_entries(self) -> Vec<(Uid, V)> {
        let entries = self.keys.into_iter().zip(self.values);
        entries.filter_map(|(uid, value)| Some((uid, value?))).collect()
    }

    fn slot(&mut self, uid: Uid) -> &mut Option<V> {
        let index = match place(&self.keys, uid) {
            Ok(index) => index,
            Err(index) => {
                self.keys.insert(index, uid);
                self.values.insert(index, None);
                index
            }
        };
        self.first = self.first.min(index);
        &mut self.values[index]
    }

    fn close_holes(&mut self) {
        self.first = 0;
        let mut kept = self.values.iter().map(Option::is_some);
        self.keys.retain(|_| kept.next().unwrap_or(false));
        self.values.retain(Option::is_some);
    }
}

/// Where `uid` is, or where it belongs: most often at the end, else near where an even spread would
/// put it. Looking around there touches less memory than halving a long list.
fn place(keys: &[Uid], uid: Uid) -> Result<usize, usize> {
    const SHORT: usize = 64;
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else {
        return Err(0);
    };
    if *last < uid {
        return Err(keys.len());
    }
    if keys.len() <= SHORT || uid < *first {
        return keys.binary_search(&uid);
    }
    let end = keys.len() - 1;
    let guess = (uid.0 - first.0).saturating_mul(end as u64) / (last.0 - first.0).max(1);
    let guess = usize::try_from(guess).map_or(end, |guess| guess.min(end));
    let (mut low, mut high, mut reach) = (guess, guess, 8);
    while low > 0 && keys[low] > uid {
        low = low.saturating_sub(reach);
        reach *= 2;
    }
    while high < end && keys[high] < uid {
        high = (high + reach).min(end);
        reach *= 2;
    }
    keys[low..=high].binary_search(&uid).map(|at| low + at).map_err(|at| low + at)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rng::Rng;

    /// Guesses are far off when uids are spread unevenly.
    #[test]
    fn every_place_is_found_however_uids_are_spread() {
        let dense = (5_000..5_400).map(Uid);
        let sparse = (0..100).map(|number: u64| Uid(number * number * number));
        let mut keys: Vec<Uid> = dense.chain(sparse).chain([Uid(u64::MAX)]).collect();
        keys.sort_unstable();
        keys.dedup();
        let near = keys
            .iter()
            .flat_map(|key| [key.0.saturating_sub(1), key.0, key.0.saturating_add(1)].map(Uid));
        for uid in near {
            assert_eq!(place(&keys, uid), keys.binary_search(&uid), "{uid:?}");
        }
    }

    #[test]
    fn it_does_what_an_ordered_map_does() {
        let mut rng = Rng::stream(1, "uid map");
        let (mut map, mut reference) = (UidMap::new(), BTreeMap::new());
        for step in 0..5_000_u64 {
            let uid = Uid(rng.up_to(200) + step / 20);
            if rng.up_to(2) == 0 {
                assert_eq!(map.remove(&uid), reference.remove(&uid));
            } else {
                assert_eq!(map.insert(uid, step), reference.insert(uid, step));
            }
            assert_eq!(map.len(), reference.len());
            assert_eq!(map.get(&uid), reference.get(&uid));
        }
        assert!(map.iter().eq(reference.iter()));
        assert!(map.len() > 64, "long enough to be guessed at");
        *map.get_or_insert_with(Uid(1_000_000), || 1) += 1;
        assert_eq!(map.values().next_back(), Some(&2));
    }
}
