//! `kubectl get`: objects as tables or as data.
//!
//! Models: kubectl v1.36 `pkg/cmd/get/get.go`.

mod columns;
pub(crate) mod data_kinds;
pub(crate) mod endpoints;
pub(crate) mod fields;
mod pod;
mod table;
mod watch;

pub use columns::row;
pub(crate) use columns::{selector_text, since};
pub(crate) use watch::Following;

use std::borrow::Cow;
use std::sync::Arc;

use super::error::{Error, Refusal, fail};
use super::objects;
use super::output;
use super::resource::{Naming, Resource, Target, targets};
use super::session::Session;
use crate::api::value::map;
use crate::api::{Kind, Labels, Value};
use crate::apiserver::AnyObject;
use crate::kubectl::describe::page::{entries, text};

pub(super) const FLAGS: &str = "output,o:text selector,l:text all-namespaces,A show-labels \
    no-headers label-columns,L:text sort-by:text field-selector:text ignore-not-found \
    filename,f:text recursive,R show-kind watch,w watch-only output-watch-events chunk-size:int \
    show-managed-fields subresource:text raw:text template:text allow-missing-template-keys \
    server-print kustomize,k:text";

/// Objects of one resource.
struct Group {
    resource: Resource,
    items: Vec<Item>,
}

impl Group {
    /// Leaves the items that are asked for by their fields, in the order asked for.
    fn choose(&mut self, session: &Session<'_>, is_table: bool) -> Result<(), Error> {
        if session.args.has("field-selector") || session.args.has("sort-by") {
            let mut items = data_of(&self.items);
            fields::select(session, self.resource, &mut items)?;
            fields::sort(session, &mut items, is_table)?;
            self.items = items.into_iter().map(Item::Data).collect();
        }
        Ok(())
    }
}

/// An object. Its data is made when a column or a form needs it, since that takes long.
enum Item {
    Object(AnyObject),
    Data(Value),
}

impl Item {
    fn data(&self) -> Cow<'_, Value> {
        match self {
            Self::Object(object) => Cow::Owned(objects::data(object)),
            Self::Data(data) => Cow::Borrowed(data),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Object(object) => object.meta().name.to_string(),
            Self::Data(data) => text(data, &["metadata", "name"]),
        }
    }

    fn namespace(&self) -> String {
        match self {
            Self::Object(object) => object.meta().namespace.to_string(),
            Self::Data(data) => text(data, &["metadata", "namespace"]),
        }
    }

    fn labels(&self) -> Labels {
        match self {
            Self::Object(object) => Arc::clone(&object.meta().labels),
            Self::Data(data) => {
                let labels = entries(data.at(&["metadata", "labels"]));
                Arc::new(crate::order::map(labels.map(|(key, value)| (key.into(), value.into()))))
            }
        }
    }
}

fn data_of(items: &[Item]) -> Vec<Value> {
    items.iter().map(|item| item.data().into_owned()).collect()
}

/// Runs `get`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let watches = session.args.is_on("watch") || session.args.is_on("watch-only");
    if let Some(path) = session.args.text("raw").map(str::to_owned) {
        return super::discovery::raw(session, &path);
    }
    if session.args.is_on("output-watch-events") && !watches {
        return fail("--output-watch-events option can only be used with --watch or --watch-only");
    }
    if words.is_empty() && !session.args.names_files() {
        return Err(Error::Exact(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a \
             complete list of supported resources.\n\nerror: Required resource not specified.\nUse \
             \"kubectl explain <resource>\" for a detailed description of that resource (e.g. \
             kubectl explain pods).\nSee 'kubectl get -h' for help and examples"
                .to_owned(),
        ));
    }
    let form = form(session)?;
    output::check(&form)?;
    if watches {
        return watch::run(session, &words, form);
    }
    let mut groups = collect(session, &words)?;
    let is_table = matches!(form.as_str(), "" | "wide");
    for group in &mut groups {
        group.choose(session, is_table)?;
    }
    let asked_one = match words.as_slice() {
        _ if session.args.names_files() => true,
        [only] => only.contains('/'),
        [types, _] => !types.contains(',') && !types.contains('/'),
        _ => false,
    };
    let single = matches!(groups.as_slice(), [group] if group.items.len() == 1) && asked_one;
    let kinds = if session.args.names_files() || words.iter().any(|word| word.contains('/')) {
        groups.iter().filter(|group| !group.items.is_empty()).count()
    } else {
        groups.len()
    };
    groups.retain(|group| !group.items.is_empty());
    match form.as_str() {
        "" | "wide" => {
            if groups.is_empty() && !session.has_failed() {
                return nothing(session, &words);
            }
            table::print(session, &groups, kinds > 1);
        }
        "name" => {
            for group in &groups {
                for item in &group.items {
                    session.print(&format!("{}/{}", group.resource.prefix(), item.name()));
                }
            }
        }
        _ if session.has_failed() && groups.is_empty() => {}
        _ => {
            let mut items: Vec<Value> =
                groups.iter().flat_map(|group| data_of(&group.items)).collect();
            let data = match items.pop() {
                Some(only) if single => only,
                last => {
                    items.extend(last);
                    list_of(items)
                }
            };
            let printed = match form.split_once('=') {
                Some(("custom-columns", spec)) => {
                    output::columns(spec, &data, session.args.is_on("no-headers"))?
                }
                Some(("jsonpath", template))
                    if session.args.switch("allow-missing-template-keys") == Some(false) =>
                {
                    super::jsonpath::print_strictly(template, &data).map_err(Error::Text)?
                }
                _ => output::print_data(&form, &data)?,
            };
            session.out.stdout.push_str(&printed);
        }
    }
    Ok(())
}

/// The output form: templates in files are read, `--template` stands behind its form.
fn form(session: &Session<'_>) -> Result<String, Error> {
    let form = session.args.text("output").unwrap_or("").to_owned();
    let template = session.args.text("template").filter(|template| !template.is_empty());
    let form = match template {
        Some(template) if form.is_empty() => format!("go-template={template}"),
        Some(template) if !form.contains('=') => format!("{form}={template}"),
        _ => form,
    };
    let Some((name, path)) = form.split_once('=') else { return Ok(form) };
    let name = match name {
        "go-template-file" | "templatefile" => "go-template",
        "jsonpath-file" => "jsonpath",
        "custom-columns-file" => "custom-columns",
        _ => return Ok(form),
    };
    let Some(text) = session.desk.read(path) else {
        return fail(format!(
            "error reading template {path}, open {path}: no such file or directory"
        ));
    };
    if name != "custom-columns" {
        return Ok(format!("{name}={text}"));
    }
    let mut lines = text.lines().map(str::split_ascii_whitespace);
    let (titles, paths) = (lines.next(), lines.next());
    let columns: Vec<String> = titles
        .into_iter()
        .flatten()
        .zip(paths.into_iter().flatten())
        .map(|(title, path)| format!("{title}:{path}"))
        .collect();
    Ok(format!("{name}={}", columns.join(",")))
}

/// A `List` as kubectl makes it of what it got.
fn list_of(items: Vec<Value>) -> Value {
    map([
        ("apiVersion", "v1".into()),
        ("kind", "List".into()),
        ("metadata", map([("resourceVersion", "".into())])),
        ("items", Value::List(items)),
    ])
}

fn nothing(session: &mut Session<'_>, words: &[String]) -> Result<(), Error> {
    if session.args.is_on("ignore-not-found") {
        return Ok(());
    }
    let naming = Naming { types_alone: true, ..session.naming() };
    let namespaced = session.args.names_files()
        || targets(words, naming)?.iter().any(|target| target.resource.is_namespaced());
    let place = match session.namespace() {
        name if namespaced && !session.args.is_on("all-namespaces") => {
            format!(" in {name} namespace.")
        }
        _ => String::new(),
    };
    session.warn(&format!("No resources found{place}"));
    Ok(())
}

/// Everything asked for, one group a resource, in the order asked.
fn collect(session: &mut Session<'_>, words: &[String]) -> Result<Vec<Group>, Error> {
    let mut groups: Vec<Group> = Vec::new();
    let mut add = |resource, items: Vec<Item>| match groups.last_mut() {
        Some(group) if group.resource == resource => group.items.extend(items),
        _ => groups.push(Group { resource, items }),
    };
    if session.args.names_files() {
        for object in session.objects(words, Naming::default())? {
            add(Resource::Kind(object.kind()), vec![Item::Object(object)]);
        }
        return Ok(groups);
    }
    for target in targets(words, Naming { types_alone: true, ..session.naming() })? {
        let items = match target.resource {
            Resource::Kind(_) => {
                let before = session.take_failures();
                let found = session.resolve(&target)?;
                let missing = session.take_failures();
                session.fail_all(before);
                if !session.args.is_on("ignore-not-found") {
                    session.fail_all(missing);
                }
                found.into_iter().map(Item::Object).collect()
            }
            _ => made_up(session, &target)?,
        };
        add(target.resource, items);
    }
    Ok(groups)
}

/// Objects that are not stored: Endpoints.
fn made_up(session: &mut Session<'_>, target: &Target) -> Result<Vec<Item>, Error> {
    let namespace = session.namespace();
    let namespace = (!session.args.is_on("all-namespaces")).then_some(namespace.as_str());
    let all: Vec<Value> = match target.resource {
        Resource::Endpoints => endpoints::all(session.api(), namespace),
        Resource::Absent(absent) => {
            let wanted = |other: &&Value| {
                let here = text(other, &["metadata", "namespace"]);
                text(other, &["kind"]) == absent.kind()
                    && namespace.is_none_or(|name| here == name || !absent.is_namespaced())
            };
            session.api().others().iter().filter(wanted).cloned().collect()
        }
        Resource::Kind(_) => Vec::new(),
    };
    let Some(name) = &target.name else {
        let selector = session.selector(Kind::Service)?;
        let mut items: Vec<Item> = all.into_iter().map(Item::Data).collect();
        items.retain(|item| selector.matches(&item.labels()));
        return Ok(items);
    };
    let named = all.into_iter().filter(|item| text(item, &["metadata", "name"]) == *name);
    let found: Vec<Item> = named.map(Item::Data).collect();
    if found.is_empty() && !session.args.is_on("ignore-not-found") {
        let sentence = format!("{} {name:?} not found", target.resource.plural_dot_group());
        session.fail(Refusal::Other("NotFound", sentence));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    /// The table with random names made equal.
    fn shown(lab: &mut Lab, line: &str) -> String {
        let rs = lab.run("get rs -o jsonpath={.items[0].metadata.name}").stdout;
        lab.run(line).stdout.replace(&rs, "web-HASH")
    }

    #[test]
    fn tables_show_what_kubectl_shows() {
        let mut lab = Lab::with_web();
        lab.advance(20);
        lab.check(
            "get deploy",
            "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nweb    3/3     3            3           21s\n",
        );
        assert_eq!(
            shown(&mut lab, "get deploy,rs -o wide").lines().next(),
            Some(
                "NAME                  READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES    SELECTOR"
            )
        );
        assert!(
            shown(&mut lab, "get all").contains("\n\nNAME                 TYPE        CLUSTER-IP")
        );
        lab.check("get deploy web -o name", "deployment.apps/web\n");
        let output = lab.run("get sts");
        assert_eq!(output.stderr, "No resources found in default namespace.\n");
        lab.check_error(
            "get deploy nope",
            "Error from server (NotFound): deployments.apps \"nope\" not found\n",
        );
        lab.check_error("get web", "error: the server doesn't have a resource type \"web\"\n");
        assert_eq!(lab.run("get pods --no-headers").stdout.lines().count(), 3);
        assert_eq!(lab.run("get pods -l app=web -o name").stdout.lines().count(), 3);
        assert_eq!(lab.run("get pods --field-selector status.phase!=Running -o name").stdout, "");
        assert!(lab.run("get pods -o wide").stdout.contains("   gpu-node-"));
        assert!(lab.run("get ep").stdout.starts_with("NAME   ENDPOINTS"));
        lab.check(
            "get deploy -o custom-columns=N:.metadata.name,R:.spec.replicas",
            "N     R\nweb   3\n",
        );
    }

    #[test]
    fn a_row_read_from_a_pod_is_that_read_from_its_data() {
        const PODS: &str = "
{apiVersion: v1, kind: Pod, metadata: {name: crash, labels: {a: b}}, spec: {containers: [{name: c,
  image: 'busybox:1', command: [sh, -c, 'sleep 3; exit 3']}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: done}, spec: {restartPolicy: Never, containers: [
  {name: c, image: 'busybox:1', command: [sh, -c, 'sleep 3']}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: init}, spec: {initContainers: [
  {name: side, image: 'busybox:1', restartPolicy: Always, command: [sleep, '1000']},
  {name: first, image: 'busybox:1', command: [sh, -c, 'sleep 9; test -f /x']}],
  containers: [{name: c, image: 'nginx:1'}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: gated}, spec: {
  readinessGates: [{conditionType: example.com/x}], containers: [{name: c, image: 'nginx:1'}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: big}, spec: {containers: [
  {name: c, image: 'nginx:1', resources: {requests: {cpu: '1000'}}}]}}
";
        let mut lab = Lab::with_web();
        lab.cluster.apply(&crate::Command::apply(PODS));
        for turn in 0..40 {
            if turn == 30 {
                lab.run("delete pods --all --wait=false");
            }
            for line in ["get pods", "get pods -o wide --show-labels"] {
                let by_data = lab.run(&format!("{line} --field-selector metadata.name!=x"));
                assert_eq!(lab.run(line), by_data, "after {turn} turns");
            }
            lab.advance(2 + turn % 5);
        }
    }
}
