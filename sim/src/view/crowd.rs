//! Pods from picture to picture: only those that changed are shown anew.

use std::sync::Arc;

use super::pods::{Facts, Known, Standing, owner};
use super::shelves::shelf_of;
use super::{PodView, Pods};
use crate::api::{Pod, ReplicaSet, Uid};
use crate::cluster::Cluster;
use crate::kubelet::PodProgress;
use crate::network::tally::PodTally;
use crate::order;
use crate::time::Instant;

/// A glance examines the settled pods of one of so many shelves.
const TURNS: u64 = 4;

/// Pods as they were shown last, by uid.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowd {
    shelves: Vec<Shelf>,
}

/// Pods that come and go together: their uids are neighbours.
#[derive(Clone, Debug)]
struct Shelf {
    number: u64,
    known: Vec<Known>,
    views: Arc<[Arc<PodView>]>,
}

/// Whether every pod is examined, or those on which something was done since the last time; of the
/// settled ones a part: it is their `turn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Whole,
    Glance { turn: u64 },
}

impl Look {
    const fn examines(self, shelf: u64) -> bool {
        match self {
            Self::Whole => true,
            Self::Glance { turn } => shelf % TURNS == turn % TURNS,
        }
    }
}

/// A pod of the cluster.
pub(super) struct Found<'a> {
    uid: Uid,
    pub(super) pod: &'a Arc<Pod>,
    /// When it was killed.
    killed: Option<Instant>,
    /// How often its kubelet has acted on it.
    pub(super) acts: Option<u32>,
    requests: PodTally,
}

/// What goes along with the pods, by uid.
struct Along<'a, T>(std::iter::Peekable<Box<dyn Iterator<Item = (Uid, T)> + 'a>>);

impl<'a, T> Along<'a, T> {
    fn new(all: impl Iterator<Item = (Uid, T)> + 'a) -> Self {
        let all: Box<dyn Iterator<Item = (Uid, T)> + 'a> = Box::new(all);
        Self(all.peekable())
    }

    /// That of `pod`. Pods are asked for by uid.
    fn of(&mut self, pod: Uid) -> Option<T> {
        while self.0.next_if(|(uid, _)| *uid < pod).is_some() {}
        self.0.next_if(|(uid, _)| *uid == pod).map(|(_, it)| it)
    }
}

impl Crowd {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.shelves.iter().map(|shelf| shelf.known.len()).sum()
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Known> {
        self.shelves.iter().flat_map(|shelf| &shelf.known)
    }

    /// Those that are not killed yet.
    pub(super) fn living(&self) -> impl Iterator<Item = &Known> {
        self.iter().filter(|known| known.standing != Standing::Killed)
    }

    /// How they are shown.
    pub(super) fn views(&self) -> Pods {
        Pods::of_shelves(self.shelves.iter().map(|shelf| Arc::clone(&shelf.views)).collect())
    }

    /// Takes in how the pods are now, those that were killed lately among them. `endpoints` are the
    /// pods that get requests.
    pub(super) fn take_in(&mut self, cluster: &Cluster, endpoints: &[Uid], look: Look) {
        let endpoints = Marked::new(endpoints);
        let mut scan = Scan { cluster, endpoints, look, wait: None };
        let mut all = found(cluster).peekable();
        let mut before = std::mem::take(&mut self.shelves).into_iter().peekable();
        let mut here: Vec<Found<'_>> = Vec::new();
        while let Some(first) = all.peek() {
            let number = shelf_of(first.uid);
            here.clear();
            here.extend(std::iter::from_fn(|| all.next_if(|pod| shelf_of(pod.uid) == number)));
            while before.next_if(|shelf| shelf.number < number).is_some() {}
            let mut shelf = before
                .next_if(|shelf| shelf.number == number)
                .unwrap_or_else(|| Shelf { number, known: Vec::new(), views: Arc::new([]) });
            shelf.take_in(&mut scan, &here);
            self.shelves.push(shelf);
        }
    }
}

/// All pods by uid, those that were killed lately among them.
fn found(cluster: &Cluster) -> impl Iterator<Item = Found<'_>> {
    let killed = cluster.killed_pods().map(|killed| (killed.pod.meta.uid, killed));
    let mut killed: Vec<_> = killed.collect();
    order::sort_by_key(&mut killed, |(uid, _)| *uid);
    let mut killed = killed.into_iter().peekable();
    let mut living = cluster.api().list::<Pod>().entries().peekable();
    let mut acts = Along::new(cluster.pod_acts());
    let mut requests = Along::new(cluster.requests_of_pods());
    std::iter::from_fn(move || {
        let (uid, pod, killed) = match (killed.peek(), living.peek()) {
            (Some((dead, _)), Some((alive, _))) if dead >= alive => {
                living.next().map(|(uid, pod)| (uid, pod, None))
            }
            (Some(_), _) => killed.next().map(|(uid, killed)| (uid, &killed.pod, Some(killed.at))),
            (None, _) => living.next().map(|(uid, pod)| (uid, pod, None)),
        }?;
        let requests = requests.of(uid).unwrap_or_default();
        Some(Found { uid, pod, killed, acts: acts.of(uid), requests })
    })
}

impl Shelf {
    fn take_in(&mut self, scan: &mut Scan<'_>, found: &[Found<'_>]) {
        let mut changed = false;
        let uids = found.iter().map(|pod| pod.uid);
        if !uids.eq(self.known.iter().map(|known| known.uid)) {
            changed = true;
            let mut before = std::mem::take(&mut self.known).into_iter().peekable();
            for pod in found {
                while before.next_if(|known| known.uid < pod.uid).is_some() {}
                let known = before.next_if(|known| known.uid == pod.uid);
                self.known.push(known.unwrap_or_else(|| scan.shown(pod)));
            }
        }
        let examine = scan.look.examines(self.number);
        for (known, pod) in self.known.iter_mut().zip(found) {
            changed |= scan.renew(known, pod, examine);
        }
        if changed {
            self.views = self.known.iter().map(|known| Arc::clone(&known.view)).collect();
        }
    }
}

/// What pods are compared with.
struct Scan<'a> {
    cluster: &'a Cluster,
    endpoints: Marked,
    look: Look,
    /// What the last pod's `ReplicaSet` asks for.
    wait: Option<(Uid, i32)>,
}

impl Scan<'_> {
    /// How a pod is shown that was not known.
    fn shown(&mut self, found: &Found<'_>) -> Known {
        let progress = self.cluster.pod_progress(found.uid);
        let facts = self.facts(found, owner(found.pod), progress);
        Known::new(self.cluster, found, facts)
    }

    /// Takes in how a known pod is now; whether it is shown otherwise. Of a settled one little is
    /// asked, unless it is `examined`.
    fn renew(&mut self, known: &mut Known, found: &Found<'_>, examined: bool) -> bool {
        if !Arc::ptr_eq(&known.pod, found.pod) || !known.holds(self.cluster.now()) {
            *known = self.shown(found);
            return true;
        }
        if !examined
            && known.standing == Standing::Available
            && found.killed.is_none()
            && known.facts.receives_traffic == self.endpoints.has(found.uid)
        {
            return false;
        }
        let rests = self.look != Look::Whole && known.acts == found.acts;
        if rests && self.agree(known, found) {
            return false;
        }
        known.acts = found.acts;
        let progress = self.cluster.pod_progress(found.uid);
        let facts = self.facts(found, known.owner, progress);
        let changed = known.facts != facts;
        if changed {
            *known = Known::new(self.cluster, found, facts);
        }
        changed
    }

    /// Whether all is as it was that its kubelet has no part in.
    fn agree(&mut self, known: &Known, found: &Found<'_>) -> bool {
        let facts = &known.facts;
        facts.requests == found.requests
            && facts.killed == found.killed
            && facts.receives_traffic == self.endpoints.has(found.uid)
            && facts.min_ready_seconds
                == min_ready_seconds(self.cluster, known.owner, &mut self.wait)
    }

    fn facts(
        &mut self,
        found: &Found<'_>,
        owner: Option<Uid>,
        progress: Option<PodProgress>,
    ) -> Facts {
        Facts {
            killed: found.killed,
            receives_traffic: self.endpoints.has(found.uid),
            min_ready_seconds: min_ready_seconds(self.cluster, owner, &mut self.wait),
            progress,
            requests: found.requests,
        }
    }
}

/// The widest span of uids that is marked.
const WIDEST: u64 = 1 << 24;

/// Some uids among many that lie close together.
pub(super) struct Marked {
    first: u64,
    marks: Vec<bool>,
}

impl Marked {
    pub(super) fn new(uids: &[Uid]) -> Self {
        let first = uids.iter().map(|uid| uid.0).min().unwrap_or(0);
        let last = uids.iter().map(|uid| uid.0).max().unwrap_or(0);
        let mut marks = vec![false; usize::try_from((last - first).min(WIDEST)).unwrap_or(0) + 1];
        for uid in uids {
            let place = usize::try_from(uid.0 - first).ok();
            if let Some(mark) = place.and_then(|place| marks.get_mut(place)) {
                *mark = true;
            }
        }
        Self { first, marks }
    }

    pub(super) fn has(&self, uid: Uid) -> bool {
        let place = uid.0.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        place.is_some_and(|place| self.marks.get(place) == Some(&true))
    }
}

/// What a pod's `ReplicaSet` asks for. Most pods have the one of the pod before, which is `known`.
fn min_ready_seconds(cluster: &Cluster, owner: Option<Uid>, known: &mut Option<(Uid, i32)>) -> i32 {
    let Some(owner) = owner else { return 0 };
    if let Some((_, seconds)) = known.filter(|(known, _)| *known == owner) {
        return seconds;
    }
    let set = cluster.api().list::<ReplicaSet>().by_uid(owner);
    let seconds = set.map_or(0, |set| set.spec.min_ready_seconds);
    *known = Some((owner, seconds));
    seconds
}
