//! The files' tabs, and what can be done with a file.

use leptos::html::{Details, Input};
use leptos::prelude::*;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};

use super::files::{File, LONGEST_TEXT};
use crate::desk::{Desk, use_desk};

/// The name of a new file.
const NEW: &str = "new.yaml";

/// What the pane says of the last thing that was done with files.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Note {
    text: String,
    /// A file that can be brought back, and its place.
    deleted: Option<(usize, File)>,
}

impl Note {
    fn of(text: &str) -> Self {
        Self { text: text.to_owned(), deleted: None }
    }
}

/// Tabs and the menu. `renamed` hears of a file's old and new name.
#[component]
pub(super) fn Tabs(
    note: RwSignal<Note>,
    renamed: impl Fn(&str, &str) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let desk = use_desk();
    let names = Memo::new(move |_| {
        desk.with_files(|files| {
            files.all().iter().map(|file| file.name.clone()).collect::<Vec<_>>()
        })
    });
    let shown = Memo::new(move |_| desk.with_files(super::files::Files::index));
    let show = move |index: usize| {
        desk.change_files(|files| files.show(index));
    };
    let on_key = move |ev: web_sys::KeyboardEvent| {
        let (at, count) = (shown.get_untracked(), names.with_untracked(Vec::len));
        let to = match ev.key().as_str() {
            "ArrowRight" => (at + 1) % count,
            "ArrowLeft" => (at + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return,
        };
        ev.prevent_default();
        ev.stop_propagation();
        show(to);
        focus_tab(to);
    };
    let tab = move |(index, name): (usize, String)| {
        let is_shown = move || shown.get() == index;
        view! {
            <button
                role="tab"
                class="tab file mono"
                id=format!("file-{index}")
                aria-selected=move || if is_shown() { "true" } else { "false" }
                tabindex=move || if is_shown() { "0" } else { "-1" }
                on:click=move |_| show(index)
            >
                {name}
            </button>
        }
    };
    view! {
        <div class="files">
            <div class="file-tabs" role="tablist" aria-label="Files" on:keydown=on_key>
                {move || names.get().into_iter().enumerate().map(tab).collect_view()}
            </div>
            <button
                class="quiet"
                aria-label="New file"
                title="New file"
                on:click=move |_| take_in(&desk, note, NEW, String::new())
            >
                "+"
            </button>
            <Menu note renamed/>
        </div>
    }
}

fn focus_tab(index: usize) {
    let tab = document().get_element_by_id(&format!("file-{index}"));
    if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = tab.focus();
    }
}

#[component]
fn Menu(
    note: RwSignal<Note>,
    renamed: impl Fn(&str, &str) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let menu = NodeRef::<Details>::new();
    let open = RwSignal::new(false);
    let close = move || {
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
        }
    };
    let on_key = move |ev: web_sys::KeyboardEvent| {
        if ev.key() == "Escape" {
            close();
        }
    };
    let content = move || open.get().then(|| view! { <MenuContent note renamed close/> });
    view! {
        <details
            class="file-menu"
            node_ref=menu
            on:toggle=move |_| open.set(menu.get_untracked().is_some_and(|menu| menu.open()))
            on:keydown=on_key
        >
            <summary aria-label="File actions" title="File actions">"⋯"</summary>
            {content}
        </details>
    }
}

#[component]
fn MenuContent(
    note: RwSignal<Note>,
    renamed: impl Fn(&str, &str) + Copy + Send + Sync + 'static,
    close: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let desk = use_desk();
    let picker = NodeRef::<Input>::new();
    let rename = move |ev| {
        let old = untrack(|| desk.file());
        let new = event_target_value(&ev);
        match desk.change_files(|files| files.rename(&new)) {
            Some(Ok(())) => {
                renamed(&old, new.trim());
                close();
            }
            Some(Err(why)) => note.set(Note::of(&format!("Not renamed: {why}."))),
            None => {}
        }
    };
    let format = move |_| {
        let text = untrack(|| desk.text());
        match rollscope_sim::assist::format(&text) {
            Some(laid_out) => {
                note.set(Note::of(if laid_out == text {
                    "Nothing to format."
                } else {
                    "Formatted."
                }));
                desk.set_text(laid_out);
            }
            None => note.set(Note::of("Not formatted: the text cannot be read as it is.")),
        }
        close();
    };
    let reset = move |_| {
        if let Some(original) = desk.with_files(super::files::Files::original) {
            desk.set_text(original.to_owned());
            note.set(Note::of("Reset to the example. Undo in the editor brings the text back."));
        }
        close();
    };
    let delete = move |_| {
        if let Some(Some((at, file))) = desk.change_files(super::files::Files::delete) {
            note.set(Note { text: format!("Deleted {}.", file.name), deleted: Some((at, file)) });
        }
        close();
    };
    let picked = move |_| {
        if let Some(files) = picker.get_untracked().and_then(|picker| picker.files()) {
            read_files(&desk, &files, note);
        }
        close();
    };
    let address = move || {
        let text = String::from(js_sys::encode_uri_component(&desk.text()));
        format!("data:application/yaml;charset=utf-8,{text}")
    };
    let alone = move || desk.with_files(|files| files.all().len() == 1);
    let as_it_came = move || desk.with_files(|files| files.original().is_none());
    view! {
        <div class="menu-content">
            <label>
                "Name"
                <input class="mono" prop:value=move || desk.file() on:change=rename spellcheck="false"/>
            </label>
            <button on:click=format>"Format"</button>
            <button disabled=as_it_came on:click=reset>"Reset to the example"</button>
            <a class="button" href=address download=move || desk.file() on:click=move |_| close()>
                "Download"
            </a>
            <label class="button">
                "Open files…"
                <input
                    type="file"
                    class="hidden-input"
                    multiple
                    accept=".yaml,.yml,.json"
                    node_ref=picker
                    on:change=picked
                />
            </label>
            <button disabled=alone on:click=delete>"Delete"</button>
        </div>
    }
}

/// What was done, and the way back.
#[component]
pub(super) fn FileNote(note: RwSignal<Note>) -> impl IntoView {
    let desk = use_desk();
    let restore = move |_| {
        if let Some((at, file)) = note.get_untracked().deleted {
            desk.change_files(|files| files.restore(at, file));
        }
        note.set(Note::default());
    };
    let content = move || {
        let Note { text, deleted } = note.get();
        let undo = deleted.map(|_| {
            view! { <button class="quiet" on:click=restore>"Undo"</button> }
        });
        let gone = text.is_empty();
        let close = (!gone).then(|| {
            view! {
                <button class="quiet" aria-label="Dismiss" on:click=move |_| note.set(Note::default())>
                    "✕"
                </button>
            }
        });
        view! { <span>{text}</span> {undo} {close} }
    };
    let is_empty = move || note.with(|note| note.text.is_empty());
    view! {
        <div class="file-note" role="status" class:gone=is_empty>
            {content}
        </div>
    }
}

/// Adds a file with this text.
fn take_in(desk: &Desk, note: RwSignal<Note>, name: &str, text: String) {
    match desk.change_files(|files| files.add(name, text)) {
        Some(Err(why)) => note.set(Note::of(&format!("{name} was not added: {why}."))),
        Some(Ok(())) | None => note.set(Note::default()),
    }
}

/// Takes in files that were picked or dropped.
pub(super) fn read_files(desk: &Desk, list: &web_sys::FileList, note: RwSignal<Note>) {
    let desk = *desk;
    for file in (0..list.length()).filter_map(|at| list.get(at)) {
        let name: String = file.name().chars().map(|it| if it == ' ' { '-' } else { it }).collect();
        #[expect(clippy::cast_precision_loss, reason = "a limit")]
        if file.size() > LONGEST_TEXT as f64 {
            note.set(Note::of(&format!("{name} was not added: it is longer than a manifest is.")));
            continue;
        }
        let read = Closure::once_into_js(move |text: JsValue| {
            take_in(&desk, note, &name, text.as_string().unwrap_or_default().replace("\r\n", "\n"));
        });
        // What cannot be read is left where it is.
        let _ = js_sys::Reflect::get(&file, &"text".into())
            .and_then(JsCast::dyn_into::<js_sys::Function>)
            .and_then(|text| text.call0(&file))
            .and_then(|promise| {
                let then = js_sys::Reflect::get(&promise, &"then".into())?;
                then.dyn_into::<js_sys::Function>()?.call1(&promise, &read)
            });
    }
}
