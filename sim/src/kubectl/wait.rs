//! `kubectl wait --for=condition=Available deployment/web`: goes on until something holds.
//!
//! Models: kubectl v1.36 `pkg/cmd/wait/{wait,condition,json,delete,create}.go`.

use super::error::{Error, fail, told};
use super::jsonpath;
use super::objects;
use super::resource::{Resource, Target, targets};
use super::session::{NAME_SOMETHING, Session};
use super::strategic::go_text;
use super::stream::Line;
use crate::api::{Kind, Name, Uid, Value};
use crate::apiserver::{AnyObject, ApiServer};
use crate::time::{Duration, Instant};

pub(super) const FLAGS: &str = "for:text timeout:time selector,l:text field-selector:text all \
    all-namespaces,A filename,f:text recursive,R output,o:text local template:text \
    show-managed-fields allow-missing-template-keys kustomize,k:text";

/// How long it waits unless told otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum For {
    Delete,
    Create,
    Condition { name: String, status: String },
    Path { path: String, value: Option<String> },
}

impl For {
    fn parse(typed: &str) -> Result<Self, Error> {
        if typed.eq_ignore_ascii_case("delete") {
            return Ok(Self::Delete);
        }
        if typed.eq_ignore_ascii_case("create") {
            return Ok(Self::Create);
        }
        if let Some(condition) = typed.strip_prefix("condition=") {
            let (name, status) = condition.split_once('=').unwrap_or((condition, "true"));
            return Ok(Self::Condition { name: name.to_owned(), status: status.to_owned() });
        }
        let Some(typed) = typed.strip_prefix("jsonpath=") else {
            return fail(format!("unrecognized condition: {typed:?}"));
        };
        let typed = typed.trim_matches(['\'', '"']);
        let (path, value) = match typed.rfind("}=") {
            Some(at) => (&typed[..=at], Some(&typed[at + 2..])),
            None if typed.starts_with('{') => (typed, None),
            None => {
                typed.split_once('=').map_or((typed, None), |(path, value)| (path, Some(value)))
            }
        };
        if path.is_empty() {
            return fail("jsonpath expression cannot be empty");
        }
        if value == Some("") {
            return fail(
                "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.phase}'=Running",
            );
        }
        let inner = match (path.strip_prefix('{'), path.strip_suffix('}')) {
            (None, None) => path,
            (Some(_), Some(_)) => &path[1..path.len() - 1],
            _ => {
                return fail(
                    "unexpected path string, expected a 'name1.name2' or '.name1.name2' or \
                     '{name1.name2}' or '{.name1.name2}'",
                );
            }
        };
        let dot = if inner.starts_with(['.', '[']) { "" } else { "." };
        let value = value.map(|value| value.trim_matches(['\'', '"']).to_owned());
        Ok(Self::Path { path: format!("{{{dot}{inner}}}"), value })
    }

    /// Whether it holds for an object that is there.
    fn holds(&self, object: &AnyObject) -> Result<bool, String> {
        match self {
            Self::Delete => Ok(false),
            Self::Create => Ok(true),
            Self::Condition { name, status } => {
                let data = objects::data(object);
                let number = |path: &[&str]| data.at(path).and_then(Value::as_int);
                let observed = number(&["status", "observedGeneration"]);
                if observed.is_some_and(|seen| number(&["metadata", "generation"]) > Some(seen)) {
                    return Ok(false);
                }
                let conditions = data.at(&["status", "conditions"]).and_then(Value::as_list);
                let is = |condition: &Value, key: &str, wanted: &str| {
                    let text = condition.get(key).and_then(Value::as_str).unwrap_or_default();
                    text.eq_ignore_ascii_case(wanted)
                };
                let mut conditions = conditions.unwrap_or_default().iter();
                let found = conditions.find(|condition| is(condition, "type", name));
                Ok(found.is_some_and(|condition| is(condition, "status", status)))
            }
            Self::Path { path, value } => {
                let found = jsonpath::values(path, &objects::data(object))?;
                match (found.as_slice(), value) {
                    ([], _) => Ok(false),
                    (_, None) => Ok(true),
                    ([Value::Map(_) | Value::List(_)], _) => {
                        Err("jsonpath leads to a nested object or list which is not supported"
                            .to_owned())
                    }
                    ([one], Some(value)) => Ok(go_text(one) == *value),
                    _ => Err("given jsonpath expression matches more than one value".to_owned()),
                }
            }
        }
    }
}

/// An object that is waited for.
#[derive(Clone, Debug)]
struct Awaited {
    kind: Kind,
    namespace: Name,
    name: Name,
    /// Another object of the same name is not it.
    uid: Option<Uid>,
}

impl Awaited {
    fn of(object: &AnyObject) -> Self {
        let meta = object.meta();
        Self {
            kind: object.kind(),
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
            uid: Some(meta.uid),
        }
    }

    fn is_gone(&self, api: &ApiServer) -> bool {
        let found = objects::find(api, self.kind, &self.namespace, &self.name);
        found.map_or(true, |object| self.uid.is_some_and(|uid| uid != object.meta().uid))
    }
}

/// A wait that goes on.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    wanted: For,
    objects: Vec<Awaited>,
    next: usize,
    /// When patience ends, if ever.
    deadline: Option<Instant>,
    /// A timeout of 0: one look and no more.
    once: bool,
    by_name: bool,
    /// Whether nothing is said of what has come true.
    silent: bool,
    errors: Vec<Error>,
}

/// Runs `wait`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let wanted = For::parse(session.args.text("for").unwrap_or(""))?;
    let words = session.args.words.clone();
    if words.is_empty() && !session.args.names_files() {
        return fail(NAME_SOMETHING);
    }
    let objects = found(session, &words, &wanted)?;
    if session.has_failed() {
        return Ok(());
    }
    if objects.is_empty() {
        return if wanted == For::Delete { Ok(()) } else { fail("no matching resources found") };
    }
    let timeout = session.args.time("timeout").unwrap_or(TIMEOUT);
    let negative = session.args.text("timeout").is_some_and(|text| text.starts_with('-'));
    let timeout = if negative { Duration::from_secs(7 * 86_400) } else { timeout };
    let deadline = session.cluster.now() + timeout;
    let by_name = session.args.text("output") == Some("name");
    let once = timeout.is_zero();
    let (next, silent, errors) = (0, false, Vec::new());
    let deadline_at = Some(deadline);
    let wait = Wait { wanted, objects, next, deadline: deadline_at, once, by_name, silent, errors };
    let stream = session.cluster.streams.start_wait(wait);
    session.cluster.wake_at(deadline);
    session.out.stream = Some(stream);
    Ok(())
}

/// Goes on until objects that were deleted are gone, or `--timeout` is over.
pub(super) fn until_gone(session: &mut Session<'_>, deleted: &[AnyObject]) {
    let mut objects: Vec<Awaited> = deleted.iter().map(Awaited::of).collect();
    objects.retain(|awaited| !awaited.is_gone(session.api()));
    if objects.is_empty() {
        return;
    }
    let timeout = session.args.time("timeout").filter(|timeout| !timeout.is_zero());
    let deadline = timeout.map(|timeout| session.cluster.now() + timeout);
    let wait = Wait {
        wanted: For::Delete,
        objects,
        next: 0,
        deadline,
        once: false,
        by_name: false,
        silent: true,
        errors: Vec::new(),
    };
    session.out.stream = Some(session.cluster.streams.start_wait(wait));
    if let Some(deadline) = deadline {
        session.cluster.wake_at(deadline);
    }
}

/// What the words name. To wait for what is not there yet, or not any more, is no mistake.
fn found(session: &mut Session<'_>, words: &[String], wanted: &For) -> Result<Vec<Awaited>, Error> {
    let tolerant = matches!(wanted, For::Create | For::Delete);
    if !tolerant || session.args.names_files() {
        let objects = session.objects(words, session.naming())?;
        return Ok(objects.iter().map(Awaited::of).collect());
    }
    let mut all = Vec::new();
    for target in targets(words, session.naming())? {
        match &target {
            Target { resource: Resource::Kind(kind), name: Some(name) } => {
                let namespace = session.namespace();
                let known = objects::find(session.api(), *kind, &namespace, name);
                if known.is_ok() || *wanted == For::Create {
                    let name = name.as_str().into();
                    let uid = known.ok().map(|object| object.meta().uid);
                    all.push(Awaited { kind: *kind, namespace: namespace.into(), name, uid });
                }
            }
            _ => all.extend(session.resolve(&target)?.iter().map(Awaited::of)),
        }
    }
    Ok(all)
}

impl Wait {
    /// Looks again; returns the exit code when the command is over.
    pub(crate) fn follow(
        &mut self,
        now: Instant,
        api: &ApiServer,
        out: &mut Vec<Line>,
    ) -> Option<i32> {
        while let Some(awaited) = self.objects.get(self.next) {
            let Awaited { kind, namespace, name, .. } = awaited;
            let found = objects::find(api, *kind, namespace, name);
            let expired = self.deadline.is_some_and(|deadline| now >= deadline) && !self.once;
            let (kind, name) = (*kind, name.clone());
            let outcome = match (found, &self.wanted) {
                (_, For::Delete) if awaited.is_gone(api) => Ok(true),
                _ if expired => Ok(false),
                (Err(_), For::Create) => Ok(false),
                (Err(refusal), _) => Err(Error::from(refusal)),
                (Ok(object), wanted) => wanted.holds(&object).map_err(Error::Text),
            };
            match outcome {
                Ok(true) if self.silent => {}
                Ok(true) => {
                    let reference = format!("{}/{name}", kind.singular_dot_group());
                    let met = if self.by_name { "" } else { " condition met" };
                    let text = format!("{reference}{met}");
                    out.push(Line::whole(now, text, false));
                }
                Ok(false) if expired => self.errors.push(Error::Text(format!(
                    "timed out waiting for the condition on {}/{name}",
                    kind.plural()
                ))),
                Ok(false) if self.once => self
                    .errors
                    .push(Error::Text(format!("condition not met for {}/{name}", kind.plural()))),
                Ok(false) => return None,
                Err(error) => self.errors.push(error),
            }
            self.next += 1;
        }
        for line in told(&self.errors).lines() {
            out.push(Line::whole(now, line.to_owned(), true));
        }
        Some(i32::from(!self.errors.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn it_waits_for_conditions_values_and_the_end() {
        let mut lab = Lab::with_web();
        for (line, said) in [
            ("wait --for=condition=available deploy/web", "deployment.apps/web condition met"),
            (
                "wait --for=jsonpath={.status.readyReplicas}=3 deploy/web --timeout=20s",
                "deployment.apps/web condition met",
            ),
            (
                "wait --for=condition=Available=False deploy/web --timeout=1s",
                "error: timed out waiting for the condition on deployments/web",
            ),
        ] {
            let stream = lab.run(line).stream.expect("it goes on");
            lab.advance(30);
            let (lines, code) = lab.cluster.read_stream(stream);
            let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
            assert_eq!(lines, [said], "{line}");
            assert_eq!(code, Some(i32::from(said.starts_with("error"))), "{line}");
        }
        lab.check_error("wait deploy/web", "error: unrecognized condition: \"\"\n");
        lab.check_error(
            "wait --for=condition=Ready pod -l app=nope",
            "error: no matching resources found\n",
        );
    }
}
