//! A pod: a small instrument that shows its stage by shape, fill and word.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use rollscope_sim::Instant;
use rollscope_sim::api::Uid;
use rollscope_sim::view::{PodView, ProbeView, Probes, Stage};

use super::flow::progress;
use super::future::{Way, WouldMatch};
use super::menu::use_menu;
use crate::desk::use_desk;
use crate::layout::{Density, Slot, StageLayout};
use crate::markup::{escape, put};
use crate::versions::{colour, shape, sign_of};

/// The radius of the ring around a sign.
const RING: f64 = 19.0;

/// What is drawn of a pod at an instant.
#[derive(Clone, Debug, Default, PartialEq)]
struct Picture {
    class: String,
    spoken: String,
    place: String,
    markup: String,
}

/// A pod in its place.
#[component]
pub(super) fn Pod(
    uid: Uid,
    stage: Memo<Arc<StageLayout>>,
    now: Memo<Instant>,
    foreseen: Memo<WouldMatch>,
) -> impl IntoView {
    let desk = use_desk();
    let pod = desk.pod(uid);
    let point = move |_| desk.pointed.set(Some(uid));
    let leave = move |_| {
        if desk.pointed.get_untracked() == Some(uid) {
            desk.pointed.set(None);
        }
    };
    let menu = use_menu();
    let object =
        move || pod.with_untracked(|pod| pod.as_ref().map(|pod| format!("pod/{}", pod.name)));
    let choose = move || {
        if let Some(name) = object() {
            desk.choose(name);
        }
    };
    let ask = move |ev: &web_sys::Event| {
        if let Some(name) = object() {
            menu.open(ev, name);
        }
    };
    // A finger cannot hover: its first tap points, the next one chooses.
    let only_points = StoredValue::new(false);
    let down = move |ev: web_sys::PointerEvent| {
        let target = ev.current_target().and_then(|target| target.dyn_into().ok());
        let is_pointed = target.is_some() && document().active_element() == target;
        only_points.set_value(ev.pointer_type() == "touch" && !is_pointed);
    };
    let press = move |_| {
        if !only_points.get_value() {
            choose();
        }
    };
    let on_key = move |ev: web_sys::KeyboardEvent| match ev.key().as_str() {
        "Enter" => choose(),
        "m" | "ContextMenu" => ask(&ev),
        _ => {}
    };
    let way = Memo::new(move |_| {
        let of = |pod: &PodView| {
            desk.view.with(|view| foreseen.with(|foreseen| Way::of(pod, view, foreseen)))
        };
        pod.get().map(|pod| of(&pod)).unwrap_or_default()
    });
    let picture = Memo::new(move |_| {
        let Some(pod) = pod.get() else {
            return Picture::default();
        };
        let found = stage.with(|stage| stage.slot(uid).map(|slot| (slot, stage.density)));
        let Some((slot, density)) = found else {
            return Picture::default();
        };
        // Pods whose stage has no length do not look at the clock.
        let done = pod.stage.span().map(|(from, to)| progress(from, to, now.get()));
        Picture {
            class: format!("pod {}", class(&pod)),
            spoken: spoken(&pod),
            place: format!("translate({:.1}px,{:.1}px)", slot.at.x, slot.at.y),
            markup: markup(&pod, slot, density, (done, way.get())),
        }
    });
    view! {
        <g
            class=move || picture.with(|picture| picture.class.clone())
            role="img"
            tabindex="0"
            on:pointerdown=down
            on:click=press
            on:keydown=on_key
            on:contextmenu=move |ev| ask(&ev)
            on:pointerenter=point
            on:pointerleave=leave
            on:focus=move |_| desk.pointed.set(Some(uid))
            on:blur=move |_| desk.pointed.set(None)
            aria-label=move || picture.with(|picture| picture.spoken.clone())
            style:transform=move || picture.with(|picture| picture.place.clone())
            inner_html=move || picture.with(|picture| picture.markup.clone())
        ></g>
    }
}

/// The instrument: `done` says how far its stage is, from 0 to 1, `way` whether requests get there.
fn markup(pod: &PodView, slot: Slot, density: Density, (done, way): (Option<f64>, Way)) -> String {
    let mut out = String::new();
    let sign = sign_of(&pod.version);
    let scale = density.scale();
    if density.has_words() {
        let has_ring = done.is_some() || matches!(pod.stage, Stage::Pending { .. });
        let end = if has_ring { RING } else { 12.0 } * scale;
        let top = slot.rail - slot.at.y;
        // One that is cut ends on its way.
        let end = if way == Way::Cut { (end - top) / 2.0 } else { end };
        put!(&mut out, r#"<path class="drop {}" d="M0 {top:.1}V-{end:.1}"/>"#, way.class());
    }
    // Images come in from below.
    let filling = matches!(pod.stage, Stage::Pulling { .. });
    let empty = if filling { 100.0 - done.unwrap_or(0.0) * 100.0 } else { 0.0 };
    let share = ring(pod, done).unwrap_or(0.0);
    let shape = shape(sign);
    put!(
        &mut out,
        r#"<g style="--sign:{}" transform="scale({scale})"><circle class="ground" r="{RING}"/><circle class="ring-track" r="{RING}"/><circle class="ring" r="{RING}" pathLength="1" transform="rotate(-90)" stroke-dasharray="{share:.4} 2"/><path class="sign-fill" d="{shape}" style="fill:{};clip-path:inset({empty:.1}% 0 0 0)"/><path class="sign-outline" d="{shape}"/>"#,
        colour(sign),
        fill(pod, sign)
    );
    if matches!(pod.stage, Stage::Killed { .. }) {
        out.push_str(r#"<path class="killed-mark" d="M-9-9L9 9M-9 9L9-9"/>"#);
    }
    for angle in probe_angles(pod) {
        put!(
            &mut out,
            r#"<circle class="probe" r="2.4" transform="rotate({angle:.1}) translate(0 -{RING})"/>"#
        );
    }
    out.push_str("</g>");
    if density.has_words() {
        let y = 17.0 + scale * 18.0;
        put!(
            &mut out,
            r#"<text class="mono suffix" y="{y:.1}" text-anchor="middle">{}</text><text class="word" y="{:.1}" text-anchor="middle">{}</text>"#,
            escape(&pod.suffix),
            y + 15.0,
            escape(&word(pod))
        );
    }
    out
}

fn probe_angles(pod: &PodView) -> Vec<f64> {
    let Stage::Loading { from, to } = pod.stage else {
        return Vec::new();
    };
    pod.failed_probes.iter().map(|at| progress(from, to, *at) * 360.0).collect()
}

/// How much of the ring is drawn: it fills while loading and empties while terminating.
fn ring(pod: &PodView, done: Option<f64>) -> Option<f64> {
    match pod.stage {
        Stage::Loading { .. } => done,
        Stage::Terminating { .. } => done.map(|done| 1.0 - done),
        Stage::Pending { .. }
        | Stage::Pulling { .. }
        | Stage::Initializing { .. }
        | Stage::Creating { .. }
        | Stage::Ready { .. }
        | Stage::NotReady
        | Stage::BackOff { .. }
        | Stage::Ended
        | Stage::Killed { .. } => None,
    }
}

fn fill(pod: &PodView, sign: usize) -> String {
    match pod.stage {
        Stage::Pulling { .. } | Stage::Ready { .. } | Stage::Terminating { .. } => colour(sign),
        Stage::NotReady | Stage::BackOff { .. } => format!("url(#hatch-{sign})"),
        Stage::Pending { .. }
        | Stage::Initializing { .. }
        | Stage::Creating { .. }
        | Stage::Loading { .. }
        | Stage::Ended
        | Stage::Killed { .. } => "none".to_owned(),
    }
}

pub(super) fn class(pod: &PodView) -> &'static str {
    match &pod.stage {
        Stage::Pending { .. } => "pending",
        Stage::Pulling { .. } => "pulling",
        Stage::Initializing { .. } => "creating initializing",
        Stage::Creating { .. } => "creating",
        Stage::Loading { .. } => "loading",
        Stage::Ready { .. } if failing(pod).is_some() => "ready failing",
        Stage::Ready { .. } => "ready",
        Stage::NotReady if pod.keeps_failing => "not-ready failing",
        Stage::NotReady => "not-ready",
        Stage::BackOff { .. } => "back-off",
        Stage::Terminating { .. } => "terminating",
        Stage::Ended => "ended",
        Stage::Killed { .. } => "killed",
    }
}

/// Which probe fails, how often it has and how often it may.
pub(super) fn failing(pod: &PodView) -> Option<(&'static str, u32, u32)> {
    let Probes { startup, liveness, readiness } = pod.probes;
    let named = [("startup", startup), ("alive", liveness), ("probe", readiness)];
    named.into_iter().find_map(|(name, probe)| {
        let ProbeView { failed, failure_threshold, .. } = probe?;
        (failed > 0).then_some((name, failed.min(failure_threshold), failure_threshold))
    })
}

/// The word under a pod; long reasons are shortened, its card has them whole.
fn word(pod: &PodView) -> String {
    match (&pod.stage, failing(pod)) {
        (Stage::NotReady, Some((probe, failed, most))) if pod.keeps_failing => {
            format!("{probe} ✕{failed}/{most}")
        }
        (Stage::Ready { .. }, Some((probe, failed, most))) => format!("{probe} ✕{failed}/{most}"),
        (Stage::Initializing { done, of }, _) => format!("init {done}/{of}"),
        (Stage::BackOff { reason }, _) => match *reason {
            "CrashLoopBackOff" => format!("crash ×{}", pod.restarts),
            "ErrImagePull" | "ImagePullBackOff" => "no image".to_owned(),
            other => other.to_owned(),
        },
        (Stage::Terminating { .. }, _) if pod.requests.in_flight > 0 => {
            format!("drains {}", pod.requests.in_flight)
        }
        (stage, _) => stage.word().to_owned(),
    }
}

pub(super) fn spoken(pod: &PodView) -> String {
    format!("{} pod {}: {}", pod.version, pod.suffix, pod.stage.word())
}

#[cfg(test)]
mod tests {
    use rollscope_sim::network::tally::PodTally;

    use super::*;

    fn pod(stage: Stage) -> PodView {
        let failed = ProbeView { passed: 0, failed: 4, success_threshold: 1, failure_threshold: 3 };
        PodView {
            uid: Uid(1),
            name: "web-abc-x7k2p".into(),
            suffix: "x7k2p".to_owned(),
            version: "v2".into(),
            node: "".into(),
            stage,
            receives_traffic: false,
            restarts: 2,
            probes: Probes { readiness: Some(failed), ..Probes::default() },
            remarks: Vec::new(),
            failed_probes: vec![Instant::from_secs(4)],
            keeps_failing: true,
            requests: PodTally { answered: 9, failed: 1, in_flight: 3 },
        }
    }

    #[test]
    fn the_ring_fills_while_loading_and_empties_while_terminating() {
        let (from, to) = (Instant::from_secs(2), Instant::from_secs(10));
        let at = |stage| {
            let pod = pod(stage);
            let span = pod.stage.span().expect("it has a length");
            ring(&pod, Some(progress(span.0, span.1, Instant::from_secs(4))))
        };
        assert_eq!(at(Stage::Loading { from, to }), Some(0.25));
        assert_eq!(at(Stage::Terminating { from, to }), Some(0.75));
        assert_eq!(probe_angles(&pod(Stage::Loading { from, to })), [90.0]);
    }

    #[test]
    fn every_stage_has_a_short_word_and_a_whole_one() {
        let crash = pod(Stage::BackOff { reason: "CrashLoopBackOff" });
        assert_eq!(
            (word(&crash), spoken(&crash)),
            ("crash ×2".to_owned(), "v2 pod x7k2p: CrashLoopBackOff".to_owned())
        );
        assert_eq!(word(&pod(Stage::NotReady)), "probe ✕3/3");
        let ready = pod(Stage::Ready { since: Instant::BOOT, available: true });
        assert_eq!(word(&ready), "probe ✕3/3");
        assert_eq!(word(&pod(Stage::Initializing { done: 1, of: 2 })), "init 1/2");
        let (from, to) = (Instant::BOOT, Instant::from_secs(5));
        assert_eq!(word(&pod(Stage::Terminating { from, to })), "drains 3");
    }
}
