//! The manifest that is looked at: its objects, and where each stands in the text.

use crate::api::{DataObject, Deployment, Kind, Name, Service, Value};
use crate::manifest::decode::{DecodeError, kind_of};
use crate::manifest::{self, Document, Object, Span, edit};
use crate::time::Duration;

/// The most objects that are looked at.
const MOST: usize = 200;

/// One object of the manifest.
pub(super) struct Item {
    document: usize,
    /// The steps from the document to it: none, or those into a `kind: List`.
    prefix: Vec<String>,
    /// Its data as typed.
    pub(super) typed: Value,
    /// It, with defaults.
    pub(super) object: Object,
}

/// A manifest that a cluster would take.
pub(super) struct Subject {
    pub(super) text: String,
    documents: Vec<Document>,
    pub(super) items: Vec<Item>,
}

impl Subject {
    /// Reads a text. Nothing when an object of it would be refused.
    pub(super) fn read(text: &str) -> Option<Self> {
        let documents = manifest::parse(text).documents;
        let mut items = Vec::new();
        for (document, found) in documents.iter().enumerate() {
            if found.syntax_error.is_some() {
                return None;
            }
            for (prefix, value) in parts(&found.value) {
                if matches!(kind_of(value), Err(DecodeError::NotSimulated { .. })) {
                    continue;
                }
                let object = manifest::decode_defaulted(value).ok()?;
                items.push(Item { document, prefix, typed: value.clone(), object });
            }
        }
        items.truncate(MOST);
        Some(Self { text: text.to_owned(), documents, items })
    }

    /// What is applied when it is tried: the objects that are simulated.
    pub(super) fn manifest(&self) -> String {
        let typed = self.items.iter().map(|item| item.typed.to_json());
        typed.collect::<Vec<String>>().join("\n---\n")
    }

    /// The same without liveness probes.
    pub(super) fn manifest_without_liveness(&self) -> String {
        let typed = self.items.iter().map(|item| {
            let mut typed = item.typed.clone();
            if item.object.kind() == Kind::Deployment {
                let pod = typed.entry("spec").entry("template").entry("spec");
                let containers = pod.entry("containers").as_list_mut();
                for fields in containers.into_iter().flatten().filter_map(Value::as_map_mut) {
                    fields.remove("livenessProbe");
                }
            }
            typed.to_json()
        });
        typed.collect::<Vec<String>>().join("\n---\n")
    }

    /// How long the most patient liveness probe waits, ten minutes at most.
    pub(super) fn liveness_patience(&self) -> Duration {
        let all = self.deployments().flat_map(|(_, it)| &it.spec.template.spec.containers);
        let seconds = all.filter_map(|container| {
            let probe = container.liveness_probe.as_ref()?;
            let tries = probe.period_seconds.saturating_mul(probe.failure_threshold);
            Some(probe.initial_delay_seconds.saturating_add(tries))
        });
        Duration::from_secs(seconds.max().unwrap_or(0).min(600).into())
    }

    /// The Deployments with their places among the items.
    pub(super) fn deployments(&self) -> impl Iterator<Item = (usize, &Deployment)> {
        self.items.iter().enumerate().filter_map(|(index, item)| match &item.object {
            Object::Deployment(deployment) => Some((index, &**deployment)),
            _ => None,
        })
    }

    /// The Services with their places among the items.
    pub(super) fn services(&self) -> impl Iterator<Item = (usize, &Service)> {
        self.items.iter().enumerate().filter_map(|(index, item)| match &item.object {
            Object::Service(service) => Some((index, &**service)),
            _ => None,
        })
    }

    /// The objects of a kind that is kept as data, with their places among the items.
    pub(super) fn data(&self, kind: Kind) -> impl Iterator<Item = (usize, &DataObject)> {
        self.items.iter().enumerate().filter_map(move |(index, item)| match &item.object {
            Object::Data(object) if object.kind == kind => Some((index, &**object)),
            _ => None,
        })
    }

    /// The Service that sends to a Deployment's pods first.
    pub(super) fn service_of(&self, deployment: &Deployment) -> Option<&Service> {
        let sends = |service: &&Service| {
            namespace(&service.meta.namespace) == namespace(&deployment.meta.namespace)
                && service.selects(&deployment.spec.template.labels)
        };
        self.services().map(|(_, service)| service).find(sends)
    }

    /// The object as kubectl names it.
    pub(super) fn name(&self, item: usize) -> String {
        let object = &self.items[item].object;
        format!("{}/{}", object.kind().as_str().to_ascii_lowercase(), object.meta().name)
    }

    /// Where a field stands, and its whole path; the nearest that was typed when it is absent.
    pub(super) fn place(&self, item: usize, path: &str) -> (Span, String) {
        let Item { document, prefix, .. } = &self.items[item];
        let full = match prefix.as_slice() {
            [list, index] if path.is_empty() => format!("{list}[{index}]"),
            [list, index] => format!("{list}[{index}].{path}"),
            _ => path.to_owned(),
        };
        let document = &self.documents[*document];
        let found = document.locate(&full);
        let span = match found.key {
            // What holds the field is shown by its name, not with all that it holds.
            Some(key) if !document.has(&full) || found.value.end.line > key.start.line => key,
            _ => found.value,
        };
        (span, full)
    }

    /// The text with a field of an object set: see [`edit::set`].
    pub(super) fn set(
        &self,
        item: usize,
        path: &[&str],
        value: &Value,
        after: &str,
    ) -> Option<String> {
        let (document, whole) = self.path(item, path);
        edit::set(&self.text, document, &whole, value, after)
    }

    /// The same in a text that was changed already.
    pub(super) fn set_in(
        &self,
        text: &str,
        item: usize,
        path: &[&str],
        value: &Value,
    ) -> Option<String> {
        let (document, whole) = self.path(item, path);
        edit::set(text, document, &whole, value, "")
    }

    /// The text without a field of an object.
    pub(super) fn remove(&self, item: usize, path: &[&str]) -> Option<String> {
        let (document, whole) = self.path(item, path);
        edit::remove(&self.text, document, &whole)
    }

    fn path<'a>(&'a self, item: usize, path: &[&'a str]) -> (usize, Vec<&'a str>) {
        let Item { document, prefix, .. } = &self.items[item];
        let prefix = prefix.iter().map(String::as_str);
        (*document, prefix.chain(path.iter().copied()).collect())
    }
}

/// The objects in a document, each with the steps to it: several in a `kind: List`.
pub(super) fn parts(value: &Value) -> Vec<(Vec<String>, &Value)> {
    let is_list = value.get("kind").and_then(Value::as_str) == Some("List");
    match value.get("items").and_then(Value::as_list) {
        Some(items) if is_list => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| (vec!["items".into(), index.to_string()], item)).collect()
        }
        _ => vec![(Vec::new(), value)],
    }
}

/// The namespace an object comes into.
pub(super) fn namespace(typed: &Name) -> &str {
    if typed.is_empty() { "default" } else { typed }
}
