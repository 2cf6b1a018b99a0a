//! Rules of metadata, labels and selectors.
//!
//! Models: kubernetes v1.36 apimachinery `pkg/api/validation/objectmeta.go` and
//! `pkg/apis/meta/v1/validation/validation.go`.

use super::error::{Errors, go_list, go_selector};
use super::path::Path;
use super::{items, part, text};
use crate::api::{LabelSelector, Value};
use crate::manifest::{names, read};

/// How many bytes an object's annotations may take.
const ANNOTATION_BYTES: usize = 256 << 10;

/// How the names of a kind are formed.
pub(super) type NameRule = fn(&str) -> Vec<String>;

pub(super) fn metadata(errors: &mut Errors, object: &Value, namespaced: bool, rule: NameRule) {
    let meta = part(object, "metadata");
    let (name, prefix) = (text(meta, "name"), text(meta, "generateName"));
    if !prefix.is_empty() {
        errors.text(&Path::Of("metadata.generateName"), prefix, &rule(&format!("{prefix}x")));
    }
    if !name.is_empty() {
        errors.name(&Path::Of("metadata.name"), name, rule);
    } else if prefix.is_empty() {
        errors.required(&Path::Of("metadata.name"), "name or generateName is required");
    }
    // The API server clears the namespace of what belongs to none.
    let namespace = text(meta, "namespace");
    if namespaced && !namespace.is_empty() {
        errors.name(&Path::Of("metadata.namespace"), namespace, names::dns_label);
    }
    labels(errors, meta.get("labels"), &Path::Of("metadata.labels"));
    annotations(errors, meta.get("annotations"), &Path::Of("metadata.annotations"));
    owners(errors, meta);
    finalizers(errors, meta);
}

/// Models: `ValidateFinalizers`, `validateKubeFinalizerName`.
fn finalizers(errors: &mut Errors, meta: &Value) {
    let path = &Path::Of("metadata.finalizers");
    let found: Vec<&str> = items(meta, "finalizers").filter_map(Value::as_str).collect();
    for name in &found {
        errors.name(path, name, names::label_key);
    }
    if found.contains(&"orphan") && found.contains(&"foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.invalid(path, go_list("string", &found), detail);
    }
    let standard = &["kubernetes", "orphan", "foregroundDeletion"];
    for (index, name) in found.iter().enumerate() {
        if !name.contains('/') && !standard.contains(name) {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid_text(&path.index(index), name, detail);
        }
    }
}

fn owners(errors: &mut Errors, meta: &Value) {
    let mut controller: Option<String> = None;
    // Upstream leaves the index out of these paths.
    let path = &Path::Of("metadata.ownerReferences");
    for owner in items(meta, "ownerReferences") {
        let (kind, name) = (text(owner, "kind"), text(owner, "name"));
        for (key, value) in
            [("apiVersion", text(owner, "apiVersion")), ("kind", kind), ("name", name)]
        {
            if value.is_empty() {
                let detail = if key == "apiVersion" {
                    "version must not be empty"
                } else {
                    "must not be empty"
                };
                errors.invalid_text(&path.key(key), value, detail);
            }
        }
        if text(owner, "uid").is_empty() {
            errors.invalid_text(&path.key("uid"), "", "must not be empty");
        }
        if owner.get("controller") == Some(&Value::Bool(true)) {
            let this = format!("{kind}/{name}");
            if let Some(other) = &controller {
                let detail = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in \
                     references for {other} and {this}"
                );
                errors.invalid(path, "[]v1.OwnerReference{}", &detail);
            } else {
                controller = Some(this);
            }
        }
    }
}

pub(super) fn labels(errors: &mut Errors, labels: Option<&Value>, path: &Path<'_>) {
    for (key, value) in read::labels(labels).iter() {
        errors.name(path, key, names::label_key);
        errors.name(path, value, names::label_value);
    }
}

pub(super) fn annotations(errors: &mut Errors, annotations: Option<&Value>, path: &Path<'_>) {
    let annotations = read::labels(annotations);
    for key in annotations.keys() {
        errors.text(path, key, &names::label_key(&key.to_ascii_lowercase()));
    }
    let bytes: usize = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    if bytes > ANNOTATION_BYTES {
        errors.too_long(path, ANNOTATION_BYTES);
    }
}

/// Checks a selector; says whether it can be used.
pub(super) fn selector(errors: &mut Errors, selector: &Value, path: &Path<'_>) -> bool {
    let before = errors.0.len();
    labels(errors, selector.get("matchLabels"), &path.key("matchLabels"));
    for (index, requirement) in items(selector, "matchExpressions").enumerate() {
        let path = path.item("matchExpressions", index);
        let values = path.key("values");
        let any = items(requirement, "values").next().is_some();
        match text(requirement, "operator") {
            "In" | "NotIn" if !any => {
                let detail = "must be specified when `operator` is 'In' or 'NotIn'";
                errors.required(&values, detail);
            }
            "Exists" | "DoesNotExist" if any => {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.forbidden(&values, detail);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => {
                let detail = "not a valid selector operator";
                errors.invalid_text(&path.key("operator"), other, detail);
            }
        }
        let key = text(requirement, "key");
        errors.name(&path.key("key"), key, names::label_key);
        for (index, value) in items(requirement, "values").enumerate() {
            let value = value.as_str().unwrap_or("");
            errors.name(&values.index(index), value, names::label_value);
        }
    }
    errors.0.len() == before
}

/// The selector of a Deployment or `ReplicaSet`, as far as it can be used.
pub(super) enum OwnerSelector {
    /// It cannot be used, so nothing can be said of the template.
    Unusable,
    /// There is none, so it means nothing.
    Missing,
    /// It means these pods.
    Usable(LabelSelector),
}

pub(super) fn owner_selector(errors: &mut Errors, spec: &Value) -> OwnerSelector {
    let Some(value) = spec.get("selector") else {
        errors.required(&Path::Of("spec.selector"), "");
        return OwnerSelector::Missing;
    };
    let usable = selector(errors, value, &Path::Of("spec.selector"));
    let typed = read::selector(value);
    if !usable {
        errors.invalid(&Path::Of("spec.selector"), go_selector(&typed), "invalid label selector");
        return OwnerSelector::Unusable;
    }
    if typed.is_empty() {
        let detail = "empty selector is invalid for deployment";
        errors.invalid(&Path::Of("spec.selector"), go_selector(&typed), detail);
    }
    OwnerSelector::Usable(typed)
}
