//! Suspicions about Services: which pods they select, on which port, and whose.

use super::judge::Check;
use super::rehearsal::Scene;
use super::subject::{Subject, namespace};
use super::{Candidate, Severity, Suspicion};
use crate::api::service::TargetPort;
use crate::api::{Deployment, Labels, Name, Service, Value};
use crate::manifest::Object;
use crate::manifest::diagnostic::did_you_mean;

pub(super) fn suspicions(subject: &Subject) -> Vec<Suspicion> {
    let mut found = Vec::new();
    for (item, service) in subject.services() {
        if service.spec.selector.is_empty() {
            continue;
        }
        let place = namespace(&service.meta.namespace);
        let near =
            |deployment: &&(usize, &Deployment)| namespace(&deployment.1.meta.namespace) == place;
        let all: Vec<(usize, &Deployment)> = subject.deployments().collect();
        let near: Vec<&Deployment> = all.iter().filter(near).map(|(_, it)| *it).collect();
        let selected: Vec<&Deployment> =
            near.iter().filter(|it| service.selects(&it.spec.template.labels)).copied().collect();
        let of = Of { subject, item, service };
        match selected.as_slice() {
            [] if !of.selects_a_pod() => found.push(of.selects_nothing(&near)),
            [] => {}
            [first, others @ ..] => {
                found.extend(of.ports(first));
                let other = others.iter().find(|other| is_another_app(first, other));
                let check = if other.is_some() { Check::Mixed } else { Check::Foreign };
                let other = other.or_else(|| others.first());
                found.extend(other.map(|other| of.selects_too_much(first, other, check)));
            }
        }
    }
    found
}

/// Whether two Deployments run different programs; the tracks of a release run the same.
fn is_another_app(a: &Deployment, b: &Deployment) -> bool {
    let repository = |deployment: &Deployment| -> Option<Name> {
        let container = deployment.spec.template.spec.containers.first()?;
        let image = container.image.split('@').next().unwrap_or_default();
        let last = image.rfind('/').map_or(0, |at| at + 1);
        let end = image[last..].find(':').map_or(image.len(), |at| last + at);
        Some(image[..end].into())
    };
    repository(a) != repository(b)
}

/// Labels as kubectl prints them.
fn text(labels: &Labels) -> String {
    let parts: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    parts.join(",")
}

struct Of<'s> {
    subject: &'s Subject,
    item: usize,
    service: &'s Service,
}

impl Of<'_> {
    fn suspicion(
        &self,
        id: &'static str,
        title: &'static str,
        path: String,
        check: Check,
        explanation: String,
        candidates: Vec<Candidate>,
    ) -> Suspicion {
        Suspicion {
            id,
            severity: Severity::Failure,
            title,
            item: self.item,
            path,
            explanation,
            check,
            scene: Scene::Release,
            is_told_anyway: false,
            candidates,
        }
    }

    /// Whether a Pod or a `ReplicaSet` of the manifest is meant.
    fn selects_a_pod(&self) -> bool {
        self.subject.items.iter().any(|item| match &item.object {
            Object::Pod(pod) => self.service.selects(&pod.meta.labels),
            Object::ReplicaSet(set) => self.service.selects(&set.spec.template.labels),
            _ => false,
        })
    }

    fn selects_nothing(&self, near: &[&Deployment]) -> Suspicion {
        let selector = &self.service.spec.selector;
        // The Deployment that is called alike, or the only one.
        let names: Vec<&str> = near.iter().map(|it| &*it.meta.name).collect();
        let meant = did_you_mean(&self.service.meta.name, names);
        let meant = near.iter().find(|it| Some(&*it.meta.name) == meant);
        let meant = meant.or_else(|| near.first().filter(|_| near.len() == 1));
        let candidate = meant.and_then(|meant| {
            let wanted = &meant.spec.selector.match_labels;
            let mut data = Value::map();
            for (key, value) in wanted.iter() {
                *data.entry(key) = Value::from(value);
            }
            let title = format!("select the pods of deployment/{}", meant.meta.name);
            Some((title, self.subject.set(self.item, &["spec", "selector"], &data, "")?))
        });
        let theirs: Vec<String> = near
            .iter()
            .take(3)
            .map(|it| {
                format!(
                    "those of deployment/{} have {}",
                    it.meta.name,
                    text(&it.spec.template.labels)
                )
            })
            .collect();
        let theirs = if theirs.is_empty() {
            "the manifest has no pods in its namespace".to_owned()
        } else {
            theirs.join(", ")
        };
        let explanation = format!(
            "Service {} selects pods with {}: {theirs}. No pod matches, so it has no endpoint.",
            self.service.meta.name,
            text(selector)
        );
        self.suspicion(
            "service-selects-nothing",
            "The Service selects no pod",
            "spec.selector".to_owned(),
            Check::NoEndpoints,
            explanation,
            candidate.into_iter().collect(),
        )
    }

    /// The ports of the Service that the pods do not have.
    fn ports(&self, deployment: &Deployment) -> Vec<Suspicion> {
        let containers = &deployment.spec.template.spec.containers;
        let open = || containers.iter().flat_map(|container| &container.ports);
        let mut found = Vec::new();
        for (index, port) in self.service.spec.ports.iter().enumerate() {
            let (is_open, typed) = match &port.target_port {
                TargetPort::Number(number) => {
                    (open().any(|it| it.container_port == *number), number.to_string())
                }
                TargetPort::Name(name) => (open().any(|it| it.name == *name), name.to_string()),
            };
            if is_open {
                continue;
            }
            let index_text = index.to_string();
            let path = ["spec", "ports", &index_text, "targetPort"];
            let candidates = open().take(3).filter_map(|it| {
                let (title, value) = if it.name.is_empty() {
                    (it.container_port.to_string(), Value::from(i32::from(it.container_port)))
                } else {
                    (it.name.to_string(), Value::from(&it.name))
                };
                let changed = self.subject.set(self.item, &path, &value, "port")?;
                Some((format!("send to port {title}"), changed))
            });
            let known: Vec<String> = open()
                .map(|it| match &*it.name {
                    "" => it.container_port.to_string(),
                    name => format!("{name} ({})", it.container_port),
                })
                .collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            found.push(self.suspicion(
                "wrong-target-port",
                "The Service sends to a port that nobody opens",
                format!("spec.ports[{index}].targetPort"),
                Check::WrongPort,
                format!(
                    "Port {} of Service {} goes to port {typed} of the pods; the containers of \
                     deployment/{} name these ports: {known}.",
                    port.port, self.service.meta.name, deployment.meta.name
                ),
                candidates.collect(),
            ));
        }
        found
    }

    fn selects_too_much(&self, first: &Deployment, other: &Deployment, check: Check) -> Suspicion {
        let (mine, others) = (&first.spec.template.labels, &other.spec.template.labels);
        // The one that is called like the Service is meant.
        let is_other = other.meta.name == self.service.meta.name;
        let (meant, mine, others) =
            if is_other { (other, others, mine) } else { (first, mine, others) };
        let telling = mine.iter().find(|(key, value)| others.get(*key) != Some(*value));
        let candidate = telling.and_then(|(key, value)| {
            let title =
                format!("select {key}={value} too: the pods of deployment/{}", meant.meta.name);
            let path = ["spec", "selector", &**key];
            Some((title, self.subject.set(self.item, &path, &Value::from(value), "")?))
        });
        let explanation = format!(
            "Service {} selects {}, which the pods of deployment/{} and of deployment/{} have. Requests \
             go to either, whichever comes first.",
            self.service.meta.name,
            text(&self.service.spec.selector),
            first.meta.name,
            other.meta.name
        );
        self.suspicion(
            "service-selects-two-apps",
            "The Service selects the pods of two applications",
            "spec.selector".to_owned(),
            check,
            explanation,
            candidate.into_iter().collect(),
        )
    }
}
