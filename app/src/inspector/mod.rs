//! The inspector: one object in three readings, the causes, the cluster's events, and the knobs.

mod changes;
mod events;
pub(crate) mod knobs;
mod object;
mod subject;
mod why;

use leptos::prelude::*;

use crate::desk::use_desk;
use crate::panes::{LowerSwitch, Pane};
use events::Events;
use knobs::Knobs;
use object::Object;
use why::Why;

/// What is said while there is no object.
const NOTHING: &str =
    "Nothing is there yet. Apply a manifest, then press a pod or choose an object.";

/// What the inspector shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    #[default]
    Object,
    Why,
    Events,
    Knobs,
}

impl Tab {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Object, "Object"),
        (Self::Why, "Why?"),
        (Self::Events, "Events"),
        (Self::Knobs, "Knobs"),
    ];
}

/// The pane.
#[component]
pub(crate) fn Inspector() -> impl IntoView {
    let desk = use_desk();
    let tab = desk.inspected;
    let tabs = Tab::ALL.map(|(which, title)| {
        let is_shown = move || tab.get() == which;
        view! {
            <button
                role="tab"
                class="tab"
                aria-selected=move || if is_shown() { "true" } else { "false" }
                on:click=move |_| tab.set(which)
            >
                {title}
            </button>
        }
    });
    // Until something is there, there is no object to read.
    let shown = Memo::new(move |_| {
        let is_empty = desk.view.with(|view| view.deployments.is_empty() && view.pods.is_empty());
        let waits = is_empty && desk.chosen.with(Option::is_none);
        Some(tab.get()).filter(|tab| *tab != Tab::Object || !waits)
    });
    view! {
        <section class="pane inspector" aria-label="Inspector">
            <header class="pane-head tabs">
                <LowerSwitch to=Pane::Terminal/>
                <div role="tablist" aria-label="Inspector">{tabs}</div>
            </header>
            {move || match shown.get() {
                None => view! { <p class="log muted">{NOTHING}</p> }.into_any(),
                Some(Tab::Object) => view! { <Object/> }.into_any(),
                Some(Tab::Why) => view! { <Why/> }.into_any(),
                Some(Tab::Events) => view! { <Events/> }.into_any(),
                Some(Tab::Knobs) => view! { <Knobs/> }.into_any(),
            }}
        </section>
    }
}
