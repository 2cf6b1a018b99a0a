//! The traffic chart: numbers, then a picture; and its legend, which reads the playhead's second.

pub(crate) mod draw;
pub(crate) mod series;

use leptos::prelude::*;

use crate::desk::use_desk;
use crate::scene::Sign;
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
        let chart = desk
            .run
            .with(|run| series::chart(&run.traffic, axis.length));
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
    let now = desk.now();
    // Seconds are complete when they are over.
    let second = Memo::new(move |_| now.get().as_secs().saturating_sub(1));
    let reading = Memo::new(move |_| desk.run.with(|run| series::at(&run.traffic, second.get())));
    let kinds = Memo::new(move |_| {
        reading
            .get()
            .into_iter()
            .map(|(kind, _)| kind)
            .collect::<Vec<_>>()
    });
    let rate = move |kind: Kind| {
        move || {
            let found = reading.get().into_iter().find(|(known, _)| *known == kind);
            found.map_or(0, |(_, count)| count).to_string()
        }
    };
    let totals = move || {
        desk.view
            .with(|view| format!("{} failed of {} requests", view.failed, view.sent))
    };
    view! {
        <div class="legend" role="group" aria-label="Requests per second">
            <span class="muted">"requests/s"</span>
            <For each=move || kinds.get() key=Clone::clone let(kind)>
                <span class="legend-entry">
                    {match &kind {
                        Kind::Answered(version) => {
                            let version = version.clone();
                            view! { <Sign sign=sign_of(&version)/> {version} }.into_any()
                        }
                        Kind::Failed => view! { <span class="failed-sign">"✕"</span> "failed" }.into_any(),
                    }}
                    " "
                    <b class="figure">{rate(kind)}</b>
                </span>
            </For>
            <span class="muted totals">{totals}</span>
        </div>
    }
}
