//! The track: chart, commands, steps, failures and branches over one axis, with the playhead.

use leptos::html::Div;
use leptos::prelude::*;
use rollscope_sim::Instant;

use super::run::{Axis, Moment, MomentKind, RunView, nearest};
use crate::charts::{self, RunChart, height, series};
use crate::desk::use_desk;
use crate::markup::{escape, put};
use crate::playback::{clock, short_clock};
use crate::sizes::{SPACE_1, SPACE_2, SPACE_3, SPACE_4, SPACE_6, SPACE_HALF};
use crate::use_width::use_width;

const FLAG: f64 = SPACE_4;
/// The base line of the track, below the chart.
const BASE: f64 = 2.0 * SPACE_4;
const BRANCHES: f64 = BASE + SPACE_3;
/// The height of all that is below the chart.
const FOOT: f64 = BRANCHES + SPACE_6 - SPACE_HALF;
/// Below this many pixels a flag has no text.
const FLAG_TEXT: f64 = 40.0;
/// The width of a letter of a flag.
const LETTER: f64 = 7.0;

/// The track.
#[component]
pub(super) fn Track(folded: Memo<bool>) -> impl IntoView {
    let desk = use_desk();
    let node = NodeRef::<Div>::new();
    let width = use_width(node);
    let now = desk.now();
    let axis = Memo::new(move |_| {
        let branches = desk.run.with(|run| run.branches.iter().map(|branch| branch.until).max());
        let until = desk.end.get().max(branches.unwrap_or_default());
        Axis { folded: folded.get(), ..Axis::of(until, width.get().max(200.0)) }
    });
    let above = move || f64::from(height(axis.get()));
    // The end moves on with each frame, what lies below the chart does not.
    let below = Memo::new(move |_| desk.run.with(|run| ground(run, axis.get())));
    let hover = RwSignal::new(None::<f64>);
    let dragging = RwSignal::new(false);
    // Where a stretch to loop was begun.
    let begun = StoredValue::new(None::<Instant>);
    let position = move |ev: &web_sys::PointerEvent| {
        let left = node.get_untracked().map_or(0.0, |node| node.get_bounding_client_rect().left());
        f64::from(ev.client_x()) - left
    };
    let seek = move |x: f64| desk.seek(axis.get_untracked().at(x));
    let down = move |ev: web_sys::PointerEvent| {
        if let Some(node) = node.get_untracked() {
            // Without it the drag ends at the edge, which is no harm.
            let _ = node.set_pointer_capture(ev.pointer_id());
        }
        if ev.shift_key() {
            let at = axis.get_untracked().at(position(&ev)).min(desk.end.get_untracked());
            begun.set_value(Some(at));
            desk.stretch.set(None);
        } else {
            dragging.set(true);
            seek(position(&ev));
        }
    };
    let moved = move |ev: web_sys::PointerEvent| {
        let x = position(&ev);
        hover.set(Some(x));
        if dragging.get_untracked() {
            seek(x);
        }
        if let Some(begun) = begun.get_value() {
            let at = axis.get_untracked().at(x).min(desk.end.get_untracked());
            desk.stretch.set((begun != at).then_some((begun.min(at), begun.max(at))));
        }
    };
    let up = move |_| {
        dragging.set(false);
        begun.set_value(None);
    };
    let stretch = move || {
        let (from, to) = desk.stretch.get()?;
        let axis = axis.get();
        let (x, end) = (axis.x(from), axis.x(to));
        Some(
            view! { <rect class="stretch" x=x y="0" width=(end - x).max(1.0) height=above() + BASE/> },
        )
    };
    view! {
        <div
            class="track"
            node_ref=node
            role="slider"
            tabindex="0"
            aria-label="Instant of the run"
            aria-valuemin="0"
            aria-valuemax=move || desk.end.get().as_secs().to_string()
            aria-valuenow=move || now.get().as_secs().to_string()
            aria-valuetext=move || format!("{} of {}", short_clock(now.get()), short_clock(desk.end.get()))
            style:height=move || format!("{}px", above() + FOOT)
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=up
            on:pointercancel=up
            on:pointerleave=move |_| hover.set(None)
        >
            <RunChart axis/>
            <svg
                class="track-svg"
                width=move || axis.get().width
                height=move || above() + FOOT
                aria-hidden="true"
            >
                <g transform=move || format!("translate(0 {})", above())>
                    <path class="future" d=move || line(axis.get().width - Axis::RIGHT)></path>
                    <path class="known" d=move || line(axis.get().x(desk.end.get()))></path>
                    <g inner_html=move || below.get()></g>
                </g>
                {stretch}
                <path
                    class="playhead"
                    d=move || format!("M0 0V{}M-5 -1H5L0 6Z", above() + BASE + SPACE_2)
                    style:transform=move || format!("translateX({:.2}px)", axis.get().x(now.get()))
                ></path>
            </svg>
            <Preview axis hover/>
        </div>
    }
}

/// The base line from its beginning to `x`.
fn line(x: f64) -> String {
    format!("M{:.1} {BASE}H{x:.1}", Axis::LEFT)
}

/// What lies below the chart: what failed, labels, branches and moments.
fn ground(run: &RunView, axis: Axis) -> String {
    let mut out = String::new();
    put!(&mut out, r#"<path class="heat" d="{}"/>"#, heat(run, axis));
    for at in axis.labels() {
        let x = axis.x(at);
        put!(
            &mut out,
            r#"<path class="tick-label" d="M{x:.1} {BASE}v5"/><text class="muted" x="{x:.1}" y="{}" text-anchor="middle">{}</text>"#,
            FOOT - SPACE_1,
            short_clock(at)
        );
    }
    let rows = [BRANCHES, BRANCHES + SPACE_1];
    for (branch, y) in run.branches.iter().rev().zip(rows) {
        let (x, end) = (axis.x(branch.forked_at), axis.x(branch.until));
        put!(&mut out, r#"<path class="branch" d="M{x:.1} {BASE}L{:.1} {y}H{end:.1}"/>"#, x + 5.0);
    }
    ticks(&mut out, run, axis);
    for (x, text) in flags(&run.moments, axis) {
        put!(
            &mut out,
            r#"<g class="flag" transform="translate({x:.1} 0)"><path class="flag-line" d="M0 -{}V{BASE}"/><path class="flag-cloth" d="M0 4L7 8L0 12Z"/><text x="10" y="{}">{}</text></g>"#,
            height(axis),
            FLAG - SPACE_1,
            escape(&text)
        );
    }
    out
}

/// Seconds with failed requests, as one path.
fn heat(run: &RunView, axis: Axis) -> String {
    let mut data = String::new();
    for (second, _) in series::failures(&run.traffic) {
        let x = |second| axis.x(Instant::from_secs(second));
        let (from, to) = (x(second), x(second + 1));
        put!(&mut data, "M{from:.1} {BASE}H{:.1}", to.max(from + 1.0));
    }
    data
}

/// Ticks for everything but commands, which have flags: one path a kind, and of ticks that would
/// cover each other one.
fn ticks(out: &mut String, run: &RunView, axis: Axis) {
    let kinds = [
        (MomentKind::Pod, "pod-tick", 6.0),
        (MomentKind::Scaling, "scaling-tick", 12.0),
        (MomentKind::Warning, "warning-tick", 12.0),
        (MomentKind::Complete, "complete-tick", 16.0),
    ];
    for (kind, class, length) in kinds {
        let y = BASE - length / 2.0;
        let mut last = f64::MIN;
        put!(out, r#"<path class="tick {class}" d=""#);
        for moment in run.moments.iter().filter(|moment| moment.kind == kind) {
            let x = axis.x(moment.at);
            if x - last >= 0.5 {
                put!(out, "M{x:.1} {y}v{length}");
                last = x;
            }
        }
        out.push_str(r#""/>"#);
    }
}

/// Where the flags stand, and as much of their text as there is room for.
fn flags(moments: &[Moment], axis: Axis) -> Vec<(f64, String)> {
    let commands: Vec<&Moment> =
        moments.iter().filter(|moment| moment.kind == MomentKind::Command).collect();
    let place = |index: usize| commands.get(index).map(|moment| axis.x(moment.at));
    commands
        .iter()
        .enumerate()
        .map(|(index, moment)| {
            let x = axis.x(moment.at);
            let room = place(index + 1).unwrap_or(axis.width - 8.0) - x - 14.0;
            (x, fitting(moment.text.trim_start_matches("kubectl "), room))
        })
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few hundred letters"
)]
fn fitting(text: &str, room: f64) -> String {
    if room < FLAG_TEXT {
        return String::new();
    }
    let letters = (room / LETTER) as usize;
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// What is under the pointer.
#[component]
fn Preview(axis: Memo<Axis>, hover: RwSignal<Option<f64>>) -> impl IntoView {
    let desk = use_desk();
    let text = move || {
        let axis = axis.get();
        let at = axis.at(hover.get()?);
        if at > desk.end.get() {
            return None;
        }
        let reach = axis.at(Axis::LEFT + 6.0).as_micros();
        desk.run.with(|run| {
            let values = charts::values(desk.measure.get(), run, at.as_secs());
            Some(match nearest(&run.moments, at, reach) {
                Some(found) => format!("{}  {} · {values}", clock(found.at), found.text),
                None => format!("{}  {values}", clock(at)),
            })
        })
    };
    view! {
        <div
            class="preview"
            class:shown=move || text().is_some()
            class:left=move || hover.get().is_some_and(|x| x > axis.get().width / 2.0)
            style:transform=move || format!("translateX({:.0}px)", hover.get().unwrap_or(0.0))
        >
            <span>{move || text().unwrap_or_default()}</span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_say_what_they_have_room_for() {
        let command = |at, text: &str| Moment {
            at: Instant::from_secs(at),
            kind: MomentKind::Command,
            text: text.to_owned(),
        };
        let moments = [
            command(0, "kubectl apply -f 1-inference-v1.yaml"),
            command(12, "kubectl rollout undo deployment/inference"),
            command(13, "kubectl rollout undo deployment/inference"),
        ];
        let axis = Axis::of(Instant::from_secs(20), 660.0);
        let texts: Vec<String> = flags(&moments, axis).into_iter().map(|(_, text)| text).collect();
        assert_eq!(
            texts,
            ["apply -f 1-inference-v1.yaml", "", "rollout undo deployment/inference"]
        );
        assert_eq!(fitting("rollout undo deployment", 80.0), "rollout un…");
    }
}
