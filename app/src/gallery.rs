//! The gallery: every scenario, with what it is about and what one can do there.

use leptos::html::Dialog;
use leptos::prelude::*;
use rollscope_sim::view::ClusterView;

use crate::desk::use_desk;
use crate::examples::Example;
use crate::modal::Modal;

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
        <Modal node open=desk.gallery class="gallery" label="Scenarios" title="Scenarios">
            <p class="muted">
                "Each begins with a new run on an empty cluster. What you write in its files is kept."
            </p>
            <ul class="gallery-list">{cards}</ul>
        </Modal>
    }
}

/// What there is to press, in the order of the acts.
fn acts(example: Example) -> String {
    let acts = example.acts(&ClusterView::default());
    let labels = acts.iter().map(|act| &*act.label);
    labels.filter(|label| !label.starts_with("Scale")).collect::<Vec<_>>().join(" · ")
}
