//! `kubectl create job` and `serviceaccount`: kinds that are not simulated. They can be printed, and
//! are refused otherwise.
//!
//! Models: kubectl v1.36 `pkg/cmd/create/create_{job,serviceaccount}.go`.

use super::data::only_name;
use crate::api::Value;
use crate::api::value::map;
use crate::kubectl::error::{Error, fail};
use crate::kubectl::session::Session;

pub(in crate::kubectl) const JOB_FLAGS: &str = flags!("image:text from:text");
pub(in crate::kubectl) const ACCOUNT_FLAGS: &str = flags!("");

/// Runs `create job`.
pub(in crate::kubectl) fn run_job(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let at = session.args.dash.unwrap_or(words.len()).min(words.len());
    let (names, command) = words.split_at(at);
    let [name] = names else {
        return fail(format!("exactly one NAME is required, got {}", names.len()));
    };
    let Some(image) = session.args.text("image") else {
        return fail("either --image or --from must be specified");
    };
    let mut container =
        map([("image", image.into()), ("name", name.as_str().into()), ("resources", Value::map())]);
    if !command.is_empty() {
        let words = command.iter().map(|word| Value::text(word)).collect();
        *container.entry("command") = Value::List(words);
    }
    let template = map([
        ("metadata", map([("creationTimestamp", Value::Null)])),
        ("spec", map([("containers", vec![container].into()), ("restartPolicy", "Never".into())])),
    ]);
    let value = map([
        ("apiVersion", "batch/v1".into()),
        ("kind", "Job".into()),
        ("metadata", map([("creationTimestamp", Value::Null), ("name", name.as_str().into())])),
        ("spec", map([("template", template)])),
        ("status", Value::map()),
    ]);
    only_printed(session, &value, "job.batch", name)
}

/// Runs `create serviceaccount`.
pub(in crate::kubectl) fn run_account(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    let value = map([
        ("apiVersion", "v1".into()),
        ("kind", "ServiceAccount".into()),
        ("metadata", map([("creationTimestamp", Value::Null), ("name", name.as_str().into())])),
    ]);
    only_printed(session, &value, "serviceaccount", &name)
}

/// Prints an object of a kind that is not simulated; more cannot be done with it.
fn only_printed(
    session: &mut Session<'_>,
    value: &Value,
    kind: &str,
    name: &str,
) -> Result<(), Error> {
    if session.prints_what_it_sends() {
        return session.print_sent(value);
    }
    let dry_run = session.dry_run_suffix();
    if dry_run.is_empty() {
        let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
        return fail(format!("the simulator has no objects of kind {kind:?}"));
    }
    let created =
        if session.args.has("output") { String::new() } else { " created".to_owned() + dry_run };
    session.print(&format!("{kind}/{name}{created}"));
    Ok(())
}
