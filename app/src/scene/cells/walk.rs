//! Walking over the cells with the arrow keys.

use crate::layout::{LanePlace, StageLayout};

/// A cell: the number of its lane on the stage, and its own in the lane.
pub(super) type At = (usize, usize);

/// Where a key leads from a cell; `None` for keys that lead nowhere. Empty cells are passed over.
pub(super) fn walk(stage: &StageLayout, from: At, key: &str) -> Option<At> {
    let lanes: Vec<(usize, Vec<bool>)> =
        stage.lanes().map(|lane| (lane.columns, taken(stage, lane))).collect();
    let (lane, cell) = from;
    let (columns, cells) = lanes.get(lane)?;
    let next = |from: usize| (from..cells.len()).find(|cell| cells[*cell]).map(|cell| (lane, cell));
    let last = |until: usize| {
        (0..until.min(cells.len())).rev().find(|cell| cells[*cell]).map(|cell| (lane, cell))
    };
    let below = || {
        let mut below = lanes.iter().enumerate().skip(lane + 1);
        below.find_map(|(lane, (_, cells))| Some((lane, cells.iter().position(|taken| *taken)?)))
    };
    let above = || {
        let mut above = lanes.iter().enumerate().take(lane).rev();
        above.find_map(|(lane, (_, cells))| Some((lane, cells.iter().rposition(|taken| *taken)?)))
    };
    let to = match key {
        "ArrowRight" => next(cell + 1).or_else(below),
        "ArrowLeft" => last(cell).or_else(above),
        "ArrowDown" => next(cell + columns).or_else(below),
        "ArrowUp" => last((cell + 1).saturating_sub(*columns)).or_else(above),
        "Home" => next(0),
        "End" => last(cells.len()),
        _ => return None,
    };
    Some(to.unwrap_or(from))
}

/// The first cell that has a pod.
pub(super) fn first(stage: &StageLayout) -> Option<At> {
    let mut lanes = stage.lanes().enumerate();
    lanes.find_map(|(number, lane)| {
        let cell = taken(stage, lane).iter().position(|taken| *taken)?;
        Some((number, cell))
    })
}

fn taken(stage: &StageLayout, lane: &LanePlace) -> Vec<bool> {
    let mut taken = vec![false; lane.cells(stage.density)];
    for (_, seat) in lane.seated.pods() {
        if let Some(cell) = taken.get_mut(seat / stage.density.pods_a_cell()) {
            *cell = true;
        }
    }
    taken
}
