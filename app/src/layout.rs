//! Where everything on the stage sits: a view and a width in, positions out. Pure geometry.
//!
//! A wide stage reads from left to right: clients, Services, Deployments with a lane for each
//! `ReplicaSet`. A narrow one reads from top to bottom.

mod density;
mod seats;
mod ways;

use rollscope_sim::api::Uid;
use rollscope_sim::view::{ClusterView, DeploymentView, LaneView};
use rollscope_sim::{Duration, Instant};

pub(crate) use density::Density;
use density::{density, per_row};
pub(crate) use seats::{Seated, Seats};
pub(crate) use ways::{along, distance, path};

/// Stages narrower than this read from top to bottom.
const NARROW: f64 = 620.0;
/// Lanes shorter than this have heads of two lines.
const TALL_HEADS: f64 = 520.0;
/// Lanes without pods that are shown of one Deployment.
const FOLDED_LANES: usize = 3;
pub(crate) const SERVICE_HEIGHT: f64 = 112.0;
pub(crate) const RULER_HEIGHT: f64 = 12.0;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Area {
    pub(crate) fn right(self) -> f64 {
        self.x + self.width
    }

    pub(crate) fn bottom(self) -> f64 {
        self.y + self.height
    }

    fn middle(self) -> f64 {
        self.y + self.height / 2.0
    }
}

/// Where a pod sits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slot {
    pub(crate) at: Point,
    /// The rail it hangs from.
    pub(crate) rail: f64,
    /// Where its lane begins.
    pub(crate) entry: Point,
}

/// A lane's place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LanePlace {
    pub(crate) uid: Uid,
    pub(crate) area: Area,
    /// Where its rails run, from its entry to the last pod; empty when it is folded.
    pub(crate) rails: Vec<(f64, f64)>,
    pub(crate) entry: Point,
    pub(crate) seated: Seated,
    /// Cells in a row.
    pub(crate) columns: usize,
}

impl LanePlace {
    /// The middle of a cell.
    #[expect(clippy::cast_precision_loss, reason = "some thousand pods at most")]
    pub(crate) fn cell(&self, cell: usize, density: Density) -> Point {
        let (width, height) = density.cell();
        let (row, column) = (cell / self.columns.max(1), cell % self.columns.max(1));
        Point {
            x: self.area.x + (column as f64 + 0.5) * width,
            y: self.entry.y + row as f64 * height + density.drop(),
        }
    }

    /// The cell at a point.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in the lane")]
    pub(crate) fn cell_at(&self, at: Point, density: Density) -> Option<usize> {
        let (width, height) = density.cell();
        let first = self.cell(0, density);
        let (x, y) = (at.x - first.x + width / 2.0, at.y - first.y + height / 2.0);
        if self.rails.is_empty() || x < 0.0 || y < 0.0 {
            return None;
        }
        let (column, row) = ((x / width) as usize, (y / height) as usize);
        let cell = row * self.columns + column;
        (column < self.columns && cell < self.cells(density)).then_some(cell)
    }

    /// How many cells it has.
    pub(crate) fn cells(&self, density: Density) -> usize {
        self.seated.seats().div_ceil(density.pods_a_cell())
    }
}

/// A Deployment's place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GroupPlace {
    /// `None` for lanes that belong to no Deployment.
    pub(crate) uid: Option<Uid>,
    pub(crate) area: Area,
    pub(crate) ruler: Area,
    pub(crate) lanes: Vec<LanePlace>,
}

/// All places.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StageLayout {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) narrow: bool,
    /// Whether lanes are so short that heads take two lines.
    pub(crate) tall_heads: bool,
    pub(crate) density: Density,
    pub(crate) clients: Point,
    pub(crate) services: Vec<(Uid, Area)>,
    pub(crate) groups: Vec<GroupPlace>,
}

impl StageLayout {
    /// All lanes, from the top.
    pub(crate) fn lanes(&self) -> impl Iterator<Item = &LanePlace> {
        self.groups.iter().flat_map(|group| &group.lanes)
    }

    /// The lane that a pod is in, and its cell there.
    pub(crate) fn find(&self, pod: Uid) -> Option<(&LanePlace, usize)> {
        let each = self.density.pods_a_cell();
        self.lanes().find_map(|lane| Some((lane, lane.seated.seat(pod)? / each)))
    }

    /// Where a pod sits.
    pub(crate) fn slot(&self, pod: Uid) -> Option<Slot> {
        let (lane, cell) = self.find(pod)?;
        let at = lane.cell(cell, self.density);
        Some(Slot { at, rail: self.rail(lane, at), entry: lane.entry })
    }

    /// The height of the rail that a pod at this place hangs from.
    pub(crate) fn rail(&self, lane: &LanePlace, pod: Point) -> f64 {
        if self.density.has_words() { pod.y - self.density.drop() } else { lane.entry.y }
    }
}

/// Lays out what `view` shows on a stage of this width; `roomy` when there is height to spare.
///
/// Pods that were killed keep a place for as long as their mark is `shown`; `seats` remembers who
/// sat where.
pub(crate) fn layout(
    view: &ClusterView,
    (width, roomy): (f64, bool),
    shown: Duration,
    seats: &mut Seats,
) -> StageLayout {
    let narrow = width < NARROW;
    let since = view.now - shown;
    seats.begin(view.now);
    let mut stage = StageLayout { width, narrow, ..StageLayout::default() };
    let services = if narrow {
        Area { x: 92.0, y: 4.0, width: width - 92.0, height: 0.0 }
    } else {
        Area { x: 104.0, y: 8.0, width: (width * 0.22).clamp(176.0, 216.0), height: 0.0 }
    };
    let mut below = services.y;
    for service in &view.services {
        stage.services.push((service.uid, Area { y: below, height: SERVICE_HEIGHT, ..services }));
        below += SERVICE_HEIGHT + 16.0;
    }
    let lanes = if narrow {
        Area { x: 18.0, y: below + 16.0, width: width - 18.0, height: 0.0 }
    } else {
        let x = (services.right() + (width * 0.08).clamp(40.0, 88.0)).round();
        Area { x, y: 0.0, width: width - x, height: 0.0 }
    };
    stage.density = density(view, lanes.width, roomy);
    stage.tall_heads = lanes.width < TALL_HEADS;
    let mut y = lanes.y;
    for deployment in &view.deployments {
        y = group(&mut stage, deployment, Area { y, ..lanes }, (since, seats)) + 14.0;
    }
    if !view.loose.is_empty() {
        y = loose(&mut stage, &view.loose, Area { y, ..lanes }, (since, seats)) + 14.0;
    }
    stage.height = y.max(below).max(if narrow { 220.0 } else { 260.0 });
    centre_services(&mut stage);
    stage
}

/// On a wide stage the Services stand beside the middle of the lanes.
fn centre_services(stage: &mut StageLayout) {
    let first = stage.services.first().map_or(54.0, |(_, area)| area.middle());
    if stage.narrow {
        stage.clients = Point { x: 34.0, y: first };
        return;
    }
    let entries: Vec<f64> = stage
        .groups
        .iter()
        .flat_map(|group| &group.lanes)
        .filter(|lane| !lane.rails.is_empty())
        .map(|lane| lane.entry.y)
        .collect();
    let used = stage.services.last().map_or(0.0, |(_, area)| area.bottom());
    let shift = match (entries.first(), entries.last()) {
        (Some(first), Some(last)) => (first.midpoint(*last) - used / 2.0).max(0.0),
        _ => 60.0,
    };
    for (_, area) in &mut stage.services {
        area.y += shift.round();
    }
    let middle = stage.services.first().zip(stage.services.last());
    let middle =
        middle.map_or(first + 60.0, |((_, top), (_, bottom))| top.y.midpoint(bottom.bottom()));
    stage.clients = Point { x: 34.0, y: middle };
}

fn group(
    stage: &mut StageLayout,
    deployment: &DeploymentView,
    area: Area,
    (since, seats): (Instant, &mut Seats),
) -> f64 {
    let ruler = Area {
        y: area.y + if stage.tall_heads { 96.0 } else { 60.0 },
        width: (area.width - 112.0).min(560.0),
        height: RULER_HEIGHT,
        ..area
    };
    let mut y = ruler.bottom() + 24.0;
    let mut lanes = Vec::new();
    let mut folded = 0;
    for lane in &deployment.lanes {
        if lane.pods.is_empty() && lane.desired == 0 && killed(lane, since).next().is_none() {
            folded += 1;
            if folded > FOLDED_LANES {
                continue;
            }
        }
        let place = lane_place(stage, lane, Area { y, ..area }, (since, seats));
        y = place.area.bottom();
        lanes.push(place);
    }
    let area = Area { height: y - area.y, ..area };
    stage.groups.push(GroupPlace { uid: Some(deployment.uid), area, ruler, lanes });
    y
}

fn loose(
    stage: &mut StageLayout,
    found: &[LaneView],
    area: Area,
    (since, seats): (Instant, &mut Seats),
) -> f64 {
    let mut y = area.y + 28.0;
    let mut lanes = Vec::new();
    for lane in found {
        let place = lane_place(stage, lane, Area { y, ..area }, (since, seats));
        y = place.area.bottom();
        lanes.push(place);
    }
    let area = Area { height: y - area.y, ..area };
    stage.groups.push(GroupPlace { uid: None, area, ruler: Area::default(), lanes });
    y
}

/// The pods of a lane that were killed since then.
fn killed(lane: &LaneView, since: Instant) -> impl Iterator<Item = Uid> {
    lane.killed.iter().filter(move |(_, at)| *at >= since).map(|(pod, _)| *pod)
}

#[expect(clippy::cast_precision_loss, reason = "some thousand pods at most")]
fn lane_place(
    stage: &StageLayout,
    lane: &LaneView,
    area: Area,
    (since, seats): (Instant, &mut Seats),
) -> LanePlace {
    let density = stage.density;
    let (cell_width, cell_height) = density.cell();
    let top = area.y + if stage.tall_heads { 52.0 } else { 38.0 };
    let entry = Point { x: area.x, y: top };
    let mut pods: Vec<Uid> = lane.pods.clone();
    for pod in killed(lane, since) {
        let place = pods.partition_point(|other| *other < pod);
        pods.insert(place, pod);
    }
    let columns = per_row(density, area.width);
    if pods.is_empty() && lane.desired == 0 {
        let area = Area { height: if stage.tall_heads { 46.0 } else { 32.0 }, ..area };
        let seated = Seated::default();
        return LanePlace { uid: lane.uid, area, rails: Vec::new(), entry, seated, columns };
    }
    let seated =
        if density.is_grid() { seats.seat(lane.uid, &pods) } else { Seated::in_order(&pods) };
    let rows = seated.seats().div_ceil(density.pods_a_cell()).div_ceil(columns).max(1);
    let height = top - area.y + rows as f64 * cell_height + 10.0;
    let area = Area { height, ..area };
    let mut place = LanePlace { uid: lane.uid, area, rails: Vec::new(), entry, seated, columns };
    let last = place.cells(density).saturating_sub(1);
    // Small pods hang from one rail, large ones from one each row.
    for row in 0..if density.has_words() { rows } else { 1 } {
        let end = place.cell(last.min(row * columns + columns - 1), density).x;
        place.rails.push((top + row as f64 * cell_height, end.max(area.x + cell_width / 2.0)));
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use rollscope_sim::view::{Budget, ServiceView};

    fn lane(uid: u64, pods: std::ops::Range<u64>) -> LaneView {
        let pods: Vec<Uid> = pods.map(Uid).collect();
        let size = i32::try_from(pods.len()).expect("few");
        LaneView {
            uid: Uid(uid),
            name: "rs".into(),
            hash: "h".into(),
            revision: 1,
            version: "v1".into(),
            is_new: true,
            desired: size,
            current: size,
            ready: size,
            pods,
            killed: Vec::new(),
        }
    }

    fn view(lanes: Vec<LaneView>) -> ClusterView {
        let deployment = DeploymentView {
            uid: Uid(1),
            name: "d".into(),
            strategy: "RollingUpdate",
            desired: 3,
            updated: 3,
            ready: 3,
            available: 3,
            paused: false,
            revision: 1,
            version: "v1".into(),
            complete: true,
            conditions: Vec::new(),
            budget: Budget::default(),
            lanes,
        };
        let service = ServiceView {
            uid: Uid(2),
            name: "s".into(),
            selector: Vec::new(),
            matched: 0,
            ready: 0,
            not_ready: 0,
            terminating: 0,
            endpoints: Vec::new(),
            coming: Vec::new(),
        };
        ClusterView {
            services: vec![Arc::new(service)],
            deployments: vec![Arc::new(deployment)],
            ..ClusterView::default()
        }
    }

    #[test]
    fn no_two_pods_share_a_place_and_all_stay_on_the_stage() {
        for width in [328.0, 500.0, 760.0, 1_100.0] {
            for size in [1, 3, 9, 40, 100, 400, 1_400] {
                let stage = layout(
                    &view(vec![lane(10, 100..100 + size), lane(11, 9_000..9_003)]),
                    (width, true),
                    Duration::ZERO,
                    &mut Seats::default(),
                );
                let (cell, _) = stage.density.cell();
                let all = (100..100 + size).chain(9_000..9_003).map(Uid);
                let places: Vec<Point> =
                    all.filter_map(|pod| stage.slot(pod)).map(|slot| slot.at).collect();
                for (index, a) in places.iter().enumerate() {
                    assert!(a.x > 0.0 && a.x < width && a.y < stage.height, "{width} {size} {a:?}");
                    for b in &places[index + 1..] {
                        assert!(distance(*a, *b) > cell * 0.9, "{width} {size}: {a:?} {b:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn lanes_follow_each_other_and_empty_ones_fold() {
        let stage = layout(
            &view(vec![lane(10, 100..103), lane(11, 0..0)]),
            (900.0, false),
            Duration::ZERO,
            &mut Seats::default(),
        );
        let [full, folded] = stage.groups[0].lanes.as_slice() else { panic!("two lanes") };
        assert!(folded.area.y >= full.area.bottom());
        assert!(folded.area.height < 40.0 && folded.rails.is_empty());
    }

    #[test]
    fn a_route_leads_from_the_clients_to_the_pod() {
        for width in [328.0, 900.0] {
            let stage = layout(
                &view(vec![lane(10, 100..103)]),
                (width, false),
                Duration::ZERO,
                &mut Seats::default(),
            );
            let route = stage.route(Uid(2), Uid(101)).expect("both are on the stage");
            let pod = stage.slot(Uid(101)).expect("it is on the stage").at;
            assert!(distance(along(&route, 0.0), stage.clients) < 40.0);
            assert!(distance(along(&route, 1.0), pod) < 16.0);
            assert!(stage.route(Uid(2), Uid(7)).is_none());
        }
    }
}
