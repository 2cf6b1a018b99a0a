//! `kubectl rollout status`: what it says about a Deployment, and when it is done.
//!
//! Models: kubectl v1.36 `pkg/polymorphichelpers/rollout_status.go` and
//! `pkg/cmd/rollout/rollout_status.go`. One line is printed for every write that is watched, so
//! equal lines in a row are real.

use std::collections::VecDeque;

use super::stream::Line;
use crate::api::deployment::{DeploymentConditionType, Reason};
use crate::api::{Deployment, Uid};
use crate::apiserver::ApiServer;
use crate::time::{Duration, Instant};

/// What to print, and whether the rollout is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The sentence, without a line break.
    pub message: String,
    /// Whether there is nothing more to wait for.
    pub done: bool,
}

/// The state of a Deployment's rollout.
///
/// # Errors
/// The progress deadline is exceeded, or `revision` (0 for any) is not the current one.
pub fn status(deployment: &Deployment, revision: i64) -> Result<Status, String> {
    if revision > 0 && deployment.revision() != revision {
        return Err(format!(
            "desired revision ({revision}) is different from the running revision ({})",
            deployment.revision()
        ));
    }
    let name = &deployment.meta.name;
    let status = &deployment.status;
    if deployment.meta.generation > status.observed_generation {
        let message = "Waiting for deployment spec update to be observed...".to_owned();
        return Ok(Status { message, done: false });
    }
    let progressing = deployment.condition(DeploymentConditionType::Progressing);
    if progressing.is_some_and(|cond| cond.reason == Reason::ProgressDeadlineExceeded) {
        return Err(format!("deployment \"{name}\" exceeded its progress deadline"));
    }
    let (desired, updated) = (deployment.spec.replicas, status.updated_replicas);
    let waiting = if updated < desired {
        Some(format!("{updated} out of {desired} new replicas have been updated..."))
    } else if status.replicas > updated {
        Some(format!("{} old replicas are pending termination...", status.replicas - updated))
    } else if status.available_replicas < updated {
        let available = status.available_replicas;
        Some(format!("{available} of {updated} updated replicas are available..."))
    } else {
        None
    };
    Ok(match waiting {
        Some(what) => Status {
            message: format!("Waiting for deployment \"{name}\" rollout to finish: {what}"),
            done: false,
        },
        None => {
            Status { message: format!("deployment \"{name}\" successfully rolled out"), done: true }
        }
    })
}

/// A `rollout status` that goes on until the rollout is done. Several Deployments are followed one
/// after the other.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    deployments: VecDeque<Uid>,
    revision: i64,
    seen: u64,
    started_at: Option<Instant>,
    timeout: Option<Duration>,
}

impl Watch {
    pub(crate) const fn new(
        deployments: VecDeque<Uid>,
        revision: i64,
        timeout: Option<Duration>,
    ) -> Self {
        Self { deployments, revision, seen: 0, started_at: None, timeout }
    }

    /// Prints what is new; returns the exit code when the command is over.
    pub(crate) fn follow(
        &mut self,
        now: Instant,
        api: &ApiServer,
        out: &mut Vec<Line>,
    ) -> Option<i32> {
        while let Some(deployment) = self.deployments.front().copied() {
            match self.follow_one(deployment, now, api, out)? {
                0 => {
                    self.deployments.pop_front();
                    (self.seen, self.started_at) = (0, None);
                }
                code => return Some(code),
            }
        }
        Some(0)
    }

    fn follow_one(
        &mut self,
        deployment: Uid,
        now: Instant,
        api: &ApiServer,
        out: &mut Vec<Line>,
    ) -> Option<i32> {
        let started = *self.started_at.get_or_insert(now);
        if self.timeout.is_some_and(|timeout| now.since(started) >= timeout) {
            return Some(fail(now, "error: timed out waiting for the condition", out));
        }
        let Some(deployment) = api.list::<Deployment>().by_uid(deployment) else {
            return Some(fail(now, "error: object has been deleted", out));
        };
        if deployment.meta.resource_version == self.seen {
            return None;
        }
        self.seen = deployment.meta.resource_version;
        match status(deployment, self.revision) {
            Ok(status) => {
                out.push(Line::whole(now, status.message, false));
                status.done.then_some(0)
            }
            Err(error) => Some(fail(now, &format!("error: {error}"), out)),
        }
    }
}

fn fail(now: Instant, text: &str, out: &mut Vec<Line>) -> i32 {
    out.push(Line::whole(now, text.to_owned(), true));
    1
}
