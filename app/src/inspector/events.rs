//! The cluster's events, filtered by a word; a press goes to the moment of one.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use rollscope_sim::Instant;
use rollscope_sim::view::EventLine;

use super::Tab;
use crate::desk::use_desk;
use crate::markup::{escape, put};
use crate::playback::short_clock;

/// The tab's content.
#[component]
pub(super) fn Events() -> impl IntoView {
    let desk = use_desk();
    let filter = RwSignal::new(String::new());
    let reading = desk.reading();
    let table = Memo::new(move |_| {
        reading.track();
        let filter = filter.get().to_ascii_lowercase();
        desk.view.with_untracked(|view| events(&view.events, &filter))
    });
    let go = move |ev: web_sys::MouseEvent| {
        let target = ev.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(target) = target else { return };
        if let Some(object) = target.get_attribute("data-object") {
            desk.inspect(object, Tab::Object);
        } else if let Some(at) = target.get_attribute("data-at").and_then(|at| at.parse().ok()) {
            desk.seek(Instant::from_micros(at));
        }
    };
    view! {
        <label class="subject">
            <span class="muted">"Filter"</span>
            <input
                type="search"
                aria-label="Filter events"
                placeholder="a reason, an object, a word"
                prop:value=move || filter.get()
                on:input=move |ev| filter.set(event_target_value(&ev))
            />
        </label>
        <div
            class="log"
            tabindex="0"
            aria-label="Events"
            on:click=go
            inner_html=move || table.get()
        ></div>
    }
}

fn events(events: &[EventLine], filter: &str) -> String {
    let holds = |event: &&EventLine| {
        let parts = [&*event.reason, &*event.object, &*event.message];
        parts.iter().any(|part| part.to_ascii_lowercase().contains(filter))
    };
    let found: Vec<&EventLine> = events.iter().filter(holds).collect();
    if found.is_empty() {
        let nothing = if events.is_empty() {
            "Nothing has happened yet."
        } else {
            "No event holds this word."
        };
        return format!(r#"<p class="muted">{nothing}</p>"#);
    }
    let mut out = r#"<table class="events"><tbody>"#.to_owned();
    for event in found {
        let object = escape(&event.object);
        let (class, sign) = if event.is_warning { ("warning", " !") } else { ("", "") };
        put!(
            &mut out,
            r#"<tr class="{class}"><td><button class="quiet figure" data-at="{}">{}</button></td><td><span class="reason">{}{sign}</span> <button class="quiet mono" data-object="{object}">{object}</button><br/>{}"#,
            event.at.as_micros(),
            short_clock(event.at),
            escape(&event.reason),
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

    #[test]
    fn a_word_finds_events_and_a_name_leads_to_its_object() {
        let event = EventLine {
            at: Instant::from_secs(65),
            is_warning: true,
            reason: "Unhealthy".into(),
            object: "pod/web-<1>".to_owned(),
            message: "Readiness probe failed".into(),
            count: 3,
        };
        let text = events(std::slice::from_ref(&event), "readiness");
        for part in ["1:05", r#"data-object="pod/web-&lt;1&gt;""#, "(×3)", "Unhealthy !"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(events(&[event], "killing").contains("No event holds"));
    }
}
