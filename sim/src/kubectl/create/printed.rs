//! `kubectl create job`, `cronjob`, `serviceaccount` and `token`: kinds that are not simulated. They
//! can be printed, and are refused otherwise.
//!
//! Models: kubectl v1.36 `pkg/cmd/create/create_{job,cronjob,serviceaccount,token}.go`.

use super::data::only_name;
use crate::api::Value;
use crate::api::value::map;
use crate::kubectl::error::{Error, fail};
use crate::kubectl::session::Session;

pub(in crate::kubectl) const JOB_FLAGS: &str = flags!("image:text from:text");
pub(in crate::kubectl) const CRON_FLAGS: &str = flags!("image:text schedule:text restart:text");
pub(in crate::kubectl) const ACCOUNT_FLAGS: &str = flags!("");
pub(in crate::kubectl) const TOKEN_FLAGS: &str = flags!(
    "audience:text duration:time bound-object-kind:text bound-object-name:text bound-object-uid:text"
);

/// The name that was typed, and the command behind `--`.
fn name_and_command(session: &Session<'_>) -> Result<(String, Vec<String>), Error> {
    let words = session.args.words.clone();
    let at = session.args.dash.unwrap_or(words.len()).min(words.len());
    let (names, command) = words.split_at(at);
    let [name] = names else {
        return session.usage(&format!("exactly one NAME is required, got {}", names.len()));
    };
    Ok((name.clone(), command.to_vec()))
}

/// A template with one container.
fn template(name: &str, image: &str, command: &[String], restart: &str) -> Value {
    let mut container =
        map([("image", image.into()), ("name", name.into()), ("resources", Value::map())]);
    if !command.is_empty() {
        let words = command.iter().map(|word| Value::text(word)).collect();
        *container.entry("command") = Value::List(words);
    }
    map([
        ("metadata", map([("creationTimestamp", Value::Null)])),
        ("spec", map([("containers", vec![container].into()), ("restartPolicy", restart.into())])),
    ])
}

/// The metadata of something new.
fn metadata(name: &str) -> Value {
    map([("creationTimestamp", Value::Null), ("name", name.into())])
}

/// Runs `create job`.
pub(in crate::kubectl) fn run_job(session: &mut Session<'_>) -> Result<(), Error> {
    let (name, command) = name_and_command(session)?;
    let Some(image) = session.args.text("image") else {
        return fail("either --image or --from must be specified");
    };
    let value = map([
        ("apiVersion", "batch/v1".into()),
        ("kind", "Job".into()),
        ("metadata", metadata(&name)),
        ("spec", map([("template", template(&name, image, &command, "Never"))])),
        ("status", Value::map()),
    ]);
    only_printed(session, &value, "job.batch", &name)
}

/// Runs `create cronjob`.
pub(in crate::kubectl) fn run_cron_job(session: &mut Session<'_>) -> Result<(), Error> {
    session.args.required(&["image", "schedule"])?;
    let (name, command) = name_and_command(session)?;
    let typed = |flag: &str| session.args.text(flag).unwrap_or("");
    let restart = Some(typed("restart")).filter(|text| !text.is_empty()).unwrap_or("OnFailure");
    let job = map([("template", template(&name, typed("image"), &command, restart))]);
    let spec = [
        ("jobTemplate", map([("metadata", metadata(&name)), ("spec", job)])),
        ("schedule", typed("schedule").into()),
    ];
    let value = map([
        ("apiVersion", "batch/v1".into()),
        ("kind", "CronJob".into()),
        ("metadata", metadata(&name)),
        ("spec", map(spec)),
        ("status", Value::map()),
    ]);
    only_printed(session, &value, "cronjob.batch", &name)
}

/// Runs `create token`.
pub(in crate::kubectl) fn run_token(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    fail(format!("failed to create token: service account {name:?} is not simulated, and no other"))
}

/// Runs `create serviceaccount`.
pub(in crate::kubectl) fn run_account(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    let value = map([
        ("apiVersion", "v1".into()),
        ("kind", "ServiceAccount".into()),
        ("metadata", metadata(&name)),
    ]);
    only_printed(session, &value, "serviceaccount", &name)
}

/// Prints an object of a kind that is not simulated; more cannot be done with it.
pub(super) fn only_printed(
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
