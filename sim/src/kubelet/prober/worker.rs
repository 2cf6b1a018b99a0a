//! One probe worker: when it asks, how it counts, what it publishes.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/prober/worker.go` `doProbe`, cut in two: what is decided
//! before the container is asked ([`ProbeWorker::before`]) and what its answer changes
//! ([`ProbeWorker::after`]), because asking takes time.

use crate::api::pod_template::Probe;
use crate::time::Duration;

use super::verdict::Outcome;

/// What a probe is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeType {
    /// Whether the container has started; the others wait for it.
    Startup,
    /// Whether the container must be restarted.
    Liveness,
    /// Whether the container may take traffic.
    Readiness,
}

impl ProbeType {
    /// The type as events begin with it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
        }
    }

    /// The result of a container that has not been asked yet.
    pub const fn initial_result(self) -> ProbeResult {
        match self {
            Self::Startup => ProbeResult::Unknown,
            Self::Liveness => ProbeResult::Success,
            Self::Readiness => ProbeResult::Failure,
        }
    }
}

/// What a worker publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeResult {
    /// Nothing is known.
    Unknown,
    /// The container is well.
    Success,
    /// It is not.
    Failure,
}

/// How the container stands, as far as the kubelet knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is no status of it yet.
    Unknown,
    /// It waits to be started.
    Waiting,
    /// It has been running for this long.
    Running(Duration),
    /// It has ended, and is started again or not.
    Ended {
        /// Whether it is.
        restarts: bool,
    },
}

/// What a worker sees at a tick.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Whether the pod has ended for good.
    pub pod_ended: bool,
    /// Whether the pod's deletion has begun.
    pub pod_is_deleting: bool,
    /// The container.
    pub standing: Standing,
    /// Which run of the container it is, counted from 0.
    pub run: u32,
    /// Whether it has started: its startup probe has succeeded, or it has none and runs.
    pub started: bool,
}

/// What a tick leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The worker ends.
    Stop,
    /// Nothing until the next tick.
    Wait,
    /// The container is asked.
    Ask,
}

/// The worker of one probe of one container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeWorker {
    type_: ProbeType,
    run: Option<u32>,
    published: Option<ProbeResult>,
    last: Option<ProbeResult>,
    in_a_row: u32,
    on_hold: bool,
}

impl ProbeWorker {
    /// A worker that has seen nothing yet.
    pub const fn new(type_: ProbeType) -> Self {
        Self { type_, run: None, published: None, last: None, in_a_row: 0, on_hold: false }
    }

    /// What the probe is for.
    pub const fn type_(&self) -> ProbeType {
        self.type_
    }

    /// What the worker has published of the run it knows; `None` before it has seen one.
    pub const fn published(&self) -> Option<ProbeResult> {
        self.published
    }

    /// What it has published of this run of the container.
    pub fn result_of(&self, run: u32) -> Option<ProbeResult> {
        self.published.filter(|_| self.run == Some(run))
    }

    /// How many answers in a row were the same; 0 after a hold.
    pub const fn in_a_row(&self) -> u32 {
        self.in_a_row
    }

    /// Answers in a row: well, and not well.
    pub fn streak(&self) -> (u32, u32) {
        match self.last {
            Some(ProbeResult::Success) => (self.in_a_row, 0),
            Some(ProbeResult::Failure) => (0, self.in_a_row),
            Some(ProbeResult::Unknown) | None => (0, 0),
        }
    }

    /// Whether it waits for a new run of the container.
    pub const fn is_on_hold(&self) -> bool {
        self.on_hold
    }

    /// A tick: whether the container is to be asked. May publish a result by itself.
    pub fn before(&mut self, probe: &Probe, seen: &Seen) -> Turn {
        if seen.pod_ended {
            return Turn::Stop;
        }
        if seen.standing == Standing::Unknown {
            return Turn::Wait;
        }
        if self.run != Some(seen.run) {
            self.run = Some(seen.run);
            self.published = Some(self.type_.initial_result());
            self.on_hold = false;
        }
        if self.on_hold {
            return Turn::Wait;
        }
        let running_for = match seen.standing {
            Standing::Running(running_for) => running_for,
            Standing::Unknown | Standing::Waiting => {
                self.published = Some(ProbeResult::Failure);
                return Turn::Wait;
            }
            Standing::Ended { restarts } => {
                self.published = Some(ProbeResult::Failure);
                return if restarts { Turn::Wait } else { Turn::Stop };
            }
        };
        if seen.pod_is_deleting && self.type_ != ProbeType::Readiness {
            self.published = Some(ProbeResult::Success);
            return Turn::Stop;
        }
        let is_early = running_for.as_secs() < u64::from(probe.initial_delay_seconds);
        if is_early || seen.started == (self.type_ == ProbeType::Startup) {
            return Turn::Wait;
        }
        Turn::Ask
    }

    /// Takes in an answer. Returns the result when this answer publishes one, the same as before
    /// or another.
    pub fn after(&mut self, probe: &Probe, outcome: Outcome) -> Option<ProbeResult> {
        let result = if outcome.is_good() { ProbeResult::Success } else { ProbeResult::Failure };
        if self.last == Some(result) {
            self.in_a_row = self.in_a_row.saturating_add(1);
        } else {
            self.last = Some(result);
            self.in_a_row = 1;
        }
        let threshold = match result {
            ProbeResult::Success => probe.success_threshold,
            ProbeResult::Failure | ProbeResult::Unknown => probe.failure_threshold,
        };
        if self.in_a_row < threshold {
            return None;
        }
        self.published = Some(result);
        let holds = match self.type_ {
            ProbeType::Startup => true,
            ProbeType::Liveness => result == ProbeResult::Failure,
            ProbeType::Readiness => false,
        };
        if holds {
            self.on_hold = true;
            self.in_a_row = 0;
        }
        Some(result)
    }
}

/// Whether a container that runs counts as ready, given what its startup and readiness workers have
/// published; `None` for a probe it does not have.
///
/// Models: kubernetes v1.36 `pkg/kubelet/prober/prober_manager.go` `UpdatePodStatus`.
#[allow(clippy::option_option, reason = "a worker that has published nothing differs from none")]
pub fn is_ready(
    startup: Option<Option<ProbeResult>>,
    readiness: Option<Option<ProbeResult>>,
) -> bool {
    let good = |probe: Option<Option<ProbeResult>>| {
        probe.is_none_or(|result| result == Some(ProbeResult::Success))
    };
    good(startup) && good(readiness)
}
