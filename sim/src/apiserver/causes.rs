//! What caused each write: who made it, and which earlier write that answered.
//!
//! Every write but events' own is remembered with whoever made it and the version of the write that
//! woke them; following these leads from any state back to the command that began it. The memory is
//! bounded, and what is full of it is shared among clones of a cluster.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Change;
use crate::api::{Kind, Name, Uid};
use crate::occurrence::Controller;
use crate::time::Instant;

/// Writes in a part that is shared once it is full.
const PART: usize = 128;
/// Full parts that are kept.
const PARTS: usize = 64;
/// Commands that are kept.
const COMMANDS: usize = 64;

/// Who made a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum By {
    /// The cluster itself, as it was made; or a kubelet, in the course of a pod's life.
    #[default]
    Itself,
    /// A user, with the command of this number.
    Command(u32),
    /// A controller that looked at an object.
    Sync { controller: Controller, key: Uid },
    /// The scheduler.
    Scheduler,
}

/// One write and its cause.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Write {
    /// The resource version it made.
    pub(crate) version: u64,
    pub(crate) at: Instant,
    pub(crate) change: Change,
    pub(crate) kind: Kind,
    pub(crate) object: Uid,
    pub(crate) by: By,
    /// The version of the write that it answers; 0 when there is none.
    pub(crate) after: u64,
}

/// A command that was given.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) number: u32,
    pub(crate) at: Instant,
    pub(crate) text: Name,
    /// What kubectl said when it refused.
    pub(crate) refusal: Option<Name>,
}

/// The last writes with their causes, and the last commands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Causes {
    full: VecDeque<Arc<Vec<Write>>>,
    last: Vec<Write>,
    commands: VecDeque<Given>,
    given: u32,
    by: By,
    after: u64,
}

impl Causes {
    /// What is written from now on is made by `by` in answer to the write `after`.
    pub(crate) const fn begin(&mut self, by: By, after: u64) {
        (self.by, self.after) = (by, after);
    }

    /// What is written from now on is made by a command.
    pub(crate) fn begin_command(&mut self, at: Instant, text: &str) {
        self.given += 1;
        if self.commands.len() == COMMANDS {
            self.commands.pop_front();
        }
        self.commands.push_back(Given { number: self.given, at, text: text.into(), refusal: None });
        self.begin(By::Command(self.given), 0);
    }

    /// Notes that the last command was refused.
    pub(crate) fn refused(&mut self, refusal: &str) {
        if let Some(given) = self.commands.back_mut() {
            given.refusal = Some(refusal.into());
        }
    }

    /// The last command that was refused.
    pub(crate) fn last_refused(&self) -> Option<&Given> {
        self.commands.iter().rev().find(|given| given.refusal.is_some())
    }

    /// The write that is being answered.
    pub(crate) const fn after(&self) -> u64 {
        self.after
    }

    /// Remembers a write.
    pub(crate) fn note(
        &mut self,
        version: u64,
        at: Instant,
        change: Change,
        kind: Kind,
        object: Uid,
    ) {
        if self.last.len() == PART {
            if self.full.len() == PARTS {
                self.full.pop_front();
            }
            self.full.push_back(Arc::new(std::mem::take(&mut self.last)));
        }
        let (by, after) = (self.by, self.after);
        self.last.push(Write { version, at, change, kind, object, by, after });
    }

    /// The writes that are remembered, the last one first.
    pub(crate) fn latest_first(&self) -> impl Iterator<Item = &Write> {
        let full = self.full.iter().rev().flat_map(|part| part.iter().rev());
        self.last.iter().rev().chain(full)
    }

    /// The write that made this version.
    pub(crate) fn write(&self, version: u64) -> Option<&Write> {
        self.latest_first().find(|write| write.version == version)
    }

    /// The command of this number.
    pub(crate) fn command(&self, number: u32) -> Option<&Given> {
        self.commands.iter().find(|given| given.number == number)
    }
}
