//! The run and the branches that were left, on one clock: a table of what each came to.

use std::sync::Arc;

use leptos::prelude::*;
use rollscope_sim::compare::{Lived, live};
use rollscope_sim::history::Timed;
use rollscope_sim::{Config, Instant};

use super::{CHART, seconds};
use crate::charts::{draw, series};
use crate::desk::use_desk;
use crate::markup::{escape, put};
use crate::modal::{Modal, Sheet};
use crate::playback::short_clock;
use crate::session::command_text;
use crate::timeline::run::Axis;

/// The most runs that are compared: the run as it is, and the branches left last.
const MOST: usize = 6;

/// A run to compare.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) commands: Vec<Timed>,
    pub(crate) until: Instant,
}

type Outcome = Result<Arc<Lived>, String>;

/// The dialog: it lives through one run a frame.
#[component]
pub(crate) fn CompareBranches() -> impl IntoView {
    let desk = use_desk();
    let outcomes = RwSignal::new(Vec::<Outcome>::new());
    let mut subjects = desk.session.with_value(crate::session::Session::subjects);
    subjects.truncate(MOST);
    let subjects = Arc::new(subjects);
    live_next(outcomes, Arc::clone(&subjects), desk.config.get_untracked());
    let table = Memo::new(move |_| outcomes.with(|outcomes| table(&subjects, outcomes)));
    view! {
        <Modal
            sheet=Sheet::Branches
            class="compare"
            label="Branches compared"
            title="This run and its branches"
        >
            <div class="compare-table" tabindex="0" role="region" aria-label="Branches" aria-live="polite">
                <div inner_html=move || table.get()></div>
            </div>
        </Modal>
    }
}

fn live_next(outcomes: RwSignal<Vec<Outcome>>, subjects: Arc<Vec<Subject>>, config: Config) {
    request_animation_frame(move || {
        // They are gone with the dialog.
        let Some(done) = outcomes.try_with_untracked(Vec::len) else { return };
        let Some(subject) = subjects.get(done) else { return };
        let lived = live(&config, &subject.commands, subject.until).map(Arc::new);
        outcomes.update(|outcomes| outcomes.push(lived));
        live_next(outcomes, subjects, config);
    });
}

fn table(subjects: &[Subject], outcomes: &[Outcome]) -> String {
    let until = subjects.iter().map(|subject| subject.until).max().unwrap_or_default();
    let axis = Axis::of(until, CHART.0);
    let mut out = r#"<table class="figures"><thead><tr><th>Run</th>"#.to_owned();
    put!(&mut out, "<th>Requests over {} s, by version</th>", axis.length);
    for title in [
        "Lasted",
        "Failed",
        "Fewest available",
        "Most pods",
        "Both versions",
        "GPUs, GPU-s",
        "Rollouts",
    ] {
        put!(&mut out, "<th>{title}</th>");
    }
    out.push_str("</tr></thead><tbody>");
    for (index, subject) in subjects.iter().enumerate() {
        put!(&mut out, r#"<tr><th>{}</th>"#, escape(&subject.name));
        match outcomes.get(index) {
            None => out.push_str(r#"<td colspan="8" class="muted">is lived through again …</td>"#),
            Some(Err(problem)) => {
                put!(&mut out, r#"<td colspan="8" class="failed">{}</td>"#, escape(problem));
            }
            Some(Ok(lived)) => row(&mut out, subject, lived, axis),
        }
        out.push_str("</tr>");
    }
    out + "</tbody></table>"
}

fn row(out: &mut String, subject: &Subject, lived: &Lived, axis: Axis) {
    let report = &lived.report;
    let chart = series::chart(&lived.traffic, axis.length);
    put!(
        out,
        r#"<td>{}<details><summary class="muted">Commands</summary>"#,
        draw::to_svg(&chart, axis, CHART.1)
    );
    for timed in &subject.commands {
        put!(
            out,
            r#"<p><span class="muted figure">{}</span> <code>{}</code></p>"#,
            short_clock(timed.at),
            escape(&command_text(&timed.command))
        );
    }
    put!(out, r#"</details></td><td class="figure">{}</td>"#, short_clock(subject.until));
    let failed: u64 = report.failed.iter().map(|(_, requests)| requests).sum();
    let class = if failed > 0 { "figure failed" } else { "figure" };
    put!(out, r#"<td class="{class}">{failed} of {}"#, report.requests.sent);
    for (cause, requests) in &report.failed {
        put!(out, r#"<br/><span class="muted">{} ×{requests}</span>"#, cause.as_str());
    }
    let least = report.min_available.map_or_else(|| "–".to_owned(), |least| least.to_string());
    put!(
        out,
        r#"</td><td class="figure">{least}</td><td class="figure">{}</td><td class="figure">{}</td><td class="figure">{}, {}</td><td class="figure">"#,
        report.max_pods_with_terminating,
        seconds(report.mixed),
        report.peak_gpus_milli / 1_000,
        report.gpu_milli_us / 1_000_000_000
    );
    for rollout in &report.rollouts {
        let took = rollout.took().filter(|_| rollout.complete);
        let took = took.map_or_else(|| "not complete".to_owned(), seconds);
        put!(out, "{} {}: {took}<br/>", escape(&rollout.deployment), escape(&rollout.version));
    }
    out.push_str("</td>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{SEED, Session};
    use rollscope_sim::{Command, Duration};

    #[test]
    fn the_run_and_its_branches_have_a_row_each() {
        let mut session = Session::new(Config::with_seed(SEED));
        session.act(Command::apply(crate::examples::FILES[0].1));
        session.advance(Duration::from_secs(30), || true);
        session.seek(Instant::from_secs(20));
        session.act(Command::kubectl("delete pods --all --force --grace-period=0"));
        session.advance(Duration::from_secs(15), || true);
        let subjects = session.subjects();
        let names: Vec<&str> = subjects.iter().map(|subject| &*subject.name).collect();
        assert_eq!(names, ["This run", "Left at 0:20"]);
        let config = Config::with_seed(SEED);
        let lived =
            |subject: &Subject| live(&config, &subject.commands, subject.until).map(Arc::new);
        let outcomes: Vec<Outcome> = subjects.iter().take(1).map(lived).collect();
        let totals = outcomes[0].as_ref().map(|lived| lived.report.requests);
        assert_eq!(totals, Ok(session.totals()));
        let text = table(&subjects, &outcomes);
        for part in ["no ready endpoint ×", "<svg", "kubectl delete pods", "is lived through again"]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
