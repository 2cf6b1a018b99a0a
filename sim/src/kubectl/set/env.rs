//! `kubectl set env deployment/web A=1 B-`: the environment of containers.
//!
//! Models: kubectl v1.36 `pkg/cmd/set/set_env.go`.

use super::{containers, edit_pods, flags, matches_pattern, name, pod_spec_path};
use crate::api::value::map;
use crate::api::{Kind, Value, base64};
use crate::apiserver::AnyObject;
use crate::kubectl::error::{Error, fail};
use crate::kubectl::objects;
use crate::kubectl::resource::{Naming, targets};
use crate::kubectl::session::Session;

pub(in crate::kubectl) const FLAGS: &str =
    flags!("containers,c:text env,e:text list overwrite resolve from:text keys:text prefix:text");

const WHAT: &str =
    "one or more resources must be specified as <resource> <name> or <resource>/<name>";

/// Runs `set env`.
pub(in crate::kubectl) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let is_change = |word: &String| word.contains('=') || word.ends_with('-');
    let at = words.iter().position(is_change).unwrap_or(words.len());
    let (resources, rest) = words.split_at(at);
    if rest.iter().any(|word| !is_change(word)) {
        let typed = words.join(" ");
        return fail(format!(
            "all resources must be specified before environment changes: [{typed}]"
        ));
    }
    if resources.is_empty() && !session.args.names_files() {
        return fail(WHAT);
    }
    let mut from = Vec::new();
    if let Some(source) = session.args.text("from").map(str::to_owned) {
        from = taken(session, source)?;
        if session.has_failed() {
            return Ok(());
        }
    }
    let mut changes = rest.to_vec();
    changes.extend(session.args.texts("env").into_iter().map(str::to_owned));
    let (set, removed) = read(&changes)?;
    let objects = session.objects(resources, session.naming())?;
    if session.has_failed() {
        return Ok(());
    }
    if session.args.is_on("list") {
        for object in &objects {
            list(session, object);
        }
        return Ok(());
    }
    let pattern = session.args.text("containers").unwrap_or("*").to_owned();
    edit_pods(session, &objects, "env", &mut |session, object, spec| {
        let mut found = false;
        for container in containers(spec).filter(|item| matches_pattern(&pattern, name(item))) {
            change(container, &set, &removed);
            take(container, &from);
            found = true;
        }
        if !found {
            let (kind, name) = (object.kind(), &object.meta().name);
            session.warn(&format!(
                "Warning: {kind}/{name} does not have any containers matching {pattern:?}"
            ));
        }
    })
}

/// The variables that stand for the keys of a `ConfigMap` or a Secret: `--from`.
fn taken(session: &mut Session<'_>, source: String) -> Result<Vec<Value>, Error> {
    let mut found = Vec::new();
    for target in targets(&[source], Naming { types_alone: true, ..Naming::default() })? {
        found.extend(session.resolve(&target)?);
    }
    let wanted: Vec<String> = session.args.texts("keys").into_iter().map(str::to_owned).collect();
    let prefix = session.args.text("prefix").unwrap_or("").to_owned();
    let mut variables = Vec::new();
    for object in &found {
        let reference = match object.kind() {
            Kind::ConfigMap => "configMapKeyRef",
            Kind::Secret => "secretKeyRef",
            kind => return fail(format!("unsupported resource specified in --from: {kind}")),
        };
        let data = objects::data(object);
        for key in
            data.get("data").and_then(Value::as_map).into_iter().flatten().map(|(key, _)| key)
        {
            if !wanted.is_empty() && !wanted.iter().any(|one| **one == **key) {
                continue;
            }
            let fits = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
            let name: String = key.to_ascii_uppercase().chars().map(fits).collect();
            if name != **key {
                session.warn(&format!("Warning: key {key} transferred to {name}"));
            }
            let origin = map([("key", key.into()), ("name", (&object.meta().name).into())]);
            variables.push(map([
                ("name", format!("{prefix}{name}").into()),
                ("valueFrom", map([(reference, origin)])),
            ]));
        }
    }
    Ok(variables)
}

/// Gives a container variables that come from elsewhere.
fn take(container: &mut Value, from: &[Value]) {
    if from.is_empty() {
        return;
    }
    let env = container.entry("env");
    let mut kept = env.as_list().unwrap_or_default().to_vec();
    for variable in from {
        match kept.iter_mut().find(|item| name(item) == name(variable)) {
            Some(old) => *old = variable.clone(),
            None => kept.push(variable.clone()),
        }
    }
    *env = Value::List(kept);
}

/// The text a variable takes from elsewhere, for `--list --resolve`.
fn resolved(session: &Session<'_>, object: &AnyObject, source: &Value) -> Option<String> {
    let references = [("configMapKeyRef", Kind::ConfigMap), ("secretKeyRef", Kind::Secret)];
    let (key, kind) = references.into_iter().find(|(key, _)| source.get(key).is_some())?;
    let part = |part: &str| source.at(&[key, part]).and_then(Value::scalar_text);
    let namespace = &object.meta().namespace;
    let owner = objects::find(session.api(), kind, namespace, &part("name")?).ok()?;
    let data = objects::data(&owner);
    let text = data.at(&["data", &*part("key")?]).and_then(Value::scalar_text)?;
    if kind == Kind::ConfigMap {
        return Some(text.to_string());
    }
    Some(String::from_utf8_lossy(&base64::decode(&text)?).into_owned())
}

/// Variables to set, and names of variables to remove.
type Changes<'a> = (Vec<(&'a str, &'a str)>, Vec<&'a str>);

fn read(changes: &[String]) -> Result<Changes<'_>, Error> {
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    for change in changes {
        if let Some((key, value)) = change.split_once('=') {
            let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            if key.is_empty()
                || key.starts_with(|c: char| c.is_ascii_digit())
                || !key.chars().all(fits)
            {
                return fail(format!(
                    "{key:?} is not a valid key name: a valid environment variable name must \
                     consist of alphabetic characters, digits, '_', '-', or '.', and must not \
                     start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', \
                     regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')"
                ));
            }
            set.push((key, value));
        } else if let Some(key) = change.strip_suffix('-') {
            removed.push(key);
        } else {
            return fail(format!("unknown environment variable format: {change}"));
        }
    }
    if set.iter().any(|(key, _)| removed.contains(key)) {
        return fail(
            "can not both modify and remove the same environment variable in the same command",
        );
    }
    Ok((set, removed))
}

/// Known variables change where they stand, new ones come last.
fn change(container: &mut Value, set: &[(&str, &str)], removed: &[&str]) {
    let env = container.entry("env");
    let mut kept = env.as_list().unwrap_or_default().to_vec();
    kept.retain(|item| !removed.contains(&name(item)));
    for (key, value) in set {
        let new = map([("name", (*key).into()), ("value", (*value).into())]);
        match kept.iter_mut().find(|item| name(item) == *key) {
            Some(old) => *old = new,
            None => kept.push(new),
        }
    }
    if kept.is_empty() {
        container.as_map_mut().and_then(|map| map.remove("env"));
    } else {
        *env = Value::List(kept);
    }
}

fn list(session: &mut Session<'_>, object: &AnyObject) {
    let Some(path) = pod_spec_path(object.kind()) else {
        return;
    };
    let mut data = objects::data(object);
    let spec = path.iter().fold(&mut data, |value, key| value.entry(key));
    let mut lines = Vec::new();
    for container in containers(spec) {
        let (kind, owner) = (object.kind(), &object.meta().name);
        lines.push(format!("# {kind} {owner}, container {}", name(container)));
        for variable in container.get("env").and_then(Value::as_list).unwrap_or_default() {
            let value = variable.get("value").and_then(Value::as_str).unwrap_or("");
            lines.push(match variable.get("valueFrom") {
                None => format!("{}={value}", name(variable)),
                Some(source) => {
                    let resolves = session.args.is_on("resolve");
                    match resolved(session, object, source).filter(|_| resolves) {
                        Some(text) => format!("{}={text}", name(variable)),
                        None => format!("# {} from {}", name(variable), described(source)),
                    }
                }
            });
        }
    }
    for line in lines {
        session.print(&line);
    }
}

fn described(source: &Value) -> String {
    let text = |path: [&str; 2]| {
        source
            .at(&path)
            .and_then(Value::scalar_text)
            .map(|text| text.to_string())
            .unwrap_or_default()
    };
    for &(key, kind) in &[("configMapKeyRef", "configmap"), ("secretKeyRef", "secret")] {
        if source.get(key).is_some() {
            return format!("{kind} {}, key {}", text([key, "name"]), text([key, "key"]));
        }
    }
    if source.get("fieldRef").is_some() {
        return format!("field path {}", text(["fieldRef", "fieldPath"]));
    }
    format!("resource field {}", text(["resourceFieldRef", "resource"]))
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn variables_are_set_removed_and_listed() {
        let mut lab = Lab::with_web();
        lab.check("set env deploy/web A=1 B=2", "deployment.apps/web env updated\n");
        lab.check("set env deploy/web A=1", "");
        lab.check("set env deploy/web A- C=3", "deployment.apps/web env updated\n");
        lab.check("set env deploy/web NOPE-", "");
        lab.check("set env deploy/web --list", "# Deployment web, container web\nB=2\nC=3\n");
        lab.check("set env deploy/web", "");
        lab.check_error(
            "set env",
            "error: one or more resources must be specified as <resource> <name> or <resource>/<name>\n",
        );
    }
}
