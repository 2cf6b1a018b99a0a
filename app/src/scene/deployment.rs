//! A Deployment: its head, its budget and its lanes.

use std::sync::Arc;

use leptos::prelude::*;
use rollscope_sim::api::Uid;
use rollscope_sim::view::{ConditionView, DeploymentView};

use super::lane::LaneHead;
use super::ruler::Ruler;
use crate::desk::use_desk;
use crate::layout::{Area, GroupPlace, StageLayout};

/// A Deployment, or what belongs to none.
#[component]
pub(super) fn Group(uid: Option<Uid>, stage: Memo<Arc<StageLayout>>) -> impl IntoView {
    let desk = use_desk();
    let deployment = Memo::new(move |_| {
        desk.view.with(|view| {
            view.deployments
                .iter()
                .find(|deployment| Some(deployment.uid) == uid)
                .cloned()
        })
    });
    let place = Memo::new(move |_| {
        stage.with(|stage| stage.groups.iter().find(|group| group.uid == uid).cloned())
    });
    let area = move |of: fn(&GroupPlace) -> Area| {
        Memo::new(move |_| place.with(|place| place.as_ref().map(of).unwrap_or_default()))
    };
    let lanes = Memo::new(move |_| {
        place.with(|place| {
            let lanes = place.iter().flat_map(|place| &place.lanes);
            lanes.map(|lane| lane.uid).collect::<Vec<_>>()
        })
    });
    let ruler = area(|place| place.ruler);
    view! {
        <Head deployment area=area(|place| place.area) stage/>
        {uid.map(|_| view! { <Ruler deployment area=ruler/> })}
        <For each=move || lanes.get() key=|lane| *lane let(lane)>
            <LaneHead group=uid uid=lane stage/>
        </For>
    }
}

#[component]
fn Head(
    deployment: Memo<Option<Arc<DeploymentView>>>,
    area: Memo<Area>,
    stage: Memo<Arc<StageLayout>>,
) -> impl IntoView {
    let tall = Memo::new(move |_| stage.with(|stage| stage.tall_heads));
    let text = move |of: fn(&DeploymentView) -> String| {
        move || deployment.with(|found| found.as_deref().map(of).unwrap_or_default())
    };
    let details = move || {
        let lines = deployment
            .with(|found| found.as_deref().map(|found| details(found, tall.get())))
            .unwrap_or_default();
        lines
            .into_iter()
            .enumerate()
            .map(|(index, line)| view! { <text class="muted" y=34 + 16 * index>{line}</text> })
            .collect_view()
    };
    view! {
        <g
            class="deployment"
            style:transform=move || {
                let Area { x, y, .. } = area.get();
                format!("translate({x:.1}px,{y:.1}px)")
            }
        >
            {leptos::svg::title().child(text(conditions))}
            <text class="title" y="16">
                <tspan class="muted">{text(|_| "Deployment ".to_owned())}</tspan>
                <tspan class="strong">
                    {move || deployment.with(|found| {
                        found.as_ref().map_or_else(
                            || "Without a Deployment".to_owned(),
                            |found| found.name.to_string(),
                        )
                    })}
                </tspan>
                <tspan class="note" dx="10">{text(state)}</tspan>
            </text>
            <text
                class="muted"
                y="16"
                x=move || area.get().width
                text-anchor="end"
                visibility=move || if tall.get() { "hidden" } else { "visible" }
            >
                {text(counts)}
            </text>
            {details}
        </g>
    }
}

fn state(deployment: &DeploymentView) -> String {
    let late = deployment
        .conditions
        .iter()
        .any(|condition| condition.reason == "ProgressDeadlineExceeded");
    let word = match (deployment.paused, late, deployment.complete) {
        (true, ..) => "paused",
        (_, true, _) => "deadline exceeded",
        (.., true) => "complete",
        (.., false) => "progressing",
    };
    word.to_owned()
}

/// What `kubectl describe` says of the conditions, a line each.
fn conditions(deployment: &DeploymentView) -> String {
    let line = |condition: &ConditionView| {
        let ConditionView {
            type_,
            status,
            reason,
            message,
        } = condition;
        format!("{type_} {status} {reason}: {message}")
    };
    deployment
        .conditions
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

fn counts(deployment: &DeploymentView) -> String {
    let DeploymentView {
        desired,
        updated,
        ready,
        available,
        ..
    } = deployment;
    format!("desired {desired} · updated {updated} · ready {ready} · available {available}")
}

fn details(deployment: &DeploymentView, tall: bool) -> Vec<String> {
    let budget = &deployment.budget;
    let (surge, missing) = (&budget.surge_arithmetic, &budget.unavailable_arithmetic);
    if tall {
        return vec![counts(deployment), surge.clone(), missing.clone()];
    }
    let strategy = deployment.strategy;
    if missing.is_empty() {
        vec![surge.clone()]
    } else {
        vec![format!("{strategy} · {surge} · {missing}")]
    }
}
