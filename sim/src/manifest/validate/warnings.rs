//! What the API server takes but warns of.
//!
//! Models: kubernetes v1.28 `pkg/api/pod/warnings.go`, `pkg/api/service/warnings.go` and the
//! `WarningsOnCreate` of the kinds. Leaves out: plugins of volumes that are gone.

use super::error::quote;
use super::{ingress, int, items, part, text};
use crate::api::quantity::parse_milli;
use crate::api::{Kind, Value};
use crate::manifest::names;

/// What the API server warns of, each with its path, which may be empty.
pub fn warnings(kind: Kind, object: &Value) -> Vec<(String, String)> {
    let (spec, mut found) = (part(object, "spec"), Vec::new());
    match kind {
        Kind::Deployment | Kind::ReplicaSet => {
            name(object, "in Pod names and hostnames", &mut found);
            pod_spec(part(part(spec, "template"), "spec"), "spec.template.spec", &mut found);
        }
        Kind::Pod => {
            name(object, "in the Pod's hostname", &mut found);
            pod_spec(spec, "spec", &mut found);
        }
        Kind::Service => service(spec, &mut found),
        Kind::Ingress if object.at(&["metadata", "annotations", ingress::CLASS]).is_some() => {
            let text = format!(
                "annotation \"{}\" is deprecated, please use 'spec.ingressClassName' instead",
                ingress::CLASS
            );
            found.push((String::new(), text));
        }
        _ => {}
    }
    found
}

type Found = Vec<(String, String)>;

fn name(object: &Value, place: &str, found: &mut Found) {
    let reasons = names::dns_label(text(part(object, "metadata"), "name"));
    if !reasons.is_empty() && part(object, "metadata").get("name").is_some() {
        let text = format!(
            "this is used {place}, which can result in surprising behavior; a DNS label is \
             recommended: [{}]",
            reasons.join(" ")
        );
        found.push(("metadata.name".to_owned(), text));
    }
}

fn service(spec: &Value, found: &mut Found) {
    if text(spec, "clusterIP") == "None" && text(spec, "sessionAffinity") != "None" {
        let text = "spec.SessionAffinity is ignored for headless services";
        found.push((String::new(), text.to_owned()));
    }
}

/// Labels of nodes that have new names: the old one, since when, the new one.
const OLD_LABELS: [(&str, &str, &str); 5] = [
    ("beta.kubernetes.io/arch", "v1.14", "kubernetes.io/arch"),
    ("beta.kubernetes.io/os", "v1.14", "kubernetes.io/os"),
    ("failure-domain.beta.kubernetes.io/region", "v1.17", "topology.kubernetes.io/region"),
    ("failure-domain.beta.kubernetes.io/zone", "v1.17", "topology.kubernetes.io/zone"),
    ("beta.kubernetes.io/instance-type", "v1.17", "node.kubernetes.io/instance-type"),
];

fn deprecated(label: &str) -> Option<String> {
    let known = OLD_LABELS.iter().find(|(old, ..)| *old == label);
    known.map(|(_, since, new)| format!("deprecated since {since}; use \"{new}\" instead"))
}

fn pod_spec(spec: &Value, path: &str, found: &mut Found) {
    for label in part(spec, "nodeSelector").as_map().into_iter().flat_map(|map| map.keys()) {
        if let Some(text) = deprecated(label) {
            found.push((format!("{path}.nodeSelector[{label}]"), text));
        }
    }
    for (index, constraint) in items(spec, "topologySpreadConstraints").enumerate() {
        let at = format!("{path}.topologySpreadConstraints[{index}]");
        let key = text(constraint, "topologyKey");
        if let Some(text) = deprecated(key) {
            found.push((format!("{at}.topologyKey"), format!("{key} is {text}")));
        }
        if constraint.get("labelSelector").is_none() {
            found.push((format!("{at}.labelSelector"), NO_SELECTOR.to_owned()));
        }
    }
    repeated(spec, "hostAliases", "ip", path, found);
    repeated(spec, "imagePullSecrets", "name", path, found);
    for (index, secret) in items(spec, "imagePullSecrets").enumerate() {
        if text(secret, "name").is_empty() {
            let at = format!("{path}.imagePullSecrets[{index}].name");
            found.push((at, "invalid empty name \"\"".to_owned()));
        }
    }
    for (at, container) in containers(spec, path) {
        fractions(container, &at, found);
        variables(container, &at, found);
    }
    ports(spec, path, found);
    pod_affinity(spec, path, found);
    if int(spec, "terminationGracePeriodSeconds").is_some_and(|seconds| seconds < 0) {
        let text = "must be >= 0; negative values are invalid and will be treated as 1";
        found.push((format!("{path}.terminationGracePeriodSeconds"), text.to_owned()));
    }
}

const NO_SELECTOR: &str = "a null labelSelector results in matching no pod";

/// The containers of a pod, those that run first in front, each with its path.
fn containers<'a>(spec: &'a Value, path: &'a str) -> impl Iterator<Item = (String, &'a Value)> {
    ["initContainers", "containers"].into_iter().flat_map(move |key| {
        let list = items(spec, key).enumerate();
        list.map(move |(index, container)| (format!("{path}.{key}[{index}]"), container))
    })
}

/// Notes the items of a list whose key an earlier item has.
fn repeated(spec: &Value, list: &str, key: &str, path: &str, found: &mut Found) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, item) in items(spec, list).enumerate() {
        let typed = text(item, key);
        if seen.contains(&typed) {
            let text = format!("duplicate {key} {}", quote(typed));
            found.push((format!("{path}.{list}[{index}].{key}"), text));
        }
        seen.push(typed);
    }
}

fn fractions(container: &Value, path: &str, found: &mut Found) {
    for &name in &["memory", "ephemeral-storage"] {
        for &kind in &["limits", "requests"] {
            let amount = container.at(&["resources", kind, name]).and_then(Value::scalar_text);
            let amount = amount.unwrap_or_default();
            if parse_milli(&amount).is_some_and(|milli| milli % 1_000 != 0) {
                let text = format!(
                    "fractional byte value {} is invalid, must be an integer",
                    quote(&amount)
                );
                found.push((format!("{path}.resources.{kind}[{name}]"), text));
            }
        }
    }
}

/// A variable that is set again and does not build on what it was.
fn variables(container: &Value, path: &str, found: &mut Found) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, variable) in items(container, "env").enumerate() {
        let (name, value) = (text(variable, "name"), text(variable, "value"));
        if !seen.contains(&name) {
            seen.push(name);
            continue;
        }
        let itself = format!("$({name})");
        if variable.get("valueFrom").is_some() || value == itself || !value.contains(&itself) {
            let text = format!(
                "hides previous definition of {}, which may be dropped when using apply",
                quote(name)
            );
            found.push((format!("{path}.env[{index}]"), text));
        }
    }
}

fn ports(spec: &Value, path: &str, found: &mut Found) {
    let mut seen: Vec<(String, &Value)> = Vec::new();
    for (at, container) in containers(spec, path) {
        for (index, port) in items(container, "ports").enumerate() {
            let at = format!("{at}.ports[{index}]");
            let number = |port: &Value, key| int(port, key).unwrap_or(0);
            let same = |other: &&(String, &Value)| {
                number(other.1, "containerPort") == number(port, "containerPort")
                    && text(other.1, "protocol") == text(port, "protocol")
            };
            for (first, other) in seen.iter().filter(same) {
                let (here, there) = (number(port, "hostPort"), number(other, "hostPort"));
                let places = [text(port, "hostIP"), text(other, "hostIP")];
                let how = if here == there && places[0] == places[1] {
                    "duplicate"
                } else if here == 0 || there == 0 || (here == there && places.contains(&"")) {
                    "overlapping"
                } else {
                    continue;
                };
                found.push((at.clone(), format!("{how} port definition with {first}")));
            }
            seen.push((at, port));
        }
    }
}

fn pod_affinity(spec: &Value, path: &str, found: &mut Found) {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    for &kind in &["podAffinity", "podAntiAffinity"] {
        let affinity = part(part(spec, "affinity"), kind);
        let at = format!("{path}.affinity.{kind}");
        let required = items(affinity, REQUIRED).enumerate();
        let required = required.map(|(index, term)| (format!("{at}.{REQUIRED}[{index}]"), term));
        let preferred = items(affinity, PREFERRED).enumerate().map(|(index, weighted)| {
            let term = part(weighted, "podAffinityTerm");
            (format!("{at}.{PREFERRED}[{index}].podAffinityTerm"), term)
        });
        for (at, term) in required.chain(preferred) {
            if term.get("labelSelector").is_none() {
                found.push((format!("{at}.labelSelector"), NO_SELECTOR.to_owned()));
            }
        }
    }
}
