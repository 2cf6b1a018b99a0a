//! The manifest: a text area with line numbers, and what is wrong with the text.

use leptos::html::Textarea;
use leptos::prelude::*;
use rollscope_sim::manifest::{self, Diagnostic};
use rollscope_sim::view;

use crate::desk::use_desk;
use crate::examples;

/// The most diagnostics shown.
const SHOWN: usize = 20;

/// The manifest's pane.
#[component]
pub(crate) fn Editor() -> impl IntoView {
    let desk = use_desk();
    let area = NodeRef::<Textarea>::new();
    let text = Memo::new(move |_| desk.text());
    let diagnostics = Memo::new(move |_| text.with(|text| problems(text)));
    let lines = Memo::new(move |_| text.with(|text| text.split('\n').count()));
    let marked = Memo::new(move |_| {
        diagnostics.with(|found| found.iter().map(|found| found.line).collect::<Vec<_>>())
    });
    let scroll = RwSignal::new(0);
    let on_scroll = move |_| {
        if let Some(area) = area.get_untracked() {
            scroll.set(area.scroll_top());
        }
    };
    let on_key = move |ev: web_sys::KeyboardEvent| {
        if ev.key() == "Enter" && (ev.ctrl_key() || ev.meta_key()) {
            ev.prevent_default();
            desk.apply();
        }
    };
    let numbers = move || {
        let marked = marked.get();
        (1..=u32::try_from(lines.get()).unwrap_or(u32::MAX))
            .map(|line| {
                let wrong = marked.contains(&line);
                view! { <div class:wrong=wrong>{line}</div> }
            })
            .collect_view()
    };
    view! {
        <section class="pane editor" aria-label="Manifest" data-pane="manifest">
            <header class="pane-head">
                <h2>"Manifest"</h2>
                <span class="muted mono">{move || desk.example.get().file()}</span>
                <span class="muted hint" title="Control or Command with Enter applies the manifest">
                    <kbd>"Ctrl Enter"</kbd>
                    " applies"
                </span>
            </header>
            <div class="editor-body">
                <div class="gutter" aria-hidden="true">
                    <div style:transform=move || format!("translateY(-{}px)", scroll.get())>
                        {numbers}
                    </div>
                </div>
                <textarea
                    node_ref=area
                    aria-label="Manifest, YAML"
                    spellcheck="false"
                    autocapitalize="off"
                    autocomplete="off"
                    wrap="off"
                    prop:value=move || text.get()
                    on:input=move |ev| desk.set_text(event_target_value(&ev))
                    on:scroll=on_scroll
                    on:keydown=on_key
                ></textarea>
            </div>
            <Diagnostics diagnostics area/>
        </section>
    }
}

/// What is wrong with a manifest, and what of its scripts is not simulated.
fn problems(text: &str) -> Vec<Diagnostic> {
    // The examples are known to be right, so opening the page reads no manifest.
    if examples::file_of(text).is_some() {
        return Vec::new();
    }
    let mut found = manifest::check(text).1;
    found.extend(view::scripts(text));
    found
}

#[component]
fn Diagnostics(diagnostics: Memo<Vec<Diagnostic>>, area: NodeRef<Textarea>) -> impl IntoView {
    let desk = use_desk();
    let go = move |line: u32, column: u32| {
        let Some(area) = area.get_untracked() else {
            return;
        };
        let at = offset(&untrack(|| desk.text()), line, column);
        // The focus brings the place into view.
        let _ = area.focus();
        let _ = area.set_selection_range(at, at);
    };
    let line = move |found: Diagnostic| {
        let Diagnostic { line, column, .. } = found;
        let error = found.is_error();
        view! {
            <li class:warning=!error>
                <button on:click=move |_| go(line, column)>
                    <span class="severity">{if error { "✕ error" } else { "! warning" }}</span>
                    <span class="mono place">{format!("{line}:{column}")}</span>
                    <span>{sentence(&found)}</span>
                </button>
            </li>
        }
    };
    let list = move || {
        let found = diagnostics.get();
        let more = found.len().saturating_sub(SHOWN);
        let lines = found.into_iter().take(SHOWN).map(line).collect_view();
        let rest =
            (more > 0).then(|| view! { <li class="muted">{format!("and {more} more")}</li> });
        view! { {lines} {rest} }
    };
    view! {
        <ul class="diagnostics" aria-label="Problems" class:empty=move || diagnostics.with(Vec::is_empty)>
            {list}
        </ul>
    }
}

fn sentence(found: &Diagnostic) -> String {
    match &found.suggestion {
        Some(suggestion) => format!("{} (did you mean {suggestion}?)", found.message),
        None => found.message.clone(),
    }
}

/// The offset of a place in a text area, in UTF-16 units. Lines and columns count from 1.
fn offset(text: &str, line: u32, column: u32) -> u32 {
    let width = |text: &str| text.encode_utf16().count();
    let index = usize::try_from(line.saturating_sub(1)).unwrap_or(0);
    let before: usize = text.split('\n').take(index).map(|line| width(line) + 1).sum();
    let inside: String = text
        .split('\n')
        .nth(index)
        .unwrap_or_default()
        .chars()
        .take(usize::try_from(column.saturating_sub(1)).unwrap_or(0))
        .collect();
    u32::try_from(before + width(&inside)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::offset;

    #[test]
    fn a_place_is_found_behind_letters_of_any_width() {
        let text = "a: 1\nb: 😀 x\nc: 3";
        let cases = [(1, 1, 0), (2, 4, 8), (2, 6, 11), (3, 1, 13), (9, 1, 18)];
        for (line, column, expected) in cases {
            assert_eq!(offset(text, line, column), expected, "{line}:{column}");
        }
    }
}
