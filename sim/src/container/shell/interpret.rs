//! Runs a script step by step.

use std::sync::Arc;

use super::expand::{Expander, Halt};
use super::frames::DEEPEST;
use super::redirect::target;
use super::syntax::{Op, Script, Simple};
use super::words::PIPE_STATUS;
use super::{Frame, FrameKind, Kind, Shell, Waiting, pattern};
use crate::api::Name;
use crate::container::machine::{Machine, Turn};
use crate::container::process::{Fd, Process, Task};
use crate::container::tools::{Call, Outcome};
use crate::time::Instant;

/// What a step ends with.
pub(super) enum Step {
    /// The next step follows, `n` steps on.
    Next(usize),
    /// The place in the script has been set.
    Jumped,
    /// As [`Self::Next`], but others have their turn first.
    Yield(usize),
    /// It waits; the same step is looked at again.
    Wait,
    /// The shell ends.
    Exit(i32),
    Becomes(Task),
}

impl Machine<'_, '_> {
    /// Gives a shell its turn.
    pub(crate) fn run_shell(
        &mut self,
        shell: &mut Shell,
        process: &mut Process,
        turn: u32,
    ) -> Turn {
        for _ in 0..turn {
            let turn = self.shell_step(shell, process);
            if self.take_broken_pipe() {
                return Turn::Exit(141);
            }
            if let Some(turn) = turn {
                return turn;
            }
        }
        Turn::Over
    }

    fn shell_step(&mut self, shell: &mut Shell, process: &mut Process) -> Option<Turn> {
        if process.killed.is_some() {
            return Some(Turn::Over);
        }
        let interruptible =
            matches!(shell.waiting, Waiting::Nothing | Waiting::Jobs(_) | Waiting::AnyJob);
        if interruptible && !process.signals.is_empty() {
            let signal = process.signals.remove(0);
            shell.begin_trap(signal);
            return None;
        }
        if let Waiting::Input(pipe) = shell.waiting {
            if !self.state.has_line(pipe) {
                return Some(Turn::Over);
            }
            shell.waiting = Waiting::Nothing;
        }
        if shell.waiting != Waiting::Nothing {
            if !shell.can_go_on(false) {
                return Some(Turn::Over);
            }
            let step = self.resume(shell);
            return shell.after(process, step);
        }
        if self.state.is_full(&process.fds[1]) {
            // Somebody reads: there will be room after their turn.
            return Some(Turn::Over);
        }
        let script = Arc::clone(&shell.script);
        let Some(op) = script.ops.get(shell.pc).filter(|_| shell.pc < shell.end) else {
            return shell.end_of_script(process);
        };
        if let Err(until) = self.pay() {
            process.at = until;
            return Some(Turn::Over);
        }
        let step = self.op(shell, process, op, &script);
        shell.after(process, step)
    }

    /// What was waited for has happened.
    fn resume(&mut self, shell: &mut Shell) -> Step {
        match std::mem::replace(&mut shell.waiting, Waiting::Nothing) {
            Waiting::Children(pids) => {
                let statuses: Vec<i32> =
                    pids.iter().filter_map(|pid| shell.status_of(*pid)).collect();
                shell.status = statuses.last().copied().unwrap_or(0);
                if shell.options.pipefail {
                    let failed = statuses.iter().rev().find(|status| **status != 0);
                    shell.status = failed.copied().unwrap_or(0);
                }
                shell.ended.retain(|(pid, _)| !pids.contains(pid));
                let (tested, length) = match shell.script.ops.get(shell.pc) {
                    Some(Op::Simple(simple)) => (simple.tested, 1),
                    Some(Op::Fork { len, tested, .. }) => (*tested, len + 1),
                    Some(Op::Pipeline { lens, tested }) => {
                        let variables = Arc::make_mut(&mut shell.variables);
                        for (place, status) in statuses.iter().enumerate() {
                            let name = format!("{PIPE_STATUS}[{place}]");
                            variables.set(&name, &status.to_string());
                        }
                        (*tested, lens.iter().sum::<usize>() + 1)
                    }
                    _ => (true, 1),
                };
                shell.complete(tested, length)
            }
            Waiting::Jobs(pids) => {
                let last = pids.as_ref().and_then(|pids| pids.last());
                shell.status = last.and_then(|pid| shell.status_of(*pid)).unwrap_or(0);
                let gone = pids.unwrap_or_else(|| shell.jobs.clone());
                shell.jobs.retain(|pid| !gone.contains(pid));
                shell.complete(false, 1)
            }
            Waiting::AnyJob => {
                let ended = shell.ended_job();
                shell.status = ended.map_or(127, |(_, status)| status);
                shell.jobs.retain(|pid| ended.is_none_or(|(other, _)| *pid != other));
                shell.complete(false, 1)
            }
            Waiting::Substitution(pid, pipe) => {
                let text = self.state.take_buffer(pipe);
                shell.substitutions.push(text.trim_end_matches('\n').into());
                shell.substitution_status = shell.status_of(pid);
                shell.ended.retain(|(ended, _)| *ended != pid);
                Step::Jumped
            }
            Waiting::Input(_) | Waiting::Nothing => Step::Jumped,
        }
    }

    fn op(
        &mut self,
        shell: &mut Shell,
        process: &mut Process,
        op: &Op,
        script: &Arc<Script>,
    ) -> Step {
        match op {
            Op::Simple(simple) => self.simple(shell, process, simple, script),
            Op::Jump(by) => Step::Next(*by),
            Op::IfFailed(by) => Step::Next(if shell.status == 0 { 1 } else { *by }),
            Op::IfOk(by) => Step::Next(if shell.status == 0 { *by } else { 1 }),
            Op::Not => {
                shell.status = i32::from(shell.status == 0);
                Step::Next(1)
            }
            Op::Succeed => {
                shell.status = 0;
                Step::Next(1)
            }
            Op::Fork { len, background, .. } => self.fork(shell, process, *len, *background),
            Op::Pipeline { lens, .. } => self.pipeline(shell, process, lens),
            Op::Loop { len } => shell.enter_loop(*len, Vec::new()),
            Op::For { words, len, line } => {
                let items = match words {
                    None => shell.arguments.to_vec(),
                    Some(words) => match self.expand(shell, process, |e| e.fields(words)) {
                        Ok(items) => items,
                        Err(halt) => return self.halt(shell, process, halt, *line),
                    },
                };
                shell.enter_loop(*len, items)
            }
            Op::Next(name) => shell.next_item(name),
            Op::Again => shell.again(),
            Op::Done => {
                if let Some(Frame::Loop { status, .. }) = shell.frames.pop() {
                    shell.status = status;
                }
                Step::Next(1)
            }
            Op::Case { word, arms, end, line } => {
                let chosen = self.expand(shell, process, |expander| {
                    let text = expander.text(word)?;
                    for (patterns, place) in arms {
                        for pattern in patterns {
                            if pattern::matches(&expander.pattern(pattern)?, &text) {
                                return Ok(*place);
                            }
                        }
                    }
                    Ok(*end)
                });
                match chosen {
                    Ok(place) => {
                        shell.status = 0;
                        Step::Next(place)
                    }
                    Err(halt) => self.halt(shell, process, halt, *line),
                }
            }
            Op::Function { name, len } => {
                let from = shell.pc + 1;
                let functions = Arc::make_mut(&mut shell.functions);
                functions.retain(|(known, ..)| known != name);
                functions.push((name.clone(), Arc::clone(script), from, from + len));
                shell.status = 0;
                Step::Next(len + 1)
            }
            Op::Return => shell.leave_call(process).unwrap_or(Step::Jumped),
            Op::Redirect { redirects, len, line } => {
                match self.redirected(shell, process, redirects, script, *line) {
                    Ok(Some(fds)) => {
                        let fds = Box::new(std::mem::replace(&mut process.fds, fds));
                        shell.frames.push(Frame::Fds { fds, is_call: false });
                        Step::Next(1)
                    }
                    Ok(None) => {
                        shell.status = shell.refusal();
                        Step::Next(*len)
                    }
                    Err(halt) => self.halt(shell, process, halt, *line),
                }
            }
            Op::Restore => {
                if let Some(Frame::Fds { fds, .. }) = shell.frames.pop() {
                    process.fds = *fds;
                }
                Step::Next(1)
            }
            Op::Broken(error) => {
                let text = shell.syntax_complaint(error);
                self.write(&process.fds[2].clone(), &text);
                if shell.kind == Kind::Bash {
                    let note = "arrays and some more of bash's own syntax are not simulated";
                    self.note(error.line, note);
                }
                Step::Exit(2)
            }
        }
    }

    /// Expands something. The variables change only when all substitutions have their results.
    pub(super) fn expand<T>(
        &mut self,
        shell: &mut Shell,
        process: &Process,
        what: impl FnOnce(&mut Expander<'_>) -> Result<T, Halt>,
    ) -> Result<T, Halt> {
        let surroundings = (self.world.hostname, self.now.as_micros() + self.state.steps());
        let mut expander = Expander::new(shell, self.file_system(), process.pid, surroundings);
        let result = what(&mut expander);
        let variables = expander.variables;
        if result.is_ok() {
            shell.variables = variables;
            shell.substitutions.clear();
        }
        result
    }

    /// An expansion has stopped: the substitution is run, or the shell ends.
    #[inline(never)]
    fn halt(&mut self, shell: &mut Shell, process: &Process, halt: Halt, line: u32) -> Step {
        match halt {
            Halt::Substitute(script) => {
                let end = script.ops.len();
                let child = shell.child(script, 0, end);
                let Some(pipe) = self.state.new_pipe(true) else {
                    return self.cannot_fork(shell, process);
                };
                let fds = [process.fds[0].clone(), Fd::Pipe(pipe), process.fds[2].clone()];
                let Some(pid) = self.spawn(process.pid, Task::Shell(Box::new(child)), fds) else {
                    self.state.take_buffer(pipe);
                    return self.cannot_fork(shell, process);
                };
                shell.waiting = Waiting::Substitution(pid, pipe);
                Step::Wait
            }
            Halt::Fail(text) => {
                let text = shell.complaint(line, &text);
                self.write(&process.fds[2], &text);
                Step::Exit(if shell.kind == Kind::Bash { 127 } else { 2 })
            }
        }
    }

    #[inline(never)]
    pub(super) fn cannot_fork(&mut self, shell: &Shell, process: &Process) -> Step {
        let what = match shell.kind {
            Kind::Ash => "can't fork: Resource temporarily unavailable",
            Kind::Dash => "Cannot fork",
            Kind::Bash => "fork: retry: Resource temporarily unavailable",
        };
        let text = shell.complaint(0, what);
        self.write(&process.fds[2], &text);
        Step::Exit(2)
    }

    #[inline(never)]
    fn fork(&mut self, shell: &mut Shell, process: &Process, len: usize, background: bool) -> Step {
        let from = shell.pc + 1;
        let child = shell.body(from, len);
        let mut fds = process.fds.clone();
        if background {
            fds[0] = Fd::Null;
        }
        let Some(pid) = self.spawn(process.pid, Task::Shell(Box::new(child)), fds) else {
            return self.cannot_fork(shell, process);
        };
        if background {
            shell.last_background = pid;
            shell.status = 0;
            if shell.jobs.len() < 256 {
                shell.jobs.push(pid);
            }
            return Step::Yield(len + 1);
        }
        shell.waiting = Waiting::Children(vec![pid]);
        Step::Wait
    }

    #[inline(never)]
    fn pipeline(&mut self, shell: &mut Shell, process: &Process, lens: &[usize]) -> Step {
        let mut from = shell.pc + 1;
        let mut input = process.fds[0].clone();
        let mut pids = Vec::new();
        for (index, len) in lens.iter().enumerate() {
            let mut output = process.fds[1].clone();
            let mut next = Fd::Null;
            if index + 1 < lens.len() {
                let Some(pipe) = self.state.new_pipe(false) else {
                    return self.cannot_fork(shell, process);
                };
                output = Fd::Pipe(pipe);
                next = Fd::Pipe(pipe);
            }
            let child = shell.body(from, *len);
            let fds = [std::mem::replace(&mut input, next), output, process.fds[2].clone()];
            let Some(pid) = self.spawn(process.pid, Task::Shell(Box::new(child)), fds) else {
                return self.cannot_fork(shell, process);
            };
            pids.push(pid);
            from += len;
        }
        shell.waiting = Waiting::Children(pids);
        Step::Wait
    }

    fn simple(
        &mut self,
        shell: &mut Shell,
        process: &mut Process,
        simple: &Simple,
        script: &Arc<Script>,
    ) -> Step {
        let expanded = self.expand(shell, process, |expander| {
            let words = expander.fields(&simple.words)?;
            let mut assignments: Vec<(Name, Name)> = Vec::new();
            for (name, value) in &simple.assignments {
                let value: Name = expander.text(value)?.into();
                // Later values may use earlier ones.
                if words.is_empty() {
                    Arc::make_mut(&mut expander.variables).set_name(name, value.clone());
                }
                assignments.push((name.clone(), value));
            }
            let mut targets = Vec::new();
            for redirect in &simple.redirects {
                targets.push(target(expander, redirect, script)?);
            }
            Ok((words, assignments, targets))
        });
        let (words, assignments, targets) = match expanded {
            Ok(expanded) => expanded,
            Err(halt) => return self.halt(shell, process, halt, simple.line),
        };
        let substituted = shell.substitution_status.take();
        let redirected = self.open(shell, process, &simple.redirects, &targets, simple.line);
        if shell.options.trace && !(words.is_empty() && assignments.is_empty()) {
            let mut text = String::from("+");
            for (name, value) in &assignments {
                text.extend([" ", name, "=", value]);
            }
            for word in &words {
                text.extend([" ", word]);
            }
            text.push('\n');
            self.write(&process.fds[2], &text);
        }
        let Some(fds) = redirected else {
            shell.status = shell.refusal();
            return shell.complete(simple.tested, 1);
        };
        if words.is_empty() {
            shell.status = substituted.unwrap_or(0);
            return shell.complete(simple.tested, 1);
        }
        self.command(shell, process, &words, &assignments, fds, simple)
    }

    /// Runs a command whose words are known.
    pub(super) fn command(
        &mut self,
        shell: &mut Shell,
        process: &mut Process,
        words: &[Name],
        assignments: &[(Name, Name)],
        fds: [Fd; 3],
        simple: &Simple,
    ) -> Step {
        let function = shell.functions.iter().find(|(name, ..)| *name == words[0]).cloned();
        if let Some((_, script, from, to)) = function {
            for (name, value) in assignments {
                Arc::make_mut(&mut shell.variables).set_name(name, value.clone());
            }
            return self.call(shell, process, (script, from, to), &words[1..], fds, simple);
        }
        if super::builtins::is_builtin(&words[0]) {
            for (name, value) in assignments {
                Arc::make_mut(&mut shell.variables).set_name(name, value.clone());
            }
            return self.builtin(shell, process, words, fds, simple);
        }
        let mut environment = Arc::clone(&shell.variables);
        for (name, value) in assignments {
            let environment = Arc::make_mut(&mut environment);
            environment.set_name(name, value.clone());
            environment.export(name);
        }
        let call = Call {
            argv: words,
            fds: fds.clone(),
            variables: environment,
            directory: shell.directory.clone(),
            line: simple.line,
            is_last: shell.is_last_command(),
            kind: shell.kind,
        };
        match self.tool(&call) {
            Outcome::Done(status) => {
                shell.status = status;
                shell.complete(simple.tested, 1)
            }
            Outcome::Runs(task) if call.is_last => {
                process.fds = fds;
                Step::Becomes(task)
            }
            Outcome::Runs(task) => self.run_child(shell, process, task, fds, None),
            Outcome::RunsUntil(task, at, status) => {
                self.run_child(shell, process, task, fds, Some((at, status)))
            }
            Outcome::NotFound => {
                let text = shell.not_found(simple.line, &words[0]);
                self.write(&fds[2], &text);
                shell.status = 127;
                shell.complete(simple.tested, 1)
            }
            Outcome::Denied => {
                let text =
                    shell.complaint(simple.line, &format!("{}: Permission denied", words[0]));
                self.write(&fds[2], &text);
                shell.status = 126;
                shell.complete(simple.tested, 1)
            }
        }
    }

    /// Runs a child in the foreground.
    fn run_child(
        &mut self,
        shell: &mut Shell,
        process: &Process,
        task: Task,
        fds: [Fd; 3],
        limit: Option<(Instant, i32)>,
    ) -> Step {
        let Some(pid) = self.spawn(process.pid, task, fds) else {
            return self.cannot_fork(shell, process);
        };
        if let Some(child) = self.state.processes.iter_mut().find(|child| child.pid == pid) {
            child.limit = limit;
        }
        shell.waiting = Waiting::Children(vec![pid]);
        Step::Wait
    }

    fn call(
        &mut self,
        shell: &mut Shell,
        process: &mut Process,
        (script, from, to): (Arc<Script>, usize, usize),
        arguments: &[Name],
        fds: [Fd; 3],
        simple: &Simple,
    ) -> Step {
        if shell.frames.len() >= DEEPEST {
            let text = shell.complaint(simple.line, "functions are nested too deeply");
            self.write(&process.fds[2], &text);
            return Step::Exit(2);
        }
        if fds != process.fds {
            let fds = Box::new(std::mem::replace(&mut process.fds, fds));
            shell.frames.push(Frame::Fds { fds, is_call: true });
        }
        let arguments = std::mem::replace(&mut shell.arguments, arguments.into());
        let tested = simple.tested;
        shell.tested += u32::from(tested);
        shell.enter(
            (script, from, to),
            shell.pc + 1,
            FrameKind::Function { arguments, tested, locals: Vec::new() },
        );
        Step::Jumped
    }
}
