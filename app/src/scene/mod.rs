//! The stage: from the clients through the Services to the pods of each Deployment.
//!
//! What stands still is SVG, one reactive group each; requests are painted on a canvas above it.

mod deployment;
pub(crate) mod flow;
mod lane;
mod pod;
mod requests;
mod ruler;
mod service;
mod sign;

pub(crate) use sign::Sign;

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use rollscope_sim::api::Uid;

use crate::desk::use_desk;
use crate::layout::{Point, StageLayout, layout, path};
use crate::use_width::use_width;
use deployment::Group;
use pod::Pod;
use requests::Requests;
use service::{Clients, ServiceBox};

/// On windows at least this high, pods are drawn large.
const ROOMY: f64 = 1_040.0;

/// The stage.
#[component]
pub(crate) fn Stage() -> impl IntoView {
    let desk = use_desk();
    let node = NodeRef::<Div>::new();
    let width = use_width(node);
    let stage = Memo::new(move |_| {
        let width = width.get().max(280.0);
        let roomy = window()
            .inner_height()
            .ok()
            .and_then(|height| height.as_f64())
            > Some(ROOMY);
        Arc::new(desk.view.with(|view| layout(view, width, roomy)))
    });
    let now = desk.now();
    let services = Memo::new(move |_| stage.with(|stage| uids(&stage.services)));
    let groups = Memo::new(move |_| {
        stage.with(|stage| {
            stage
                .groups
                .iter()
                .map(|group| group.uid)
                .collect::<Vec<_>>()
        })
    });
    let pods =
        Memo::new(move |_| stage.with(|stage| stage.pods.keys().copied().collect::<Vec<Uid>>()));
    view! {
        <div class="stage" node_ref=node>
            <svg
                class="stage-svg"
                width=move || stage.with(|stage| stage.width)
                height=move || stage.with(|stage| stage.height)
                role="group"
                aria-label="The cluster"
            >
                <Patterns/>
                <Wires stage/>
                <Clients stage/>
                <For each=move || services.get() key=|uid| *uid let(uid)>
                    <ServiceBox uid stage/>
                </For>
                <For each=move || groups.get() key=|uid| *uid let(uid)>
                    <Group uid stage/>
                </For>
                <For each=move || pods.get() key=|uid| *uid let(uid)>
                    <Pod uid stage now/>
                </For>
            </svg>
            <Requests stage/>
        </div>
    }
}

fn uids<T>(found: &[(Uid, T)]) -> Vec<Uid> {
    found.iter().map(|(uid, _)| *uid).collect()
}

/// The hatchings: one a version, and one for failures.
#[component]
fn Patterns() -> impl IntoView {
    let hatch = |name: String, colour: String| {
        view! {
            <pattern
                id=name
                width="5"
                height="5"
                patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)"
            >
                <rect width="5" height="5" style=format!("fill:{colour};opacity:.14")></rect>
                <rect width="1.8" height="5" style=format!("fill:{colour}")></rect>
            </pattern>
        }
    };
    view! {
        <defs>
            {(0..crate::versions::SIGNS)
                .map(|sign| hatch(format!("hatch-{sign}"), crate::versions::colour(sign)))
                .collect_view()} {hatch("hatch-failed".to_owned(), "var(--fail)".to_owned())}
        </defs>
    }
}

/// The ways requests can take, and those they cannot.
#[component]
fn Wires(stage: Memo<Arc<StageLayout>>) -> impl IntoView {
    let desk = use_desk();
    let wires = Memo::new(move |_| {
        desk.view.with(|view| {
            stage.with(|stage| {
                let (mut live, mut idle) = (String::new(), String::new());
                for service in &view.services {
                    if let Some(way) = stage.way_in(service.uid) {
                        live.push_str(&path(&way));
                    }
                }
                for lane in stage.groups.iter().flat_map(|group| &group.lanes) {
                    let reaches = |uid: &Uid| {
                        stage
                            .pods
                            .get(uid)
                            .is_some_and(|slot| slot.entry == lane.entry)
                    };
                    let mut served = false;
                    for service in &view.services {
                        if service.endpoints.iter().any(reaches) {
                            served = true;
                            live.push_str(&path(&stage.way_to_lane(service.uid, lane.entry)));
                        }
                    }
                    let wire = if served { &mut live } else { &mut idle };
                    for (y, end) in &lane.rails {
                        wire.push_str(&path(&[
                            lane.entry,
                            Point {
                                y: *y,
                                ..lane.entry
                            },
                            Point { x: *end, y: *y },
                        ]));
                    }
                }
                (live, idle)
            })
        })
    });
    view! {
        <path class="wire idle" d=move || wires.with(|wires| wires.1.clone())></path>
        <path class="wire" d=move || wires.with(|wires| wires.0.clone())></path>
    }
}
