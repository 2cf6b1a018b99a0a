//! `kubectl apply view-last-applied`, `set-last-applied`: what was applied last, as it was typed.
//!
//! Models: kubectl v1.36 `pkg/cmd/apply/apply_{view,set,edit}_last_applied.go`. Leaves out: editing it.

use super::error::{Error, fail};
use super::server::{self, Sent};
use super::session::{NAME_SOMETHING, Session, text_at};
use super::{apply, json, objects, output};
use crate::api::deployment::LAST_APPLIED;
use crate::manifest::{self, to_yaml};

pub(super) const VIEW_FLAGS: &str =
    "all selector,l:text filename,f:text recursive,R output,o:text kustomize,k:text";
pub(super) const SET_FLAGS: &str = "create-annotation dry-run:or=unchanged filename,f:text \
    output,o:text show-managed-fields template:text allow-missing-template-keys";
pub(super) const EDIT_FLAGS: &str = "filename,f:text recursive,R output,o:text record \
    windows-line-endings field-manager:text kustomize,k:text show-managed-fields template:text \
    allow-missing-template-keys";

/// Runs `apply set-last-applied`: writes down what the files say as what was applied last.
pub(super) fn run_set(session: &mut Session<'_>) -> Result<(), Error> {
    if !session.args.names_files() {
        return fail(NAME_SOMETHING);
    }
    let creates = session.args.is_on("create-annotation");
    // All are looked at before any is changed.
    let mut wanted = Vec::new();
    for mut source in session.sources()? {
        let kind = manifest::kind_of(&source.value)
            .map_err(|error| server::unknown(&error, &source.file))?;
        let namespace = apply::place(session, kind, &mut source)?;
        let name = text_at(&source.value, "name");
        let object = objects::find(session.api(), kind, &namespace, &name)?;
        let has_one = object.meta().annotation(LAST_APPLIED).is_some();
        if !has_one && !creates {
            return fail(format!(
                "no last-applied-configuration annotation found on resource: {name}, to create the \
                 annotation, run the command with --create-annotation"
            ));
        }
        let modified = apply::remembering(&source.value);
        let remembered = modified.at(&["metadata", "annotations", LAST_APPLIED]).cloned();
        let mut data = objects::data(&object);
        let place = data.entry("metadata").entry("annotations").entry(LAST_APPLIED);
        if Some(&*place) == remembered.as_ref() {
            session.print(&format!("set-last-applied {name}: no changes required."));
            continue;
        }
        *place = remembered.unwrap_or_default();
        wanted.push((object, data));
    }
    for (object, data) in wanted {
        let written = session.update(&object, &data, Sent::Whole)?;
        session.report(&written.object, "configured")?;
    }
    Ok(())
}

/// Runs `apply edit-last-applied`.
pub(super) fn run_edit(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let objects = session.objects(&words, session.naming())?;
    if session.has_failed() {
        return Ok(());
    }
    if objects.iter().all(|object| object.meta().annotation(LAST_APPLIED).is_none()) {
        return fail(
            "no last-applied-configuration annotation found on resources, to create the annotation, \
             use command `kubectl apply set-last-applied --create-annotation`",
        );
    }
    fail(
        "editing what was applied last is not simulated: change the file and use `kubectl apply \
         set-last-applied -f`",
    )
}

/// Runs `apply view-last-applied`.
pub(super) fn run_view(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    for object in session.objects(&words, session.naming())? {
        let Some(text) = object.meta().annotation(LAST_APPLIED) else {
            // kubectl says nothing of it.
            continue;
        };
        let Ok(data) = json::parse(text) else {
            continue;
        };
        let text = match session.args.text("output").unwrap_or("yaml") {
            "yaml" => to_yaml(&data),
            "json" => output::pretty(&data).replace("    ", "  "),
            other => {
                return fail(format!(
                    "Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json"
                ));
            }
        };
        session.out.stdout.push_str(&text);
    }
    Ok(())
}
