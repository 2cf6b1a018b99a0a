//! `kubectl create role`, `clusterrole`, `rolebinding`, `clusterrolebinding`: who may do what is not
//! simulated, so that these can be printed and are refused otherwise.
//!
//! Models: kubectl v1.36 `pkg/cmd/create/create_{role,clusterrole,rolebinding,clusterrolebinding}.go`.
//! Leaves out: aggregation rules.

use super::data::only_name;
use super::printed::only_printed;
use crate::api::Value;
use crate::api::value::map;
use crate::kubectl::error::{Error, fail};
use crate::kubectl::resource::Resource;
use crate::kubectl::session::Session;

pub(in crate::kubectl) const ROLE_FLAGS: &str =
    flags!("verb:text resource:text resource-name:text non-resource-url:text");
pub(in crate::kubectl) const BINDING_FLAGS: &str =
    flags!("role:text clusterrole:text user:text group:text serviceaccount:text");

const GROUP: &str = "rbac.authorization.k8s.io";

/// Runs `create role`.
pub(in crate::kubectl) fn run_role(session: &mut Session<'_>) -> Result<(), Error> {
    role(session, "Role")
}

/// Runs `create clusterrole`.
pub(in crate::kubectl) fn run_cluster_role(session: &mut Session<'_>) -> Result<(), Error> {
    role(session, "ClusterRole")
}

/// Runs `create rolebinding`.
pub(in crate::kubectl) fn run_binding(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    let (role, cluster_role) = (session.args.text("role"), session.args.text("clusterrole"));
    let (kind, target) = match (role, cluster_role) {
        (Some(target), None) => ("Role", target.to_owned()),
        (None, Some(target)) => ("ClusterRole", target.to_owned()),
        _ => return fail("exactly one of clusterrole or role must be specified"),
    };
    binding(session, "RoleBinding", &name, (kind, &target))
}

/// Runs `create clusterrolebinding`.
pub(in crate::kubectl) fn run_cluster_binding(session: &mut Session<'_>) -> Result<(), Error> {
    session.args.required(&["clusterrole"])?;
    let name = only_name(session)?;
    let target = session.args.text("clusterrole").unwrap_or_default().to_owned();
    binding(session, "ClusterRoleBinding", &name, ("ClusterRole", &target))
}

/// An object of this group without its own fields.
fn object(kind: &str, name: &str) -> Value {
    map([
        ("apiVersion", format!("{GROUP}/v1").into()),
        ("kind", kind.into()),
        ("metadata", map([("creationTimestamp", Value::Null), ("name", name.into())])),
    ])
}

fn printed(session: &mut Session<'_>, value: &Value, name: &str) -> Result<(), Error> {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    let prefix = format!("{}.{GROUP}", kind.to_ascii_lowercase());
    only_printed(session, value, &prefix, name)
}

fn role(session: &mut Session<'_>, kind: &str) -> Result<(), Error> {
    let name = only_name(session)?;
    let args = &session.args;
    let mut verbs: Vec<Value> = Vec::new();
    for verb in args.texts("verb") {
        if verb == "*" {
            verbs = vec!["*".into()];
            break;
        }
        if !verbs.contains(&verb.into()) {
            verbs.push(verb.into());
        }
    }
    if verbs.is_empty() {
        return fail("at least one verb must be specified");
    }
    let (resources, urls) = (args.texts("resource"), args.texts("non-resource-url"));
    if kind == "Role" && resources.is_empty() {
        return fail("at least one resource must be specified");
    }
    if resources.is_empty() && urls.is_empty() {
        return fail("one of resource or nonResourceURL must be specified");
    }
    let names: Vec<Value> = args.texts("resource-name").into_iter().map(Value::from).collect();
    let mut groups: Vec<(&str, Vec<Value>)> = Vec::new();
    for typed in resources {
        let (word, sub) = typed.split_once('/').unwrap_or((typed, ""));
        let found = Resource::parse_list(word).ok().and_then(|found| found.first().copied());
        let Some(found) = found else {
            return fail(format!("the server doesn't have a resource type {word:?}"));
        };
        let slash = if sub.is_empty() { "" } else { "/" };
        let told = Value::from(format!("{}{slash}{sub}", found.plural()));
        match groups.iter_mut().find(|(group, _)| *group == found.group()) {
            Some((_, resources)) => resources.push(told),
            None => groups.push((found.group(), vec![told])),
        }
    }
    crate::order::sort_by(&mut groups, |(a, _), (b, _)| a.cmp(b));
    let mut rules: Vec<Value> = Vec::new();
    for (group, resources) in groups {
        let mut rule = map([
            ("apiGroups", vec![group.into()].into()),
            ("resources", resources.into()),
            ("verbs", verbs.clone().into()),
        ]);
        if !names.is_empty() {
            *rule.entry("resourceNames") = names.clone().into();
        }
        rules.push(rule);
    }
    if !urls.is_empty() {
        let urls: Vec<Value> = urls.into_iter().map(Value::from).collect();
        rules.push(map([("nonResourceURLs", urls.into()), ("verbs", verbs.into())]));
    }
    let mut value = object(kind, &name);
    *value.entry("rules") = rules.into();
    printed(session, &value, &name)
}

fn binding(
    session: &mut Session<'_>,
    kind: &str,
    name: &str,
    (role_kind, role): (&str, &str),
) -> Result<(), Error> {
    let args = &session.args;
    let mut subjects: Vec<Value> = Vec::new();
    for &(flag, kind) in &[("user", "User"), ("group", "Group")] {
        for who in args.each(flag) {
            subjects.push(map([
                ("apiGroup", GROUP.into()),
                ("kind", kind.into()),
                ("name", who.into()),
            ]));
        }
    }
    for who in args.each("serviceaccount") {
        let Some((namespace, name)) = who.split_once(':') else {
            return fail("serviceaccount must be <namespace>:<name>");
        };
        subjects.push(map([
            ("kind", "ServiceAccount".into()),
            ("name", name.into()),
            ("namespace", namespace.into()),
        ]));
    }
    let mut value = object(kind, name);
    *value.entry("roleRef") =
        map([("apiGroup", GROUP.into()), ("kind", role_kind.into()), ("name", role.into())]);
    if !subjects.is_empty() {
        *value.entry("subjects") = subjects.into();
    }
    printed(session, &value, name)
}
