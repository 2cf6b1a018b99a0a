//! The page: head, acts, manifest and output to the left, the stage, and time at the bottom.

use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use rollscope_sim::{Duration, Instant};

use crate::acts::ActBar;
use crate::desk::{Desk, use_desk};
use crate::details::Details;
use crate::editor::Editor;
use crate::examples::Example;
use crate::playback::Playback;
use crate::scene::Stage;
use crate::theme::ThemeSwitch;
use crate::timeline::Timeline;
use crate::use_frame::use_frame;

/// How far the arrow keys go with Shift.
const NUDGE: Duration = Duration::from_secs(1);

/// The page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let desk = Desk::new();
    provide_context(desk);
    let playing = Memo::new(move |_| desk.playback.get().playing);
    use_frame(playing, move |frame| desk.frame(frame));
    let keys = window_event_listener(ev::keydown, move |ev| on_key(&desk, &ev));
    on_cleanup(move || keys.remove());
    let scroll = window_event_listener(ev::scroll, move |_| desk.scrolled.set(()));
    on_cleanup(move || scroll.remove());
    view! {
        <div class="page" data-shows=move || desk.pane.get()>
            <Head/>
            <ActBar/>
            <PaneSwitch/>
            <main class="panes">
                <div class="side">
                    <Editor/>
                    <Details/>
                </div>
                <section
                    class="pane scene"
                    aria-label="Stage"
                    data-pane="stage"
                    on:scroll=move |_| desk.scrolled.set(())
                >
                    <Narration/>
                    <Stage/>
                </section>
            </main>
            <Timeline/>
        </div>
    }
}

#[component]
fn Head() -> impl IntoView {
    let desk = use_desk();
    let examples = Example::ALL.map(|example| {
        view! {
            <button
                class="tab"
                aria-pressed=move || if desk.example.get() == example { "true" } else { "false" }
                on:click=move |_| desk.open(example)
            >
                {example.title()}
            </button>
        }
    });
    view! {
        <header class="head">
            <h1>"Rollscope"</h1>
            <div class="examples" role="group" aria-label="Examples">{examples}</div>
            <span class="muted seed">"seed " {crate::session::SEED}</span>
            <button class="quiet" on:click=move |_| desk.restart()>"New run"</button>
            <ThemeSwitch/>
        </header>
    }
}

/// On a narrow screen one pane is shown at a time.
#[component]
fn PaneSwitch() -> impl IntoView {
    let pane = use_desk().pane;
    let button = move |which: &'static str, label: &'static str| {
        view! {
            <button
                class="tab"
                aria-pressed=move || if pane.get() == which { "true" } else { "false" }
                on:click=move |_| pane.set(which)
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="pane-switch" role="group" aria-label="Panes">
            {button("stage", "Stage")} {button("manifest", "Manifest")} {button("details", "Details")}
        </div>
    }
}

#[component]
fn Narration() -> impl IntoView {
    let desk = use_desk();
    let text = Memo::new(move |_| desk.view.with(|view| view.narration.clone()));
    view! {
        <p class="narration" aria-live="polite" aria-label="What happens">{move || text.get()}</p>
    }
}

/// Space plays, arrows step, with Shift by a second, brackets change the speed.
fn on_key(desk: &Desk, ev: &web_sys::KeyboardEvent) {
    let target = ev.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok());
    let writes = target.as_ref().is_some_and(web_sys::HtmlElement::is_content_editable);
    let tag = target.map(|target| target.tag_name().to_ascii_lowercase()).unwrap_or_default();
    let writes = writes || tag == "textarea" || tag == "input";
    if ev.ctrl_key() || ev.meta_key() || ev.alt_key() || writes {
        return;
    }
    match (ev.key().as_str(), ev.shift_key()) {
        // A button takes the space bar for itself.
        (" ", _) if tag != "button" => desk.toggle(),
        ("ArrowRight", false) => desk.step(),
        ("ArrowLeft", false) => desk.step_back(),
        ("ArrowRight", true) => desk.nudge(NUDGE, false),
        ("ArrowLeft", true) => desk.nudge(NUDGE, true),
        ("Home", _) => desk.seek(Instant::BOOT),
        ("End", _) => desk.seek(desk.end.get_untracked()),
        ("[", _) => desk.set_speed(Playback::slower),
        ("]", _) => desk.set_speed(Playback::faster),
        _ => return,
    }
    ev.prevent_default();
}
