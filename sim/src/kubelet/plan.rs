//! What a kubelet will do with a pod, read from the pod's template once.
//!
//! A pod with one of the annotations `sim/start-after`, `sim/ready-after`, `sim/stagger` and
//! `sim/terminate-after` is *scripted*: it follows these, as the pods of the recordings did; its
//! images are never looked for and its containers run nothing. All other pods are real: their
//! images come from the pretend registry, their containers run, their probes ask.
//!
//! An image of a repository the registry does not know is taken to be somebody's own: it can be
//! pulled under any tag but one that ends in `-missing`, and a plain server stands in for it, which
//! its log says. In a repository it knows, and on the host `registry.example`, only what is listed
//! can be pulled.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::api::pod_template::{Container as Spec, Hook, Probe, ProbeHandler, image_tag};
use crate::api::quantity::parse_milli;
use crate::api::{Labels, Name, Pod, PodSpec, Value};
use crate::apiserver::{ApiServer, config};
use crate::container::image::{self, NotFound};
use crate::container::{Command, Image, Launch, Mount};
use crate::time::Duration;

use super::loading;

/// How many plans are remembered.
const KNOWN: usize = 16;
/// The host of the pretend registry: what is not listed there does not exist.
const OWN_HOST: &str = "registry.example/";

/// A timetable from `sim/…` annotations instead of containers that run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    /// From taken to running.
    pub(crate) start_after: Duration,
    /// From running to ready; `None` for never.
    pub(crate) ready_after: Option<Duration>,
    /// The least time between two pods of a namespace becoming ready.
    pub(crate) stagger: Duration,
    /// From deletion to gone.
    pub(crate) terminate_after: Duration,
    /// From running to a readiness probe that fails, for pods that are never ready.
    pub(crate) fails_after: Option<Duration>,
    /// There is no such image.
    pub(crate) is_missing: bool,
    /// The containers exit with 1 soon after each start.
    pub(crate) crashes: bool,
}

/// What one container is made of.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    /// Its image, or why it cannot be pulled.
    pub(crate) image: Result<Arc<Image>, NotFound>,
    /// How it starts, when no part of that is read from the pod or other objects.
    pub(crate) launch: Option<Arc<Launch>>,
    pub(crate) startup: Option<Command>,
    pub(crate) liveness: Option<Command>,
    pub(crate) readiness: Option<Command>,
    pub(crate) post_start: Option<Command>,
    pub(crate) pre_stop: Option<Command>,
    /// How long after its start it is expected to be ready.
    pub(crate) loads_for: Option<Duration>,
}

/// What the containers of a pod run: init containers, then the others.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) script: Option<Script>,
    pub(crate) recipes: Vec<Recipe>,
}

impl Plan {
    fn of(pod: &Pod, extra: &[Image]) -> Self {
        let script = Script::of(pod);
        let containers = pod.spec.init_containers.iter().chain(&pod.spec.containers);
        let recipes = if script.is_some() {
            Vec::new()
        } else {
            containers
                .enumerate()
                .map(|(index, spec)| Recipe::of(pod, index, spec, extra))
                .collect()
        };
        Self { script, recipes }
    }
}

/// The data of a container, by its place among init containers and the others.
pub(crate) fn raw_container(spec: &PodSpec, index: usize) -> &Value {
    const NONE: &Value = &Value::Null;
    let list = |key: &str| spec.raw().get(key).and_then(Value::as_list).unwrap_or_default();
    list("initContainers").iter().chain(list("containers")).nth(index).unwrap_or(NONE)
}

/// The image of a reference; see the top of this file for those the registry does not know.
fn find(reference: &str, extra: &[Image]) -> Result<Arc<Image>, NotFound> {
    match image::find(reference, extra) {
        Err(NotFound::Repository) if reference.starts_with(OWN_HOST) => Err(NotFound::Repository),
        Err(NotFound::Repository) if image_tag(reference).ends_with("-missing") => {
            Err(NotFound::Tag)
        }
        Err(NotFound::Repository) => {
            let entrypoint = vec!["/server".into()];
            Ok(Arc::new(Image { entrypoint, ..Image::stand_in(reference) }))
        }
        found => found.map(Arc::new),
    }
}

/// What of a container's script will not be acted out as it would be, as far as its template tells;
/// an error when the registry does not have its image.
pub(crate) fn remarks(
    pod: &PodSpec,
    index: usize,
    spec: &Spec,
) -> Result<Vec<super::Diagnostic>, String> {
    let image = find(&spec.image, &[])
        .map_err(|_| format!("the registry has no image {}, so it cannot be pulled", spec.image))?;
    Ok(launch_of(spec, raw_container(pod, index), &image, &spec.env).check())
}

impl Recipe {
    fn of(pod: &Pod, index: usize, spec: &Spec, extra: &[Image]) -> Self {
        let image = find(&spec.image, extra);
        let raw = raw_container(&pod.spec, index);
        let is_fixed = raw.get("envFrom").is_none()
            && raw
                .get("env")
                .and_then(Value::as_list)
                .unwrap_or_default()
                .iter()
                .all(|variable| variable.get("valueFrom").is_none());
        let expanded = |words: &[Name]| {
            let expand = |word: &Name| crate::container::command::expand(word, &spec.env);
            Command::new(words.iter().map(expand).collect())
        };
        let command = |handler: &ProbeHandler| match handler {
            ProbeHandler::Exec(words) => Some(expanded(words)),
            ProbeHandler::HttpGet { .. }
            | ProbeHandler::TcpSocket { .. }
            | ProbeHandler::Grpc { .. } => None,
        };
        let of_probe =
            |probe: &Option<Probe>| probe.as_ref().and_then(|probe| command(&probe.handler));
        let of_hook = |hook: &Option<Hook>| match hook {
            Some(Hook::Do(handler)) => command(handler),
            Some(Hook::Sleep(_)) | None => None,
        };
        let launch = image.as_ref().ok().filter(|_| is_fixed).map(|image| {
            let mut env: Vec<(Name, Name)> = Vec::new();
            for (name, value) in &spec.env {
                let value = config::expand(value, &env);
                env.push((name.clone(), value));
            }
            Arc::new(launch_of(spec, raw, image, &env))
        });
        let readiness = of_probe(&spec.readiness_probe);
        let loads_for =
            launch.as_ref().and_then(|launch| loading::estimate(launch, spec, readiness.as_ref()));
        Self {
            image,
            launch,
            startup: of_probe(&spec.startup_probe),
            liveness: of_probe(&spec.liveness_probe),
            readiness,
            post_start: of_hook(&spec.post_start),
            pre_stop: of_hook(&spec.pre_stop),
            loads_for,
        }
    }

    /// How the container starts now.
    ///
    /// # Errors
    /// What its environment needs and does not get.
    pub(crate) fn launch_now(
        &self,
        pod: &Pod,
        index: usize,
        spec: &Spec,
        api: &ApiServer,
    ) -> Result<Option<Arc<Launch>>, config::Missing> {
        if self.launch.is_some() {
            return Ok(self.launch.clone());
        }
        let Ok(image) = &self.image else {
            return Ok(None);
        };
        let raw = raw_container(&pod.spec, index);
        let env = config::environment(api, pod, raw)?;
        Ok(Some(Arc::new(launch_of(spec, raw, image, &env))))
    }
}

fn launch_of(spec: &Spec, raw: &Value, image: &Image, env: &[(Name, Name)]) -> Launch {
    let text = |value: &Value, key: &str| -> Name {
        value.get(key).and_then(Value::scalar_text).unwrap_or_default()
    };
    let truth = |value: Option<&Value>| value.and_then(Value::as_bool).unwrap_or(false);
    let mounts = raw.get("volumeMounts").and_then(Value::as_list).unwrap_or_default().iter();
    let mounts = mounts.map(|mount| Mount {
        volume: text(mount, "name"),
        path: text(mount, "mountPath"),
        sub_path: text(mount, "subPath"),
        read_only: truth(mount.get("readOnly")),
    });
    let limit = raw.at(&["resources", "limits", "memory"]).and_then(Value::scalar_text);
    Launch::new(crate::container::Spec {
        reference: &spec.image,
        image,
        command: &spec.command,
        args: &spec.args,
        env,
        mounts: mounts.collect(),
        ports: spec.ports.iter().map(|port| port.container_port).collect(),
        directory: text(raw, "workingDir"),
        read_only_root: truth(raw.at(&["securityContext", "readOnlyRootFilesystem"])),
        memory_limit: limit.and_then(|limit| parse_milli(&limit)).map(|milli| milli / 1_000),
    })
}

impl Script {
    fn of(pod: &Pod) -> Option<Self> {
        let annotated = |key: &str| pod.meta.annotation(key);
        let seconds = |key: &str| annotated(key).and_then(parse_seconds);
        let keys = ["sim/start-after", "sim/ready-after", "sim/stagger", "sim/terminate-after"];
        if !keys.iter().any(|key| annotated(key).is_some()) {
            return None;
        }
        let ends_with = |suffix: &str| {
            let mut containers = pod.spec.containers.iter();
            containers.any(|container| image_tag(&container.image).ends_with(suffix))
        };
        let never = ends_with("-bad") || annotated("sim/ready-after") == Some("never");
        Some(Self {
            start_after: seconds("sim/start-after").unwrap_or(Duration::from_secs(1)),
            ready_after: (!never).then(|| seconds("sim/ready-after").unwrap_or_default()),
            fails_after: never.then(|| seconds("sim/ready-after")).flatten(),
            stagger: seconds("sim/stagger").unwrap_or_default(),
            terminate_after: seconds("sim/terminate-after").unwrap_or(Duration::from_secs(1)),
            is_missing: ends_with("-missing"),
            crashes: ends_with("-crash"),
        })
    }
}

/// The plans made last: pods of one template share theirs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plans {
    known: VecDeque<Known>,
}

/// A plan and what it was made from.
#[derive(Clone, Debug)]
struct Known {
    spec: Arc<PodSpec>,
    annotations: Labels,
    plan: Arc<Plan>,
}

impl Plans {
    /// The plan for a pod, made anew unless one of its template is known.
    pub(crate) fn plan(&mut self, pod: &Pod, extra: &[Image]) -> Arc<Plan> {
        let known = self.known.iter().find(|known| {
            Arc::ptr_eq(&known.spec, &pod.spec) && known.annotations == pod.meta.annotations
        });
        if let Some(known) = known {
            return Arc::clone(&known.plan);
        }
        let plan = Arc::new(Plan::of(pod, extra));
        if self.known.len() == KNOWN {
            self.known.pop_front();
        }
        self.known.push_back(Known {
            spec: Arc::clone(&pod.spec),
            annotations: Arc::clone(&pod.meta.annotations),
            plan: Arc::clone(&plan),
        });
        plan
    }
}

fn parse_seconds(text: &str) -> Option<Duration> {
    let milli = u64::try_from(parse_milli(text)?).ok()?;
    Some(Duration::from_millis(milli))
}
