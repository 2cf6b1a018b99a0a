//! What a cell shows of its pods: how many stand where, and how far they are. Pure counting.

use rollscope_sim::Instant;
use rollscope_sim::api::Uid;
use rollscope_sim::view::{PodView, Pods, Stage};
use std::sync::Arc;

use crate::layout::Seated;
use crate::scene::flow::progress;
use crate::scene::pod::failing;

/// Steps of what fills or empties.
pub(super) const STEPS: u8 = 12;

/// Where a pod stands, as far as a cell tells it. In the order of what deserves a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Ready,
    Pending,
    /// Its image comes, its containers are made, its model loads.
    Starting,
    Unready,
    Leaving,
    Ended,
    Killed,
}

/// How many kinds there are.
const KINDS: usize = 7;

impl Kind {
    pub(super) const ALL: [Self; KINDS] = [
        Self::Ready,
        Self::Pending,
        Self::Starting,
        Self::Unready,
        Self::Leaving,
        Self::Ended,
        Self::Killed,
    ];
}

/// What one pod adds to its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Face {
    pub(super) kind: Kind,
    /// How much is filled, or left, in [`STEPS`].
    level: u8,
    /// Whether something fails.
    pub(super) fails: bool,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 12")]
fn face(pod: &PodView, now: Instant) -> Face {
    let done = |from, to| (progress(from, to, now) * f64::from(STEPS)) as u8;
    let (kind, level) = match pod.stage {
        Stage::Pending { .. } => (Kind::Pending, 0),
        // What loads is the better part of a start.
        Stage::Pulling { .. } | Stage::Initializing { .. } => (Kind::Starting, 0),
        Stage::Creating { .. } => (Kind::Starting, 1),
        Stage::Loading { from, to } => (Kind::Starting, done(from, to).clamp(1, STEPS - 1)),
        Stage::Ready { .. } => (Kind::Ready, 0),
        Stage::NotReady | Stage::BackOff { .. } => (Kind::Unready, 0),
        Stage::Terminating { from, to } => (Kind::Leaving, STEPS - done(from, to).min(STEPS)),
        Stage::Ended => (Kind::Ended, 0),
        Stage::Killed { .. } => (Kind::Killed, 0),
    };
    let fails = match pod.stage {
        Stage::BackOff { .. } => true,
        Stage::Ready { .. } => failing(pod).is_some(),
        _ => pod.keeps_failing,
    };
    Face { kind, level, fails }
}

/// The pods of a cell, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    counts: [u8; KINDS],
    /// The level of the last pod: the only one's, where a cell has one.
    pub(super) level: u8,
    pub(super) fails: u8,
}

impl Cell {
    pub(super) fn add(&mut self, face: Face) {
        let count = &mut self.counts[face.kind as usize];
        *count = count.saturating_add(1);
        self.fails = self.fails.saturating_add(u8::from(face.fails));
        self.level = face.level;
    }

    pub(super) const fn count(&self, kind: Kind) -> u8 {
        self.counts[kind as usize]
    }

    pub(super) fn pods(&self) -> u32 {
        self.counts.iter().map(|count| u32::from(*count)).sum()
    }

    /// What its pod is, where it has one.
    pub(super) fn kind(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| self.count(*kind) > 0)
    }

    /// The heights of its kinds, from the bottom, in a cell this high that has room for so many
    /// pods. Whatever there is can be seen, be it one pod of a hundred.
    pub(super) fn heights(&self, height: f64, room: usize) -> Vec<(Kind, f64)> {
        const SEEN: f64 = 2.0;
        let room = u32::try_from(room).unwrap_or(u32::MAX).max(self.pods()).max(1);
        let there = Kind::ALL.into_iter().filter(|kind| self.count(*kind) > 0);
        let unit = height / f64::from(room);
        let mut found: Vec<(Kind, f64)> =
            there.map(|kind| (kind, (f64::from(self.count(kind)) * unit).max(SEEN))).collect();
        let excess = found.iter().map(|(_, height)| height).sum::<f64>() - height;
        let largest = found.iter_mut().max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((_, largest)) = largest.filter(|_| excess > 0.0) {
            *largest = (*largest - excess).max(SEEN);
        }
        found
    }
}

/// The faces of all pods by uid. Those of a shelf on which nothing changed are kept, but where a
/// cell shows how far its pod is.
#[derive(Debug, Default)]
pub(super) struct Faces {
    shelves: Vec<Shelf>,
    each: usize,
}

#[derive(Debug)]
struct Shelf {
    pods: Arc<[Arc<PodView>]>,
    faces: Vec<(Uid, Face)>,
    /// Whether time alone changes them.
    moves: bool,
}

impl Shelf {
    fn first(&self) -> Option<Uid> {
        self.faces.first().map(|(uid, _)| *uid)
    }

    fn look(&mut self, each: usize, now: Instant) {
        let face = |pod: &Arc<PodView>| {
            let face = face(pod, now);
            // What many pods share has no room for it.
            (pod.uid, if each > 1 { Face { level: 0, ..face } } else { face })
        };
        self.faces.clear();
        self.faces.extend(self.pods.iter().map(face));
        let moves = |(_, face): &(Uid, Face)| matches!(face.kind, Kind::Starting | Kind::Leaving);
        self.moves = each == 1 && self.faces.iter().any(moves);
    }
}

impl Faces {
    /// Takes in the pods as they are now, so many to a cell.
    pub(super) fn update(&mut self, pods: &Pods, each: usize, now: Instant) {
        let same = std::mem::replace(&mut self.each, each) == each;
        let mut before = std::mem::take(&mut self.shelves).into_iter().peekable();
        for pods in pods.shelves() {
            let first = pods.first().map(|pod| pod.uid);
            while before.next_if(|shelf| shelf.first() < first).is_some() {}
            let known = before.next_if(|shelf| same && Arc::ptr_eq(&shelf.pods, pods));
            let mut shelf = known.unwrap_or_else(|| Shelf {
                pods: Arc::clone(pods),
                faces: Vec::new(),
                moves: true,
            });
            if shelf.moves {
                shelf.look(each, now);
            }
            self.shelves.push(shelf);
        }
    }

    fn from(&self, first: Uid) -> impl Iterator<Item = &(Uid, Face)> {
        let after = self.shelves.partition_point(|shelf| shelf.first() <= Some(first));
        self.shelves[after.saturating_sub(1)..].iter().flat_map(|shelf| &shelf.faces)
    }

    /// The cells of a lane.
    pub(super) fn cells(&self, seated: &Seated) -> Vec<Cell> {
        let each = self.each.max(1);
        let mut cells = vec![Cell::default(); seated.seats().div_ceil(each)];
        let Some((first, _)) = seated.pods().first() else { return cells };
        let mut faces = self.from(*first).peekable();
        for (uid, seat) in seated.pods() {
            while faces.next_if(|(other, _)| other < uid).is_some() {}
            if let (Some((_, face)), Some(cell)) =
                (faces.next_if(|(other, _)| other == uid), cells.get_mut(seat / each))
            {
                cell.add(*face);
            }
        }
        cells
    }
}

/// The pods of one cell, the one that deserves a look first.
pub(in crate::scene) fn members(
    seated: &Seated,
    cell: usize,
    pods: &Pods,
    (each, now): (usize, Instant),
) -> Vec<Arc<PodView>> {
    let of_cell = seated.pods().iter().filter(|(_, seat)| seat / each == cell);
    let mut found: Vec<Arc<PodView>> =
        of_cell.filter_map(|(uid, _)| pods.get(*uid).cloned()).collect();
    rollscope_sim::order::sort_by_key(&mut found, |pod| {
        let face = face(pod, now);
        std::cmp::Reverse((face.fails, face.kind))
    });
    found
}

/// `8 Ready, 1 loading`: the pods of a cell in words, the most frequent first.
pub(in crate::scene) fn in_words(pods: &[Arc<PodView>]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for pod in pods {
        let word = pod.stage.word();
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    rollscope_sim::order::sort_by_key(&mut counts, |(_, count)| std::cmp::Reverse(*count));
    let words: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(counts: &[(Kind, u8)], fails: u8) -> Cell {
        let mut cell = Cell { fails, ..Cell::default() };
        for (kind, count) in counts {
            cell.counts[*kind as usize] = *count;
        }
        cell
    }

    #[test]
    fn one_pod_of_a_hundred_is_seen_and_the_cell_is_not_overfull() {
        let heights = cell(&[(Kind::Ready, 99), (Kind::Unready, 1)], 0).heights(10.0, 100);
        assert_eq!(heights, [(Kind::Ready, 8.0), (Kind::Unready, 2.0)]);
        let half = cell(&[(Kind::Ready, 5)], 0).heights(10.0, 10);
        assert_eq!(half, [(Kind::Ready, 5.0)]);
    }

    #[test]
    fn what_fails_is_counted_beside_where_it_stands() {
        let mut cell = Cell::default();
        cell.add(Face { kind: Kind::Unready, level: 0, fails: true });
        cell.add(Face { kind: Kind::Ready, level: 0, fails: false });
        assert_eq!((cell.pods(), cell.fails, cell.kind()), (2, 1, Some(Kind::Ready)));
    }

    #[test]
    fn faces_that_are_kept_are_those_of_a_fresh_look() {
        let (from, to) = (Instant::BOOT, Instant::from_secs(10));
        let mut kept = Faces::default();
        for second in 0..12 {
            let now = Instant::from_secs(second);
            let uids = (second * 30..600).filter(|uid| uid % 7 > 0);
            let loads = |uid: u64| uid.is_multiple_of(40) && uid / 40 <= second;
            let stage =
                |uid| if loads(uid) { Stage::Loading { from, to } } else { Stage::NotReady };
            let pod = |uid| PodView { uid: Uid(uid), stage: stage(uid), ..PodView::default() };
            let pods: Pods = uids.map(|uid| Arc::new(pod(uid))).collect();
            let each = if second < 8 { 1 } else { 5 };
            let all: Vec<Uid> = pods.iter().map(|pod| pod.uid).collect();
            let seated = Seated::in_order(&all);
            for _ in 0..2 {
                kept.update(&pods, each, now);
                let mut fresh = Faces::default();
                fresh.update(&pods, each, now);
                assert_eq!(kept.cells(&seated), fresh.cells(&seated), "at {second} s");
            }
            let counted: u32 = kept.cells(&seated).iter().map(Cell::pods).sum();
            assert_eq!(usize::try_from(counted), Ok(all.len()));
        }
    }

    #[test]
    fn every_kind_has_its_own_count() {
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
        }
    }
}
