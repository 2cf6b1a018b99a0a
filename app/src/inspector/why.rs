//! Why things are as they are: the chain of causes of a Deployment, or of the pod one has chosen,
//! each with its moment, to which a press goes.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use rollscope_sim::Instant;
use rollscope_sim::why::{Link, Remedy};

use super::subject::{SubjectPicker, use_subject};
use crate::desk::use_desk;
use crate::markup::{escape, put};
use crate::playback::clock;

/// The pane's content.
#[component]
pub(crate) fn Why() -> impl IntoView {
    let desk = use_desk();
    let subject = use_subject();
    let reading = desk.reading();
    let chain = Memo::new(move |_| {
        reading.track();
        subject.get().map(|subject| chain(&desk.why(&subject)))
    });
    let go = move |ev: web_sys::MouseEvent| {
        let target = ev.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let at = target.and_then(|target| target.get_attribute("data-at"));
        if let Some(micros) = at.and_then(|at| at.parse().ok()) {
            desk.seek(Instant::from_micros(micros));
        }
    };
    view! {
        <div class="log why">
            <SubjectPicker label="Why is" after="as it is? Or press a pod."/>
            <div
                on:click=go
                inner_html=move || {
                    chain
                        .get()
                        .unwrap_or_else(|| {
                            r#"<p class="muted">Nothing is there yet. Apply a manifest.</p>"#.to_owned()
                        })
                }
            ></div>
        </div>
    }
}

fn chain(links: &[Link]) -> String {
    if links.is_empty() {
        return r#"<p class="muted">There is nothing to tell about it. Ask about a Deployment, a ReplicaSet, a pod, a Service or a node.</p>"#.to_owned();
    }
    let mut out = r#"<ol class="chain">"#.to_owned();
    for Link { at, object, text, remedy } in links {
        put!(
            &mut out,
            r#"<li><button class="quiet figure" data-at="{}">{}</button><p>{} <span class="muted mono">{}</span></p>"#,
            at.as_micros(),
            clock(*at),
            escape(text),
            escape(object)
        );
        if let Some(Remedy { field, how }) = remedy {
            out.push_str(r#"<p class="remedy">"#);
            if !field.is_empty() {
                put!(&mut out, r#"<span class="mono">{}</span> "#, escape(field));
            }
            put!(&mut out, "{}</p>", escape(how));
        }
        out.push_str("</li>");
    }
    out + "</ol>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_its_moment_its_object_and_what_would_change_it() {
        let link = Link {
            at: Instant::from_millis(62_345),
            object: "Pod/web-<x>".into(),
            text: "it waits".to_owned(),
            remedy: Some(Remedy { field: "spec.replicas".to_owned(), how: "2".to_owned() }),
        };
        let text = chain(&[link]);
        for part in
            [r#"data-at="62345000">1:02.345"#, "Pod/web-&lt;x&gt;", "spec.replicas</span> 2"]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
