//! The manifest: an editor for it, and what is wrong with the text.
//!
//! A text area stands there at once. `CodeMirror` takes its place when it has been fetched; nothing
//! that was typed is lost by that, as both only show the text that the desk holds.

mod code;
mod place;
mod problems;

use leptos::html::{Div, Textarea};
use leptos::prelude::*;

use crate::desk::{Desk, use_desk};
use crate::use_width::use_width;
use code::{Calls, Code};
use problems::{ProblemList, use_problems};

/// How long after the first picture the editor is fetched, in milliseconds.
const SETTLED: u64 = 120;

/// The manifest's pane.
#[component]
pub(crate) fn Editor() -> impl IntoView {
    let desk = use_desk();
    let area = NodeRef::<Textarea>::new();
    let body = NodeRef::<Div>::new();
    let code = RwSignal::new_local(None::<Code>);
    let problems = use_problems();
    fetch_when_seen(body, area, code);
    Effect::new(move || {
        let (file, text) = (desk.example.get().file(), desk.text());
        code.with(|code| {
            if let Some(code) = code {
                code.open(file, &text);
            }
        });
    });
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
    view! {
        <section class="pane editor" aria-label="Manifest">
            <header class="pane-head">
                <h2>"Manifest"</h2>
                <span class="muted mono">{move || desk.example.get().file()}</span>
                <span class="muted hint" title="Control or Command with Enter applies the manifest">
                    <kbd>"Ctrl Enter"</kbd>
                    " applies"
                </span>
            </header>
            <div class="editor-body" node_ref=body class:coded=move || code.with(Option::is_some)>
                <Plain area shown=Signal::derive(move || code.with(Option::is_none)) />
            </div>
            <ProblemList problems go mend />
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
            .with::<dyn Fn()>("apply", move || desk.apply());
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
    untrack(|| made.open(desk.example.get().file(), &desk.text()));
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
