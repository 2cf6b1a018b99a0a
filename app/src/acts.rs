//! The act bar: every button says what it does and shows the command it stands for.

use leptos::prelude::*;

use crate::desk::use_desk;
use crate::examples::Act;

/// The act bar.
#[component]
pub(crate) fn ActBar() -> impl IntoView {
    let desk = use_desk();
    let apply = Memo::new(move |_| desk.example.get().apply("").shown);
    let acts = Memo::new(move |_| {
        let example = desk.example.get();
        desk.view.with(|view| example.acts(view))
    });
    let count = Memo::new(move |_| acts.with(Vec::len));
    view! {
        <nav class="acts" aria-label="Acts">
            <button class="act primary" on:click=move |_| desk.apply()>
                <span class="act-label">"Apply"</span>
                <Command text=Signal::derive(move || apply.get())/>
            </button>
            <For each=move || 0..count.get() key=|index| *index let(index)>
                <ActButton act=Memo::new(move |_| acts.with(|acts| acts.get(index).cloned()))/>
            </For>
        </nav>
    }
}

#[component]
fn ActButton(act: Memo<Option<Act>>) -> impl IntoView {
    let desk = use_desk();
    let press = move |_| {
        if let Some(act) = act.get_untracked() {
            desk.act(&act);
        }
    };
    let label = move || act.with(|act| act.as_ref().map(|act| act.label.clone()));
    let shown = move || act.with(|act| act.as_ref().map(|act| act.shown.clone()).unwrap_or_default());
    view! {
        <button class="act" on:click=press>
            <span class="act-label">{label}</span>
            <Command text=Signal::derive(shown)/>
        </button>
    }
}

/// A command that may break behind a space or a slash.
#[component]
fn Command(text: Signal<String>) -> impl IntoView {
    move || {
        let text = text.get();
        let mut parts = Vec::new();
        for part in text.split_inclusive(['/', ',']) {
            parts.push(view! { {part.to_owned()} <wbr/> });
        }
        view! { <code class="act-command">{parts}</code> }
    }
}
