//! Why things are as they are: a chain of plain sentences with the numbers, from what one sees to
//! the command that began it and the line of YAML that would change it.
//!
//! The chain is put together on demand, from the state of the cluster, its events, and the memory of
//! what caused each write; for a past moment it is asked of the cluster of then
//! ([`crate::History::at`]).

mod container;
mod placing;
mod pod;
mod refusal;
mod request;
mod rollout;
mod rules;
mod service;
mod trail;

use std::fmt::{self, Write as _};
use std::sync::Arc;

use crate::api::{Event, Kind, Name, Pod, Uid};
use crate::apiserver::{Stored, Table};
use crate::cluster::Cluster;
use crate::network::request::{Failure, Request};
use crate::time::Instant;

/// One link of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// When it happened, or since when it holds.
    pub at: Instant,
    /// Of which object it speaks: `Pod/web-7c9-x2x`, or `kubectl` for a command.
    pub object: Name,
    /// One sentence, with the numbers.
    pub text: String,
    /// What would change it.
    pub remedy: Option<Remedy>,
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The path of the field to change, such as `spec.strategy.rollingUpdate.maxSurge`; empty when
    /// it is no field.
    pub field: String,
    /// What to set it to, or to do.
    pub how: String,
}

impl Link {
    /// The link in one line.
    pub fn line(&self) -> String {
        let text = format!("{} {}: {}", self.at, self.object, self.text);
        match &self.remedy {
            None => text,
            Some(Remedy { field, how }) if field.is_empty() => format!("{text} → {how}"),
            Some(Remedy { field, how }) => format!("{text} → {field}: {how}"),
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9}  {}: {}", self.at.to_string(), self.object, self.text)?;
        match &self.remedy {
            None => Ok(()),
            Some(Remedy { field, how }) if field.is_empty() => write!(f, "\n{:>13}{how}", "→ "),
            Some(Remedy { field, how }) => write!(f, "\n{:>13}{field}: {how}", "→ "),
        }
    }
}

/// The chain as text, a link a line and its remedy on the next.
pub fn text(chain: &[Link]) -> String {
    let mut text = String::new();
    for link in chain {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{link}");
    }
    text
}

/// Why an object is as it is now. `object` is written as kubectl writes it, such as
/// `deployment/web`; `command` asks about the last command that was refused, and `request` about
/// the first request that failed.
///
/// # Errors
/// A word that names nothing the cluster has.
pub fn why(cluster: &Cluster, object: &str) -> Result<Vec<Link>, String> {
    let mut chain = Chain { cluster, links: Vec::new() };
    match object {
        "command" => refusal::last(&mut chain),
        "request" => {
            let first = cluster.first_failures().first();
            let first = first.ok_or("no request has failed")?;
            request::failed(&mut chain, first.cause, &first.request, &first.pod);
        }
        _ => named(&mut chain, object)?,
    }
    Ok(chain.links)
}

/// Why a request failed, to the line of YAML that would have prevented it. `pod` is the name of the
/// pod that was chosen; empty without one.
pub fn why_request(cluster: &Cluster, cause: Failure, request: &Request, pod: &str) -> Vec<Link> {
    let mut chain = Chain { cluster, links: Vec::new() };
    request::failed(&mut chain, cause, request, pod);
    chain.links
}

fn named(chain: &mut Chain<'_>, object: &str) -> Result<(), String> {
    let (word, name) = object.split_once('/').ok_or_else(|| {
        format!("{object:?} is not of the form KIND/NAME, such as deployment/web")
    })?;
    let kind = crate::kubectl::resource::kind(word)
        .ok_or_else(|| format!("the server doesn't have a resource type {word:?}"))?;
    let missing = || format!("{} {name:?} not found", kind.plural_dot_group());
    let api = chain.cluster.api();
    match kind {
        Kind::Deployment => {
            let deployment = find(api.list(), name).ok_or_else(missing)?;
            rollout::deployment(chain, &deployment);
        }
        Kind::ReplicaSet => {
            let rs = find(api.list(), name).ok_or_else(missing)?;
            rollout::replica_set(chain, &rs);
        }
        Kind::Pod => {
            let pod = find(api.list(), name).ok_or_else(missing)?;
            pod::pod(chain, &pod);
        }
        Kind::Service => {
            let service = find(api.list(), name).ok_or_else(missing)?;
            service::service(chain, &service);
        }
        Kind::Node => {
            let node = find(api.list(), name).ok_or_else(missing)?;
            placing::node(chain, &node);
        }
        other if other.is_data() => {
            let object = find(api.data(other), name).ok_or_else(missing)?;
            rules::object(chain, &object);
        }
        other => return Err(format!("there is nothing to tell about {}", other.plural())),
    }
    Ok(())
}

/// The object of this name, in whichever namespace.
fn find<T: Stored>(table: &Table<T>, name: &str) -> Option<Arc<T>> {
    table.iter().find(|object| &*object.meta().name == name).cloned()
}

/// A chain in the making.
struct Chain<'a> {
    cluster: &'a Cluster,
    links: Vec<Link>,
}

impl Chain<'_> {
    fn add(&mut self, at: Instant, kind: Kind, name: &str, text: String) {
        let object = format!("{kind}/{name}").into();
        self.links.push(Link { at, object, text, remedy: None });
    }

    /// Says what would change what was said last.
    fn remedy(&mut self, field: impl Into<String>, how: impl Into<String>) {
        if let Some(last) = self.links.last_mut() {
            last.remedy = Some(Remedy { field: field.into(), how: how.into() });
        }
    }

    fn now(&self) -> Instant {
        self.cluster.now()
    }

    /// The events about an object, oldest first.
    fn events(&self, about: Uid) -> impl DoubleEndedIterator<Item = &Arc<Event>> {
        let events = self.cluster.api().list::<Event>().iter();
        events.filter(move |event| event.involved_object.uid == about)
    }

    fn pods(&self) -> impl Iterator<Item = &Arc<Pod>> {
        self.cluster.api().list::<Pod>().iter()
    }
}

/// `1 pod`, `3 pods`.
fn count(number: impl TryInto<i64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(i64::MAX);
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}
