//! The branches that were left by acting in the past: each can be made the run again.

use leptos::prelude::*;

use super::run::BranchView;
use crate::desk::use_desk;
use crate::modal::Sheet;
use crate::playback::short_clock;

/// A figure that opens into a list; nothing while there is no branch.
#[component]
pub(super) fn Branches() -> impl IntoView {
    let desk = use_desk();
    let any = Memo::new(move |_| desk.run.with(|run| !run.branches.is_empty()));
    move || any.get().then(|| view! { <List/> })
}

#[component]
fn List() -> impl IntoView {
    let desk = use_desk();
    let open = RwSignal::new(false);
    let branches = Memo::new(move |_| desk.run.with(|run| run.branches.clone()));
    let count = move || branches.with(Vec::len);
    let row = move |(index, branch): (usize, BranchView)| {
        let BranchView { forked_at, until, name } = branch;
        let span = format!("{} to {}", short_clock(forked_at), short_clock(until));
        let reopen = move |_| {
            open.set(false);
            desk.reopen(index);
        };
        view! {
            <li>
                <button class="quiet" on:click=reopen>
                    <span class="mono">{name}</span>
                    <span class="muted">{span}</span>
                </button>
            </li>
        }
    };
    view! {
        <div class="branches">
            <button
                class="quiet"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {move || if count() == 1 { "1 branch".to_owned() } else { format!("{} branches", count()) }}
            </button>
            <div class="floating" class:gone=move || !open.get() role="region" aria-label="Branches">
                <p class="muted">
                    "Left behind by acting in the past. Press one to go on with it; the run as it is becomes a branch."
                </p>
                <button on:click=move |_| {
                    open.set(false);
                    desk.lay(Sheet::Branches);
                }>
                    "Compare with this run"
                </button>
                <ul>{move || branches.get().into_iter().enumerate().map(row).collect_view()}</ul>
            </div>
        </div>
    }
}
