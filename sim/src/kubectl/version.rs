//! `kubectl version`.

use super::error::{Error, fail};
use super::session::Session;

pub(super) const FLAGS: &str = "client output,o:text";

/// The version everything here is modelled on.
pub(crate) const VERSION: &str = "v1.36.0";

/// Runs `version`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    if let Some(form) = session.args.text("output") {
        return fail(format!("--output={form} is not simulated"));
    }
    session.print(&format!("Client Version: {VERSION}\nKustomize Version: v5.8.0"));
    if !session.args.is_on("client") {
        session.print(&format!("Server Version: {VERSION}"));
    }
    Ok(())
}
