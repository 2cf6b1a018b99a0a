//! The preflight: what is likely to go wrong with the manifest, as simulated releases show it, and
//! what mends it.

use leptos::html::P;
use leptos::portal::Portal;
use leptos::prelude::*;
use rollscope_sim::preflight::{Evidence, Finding, Fix, Preflight as Trials, Remedy, Severity};

use crate::compare::config;
use crate::desk::{Desk, use_desk};
use crate::editor::difference;
use crate::modal::{Modal, Sheet};
use crate::panes::Pane;

/// What is known so far.
#[derive(Clone, Debug, Default, PartialEq)]
struct Known {
    findings: Vec<Finding>,
    /// How many runs are done, and how many are left at least.
    runs: (usize, usize),
    /// What the next run does; empty when none is left.
    doing: String,
    /// How the runs went.
    tried: Vec<String>,
    /// Why there is nothing to try.
    problem: Option<String>,
}

impl Known {
    fn of(trials: &Trials, goes_on: bool) -> Self {
        Self {
            findings: trials.findings().cloned().collect(),
            runs: (trials.done(), trials.left()),
            doing: if goes_on { trials.doing() } else { String::new() },
            tried: trials.tried(),
            problem: None,
        }
    }

    fn is_over(&self) -> bool {
        self.doing.is_empty()
    }

    /// How many there are of each severity, in words.
    fn summary(&self) -> String {
        if let Some(problem) = &self.problem {
            return format!("Nothing was tried: {problem}.");
        }
        let runs =
            if self.runs.0 == 1 { "1 run".to_owned() } else { format!("{} runs", self.runs.0) };
        if self.findings.is_empty() {
            return format!("Nothing found in {runs}.");
        }
        let parts = [Severity::Failure, Severity::Risk, Severity::Hint].map(|severity| {
            let count = self.findings.iter().filter(|it| it.severity == severity).count();
            let s = if count == 1 { "" } else { "s" };
            (count > 0).then(|| format!("{count} {}{s}", severity.as_str()))
        });
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("{} in {runs}.", parts.join(", "))
    }
}

/// The dialog, while it is the one that is open. `go` selects a stretch of the editor's text, `mend`
/// writes over one; both count lines and columns from 1.
#[component]
pub(crate) fn Preflight(
    go: impl Fn([u32; 4]) + Copy + Send + Sync + 'static,
    mend: impl Fn([u32; 4], &str) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let desk = use_desk();
    // A pane that is not shown would hide it.
    let open = move || view! { <Portal><Open go mend/></Portal> };
    let is_open = Memo::new(move |_| desk.sheet.get() == Some(Sheet::Preflight));
    move || is_open.get().then(open)
}

#[component]
fn Open(
    go: impl Fn([u32; 4]) + Copy + Send + Sync + 'static,
    mend: impl Fn([u32; 4], &str) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let desk = use_desk();
    let said = NodeRef::<P>::new();
    let starting = Known { doing: "starting".to_owned(), ..Known::default() };
    let known = RwSignal::new(starting);
    // Counts the texts that were tried: what is known of an older one does not matter any more.
    let text = RwSignal::new(0_u32);
    let applied = RwSignal::new(String::new());
    begin(&desk, known, text);
    let show = move |at: [u32; 4]| {
        desk.lift();
        desk.show(Pane::Manifest);
        // The pane is there with the next frame.
        request_animation_frame(move || go(at));
    };
    let apply = move |fix: &Fix| {
        let edit = &fix.edit;
        mend([edit.line, edit.column, edit.end_line, edit.end_column], &edit.text);
        applied.set(format!("Applied to {}: {}.", untrack(|| desk.file()), fix.title));
        begin(&desk, known, text);
        // The button goes with its finding.
        if let Some(said) = said.get_untracked() {
            let _ = said.focus();
        }
    };
    let keys = Memo::new(move |_| {
        known.with(|known| known.findings.iter().map(key).collect::<Vec<String>>())
    });
    let item = move |key: String| {
        let found = known
            .with_untracked(|known| known.findings.iter().find(|it| self::key(it) == key).cloned());
        found.map(|finding| view! { <Item finding show apply/> })
    };
    view! {
        <Modal
            sheet=Sheet::Preflight
            class="preflight"
            label="Preflight"
            title="Preflight: what is likely to go wrong"
        >
            <p class="muted">
                "The manifest is applied on clusters of its own, released, taken back and met with trouble. "
                "A fix is offered when a run of the mended text went well."
            </p>
            <Progress known applied node=said/>
            <ol class="findings" aria-label="Findings">
                <For each=move || keys.get() key=Clone::clone children=item/>
            </ol>
            <Account known/>
        </Modal>
    }
}

/// What tells a finding, and what is known of it, from others.
fn key(finding: &Finding) -> String {
    let state = match finding.remedy {
        Remedy::Untried => 0,
        Remedy::Works(_) => 1,
        Remedy::Nothing(_) => 2,
    };
    let Finding { id, object, path, line, column, evidence, .. } = finding;
    format!("{id} {object} {path} {line} {column} {state} {}", evidence.text())
}

/// How far it is, and what came of it.
#[component]
fn Progress(known: RwSignal<Known>, applied: RwSignal<String>, node: NodeRef<P>) -> impl IntoView {
    let doing = move || {
        known.with(|known| {
            let (done, left) = known.runs;
            (!known.is_over()).then(|| {
                let text = format!("Run {}: {} …", done + 1, known.doing);
                view! {
                    <p class="preflight-run">
                        <progress
                            aria-label="Runs"
                            max=(done + left).to_string()
                            value=done.to_string()
                        ></progress>
                        <span>{text}</span>
                    </p>
                }
            })
        })
    };
    // A screen reader is told of the beginning and of the end, not of every run.
    let said = move || {
        let applied = applied.get();
        let space = if applied.is_empty() { "" } else { " " };
        let what = known.with(|known| {
            if known.is_over() {
                known.summary()
            } else {
                "The manifest is being tried.".to_owned()
            }
        });
        format!("{applied}{space}{what}")
    };
    view! {
        <p class="preflight-said" role="status" tabindex="-1" node_ref=node>{said}</p>
        {doing}
    }
}

/// How the runs went: all there is to read when nothing was found.
#[component]
fn Account(known: RwSignal<Known>) -> impl IntoView {
    move || {
        let (tried, is_alone) = known.with(|known| {
            let tried = if known.is_over() { known.tried.clone() } else { Vec::new() };
            (tried, known.findings.is_empty())
        });
        (!tried.is_empty()).then(|| {
            let lines = tried.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
            view! {
                <details class="account" open=is_alone>
                    <summary>"What was tried"</summary>
                    <ul>{lines}</ul>
                    <p class="muted">
                        "Other requests, other nodes or a slower load may show more: the knobs in the inspector say what is tried."
                    </p>
                </details>
            }
        })
    }
}

/// The shape that stands for a severity.
const fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Failure => "✕",
        Severity::Risk => "!",
        Severity::Hint => "○",
    }
}

/// One finding.
#[component]
fn Item(
    finding: Finding,
    show: impl Fn([u32; 4]) + Copy + Send + Sync + 'static,
    apply: impl Fn(&Fix) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let at = [finding.line, finding.column, finding.end_line, finding.end_column];
    let word = finding.severity.as_str();
    let (shown, evidence) = match finding.evidence {
        Evidence::Shown(text) => ("The run showed", text),
        Evidence::NotShown(text) => ("Not shown", text),
    };
    let remedy = match finding.remedy {
        Remedy::Untried => {
            view! { <dt>"A fix"</dt> <dd class="muted">"is being tried …"</dd> }.into_any()
        }
        Remedy::Nothing(why) => view! { <dt>"No fix"</dt> <dd>{why}</dd> }.into_any(),
        Remedy::Works(fix) => {
            let (title, after, diff) = (fix.title.clone(), fix.after.clone(), fix.diff.clone());
            view! {
                <dt>"With the fix"</dt>
                <dd>{after}</dd>
                <dt></dt>
                <dd class="finding-fix">
                    <button
                        aria-label=format!("Apply the fix: {title}")
                        on:click=move |_| apply(&fix)
                    >
                        "Apply the fix"
                    </button>
                    <details>
                        <summary>{title}</summary>
                        {difference(&diff)}
                    </details>
                </dd>
            }
            .into_any()
        }
    };
    view! {
        <li class=format!("finding {word}")>
            <h3>
                <span class="severity"><span aria-hidden="true">{sign(finding.severity)}</span> " " {word}</span>
                " "
                {finding.title}
            </h3>
            <p class="finding-place">
                <button class="link mono" on:click=move |_| show(at)>
                    {format!("line {}", at[0])}
                </button>
                " "
                <span class="muted mono">{finding.object} " " {finding.path}</span>
            </p>
            <p>{finding.explanation}</p>
            <dl>
                <dt>{shown}</dt>
                <dd>{evidence}</dd>
                {remedy}
            </dl>
        </li>
    }
}

/// Tries the editor's text, one run a frame, while the dialog is open.
fn begin(desk: &Desk, known: RwSignal<Known>, text: RwSignal<u32>) {
    text.update(|text| *text += 1);
    let (config, manifest) = untrack(|| (config(desk), desk.text()));
    match Trials::begin(&config, &manifest) {
        Ok(trials) => {
            known.set(Known::of(&trials, true));
            go_on(trials, known, text, text.get_untracked());
        }
        Err(problem) => known.set(Known { problem: Some(problem), ..Known::default() }),
    }
}

fn go_on(mut trials: Trials, known: RwSignal<Known>, text: RwSignal<u32>, mine: u32) {
    let run = move || {
        // They are gone with the dialog.
        if text.try_get_untracked() != Some(mine) {
            return;
        }
        let goes_on = trials.step();
        known.set(Known::of(&trials, goes_on));
        if goes_on {
            go_on(trials, known, text, mine);
        }
    };
    // What is known is painted before the next run.
    request_animation_frame(move || set_timeout(run, std::time::Duration::ZERO));
}

#[cfg(test)]
mod tests {
    use rollscope_sim::Config;

    use super::*;
    use crate::examples::FILES;

    #[test]
    fn the_summary_counts_what_was_found() {
        let mut trials = Trials::begin(&Config::with_seed(7), FILES[0].1).expect("an example");
        let first = Known::of(&trials, true);
        assert_eq!((first.is_over(), first.runs.0), (false, 0));
        while trials.step() {}
        let known = Known::of(&trials, false);
        assert!(known.is_over() && known.summary().starts_with("2 risks, 1 hint in "), "{known:?}");
        let nothing = Known { findings: vec![], ..known };
        assert!(nothing.summary().starts_with("Nothing found in "));
        let problem = Known { problem: Some("it is empty".to_owned()), ..nothing };
        assert_eq!(problem.summary(), "Nothing was tried: it is empty.");
    }

    #[test]
    fn a_finding_is_shown_anew_when_more_is_known_of_it() {
        let mut trials = Trials::begin(&Config::with_seed(7), FILES[0].1).expect("an example");
        trials.step();
        let before: Vec<String> = trials.findings().map(key).collect();
        while trials.step() {}
        let after: Vec<String> = trials.findings().map(key).collect();
        assert!(!before.is_empty() && before != after);
    }
}
