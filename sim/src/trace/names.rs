//! Names by order of creation instead of hashes and random characters.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::{Kind, Uid};
use crate::apiserver::{AnyObject, Change, WatchEvent};

/// The names of one run: by uid, and as replacements in text.
#[derive(Clone, Debug, Default)]
pub struct Names {
    by_uid: BTreeMap<Uid, String>,
    /// Real text and its replacement, longer text first.
    replacements: Vec<(String, String)>,
}

impl Names {
    /// Names everything that is created in these writes.
    pub fn of(events: &[WatchEvent]) -> Self {
        let added = || {
            let added = events.iter().filter(|event| event.change == Change::Added);
            added.map(|event| &event.object)
        };
        let deployments = added().filter(|object| object.kind() == Kind::Deployment);
        let deployments: BTreeSet<&str> = deployments.map(|object| &*object.meta().name).collect();
        let mut names = Self::default();
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for object in added() {
            let Some(base) = names.base(object, deployments.len() > 1) else {
                continue;
            };
            let count = counts.entry(base.clone()).or_default();
            *count += 1;
            names.insert(object, format!("{base}{count}"));
        }
        names.replacements.push(("default/".to_owned(), "NS/".to_owned()));
        crate::order::sort_by_key(&mut names.replacements, |(real, _)| {
            std::cmp::Reverse(real.len())
        });
        names
    }

    /// What the object's name begins with, before its number; `None` when it keeps its own.
    fn base(&self, object: &AnyObject, several: bool) -> Option<String> {
        let owner = object.meta().controller()?;
        match object {
            AnyObject::ReplicaSet(_) if several => Some(format!("{}/rs", owner.name)),
            AnyObject::ReplicaSet(_) => Some("rs".to_owned()),
            AnyObject::Pod(_) => Some(format!("{}-p", self.name(owner.uid, &owner.name))),
            AnyObject::EndpointSlice(_) => Some(format!("{}-eps", owner.name)),
            AnyObject::Deployment(_)
            | AnyObject::Service(_)
            | AnyObject::Node(_)
            | AnyObject::Event(_)
            | AnyObject::Data(_) => None,
        }
    }

    fn insert(&mut self, object: &AnyObject, name: String) {
        if let AnyObject::ReplicaSet(rs) = object {
            let hash = rs.pod_template_hash();
            if !hash.is_empty() {
                self.replacements.push((hash.to_owned(), format!("hash({name})")));
            }
        }
        self.replacements.push((object.meta().name.to_string(), name.clone()));
        self.by_uid.insert(object.meta().uid, name);
    }

    /// The name of the object with this uid, which is really called `real`.
    pub fn name(&self, uid: Uid, real: &str) -> String {
        self.by_uid.get(&uid).cloned().unwrap_or_else(|| real.to_owned())
    }

    /// The real name behind `name`.
    pub fn real(&self, name: &str) -> Option<&str> {
        let known = self.replacements.iter().find(|(_, replacement)| replacement == name);
        known.map(|(real, _)| real.as_str())
    }

    /// Text with every real name replaced.
    pub fn replace(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (real, name) in &self.replacements {
            if text.contains(real.as_str()) {
                text = text.replace(real.as_str(), name);
            }
        }
        text
    }
}
