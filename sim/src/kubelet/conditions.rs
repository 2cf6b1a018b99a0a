//! The conditions of a pod that follow from its containers.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/status/generate.go`.

use crate::api::ConditionStatus;
use crate::api::pod::{ContainerStatus, PodPhase};
use crate::api::pod_template::PodSpecView;

/// Whether a condition holds and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it holds.
    pub holds: bool,
    /// Why, as a word; empty when there is nothing to say.
    pub reason: &'static str,
    /// Why, in words.
    pub message: String,
}

impl Finding {
    const fn holding(reason: &'static str) -> Self {
        Self { holds: true, reason, message: String::new() }
    }

    const fn failing(reason: &'static str, message: String) -> Self {
        Self { holds: false, reason, message }
    }
}

/// What is known of the containers.
#[derive(Clone, Copy, Debug)]
pub struct Statuses<'a> {
    /// Those of init containers, sidecars among them.
    pub init: &'a [ContainerStatus],
    /// Those of the others.
    pub regular: &'a [ContainerStatus],
}

fn find<'a>(statuses: &'a [ContainerStatus], name: &str) -> Option<&'a ContainerStatus> {
    statuses.iter().find(|status| &*status.name == name)
}

/// Containers a condition waits for.
#[derive(Default)]
struct Missing<'a> {
    unknown: Vec<&'a str>,
    lacking: Vec<&'a str>,
}

impl<'a> Missing<'a> {
    fn look(
        &mut self,
        name: &'a str,
        statuses: &[ContainerStatus],
        does: fn(&ContainerStatus) -> bool,
    ) {
        match find(statuses, name) {
            None => self.unknown.push(name),
            Some(status) if !does(status) => self.lacking.push(name),
            Some(_) => {}
        }
    }

    fn message(&self, lacking: &str) -> String {
        let mut parts = Vec::new();
        for (what, names) in [("unknown", &self.unknown), (lacking, &self.lacking)] {
            if !names.is_empty() {
                parts.push(format!("containers with {what} status: [{}]", names.join(" ")));
            }
        }
        parts.join(", ")
    }
}

/// The condition `ContainersReady`. `statuses` is `None` when nothing is known.
#[doc(alias = "GenerateContainersReadyCondition")]
pub fn containers_ready(
    spec: &PodSpecView,
    statuses: Option<Statuses<'_>>,
    phase: PodPhase,
) -> Finding {
    let Some(statuses) = statuses else {
        return Finding::failing("UnknownContainerStatuses", String::new());
    };
    let mut missing = Missing::default();
    for container in spec.init_containers.iter().filter(|container| container.is_sidecar()) {
        missing.look(&container.name, statuses.init, |status| status.ready);
    }
    for container in &spec.containers {
        missing.look(&container.name, statuses.regular, |status| status.ready);
    }
    match phase {
        PodPhase::Succeeded if missing.unknown.is_empty() => {
            Finding::failing("PodCompleted", String::new())
        }
        PodPhase::Failed => Finding::failing("PodFailed", String::new()),
        _ => match missing.message("unready") {
            message if message.is_empty() => Finding::holding(""),
            message => Finding::failing("ContainersNotReady", message),
        },
    }
}

/// The condition `Ready`, given what `ContainersReady` says and what is known of the readiness
/// gates.
#[doc(alias = "GeneratePodReadyCondition")]
pub fn pod_ready(
    spec: &PodSpecView,
    containers_ready: Finding,
    gate: impl Fn(&str) -> Option<ConditionStatus>,
) -> Finding {
    if !containers_ready.holds || spec.readiness_gates.is_empty() {
        return containers_ready;
    }
    let closed = spec.readiness_gates.iter().filter_map(|name| match gate(name) {
        None => Some(format!(
            "corresponding condition of pod readiness gate \"{name}\" does not exist."
        )),
        Some(ConditionStatus::True) => None,
        Some(status) => Some(format!(
            "the status of pod readiness gate \"{name}\" is not \"True\", but {}",
            status.as_str()
        )),
    });
    let closed: Vec<String> = closed.collect();
    if closed.is_empty() {
        return containers_ready;
    }
    Finding::failing("ReadinessGatesNotReady", closed.join(", "))
}

/// The condition `Initialized`. `statuses` is `None` when nothing is known.
#[doc(alias = "GeneratePodInitializedCondition")]
pub fn initialized(spec: &PodSpecView, statuses: Option<Statuses<'_>>, phase: PodPhase) -> Finding {
    let Some(statuses) = statuses else {
        if spec.init_containers.is_empty() {
            return Finding::holding("");
        }
        return Finding::failing("UnknownContainerStatuses", String::new());
    };
    let mut missing = Missing::default();
    for container in &spec.init_containers {
        let done: fn(&ContainerStatus) -> bool =
            if container.is_sidecar() { |status| status.started } else { |status| status.ready };
        missing.look(&container.name, statuses.init, done);
    }
    if phase == PodPhase::Succeeded && missing.unknown.is_empty() {
        return Finding::holding("PodCompleted");
    }
    let regular = spec.containers.iter();
    let mut regular = regular.filter_map(|container| find(statuses.regular, &container.name));
    if regular.any(ContainerStatus::has_started) {
        return Finding::holding("");
    }
    match missing.message("incomplete") {
        message if message.is_empty() => Finding::holding(""),
        message => Finding::failing("ContainersNotInitialized", message),
    }
}
