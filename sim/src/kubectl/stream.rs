//! Commands that go on printing while time passes: `rollout status`, `get --watch`.
//!
//! Streams live in the cluster, so they print at the very moment of the write they report.

use std::collections::BTreeMap;

use super::drain::{Drain, Next};
use super::exec::Running;
use super::get::Following;
use super::logs::Follow;
use super::rollout_status::Watch;
use super::wait::Wait;
use crate::apiserver::{ApiServer, WatchEvent};
use crate::kubelet::Kubelet;
use crate::time::Instant;

/// A running command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId(pub u32);

/// One printed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When it was printed.
    pub at: Instant,
    /// Without the line break.
    pub text: String,
    /// Whether it went to stderr.
    pub is_error: bool,
    /// Whether no line break follows.
    pub is_open: bool,
}

impl Line {
    /// A whole line.
    pub(super) const fn whole(at: Instant, text: String, is_error: bool) -> Self {
        Self { at, text, is_error, is_open: false }
    }

    /// The text as it was printed.
    pub fn printed(&self) -> String {
        let end = if self.is_open { "" } else { "\n" };
        format!("{}{end}", self.text)
    }
}

#[derive(Clone, Debug)]
struct Stream {
    program: Program,
    lines: Vec<Line>,
    exit_code: Option<i32>,
}

/// What runs.
#[derive(Clone, Debug)]
enum Program {
    /// `rollout status`, which looks at every write.
    RolloutStatus(Watch),
    /// `wait`, which looks at every write.
    Wait(Box<Wait>),
    /// `get --watch`, which is told of every write.
    Get(Box<Following>),
    /// `drain`, which acts when its time comes.
    Drain(Box<Drain>),
    /// `logs -f`, which prints what containers print.
    Logs(Follow),
    /// `exec` of a command that takes time.
    Exec(Running),
}

/// All running commands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Streams {
    known: BTreeMap<StreamId, Stream>,
    running: usize,
    last: u32,
}

impl Streams {
    pub(crate) const fn is_empty(&self) -> bool {
        self.running == 0
    }

    /// Starts a command; it prints its first line with the next [`Self::follow`].
    pub(crate) fn start(&mut self, watch: Watch) -> StreamId {
        self.begin(Program::RolloutStatus(watch))
    }

    /// Starts to wait for something.
    pub(crate) fn start_wait(&mut self, wait: Wait) -> StreamId {
        self.begin(Program::Wait(Box::new(wait)))
    }

    /// Starts to tell of changes.
    pub(crate) fn start_get(&mut self, following: Following) -> StreamId {
        self.begin(Program::Get(Box::new(following)))
    }

    /// Whether a running command has to be told of writes.
    pub(crate) fn watch_writes(&self) -> bool {
        let mut known = self.known.values();
        known.any(|of| of.exit_code.is_none() && matches!(of.program, Program::Get(_)))
    }

    /// Starts a drain; [`Self::step_drain`] lets it act.
    pub(crate) fn start_drain(&mut self, drain: Drain) -> StreamId {
        self.begin(Program::Drain(Box::new(drain)))
    }

    /// Starts to follow the output of containers.
    pub(crate) fn start_logs(&mut self, follow: Follow) -> StreamId {
        self.begin(Program::Logs(follow))
    }

    /// Starts to wait for a command that runs in a container.
    pub(crate) fn start_exec(&mut self, running: Running) -> StreamId {
        self.begin(Program::Exec(running))
    }

    fn begin(&mut self, program: Program) -> StreamId {
        self.last += 1;
        let id = StreamId(self.last);
        self.known.insert(id, Stream { program, lines: Vec::new(), exit_code: None });
        self.running += 1;
        id
    }

    /// Lets every running command see the present, and what was written since it last looked.
    pub(crate) fn follow(
        &mut self,
        now: Instant,
        writes: &[WatchEvent],
        api: &ApiServer,
        kubelet: &mut Kubelet,
    ) {
        for stream in self.known.values_mut() {
            if stream.exit_code.is_some() {
                continue;
            }
            let lines = &mut stream.lines;
            stream.exit_code = match &mut stream.program {
                Program::RolloutStatus(watch) => watch.follow(now, api, lines),
                Program::Logs(follow) => follow.follow(kubelet, lines),
                Program::Exec(running) => running.follow(now, kubelet, lines),
                Program::Wait(wait) => wait.follow(now, api, lines),
                Program::Get(following) => following.follow(now, writes, api, lines),
                Program::Drain(_) => None,
            };
            if stream.exit_code.is_some() {
                self.running -= 1;
            }
        }
    }

    /// Lets a drain act; says what comes next, unless it was stopped.
    pub(crate) fn step_drain(
        &mut self,
        id: StreamId,
        now: Instant,
        api: &mut ApiServer,
    ) -> Option<Next> {
        let stream = self.known.get_mut(&id)?;
        let Program::Drain(drain) = &mut stream.program else { return None };
        let next = drain.step(now, api, &mut stream.lines);
        if let Next::Done(code) = next {
            stream.exit_code = Some(code);
            self.running -= 1;
        }
        Some(next)
    }

    pub(crate) fn read(&mut self, id: StreamId) -> (Vec<Line>, Option<i32>) {
        let Some(stream) = self.known.get_mut(&id) else {
            return (Vec::new(), None);
        };
        let lines = std::mem::take(&mut stream.lines);
        let code = stream.exit_code;
        if code.is_some() {
            self.known.remove(&id);
        }
        (lines, code)
    }

    pub(crate) fn stop(&mut self, id: StreamId) {
        if self.known.remove(&id).is_some_and(|stream| stream.exit_code.is_none()) {
            self.running -= 1;
        }
    }
}
