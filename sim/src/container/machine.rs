//! The machine of a container: its processes take turns over virtual time.
//!
//! Commands take no time of their own; what takes time is `sleep`, waiting and the network. So that
//! a loop without a pause ends up costing virtual time and not the viewer's, every step is paid for
//! from a purse that refills slowly; a container that has emptied it is slowed down, and says so.

use std::sync::Arc;

use super::files::{FileSystem, Files};
use super::log::Log;
use super::process::{Fd, PIPE_SIZE, Pipe, Process, Signal, Task};
use super::shell::Shell;
use super::{Diagnostic, Exit, Launch, World};
use crate::api::Name;
use crate::time::{Duration, Instant};

/// How many steps a container may take without a pause.
const PURSE: u64 = 4_000;
/// How many steps are refunded in a second.
const REFILL: u64 = 10;
/// How many steps one that was slowed down takes at a time.
const RATION: u64 = 50;
/// How many steps a further call of a program that is run outside costs in one moment, so that a
/// loop of them holds nobody up.
const CALL: u64 = 20;
/// How many processes a container may have.
const MOST_PROCESSES: usize = 64;
/// How many pipes, and results of execs that nobody fetched.
const MOST_PIPES: usize = 256;
/// How many different diagnostics are kept.
const MOST_DIAGNOSTICS: usize = 16;
/// How much of an exec's or a substitution's output is kept, in bytes.
const BUFFER_SIZE: usize = 1 << 16;
/// How much waits to be shown at most, in bytes.
const MOST_SHOWN: usize = 1 << 24;
/// How many steps a process takes before another has its turn.
const TURN: u32 = 200;

/// All that changes in a container.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) files: Arc<Files>,
    pub(super) log: Log,
    pub(super) exit: Option<Exit>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) processes: Vec<Process>,
    pipes: Vec<Pipe>,
    /// Execs whose result was not fetched: process, pipe, and once ended the code.
    execs: Vec<(u32, u32, Option<i32>)>,
    last_pid: u32,
    last_pipe: u32,
    purse: u64,
    refilled_at: Instant,
    is_slowed: bool,
    pub(super) oom: bool,
    /// Programs that were installed while it ran.
    pub(super) installed: Vec<Name>,
    /// The last moment that was acted out.
    clock: Instant,
    /// How many turns there were.
    turns: u64,
    /// Whether the running process has written to a pipe that nobody reads.
    broken_pipe: bool,
    /// Programs that are run outside.
    pub(super) outside: Vec<Name>,
    /// When one of them was called last.
    called_at: Option<Instant>,
    /// What a person sees and has not seen yet: output and errors.
    pub(super) screen: [String; 2],
    /// The last process without a parent that ended: its status, and the shell it was.
    pub(super) ended: Option<(u32, i32, Option<Box<Shell>>)>,
}

/// A container's state with what surrounds it.
pub(super) struct Machine<'a, 'w> {
    pub(super) state: &'a mut State,
    pub(super) launch: &'a Launch,
    pub(super) world: &'a mut World<'w>,
    /// The moment that is being acted out.
    pub(super) now: Instant,
}

/// What a turn of a shell ends with.
pub(super) enum Turn {
    /// It waits, or others have their turn.
    Over,
    /// It ends.
    Exit(i32),
    /// Another program takes its place.
    Becomes(Task),
}

impl State {
    pub(super) fn new(files: Arc<Files>, now: Instant) -> Self {
        Self {
            files,
            log: Log::default(),
            exit: None,
            diagnostics: Vec::new(),
            processes: Vec::new(),
            pipes: Vec::new(),
            execs: Vec::new(),
            last_pid: 0,
            last_pipe: 0,
            purse: PURSE,
            refilled_at: now,
            is_slowed: false,
            oom: false,
            installed: Vec::new(),
            clock: now,
            turns: 0,
            broken_pipe: false,
            outside: Vec::new(),
            called_at: None,
            screen: Default::default(),
            ended: None,
        }
    }

    /// Begins with a first process that does nothing.
    pub(super) fn idle(&mut self) {
        let task = Task::Later { at: None, output: Default::default(), status: 0 };
        self.spawn(0, task, [Fd::Null, Fd::Null, Fd::Null], self.clock);
    }

    /// Starts a process from outside.
    pub(super) fn start(
        &mut self,
        parent: u32,
        task: Task,
        fds: [Fd; 3],
        now: Instant,
    ) -> Option<u32> {
        self.clock = self.clock.max(now);
        self.spawn(parent, task, fds, now)
    }

    /// The last moment that was acted out.
    pub(super) const fn now(&self) -> Instant {
        self.clock
    }

    /// Fills the purse: a person has typed something.
    pub(super) const fn refill(&mut self) {
        self.purse = PURSE;
        self.is_slowed = false;
    }

    /// Sends a signal.
    pub(super) fn kill(&mut self, pid: u32, signal: Signal) {
        let now = self.clock;
        if let Some(process) = self.processes.iter_mut().find(|process| process.pid == pid) {
            process.signal(signal, now);
        }
    }

    /// Starts the container's first process.
    pub(super) fn begin(&mut self, shell: Shell, now: Instant) {
        let fds = [Fd::Null, Fd::Log { is_error: false }, Fd::Log { is_error: true }];
        self.spawn(0, Task::Shell(Box::new(shell)), fds, now);
    }

    fn spawn(&mut self, parent: u32, task: Task, fds: [Fd; 3], at: Instant) -> Option<u32> {
        if self.processes.len() + 1 >= MOST_PROCESSES {
            return None;
        }
        self.last_pid = self.last_pid.wrapping_add(1).max(1);
        let pid = self.last_pid;
        self.turns += 1;
        let (turn, signals) = (self.turns, Vec::new());
        let (killed, limit) = (None, None);
        // Most containers have one, and there are thousands of containers.
        self.processes.reserve_exact(1);
        self.processes.push(Process { pid, parent, task, at, turn, fds, signals, killed, limit });
        Some(pid)
    }

    /// When a process goes on of its own accord, or is ended.
    fn due(&self, process: &Process) -> Option<Instant> {
        if process.killed.is_some() {
            return Some(process.at);
        }
        let limit = process.limit.map(|(at, _)| at);
        [self.task_due(process), limit].into_iter().flatten().min()
    }

    fn task_due(&self, process: &Process) -> Option<Instant> {
        let writes = matches!(process.task, Task::Shell(_) | Task::Filter(_));
        if writes && self.is_full(&process.fds[1]) {
            return None;
        }
        match &process.task {
            Task::Shell(shell) => {
                let can = match shell.awaited_pipe() {
                    Some(pipe) => self.has_line(pipe),
                    None => shell.can_go_on(!process.signals.is_empty()),
                };
                can.then_some(process.at)
            }
            Task::Later { at, .. } => *at,
            Task::Filter(_) => self.has_input(&process.fds[0]).then_some(process.at),
            Task::Server(server) => server.due(),
            Task::Client(client) => {
                let (reads, ends) = client.state();
                (ends || (reads && self.has_input(&process.fds[0]))).then_some(process.at)
            }
        }
    }

    /// The process that goes on next, and when: of several the one whose turn is longest ago.
    fn next_due(&self) -> Option<(usize, Instant)> {
        let mut next: Option<(usize, (Instant, u64))> = None;
        for (index, process) in self.processes.iter().enumerate() {
            if let Some(at) = self.due(process) {
                let order = (at.max(self.clock), process.turn);
                if next.is_none_or(|(_, first)| order < first) {
                    next = Some((index, order));
                }
            }
        }
        next.map(|(index, (at, _))| (index, at))
    }

    /// How many steps were paid for, in effect: a number that goes on with every one.
    pub(super) const fn steps(&self) -> u64 {
        self.purse
    }

    /// Takes from the purse what a call of a program that is run outside costs. Only calls of one
    /// moment are dear: one after a pause costs no more than a step.
    pub(super) fn charge_call(&mut self, now: Instant) {
        if self.called_at == Some(now) {
            self.purse = self.purse.saturating_sub(CALL);
        }
        self.called_at = Some(now);
    }

    /// When anything happens next.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.next_due().map(|(_, at)| at)
    }

    fn pipe(&mut self, id: u32) -> Option<&mut Pipe> {
        self.pipes.iter_mut().find(|pipe| pipe.id == id)
    }

    /// Whether something can be read: text, or the end.
    pub(super) fn has_input(&self, fd: &Fd) -> bool {
        let Fd::Pipe(id) = fd else {
            return true;
        };
        let holds_text = self.pipes.iter().any(|pipe| pipe.id == *id && !pipe.text.is_empty());
        holds_text || !self.has_writer(*id)
    }

    /// Whether a whole line can be read, or the end.
    pub(super) fn has_line(&self, pipe: u32) -> bool {
        let ends_a_line = |other: &Pipe| other.id == pipe && other.text.contains('\n');
        self.pipes.iter().any(ends_a_line) || !self.has_writer(pipe)
    }

    pub(super) fn has_writer(&self, pipe: u32) -> bool {
        let writes = |process: &Process| process.fds[1..].contains(&Fd::Pipe(pipe));
        self.processes.iter().any(writes)
    }

    /// Whether a write to this descriptor would find a full pipe that is still read.
    pub(super) fn is_full(&self, fd: &Fd) -> bool {
        let Fd::Pipe(id) = fd else {
            return false;
        };
        let full = |pipe: &Pipe| pipe.id == *id && !pipe.is_buffer && pipe.text.len() >= PIPE_SIZE;
        self.pipes.iter().any(full) && self.processes.iter().any(|process| process.fds[0] == *fd)
    }

    /// Takes what is in a pipe.
    pub(super) fn take_input(&mut self, pipe: u32) -> String {
        self.pipe(pipe).map(|pipe| std::mem::take(&mut pipe.text)).unwrap_or_default()
    }

    /// Puts back what was not used.
    pub(super) fn put_back(&mut self, pipe: u32, text: &str) {
        if let Some(pipe) = self.pipe(pipe) {
            pipe.text.insert_str(0, text);
        }
    }

    pub(super) fn new_pipe(&mut self, is_buffer: bool) -> Option<u32> {
        if self.pipes.len() >= MOST_PIPES {
            return None;
        }
        self.last_pipe = self.last_pipe.wrapping_add(1);
        self.pipes.push(Pipe { id: self.last_pipe, text: String::new(), is_buffer });
        Some(self.last_pipe)
    }

    /// Takes all of a buffer, which is gone then.
    pub(super) fn take_buffer(&mut self, id: u32) -> String {
        let text = self.take_input(id);
        self.pipes.retain(|pipe| pipe.id != id);
        text
    }

    /// Forgets pipes that nobody holds any more.
    fn sweep_pipes(&mut self) {
        if self.pipes.iter().all(|pipe| pipe.is_buffer) {
            return;
        }
        let processes = &self.processes;
        self.pipes.retain(|pipe| {
            pipe.is_buffer
                || processes.iter().any(|process| process.fds.contains(&Fd::Pipe(pipe.id)))
        });
    }

    /// Notes something that could not be run, and says whether it is new.
    pub(super) fn diagnose(&mut self, line: u32, text: &str) -> bool {
        let known = self
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.line == line && &*diagnostic.text == text);
        if known || self.diagnostics.len() >= MOST_DIAGNOSTICS {
            return false;
        }
        self.diagnostics.push(Diagnostic { line, text: text.into() });
        true
    }

    /// The result of an exec, once it has ended. It can be fetched once.
    pub(super) fn exec_result(&mut self, pid: u32) -> Option<(i32, String)> {
        let place = self.execs.iter().position(|(exec, _, code)| *exec == pid && code.is_some())?;
        let (_, pipe, code) = self.execs.remove(place);
        Some((code.unwrap_or_default(), self.take_buffer(pipe)))
    }

    /// Whether an exec has ended.
    pub(super) fn exec_has_ended(&self, pid: u32) -> bool {
        self.execs.iter().any(|(exec, _, code)| *exec == pid && code.is_some())
    }

    /// Gives up an exec: its process is killed and its result forgotten.
    pub(super) fn stop_exec(&mut self, pid: u32, now: Instant) {
        if let Some(process) = self.processes.iter_mut().find(|process| process.pid == pid) {
            process.signal(Signal::Kill, now);
        }
        if let Some(place) = self.execs.iter().position(|(exec, ..)| *exec == pid) {
            let (_, pipe, _) = self.execs.remove(place);
            self.take_buffer(pipe);
        }
    }
}

impl Machine<'_, '_> {
    /// Acts out all that is due until `until`.
    pub(super) fn run(&mut self, until: Instant) {
        while let Some((index, at)) = self.state.next_due() {
            if at > until || self.state.exit.is_some() {
                break;
            }
            self.now = at;
            self.state.clock = at;
            self.turn(index);
        }
    }

    /// Gives a process its turn.
    fn turn(&mut self, index: usize) {
        let mut process = self.state.processes.remove(index);
        process.at = self.now;
        let over = process.limit.filter(|(at, _)| *at <= self.now).map(|(_, status)| status);
        if let Some(status) = process.killed.or(over) {
            if process.parent == 0 && !self.state.outside.is_empty() {
                self.state.ended = Some((process.pid, status, None));
            }
            self.end(&process, status);
            return;
        }
        let idle = Task::Later { at: None, output: Default::default(), status: 0 };
        let turn = match std::mem::replace(&mut process.task, idle) {
            Task::Shell(mut shell) => {
                let turn = self.run_shell(&mut shell, &mut process, TURN);
                process.task = Task::Shell(shell);
                turn
            }
            Task::Later { output, status, .. } => {
                for (fd, text) in process.fds[1..].iter().zip(&output) {
                    if !text.is_empty() {
                        self.write(fd, text);
                    }
                }
                Turn::Exit(status)
            }
            Task::Filter(mut filter) => {
                let turn = self.run_filter(&mut filter, &mut process);
                process.task = Task::Filter(filter);
                turn
            }
            Task::Client(mut client) => {
                let turn = self.run_client(&mut client, &mut process);
                process.task = Task::Client(client);
                turn
            }
            Task::Server(mut server) => {
                while let Some(line) = server.next_line(self.now) {
                    self.write(&process.fds[1], &line);
                }
                let ending = server.ending(self.now);
                process.task = Task::Server(server);
                match ending {
                    Some((code, is_oom)) => {
                        self.state.oom |= is_oom && process.pid == 1;
                        Turn::Exit(code)
                    }
                    None => Turn::Over,
                }
            }
        };
        match turn {
            Turn::Over => {}
            Turn::Exit(status) => {
                if process.parent == 0 && !self.state.outside.is_empty() {
                    let shell = match process.task {
                        Task::Shell(ref shell) => Some(shell.clone()),
                        _ => None,
                    };
                    self.state.ended = Some((process.pid, status, shell));
                }
                return self.end(&process, status);
            }
            Turn::Becomes(task) => process.task = task,
        }
        // Those that it started have their turn first.
        self.state.turns += 1;
        process.turn = self.state.turns;
        let place = self.state.processes.iter().position(|other| other.pid > process.pid);
        let place = place.unwrap_or(self.state.processes.len());
        self.state.processes.insert(place, process);
    }

    /// A process, which is off the list, has ended.
    fn end(&mut self, process: &Process, status: i32) {
        if process.pid == 1 {
            let oom_killed = self.state.oom;
            self.state.exit = Some(Exit { code: status, at: self.now, oom_killed });
            self.state.processes.clear();
            self.state.pipes.retain(|pipe| pipe.is_buffer);
            for (_, _, code) in &mut self.state.execs {
                code.get_or_insert(137);
            }
            return;
        }
        if let Some(exec) = self.state.execs.iter_mut().find(|exec| exec.0 == process.pid) {
            exec.2 = Some(status);
        }
        for other in &mut self.state.processes {
            if other.parent == process.pid {
                other.parent = 1;
            }
            if other.pid != process.parent {
                continue;
            }
            match &mut other.task {
                Task::Shell(shell) => {
                    shell.child_ended(process.pid, status);
                    other.at = self.now;
                }
                Task::Client(client) => client.child = Some(status),
                Task::Later { .. } | Task::Filter(_) | Task::Server(_) => {}
            }
        }
        self.state.sweep_pipes();
    }

    /// Pays for a step.
    ///
    /// # Errors
    /// The purse is empty until this moment.
    pub(super) fn pay(&mut self) -> Result<(), Instant> {
        let elapsed = self.now.since(self.state.refilled_at).as_micros();
        let refund = u64::try_from(elapsed).unwrap_or(u64::MAX).saturating_mul(REFILL) / 1_000_000;
        if refund > 0 {
            self.state.purse = (self.state.purse + refund).min(PURSE);
            self.state.refilled_at += Duration::from_micros(refund * 1_000_000 / REFILL);
        }
        if self.state.purse == 0 {
            if !self.state.is_slowed {
                self.state.is_slowed = true;
                self.note(0, "it loops without a pause and is slowed down to 10 steps a second");
            }
            return Err(self.now + Duration::from_micros(RATION * 1_000_000 / REFILL));
        }
        self.state.purse -= 1;
        Ok(())
    }

    /// Says in the log and in a diagnostic what is not acted out as it would be.
    pub(super) fn note(&mut self, line: u32, text: &str) {
        if !self.state.diagnose(line, text) {
            return;
        }
        let line = if line > 0 { format!("line {line}: ") } else { String::new() };
        self.state.log.write(&format!("rollscope: {line}{text}\n"), true, self.now);
    }

    /// The files as the container sees them.
    pub(super) fn file_system(&mut self) -> FileSystem<'_> {
        FileSystem {
            own: &mut self.state.files,
            mounts: &self.launch.mounts,
            volumes: self.world.volumes,
            read_only: self.launch.read_only_root,
        }
    }

    /// Writes to a descriptor; `false` when nobody reads the pipe or it is full, or the disk is.
    pub(super) fn write(&mut self, fd: &Fd, text: &str) -> bool {
        match fd {
            Fd::Log { is_error } => self.state.log.write(text, *is_error, self.now),
            Fd::Screen { is_error } => {
                let shown = &mut self.state.screen[usize::from(*is_error)];
                if shown.len() < MOST_SHOWN {
                    shown.push_str(text);
                }
            }
            Fd::Null | Fd::Text { .. } => {}
            Fd::File(path) => {
                let path = path.clone();
                return self.file_system().append(&path, text).is_ok();
            }
            Fd::Pipe(id) => {
                let reads = |process: &Process| process.fds[0] == *fd;
                let is_read = self.state.processes.iter().any(reads);
                let Some(pipe) = self.state.pipe(*id) else {
                    return false;
                };
                if pipe.is_buffer {
                    let room = BUFFER_SIZE.saturating_sub(pipe.text.len());
                    let end =
                        (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
                    pipe.text.push_str(&text[..end.unwrap_or(0)]);
                } else if is_read && pipe.text.len() < PIPE_SIZE {
                    pipe.text.push_str(text);
                } else {
                    self.state.broken_pipe = !is_read;
                    return false;
                }
            }
        }
        true
    }

    /// Whether the process at hand has written to a pipe that nobody reads, which kills it.
    pub(super) fn take_broken_pipe(&mut self) -> bool {
        std::mem::take(&mut self.state.broken_pipe)
    }

    /// Starts a process; `None` when there are too many.
    pub(super) fn spawn(&mut self, parent: u32, task: Task, fds: [Fd; 3]) -> Option<u32> {
        self.state.spawn(parent, task, fds, self.now)
    }

    /// Starts a process from outside; its output is kept.
    pub(super) fn exec(&mut self, shell: Shell) -> Option<u32> {
        let pipe = self.state.new_pipe(true)?;
        let fds = [Fd::Null, Fd::Pipe(pipe), Fd::Pipe(pipe)];
        let Some(pid) = self.spawn(0, Task::Shell(Box::new(shell)), fds) else {
            self.state.take_buffer(pipe);
            return None;
        };
        self.state.execs.push((pid, pipe, None));
        Some(pid)
    }
}
