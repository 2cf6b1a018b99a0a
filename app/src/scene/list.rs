//! The pods as a table: what the stage shows, in words, for readers of screens and for the keyboard.
//! A page of them at a time, as there may be thousands.

use std::sync::Arc;

use leptos::prelude::*;
use rollscope_sim::api::Uid;
use rollscope_sim::view::{PodView, Pods, Stage};

use super::future::{Way, WouldMatch};
use super::menu::use_menu;
use super::sign::sign;
use crate::desk::use_desk;
use crate::markup::{escape, put};
use crate::versions::sign_of;

/// Pods on a page.
const PAGE: usize = 50;

/// Which pods are on the page, and of how many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shown {
    uids: Vec<Uid>,
    page: usize,
    of: usize,
}

/// The table.
#[component]
pub(super) fn List() -> impl IntoView {
    let desk = use_desk();
    let page = RwSignal::new(0_usize);
    let foreseen = Memo::new(move |_| desk.foreseen());
    let only_others = RwSignal::new(false);
    let shown =
        Memo::new(move |_| desk.view.with(|view| shown(&view.pods, only_others.get(), page.get())));
    let turn = move |by: isize| {
        let now = shown.with_untracked(|shown| shown.page);
        page.set(now.saturating_add_signed(by));
    };
    let count = move || {
        shown.with(|Shown { uids, page, of }| match of {
            0 => "No pod".to_owned(),
            _ => format!("Pods {} to {} of {of}", page * PAGE + 1, page * PAGE + uids.len()),
        })
    };
    let last = move || shown.with(|shown| (shown.page + 1) * PAGE >= shown.of);
    view! {
        <div class="list">
            <div class="list-head">
                <span class="figure">{count}</span>
                <button disabled=move || shown.with(|shown| shown.page == 0) on:click=move |_| turn(-1)>
                    "Previous"
                </button>
                <button disabled=last on:click=move |_| turn(1)>"Next"</button>
                <label>
                    <input
                        type="checkbox"
                        prop:checked=move || only_others.get()
                        on:change=move |ev| only_others.set(event_target_checked(&ev))
                    />
                    " only those that are not Ready"
                </label>
            </div>
            <table class="list-table" aria-label="Pods">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Version"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Ready"</th>
                        <th scope="col">"Restarts"</th>
                        <th scope="col">"Node"</th>
                        <th scope="col">"Requests"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || shown.with(|shown| shown.uids.clone()) key=|uid| *uid let(uid)>
                        <Row uid foreseen/>
                    </For>
                </tbody>
            </table>
            <p class="muted list-hint">"Press a name for the reasons, with the right button for its commands."</p>
        </div>
    }
}

#[component]
fn Row(uid: Uid, foreseen: Memo<WouldMatch>) -> impl IntoView {
    let desk = use_desk();
    let menu = use_menu();
    let pod = desk.pod(uid);
    let object = move || {
        pod.with(|pod| pod.as_ref().map(|pod| format!("pod/{}", pod.name))).unwrap_or_default()
    };
    let field = move |read: fn(&PodView) -> String| {
        Memo::new(move |_| pod.with(|pod| pod.as_ref().map(|pod| read(pod)).unwrap_or_default()))
    };
    let version = field(|pod| {
        let mut out = String::new();
        sign(&mut out, sign_of(&pod.version));
        put!(&mut out, " {}", escape(&pod.version));
        out
    });
    let (state, ready) = (field(state), field(ready));
    let restarts = field(|pod| pod.restarts.to_string());
    let node = field(|pod| if pod.node.is_empty() { "–" } else { &pod.node }.to_owned());
    let name = field(|pod| pod.name.to_string());
    let requests = Memo::new(move |_| {
        let way = |pod: &PodView| desk.view.with(|view| Way::of(pod, view, &foreseen.get()));
        pod.with(|pod| pod.as_ref().map(|pod| way(pod)).unwrap_or_default().word())
    });
    view! {
        <tr>
            <th scope="row">
                <button
                    class="quiet mono"
                    on:click=move |_| desk.choose(untrack(object))
                    on:contextmenu=move |ev| menu.open(&ev, untrack(object))
                >
                    {name}
                </button>
            </th>
            <td class="list-version" inner_html=version></td>
            <td>{state}</td>
            <td>{ready}</td>
            <td class="figure">{restarts}</td>
            <td class="mono">{node}</td>
            <td>{requests}</td>
        </tr>
    }
}

fn shown(pods: &Pods, only_others: bool, page: usize) -> Shown {
    let is_listed = |pod: &&Arc<PodView>| !only_others || !is_ready(pod);
    let of = if only_others { pods.iter().filter(is_listed).count() } else { pods.len() };
    let page = page.min(of.saturating_sub(1) / PAGE);
    let listed = pods.iter().filter(is_listed).skip(page * PAGE).take(PAGE);
    Shown { uids: listed.map(|pod| pod.uid).collect(), page, of }
}

const fn is_ready(pod: &PodView) -> bool {
    matches!(pod.stage, Stage::Ready { .. })
}

fn ready(pod: &PodView) -> String {
    if is_ready(pod) { "yes" } else { "no" }.to_owned()
}

fn state(pod: &PodView) -> String {
    match &pod.stage {
        Stage::Pending { reason } if !reason.is_empty() => format!("Pending: {reason}"),
        stage => stage.word().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pods(count: u64) -> Pods {
        let stage = |uid: u64| {
            if uid.is_multiple_of(10) {
                Stage::NotReady
            } else {
                Stage::Ready { since: rollscope_sim::Instant::BOOT, available: true }
            }
        };
        let pod = |uid| PodView { uid: Uid(uid), stage: stage(uid), ..PodView::default() };
        (0..count).map(|uid| Arc::new(pod(uid))).collect()
    }

    #[test]
    fn a_page_holds_fifty_and_the_last_one_what_is_left() {
        let pods = pods(120);
        assert_eq!(shown(&pods, false, 0).uids.len(), PAGE);
        let last = shown(&pods, false, 9);
        assert_eq!((last.page, last.uids.len(), last.of), (2, 20, 120));
        assert_eq!(shown(&Pods::default(), false, 3), Shown::default());
    }

    #[test]
    fn those_that_are_not_ready_are_found_among_many() {
        let shown = shown(&pods(40), true, 0);
        assert_eq!(shown.uids, [0, 10, 20, 30].map(Uid));
    }
}
