//! What there is: groups, versions, resources, and the paths that lead to them.

use super::Target;
use crate::api::value::map;
use crate::api::{Kind, Value};
use crate::kubectl::version::VERSION;

/// The verbs every kind takes.
const VERBS: [&str; 7] = ["create", "delete", "get", "list", "patch", "update", "watch"];

/// The document at a path that names no object.
pub(super) fn document(steps: &[&str]) -> Option<Value> {
    match steps {
        ["version"] => Some(version()),
        ["api"] => Some(map([
            ("kind", "APIVersions".into()),
            ("versions", vec!["v1".into()].into()),
            ("serverAddressByClientCIDRs", Vec::new().into()),
        ])),
        ["apis"] => {
            let mut groups: Vec<&str> = Vec::new();
            for kind in Kind::ALL {
                if !kind.group().is_empty() && !groups.contains(&kind.api_version()) {
                    groups.push(kind.api_version());
                }
            }
            let groups = groups.into_iter().map(group).collect::<Vec<_>>();
            Some(map([
                ("kind", "APIGroupList".into()),
                ("apiVersion", "v1".into()),
                ("groups", groups.into()),
            ]))
        }
        ["api", version] => Some(resources(version)),
        ["apis", group, version] => Some(resources(&format!("{group}/{version}"))),
        _ => None,
    }
}

fn version() -> Value {
    map([
        ("major", "1".into()),
        ("minor", VERSION.split('.').nth(1).unwrap_or("").into()),
        ("gitVersion", VERSION.into()),
        ("gitCommit", "".into()),
        ("gitTreeState", "clean".into()),
        ("buildDate", "2026-01-01T00:00:00Z".into()),
        ("goVersion", "".into()),
        ("compiler", "".into()),
        ("platform", "linux/amd64".into()),
    ])
}

fn group(api_version: &str) -> Value {
    let (name, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let version = map([("groupVersion", api_version.into()), ("version", version.into())]);
    map([
        ("name", name.into()),
        ("versions", vec![version.clone()].into()),
        ("preferredVersion", version),
    ])
}

fn resources(api_version: &str) -> Value {
    let mut list: Vec<Value> = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| kind.api_version() == api_version) {
        let verbs = VERBS.map(Value::from).to_vec();
        let base = |name: String, kind_name: &str| {
            map([
                ("name", name.into()),
                ("singularName", kind.as_str().to_ascii_lowercase().into()),
                ("namespaced", Value::Bool(kind.is_namespaced())),
                ("kind", kind_name.into()),
                ("verbs", verbs.clone().into()),
            ])
        };
        let mut entry = base(kind.plural().to_owned(), kind.as_str());
        if !kind.short().is_empty() {
            *entry.entry("shortNames") = vec![kind.short().into()].into();
        }
        if matches!(kind, Kind::Pod | Kind::Service | Kind::Deployment | Kind::ReplicaSet) {
            *entry.entry("categories") = vec!["all".into()].into();
        }
        list.push(entry);
        if matches!(kind, Kind::Deployment | Kind::ReplicaSet) {
            let mut scale = base(format!("{}/scale", kind.plural()), "Scale");
            *scale.entry("group") = "autoscaling".into();
            *scale.entry("version") = "v1".into();
            list.push(scale);
        }
    }
    if api_version == "v1" {
        list.push(map([
            ("name", "endpoints".into()),
            ("singularName", "endpoints".into()),
            ("namespaced", Value::Bool(true)),
            ("kind", "Endpoints".into()),
            ("verbs", vec!["get".into()].into()),
            ("shortNames", vec!["ep".into()].into()),
        ]));
    }
    map([
        ("kind", "APIResourceList".into()),
        ("apiVersion", "v1".into()),
        ("groupVersion", api_version.into()),
        ("resources", list.into()),
    ])
}

/// The objects a path names.
pub(super) fn target<'a>(steps: &[&'a str]) -> Option<Target<'a>> {
    let (version, rest) = match steps {
        ["api", version, rest @ ..] => ((*version).to_owned(), rest),
        ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return None,
    };
    let kind = |plural: &str| {
        let mut known = Kind::ALL.into_iter();
        known.find(|kind| kind.plural() == plural && kind.api_version() == version)
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
        rest => (None, rest),
    };
    let [plural, rest @ ..] = rest else {
        return None;
    };
    let kind = kind(plural)?;
    Some(Target {
        kind,
        namespace,
        name: rest.first().copied().unwrap_or(""),
        subresource: rest.get(1).copied().unwrap_or(""),
    })
}
