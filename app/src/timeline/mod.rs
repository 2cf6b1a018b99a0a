//! Time: the controls, and the floor of the page on which the whole run lies.

mod branches;
pub(crate) mod moments;
pub(crate) mod run;
mod track;

use leptos::ev;
use leptos::html::Select;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;

use crate::charts::{Legend, Measures};
use crate::desk::use_desk;
use crate::failures::Failures;
use crate::playback::{SPEEDS, clock};
use crate::session::Goal;
use crate::sizes::{UNTIL_ONE_PANE, UNTIL_SHORT};
use crate::storage;
use branches::Branches;
use track::Track;

/// Under which name it is remembered whether the floor is folded.
const REMEMBERED: &str = "rollscope.floor";
const FOLDED: &str = "folded";

/// The controls and the track. On a narrow screen all but what is always at hand can be folded away, so
/// that the stage has room.
#[component]
pub(crate) fn Timeline() -> impl IntoView {
    let length = |of: Result<JsValue, JsValue>| of.ok().and_then(|it| it.as_f64()).unwrap_or(0.0);
    let size = move || (length(window().inner_width()), length(window().inner_height()));
    let window_size = RwSignal::new(size());
    let resized = window_event_listener(ev::resize, move |_| window_size.set(size()));
    on_cleanup(move || resized.remove());
    let chosen = RwSignal::new(storage::load(REMEMBERED).map(|text| text == FOLDED));
    let folded = Memo::new(move |_| {
        let (width, height) = window_size.get();
        // A short one is folded as long as nobody said otherwise.
        width <= UNTIL_ONE_PANE && chosen.get().unwrap_or(height <= UNTIL_SHORT)
    });
    let turn = move |_| {
        let fold = !folded.get_untracked();
        storage::save(REMEMBERED, if fold { FOLDED } else { "open" });
        chosen.set(Some(fold));
    };
    view! {
        <section class="floor" class:folded=move || folded.get() aria-label="Time">
            <Transport/>
            <div class="floor-main">
                <div class="floor-head">
                    <Measures/>
                    <Legend/>
                    <Branches/>
                    <Failures/>
                    <button
                        class="quiet fold"
                        title="Steps, speed and the chart"
                        aria-expanded=move || if folded.get() { "false" } else { "true" }
                        on:click=turn
                    >
                        {move || if folded.get() { "More" } else { "Less" }}
                    </button>
                </div>
                <Track folded/>
            </div>
        </section>
    }
}

const GOALS: [Goal; 3] = [Goal::RolloutOver, Goal::Failure, Goal::Warning];

const fn title(goal: Goal) -> &'static str {
    match goal {
        Goal::RolloutOver => "a rollout is over",
        Goal::Failure => "a request fails",
        Goal::Warning => "something warns",
    }
}

/// Lets time pass until something happens.
#[component]
fn RunUntil() -> impl IntoView {
    let desk = use_desk();
    let node = NodeRef::<Select>::new();
    let choose = move |_| {
        let Some(node) = node.get_untracked() else { return };
        let goal = GOALS.into_iter().find(|goal| title(*goal) == node.value());
        node.set_value("");
        if let Some(goal) = goal {
            desk.run_until(goal);
        }
    };
    let goals = GOALS.map(|goal| view! { <option value=title(goal)>{title(goal)}</option> });
    view! {
        <select class="run-until" node_ref=node aria-label="Run until" on:change=choose>
            <option value="">"Run until …"</option>
            {goals}
        </select>
    }
}

/// Play, step, speed and clock.
#[component]
fn Transport() -> impl IntoView {
    let desk = use_desk();
    let playing = Memo::new(move |_| desk.playback.get().playing || desk.goal.get().is_some());
    let now = desk.now();
    let in_past = desk.in_past();
    let speed = move |ev| {
        let index = event_target_value(&ev).parse().unwrap_or(3);
        desk.set_speed(|playback| playback.with_speed(index));
    };
    let note = move || {
        if in_past.get() && desk.goal.get().is_none() && desk.stretch.get().is_none() {
            format!(
                "In the past: acting here forks the run; the old branch is kept. The run has reached {}.",
                clock(desk.end.get())
            )
        } else if let Some((goal, _)) = desk.goal.get() {
            format!("Runs until {}. Pause stops it.", title(goal))
        } else if let Some((from, to)) = desk.stretch.get() {
            format!("Plays {} to {} over and over. L ends it.", clock(from), clock(to))
        } else if desk.behind.get() {
            "Slower than asked: this run needs more work than the machine can do.".to_owned()
        } else {
            "Space plays, arrows step (with Shift a second), [ and ] change the speed.".to_owned()
        }
    };
    view! {
        <div class="transport">
            <div class="transport-row">
                <button class="play" on:click=move |_| desk.toggle() title="Space">
                    {move || if playing.get() { "Pause" } else { "Play" }}
                </button>
                <button on:click=move |_| desk.step_back() title="Arrow left">
                    "Step back"
                </button>
                <button on:click=move |_| desk.step() title="Arrow right">
                    "Step"
                </button>
                <button on:click=move |_| desk.go_live() disabled=move || !in_past.get()>
                    "To the end"
                </button>
            </div>
            <div class="transport-row">
                <span class="clock" role="timer" aria-live="off" aria-label="Time since boot">
                    {move || clock(now.get())}
                </span>
                <label class="speed">
                    <span>"Speed"</span>
                    <input
                        type="range"
                        min="0"
                        max=SPEEDS.len() - 1
                        step="1"
                        aria-label="Speed"
                        aria-valuetext=move || desk.playback.get().speed_text()
                        prop:value=move || desk.playback.get().speed_index().to_string()
                        on:input=speed
                    />
                    <span class="figure">{move || desk.playback.get().speed_text()}</span>
                </label>
            </div>
            <div class="transport-note">
                <p
                    class="note-line"
                    class:telling=move || {
                        in_past.get()
                            || desk.behind.get()
                            || desk.goal.get().is_some()
                            || desk.stretch.get().is_some()
                    }
                    role="status"
                >
                    {note}
                </p>
                <RunUntil/>
            </div>
        </div>
    }
}
