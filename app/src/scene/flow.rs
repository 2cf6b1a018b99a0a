//! Requests as the stage shows them: dots on their way, streams when there are too many, and marks
//! where one failed. A function of the view, the layout and the speed, so it holds under pause.

use std::collections::BTreeMap;

use rollscope_sim::api::Uid;
use rollscope_sim::view::{ClusterView, RequestView};
use rollscope_sim::{Duration, Instant, order};

use crate::layout::{LanePlace, Point, StageLayout, along, distance};
use crate::versions::sign_of;

/// How long a request is on its way, in screen time at real-time speed.
const TRAVEL: Duration = Duration::from_millis(900);
/// How long the mark of a failure stays, in screen time.
const MARK: Duration = Duration::from_secs(1);
/// How long the mark of a killed pod stays, in screen time.
const KILLED: Duration = Duration::from_millis(1_600);
/// Above this speed (in tenths) dots become streams.
const DOTS_UP_TO: u32 = 50;
/// Above so many requests a second of screen time too.
const REQUESTS_UP_TO: u64 = 300;
/// One request of so many is a dot on its stream.
const BEADS: u64 = 6;

/// A request on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Dot {
    pub(crate) at: Point,
    /// The sign of the version that answers; `None` before the Service has chosen.
    pub(crate) sign: Option<usize>,
}

/// Where requests failed, of late. Fades out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failed {
    pub(crate) at: Point,
    pub(crate) opacity: f64,
    pub(crate) cause: &'static str,
    /// How many of those that are shown.
    pub(crate) count: u32,
}

/// A piece of the way that requests take, too many to be told apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stream {
    pub(crate) points: Vec<Point>,
    /// `None` before the Service has chosen.
    pub(crate) sign: Option<usize>,
    /// Its share of all requests.
    pub(crate) share: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Flow {
    pub(crate) dots: Vec<Dot>,
    pub(crate) streams: Vec<Stream>,
    pub(crate) failed: Vec<Failed>,
}

/// How long the mark of a killed pod stays at a speed in tenths of real time.
pub(crate) fn killed_mark(tenths: u32) -> Duration {
    stretch(KILLED, tenths)
}

/// Screen time as virtual time; slow motion does not shorten it.
fn stretch(time: Duration, tenths: u32) -> Duration {
    time * tenths.max(10) / 10
}

/// Whether there are too many requests to be told apart.
fn is_crowded(view: &ClusterView, tenths: u32) -> bool {
    let services = view.services.len() as u64;
    let on_screen = u64::from(view.request_rate) * services * u64::from(tenths.max(10)) / 10;
    tenths > DOTS_UP_TO || on_screen > REQUESTS_UP_TO
}

/// What to paint. `tenths` is the speed in tenths of real time.
pub(crate) fn flow(view: &ClusterView, stage: &StageLayout, tenths: u32) -> Flow {
    let (travel, mark) = (stretch(TRAVEL, tenths), stretch(MARK, tenths));
    let crowded = is_crowded(view, tenths);
    let mut routes: BTreeMap<(Uid, Uid), Option<Vec<Point>>> = BTreeMap::new();
    let mut flow = Flow::default();
    let mut counts: BTreeMap<(Uid, Uid), (usize, f64)> = BTreeMap::new();
    let mut total = 0.0;
    let mut waiting: BTreeMap<Uid, usize> = BTreeMap::new();
    for request in view.requests.iter().rev() {
        let age = view.now.since(request.at);
        let worked_on = request.ended.map_or(age, |ended| ended.since(request.at));
        // The picture of a short request takes longer than the request.
        let lasts = worked_on.max(travel);
        if age > lasts + mark {
            continue;
        }
        let key = (request.service, request.pod.unwrap_or_default());
        let route = routes.entry(key).or_insert_with(|| route(stage, request)).as_deref();
        if age >= travel && (request.ended.is_none() || age < lasts) {
            flow.dots.extend(at_work(stage, request, &mut waiting));
            continue;
        }
        match &request.outcome {
            Err(failure) if age >= travel => {
                if let Some(at) = route.and_then(|route| route.last().copied()) {
                    let opacity = 1.0 - share(age.saturating_sub(lasts), mark);
                    fail(&mut flow.failed, at, opacity, failure.as_str());
                }
                continue;
            }
            Ok(version) if crowded => {
                counts.entry(key).or_insert((sign_of(version), 0.0)).1 += 1.0;
                total += 1.0;
            }
            _ => {}
        }
        if !crowded || (tenths <= DOTS_UP_TO && is_bead(request)) {
            let sign = request.outcome.as_ref().ok().map(|version| sign_of(version));
            flow.dots.extend(dot(route, share(age, travel), sign));
        }
    }
    for ((service, pod), (sign, count)) in counts {
        flow_to(&mut flow.streams, stage, (service, pod), (sign, count / total));
    }
    // Where two share a way, the thin one is seen on the wide one.
    order::sort_by(&mut flow.streams, |a, b| b.share.total_cmp(&a.share));
    flow
}

/// Marks a failure; those of one cause at one place are one mark, as bright as the last of them.
fn fail(failed: &mut Vec<Failed>, at: Point, opacity: f64, cause: &'static str) {
    let known =
        failed.iter_mut().find(|known| known.cause == cause && distance(known.at, at) < 1.0);
    match known {
        Some(known) => {
            known.opacity = known.opacity.max(opacity);
            known.count += 1;
        }
        None => failed.push(Failed { at, opacity, cause, count: 1 }),
    }
}

/// Whether a request is one of the few that are seen on their stream: by its instant alone, so that
/// it stays one.
fn is_bead(request: &RequestView) -> bool {
    let mixed = request.at.as_micros().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    mixed.is_multiple_of(BEADS)
}

/// Adds what flows to a pod: the way to the Service, to the lane, and along its rail to the pod.
/// Pieces that ways share get wider. Where pods are cells, the rail is all there is to see.
fn flow_to(
    streams: &mut Vec<Stream>,
    stage: &StageLayout,
    (service, pod): (Uid, Uid),
    (sign, share): (usize, f64),
) {
    let Some((lane, cell)) = stage.find(pod) else { return };
    let Some(way_in) = stage.way_in(service) else { return };
    let mut add = |points: Vec<Point>, sign: Option<usize>| {
        let known = streams.iter_mut().find(|known| known.sign == sign && known.points == points);
        match known {
            Some(known) => known.share += share,
            None => streams.push(Stream { points, sign, share }),
        }
    };
    add(way_in.to_vec(), None);
    let mut way = stage.way_to_lane(service, lane.entry);
    if stage.density.is_grid() {
        let end = lane.rails.first().map_or(lane.entry.x, |(_, end)| *end);
        way.push(Point { x: end, ..lane.entry });
        add(way, Some(sign));
        return;
    }
    add(way, Some(sign));
    for piece in along_rail(stage, lane, cell) {
        add(piece, Some(sign));
    }
}

/// From the beginning of a lane to a pod, a piece from each pod that is passed to the next.
fn along_rail(stage: &StageLayout, lane: &LanePlace, cell: usize) -> Vec<Vec<Point>> {
    let pod = lane.cell(cell, stage.density);
    let rail = stage.rail(lane, pod);
    let first = cell - cell % lane.columns.max(1);
    let passed = (first..=cell).map(|cell| lane.cell(cell, stage.density).x);
    let on_rail = passed.map(|x| Point { x, y: rail });
    let mut points = vec![lane.entry, Point { x: lane.entry.x, y: rail }];
    points.extend(on_rail);
    let reach = if stage.density.has_words() { 12.0 } else { 0.0 };
    points.push(Point { x: pod.x, y: pod.y - reach });
    points.windows(2).map(<[Point]>::to_vec).collect()
}

/// How far `age` is into `length`, from 0 to 1.
pub(crate) fn share(age: Duration, length: Duration) -> f64 {
    if length.is_zero() { 1.0 } else { (age.as_secs_f64() / length.as_secs_f64()).clamp(0.0, 1.0) }
}

/// How far `now` is between two instants, from 0 to 1.
pub(crate) fn progress(from: Instant, to: Instant, now: Instant) -> f64 {
    share(now.since(from), to.since(from))
}

/// To the pod, or to the Service when none was chosen or the pod has left the stage.
fn route(stage: &StageLayout, request: &RequestView) -> Option<Vec<Point>> {
    let to_pod = request.pod.and_then(|pod| stage.route(request.service, pod));
    to_pod.or_else(|| stage.way_in(request.service).map(|way| way.to_vec()))
}

/// Where requests stand around the pod that works on them, as shares of the distance.
const AROUND: [(f64, f64); 12] = [
    (0.0, -1.0),
    (0.5, -0.866),
    (0.866, -0.5),
    (1.0, 0.0),
    (0.866, 0.5),
    (0.5, 0.866),
    (0.0, 1.0),
    (-0.5, 0.866),
    (-0.866, 0.5),
    (-1.0, 0.0),
    (-0.866, -0.5),
    (-0.5, -0.866),
];
/// How far from the middle of a full-size pod they stand.
const DISTANCE: f64 = 25.0;

/// A request that a pod works on: a dot beside it, as long as there is a place.
fn at_work(
    stage: &StageLayout,
    request: &RequestView,
    waiting: &mut BTreeMap<Uid, usize>,
) -> Option<Dot> {
    let pod = request.pod?;
    let slot = stage.slot(pod)?;
    let place = waiting.entry(pod).or_default();
    let (x, y) = *AROUND.get(*place)?;
    *place += 1;
    let distance = DISTANCE * stage.density.scale();
    let at = Point { x: slot.at.x + x * distance, y: slot.at.y + y * distance };
    Some(Dot { at, sign: request.outcome.as_ref().ok().map(|version| sign_of(version)) })
}

fn dot(route: Option<&[Point]>, share: f64, sign: Option<usize>) -> Option<Dot> {
    let route = route?;
    let at = along(route, share);
    // From the second point to the third the Service chooses; nobody sees how.
    let (chooses, chosen) = choice(route);
    let hidden = share >= 1.0 || (share > chooses && share < chosen);
    (!hidden).then(|| Dot { at, sign: sign.filter(|_| share >= chosen) })
}

/// At which shares of its way a request enters and leaves the Service.
fn choice(route: &[Point]) -> (f64, f64) {
    let length = |points: &[Point]| -> f64 {
        points.windows(2).map(|pair| distance(pair[0], pair[1])).sum()
    };
    let until = |index: usize| length(route.get(..=index).unwrap_or(route));
    let all = length(route).max(1.0);
    (until(1) / all, until(2) / all)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use rollscope_sim::network::request::Failure;
    use rollscope_sim::view::ServiceView;

    use crate::layout::{Area, GroupPlace, Seated};

    fn stage() -> StageLayout {
        let area = Area { x: 100.0, y: 0.0, width: 100.0, height: 100.0 };
        let lane = LanePlace {
            uid: Uid(9),
            area: Area { x: 300.0, y: 12.0, width: 300.0, height: 100.0 },
            rails: vec![(50.0, 400.0)],
            entry: Point { x: 300.0, y: 50.0 },
            seated: Seated::in_order(&[Uid(5)]),
            columns: 3,
        };
        let group =
            GroupPlace { uid: None, area: lane.area, ruler: Area::default(), lanes: vec![lane] };
        StageLayout {
            clients: Point { x: 20.0, y: 50.0 },
            services: vec![(Uid(1), area)],
            groups: vec![group],
            ..StageLayout::default()
        }
    }

    fn view(now_ms: u64, requests: Vec<RequestView>) -> ClusterView {
        ClusterView { now: Instant::from_millis(now_ms), requests, ..ClusterView::default() }
    }

    fn request(at_ms: u64, outcome: Result<&str, Failure>) -> RequestView {
        RequestView {
            at: Instant::from_millis(at_ms),
            ended: Some(Instant::from_millis(at_ms)),
            service: Uid(1),
            pod: outcome.is_ok().then_some(Uid(5)),
            outcome: outcome.map(Into::into),
        }
    }

    #[test]
    fn a_dot_gets_its_version_once_the_service_has_chosen() {
        let signs = [1_010, 1_800].map(|now| {
            let flow = flow(&view(now, vec![request(1_000, Ok("v2"))]), &stage(), 10);
            flow.dots.first().map(|dot| dot.sign)
        });
        assert_eq!(signs, [Some(None), Some(Some(1))]);
        let arrived = flow(&view(2_000, vec![request(1_000, Ok("v2"))]), &stage(), 10);
        assert!(arrived.dots.is_empty());
    }

    #[test]
    fn a_failure_is_marked_where_it_failed_and_fades() {
        let requests = vec![request(1_000, Err(Failure::NoEndpoints))];
        let marked = flow(&view(2_400, requests.clone()), &stage(), 10);
        let [failed] = marked.failed.as_slice() else { panic!("one mark") };
        assert_eq!((failed.at.x, failed.cause), (100.0, "no ready endpoint"));
        assert!(failed.opacity > 0.4 && failed.opacity < 0.6);
        assert!(flow(&view(3_000, requests), &stage(), 10).failed.is_empty());
    }

    #[test]
    fn a_long_request_stays_at_its_pod_until_it_is_answered() {
        let mut long = request(1_000, Ok("v2"));
        long.ended = None;
        let still = flow(&view(9_000, vec![long.clone()]), &stage(), 10);
        let places: Vec<(f64, f64)> = still.dots.iter().map(|dot| (dot.at.x, dot.at.y)).collect();
        assert_eq!(places, [(338.0, 59.0)]);
        long.ended = Some(Instant::from_millis(8_000));
        assert!(flow(&view(9_000, vec![long]), &stage(), 10).dots.is_empty());
    }

    #[test]
    fn a_request_that_a_pod_lost_is_marked_when_it_was_lost() {
        let mut lost = request(1_000, Err(Failure::Killed));
        (lost.pod, lost.ended) = (Some(Uid(5)), Some(Instant::from_millis(6_000)));
        let before = flow(&view(5_000, vec![lost.clone()]), &stage(), 10);
        assert_eq!((before.dots.len(), before.failed.len()), (1, 0));
        let after = flow(&view(6_500, vec![lost]), &stage(), 10);
        assert_eq!((after.dots.len(), after.failed.len()), (0, 1));
    }

    #[test]
    fn at_high_speed_dots_become_streams_of_true_width() {
        let requests = (0..20).map(|number| request(number * 50, Ok("v1"))).collect();
        let flow = flow(&view(1_000, requests), &stage(), 1_000);
        assert!(flow.dots.is_empty());
        assert!(flow.streams.iter().all(|stream| (stream.share - 1.0).abs() < 1e-9));
        assert_eq!(flow.streams.first().map(|stream| stream.sign), Some(None));
    }

    #[test]
    fn hundreds_a_second_are_streams_with_some_dots_that_stay_the_same() {
        let requests: Vec<RequestView> =
            (0..200).map(|number| request(number * 4, Ok("v1"))).collect();
        let service = ServiceView {
            uid: Uid(1),
            name: "s".into(),
            selector: Vec::new(),
            matched: 1,
            ready: 1,
            not_ready: 0,
            terminating: 0,
            endpoints: Vec::new(),
            coming: Vec::new(),
        };
        let view = |now| ClusterView {
            request_rate: 500,
            services: vec![Arc::new(service.clone())],
            ..view(now, requests.clone())
        };
        let (now, later) = (flow(&view(800), &stage(), 10), flow(&view(810), &stage(), 10));
        assert!(!now.streams.is_empty() && now.dots.len() < 80 && now.dots.len() > 10);
        assert!(now.dots.len().abs_diff(later.dots.len()) < 5);
    }

    #[test]
    fn failures_of_one_cause_at_one_place_are_one_mark() {
        let requests = vec![request(1_000, Err(Failure::NoEndpoints)); 3];
        let failed = flow(&view(2_000, requests), &stage(), 10).failed;
        assert_eq!(failed.iter().map(|mark| mark.count).collect::<Vec<_>>(), [3]);
    }
}
