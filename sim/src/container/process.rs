//! Processes: what runs in a container, and what it is joined to.

use super::server::Server;
use super::shell::Shell;
use super::tools::filter::Filter;
use super::workstation::Client;
use crate::api::Name;
use crate::time::Instant;

/// The signals that programs care about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `SIGHUP`, 1
    Hup,
    /// `SIGINT`, 2
    Int,
    /// `SIGQUIT`, 3
    Quit,
    /// `SIGKILL`, 9
    Kill,
    /// `SIGUSR1`, 10
    Usr1,
    /// `SIGUSR2`, 12
    Usr2,
    /// `SIGPIPE`, 13
    Pipe,
    /// `SIGTERM`, 15
    Term,
    /// `SIGWINCH`, 28
    Winch,
}

const SIGNALS: [(Signal, i32, &str); 9] = [
    (Signal::Hup, 1, "HUP"),
    (Signal::Int, 2, "INT"),
    (Signal::Quit, 3, "QUIT"),
    (Signal::Kill, 9, "KILL"),
    (Signal::Usr1, 10, "USR1"),
    (Signal::Usr2, 12, "USR2"),
    (Signal::Pipe, 13, "PIPE"),
    (Signal::Term, 15, "TERM"),
    (Signal::Winch, 28, "WINCH"),
];

impl Signal {
    /// Its number on Linux. A process that it kills has the exit code 128 and this.
    pub fn number(self) -> i32 {
        SIGNALS.iter().find(|(signal, ..)| *signal == self).map_or(0, |(_, number, _)| *number)
    }

    /// The signal of this name (`TERM`, `SIGTERM`) or number.
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        let found =
            SIGNALS.iter().find(|(_, number, known)| *known == name || name.parse() == Ok(*number));
        found.map(|(signal, ..)| *signal)
    }

    /// Whether a process that does not handle it goes on.
    pub(super) const fn is_harmless(self) -> bool {
        matches!(self, Self::Winch)
    }
}

/// Where a descriptor leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fd {
    /// The container's log.
    Log { is_error: bool },
    /// Nothing comes out and nothing is kept.
    Null,
    /// A file that is written at its end.
    File(Name),
    /// A pipe, by its number.
    Pipe(u32),
    /// What a person sees.
    Screen { is_error: bool },
    /// A text that is read, and how much of it has been.
    Text { text: Name, at: usize },
}

/// A pipe, or a buffer that somebody reads at the end.
#[derive(Clone, Debug)]
pub(super) struct Pipe {
    pub(super) id: u32,
    pub(super) text: String,
    /// Whether it holds all until somebody takes it: a substitution or the output of an exec.
    pub(super) is_buffer: bool,
}

/// How much a pipe holds, in bytes.
pub(super) const PIPE_SIZE: usize = 1 << 16;

/// What a process does.
#[derive(Clone, Debug)]
pub(super) enum Task {
    Shell(Box<Shell>),
    /// Prints on standard output and error and ends at a moment, or does nothing for ever.
    Later {
        at: Option<Instant>,
        output: [Name; 2],
        status: i32,
    },
    Filter(Box<Filter>),
    Server(Box<Server>),
    /// A program that is run outside.
    Client(Box<Client>),
}

/// A process.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) pid: u32,
    /// 0 for the first process and for those that were sent in from outside.
    pub(super) parent: u32,
    pub(super) task: Task,
    /// When it goes on, unless it waits for something else.
    pub(super) at: Instant,
    /// The number of its last turn.
    pub(super) turn: u64,
    pub(super) fds: [Fd; 3],
    /// Signals that a shell has yet to notice.
    pub(super) signals: Vec<Signal>,
    /// The code it ends with as soon as it has its turn.
    pub(super) killed: Option<i32>,
    /// When it is ended by `timeout`, and with which code.
    pub(super) limit: Option<(Instant, i32)>,
}

impl Process {
    /// Lets a signal's default action or the program's own handler happen. The first process has no
    /// default actions.
    pub(super) fn signal(&mut self, signal: Signal, now: Instant) {
        if signal == Signal::Kill {
            self.killed = Some(128 + signal.number());
            self.at = now;
            return;
        }
        let is_first = self.pid == 1;
        match &mut self.task {
            Task::Shell(shell) => match shell.trap_of(signal) {
                Some(trap) if trap.is_empty() => return,
                Some(_) => {
                    /// How many signals wait at most: a kernel merges them as well.
                    const MOST: usize = 16;
                    if self.signals.len() < MOST {
                        self.signals.push(signal);
                    }
                    self.at = self.at.max(now);
                    return;
                }
                None => {}
            },
            Task::Server(server) => {
                if server.signal(signal, now) {
                    return;
                }
            }
            Task::Later { .. } | Task::Filter(_) | Task::Client(_) => {}
        }
        if !is_first && !signal.is_harmless() {
            self.killed = Some(128 + signal.number());
            self.at = now;
        }
    }
}
