//! A pod: a small instrument that shows its stage by shape, fill and word.

use std::sync::Arc;

use leptos::prelude::*;
use rollscope_sim::Instant;
use rollscope_sim::api::Uid;
use rollscope_sim::view::{PodView, Stage};

use super::flow::progress;
use crate::desk::use_desk;
use crate::layout::{Density, Slot, StageLayout};
use crate::versions::{colour, shape, sign_of};

/// The radius of the ring around a sign.
const RING: f64 = 19.0;

/// A pod in its place.
#[component]
pub(super) fn Pod(uid: Uid, stage: Memo<Arc<StageLayout>>, now: Memo<Instant>) -> impl IntoView {
    let pod = use_desk().pod(uid);
    let slot = Memo::new(move |_| stage.with(|stage| stage.pods.get(&uid).copied()));
    let density = Memo::new(move |_| stage.with(|stage| stage.density));
    // Pods whose stage has no length do not look at the clock.
    let done = Memo::new(move |_| {
        let span = pod.with(|pod| pod.as_ref().and_then(|pod| pod.stage.span()));
        span.map(|(from, to)| progress(from, to, now.get()))
    });
    let of = move |of: fn(&PodView) -> String| {
        move || pod.with(|pod| pod.as_deref().map(of).unwrap_or_default())
    };
    let is = move |of: fn(&PodView) -> bool| move || pod.with(|pod| pod.as_deref().is_some_and(of));
    let sign = pod.with_untracked(|pod| pod.as_ref().map_or(0, |pod| sign_of(&pod.version)));
    let has_ring =
        is(|pod| pod.stage.span().is_some() || matches!(pod.stage, Stage::Pending { .. }));
    let below = move |line: f64| move || 17.0 + density.get().scale() * 18.0 + line;
    let full = move || density.get().has_words();
    let fill = move || {
        pod.with(|pod| {
            pod.as_deref()
                .map_or_else(String::new, |pod| fill(pod, sign))
        })
    };
    let clip = move || {
        let creating = pod.with(|pod| {
            matches!(
                pod.as_deref().map(|pod| &pod.stage),
                Some(Stage::Creating { .. })
            )
        });
        let empty = if creating {
            100.0 - done.get().unwrap_or(0.0) * 100.0
        } else {
            0.0
        };
        format!("inset({empty:.1}% 0 0 0)")
    };
    let ring = move || {
        let share = pod.with(|pod| ring(pod.as_deref(), done.get()));
        share.map_or_else(|| "0 2".to_owned(), |share| format!("{share:.4} 2"))
    };
    view! {
        <g
            class=of(|pod| format!("pod {}", class(&pod.stage)))
            role="img"
            tabindex=move || if full() { "0" } else { "-1" }
            aria-label=of(spoken)
            style:transform=move || {
                let at = slot.get().map(|slot| slot.at).unwrap_or_default();
                format!("translate({:.1}px,{:.1}px)", at.x, at.y)
            }
        >
            {leptos::svg::title().child(of(hover))}
            <path
                class="drop"
                class:cut=is(|pod| !pod.receives_traffic)
                d=move || drop_line(slot.get(), density.get(), has_ring())
            ></path>
            <g
                class="instrument"
                style=format!("--sign:{}", colour(sign))
                transform=move || format!("scale({})", density.get().scale())
            >
                <circle class="ground" r=RING></circle>
                <circle class="ring-track" r=RING></circle>
                <circle
                    class="ring"
                    r=RING
                    pathLength="1"
                    transform="rotate(-90)"
                    stroke-dasharray=ring
                ></circle>
                <path class="sign-fill" d=shape(sign) style:fill=fill style:clip-path=clip></path>
                <path class="sign-outline" d=shape(sign)></path>
                {move || full().then(|| view! { <Probes pod/> })}
            </g>
            <g visibility=move || if full() { "visible" } else { "hidden" }>
                <text class="mono suffix" y=below(0.0) text-anchor="middle">
                    {of(|pod| pod.suffix.clone())}
                </text>
                <text class="word" y=below(15.0) text-anchor="middle">{of(word)}</text>
            </g>
        </g>
    }
}

/// Marks of failed probes: hollow, on the ring where they were asked.
#[component]
fn Probes(pod: Memo<Option<Arc<PodView>>>) -> impl IntoView {
    let angles =
        Memo::new(move |_| pod.with(|pod| pod.as_deref().map(probe_angles).unwrap_or_default()));
    move || {
        angles
            .get()
            .into_iter()
            .map(|angle| {
                let turn = format!("rotate({angle:.1}) translate(0 -{RING})");
                view! { <circle class="probe" r="2.4" transform=turn></circle> }
            })
            .collect_view()
    }
}

fn probe_angles(pod: &PodView) -> Vec<f64> {
    let Stage::Loading { from, to } = pod.stage else {
        return Vec::new();
    };
    pod.failed_probes
        .iter()
        .map(|at| progress(from, to, *at) * 360.0)
        .collect()
}

/// How much of the ring is drawn: it fills while loading and empties while terminating.
fn ring(pod: Option<&PodView>, done: Option<f64>) -> Option<f64> {
    match pod?.stage {
        Stage::Loading { .. } => done,
        Stage::Terminating { .. } => done.map(|done| 1.0 - done),
        Stage::Pending { .. }
        | Stage::Creating { .. }
        | Stage::Ready { .. }
        | Stage::NotReady
        | Stage::BackOff { .. }
        | Stage::Ended => None,
    }
}

fn fill(pod: &PodView, sign: usize) -> String {
    match pod.stage {
        Stage::Creating { .. } | Stage::Ready { .. } | Stage::Terminating { .. } => colour(sign),
        Stage::NotReady | Stage::BackOff { .. } => format!("url(#hatch-{sign})"),
        Stage::Pending { .. } | Stage::Loading { .. } | Stage::Ended => "none".to_owned(),
    }
}

fn class(stage: &Stage) -> &'static str {
    match stage {
        Stage::Pending { .. } => "pending",
        Stage::Creating { .. } => "creating",
        Stage::Loading { .. } => "loading",
        Stage::Ready { .. } => "ready",
        Stage::NotReady => "not-ready",
        Stage::BackOff { .. } => "back-off",
        Stage::Terminating { .. } => "terminating",
        Stage::Ended => "ended",
    }
}

/// From the rail to the ring; cut short when no request takes it.
fn drop_line(slot: Option<Slot>, density: Density, has_ring: bool) -> String {
    let Some(slot) = slot else {
        return String::new();
    };
    let top = slot.rail - slot.at.y;
    match density {
        Density::Large | Density::Full => {
            let end = if has_ring { RING } else { 12.0 } * density.scale();
            format!("M0 {top:.1}V-{end:.1}")
        }
        Density::Compact | Density::Mini => String::new(),
    }
}

/// The word under a pod; long reasons are shortened, the hover text has them whole.
fn word(pod: &PodView) -> String {
    match (&pod.stage, pod.probes) {
        (Stage::NotReady, (_, failed)) if pod.keeps_failing => format!("probe ✕{failed}"),
        (Stage::BackOff { reason }, _) => match *reason {
            "CrashLoopBackOff" => format!("crash ×{}", pod.restarts),
            "ErrImagePull" | "ImagePullBackOff" => "no image".to_owned(),
            other => other.to_owned(),
        },
        (stage, _) => stage.word().to_owned(),
    }
}

fn spoken(pod: &PodView) -> String {
    format!("{} pod {}: {}", pod.version, pod.suffix, pod.stage.word())
}

fn hover(pod: &PodView) -> String {
    let mut text = format!("{}\n{}", pod.name, pod.stage.word());
    if let Stage::Pending { reason } = &pod.stage {
        text = format!("{text}: {reason}");
    }
    if !pod.node.is_empty() {
        text = format!("{text}\non {}", pod.node);
    }
    if pod.restarts > 0 {
        text = format!("{text}\n{} restarts", pod.restarts);
    }
    if let (_, failed @ 1..) = pod.probes {
        text = format!("{text}\n{failed} failed readiness probes in a row");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(stage: Stage) -> PodView {
        PodView {
            uid: Uid(1),
            name: "web-abc-x7k2p".into(),
            suffix: "x7k2p".to_owned(),
            version: "v2".into(),
            node: "".into(),
            stage,
            receives_traffic: false,
            restarts: 2,
            probes: (0, 4),
            failed_probes: vec![Instant::from_secs(4)],
            keeps_failing: true,
        }
    }

    #[test]
    fn the_ring_fills_while_loading_and_empties_while_terminating() {
        let (from, to) = (Instant::from_secs(2), Instant::from_secs(10));
        let at = |stage| {
            let pod = pod(stage);
            let span = pod.stage.span().expect("it has a length");
            ring(
                Some(&pod),
                Some(progress(span.0, span.1, Instant::from_secs(4))),
            )
        };
        assert_eq!(at(Stage::Loading { from, to }), Some(0.25));
        assert_eq!(at(Stage::Terminating { from, to }), Some(0.75));
        assert_eq!(probe_angles(&pod(Stage::Loading { from, to })), [90.0]);
    }

    #[test]
    fn every_stage_has_a_short_word_and_a_whole_one() {
        let crash = pod(Stage::BackOff {
            reason: "CrashLoopBackOff",
        });
        assert_eq!(
            (word(&crash), spoken(&crash)),
            (
                "crash ×2".to_owned(),
                "v2 pod x7k2p: CrashLoopBackOff".to_owned()
            )
        );
        assert_eq!(word(&pod(Stage::NotReady)), "probe ✕4");
        assert!(
            hover(&pod(Stage::Pending {
                reason: "no room".to_owned()
            }))
            .contains("Pending: no room")
        );
    }
}
