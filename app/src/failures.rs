//! How many requests failed, and why: a figure that opens into a list of causes.

use leptos::prelude::*;
use rollscope_sim::view::FailureView;

use crate::desk::use_desk;
use crate::markup::{escape, put};
use crate::playback::clock;

/// The figure; pointing at it or pressing it shows the causes.
#[component]
pub(crate) fn Failures() -> impl IntoView {
    let desk = use_desk();
    let totals = Memo::new(move |_| desk.view.with(|view| (view.failed, view.sent)));
    let causes = Memo::new(move |_| desk.view.with(|view| causes(&view.failures)));
    let open = RwSignal::new(false);
    let first = Memo::new(move |_| {
        desk.view.with(|view| view.failures.iter().map(|failure| failure.first_at).min())
    });
    view! {
        <div class="failures" class:open=move || open.get()>
            <button
                class="quiet totals"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {move || totals.get().0}
                " failed"
                <span class="totals-sent">" of "{move || totals.get().1}</span>
                <span class="totals-unit">" requests"</span>
            </button>
            <div class="failures-list" role="region" aria-label="Why requests failed">
                <div inner_html=move || causes.get()></div>
                {move || {
                    first
                        .get()
                        .map(|at| {
                            view! {
                                <button on:click=move |_| {
                                    desk.seek(at);
                                }>{format!("Go to the first, {}", clock(at))}</button>
                            }
                        })
                }}
            </div>
        </div>
    }
}

fn causes(failures: &[FailureView]) -> String {
    if failures.is_empty() {
        return r#"<p class="muted">No request has failed.</p>"#.to_owned();
    }
    let mut out = r#"<table class="events"><tbody>"#.to_owned();
    for failure in failures {
        put!(
            &mut out,
            r#"<tr class="warning"><td class="figure"><b>{}</b></td><td><span class="reason">{}</span>"#,
            failure.requests,
            failure.cause.as_str(),
        );
        for (version, requests) in &failure.versions {
            put!(&mut out, r#" <span class="muted">{} ×{requests}</span>"#, escape(version));
        }
        put!(
            &mut out,
            r#"<br/>At {}: {}. <span class="muted">Clients saw: {}.</span></td></tr>"#,
            clock(failure.first_at),
            escape(&failure.explanation),
            failure.cause.symptom()
        );
    }
    out + "</tbody></table>"
}
