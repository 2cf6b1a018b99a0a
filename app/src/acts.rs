//! The act bar: every button says what it does and shows the command it stands for.

use leptos::prelude::*;

use crate::desk::use_desk;
use crate::examples::{self, Act};
use crate::markup::{escape, put};

/// Commands longer than this get wider buttons.
const LONG: usize = 60;

/// The act bar.
#[component]
pub(crate) fn ActBar() -> impl IntoView {
    let desk = use_desk();
    let apply = Memo::new(move |_| examples::apply(&desk.file(), "").shown);
    let acts = Memo::new(move |_| {
        let example = desk.example.get();
        desk.view.with(|view| example.acts(view))
    });
    let count = Memo::new(move |_| acts.with(Vec::len));
    view! {
        <nav class="acts" aria-label="Acts">
            <button class="act primary" on:click=move |_| desk.apply()>
                <span class="act-label">"Apply"</span>
                <code class="act-command" inner_html=move || apply.with(|shown| breakable(shown))></code>
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
            desk.foresee(None);
            desk.act(&act);
        }
    };
    let point = move || act.with_untracked(|act| desk.foresee(act.as_ref()));
    let leave = move || desk.foresee(None);
    let label = move || act.with(|act| act.as_ref().map(|act| act.label.clone()));
    let shown =
        move || act.with(|act| act.as_ref().map(|act| act.shown.clone()).unwrap_or_default());
    let is_long = move || shown().len() > LONG;
    view! {
        <button
            class="act"
            class:long=is_long
            on:click=press
            on:pointerenter=move |_| point()
            on:focus=move |_| point()
            on:pointerleave=move |_| leave()
            on:blur=move |_| leave()
        >
            <span class="act-label">{label}</span>
            <code class="act-command" inner_html=move || breakable(&shown())></code>
        </button>
    }
}

/// A command that breaks between words, after a slash and inside of JSON, never at a hyphen.
fn breakable(command: &str) -> String {
    let mut out = String::new();
    for word in command.split(' ') {
        for part in word.split_inclusive([',', '{', '/']) {
            put!(&mut out, r#"<span class="unbroken">{}</span><wbr/>"#, escape(part));
        }
        out.push(' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::breakable;

    #[test]
    fn a_command_keeps_its_words_whole() {
        let markup = breakable("kubectl scale --replicas=2");
        assert_eq!(markup.matches("<span").count(), 3);
        assert!(markup.contains(">--replicas=2<"));
    }
}
