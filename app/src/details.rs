//! The terminal, the cluster's events, the causes, and the knobs.

use leptos::prelude::*;
use rollscope_sim::view::EventLine;

use crate::desk::use_desk;
use crate::knobs::Knobs;
use crate::markup::{escape, put};
use crate::playback::short_clock;
use crate::terminal::Terminal;
use crate::why::Why;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Terminal,
    Events,
    Why,
    Knobs,
}

/// The pane with the four. Choosing a pod opens the causes.
#[component]
pub(crate) fn Details() -> impl IntoView {
    let desk = use_desk();
    let tab = RwSignal::new(Tab::Terminal);
    Effect::new(move || {
        if desk.chosen.with(Option::is_some) {
            tab.set(Tab::Why);
        }
    });
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
    view! {
        <section class="pane details" aria-label="Details" data-pane="details">
            <header class="pane-head" role="tablist">
                {button(Tab::Terminal, "Terminal")} {button(Tab::Events, "Events")}
                {button(Tab::Why, "Why?")} {button(Tab::Knobs, "Knobs")}
            </header>
            {move || match tab.get() {
                Tab::Terminal => view! { <Terminal/> }.into_any(),
                Tab::Events => view! { <Events/> }.into_any(),
                Tab::Why => view! { <Why/> }.into_any(),
                Tab::Knobs => view! { <Knobs/> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Events() -> impl IntoView {
    let desk = use_desk();
    let table = Memo::new(move |_| desk.view.with(|view| events(&view.events)));
    view! { <div class="log" tabindex="0" inner_html=move || table.get()></div> }
}

fn events(events: &[EventLine]) -> String {
    let mut out = r#"<table class="events"><tbody>"#.to_owned();
    for event in events {
        let (class, sign) = if event.is_warning { ("warning", " !") } else { ("", "") };
        put!(
            &mut out,
            r#"<tr class="{class}"><td class="figure muted">{}</td><td><span class="reason">{}{sign}</span> <span class="muted mono">{}</span><br/>{}"#,
            short_clock(event.at),
            event.reason,
            escape(&event.object),
            escape(&event.message)
        );
        if event.count > 1 {
            put!(&mut out, " (×{})", event.count);
        }
        out.push_str("</td></tr>");
    }
    out + "</tbody></table>"
}
