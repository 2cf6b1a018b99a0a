//! The head of a `ReplicaSet`'s lane.

use std::sync::Arc;

use leptos::prelude::*;
use rollscope_sim::api::Uid;
use rollscope_sim::view::LaneView;

use crate::desk::use_desk;
use crate::layout::{Area, StageLayout};
use crate::versions::{colour, shape, sign_of};

/// Version, revision and sizes of a `ReplicaSet`.
#[component]
pub(super) fn LaneHead(
    group: Option<Uid>,
    uid: Uid,
    stage: Memo<Arc<StageLayout>>,
) -> impl IntoView {
    let desk = use_desk();
    let lane = Memo::new(move |_| {
        desk.view.with(|view| {
            let of_group = view
                .deployments
                .iter()
                .filter(|found| Some(found.uid) == group);
            let lanes = of_group.flat_map(|found| &found.lanes).chain(&view.loose);
            let mut lanes = lanes.filter(|lane| lane.uid == uid);
            lanes.next().cloned()
        })
    });
    let place = Memo::new(move |_| {
        stage.with(|stage| {
            let lanes = stage.groups.iter().flat_map(|group| &group.lanes);
            let mut lanes = lanes.filter(|lane| lane.uid == uid);
            lanes.next().map(|lane| (lane.area, lane.rails.is_empty()))
        })
    });
    let area = move || place.get().unwrap_or_default().0;
    let tall = move || stage.with(|stage| stage.tall_heads);
    let text = move |of: fn(&LaneView) -> String| {
        move || lane.with(|lane| lane.as_ref().map(of).unwrap_or_default())
    };
    let sign = Memo::new(move |_| {
        lane.with(|lane| lane.as_ref().map_or(0, |lane| sign_of(&lane.version)))
    });
    view! {
        <g
            class="lane"
            class:folded=move || place.get().is_none_or(|(_, folded)| folded)
            style:transform=move || {
                let Area { x, y, .. } = area();
                format!("translate({x:.1}px,{y:.1}px)")
            }
        >
            <path class="hairline" d=move || format!("M0 .5H{:.1}", area().width)></path>
            <path
                d=move || shape(sign.get())
                transform="translate(8 19) scale(.6)"
                style=move || format!("fill:{}", colour(sign.get()))
            ></path>
            <text class="title" x="22" y="24">
                <tspan class="strong">{text(|lane| lane.version.to_string())}</tspan>
                <tspan class="muted mono" dx="8">{text(identity)}</tspan>
            </text>
            <text
                class="muted"
                x=move || if tall() { 22.0 } else { area().width }
                y=move || if tall() { 40 } else { 24 }
                text-anchor=move || if tall() { "start" } else { "end" }
            >
                {text(sizes)}
            </text>
        </g>
    }
}

fn identity(lane: &LaneView) -> String {
    match (lane.revision, &*lane.hash) {
        (0, "") => lane.name.to_string(),
        (0, hash) => hash.to_owned(),
        (revision, hash) => format!("rev {revision} · {hash}"),
    }
}

fn sizes(lane: &LaneView) -> String {
    format!(
        "desired {} · current {} · ready {}",
        lane.desired, lane.current, lane.ready
    )
}
