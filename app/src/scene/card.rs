//! What is known of the pod one points at: a card beside it.

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;
use rollscope_sim::view::{ClusterView, PodView, ProbeView, Probes, Remark, Stage};
use rollscope_sim::{Duration, Instant};

use super::cells::face::{in_words, members};
use super::future::{Way, WouldMatch};
use crate::desk::use_desk;
use crate::layout::{Point, StageLayout};
use crate::markup::{escape, put};

/// From the middle of a pod to its card.
const GAP: f64 = 34.0;
/// The height of the words under a pod.
const WORDS: f64 = 24.0;
/// From the card to the window's edge.
const MARGIN: f64 = 8.0;

/// The card. It floats above the page, so that the stage's edge does not cut it.
#[component]
pub(super) fn Card(
    stage: Memo<Arc<StageLayout>>,
    host: NodeRef<Div>,
    foreseen: Memo<WouldMatch>,
) -> impl IntoView {
    let desk = use_desk();
    let now = desk.now();
    let node = NodeRef::<Div>::new();
    let markup = Memo::new(move |_| {
        let uid = desk.pointed.get()?;
        let shared = stage.with(|stage| {
            let (lane, cell) = stage.find(uid)?;
            let each = stage.density.pods_a_cell();
            let of_cell =
                |view: &Arc<ClusterView>| members(&lane.seated, cell, &view.pods, (each, view.now));
            let mates = (each > 1).then(|| desk.view.with(of_cell))?;
            Some(format!("{} pods here: {}", mates.len(), in_words(&mates)))
        });
        let way = |pod: &PodView| {
            desk.view.with(|view| foreseen.with(|foreseen| Way::of(pod, view, foreseen)))
        };
        desk.pod(uid).get().map(|pod| card(&pod, way(&pod), now.get(), shared.as_deref()))
    });
    Effect::new(move || {
        let (Some(node), Some(host)) = (node.get(), host.get()) else { return };
        let at = desk
            .pointed
            .get()
            .and_then(|uid| stage.with(|stage| stage.slot(uid).map(|slot| slot.at)));
        desk.scrolled.track();
        let shown = markup.with(|markup| {
            if let Some(markup) = markup {
                node.set_inner_html(markup);
            }
            markup.is_some()
        });
        let (Some(at), true) = (at, shown) else {
            node.set_class_name("card");
            return;
        };
        let stage = host.get_bounding_client_rect();
        let pod = Point { x: stage.left() + at.x, y: stage.top() + at.y };
        let length = |found: Result<JsValue, JsValue>| found.ok().and_then(|it| it.as_f64());
        let page = (length(window().inner_width()), length(window().inner_height()));
        let (Some(width), Some(height)) = page else { return };
        let (card_width, card_height) =
            (f64::from(node.offset_width()), f64::from(node.offset_height()));
        let Point { x, y } = place(pod, (card_width, card_height), (width, height));
        let transform = format!("translate({x:.0}px,{y:.0}px)");
        let _ = web_sys::HtmlElement::style(&node).set_property("transform", &transform);
        node.set_class_name("card shown");
    });
    view! { <div class="card" role="tooltip" node_ref=node></div> }
}

/// Where a card of a size stands in a window of a size: to the right of its pod, else to the left,
/// else below, else above.
fn place(pod: Point, card: (f64, f64), window: (f64, f64)) -> Point {
    let (width, height) = card;
    let within = |at: f64, length: f64, room: f64| at.min(room - MARGIN - length).max(MARGIN);
    let beside = within(pod.y - GAP, height, window.1);
    if pod.x + GAP + width + MARGIN <= window.0 {
        return Point { x: pod.x + GAP, y: beside };
    }
    if pod.x - GAP - width >= MARGIN {
        return Point { x: pod.x - GAP - width, y: beside };
    }
    let x = within(pod.x - width / 2.0, width, window.0);
    let below = pod.y + GAP + WORDS;
    let fits = below + height + MARGIN <= window.1;
    Point { x, y: if fits { below } else { (pod.y - GAP - height).max(MARGIN) } }
}

/// `shared` tells of all pods in its cell, where it shares one.
fn card(pod: &PodView, way: Way, now: Instant, shared: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(shared) = shared {
        put!(&mut out, r#"<p class="card-shared">{}</p>"#, escape(shared));
    }
    put!(
        &mut out,
        r#"<p><b class="mono">{}</b></p><p class="card-stage">{}</p><dl>"#,
        escape(&pod.name),
        escape(&stage(pod, now))
    );
    let mut row = |term: &str, text: &str| {
        put!(&mut out, "<dt>{term}</dt><dd>{}</dd>", escape(text));
    };
    row("Version", &pod.version);
    if !pod.node.is_empty() {
        row("Node", &pod.node);
    }
    let Probes { startup, liveness, readiness } = pod.probes;
    for (name, view) in [("Startup", startup), ("Liveness", liveness), ("Readiness", readiness)] {
        if let Some(view) = view {
            row(name, &probe(view));
        }
    }
    if pod.restarts > 0 {
        row("Restarts", &pod.restarts.to_string());
    }
    row("Service", way.sentence());
    let requests = &pod.requests;
    row(
        "Requests",
        &format!(
            "{} answered, {} failed, {} in flight",
            requests.answered, requests.failed, requests.in_flight
        ),
    );
    out.push_str("</dl>");
    for Remark { container, line, text } in &pod.remarks {
        put!(&mut out, r#"<p class="remark"><b>! {}"#, escape(container));
        if *line > 0 {
            put!(&mut out, ", script line {line}");
        }
        put!(&mut out, "</b>: {}</p>", escape(text));
    }
    out + r#"<p class="muted">Press it for the reasons.</p>"#
}

/// The last answers in a row, against how many count.
fn probe(view: ProbeView) -> String {
    let ProbeView { passed, failed, success_threshold, failure_threshold } = view;
    match (passed, failed) {
        (0, 0) => "not asked yet".to_owned(),
        (passed, 0) => format!("{passed} ✓ in a row ({success_threshold} needed)"),
        (_, failed) => format!("{failed} ✕ in a row ({failure_threshold} allowed)"),
    }
}

/// The stage with what its length says.
fn stage(pod: &PodView, now: Instant) -> String {
    let word = pod.stage.word();
    match &pod.stage {
        Stage::Pending { reason } if !reason.is_empty() => format!("{word}: {reason}"),
        Stage::Ready { since, available } => {
            let note = if *available { "" } else { ", not available yet (minReadySeconds)" };
            format!("{word} for {}{note}", seconds(now.since(*since)))
        }
        Stage::Initializing { done, of } => format!("{word}: {done} of {of} init containers done"),
        Stage::Killed { at } => {
            format!("{word} {} ago: its containers had not ended in time", seconds(now.since(*at)))
        }
        Stage::Terminating { to, .. } => {
            format!("{word}: {} left at most", seconds(to.since(now)))
        }
        _ => match pod.stage.span() {
            Some((from, to)) => {
                format!("{word}: {} of {}", seconds(now.since(from)), seconds(to.since(from)))
            }
            None => word.to_owned(),
        },
    }
}

fn seconds(duration: Duration) -> String {
    let tenths = duration.as_millis() / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use rollscope_sim::api::Uid;
    use rollscope_sim::network::tally::PodTally;

    use super::*;

    #[test]
    fn a_card_is_in_the_window_and_not_on_its_pod() {
        let card = (300.0, 220.0);
        for window in [(360.0, 640.0), (390.0, 844.0), (1280.0, 620.0), (1920.0, 1080.0)] {
            for x in [0.1, 0.5, 0.9].map(|share| share * window.0) {
                for y in [0.1, 0.3, 0.5, 0.7, 0.95].map(|share| share * window.1) {
                    let at = place(Point { x, y }, card, window);
                    let (right, bottom) = (at.x + card.0, at.y + card.1);
                    assert!(at.x >= 0.0 && at.y >= 0.0 && right <= window.0 && bottom <= window.1);
                    let covers = (at.x..right).contains(&x) && (at.y..bottom).contains(&y);
                    assert!(!covers, "{window:?} {x} {y}: {at:?}");
                }
            }
        }
    }

    #[test]
    fn a_card_says_where_the_pod_stands_and_what_its_requests_came_to() {
        let (from, to) = (Instant::from_secs(2), Instant::from_secs(10));
        let failed = ProbeView { passed: 0, failed: 4, success_threshold: 1, failure_threshold: 3 };
        let pod = PodView {
            uid: Uid(1),
            name: "web-<x>".into(),
            suffix: "x".to_owned(),
            version: "v2".into(),
            node: "gpu-node-1".into(),
            stage: Stage::Loading { from, to },
            receives_traffic: false,
            restarts: 2,
            probes: Probes { readiness: Some(failed), ..Probes::default() },
            remarks: vec![Remark { container: "c".into(), line: 3, text: "<no>".into() }],
            failed_probes: Vec::new(),
            keeps_failing: false,
            requests: PodTally { answered: 9, failed: 1, in_flight: 3 },
        };
        let text = card(&pod, Way::Open, Instant::from_millis(4_500), Some("2 pods here"));
        for part in [
            "2 pods here",
            "web-&lt;x&gt;",
            "loading: 2.5 s of 8.0 s",
            "4 ✕ in a row (3 allowed)",
            "! c, script line 3</b>: &lt;no&gt;",
            "9 answered, 1 failed, 3 in flight",
            "<dt>Restarts</dt><dd>2</dd>",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
