//! `kubectl version`.

use super::error::{Error, fail};
use super::output;
use super::session::Session;
use crate::api::value::map;

pub(super) const FLAGS: &str = "client output,o:text";

/// The version everything here is modelled on.
pub(crate) const VERSION: &str = "v1.36.0";

/// The version of kustomize in it.
const KUSTOMIZE: &str = "v5.8.0";

/// Its major and minor version.
pub(super) fn numbers() -> (&'static str, &'static str) {
    let mut parts = VERSION.trim_start_matches('v').split('.');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// Runs `version`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    if !session.args.words.is_empty() {
        return fail(format!("extra arguments: [{}]", session.args.words.join(" ")));
    }
    if let Some(form) = session.args.text("output").map(str::to_owned) {
        if !matches!(form.as_str(), "yaml" | "json") {
            return fail("--output must be 'yaml' or 'json'");
        }
        let (major, minor) = numbers();
        let info = map([
            ("buildDate", "2026-04-01T00:00:00Z".into()),
            ("compiler", "gc".into()),
            ("gitCommit", "0000000000000000000000000000000000000000".into()),
            ("gitTreeState", "clean".into()),
            ("gitVersion", VERSION.into()),
            ("goVersion", "go1.26.0".into()),
            ("major", major.into()),
            ("minor", minor.into()),
            ("platform", "linux/amd64".into()),
        ]);
        let mut data =
            map([("clientVersion", info.clone()), ("kustomizeVersion", KUSTOMIZE.into())]);
        if !session.args.is_on("client") {
            *data.entry("serverVersion") = info;
        }
        let mut text = output::print_data(&form, &data)?;
        if form == "yaml" {
            text.push('\n');
        }
        session.out.stdout.push_str(&text);
        return Ok(());
    }
    session.print(&format!("Client Version: {VERSION}\nKustomize Version: {KUSTOMIZE}"));
    if !session.args.is_on("client") {
        session.print(&format!("Server Version: {VERSION}"));
    }
    Ok(())
}
