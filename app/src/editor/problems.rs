//! What is wrong with the manifest: found as one types, listed below the text, mended at a press.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;
use rollscope_sim::manifest::{self, Diagnostic};
use rollscope_sim::view;

use super::place::Places;
use crate::desk::use_desk;
use crate::examples;

/// The most problems listed.
const SHOWN: usize = 20;

/// Problems, and the text they are of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Problems {
    pub(super) text: Arc<str>,
    pub(super) found: Vec<Diagnostic>,
}

impl Problems {
    /// What is wrong with a manifest, and what of its scripts is not simulated.
    pub(super) fn of(text: &str) -> Self {
        let mut found = Vec::new();
        // The examples are known to be right, so opening the page reads no manifest.
        if examples::file_of(text).is_none() {
            found = manifest::check(text).1;
            found.extend(view::scripts(text));
        }
        Self { text: text.into(), found }
    }

    /// For the editor: where each begins and ends, whether it is a warning, what is wrong, and what
    /// could stand there instead.
    pub(super) fn marks(&self) -> Vec<JsValue> {
        let places = Places::of(&self.text);
        let mut marks = Vec::with_capacity(5 * self.found.len());
        for problem in &self.found {
            let (from, to) = stretch(&places, problem);
            let suggestion = problem.suggestion.as_deref().unwrap_or_default();
            marks.extend([
                from.into(),
                to.into(),
                (!problem.is_error()).into(),
                problem.message.as_str().into(),
                suggestion.into(),
            ]);
        }
        marks
    }
}

/// Where a problem begins and ends, in UTF-16 units.
fn stretch(places: &Places<'_>, problem: &Diagnostic) -> (u32, u32) {
    let from = places.offset(problem.line, problem.column);
    (from, places.offset(problem.end_line, problem.end_column).max(from))
}

/// The list below the text. `go` selects a stretch, `mend` writes a text over one.
#[component]
pub(super) fn ProblemList(
    problems: RwSignal<Problems>,
    go: impl Fn(u32, u32) + Copy + Send + Sync + 'static,
    mend: impl Fn(u32, u32, &str) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let line = move |(problem, (from, to)): (Diagnostic, (u32, u32))| {
        let Diagnostic { line, column, message, suggestion, .. } = problem.clone();
        let error = problem.is_error();
        let fix = suggestion.map(|suggestion| {
            let label = format!("Change to {suggestion}");
            view! {
                <button class="fix" on:click=move |_| mend(from, to, &suggestion)>{label}</button>
            }
        });
        view! {
            <li class:warning=!error>
                <button class="problem" on:click=move |_| go(from, to)>
                    <span class="severity">{if error { "✕ error" } else { "! warning" }}</span>
                    <span class="mono place">{format!("{line}:{column}")}</span>
                    <span>{message}</span>
                </button>
                {fix}
            </li>
        }
    };
    let list = move || {
        problems.with(|problems| {
            let places = Places::of(&problems.text);
            let found = problems.found.iter().take(SHOWN);
            let lines: Vec<_> =
                found.map(|found| line((found.clone(), stretch(&places, found)))).collect();
            let more = problems.found.len().saturating_sub(SHOWN);
            let rest = (more > 0)
                .then(|| view! { <li class="muted more">{format!("and {more} more")}</li> });
            view! { {lines} {rest} }
        })
    };
    view! {
        <ul
            class="diagnostics"
            aria-label="Problems"
            class:empty=move || problems.with(|problems| problems.found.is_empty())
        >
            {list}
        </ul>
    }
}

/// A text from which this many bytes on is read only when one pauses.
const LONG: usize = 4_000;
/// How long the pause is.
const PAUSE: Duration = Duration::from_millis(150);

/// The problems of the editor's text, as one types: each letter is painted first, then the text is
/// read.
pub(super) fn use_problems() -> RwSignal<Problems> {
    let desk = use_desk();
    let problems = RwSignal::new(untrack(|| Problems::of(&desk.text())));
    let last = StoredValue::new(0_u32);
    Effect::new(move |first: Option<()>| {
        let is_long = desk.text().len() >= LONG;
        if first.is_none() {
            return;
        }
        last.update_value(|last| *last = last.wrapping_add(1));
        let mine = last.get_value();
        let read = move || {
            if last.try_get_value() == Some(mine) {
                problems.set(untrack(|| Problems::of(&desk.text())));
            }
        };
        if is_long {
            set_timeout(read, PAUSE);
        } else {
            request_animation_frame(move || set_timeout(read, Duration::ZERO));
        }
    });
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_covers_the_word_that_is_wrong() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: \"😀\", labels: {a: b}}\n\
                    spec:\n  replcias: 3\n";
        let problems = Problems::of(text);
        let wrong = problems.found.iter().find(|problem| problem.suggestion.is_some());
        let (from, to) = stretch(&Places::of(text), wrong.expect("a misspelt field"));
        let units: Vec<u16> = text.encode_utf16().collect();
        let word = &units[from as usize..to as usize];
        assert_eq!(String::from_utf16_lossy(word), "replcias");
        assert_eq!(wrong.and_then(|wrong| wrong.suggestion.as_deref()), Some("replicas"));
    }

    #[test]
    fn the_examples_have_no_problems() {
        assert_eq!(Problems::of(examples::FILES[0].1).found, []);
    }
}
