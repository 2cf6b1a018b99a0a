//! The manifest: an editor for it, and what is wrong with the text.
//!
//! A text area stands there at once. `CodeMirror` takes its place when it has been fetched; nothing
//! that was typed is lost by that, as both only show the text that the desk holds.

mod code;
pub(crate) mod files;
mod place;
mod preview;
mod problems;
pub(crate) mod stored;
mod tabs;

use js_sys::Array;
use leptos::html::{Div, Textarea};
use leptos::prelude::*;

use crate::desk::{Desk, use_desk};
use crate::preflight::Preflight;
use crate::texts;
use crate::use_width::use_width;
use code::{Calls, Code};
use preview::ApplyPreview;
pub(crate) use preview::difference;
use problems::{ProblemList, use_problems};
use tabs::{FileNote, Note, Tabs, read_files};

/// How long after the first picture the editor is fetched, in milliseconds.
const SETTLED: u64 = 120;

/// How long after a change the files are kept for the next visit, in milliseconds.
const SAVED: u64 = 400;

/// The manifest's pane.
#[component]
pub(crate) fn Editor() -> impl IntoView {
    let desk = use_desk();
    let area = NodeRef::<Textarea>::new();
    let body = NodeRef::<Div>::new();
    let code = RwSignal::new_local(None::<Code>);
    let problems = use_problems();
    fetch_when_seen(body, area, code);
    remember_files();
    Effect::new(move || {
        let (file, text) = (key(&desk, &desk.file()), desk.text());
        code.with(|code| {
            if let Some(code) = code {
                code.open(&file, &text);
            }
        });
    });
    let note = RwSignal::new(Note::default());
    let renamed = move |old: &str, new: &str| {
        if let Some(code) = code.get_untracked() {
            untrack(|| code.rename(&key(&desk, old), &key(&desk, new)));
        }
    };
    let dropped = move |ev: web_sys::DragEvent| {
        let files = ev.data_transfer().and_then(|data| data.files());
        if let Some(files) = files.filter(|files| files.length() > 0) {
            ev.prevent_default();
            read_files(&desk, &files, note);
        }
    };
    Effect::new(move || {
        problems.with(|problems| {
            // Problems of a text that has changed since would be marked in the wrong places.
            if let Some(code) = code.get().filter(|_| untrack(|| *problems.text == *desk.text())) {
                code.show(&problems.marks());
            }
        });
    });
    let go = move |from, to| match (code.get_untracked(), area.get_untracked()) {
        (Some(code), _) => code.go_to(from, to),
        (None, Some(area)) => {
            // The focus brings the place into view.
            let _ = area.focus();
            let _ = area.set_selection_range(from, to);
        }
        (None, None) => {}
    };
    let mend = move |from, to, text: &str| {
        if let Some(code) = code.get_untracked() {
            code.replace(from, to, text);
        } else {
            let old = untrack(|| desk.text());
            let [from, to] = [from, to].map(|at| place::bytes(&old, at));
            desk.set_text([&old[..from], text, &old[to..]].concat());
        }
        go(from, from + u32::try_from(text.encode_utf16().count()).unwrap_or(0));
    };
    // The same by lines and columns, of the text as it is now.
    let stretch = move |[line, column, end_line, end_column]: [u32; 4]| {
        let text = untrack(|| desk.text());
        let places = place::Places::of(&text);
        (places.offset(line, column), places.offset(end_line, end_column))
    };
    let go_there = move |at| {
        let (from, to) = stretch(at);
        go(from, to);
    };
    let mend_there = move |at, text: &str| {
        let (from, to) = stretch(at);
        mend(from, to, text);
    };
    view! {
        <section
            class="pane editor"
            aria-label="Manifest"
            on:dragover=move |ev: web_sys::DragEvent| ev.prevent_default()
            on:drop=dropped
            on:focusin=move |_| texts::fetch_ahead()
        >
            <header class="pane-head">
                <h2>"Manifest"</h2>
                <Tabs note renamed/>
            </header>
            <FileNote note/>
            <div class="editor-body" node_ref=body class:coded=move || code.with(Option::is_some)>
                <Plain area shown=Signal::derive(move || code.with(Option::is_none)) />
            </div>
            <ProblemList problems go mend />
            <ApplyPreview problems/>
            <Preflight go=go_there mend=mend_there/>
        </section>
    }
}

/// The text area that serves until the editor is there.
#[component]
fn Plain(area: NodeRef<Textarea>, shown: Signal<bool>) -> impl IntoView {
    let desk = use_desk();
    let lines = Memo::new(move |_| desk.text().split('\n').count());
    let scroll = RwSignal::new(0);
    let on_scroll = move |_| {
        if let Some(area) = area.get_untracked() {
            scroll.set(area.scroll_top());
        }
    };
    let on_key = move |ev: web_sys::KeyboardEvent| {
        if ev.key() == "Enter" && (ev.ctrl_key() || ev.meta_key()) {
            ev.prevent_default();
            desk.apply();
        }
    };
    let numbers = move || (1..=lines.get()).map(|line| view! { <div>{line}</div> }).collect_view();
    let plain = move || {
        view! {
            <div class="gutter" aria-hidden="true">
                <div style:transform=move || format!("translateY(-{}px)", scroll.get())>
                    {numbers}
                </div>
            </div>
            <textarea
                node_ref=area
                aria-label="Manifest, YAML"
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                wrap="off"
                prop:value=move || desk.text()
                on:input=move |ev| desk.set_text(event_target_value(&ev))
                on:scroll=on_scroll
                on:keydown=on_key
            ></textarea>
        }
    };
    move || shown.get().then(plain)
}

/// What the editor knows a file by: scenarios may have files of one name.
fn key(desk: &Desk, file: &str) -> String {
    format!("{}/{file}", desk.files.with(files::Shelf::key))
}

/// Keeps the files for the next visit, a moment after each change and when the page is left.
fn remember_files() {
    let desk = use_desk();
    let last = StoredValue::new(0_u32);
    let save = move || desk.files.with_untracked(stored::save);
    Effect::new(move |first: Option<()>| {
        desk.files.track();
        if first.is_none() {
            return;
        }
        last.update_value(|last| *last = last.wrapping_add(1));
        let mine = last.get_value();
        let late = move || {
            if last.try_get_value() == Some(mine) {
                save();
            }
        };
        set_timeout(late, std::time::Duration::from_millis(SAVED));
    });
    let left = window_event_listener(leptos::ev::pagehide, move |_| {
        if last.get_value() > 0 {
            save();
        }
    });
    on_cleanup(move || left.remove());
}

/// For the editor: where the word begins, then for each completion its label, its type, what is said
/// about it, and what is written.
fn complete(desk: &Desk, text: &str, at: u32) -> Array {
    let offset = place::bytes(text, at);
    let (from, found) = desk.session.with_value(|session| session.go_on(text, offset));
    let answer = Array::new();
    answer.push(&place::units(text, from).into());
    for each in found {
        for part in [each.label, each.detail, each.about, each.text] {
            answer.push(&part.into());
        }
    }
    answer
}

/// For the editor: where a field's name begins and ends, its path, its type, what is said about it.
fn explain(text: &str, at: u32) -> Array {
    let answer = Array::new();
    if let Some(found) = rollscope_sim::assist::explain(text, place::bytes(text, at)) {
        for at in [found.from, found.to] {
            answer.push(&place::units(text, at).into());
        }
        for part in [found.path, found.type_, found.about] {
            answer.push(&part.into());
        }
    }
    answer
}

/// Fetches the editor once its place is to be seen and the page has been painted.
fn fetch_when_seen(
    body: NodeRef<Div>,
    area: NodeRef<Textarea>,
    code: RwSignal<Option<Code>, LocalStorage>,
) {
    let desk = use_desk();
    let width = use_width(body);
    let begun = StoredValue::new(false);
    let fetch = move || {
        let Some(host) = body.get_untracked() else { return };
        let calls = Calls::new()
            .with::<dyn Fn(String)>("changed", move |text| desk.set_text(text))
            .with::<dyn Fn()>("apply", move || desk.apply())
            .with::<dyn Fn(String, u32) -> Array>("complete", move |text: String, at: u32| {
                complete(&desk, &text, at)
            })
            .with::<dyn Fn(String, u32) -> Array>("explain", |text: String, at: u32| {
                explain(&text, at)
            });
        code::fetch(host.into(), calls, move |made| take_over(&desk, &made, area, code));
    };
    Effect::new(move || {
        if width.get() > 0.0 && !begun.get_value() {
            begun.set_value(true);
            let settled = std::time::Duration::from_millis(SETTLED);
            // The frame that is asked for here follows the first picture.
            request_animation_frame(move || set_timeout(fetch, settled));
        }
    });
}

/// The editor takes the text area's place, with its text, its selection and its focus.
fn take_over(
    desk: &Desk,
    made: &Code,
    area: NodeRef<Textarea>,
    code: RwSignal<Option<Code>, LocalStorage>,
) {
    untrack(|| made.open(&key(desk, &desk.file()), &desk.text()));
    let selected = area.get_untracked().filter(|area| {
        let focused = document().active_element();
        focused.is_some_and(|focused| focused.is_same_node(Some(area)))
    });
    let selected = selected.map(|area| {
        [area.selection_start(), area.selection_end()].map(|at| at.ok().flatten().unwrap_or(0))
    });
    code.set(Some(made.clone()));
    if let Some([from, to]) = selected {
        made.go_to(from, to);
    }
}
