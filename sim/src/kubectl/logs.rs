//! `kubectl logs`: what containers printed.
//!
//! Models: kubectl v1.36 `pkg/cmd/logs`, `pkg/polymorphichelpers/logsforobject.go`, and kubernetes
//! v1.36 `pkg/kubelet/kubelet.go` `validateContainerLogStatus`. Leaves out: `--limit-bytes`.

use std::sync::Arc;

use super::error::{Error, Refusal, fail};
use super::resource::{Naming, targets};
use super::session::Session;
use super::stream::Line as Printed;
use crate::api::pod::{ContainerState, ContainerStatus, PodPhase};
use crate::api::{Kind, Name, Pod, Uid};
use crate::apiserver::AnyObject;
use crate::container::Line;
use crate::kubelet::Kubelet;
use crate::manifest::timestamp;
use crate::time::Instant;

pub(super) const FLAGS: &str = "container,c:text previous,p follow,f tail:int timestamps \
    selector,l:text all-containers all-pods prefix since:time since-time:text ignore-errors \
    max-log-requests:int limit-bytes:int pod-running-timeout:time insecure-skip-tls-verify-backend";

/// The annotation that names the container meant when none is named.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";
/// How many lines of each container are shown of pods chosen by labels.
const TAIL_OF_SELECTED: i64 = 10;

/// Runs `logs`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let selected = session.args.text("selector").is_some_and(|text| !text.is_empty());
    let usage = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\n";
    if words.is_empty() && !selected || words.len() > 2 {
        return session.usage(&format!(
            "{usage}POD or TYPE/NAME is a required argument for the logs command"
        ));
    }
    if selected && !words.is_empty() {
        return session.usage("only a selector (-l) or a POD name is allowed");
    }
    let all = session.args.is_on("all-containers");
    if all && session.args.has("container") {
        return fail(
            "--all-containers=true should not be specified with container name".to_owned(),
        );
    }
    let pods = if selected {
        pods_of(session.selected(Kind::Pod)?)
    } else {
        let pods = pods_named(session, &words)?;
        name_the_namespace(session);
        pods
    };
    if session.has_failed() {
        return Ok(());
    }
    if pods.is_empty() {
        let namespace = session.namespace();
        session.warn(&format!("No resources found in {namespace} namespace."));
        return Ok(());
    }
    let mut sources = Vec::new();
    for pod in &pods {
        for index in containers(session, pod, all)? {
            match source(session, pod, index) {
                Ok(source) => sources.push(source),
                Err(error) if session.args.is_on("ignore-errors") => session.warn(&error),
                Err(error) => session.fail(Refusal::BadRequest(error)),
            }
        }
    }
    print(session, &sources, selected);
    if session.args.is_on("follow") && !session.has_failed() {
        let watch = Follow { sources, timestamps: session.args.is_on("timestamps") };
        session.out.stream = Some(session.cluster.streams.start_logs(watch));
    }
    Ok(())
}

/// Of what is not there, `logs` says where it was looked for.
fn name_the_namespace(session: &mut Session<'_>) {
    let namespace = session.namespace();
    for error in session.take_failures() {
        match error {
            Error::Refused { refusal, .. } if refusal.is_not_found() => {
                let (reason, sentence) = (refusal.reason(), refusal.sentence());
                let text =
                    format!("error from server ({reason}): {sentence} in namespace {namespace:?}");
                session.fail(Error::Text(text));
            }
            error => session.fail(error),
        }
    }
}

fn pods_of(objects: Vec<AnyObject>) -> Vec<Arc<Pod>> {
    let pods = objects.into_iter().filter_map(|object| match object {
        AnyObject::Pod(pod) => Some(pod),
        _ => None,
    });
    pods.collect()
}

/// The pod the words name; of a workload, the one kubectl prefers.
pub(super) fn pods_named(
    session: &mut Session<'_>,
    words: &[String],
) -> Result<Vec<Arc<Pod>>, Error> {
    let typed = match words {
        [only] if !only.contains('/') => vec!["pod".to_owned(), only.clone()],
        [only] => vec![only.clone()],
        // The second word is a container.
        [pod, ..] => vec!["pod".to_owned(), pod.clone()],
        [] => Vec::new(),
    };
    let namespace = session.namespace();
    let mut objects = Vec::new();
    for target in targets(&typed, Naming::default())? {
        objects.extend(session.resolve(&target)?);
    }
    let Some(object) = objects.pop() else {
        return Ok(Vec::new());
    };
    let selector = match object {
        AnyObject::Pod(pod) => return Ok(vec![pod]),
        AnyObject::Deployment(deployment) => deployment.spec.selector.clone(),
        AnyObject::ReplicaSet(rs) => rs.spec.selector.clone(),
        AnyObject::Service(service) => {
            let pods = session.api().list::<Pod>().by_name();
            let mine = pods.filter(|pod| service.matches(pod));
            return Ok(preferred(session, mine.cloned().collect()));
        }
        other => {
            let kind = other.kind();
            return fail(format!("cannot get the logs from {kind}: no pods are known of it"));
        }
    };
    let pods = session.api().list::<Pod>().by_name();
    let mine =
        pods.filter(|pod| *pod.meta.namespace == *namespace && selector.matches(&pod.meta.labels));
    Ok(preferred(session, mine.cloned().collect()))
}

/// The pod kubectl takes out of several: one that runs, is ready, has been so for long, was not
/// restarted.
fn preferred(session: &mut Session<'_>, mut pods: Vec<Arc<Pod>>) -> Vec<Arc<Pod>> {
    let count = pods.len();
    crate::order::sort_by_key(&mut pods, |pod| {
        let phase = match pod.status.phase {
            PodPhase::Running => 0_u8,
            PodPhase::Unknown => 1,
            _ => 2,
        };
        let since = pod.ready_since().unwrap_or(Instant::from_micros(u64::MAX));
        (!pod.is_scheduled(), phase, since, pod.max_restarts())
    });
    pods.truncate(1);
    if let Some(pod) = pods.first().filter(|_| count > 1) {
        let line = format!("Found {count} pods, using pod/{}", pod.meta.name);
        session.warn(&line);
    }
    pods
}

/// The containers of a pod that are meant, by their places among init containers and the others.
pub(super) fn containers(
    session: &mut Session<'_>,
    pod: &Pod,
    all: bool,
) -> Result<Vec<usize>, Error> {
    let init = pod.spec.init_containers.len();
    let both = || pod.spec.init_containers.iter().chain(&pod.spec.containers);
    if all {
        return Ok((0..both().count()).collect());
    }
    let second = session.args.words.get(1).filter(|_| session.args.dash.is_none()).cloned();
    let typed = session.args.text("container").map(str::to_owned).or(second);
    if let Some(name) = typed.filter(|name| !name.is_empty()) {
        let found = both().position(|container| *container.name == *name);
        return match found {
            Some(index) => Ok(vec![index]),
            None => fail(format!("container {name} is not valid for pod {}", pod.meta.name)),
        };
    }
    let annotated = pod.meta.annotation(DEFAULT_CONTAINER);
    let found = both().position(|container| Some(&*container.name) == annotated);
    if found.is_none() && both().count() > 1 {
        let regular = pod.spec.containers.iter().map(|container| container.name.to_string());
        let inits = pod.spec.init_containers.iter();
        let names: Vec<String> =
            regular.chain(inits.map(|container| format!("{} (init)", container.name))).collect();
        let line = format!(
            "Defaulted container {:?} out of: {}",
            &*pod.spec.containers[0].name,
            names.join(", ")
        );
        session.warn(&line);
    }
    Ok(vec![found.unwrap_or(init)])
}

/// A container whose output is printed.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pod: Uid,
    index: usize,
    previous: bool,
    /// Stands before each line.
    prefix: String,
    /// How many lines of which run have been printed.
    printed: u64,
    run: u32,
}

/// The output of a container, if it has any.
fn source(session: &Session<'_>, pod: &Pod, index: usize) -> Result<Source, String> {
    let init = pod.spec.init_containers.len();
    let (name, status) = if index < init {
        (&pod.spec.init_containers[index].name, &pod.status.init_container_statuses)
    } else {
        (&pod.spec.containers[index - init].name, &pod.status.container_statuses)
    };
    let pod_name = &pod.meta.name;
    if !pod.is_scheduled() {
        return Err(format!("pod {pod_name} does not have a host assigned"));
    }
    let status = status.iter().find(|status| status.name == *name);
    let wanted = session.args.is_on("previous");
    let previous = which(status, name, pod_name, wanted)?;
    let prefix = if session.args.is_on("prefix") {
        format!("[pod/{pod_name}/{name}] ")
    } else {
        String::new()
    };
    Ok(Source { pod: pod.meta.uid, index, previous, prefix, printed: 0, run: 0 })
}

/// Whether the output is that of the run before the last, or why there is none.
fn which(
    status: Option<&ContainerStatus>,
    name: &Name,
    pod: &Name,
    wants_previous: bool,
) -> Result<bool, String> {
    let waiting =
        matches!(status.map(|status| &status.state), Some(ContainerState::Waiting { .. }));
    let has_last = status.is_some_and(|status| status.last_state.is_some());
    if wants_previous {
        if !has_last {
            return Err(format!("previous terminated container {name:?} in pod {pod:?} not found"));
        }
        // What waits to be started again has its last run behind it.
        return Ok(!waiting);
    }
    match status.map(|status| &status.state) {
        Some(ContainerState::Waiting { reason, .. }) if !has_last => {
            let why = match *reason {
                "ErrImagePull" => "image can't be pulled",
                "ImagePullBackOff" => "trying and failing to pull image",
                reason => reason,
            };
            Err(format!("container {name:?} in pod {pod:?} is waiting to start: {why}"))
        }
        None => Err(format!("container {name:?} in pod {pod:?} is not available")),
        Some(_) => Ok(false),
    }
}

fn text(line: &Line, prefix: &str, timestamps: bool) -> String {
    if !timestamps {
        return format!("{prefix}{}", line.text);
    }
    let second = timestamp::format(line.at);
    let second = second.trim_end_matches('Z');
    format!("{prefix}{second}.{:06}000Z {}", line.at.as_micros() % 1_000_000, line.text)
}

fn print(session: &mut Session<'_>, sources: &[Source], selected: bool) {
    let typed = session.args.int("tail").unwrap_or(-1);
    let tail = if selected && typed < 0 { TAIL_OF_SELECTED } else { typed };
    let since = session.args.time("since").filter(|since| !since.is_zero());
    let (timestamps, now) = (session.args.is_on("timestamps"), session.cluster.now());
    let mut lines = Vec::new();
    for source in sources {
        let log = session.cluster.container_log(source.pod, source.index, source.previous);
        let Some(log) = log else { continue };
        let is_recent = |line: &&Line| since.is_none_or(|since| now.since(line.at) <= since);
        let shown: Vec<&Line> = log.lines().filter(is_recent).collect();
        let skip = usize::try_from(tail).map_or(0, |tail| shown.len().saturating_sub(tail));
        lines.extend(shown[skip..].iter().map(|line| text(line, &source.prefix, timestamps)));
        let open = log.open_line();
        if !open.is_empty() && tail != 0 {
            lines.push(format!("{}{open}", source.prefix));
        }
    }
    for line in lines {
        session.print(&line);
    }
}

/// `logs -f`: goes on until the containers end.
#[derive(Clone, Debug)]
pub(crate) struct Follow {
    sources: Vec<Source>,
    timestamps: bool,
}

impl Follow {
    /// Prints what is new; returns the exit code when nothing more can come.
    pub(crate) fn follow(&mut self, kubelet: &Kubelet, out: &mut Vec<Printed>) -> Option<i32> {
        let timestamps = self.timestamps;
        self.sources.retain_mut(|source| {
            let Some((log, run, runs)) = kubelet.run_log(source.pod, source.index) else {
                return false;
            };
            let total = log.dropped() + log.lines().len() as u64;
            if source.run != run {
                // What there was at first has been printed.
                source.printed = if source.run == 0 { total } else { 0 };
                source.run = run;
            }
            let new = usize::try_from(total - source.printed.min(total)).unwrap_or(usize::MAX);
            let skip = log.lines().len().saturating_sub(new);
            for line in log.lines().skip(skip) {
                let text = text(line, &source.prefix, timestamps);
                out.push(Printed::whole(line.at, text, false));
            }
            source.printed = total;
            runs
        });
        self.sources.is_empty().then_some(0)
    }
}
