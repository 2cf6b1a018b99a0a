//! What an editor says, on manifests as they are while one types.

use super::*;
use crate::{Cluster, Command, Config};

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: registry.example/web:v1
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: b}
";

fn cluster() -> Cluster {
    let mut cluster = Cluster::new(Config::with_seed(7));
    assert_eq!(cluster.apply(&Command::apply(WEB)).code, 0);
    cluster
}

/// The completions at the bar, with the text that each writes where that is more than its label.
fn completions(text: &str) -> String {
    let at = text.find('|').expect("a bar");
    let text = [&text[..at], &text[at + 1..]].concat();
    let (_, found) = complete(&cluster(), &text, at);
    let words = found.iter().take(4).map(|each| match each.text.strip_prefix(&each.label) {
        Some("" | ": ") | None => each.label.clone(),
        Some(more) => format!("{}{}", each.label, more.replace('\n', "⏎").replace(' ', "·")),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn fields_follow_from_the_place_and_those_that_are_there_are_left_out() {
    let head = "apiVersion: apps/v1\nkind: Deployment\n";
    let container = "spec:\n  template:\n    spec:\n      containers:\n      - name: a\n        ";
    for (text, expected) in [
        ("|", "kind apiVersion metadata:⏎·· spec:⏎··"),
        ("kind: Dep|", "Deployment"),
        ("kind: Deployment\napiVersion: |", "apps/v1"),
        ("apiVersion: policy/v1\nkind: |", "PodDisruptionBudget"),
        (&format!("{head}|"), "metadata:⏎·· spec:⏎··"),
        (&format!("{head}spec:\n  rep|"), "replicas"),
        (&format!("{head}spec:\n  replicas: 3\n  rep|"), ""),
        (&format!("{head}spec:\n  pau|\n  paused: true"), ""),
        (&format!("{head}spec:\n  paused: |"), "true false"),
        (&format!("{head}spec:\n  strategy:\n    type: R|"), "Recreate RollingUpdate"),
        (&format!("{head}spec: {{strategy: {{ty|"), "type"),
        (&format!("{head}{container}imagePull|"), "imagePullPolicy"),
        (&format!("{head}{container}imagePullPolicy: |"), "Always IfNotPresent Never"),
        (&format!("{head}{container}readi|"), "readinessProbe:⏎··········"),
        (&format!("{head}{container}por|"), "ports:⏎··········-·"),
        (
            &format!("{head}{container}image: registry.example/w|"),
            "registry.example/web:v1 registry.example/web:latest",
        ),
        (&format!("{head}{container}resources: {{limits: {{cp|"), "cpu"),
        (&format!("{head}{container}envFrom:\n        - configMapRef: {{name: |"), "settings"),
        ("kind: Service\nspec:\n  selector:\n    |", "app"),
        ("kind: Service\nspec:\n  selector:\n    app: |", "web"),
        (&format!("{head}{container}args:\n        - |-\n          echo\n          a|"), ""),
    ] {
        // The bar of a block of text is not the cursor.
        let text = text.replacen("- |-", "- >-", 1);
        assert_eq!(completions(&text), expected, "{text}");
    }
}

#[test]
fn a_completion_says_what_it_is() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  ";
    let (from, found) = complete(&cluster(), text, text.len());
    assert_eq!(from, text.len());
    assert_eq!(
        (found[0].label.as_str(), found[0].detail.as_str()),
        ("selector", "LabelSelector, required")
    );
    assert!(found.iter().all(|each| !each.about.is_empty()));
}

#[test]
fn a_field_is_explained_at_its_name_and_at_its_value() {
    let at = |needle: &str| {
        let found = explain(WEB, WEB.find(needle).expect("in the text") + 1)?;
        Some(format!("{} <{}>", found.path, found.type_))
    };
    assert_eq!(at("replicas").as_deref(), Some("deployment.spec.replicas <integer>"));
    assert_eq!(at("3\n").as_deref(), Some("deployment.spec.replicas <integer>"));
    assert_eq!(
        at("image:").as_deref(),
        Some("deployment.spec.template.spec.containers.image <string>")
    );
    assert_eq!(
        at("registry").as_deref(),
        Some("deployment.spec.template.spec.containers.image <string>")
    );
    assert_eq!(
        at("matchLabels").as_deref(),
        Some("deployment.spec.selector.matchLabels <map[string]string>")
    );
    assert_eq!(at("settings").as_deref(), Some("configmap.metadata.name <string>"));
    assert_eq!(at("---").as_deref(), None);
}

#[test]
fn no_place_breaks_the_readers() {
    let cluster = cluster();
    for (at, _) in WEB.char_indices() {
        explain(WEB, at);
        complete(&cluster, WEB, at);
        complete(&cluster, &WEB[..at], at);
    }
}
