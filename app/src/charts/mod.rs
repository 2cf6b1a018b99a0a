//! The charts over the timeline: numbers, then a picture; and the legend, which reads the playhead's
//! second.

pub(crate) mod draw;
pub(crate) mod lines;
pub(crate) mod numbers;
pub(crate) mod series;

use leptos::prelude::*;
use rollscope_sim::history::SecondOfPods;
use rollscope_sim::view::SecondOfTraffic;

use crate::desk::use_desk;
use crate::markup::{escape, put};
use crate::modal::Sheet;
use crate::scene::sign;
use crate::timeline::run::{Axis, RunView};
use crate::versions::sign_of;
use lines::{Lines, Measure};
use series::Kind;

/// The height of the chart in pixels: little on a small screen, none where it is folded away.
pub(crate) fn height(axis: Axis) -> u32 {
    match axis {
        Axis { folded: true, .. } => 0,
        Axis { width, .. } if width < 560.0 => 44,
        Axis { .. } => 92,
    }
}

/// The chart over the timeline's axis.
#[component]
pub(crate) fn RunChart(axis: Memo<Axis>) -> impl IntoView {
    let desk = use_desk();
    let svg = Memo::new(move |_| {
        let axis = axis.get();
        if axis.folded {
            return String::new();
        }
        desk.run.with(|run| svg(desk.measure.get(), run, axis))
    });
    view! {
        <div
            class="chart"
            role="img"
            aria-label=move || match desk.measure.get() {
                Measure::Requests => "Requests per second by version, and failures, over the run",
                Measure::Pods => "Pods over the run, and how many the rollout keeps to",
                Measure::Latency => "Latency of answered requests over the run",
                Measure::Gpus => "GPUs held over the run",
            }
            inner_html=move || svg.get()
        ></div>
    }
}

/// What the chart shows, to choose from, and the numbers behind it.
#[component]
pub(crate) fn Measures() -> impl IntoView {
    let desk = use_desk();
    let choose = move |ev| {
        let title = event_target_value(&ev);
        let found = Measure::ALL.into_iter().find(|measure| measure.title() == title);
        desk.measure.set(found.unwrap_or_default());
    };
    let options = Measure::ALL.map(|it| view! { <option value=it.title()>{it.title()}</option> });
    view! {
        <select class="measure" aria-label="Chart" on:change=choose>
            {options}
        </select>
        <button class="quiet numbers" on:click=move |_| desk.lay(Sheet::Numbers)>"Numbers"</button>
    }
}

/// The chart of a run, as SVG markup.
fn svg(measure: Measure, run: &RunView, axis: Axis) -> String {
    match measure {
        Measure::Requests => {
            draw::to_svg(&series::chart(&run.traffic, axis.length), axis, height(axis))
        }
        measure => lines_svg(measure, run, axis),
    }
}

fn lines_svg(measure: Measure, run: &RunView, axis: Axis) -> String {
    let lines = lines::lines(measure, &run.pods, &run.traffic, axis.length);
    draw::lines_to_svg(&lines, axis, height(axis))
}

fn lines_legend(measure: Measure, run: &RunView, second: u64) -> String {
    let lines = of_second(measure, run, second);
    let mut out = format!(r#"<span class="muted">{}</span>"#, measure.unit());
    for (line, (name, value)) in lines.all.iter().rev().zip(lines::at(&lines, 0)) {
        let class = line.weight.class();
        put!(
            &mut out,
            r#"<span class="legend-entry"><svg width="16" height="8" aria-hidden="true"><path class="{class}" d="M0 4H16"/></svg>{name} "#
        );
        match value {
            Some(value) => put!(&mut out, r#"<b class="figure">{}</b></span>"#, number(value)),
            None => out.push_str("<b>–</b></span>"),
        }
    }
    if measure == Measure::Pods {
        let now = run.pods.iter().find(|it| it.second == second).copied().unwrap_or_default();
        put!(
            &mut out,
            r#"<span class="legend-entry"><svg width="16" height="8" aria-hidden="true"><path class="chart-band" d="M0 0H16V8H0Z"/></svg>kept to <b class="figure">{}–{}</b></span>"#,
            now.min_available,
            now.max_total
        );
    }
    out
}

/// With at most one digit behind the point.
pub(crate) fn number(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    format!("{tenths}")
}

/// What each colour means, and how many requests a second there are at the playhead.
#[component]
pub(crate) fn Legend() -> impl IntoView {
    let desk = use_desk();
    let markup = Memo::new(move |_| {
        // Requests are counted when their second is over, pods at its beginning.
        let now = desk.view.with(|view| view.now.as_secs());
        let second = match desk.measure.get() {
            Measure::Requests | Measure::Latency => now.saturating_sub(1),
            Measure::Pods | Measure::Gpus => now,
        };
        desk.run.with(|run| match desk.measure.get() {
            Measure::Requests => legend(&series::at(&run.traffic, second)),
            measure => lines_legend(measure, run, second),
        })
    });
    view! {
        <div
            class="legend"
            role="group"
            tabindex="0"
            aria-label=move || match desk.measure.get() {
                Measure::Requests => "Requests per second",
                measure => measure.title(),
            }
            inner_html=move || markup.get()
        ></div>
    }
}

/// What the chart shows of one second, in words.
pub(crate) fn values(measure: Measure, run: &RunView, second: u64) -> String {
    let mut parts: Vec<String> = Vec::new();
    if measure == Measure::Requests {
        for (kind, rate) in series::at(&run.traffic, second) {
            parts.push(match kind {
                Kind::Answered(version) => format!("{version} {rate}"),
                Kind::Failed(version) if version.is_empty() => format!("failed {rate}"),
                Kind::Failed(version) => format!("{version} failed {rate}"),
            });
        }
    } else {
        for (name, value) in lines::at(&of_second(measure, run, second), 0) {
            parts.push(format!("{name} {}", value.map_or_else(|| "–".to_owned(), number)));
        }
    }
    format!("{} {}", parts.join(", "), measure.unit())
}

/// The lines of one second alone: what was, not the worst of some seconds.
fn of_second(measure: Measure, run: &RunView, second: u64) -> Lines {
    let pods = run.pods.iter().filter(|it| it.second == second);
    let pods: Vec<_> = pods.map(|it| SecondOfPods { second: 0, ..*it }).collect();
    let traffic = run.traffic.iter().filter(|it| it.second == second);
    let traffic: Vec<_> = traffic.map(|it| SecondOfTraffic { second: 0, ..it.clone() }).collect();
    lines::lines(measure, &pods, &traffic, 1)
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
