//! Suspicions about what stands beside a Deployment: autoscalers, disruption budgets, and other
//! Deployments with the same selector.

use super::judge::Check;
use super::rehearsal::Scene;
use super::subject::{Subject, namespace};
use super::{Candidate, Severity, Suspicion};
use crate::api::{DataObject, Deployment, IntOrPercent, Kind, LabelSelector, Value};

pub(super) fn suspicions(subject: &Subject) -> Vec<Suspicion> {
    let mut found = Vec::new();
    for (_, autoscaler) in subject.data(Kind::HorizontalPodAutoscaler) {
        found.extend(replicas_and_autoscaler(subject, autoscaler));
    }
    for (item, budget) in subject.data(Kind::PodDisruptionBudget) {
        found.extend(budget_blocks(subject, item, budget));
    }
    let all: Vec<(usize, &Deployment)> = subject.deployments().collect();
    for (index, (item, deployment)) in all.iter().enumerate() {
        let other = all[..index].iter().find(|(_, other)| overlap(deployment, other));
        if let Some((other_item, other)) = other {
            found.push(same_selector(subject, [*other_item, *item], deployment, other));
        }
    }
    found
}

fn overlap(a: &Deployment, b: &Deployment) -> bool {
    namespace(&a.meta.namespace) == namespace(&b.meta.namespace)
        && (a.spec.selector.matches(&b.spec.template.labels)
            || b.spec.selector.matches(&a.spec.template.labels))
}

fn same_selector(
    subject: &Subject,
    items: [usize; 2],
    deployment: &Deployment,
    other: &Deployment,
) -> Suspicion {
    let title = "give both a label part in selector and pods".to_owned();
    let text = told_apart(subject, items);
    // It is told at the one whose selector takes the other's pods.
    let is_mine = deployment.spec.selector.matches(&other.spec.template.labels);
    let item = if is_mine { items[1] } else { items[0] };
    let (mine, theirs) = if is_mine { (deployment, other) } else { (other, deployment) };
    Suspicion {
        id: "overlapping-selectors",
        severity: Severity::Risk,
        title: "Two Deployments select the same pods",
        item,
        path: "spec.selector".to_owned(),
        explanation: format!(
            "The selector of deployment/{}, {}, also matches the pods of deployment/{}. ReplicaSets keep \
             to their own pods, but Services, budgets, autoscalers, kubectl logs and kubectl get -l take \
             both; and a selector cannot be changed later.",
            mine.meta.name,
            mine.spec.selector.to_text(),
            theirs.meta.name
        ),
        check: Check::Strangers,
        scene: Scene::Release,
        is_told_anyway: false,
        candidates: text.map(|text| (title, text)).into_iter().collect(),
    }
}

/// The text with a label that tells two Deployments apart, in the selectors and the pods of both.
fn told_apart(subject: &Subject, items: [usize; 2]) -> Option<String> {
    let paths: [&[&str]; 2] = [
        &["spec", "selector", "matchLabels", "part"],
        &["spec", "template", "metadata", "labels", "part"],
    ];
    let mut text = subject.text.clone();
    for item in items {
        let name = Value::from(&subject.items[item].object.meta().name);
        for path in paths {
            text = subject.set_in(&text, item, path, &name)?;
        }
    }
    Some(text)
}

fn replicas_and_autoscaler(subject: &Subject, autoscaler: &DataObject) -> Option<Suspicion> {
    let target = autoscaler.at(&["spec", "scaleTargetRef"]);
    if target.get("kind") != Some(&Value::text("Deployment")) {
        return None;
    }
    let name = target.get("name")?.as_str()?;
    let is_target = |(_, it): &(usize, &Deployment)| {
        &*it.meta.name == name
            && namespace(&it.meta.namespace) == namespace(&autoscaler.meta.namespace)
    };
    let (item, deployment) = subject.deployments().find(is_target)?;
    subject.items[item].typed.at(&["spec", "replicas"])?;
    let number = |key: &str| autoscaler.at(&["spec", key]).as_int().unwrap_or(1);
    let text = subject.remove(item, &["spec", "replicas"]);
    Some(Suspicion {
        id: "replicas-and-autoscaler",
        severity: Severity::Risk,
        title: "The manifest and the autoscaler both set the size",
        item,
        path: "spec.replicas".to_owned(),
        explanation: format!(
            "The manifest says replicas: {}, the autoscaler keeps the Deployment between {} and {}. Every \
             kubectl apply sets it back to {0}, until the autoscaler looks again.",
            deployment.spec.replicas,
            number("minReplicas"),
            number("maxReplicas")
        ),
        check: Check::Resized,
        scene: Scene::SecondApply,
        is_told_anyway: true,
        candidates: text
            .map(|text| ("leave replicas to the autoscaler".to_owned(), text))
            .into_iter()
            .collect(),
    })
}

fn budget_blocks(subject: &Subject, item: usize, budget: &DataObject) -> Option<Suspicion> {
    let selector = LabelSelector::read(budget.at(&["spec", "selector"]));
    let is_meant = |(_, it): &(usize, &Deployment)| {
        namespace(&it.meta.namespace) == namespace(&budget.meta.namespace)
            && selector.matches(&it.spec.template.labels)
    };
    let (number, deployment) = subject.deployments().find(is_meant)?;
    let replicas = deployment.spec.replicas;
    let bound = |key: &str| {
        let typed = budget.at(&["spec", key]).scalar_text()?;
        IntOrPercent::parse(&typed).scaled(replicas, true).ok()
    };
    let (key, says, allowed) = match (bound("minAvailable"), bound("maxUnavailable")) {
        (Some(least), _) => ("minAvailable", format!("minAvailable is {least}"), replicas - least),
        (None, Some(most)) => ("maxUnavailable", format!("maxUnavailable is {most}"), most),
        (None, None) => return None,
    };
    if allowed > 0 {
        return None;
    }
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut add = |title: String, item: usize, path: &[&str], value: i32| {
        let text = subject.set(item, path, &Value::from(value), "");
        candidates.extend(text.map(|text| (title, text)));
    };
    match key {
        "minAvailable" if replicas > 1 => {
            let title = format!("let one go: minAvailable {}", replicas - 1);
            add(title, item, &["spec", "minAvailable"], replicas - 1);
        }
        "minAvailable" => add("run 2 replicas".to_owned(), number, &["spec", "replicas"], 2),
        _ => add("let one go: maxUnavailable 1".to_owned(), item, &["spec", "maxUnavailable"], 1),
    }
    Some(Suspicion {
        id: "budget-blocks-drain",
        severity: Severity::Risk,
        title: "The disruption budget lets no pod go",
        item,
        path: format!("spec.{key}"),
        explanation: format!(
            "{says}, and deployment/{} has {replicas}: so {} may be evicted. A drain of a node with such a \
             pod never ends, and node upgrades wait for it.",
            deployment.meta.name,
            allowed.max(0)
        ),
        check: Check::Drain,
        scene: Scene::Drain(item),
        is_told_anyway: true,
        candidates,
    })
}
