//! One line of a trace.

use super::names::Names;
use crate::api::deployment::{
    CHANGE_CAUSE, DESIRED_REPLICAS, DeploymentCondition, MAX_REPLICAS, REVISION, REVISION_HISTORY,
};
use crate::api::endpoint_slice::SERVICE_NAME;
use crate::api::pod::{ContainerState, PodPhase};
use crate::api::service::TargetPort;
use crate::api::value::map;
use crate::api::{
    Deployment, EndpointSlice, Event, Kind, ObjectMeta, Pod, PodSpec, ReplicaSet, Service, Value,
};
use crate::apiserver::{AnyObject, Change, WatchEvent};
use crate::time::Instant;

/// Named facts in a fixed order, printed as a JSON object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record(pub Vec<(&'static str, Value)>);

impl Record {
    fn push(&mut self, key: &'static str, value: impl Into<Value>) {
        self.0.push((key, value.into()));
    }

    /// The fact called `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// The number called `key`, 0 when there is none.
    pub fn int(&self, key: &str) -> i64 {
        self.get(key).and_then(Value::as_int).unwrap_or(0)
    }

    /// The text called `key`, empty when there is none.
    pub fn text(&self, key: &str) -> &str {
        self.get(key).and_then(Value::as_str).unwrap_or("")
    }

    /// Compact JSON, keys in their order.
    pub fn to_json(&self) -> String {
        let facts: Vec<String> = self
            .0
            .iter()
            .map(|(key, value)| format!("{}: {}", Value::text(key).to_json(), value.to_json()))
            .collect();
        format!("{{{}}}", facts.join(", "))
    }
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceLine {
    /// When.
    pub at: Instant,
    /// Which, counted from the first write of the run.
    pub rv: u64,
    /// What happened.
    pub change: Change,
    /// To what kind of object.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The facts a reader follows.
    pub facts: Record,
}

impl TraceLine {
    /// The line of a write; `None` when it changes nothing a reader follows.
    pub(super) fn of(event: &WatchEvent, first_rv: u64, names: &Names) -> Option<Self> {
        let meta = event.object.meta();
        let mut facts = facts(&event.object, names);
        if event.change == Change::Modified
            && let Some(old) = &event.old
            && self::facts(old, names) == facts
        {
            return None;
        }
        if let AnyObject::Pod(pod) = &event.object {
            let old = match &event.old {
                Some(AnyObject::Pod(old)) => Some(&**old),
                _ => None,
            };
            facts.push("tags", pod_tags(event.change, pod, old));
        }
        Some(Self {
            at: event.at,
            rv: meta.resource_version.saturating_sub(first_rv),
            change: event.change,
            kind: event.object.kind(),
            name: match &event.object {
                AnyObject::Event(_) => String::new(),
                _ => names.name(meta.uid, &meta.name),
            },
            facts,
        })
    }

    /// The line as JSON.
    pub fn to_json(&self) -> String {
        let mut record = Record::default();
        record.push("t_ms", i64::try_from(self.at.as_millis()).unwrap_or(i64::MAX));
        record.push("rv", i64::try_from(self.rv).unwrap_or(i64::MAX));
        record.push("ev", self.change.as_str());
        record.push("kind", self.kind.as_str());
        if self.kind != Kind::Event {
            record.push("name", self.name.as_str());
        }
        record.0.extend(self.facts.0.iter().cloned());
        record.to_json()
    }
}

fn facts(object: &AnyObject, names: &Names) -> Record {
    match object {
        AnyObject::Deployment(object) => deployment_facts(object, names),
        AnyObject::ReplicaSet(object) => replica_set_facts(object),
        AnyObject::Pod(object) => pod_facts(object, names),
        AnyObject::Service(object) => service_facts(object),
        AnyObject::EndpointSlice(object) => slice_facts(object, names),
        AnyObject::Event(object) => event_facts(object, names),
        AnyObject::Node(_) | AnyObject::Data(_) => Record::default(),
    }
}

fn images(spec: &PodSpec) -> Value {
    let images = spec.containers.iter().map(|container| Value::from(&container.image));
    Value::List(images.collect())
}

fn deployment_facts(d: &Deployment, names: &Names) -> Record {
    let mut facts = Record::default();
    facts.push("spec_replicas", d.spec.replicas);
    facts.push("image", images(&d.spec.template.spec));
    facts.push("paused", d.spec.paused);
    facts.push("generation", d.meta.generation);
    facts.push("observedGeneration", d.status.observed_generation);
    facts.push("replicas", d.status.replicas);
    facts.push("updatedReplicas", d.status.updated_replicas);
    facts.push("readyReplicas", d.status.ready_replicas);
    facts.push("availableReplicas", d.status.available_replicas);
    facts.push("unavailableReplicas", d.status.unavailable_replicas);
    let conditions = d.status.conditions.iter().map(|condition| condition_value(condition, names));
    facts.push("conditions", Value::List(conditions.collect()));
    facts.push("revision", annotation(&d.meta, REVISION));
    push_change_cause(&mut facts, &d.meta);
    facts
}

fn push_change_cause(facts: &mut Record, meta: &ObjectMeta) {
    if let Some(cause) = meta.annotation(CHANGE_CAUSE) {
        facts.push("change_cause", cause);
    }
}

fn condition_value(condition: &DeploymentCondition, names: &Names) -> Value {
    map([
        ("type", condition.type_.as_str().into()),
        ("status", condition.status.as_str().into()),
        ("reason", condition.reason.as_str().into()),
        ("message", names.replace(&condition.message).into()),
    ])
}

fn annotation(meta: &ObjectMeta, key: &str) -> Value {
    meta.annotation(key).map_or(Value::Null, Value::text)
}

fn replica_set_facts(rs: &ReplicaSet) -> Record {
    let mut facts = Record::default();
    facts.push("spec_replicas", rs.spec.replicas);
    facts.push("generation", rs.meta.generation);
    facts.push("observedGeneration", rs.status.observed_generation);
    facts.push("replicas", rs.status.replicas);
    facts.push("fullyLabeledReplicas", rs.status.fully_labeled_replicas);
    facts.push("readyReplicas", rs.status.ready_replicas);
    facts.push("availableReplicas", rs.status.available_replicas);
    facts.push("image", images(&rs.spec.template.spec));
    let followed = [
        ("desired-replicas", DESIRED_REPLICAS),
        ("max-replicas", MAX_REPLICAS),
        ("revision", REVISION),
        ("revision-history", REVISION_HISTORY),
    ];
    let present = followed.into_iter().filter_map(|(short, key)| {
        rs.meta.annotation(key).map(|value| (short, Value::text(value)))
    });
    facts.push("annotations", map(present));
    let owner = rs.meta.controller().map_or(Value::Null, |owner| Value::from(&owner.name));
    facts.push("owner", owner);
    push_change_cause(&mut facts, &rs.meta);
    facts
}

fn pod_facts(pod: &Pod, names: &Names) -> Record {
    let mut facts = Record::default();
    let owner = pod.meta.controller();
    let owner = owner.map_or(Value::Null, |owner| names.name(owner.uid, &owner.name).into());
    facts.push("rs", owner);
    let node = if pod.is_scheduled() { Value::from(&pod.node_name) } else { Value::Null };
    facts.push("node", node);
    facts.push("phase", pod.status.phase.as_str());
    facts.push("ready", pod.is_ready());
    facts.push("deleting", pod.meta.is_deleting());
    if let Some(status) = pod.status.container_statuses.first() {
        let state = match &status.state {
            ContainerState::Waiting { reason, .. } => format!("waiting:{reason}"),
            ContainerState::Running { .. } => "running".to_owned(),
            ContainerState::Terminated { reason, .. } => format!("terminated:{reason}"),
        };
        facts.push("container", state);
    }
    facts
}

/// What a write means for a pod's life.
fn pod_tags(change: Change, pod: &Pod, old: Option<&Pod>) -> Value {
    let was = |holds: fn(&Pod) -> bool| old.is_some_and(holds);
    let became = |holds: fn(&Pod) -> bool| holds(pod) && !was(holds);
    let running = |pod: &Pod| pod.status.phase == PodPhase::Running;
    let mut tags = Vec::new();
    let mut tag = |holds: bool, name: &str| {
        if holds {
            tags.push(Value::text(name));
        }
    };
    if change == Change::Deleted {
        tag(true, "removed");
        return Value::List(tags);
    }
    tag(change == Change::Added, "created");
    tag(became(Pod::is_scheduled), "scheduled");
    tag(running(pod) && !was(running), "running");
    tag(became(Pod::is_ready), "ready");
    tag(was(Pod::is_ready) && !pod.is_ready(), "unready");
    tag(became(|pod| pod.meta.is_deleting()), "terminating");
    tag(became(|pod| pod.status.phase == PodPhase::Succeeded), "succeeded");
    Value::List(tags)
}

fn service_facts(service: &Service) -> Record {
    let mut facts = Record::default();
    let selector = service.spec.selector.iter();
    let selector = selector.map(|(key, value)| (key.clone(), Value::from(value))).collect();
    facts.push("selector", Value::Map(selector));
    let ports = service.spec.ports.iter().map(|port| {
        let target = match &port.target_port {
            TargetPort::Number(number) => Value::Int((*number).into()),
            TargetPort::Name(name) => Value::from(name),
        };
        map([
            ("name", Value::from(&port.name)),
            ("protocol", Value::from(&port.protocol)),
            ("port", Value::Int(port.port.into())),
            ("targetPort", target),
        ])
    });
    facts.push("ports", Value::List(ports.collect()));
    facts
}

fn slice_facts(slice: &EndpointSlice, names: &Names) -> Record {
    let mut facts = Record::default();
    facts.push("service", slice.meta.labels.get(SERVICE_NAME).map_or(Value::Null, Value::from));
    let ports = slice.ports.iter().map(|port| {
        map([
            ("name", Value::from(&port.name)),
            ("protocol", Value::from(&port.protocol)),
            ("port", port.port.map_or(Value::Null, |number| Value::Int(number.into()))),
        ])
    });
    facts.push("ports", Value::List(ports.collect()));
    let endpoints = slice.endpoints.iter().map(|endpoint| {
        map([
            ("pod", names.name(endpoint.pod_uid, &endpoint.pod_name).into()),
            ("ready", endpoint.ready.into()),
            ("serving", endpoint.serving.into()),
            ("terminating", endpoint.terminating.into()),
        ])
    });
    facts.push("endpoints", Value::List(endpoints.collect()));
    facts
}

fn event_facts(event: &Event, names: &Names) -> Record {
    let mut facts = Record::default();
    let about = &event.involved_object;
    facts.push("type", event.type_.as_str());
    facts.push("reason", &*event.reason);
    facts.push("object", format!("{}/{}", about.kind_text(), names.name(about.uid, &about.name)));
    facts.push("message", names.replace(&event.message));
    facts.push("count", event.count);
    facts.push("source", &*event.source);
    facts
}
