//! The rollout budget: one ruler from 0 to `replicas + maxSurge`.

use rollscope_sim::view::Budget;

use crate::layout::{Area, RULER_HEIGHT};
use crate::markup::put;
use crate::sizes::{SPACE_1, SPACE_HALF, TEXT_S};
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
/// How far a mark stands out.
const MARK: f64 = SPACE_1 + SPACE_HALF;
/// Rulers with more pods have no line between them.
const LINES_UP_TO: i32 = 40;

/// Draws the budget of a Deployment.
pub(super) fn ruler(out: &mut String, budget: &Budget, area: Area) {
    let Area { x, y, width, .. } = area;
    let length = length(budget);
    let unit = width / f64::from(length);
    put!(
        out,
        r#"<g class="ruler" role="img" aria-label="{}" transform="translate({x:.1} {y:.1})">
        <rect class="ruler-ground" width="{width:.1}" height="{RULER_HEIGHT}"/>"#,
        spoken(budget)
    );
    for Stretch { x, width, fill } in stretches(budget, unit) {
        put!(
            out,
            r#"<rect x="{x:.1}" width="{width:.1}" height="{RULER_HEIGHT}" style="fill:{fill}"/>"#
        );
    }
    out.push_str(r#"<path class="ruler-lines" d=""#);
    for number in (1..length).filter(|_| length <= LINES_UP_TO) {
        put!(out, "M{:.1} 0V{RULER_HEIGHT}", f64::from(number) * unit);
    }
    out.push_str(r#""/>"#);
    let least = f64::from(budget.min_available) * unit;
    let (label, anchor) =
        if least > LABEL { (least - SPACE_1, "end") } else { (least + SPACE_1, "start") };
    let text = format!("min available {}", budget.min_available);
    mark(out, budget.waits_at_min, least, label, anchor, &text);
    let most = f64::from(budget.max_total) * unit;
    let text = format!("max total {}", budget.max_total);
    mark(out, budget.waits_at_max, most, most + SPACE_1, "start", &text);
    let desired = f64::from(budget.replicas) * unit;
    put!(
        out,
        r#"<g class="mark"><path d="M{desired:.1} -1V{}"/><text x="{desired:.1}" y="{}" text-anchor="middle">desired {}</text></g></g>"#,
        RULER_HEIGHT + MARK,
        RULER_HEIGHT + MARK + TEXT_S,
        budget.replicas
    );
}

/// A mark above the ruler; lit while the rollout waits for it.
fn mark(out: &mut String, lit: bool, x: f64, label: f64, anchor: &str, text: &str) {
    let class = if lit { "mark lit" } else { "mark" };
    put!(
        out,
        r#"<g class="{class}"><path d="M{x:.1} -{MARK}V{}"/><text x="{label:.1}" y="-{}" text-anchor="{anchor}">{text}</text></g>"#,
        RULER_HEIGHT + SPACE_HALF,
        MARK + 1.0
    );
}

/// How many pods the ruler is long: as many as there may be, or are.
fn length(budget: &Budget) -> i32 {
    budget.max_total.max(budget.total).max(1)
}

fn stretches(budget: &Budget, unit: f64) -> Vec<Stretch> {
    let mut x = 0.0;
    let mut found = Vec::new();
    let mut add = |count: i32, fill: String| {
        if count > 0 {
            let width = f64::from(count) * unit;
            found.push(Stretch { x, width, fill });
            x += width;
        }
    };
    for share in &budget.shares {
        add(share.available, colour(sign_of(&share.version)));
    }
    for share in &budget.shares {
        add(share.unavailable, format!("url(#hatch-{})", sign_of(&share.version)));
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

    fn budget() -> Budget {
        let share = |version: &str, available, unavailable| Share {
            version: version.into(),
            available,
            unavailable,
        };
        Budget {
            max_total: 4,
            total: 4,
            min_available: 3,
            waits_at_min: true,
            shares: vec![share("v1", 2, 0), share("v2", 1, 1)],
            ..Budget::default()
        }
    }

    #[test]
    fn available_pods_come_first_and_the_ruler_grows_when_there_are_too_many() {
        let budget = budget();
        let found: Vec<(f64, f64)> =
            stretches(&budget, 10.0).iter().map(|stretch| (stretch.x, stretch.width)).collect();
        assert_eq!(found, [(0.0, 20.0), (20.0, 10.0), (30.0, 10.0)]);
        assert_eq!(length(&Budget { total: 9, ..budget }), 9);
        assert_eq!(length(&Budget::default()), 1);
    }

    #[test]
    fn the_mark_that_is_waited_for_is_lit() {
        let mut out = String::new();
        ruler(&mut out, &budget(), Area { width: 400.0, ..Area::default() });
        assert_eq!(out.matches("mark lit").count(), 1);
        assert!(out.contains(">min available 3</text>") && out.contains("#hatch-1"));
    }
}
