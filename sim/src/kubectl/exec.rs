//! `kubectl exec`: a command in a container.
//!
//! Models: kubectl v1.36 `pkg/cmd/exec`. Leaves out: terminals and standard input.

use super::error::{Error, Refusal, fail};
use super::logs;
use super::session::Session;
use super::stream::Line;
use crate::api::Uid;
use crate::container::Exec;
use crate::kubelet::Kubelet;
use crate::time::Instant;

pub(super) const FLAGS: &str =
    "container,c:text stdin,i tty,t quiet,q filename,f:text pod-running-timeout:time";

/// Runs `exec`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let Some(dash) = session.args.dash else {
        return match words.as_slice() {
            [] => fail("pod, type/name or --filename must be specified"),
            [_] => fail("you must specify at least one command for the container"),
            _ => fail(
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] \
                 instead\nSee 'kubectl exec -h' for help and examples",
            ),
        };
    };
    let (named, command) = words.split_at(dash);
    if named.is_empty() {
        return fail("pod, type/name or --filename must be specified");
    }
    if command.is_empty() {
        return fail("you must specify at least one command for the container");
    }
    let Some(pod) = logs::pods_named(session, named)?.pop() else {
        return Ok(());
    };
    let phase = pod.status.phase;
    if phase.is_terminal() {
        return fail(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        ));
    }
    let Some(index) = logs::containers(session, &pod, false)?.pop() else {
        return Ok(());
    };
    if !pod.is_scheduled() {
        let sentence = format!("pod {} does not have a host assigned", pod.meta.name);
        return Err(Refusal::BadRequest(sentence).into());
    }
    let argv = command.iter().map(|word| word.as_str().into()).collect();
    match session.cluster.exec(pod.meta.uid, index, argv) {
        None => {
            let containers = pod.spec.init_containers.iter().chain(&pod.spec.containers);
            let name = containers.map(|container| &container.name).nth(index);
            let name = name.map(AsRef::as_ref).unwrap_or_default();
            fail(format!("unable to upgrade connection: container not found ({name:?})"))
        }
        Some(Exec::Failed(reason)) => fail(format!(
            "Internal error occurred: error executing command in container: failed to exec in \
             container: failed to start exec: {reason}"
        )),
        Some(Exec::Done { code, output }) => {
            session.out.stdout.push_str(&output);
            if code != 0 {
                session.warn(&ended(code));
                session.out.code = code;
            }
            Ok(())
        }
        Some(Exec::Running(id)) => {
            let running = Running { pod: pod.meta.uid, index, id };
            session.out.stream = Some(session.cluster.streams.start_exec(running));
            Ok(())
        }
    }
}

fn ended(code: i32) -> String {
    format!("command terminated with exit code {code}")
}

/// A command that runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Running {
    pod: Uid,
    index: usize,
    id: u32,
}

impl Running {
    /// Prints what the command printed once it has ended; returns its exit code then.
    pub(crate) fn follow(
        self,
        now: Instant,
        kubelet: &mut Kubelet,
        out: &mut Vec<Line>,
    ) -> Option<i32> {
        let result = kubelet.exec_result(self.pod, self.index, self.id);
        let (code, output) = match result {
            Some(result) => result,
            None if kubelet.is_running(self.pod, self.index) => return None,
            None => (137, String::new()),
        };
        let lines = output.lines().map(str::to_owned);
        out.extend(lines.map(|text| Line::whole(now, text, false)));
        if code != 0 {
            out.push(Line::whole(now, ended(code), true));
        }
        Some(code)
    }
}
