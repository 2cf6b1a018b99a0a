//! The heads of Deployments and of their lanes.

use rollscope_sim::view::{ConditionView, DeploymentView, LaneView};

use crate::layout::Area;
use crate::markup::{escape, put};
use crate::sizes::{LEADING_S, SPACE_1, SPACE_2, SPACE_6, SPACE_HALF};
use crate::versions::{colour, shape, sign_of};

/// From a lane's edge to its words, beside the sign of its version.
const WORDS: f64 = SPACE_6 - SPACE_HALF;
/// The middle of the sign: that of the letters.
const SIGN: f64 = SPACE_6 - SPACE_1 - 1.0;

/// The head of a Deployment; in several lines when it is `tall`.
pub(super) fn head(out: &mut String, deployment: &DeploymentView, area: Area, tall: bool) {
    let Area { x, y, width, .. } = area;
    put!(
        out,
        r#"<g class="deployment" data-object="deployment/{name}" transform="translate({x:.1} {y:.1})"><title>{}</title>
        <text class="title" y="{LEADING_S}"><tspan class="muted">Deployment </tspan><tspan class="strong">{name}</tspan><tspan class="note" dx="{SPACE_2}">{state}</tspan></text>"#,
        escape(&conditions(deployment)),
        name = escape(&deployment.name),
        state = state(deployment)
    );
    if !tall {
        let counts = counts(deployment);
        put!(
            out,
            r#"<text class="muted" y="{LEADING_S}" x="{width:.1}" text-anchor="end">{counts}</text>"#
        );
    }
    let mut y = 2.0 * LEADING_S + SPACE_HALF;
    for line in details(deployment, tall) {
        put!(out, r#"<text class="muted" y="{y}">{}</text>"#, escape(&line));
        y += LEADING_S;
    }
    out.push_str("</g>");
}

/// The head of what belongs to no Deployment.
pub(super) fn loose_head(out: &mut String, area: Area) {
    put!(
        out,
        r#"<text class="title strong" x="{:.1}" y="{:.1}">Without a Deployment</text>"#,
        area.x,
        area.y + LEADING_S
    );
}

/// The head of a lane: version, revision and sizes of a `ReplicaSet`.
pub(super) fn lane(out: &mut String, lane: &LaneView, area: Area, folded: bool, tall: bool) {
    let Area { x, y, width, .. } = area;
    let sign = sign_of(&lane.version);
    let class = if folded { "lane folded" } else { "lane" };
    let sizes = if tall {
        format!(r#"x="{WORDS}" y="{:.1}""#, SPACE_6 + LEADING_S)
    } else {
        format!(r#"x="{width:.1}" y="{SPACE_6}" text-anchor="end""#)
    };
    put!(
        out,
        r#"<g class="{class}" transform="translate({x:.1} {y:.1})"><path class="hairline" d="M0 .5H{width:.1}"/>
        <path d="{}" transform="translate({SPACE_2} {SIGN}) scale(.6)" style="fill:{}"/>
        <text class="title" x="{WORDS}" y="{SPACE_6}"><tspan class="strong">{}</tspan><tspan class="muted mono" dx="{SPACE_2}">{}</tspan></text>
        <text class="muted" {sizes}>desired {} · current {} · ready {}</text></g>"#,
        shape(sign),
        colour(sign),
        escape(&lane.version),
        escape(&identity(lane)),
        lane.desired,
        lane.current,
        lane.ready
    );
}

fn identity(lane: &LaneView) -> String {
    match (lane.revision, &*lane.hash) {
        (0, "") => lane.name.to_string(),
        (0, hash) => hash.to_owned(),
        (revision, hash) => format!("rev {revision} · {hash}"),
    }
}

fn state(deployment: &DeploymentView) -> &'static str {
    let late = deployment
        .conditions
        .iter()
        .any(|condition| condition.reason == "ProgressDeadlineExceeded");
    match (deployment.paused, late, deployment.complete) {
        (true, ..) => "paused",
        (_, true, _) => "deadline exceeded",
        (.., true) => "complete",
        (.., false) => "progressing",
    }
}

/// What `kubectl describe` says of the conditions, a line each.
fn conditions(deployment: &DeploymentView) -> String {
    let line = |condition: &ConditionView| {
        let ConditionView { type_, status, reason, message } = condition;
        format!("{type_} {status} {reason}: {message}")
    };
    deployment.conditions.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn counts(deployment: &DeploymentView) -> String {
    let DeploymentView { desired, updated, ready, available, .. } = deployment;
    format!("desired {desired} · updated {updated} · ready {ready} · available {available}")
}

/// As [`counts`], where numbers of four digits would not fit: the ruler tells what is desired.
fn short_counts(deployment: &DeploymentView) -> String {
    let all = counts(deployment);
    if deployment.desired < 1_000 {
        return all;
    }
    all.split_once(" · ").map_or(all.clone(), |(_, rest)| rest.to_owned())
}

fn details(deployment: &DeploymentView, tall: bool) -> Vec<String> {
    let budget = &deployment.budget;
    let (surge, missing) = (&budget.surge_arithmetic, &budget.unavailable_arithmetic);
    if tall {
        return vec![short_counts(deployment), surge.clone(), missing.clone()];
    }
    let strategy = deployment.strategy;
    vec![if missing.is_empty() {
        surge.clone()
    } else {
        format!("{strategy} · {surge} · {missing}")
    }]
}
