//! `kubectl rollout undo deployment/web`: back to an earlier template.
//!
//! The work is kubectl's: it finds the `ReplicaSet` of the revision and puts its template and
//! annotations into the Deployment. The controller then sees an ordinary change.
//!
//! Models: kubectl v1.36 `pkg/cmd/rollout/rollout_undo.go`, `pkg/polymorphichelpers/rollback.go`.

use std::sync::Arc;

use super::history::{revision_number, template_text};
use super::{flags, replica_sets, without_revisions};
use crate::api::deployment::{
    DESIRED_REPLICAS, LAST_APPLIED, MAX_REPLICAS, POD_TEMPLATE_HASH, REVISION, REVISION_HISTORY,
};
use crate::api::value::map;
use crate::api::{Deployment, Labels, PodTemplateSpec, ReplicaSet, Value};
use crate::apiserver::AnyObject;
use crate::kubectl::error::Error;
use crate::kubectl::server::{self, Sent};
use crate::kubectl::session::Session;
use crate::kubectl::{json_patch, objects};
use crate::manifest::encode::pod_template;
use crate::order;

pub(in crate::kubectl) const FLAGS: &str = flags!("to-revision:int");

/// Annotations that belong to the object they stand on and are not rolled back.
const KEPT: [&str; 6] = [
    LAST_APPLIED,
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    "deprecated.deployment.rollback.to",
];

/// What `rollout undo` does to a Deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// The template is that of the revision already; the number.
    Skip(i64),
    /// The Deployment gets this template and these annotations.
    Change {
        /// The template, without its hash.
        template: PodTemplateSpec,
        /// All annotations of the Deployment.
        annotations: Labels,
    },
}

/// Runs `rollout undo`.
pub(in crate::kubectl) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let to_revision = session.args.int("to-revision").unwrap_or(0);
    for object in super::objects(session)? {
        let AnyObject::Deployment(deployment) = &object else {
            session.fail(without_revisions(object.kind(), "rollbacker", "rollbacker"));
            continue;
        };
        let sets = replica_sets(session.api(), deployment);
        let sets: Vec<&ReplicaSet> = sets.iter().map(AsRef::as_ref).collect();
        if session.dry_run_suffix() == " (dry run)" {
            match find(deployment, &sets, to_revision) {
                Ok(rs) => session.report(&object, &template_text(&rs.spec.template))?,
                Err(problem) => session.fail(Error::Text(problem)),
            }
            continue;
        }
        match plan(deployment, &sets, to_revision) {
            Ok(Undo::Skip(revision)) => {
                let done = format!(
                    "skipped rollback (current template already matches revision {revision})"
                );
                session.report(&object, &done)?;
            }
            Ok(Undo::Change { template, annotations }) => {
                let annotations = annotations.iter().map(|(key, value)| (&**key, value.into()));
                let patch = patch(&pod_template(&template), &map(annotations));
                let mut data = objects::data(&object);
                // A Deployment that has a revision has annotations and a template to replace.
                let applied = json_patch::apply(&mut data, &patch);
                debug_assert!(applied.is_some(), "both places exist");
                let written = server::update(session.cluster, &object, &data, Sent::Whole)?;
                session.report(&written.object, "rolled back")?;
            }
            Err(problem) => session.fail(Error::Text(problem)),
        }
    }
    Ok(())
}

/// Decides what undoing means: back to `to_revision`, or for 0 to the one before the latest.
///
/// # Errors
/// kubectl's sentence: there is no such revision, or the Deployment is paused.
pub fn plan(
    deployment: &Deployment,
    replica_sets: &[&ReplicaSet],
    to_revision: i64,
) -> Result<Undo, String> {
    let rs = find(deployment, replica_sets, to_revision)?;
    if deployment.spec.paused {
        return Err("you cannot rollback a paused deployment; resume it first with \
                    'kubectl rollout resume' and try again"
            .to_owned());
    }
    if rs.spec.template.equal_ignore_hash(&deployment.spec.template) {
        return Ok(Undo::Skip(to_revision));
    }
    let mut template = rs.spec.template.clone();
    Arc::make_mut(&mut template.labels).remove(POD_TEMPLATE_HASH);
    let kept = deployment.meta.annotations.iter().filter(|(key, _)| KEPT.contains(&&***key));
    let restored = rs.meta.annotations.iter().filter(|(key, _)| !KEPT.contains(&&***key));
    let annotations =
        order::map(kept.chain(restored).map(|(key, value)| (key.clone(), value.clone())));
    Ok(Undo::Change { template, annotations: Arc::new(annotations) })
}

/// The JSON patch that `rollout undo` sends.
pub fn patch(template: &Value, annotations: &Value) -> Value {
    let replace = |path: &str, value: &Value| {
        map([("op", "replace".into()), ("path", path.into()), ("value", value.clone())])
    };
    vec![replace("/spec/template", template), replace("/metadata/annotations", annotations)].into()
}

/// The `ReplicaSet` to go back to.
fn find<'a>(
    deployment: &Deployment,
    replica_sets: &[&'a ReplicaSet],
    to_revision: i64,
) -> Result<&'a ReplicaSet, String> {
    let mut known: Vec<(i64, &ReplicaSet)> = replica_sets
        .iter()
        .filter_map(|rs| revision_number(rs).map(|revision| (revision, *rs)))
        .collect();
    if to_revision != 0 {
        let found = known.iter().find(|(revision, _)| *revision == to_revision && to_revision > 0);
        return found
            .map(|(_, rs)| *rs)
            .ok_or_else(|| format!("unable to find specified revision {to_revision} in history"));
    }
    order::sort_by_key(&mut known, |(revision, _)| std::cmp::Reverse(*revision));
    match known.get(1) {
        Some((_, rs)) => Ok(rs),
        None => {
            Err(format!("no rollout history found for deployment {:?}", &*deployment.meta.name))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn undoing_goes_back_and_forth_between_two_templates() {
        let mut lab = Lab::with_web();
        lab.check_error(
            "rollout undo deploy/web",
            "error: no rollout history found for deployment \"web\"\n",
        );
        lab.advance(20);
        lab.run("set image deploy/web web=nginx:2");
        lab.advance(60);
        lab.check("rollout undo deploy/web", "deployment.apps/web rolled back\n");
        lab.advance(60);
        lab.check(
            "rollout history deploy/web",
            "deployment.apps/web \nREVISION  CHANGE-CAUSE\n2         <none>\n3         <none>\n\n",
        );
        lab.check(
            "get deploy web -o jsonpath={.spec.template.spec.containers[0].image}",
            "nginx:1",
        );
        lab.check(
            "rollout undo deploy/web --to-revision=3",
            "deployment.apps/web skipped rollback (current template already matches revision 3)\n",
        );
        lab.check_error(
            "rollout undo deploy/web --to-revision=9",
            "error: unable to find specified revision 9 in history\n",
        );
        lab.run("rollout pause deploy/web");
        lab.check_error(
            "rollout undo deploy/web",
            "error: you cannot rollback a paused deployment; resume it first with \
             'kubectl rollout resume' and try again\n",
        );
    }
}
