//! The ways of requests over the stage, as points and as path data.

use rollscope_sim::api::Uid;

use super::{Point, StageLayout};

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
        let slot = self.slot(pod)?;
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
