//! `kubectl get`: objects as tables or as data.
//!
//! Models: kubectl v1.36 `pkg/cmd/get/get.go`. Leaves out: `--watch`, Go templates.

mod columns;
pub(crate) mod data_kinds;
pub(crate) mod endpoints;
mod fields;
mod pod;
mod table;

pub use columns::row;
pub(crate) use columns::{selector_text, since};

use super::error::{Error, Refusal, fail};
use super::objects;
use super::output;
use super::resource::{Naming, Resource, Target, targets};
use super::session::Session;
use crate::api::value::map;
use crate::api::{Kind, Value};
use crate::kubectl::describe::page::text;

pub(super) const FLAGS: &str = "output,o:text selector,l:text all-namespaces,A show-labels \
    no-headers label-columns,L:text sort-by:text field-selector:text ignore-not-found \
    filename,f:text recursive,R show-kind watch,w watch-only output-watch-events chunk-size:int \
    show-managed-fields subresource:text raw:text template:text allow-missing-template-keys \
    server-print kustomize,k:text";

/// Objects of one resource, as data.
struct Group {
    resource: Resource,
    items: Vec<Value>,
}

/// Runs `get`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    if session.args.is_on("watch") || session.args.is_on("watch-only") {
        return fail("the simulator does not watch tables; `rollout status` follows a rollout");
    }
    if let Some(path) = session.args.text("raw").map(str::to_owned) {
        return super::discovery::raw(session, &path);
    }
    if session.args.is_on("output-watch-events") {
        return fail("--output-watch-events option can only be used with --watch or --watch-only");
    }
    if words.is_empty() && !session.args.has("filename") {
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
    let mut groups = collect(session, &words)?;
    let is_table = matches!(form.as_str(), "" | "wide");
    for group in &mut groups {
        fields::select(session, group.resource, &mut group.items)?;
        fields::sort(session, &mut group.items, is_table)?;
    }
    let asked_one = match words.as_slice() {
        _ if session.args.has("filename") => true,
        [only] => only.contains('/'),
        [types, _] => !types.contains(',') && !types.contains('/'),
        _ => false,
    };
    let single = matches!(groups.as_slice(), [group] if group.items.len() == 1) && asked_one;
    let kinds = if session.args.has("filename") || words.iter().any(|word| word.contains('/')) {
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
                    let line = format!(
                        "{}/{}",
                        group.resource.prefix(),
                        text(item, &["metadata", "name"])
                    );
                    session.print(&line);
                }
            }
        }
        _ if session.has_failed() && groups.is_empty() => {}
        _ => {
            let mut items: Vec<Value> = groups.into_iter().flat_map(|group| group.items).collect();
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
    let namespaced = session.args.has("filename")
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

/// The data of everything asked for, one group a resource, in the order asked.
fn collect(session: &mut Session<'_>, words: &[String]) -> Result<Vec<Group>, Error> {
    let mut groups: Vec<Group> = Vec::new();
    let mut add = |resource, items: Vec<Value>| match groups.last_mut() {
        Some(group) if group.resource == resource => group.items.extend(items),
        _ => groups.push(Group { resource, items }),
    };
    if session.args.has("filename") {
        for object in session.objects(words, Naming::default())? {
            add(Resource::Kind(object.kind()), vec![objects::data(&object)]);
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
                found.iter().map(objects::data).collect()
            }
            _ => made_up(session, &target)?,
        };
        add(target.resource, items);
    }
    Ok(groups)
}

/// Objects that are not stored: Endpoints.
fn made_up(session: &mut Session<'_>, target: &Target) -> Result<Vec<Value>, Error> {
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
        let labels = |item: &Value| session_labels(item);
        return Ok(all.into_iter().filter(|item| selector.matches(&labels(item))).collect());
    };
    let found: Vec<Value> =
        all.into_iter().filter(|item| text(item, &["metadata", "name"]) == *name).collect();
    if found.is_empty() && !session.args.is_on("ignore-not-found") {
        let sentence = format!("{} {name:?} not found", target.resource.plural_dot_group());
        session.fail(Refusal::Other("NotFound", sentence));
    }
    Ok(found)
}

fn session_labels(item: &Value) -> crate::api::Labels {
    let labels = crate::kubectl::describe::page::entries(item.at(&["metadata", "labels"]));
    std::sync::Arc::new(labels.map(|(key, value)| (key.into(), value.into())).collect())
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
        assert!(shown(&mut lab, "get all").contains("\n\nNAME          TYPE        CLUSTER-IP"));
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
}
