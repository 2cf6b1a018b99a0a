//! What the commands printed, the cluster's events, the causes, and the knobs.

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use rollscope_sim::view::EventLine;

use crate::desk::{Entry, use_desk};
use crate::knobs::Knobs;
use crate::markup::{escape, put};
use crate::playback::{clock, short_clock};
use crate::why::Why;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Output,
    Events,
    Why,
    Knobs,
}

/// The pane with the four. Choosing a pod opens the causes.
#[component]
pub(crate) fn Output() -> impl IntoView {
    let desk = use_desk();
    let tab = RwSignal::new(Tab::Output);
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
        <section class="pane output" aria-label="Output" data-pane="output">
            <header class="pane-head" role="tablist">
                {button(Tab::Output, "Output")} {button(Tab::Events, "Events")}
                {button(Tab::Why, "Why?")} {button(Tab::Knobs, "Knobs")}
            </header>
            {move || match tab.get() {
                Tab::Output => view! { <Log/> }.into_any(),
                Tab::Events => view! { <Events/> }.into_any(),
                Tab::Why => view! { <Why/> }.into_any(),
                Tab::Knobs => view! { <Knobs/> }.into_any(),
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
            // What was printed last is at the bottom.
            request_animation_frame(move || node.set_scroll_top(node.scroll_height()));
        }
    });
    view! {
        <div
            class="log"
            node_ref=node
            role="log"
            tabindex="0"
            aria-label="What kubectl printed"
            inner_html=move || desk.log.with(|log| printed(log))
        ></div>
    }
}

fn printed(log: &[Arc<Entry>]) -> String {
    if log.is_empty() {
        return r#"<p class="muted">What kubectl prints appears here.</p>"#.to_owned();
    }
    let mut out = String::new();
    for entry in log {
        let Entry { at, command, stdout, stderr, code, remarks, forked } = &**entry;
        put!(
            &mut out,
            r#"<div class="entry"><div class="entry-command"><span class="muted figure">{}</span><span class="mono">$ {}</span></div>"#,
            short_clock(*at),
            escape(command)
        );
        if *forked {
            put!(&mut out, r#"<p class="muted">Forked the run at {}.</p>"#, clock(*at));
        }
        put!(
            &mut out,
            r#"<pre>{}</pre><pre class="failed">{}</pre>"#,
            escape(stdout.trim_end()),
            escape(stderr.trim_end())
        );
        for remark in remarks {
            put!(&mut out, r#"<p class="remark"><b>!</b> {}</p>"#, escape(remark));
        }
        if *code != 0 {
            put!(
                &mut out,
                r#"<p class="failed">✕ exit code {code}: nothing was changed by what failed</p>"#
            );
        }
        out.push_str("</div>");
    }
    out
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

#[cfg(test)]
mod tests {
    use super::*;
    use rollscope_sim::Instant;

    #[test]
    fn an_error_is_printed_with_its_exit_code_and_as_text() {
        let entry = Entry {
            at: Instant::from_secs(65),
            command: "kubectl apply -f x.yaml".to_owned(),
            stdout: String::new(),
            stderr: "error: <b>no</b>\n".to_owned(),
            code: 1,
            remarks: vec!["9:1: `x` is not simulated".to_owned()],
            forked: true,
        };
        let text = printed(&[Arc::new(entry)]);
        for part in [
            "1:05",
            "error: &lt;b&gt;no&lt;/b&gt;</pre>",
            "exit code 1",
            "9:1: `x` is not",
            "Forked the run at 1:05.000",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
