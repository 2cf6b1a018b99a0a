//! `kubectl rollout pause` and `resume`: whether template changes wait.
//!
//! Models: kubectl v1.36 `pkg/cmd/rollout/{rollout_pause,rollout_resume}.go`.

use super::{flags, objects, quoted};
use crate::api::Deployment;
use crate::apiserver::AnyObject;
use crate::kubectl::error::Error;
use crate::kubectl::session::Session;

pub(in crate::kubectl) const FLAGS: &str = flags!("");

/// Runs `rollout pause`.
pub(in crate::kubectl) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    set(session, true)
}

/// Runs `rollout resume`.
pub(in crate::kubectl) fn run_resume(session: &mut Session<'_>) -> Result<(), Error> {
    set(session, false)
}

fn set(session: &mut Session<'_>, paused: bool) -> Result<(), Error> {
    let objects = objects(session)?;
    if objects.is_empty() && !session.has_failed() {
        let namespace = session.namespace();
        session.warn(&format!("No resources found in {namespace} namespace."));
    }
    for object in objects {
        let quoted = quoted(&object);
        let AnyObject::Deployment(deployment) = &object else {
            let doing = if paused { "pausing" } else { "resuming" };
            session.fail(Error::Text(format!("error: {quoted} {doing} is not supported")));
            continue;
        };
        if deployment.spec.paused == paused {
            let state = if paused { "already" } else { "not" };
            session.fail(Error::Text(format!("error: {quoted} is {state} paused")));
            continue;
        }
        let api = session.cluster.api_mut();
        let changed =
            api.change::<Deployment>(deployment.meta.uid, |object| object.spec.paused = paused)?;
        let done = if paused { "paused" } else { "resumed" };
        session.report(&AnyObject::Deployment(changed), done)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn pausing_twice_and_resuming_twice_are_mistakes() {
        let mut lab = Lab::with_web();
        lab.check("rollout pause deploy/web", "deployment.apps/web paused\n");
        lab.check_error(
            "rollout pause deploy/web",
            "error: deployments.apps \"web\" is already paused\n",
        );
        lab.check("rollout resume deploy/web", "deployment.apps/web resumed\n");
        lab.check_error(
            "rollout resume deploy/web",
            "error: deployments.apps \"web\" is not paused\n",
        );
        lab.check_error(
            "rollout pause svc/web",
            "error: services \"web\" pausing is not supported\n",
        );
    }
}
