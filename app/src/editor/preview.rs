//! What Apply would change: told before it is pressed.

use std::time::Duration;

use leptos::prelude::*;
use rollscope_sim::assist::Preview;
use rollscope_sim::assist::preview::Effect as Follows;
use rollscope_sim::manifest::Diagnostic;
use rollscope_sim::view::Foreseen;

use super::problems::Problems;
use crate::desk::{Desk, use_desk};
use crate::examples;
use crate::modal::Sheet;
use crate::timeline::run::MomentKind;

/// How long text and cluster have to stand before it is worked out.
const PAUSE: Duration = Duration::from_millis(200);

/// What is told.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    /// Nothing runs, so all of it is new.
    AllNew,
    Changes(Vec<Preview>),
}

impl Told {
    fn of(desk: &Desk) -> Self {
        let text = desk.text();
        // Opening the page applies nothing, not even to a copy.
        let untouched = desk.session.with_value(crate::session::Session::is_untouched);
        if untouched && examples::file_of(&text).is_some() {
            return Self::AllNew;
        }
        Self::Changes(desk.session.with_value(|session| session.preview(&text)))
    }
}

/// What of the cluster decides what Apply would change: what people and controllers have written,
/// not how far it is carried out.
fn decisive(desk: &Desk) -> impl PartialEq + Clone + Send + Sync + use<> {
    let now = desk.view.with(|view| view.now);
    let commands = desk.run.with(|run| {
        let commands = run.moments.iter().filter(|moment| moment.kind == MomentKind::Command);
        commands.filter(|moment| moment.at <= now).count()
    });
    let written = desk.view.with(|view| {
        let deployments = view.deployments.iter();
        let all = deployments.map(|it| (it.uid, it.desired, it.revision, it.paused));
        all.collect::<Vec<_>>()
    });
    (commands, written)
}

/// The Services whose selector the text would change.
fn foreseen(desk: &Desk, told: RwSignal<Told>) -> Vec<Foreseen> {
    let is_service = |change: &Preview| {
        change.effect != Follows::Nothing && change.object.starts_with("service/")
    };
    let changes = told.with_untracked(|told| match told {
        Told::AllNew => false,
        Told::Changes(changes) => changes.iter().any(is_service),
    });
    if !changes {
        return Vec::new();
    }
    let act = untrack(|| examples::apply(&desk.file(), &desk.text()));
    desk.session.with_value(|session| session.services_after(&act.command))
}

/// The strip below the text.
#[component]
pub(super) fn ApplyPreview(problems: RwSignal<Problems>) -> impl IntoView {
    let desk = use_desk();
    let told = RwSignal::new(untrack(|| Told::of(&desk)));
    let decisive = Memo::new(move |_| decisive(&desk));
    let last = StoredValue::new(0_u32);
    Effect::new(move |first: Option<()>| {
        // Reading it, unlike tracking it, makes it look at the cluster.
        decisive.with(|_| ());
        desk.files.track();
        desk.example.track();
        if first.is_none() {
            return;
        }
        last.update_value(|last| *last = last.wrapping_add(1));
        let mine = last.get_value();
        let late = move || {
            if last.try_get_value() == Some(mine) {
                told.set(untrack(|| Told::of(&desk)));
                desk.foreseen_text.set(foreseen(&desk, told));
            }
        };
        set_timeout(late, PAUSE);
    });
    view! {
        <div class="preview-strip" role="group" aria-label="What Apply changes">
            {move || {
                let listed = problems.with(|problems| problems.found.iter().any(Diagnostic::is_error));
                told.with(|told| shown(told, listed))
            }}
            <button on:click=move |_| desk.lay(Sheet::Preflight)>"Preflight"</button>
        </div>
    }
}

/// What is told; `listed` says that the reasons for a refusal stand in the list of problems.
fn shown(told: &Told, listed: bool) -> AnyView {
    let Told::Changes(changes) = told else {
        return view! { <p class="muted">"Nothing runs yet: Apply creates all of this."</p> }
            .into_any();
    };
    let (same, changed): (Vec<&Preview>, Vec<&Preview>) =
        changes.iter().partition(|change| change.effect == Follows::Nothing);
    if changed.is_empty() {
        let text = if same.is_empty() {
            "Apply has nothing to do: there is no object in this text."
        } else {
            "Apply changes nothing: the cluster has all of this already."
        };
        return view! { <p class="muted">{text}</p> }.into_any();
    }
    let rest = (!same.is_empty()).then(|| {
        let (count, objects) = (same.len(), if same.len() == 1 { "object" } else { "objects" });
        view! { <li class="muted">{format!("{count} {objects} as now")}</li> }
    });
    let lines: Vec<_> = changed.into_iter().map(|change| line(change, listed)).collect();
    view! { <ul>{lines} {rest}</ul> }.into_any()
}

fn line(change: &Preview, listed: bool) -> impl IntoView + use<> {
    let Preview { object, effect, words, diff } = change;
    let refused = *effect == Follows::Refused;
    let words = if refused && listed { "would be refused: see the problems above" } else { words };
    let head = view! {
        <span class="mono">{object.clone()}</span>
        " "
        <span>{words.to_owned()}</span>
    };
    if diff.is_empty() {
        return view! { <li class:refused=refused>{head}</li> }.into_any();
    }
    view! {
        <li>
            <details>
                <summary>{head}</summary>
                {difference(diff)}
            </details>
        </li>
    }
    .into_any()
}

/// The difference of two texts, as `diff -u` prints it.
pub(crate) fn difference(diff: &str) -> impl IntoView + use<> {
    let lines: Vec<_> = diff
        .lines()
        .map(|line| {
            let class = match line.as_bytes().first() {
                Some(b'+') => "added",
                Some(b'-') => "removed",
                Some(b'@') => "hunk",
                _ => "same",
            };
            view! { <span class=class>{format!("{line}\n")}</span> }
        })
        .collect();
    view! { <pre class="difference" tabindex="0" aria-label="Difference">{lines}</pre> }
}
