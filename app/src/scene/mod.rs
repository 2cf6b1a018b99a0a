//! The stage: from the clients through the Services to the pods of each Deployment.
//!
//! What changes seldom is one picture of SVG markup; each pod is a group of its own, which slides
//! to its place, or a cell on a canvas where there are many; requests are painted on a canvas above.
//! The same pods are shown on their nodes, and as a table.

mod card;
mod cells;
mod deployment;
pub(crate) mod flow;
mod future;
mod ink;
mod list;
mod menu;
mod nodes;
mod pod;
mod requests;
mod ruler;
mod service;
mod sign;

pub(crate) use sign::sign;

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use rollscope_sim::api::Uid;
use rollscope_sim::order;
use rollscope_sim::view::{ClusterView, LaneView};

use crate::desk::use_desk;
use crate::layout::{GroupPlace, Seats, StageLayout, layout};
use crate::markup::put;
use crate::use_width::use_width;
use crate::versions::{SIGNS, colour};
use card::Card;
use cells::Cells;
use flow::killed_mark;
pub(crate) use future::Would;
use future::WouldMatch;
use ink::use_theme;
use list::List;
use menu::{CommandMenu, provide_menu, use_menu};
use nodes::Nodes;
use pod::Pod;
use requests::Requests;

/// On windows at least this high, pods are drawn large.
const ROOMY: f64 = 1_040.0;

/// What the stage shows of the pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    /// The path of requests to them.
    Path,
    /// The nodes they are on.
    Nodes,
    /// A table.
    List,
}

/// The stage, in one of its three forms.
#[component]
pub(crate) fn Stage() -> impl IntoView {
    provide_menu();
    let shows = RwSignal::new(Shows::Path);
    let button = move |which: Shows, label: &'static str| {
        view! {
            <button
                class="tab"
                aria-pressed=move || if shows.get() == which { "true" } else { "false" }
                on:click=move |_| shows.set(which)
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="stage-bar">
            <div role="group" aria-label="Show the pods" class="stage-forms">
                {button(Shows::Path, "Path")} {button(Shows::Nodes, "Nodes")}
                {button(Shows::List, "List")}
            </div>
            <Deployments/>
        </div>
        {move || match shows.get() {
            Shows::Path => view! { <PathOfRequests/> }.into_any(),
            Shows::Nodes => view! { <Nodes/> }.into_any(),
            Shows::List => view! { <List/> }.into_any(),
        }}
        <CommandMenu/>
    }
}

/// A button for each Deployment: its commands.
#[component]
fn Deployments() -> impl IntoView {
    let desk = use_desk();
    let menu = use_menu();
    let names = Memo::new(move |_| {
        desk.view.with(|view| {
            let names = view.deployments.iter().map(|deployment| deployment.name.to_string());
            names.collect::<Vec<_>>()
        })
    });
    let button = move |name: String| {
        let object = format!("deployment/{name}");
        let label = format!("Commands for {object}");
        view! {
            <button
                class="quiet"
                aria-haspopup="menu"
                aria-label=label
                on:click=move |ev| menu.open(&ev, object.clone())
            >
                {name}
                " ⋯"
            </button>
        }
    };
    view! {
        <div class="stage-menus">
            <For each=move || names.get() key=Clone::clone children=button/>
        </div>
    }
}

/// From the clients through the Services to the pods.
#[component]
fn PathOfRequests() -> impl IntoView {
    let desk = use_desk();
    let node = NodeRef::<Div>::new();
    let width = use_width(node);
    let theme = use_theme();
    let seats = StoredValue::new(Seats::default());
    let stage = Memo::new(move |_| {
        let width = width.get().max(280.0);
        let roomy = window().inner_height().ok().and_then(|height| height.as_f64()) > Some(ROOMY);
        let mark = killed_mark(desk.playback.get().tenths());
        let place =
            |seats: &mut Seats| desk.view.with(|view| layout(view, (width, roomy), mark, seats));
        Arc::new(seats.try_update_value(place).unwrap_or_default())
    });
    let now = desk.now();
    let is_grid = Memo::new(move |_| stage.with(|stage| stage.density.is_grid()));
    let foreseen = Memo::new(move |_| {
        // Many pods are not told one by one.
        if is_grid.get() { Vec::new() } else { desk.foreseen() }
    });
    let ground = Memo::new(move |_| {
        let foreseen = foreseen.get();
        desk.view.with(|view| stage.with(|stage| picture(view, stage, &foreseen)))
    });
    let pods = Memo::new(move |_| stage.with(|stage| instruments(stage)));
    let menu = use_menu();
    let ask = move |ev: web_sys::MouseEvent| {
        if let Some(object) = nodes::object_at(&ev) {
            menu.open(&ev, object);
        }
    };
    view! {
        <div class="stage" node_ref=node on:contextmenu=ask>
            <svg
                class="stage-svg"
                width=move || stage.with(|stage| stage.width.to_string())
                height=move || stage.with(|stage| stage.height.to_string())
                role="group"
                aria-label="The cluster"
            >
                <g inner_html=patterns()></g>
                <g inner_html=move || ground.get()></g>
                <For each=move || pods.get() key=|uid| *uid let(uid)>
                    <Pod uid stage now foreseen/>
                </For>
            </svg>
            {move || is_grid.get().then(|| view! { <Cells stage theme/> })}
            <Requests stage theme/>
            <Card stage host=node foreseen/>
        </div>
    }
}

/// The pods that are drawn one by one, by uid.
fn instruments(stage: &StageLayout) -> Vec<Uid> {
    if stage.density.is_grid() {
        return Vec::new();
    }
    let seated = stage.lanes().flat_map(|lane| lane.seated.pods());
    let mut pods: Vec<Uid> = seated.map(|(pod, _)| *pod).collect();
    order::sort_by_key(&mut pods, |pod| *pod);
    pods
}

/// Everything but the pods and the requests.
fn picture(view: &ClusterView, stage: &StageLayout, foreseen: &WouldMatch) -> String {
    let mut out = String::new();
    future::wires(&mut out, view, stage, foreseen);
    future::legend(&mut out, view, stage, foreseen);
    service::clients(&mut out, stage.clients, view.request_rate);
    for (service, (_, area)) in view.services.iter().zip(&stage.services) {
        service::service(&mut out, service, *area);
    }
    for group in &stage.groups {
        group_picture(&mut out, view, stage, group);
    }
    out
}

fn group_picture(out: &mut String, view: &ClusterView, stage: &StageLayout, group: &GroupPlace) {
    let owner = view.deployments.iter().find(|deployment| Some(deployment.uid) == group.uid);
    let lanes: &[LaneView] = owner.map_or(&view.loose, |owner| &owner.lanes);
    match owner {
        Some(owner) => {
            deployment::head(out, owner, group.area, stage.tall_heads);
            ruler::ruler(out, &owner.budget, group.ruler);
        }
        None => deployment::loose_head(out, group.area),
    }
    for place in &group.lanes {
        if let Some(lane) = lanes.iter().find(|lane| lane.uid == place.uid) {
            deployment::lane(out, lane, place.area, place.rails.is_empty(), stage.tall_heads);
        }
    }
}

/// The hatchings: one a version, and one for failures.
fn patterns() -> String {
    let mut out = String::new();
    let signs = (0..SIGNS).map(|sign| (sign.to_string(), colour(sign)));
    out.push_str("<defs>");
    for (name, colour) in signs.chain([("failed".to_owned(), "var(--fail)".to_owned())]) {
        put!(
            &mut out,
            r#"<pattern id="hatch-{name}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" style="fill:{colour};opacity:.14"/><rect width="1.8" height="5" style="fill:{colour}"/></pattern>"#
        );
    }
    out.push_str("</defs>");
    out
}
