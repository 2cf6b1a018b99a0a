//! A dialog over the page, with a title and a way to close it.

use leptos::ev;
use leptos::html::Dialog;
use leptos::prelude::*;

/// A dialog that opens when it is made. `open` is unset when it is closed, by `node` or by a person.
#[component]
pub(crate) fn Modal(
    node: NodeRef<Dialog>,
    open: RwSignal<bool>,
    class: &'static str,
    label: &'static str,
    title: &'static str,
    children: Children,
) -> impl IntoView {
    Effect::new(move || {
        if let Some(node) = node.get() {
            // It fails only for a dialog that is open already.
            let _ = node.show_modal();
        }
    });
    view! {
        <dialog class=class aria-label=label node_ref=node on:close=move |_: ev::Event| open.set(false)>
            <form method="dialog">
                <h2>{title}</h2>
                <button class="quiet">"Close"</button>
            </form>
            {children()}
        </dialog>
    }
}
