//! Where everything on the stage sits: a view and a width in, positions out. Pure geometry.
//!
//! A wide stage reads from left to right: clients, Services, Deployments with a lane for each
//! `ReplicaSet`. A narrow one reads from top to bottom.

use std::collections::BTreeMap;

use rollscope_sim::api::Uid;
use rollscope_sim::view::{ClusterView, DeploymentView, LaneView};
use rollscope_sim::{Duration, Instant};

/// Stages narrower than this read from top to bottom.
const NARROW: f64 = 620.0;
/// Lanes shorter than this have heads of two lines.
const TALL_HEADS: f64 = 520.0;
/// Lanes without pods that are shown of one Deployment.
const FOLDED_LANES: usize = 3;
/// Rows of full-size pods in one lane before pods get smaller.
const FULL_ROWS: usize = 3;
const COMPACT_ROWS: usize = 8;

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

/// How much of a pod there is room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Density {
    /// As [`Self::Full`], with room to spare.
    Large,
    /// Sign, ring, name and state.
    #[default]
    Full,
    /// Sign and ring.
    Compact,
    /// Sign.
    Mini,
}

impl Density {
    /// Width and height of a pod's cell.
    pub(crate) const fn cell(self) -> (f64, f64) {
        match self {
            Self::Large => (96.0, 112.0),
            Self::Full => (76.0, 84.0),
            Self::Compact => (36.0, 40.0),
            Self::Mini => (15.0, 16.0),
        }
    }

    /// The size of a sign as a share of its full size.
    pub(crate) const fn scale(self) -> f64 {
        match self {
            Self::Large => 1.4,
            Self::Full => 1.0,
            Self::Compact => 0.62,
            Self::Mini => 0.4,
        }
    }

    /// Whether a pod's name and state are written below it.
    pub(crate) const fn has_words(self) -> bool {
        matches!(self, Self::Large | Self::Full)
    }

    /// From the rail to the middle of the pods of its first row.
    const fn drop(self) -> f64 {
        match self {
            Self::Large => 44.0,
            Self::Full => 34.0,
            Self::Compact => 24.0,
            Self::Mini => 14.0,
        }
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
    pub(crate) pods: BTreeMap<Uid, Slot>,
}

/// Lays out what `view` shows on a stage of this width; `roomy` when there is height to spare.
///
/// Pods that were killed keep a place for as long as their mark is `shown`.
pub(crate) fn layout(view: &ClusterView, width: f64, roomy: bool, shown: Duration) -> StageLayout {
    let narrow = width < NARROW;
    let since = view.now - shown;
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
        let x = services.right() + (width * 0.08).clamp(40.0, 88.0);
        Area { x, y: 0.0, width: width - x, height: 0.0 }
    };
    stage.density = density(view, lanes.width, roomy);
    stage.tall_heads = lanes.width < TALL_HEADS;
    let mut y = lanes.y;
    for deployment in &view.deployments {
        y = group(&mut stage, deployment, Area { y, ..lanes }, since) + 14.0;
    }
    if !view.loose.is_empty() {
        y = loose(&mut stage, &view.loose, Area { y, ..lanes }, since) + 14.0;
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

/// The largest pods with which the fullest lane stays within a few rows.
fn density(view: &ClusterView, width: f64, roomy: bool) -> Density {
    let lanes = view.deployments.iter().flat_map(|deployment| &deployment.lanes);
    let most = lanes.chain(&view.loose).map(|lane| lane.pods.len()).max().unwrap_or(0);
    let fits = |density, rows| most <= per_row(density, width) * rows;
    if roomy && view.deployments.len() == 1 && width >= TALL_HEADS && fits(Density::Large, 1) {
        Density::Large
    } else if fits(Density::Full, FULL_ROWS) {
        Density::Full
    } else if fits(Density::Compact, COMPACT_ROWS) {
        Density::Compact
    } else {
        Density::Mini
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
fn per_row(density: Density, width: f64) -> usize {
    ((width / density.cell().0) as usize).max(1)
}

fn group(stage: &mut StageLayout, deployment: &DeploymentView, area: Area, since: Instant) -> f64 {
    let ruler = Area {
        y: area.y + if stage.tall_heads { 96.0 } else { 60.0 },
        width: (area.width - 96.0).min(560.0),
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
        let place = lane_place(stage, lane, Area { y, ..area }, since);
        y = place.area.bottom();
        lanes.push(place);
    }
    let area = Area { height: y - area.y, ..area };
    stage.groups.push(GroupPlace { uid: Some(deployment.uid), area, ruler, lanes });
    y
}

fn loose(stage: &mut StageLayout, found: &[LaneView], area: Area, since: Instant) -> f64 {
    let mut y = area.y + 28.0;
    let mut lanes = Vec::new();
    for lane in found {
        let place = lane_place(stage, lane, Area { y, ..area }, since);
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
fn lane_place(stage: &mut StageLayout, lane: &LaneView, area: Area, since: Instant) -> LanePlace {
    let density = stage.density;
    let (cell_width, cell_height) = density.cell();
    let top = area.y + if stage.tall_heads { 52.0 } else { 38.0 };
    let entry = Point { x: area.x, y: top };
    let pods: Vec<Uid> = lane.pods.iter().copied().chain(killed(lane, since)).collect();
    if pods.is_empty() && lane.desired == 0 {
        let area = Area { height: if stage.tall_heads { 46.0 } else { 32.0 }, ..area };
        return LanePlace { uid: lane.uid, area, rails: Vec::new(), entry };
    }
    let columns = per_row(density, area.width);
    let mut rails: Vec<(f64, f64)> = Vec::new();
    for (index, pod) in pods.iter().enumerate() {
        let (row, column) = (index / columns, index % columns);
        // Small pods hang from one rail, large ones from one each row.
        let rail = if density.has_words() { top + row as f64 * cell_height } else { top };
        let y = top + row as f64 * cell_height + density.drop();
        let x = area.x + (column as f64 + 0.5) * cell_width;
        stage.pods.insert(*pod, Slot { at: Point { x, y }, rail, entry });
        match rails.last_mut().filter(|(y, _)| (*y - rail).abs() < 0.5) {
            Some((_, end)) => *end = end.max(x),
            None => rails.push((rail, x)),
        }
    }
    if rails.is_empty() {
        rails.push((top, area.x + cell_width / 2.0));
    }
    let rows = pods.len().div_ceil(columns).max(1);
    let height = top - area.y + rows as f64 * cell_height + 10.0;
    LanePlace { uid: lane.uid, area: Area { height, ..area }, rails, entry }
}

impl StageLayout {
    /// The way from the clients into a Service.
    pub(crate) fn way_in(&self, service: Uid) -> Option<[Point; 2]> {
        let (_, area) = self.services.iter().find(|(uid, _)| *uid == service)?;
        let y = area.middle();
        Some([Point { x: self.clients.x + 30.0, y: self.clients.y }, Point { x: area.x, y }])
    }

    /// The way from a Service to the beginning of a lane.
    pub(crate) fn way_to_lane(&self, service: Uid, entry: Point) -> Vec<Point> {
        let Some((_, area)) = self.services.iter().find(|(uid, _)| *uid == service) else {
            return Vec::new();
        };
        if self.narrow {
            let trunk = 6.0;
            let start = Point { x: area.x + 24.0, y: area.bottom() };
            let corner = Point { x: trunk, y: area.bottom() + 12.0 };
            return vec![
                start,
                Point { x: start.x, y: corner.y },
                corner,
                Point { x: trunk, y: entry.y },
                entry,
            ];
        }
        let start = Point { x: area.right(), y: area.middle() };
        let bend = (entry.x - start.x) * 0.55;
        (0..=14)
            .map(|step| {
                let t = f64::from(step) / 14.0;
                cubic(
                    [
                        start,
                        Point { x: start.x + bend, y: start.y },
                        Point { x: entry.x - bend, y: entry.y },
                        entry,
                    ],
                    t,
                )
            })
            .collect()
    }

    /// The way of a request from the clients through a Service to a pod.
    pub(crate) fn route(&self, service: Uid, pod: Uid) -> Option<Vec<Point>> {
        let slot = self.pods.get(&pod)?;
        let mut points: Vec<Point> = self.way_in(service)?.to_vec();
        points.extend(self.way_to_lane(service, slot.entry));
        points.push(Point { x: slot.entry.x, y: slot.rail });
        points.push(Point { x: slot.at.x, y: slot.rail });
        let reach = if self.density.has_words() { 12.0 } else { 0.0 };
        points.push(Point { x: slot.at.x, y: slot.at.y - reach });
        Some(points)
    }
}

fn cubic(points: [Point; 4], t: f64) -> Point {
    let u = 1.0 - t;
    let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
    let sum = |pick: fn(&Point) -> f64| {
        points.iter().zip(weights).map(|(point, weight)| pick(point) * weight).sum()
    };
    Point { x: sum(|point| point.x), y: sum(|point| point.y) }
}

/// The point at a share of the way, from 0 to 1.
pub(crate) fn along(points: &[Point], share: f64) -> Point {
    let lengths = || points.windows(2).map(|pair| distance(pair[0], pair[1]));
    let mut left = share.clamp(0.0, 1.0) * lengths().sum::<f64>();
    for (pair, length) in points.windows(2).zip(lengths()) {
        if left <= length && length > 0.0 {
            let t = left / length;
            return Point {
                x: pair[0].x + (pair[1].x - pair[0].x) * t,
                y: pair[0].y + (pair[1].y - pair[0].y) * t,
            };
        }
        left -= length;
    }
    points.last().copied().unwrap_or_default()
}

pub(crate) fn distance(a: Point, b: Point) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// SVG path data through these points.
pub(crate) fn path(points: &[Point]) -> String {
    use std::fmt::Write;
    let mut data = String::new();
    for (index, Point { x, y }) in points.iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        let _ = write!(data, "{letter}{x:.1} {y:.1}");
    }
    data
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
            for size in [1, 3, 9, 40, 100, 400] {
                let stage = layout(
                    &view(vec![lane(10, 100..100 + size), lane(11, 900..903)]),
                    width,
                    true,
                    Duration::ZERO,
                );
                let (cell, _) = stage.density.cell();
                let places: Vec<Point> = stage.pods.values().map(|slot| slot.at).collect();
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
        let stage =
            layout(&view(vec![lane(10, 100..103), lane(11, 0..0)]), 900.0, false, Duration::ZERO);
        let [full, folded] = stage.groups[0].lanes.as_slice() else { panic!("two lanes") };
        assert!(folded.area.y >= full.area.bottom());
        assert!(folded.area.height < 40.0 && folded.rails.is_empty());
    }

    #[test]
    fn a_route_leads_from_the_clients_to_the_pod() {
        for width in [328.0, 900.0] {
            let stage = layout(&view(vec![lane(10, 100..103)]), width, false, Duration::ZERO);
            let route = stage.route(Uid(2), Uid(101)).expect("both are on the stage");
            let pod = stage.pods[&Uid(101)].at;
            assert!(distance(along(&route, 0.0), stage.clients) < 40.0);
            assert!(distance(along(&route, 1.0), pod) < 16.0);
            assert!(stage.route(Uid(2), Uid(7)).is_none());
        }
    }
}
