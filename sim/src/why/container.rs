//! Why a container waits, was restarted or is not ready.

use super::pod::Owner;
use super::{Chain, count};
use crate::api::pod::{ContainerState, ContainerStatus};
use crate::api::pod_template::{Container, Probe, ProbeHandler};
use crate::api::{Event, Kind, Pod};
use crate::time::Instant;

/// What a container waits for, or has gone through. Init containers are counted before the others.
pub(super) fn container(chain: &mut Chain<'_>, pod: &Pod, index: usize, owner: &Owner) {
    let inits = pod.spec.init_containers.len();
    let (list, place) =
        if index < inits { ("initContainers", index) } else { ("containers", index - inits) };
    let containers = if index < inits { &pod.spec.init_containers } else { &pod.spec.containers };
    let Some(container) = containers.get(place) else { return };
    let Some(status) = status_of(pod, &container.name) else { return };
    let told =
        Told { pod, container, status, field: owner.field(&format!("{list}[{place}]")), owner };
    let before = chain.links.len();
    told.waiting(chain);
    if status.restart_count > 0 || chain.links.len() == before {
        told.restarts(chain);
    }
    if chain.links.len() == before {
        told.unready(chain);
    }
}

fn status_of<'p>(pod: &'p Pod, name: &str) -> Option<&'p ContainerStatus> {
    pod.status.container_statuses.iter().find(|status| &*status.name == name)
}

struct Told<'a> {
    pod: &'a Pod,
    container: &'a Container,
    status: &'a ContainerStatus,
    field: String,
    owner: &'a Owner,
}

impl Told<'_> {
    fn add(&self, chain: &mut Chain<'_>, at: Instant, text: String) {
        chain.add(at, Kind::Pod, &self.pod.meta.name, text);
    }

    fn event<'c>(&self, chain: &'c Chain<'_>, reason: &str, start: &str) -> Option<&'c Event> {
        let events = chain.events(self.pod.meta.uid);
        let mut events =
            events.filter(|event| event.reason == reason && event.message.starts_with(start));
        events.next_back().map(AsRef::as_ref)
    }

    fn waiting(&self, chain: &mut Chain<'_>) {
        let ContainerState::Waiting { reason, message } = &self.status.state else {
            return;
        };
        let (name, image) = (&self.container.name, &self.container.image);
        match *reason {
            "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName" => {
                let failed = self.event(chain, "Failed", "Failed to pull");
                let (at, detail) = failed.map_or_else(
                    || (chain.now(), message.to_string()),
                    |event| (event.first_timestamp, event.message.to_string()),
                );
                let text = format!(
                    "container {name} waits ({reason}): image {image} cannot be had: {detail}"
                );
                self.add(chain, at, text);
                let how = format!(
                    "an image and tag that the registry has, or kubectl rollout undo {}",
                    self.owner.name
                );
                chain.remedy(format!("{}.image", self.field), how);
            }
            "CrashLoopBackOff" => {
                let text = format!("container {name} waits ({reason}): {message}");
                self.add(chain, chain.now(), text);
            }
            "CreateContainerConfigError" | "CreateContainerError" => {
                let text = format!("container {name} cannot be made ({reason}): {message}");
                self.add(chain, chain.now(), text);
                chain.remedy(format!("{}.env", self.field), "names of objects and keys that exist");
            }
            _ => {
                let text = format!("container {name} is being made ({reason})");
                self.add(chain, chain.now(), text);
            }
        }
    }

    /// How the last run ended, and what ended it.
    fn restarts(&self, chain: &mut Chain<'_>) {
        let ended = match (&self.status.state, &self.status.last_state) {
            (ended @ ContainerState::Terminated { .. }, _) | (_, Some(ended)) => ended.clone(),
            _ => return,
        };
        let ContainerState::Terminated { exit_code, reason, started_at, finished_at, .. } = ended
        else {
            return;
        };
        let name = &self.container.name;
        let ran = finished_at.since(started_at).as_secs();
        let killed = self.event(chain, "Killing", &format!("Container {name} failed"));
        let text = format!(
            "container {name} has been restarted {}; its last run ended after {ran} s with exit \
             code {exit_code} ({reason})",
            count(self.status.restart_count, "time"),
        );
        let liveness =
            killed.map(|event| (event.last_timestamp, event.message.contains("startup")));
        self.add(chain, finished_at, text);
        if reason == "OOMKilled" {
            let how = "more memory: the program needs more than its limit";
            chain.remedy(format!("{}.resources.limits.memory", self.field), how);
        } else if let Some((at, startup)) = liveness {
            self.killed_by_probe(chain, at, startup);
        } else {
            let how = format!(
                "kubectl logs --previous {} shows its last words; kubectl rollout undo {} brings \
                 the old version back",
                self.pod.meta.name, self.owner.name
            );
            chain.remedy("", how);
        }
    }

    fn killed_by_probe(&self, chain: &mut Chain<'_>, at: Instant, startup: bool) {
        let (word, probe) = if startup {
            ("startup", &self.container.startup_probe)
        } else {
            ("liveness", &self.container.liveness_probe)
        };
        let Some(probe) = probe else { return };
        let capital = if startup { "Startup" } else { "Liveness" };
        let failed = self.event(chain, "Unhealthy", &format!("{capital} probe failed"));
        let message = failed.map_or(String::new(), |event| format!(" ({})", event.message));
        let Probe {
            initial_delay_seconds: delay,
            period_seconds: period,
            failure_threshold: failures,
            ..
        } = *probe;
        let patience = delay + period * failures;
        let text = format!(
            "its {word} probe killed it{message}: a container that does not answer has {delay} s + \
             {failures} × {period} s = {patience} s to live (initialDelaySeconds + failureThreshold \
             × periodSeconds)"
        );
        self.add(chain, at, text);
        if startup || self.answers_wrongly(chain, capital) {
            self.probe_remedy(chain, &format!("{word}Probe"), probe, capital);
        } else {
            let how = "a probe with enough patience for the start, such as periodSeconds: 10 and \
                       failureThreshold: 60; the liveness probe waits until it has passed";
            chain.remedy(format!("{}.startupProbe", self.field), how);
        }
    }

    /// Whether a probe fails for what it asks, not for when it asks.
    fn answers_wrongly(&self, chain: &Chain<'_>, capital: &str) -> bool {
        let failed = self.event(chain, "Unhealthy", &format!("{capital} probe failed"));
        failed.is_some_and(|event| {
            let wrong = ["statuscode: 4", "executable file not found", "no such file"];
            wrong.iter().any(|sign| event.message.contains(sign))
        })
    }

    /// It runs and is not ready: which probe says so, and how.
    fn unready(&self, chain: &mut Chain<'_>) {
        let ContainerState::Running { started_at } = self.status.state else { return };
        if self.status.ready {
            return;
        }
        let name = &self.container.name;
        let startup = self.event(chain, "Unhealthy", "Startup probe failed").map(last);
        if let (Some(probe), Some((at, message, times))) = (&self.container.startup_probe, startup)
            && self.event(chain, "Unhealthy", "Readiness").is_none()
        {
            let text = format!("container {name} has not started: {message} ({times})");
            self.add(chain, at, text);
            return self.probe_remedy(chain, "startupProbe", probe, "Startup");
        }
        let Some(probe) = &self.container.readiness_probe else { return };
        let failed = self.event(chain, "Unhealthy", "Readiness probe").map(last);
        let Some((at, message, times)) = failed else {
            let text = format!(
                "container {name} runs since {started_at} and its readiness probe ({}) has not \
                 passed {} yet; it is asked every {} s",
                asks(probe),
                count(probe.success_threshold, "time"),
                probe.period_seconds
            );
            return self.add(chain, started_at, text);
        };
        let text = format!(
            "container {name} runs since {started_at} and is not ready: {message} ({times}; {})",
            asks(probe)
        );
        self.add(chain, at, text);
        self.probe_remedy(chain, "readinessProbe", probe, "Readiness");
    }

    /// Which line of the probe to look at, by how it fails.
    fn probe_remedy(&self, chain: &mut Chain<'_>, probe_field: &str, probe: &Probe, capital: &str) {
        let failed = self.event(chain, "Unhealthy", &format!("{capital} probe failed"));
        let message = failed.map_or(String::new(), |event| event.message.to_string());
        let timed_out = ["Timeout", "deadline exceeded", "timed out"];
        let field = format!("{}.{probe_field}", self.field);
        let undo = format!("or kubectl rollout undo {}", self.owner.name);
        if timed_out.iter().any(|sign| message.contains(sign)) {
            let how = format!(
                "more than {}: the answer takes longer than the probe waits",
                probe.timeout_seconds
            );
            chain.remedy(format!("{field}.timeoutSeconds"), how);
            return;
        }
        let (part, how) = match &probe.handler {
            ProbeHandler::HttpGet { path, .. } if message.contains("statuscode: 404") => {
                (".httpGet.path", format!("a path that the server has; {path} is none"))
            }
            ProbeHandler::HttpGet { .. } if message.contains("refused") => {
                (".httpGet.port", format!("the port the server listens on, {undo}"))
            }
            ProbeHandler::TcpSocket { .. } => {
                (".tcpSocket.port", format!("the port the server listens on, {undo}"))
            }
            ProbeHandler::Exec(_) if message.contains("not found") => (
                ".exec.command",
                "a command that the image has, or a probe of another kind".to_owned(),
            ),
            _ => ("", format!("the program must pass it: mend the program, {undo}")),
        };
        chain.remedy(format!("{field}{part}"), how);
    }
}

fn last(event: &Event) -> (Instant, String, String) {
    (event.last_timestamp, event.message.trim_end().to_owned(), count(event.count, "time"))
}

/// What a probe asks, in short.
fn asks(probe: &Probe) -> String {
    match &probe.handler {
        ProbeHandler::Exec(command) => format!("exec {}", command.join(" ")),
        ProbeHandler::HttpGet { path, port, .. } => format!("httpGet {path} on port {port}"),
        ProbeHandler::TcpSocket { port } => format!("tcpSocket on port {port}"),
        ProbeHandler::Grpc { port } => format!("grpc on port {port}"),
    }
}
