//! `kubectl rollout status deployment/web`: follows a rollout to its end.
//!
//! Models: kubectl v1.36 `pkg/cmd/rollout/rollout_status.go`. What is said is in
//! [`crate::kubectl::rollout_status`].

use super::{flags, kind_dot_group, objects};
use crate::apiserver::AnyObject;
use crate::kubectl::error::{Error, fail};
use crate::kubectl::rollout_status::{self, Watch};
use crate::kubectl::session::Session;

pub(in crate::kubectl) const FLAGS: &str = flags!("watch,w revision:int timeout:time");

/// Runs `rollout status`.
pub(in crate::kubectl) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let revision = session.args.int("revision").unwrap_or(0);
    if revision < 0 {
        return fail(format!("revision must be a positive integer: {revision}"));
    }
    let objects = objects(session)?;
    if objects.is_empty() && !session.has_failed() {
        let namespace = session.namespace();
        session.warn(&format!("No resources found in {namespace} namespace."));
        return Ok(());
    }
    let mut deployments = Vec::new();
    for object in objects {
        if let AnyObject::Deployment(deployment) = object {
            deployments.push(deployment);
        } else {
            let kind = kind_dot_group(object.kind());
            session.fail(Error::Text(format!("no status viewer has been implemented for {kind}")));
        }
    }
    if session.args.switch("watch") == Some(false) || session.has_failed() {
        for deployment in &deployments {
            match rollout_status::status(deployment, revision) {
                Ok(status) => session.print(&status.message),
                Err(problem) => session.fail(Error::Text(problem)),
            }
        }
    } else if !deployments.is_empty() {
        let timeout = session.args.time("timeout").filter(|timeout| !timeout.is_zero());
        let uids = deployments.iter().map(|deployment| deployment.meta.uid).collect();
        let watch = Watch::new(uids, revision, timeout);
        if let Some(timeout) = timeout {
            let deadline = session.cluster.now() + timeout;
            session.cluster.wake_at(deadline);
        }
        session.out.stream = Some(session.cluster.streams.start(watch));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn a_rollout_is_followed_to_its_end() {
        let mut lab = Lab::with_web();
        let id = lab.run("rollout status deploy/web").stream.expect("it goes on");
        lab.advance(30);
        let (lines, code) = lab.cluster.read_stream(id);
        let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(code, Some(0));
        assert_eq!(lines.last(), Some(&"deployment \"web\" successfully rolled out"));
        lab.check(
            "rollout status deploy/web --watch=false",
            "deployment \"web\" successfully rolled out\n",
        );
    }

    #[test]
    fn what_has_no_rollout_is_refused() {
        let mut lab = Lab::with_web();
        lab.check_error(
            "rollout status svc/web",
            "error: no status viewer has been implemented for Service\n",
        );
        lab.check_error("rollout status", "error: required resource not specified\n");
        lab.check_error(
            "rollout status deploy/web --watch=false --revision=7",
            "error: desired revision (7) is different from the running revision (1)\n",
        );
    }
}
