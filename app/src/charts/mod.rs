//! The traffic chart: numbers, then a picture; and its legend, which reads the playhead's second.

pub(crate) mod draw;
pub(crate) mod series;

use leptos::prelude::*;

use crate::desk::use_desk;
use crate::markup::{escape, put};
use crate::scene::sign;
use crate::timeline::run::Axis;
use crate::versions::sign_of;
use series::Kind;

/// The height of the chart in pixels: little on a small screen.
pub(crate) fn height(axis: Axis) -> u32 {
    if axis.width < 560.0 { 44 } else { 92 }
}

/// The chart over the timeline's axis.
#[component]
pub(crate) fn TrafficChart(axis: Memo<Axis>) -> impl IntoView {
    let desk = use_desk();
    let svg = Memo::new(move |_| {
        let axis = axis.get();
        let chart = desk.run.with(|run| series::chart(&run.traffic, axis.length));
        draw::to_svg(&chart, axis, height(axis))
    });
    view! {
        <div
            class="chart"
            role="img"
            aria-label="Requests per second by version, and failures, over the run"
            inner_html=move || svg.get()
        ></div>
    }
}

/// What each colour means, and how many requests a second there are at the playhead.
#[component]
pub(crate) fn Legend() -> impl IntoView {
    let desk = use_desk();
    let markup = Memo::new(move |_| {
        // Seconds are complete when they are over.
        let second = desk.view.with(|view| view.now.as_secs().saturating_sub(1));
        let reading = desk.run.with(|run| series::at(&run.traffic, second));
        legend(&reading)
    });
    view! {
        <div
            class="legend"
            role="group"
            aria-label="Requests per second"
            inner_html=move || markup.get()
        ></div>
    }
}

fn legend(reading: &[(Kind, u64)]) -> String {
    let mut out = r#"<span class="muted">requests/s</span>"#.to_owned();
    for (kind, rate) in reading {
        out.push_str(r#"<span class="legend-entry">"#);
        match kind {
            Kind::Answered(version) => {
                sign(&mut out, sign_of(version));
                put!(&mut out, "{}", escape(version));
            }
            Kind::Failed(version) => {
                out.push_str(r#"<span class="failed-sign">✕</span>"#);
                if !version.is_empty() {
                    sign(&mut out, sign_of(version));
                    put!(&mut out, "{} ", escape(version));
                }
                out.push_str("failed");
            }
        }
        put!(&mut out, r#" <b class="figure">{rate}</b></span>"#);
    }
    out
}
