//! What a release in a [`Way`] needs: the manifest it begins with, and the commands of its stages.

use super::Way;
use crate::api::pod_template::image_tag;
use crate::api::{Name, Value};
use crate::manifest;

/// The label that tells the two Deployments of a release apart.
const TRACK: &str = "track";

/// A step of a release.
pub(super) enum Stage {
    /// A kubectl command, without the leading `kubectl`.
    Type(String),
    /// `kubectl apply -f -` with this manifest.
    Apply(String),
    /// Waits until this Deployment is complete.
    Complete(Name),
    /// Lets the clients judge.
    Watch,
    /// The moment at which one would take the release back.
    Checkpoint,
}

/// What releases the next version of a Deployment.
pub(crate) struct Release {
    /// The kubectl command, without the leading `kubectl`.
    pub(crate) line: String,
    /// The version after.
    pub(crate) next: Name,
}

impl Release {
    /// That of a Deployment as it was typed.
    pub(crate) fn of(deployment: &Value, name: &str) -> Self {
        let next = next_version(&version(deployment));
        Self { line: format!("set env deployment/{name} VERSION={next}"), next }
    }
}

/// A release as commands.
pub(super) struct Plan {
    /// What is applied first.
    pub(super) manifest: String,
    /// The Deployment that is released.
    pub(super) deployment: Name,
    release: String,
    /// The version after.
    pub(super) next: Name,
    pub(super) stages: Vec<Stage>,
    /// What takes the release back.
    pub(super) undo: Vec<String>,
}

impl Plan {
    /// Plans to release the first Deployment of a manifest.
    pub(super) fn of(text: &str, way: Way) -> Result<Self, String> {
        let parsed = manifest::parse(text);
        if let Some(problem) = parsed.documents.iter().find_map(|it| it.syntax_error.clone()) {
            return Err(problem);
        }
        let mut objects: Vec<Value> =
            parsed.documents.into_iter().map(|document| document.value).collect();
        let is_deployment = |object: &Value| object.get("kind") == Some(&Value::text("Deployment"));
        let index = objects.iter().position(is_deployment);
        let index = index.ok_or("the manifest has no Deployment to release")?;
        let original = objects[index].clone();
        let name = name_of(&original).ok_or("the Deployment has no name")?;
        let Release { line, next } = Release::of(&original, &name);
        let mut plan = Self {
            manifest: String::new(),
            deployment: name.clone(),
            release: line,
            next,
            stages: Vec::new(),
            undo: vec![format!("rollout undo deployment/{name}")],
        };
        let replicas = original.at(&["spec", "replicas"]).and_then(Value::as_int).unwrap_or(1);
        match way {
            Way::AsWritten => plan.roll(),
            Way::Rolling => {
                set_strategy(&mut objects[index], Some(("25%", "25%")));
                plan.roll();
            }
            Way::InPlace => {
                set_strategy(&mut objects[index], Some(("0", "1")));
                plan.roll();
            }
            Way::Recreate => {
                set_strategy(&mut objects[index], None);
                plan.roll();
            }
            Way::BlueGreen => {
                let labels = template_labels(&original);
                let mut services = Vec::new();
                for object in objects.iter_mut().filter(|object| selects(object, &labels)) {
                    label(object.entry("spec").entry("selector"), "blue");
                    services.extend(name_of(object));
                }
                if services.is_empty() {
                    return Err("no Service of the manifest sends to the Deployment".to_owned());
                }
                track(&mut objects[index], "blue");
                plan.blue_green(&services, &original);
            }
            Way::Canary => {
                track(&mut objects[index], "stable");
                plan.canary(&original, replicas);
            }
        }
        plan.manifest = text_of(&objects);
        Ok(plan)
    }

    fn complete(&mut self, deployment: &str) {
        self.stages.push(Stage::Complete(deployment.into()));
    }

    fn command(&mut self, line: String) {
        self.stages.push(Stage::Type(line));
    }

    fn roll(&mut self) {
        self.command(self.release.clone());
        self.complete(&self.deployment.clone());
    }

    /// A second Deployment, then the selector of every Service that sends to the first.
    fn blue_green(&mut self, services: &[Name], original: &Value) {
        let green = self.second(original, "green", None);
        self.complete(&green);
        for name in services {
            let patch = |track| {
                format!(
                    r#"patch service {name} -p '{{"spec":{{"selector":{{"{TRACK}":"{track}"}}}}}}'"#
                )
            };
            self.command(patch("green"));
            self.undo.push(patch("blue"));
        }
        self.undo.remove(0);
        self.stages.extend([Stage::Watch, Stage::Checkpoint]);
        self.command(format!("scale deployment/{} --replicas=0", self.deployment));
        self.complete(&self.deployment.clone());
    }

    /// A tenth of the pods in a second Deployment, then the rest.
    fn canary(&mut self, original: &Value, replicas: i64) {
        let few = (replicas / 10).max(1);
        let name = self.deployment.clone();
        let size = |name: &str, replicas| format!("scale deployment/{name} --replicas={replicas}");
        let canary = self.second(original, "canary", Some(few));
        self.command(size(&name, (replicas - few).max(1)));
        self.complete(&canary);
        self.stages.extend([Stage::Watch, Stage::Checkpoint]);
        self.undo = vec![size(&canary, 0), size(&name, replicas)];
        self.roll();
        self.command(size(&name, replicas));
        self.complete(&name);
        self.command(size(&canary, 0));
        self.complete(&canary);
    }

    /// Applies a Deployment of the next version beside the first one; its name.
    fn second(&mut self, original: &Value, track_name: &str, replicas: Option<i64>) -> Name {
        let mut second = original.clone();
        let name: Name = format!("{}-{track_name}", self.deployment).into();
        *second.entry("metadata").entry("name") = Value::from(&name);
        if let Some(replicas) = replicas {
            *second.entry("spec").entry("replicas") = Value::Int(replicas);
        }
        track(&mut second, track_name);
        give_version(&mut second, &self.next);
        self.stages.push(Stage::Apply(second.to_json()));
        name
    }
}

fn name_of(object: &Value) -> Option<Name> {
    object.at(&["metadata", "name"]).and_then(Value::as_name).cloned()
}

/// The labels of a Deployment's pods.
fn template_labels(deployment: &Value) -> Value {
    let labels = deployment.at(&["spec", "template", "metadata", "labels"]);
    labels.cloned().unwrap_or_default()
}

/// Whether this is a Service that sends to pods with these labels.
fn selects(object: &Value, labels: &Value) -> bool {
    let selector = object.at(&["spec", "selector"]).and_then(Value::as_map);
    object.get("kind") == Some(&Value::text("Service"))
        && selector.is_some_and(|selector| {
            !selector.is_empty()
                && selector.iter().all(|(key, value)| labels.get(key) == Some(value))
        })
}

/// Tells a Deployment's pods apart by a label.
fn track(deployment: &mut Value, name: &str) {
    let spec = deployment.entry("spec");
    label(spec.entry("selector").entry("matchLabels"), name);
    label(spec.entry("template").entry("metadata").entry("labels"), name);
}

fn label(labels: &mut Value, name: &str) {
    *labels.entry(TRACK) = Value::text(name);
}

/// `RollingUpdate` with these bounds; `Recreate` without.
fn set_strategy(deployment: &mut Value, bounds: Option<(&str, &str)>) {
    let strategy = deployment.entry("spec").entry("strategy");
    *strategy = Value::map();
    let Some((surge, unavailable)) = bounds else {
        *strategy.entry("type") = Value::text("Recreate");
        return;
    };
    let number = |text: &str| text.parse().map_or_else(|_| Value::text(text), Value::Int);
    *strategy.entry("type") = Value::text("RollingUpdate");
    *strategy.entry("rollingUpdate").entry("maxSurge") = number(surge);
    *strategy.entry("rollingUpdate").entry("maxUnavailable") = number(unavailable);
}

fn containers(deployment: &mut Value) -> &mut [Value] {
    let spec = deployment.entry("spec").entry("template").entry("spec");
    spec.entry("containers").as_list_mut().map_or(&mut [], Vec::as_mut_slice)
}

/// The version a person would name, as [`crate::api::PodSpecView::version`] has it.
fn version(deployment: &Value) -> Name {
    let containers = deployment.at(&["spec", "template", "spec", "containers"]);
    let Some(first) = containers.and_then(Value::as_list).and_then(<[Value]>::first) else {
        return "".into();
    };
    let env = first.get("env").and_then(Value::as_list).unwrap_or_default();
    let declared = env.iter().find(|entry| entry.get("name") == Some(&Value::text("VERSION")));
    if let Some(value) = declared.and_then(|entry| entry.get("value")) {
        return value.scalar_text().unwrap_or_default();
    }
    let image = first.get("image").and_then(Value::as_str).unwrap_or_default();
    image_tag(image).into()
}

/// Does what `kubectl set env VERSION=…` does.
fn give_version(deployment: &mut Value, version: &Name) {
    for container in containers(deployment) {
        let env = container.entry("env");
        if env.as_list().is_none() {
            *env = Value::List(Vec::new());
        }
        let Some(entries) = env.as_list_mut() else { continue };
        entries.retain(|entry| entry.get("name") != Some(&Value::text("VERSION")));
        let mut entry = Value::map();
        *entry.entry("name") = Value::text("VERSION");
        *entry.entry("value") = Value::from(version);
        entries.push(entry);
    }
}

/// Objects as a manifest.
fn text_of(objects: &[Value]) -> String {
    objects.iter().map(Value::to_json).collect::<Vec<String>>().join("\n---\n")
}

/// The version after this one: the number at its end counted on.
fn next_version(version: &str) -> Name {
    let stem = version.trim_end_matches(|letter: char| letter.is_ascii_digit());
    match version[stem.len()..].parse::<u64>() {
        Ok(number) => format!("{stem}{}", number.saturating_add(1)).into(),
        Err(_) => "next".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_on() {
        let cases =
            [("v1", "v2"), ("1.27", "1.28"), ("v9", "v10"), ("latest", "next"), ("", "next")];
        for (version, next) in cases {
            assert_eq!(&*next_version(version), next);
        }
    }
}
