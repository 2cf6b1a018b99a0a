//! Commands of kubectl that end before much happens here: `options`, `completion`, `plugin`, `cp`,
//! `port-forward`, `top`, `attach`, `debug`.
//!
//! Models: kubectl v1.36 `pkg/cmd/{options,completion,plugin,cp,portforward,top,attach,debug}` in what
//! they say when they are called wrongly; what they are for is not simulated.

use super::error::{Error, fail};
use super::help::Help;
use super::objects;
use super::resource::{Naming, Resource, Target, targets};
use super::session::Session;
use crate::api::Kind;
use crate::apiserver::AnyObject;

pub(super) const PLAIN_FLAGS: &str = "";
pub(super) const PLUGIN_FLAGS: &str = "name-only";
pub(super) const ATTACH_FLAGS: &str =
    "container,c:text stdin,i tty,t quiet,q pod-running-timeout:time";
pub(super) const DEBUG_FLAGS: &str = "image:text copy-to:text container,c:text target:text \
    attach env:text image-pull-policy:text keep-labels keep-annotations keep-liveness \
    keep-readiness keep-startup keep-init-containers profile:text custom:text quiet,q replace \
    same-node set-image:text share-processes stdin,i tty,t filename,f:text arguments-only";
pub(super) const COPY_FLAGS: &str = "container,c:text no-preserve retries:int";
pub(super) const FORWARD_FLAGS: &str = "address:text pod-running-timeout:time";
pub(super) const TOP_FLAGS: &str = "selector,l:text all-namespaces,A containers no-headers \
    sort-by:text sum use-protocol-buffers field-selector:text show-capacity show-swap";

/// Runs `options`.
pub(super) fn run_options(session: &mut Session<'_>) -> Result<(), Error> {
    let help = Help::get().map_err(Error::Text)?;
    session.out.stdout.push_str(help.of("options").unwrap_or_default());
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

/// The pod that a command's first word names, `web-1` or `deploy/web`.
fn named(session: &mut Session<'_>, word: &str) -> Result<Option<AnyObject>, Error> {
    let target = if word.contains('/') {
        targets(&[word.to_owned()], Naming::default())?.swap_remove(0)
    } else {
        Target { resource: Resource::Kind(Kind::Pod), name: Some(word.to_owned()) }
    };
    Ok(session.resolve(&target)?.into_iter().next())
}

/// Runs `attach`.
pub(super) fn run_attach(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let Some(first) = words.first() else {
        return fail("at least 1 argument is required for attach");
    };
    if words.len() > 2 {
        return fail(
            "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ".to_owned()
                + &format!("{}: [{}]", words.len(), words.join(" ")),
        );
    }
    match named(session, first)? {
        None => Ok(()),
        Some(object) => fail(format!(
            "attaching to {} is not simulated: `kubectl logs -f` shows what it prints, `kubectl exec` \
             runs commands in it",
            objects::reference(&object)
        )),
    }
}

/// Runs `debug`.
pub(super) fn run_debug(session: &mut Session<'_>) -> Result<(), Error> {
    if !session.args.has("image") && !session.args.has("copy-to") {
        return fail("you must specify --image when not using --copy-to.");
    }
    if session.args.words.is_empty() {
        return fail("NAME is required for debug");
    }
    fail("debugging containers are not simulated: `kubectl exec` runs commands in a container")
}

/// Runs `cp`.
pub(super) fn run_copy(session: &mut Session<'_>) -> Result<(), Error> {
    let [from, to] = session.args.words.as_slice() else {
        return fail("source and destination are required");
    };
    match (from.contains(':'), to.contains(':')) {
        (true, true) => return fail("one of src or dest must be a local file specification"),
        (false, false) => return fail("one of src or dest must be a remote file specification"),
        _ => {}
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
    match named(session, first)? {
        None => Ok(()),
        Some(object) => fail(format!(
            "forwarding ports of {} is not simulated: clients send requests to every Service",
            objects::reference(&object)
        )),
    }
}

/// Runs `top pod` and `top node`: there is no metrics server.
pub(super) fn run_top(session: &mut Session<'_>) -> Result<(), Error> {
    if session.args.words.len() > 1 {
        return session.usage(if session.verb == "top pod" {
            "pod [NAME | -l label]"
        } else {
            "node [NAME | -l label]"
        });
    }
    fail("Metrics API not available")
}
