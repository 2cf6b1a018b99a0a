//! `kubectl diff -f`: what applying a file would change, as `diff -u -N` prints it.
//!
//! Models: kubectl v1.36 `pkg/cmd/diff/diff.go`. Leaves out: `--prune`, other programs than `diff`.
//! The exit code is 0 without differences, 1 with some, and higher when the command fails.

use super::desk::Desk;
use super::error::{Error, Refusal, fail, told};
use super::flags::Args;
use super::session::{Session, Source};
use super::unified;
use super::{apply, json, objects, server, strategic};
use crate::api::deployment::LAST_APPLIED;
use crate::api::{Kind, Value};
use crate::apiserver::AnyObject;
use crate::cluster::Cluster;
use crate::manifest::{self, timestamp, to_yaml};
use crate::rng::mix;

pub(super) const FLAGS: &str = "filename,f:text kustomize,k:text recursive,R selector,l:text \
    server-side force-conflicts field-manager:text prune prune-allowlist:text \
    show-managed-fields concurrency:int";

/// The exit code of a command that fails: 1 says that there are differences.
const TROUBLE: i32 = 2;

/// Runs `diff`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    // Taken back when the command gets that far.
    session.out.code = TROUBLE;
    if let Some(word) = session.args.words.first().cloned() {
        return fail(format!(
            "Unexpected args: [{word}]\nSee 'kubectl diff -h' for help and examples"
        ));
    }
    if !session.args.names_files() {
        return fail("must specify one of -f and -k");
    }
    let mut text = String::new();
    let folders = Folders::of(session);
    for source in session.sources()? {
        let (name, live, merged) = versions(session, source)?;
        text.push_str(&folders.difference(&name, &live, &merged));
    }
    if session.has_failed() {
        return Ok(());
    }
    session.out.code = i32::from(!text.is_empty());
    session.out.stdout.push_str(&text);
    Ok(())
}

/// The two folders whose files are compared.
struct Folders {
    live: u64,
    merged: u64,
    moment: String,
}

impl Folders {
    fn of(session: &Session<'_>) -> Self {
        let number = mix(session.cluster.config().seed ^ session.api().resource_version());
        let now = session.cluster.now();
        let stamp = timestamp::format(now).replace('T', " ").replace('Z', "");
        let nanos = now.as_micros() % 1_000_000 * 1_000;
        let moment = format!("{stamp}.{nanos:09} +0000");
        let short = |number: u64| number % 4_294_967_296;
        Self { live: short(number), merged: short(mix(number)), moment }
    }

    fn difference(&self, name: &str, live: &str, merged: &str) -> String {
        let hunks = unified::hunks(live, merged);
        if hunks.is_empty() {
            return String::new();
        }
        let live = format!("/tmp/LIVE-{}/{name}", self.live);
        let merged = format!("/tmp/MERGED-{}/{name}", self.merged);
        let moment = &self.moment;
        format!("diff -u -N {live} {merged}\n--- {live}\t{moment}\n+++ {merged}\t{moment}\n{hunks}")
    }
}

/// What applying a document would make of an object.
pub(crate) struct Change {
    pub(crate) kind: Kind,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Its data now; null when it is to be created.
    pub(crate) live: Value,
    /// Its data once applied.
    pub(crate) merged: Value,
    /// The object once applied.
    pub(crate) object: AnyObject,
}

/// What applying a text would make of each object in it, one after the other; a copy of the cluster
/// is changed on the way. What is refused is told in kubectl's sentence.
pub(crate) fn changes(copy: &mut Cluster, text: &str) -> Vec<Result<Change, String>> {
    let words = ["-f", "-"].map(str::to_owned);
    let args = Args::parse(FLAGS, &words).unwrap_or_default();
    let mut session = Session::new(copy, args, Desk::bare(Some(text)));
    let sources = session.sources();
    let mut found: Vec<Result<Change, Error>> =
        session.take_failures().into_iter().map(Err).collect();
    match sources {
        Ok(sources) => {
            for source in sources {
                found.push(change(&mut session, source).map(|(change, after)| {
                    *session.cluster = after;
                    change
                }));
            }
        }
        Err(error) => found.push(Err(error)),
    }
    found.into_iter().map(|each| each.map_err(|error| told(&[error]))).collect()
}

/// The name of the file an object is written to, and its text now and once applied.
fn versions(session: &mut Session<'_>, source: Source) -> Result<(String, String, String), Error> {
    let (Change { kind, namespace, name, live, merged, .. }, _) = change(session, source)?;
    let (group, version) = match kind.api_version().split_once('/') {
        Some((group, version)) => (format!("{group}."), version),
        None => (String::new(), kind.api_version()),
    };
    let file = format!("{group}{version}.{kind}.{namespace}.{name}");
    let text = |value: &Value| if *value == Value::Null { String::new() } else { to_yaml(value) };
    Ok((file, text(&live), text(&merged)))
}

/// What a document would change, and the cluster once it has.
fn change(session: &mut Session<'_>, mut source: Source) -> Result<(Change, Cluster), Error> {
    let kind =
        manifest::kind_of(&source.value).map_err(|error| server::unknown(&error, &source.file))?;
    let namespace = apply::place(session, kind, &mut source)?;
    let name = super::session::text_at(&source.value, "name");
    let current = objects::find(session.api(), kind, &namespace, &name).ok();
    // What is not to happen happens to a copy.
    let mut copy = session.cluster.clone();
    let written = match &current {
        None => server::create(&mut copy, &source.value, &namespace)?,
        Some(current) => {
            let data = objects::data(current);
            let original = current.meta().annotation(LAST_APPLIED);
            let mut original = original.and_then(|text| json::parse(text).ok()).unwrap_or_default();
            if original.at(&["metadata", "annotations"]) == Some(&Value::map())
                && let Some(map) = original.entry("metadata").as_map_mut()
            {
                map.remove("annotations");
            }
            let patch = strategic::three_way(&original, &source.value, &data);
            let mut wanted = data;
            strategic::apply(&mut wanted, &patch).map_err(|problem| Refusal::Other("", problem))?;
            server::update(&mut copy, current, &wanted, server::Sent::Patch(&patch))?
        }
    };
    let mut live = current.as_ref().map(objects::data).unwrap_or_default();
    let object = written.object;
    let mut merged = objects::data(&object);
    // A dry run is not given a version.
    match live.at(&["metadata", "resourceVersion"]).cloned() {
        Some(version) => *merged.entry("metadata").entry("resourceVersion") = version,
        None => {
            merged.entry("metadata").as_map_mut().and_then(|map| map.remove("resourceVersion"));
        }
    }
    if kind == Kind::Secret {
        mask(&mut live, &mut merged);
    }
    Ok((Change { kind, namespace, name, live, merged, object }, copy))
}

/// Hides what a Secret holds, but not whether it changes.
fn mask(live: &mut Value, merged: &mut Value) {
    let data = |value: &Value| value.get("data").and_then(Value::as_map).cloned();
    let (before, after) = (data(live).unwrap_or_default(), data(merged).unwrap_or_default());
    let hide = |object: &mut Value, other: &std::collections::BTreeMap<_, Value>, words: &str| {
        let map = object.as_map_mut().and_then(|map| map.get_mut("data"));
        for (key, value) in map.and_then(Value::as_map_mut).into_iter().flatten() {
            let differs = other.get(key).is_some_and(|other| *other != *value);
            *value = if differs { format!("*** ({words})").into() } else { "***".into() };
        }
    };
    hide(live, &after, "before");
    hide(merged, &before, "after");
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;
    use crate::{Command, kubectl::Output};

    const CONFIG: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}";

    fn diff(lab: &mut Lab, text: &str) -> Output {
        lab.cluster.apply(&Command::Kubectl { line: "diff -f -".into(), stdin: Some(text.into()) })
    }

    #[test]
    fn the_exit_code_says_whether_there_is_a_difference_or_trouble() {
        let mut lab = Lab::with_web();
        let new = diff(&mut lab, CONFIG);
        assert_eq!((new.code, new.stderr.as_str()), (1, ""));
        assert!(new.stdout.contains("@@ -0,0 +1,9 @@\n+apiVersion: v1\n+data:\n+  a: b\n"));
        lab.cluster.apply(&Command::apply(CONFIG));
        assert_eq!(diff(&mut lab, CONFIG).code, 0);
        let changed = diff(&mut lab, &CONFIG.replace("a: b", "a: c"));
        assert_eq!(changed.code, 1);
        assert!(
            changed
                .stdout
                .contains("@@ -1,6 +1,6 @@\n apiVersion: v1\n data:\n-  a: b\n+  a: c\n kind:")
        );
        let wrong = diff(&mut lab, "{apiVersion: v1, kind: ConfigMap, metadata: {name: C}}");
        assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
        assert!(wrong.stderr.starts_with("The ConfigMap \"C\" is invalid: "));
    }

    #[test]
    fn secrets_stay_secret() {
        let secret =
            "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {a: b, c: d}}";
        let mut lab = Lab::with_web();
        lab.cluster.apply(&Command::apply(secret));
        let text = diff(&mut lab, &secret.replace("a: b", "a: x")).stdout;
        assert!(
            text.contains("\n-  a: '*** (before)'\n+  a: '*** (after)'\n   c: '***'\n"),
            "{text}"
        );
    }
}
