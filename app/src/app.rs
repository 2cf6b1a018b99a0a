//! The page: manifest and terminal to the left, the stage, the inspector to the right, and time at
//! the bottom.

use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use rollscope_sim::{Duration, Instant};

use crate::acts::ActBar;
use crate::desk::{Desk, use_desk};
use crate::editor::Editor;
use crate::inspector::Inspector;
use crate::link::{self, Wish};
use crate::modal::{OpenSheet, Sheet};
use crate::panes::{Division, Edge, PaneSwitches, PaneTabs, Splitter};
use crate::playback::Playback;
use crate::scene::Stage;
use crate::terminal::TerminalPane;
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
    let runs = Memo::new(move |_| {
        desk.playback.get().playing || desk.goal.get().is_some() || desk.replaying.get()
    });
    use_frame(runs, move |frame| desk.frame(frame));
    let keys = window_event_listener(ev::keydown, move |ev| on_key(&desk, &ev));
    on_cleanup(move || keys.remove());
    let scroll = window_event_listener(ev::scroll, move |_| desk.scrolled.set(()));
    on_cleanup(move || scroll.remove());
    open_address(&desk);
    let hash = window_event_listener(ev::hashchange, move |_| open_address(&desk));
    on_cleanup(move || hash.remove());
    let division = desk.division;
    view! {
        <div
            class="page"
            data-shows=move || desk.pane.get()
            data-lower=move || desk.lower.get().name()
            data-closed=move || division.with(Division::closed)
            style=move || division.with(Division::style)
        >
            <Head/>
            <ActBar/>
            <PaneTabs shown=desk.pane/>
            <main class="panes">
                <Editor/>
                <Splitter division edge=Edge::Terminal/>
                <TerminalPane/>
                <Splitter division edge=Edge::Side/>
                <section
                    class="pane scene"
                    aria-label="Stage"
                    on:scroll=move |_| desk.scrolled.set(())
                >
                    <Narration/>
                    <Stage/>
                </section>
                <Splitter division edge=Edge::Inspector/>
                <Inspector/>
            </main>
            <Timeline/>
            <Notice/>
            <OpenSheet/>
        </div>
    }
}

/// Names the menu of the head for its buttons.
pub(crate) const MENU: &str = "head-acts";

#[component]
fn Head() -> impl IntoView {
    let desk = use_desk();
    // A press closes the menu.
    let act = move |name: &'static str, key: &'static str, run: fn(&Desk)| {
        view! {
            <button
                class="quiet"
                title=(!key.is_empty()).then_some(key)
                popovertarget=MENU
                popovertargetaction="hide"
                on:click=move |_| run(&desk)
            >
                {name}
            </button>
        }
    };
    view! {
        <header class="head">
            <h1>"Rollscope"</h1>
            <button class="scenario" on:click=move |_| desk.lay(Sheet::Gallery)>
                <span class="muted">"Scenario "</span>
                {move || desk.example.get().title()}
            </button>
            <PaneSwitches division=desk.division/>
            <button class="head-menu" popovertarget=MENU>"Menu"</button>
            // A row, and on a narrow screen a menu.
            <div class="head-acts" id=MENU popover="auto">
                <span class="muted seed">"seed " {crate::session::SEED}</span>
                {act("New run", "", |desk| desk.restart())}
                {act("Compare", "", |desk| desk.lay(Sheet::Strategies))}
                {act("Share", "", |desk| desk.lay(Sheet::Share))}
                {act("Commands", "Ctrl K", |desk| desk.lay(Sheet::Palette))}
                {act("Help", "?", |desk| desk.lay(Sheet::Help("")))}
                <ThemeSwitch/>
            </div>
        </header>
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

/// Opens what the address asks for.
fn open_address(desk: &Desk) {
    let desk = *desk;
    let hash = window().location().hash().unwrap_or_default();
    if !hash.is_empty() {
        request_animation_frame(move || open(&desk, &hash));
    }
}

fn open(desk: &Desk, hash: &str) {
    let Wish { example, run } = link::read(hash);
    match run {
        Some(Ok(scenario)) => desk.replay(example, &scenario),
        Some(Err(why)) => desk.notice.set(Some(format!("Nothing was run: {why}."))),
        None => {
            if let Some(example) = example {
                desk.open(example);
            }
        }
    }
}

/// What went wrong, until it is dismissed.
#[component]
fn Notice() -> impl IntoView {
    let desk = use_desk();
    move || {
        desk.notice.get().map(|text| {
            view! {
                <div class="notice" role="alert">
                    <span>{text}</span>
                    <button class="quiet" aria-label="Dismiss" on:click=move |_| desk.notice.set(None)>
                        "✕"
                    </button>
                </div>
            }
        })
    }
}

/// Space plays, arrows step, with Shift by a second, brackets change the speed, L loops; Ctrl K opens
/// the palette, a question mark the help.
fn on_key(desk: &Desk, ev: &web_sys::KeyboardEvent) {
    if (ev.ctrl_key() || ev.meta_key()) && ev.key() == "k" {
        ev.prevent_default();
        desk.lay(Sheet::Palette);
    }
    // A dialog has the keys for itself.
    if desk.sheet.with_untracked(Option::is_some) {
        return;
    }
    let target = ev.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok());
    let writes = target.as_ref().is_some_and(web_sys::HtmlElement::is_content_editable);
    let tag = target.map(|target| target.tag_name().to_ascii_lowercase()).unwrap_or_default();
    let writes = writes || matches!(&*tag, "textarea" | "input" | "select");
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
        ("l", _) => desk.toggle_loop(),
        ("?", _) => desk.lay(Sheet::Help("")),
        _ => return,
    }
    ev.prevent_default();
}
