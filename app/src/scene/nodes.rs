//! The nodes with the pods on them, GPUs as slots; pods without a node wait outside the door.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use rollscope_sim::view::{ClusterView, NodeShare, NodeView, PodView, Pods, Stage, is_gpu};
use web_sys::{Element, Event};

use super::menu::use_menu;
use super::patterns;
use super::pod::{class, spoken};
use crate::desk::use_desk;
use crate::markup::{escape, put};
use crate::versions::{colour, shape, sign_of};

/// Nodes with more pods show how many there are of each version.
const SIGNS_UP_TO: usize = 40;
/// The most nodes that are drawn.
const NODES: usize = 200;
/// The most reasons to wait that are told.
const REASONS: usize = 4;

/// The view.
#[component]
pub(super) fn Nodes() -> impl IntoView {
    let desk = use_desk();
    let menu = use_menu();
    let nodes = Memo::new(move |_| {
        desk.view.track();
        desk.nodes()
    });
    let names = Memo::new(move |_| {
        nodes.with(|nodes| {
            nodes.iter().take(NODES).map(|node| node.name.to_string()).collect::<Vec<_>>()
        })
    });
    let outside = Memo::new(move |_| desk.view.with(|view| outside(view)));
    let rest = move || {
        let more = nodes.with(|nodes| nodes.len().saturating_sub(NODES));
        (more > 0).then(|| view! { <p class="muted">"and " {more} " nodes more"</p> })
    };
    let press = move |ev: Event| {
        if let Some(object) = object_at(&ev) {
            desk.choose(object);
        }
    };
    let ask = move |ev: web_sys::MouseEvent| {
        if let Some(object) = object_at(&ev) {
            menu.open(&ev, object);
        }
    };
    view! {
        <div class="nodes" on:contextmenu=ask on:click=move |ev| press(ev.into())>
            <svg class="defs" aria-hidden="true" inner_html=patterns()></svg>
            <div class="outside" inner_html=move || outside.get()></div>
            <div class="nodes-grid">
                <For each=move || names.get() key=Clone::clone let(name)>
                    <Place name nodes/>
                </For>
            </div>
            {rest}
        </div>
    }
}

/// A node.
#[component]
fn Place(name: String, nodes: Memo<Vec<NodeView>>) -> impl IntoView {
    let desk = use_desk();
    let menu = use_menu();
    let object = StoredValue::new(format!("node/{name}"));
    let found = StoredValue::new(name.clone());
    let node = Memo::new(move |_| {
        nodes.with(|nodes| {
            nodes.iter().find(|node| found.with_value(|name| *node.name == **name)).cloned()
        })
    });
    let picture = Memo::new(move |_| {
        let Some(node) = node.get() else { return String::new() };
        desk.view.with(|view| picture(&node, &view.pods))
    });
    let marks = Memo::new(move |_| node.with(|node| node.as_ref().map(marks).unwrap_or_default()));
    let label = move || node.with(|node| node.as_ref().map(words).unwrap_or_default());
    view! {
        <section class="node" data-object=object.get_value() aria-label=label>
            <header class="node-head">
                <b class="mono">{name}</b>
                <span class="node-marks" inner_html=move || marks.get()></span>
                <button
                    class="quiet"
                    aria-haspopup="menu"
                    aria-label=format!("Commands for {}", object.get_value())
                    on:click=move |ev| menu.open(&ev, object.get_value())
                >
                    "⋯"
                </button>
            </header>
            <div inner_html=move || picture.get()></div>
        </section>
    }
}

/// What the element at an event, or one around it, stands for.
pub(super) fn object_at(ev: &Event) -> Option<String> {
    let element = ev.target()?.dyn_into::<Element>().ok()?;
    element.closest("[data-object]").ok()??.get_attribute("data-object")
}

fn marks(node: &NodeView) -> String {
    let mut out = String::new();
    if !node.is_ready {
        out.push_str(r#"<span class="failed-sign">✕ NotReady</span>"#);
    }
    if node.is_cordoned {
        out.push_str(r#"<span class="cordon">⊘ SchedulingDisabled</span>"#);
    }
    out
}

fn words(node: &NodeView) -> String {
    let ready = if node.is_ready { "Ready" } else { "NotReady" };
    let cordoned = if node.is_cordoned { ", cordoned" } else { "" };
    format!("Node {}: {ready}{cordoned}, {} pods", node.name, node.pods.len())
}

fn picture(node: &NodeView, pods: &Pods) -> String {
    let mut out = String::new();
    let on_node: Vec<(&Arc<PodView>, u32)> = node
        .pods
        .iter()
        .filter_map(|on_node| Some((pods.get(on_node.uid)?, on_node.gpus)))
        .collect();
    for share in &node.shares {
        if is_gpu(&share.resource) {
            slots(&mut out, share, &on_node);
        } else if ["cpu", "memory", "pods"].contains(&&*share.resource) {
            bar(&mut out, share);
        }
    }
    if on_node.len() <= SIGNS_UP_TO {
        out.push_str(r#"<p class="node-pods">"#);
        for (pod, _) in &on_node {
            instrument(&mut out, pod);
        }
        out.push_str("</p>");
    } else {
        put!(&mut out, r#"<p class="node-pods">{}</p>"#, by_version(&on_node));
    }
    out
}

/// A share that is taken, as a bar with its figures.
fn bar(out: &mut String, share: &NodeShare) {
    let NodeShare { resource, used, allocatable } = share;
    let percent = used.saturating_mul(100) / (*allocatable).max(1);
    let full = if percent >= 100 { " full" } else { "" };
    put!(
        out,
        r#"<p class="node-share"><span class="muted">{}</span><span class="node-bar{full}"><i style="width:{}%"></i></span><span class="figure">{percent} %</span></p>"#,
        escape(resource),
        percent.min(100)
    );
}

/// GPUs: a slot each, with the sign of the pod that has it.
fn slots(out: &mut String, share: &NodeShare, pods: &[(&Arc<PodView>, u32)]) {
    let (used, all) = (share.used / 1_000, share.allocatable / 1_000);
    put!(
        out,
        r#"<p class="node-share"><span class="muted">GPU</span><span class="slots" role="img" aria-label="{used} of {all} GPUs taken">"#
    );
    let mut taken = 0;
    for (pod, gpus) in pods {
        for _ in 0..*gpus {
            taken += 1;
            put!(out, r#"<span class="slot taken">{}</span>"#, glyph(pod));
        }
    }
    for _ in taken..all.min(64) {
        out.push_str(r#"<span class="slot"></span>"#);
    }
    put!(out, r#"</span><span class="figure">{used}/{all}</span></p>"#);
}

fn glyph(pod: &PodView) -> String {
    let sign = sign_of(&pod.version);
    let fill = match pod.stage {
        Stage::Ready { .. } | Stage::Terminating { .. } => colour(sign),
        Stage::NotReady | Stage::BackOff { .. } => format!("url(#hatch-{sign})"),
        _ => "none".to_owned(),
    };
    format!(
        r#"<svg class="sign" viewBox="-15 -15 30 30" aria-hidden="true"><path d="{}" style="fill:{fill};stroke:{};stroke-width:2.5"/></svg>"#,
        shape(sign),
        colour(sign)
    )
}

fn instrument(out: &mut String, pod: &PodView) {
    let words = spoken(pod);
    put!(
        out,
        r#"<span class="node-pod {}" role="img" aria-label="{}" title="{}" data-object="pod/{}">{}</span>"#,
        class(pod),
        escape(&words),
        escape(&words),
        escape(&pod.name),
        glyph(pod)
    );
}

fn by_version(pods: &[(&Arc<PodView>, u32)]) -> String {
    let mut counts: Vec<(&PodView, usize, usize)> = Vec::new();
    for (pod, _) in pods {
        let ready = usize::from(matches!(pod.stage, Stage::Ready { .. }));
        match counts.iter_mut().find(|(known, ..)| known.version == pod.version) {
            Some((_, all, known)) => {
                *all += 1;
                *known += ready;
            }
            None => counts.push((pod, 1, ready)),
        }
    }
    let mut out = String::new();
    for (pod, all, ready) in counts {
        put!(
            &mut out,
            r#"<span class="node-count">{} {}: {ready}/{all} Ready</span>"#,
            glyph(pod),
            escape(&pod.version)
        );
    }
    out
}

/// The pods that wait for a node, by what the scheduler says of them.
fn outside(view: &ClusterView) -> String {
    let mut reasons: Vec<(&str, Vec<&PodView>)> = Vec::new();
    for pod in view.pods.iter() {
        let Stage::Pending { reason } = &pod.stage else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == reason.as_str()) {
            Some((_, pods)) => pods.push(pod),
            None => reasons.push((reason, vec![pod])),
        }
    }
    if reasons.is_empty() {
        return r#"<p class="muted">Nobody waits outside: every pod has a node.</p>"#.to_owned();
    }
    let mut out = String::new();
    for (reason, pods) in reasons.iter().take(REASONS) {
        let s = if pods.len() == 1 { "" } else { "s" };
        put!(&mut out, r#"<p class="waiting"><b>{} pod{s} outside</b> "#, pods.len());
        for pod in pods.iter().take(SIGNS_UP_TO) {
            instrument(&mut out, pod);
        }
        let reason = if reason.is_empty() { "the scheduler has not looked yet" } else { reason };
        put!(&mut out, r#" <span class="muted">{}</span></p>"#, escape(reason));
    }
    out
}

#[cfg(test)]
mod tests {
    use rollscope_sim::api::Uid;
    use rollscope_sim::view::NodePod;

    use super::*;

    fn pod(uid: u64, stage: Stage) -> Arc<PodView> {
        let version = "v2".into();
        Arc::new(PodView {
            uid: Uid(uid),
            stage,
            version,
            name: "a<b".into(),
            ..PodView::default()
        })
    }

    #[test]
    fn a_node_shows_a_slot_for_each_gpu_and_who_has_it() {
        let share = |resource: &str, used, allocatable| NodeShare {
            resource: resource.into(),
            used,
            allocatable,
        };
        let node = NodeView {
            uid: Uid(1),
            name: "n".into(),
            is_ready: false,
            is_cordoned: true,
            shares: vec![share("nvidia.com/gpu", 2_000, 4_000), share("cpu", 500, 1_000)],
            pods: vec![NodePod { uid: Uid(5), gpus: 2 }],
        };
        let text = picture(&node, &[pod(5, Stage::NotReady)].into_iter().collect());
        assert_eq!((text.matches("slot taken").count(), text.matches("\"slot\"").count()), (2, 2));
        assert!(text.contains("50 %") && text.contains("pod/a&lt;b") && text.contains("2 of 4"));
        assert!(marks(&node).contains("NotReady") && words(&node).contains("cordoned"));
    }

    #[test]
    fn pods_wait_outside_with_the_schedulers_reason() {
        let waits = || Stage::Pending { reason: "0/3 nodes <are> available".to_owned() };
        let pods =
            [pod(1, waits()), pod(2, waits()), pod(3, Stage::NotReady)].into_iter().collect();
        let text = outside(&ClusterView { pods, ..ClusterView::default() });
        assert!(text.contains("2 pods outside") && text.contains("nodes &lt;are&gt; available"));
        assert!(outside(&ClusterView::default()).contains("Nobody waits"));
    }
}
