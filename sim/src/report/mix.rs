//! How long the ready endpoints of one Service are of more than one version: the mixed window, at the
//! API.

use super::level::Level;
use crate::api::{EndpointSlice, Name, Pod, Uid};
use crate::time::{Duration, Instant};
use crate::uid_map::UidMap;

/// The ready endpoints of one Service.
#[derive(Clone, Debug, Default)]
struct Behind {
    /// The version of each.
    ready: UidMap<u32>,
    /// How many there are of each version.
    versions: Vec<(u32, u32)>,
}

/// The mixtures behind all Services.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mix {
    names: Vec<Name>,
    pods: UidMap<u32>,
    services: UidMap<Behind>,
    /// How many Services have a mixture.
    mixtures: u64,
    /// Whether there is one.
    mixed: Level,
}

impl Mix {
    /// Learns of a new pod's version.
    pub(super) fn name(&mut self, pod: &Pod) {
        let version = pod.spec.version();
        let known = self.names.iter().position(|name| *name == version);
        let index = known.unwrap_or_else(|| {
            self.names.push(version);
            self.names.len() - 1
        });
        self.pods.insert(pod.meta.uid, u32::try_from(index).unwrap_or(u32::MAX));
    }

    pub(super) fn forget(&mut self, pod: Uid) {
        self.pods.remove(&pod);
    }

    /// Takes in a change of a slice; `None` for one that is not there.
    pub(super) fn on_slice(
        &mut self,
        at: Instant,
        new: Option<&EndpointSlice>,
        old: Option<&EndpointSlice>,
    ) {
        let owner = new.or(old).and_then(|slice| slice.meta.controller());
        let Some(service) = owner.map(|owner| owner.uid) else { return };
        let (gone, come) = difference(old, new);
        if gone.is_empty() && come.is_empty() {
            return;
        }
        let behind = self.services.get_or_insert_with(service, Behind::default);
        let was = behind.versions.len() > 1;
        for pod in come {
            let version = self.pods.get(&pod).copied().unwrap_or(u32::MAX);
            behind.add(pod, version);
        }
        for pod in gone {
            behind.remove(pod);
        }
        let is = behind.versions.len() > 1;
        let before = u64::from(self.mixtures > 0);
        self.mixtures = (self.mixtures + u64::from(is)).saturating_sub(u64::from(was));
        self.mixed.shift(at, before, u64::from(self.mixtures > 0));
    }

    /// How long there was a mixture, until `at`.
    pub(super) fn mixed_until(&self, at: Instant) -> Duration {
        Duration::from_micros(self.mixed.area_until(at))
    }
}

impl Behind {
    fn add(&mut self, pod: Uid, version: u32) {
        if self.ready.insert(pod, version).is_some() {
            return;
        }
        match self.versions.iter_mut().find(|(known, _)| *known == version) {
            Some((_, count)) => *count += 1,
            None => self.versions.push((version, 1)),
        }
    }

    fn remove(&mut self, pod: Uid) {
        let Some(version) = self.ready.remove(&pod) else { return };
        if let Some((_, count)) = self.versions.iter_mut().find(|(known, _)| *known == version) {
            *count -= 1;
        }
        self.versions.retain(|(_, count)| *count > 0);
    }
}

/// The pods that were ready in `old` only, and those that are in `new` only. Most changes touch one
/// endpoint, so what both lists begin and end with is skipped.
fn difference(old: Option<&EndpointSlice>, new: Option<&EndpointSlice>) -> (Vec<Uid>, Vec<Uid>) {
    let list = |slice: Option<&EndpointSlice>| -> Vec<Uid> {
        let endpoints = slice.map(|slice| slice.endpoints.as_slice()).unwrap_or_default();
        let ready = endpoints.iter().filter(|endpoint| endpoint.ready);
        ready.map(|endpoint| endpoint.pod_uid).collect()
    };
    let (old, new) = (list(old), list(new));
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (mut old, mut new) = (&old[same..], &new[same..]);
    while let (Some((a, old_rest)), Some((b, new_rest))) = (old.split_last(), new.split_last())
        && a == b
    {
        (old, new) = (old_rest, new_rest);
    }
    let without = |these: &[Uid], those: &[Uid]| -> Vec<Uid> {
        these.iter().filter(|uid| !those.contains(uid)).copied().collect()
    };
    (without(old, new), without(new, old))
}
