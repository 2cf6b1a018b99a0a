//! Suspicions about what a Deployment's pods run: probes, hooks, grace, images, requests.

use super::judge::Check;
use super::rehearsal::Scene;
use super::subject::Subject;
use super::{Candidate, Severity, Suspicion, count};
use crate::Config;
use crate::api::pod_template::{Container, Hook, Probe, ProbeHandler, image_tag};
use crate::api::value::map;
use crate::api::{Deployment, Value};

/// The steps to the pod spec of a Deployment.
const POD: [&str; 3] = ["spec", "template", "spec"];
/// What a probe may do.
const HANDLERS: [&str; 4] = ["httpGet", "exec", "tcpSocket", "grpc"];
/// The least that a preStop hook sleeps, in seconds.
const HOOK: u64 = 5;
/// What a grace period leaves for requests that are under way, in seconds.
const DRAIN: u64 = 25;
/// The least patience that a startup probe gets, in seconds.
const STARTUP: u32 = 300;

pub(super) fn suspicions(subject: &Subject, config: &Config) -> Vec<Suspicion> {
    let mut found = Vec::new();
    for (item, deployment) in subject.deployments() {
        let containers = &deployment.spec.template.spec.containers;
        let serving = containers.iter().position(|container| !container.ports.is_empty());
        let Some(container) = containers.get(serving.unwrap_or(0)) else { continue };
        let pods =
            Pods { subject, config, item, deployment, index: serving.unwrap_or(0), container };
        pods.readiness(&mut found);
        pods.liveness(&mut found);
        pods.pre_stop(&mut found);
        pods.grace(&mut found);
        pods.image(&mut found);
        pods.requests(&mut found);
    }
    found
}

/// The pods of a Deployment, and their container that serves.
struct Pods<'s> {
    subject: &'s Subject,
    config: &'s Config,
    item: usize,
    deployment: &'s Deployment,
    index: usize,
    container: &'s Container,
}

impl Pods<'_> {
    /// A suspicion about a field of the container.
    fn suspicion(
        &self,
        id: &'static str,
        title: &'static str,
        field: &str,
        check: Check,
        explanation: String,
    ) -> Suspicion {
        let dot = if field.is_empty() { "" } else { "." };
        Suspicion {
            id,
            severity: Severity::Failure,
            title,
            item: self.item,
            path: format!("spec.template.spec.containers[{}]{dot}{field}", self.index),
            explanation,
            check,
            scene: Scene::Release,
            is_told_anyway: true,
            candidates: Vec::new(),
        }
    }

    /// The text with a field of the container set.
    fn set(&self, path: &[&str], value: &Value) -> Option<String> {
        let index = self.index.to_string();
        let steps: Vec<&str> =
            POD.into_iter().chain(["containers", &index]).chain(path.iter().copied()).collect();
        self.subject.set(self.item, &steps, value, "")
    }

    /// The data of a probe as it was typed.
    fn typed(&self, probe: &str) -> Option<Value> {
        let pod = self.subject.items[self.item].typed.at(&POD)?;
        pod.get("containers")?.as_list()?.get(self.index)?.get(probe).cloned()
    }

    /// What a readiness probe may ask, the likeliest first.
    fn handlers(&self) -> Vec<(String, Value)> {
        let mut all = Vec::new();
        for probe in ["startupProbe", "livenessProbe"] {
            let typed = self.typed(probe);
            for key in HANDLERS {
                if let Some(handler) = typed.as_ref().and_then(|typed| typed.get(key)) {
                    all.push((
                        format!("that asks what the {probe} asks"),
                        map([(key, handler.clone())]),
                    ));
                }
            }
        }
        let port = self.container.ports.first().map(|port| {
            if port.name.is_empty() {
                Value::from(i32::from(port.container_port))
            } else {
                Value::from(&port.name)
            }
        });
        let Some(port) = port else { return all };
        for path in ["/", "/health", "/ready", "/v2/health/ready"] {
            let get = map([("path", path.into()), ("port", port.clone())]);
            all.push((format!("that asks for {path}"), map([("httpGet", get)])));
        }
        let socket = map([("tcpSocket", map([("port", port)]))]);
        all.push(("that opens the port".to_owned(), socket));
        all
    }

    fn readiness(&self, found: &mut Vec<Suspicion>) {
        let has_probe = self.container.readiness_probe.is_some();
        let candidates = self.handlers().into_iter().filter_map(|(asks, mut probe)| {
            let verb = if has_probe {
                "ask another way: a readinessProbe"
            } else {
                "add a readinessProbe"
            };
            *probe.entry("periodSeconds") = Value::Int(2);
            let text = self.set(&["readinessProbe"], &probe)?;
            Some((format!("{verb} {asks}"), text))
        });
        let candidates: Vec<Candidate> = candidates.collect();
        let container = &self.container.name;
        if !has_probe {
            let explanation = format!(
                "Container {container} has no readinessProbe, so its pod is Ready as soon as the \
                 process runs. The Service sends it requests while it is still loading, and the \
                 rollout goes on as if it worked."
            );
            found.push(Suspicion {
                candidates,
                ..self.suspicion(
                    "no-readiness-probe",
                    "Nothing asks whether the pod is ready",
                    "",
                    Check::Loading,
                    explanation,
                )
            });
            return;
        }
        let explanation = format!(
            "The readinessProbe of container {container} succeeds before the server answers requests: \
             an open port or a started process is not a loaded model."
        );
        found.push(Suspicion {
            candidates,
            is_told_anyway: false,
            ..self.suspicion(
                "readiness-too-shallow",
                "The pod says it is ready before it is",
                "readinessProbe",
                Check::Loading,
                explanation,
            )
        });
    }

    fn liveness(&self, found: &mut Vec<Suspicion>) {
        let Some(probe) = &self.container.liveness_probe else { return };
        let Probe { initial_delay_seconds, period_seconds, failure_threshold, .. } = *probe;
        let tries = period_seconds.saturating_mul(failure_threshold);
        let explanation = format!(
            "The livenessProbe has a container killed after {initial_delay_seconds} s + {failure_threshold} \
             × {period_seconds} s = {} s without a success (initialDelaySeconds + failureThreshold × \
             periodSeconds). A server that takes longer to load is killed before it is done, again and \
             again, and so is one that does not have what the probe asks for. A startupProbe holds the \
             liveness probe back until the start is over.",
            initial_delay_seconds.saturating_add(tries)
        );
        let mut startup = self.typed("livenessProbe").unwrap_or_default();
        for key in ["initialDelaySeconds", "successThreshold", "terminationGracePeriodSeconds"] {
            if let Some(fields) = startup.as_map_mut() {
                fields.remove(key);
            }
        }
        let threshold = STARTUP.div_ceil(period_seconds).max(failure_threshold);
        *startup.entry("failureThreshold") = Value::from(threshold);
        let patience = threshold.saturating_mul(period_seconds);
        let text = self.set(&["startupProbe"], &startup);
        let title = format!("add a startupProbe that waits up to {patience} s");
        let mut candidates: Vec<Candidate> = text.map(|text| (title, text)).into_iter().collect();
        candidates.extend(self.asked_otherwise());
        found.push(Suspicion {
            candidates,
            is_told_anyway: false,
            scene: Scene::WithoutLiveness,
            ..self.suspicion(
                "liveness-kills",
                "The liveness probe kills containers that are all right",
                "livenessProbe",
                Check::LivenessKills,
                explanation,
            )
        });
    }

    /// A liveness probe that asks what another probe asks, or only for the port.
    fn asked_otherwise(&self) -> Vec<Candidate> {
        let mut probe = self.typed("livenessProbe").unwrap_or_default();
        let Some(fields) = probe.as_map_mut() else { return Vec::new() };
        fields.retain(|key, _| !HANDLERS.contains(&&**key));
        let mut handlers = Vec::new();
        let readiness = self.typed("readinessProbe");
        for key in HANDLERS {
            if let Some(handler) = readiness.as_ref().and_then(|typed| typed.get(key)) {
                let title = "let the livenessProbe ask what the readinessProbe asks";
                handlers.push((title, key, handler.clone()));
            }
        }
        if let Some(port) = self.container.ports.first() {
            let port = map([("port", Value::from(i32::from(port.container_port)))]);
            handlers.push(("let the livenessProbe only open the port", "tcpSocket", port));
        }
        let changed = handlers.into_iter().filter_map(|(title, key, handler)| {
            let mut probe = probe.clone();
            *probe.entry(key) = handler;
            Some((title.to_owned(), self.set(&["livenessProbe"], &probe)?))
        });
        changed.collect()
    }

    /// How long the preStop hook takes, in seconds, if that can be told.
    fn hook_seconds(&self) -> Option<u64> {
        match self.container.pre_stop.as_ref()? {
            Hook::Sleep(seconds) => Some((*seconds).into()),
            Hook::Do(ProbeHandler::Exec(words)) => {
                let line = words.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(" ");
                let (_, behind) = line.rsplit_once("sleep ")?;
                let digits = behind.split(|letter: char| !letter.is_ascii_digit()).next()?;
                digits.parse().ok()
            }
            Hook::Do(_) => None,
        }
    }

    fn grace_seconds(&self) -> u64 {
        self.deployment.spec.template.spec.termination_grace_period_seconds.into()
    }

    /// A text with a longer grace period.
    fn with_grace(&self, text: &str, seconds: u64) -> Option<String> {
        let seconds = Value::Int(i64::try_from(seconds).ok()?);
        let path: Vec<&str> = POD.into_iter().chain(["terminationGracePeriodSeconds"]).collect();
        self.subject.set_in(text, self.item, &path, &seconds)
    }

    fn pre_stop(&self, found: &mut Vec<Suspicion>) {
        let lag = self.config.proxy_lag.as_millis();
        let sleep = HOOK.max(self.config.proxy_lag.as_secs() * 2 + 1);
        let hook =
            map([("sleep", map([("seconds", Value::Int(i64::try_from(sleep).unwrap_or(5)))]))]);
        let mut title = format!("add a preStop hook that sleeps {sleep} s");
        let mut text = self.set(&["lifecycle", "preStop"], &hook);
        if self.grace_seconds() < sleep + HOOK {
            let grace = sleep + DRAIN;
            title = format!("{title}, and give {grace} s of grace");
            text = text.and_then(|text| self.with_grace(&text, grace));
        }
        let candidates = text.map(|text| (title, text)).into_iter().collect();
        let (id, name, field, told, explanation) = match self.hook_seconds() {
            None if self.container.pre_stop.is_some() => return,
            _ if self.subject.service_of(self.deployment).is_none() => return,
            None => (
                "no-pre-stop",
                "A pod stops while requests are still sent to it",
                "",
                true,
                format!(
                    "A pod that is deleted gets SIGTERM at once, while the nodes hear only up to {lag} ms \
                     later that it is no endpoint any more. Requests that arrive in between are refused. \
                     A preStop hook that sleeps longer than that delays SIGTERM until all have heard."
                ),
            ),
            Some(seconds) => (
                "pre-stop-too-short",
                "The preStop hook is over before all nodes know",
                "lifecycle.preStop",
                false,
                format!(
                    "The preStop hook takes {seconds} s, and the nodes take up to {lag} ms to hear that a \
                     pod is no endpoint any more."
                ),
            ),
        };
        found.push(Suspicion {
            candidates,
            is_told_anyway: told,
            ..self.suspicion(id, name, field, Check::Gone, explanation)
        });
    }

    fn grace(&self, found: &mut Vec<Suspicion>) {
        let (grace, hook) = (self.grace_seconds(), self.hook_seconds().unwrap_or(0));
        let clients = &self.config.clients;
        let longest = clients.long_length.as_secs();
        let of_all = if clients.long_percent == 0 { 10 } else { clients.long_percent };
        let more = hook + DRAIN + longest;
        let left = grace.saturating_sub(hook);
        let lag = self.config.proxy_lag.as_secs();
        let explanation = format!(
            "terminationGracePeriodSeconds is {grace}. The preStop hook takes {hook} s of it, which leaves \
             {left} s after SIGTERM; then SIGKILL cuts off every request that is still under way. In this \
             run {of_all} of 100 requests take {longest} s."
        );
        // That many take long is an assumption, where the clients do not say so.
        let is_assumed = clients.long_percent == 0;
        let is_asked = self.subject.service_of(self.deployment).is_some();
        let text = self.with_grace(&self.subject.text, more);
        let suspicion = self.suspicion(
            "grace-too-short",
            "The grace period is over before the requests are",
            "",
            Check::Killed,
            explanation,
        );
        found.push(Suspicion {
            path: "spec.template.spec.terminationGracePeriodSeconds".to_owned(),
            scene: Scene::LongRequests,
            // Where there seems to be room enough, only a run that shows it counts.
            is_told_anyway: is_asked && (left == 0 || grace < longest + lag),
            severity: if is_assumed { Severity::Risk } else { Severity::Failure },
            candidates: text
                .map(|text| (format!("give {more} s of grace"), text))
                .into_iter()
                .collect(),
            ..suspicion
        });
    }

    fn image(&self, found: &mut Vec<Suspicion>) {
        let image = &*self.container.image;
        if image.contains('@') || image_tag(image) != "latest" {
            return;
        }
        let explanation = format!(
            "Image {image} names no version: the tag latest means whatever was pushed last. A second \
             apply changes nothing in the manifest, so nothing is rolled out; pods that start later may \
             run something else; and rollout undo has no version to go back to."
        );
        found.push(Suspicion {
            severity: Severity::Risk,
            scene: Scene::SecondApply,
            ..self.suspicion(
                "image-latest",
                "The image has no version",
                "image",
                Check::Unchanged,
                explanation,
            )
        });
    }

    fn requests(&self, found: &mut Vec<Suspicion>) {
        let bare = self.deployment.spec.template.spec.containers.iter();
        let bare = bare.filter(|_| self.deployment.spec.template.spec.requests.is_empty()).count();
        if bare == 0 {
            return;
        }
        let explanation = format!(
            "{} of the pod requests no cpu and no memory, so the scheduler puts any number of such pods \
             on a node, and they are the first to be evicted when it runs short.",
            count(u64::try_from(bare).unwrap_or(0), "container")
        );
        let requests = map([("cpu", "100m".into()), ("memory", "128Mi".into())]);
        let text = self.set(&["resources", "requests"], &requests);
        let title = "request cpu and memory (measure, then adjust)".to_owned();
        found.push(Suspicion {
            severity: Severity::Hint,
            candidates: text.map(|text| (title, text)).into_iter().collect(),
            ..self.suspicion(
                "no-requests",
                "The pods reserve nothing on their nodes",
                "",
                Check::Unseen,
                explanation,
            )
        });
    }
}
