//! What is laid over the page: one dialog at a time.

use leptos::ev;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

use crate::charts::numbers::Numbers;
use crate::compare::{Compare, CompareBranches};
use crate::desk::use_desk;
use crate::gallery::Gallery;
use crate::help::Help;
use crate::palette::Palette;
use crate::share::Share;

/// A dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sheet {
    /// The scenarios.
    Gallery,
    /// The run, to be given away.
    Share,
    /// The same release by every strategy.
    Strategies,
    /// The run and its branches.
    Branches,
    /// The numbers behind the charts.
    Numbers,
    /// What is likely to go wrong.
    Preflight,
    /// Everything one can do.
    Palette,
    /// Keys and words, with a word to look for, which may be empty.
    Help(&'static str),
}

/// The dialog that is open.
#[component]
pub(crate) fn OpenSheet() -> impl IntoView {
    let desk = use_desk();
    let content = |sheet| match sheet {
        Sheet::Gallery => view! { <Gallery/> }.into_any(),
        Sheet::Share => view! { <Share/> }.into_any(),
        Sheet::Strategies => view! { <Compare/> }.into_any(),
        Sheet::Branches => view! { <CompareBranches/> }.into_any(),
        Sheet::Numbers => view! { <Numbers/> }.into_any(),
        // The editor has it, as its text is what is mended.
        Sheet::Preflight => ().into_any(),
        Sheet::Palette => view! { <Palette/> }.into_any(),
        Sheet::Help(word) => view! { <Help word/> }.into_any(),
    };
    // Each has an element of its own: one that is open cannot become another.
    view! { <For each=move || desk.sheet.get() key=|sheet| *sheet children=content/> }
}

/// Closes the dialog that is open, whose focus goes back to where it was.
pub(crate) fn close() {
    let open = document().query_selector("dialog[open]").ok().flatten();
    if let Some(open) = open.and_then(|it| it.dyn_into::<web_sys::HtmlDialogElement>().ok()) {
        open.close();
    }
}

/// A dialog as it stands over the page, with its title, if it has one, and a way to close it.
#[component]
pub(crate) fn Modal(
    sheet: Sheet,
    class: &'static str,
    label: &'static str,
    #[prop(optional)] title: &'static str,
    children: Children,
) -> impl IntoView {
    let desk = use_desk();
    let node = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let Some(node) = node.get() {
            // It fails only for a dialog that is open already.
            let _ = node.show_modal();
        }
    });
    // Another one may have taken its place.
    let closed = move |_: ev::Event| {
        if desk.sheet.get_untracked() == Some(sheet) {
            desk.sheet.set(None);
        }
    };
    let head = (!title.is_empty()).then(|| {
        view! {
            <form method="dialog">
                <h2>{title}</h2>
                <button class="quiet">"Close"</button>
            </form>
        }
    });
    view! {
        <dialog class=class aria-label=label node_ref=node on:close=closed>
            {head}
            {children()}
        </dialog>
    }
}
