//! The rollout budget: one ruler from 0 to `replicas + maxSurge`.

use std::fmt::Write;
use std::sync::Arc;

use leptos::prelude::*;
use rollscope_sim::view::{Budget, DeploymentView};

use crate::layout::{Area, RULER_HEIGHT};
use crate::versions::{colour, sign_of};

/// A stretch of pods on the ruler.
#[derive(Clone, Debug, PartialEq)]
struct Stretch {
    x: f64,
    width: f64,
    fill: String,
}

/// Room for a label to the left of its mark.
const LABEL: f64 = 104.0;
/// Rulers with more pods have no line between them.
const LINES_UP_TO: i32 = 40;

/// The ruler of a Deployment.
#[component]
pub(super) fn Ruler(
    deployment: Memo<Option<Arc<DeploymentView>>>,
    area: Memo<Area>,
) -> impl IntoView {
    let budget = Memo::new(move |_| {
        deployment
            .with(|found| found.as_ref().map(|found| found.budget.clone()))
            .unwrap_or_default()
    });
    let unit = Memo::new(move |_| area.get().width / f64::from(length(&budget.get())));
    let stretches = move || {
        budget
            .with(|budget| stretches(budget, unit.get()))
            .into_iter()
            .map(|stretch| {
                let Stretch { x, width, fill } = stretch;
                view! {
                    <rect x=x width=width height=RULER_HEIGHT style=format!("fill:{fill}")></rect>
                }
            })
            .collect_view()
    };
    let lines = move || {
        let count = length(&budget.get());
        let marks = (1..count).filter(|_| count <= LINES_UP_TO);
        marks.fold(String::new(), |mut data, number| {
            let _ = write!(
                data,
                "M{:.1} 0V{RULER_HEIGHT}",
                f64::from(number) * unit.get()
            );
            data
        })
    };
    let at = move |of: fn(&Budget) -> i32| move || f64::from(budget.with(of)) * unit.get();
    let least = at(|budget| budget.min_available);
    let least_anchor = move || if least() > LABEL { "end" } else { "start" };
    let least_x = move || least() + if least() > LABEL { -4.0 } else { 4.0 };
    let text = move |label: &'static str, of: fn(&Budget) -> i32| {
        move || format!("{label} {}", budget.with(of))
    };
    view! {
        <g
            class="ruler"
            role="img"
            aria-label=move || budget.with(spoken)
            style:transform=move || {
                let Area { x, y, .. } = area.get();
                format!("translate({x:.1}px,{y:.1}px)")
            }
        >
            <rect class="ruler-ground" width=move || area.get().width height=RULER_HEIGHT></rect>
            {stretches}
            <path class="ruler-lines" d=lines></path>
            <g class="mark" class:lit=move || budget.with(|budget| budget.waits_at_min)>
                <path d=move || format!("M{:.1} -6V{}", least(), RULER_HEIGHT + 2.0)></path>
                <text
                    x=least_x
                    y="-7"
                    text-anchor=least_anchor
                >
                    {text("min available", |budget| budget.min_available)}
                </text>
            </g>
            <g class="mark" class:lit=move || budget.with(|budget| budget.waits_at_max)>
                <path d=move || {
                    format!("M{:.1} -6V{}", at(|budget| budget.max_total)(), RULER_HEIGHT + 2.0)
                }></path>
                <text x=move || at(|budget| budget.max_total)() + 5.0 y="-7" text-anchor="start">
                    {text("max total", |budget| budget.max_total)}
                </text>
            </g>
            <g class="mark desired">
                <path d=move || {
                    format!("M{:.1} -1V{}", at(|budget| budget.replicas)(), RULER_HEIGHT + 6.0)
                }></path>
                <text
                    x=at(|budget| budget.replicas)
                    y=RULER_HEIGHT + 18.0
                    text-anchor="middle"
                >
                    {text("desired", |budget| budget.replicas)}
                </text>
            </g>
        </g>
    }
}

/// How many pods the ruler is long: as many as there may be, or are.
fn length(budget: &Budget) -> i32 {
    budget.max_total.max(budget.total).max(1)
}

fn stretches(budget: &Budget, unit: f64) -> Vec<Stretch> {
    let mut x = 0.0;
    let mut found = Vec::new();
    let available = budget
        .shares
        .iter()
        .map(|share| (share.available, colour(sign_of(&share.version))));
    let others = budget.shares.iter().map(|share| {
        (
            share.unavailable,
            format!("url(#hatch-{})", sign_of(&share.version)),
        )
    });
    for (count, fill) in available.chain(others).filter(|(count, _)| *count > 0) {
        let width = f64::from(count) * unit;
        found.push(Stretch { x, width, fill });
        x += width;
    }
    found
}

fn spoken(budget: &Budget) -> String {
    format!(
        "Rollout budget: {} of {} pods available, {} in all; at least {} available, at most {} in all",
        budget.available, budget.replicas, budget.total, budget.min_available, budget.max_total
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollscope_sim::view::Share;

    #[test]
    fn available_pods_come_first_and_the_ruler_grows_when_there_are_too_many() {
        let share = |version: &str, available, unavailable| Share {
            version: version.into(),
            available,
            unavailable,
        };
        let budget = Budget {
            max_total: 4,
            total: 4,
            shares: vec![share("v1", 2, 0), share("v2", 1, 1)],
            ..Budget::default()
        };
        let found: Vec<(f64, f64)> = stretches(&budget, 10.0)
            .iter()
            .map(|stretch| (stretch.x, stretch.width))
            .collect();
        assert_eq!(found, [(0.0, 20.0), (20.0, 10.0), (30.0, 10.0)]);
        assert_eq!(length(&Budget { total: 9, ..budget }), 9);
        assert_eq!(length(&Budget::default()), 1);
    }
}
