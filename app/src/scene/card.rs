//! What is known of the pod one points at: a card beside it.

use std::sync::Arc;

use leptos::prelude::*;
use rollscope_sim::view::{PodView, Stage};
use rollscope_sim::{Duration, Instant};

use crate::desk::use_desk;
use crate::layout::StageLayout;
use crate::markup::{escape, put};

/// The card's width, and how far it is from the middle of its pod.
const WIDTH: f64 = 300.0;
const GAP: f64 = 34.0;

/// The card.
#[component]
pub(super) fn Card(stage: Memo<Arc<StageLayout>>) -> impl IntoView {
    let desk = use_desk();
    let now = desk.now();
    let place = Memo::new(move |_| {
        let uid = desk.pointed.get()?;
        stage.with(|stage| {
            let at = stage.pods.get(&uid)?.at;
            let right = at.x + GAP + WIDTH <= stage.width;
            let left = if right { at.x + GAP } else { (at.x - GAP - WIDTH).max(0.0) };
            Some((left, at.y - GAP))
        })
    });
    let markup = Memo::new(move |_| {
        let uid = desk.pointed.get()?;
        desk.pod(uid).get().map(|pod| card(&pod, now.get()))
    });
    view! {
        <div
            class="card"
            role="tooltip"
            class:shown=move || place.get().is_some() && markup.with(Option::is_some)
            style:transform=move || {
                let (x, y) = place.get().unwrap_or_default();
                format!("translate({x:.0}px,{y:.0}px)")
            }
            inner_html=move || markup.get().unwrap_or_default()
        ></div>
    }
}

fn card(pod: &PodView, now: Instant) -> String {
    let mut out = String::new();
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
    match pod.probes {
        (0, 0) => {}
        (passed, 0) => row("Readiness", &format!("{passed} ✓ in a row")),
        (_, failed) => row("Readiness", &format!("{failed} ✕ in a row")),
    }
    if pod.restarts > 0 {
        row("Restarts", &pod.restarts.to_string());
    }
    let requests = &pod.requests;
    row(
        "Requests",
        &format!(
            "{} answered, {} failed, {} in flight",
            requests.answered, requests.failed, requests.in_flight
        ),
    );
    out + r#"</dl><p class="muted">Press it for the reasons.</p>"#
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
    fn a_card_says_where_the_pod_stands_and_what_its_requests_came_to() {
        let (from, to) = (Instant::from_secs(2), Instant::from_secs(10));
        let pod = PodView {
            uid: Uid(1),
            name: "web-<x>".into(),
            suffix: "x".to_owned(),
            version: "v2".into(),
            node: "gpu-node-1".into(),
            stage: Stage::Loading { from, to },
            receives_traffic: false,
            restarts: 2,
            probes: (0, 4),
            failed_probes: Vec::new(),
            keeps_failing: false,
            requests: PodTally { answered: 9, failed: 1, in_flight: 3 },
        };
        let text = card(&pod, Instant::from_millis(4_500));
        for part in [
            "web-&lt;x&gt;",
            "loading: 2.5 s of 8.0 s",
            "4 ✕ in a row",
            "9 answered, 1 failed, 3 in flight",
            "<dt>Restarts</dt><dd>2</dd>",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
