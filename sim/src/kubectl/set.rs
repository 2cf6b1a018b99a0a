//! `kubectl set`: what the containers of a pod template run and with what.
//!
//! Models: kubectl v1.36 `pkg/cmd/set`. One file a subcommand; this one holds what they share.

pub(super) mod env;
pub(super) mod image;
pub(super) mod resources;
pub(super) mod selector;

use super::error::{Error, fail};
use super::objects;
use super::server::Sent;
use super::session::Session;
use crate::api::{Kind, Value};
use crate::apiserver::AnyObject;

/// Flags of every subcommand.
macro_rules! flags {
    ($own:literal) => {
        concat!(
            $own,
            " all selector,l:text filename,f:text recursive,R dry-run:or=unchanged output,o:text \
             local field-manager:text show-managed-fields template:text \
             allow-missing-template-keys kustomize,k:text"
        )
    };
}
pub(super) use flags;

/// Where an object keeps its pod spec.
pub(super) const fn pod_spec_path(kind: Kind) -> Option<&'static [&'static str]> {
    match kind {
        Kind::Deployment | Kind::ReplicaSet => Some(&["spec", "template", "spec"]),
        Kind::Pod => Some(&["spec"]),
        _ => None,
    }
}

/// Changes the pod spec of each object. `change` may note failures; what it changed all the same
/// is sent. `what` is the thing changed, as in `image updated`.
pub(super) fn edit_pods(
    session: &mut Session<'_>,
    objects: &[AnyObject],
    what: &str,
    change: &mut dyn FnMut(&mut Session<'_>, &AnyObject, &mut Value),
) -> Result<(), Error> {
    for object in objects {
        let kind = object.kind();
        let Some(path) = pod_spec_path(kind) else {
            let local = session.args.is_on("local");
            let resource = if local { kind.singular_dot_group() } else { kind.plural().to_owned() };
            let name = &object.meta().name;
            session.fail(Error::Text(format!(
                "error: {resource}/{name} the object is not a pod or does not have a pod template: \
                 *v1.{kind}\n"
            )));
            continue;
        };
        let before = objects::data(object);
        let mut after = before.clone();
        let spec = path.iter().fold(&mut after, |value, key| value.entry(key));
        change(session, object, spec);
        if before == after && what == "serviceaccount" {
            session.report(object, "serviceaccount updated")?;
            continue;
        }
        if before != after {
            session.record(&format!("set {what}"), &mut after);
        }
        send(session, object, (&before, &after), what)?;
    }
    Ok(())
}

/// Sends a change, if there is one, and reports it.
pub(super) fn send(
    session: &mut Session<'_>,
    object: &AnyObject,
    (before, after): (&Value, &Value),
    what: &str,
) -> Result<(), Error> {
    if before == after {
        return Ok(());
    }
    match session.update(object, after, Sent::Patch(after)) {
        Ok(written) => session.report(&written.object, &format!("{what} updated")),
        Err(refusal) => {
            // Of resources kubectl speaks without a colon.
            let what = match what {
                "resource requirements" => "resources update to pod template",
                "image" => "image update to pod template:",
                "serviceaccount" => "ServiceAccountName",
                _ => "env update to pod template:",
            };
            let sentence = refusal.sentence();
            session.fail(Error::Text(format!("failed to patch {what} {sentence}")));
            Ok(())
        }
    }
}

/// The containers of a pod spec, init containers included.
pub(super) fn containers(spec: &mut Value) -> impl Iterator<Item = &mut Value> {
    let map = spec.as_map_mut();
    map.into_iter()
        .flat_map(|map| map.iter_mut())
        .filter(|(key, _)| matches!(&***key, "containers" | "initContainers"))
        .filter_map(|(_, list)| list.as_list_mut())
        .flatten()
}

/// A container's name.
pub(super) fn name(container: &Value) -> &str {
    container.get("name").and_then(Value::as_str).unwrap_or("")
}

/// Splits words into objects and changes: `deploy/web A=1 B-`.
pub(super) fn split_changes<'a>(
    words: &'a [String],
    what: &str,
) -> Result<(&'a [String], &'a [String]), Error> {
    let is_change = |word: &String| {
        (word.contains('=') && !word.starts_with('=')) || (word.ends_with('-') && word != "-")
    };
    let at = words.iter().position(is_change).unwrap_or(words.len());
    let (resources, changes) = words.split_at(at);
    match changes.iter().find(|word| !is_change(word)) {
        Some(word) => {
            fail(format!("all resources must be specified before {what} changes: {word}"))
        }
        None => Ok((resources, changes)),
    }
}

/// Whether a name fits a pattern in which `*` stands for anything.
pub(super) fn matches_pattern(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len())
                .filter(|at| rest.is_char_boundary(*at))
                .any(|at| matches_pattern(tail, &rest[at..]))
        }),
    }
}
