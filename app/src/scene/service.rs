//! The clients and the Services, as the stage shows them.

use std::sync::Arc;

use leptos::prelude::*;
use rollscope_sim::api::Uid;
use rollscope_sim::view::ServiceView;

use crate::desk::use_desk;
use crate::layout::{Area, StageLayout};

/// Where the requests come from.
#[component]
pub(super) fn Clients(stage: Memo<Arc<StageLayout>>) -> impl IntoView {
    let desk = use_desk();
    let rate = Memo::new(move |_| desk.view.with(|view| view.request_rate));
    let place = move || {
        stage.with(|stage| format!("translate({:.1} {:.1})", stage.clients.x, stage.clients.y))
    };
    view! {
        <g class="clients" transform=place>
            <rect x="-34" y="-24" width="64" height="48" rx="6"></rect>
            <text class="strong" x="-2" y="-2" text-anchor="middle">"clients"</text>
            <text class="muted" x="-2" y="14" text-anchor="middle">
                {move || format!("{} req/s", rate.get())}
            </text>
        </g>
    }
}

/// A Service: its selector and its endpoints.
#[component]
pub(super) fn ServiceBox(uid: Uid, stage: Memo<Arc<StageLayout>>) -> impl IntoView {
    let desk = use_desk();
    let service = Memo::new(move |_| {
        desk.view.with(|view| {
            view.services
                .iter()
                .find(|service| service.uid == uid)
                .cloned()
        })
    });
    let area = Memo::new(move |_| {
        let found = stage.with(|stage| {
            stage
                .services
                .iter()
                .find(|(found, _)| *found == uid)
                .map(|(_, area)| *area)
        });
        found.unwrap_or_default()
    });
    let text = move |of: fn(&ServiceView) -> String| {
        move || service.with(|service| service.as_deref().map(of).unwrap_or_default())
    };
    let selector = move || {
        let lines = service.with(|service| {
            service
                .as_deref()
                .map(|service| selector_lines(&service.selector))
                .unwrap_or_default()
        });
        lines
            .into_iter()
            .zip([48, 64])
            .map(|(line, y)| view! { <text class="mono" x="14" y=y>{line}</text> })
            .collect_view()
    };
    view! {
        <g
            class="service"
            role="group"
            aria-label=text(summary)
            style:transform=move || {
                let Area { x, y, .. } = area.get();
                format!("translate({x:.1}px,{y:.1}px)")
            }
        >
            <rect
                width=move || area.get().width
                height=move || area.get().height
                rx="6"
            ></rect>
            <text x="14" y="24">
                // Text that never changes is made as HTML, which is no good inside of SVG.
                <tspan class="muted">{text(|_| "Service ".to_owned())}</tspan>
                <tspan class="strong">{text(|service| service.name.to_string())}</tspan>
            </text>
            {selector}
            <text class="strong" x="14" y="86">{text(ready)}</text>
            <text class="muted" x="14" y="102">{text(others)}</text>
        </g>
    }
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
    format!("{} ready", plural(service.ready, "endpoint"))
}

fn plural(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

fn others(service: &ServiceView) -> String {
    let ServiceView {
        not_ready,
        terminating,
        ..
    } = service;
    match (not_ready, terminating) {
        (0, 0) => String::new(),
        (_, 0) => format!("{not_ready} not ready"),
        (0, _) => format!("{terminating} terminating"),
        _ => format!("{not_ready} not ready, {terminating} leaving"),
    }
}

fn summary(service: &ServiceView) -> String {
    format!(
        "Service {}, selector {}: {}",
        service.name,
        service.selector.join(","),
        ready(service)
    )
}
