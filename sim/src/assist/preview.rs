//! What applying a text would come to, before it is done: for each object the difference, as `kubectl
//! diff` finds it, and what follows from it, in words.

use super::differences::{Difference, differences};
use crate::api::deployment::{LAST_APPLIED, Strategy};
use crate::api::{Deployment, Kind, ReplicaSet, Value};
use crate::apiserver::AnyObject;
use crate::cluster::Cluster;
use crate::controller::deployment::replica_sets::find_new_replica_set;
use crate::kubectl::diff::{self, Change};
use crate::kubectl::unified;
use crate::manifest::to_yaml;

/// The most fields that are named in a sentence.
const NAMED: usize = 2;
/// The longest value that is shown in a sentence, in characters.
const VALUE: usize = 24;

/// What follows from applying a document, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The cluster has all of it already.
    Nothing,
    /// Something changes, and no pod and no request is touched by it.
    Settings,
    /// Pods are added or taken away; no revision.
    Scales,
    /// The object is new.
    Creates,
    /// Requests go elsewhere.
    Traffic,
    /// Pods are replaced.
    Rollout,
    /// The API server would not take it.
    Refused,
}

/// What becomes of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Such as `deployment/web`; `a document` where it is refused.
    pub object: String,
    /// In short.
    pub effect: Effect,
    /// In a sentence, without the object's name and a full stop.
    pub words: String,
    /// The lines that differ, as `diff -u` prints them; empty for new objects.
    pub diff: String,
}

/// What applying `text` would come to, object by object. The cluster stays as it is.
pub fn preview(cluster: &Cluster, text: &str) -> Vec<Preview> {
    let mut copy = cluster.clone();
    let changes = diff::changes(&mut copy, text);
    changes.into_iter().map(|change| of(cluster, change)).collect()
}

fn of(cluster: &Cluster, change: Result<Change, String>) -> Preview {
    let change = match change {
        Ok(change) => change,
        Err(sentence) => {
            let sentence = sentence.trim().trim_start_matches("error: ").to_owned();
            let words = format!("would be refused: {sentence}");
            let object = "a document".to_owned();
            return Preview { object, effect: Effect::Refused, words, diff: String::new() };
        }
    };
    let object = format!("{}/{}", change.kind.as_str().to_ascii_lowercase(), change.name);
    if change.live == Value::Null {
        let words = created(&change);
        return Preview { object, effect: Effect::Creates, words, diff: String::new() };
    }
    let (live, merged) = (typed(&change.live), typed(&change.merged));
    let found = differences(&live, &merged);
    if found.is_empty() {
        let words = "nothing changes".to_owned();
        return Preview { object, effect: Effect::Nothing, words, diff: String::new() };
    }
    let diff = unified::hunks(&to_yaml(&live), &to_yaml(&merged));
    let (effect, words) = consequence(cluster, &change, &found);
    Preview { object, effect, words, diff }
}

/// The data that people write: without status and what the API server keeps.
fn typed(data: &Value) -> Value {
    let mut data = data.clone();
    if let Some(map) = data.as_map_mut() {
        map.remove("status");
    }
    if let Some(meta) = data.entry("metadata").as_map_mut() {
        for key in ["generation", "resourceVersion", "uid", "creationTimestamp", "managedFields"] {
            meta.remove(key);
        }
        if let Some(map) = meta.get_mut("annotations").and_then(Value::as_map_mut) {
            map.remove(LAST_APPLIED);
        }
    }
    data
}

fn created(change: &Change) -> String {
    let replicas = change.merged.at(&["spec", "replicas"]).and_then(Value::as_int);
    match (change.kind, replicas) {
        (Kind::Deployment, Some(0)) => "is created, without pods".to_owned(),
        (Kind::Deployment, Some(replicas)) => {
            format!("is created, with a ReplicaSet of {}", pods(replicas))
        }
        (Kind::ReplicaSet, Some(replicas)) => format!("is created, with {}", pods(replicas)),
        _ => "is created".to_owned(),
    }
}

fn pods(count: i64) -> String {
    if count == 1 { "1 pod".to_owned() } else { format!("{count} pods") }
}

fn consequence(cluster: &Cluster, change: &Change, found: &[Difference]) -> (Effect, String) {
    let below = |path: &str| -> Vec<&Difference> {
        let is_below = |each: &&Difference| {
            each.path
                .strip_prefix(path)
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        found.iter().filter(is_below).collect()
    };
    match (&change.object, change.kind) {
        (AnyObject::Deployment(wanted), _) => {
            let template = below("spec.template");
            deployment(cluster, wanted, found, &template)
        }
        (AnyObject::ReplicaSet(_), _) if !below("spec.template").is_empty() => {
            let named = named(&below("spec.template"), "spec.template.");
            let words = format!(
                "changes the pod template ({named}): running pods stay as they are, only new ones \
                 follow it"
            );
            (Effect::Settings, words)
        }
        (AnyObject::ReplicaSet(_), _) if !below("spec.replicas").is_empty() => {
            (Effect::Scales, scaled(below("spec.replicas")[0]))
        }
        (AnyObject::Service(_), _) if !below("spec.selector").is_empty() => {
            let named = named(&below("spec.selector"), "spec.selector.");
            let words =
                format!("changes the Service's selector ({named}): all traffic moves at once");
            (Effect::Traffic, words)
        }
        (_, Kind::HttpRoute | Kind::Ingress) if !below("spec").is_empty() => {
            let named = named(&below("spec"), "spec.");
            (Effect::Traffic, format!("changes where requests go ({named}), at once"))
        }
        (_, Kind::ConfigMap | Kind::Secret) if below("metadata").len() < found.len() => {
            let words = format!(
                "changes {}: running pods keep the variables they were started with, mounted files \
                 follow after a while; no rollout",
                named(&found.iter().collect::<Vec<_>>(), "")
            );
            (Effect::Settings, words)
        }
        _ => (Effect::Settings, settings(found)),
    }
}

fn deployment(
    cluster: &Cluster,
    wanted: &Deployment,
    found: &[Difference],
    template: &[&Difference],
) -> (Effect, String) {
    let scale = found.iter().find(|each| each.path == "spec.replicas");
    let paused = found.iter().find(|each| each.path == "spec.paused");
    let mut parts = Vec::new();
    let mut effect = Effect::Settings;
    if !template.is_empty() {
        let fields = named(template, "spec.template.");
        let follows = rollout(cluster, wanted);
        if !wanted.spec.paused {
            effect = Effect::Rollout;
        }
        parts.push(format!("changes the pod template ({fields}) → {follows}"));
    }
    if let Some(scale) = scale {
        effect = effect.max(Effect::Scales);
        let and = if template.is_empty() { ": no new revision" } else { "" };
        let only = if template.is_empty() && found.len() == 1 { "only " } else { "" };
        parts.push(format!("{only}{}{and}", scaled(scale)));
    }
    if paused.is_some() {
        let word = if wanted.spec.paused { "pauses rollouts" } else { "resumes the rollout" };
        parts.push(word.to_owned());
        if !wanted.spec.paused {
            effect = effect.max(Effect::Rollout);
        }
    }
    if parts.is_empty() {
        return (Effect::Settings, settings(found));
    }
    (effect, parts.join("; "))
}

/// What a changed template leads to.
fn rollout(cluster: &Cluster, wanted: &Deployment) -> String {
    if wanted.spec.paused {
        return "nothing yet: the Deployment is paused".to_owned();
    }
    let sets: Vec<_> = cluster
        .api()
        .list::<ReplicaSet>()
        .iter()
        .filter(|rs| rs.meta.controller().is_some_and(|owner| owner.uid == wanted.meta.uid))
        .cloned()
        .collect();
    let way = match wanted.spec.strategy {
        Strategy::Recreate => "and all old pods stop before new ones start",
        Strategy::RollingUpdate { .. } => "and a rollout",
    };
    match find_new_replica_set(&wanted.spec.template, &sets) {
        Some(rs) => format!("back to the ReplicaSet of revision {} {way}", rs.revision()),
        None => format!("a new ReplicaSet {way}"),
    }
}

fn scaled(scale: &Difference) -> String {
    let number = |value: &Value| value.as_int().unwrap_or(1);
    format!("scales from {} to {}", number(&scale.old), pods(number(&scale.new)))
}

fn settings(found: &[Difference]) -> String {
    let all: Vec<&Difference> = found.iter().collect();
    format!("changes {}: no pod is touched", named(&all, "spec."))
}

/// The fields that change, with their values where these are short.
fn named(found: &[&Difference], prefix: &str) -> String {
    let mut words: Vec<String> = found
        .iter()
        .take(NAMED)
        .map(|each| {
            let path = each.path.strip_prefix(prefix).unwrap_or(&each.path);
            let path = path.strip_prefix("spec.").unwrap_or(path);
            match (short(&each.old), short(&each.new)) {
                (Some(old), Some(new)) => format!("{path} {old} → {new}"),
                _ => path.to_owned(),
            }
        })
        .collect();
    if found.len() > NAMED {
        words.push(format!("and {} more", found.len() - NAMED));
    }
    words.join(", ")
}

fn short(value: &Value) -> Option<String> {
    if *value == Value::Null {
        return Some("none".to_owned());
    }
    let text = value.scalar_text()?;
    (text.chars().count() <= VALUE && !text.contains('\n')).then(|| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Command, Config, Duration};

    const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: 'nginx:1'}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {a: b}
";

    fn cluster() -> Cluster {
        let mut cluster = Cluster::new(Config::with_seed(7));
        assert_eq!(cluster.apply(&Command::apply(WEB)).code, 0);
        cluster.advance_to(cluster.now() + Duration::from_secs(5), u64::MAX);
        cluster
    }

    /// What is said of all objects that change.
    fn said(cluster: &Cluster, text: &str) -> String {
        let changes = preview(cluster, text).into_iter();
        let changes = changes.filter(|each| each.effect != Effect::Nothing);
        let lines: Vec<String> =
            changes.map(|each| format!("{} {}", each.object, each.words)).collect();
        lines.join("\n")
    }

    #[test]
    fn new_objects_are_created_and_known_ones_left_alone() {
        let empty = Cluster::new(Config::with_seed(7));
        assert_eq!(
            said(&empty, WEB),
            "deployment/web is created, with a ReplicaSet of 3 pods\nservice/web is created\n\
             configmap/c is created"
        );
        assert_eq!(said(&cluster(), WEB), "");
    }

    #[test]
    fn each_change_is_told_with_what_follows() {
        let cluster = cluster();
        for (from, to, expected) in [
            (
                "nginx:1",
                "nginx:2",
                "deployment/web changes the pod template (containers[web].image nginx:1 → nginx:2) → \
                 a new ReplicaSet and a rollout",
            ),
            (
                "replicas: 3",
                "replicas: 1",
                "deployment/web only scales from 3 to 1 pod: no new revision",
            ),
            (
                "replicas: 3",
                "minReadySeconds: 5",
                "deployment/web scales from 3 to 1 pod: no new revision",
            ),
            (
                "replicas: 3",
                "replicas: 3\n  minReadySeconds: 5",
                "deployment/web changes minReadySeconds none → 5: no pod is touched",
            ),
            ("replicas: 3", "replicas: 3\n  paused: true", "deployment/web pauses rollouts"),
            (
                "{selector: {app: web}",
                "{selector: {app: other}",
                "service/web changes the Service's selector (app web → other): all traffic moves at once",
            ),
            (
                "data: {a: b}",
                "data: {a: c}",
                "configmap/c changes data.a b → c: running pods keep the variables they were started \
                 with, mounted files follow after a while; no rollout",
            ),
        ] {
            assert_eq!(said(&cluster, &WEB.replacen(from, to, 1)), expected, "{to}");
        }
    }

    #[test]
    fn what_is_refused_is_told_in_the_servers_words() {
        let text = WEB.replace("matchLabels: {app: web}", "matchLabels: {app: x}");
        let found = preview(&cluster(), &text.replace("labels: {app: web}", "labels: {app: x}"));
        assert_eq!(found[0].effect, Effect::Refused);
        assert!(found[0].words.contains("field is immutable"), "{}", found[0].words);
        assert_eq!(preview(&cluster(), "a: [")[0].effect, Effect::Refused);
    }

    #[test]
    fn going_back_is_told_by_its_revision_and_a_paused_rollout_waits() {
        let mut cluster = cluster();
        let second = WEB.replace("nginx:1", "nginx:2");
        cluster.apply(&Command::apply(&second));
        cluster.advance_to(cluster.now() + Duration::from_secs(60), u64::MAX);
        assert!(
            said(&cluster, WEB).ends_with("→ back to the ReplicaSet of revision 1 and a rollout")
        );
        let recreate = WEB.replace("replicas: 3", "replicas: 3\n  strategy: {type: Recreate}");
        assert!(said(&cluster, &recreate).contains("and all old pods stop before new ones start"));
        let paused = WEB.replace("replicas: 3", "replicas: 3\n  paused: true");
        let words = said(&cluster, &paused);
        assert!(
            words.contains("→ nothing yet: the Deployment is paused; pauses rollouts"),
            "{words}"
        );
    }

    #[test]
    fn the_difference_leaves_out_what_nobody_types() {
        let found = preview(&cluster(), &WEB.replace("replicas: 3", "replicas: 4"));
        let diff = &found[0].diff;
        let changed: Vec<&str> = diff.lines().filter(|line| line.starts_with(['+', '-'])).collect();
        assert_eq!(changed, ["-  replicas: 3", "+  replicas: 4"]);
    }
}
