//! Lifecycle hooks: what is done right after the start and before the stop of a container.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/lifecycle/handlers.go`. An HTTP hook works if there is any
//! answer; a TCP hook does nothing; both as upstream's.

use super::{Around, PodWorker};
use crate::api::pod_template::{Hook, ProbeHandler};
use crate::container::{Command, Exec};
use crate::time::{Duration, Instant};

/// A hook under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HookRun {
    /// It ends at this moment, well or not.
    Until { at: Instant, works: bool },
    /// A command that is given up at this moment.
    Exec { id: u32, until: Instant },
}

impl HookRun {
    /// When it is to be looked at, at the latest.
    pub(super) const fn next_at(self) -> Instant {
        match self {
            Self::Until { at, .. } => at,
            Self::Exec { until, .. } => until,
        }
    }
}

impl PodWorker {
    /// Begins a hook of a container; it is given up after `limit`.
    pub(super) fn begin_hook(
        &mut self,
        index: usize,
        hook: &Hook,
        command: Option<&Command>,
        limit: Duration,
        around: &Around<'_, '_>,
    ) -> HookRun {
        let now = around.now();
        let end = now + limit;
        let over = |works: bool| HookRun::Until { at: now, works };
        match hook {
            Hook::Sleep(seconds) => {
                let at = now + Duration::from_secs((*seconds).into());
                HookRun::Until { at: at.min(end), works: true }
            }
            Hook::Do(ProbeHandler::Exec(_)) => {
                let exec = command.and_then(|command| {
                    self.with(index, around, |process, world| process.exec(command, now, world))
                });
                match exec {
                    Some(Exec::Running(id)) => HookRun::Exec { id, until: end },
                    Some(Exec::Done { code, .. }) => over(code == 0),
                    Some(Exec::Failed(_)) | None => over(false),
                }
            }
            Hook::Do(ProbeHandler::HttpGet { port, path, .. }) => {
                let port = self.port(index, port);
                let reply = port.map(|port| self.reply(port, path, now, &self.volumes));
                match reply {
                    Some(Ok(reply)) => {
                        HookRun::Until { at: (now + reply.latency).min(end), works: true }
                    }
                    Some(Err(_)) | None => over(false),
                }
            }
            Hook::Do(ProbeHandler::TcpSocket { .. } | ProbeHandler::Grpc { .. }) => over(true),
        }
    }

    /// Whether a hook that is over has worked; `None` while it goes on.
    pub(super) fn hook_outcome(
        &mut self,
        index: usize,
        hook: HookRun,
        around: &Around<'_, '_>,
    ) -> Option<bool> {
        match hook {
            HookRun::Until { at, works } => (at <= around.now()).then_some(works),
            HookRun::Exec { id, .. } => {
                let process = self.runs[index].process.as_mut()?;
                process.exec_result(id).map(|(code, _)| code == 0)
            }
        }
    }
}
