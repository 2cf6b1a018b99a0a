//! How many requests failed, and why: a figure that opens into a list of causes.

use leptos::prelude::*;
use rollscope_sim::network::request::Failure;
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
                {move || {
                    let (failed, sent) = totals.get();
                    format!("{failed} failed of {sent}")
                }}
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
            r#"<br/>{} <span class="muted">Clients saw: {}. First at {}.</span></td></tr>"#,
            explanation(failure.cause),
            failure.cause.symptom(),
            clock(failure.first_at)
        );
    }
    out + "</tbody></table>"
}

/// What happened, and what would have prevented it.
const fn explanation(cause: Failure) -> &'static str {
    match cause {
        Failure::NoEndpoints => {
            "The Service had no ready endpoint: its selector matches no pod that is Ready."
        }
        Failure::PodStillLoading => {
            "The pod counted as Ready before its program served. A readinessProbe that asks the \
             model itself keeps requests away until then."
        }
        Failure::EndpointGone => {
            "The pod had ended, and this node's kube-proxy had not heard of it. A preStop hook that \
             sleeps longer than the proxies need keeps the pod serving until all know."
        }
        Failure::ShuttingDown => {
            "The pod had been told to end and took nothing new, and this node's kube-proxy still \
             sent to it. A preStop hook that sleeps longer than the proxies need prevents it."
        }
        Failure::Killed => {
            "The pod worked on it when its grace period ended. A longer \
             terminationGracePeriodSeconds (preStop and the longest request) prevents it."
        }
        Failure::Crashed => "The container ended while it worked on it.",
        Failure::Overloaded => {
            "The pod had more to do than it could: too few pods for this many requests."
        }
        Failure::WrongTargetPort => {
            "The pod does not listen on the Service's targetPort: it must be the container's port."
        }
        Failure::ClientTimeout => "The client waited as long as it was willing to.",
        Failure::ServerError => "The program itself answered with an error.",
        Failure::Unreachable => "The pod's node does not answer.",
    }
}
