//! The gallery: every scenario, with what it is about and what one can do there.

use leptos::prelude::*;
use rollscope_sim::view::ClusterView;

use crate::desk::use_desk;
use crate::examples::Example;
use crate::modal::{Modal, Sheet};

/// The dialog.
#[component]
pub(crate) fn Gallery() -> impl IntoView {
    let desk = use_desk();
    let open = move |example| {
        desk.open(example);
        desk.lift();
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
        <Modal sheet=Sheet::Gallery class="gallery" label="Scenarios" title="Scenarios">
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
