//! A run in figures: the sizes it went through, its limits, its conditions, its end.

use std::collections::BTreeMap;

use super::line::{Record, TraceLine};
use crate::api::value::map;
use crate::api::{Kind, Value};
use crate::apiserver::Change;

/// The sizes of all `ReplicaSets` at one time, in the order of their creation; `None` for one that
/// is gone.
pub type Sizes = Vec<(String, Option<i64>)>;

/// The figures of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Every scaling event: time in milliseconds, message, count.
    pub scaling_events: Vec<(u64, String, i64)>,
    /// The sizes after every change of one: time, sizes.
    pub sizes: Vec<(u64, Sizes)>,
    /// Every condition of a Deployment that changed: time, Deployment, condition.
    pub conditions: Vec<(u64, String, Value)>,
    /// What befell the pods: time, pod, tags.
    pub pods: Vec<(u64, String, Vec<String>)>,
    /// The most pods at once that were not being deleted.
    pub max_active_pods: i64,
    /// The most pods at once.
    pub max_pods_incl_terminating: i64,
    /// The highest `status.replicas` of a Deployment.
    pub max_status_replicas: i64,
    /// The lowest `status.availableReplicas` since a Deployment was first fully available.
    pub min_available_after_first_complete: Option<i64>,
    /// The objects at the end, by kind, in the order of their creation.
    pub last: BTreeMap<Kind, Vec<(String, Record)>>,
}

impl Summary {
    /// Sums up a trace.
    pub fn of(lines: &[TraceLine]) -> Self {
        let mut summary = Self::default();
        let mut state = State::default();
        for line in lines {
            summary.take(line, &mut state);
            state.keep(line);
        }
        summary.last = state.last;
        summary
    }

    fn take(&mut self, line: &TraceLine, state: &mut State) {
        match line.kind {
            Kind::Event => self.take_event(line),
            Kind::ReplicaSet => self.take_replica_set(line, state),
            Kind::Deployment => self.take_deployment(line, state),
            Kind::Pod => self.take_pod(line, state),
            _ => {}
        }
    }

    fn take_event(&mut self, line: &TraceLine) {
        if line.facts.text("reason") == "ScalingReplicaSet" && line.change != Change::Deleted {
            let message = line.facts.text("message").to_owned();
            self.scaling_events.push((line.at.as_millis(), message, line.facts.int("count")));
        }
    }

    fn take_replica_set(&mut self, line: &TraceLine, state: &mut State) {
        let known = state.sizes.iter_mut().find(|(name, _)| *name == line.name);
        let gone = line.change == Change::Deleted;
        let size = (!gone).then(|| line.facts.int("spec_replicas"));
        match known {
            Some((_, known)) if *known == size => return,
            Some((_, known)) => *known = size,
            None => state.sizes.push((line.name.clone(), size)),
        }
        self.sizes.push((line.at.as_millis(), state.sizes.clone()));
    }

    fn take_deployment(&mut self, line: &TraceLine, state: &mut State) {
        if line.change == Change::Deleted {
            return;
        }
        let conditions = line.facts.get("conditions").and_then(Value::as_list).unwrap_or_default();
        let known = state.conditions.entry(line.name.clone()).or_default();
        for condition in conditions {
            if !known.contains(condition) {
                self.conditions.push((line.at.as_millis(), line.name.clone(), condition.clone()));
            }
        }
        *known = conditions.to_vec();
        self.max_status_replicas = self.max_status_replicas.max(line.facts.int("replicas"));
        let available = line.facts.int("availableReplicas");
        let full = available > 0 && available == line.facts.int("spec_replicas");
        if full || self.min_available_after_first_complete.is_some() {
            let lowest = self.min_available_after_first_complete.get_or_insert(available);
            *lowest = available.min(*lowest);
        }
    }

    fn take_pod(&mut self, line: &TraceLine, state: &mut State) {
        let tags = line.facts.get("tags").and_then(Value::as_list).unwrap_or_default();
        let tags: Vec<String> =
            tags.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
        if !tags.is_empty() {
            self.pods.push((line.at.as_millis(), line.name.clone(), tags));
        }
        if line.change == Change::Deleted {
            state.pods.remove(&line.name);
        } else {
            let active = line.facts.get("deleting") != Some(&Value::Bool(true))
                && !matches!(line.facts.text("phase"), "Succeeded" | "Failed");
            state.pods.insert(line.name.clone(), active);
        }
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let active = count(state.pods.values().filter(|active| **active).count());
        self.max_active_pods = self.max_active_pods.max(active);
        self.max_pods_incl_terminating =
            self.max_pods_incl_terminating.max(count(state.pods.len()));
    }

    /// Only the sizes, without times.
    pub fn steps(&self) -> Vec<Vec<Option<i64>>> {
        let sizes = self.sizes.iter();
        sizes.map(|(_, sets)| sets.iter().map(|(_, size)| *size).collect()).collect()
    }

    /// The summary as JSON.
    pub fn to_json(&self) -> String {
        let time = |t: u64| Value::Int(i64::try_from(t).unwrap_or(i64::MAX));
        let events = self.scaling_events.iter().map(|(t, message, count)| {
            let mut facts = vec![("t_ms", time(*t)), ("message", message.as_str().into())];
            if *count > 1 {
                facts.push(("count", Value::Int(*count)));
            }
            map(facts)
        });
        let sizes = self.sizes.iter().map(|(t, sets)| {
            let mut entry = map([("t_ms", time(*t))]);
            for (name, size) in sets {
                *entry.entry(name) = size.map_or(Value::Null, Value::Int);
            }
            entry
        });
        let conditions = self.conditions.iter().map(|(t, deployment, condition)| {
            let mut entry = condition.clone();
            *entry.entry("t_ms") = time(*t);
            *entry.entry("deployment") = deployment.as_str().into();
            entry
        });
        let pods = self.pods.iter().map(|(t, pod, tags)| {
            let tags = tags.iter().map(|tag| tag.as_str().into()).collect();
            map([("t_ms", time(*t)), ("pod", pod.as_str().into()), ("tags", Value::List(tags))])
        });
        let lowest = self.min_available_after_first_complete;
        let record = Record(vec![
            ("scaling_events", Value::List(events.collect())),
            ("rs_spec_transitions", Value::List(sizes.collect())),
            ("max_active_pods", Value::Int(self.max_active_pods)),
            ("max_pods_incl_terminating", Value::Int(self.max_pods_incl_terminating)),
            ("max_status_replicas", Value::Int(self.max_status_replicas)),
            ("min_available_status_after_first_complete", lowest.map_or(Value::Null, Value::Int)),
            ("condition_transitions", Value::List(conditions.collect())),
            ("pod_timeline", Value::List(pods.collect())),
            ("final", self.final_value()),
        ]);
        record.to_json()
    }

    /// The objects at the end as data.
    pub fn final_value(&self) -> Value {
        let mut value = Value::map();
        for (kind, objects) in &self.last {
            let objects = objects.iter().map(|(name, facts)| {
                let mut entry = map([("name", name.as_str().into())]);
                for (key, fact) in &facts.0 {
                    if !matches!(*key, "tags" | "node" | "container") {
                        *entry.entry(key) = fact.clone();
                    }
                }
                entry
            });
            *value.entry(kind.as_str()) = Value::List(objects.collect());
        }
        value
    }
}

#[derive(Default)]
struct State {
    sizes: Sizes,
    conditions: BTreeMap<String, Vec<Value>>,
    pods: BTreeMap<String, bool>,
    last: BTreeMap<Kind, Vec<(String, Record)>>,
}

impl State {
    fn keep(&mut self, line: &TraceLine) {
        if line.kind == Kind::Event {
            return;
        }
        let objects = self.last.entry(line.kind).or_default();
        let known = objects.iter().position(|(name, _)| *name == line.name);
        match (known, line.change) {
            (Some(index), Change::Deleted) => drop(objects.remove(index)),
            (Some(index), _) => objects[index].1 = line.facts.clone(),
            (None, Change::Deleted) => {}
            (None, _) => objects.push((line.name.clone(), line.facts.clone())),
        }
    }
}
