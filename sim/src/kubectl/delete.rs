//! `kubectl delete`: removes objects, and by default what they own.
//!
//! Models: kubectl v1.36 `pkg/cmd/delete/delete.go`. The command goes on until the objects are gone.

use super::error::{Error, Refusal, fail};
use super::resource::{Resource, targets};
use super::session::{NAME_SOMETHING, Session};
use super::{apply, objects, server, wait};
use crate::apiserver::{AnyObject, Propagation};
use crate::manifest;

pub(super) const FLAGS: &str = "filename,f:text recursive,R all all-namespaces,A selector,l:text \
    cascade:or=background force grace-period:int now wait timeout:time ignore-not-found \
    output,o:text dry-run:or=unchanged field-selector:text interactive,i raw:text kustomize,k:text";

/// How objects are to go.
pub(super) struct Manner {
    propagation: Propagation,
    /// Seconds; `None` leaves it to the pod.
    grace: Option<u32>,
    forced: bool,
}

impl Manner {
    /// As people mean it who say nothing more.
    pub(super) const fn usual() -> Self {
        Self { propagation: Propagation::Background, grace: None, forced: false }
    }
}

/// Runs `delete`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    if let Some(form) = session.args.text("output").filter(|form| *form != "name") {
        return fail(format!("unexpected -o output mode: {form}. We only support '-o name'"));
    }
    let manner = manner(session)?;
    let words = session.args.words.clone();
    let all = session.args.is_on("all");
    if all && session.args.text("selector").is_some_and(|text| !text.is_empty()) {
        return fail("setting 'all' parameter but found a non empty selector. ");
    }
    if session.args.names_files() {
        return described(session, &manner);
    }
    if words.is_empty() {
        return fail(NAME_SOMETHING);
    }
    if session.asks_nobody() {
        return pretended(session, &words, &manner);
    }
    let found = session.objects(&words, session.naming())?;
    if session.args.is_on("ignore-not-found") {
        let failures = session.take_failures().into_iter();
        let missing = |error: &Error| matches!(error, Error::Refused { refusal, .. } if refusal.is_not_found());
        session.fail_all(failures.filter(|error| !missing(error)).collect());
    }
    if manner.forced && !found.is_empty() {
        warn_of_force(session);
    }
    let mut deleted = Vec::new();
    for object in found.iter().cloned() {
        match one(session, &object, &manner) {
            Ok(()) => deleted.push(object),
            Err(refusal) => session.fail(refusal),
        }
    }
    await_end(session, &deleted);
    let selected = all || session.args.has("selector");
    if found.is_empty() && selected && !session.has_failed() {
        session.print("No resources found");
    }
    Ok(())
}

/// A dry run of the client alone, which does not look whether what is named exists.
fn pretended(session: &mut Session<'_>, words: &[String], manner: &Manner) -> Result<(), Error> {
    let naming = session.naming();
    for target in targets(words, naming)? {
        match (&target.name, target.resource) {
            (Some(name), resource) => said(session, &resource.prefix(), name, manner),
            (None, Resource::Kind(kind)) => {
                for object in session.selected(kind)? {
                    said(session, &kind.singular_dot_group(), &object.meta().name, manner);
                }
            }
            (None, _) => {}
        }
    }
    if session.out.stdout.is_empty() && naming.selected {
        session.print("No resources found");
    }
    Ok(())
}

/// Goes on until what was deleted is gone, unless nobody wants to wait.
fn await_end(session: &mut Session<'_>, deleted: &[AnyObject]) {
    let waits = session.args.switch("wait") != Some(false) && session.dry_run_suffix().is_empty();
    if waits && !session.has_failed() {
        wait::until_gone(session, deleted);
    }
}

fn manner(session: &Session<'_>) -> Result<Manner, Error> {
    let propagation = match session.args.text("cascade").unwrap_or("background") {
        "background" | "true" => Propagation::Background,
        "foreground" => Propagation::Foreground,
        "orphan" | "false" => Propagation::Orphan,
        other => {
            return fail(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            ));
        }
    };
    let forced = session.args.is_on("force");
    let mut grace = session.args.int("grace-period").filter(|seconds| *seconds >= 0);
    if session.args.is_on("now") {
        if grace.is_some() {
            return fail("--now and --grace-period cannot be specified together");
        }
        grace = Some(1);
    }
    if forced && grace.is_some_and(|seconds| seconds > 0) {
        return fail("--force and --grace-period greater than 0 cannot be specified together");
    }
    // Killing at once has to be asked for twice.
    let grace = match (grace, forced) {
        (None | Some(0), true) => Some(0),
        (Some(0), false) => Some(1),
        (grace, _) => grace,
    };
    let grace = grace.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
    Ok(Manner { propagation, grace, forced })
}

fn warn_of_force(session: &mut Session<'_>) {
    session.warn(
        "Warning: Immediate deletion does not wait for confirmation that the running resource has \
         been terminated. The resource may continue to run on the cluster indefinitely.",
    );
}

/// Deletes an object and says so.
pub(super) fn one(
    session: &mut Session<'_>,
    object: &AnyObject,
    manner: &Manner,
) -> Result<(), Refusal> {
    server::delete(session.cluster, object, manner.propagation, manner.grace)?;
    said(session, &object.kind().singular_dot_group(), &object.meta().name, manner);
    Ok(())
}

/// Says that something was deleted.
fn said(session: &mut Session<'_>, prefix: &str, name: &str, manner: &Manner) {
    if session.args.has("output") {
        session.print(&format!("{prefix}/{name}"));
        return;
    }
    let done = if manner.grace == Some(0) { "force deleted" } else { "deleted" };
    let dry_run = session.dry_run_suffix();
    session.print(&format!("{prefix} \"{name}\" {done}{dry_run}"));
}

/// Deletes what files describe.
fn described(session: &mut Session<'_>, manner: &Manner) -> Result<(), Error> {
    let mut deleted = Vec::new();
    for mut source in session.sources()? {
        let kind = match manifest::kind_of(&source.value) {
            Ok(kind) => kind,
            Err(error) => {
                session.fail(server::unknown(&error, &source.file));
                continue;
            }
        };
        let namespace = apply::place(session, kind, &mut source)?;
        let name = super::session::text_at(&source.value, "name");
        if session.asks_nobody() {
            said(session, &kind.singular_dot_group(), &name, manner);
            continue;
        }
        let found = objects::find(session.api(), kind, &namespace, &name);
        let result = found.and_then(|object| {
            one(session, &object, manner)?;
            deleted.push(object);
            Ok(())
        });
        match result {
            Err(refusal) if refusal.is_not_found() && session.args.is_on("ignore-not-found") => {}
            Err(refusal) => {
                let doing = format!("error when deleting {:?}", source.file);
                session.fail(Error::refused(refusal, doing));
            }
            Ok(()) => {}
        }
    }
    await_end(session, &deleted);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn objects_go_and_what_they_own_goes_or_stays() {
        let mut lab = Lab::with_web();
        lab.advance(10);
        lab.check("delete deploy web --cascade=orphan", "deployment.apps \"web\" deleted\n");
        lab.advance(40);
        assert_eq!(lab.run("get rs,pods -o name").stdout.lines().count(), 4);
        let rs = lab.run("get rs -o jsonpath={.items[0].metadata.name}").stdout;
        lab.check(&format!("delete rs {rs}"), &format!("replicaset.apps \"{rs}\" deleted\n"));
        lab.advance(60);
        assert_eq!(lab.run("get rs,pods").stderr, "No resources found in default namespace.\n");
    }

    #[test]
    fn in_the_foreground_an_owner_goes_after_what_it_owns() {
        let mut lab = Lab::with_web();
        lab.advance(10);
        let pod = lab.run("get pods -o jsonpath={.items[0].metadata.name}").stdout;
        let finalizers =
            |list: &str| format!("patch pod {pod} -p '{{\"metadata\":{{\"finalizers\":{list}}}}}'");
        lab.run(&finalizers("[\"a.b/c\"]"));
        lab.run("delete deploy web --cascade=foreground --wait=false");
        lab.advance(60);
        let shown =
            "get deploy,rs -o jsonpath={range.items[*]}{.metadata.finalizers}{.spec.replicas}{end}";
        lab.check(shown, "[\"foregroundDeletion\"]3[\"foregroundDeletion\"]3");
        assert_eq!(lab.run("get pods --no-headers").stdout.lines().count(), 1);
        lab.run(&finalizers("null"));
        lab.advance(5);
        let nothing = "No resources found in default namespace.\n";
        assert_eq!(lab.run("get deploy,rs,pods").stderr, nothing);
        // Slices are what a Service owns; what owns nothing goes at once.
        lab.run("delete svc web --cascade=foreground --wait=false");
        lab.advance(1);
        assert_eq!(lab.run("get endpointslices,svc web").stderr.matches("not found").count(), 2);
        lab.run("delete node gpu-node-1 --cascade=orphan --wait=false");
        assert!(lab.run("get node gpu-node-1").stderr.contains("not found"));
    }

    #[test]
    fn a_later_wish_replaces_the_earlier_one() {
        let mut lab = Lab::with_web();
        lab.advance(10);
        lab.run("delete deploy web --cascade=foreground --wait=false");
        lab.run("delete deploy web --wait=false");
        assert!(lab.run("get deploy web").stderr.contains("not found"));
    }

    #[test]
    fn mistakes_are_told() {
        let mut lab = Lab::with_web();
        for (line, error) in [
            (
                "delete deploy nope",
                "Error from server (NotFound): deployments.apps \"nope\" not found\n",
            ),
            ("delete pods", "error: resource(s) were provided, but no name was specified\n"),
            (
                "delete deploy web --cascade=sideways",
                "error: invalid cascade value (sideways). Must be \"background\", \"foreground\", or \"orphan\"\n",
            ),
            (
                "delete pod x --now --force",
                "error: --force and --grace-period greater than 0 cannot be specified together\n",
            ),
        ] {
            lab.check_error(line, error);
        }
        lab.check("delete deploy nope --ignore-not-found", "");
        lab.check("delete pods -l run=nothing", "No resources found\n");
    }

    #[test]
    fn a_deletion_is_waited_for() {
        let mut lab = Lab::with_web();
        lab.advance(10);
        let pod = lab.run("get pods -o jsonpath={.items[0].metadata.name}").stdout;
        lab.run(&format!("patch pod {pod} -p '{{\"metadata\":{{\"finalizers\":[\"a.b/c\"]}}}}'"));
        let output = lab.run(&format!("delete pod {pod} --timeout=5s"));
        assert_eq!(output.stdout, format!("pod \"{pod}\" deleted\n"));
        let stream = output.stream.expect("it goes on");
        lab.advance(6);
        let (lines, code) = lab.cluster.read_stream(stream);
        let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        let late = format!("error: timed out waiting for the condition on pods/{pod}");
        assert_eq!((lines, code), (vec![late.as_str()], Some(1)));
        let stream = lab.run(&format!("delete pod {pod}")).stream.expect("it goes on");
        lab.advance(60);
        assert_eq!(lab.cluster.read_stream(stream), (vec![], None));
        lab.run(&format!("patch pod {pod} -p '{{\"metadata\":{{\"finalizers\":null}}}}'"));
        assert_eq!(lab.cluster.read_stream(stream), (vec![], Some(0)));
        for line in ["delete deploy web", "delete svc web --dry-run=server"] {
            assert_eq!(lab.run(line).stream, None, "{line}");
        }
    }

    #[test]
    fn a_pod_that_is_deleted_terminates_or_is_gone_at_once() {
        let mut lab = Lab::with_web();
        lab.advance(10);
        let pod = lab.run("get pods -o jsonpath={.items[0].metadata.name}").stdout;
        lab.check(&format!("delete pod {pod} --wait=false"), &format!("pod \"{pod}\" deleted\n"));
        assert!(lab.run(&format!("get pod {pod}")).stdout.contains("Terminating"));
        let output = lab.run(&format!("delete pod {pod} --grace-period=0 --force"));
        assert_eq!(output.stdout, format!("pod \"{pod}\" force deleted\n"));
        assert!(output.stderr.starts_with("Warning: Immediate deletion"));
        assert!(lab.run(&format!("get pod {pod}")).stderr.contains("not found"));
    }
}
