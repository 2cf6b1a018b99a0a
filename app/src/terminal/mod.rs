//! The terminal: kubectl and a shell on the cluster one looks at. Buttons write their command here too.

pub(crate) mod entry;
mod lines;
mod names;
pub(crate) mod run;

use std::sync::Arc;

use leptos::html::{Div, Textarea};
use leptos::prelude::*;

use crate::desk::use_desk;
use crate::inspector::Tab;
use crate::panes::{LowerSwitch, Pane};
use crate::storage;
use crate::texts;
use entry::Entry;
use lines::Lines;

/// Under which name the lines are remembered.
const REMEMBERED: &str = "rollscope.lines";

/// The pane.
#[component]
pub(crate) fn TerminalPane() -> impl IntoView {
    view! {
        <section
            class="pane terminal"
            aria-label="Terminal"
            on:focusin=move |_| texts::fetch_ahead()
        >
            <header class="pane-head">
                <h2>"Terminal"</h2>
                <span class="muted hint">"Tab completes, a click on a name inspects"</span>
                <LowerSwitch to=Pane::Inspector/>
            </header>
            <Terminal/>
        </section>
    }
}

#[component]
fn Terminal() -> impl IntoView {
    let desk = use_desk();
    let node = NodeRef::<Div>::new();
    Effect::new(move || {
        desk.log.track();
        if let Some(node) = node.get() {
            // What was printed last is at the bottom.
            request_animation_frame(move || node.set_scroll_top(node.scroll_height()));
        }
    });
    view! {
        <div
            class="log"
            node_ref=node
            role="log"
            tabindex="0"
            aria-label="What was printed"
            on:click=move |ev| {
                if let Some(object) = desk.view.with_untracked(|view| names::clicked(&ev, view)) {
                    desk.inspect(object, Tab::Object);
                }
            }
            inner_html=move || desk.log.with(|log| printed(log))
        ></div>
        <Prompt/>
    }
}

fn printed(log: &[Arc<Entry>]) -> String {
    if log.is_empty() {
        return r#"<p class="muted">Type a command below, such as <code>kubectl get pods</code>, or press an act: it is typed here. Tab completes.</p>"#.to_owned();
    }
    log.iter().map(|entry| entry.markup()).collect()
}

/// A search backwards: how many finds are passed over.
type Search = Option<usize>;

/// Where one types.
#[component]
fn Prompt() -> impl IntoView {
    let desk = use_desk();
    let node = NodeRef::<Textarea>::new();
    let text = RwSignal::new(String::new());
    let search = RwSignal::<Search>::new(None);
    let lines = StoredValue::new(None::<Lines>);
    let with_lines = move |act: &dyn Fn(&mut Lines) -> Option<String>| {
        let found = lines.try_update_value(|lines| {
            act(lines
                .get_or_insert_with(|| Lines::read(&storage::load(REMEMBERED).unwrap_or_default())))
        });
        found.flatten()
    };
    let found = move || {
        let skip = search.get()?;
        let part = text.get();
        with_lines(&|lines| lines.find(&part, skip).map(str::to_owned))
    };
    let submit = move |line: &str| {
        with_lines(&|lines| {
            lines.push(line);
            storage::save(REMEMBERED, &lines.text());
            None
        });
        desk.type_line(line);
    };
    let typed = move |ev| {
        let value = event_target_value(&ev);
        // A pasted text runs line by line; what follows the last line break is left to edit.
        let (whole, rest) = value.rsplit_once('\n').map_or(("", &*value), |parts| parts);
        for line in whole.lines() {
            submit(line);
        }
        text.set(rest.to_owned());
        if let Some(node) = node.get_untracked().filter(|_| !whole.is_empty()) {
            node.set_value(rest);
        }
    };
    let complete = move || {
        let shown = text.get_untracked();
        let (line, candidates) = desk.complete(&shown);
        if candidates.len() > 1 && line == shown {
            desk.show_candidates(&line, &candidates);
        }
        text.set(line);
    };
    let on_key = move |ev: web_sys::KeyboardEvent| {
        let selects = node.get_untracked().is_some_and(|node| {
            node.selection_start().ok().flatten() != node.selection_end().ok().flatten()
        });
        match (ev.key().as_str(), ev.ctrl_key()) {
            ("Enter", _) => {
                let line = untrack(found).unwrap_or_else(|| text.get_untracked());
                search.set(None);
                text.set(String::new());
                submit(&line);
            }
            ("ArrowUp", _) => {
                let shown = text.get_untracked();
                if let Some(line) = with_lines(&|lines| lines.older(&shown)) {
                    text.set(line);
                }
            }
            ("ArrowDown", _) => {
                if let Some(line) = with_lines(&Lines::newer) {
                    text.set(line);
                }
            }
            ("r", true) => {
                search.update(|search| *search = Some(search.map_or(0, |skip| skip + 1)));
            }
            ("Escape" | "ArrowRight" | "ArrowLeft", _) if search.get_untracked().is_some() => {
                let line = untrack(found).filter(|_| ev.key() != "Escape");
                search.set(None);
                if let Some(line) = line {
                    text.set(line);
                }
            }
            ("c", true) if !selects => {
                search.set(None);
                text.set(String::new());
                desk.interrupt();
            }
            ("l", true) => desk.log.set(Vec::new()),
            ("Tab", _) if !ev.shift_key() && !text.get_untracked().is_empty() => complete(),
            _ => return,
        }
        ev.prevent_default();
    };
    let sign = move || match (search.get(), found()) {
        (None, _) => "$".to_owned(),
        (Some(_), Some(line)) => format!("search: {line} ←"),
        (Some(_), None) => "search: nothing found ←".to_owned(),
    };
    let waits = move || desk.running.get().is_some() && !desk.playback.get().playing;
    view! {
        <div class="prompt">
            <span class="mono" aria-live="polite">{sign}</span>
            <textarea
                node_ref=node
                rows="1"
                aria-label="Command line"
                placeholder="kubectl get pods"
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                wrap="off"
                prop:value=move || text.get()
                on:input=typed
                on:keydown=on_key
            ></textarea>
            <button
                class="quiet"
                class:gone=move || desk.running.get().is_none()
                on:click=move |_| desk.interrupt()
            >
                "Stop (Ctrl-C)"
            </button>
        </div>
        <p class="muted waits" role="status" class:gone=move || !waits()>
            "It runs, but time stands still: press Play."
        </p>
    }
}
