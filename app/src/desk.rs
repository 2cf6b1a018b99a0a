//! The page's state: the signals every pane reads, and the few ways to change them.
//!
//! The session lives outside the reactive graph. After each change of it, `look` projects the
//! cluster once; panes cut memos from that.

use std::sync::Arc;

use leptos::prelude::*;
use rollscope_sim::api::{Name, Uid};
use rollscope_sim::command::Typed;
use rollscope_sim::kubectl::Output;
use rollscope_sim::terminal::Host;
use rollscope_sim::view::{self, ClusterView, Foreseen, PodView};
use rollscope_sim::why::Link;
use rollscope_sim::{Command, Config, Duration, Instant};

use crate::charts::lines::Measure;
use crate::editor::files::{Files, Shelf};
use crate::editor::stored;
use crate::examples::{self, Act, Example};
use crate::inspector::Tab;
use crate::modal::{self, Sheet};
use crate::panes::{self, Division, Pane};
use crate::playback::Playback;
use crate::replay::Replay;
use crate::scene::Would;
use crate::session::{Goal, Pursuit, RunVersion, SEED, Session};
use crate::terminal::entry::Entry;
use crate::terminal::run::Shell;
use crate::timeline::run::{MomentKind, RunView};
use crate::use_frame::wall_clock;

/// How long a frame may let the simulator work, in milliseconds.
const FRAME_BUDGET: f64 = 10.0;
/// As much where there are so many pods that to show them takes a part of the frame itself.
const CROWD_BUDGET: f64 = 6.0;
const CROWD: usize = 2_000;
/// How often the whole run is read while time passes, in milliseconds.
const RUN_EVERY: f64 = 250.0;
/// How much time passes at most until something happens.
const FURTHEST: Duration = Duration::from_mins(60);

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
    /// The resource version of what one looks at: panes that read it anew watch this.
    pub(crate) written: RwSignal<u64>,
    pub(crate) end: RwSignal<Instant>,
    pub(crate) playback: RwSignal<Playback>,
    pub(crate) example: RwSignal<Example>,
    /// What the cluster is built with.
    pub(crate) config: RwSignal<Config>,
    /// The pod one points at.
    pub(crate) pointed: RwSignal<Option<Uid>>,
    /// What one has asked about, as kubectl names it: `pod/x`.
    pub(crate) chosen: RwSignal<Option<String>>,
    /// What the inspector shows.
    pub(crate) inspected: RwSignal<Tab>,
    /// Until what time runs, and how far at most.
    pub(crate) goal: RwSignal<Option<(Goal, Instant)>>,
    /// What is played over and over.
    pub(crate) stretch: RwSignal<Option<(Instant, Instant)>>,
    /// What went wrong with something that was asked for.
    pub(crate) notice: RwSignal<Option<String>>,
    /// What is left of a shared run that is being brought about again.
    pub(crate) replay: StoredValue<Option<Replay>>,
    /// Whether a shared run is being brought about again.
    pub(crate) replaying: RwSignal<bool>,
    /// The Services that the editor's text would change.
    pub(crate) foreseen_text: RwSignal<Vec<Foreseen>>,
    /// Those that the act one points at would change.
    pub(crate) foreseen_act: RwSignal<Option<Vec<Foreseen>>>,
    /// The dialog that is open.
    pub(crate) sheet: RwSignal<Option<Sheet>>,
    /// Tells that the stage was scrolled.
    pub(crate) scrolled: RwSignal<()>,
    /// How wide windows are divided.
    pub(crate) division: RwSignal<Division>,
    /// The pane that a narrow screen shows.
    pub(crate) pane: RwSignal<&'static str>,
    /// Which of terminal and inspector a window that has room for one shows.
    pub(crate) lower: RwSignal<Pane>,
    /// The editor's files.
    pub(crate) files: RwSignal<Shelf>,
    /// What the chart shows.
    pub(crate) measure: RwSignal<Measure>,
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
            written: RwSignal::new(0),
            end: RwSignal::new(Instant::BOOT),
            playback: RwSignal::new(Playback::default()),
            example: RwSignal::new(Example::default()),
            config: RwSignal::new(Config::with_seed(SEED)),
            pointed: RwSignal::new(None),
            chosen: RwSignal::new(None),
            inspected: RwSignal::new(Tab::default()),
            goal: RwSignal::new(None),
            stretch: RwSignal::new(None),
            notice: RwSignal::new(None),
            replay: StoredValue::new(None),
            replaying: RwSignal::new(false),
            foreseen_text: RwSignal::new(Vec::new()),
            foreseen_act: RwSignal::new(None),
            sheet: RwSignal::new(None),
            scrolled: RwSignal::new(()),
            division: RwSignal::new(Division::remembered()),
            pane: RwSignal::new("stage"),
            lower: RwSignal::new(Pane::Terminal),
            files: RwSignal::new(stored::load()),
            measure: RwSignal::new(Measure::default()),
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
        Memo::new(move |_| self.view.with(|view| view.pods.get(uid).cloned()))
    }

    /// Something of the files at hand.
    pub(crate) fn with_files<T>(self, look: impl FnOnce(&Files) -> T) -> T {
        self.files.with(|shelf| look(shelf.files()))
    }

    /// Changes the files at hand.
    pub(crate) fn change_files<T>(self, change: impl FnOnce(&mut Files) -> T) -> Option<T> {
        self.files.try_update(|shelf| change(shelf.files_mut()))
    }

    /// The name of the file that is shown.
    pub(crate) fn file(self) -> String {
        self.with_files(|files| files.shown().name.clone())
    }

    /// The editor's text.
    pub(crate) fn text(self) -> String {
        self.with_files(|files| files.shown().text.clone())
    }

    pub(crate) fn set_text(self, text: String) {
        self.change_files(|files| files.write(text));
    }

    /// Applies the editor's text.
    pub(crate) fn apply(self) {
        let act = untrack(|| examples::apply(&self.file(), &self.text()));
        self.act(&act);
    }

    /// Does something at the instant one looks at. The first act sets the clock going.
    pub(crate) fn act(self, act: &Act) {
        self.end_replay();
        let forked = self.in_past().get_untracked();
        if forked {
            self.stretch.set(None);
            self.interrupt();
        }
        let done = self.session.try_update_value(|session| {
            let first = session.is_untouched();
            (session.act(act.command.clone()), first)
        });
        let Some((output, first)) = done else { return };
        self.remember();
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
        let mut entry = Entry::of_output(&act.shown, &output);
        entry.remarks = remarks;
        entry.forked = forked;
        self.log_entry(entry);
        self.look();
    }

    /// Turns a knob of the run at the instant one looks at.
    pub(crate) fn turn(self, command: Command) {
        let shown = command.text();
        self.act(&Act { label: String::new(), shown, command });
    }

    /// Asks why an object is as it is: the inspector opens, or comes to the front.
    pub(crate) fn choose(self, object: String) {
        self.inspect(object, Tab::Why);
    }

    /// Looks at an object in the inspector.
    pub(crate) fn inspect(self, object: String, tab: Tab) {
        self.chosen.set(Some(object));
        self.inspected.set(tab);
        self.show(Pane::Inspector);
    }

    /// Brings a pane to the front.
    pub(crate) fn show(self, pane: Pane) {
        panes::open(self.division, pane);
        self.pane.set(pane.name());
        if pane != Pane::Manifest {
            self.lower.set(pane);
        }
    }

    /// What a kubectl command that changes nothing prints, in the words behind `kubectl`.
    pub(crate) fn read(self, words: &[&str]) -> Output {
        let words = words.iter().map(|word| Name::from(*word)).collect();
        let command = Command::Typed(Arc::new(Typed {
            words,
            namespace: "default".into(),
            ..Typed::default()
        }));
        self.session.try_update_value(|session| session.apply(&command)).unwrap_or_default()
    }

    /// What tells that something may read otherwise now: what is written, and each second's ages.
    pub(crate) fn reading(self) -> Memo<(u64, Instant)> {
        Memo::new(move |_| {
            let now = self.view.with(|view| view.now);
            let seconds = Instant::from_secs(now.as_secs());
            (self.written.get(), if self.playback.get().playing { seconds } else { now })
        })
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
        let started = wall_clock();
        let is_crowd = self.view.with_untracked(|view| view.pods.len() > CROWD);
        let budget = if is_crowd { CROWD_BUDGET } else { FRAME_BUDGET };
        let has_time = || wall_clock() - started < budget;
        if self.replaying.get_untracked() {
            self.go_on(has_time);
        } else if let Some((goal, limit)) = self.goal.get_untracked() {
            self.pursue(goal, limit, has_time);
        } else {
            let step = self.playback.get_untracked().step(frame);
            let behind = !self.advance(step, has_time);
            if self.behind.get_untracked() != behind {
                self.behind.set(behind);
            }
            if let Some((from, to)) = self.stretch.get_untracked() {
                self.session.update_value(|session| {
                    if session.playhead() >= to {
                        session.seek(from);
                    }
                });
            }
        }
        self.look();
    }

    /// Plays what came after the last command before the playhead over and over, up to where the
    /// run is; or goes on as usual.
    pub(crate) fn toggle_loop(self) {
        if self.stretch.get_untracked().is_some() {
            return self.stretch.set(None);
        }
        let now = self.view.with_untracked(|view| view.now);
        let from = self.run.with_untracked(|run| {
            let commands = run.moments.iter().filter(|it| it.kind == MomentKind::Command);
            commands.map(|it| it.at).take_while(|at| *at < now).last()
        });
        let (from, to) = (from.unwrap_or(Instant::BOOT), self.end.get_untracked());
        self.stretch.set((from < to).then_some((from, to)));
    }

    /// Lets time run, as fast as the machine can, until something happens.
    pub(crate) fn run_until(self, goal: Goal) {
        self.stand_still();
        self.goal.set(Some((goal, self.view.with_untracked(|view| view.now) + FURTHEST)));
    }

    fn pursue(self, goal: Goal, limit: Instant, has_time: impl FnMut() -> bool) {
        let pursuit = self
            .session
            .try_update_value(|session| session.pursue(goal, limit, has_time))
            .unwrap_or(Pursuit::Missed);
        self.poll();
        if pursuit != Pursuit::Going {
            self.goal.set(None);
        }
    }

    /// Makes a branch the run again; the run so far becomes a branch.
    pub(crate) fn reopen(self, branch: usize) {
        self.stand_still();
        self.interrupt();
        self.stretch.set(None);
        self.end_replay();
        let rest = self.session.try_update_value(|session| session.take_up(branch)).flatten();
        if let Some(rest) = rest {
            self.take_up(rest);
        }
        self.run_version.set_value(None);
        self.look();
    }

    pub(crate) fn toggle(self) {
        if self.goal.get_untracked().is_some() {
            self.goal.set(None);
        } else {
            self.playback.update(|playback| playback.playing = !playback.playing);
        }
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
        self.stretch.set(None);
        self.playback.update(|playback| playback.playing = false);
        self.replaying.set(false);
        self.replay.set_value(None);
        self.session.set_value(Session::new(self.config.get_untracked()));
        self.remember();
        self.reset_terminal();
        self.look();
    }

    /// Opens a scenario, with a run of its own.
    pub(crate) fn open(self, example: Example) {
        if example != self.example.get_untracked() {
            self.files.update(|shelf| shelf.open(example));
            self.example.set(example);
            self.restart();
        }
    }

    /// The pods that Services would match, were what is written or pointed at done.
    pub(crate) fn foreseen(self) -> Vec<Would> {
        let of = |services: &Vec<Foreseen>, by_act| {
            if services.is_empty() {
                return Vec::new();
            }
            self.written.track();
            let pods = self.session.with_value(|session| session.foreseen(services));
            let would = |(it, pods): (&Foreseen, _)| Would {
                service: it.service(),
                selector: it.selector(),
                pods,
                by_act,
            };
            services.iter().zip(pods).map(would).collect()
        };
        self.foreseen_act.with(|act| match act {
            Some(act) => of(act, true),
            None => self.foreseen_text.with(|text| of(text, false)),
        })
    }

    /// Looks at what an act would change of the Services, or no longer.
    pub(crate) fn foresee(self, act: Option<&Act>) {
        let services =
            act.map(|act| self.session.with_value(|session| session.services_after(&act.command)));
        self.foreseen_act.set(services);
    }

    /// Opens a dialog; another one goes.
    pub(crate) fn lay(self, sheet: Sheet) {
        if self.sheet.get_untracked() != Some(sheet) {
            modal::close();
            self.sheet.set(Some(sheet));
        }
    }

    /// Closes the dialog that is open.
    pub(crate) fn lift(self) {
        modal::close();
        self.sheet.set(None);
    }

    fn stand_still(self) {
        if self.goal.get_untracked().is_some() {
            self.goal.set(None);
        }
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
        let runs = self.playback.get_untracked().playing || self.goal.get_untracked().is_some();
        let seen = self
            .session
            .try_update_value(|session| (session.view(runs), session.end(), session.run_version()));
        let Some(((written, view), end, version)) = seen else { return };
        if self.is_run_due(version) {
            self.run_version.set_value(Some(version));
            self.run_at.set_value(wall_clock());
            self.run.set(Arc::new(self.session.with_value(Session::run)));
        }
        if self.end.get_untracked() != end {
            self.end.set(end);
        }
        if self.written.get_untracked() != written {
            self.written.set(written);
        }
        self.view.set(Arc::new(view));
    }
}

/// The page's state, from any component.
pub(crate) fn use_desk() -> Desk {
    expect_context()
}
