//! `kubectl set selector service web app=web` and `set serviceaccount`: two small edits.
//!
//! Models: kubectl v1.36 `pkg/cmd/set/{set_selector,set_serviceaccount}.go`.

use super::{edit_pods, flags, split_changes};
use crate::api::{Kind, Value};
use crate::kubectl::error::{Error, fail};
use crate::kubectl::objects;
use crate::kubectl::server::Sent;
use crate::kubectl::session::Session;

pub(in crate::kubectl) const FLAGS: &str = flags!("resource-version:text");
pub(in crate::kubectl) const ACCOUNT_FLAGS: &str = flags!("record");

/// Runs `set selector`.
pub(in crate::kubectl) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let (resources, changes) = split_changes(&words, "selector")?;
    if changes.is_empty() {
        return fail("one selector is required");
    }
    let objects = session.objects(resources, session.naming())?;
    let mut labels = Value::map();
    for (key, value) in
        changes.iter().flat_map(|text| text.split(',')).filter_map(|c| c.split_once('='))
    {
        *labels.entry(key) = value.into();
    }
    for object in &objects {
        if object.kind() != Kind::Service {
            return fail("setting a selector is only supported for Services");
        }
        let mut data = objects::data(object);
        *data.entry("spec").entry("selector") = labels.clone();
        let written = session.update(object, &data, Sent::Whole)?;
        session.report(&written.object, "selector updated")?;
    }
    Ok(())
}

/// Runs `set serviceaccount`.
pub(in crate::kubectl) fn run_account(session: &mut Session<'_>) -> Result<(), Error> {
    let mut words = session.args.words.clone();
    let Some(account) = words.pop() else {
        return fail("serviceaccount is required");
    };
    let objects = session.objects(&words, session.naming())?;
    edit_pods(session, &objects, "serviceaccount", &mut |session, _, spec| {
        *spec.entry("serviceAccountName") = account.as_str().into();
        // The older name of the field is the server's to fill in.
        if !session.asks_nobody() {
            *spec.entry("serviceAccount") = account.as_str().into();
        }
    })
}
