//! The same release by every strategy, on one clock: a table of what each costs.

mod branches;

use std::sync::Arc;

use leptos::prelude::*;
use rollscope_sim::compare::{Trial, Way, trial};
use rollscope_sim::{Config, Duration};

use crate::charts::{draw, series};
use crate::desk::{Desk, use_desk};
use crate::markup::{escape, put};
use crate::modal::{Modal, Sheet};
use crate::timeline::run::Axis;
pub(crate) use branches::{CompareBranches, Subject};

/// The size of a way's chart in pixels.
const CHART: (f64, u32) = (300.0, 56);

/// A release by one way, or why it could not be.
type Outcome = (Way, Result<Arc<Trial>, String>);

/// The dialog: it tries one way a frame.
#[component]
pub(crate) fn Compare() -> impl IntoView {
    let desk = use_desk();
    let outcomes = RwSignal::new(Vec::<Outcome>::new());
    let release = untrack(|| (config(&desk), desk.text()));
    try_next(outcomes, Arc::new(release));
    let table = Memo::new(move |_| outcomes.with(|outcomes| table(outcomes)));
    view! {
        <Modal
            sheet=Sheet::Strategies
            class="compare"
            label="Strategies compared"
            title="The next version of this manifest, by every strategy"
        >
            <p class="muted">
                "Each way runs on a cluster of its own, with the requests, nodes and proxies that the knobs say. "
                "Blue-green and canary watch for 30 s before they go on."
            </p>
            <div class="compare-table" tabindex="0" role="region" aria-label="Strategies" aria-live="polite">
                <div inner_html=move || table.get()></div>
            </div>
        </Modal>
    }
}

/// The cluster of the run, with the knobs as they are turned now.
pub(crate) fn config(desk: &Desk) -> Config {
    let mut config = desk.config.get();
    desk.view.with(|view| {
        config.request_rate = view.request_rate;
        config.clients = view.clients;
        config.proxy_lag = view.proxy_lag;
    });
    config
}

/// Tries the ways that are left, one a frame, while the dialog is open.
fn try_next(outcomes: RwSignal<Vec<Outcome>>, release: Arc<(Config, String)>) {
    request_animation_frame(move || {
        // They are gone with the dialog.
        let Some(done) = outcomes.try_with_untracked(Vec::len) else { return };
        let Some(way) = Way::ALL.get(done) else { return };
        let outcome = trial(&release.0, &release.1, *way).map(Arc::new);
        outcomes.update(|outcomes| outcomes.push((*way, outcome)));
        try_next(outcomes, release);
    });
}

fn table(outcomes: &[Outcome]) -> String {
    // One clock for all.
    let longest = outcomes.iter().filter_map(|(_, outcome)| outcome.as_ref().ok());
    let longest = longest.map(|trial| trial.traffic.len()).max().unwrap_or(0);
    let length = u64::try_from(longest).unwrap_or(0).max(30).next_multiple_of(10);
    let axis = Axis { length, width: CHART.0, folded: false };
    let mut out = r#"<table class="figures"><thead><tr><th>Strategy</th>"#.to_owned();
    put!(&mut out, "<th>Requests over {length} s, by version</th>");
    for title in [
        "Took",
        "Failed",
        "Fewest ready",
        "Most pods",
        "Both versions",
        "Taken back in",
        "GPUs, GPU-s",
    ] {
        put!(&mut out, "<th>{title}</th>");
    }
    out.push_str("</tr></thead><tbody>");
    for way in Way::ALL {
        let outcome = outcomes.iter().find(|(known, _)| *known == way).map(|(_, outcome)| outcome);
        put!(&mut out, "<tr><th>{}</th>", way.title());
        match outcome {
            None => out.push_str(r#"<td colspan="8" class="muted">is being tried …</td>"#),
            Some(Err(problem)) => {
                put!(&mut out, r#"<td colspan="8" class="failed">{}</td>"#, escape(problem));
            }
            Some(Ok(trial)) => row(&mut out, trial, axis),
        }
        out.push_str("</tr>");
    }
    out + "</tbody></table>"
}

fn row(out: &mut String, trial: &Trial, axis: Axis) {
    let chart = series::chart(&trial.traffic, axis.length);
    let failed: u64 = trial.failed.iter().map(|(_, requests)| requests).sum();
    let span = |time: Option<Duration>| time.map_or_else(|| "never".to_owned(), seconds);
    put!(
        out,
        r#"<td>{}<details><summary class="muted">Commands</summary>"#,
        draw::to_svg(&chart, axis, CHART.1)
    );
    for timed in &trial.commands {
        put!(
            out,
            r#"<p><span class="muted figure">{} s</span> <code>{}</code></p>"#,
            timed.at.as_secs(),
            escape(&timed.command.text())
        );
    }
    put!(out, r#"</details></td><td class="figure">{}</td>"#, span(trial.took));
    let class = if failed > 0 { "figure failed" } else { "figure" };
    put!(out, r#"<td class="{class}">{failed}"#);
    for (cause, requests) in &trial.failed {
        put!(out, r#"<br/><span class="muted">{} ×{requests}</span>"#, cause.as_str());
    }
    let gpus = trial.peak_gpus_milli / 1_000;
    let gpu_seconds = trial.gpu_milli_us / 1_000_000_000;
    put!(
        out,
        r#"</td><td class="figure">{}</td><td class="figure">{}</td><td class="figure">{}</td><td class="figure">{}</td><td class="figure">{gpus}, {gpu_seconds}</td>"#,
        trial.lowest_ready,
        trial.peak_pods,
        seconds(trial.mixed),
        span(trial.rollback)
    );
}

fn seconds(time: Duration) -> String {
    let tenths = time.as_millis() / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::FILES;

    #[test]
    fn a_row_a_way_and_what_goes_wrong_is_told() {
        let config = Config::with_seed(7);
        let outcome = |manifest: &str, way| (way, trial(&config, manifest, way).map(Arc::new));
        let text = table(&[
            outcome(FILES[0].1, Way::AsWritten),
            outcome("kind: <b>", Way::Rolling),
            outcome(FILES[0].1, Way::Recreate),
        ]);
        assert_eq!(text.matches("<tr>").count(), Way::ALL.len() + 1);
        assert_eq!(text.matches("is being tried").count(), 3);
        for part in ["no Deployment to release", "<svg", "kubectl set env", "no ready endpoint ×"]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
