//! The page's state: the signals every pane reads, and the few ways to change them.
//!
//! The session lives outside the reactive graph. After each change of it, `look` projects the
//! cluster once; panes cut memos from that.

use std::sync::Arc;

use leptos::prelude::*;
use rollscope_sim::view::{self, ClusterView, PodView};
use rollscope_sim::why::Link;
use rollscope_sim::{Command, Config, Duration, Instant, api::Uid};

use crate::examples::{Act, Example};
use crate::panic;
use crate::playback::Playback;
use crate::session::{RunVersion, SEED, Session};
use crate::terminal::entry::Entry;
use crate::terminal::run::Shell;
use crate::timeline::run::RunView;
use crate::use_frame::wall_clock;

/// How long a frame may let the simulator work, in milliseconds.
const FRAME_BUDGET: f64 = 10.0;
/// How often the whole run is read while time passes, in milliseconds.
const RUN_EVERY: f64 = 250.0;
/// The page's state. A copy of it is a handle on the same.
#[derive(Clone, Copy)]
pub(crate) struct Desk {
    pub(crate) session: StoredValue<Session>,
    pub(crate) shell: StoredValue<Shell>,
    run_version: StoredValue<Option<RunVersion>>,
    /// When the run was read last.
    run_at: StoredValue<f64>,
    pub(crate) view: RwSignal<Arc<ClusterView>>,
    pub(crate) run: RwSignal<Arc<RunView>>,
    pub(crate) end: RwSignal<Instant>,
    pub(crate) playback: RwSignal<Playback>,
    pub(crate) example: RwSignal<Example>,
    /// What the cluster is built with.
    pub(crate) config: RwSignal<Config>,
    /// The pod one points at.
    pub(crate) pointed: RwSignal<Option<Uid>>,
    /// What one has asked about, as kubectl names it: `pod/x`.
    pub(crate) chosen: RwSignal<Option<String>>,
    /// Tells that the stage was scrolled.
    pub(crate) scrolled: RwSignal<()>,
    /// The pane that a narrow screen shows.
    pub(crate) pane: RwSignal<&'static str>,
    /// The editor's text of each example.
    texts: RwSignal<[String; 2]>,
    pub(crate) log: RwSignal<Vec<Arc<Entry>>>,
    /// The entry whose line still runs.
    pub(crate) running: RwSignal<Option<u32>>,
    /// Whether the machine cannot keep up with the chosen speed.
    pub(crate) behind: RwSignal<bool>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self {
            session: StoredValue::new(Session::new(Config::with_seed(SEED))),
            run_version: StoredValue::new(None),
            run_at: StoredValue::new(0.0),
            view: RwSignal::new(Arc::default()),
            run: RwSignal::new(Arc::default()),
            end: RwSignal::new(Instant::BOOT),
            playback: RwSignal::new(Playback::default()),
            example: RwSignal::new(Example::default()),
            config: RwSignal::new(Config::with_seed(SEED)),
            pointed: RwSignal::new(None),
            chosen: RwSignal::new(None),
            scrolled: RwSignal::new(()),
            pane: RwSignal::new("stage"),
            texts: RwSignal::new(Example::ALL.map(|example| example.manifest().to_owned())),
            log: RwSignal::new(Vec::new()),
            running: RwSignal::new(None),
            shell: StoredValue::new(Shell::default()),
            behind: RwSignal::new(false),
        };
        desk.look();
        desk
    }

    /// The instant one looks at.
    pub(crate) fn now(self) -> Memo<Instant> {
        Memo::new(move |_| self.view.with(|view| view.now))
    }

    /// Whether one looks at the past.
    pub(crate) fn in_past(self) -> Memo<bool> {
        let now = self.now();
        Memo::new(move |_| now.get() < self.end.get())
    }

    /// One pod, while it is there.
    pub(crate) fn pod(self, uid: Uid) -> Memo<Option<Arc<PodView>>> {
        Memo::new(move |_| {
            self.view.with(|view| {
                // They are in the order of their uids.
                let index = view.pods.binary_search_by_key(&uid, |pod| pod.uid).ok()?;
                view.pods.get(index).cloned()
            })
        })
    }

    /// The editor's text.
    pub(crate) fn text(self) -> String {
        let example = self.example.get();
        self.texts.with(|texts| texts[example as usize].clone())
    }

    pub(crate) fn set_text(self, text: String) {
        let example = self.example.get_untracked();
        self.texts.update(|texts| texts[example as usize] = text);
    }

    /// Applies the editor's text.
    pub(crate) fn apply(self) {
        let act = untrack(|| self.example.get().apply(&self.text()));
        self.act(&act);
    }

    /// Does something at the instant one looks at. The first act sets the clock going.
    pub(crate) fn act(self, act: &Act) {
        let forked = self.in_past().get_untracked();
        if forked {
            self.interrupt();
        }
        let done = self.session.try_update_value(|session| {
            let first = session.is_untouched();
            let output = session.act(act.command.clone());
            panic::remember(session.recipe());
            (output, first)
        });
        let Some((output, first)) = done else { return };
        let remarks = match &act.command {
            Command::Kubectl { stdin: Some(text), .. } if output.code == 0 => {
                view::scripts(text).iter().map(ToString::to_string).collect()
            }
            _ => Vec::new(),
        };
        let is_kubectl = matches!(act.command, Command::Kubectl { .. });
        if first && is_kubectl && output.code == 0 {
            self.playback.update(|playback| playback.playing = true);
        }
        let mut entry = Entry::of(&act.shown);
        entry.code = Some(output.code);
        entry.remarks = remarks;
        entry.forked = forked;
        entry.print(&output.stdout, false);
        entry.print(&output.stderr, true);
        self.log_entry(entry);
        self.look();
    }

    /// Turns a knob of the run at the instant one looks at.
    pub(crate) fn turn(self, command: Command) {
        let shown = command.text();
        self.act(&Act { label: String::new(), shown, command });
    }

    /// Asks about an object; a narrow screen turns to the answer.
    pub(crate) fn choose(self, object: String) {
        self.chosen.set(Some(object));
        self.pane.set("details");
    }

    /// Begins a new run on a cluster built otherwise.
    pub(crate) fn rebuild(self, change: impl FnOnce(&mut Config)) {
        self.config.update(change);
        self.restart();
    }

    /// The commands for an object at the instant one looks at.
    pub(crate) fn commands(&self, object: &str) -> Vec<view::Act> {
        self.session.with_value(|session| session.commands(object))
    }

    /// The nodes at the instant one looks at.
    pub(crate) fn nodes(&self) -> Vec<view::NodeView> {
        self.session.with_value(Session::nodes)
    }

    /// Why an object is as it is at the instant one looks at.
    pub(crate) fn why(self, object: &str) -> Vec<Link> {
        self.session.with_value(|session| session.why(object))
    }

    /// A frame has passed.
    pub(crate) fn frame(self, frame: Duration) {
        let step = self.playback.get_untracked().step(frame);
        let started = wall_clock();
        let behind = !self.advance(step, || wall_clock() - started < FRAME_BUDGET);
        if self.behind.get_untracked() != behind {
            self.behind.set(behind);
        }
        self.look();
    }

    pub(crate) fn toggle(self) {
        self.playback.update(|playback| playback.playing = !playback.playing);
        self.look();
    }

    pub(crate) fn set_speed(self, change: impl FnOnce(Playback) -> Playback) {
        self.playback.update(|playback| *playback = change(*playback));
    }

    /// Looks at another instant; time stands still there.
    pub(crate) fn seek(self, to: Instant) {
        self.stand_still();
        self.session.update_value(|session| session.seek(to));
        self.look();
    }

    /// Goes back to the end of the run and lets time pass.
    pub(crate) fn go_live(self) {
        let end = self.end.get_untracked();
        self.session.update_value(|session| session.seek(end));
        self.playback.update(|playback| playback.playing = true);
        self.look();
    }

    pub(crate) fn step(self) {
        self.stand_still();
        self.session.update_value(Session::step);
        self.look();
    }

    pub(crate) fn step_back(self) {
        self.stand_still();
        self.session.update_value(Session::step_back);
        self.look();
    }

    /// Moves by some virtual time, forwards or back.
    pub(crate) fn nudge(self, by: Duration, back: bool) {
        self.stand_still();
        if back {
            self.session.update_value(|session| session.seek(session.playhead() - by));
        } else {
            let started = wall_clock();
            self.advance(by, || wall_clock() - started < FRAME_BUDGET * 10.0);
        }
        self.look();
    }

    /// Begins a new run.
    pub(crate) fn restart(self) {
        self.playback.update(|playback| playback.playing = false);
        self.session.set_value(Session::new(self.config.get_untracked()));
        self.reset_terminal();
        self.look();
    }

    /// Opens an example, with a run of its own.
    pub(crate) fn open(self, example: Example) {
        if example != self.example.get_untracked() {
            self.example.set(example);
            self.restart();
        }
    }

    fn stand_still(self) {
        if self.playback.get_untracked().playing {
            self.toggle();
        }
    }

    /// Whether the whole run is to be read again. While time passes it changes with every frame,
    /// and is long: then some times a second are enough.
    fn is_run_due(self, version: RunVersion) -> bool {
        match self.run_version.get_value() {
            Some(known) if known == version => false,
            Some(known) if known.is_of_the_same_commands(version) => {
                let playing = self.playback.get_untracked().playing;
                !playing || wall_clock() - self.run_at.get_value() >= RUN_EVERY
            }
            _ => true,
        }
    }

    /// Projects the session onto the signals.
    pub(crate) fn look(self) {
        let seen = self
            .session
            .with_value(|session| (session.view(), session.end(), session.run_version()));
        let (view, end, version) = seen;
        if self.is_run_due(version) {
            self.run_version.set_value(Some(version));
            self.run_at.set_value(wall_clock());
            self.run.set(Arc::new(self.session.with_value(Session::run)));
        }
        if self.end.get_untracked() != end {
            self.end.set(end);
        }
        self.view.set(Arc::new(view));
    }
}

/// The page's state, from any component.
pub(crate) fn use_desk() -> Desk {
    expect_context()
}
