//! A cluster made of objects that another one stored: what `kubectl get -o yaml` printed there.
//!
//! Objects are taken as they are, with name, uid, version and status. Those of kinds the simulator
//! has no controllers for are kept to be shown. Leaves out: what kubelets knew of running
//! containers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Cluster, Config};
use crate::api::value::map;
use crate::api::{DataObject, Kind, Name, ObjectMeta, Value};
use crate::apiserver::AnyObject;
use crate::manifest::{stored, timestamp};
use crate::time::Instant;

impl Cluster {
    /// A cluster in which it is `now` and these objects are stored, as another API server had
    /// them. It gets nodes of its own only when there is none among them.
    pub fn of_stored(mut config: Config, now: Instant, objects: &[Value]) -> Self {
        let kind_of = |object: &Value| {
            let name = object.get("kind").and_then(Value::as_str)?;
            Kind::ALL.into_iter().find(|kind| kind.as_str() == name)
        };
        if objects.iter().any(|object| kind_of(object) == Some(Kind::Node)) {
            config.nodes = 0;
        }
        let mut cluster = Self::new(config);
        cluster.advance_to(now, u64::MAX);
        let mut uids = BTreeMap::new();
        let mut ordered: Vec<&Value> = objects.iter().collect();
        crate::order::sort_by(&mut ordered, |a, b| age(a).cmp(&age(b)));
        for object in &ordered {
            uids.insert(meta_text(object, "uid"), cluster.api.new_uid());
        }
        let uid_of = |text: &str| uids.get(text).copied().unwrap_or_default();
        let mut others = Vec::new();
        for object in ordered {
            let Some(kind) = kind_of(object) else {
                others.push(object.clone());
                continue;
            };
            cluster.add_namespace(&meta_text(object, "namespace"), now);
            cluster.api.load(stored::object(kind, object, &uid_of));
        }
        for object in &others {
            cluster.add_namespace(&meta_text(object, "namespace"), now);
        }
        cluster.api.set_others(others);
        cluster.settle();
        cluster
    }

    fn add_namespace(&mut self, name: &Name, at: Instant) {
        if name.is_empty() || self.api.data(Kind::Namespace).get("", name).is_some() {
            return;
        }
        let mut meta = ObjectMeta::named(name, "");
        meta.uid = self.api.new_uid();
        meta.resource_version = 1;
        meta.created_at = at;
        meta.set_label("kubernetes.io/metadata.name", name);
        let body = map([
            ("spec", map([("finalizers", vec!["kubernetes".into()].into())])),
            ("status", map([("phase", "Active".into())])),
        ]);
        let object = DataObject::new(Kind::Namespace, meta, body);
        self.api.load(AnyObject::Data(Arc::new(object)));
    }
}

fn meta_text(object: &Value, key: &str) -> Name {
    object.at(&["metadata", key]).and_then(Value::scalar_text).unwrap_or_default()
}

/// When an object was made, and its version: the order in which objects are loaded. Events come
/// last, by name, as the API server lists them.
fn age(object: &Value) -> (Instant, u64, Name) {
    if object.get("kind").and_then(Value::as_str) == Some("Event") {
        return (Instant::from_micros(u64::MAX), 0, meta_text(object, "name"));
    }
    let created = timestamp::parse(&meta_text(object, "creationTimestamp")).unwrap_or_default();
    (created, meta_text(object, "resourceVersion").parse().unwrap_or(0), Name::default())
}
