//! `kubectl apply`: what files describe becomes so, and what was dropped from them goes.
//!
//! Models: kubectl v1.36 `pkg/cmd/apply/{apply,patcher}.go`, client-side. Leaves out: server-side
//! field management (`--server-side` writes all the same), `--prune`.

use super::error::{Error, Refusal, fail};
use super::server::{self, Sent, Written};
use super::session::{Session, Source, text_at};
use super::{json, objects, strategic};
use crate::api::deployment::LAST_APPLIED;
use crate::api::value::map;
use crate::api::{Kind, Value};
use crate::apiserver::AnyObject;
use crate::manifest;

pub(super) const FLAGS: &str = "filename,f:text kustomize,k:text recursive,R dry-run:or=unchanged \
    output,o:text validate:or=strict server-side force-conflicts field-manager:text record \
    overwrite force wait timeout:time cascade:or=background grace-period:int prune all \
    selector,l:text prune-allowlist:text show-managed-fields openapi-patch template:text \
    allow-missing-template-keys subresource:text";

/// What is said with `--server-side`, whether anything changed or not.
const APPLIED: &str = "serverside-applied";

/// Runs `apply`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    if let Some(word) = session.args.words.first().cloned() {
        return fail(format!(
            "Unexpected args: [{word}]\nSee 'kubectl apply -h' for help and examples"
        ));
    }
    if !session.args.names_files() {
        return fail("must specify one of -f and -k");
    }
    if session.args.is_on("prune") {
        let chosen = session.args.is_on("all") || session.args.has("selector");
        return fail(if chosen {
            "pruning is not simulated"
        } else {
            "all resources selected for prune without explicitly passing --all. To prune all \
             resources, pass the --all flag. If you did not mean to prune all resources, specify a \
             label selector"
        });
    }
    if session.args.is_on("record") {
        session.warn("Flag --record has been deprecated, --record will be removed in the future");
    }
    let sources = session.sources()?;
    if sources.is_empty() && !session.has_failed() {
        return fail("no objects passed to apply");
    }
    let mut applied = Vec::new();
    for source in sources {
        match one(session, source) {
            Ok(data) => applied.extend(data),
            Err(error) => session.fail(error),
        }
    }
    let Some(form) = session.args.text("output").map(str::to_owned) else {
        return Ok(());
    };
    match applied.pop() {
        Some(only) if applied.is_empty() => session.print_object(&form, &only),
        Some(last) => {
            applied.push(last);
            let list = map([
                ("apiVersion", "v1".into()),
                ("kind", "List".into()),
                ("metadata", Value::map()),
                ("items", applied.into()),
            ]);
            session.print_object(&form, &list)
        }
        None => Ok(()),
    }
}

/// Applies one document. With `-o` its data is printed at the end, with that of all others.
fn one(session: &mut Session<'_>, mut source: Source) -> Result<Option<Value>, Error> {
    let kind =
        manifest::kind_of(&source.value).map_err(|error| server::unknown(&error, &source.file))?;
    let namespace = place(session, kind, &mut source)?;
    let name = named(kind, &source, &namespace)?;
    loosen(session, &mut source.value);
    session.record("apply", &mut source.value);
    // On the server's side nothing has to be remembered.
    let server_side = session.args.is_on("server-side");
    let modified = if server_side { source.value } else { remembering(&source.value) };
    match objects::find(session.api(), kind, &namespace, &name) {
        Ok(current) => change(session, &source.file, &current, &modified),
        Err(_) => create(session, &source.file, &modified, &namespace),
    }
}

/// Decides the namespace and writes it into the data.
pub(super) fn place(
    session: &Session<'_>,
    kind: Kind,
    source: &mut Source,
) -> Result<String, Error> {
    if !kind.is_namespaced() {
        return Ok(String::new());
    }
    let typed = text_at(&source.value, "namespace");
    let wanted = session.args.text("namespace");
    if let Some(wanted) = wanted.filter(|wanted| !typed.is_empty() && *wanted != typed) {
        return fail(format!(
            "the namespace from the provided object {typed:?} does not match the namespace \
             {wanted:?}. You must pass '--namespace={typed}' to perform this operation."
        ));
    }
    let namespace = if typed.is_empty() { session.namespace() } else { typed };
    *source.value.entry("metadata").entry("namespace") = namespace.as_str().into();
    Ok(namespace)
}

fn named(kind: Kind, source: &Source, namespace: &str) -> Result<String, Error> {
    let name = text_at(&source.value, "name");
    if !name.is_empty() {
        return Ok(name);
    }
    let prefix = text_at(&source.value, "generateName");
    if !prefix.is_empty() {
        return fail(format!("from {prefix}: cannot use generate name with apply"));
    }
    let (version, plural) = (kind.api_version(), kind.plural());
    let slash = if version.contains('/') { "" } else { "/" };
    fail(format!(
        "error when retrieving current configuration of:\nResource: \"{slash}{version}, \
         Resource={plural}\", GroupVersionKind: \"{slash}{version}, Kind={kind}\"\nName: \"\", \
         Namespace: {namespace:?}\nfrom server for: {:?}: resource name may not be empty",
        source.file
    ))
}

/// With `--validate=ignore` or `warn`, drops fields that do not exist.
fn loosen(session: &mut Session<'_>, value: &mut Value) {
    let mode = session.args.text("validate").unwrap_or("strict").to_owned();
    if matches!(mode.as_str(), "strict" | "true") {
        return;
    }
    if let Ok((pruned, misfits)) = manifest::prune(value) {
        *value = pruned;
        if mode == "warn" {
            for misfit in misfits {
                session.warn(&format!("Warning: {}", misfit.sentence()));
            }
        }
    }
}

/// The data with the annotation that remembers it.
pub(super) fn remembering(value: &Value) -> Value {
    let mut kept = value.clone();
    let annotations = kept.entry("metadata").entry("annotations");
    if let Some(map) = annotations.as_map_mut() {
        map.remove(LAST_APPLIED);
    } else {
        *annotations = Value::map();
    }
    let text = html_safe(&kept.to_json()) + "\n";
    let mut modified = value.clone();
    *modified.entry("metadata").entry("annotations").entry(LAST_APPLIED) = text.into();
    modified
}

/// JSON as Go writes it: with characters escaped that HTML would trip over.
fn html_safe(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn create(
    session: &mut Session<'_>,
    file: &str,
    modified: &Value,
    namespace: &str,
) -> Result<Option<Value>, Error> {
    if session.prints_what_it_sends() {
        return Ok(Some(modified.clone()));
    }
    if session.asks_nobody() {
        return session.report_new(modified, "created").map(|()| None);
    }
    let written = server::create(session.cluster, modified, namespace)
        .map_err(|refusal| Error::refused(refusal, format!("error when creating {file:?}")))?;
    tell(session, &written, "created")
}

fn change(
    session: &mut Session<'_>,
    file: &str,
    current: &AnyObject,
    modified: &Value,
) -> Result<Option<Value>, Error> {
    // A dry run of the client alone looks at what is there, and does not work out a change.
    if session.asks_nobody() {
        return reported(session, current, "configured");
    }
    let data = objects::data(current);
    let remembered = current.meta().annotation(LAST_APPLIED);
    let server_side = session.args.is_on("server-side");
    if remembered.is_none() && !server_side {
        let (plural, name) = (current.kind().plural(), &current.meta().name);
        let warning = format!(
            "Warning: resource {plural}/{name} is missing the {LAST_APPLIED} annotation which is \
             required by kubectl apply. kubectl apply should only be used on resources created \
             declaratively by either kubectl create --save-config or kubectl apply. The missing \
             annotation will be patched automatically."
        );
        session.warn(&warning);
    }
    let original = remembered.filter(|_| !server_side).and_then(|text| json::parse(text).ok());
    let original = original.unwrap_or_default();
    let patch = strategic::three_way(&original, modified, &data);
    if patch == Value::map() {
        return reported(session, current, if server_side { APPLIED } else { "unchanged" });
    }
    let mut wanted = data;
    strategic::apply(&mut wanted, &patch).map_err(|problem| Refusal::Other("", problem))?;
    let written = server::update(session.cluster, current, &wanted, Sent::Patch(&patch))
        .map_err(|refusal| Error::refused(refusal, patching(file, current, &patch)))?;
    tell(session, &written, "configured")
}

/// What kubectl was doing when a patch was refused, in full.
fn patching(file: &str, current: &AnyObject, patch: &Value) -> String {
    let (kind, meta) = (current.kind(), current.meta());
    let (version, plural) = (kind.api_version(), kind.plural());
    let slash = if version.contains('/') { "" } else { "/" };
    format!(
        "error when applying patch:\n{}\nto:\nResource: \"{slash}{version}, Resource={plural}\", \
         GroupVersionKind: \"{slash}{version}, Kind={kind}\"\nName: \"{}\", Namespace: \"{}\"\nfor: \
         {file:?}: error when patching {file:?}",
        html_safe(&patch.to_json()),
        meta.name,
        meta.namespace
    )
}

fn tell(session: &mut Session<'_>, written: &Written, done: &str) -> Result<Option<Value>, Error> {
    session.warn_all(&written.warnings);
    let applied = session.args.is_on("server-side");
    reported(session, &written.object, if applied { APPLIED } else { done })
}

/// Says what was done to an object, or gives its data to be printed.
fn reported(
    session: &mut Session<'_>,
    object: &AnyObject,
    done: &str,
) -> Result<Option<Value>, Error> {
    match session.args.text("output") {
        None | Some("" | "name") => session.report(object, done).map(|()| None),
        Some(form) => {
            super::output::check(form)?;
            Ok(Some(objects::data(object)))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Cluster, Command, Config};

    const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1'}]}
";

    #[test]
    fn applying_creates_then_changes_then_leaves_alone() {
        let mut cluster = Cluster::new(Config::with_seed(1));
        let mut apply = |text: &str| cluster.apply(&Command::apply(text)).stdout;
        assert_eq!(apply(WEB), "deployment.apps/web created\n");
        assert_eq!(apply(WEB), "deployment.apps/web unchanged\n");
        assert_eq!(apply(&WEB.replace("nginx:1", "nginx:2")), "deployment.apps/web configured\n");
        assert_eq!(
            cluster.apply(&Command::apply("# nothing")).stderr,
            "error: no objects passed to apply\n"
        );
    }

    #[test]
    fn a_good_document_is_applied_although_another_is_refused() {
        let mut cluster = Cluster::new(Config::with_seed(1));
        let text = format!(
            "{}\n---{WEB}",
            WEB.replace("replicas", "x").replace("name: web}", "name: Web}")
        );
        let output = cluster.apply(&Command::apply(&text));
        assert_eq!((output.stdout.as_str(), output.code), ("deployment.apps/web created\n", 1));
        assert!(output.stderr.starts_with("The Deployment \"Web\" is invalid: metadata.name"));
    }

    #[test]
    fn a_dry_run_changes_nothing() {
        let mut cluster = Cluster::new(Config::with_seed(1));
        let command = Command::Kubectl {
            line: "apply -f - --dry-run=server".into(),
            stdin: Some(WEB.into()),
        };
        assert_eq!(
            cluster.apply(&command).stdout,
            "deployment.apps/web created (server dry run)\n"
        );
        assert_eq!(cluster.apply(&Command::apply(WEB)).stdout, "deployment.apps/web created\n");
    }
}
