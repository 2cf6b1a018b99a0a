//! `kubectl cordon`, `uncordon` and `taint`: keeping pods away from nodes.
//!
//! Models: kubectl v1.36 `pkg/cmd/drain/drain.go`, `pkg/cmd/taint/{taint,utils}.go`.

use std::sync::Arc;

use super::error::{Error, fail};
use super::objects;
use super::resource::Resource;
use super::session::Session;
use crate::api::node::{Taint, TaintEffect};
use crate::api::{Kind, Node};
use crate::apiserver::AnyObject;
use crate::manifest::names;

pub(super) const FLAGS: &str = "selector,l:text dry-run:or=unchanged";
pub(super) const TAINT_FLAGS: &str = "overwrite all selector,l:text dry-run:or=unchanged \
    output,o:text validate:or=strict field-manager:text show-managed-fields template:text \
    allow-missing-template-keys";

/// Runs `cordon`.
pub(super) fn run_cordon(session: &mut Session<'_>) -> Result<(), Error> {
    for node in nodes(session, "cordon")? {
        cordon(session, &node, true);
    }
    Ok(())
}

/// Runs `uncordon`.
pub(super) fn run_uncordon(session: &mut Session<'_>) -> Result<(), Error> {
    for node in nodes(session, "uncordon")? {
        cordon(session, &node, false);
    }
    Ok(())
}

/// The nodes a command names: `gpu-node-1`, `node/gpu-node-1` or by selector.
pub(super) fn nodes(session: &mut Session<'_>, verb: &str) -> Result<Vec<Arc<Node>>, Error> {
    let words = session.args.words.clone();
    let selected = session.args.text("selector").is_some_and(|text| !text.is_empty());
    if words.is_empty() && !selected {
        return fail(format!(
            "USAGE: {verb} NODE [flags]\nSee 'kubectl {verb} -h' for help and examples"
        ));
    }
    if selected && !words.is_empty() {
        return session.usage("error: cannot specify both a node name and a --selector option");
    }
    let found = if selected {
        session.selected(Kind::Node)?
    } else {
        let mut found = Vec::new();
        for word in &words {
            let name = word.rsplit_once('/').map_or(word.as_str(), |(_, name)| name);
            match objects::find(session.api(), Kind::Node, "", name) {
                Ok(node) => found.push(node),
                Err(refusal) => session.fail(refusal),
            }
        }
        found
    };
    Ok(found.into_iter().filter_map(node_of).collect())
}

fn node_of(object: AnyObject) -> Option<Arc<Node>> {
    if let AnyObject::Node(node) = object { Some(node) } else { None }
}

/// Cordons or uncordons a node and says so.
pub(super) fn cordon(session: &mut Session<'_>, node: &Node, on: bool) {
    let (name, suffix) = (&node.meta.name, session.dry_run_suffix());
    let done = if on { "cordoned" } else { "uncordoned" };
    if node.unschedulable == on {
        return session.print(&format!("node/{name} already {done}{suffix}"));
    }
    // The node was just found.
    drop(session.cluster.api_mut().change::<Node>(node.meta.uid, |node| node.unschedulable = on));
    session.print(&format!("node/{name} {done}{suffix}"));
}

/// What to set and what to remove.
#[derive(Default)]
struct Changes {
    set: Vec<Taint>,
    /// Keys, with the effect if one is named.
    removed: Vec<(String, Option<TaintEffect>)>,
}

/// Runs `taint`.
pub(super) fn run_taint(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let all = session.args.is_on("all");
    let selected = session.args.text("selector").is_some_and(|text| !text.is_empty());
    let is_change = |word: &String| word.contains('=') || word.contains(':') || word.ends_with('-');
    let (resources, changes) =
        words.split_at(words.iter().position(is_change).unwrap_or(words.len()));
    let (resources, changes) = (resources.to_vec(), changes.to_vec());
    let Some((type_, names)) = resources.split_first() else {
        return fail("one or more resources must be specified as <resource> <name>");
    };
    let (type_, mut names) = match type_.split_once('/') {
        Some((type_, name)) => (type_, vec![name.to_owned()]),
        None => (type_.as_str(), names.to_vec()),
    };
    let known = Resource::parse_list(type_)?;
    if known != [Resource::Kind(Kind::Node)] {
        return fail(format!("invalid resource type {type_}, only node types are supported"));
    }
    if changes.is_empty() {
        return fail("at least one taint update is required");
    }
    let changes = read(&changes)?;
    if names.is_empty() && !all && !selected {
        return fail(
            "at least one resource name must be specified since 'all' parameter is not set",
        );
    }
    let mut found = Vec::new();
    if names.is_empty() {
        found.extend(session.selected(Kind::Node)?);
    }
    for name in names.drain(..) {
        match objects::find(session.api(), Kind::Node, "", &name) {
            Ok(node) => found.push(node),
            Err(refusal) => session.fail(refusal),
        }
    }
    for node in found.into_iter().filter_map(node_of) {
        if let Err(error) = taint(session, &node, &changes) {
            session.fail(error);
        }
    }
    Ok(())
}

/// Reads `key=value:Effect`, `key:Effect`, `key:Effect-`, `key-`.
///
/// Models: `parseTaints`, `parseTaint`.
fn read(words: &[String]) -> Result<Changes, Error> {
    const SEE: &str = "\nSee 'kubectl taint -h' for help and examples";
    let mut changes = Changes::default();
    for word in words {
        let removes = word.ends_with('-');
        let spec = word.strip_suffix('-').unwrap_or(word);
        let parts: Vec<&str> = spec.split(':').collect();
        let (pair, effect) = match parts.as_slice() {
            [pair] => (*pair, None),
            [pair, effect] => (*pair, Some(*effect)),
            _ => return fail(format!("invalid taint spec: {word}{SEE}")),
        };
        let effect = match effect {
            None => None,
            Some(text) => match TaintEffect::parse(text) {
                Some(effect) => Some(effect),
                None => {
                    return fail(format!(
                        "invalid taint effect: {text}, unsupported taint effect{SEE}"
                    ));
                }
            },
        };
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        // Without an effect the whole text has to be a key.
        let checked = if effect.is_none() { pair } else { key };
        if let Some(problem) = names::label_key(checked).first() {
            return fail(format!("invalid taint spec: {word}, {problem}{SEE}"));
        }
        if removes {
            changes.removed.push((key.to_owned(), effect));
        } else if let Some(effect) = effect {
            let taint = Taint { value: value.into(), ..Taint::new(key, effect, None) };
            if changes.set.iter().any(|other| other.is_like(&taint)) {
                let effect = effect.as_str();
                return fail(format!(
                    "duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}{SEE}"
                ));
            }
            changes.set.push(taint);
        } else {
            return fail(format!("invalid taint spec: {word}{SEE}"));
        }
    }
    Ok(changes)
}

/// Changes the taints of a node and says how.
///
/// Models: `reorganizeTaints`, `checkIfTaintsAlreadyExists`.
fn taint(session: &mut Session<'_>, node: &Node, changes: &Changes) -> Result<(), Error> {
    let name = &node.meta.name;
    let known: Vec<&str> = changes
        .set
        .iter()
        .filter(|taint| node.taints.iter().any(|old| old.is_like(taint)))
        .map(|taint| &*taint.key)
        .collect();
    let overwrites = session.args.is_on("overwrite");
    if !known.is_empty() && !overwrites {
        return fail(format!(
            "node {name} already has {} taint(s) with same effect(s) and --overwrite is false",
            known.join(",")
        ));
    }
    let mut taints = changes.set.clone();
    taints.extend(
        node.taints.iter().filter(|old| !changes.set.iter().any(|new| new.is_like(old))).cloned(),
    );
    let mut missing = Vec::new();
    for (key, effect) in &changes.removed {
        let before = taints.len();
        let meant = |taint: &Taint| {
            *taint.key == **key && effect.is_none_or(|effect| effect == taint.effect)
        };
        taints.retain(|taint| !meant(taint));
        if taints.len() == before {
            let effect = effect.map(|effect| format!(":{}", effect.as_str())).unwrap_or_default();
            missing.push(format!("taint \"{key}{effect}\" not found"));
        }
    }
    if !missing.is_empty() {
        return fail(missing.join("\n"));
    }
    // The node was just found.
    drop(session.cluster.api_mut().change::<Node>(node.meta.uid, |node| node.taints = taints));
    let done = match (changes.set.is_empty(), changes.removed.is_empty()) {
        (false, true) if overwrites => "modified",
        (false, true) => "tainted",
        (true, _) => "untainted",
        (false, false) => "modified",
    };
    session.print(&format!("node/{name} {done}"));
    Ok(())
}
