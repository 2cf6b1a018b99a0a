//! `kubectl rollout`: what kubectl knows of releases. One file a subcommand.
//!
//! Models: kubectl v1.36 `pkg/cmd/rollout`, `pkg/polymorphichelpers`.

pub mod history;
pub(super) mod pause;
pub(super) mod restart;
pub(super) mod status;
pub mod undo;

use std::sync::Arc;

use super::error::{Error, fail};
use super::resource::Naming;
use super::session::Session;
use crate::api::{Deployment, Kind, ReplicaSet};
use crate::apiserver::{AnyObject, ApiServer};

/// Flags of every subcommand.
macro_rules! flags {
    ($own:literal) => {
        concat!(
            $own,
            " filename,f:text recursive,R kustomize,k:text selector,l:text output,o:text \
             dry-run:or=unchanged field-manager:text template:text show-managed-fields \
             allow-missing-template-keys"
        )
    };
}
pub(super) use flags;

/// The objects a subcommand is asked to act on.
pub(super) fn objects(session: &mut Session<'_>) -> Result<Vec<AnyObject>, Error> {
    let words = session.args.words.clone();
    if words.is_empty() && !session.args.names_files() {
        return fail("required resource not specified");
    }
    let naming = Naming { types_alone: true, ..session.naming() };
    session.objects(&words, naming)
}

/// The `ReplicaSets` of a Deployment, by name.
pub(super) fn replica_sets(api: &ApiServer, deployment: &Deployment) -> Vec<Arc<ReplicaSet>> {
    api.list::<ReplicaSet>()
        .by_name()
        .filter(|rs| rs.meta.namespace == deployment.meta.namespace)
        .filter(|rs| rs.meta.is_controlled_by(deployment.meta.uid))
        .filter(|rs| deployment.spec.selector.matches(&rs.meta.labels))
        .cloned()
        .collect()
}

/// A kind with its group as Go prints it: `ReplicaSet.apps`.
pub(super) fn kind_dot_group(kind: Kind) -> String {
    if kind.group().is_empty() { kind.to_string() } else { format!("{kind}.{}", kind.group()) }
}

/// The complaint about a kind that keeps no revisions. kubectl knows which kinds run pods.
///
/// Models: `pkg/polymorphichelpers` `HistoryViewerFor`, `RollbackerFor`.
pub(super) fn without_revisions(kind: Kind, wanted: &str, has_none: &str) -> Error {
    let name = kind_dot_group(kind);
    Error::Text(if matches!(kind, Kind::Pod | Kind::ReplicaSet) {
        format!("no {has_none} has been implemented for {name:?}")
    } else {
        let group = kind.group();
        format!(
            "error retrieving {wanted} for {name:?}, no visitor method exists for {{{group} {kind}}}"
        )
    })
}

/// The object as messages name it: `deployments.apps "web"`.
pub(super) fn quoted(object: &AnyObject) -> String {
    format!("{} {:?}", object.kind().plural_dot_group(), &*object.meta().name)
}
