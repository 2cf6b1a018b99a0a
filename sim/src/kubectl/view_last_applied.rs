//! `kubectl apply view-last-applied`: what was applied last, as it was typed.
//!
//! Models: kubectl v1.36 `pkg/cmd/apply/apply_view_last_applied.go`.

use super::error::{Error, fail};
use super::session::Session;
use super::{json, output};
use crate::api::deployment::LAST_APPLIED;
use crate::manifest::to_yaml;

pub(super) const FLAGS: &str =
    "all selector,l:text filename,f:text recursive,R output,o:text kustomize,k:text";

/// Runs `apply view-last-applied`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    for object in session.objects(&words, session.naming())? {
        let Some(text) = object.meta().annotation(LAST_APPLIED) else {
            return fail(format!(
                "no last-applied-configuration annotation found on resource: {}",
                object.meta().name
            ));
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
