//! Help one key away: the keys, and what the words of Kubernetes mean.

use leptos::prelude::*;

use crate::modal::{Modal, Sheet};

/// Terms and what they mean: a line each, a tab between.
const GLOSSARY: &str = include_str!("glossary.txt");

const KEYS: [(&str, &str); 13] = [
    ("Space", "play or pause"),
    ("L, or Shift and drag on the timeline", "play a stretch over and over"),
    ("← →", "step to the event before or after"),
    ("Shift ← →", "a second back or on"),
    ("Home End", "to the beginning or the end of the run"),
    ("[ ]", "slower, faster"),
    ("Ctrl K", "everything one can do, by name"),
    ("?", "this help"),
    ("Ctrl Enter", "apply the manifest"),
    ("Tab", "in the terminal: complete the word"),
    ("↑ ↓, Ctrl R", "in the terminal: earlier lines, search them"),
    ("Ctrl C", "in the terminal: end what runs"),
    ("Enter", "on a pod: the reasons"),
];

/// All terms with their meanings.
pub(crate) fn glossary() -> impl Iterator<Item = (&'static str, &'static str)> {
    GLOSSARY.lines().filter_map(|line| line.split_once('\t'))
}

/// The dialog, with the terms that hold a word.
#[component]
pub(crate) fn Help(word: &'static str) -> impl IntoView {
    let sheet = Sheet::Help(word);
    let word = RwSignal::new(word.to_owned());
    let terms = move || {
        let word = word.get().to_lowercase();
        let found = glossary().filter(move |(term, meaning)| {
            term.to_lowercase().contains(&word) || meaning.to_lowercase().contains(&word)
        });
        found.map(|(term, meaning)| view! { <dt>{term}</dt><dd>{meaning}</dd> }).collect_view()
    };
    let keys = KEYS.map(|(key, what)| view! { <dt><kbd>{key}</kbd></dt><dd>{what}</dd> });
    view! {
        <Modal sheet class="help" label="Help" title="Keys">
            <dl class="keys">{keys}</dl>
            <label class="subject">
                <h2>"Glossary"</h2>
                <input
                    type="text"
                    aria-label="Find a term"
                    placeholder="Find a term"
                    prop:value=move || word.get()
                    on:input=move |ev| word.set(event_target_value(&ev))
                />
            </label>
            <dl class="glossary">{terms}</dl>
        </Modal>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_glossary_is_a_term_with_a_meaning() {
        assert_eq!(glossary().count(), GLOSSARY.lines().count());
        assert!(glossary().all(|(term, meaning)| !term.is_empty() && meaning.ends_with('.')));
    }
}
