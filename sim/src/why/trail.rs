//! The writes that led to a state, back to a command.

use std::sync::Arc;

use super::{Chain, Link};
use crate::api::kind::Resource;
use crate::api::{
    DataObject, Deployment, EndpointSlice, Kind, Name, Node, Pod, ReplicaSet, Service, Uid,
};
use crate::apiserver::causes::{By, Write};
use crate::apiserver::{ApiServer, Change, Table};
use crate::occurrence::Controller;

/// The most links of a trail.
const MOST: usize = 6;

/// Why an object was last written.
pub(super) fn object(chain: &mut Chain<'_>, uid: Uid) {
    let causes = &chain.cluster.api().causes;
    let last = causes.latest_first().find(|write| write.object == uid).copied();
    follow(chain, last);
}

/// Why the Deployment controller, or a command, last wrote one of these objects.
pub(super) fn resize(chain: &mut Chain<'_>, objects: &[Uid]) {
    let resizes = |write: &&Write| {
        let resized = match write.by {
            By::Command(_) => true,
            // What the Deployment controller writes to a Deployment is its status.
            By::Sync { controller: Controller::Deployment, .. } => write.kind == Kind::ReplicaSet,
            By::Sync { controller, .. } => write.kind == Kind::Deployment && controller.resizes(),
            By::Scheduler | By::Itself => false,
        };
        resized && objects.contains(&write.object)
    };
    let last = chain.cluster.api().causes.latest_first().find(resizes).copied();
    follow(chain, last);
}

/// The commands that wrote an object, the last one first.
pub(super) fn commands(chain: &mut Chain<'_>, uid: Uid, most: usize) {
    let api = chain.cluster.api();
    let mut links = Vec::new();
    for write in api.causes.latest_first().filter(|write| write.object == uid) {
        if let By::Command(number) = write.by
            && let Some(given) = api.causes.command(number)
        {
            let subject = subject(api, write);
            let object = "kubectl".into();
            let text = format!("{} {subject}: $ {}", done(write.change), given.text);
            let told = format!("$ {}", given.text);
            let known = |link: &Link| link.at == given.at && link.text.ends_with(&told);
            if !chain.links.iter().chain(&links).any(known) {
                links.push(Link { at: given.at, object, text, remedy: None });
            }
        }
        if links.len() == most {
            break;
        }
    }
    chain.links.extend(links);
}

fn follow(chain: &mut Chain<'_>, mut from: Option<Write>) {
    let api = chain.cluster.api();
    let mut links = Vec::new();
    while let Some(write) = from.filter(|_| links.len() < MOST) {
        let subject = subject(api, &write);
        let did = done(write.change);
        let answered = api.causes.write(write.after).copied();
        let woken = answered.map_or(String::new(), |answered| {
            format!(", because of {} at {}", self::subject(api, &answered), answered.at)
        });
        let by = match write.by {
            By::Command(number) => {
                let given = api.causes.command(number);
                given.map_or("a command".to_owned(), |given| format!("$ {}", given.text))
            }
            By::Sync { controller, key } if key == write.object => controller.name().to_owned(),
            By::Sync { controller, key } => {
                let about = api.causes.latest_first().find(|write| write.object == key);
                let about = about.map_or_else(Name::default, |about| self::subject(api, about));
                format!("{} when it looked at {about}", controller.name())
            }
            By::Scheduler => "the scheduler".to_owned(),
            By::Itself => "the kubelet".to_owned(),
        };
        let text = format!("was {did} by {by}{woken}");
        links.push(Link { at: write.at, object: subject, text, remedy: None });
        from = answered;
    }
    chain.links.extend(links);
}

const fn done(change: Change) -> &'static str {
    match change {
        Change::Added => "created",
        Change::Modified => "changed",
        Change::Deleted => "deleted",
    }
}

/// The object that was written, as `Kind/name`; by its kind alone when it is gone.
fn subject(api: &ApiServer, write: &Write) -> Name {
    let uid = write.object;
    let name = match write.kind {
        Kind::Deployment => name(api.list::<Deployment>(), uid),
        Kind::ReplicaSet => name(api.list::<ReplicaSet>(), uid),
        Kind::Pod => name(api.list::<Pod>(), uid),
        Kind::Service => name(api.list::<Service>(), uid),
        Kind::EndpointSlice => name(api.list::<EndpointSlice>(), uid),
        Kind::Node => name(api.list::<Node>(), uid),
        kind if kind.is_data() => name::<DataObject>(api.data(kind), uid),
        _ => None,
    };
    match name {
        Some(name) => format!("{}/{name}", write.kind).into(),
        None => format!("a {} that is gone", write.kind).into(),
    }
}

fn name<T: Resource>(table: &Table<T>, uid: Uid) -> Option<Name> {
    table.by_uid(uid).map(|object: &Arc<T>| object.meta().name.clone())
}
