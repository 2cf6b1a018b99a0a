//! Commands of kubectl that end before much happens here: `options`, `completion`, `plugin`, `cp`,
//! `port-forward`, `top`.
//!
//! Models: kubectl v1.36 `pkg/cmd/{options,completion,plugin,cp,portforward,top}` in what they say
//! when they are called wrongly; what they are for is not simulated.

use super::error::{Error, fail};
use super::objects;
use super::resource::{Naming, Resource, Target, targets};
use super::session::Session;
use crate::api::Kind;

pub(super) const PLAIN_FLAGS: &str = "";
pub(super) const PLUGIN_FLAGS: &str = "name-only";
pub(super) const COPY_FLAGS: &str = "container,c:text no-preserve retries:int";
pub(super) const FORWARD_FLAGS: &str = "address:text pod-running-timeout:time";
pub(super) const TOP_FLAGS: &str = "selector,l:text all-namespaces,A containers no-headers \
    sort-by:text sum use-protocol-buffers field-selector:text show-capacity show-swap";

/// Runs `options`.
#[expect(clippy::unnecessary_wraps, reason = "every command has this form")]
pub(super) fn run_options(session: &mut Session<'_>) -> Result<(), Error> {
    session.out.stdout = super::help::text_of("options").unwrap_or_default();
    Ok(())
}

/// Runs `plugin list`.
pub(super) fn run_plugins(_: &mut Session<'_>) -> Result<(), Error> {
    fail("unable to find any kubectl plugins in your PATH")
}

/// Runs `completion`.
pub(super) fn run_completion(session: &mut Session<'_>) -> Result<(), Error> {
    let help = "\nSee 'kubectl completion -h' for help and examples";
    match session.args.words.as_slice() {
        [] => fail(format!("Shell not specified.{help}")),
        [shell] if matches!(shell.as_str(), "bash" | "zsh" | "fish" | "powershell") => {
            fail("shell completion scripts are not simulated")
        }
        [shell] => fail(format!("Unsupported shell type {shell:?}.{help}")),
        _ => fail(format!("Too many arguments. Expected only the shell type.{help}")),
    }
}

/// Runs `cp`.
pub(super) fn run_copy(session: &mut Session<'_>) -> Result<(), Error> {
    if session.args.words.len() != 2 {
        return fail("source and destination are required");
    }
    fail("copying files to and from containers is not simulated")
}

/// Runs `port-forward`.
pub(super) fn run_forward(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let help = "\nSee 'kubectl port-forward -h' for help and examples";
    let Some((first, ports)) = words.split_first().filter(|(_, ports)| !ports.is_empty()) else {
        return fail(format!("TYPE/NAME and list of ports are required for port-forward{help}"));
    };
    let _ = ports;
    let target = if first.contains('/') {
        let mut found = targets(std::slice::from_ref(first), Naming::default())?;
        found.swap_remove(0)
    } else {
        Target { resource: Resource::Kind(Kind::Pod), name: Some(first.clone()) }
    };
    let found = session.resolve(&target)?;
    match found.first() {
        None => Ok(()),
        Some(object) => fail(format!(
            "forwarding ports of {} is not simulated: clients send requests to every Service",
            objects::reference(object)
        )),
    }
}

/// Runs `top pod` and `top node`: there is no metrics server.
pub(super) fn run_top(_: &mut Session<'_>) -> Result<(), Error> {
    fail("Metrics API not available")
}
