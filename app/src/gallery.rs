//! The gallery: every scenario, with what it is about and what one can do there.

use leptos::ev;
use leptos::html::Dialog;
use leptos::prelude::*;
use rollscope_sim::view::ClusterView;

use crate::desk::use_desk;
use crate::examples::Example;

/// The dialog, made when `desk.gallery` is set.
#[component]
pub(crate) fn Gallery() -> impl IntoView {
    let desk = use_desk();
    move || desk.gallery.get().then(|| view! { <Open/> })
}

#[component]
fn Open() -> impl IntoView {
    let desk = use_desk();
    let node = NodeRef::<Dialog>::new();
    Effect::new(move || {
        let Some(node) = node.get() else { return };
        // It fails only for a dialog that is open already.
        let _ = node.show_modal();
    });
    let open = move |example| {
        desk.open(example);
        if let Some(node) = node.get_untracked() {
            node.close();
        }
    };
    let cards = Example::ALL.map(|example| {
        let is_open = move || (desk.example.get() == example).then_some("true");
        let about = format!("about-{}", example.slug());
        view! {
            <li class="gallery-entry" aria-current=is_open>
                <button aria-describedby=about.clone() on:click=move |_| open(example)>
                    {example.title()}
                </button>
                <p id=about>{example.about()}</p>
                <p class="muted">{acts(example)}</p>
            </li>
        }
    });
    view! {
        <dialog
            class="gallery"
            aria-label="Scenarios"
            node_ref=node
            on:close=move |_: ev::Event| desk.gallery.set(false)
        >
            <form method="dialog">
                <h2>"Scenarios"</h2>
                <button class="quiet">"Close"</button>
            </form>
            <p class="muted">
                "Each begins with a new run on an empty cluster. What you write in its files is kept."
            </p>
            <ul class="gallery-list">{cards}</ul>
        </dialog>
    }
}

/// What there is to press, in the order of the acts.
fn acts(example: Example) -> String {
    let acts = example.acts(&ClusterView::default());
    let labels = acts.iter().map(|act| &*act.label);
    labels.filter(|label| !label.starts_with("Scale")).collect::<Vec<_>>().join(" · ")
}
