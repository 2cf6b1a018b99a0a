//! The act bar: every button says what it does and shows the command it stands for.

use leptos::prelude::*;

use crate::desk::use_desk;
use crate::examples::Act;

/// Commands longer than this get wider buttons.
const LONG: usize = 60;

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
    let shown = move || {
        act.with(|act| {
            act.as_ref()
                .map(|act| act.shown.clone())
                .unwrap_or_default()
        })
    };
    let is_long = move || shown().len() > LONG;
    view! {
        <button class="act" class:long=is_long on:click=press>
            <span class="act-label">{label}</span>
            <Command text=Signal::derive(shown)/>
        </button>
    }
}

/// A command that breaks between words and inside of JSON, never at a hyphen.
#[component]
fn Command(text: Signal<String>) -> impl IntoView {
    let word = |word: &str| {
        let parts = word.split_inclusive([',', '{']).map(|part| {
            view! { <span class="unbroken">{part.to_owned()}</span> <wbr/> }
        });
        view! { {parts.collect_view()} " " }
    };
    let words = move || text.with(|text| text.split(' ').map(word).collect_view());
    view! { <code class="act-command">{words}</code> }
}
