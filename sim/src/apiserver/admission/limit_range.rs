//! Limit ranges: default requests and limits, and the least and most that is allowed.
//!
//! Models: kubernetes v1.36 `plugin/pkg/admission/limitranger/admission.go`. Leaves out: claims of
//! volumes.

use std::sync::Arc;

use super::list;
use crate::api::quantity::{Resources, parse_milli, resources};
use crate::api::{DataObject, Kind, Name, Pod, Value};
use crate::apiserver::ApiServer;

/// The annotation that says which defaults a pod was given.
pub(super) const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// The limit ranges of a namespace, by name.
pub(super) fn of_namespace(api: &ApiServer, namespace: &str) -> Vec<Arc<DataObject>> {
    let all = api.data(Kind::LimitRange);
    if all.is_empty() {
        return Vec::new();
    }
    all.by_name().filter(|range| *range.meta.namespace == *namespace).cloned().collect()
}

fn items(ranges: &[Arc<DataObject>]) -> impl Iterator<Item = &Value> {
    ranges.iter().flat_map(|range| list(range.at(&["spec"]), "limits"))
}

fn is_of(item: &Value, type_: &str) -> bool {
    item.get("type").and_then(Value::as_str) == Some(type_)
}

/// Gives containers the default requests and limits; says which, if any.
pub(super) fn set_defaults(spec: &mut Value, ranges: &[Arc<DataObject>]) -> Option<String> {
    let mut told: Vec<String> = Vec::new();
    for item in items(ranges).filter(|item| is_of(item, "Container")) {
        for (key, what) in [("containers", "container"), ("initContainers", "init container")] {
            if spec.get(key).is_none() {
                continue;
            }
            for container in spec.entry(key).as_list_mut().into_iter().flatten() {
                let name = container.get("name").and_then(Value::as_str).unwrap_or("").to_owned();
                for (side, from) in [("requests", "defaultRequest"), ("limits", "default")] {
                    let set = fill(container, side, item.get(from));
                    if !set.is_empty() {
                        let side = side.trim_end_matches('s');
                        told.push(format!("{} {side} for {what} {name}", set.join(", ")));
                    }
                }
            }
        }
    }
    (!told.is_empty()).then(|| format!("LimitRanger plugin set: {}", told.join("; ")))
}

/// Sets the amounts a container leaves open; returns which. A limit that is typed stands in for the
/// request, so no default request is given then.
fn fill(container: &mut Value, side: &str, defaults: Option<&Value>) -> Vec<String> {
    let mut set = Vec::new();
    for (resource, amount) in defaults.and_then(Value::as_map).into_iter().flatten() {
        let typed = |side: &str| container.at(&["resources", side, resource]).is_some();
        if typed(side) || (side == "requests" && typed("limits")) {
            continue;
        }
        *container.entry("resources").entry(side).entry(resource) = amount.clone();
        set.push(resource.to_string());
    }
    set
}

/// Checks a pod against the least and the most that is allowed.
///
/// # Errors
/// Every rule it breaks, in one sentence.
pub(super) fn check(pod: &Pod, ranges: &[Arc<DataObject>]) -> Result<(), String> {
    let raw = pod.spec.raw();
    let containers: Vec<&Value> =
        list(raw, "containers").iter().chain(list(raw, "initContainers")).collect();
    let mut broken = Vec::new();
    for item in items(ranges) {
        if is_of(item, "Container") {
            for container in &containers {
                let limits = resources(container.at(&["resources", "limits"]));
                let mut requests = limits.clone();
                requests.extend(resources(container.at(&["resources", "requests"])));
                rules(item, "Container", &requests, &limits, &mut broken);
            }
        } else if is_of(item, "Pod") {
            let mut limits = Resources::new();
            for container in list(raw, "containers") {
                for (name, amount) in resources(container.at(&["resources", "limits"])) {
                    *limits.entry(name).or_default() += amount;
                }
            }
            rules(item, "Pod", &pod.spec.requests, &limits, &mut broken);
        }
    }
    match broken.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        _ => Err(format!("[{}]", broken.join(", "))),
    }
}

fn rules(
    item: &Value,
    type_: &str,
    requests: &Resources,
    limits: &Resources,
    broken: &mut Vec<String>,
) {
    let bounds = |key: &str| -> Vec<(Name, i64, Name)> {
        let entries = item.get(key).and_then(Value::as_map).into_iter().flatten();
        entries
            .filter_map(|(name, amount)| {
                let text = amount.scalar_text()?;
                Some((name.clone(), parse_milli(&text)?, text))
            })
            .collect()
    };
    for (name, least, text) in bounds("min") {
        let head = format!("minimum {name} usage per {type_} is {text}");
        match (requests.get(&name), limits.get(&name)) {
            (None, _) => broken.push(format!("{head}.  No request is specified")),
            (Some(request), _) if *request < least => {
                broken.push(format!("{head}, but request is {}", shown(*request, &text)));
            }
            (_, Some(limit)) if *limit < least => {
                broken.push(format!("{head}, but limit is {}", shown(*limit, &text)));
            }
            _ => {}
        }
    }
    for (name, most, text) in bounds("max") {
        let head = format!("maximum {name} usage per {type_} is {text}");
        match (requests.get(&name), limits.get(&name)) {
            (_, None) => broken.push(format!("{head}.  No limit is specified")),
            (_, Some(limit)) if *limit > most => {
                broken.push(format!("{head}, but limit is {}", shown(*limit, &text)));
            }
            (Some(request), _) if *request > most => {
                broken.push(format!("{head}, but request is {}", shown(*request, &text)));
            }
            _ => {}
        }
    }
    for (name, most, text) in bounds("maxLimitRequestRatio") {
        let head = format!("{name} max limit to request ratio per {type_} is {text}");
        match (requests.get(&name).filter(|amount| **amount > 0), limits.get(&name)) {
            (None, _) => {
                broken.push(format!("{head}, but no request is specified or request is 0"));
            }
            (_, None) => broken.push(format!("{head}, but no limit is specified or limit is 0")),
            (Some(request), Some(limit)) => {
                let ratio = i128::from(*limit) * 1_000_000 / i128::from(*request);
                if ratio > i128::from(most) * 1_000 {
                    let (whole, part) = (ratio / 1_000_000, ratio % 1_000_000);
                    broken.push(format!("{head}, but provided ratio is {whole}.{part:06}"));
                }
            }
        }
    }
}

/// An amount as a quantity of the kind the bound is written in.
fn shown(milli: i64, like: &str) -> String {
    crate::api::quantity::text(milli, like.ends_with('i'))
}
