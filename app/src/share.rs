//! The dialog that gives a run away: as a link, and as a scenario for the command line.

use leptos::html::Input;
use leptos::prelude::*;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::{JsCast, JsValue};

use crate::desk::{Desk, use_desk};
use crate::editor::files::LONGEST_TEXT;
use crate::link;
use crate::modal::{Modal, Sheet};

/// Links longer than this are cut by some programs that pass them on.
const LONG: usize = 8_000;

/// The dialog.
#[component]
pub(crate) fn Share() -> impl IntoView {
    let desk = use_desk();
    let input = NodeRef::<Input>::new();
    let picker = NodeRef::<Input>::new();
    let select = move || {
        if let Some(input) = input.get_untracked() {
            input.select();
        }
    };
    let scenario = untrack(|| desk.scenario());
    let link = address() + &link::hash(desk.example.get_untracked(), &scenario);
    let is_long = (link.len() > LONG).then(|| {
        view! { <p class="failed">"This link is long: some chat programs cut it. The file is safer."</p> }
    });
    let file = {
        let text = String::from(js_sys::encode_uri_component(&scenario));
        format!("data:application/yaml;charset=utf-8,{text}")
    };
    let copied = RwSignal::new("");
    let copy = {
        let link = link.clone();
        move |_| {
            select();
            copied.set("The link is selected: copy it with Ctrl C.");
            let done = Closure::once_into_js(move |_: JsValue| copied.set("Copied."));
            let clipboard = window().navigator().clipboard();
            // A page without a secure origin has no clipboard.
            if !clipboard.is_undefined() {
                let promise = clipboard.write_text(&link);
                let _ = js_sys::Reflect::get(&promise, &"then".into())
                    .and_then(JsCast::dyn_into::<js_sys::Function>)
                    .and_then(|then| then.call1(&promise, &done));
            }
        }
    };
    let picked = move |_| {
        let files = picker.get_untracked().and_then(|picker| picker.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            run_file(&desk, &file);
        }
        desk.lift();
    };
    view! {
        <Modal sheet=Sheet::Share class="share" label="Share this run" title="Share this run">
            <p>
                "Seed, knobs, files and commands: who opens the link sees the same run, pod for pod and request for request. Nothing is sent to a server."
            </p>
            <div class="share-link">
                <input
                    class="mono"
                    readonly
                    autofocus
                    aria-label="Link"
                    node_ref=input
                    prop:value=link
                    on:focus=move |_| select()
                />
                <button on:click=copy>"Copy"</button>
            </div>
            <p class="muted" role="status">{move || copied.get()}</p>
            {is_long}
            <p>
                "As a file it runs on the command line as well: "
                <code>"rollscope run --scenario run.yaml"</code>
            </p>
            <div class="share-link">
                <a class="button" href=file download="run.yaml">"Download the scenario"</a>
                <label class="button">
                    "Run a scenario…"
                    <input
                        type="file"
                        class="hidden-input"
                        accept=".yaml,.yml"
                        node_ref=picker
                        on:change=picked
                    />
                </label>
            </div>
        </Modal>
    }
}

/// The page's address without what stands behind `#`.
fn address() -> String {
    let address = window().location().href().unwrap_or_default();
    address.split('#').next().unwrap_or_default().to_owned()
}

fn run_file(desk: &Desk, file: &web_sys::File) {
    let desk = *desk;
    #[expect(clippy::cast_precision_loss, reason = "a limit")]
    if file.size() > LONGEST_TEXT as f64 {
        desk.notice.set(Some(format!("{} is longer than a scenario is.", file.name())));
        return;
    }
    let read = Closure::once_into_js(move |text: JsValue| {
        let text = text.as_string().unwrap_or_default().replace("\r\n", "\n");
        desk.replay(None, &text);
    });
    // What cannot be read is left where it is.
    let _ = js_sys::Reflect::get(file, &"text".into())
        .and_then(JsCast::dyn_into::<js_sys::Function>)
        .and_then(|text| text.call0(file))
        .and_then(|promise| {
            let then = js_sys::Reflect::get(&promise, &"then".into())?;
            then.dyn_into::<js_sys::Function>()?.call1(&promise, &read)
        });
}
