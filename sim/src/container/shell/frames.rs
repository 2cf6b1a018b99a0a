//! Where a shell is in its script: loops, calls, traps and the ways out of them.

use std::sync::Arc;

use super::interpret::Step;
use super::syntax::Script;
use super::{Frame, FrameKind, Shell, Waiting};
use crate::api::Name;
use crate::container::machine::Turn;
use crate::container::process::{Process, Signal};

/// How deep functions, loops and the like may be nested.
pub(super) const DEEPEST: usize = 200;

impl Shell {
    /// The script at hand ends: so does the shell, or it returns.
    pub(super) fn end_of_script(&mut self, process: &mut Process) -> Option<Turn> {
        if let Some(step) = self.leave_call(process) {
            return self.after(process, step);
        }
        let status = self.exiting.take().unwrap_or(self.status);
        self.leave(process, status)
    }

    /// Goes where a step leads.
    pub(super) fn after(&mut self, process: &mut Process, step: Step) -> Option<Turn> {
        match step {
            Step::Next(count) => {
                self.pc += count;
                None
            }
            Step::Yield(count) => {
                self.pc += count;
                Some(Turn::Over)
            }
            Step::Jumped => None,
            Step::Wait => match self.waiting {
                Waiting::Nothing => None,
                _ if self.can_go_on(false) => None,
                _ => Some(Turn::Over),
            },
            Step::Exit(status) => self.leave(process, status),
            Step::Becomes(task) => Some(Turn::Becomes(task)),
        }
    }

    /// Ends a shell, after its exit trap.
    pub(super) fn leave(&mut self, process: &mut Process, status: i32) -> Option<Turn> {
        while let Some(frame) = self.frames.pop() {
            if let Frame::Fds { fds, .. } = frame {
                process.fds = *fds;
            }
        }
        let trap = self.traps.iter().position(|trap| trap.signal.is_none());
        let Some(trap) = trap.map(|place| self.traps.remove(place)) else {
            return Some(Turn::Exit(status));
        };
        self.exiting = Some(status);
        self.status = status;
        self.set_script(trap.script);
        None
    }

    /// The status after a redirection that failed.
    pub(super) const fn refusal(&self) -> i32 {
        if matches!(self.kind, super::Kind::Dash) { 2 } else { 1 }
    }

    /// Makes a variable the function's own.
    pub(super) fn make_local(&mut self, name: &str) {
        let before = self.variables.get(name).cloned();
        let function = self.frames.iter_mut().rev().find_map(|frame| match frame {
            Frame::Script { kind: FrameKind::Function { locals, .. }, .. } => Some(locals),
            Frame::Script { .. } | Frame::Loop { .. } | Frame::Fds { .. } => None,
        });
        if let Some(locals) = function.filter(|locals| locals.len() < DEEPEST) {
            locals.push((name.into(), before));
        }
    }

    /// A child for these steps. One command alone takes its place.
    pub(super) fn body(&self, from: usize, len: usize) -> Self {
        let mut child = self.child(Arc::clone(&self.script), from, from + len);
        child.replaces = len == 1;
        child
    }

    /// A command has ended with `status`: `set -e` may end the shell.
    pub(super) fn complete(&mut self, tested: bool, length: usize) -> Step {
        let fails = self.status != 0 && self.options.exit_on_error;
        if fails && !tested && self.tested == 0 && self.exiting.is_none() {
            return Step::Exit(self.status);
        }
        Step::Next(length)
    }

    pub(super) fn set_script(&mut self, script: Arc<Script>) {
        (self.pc, self.end) = (0, script.ops.len());
        self.script = script;
        self.waiting = Waiting::Nothing;
        self.substitutions.clear();
    }

    /// Goes to another script, to return to the step `pc`.
    pub(super) fn enter(
        &mut self,
        (script, from, to): (Arc<Script>, usize, usize),
        pc: usize,
        kind: FrameKind,
    ) {
        let end = std::mem::replace(&mut self.end, to);
        let script = std::mem::replace(&mut self.script, script);
        self.pc = from;
        self.frames.push(Frame::Script { script, pc, end, kind });
    }

    /// Runs a text as a part of the script.
    pub(super) fn enter_text(&mut self, script: Arc<Script>) -> Step {
        if self.frames.len() >= DEEPEST {
            return Step::Exit(2);
        }
        let end = script.ops.len();
        self.enter((script, 0, end), self.pc + 1, FrameKind::Text);
        Step::Jumped
    }

    /// Runs the trap of a signal before the next step. The builtin `wait` ends.
    #[inline(never)]
    pub(super) fn begin_trap(&mut self, signal: Signal) {
        let Some(trap) = self.traps.iter().find(|trap| trap.signal == Some(signal)) else {
            return;
        };
        let script = Arc::clone(&trap.script);
        if matches!(self.waiting, Waiting::Jobs(_) | Waiting::AnyJob) {
            self.waiting = Waiting::Nothing;
            self.status = 128 + signal.number();
            self.pc += 1;
        }
        let (end, status) = (script.ops.len(), self.status);
        self.enter((script, 0, end), self.pc, FrameKind::Trap(status));
    }

    /// Returns from the innermost function, text or trap; `None` when there is none.
    pub(super) fn leave_call(&mut self, process: &mut Process) -> Option<Step> {
        while let Some(frame) = self.frames.pop() {
            match frame {
                Frame::Loop { .. } => {}
                Frame::Fds { fds, .. } => process.fds = *fds,
                Frame::Script { script, pc, end, kind } => {
                    (self.script, self.pc, self.end) = (script, pc, end);
                    let mut tested = true;
                    match kind {
                        FrameKind::Function { arguments, tested: was_tested, locals } => {
                            let variables = Arc::make_mut(&mut self.variables);
                            for (name, value) in locals.into_iter().rev() {
                                match value {
                                    Some(value) => variables.set_name(&name, value),
                                    None => variables.unset(&name),
                                }
                            }
                            self.arguments = arguments;
                            self.tested -= u32::from(was_tested);
                            tested = was_tested;
                        }
                        FrameKind::Trap(status) => self.status = status,
                        FrameKind::Text => {}
                    }
                    if let Some(Frame::Fds { is_call: true, .. }) = self.frames.last()
                        && let Some(Frame::Fds { fds, .. }) = self.frames.pop()
                    {
                        process.fds = *fds;
                    }
                    return Some(self.complete(tested, 0));
                }
            }
        }
        None
    }

    pub(super) fn enter_loop(&mut self, len: usize, items: Vec<Name>) -> Step {
        if self.frames.len() >= DEEPEST {
            return Step::Exit(2);
        }
        let (start, end) = (self.pc + 1, self.pc + 1 + len);
        self.frames.push(Frame::Loop { start, end, status: 0, items, next: 0 });
        Step::Next(1)
    }

    pub(super) fn next_item(&mut self, name: &Name) -> Step {
        let Some(Frame::Loop { end, items, next, status, .. }) = self.frames.last_mut() else {
            return Step::Next(1);
        };
        if let Some(item) = items.get(*next) {
            *next += 1;
            Arc::make_mut(&mut self.variables).set_name(name, item.clone());
            return Step::Next(1);
        }
        (self.pc, self.status) = (*end, *status);
        self.frames.pop();
        Step::Jumped
    }

    pub(super) fn again(&mut self) -> Step {
        let Some(Frame::Loop { start, status, .. }) = self.frames.last_mut() else {
            return Step::Next(1);
        };
        *status = self.status;
        self.pc = *start;
        Step::Jumped
    }

    /// `break` and `continue`: leaves `levels` loops, or goes on with the outermost of them.
    #[inline(never)]
    pub(super) fn leave_loops(
        &mut self,
        levels: usize,
        goes_on: bool,
        process: &mut Process,
    ) -> Step {
        let inside = self.frames.iter().rev().take_while(|frame| {
            !matches!(frame, Frame::Script { kind: FrameKind::Function { .. }, .. })
        });
        let loops = inside.filter(|frame| matches!(frame, Frame::Loop { .. })).count();
        let mut left = levels.min(loops);
        self.status = 0;
        while left > 0 {
            match self.frames.pop() {
                Some(Frame::Fds { fds, .. }) => process.fds = *fds,
                Some(Frame::Script { script, end: script_end, .. }) => {
                    (self.script, self.end) = (script, script_end);
                }
                Some(Frame::Loop { start, end, items, next, .. }) => {
                    left -= 1;
                    if left == 0 && goes_on {
                        self.frames.push(Frame::Loop { start, end, status: 0, items, next });
                        self.pc = start;
                        return Step::Jumped;
                    }
                    self.pc = end;
                }
                None => break,
            }
            if left == 0 {
                return Step::Jumped;
            }
        }
        Step::Next(1)
    }
}
