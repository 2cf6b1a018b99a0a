//! What containers read from `ConfigMap`s, Secrets and their own pod: environment and files.
//!
//! A kubelet asks when it makes a container ([`environment`]) and when it mounts a volume
//! ([`volume_files`]); what is missing is an error whose text is the kubelet's own, so a container
//! waits with `CreateContainerConfigError`, a mount with the event `FailedMount`. What was read
//! stays as it is: an environment never changes, files follow only when they are read anew.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/kubelet_pods.go` `makeEnvironmentVariables`,
//! `pkg/volume/{configmap,secret}`. Leaves out: `resourceFieldRef`, `fileKeyRef`.

use std::fmt;

use super::ApiServer;
use crate::api::{Kind, Name, Pod, Value, base64};

/// What a container needs and does not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// There is no such object.
    Object {
        /// `ConfigMap` or `Secret`.
        kind: Kind,
        /// Its name.
        name: Name,
    },
    /// The object has no such key.
    Key {
        /// `ConfigMap` or `Secret`.
        kind: Kind,
        /// Its namespace.
        namespace: Name,
        /// Its name.
        name: Name,
        /// The key.
        key: Name,
    },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object { kind, name } => {
                let kind = if *kind == Kind::Secret { "secret" } else { "configmap" };
                write!(f, "{kind} {name:?} not found")
            }
            Self::Key { kind, namespace, name, key } => {
                write!(f, "couldn't find key {key} in {kind} {namespace}/{name}")
            }
        }
    }
}

/// The environment of a container of `pod`, from the container's data: `envFrom`, then `env` with
/// its sources resolved and `$(NAME)` filled in. Later entries of the same name win.
///
/// # Errors
/// What is missing and not optional.
pub fn environment(
    api: &ApiServer,
    pod: &Pod,
    container: &Value,
) -> Result<Vec<(Name, Name)>, Missing> {
    let mut all: Vec<(Name, Name)> = Vec::new();
    for source in list(container, "envFrom") {
        let prefix = text(source, "prefix");
        for (field, kind) in [("configMapRef", Kind::ConfigMap), ("secretRef", Kind::Secret)] {
            let Some(reference) = source.get(field) else { continue };
            for (key, value) in entries(api, pod, kind, reference, "name")? {
                set(&mut all, &format!("{prefix}{key}").into(), value);
            }
        }
    }
    for variable in list(container, "env") {
        let value = match variable.get("valueFrom") {
            Some(from) => sourced(api, pod, from)?,
            None => Some(expand(&text(variable, "value"), &all)),
        };
        if let Some(value) = value {
            set(&mut all, &text(variable, "name"), value);
        }
    }
    Ok(all)
}

/// The files of a volume of `pod` that comes from `ConfigMap`s, Secrets or the pod itself, by their
/// paths in the volume; `None` for a volume of another type.
///
/// # Errors
/// What is missing and not optional.
pub fn volume_files(
    api: &ApiServer,
    pod: &Pod,
    volume: &Value,
) -> Result<Option<Vec<(Name, Name)>>, Missing> {
    let projected = volume.at(&["projected", "sources"]).and_then(Value::as_list);
    let sources = projected.unwrap_or(std::slice::from_ref(volume));
    let mut files = Vec::new();
    let mut known = projected.is_some();
    for source in sources {
        if let Some(reference) = source.get("configMap") {
            known = true;
            files.extend(chosen(api, pod, Kind::ConfigMap, reference, "name")?);
        }
        if let Some(reference) = source.get("secret") {
            known = true;
            let name = if projected.is_some() { "name" } else { "secretName" };
            files.extend(chosen(api, pod, Kind::Secret, reference, name)?);
        }
        if let Some(downward) = source.get("downwardAPI") {
            known = true;
            for item in list(downward, "items") {
                let path = item.at(&["fieldRef", "fieldPath"]).and_then(Value::as_str);
                files.push((text(item, "path"), field(pod, path.unwrap_or_default())));
            }
        }
    }
    Ok(known.then_some(files))
}

/// The entries of the object a volume names, those of `items` under their own paths if it has some.
fn chosen(
    api: &ApiServer,
    pod: &Pod,
    kind: Kind,
    reference: &Value,
    name_field: &str,
) -> Result<Vec<(Name, Name)>, Missing> {
    let all = entries(api, pod, kind, reference, name_field)?;
    let Some(items) = reference.get("items").and_then(Value::as_list) else {
        return Ok(all);
    };
    let mut files = Vec::new();
    for item in items {
        let key = text(item, "key");
        match all.iter().find(|(known, _)| *known == key) {
            Some((_, value)) => files.push((text(item, "path"), value.clone())),
            None if is_optional(reference) => {}
            None => return Err(missing_key(pod, kind, text(reference, name_field), key)),
        }
    }
    Ok(files)
}

/// The value a variable takes from elsewhere; `None` when it is missing and optional.
fn sourced(api: &ApiServer, pod: &Pod, from: &Value) -> Result<Option<Name>, Missing> {
    for (source, kind) in [("configMapKeyRef", Kind::ConfigMap), ("secretKeyRef", Kind::Secret)] {
        let Some(reference) = from.get(source) else { continue };
        let key = text(reference, "key");
        let all = entries(api, pod, kind, reference, "name")?;
        return match all.into_iter().find(|(known, _)| *known == key) {
            Some((_, value)) => Ok(Some(value)),
            None if is_optional(reference) => Ok(None),
            None => Err(missing_key(pod, kind, text(reference, "name"), key)),
        };
    }
    let path = from.at(&["fieldRef", "fieldPath"]).and_then(Value::as_str);
    Ok(path.map(|path| field(pod, path)))
}

fn missing_key(pod: &Pod, kind: Kind, name: Name, key: Name) -> Missing {
    Missing::Key { kind, namespace: pod.meta.namespace.clone(), name, key }
}

fn is_optional(reference: &Value) -> bool {
    reference.get("optional").and_then(Value::as_bool).unwrap_or(false)
}

/// The plain entries of the object a reference names; none when it is missing and optional.
fn entries(
    api: &ApiServer,
    pod: &Pod,
    kind: Kind,
    reference: &Value,
    name_field: &str,
) -> Result<Vec<(Name, Name)>, Missing> {
    let name = text(reference, name_field);
    let Some(object) = api.data(kind).get(&pod.meta.namespace, &name) else {
        return if is_optional(reference) {
            Ok(Vec::new())
        } else {
            Err(Missing::Object { kind, name })
        };
    };
    let decoded = |value: &str| -> Name {
        let bytes = base64::decode(value).unwrap_or_default();
        String::from_utf8_lossy(&bytes).as_ref().into()
    };
    let mut all = Vec::new();
    for (key, value) in object.at(&["data"]).as_map().into_iter().flatten() {
        let value = value.scalar_text().unwrap_or_default();
        let plain = if kind == Kind::Secret { decoded(&value) } else { value };
        all.push((key.clone(), plain));
    }
    for (key, value) in object.at(&["binaryData"]).as_map().into_iter().flatten() {
        all.push((key.clone(), decoded(value.as_str().unwrap_or_default())));
    }
    Ok(all)
}

/// A field of the pod, as `fieldPath` names it: `metadata.name`, `metadata.labels['app']`.
fn field(pod: &Pod, path: &str) -> Name {
    let subscript = |map: &crate::api::Labels, rest: &str| {
        let key = rest.trim_start_matches("['").trim_end_matches("']");
        map.get(key).cloned().unwrap_or_default()
    };
    if let Some(rest) = path.strip_prefix("metadata.labels") {
        return subscript(&pod.meta.labels, rest);
    }
    if let Some(rest) = path.strip_prefix("metadata.annotations") {
        return subscript(&pod.meta.annotations, rest);
    }
    match path {
        "metadata.name" => pod.meta.name.clone(),
        "metadata.namespace" => pod.meta.namespace.clone(),
        "metadata.uid" => pod.meta.uid.to_string().into(),
        "spec.nodeName" => pod.node_name.clone(),
        "spec.serviceAccountName" => "default".into(),
        "status.podIP" | "status.podIPs" => {
            pod.status.pod_ip.map(|ip| ip.to_string()).unwrap_or_default().into()
        }
        _ => "".into(),
    }
}

/// Fills in `$(NAME)` from what is known so far; `$$(NAME)` stands for itself.
///
/// Models: kubernetes v1.36 `third_party/forked/golang/expansion/expand.go`.
pub fn expand(typed: &str, known: &[(Name, Name)]) -> Name {
    let mut out = String::new();
    let mut rest = typed;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(escaped) = rest.strip_prefix('$') {
            out.push('$');
            rest = escaped;
            continue;
        }
        let name = rest.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        match name {
            Some((name, after)) => {
                match known.iter().find(|(known, _)| **known == *name) {
                    Some((_, value)) => out.push_str(value),
                    None => out.extend(["$(", name, ")"]),
                }
                rest = after;
            }
            None => out.push('$'),
        }
    }
    out.push_str(rest);
    out.into()
}

fn set(all: &mut Vec<(Name, Name)>, name: &Name, value: Name) {
    match all.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value,
        None => all.push((name.clone(), value)),
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_list).unwrap_or_default()
}

fn text(value: &Value, key: &str) -> Name {
    value.get(key).and_then(Value::scalar_text).unwrap_or_default()
}
