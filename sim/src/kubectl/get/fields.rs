//! `--field-selector` and `--sort-by`: choosing and ordering by fields.

use std::cmp::Ordering;

use super::super::error::{Error, Refusal, fail};
use super::super::jsonpath;
use super::super::resource::Resource;
use super::super::session::Session;
use super::super::strategic::go_text;
use crate::api::{Kind, Value};
use crate::kubectl::describe::page::text;

/// The fields one can select by, beyond `metadata.name` and `metadata.namespace`.
fn known(resource: Resource) -> &'static [&'static str] {
    match resource {
        Resource::Kind(Kind::Pod) => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        Resource::Kind(Kind::Event) => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "type",
            "reportingComponent",
            "source",
        ],
        Resource::Kind(Kind::ReplicaSet) => &["status.replicas"],
        Resource::Kind(Kind::Node) => &["spec.unschedulable"],
        Resource::Kind(Kind::Namespace) => &["status.phase"],
        Resource::Kind(Kind::Secret) => &["type"],
        _ => &[],
    }
}

/// Leaves the items that `--field-selector` asks for.
pub(super) fn select(
    session: &Session<'_>,
    resource: Resource,
    items: &mut Vec<Value>,
) -> Result<(), Error> {
    let selector = FieldSelector::typed(session, resource)?;
    items.retain(|item| selector.matches(item));
    Ok(())
}

/// What `--field-selector` asks for: fields, their values, and whether they are to be equal.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldSelector(Vec<(String, String, bool)>);

impl FieldSelector {
    /// Whether it asks for nothing.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object is meant.
    pub(crate) fn matches(&self, item: &Value) -> bool {
        self.0.iter().all(|(path, value, equal)| {
            let steps: Vec<&str> = path.split('.').collect();
            (text(item, &steps) == *value) == *equal
        })
    }

    /// What was typed.
    ///
    /// # Errors
    /// The API server's sentence about fields it does not select by.
    pub(super) fn typed(session: &Session<'_>, resource: Resource) -> Result<Self, Error> {
        let typed = session.args.text("field-selector").unwrap_or_default();
        Self::parse(resource, typed).map_err(|problem| {
            let version = match resource {
                Resource::Kind(kind) if kind.group().is_empty() => "/v1".to_owned(),
                Resource::Kind(kind) => kind.api_version().to_owned(),
                _ => format!("{}/v1", resource.group()),
            };
            let (plural, labels) = (resource.plural(), session.args.text("selector").unwrap_or(""));
            Refusal::BadRequest(format!(
                "Unable to find \"{version}, Resource={plural}\" that match label selector \
                 {labels:?}, field selector {typed:?}: {problem}"
            ))
            .into()
        })
    }

    /// Reads a selector of objects of one resource.
    ///
    /// # Errors
    /// What the API server says about fields it does not select by.
    pub(crate) fn parse(resource: Resource, typed: &str) -> Result<Self, String> {
        let mut selector = Self::default();
        for part in typed.split(',').filter(|part| !part.is_empty()) {
            let (path, value, equal) = if let Some((path, value)) = part.split_once("!=") {
                (path, value, false)
            } else if let Some((path, value)) =
                part.split_once("==").or_else(|| part.split_once('='))
            {
                (path, value, true)
            } else {
                return Err(format!("invalid selector: '{part}'; can't understand '{part}'"));
            };
            let everywhere = &["metadata.name", "metadata.namespace"];
            if !everywhere.contains(&path) && !known(resource).contains(&path) {
                return Err(if SPEAKS_OF_LABELS.contains(&resource) {
                    format!("field label not supported: {path}")
                } else {
                    format!(
                        "{path:?} is not a known field selector: only \"metadata.name\", \
                         \"metadata.namespace\""
                    )
                });
            }
            selector.0.push((path.to_owned(), value.to_owned(), equal));
        }
        Ok(selector)
    }
}

/// Resources whose server has a list of its own of the fields to select by.
const SPEAKS_OF_LABELS: [Resource; 5] = [
    Resource::Kind(Kind::Pod),
    Resource::Kind(Kind::Event),
    Resource::Kind(Kind::Node),
    Resource::Kind(Kind::Namespace),
    Resource::Kind(Kind::Secret),
];

/// Sorts by the field that `--sort-by` names. Of a table nothing is left when no row has it; other
/// forms say so.
///
/// Models: kubectl v1.36 `pkg/cmd/get/{get,sorter}.go`.
pub(super) fn sort(
    session: &Session<'_>,
    items: &mut Vec<Value>,
    is_table: bool,
) -> Result<(), Error> {
    let Some(path) = session.args.text("sort-by").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let mut keyed = Vec::new();
    for item in items.iter() {
        match jsonpath::values_relaxed(path, item) {
            Ok(found) => keyed.push((found.first().map(go_text), item.clone())),
            Err(_) if is_table => {
                items.clear();
                return Ok(());
            }
            Err(problem) => return Err(Error::Text(problem)),
        }
    }
    if !keyed.is_empty() && keyed.iter().all(|(key, _)| key.is_none()) {
        if is_table {
            items.clear();
            return Ok(());
        }
        let inner = path.trim_start_matches('{').trim_end_matches('}');
        let dot = if inner.starts_with(['.', '[']) { "" } else { "." };
        return fail(format!(
            "couldn't find any field with path \"{{{dot}{inner}}}\" in the list of objects"
        ));
    }
    crate::order::sort_by(&mut keyed, |(a, _), (b, _)| match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    });
    *items = keyed.into_iter().map(|(_, item)| item).collect();
    Ok(())
}

/// Numbers by value, other text by letters.
fn compare(a: &str, b: &str) -> Ordering {
    match (a.parse::<i64>(), b.parse::<i64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}
