//! `kubectl rollout history deployment/web`: the revisions there are, and one in detail.
//!
//! Models: kubectl v1.36 `pkg/cmd/rollout/rollout_history.go`,
//! `pkg/polymorphichelpers/history.go`.

use std::collections::BTreeMap;

use super::{flags, objects, replica_sets, without_revisions};
use crate::api::deployment::CHANGE_CAUSE;
use crate::api::{PodTemplateSpec, ReplicaSet, Uid};
use crate::apiserver::AnyObject;
use crate::kubectl::describe::container::template;
use crate::kubectl::describe::page::Page;
use crate::kubectl::error::{Error, fail};
use crate::kubectl::session::Session;
use crate::kubectl::tabs;
use crate::manifest::encode::pod_template;

pub(in crate::kubectl) const FLAGS: &str = flags!("revision:int");

/// Runs `rollout history`.
pub(in crate::kubectl) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let revision = session.args.int("revision").unwrap_or(0);
    if revision < 0 {
        return fail(format!("revision must be a positive integer: {revision}"));
    }
    for object in objects(session)? {
        let AnyObject::Deployment(deployment) = &object else {
            session.fail(without_revisions(object.kind(), "history", "history viewer"));
            continue;
        };
        let sets = replica_sets(session.api(), deployment);
        let sets: Vec<&ReplicaSet> = sets.iter().map(AsRef::as_ref).collect();
        if session.args.has("output") {
            let mut wanted: Vec<(i64, Uid)> = sets
                .iter()
                .filter_map(|rs| Some((revision_number(rs)?, rs.meta.uid)))
                .filter(|(number, _)| revision == 0 || *number == revision)
                .collect();
            crate::order::sort_by(&mut wanted, Ord::cmp);
            if wanted.is_empty() && revision > 0 {
                session.fail(Error::Text(NOT_FOUND.to_owned()));
            }
            for (_, uid) in wanted {
                if let Some(rs) = session.api().list::<ReplicaSet>().by_uid(uid).cloned() {
                    session.report(&AnyObject::ReplicaSet(rs), "")?;
                }
            }
            continue;
        }
        match view(&sets, revision) {
            Ok(text) => {
                let text = printed(&deployment.meta.name, revision, &text);
                session.out.stdout.push_str(&text);
            }
            Err(problem) => session.fail(Error::Text(problem)),
        }
    }
    Ok(())
}

/// What the command prints for the Deployment `name`: its reference, the revision asked for (0 for
/// all), and the history.
pub fn printed(name: &str, revision: i64, history: &str) -> String {
    let with = if revision > 0 { format!("with revision #{revision}") } else { String::new() };
    format!("deployment.apps/{name} {with}\n{history}\n")
}

const NOT_FOUND: &str = "unable to find the specified revision";

/// The history that `ReplicaSets` of one Deployment make: all revisions with their causes, or for a
/// revision above 0 its template.
///
/// # Errors
/// There is no such revision.
pub fn view(replica_sets: &[&ReplicaSet], revision: i64) -> Result<String, String> {
    let mut history: BTreeMap<i64, PodTemplateSpec> = BTreeMap::new();
    for rs in replica_sets {
        let Some(number) = revision_number(rs) else {
            continue;
        };
        let mut template = rs.spec.template.clone();
        if let Some(cause) = rs.meta.annotation(CHANGE_CAUSE).filter(|cause| !cause.is_empty()) {
            let cause = (CHANGE_CAUSE.into(), cause.into());
            template.annotations = crate::apiserver::merged(&template.annotations, [cause]);
        }
        history.insert(number, template);
    }
    if history.is_empty() {
        return Ok("No rollout history found.".to_owned());
    }
    if revision > 0 {
        return history.get(&revision).map(template_text).ok_or_else(|| NOT_FOUND.to_owned());
    }
    let mut lines = vec!["REVISION\tCHANGE-CAUSE".to_owned()];
    lines.extend(history.iter().map(|(number, template)| {
        let cause = template.annotations.get(CHANGE_CAUSE).map_or("<none>", AsRef::as_ref);
        format!("{number}\t{cause}")
    }));
    Ok(tabs::align(&(lines.join("\n") + "\n"), 0, 2))
}

/// A template as `rollout history --revision` prints it: with real tabs.
pub(super) fn template_text(spec: &PodTemplateSpec) -> String {
    let mut page = Page::default();
    template(&mut page, &pod_template(spec));
    page.text
}

/// The revision of a `ReplicaSet`, 0 without annotation, `None` when it is no number.
pub(super) fn revision_number(rs: &ReplicaSet) -> Option<i64> {
    let typed = rs.meta.annotation(crate::api::deployment::REVISION);
    typed.map_or(Some(0), |text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn revisions_are_listed_with_their_causes_and_shown_one_by_one() {
        let mut lab = Lab::with_web();
        lab.advance(20);
        lab.run("set image deploy/web web=nginx:2");
        lab.run("annotate deploy/web kubernetes.io/change-cause='second release'");
        lab.advance(60);
        lab.check(
            "rollout history deploy/web",
            "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         second release\n\n",
        );
        let shown = lab.run("rollout history deploy/web --revision=2").stdout;
        assert!(shown.starts_with("deployment.apps/web with revision #2\nPod Template:\n  Labels:\tapp=web\n\tpod-template-hash="));
        assert!(shown.ends_with("    Mounts:\t<none>\n  Volumes:\t<none>\n  Node-Selectors:\t<none>\n  Tolerations:\t<none>\n\n"));
        lab.check_error(
            "rollout history deploy/web --revision=9",
            "error: unable to find the specified revision\n",
        );
    }
}
