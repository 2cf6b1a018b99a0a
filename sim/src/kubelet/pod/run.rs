//! One container of a pod, through all its runs.

use crate::api::Name;
use crate::api::pod::ContainerState;
use crate::container::{Container, Exit};
use crate::kubelet::back_off::BackOff;
use crate::time::Instant;

use super::kill::Kill;

/// A run that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) reason: &'static str,
    pub(super) started_at: Instant,
    pub(super) at: Instant,
}

impl Ended {
    pub(super) const fn of(exit: Exit, started_at: Instant) -> Self {
        Self { code: exit.code, reason: exit.reason(), started_at, at: exit.at }
    }

    pub(super) const fn state(self) -> ContainerState {
        ContainerState::Terminated {
            exit_code: self.code,
            reason: self.reason,
            started_at: self.started_at,
            finished_at: self.at,
        }
    }
}

/// How a container stands, as the kubelet last saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Waiting { reason: &'static str, message: Name },
    Running { since: Instant },
    Ended(Ended),
}

/// What its probes say of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fitness {
    pub(super) started: bool,
    pub(super) ready: bool,
}

/// A container.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// The last run.
    pub(super) process: Option<Container>,
    /// The run before, for its log.
    pub(super) previous: Option<Container>,
    /// The last start failed.
    pub(super) start_error: Option<Ended>,
    pub(super) started_at: Instant,
    /// Whether the process runs, in truth.
    pub(super) is_alive: bool,
    /// How often it was started.
    pub(super) starts: u32,
    /// How many of the starts the kubelet has seen.
    pub(super) seen: u32,
    pub(super) shown: Shown,
    /// The run before the one that is shown.
    pub(super) last: Option<Ended>,
    pub(super) fitness: Fitness,
    pub(super) back_off: BackOff,
    pub(super) pull_back_off: BackOff,
    /// What the last failed pull said.
    pub(super) pull_error: Option<Name>,
    /// When the kubelet next tries to start it.
    pub(super) not_before: Option<Instant>,
    /// How it is being stopped.
    pub(super) kill: Option<Kill>,
    /// The kubelet has stopped it to start it anew.
    pub(super) was_killed: bool,
}

impl Run {
    pub(super) fn new(reason: &'static str) -> Self {
        Self {
            process: None,
            previous: None,
            start_error: None,
            started_at: Instant::BOOT,
            is_alive: false,
            starts: 0,
            seen: 0,
            shown: Shown::Waiting { reason, message: "".into() },
            last: None,
            fitness: Fitness::default(),
            back_off: BackOff::default(),
            pull_back_off: BackOff::default(),
            pull_error: None,
            not_before: None,
            kill: None,
            was_killed: false,
        }
    }

    /// How the last run ended, if it has.
    pub(super) fn exit(&self) -> Option<Ended> {
        let exit = || self.process.as_ref()?.exit();
        self.start_error.or_else(|| Some(Ended::of(exit()?, self.started_at)))
    }

    /// Whether it runs as far as the kubelet knows: a process that has ended counts until it is
    /// seen.
    pub(super) const fn is_up(&self) -> bool {
        self.seen < self.starts || matches!(self.shown, Shown::Running { .. })
    }

    /// How it ended, as far as the kubelet knows.
    pub(super) const fn ended(&self) -> Option<Ended> {
        match self.shown {
            Shown::Running { .. } => None,
            Shown::Ended(ended) => Some(ended),
            Shown::Waiting { .. } => self.last,
        }
    }

    /// Whether the kubelet has not seen all there is to see.
    pub(super) const fn is_stale(&self) -> bool {
        self.seen < self.starts || (matches!(self.shown, Shown::Running { .. }) && !self.is_alive)
    }

    /// Looks how the container stands.
    pub(super) fn look(&mut self) {
        if !self.is_stale() {
            return;
        }
        if self.seen < self.starts {
            if let Shown::Ended(ended) = self.shown {
                self.last = Some(ended);
            }
            self.seen = self.starts;
            self.fitness = Fitness::default();
        }
        self.shown = match self.exit() {
            Some(ended) => Shown::Ended(ended),
            None => Shown::Running { since: self.started_at },
        };
    }

    /// How often it was started again, as shown.
    pub(super) const fn restarts(&self) -> u32 {
        self.seen.saturating_sub(1)
    }

    /// It waits, and how its last run ended is kept.
    pub(super) fn wait(&mut self, reason: &'static str, message: Name) {
        if let Shown::Ended(ended) = self.shown {
            self.last = Some(ended);
        }
        self.shown = Shown::Waiting { reason, message };
    }
}
