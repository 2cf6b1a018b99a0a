//! What there is: groups, versions, resources, and the paths that lead to them.

use super::Target;
use crate::api::value::map;
use crate::api::{Kind, Value};
use crate::kubectl::discovery::{MORE_VERSIONS, Row, rows};
use crate::kubectl::version::VERSION;

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
            let mut versions: Vec<&str> = Vec::new();
            for version in rows().map(|row| row.version).chain(MORE_VERSIONS) {
                if version.contains('/') && !versions.contains(&version) {
                    versions.push(version);
                }
            }
            let mut groups: Vec<&str> = Vec::new();
            for name in versions.iter().filter_map(|one| group_of(one)) {
                if !groups.contains(&name) {
                    groups.push(name);
                }
            }
            let groups: Vec<Value> = groups.iter().map(|name| group(name, &versions)).collect();
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

fn group_of(api_version: &str) -> Option<&str> {
    api_version.split_once('/').map(|(group, _)| group)
}

/// A group with its versions; the first is preferred.
fn group(name: &str, versions: &[&str]) -> Value {
    let own = versions.iter().filter(|one| group_of(one) == Some(name));
    let own: Vec<Value> = own
        .map(|api_version| {
            let version = api_version.rsplit('/').next().unwrap_or_default();
            map([("groupVersion", (*api_version).into()), ("version", version.into())])
        })
        .collect();
    map([
        ("name", name.into()),
        ("preferredVersion", own.first().cloned().unwrap_or_default()),
        ("versions", own.into()),
    ])
}

fn resources(api_version: &str) -> Value {
    let mut list: Vec<Value> = Vec::new();
    // Of a version that has nothing of its own, the same as of its group's other one.
    let older = MORE_VERSIONS.contains(&api_version);
    let is_shown = |row: &Row| {
        row.version == api_version || older && Some(row.group()) == group_of(api_version)
    };
    for row in rows().filter(is_shown) {
        let texts = |text: &str| {
            let texts = text.split(',').filter(|text| !text.is_empty());
            Value::List(texts.map(Value::from).collect())
        };
        let base = |name: String, kind_name: &str| {
            map([
                ("name", name.into()),
                ("singularName", row.kind.to_ascii_lowercase().into()),
                ("namespaced", Value::Bool(row.namespaced)),
                ("kind", kind_name.into()),
                ("verbs", texts(row.verbs)),
            ])
        };
        let mut entry = base(row.name.to_owned(), row.kind);
        *entry.entry("shortNames") = texts(row.short);
        *entry.entry("categories") = texts(row.categories);
        list.push(entry);
        if matches!(row.kind, "Deployment" | "ReplicaSet") {
            let mut scale = base(format!("{}/scale", row.name), "Scale");
            *scale.entry("group") = "autoscaling".into();
            *scale.entry("version") = "v1".into();
            list.push(scale);
        }
    }
    map([
        ("kind", "APIResourceList".into()),
        ("apiVersion", "v1".into()),
        ("groupVersion", api_version.into()),
        ("resources", list.into()),
    ])
}

/// What the API server says about who may do what: everybody may do everything.
pub(super) fn review(steps: &[&str]) -> Option<Value> {
    let all = || Value::List(vec!["*".into()]);
    let (kind, status) = match steps {
        ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"] => {
            ("SelfSubjectAccessReview", map([("allowed", Value::Bool(true))]))
        }
        ["apis", "authorization.k8s.io", "v1", "selfsubjectrulesreviews"] => {
            let resources = map([("verbs", all()), ("apiGroups", all()), ("resources", all())]);
            let others = map([("verbs", all()), ("nonResourceURLs", all())]);
            let rules = [
                ("resourceRules", vec![resources].into()),
                ("nonResourceRules", vec![others].into()),
                ("incomplete", Value::Bool(false)),
            ];
            ("SelfSubjectRulesReview", map(rules))
        }
        ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"] => {
            let groups = vec!["kubeadm:cluster-admins".into(), "system:authenticated".into()];
            let user = [("username", "kubernetes-admin".into()), ("groups", Value::List(groups))];
            ("SelfSubjectReview", map([("userInfo", map(user))]))
        }
        _ => return None,
    };
    Some(map([
        ("apiVersion", format!("{}/v1", steps[1]).into()),
        ("kind", kind.into()),
        ("metadata", Value::map()),
        ("spec", Value::map()),
        ("status", status),
    ]))
}

/// The parts of a path to objects.
pub(super) struct Path<'a> {
    pub(super) version: String,
    pub(super) namespace: Option<&'a str>,
    pub(super) plural: &'a str,
    pub(super) name: &'a str,
    subresource: &'a str,
}

/// Takes a path to objects apart.
pub(super) fn path<'a>(steps: &[&'a str]) -> Option<Path<'a>> {
    let (version, rest) = match steps {
        ["api", version, rest @ ..] => ((*version).to_owned(), rest),
        ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return None,
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
        rest => (None, rest),
    };
    let (plural, rest) = rest.split_first()?;
    let at = |place: usize| rest.get(place).copied().unwrap_or("");
    Some(Path { version, namespace, plural, name: at(0), subresource: at(1) })
}

/// Whether a server has such objects, simulated or not.
pub(super) fn is_known(path: &Path<'_>) -> bool {
    rows().any(|row| row.name == path.plural && row.version == path.version)
}

/// The stored objects a path names.
pub(super) fn target<'a>(steps: &[&'a str]) -> Option<Target<'a>> {
    let Path { version, namespace, plural, name, subresource } = path(steps)?;
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| kind.plural() == plural && kind.api_version() == version)?;
    Some(Target { kind, namespace, name, subresource })
}
