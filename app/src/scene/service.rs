//! The clients and the Services, as the stage shows them.

use rollscope_sim::view::ServiceView;

use crate::layout::{Area, Point};
use crate::markup::{escape, put};

/// Where the requests come from.
pub(super) fn clients(out: &mut String, at: Point, rate: u32) {
    put!(
        out,
        r#"<g class="clients" transform="translate({:.1} {:.1})">
        <rect x="-34" y="-24" width="64" height="48" rx="6"/>
        <text class="strong" x="-2" y="-2" text-anchor="middle">clients</text>
        <text class="muted" x="-2" y="14" text-anchor="middle">{rate} req/s</text></g>"#,
        at.x,
        at.y
    );
}

/// A Service: its selector and its endpoints.
pub(super) fn service(out: &mut String, service: &ServiceView, area: Area) {
    let Area { x, y, width, height } = area;
    let name = escape(&service.name);
    put!(
        out,
        r#"<g class="service" role="group" aria-label="{}" transform="translate({x:.1} {y:.1})">
        <rect width="{width:.1}" height="{height:.1}" rx="6"/>
        <text x="14" y="24"><tspan class="muted">Service </tspan><tspan class="strong">{name}</tspan></text>"#,
        escape(&summary(service))
    );
    for (line, y) in selector_lines(&service.selector).iter().zip([48, 64]) {
        put!(out, r#"<text class="mono" x="14" y="{y}">{}</text>"#, escape(line));
    }
    put!(
        out,
        r#"<text class="strong" x="14" y="86">{}</text><text class="muted" x="14" y="102">{}</text></g>"#,
        ready(service),
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
