//! `kubectl drain`: empties a node, as budgets allow.
//!
//! The command goes on while time passes: a pod that may not go yet is asked for again every five
//! seconds, one that goes is looked for every second.
//!
//! Models: kubectl v1.36 `pkg/cmd/drain/drain.go`, `pkg/drain/{drain,filters}.go`.

use std::collections::VecDeque;

use super::error::Error;
use super::node;
use super::session::Session;
use super::stream::Line;
use crate::api::{Name, Node, Pod, Uid};
use crate::apiserver::{ApiError, ApiServer};
use crate::time::{Duration, Instant};

pub(super) const FLAGS: &str = "force ignore-daemonsets delete-emptydir-data \
    delete-local-data grace-period:int timeout:time selector,l:text pod-selector:text \
    disable-eviction dry-run:or=unchanged skip-wait-for-delete-timeout:int chunk-size:int";

/// How long a refused eviction waits.
const RETRY: Duration = Duration::from_secs(5);
/// How often it is looked whether a pod is gone.
const POLL: Duration = Duration::from_secs(1);

/// Runs `drain`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let nodes = node::nodes(session, "drain")?;
    // It stops at the first that is missing.
    let mut missing = session.take_failures();
    missing.truncate(1);
    session.fail_all(missing);
    if session.has_failed() {
        return Ok(());
    }
    let dry_run = session.dry_run_suffix();
    for node in &nodes {
        node::cordon(session, node, true);
    }
    let mut rest = VecDeque::new();
    for (index, node) in nodes.iter().enumerate() {
        let name = node.meta.name.clone();
        match doomed(session, node) {
            Err(problems) => {
                let pending: Vec<Name> =
                    nodes[index..].iter().map(|node| node.meta.name.clone()).collect();
                for line in failure(&pending, &problems) {
                    session.warn(&line);
                }
                return Err(Error::Silent);
            }
            Ok(pods) if dry_run.is_empty() => rest.push_back((name, pods)),
            Ok(pods) => {
                for pod in pods {
                    session.print(&format!("evicting pod {}/{}{dry_run}", pod.namespace, pod.name));
                }
                session.print(&format!("node/{name} drained{dry_run}"));
            }
        }
    }
    if let Some((node, pods)) = rest.pop_front() {
        start(session, node, pods, rest);
    }
    Ok(())
}

/// What is said when a node cannot be drained.
fn failure(pending: &[Name], problems: &[String]) -> Vec<String> {
    let node = pending.first().cloned().unwrap_or_default();
    let all = match problems {
        [one] => one.clone(),
        _ => format!("[{}]", problems.join(", ")),
    };
    let mut lines = vec![
        format!(
            "error: unable to drain node \"{node}\" due to error: {all}, continuing command..."
        ),
        "There are pending nodes to be drained:".to_owned(),
    ];
    lines.extend(pending.iter().map(|node| format!(" {node}")));
    lines.extend(problems.iter().cloned());
    lines
}

/// A pod that is to leave.
#[derive(Clone, Debug)]
struct Leaving {
    uid: Uid,
    namespace: Name,
    name: Name,
    state: State,
}

/// How far a pod has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It is asked to go at this moment.
    Asking(Instant),
    /// It is on its way out.
    Going,
    /// It is gone.
    Gone,
}

/// The pods of a node that have to go.
///
/// # Errors
/// Pods that may not go with the flags that are given.
fn doomed(session: &mut Session<'_>, node: &Node) -> Result<Vec<Leaving>, Vec<String>> {
    let (force, empties) = (
        session.args.is_on("force"),
        session.args.is_on("delete-emptydir-data") || session.args.is_on("delete-local-data"),
    );
    let now = session.cluster.now();
    let (mut pods, mut bare, mut local) = (Vec::new(), Vec::new(), Vec::new());
    for pod in session.api().list::<Pod>().by_name() {
        if pod.node_name != node.meta.name {
            continue;
        }
        let told = format!("{}/{}", pod.meta.namespace, pod.meta.name);
        if !pod.status.phase.is_terminal() && pod.meta.controller().is_none() {
            bare.push(told.clone());
        }
        if !pod.status.phase.is_terminal() && has_empty_dir(pod) {
            local.push(told);
        }
        pods.push(Leaving {
            uid: pod.meta.uid,
            namespace: pod.meta.namespace.clone(),
            name: pod.meta.name.clone(),
            state: State::Asking(now),
        });
    }
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    if !local.is_empty() {
        let names = local.join(", ");
        if empties {
            warnings.push(format!("deleting Pods with local storage: {names}"));
        } else {
            problems.push(format!(
                "cannot delete Pods with local storage (use --delete-emptydir-data to override): \
                 {names}"
            ));
        }
    }
    if !bare.is_empty() {
        let names = bare.join(", ");
        if force {
            warnings.push(format!("deleting Pods that declare no controller: {names}"));
        } else {
            problems.push(format!(
                "cannot delete cannot delete Pods that declare no controller (use --force to \
                 override): {names}"
            ));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    if !warnings.is_empty() {
        session.warn(&format!("Warning: {}", warnings.join("; ")));
    }
    Ok(pods)
}

fn has_empty_dir(pod: &Pod) -> bool {
    let volumes = pod.spec.raw().get("volumes").and_then(crate::api::Value::as_list);
    volumes.unwrap_or_default().iter().any(|volume| volume.get("emptyDir").is_some())
}

fn start(
    session: &mut Session<'_>,
    node: Name,
    pods: Vec<Leaving>,
    rest: VecDeque<(Name, Vec<Leaving>)>,
) {
    let now = session.cluster.now();
    let timeout = session.args.time("timeout").filter(|timeout| !timeout.is_zero());
    let grace = session.args.int("grace-period").and_then(|seconds| u32::try_from(seconds).ok());
    let drain = Drain {
        node,
        pods,
        rest,
        grace,
        evicts: !session.args.is_on("disable-eviction"),
        timeout,
        deadline: timeout.map(|timeout| now + timeout),
        failures: Vec::new(),
    };
    session.out.stream = Some(session.cluster.start_drain(drain));
}

/// A drain that goes on.
#[derive(Clone, Debug)]
pub(crate) struct Drain {
    node: Name,
    pods: Vec<Leaving>,
    /// The nodes whose turn comes later.
    rest: VecDeque<(Name, Vec<Leaving>)>,
    grace: Option<u32>,
    evicts: bool,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    failures: Vec<(String, Name)>,
}

/// What comes after a step.
pub(crate) enum Next {
    /// The next step, at this moment.
    At(Instant),
    /// Nothing; the exit code.
    Done(i32),
}

impl Drain {
    /// Asks the pods to go whose turn it is, and looks which are gone.
    pub(crate) fn step(
        &mut self,
        now: Instant,
        api: &mut ApiServer,
        lines: &mut Vec<Line>,
    ) -> Next {
        let mut say = |text: String, is_error: bool| {
            lines.push(Line::whole(now, text, is_error));
        };
        let overdue = self.deadline.is_some_and(|deadline| now >= deadline);
        let timeout = self.timeout.map(super::duration::go).unwrap_or_default();
        for pod in &mut self.pods {
            let (namespace, name) = (&pod.namespace, &pod.name);
            if matches!(pod.state, State::Asking(at) if at <= now) {
                let verb = if self.evicts { "evicting" } else { "deleting" };
                say(format!("{verb} pod {namespace}/{name}"), false);
                let asked = format!("error when evicting pods/\"{name}\" -n \"{namespace}\"");
                if overdue {
                    let problem = format!("{asked}: global timeout reached: {timeout}");
                    self.failures.push((problem, name.clone()));
                    pod.state = State::Gone;
                    continue;
                }
                let result = if self.evicts {
                    api.evict(pod.uid, self.grace)
                } else {
                    api.delete_pod(pod.uid, self.grace)
                };
                pod.state = match result {
                    Ok(()) | Err(ApiError::NotFound { .. }) => State::Going,
                    Err(refusal @ ApiError::TooManyRequests(_)) => {
                        say(format!("{asked} (will retry after 5s): {refusal}"), true);
                        State::Asking(now + RETRY)
                    }
                    Err(refusal) => {
                        self.failures.push((format!("{asked}: {refusal}"), name.clone()));
                        State::Gone
                    }
                };
            }
            if pod.state == State::Going {
                if api.list::<Pod>().by_uid(pod.uid).is_none() {
                    pod.state = State::Gone;
                    say(
                        format!("pod/{name} {}", if self.evicts { "evicted" } else { "deleted" }),
                        false,
                    );
                } else if overdue {
                    pod.state = State::Gone;
                    self.failures.push((
                        format!(
                            "error when waiting for pod \"{name}\" in namespace \"{namespace}\" to \
                             terminate: global timeout reached: {timeout}"
                        ),
                        name.clone(),
                    ));
                }
            }
        }
        let next = self.pods.iter().filter_map(|pod| match pod.state {
            State::Asking(at) => Some(at),
            State::Going => Some(now + POLL),
            State::Gone => None,
        });
        if let Some(at) = next.min() {
            return Next::At(at);
        }
        let code = self.finish(&mut say);
        match self.rest.pop_front() {
            Some((node, mut pods)) if code == 0 => {
                for pod in &mut pods {
                    pod.state = State::Asking(now);
                }
                (self.node, self.pods) = (node, pods);
                self.deadline = self.timeout.map(|timeout| now + timeout);
                Next::At(now)
            }
            _ => Next::Done(code),
        }
    }

    fn finish(&self, say: &mut dyn FnMut(String, bool)) -> i32 {
        if self.failures.is_empty() {
            say(format!("node/{} drained", self.node), false);
            return 0;
        }
        let problems: Vec<String> =
            self.failures.iter().map(|(problem, _)| problem.clone()).collect();
        let all = match problems.as_slice() {
            [one] => one.clone(),
            _ => format!("[{}]", problems.join(", ")),
        };
        say(
            format!(
                "There are pending pods in node \"{}\" when an error occurred: {all}",
                self.node
            ),
            true,
        );
        for (_, pod) in &self.failures {
            say(format!("pod/{pod}"), true);
        }
        let mut pending = vec![self.node.clone()];
        pending.extend(self.rest.iter().map(|(node, _)| node.clone()));
        for line in failure(&pending, &problems) {
            say(line, true);
        }
        1
    }
}
