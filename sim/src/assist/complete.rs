//! How what one types in a manifest may go on: fields by their place, values by their type, names of
//! what the cluster has.

use super::place::{Place, Slot};
use super::walk::{self, Holder};
use crate::api::{Deployment, Kind, Labels, Pod};
use crate::cluster::Cluster;
use crate::container;
use crate::kubectl::explain::{self, Words};
use crate::kubectl::objects;
use crate::manifest::schema::{self, Shape};

/// The most completions.
const MOST: usize = 100;

/// A way to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// What is shown.
    pub label: String,
    /// Its type, or where it comes from.
    pub detail: String,
    /// What is said about it; may be empty.
    pub about: String,
    /// What is written in place of the word.
    pub text: String,
}

/// Completions of the word at `offset`, which counts bytes, and where that word begins.
pub fn complete(cluster: &Cluster, text: &str, offset: usize) -> (usize, Vec<Completion>) {
    let Some(place) = Place::of(text, offset) else {
        return (offset, Vec::new());
    };
    let mut found = match place.slot {
        Slot::Key => keys(cluster, &place),
        Slot::Value => values(cluster, &place),
        Slot::Item => Vec::new(),
    };
    let typed = text.get(place.from..offset).unwrap_or_default().to_ascii_lowercase();
    // Completions that begin so come first, then those that have it inside.
    found.retain(|each| each.label.to_ascii_lowercase().contains(&typed));
    crate::order::sort_by_key(&mut found, |each| {
        u8::from(!each.label.to_ascii_lowercase().starts_with(&typed))
    });
    found.truncate(MOST);
    (place.from, found)
}

fn plain(label: &str, detail: &str) -> Completion {
    Completion {
        label: label.to_owned(),
        detail: detail.to_owned(),
        about: String::new(),
        text: label.to_owned(),
    }
}

fn keys(cluster: &Cluster, place: &Place<'_>) -> Vec<Completion> {
    match walk::holder(place) {
        Some(Holder::Struct(owner)) => fields(owner, place),
        Some(Holder::Map("Quantity")) => ["cpu", "memory", "nvidia.com/gpu", "ephemeral-storage"]
            .into_iter()
            .filter(|name| !place.siblings.contains(name))
            .map(|name| Completion { text: format!("{name}: "), ..plain(name, "Quantity") })
            .collect(),
        Some(Holder::Map(_)) => labels(cluster)
            .into_iter()
            .filter(|(key, _)| !place.siblings.contains(&&**key))
            .map(|(key, _)| Completion { text: format!("{key}: "), ..plain(&key, "label") })
            .collect(),
        None => Vec::new(),
    }
}

/// The fields of a struct that are not there yet, those that must be set first.
fn fields(owner: &'static str, place: &Place<'_>) -> Vec<Completion> {
    let words = Words::get().unwrap_or_default();
    let known = schema::fields(owner).into_iter().flatten();
    let mut found: Vec<_> = known
        .filter(|(name, _)| !place.siblings.contains(name))
        // People write the rest of a document; the cluster writes its status.
        .filter(|(name, _)| !(place.path.is_empty() && *name == "status"))
        .collect();
    crate::order::sort_by_key(&mut found, |(name, _)| !words.is_required(owner, name));
    found
        .into_iter()
        .map(|(name, type_)| {
            let required = if words.is_required(owner, name) { ", required" } else { "" };
            Completion {
                label: name.to_owned(),
                detail: format!("{}{required}", explain::type_name(type_)),
                about: words.about_field(owner, name).unwrap_or_default().to_owned(),
                text: opened(name, type_, place),
            }
        })
        .collect()
}

/// A field's name with what has to follow it before one can type its value.
fn opened(name: &str, type_: &'static str, place: &Place<'_>) -> String {
    let indent = " ".repeat(place.column + 2);
    match schema::shape(type_) {
        _ if place.in_braces => format!("{name}: "),
        Shape::List(_) => format!("{name}:\n{indent}- "),
        Shape::Map(_) | Shape::Struct(_) => format!("{name}:\n{indent}"),
        _ => format!("{name}: "),
    }
}

fn values(cluster: &Cluster, place: &Place<'_>) -> Vec<Completion> {
    let Some((&key, above)) = place.path.split_last() else { return Vec::new() };
    if above.is_empty() {
        match key {
            "kind" => return kinds(place),
            "apiVersion" => return versions(place),
            _ => {}
        }
    }
    match walk::holder(&Place { path: above.to_vec(), ..place.clone() }) {
        Some(Holder::Struct(owner)) => {
            let names = named(cluster, owner, key);
            if !names.is_empty() {
                return names;
            }
            let Some(type_) = schema::field(owner, key) else { return Vec::new() };
            let words = Words::get().unwrap_or_default();
            let about = words.about_field(owner, key).unwrap_or_default();
            let said = |value: &str| Completion { about: about.to_owned(), ..plain(value, "") };
            match schema::shape(type_) {
                Shape::Bool => ["true", "false"].map(said).to_vec(),
                _ => words.values(type_).into_iter().map(said).collect(),
            }
        }
        Some(Holder::Map(_)) => {
            let all = labels(cluster).into_iter().filter(|(known, _)| &**known == key);
            let mut found: Vec<_> = all.map(|(_, value)| plain(&value, "label")).collect();
            found.dedup();
            found
        }
        None => Vec::new(),
    }
}

fn kinds(place: &Place<'_>) -> Vec<Completion> {
    let of_version =
        |kind: &Kind| place.api_version.is_empty() || kind.api_version() == place.api_version;
    let all = Kind::ALL.into_iter().filter(of_version);
    all.map(|kind| plain(kind.as_str(), kind.api_version())).collect()
}

fn versions(place: &Place<'_>) -> Vec<Completion> {
    let of_kind = |kind: &Kind| place.kind.is_empty() || kind.as_str() == place.kind;
    let mut found: Vec<_> =
        Kind::ALL.into_iter().filter(of_kind).map(|kind| plain(kind.api_version(), "")).collect();
    crate::order::sort_by_key(&mut found, |each| each.label.clone());
    found.dedup();
    found
}

/// Names of live objects, where a field names one; images, where it names one of these.
fn named(cluster: &Cluster, owner: &str, key: &str) -> Vec<Completion> {
    let kind = match (owner, key) {
        ("Container", "image") => return images(cluster),
        ("ConfigMapKeySelector" | "ConfigMapEnvSource" | "ConfigMapVolumeSource", "name") => {
            Kind::ConfigMap
        }
        ("SecretKeySelector" | "SecretEnvSource" | "LocalObjectReference", "name")
        | ("SecretVolumeSource", "secretName") => Kind::Secret,
        ("IngressServiceBackend" | "HTTPBackendRef", "name") => Kind::Service,
        ("CrossVersionObjectReference", "name") => Kind::Deployment,
        ("PodSpec", "priorityClassName") => Kind::PriorityClass,
        ("PodSpec", "nodeName") => Kind::Node,
        ("ObjectMeta", "namespace") => Kind::Namespace,
        _ => return Vec::new(),
    };
    let all = objects::list(cluster.api(), kind, None);
    all.iter().map(|object| plain(&object.meta().name, kind.as_str())).collect()
}

/// The images in use, then those that can be pulled.
fn images(cluster: &Cluster) -> Vec<Completion> {
    let templates = cluster.api().list::<Deployment>().iter();
    let templates = templates.flat_map(|deployment| &deployment.spec.template.spec.containers);
    let running = cluster.api().list::<Pod>().iter().flat_map(|pod| &pod.spec.containers);
    let mut used: Vec<String> =
        templates.chain(running).map(|container| container.image.to_string()).collect();
    crate::order::sort_by_key(&mut used, Clone::clone);
    used.dedup();
    let others = container::pullable().filter(|image| !used.contains(image));
    let others = others.map(|image| plain(&image, "can be pulled"));
    used.iter().map(|image| plain(image, "in use")).chain(others).collect()
}

/// The labels of Deployments' pods, in order.
fn labels(cluster: &Cluster) -> Vec<(String, String)> {
    let deployments = cluster.api().list::<Deployment>().iter();
    let templates = deployments.map(|deployment| &deployment.spec.template.labels);
    let pods = cluster.api().list::<Pod>().iter().map(|pod| &pod.meta.labels);
    let own = |labels: &Labels| -> Vec<(String, String)> {
        let pairs = labels.iter().filter(|(key, _)| &***key != "pod-template-hash");
        pairs.map(|(key, value)| (key.to_string(), value.to_string())).collect()
    };
    let mut found: Vec<(String, String)> = templates.chain(pods).flat_map(own).collect();
    crate::order::sort_by_key(&mut found, Clone::clone);
    found.dedup();
    found
}
