//! The palette: everything one can do on the page, found by typing a part of its name.

use leptos::prelude::*;

use crate::desk::{Desk, use_desk};
use crate::examples::{Act, Example};
use crate::help;
use crate::inspector::Tab;
use crate::modal::{Modal, Sheet};
use crate::panes::Pane;
use crate::playback::Playback;
use crate::session::Goal;

/// The most finds that are shown.
const SHOWN: usize = 12;

/// Something one can do.
#[derive(Clone, Debug)]
enum Deed {
    Apply,
    Act(Act),
    Toggle,
    Step,
    StepBack,
    Faster,
    Slower,
    ToTheEnd,
    Loop,
    Until(Goal),
    Compare,
    Preflight,
    Numbers,
    Share,
    Gallery,
    NewRun,
    Open(Example),
    Show(Pane),
    Inspect(Tab),
    Choose(String),
    Explain(&'static str),
}

impl Deed {
    fn run(self, desk: &Desk) {
        match self {
            Self::Apply => desk.apply(),
            Self::Act(act) => desk.act(&act),
            Self::Toggle => desk.toggle(),
            Self::Step => desk.step(),
            Self::StepBack => desk.step_back(),
            Self::Faster => desk.set_speed(Playback::faster),
            Self::Slower => desk.set_speed(Playback::slower),
            Self::Loop => desk.toggle_loop(),
            Self::ToTheEnd => desk.go_live(),
            Self::Until(goal) => desk.run_until(goal),
            Self::Compare => desk.lay(Sheet::Strategies),
            Self::Preflight => desk.lay(Sheet::Preflight),
            Self::Numbers => desk.lay(Sheet::Numbers),
            Self::Share => desk.lay(Sheet::Share),
            Self::Gallery => desk.lay(Sheet::Gallery),
            Self::NewRun => desk.restart(),
            Self::Open(example) => desk.open(example),
            Self::Show(pane) => desk.show(pane),
            Self::Inspect(tab) => {
                desk.inspected.set(tab);
                desk.show(Pane::Inspector);
            }
            Self::Choose(object) => desk.inspect(object, Tab::Object),
            Self::Explain(term) => desk.lay(Sheet::Help(term)),
        }
    }
}

/// An entry: its name, and the command, key or meaning behind it.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    note: String,
    deed: Deed,
}

fn entry(name: impl Into<String>, note: impl Into<String>, deed: Deed) -> Entry {
    Entry { name: name.into(), note: note.into(), deed }
}

/// Everything one can do now.
fn entries(desk: &Desk) -> Vec<Entry> {
    let example = desk.example.get_untracked();
    let mut all = vec![entry("Apply the manifest", "Ctrl Enter", Deed::Apply)];
    desk.view.with_untracked(|view| {
        for act in example.acts(view) {
            all.push(entry(act.label.clone(), act.shown.clone(), Deed::Act(act)));
        }
    });
    all.extend([
        entry("Play or pause", "Space", Deed::Toggle),
        entry("Step to the next event", "→", Deed::Step),
        entry("Step back", "←", Deed::StepBack),
        entry("Faster", "]", Deed::Faster),
        entry("Slower", "[", Deed::Slower),
        entry("To the end of the run", "End", Deed::ToTheEnd),
        entry("Loop what came after the last command, or stop looping", "L", Deed::Loop),
        entry("Run until a rollout is over", "", Deed::Until(Goal::RolloutOver)),
        entry("Run until a request fails", "", Deed::Until(Goal::Failure)),
        entry("Run until something warns", "", Deed::Until(Goal::Warning)),
        entry("Compare strategies", "what each costs for this manifest", Deed::Compare),
        entry("Preflight", "what is likely to go wrong with this manifest", Deed::Preflight),
        entry("Numbers of this run", "a table, CSV, SVG, PNG", Deed::Numbers),
        entry("Share this run", "a link, or a file for the command line", Deed::Share),
        entry("Scenarios", "rolling update, canary, GPUs, quota …", Deed::Gallery),
        entry("New run", "the clock at 0:00, an empty cluster", Deed::NewRun),
    ]);
    let open = |it: Example| entry(format!("Scenario: {}", it.title()), it.about(), Deed::Open(it));
    all.extend(Example::ALL.map(open));
    for (pane, title) in [
        (Pane::Manifest, "Show the manifest"),
        (Pane::Terminal, "Show the terminal"),
        (Pane::Inspector, "Show the inspector"),
    ] {
        all.push(entry(title, "", Deed::Show(pane)));
    }
    for (tab, title) in [(Tab::Events, "Show the events"), (Tab::Knobs, "Show the knobs")] {
        all.push(entry(title, "", Deed::Inspect(tab)));
    }
    desk.view.with_untracked(|view| {
        let deployments = view.deployments.iter().map(|it| format!("deployment/{}", it.name));
        let services = view.services.iter().map(|it| format!("service/{}", it.name));
        let pods = view.pods.iter().map(|it| format!("pod/{}", it.name));
        for object in deployments.chain(services).chain(pods) {
            all.push(entry(format!("Inspect {object}"), "", Deed::Choose(object)));
        }
    });
    for (term, meaning) in help::glossary() {
        all.push(entry(format!("What is {term}?"), meaning, Deed::Explain(term)));
    }
    all
}

/// Whether every word that was typed is in the entry's name or note.
fn holds(entry: &Entry, words: &str) -> bool {
    let text = format!("{} {}", entry.name, entry.note).to_lowercase();
    words.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// The dialog.
#[component]
pub(crate) fn Palette() -> impl IntoView {
    let desk = use_desk();
    let words = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = Memo::new_with_compare(
        move |_| {
            let words = words.get();
            let all = entries(&desk).into_iter();
            all.filter(|entry| holds(entry, &words)).take(SHOWN).collect::<Vec<Entry>>()
        },
        |_, _| true,
    );
    let run = move |index: usize| {
        let chosen = found.with_untracked(|found| found.get(index).cloned());
        desk.lift();
        if let Some(entry) = chosen {
            entry.deed.run(&desk);
        }
    };
    let key = move |ev: web_sys::KeyboardEvent| {
        let last = found.with_untracked(Vec::len).saturating_sub(1);
        match ev.key().as_str() {
            "ArrowDown" => at.update(|at| *at = (*at + 1).min(last)),
            "ArrowUp" => at.update(|at| *at = at.saturating_sub(1)),
            "Enter" => run(at.get_untracked()),
            _ => return,
        }
        ev.prevent_default();
    };
    let rows = move || {
        let row = |(index, Entry { name, note, .. }): (usize, Entry)| {
            view! {
                <li
                    id=format!("palette-{index}")
                    role="option"
                    aria-selected=move || if at.get() == index { "true" } else { "false" }
                    on:click=move |_| run(index)
                >
                    <span>{name}</span>
                    <span class="muted mono">{note}</span>
                </li>
            }
        };
        found.get().into_iter().enumerate().map(row).collect_view()
    };
    view! {
        <Modal sheet=Sheet::Palette class="palette" label="Commands">
            <input
                type="text"
                role="combobox"
                aria-label="What to do"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-activedescendant=move || format!("palette-{}", at.get())
                placeholder="Type what to do: scale, undo, events, maxSurge …"
                autocomplete="off"
                prop:value=move || words.get()
                on:input=move |ev| {
                    at.set(0);
                    words.set(event_target_value(&ev));
                }
                on:keydown=key
            />
            <ul id="palette-list" role="listbox" aria-label="Found">{rows}</ul>
        </Modal>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_typed_word_must_be_there() {
        let scale = entry("Scale +", "kubectl scale deployment/web --replicas=4", Deed::Toggle);
        assert!(holds(&scale, "") && holds(&scale, "replicas SCALE"));
        assert!(!holds(&scale, "scale down"));
    }
}
