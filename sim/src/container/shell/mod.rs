//! A small shell that can stop at any step and go on later.
//!
//! Models: busybox ash, dash and bash as far as start-up scripts and probes need them. A script is
//! read once into steps ([`syntax`]) and run by [`interpret`]. Leaves out: job control, aliases,
//! arrays, descriptors beyond standard error, `getopts`, and more of bash's own syntax.

mod arithmetic;
pub(crate) mod builtins;
mod compound;
mod expand;
mod frames;
mod interpret;
pub(super) mod parser;
pub(super) mod pattern;
mod redirect;
pub(super) mod syntax;
pub(super) mod variables;
mod words;

use std::sync::Arc;

use super::process::{Fd, Signal};
use crate::api::Name;
use syntax::{Problem, Script, SyntaxError};
use variables::Variables;

/// Which shell it is, for the wording of its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// busybox
    Ash,
    /// Debian's `sh`
    Dash,
    Bash,
}

/// What a shell returns to when a script, function or loop ends.
#[derive(Clone, Debug)]
enum Frame {
    Loop {
        start: usize,
        end: usize,
        status: i32,
        items: Vec<Name>,
        next: usize,
    },
    /// The descriptors before a redirection.
    Fds {
        fds: Box<[Fd; 3]>,
        is_call: bool,
    },
    /// The script before a function, `eval`, `.` or trap.
    Script {
        script: Arc<Script>,
        pc: usize,
        end: usize,
        kind: FrameKind,
    },
}

#[derive(Clone, Debug)]
enum FrameKind {
    Function {
        arguments: Arc<[Name]>,
        tested: bool,
        /// The variables that it made its own, as they were before.
        locals: Vec<(Name, Option<Name>)>,
    },
    /// `eval` and `.`
    Text,
    /// A trap, and the status before it.
    Trap(i32),
}

/// What a shell waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Waiting {
    Nothing,
    /// Children in the foreground; the last one's status counts.
    Children(Vec<u32>),
    /// The builtin `wait`: for these children, or for all.
    Jobs(Option<Vec<u32>>),
    /// `wait -n`: for any child.
    AnyJob,
    /// A substitution: the child and the pipe with its output.
    Substitution(u32, u32),
    /// The builtin `read`: for a line from this pipe.
    Input(u32),
}

/// A trap: the signal (`None` for the end of the shell) and its command.
#[derive(Clone, Debug)]
struct Trap {
    signal: Option<Signal>,
    text: Name,
    script: Arc<Script>,
}

/// `set -e`, `-u`, `-x` and `-f`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a shell has as many switches")]
struct Options {
    exit_on_error: bool,
    no_unset: bool,
    trace: bool,
    pipefail: bool,
}

/// A function: its name, its script and the steps of its body.
type Function = (Name, Arc<Script>, usize, usize);

/// A shell that runs a script.
#[derive(Clone, Debug)]
pub(super) struct Shell {
    kind: Kind,
    /// `$0`
    name: Name,
    script: Arc<Script>,
    pc: usize,
    /// The step before which the script ends: less than its length in a child.
    end: usize,
    frames: Vec<Frame>,
    variables: Arc<Variables>,
    functions: Arc<Vec<Function>>,
    /// `$1` and so on.
    arguments: Arc<[Name]>,
    directory: Name,
    status: i32,
    /// `$!`
    last_background: u32,
    traps: Vec<Trap>,
    options: Options,
    /// The results of the substitutions of the command at hand, and the last one's status.
    substitutions: Vec<Name>,
    substitution_status: Option<i32>,
    /// Children that have ended, and how.
    ended: Vec<(u32, i32)>,
    /// Children in the background that have not been waited for.
    jobs: Vec<u32>,
    waiting: Waiting,
    /// How many calls deep failures are looked at.
    tested: u32,
    /// The status it will end with once its exit trap has run.
    exiting: Option<i32>,
    /// Whether the last command takes the shell's place.
    replaces: bool,
    /// Whether the script came with `-c`: then dash and bash let its last command do so.
    is_text: bool,
}

/// What a shell is started with.
pub(super) struct Start {
    pub(super) kind: Kind,
    pub(super) name: Name,
    pub(super) script: Arc<Script>,
    pub(super) variables: Arc<Variables>,
    pub(super) arguments: Arc<[Name]>,
    pub(super) directory: Name,
}

impl Shell {
    pub(super) fn new(start: Start) -> Self {
        Self {
            kind: start.kind,
            name: start.name,
            pc: 0,
            end: start.script.ops.len(),
            script: start.script,
            frames: Vec::new(),
            variables: start.variables,
            functions: Arc::default(),
            arguments: start.arguments,
            directory: start.directory,
            status: 0,
            last_background: 0,
            traps: Vec::new(),
            options: Options::default(),
            substitutions: Vec::new(),
            substitution_status: None,
            ended: Vec::new(),
            jobs: Vec::new(),
            waiting: Waiting::Nothing,
            tested: 0,
            exiting: None,
            replaces: false,
            is_text: false,
        }
    }

    /// A shell that becomes the script's only command.
    pub(super) fn becoming(start: Start) -> Self {
        Self { replaces: true, ..Self::new(start) }
    }

    /// A child that runs these steps.
    fn child(&self, script: Arc<Script>, pc: usize, end: usize) -> Self {
        Self {
            script,
            pc,
            end,
            frames: Vec::new(),
            variables: Arc::clone(&self.variables),
            functions: Arc::clone(&self.functions),
            arguments: Arc::clone(&self.arguments),
            name: self.name.clone(),
            directory: self.directory.clone(),
            // A child keeps only the signals that are ignored.
            traps: self
                .traps
                .iter()
                .filter(|trap| trap.text.is_empty() && trap.signal.is_some())
                .cloned()
                .collect(),
            substitutions: Vec::new(),
            substitution_status: None,
            ended: Vec::new(),
            jobs: Vec::new(),
            waiting: Waiting::Nothing,
            exiting: None,
            replaces: false,
            is_text: false,
            ..*self
        }
    }

    /// Takes over the status of the command before.
    pub(super) const fn set_status(&mut self, status: i32) {
        self.status = status;
    }

    /// What it leaves to the next line: variables and directory.
    pub(super) fn leaves(self) -> (Arc<Variables>, Name) {
        (self.variables, self.directory)
    }

    /// Takes in options such as `-ec` or `-o pipefail`.
    pub(super) fn set_flags(&mut self, flags: &[&str]) {
        for flag in flags {
            if flag.starts_with('-') {
                self.options.exit_on_error |= flag.contains('e');
                self.options.no_unset |= flag.contains('u');
                self.options.trace |= flag.contains('x');
            }
            self.options.pipefail |= *flag == "pipefail";
            self.is_text |= flag.starts_with('-') && flag.contains('c');
        }
    }

    /// Whether the command at hand takes the shell's place: dash does so with the last command of
    /// `-c`, bash with an only one, busybox's ash with none.
    fn is_last_command(&self) -> bool {
        let is_end = self.pc + 1 == self.end && self.frames.is_empty() && self.traps.is_empty();
        let does = match self.kind {
            Kind::Ash => false,
            Kind::Dash => true,
            Kind::Bash => self.pc == 0,
        };
        self.replaces || (self.is_text && is_end && does && self.exiting.is_none())
    }

    /// The command of a signal's trap, empty when the signal is ignored.
    pub(super) fn trap_of(&self, signal: Signal) -> Option<&Name> {
        self.traps.iter().find(|trap| trap.signal == Some(signal)).map(|trap| &trap.text)
    }

    /// Takes in that a child has ended.
    pub(super) fn child_ended(&mut self, pid: u32, status: i32) {
        /// How many ended children are remembered.
        const MOST: usize = 256;
        if self.ended.len() == MOST {
            let (forgotten, _) = self.ended.remove(0);
            self.jobs.retain(|job| *job != forgotten);
        }
        self.ended.push((pid, status));
    }

    /// The first child in the background that has ended and was not waited for.
    fn ended_job(&self) -> Option<(u32, i32)> {
        self.ended.iter().find(|(pid, _)| self.jobs.contains(pid)).copied()
    }

    fn status_of(&self, pid: u32) -> Option<i32> {
        self.ended.iter().find(|(ended, _)| *ended == pid).map(|(_, status)| *status)
    }

    /// The pipe it waits for.
    pub(super) fn awaited_pipe(&self) -> Option<u32> {
        match self.waiting {
            Waiting::Input(pipe) => Some(pipe),
            Waiting::Nothing
            | Waiting::Children(_)
            | Waiting::Jobs(_)
            | Waiting::AnyJob
            | Waiting::Substitution(..) => None,
        }
    }

    /// Whether it can go on, as far as its children are concerned.
    pub(super) fn can_go_on(&self, has_signal: bool) -> bool {
        match &self.waiting {
            Waiting::Nothing => true,
            Waiting::Children(pids) => pids.iter().all(|pid| self.status_of(*pid).is_some()),
            Waiting::Jobs(pids) => {
                has_signal
                    || pids
                        .as_ref()
                        .unwrap_or(&self.jobs)
                        .iter()
                        .all(|pid| self.status_of(*pid).is_some())
            }
            Waiting::AnyJob => has_signal || self.jobs.is_empty() || self.ended_job().is_some(),
            Waiting::Substitution(pid, _) => self.status_of(*pid).is_some(),
            Waiting::Input(_) => false,
        }
    }

    /// `sh: text` with the line where this shell says it.
    fn complaint(&self, line: u32, text: &str) -> String {
        match self.kind {
            Kind::Ash => format!("{}: {text}\n", self.name),
            Kind::Dash => format!("{}: {line}: {text}\n", self.name),
            Kind::Bash => format!("{}: line {line}: {text}\n", self.name),
        }
    }

    fn not_found(&self, line: u32, command: &str) -> String {
        let what = if self.kind == Kind::Bash { "command not found" } else { "not found" };
        self.complaint(line, &format!("{command}: {what}"))
    }

    fn syntax_complaint(&self, error: &SyntaxError) -> String {
        if self.kind == Kind::Bash {
            return format!("{}: -c: line {}: {}\n", self.name, error.line, error.text(self.kind));
        }
        self.complaint(error.line, &error.text(self.kind))
    }
}

impl SyntaxError {
    /// What this kind of shell says about it.
    #[inline(never)]
    pub(super) fn text(&self, kind: Kind) -> String {
        match (&self.problem, kind) {
            (Problem::Unexpected(token, _), Kind::Bash) if &**token == "end of file" => {
                "syntax error: unexpected end of file".to_owned()
            }
            (Problem::Unexpected(token, _), Kind::Bash) => {
                format!("syntax error near unexpected token `{token}'")
            }
            (Problem::Unexpected(token, expecting), kind) => {
                let quoted = match &**token {
                    "end of file" if kind == Kind::Dash => "end of file".to_owned(),
                    "end of file" | "newline" if kind == Kind::Ash => token.to_string(),
                    token => format!("\"{token}\""),
                };
                let mut text = if kind == Kind::Dash {
                    format!("Syntax error: {quoted} unexpected")
                } else {
                    format!("syntax error: unexpected {quoted}")
                };
                if let Some(expecting) = expecting {
                    text.extend([" (expecting \"", expecting, "\")"]);
                }
                text
            }
            (Problem::Unterminated(what), Kind::Dash) => {
                format!("Syntax error: Unterminated {what}")
            }
            (Problem::Unterminated(what), Kind::Ash | Kind::Bash) => {
                format!("syntax error: unterminated {what}")
            }
            (Problem::Other(text), _) => format!("syntax error: {text}"),
        }
    }
}
