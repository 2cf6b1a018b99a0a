//! `kubectl rollout restart deployment/web`: the same template, made new by an annotation.
//!
//! Models: kubectl v1.36 `pkg/cmd/rollout/rollout_restart.go`.

use super::{flags, objects, quoted};
use crate::api::Deployment;
use crate::apiserver::{AnyObject, merged};
use crate::kubectl::error::Error;
use crate::kubectl::session::Session;
use crate::manifest::timestamp;

pub(in crate::kubectl) const FLAGS: &str = flags!("");

/// The annotation that makes a template new.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// Runs `rollout restart`.
pub(in crate::kubectl) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let objects = objects(session)?;
    if objects.is_empty() && !session.has_failed() {
        let namespace = session.namespace();
        session.warn(&format!("No resources found in {namespace} namespace."));
    }
    let now = timestamp::format(session.cluster.now());
    for object in objects {
        let quoted = quoted(&object);
        let AnyObject::Deployment(deployment) = &object else {
            session.fail(Error::Text(format!("error: {quoted} restarting is not supported")));
            continue;
        };
        if deployment.spec.paused {
            session.fail(Error::Text(format!(
                "error: {quoted} can't restart paused deployment (run rollout resume first)"
            )));
            continue;
        }
        let annotations = &deployment.spec.template.annotations;
        if annotations.get(RESTARTED_AT).is_some_and(|last| **last == *now) {
            session.fail(Error::Text(format!(
                "failed to create patch for {}: if restart has already been triggered within the \
                 past second, please wait before attempting to trigger another",
                deployment.meta.name
            )));
            continue;
        }
        let annotations = merged(annotations, [(RESTARTED_AT.into(), now.as_str().into())]);
        let api = session.cluster.api_mut();
        let changed = api.change::<Deployment>(deployment.meta.uid, |object| {
            object.spec.template.annotations = annotations;
        })?;
        session.report(&AnyObject::Deployment(changed), "restarted")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn a_restart_is_a_new_revision_but_not_twice_in_a_second() {
        let mut lab = Lab::with_web();
        lab.advance(20);
        lab.check("rollout restart deploy/web", "deployment.apps/web restarted\n");
        lab.check_error(
            "rollout restart deploy/web",
            "error: failed to create patch for web: if restart has already been triggered within \
             the past second, please wait before attempting to trigger another\n",
        );
        lab.advance(40);
        lab.check(
            "rollout history deploy/web",
            "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n",
        );
    }
}
