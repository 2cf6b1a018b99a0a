//! Quotas: how much a namespace may use in all.
//!
//! Models: kubernetes v1.36 `apiserver/pkg/admission/plugin/resourcequota/controller.go`,
//! `pkg/quota/v1/evaluator/core/pods.go`. Leaves out: scopes.

use std::sync::Arc;

use super::list;
use crate::api::kind::{Resource, Typed};
use crate::api::quantity::{Resources, resources, text};
use crate::api::{DataObject, Deployment, Kind, Name, Pod, ReplicaSet, Service, Uid, Value};
use crate::apiserver::{AnyObject, ApiServer, Stored};
use crate::time::Instant;

/// Resources every container must name when a quota counts them.
const MUST_BE_NAMED: [&str; 6] =
    ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// What a pod counts for: itself, its requests and its limits.
pub(crate) fn pod_usage(pod: &Pod) -> Resources {
    let mut usage = Resources::new();
    for name in ["pods", "count/pods"] {
        usage.insert(name.into(), 1_000);
    }
    for (resource, amount) in &pod.spec.requests {
        usage.insert(format!("requests.{resource}").into(), *amount);
        if !resource.contains('/') {
            usage.insert(resource.clone(), *amount);
        }
    }
    for container in list(pod.spec.raw(), "containers") {
        for (resource, amount) in resources(container.at(&["resources", "limits"])) {
            *usage.entry(format!("limits.{resource}").into()).or_default() += amount;
        }
    }
    usage
}

/// Whether a pod counts: it has not ended, and is not long past its grace period.
fn counts(pod: &Pod, now: Instant) -> bool {
    let overdue = pod.meta.deletion_timestamp.is_some_and(|deadline| {
        let grace = pod.meta.deletion_grace_period_seconds.unwrap_or(0);
        now > deadline + crate::time::Duration::from_secs(grace.into())
    });
    !pod.status.phase.is_terminal() && !overdue
}

/// What one object counts for.
fn usage(object: &AnyObject) -> Resources {
    match object {
        AnyObject::Pod(pod) => pod_usage(pod),
        _ => usage_of_kind(object.kind()),
    }
}

/// What an object of a kind counts for that has no requests.
fn usage_of_kind(kind: Kind) -> Resources {
    let names = [format!("count/{}", kind.plural_dot_group()), kind.plural().to_owned()];
    // Only the kinds of the core group have the short name.
    let names = names.into_iter().take(if kind.group().is_empty() { 2 } else { 1 });
    crate::order::map(names.map(|name| (name.into(), 1_000)))
}

/// The amounts a quota allows.
fn hard(quota: &DataObject, part: &str) -> Resources {
    resources(Some(quota.at(&[part, "hard"])))
}

fn used(quota: &DataObject) -> Resources {
    resources(Some(quota.at(&["status", "used"])))
}

fn quantities(amounts: &Resources, like: &Value) -> Value {
    let entry = |(name, milli): (&Name, &i64)| {
        let binary = like
            .get(name)
            .and_then(Value::scalar_text)
            .is_some_and(|hard| hard.ends_with('i') || name.contains("memory"));
        (name.clone(), Value::from(text(*milli, binary)))
    };
    Value::Map(crate::order::map(amounts.iter().map(entry)))
}

fn of_namespace(api: &ApiServer, namespace: &str) -> Vec<Arc<DataObject>> {
    let quotas = api.data(Kind::ResourceQuota).by_name();
    quotas.filter(|quota| *quota.meta.namespace == *namespace).cloned().collect()
}

/// What each quota of the namespace has used once the object is there.
///
/// # Errors
/// Why a quota does not let it in.
pub(super) fn charges(api: &ApiServer, object: &AnyObject) -> Result<Vec<(Uid, Value)>, String> {
    let usage = usage(object);
    let mut charged = Vec::new();
    for quota in of_namespace(api, &object.meta().namespace) {
        let (name, limits) = (&quota.meta.name, hard(&quota, "status"));
        let asked = hard(&quota, "spec");
        if let AnyObject::Pod(pod) = object {
            let missing = unnamed(pod, &asked);
            if !missing.is_empty() {
                return Err(format!("failed quota: {name}: must specify {missing}"));
            }
        }
        let counted: Vec<&Name> = asked.keys().filter(|key| usage.contains_key(*key)).collect();
        if counted.is_empty() {
            continue;
        }
        if counted.iter().any(|key| !limits.contains_key(*key)) {
            let names = counted.iter().map(|key| &***key).collect::<Vec<_>>().join(",");
            return Err(format!("status unknown for quota: {name}, resources: {names}"));
        }
        let mut total = used(&quota);
        let before = total.clone();
        let mut exceeded = Vec::new();
        for key in counted {
            let sum = total.entry(key.clone()).or_default();
            *sum += usage[key];
            if *sum > limits[key] {
                exceeded.push(key.clone());
            }
        }
        if !exceeded.is_empty() {
            let typed = quota.at(&["status", "hard"]);
            let shown = |amounts: &Resources| {
                let chosen = exceeded.iter();
                let chosen =
                    chosen.map(|key| (key.clone(), amounts.get(key).copied().unwrap_or(0)));
                let chosen = quantities(&crate::order::map(chosen), typed);
                let parts = exceeded.iter().map(|key| {
                    let amount = chosen.get(key).and_then(Value::as_str).unwrap_or("0");
                    format!("{key}={amount}")
                });
                parts.collect::<Vec<_>>().join(",")
            };
            return Err(format!(
                "exceeded quota: {name}, requested: {}, used: {}, limited: {}",
                shown(&usage),
                shown(&before),
                shown(&limits)
            ));
        }
        charged.push((quota.meta.uid, quantities(&total, quota.at(&["status", "hard"]))));
    }
    Ok(charged)
}

/// What containers must name and do not: `limits.memory for: web; requests.cpu for: web`.
fn unnamed(pod: &Pod, asked: &Resources) -> String {
    let mut missing = Vec::new();
    for resource in asked.keys().filter(|name| MUST_BE_NAMED.contains(&&***name)) {
        let (side, plain) = match resource.split_once('.') {
            Some(("limits", plain)) => ("limits", plain),
            Some((_, plain)) => ("requests", plain),
            None => ("requests", &**resource),
        };
        let names: Vec<&str> = list(pod.spec.raw(), "containers")
            .iter()
            .filter(|container| {
                let named = |side: &str| container.at(&["resources", side, plain]).is_some();
                !(named(side) || (side == "requests" && named("limits")))
            })
            .filter_map(|container| container.get("name").and_then(Value::as_str))
            .collect();
        if !names.is_empty() {
            missing.push(format!("{resource} for: {}", names.join(",")));
        }
    }
    missing.join("; ")
}

/// The status of a quota, counted anew.
pub(crate) fn status(api: &ApiServer, quota: &DataObject, now: Instant) -> Value {
    let asked = hard(quota, "spec");
    let namespace = &quota.meta.namespace;
    let mut total: Resources = crate::order::map(asked.keys().map(|key| (key.clone(), 0)));
    let mut add = |usage: &Resources| {
        for (key, sum) in &mut total {
            *sum += usage.get(key).copied().unwrap_or(0);
        }
    };
    for pod in api.list::<Pod>().iter() {
        if pod.meta.namespace == *namespace && counts(pod, now) {
            add(&pod_usage(pod));
        }
    }
    let mut add_count = |kind: Kind, count: usize| {
        let mut counts = usage_of_kind(kind);
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        for one in counts.values_mut() {
            *one *= count;
        }
        add(&counts);
    };
    add_count(Kind::Deployment, count_typed::<Deployment>(api, namespace));
    add_count(Kind::ReplicaSet, count_typed::<ReplicaSet>(api, namespace));
    add_count(Kind::Service, count_typed::<Service>(api, namespace));
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_data() && kind.is_namespaced()) {
        let there = api.data(kind).iter().filter(|object| object.meta.namespace == *namespace);
        add_count(kind, there.count());
    }
    let typed = quota.at(&["spec", "hard"]);
    crate::api::value::map([("hard", typed.clone()), ("used", quantities(&total, typed))])
}

fn count_typed<T: Stored + Typed>(api: &ApiServer, namespace: &str) -> usize {
    api.list::<T>()
        .iter()
        .filter(|object| *Resource::meta(&***object).namespace == *namespace)
        .count()
}
