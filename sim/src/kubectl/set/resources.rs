//! `kubectl set resources deployment/web --limits=cpu=200m`: what containers may use.
//!
//! Models: kubectl v1.36 `pkg/cmd/set/set_resources.go`.

use super::{containers, edit_pods, flags, matches_pattern, name};
use crate::api::Value;
use crate::kubectl::error::{Error, fail};
use crate::kubectl::session::Session;
use crate::manifest::normal::canonical_quantity;

pub(in crate::kubectl) const FLAGS: &str = flags!("containers,c:text limits:text requests:text");

/// Runs `set resources`.
pub(in crate::kubectl) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let objects = session.objects(&words, session.naming())?;
    if session.has_failed() {
        return Ok(());
    }
    if !session.args.has("limits") && !session.args.has("requests") {
        return fail(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        );
    }
    let mut amounts = Vec::new();
    for &part in &["limits", "requests"] {
        for text in session.args.texts(part) {
            amounts.push((part, read(text)?));
        }
    }
    let pattern = session.args.text("containers").unwrap_or("*").to_owned();
    edit_pods(session, &objects, "resource requirements", &mut |session, _, spec| {
        let mut found = false;
        for container in containers(spec).filter(|item| matches_pattern(&pattern, name(item))) {
            found = true;
            for (part, (resource, amount)) in &amounts {
                set(container, part, resource, amount);
            }
        }
        if !found {
            session.fail(Error::Text(format!("error: unable to find container named {pattern}")));
        }
    })
}

/// Reads `cpu=200m` into a name and the quantity as the API writes it.
fn read(text: &str) -> Result<(String, String), Error> {
    let Some((resource, amount)) = text.split_once('=') else {
        return fail(format!("Invalid argument syntax {text}, expected <resource>=<value>"));
    };
    match canonical_quantity(amount) {
        Some(amount) => Ok((resource.to_owned(), amount)),
        None => fail(
            "quantities must match the regular expression \
             '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
    }
}

/// Sets an amount; zero removes it.
fn set(container: &mut Value, part: &str, resource: &str, amount: &str) {
    let amounts = container.entry("resources").entry(part);
    if amount == "0" {
        if let Some(map) = amounts.as_map_mut() {
            map.remove(resource);
        }
    } else {
        *amounts.entry(resource) = amount.into();
    }
    let empty = amounts.as_map().is_none_or(std::collections::BTreeMap::is_empty);
    if let Some(map) = container.entry("resources").as_map_mut().filter(|_| empty) {
        map.remove(part);
    }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn limits_are_set_and_zero_removes_them() {
        let mut lab = Lab::with_web();
        let updated = "deployment.apps/web resource requirements updated\n";
        lab.check(
            "set resources deploy/web --limits=cpu=200m,memory=1Gi --requests=cpu=0.1",
            updated,
        );
        lab.check(
            "get deploy web -o jsonpath={.spec.template.spec.containers[0].resources}",
            r#"{"limits":{"cpu":"200m","memory":"1Gi"},"requests":{"cpu":"100m"}}"#,
        );
        lab.check("set resources deploy/web --limits=cpu=0,memory=0 --requests=cpu=0", updated);
        lab.check_error(
            "set resources deploy/web --limits=cpu=abc",
            "error: quantities must match the regular expression \
             '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'\n",
        );
        lab.check_error(
            "set resources deploy/web --requests=cpu=2 --limits=cpu=1",
            "error: failed to patch resources update to pod template Deployment.apps \"web\" is \
             invalid: spec.template.spec.containers[0].resources.requests: Invalid value: \"2\": \
             must be less than or equal to cpu limit of 1\n",
        );
    }
}
