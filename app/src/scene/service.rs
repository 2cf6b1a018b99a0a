//! The clients and the Services, as the stage shows them.

use rollscope_sim::view::ServiceView;

use crate::layout::{Area, Point};
use crate::markup::{escape, put};
use crate::sizes::{LEADING_S, RADIUS, SPACE_1, SPACE_3, SPACE_6, SPACE_HALF};

const CLIENTS_WIDTH: f64 = 64.0;
const CLIENTS_HEIGHT: f64 = 48.0;
/// From where the requests leave to the right edge.
const CLIENTS_RIGHT: f64 = 30.0;
/// From a box's edge to its words.
const INSET: f64 = SPACE_3 + SPACE_HALF;

/// Where the requests come from.
pub(super) fn clients(out: &mut String, at: Point, rate: u32) {
    put!(
        out,
        r#"<g class="clients" transform="translate({:.1} {:.1})">
        <rect x="{left}" y="{top}" width="{CLIENTS_WIDTH}" height="{CLIENTS_HEIGHT}" rx="{RADIUS}"/>
        <text class="strong" x="{middle}" y="-{SPACE_HALF}" text-anchor="middle">clients</text>
        <text class="muted" x="{middle}" y="{second}" text-anchor="middle">{rate} req/s</text></g>"#,
        at.x,
        at.y,
        left = CLIENTS_RIGHT - CLIENTS_WIDTH,
        top = -CLIENTS_HEIGHT / 2.0,
        middle = CLIENTS_RIGHT - CLIENTS_WIDTH / 2.0,
        second = LEADING_S - SPACE_HALF,
    );
}

/// A Service: its selector and its endpoints.
pub(super) fn service(out: &mut String, service: &ServiceView, area: Area) {
    let Area { x, y, width, height } = area;
    let name = escape(&service.name);
    put!(
        out,
        r#"<g class="service" role="group" aria-label="{}" transform="translate({x:.1} {y:.1})">
        <rect width="{width:.1}" height="{height:.1}" rx="{RADIUS}"/>
        <text x="{INSET}" y="{SPACE_6}"><tspan class="muted">Service </tspan><tspan class="strong">{name}</tspan></text>"#,
        escape(&summary(service))
    );
    let mut y = 2.0 * SPACE_6;
    for line in selector_lines(&service.selector) {
        put!(out, r#"<text class="mono" x="{INSET}" y="{y}">{}</text>"#, escape(&line));
        y += LEADING_S;
    }
    put!(
        out,
        r#"<text class="strong" x="{INSET}" y="{:.1}">{}</text><text class="muted" x="{INSET}" y="{:.1}">{}</text></g>"#,
        height - INSET - SPACE_3,
        in_box(service),
        height - INSET + SPACE_1,
        others(service)
    );
}

/// At most two lines; what does not fit is counted.
fn selector_lines(selector: &[String]) -> Vec<String> {
    match selector {
        [] => vec!["no selector".to_owned()],
        [one] => vec![one.clone()],
        [one, two] => vec![one.clone(), two.clone()],
        [one, rest @ ..] => vec![one.clone(), format!("and {} more", rest.len())],
    }
}

fn ready(service: &ServiceView) -> String {
    let s = if service.ready == 1 { "" } else { "s" };
    format!("{} endpoint{s} ready", service.ready)
}

/// As [`ready`], as far as the box has room.
fn in_box(service: &ServiceView) -> String {
    if service.ready < 10_000 { ready(service) } else { format!("{} ready", service.ready) }
}

fn others(service: &ServiceView) -> String {
    let ServiceView { not_ready, terminating, .. } = service;
    match (not_ready, terminating) {
        (0, 0) => String::new(),
        (_, 0) => format!("{not_ready} not ready"),
        (0, _) => format!("{terminating} terminating"),
        _ => format!("{not_ready} not ready, {terminating} leaving"),
    }
}

fn summary(service: &ServiceView) -> String {
    let selector = service.selector.join(",");
    let coming = match service.coming.len() {
        0 => String::new(),
        coming => format!(", {coming} more once Ready"),
    };
    format!("Service {}, selector {selector}: {}{coming}", service.name, ready(service))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollscope_sim::api::Uid;

    #[test]
    fn a_service_shows_its_selector_and_counts_its_endpoints() {
        let view = ServiceView {
            uid: Uid(1),
            name: "web".into(),
            selector: ["app=a<b", "tier=x", "zone=y"].map(str::to_owned).to_vec(),
            matched: 4,
            ready: 1,
            not_ready: 2,
            terminating: 1,
            endpoints: Vec::new(),
            coming: Vec::new(),
        };
        let mut out = String::new();
        service(&mut out, &view, Area::default());
        for part in ["app=a&lt;b", "and 2 more", "1 endpoint ready", "2 not ready, 1 leaving"] {
            assert!(out.contains(part), "{part} in {out}");
        }
    }
}
