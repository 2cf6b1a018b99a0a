//! Rules of volumes, and of the places in containers where they appear.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `ValidateVolumes`,
//! `ValidateVolumeMounts`, `ValidateVolumeDevices`. Leaves out: sources only certain clouds have.

use std::collections::BTreeSet;

use super::error::{Errors, quote};
use super::path::Path;
use super::{FieldErrorKind, env, int, items, part, text};
use crate::api::Value;
use crate::api::quantity::parse_milli;
use crate::manifest::names;

/// Fields of a pod that files can have.
const FIELDS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];
const MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// The kinds of sources in the order in which upstream looks for them.
const SOURCES: [&str; 30] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];

/// Checks the volumes of a pod; the names of those that are right, which containers can mount.
pub(super) fn volumes<'a>(
    errors: &mut Errors,
    spec: &'a Value,
    path: &Path<'_>,
) -> BTreeSet<&'a str> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, volume) in items(spec, "volumes").enumerate() {
        let path = path.item("volumes", index);
        let before = errors.0.len();
        source(errors, volume, &path);
        let name_path = path.key("name");
        let name = text(volume, "name");
        if name.is_empty() {
            errors.required(&name_path, "");
        } else {
            errors.name(&name_path, name, names::dns_label);
        }
        if seen.contains(name) {
            errors.duplicate_text(&name_path, name);
        }
        if errors.0.len() == before {
            seen.insert(name);
        }
    }
    seen
}

fn source(errors: &mut Errors, volume: &Value, path: &Path<'_>) {
    let mut sources = SOURCES.into_iter().filter(|key| volume.get(key).is_some());
    let Some(first) = sources.next() else {
        return errors.required(path, "must specify a volume type");
    };
    checked_source(errors, part(volume, first), first, &path.key(first));
    for other in sources {
        let path = path.key(other);
        errors.forbidden(&path, "may not specify more than 1 volume type");
    }
}

fn checked_source(errors: &mut Errors, source: &Value, kind: &str, path: &Path<'_>) {
    match kind {
        "emptyDir" => {
            let limit = source.get("sizeLimit").and_then(Value::scalar_text).unwrap_or_default();
            if parse_milli(&limit).is_some_and(|limit| limit < 0) {
                let detail = "SizeLimit field must be a valid resource quantity";
                errors.forbidden(&path.key("sizeLimit"), detail);
            }
        }
        "hostPath" => host_path(errors, source, path),
        "secret" => stored(errors, source, "secretName", path),
        "configMap" => stored(errors, source, "name", path),
        "persistentVolumeClaim" if text(source, "claimName").is_empty() => {
            errors.required(&path.key("claimName"), "");
        }
        "downwardAPI" => {
            mode(errors, source, "defaultMode", path);
            for item in items(source, "items") {
                downward_file(errors, item, path);
            }
        }
        "projected" => projected(errors, source, path),
        "nfs" => {
            for &key in &["server", "path"] {
                if text(source, key).is_empty() {
                    errors.required(&path.key(key), "");
                }
            }
            let typed = text(source, "path");
            if !typed.starts_with('/') {
                let detail = "must be an absolute path";
                errors.invalid_text(&path.key("path"), typed, detail);
            }
        }
        "csi" if text(source, "driver").is_empty() => {
            errors.required(&path.key("driver"), "");
        }
        _ => {}
    }
}

fn host_path(errors: &mut Errors, source: &Value, path: &Path<'_>) {
    let typed = text(source, "path");
    if typed.is_empty() {
        return errors.required(&path.key("path"), "");
    }
    no_backsteps(errors, typed, &path.key("path"));
    let types = &[
        "",
        "BlockDevice",
        "CharDevice",
        "Directory",
        "DirectoryOrCreate",
        "File",
        "FileOrCreate",
        "Socket",
    ];
    errors.one_of(&path.key("type"), text(source, "type"), types);
}

fn stored(errors: &mut Errors, source: &Value, name: &str, path: &Path<'_>) {
    if text(source, name).is_empty() {
        errors.required(&path.key(name), "");
    }
    mode(errors, source, "defaultMode", path);
    key_paths(errors, source, path);
}

fn mode(errors: &mut Errors, source: &Value, key: &str, path: &Path<'_>) {
    if let Some(mode) = int(source, key).filter(|mode| !(0..=0o777).contains(mode)) {
        errors.invalid_number(&path.key(key), mode, MODE);
    }
}

fn key_paths(errors: &mut Errors, source: &Value, path: &Path<'_>) {
    for (index, item) in items(source, "items").enumerate() {
        let at = path.item("items", index);
        if text(item, "key").is_empty() {
            errors.required(&at.key("key"), "");
        }
        let typed = text(item, "path");
        if typed.is_empty() {
            errors.required(&at.key("path"), "");
        } else {
            open_path(errors, typed, &at.key("path"));
        }
        mode(errors, item, "mode", &at);
    }
}

fn downward_file(errors: &mut Errors, item: &Value, path: &Path<'_>) {
    let typed = text(item, "path");
    if typed.is_empty() {
        errors.required(&path.key("path"), "");
    } else {
        open_path(errors, typed, &path.key("path"));
    }
    match (item.get("fieldRef"), item.get("resourceFieldRef")) {
        (Some(_), Some(_)) => {
            let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
            errors.invalid(path, "\"resource\"", detail);
        }
        (Some(field), None) => env::field_ref(errors, field, &FIELDS, &path.key("fieldRef")),
        (None, Some(amount)) => {
            env::resource_field_ref(errors, amount, true, &path.key("resourceFieldRef"));
        }
        (None, None) => {
            errors.required(path, "one of fieldRef and resourceFieldRef must be specified");
        }
    }
    mode(errors, item, "mode", path);
}

fn projected(errors: &mut Errors, source: &Value, path: &Path<'_>) {
    mode(errors, source, "defaultMode", path);
    let mut files: BTreeSet<&str> = BTreeSet::new();
    for (index, part) in items(source, "sources").enumerate() {
        let at = path.item("sources", index);
        for &kind in &["secret", "configMap"] {
            if let Some(part) = part.get(kind) {
                if text(part, "name").is_empty() {
                    errors.required(&at.key(kind).key("name"), "");
                }
                key_paths(errors, part, &at.key(kind));
                for file in items(part, "items").map(|item| text(item, "path")) {
                    if !file.is_empty() && !files.insert(file) {
                        let detail = "conflicting duplicate paths";
                        errors.invalid_text(path, text(part, "name"), detail);
                    }
                }
            }
        }
        for item in items(super::part(part, "downwardAPI"), "items") {
            downward_file(errors, item, &at.key("downwardAPI"));
        }
    }
}

/// A path below a directory: relative, without steps back.
fn local_path(errors: &mut Errors, typed: &str, path: &Path<'_>) {
    if typed.starts_with('/') {
        errors.invalid_text(path, typed, "must be a relative path");
    }
    no_backsteps(errors, typed, path);
}

/// As [`local_path`], for files; what starts with two dots is the kubelet's.
fn open_path(errors: &mut Errors, typed: &str, path: &Path<'_>) {
    local_path(errors, typed, path);
    if typed.starts_with("..") && !typed.starts_with("../") {
        errors.invalid_text(path, typed, "must not start with '..'");
    }
}

fn no_backsteps(errors: &mut Errors, typed: &str, path: &Path<'_>) {
    if typed.split('/').any(|step| step == "..") {
        errors.invalid_text(path, typed, "must not contain '..'");
    }
}

pub(super) fn mounts(
    errors: &mut Errors,
    container: &Value,
    volumes: &BTreeSet<&str>,
    path: &Path<'_>,
) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let list = path.key("volumeMounts");
    for (index, mount) in items(container, "volumeMounts").enumerate() {
        let path = list.index(index);
        let (name, place) = (text(mount, "name"), text(mount, "mountPath"));
        let name_path = path.key("name");
        if name.is_empty() {
            errors.required(&name_path, "");
        }
        if !volumes.contains(name) {
            errors.add(&name_path, FieldErrorKind::NotFound, quote(name), "");
        }
        let place_path = path.key("mountPath");
        if place.is_empty() {
            errors.required(&place_path, "");
        }
        if seen.contains(place) {
            errors.invalid_text(&place_path, place, "must be unique");
        }
        seen.insert(place);
        // Upstream leaves the index out of these paths.
        for &key in &["subPath", "subPathExpr"] {
            let typed = text(mount, key);
            if key == "subPathExpr" && !typed.is_empty() && !text(mount, "subPath").is_empty() {
                let detail = "subPathExpr and subPath are mutually exclusive";
                errors.invalid_text(&path.key(key), typed, detail);
            }
            if !typed.is_empty() {
                local_path(errors, typed, &list.key(key));
            }
        }
        if let Some(kind) = mount.get("mountPropagation").and_then(Value::as_str) {
            let allowed = &["Bidirectional", "HostToContainer", "None"];
            let path = list.key("mountPropagation");
            errors.one_of(&path, kind, allowed);
            let privileged = part(container, "securityContext").get("privileged");
            if kind == "Bidirectional" && privileged != Some(&Value::Bool(true)) {
                let detail = "Bidirectional mount propagation is available only to privileged \
                              containers";
                errors.forbidden(&path, detail);
            }
        }
    }
}

pub(super) fn devices(errors: &mut Errors, container: &Value, spec: &Value, path: &Path<'_>) {
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (index, device) in items(container, "volumeDevices").enumerate() {
        let path = path.item("volumeDevices", index);
        for &key in &["name", "devicePath"] {
            let (typed, path) = (text(device, key), path.key(key));
            if typed.is_empty() {
                errors.required(&path, "");
            } else if !seen.insert((key, typed)) {
                errors.invalid_text(&path, typed, "must be unique");
            }
        }
        let name = text(device, "name");
        match items(spec, "volumes").find(|volume| text(volume, "name") == name) {
            None => {
                errors.add(&path.key("name"), FieldErrorKind::NotFound, quote(name), "");
            }
            Some(volume)
                if volume.get("persistentVolumeClaim").or(volume.get("ephemeral")).is_none() =>
            {
                let detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral \
                              for block mode";
                errors.invalid_text(&path.key("name"), name, detail);
            }
            Some(_) => {}
        }
    }
}
