//! What the commands printed, and the cluster's events.

use leptos::html::Div;
use leptos::prelude::*;
use rollscope_sim::view::EventLine;

use crate::desk::{Entry, use_desk};
use crate::playback::{clock, short_clock};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Output,
    Events,
}

/// The pane with both.
#[component]
pub(crate) fn Output() -> impl IntoView {
    let desk = use_desk();
    let tab = RwSignal::new(Tab::Output);
    let button = move |which: Tab, label: &'static str| {
        view! {
            <button
                role="tab"
                class="tab"
                aria-selected=move || if tab.get() == which { "true" } else { "false" }
                on:click=move |_| tab.set(which)
            >
                {label}
            </button>
        }
    };
    let events = Memo::new(move |_| desk.view.with(|view| view.events.clone()));
    view! {
        <section class="pane output" aria-label="Output" data-pane="output">
            <header class="pane-head" role="tablist">
                {button(Tab::Output, "Output")} {button(Tab::Events, "Events")}
            </header>
            {move || match tab.get() {
                Tab::Output => view! { <Log/> }.into_any(),
                Tab::Events => view! { <Events events/> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Log() -> impl IntoView {
    let desk = use_desk();
    let node = NodeRef::<Div>::new();
    Effect::new(move || {
        desk.log.track();
        if let Some(node) = node.get() {
            node.set_scroll_top(node.scroll_height());
        }
    });
    let entry = |entry: std::sync::Arc<Entry>| {
        let Entry {
            at,
            command,
            stdout,
            stderr,
            code,
            forked,
            ..
        } = &*entry;
        view! {
            <div class="entry">
                <div class="entry-command">
                    <span class="muted figure">{short_clock(*at)}</span>
                    <span class="mono">"$ " {command.clone()}</span>
                </div>
                {forked.then(|| view! {
                    <p class="muted">{format!("Forked the run at {}.", clock(*at))}</p>
                })}
                <pre>{stdout.trim_end().to_owned()}</pre>
                <pre class="failed">{stderr.trim_end().to_owned()}</pre>
                {(*code != 0).then(|| view! {
                    <p class="failed">{format!("✕ exit code {code}: nothing was changed by what failed")}</p>
                })}
            </div>
        }
    };
    view! {
        <div class="log" node_ref=node role="log" tabindex="0" aria-label="What kubectl printed">
            <For each=move || desk.log.get() key=|entry| entry.number children=entry/>
            {move || desk.log.with(Vec::is_empty).then(|| view! {
                <p class="muted">"What kubectl prints appears here."</p>
            })}
        </div>
    }
}

#[component]
fn Events(events: Memo<Vec<EventLine>>) -> impl IntoView {
    let line = |event: EventLine| {
        let times = if event.count > 1 {
            format!(" (×{})", event.count)
        } else {
            String::new()
        };
        view! {
            <tr class:warning=event.is_warning>
                <td class="figure muted">{short_clock(event.at)}</td>
                <td>
                    <span class="reason">{event.reason}{event.is_warning.then_some(" !")}</span>
                    " "
                    <span class="muted mono">{event.object}</span>
                    <br/>
                    {event.message.to_string()}
                    {times}
                </td>
            </tr>
        }
    };
    view! {
        <div class="log" tabindex="0">
            <table class="events">
                <tbody>{move || events.get().into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
    }
}
