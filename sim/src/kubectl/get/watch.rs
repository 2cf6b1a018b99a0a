//! `kubectl get --watch`: what is there, then every change.
//!
//! Models: kubectl v1.36 `pkg/cmd/get/get.go` `watch`, `table_printer.go`, and cli-runtime
//! `pkg/resource/result.go` `Watch`. Columns keep the greatest width they had.

use std::collections::BTreeSet;

use super::fields::FieldSelector;
use super::table::{Style, joined};
use super::{Group, Item, collect, endpoints};
use crate::api::value::map;
use crate::api::{Kind, Uid};
use crate::api::{Name, Value};
use crate::apiserver::{AnyObject, ApiServer, Change, WatchEvent};
use crate::kubectl::error::{Error, fail, told};
use crate::kubectl::resource::{Naming, Resource, Target, targets};
use crate::kubectl::selector::TypedSelector;
use crate::kubectl::session::Session;
use crate::kubectl::stream::Line;
use crate::kubectl::{jsonpath, output, tabs};
use crate::manifest::to_yaml;
use crate::time::Instant;

/// A watch that goes on.
#[derive(Clone, Debug)]
pub(crate) struct Following {
    resource: Resource,
    /// The namespace it looks at, unless it is all.
    namespace: Option<Name>,
    /// The only object it looks at.
    name: Option<String>,
    selector: TypedSelector,
    fields: FieldSelector,
    /// The objects that were last seen to be meant.
    meant: BTreeSet<Uid>,
    /// Endpoints as they were last seen: nothing tells of them.
    endpoints: Vec<Value>,
    printer: Printer,
}

/// Runs `get --watch`.
pub(super) fn run(session: &mut Session<'_>, words: &[String], form: String) -> Result<(), Error> {
    if session.args.text("sort-by").is_some_and(|path| !path.is_empty()) {
        session.warn(if session.args.is_on("watch") {
            "warning: --watch requested, --sort-by will be ignored for watch events received"
        } else {
            "warning: --watch-only requested, --sort-by will be ignored"
        });
    }
    let asked = asked(session, words)?;
    let Some(first) = asked.first() else { return Ok(()) };
    let resource = first.resource;
    if asked.iter().any(|target| target.resource != resource) {
        return fail("you may only specify a single resource type");
    }
    let items = collect(session, words)?.into_iter().flat_map(|group| group.items).collect();
    let mut group = Group { resource, items };
    if session.has_failed() {
        return Ok(());
    }
    let fields = FieldSelector::typed(session, resource)?;
    let fits = |item: &&Item| fields.is_empty() || fields.matches(&item.data());
    let meant = group.items.iter().filter(fits).filter_map(uid).collect();
    group.choose(session, true)?;
    let mut printer = Printer::new(session, resource, form);
    if !session.args.is_on("watch-only") {
        let text = printer.list(&group.items, session.cluster.now())?;
        session.out.stdout.push_str(&text);
    }
    if asked.len() > 1 {
        return fail("you may only watch a single resource or type of resource at a time");
    }
    let everywhere = session.args.is_on("all-namespaces") || !resource.is_namespaced();
    let endpoints = match resource {
        Resource::Endpoints => super::data_of(&group.items),
        Resource::Kind(_) | Resource::Absent(_) => Vec::new(),
    };
    let selector = session.selector(match resource {
        Resource::Kind(kind) => kind,
        Resource::Endpoints | Resource::Absent(_) => Kind::Service,
    })?;
    let following = Following {
        resource,
        namespace: (!everywhere).then(|| session.namespace().into()),
        name: first.name.clone(),
        selector,
        fields,
        meant,
        endpoints,
        printer,
    };
    session.cluster.api_mut().watch.keep_unseen(true);
    session.out.stream = Some(session.cluster.streams.start_get(following));
    Ok(())
}

/// What is to be watched, as typed or as the files have it.
fn asked(session: &mut Session<'_>, words: &[String]) -> Result<Vec<Target>, Error> {
    if !session.args.names_files() {
        return targets(words, Naming { types_alone: true, ..session.naming() });
    }
    let objects = session.objects(words, Naming::default())?;
    let target = |object: &AnyObject| Target {
        resource: Resource::Kind(object.kind()),
        name: Some(object.meta().name.to_string()),
    };
    Ok(objects.iter().map(target).collect())
}

fn uid(item: &Item) -> Option<Uid> {
    match item {
        Item::Object(object) => Some(object.meta().uid),
        Item::Data(_) => None,
    }
}

impl Following {
    /// Tells of what was written; returns the exit code when the command is over.
    pub(crate) fn follow(
        &mut self,
        now: Instant,
        writes: &[WatchEvent],
        api: &ApiServer,
        out: &mut Vec<Line>,
    ) -> Option<i32> {
        for (change, item) in self.news(writes, api) {
            match self.printer.one(change, &item, now) {
                Ok(text) => out.extend(text.split_inclusive('\n').map(|line| {
                    let whole = line.strip_suffix('\n');
                    let text = whole.unwrap_or(line).to_owned();
                    Line { at: now, text, is_error: false, is_open: whole.is_none() }
                })),
                Err(error) => {
                    let told = told(&[error]);
                    out.extend(told.lines().map(|line| Line::whole(now, line.to_owned(), true)));
                    return Some(1);
                }
            }
        }
        None
    }

    /// The changes of what is watched.
    fn news(&mut self, writes: &[WatchEvent], api: &ApiServer) -> Vec<(Change, Item)> {
        match self.resource {
            Resource::Kind(kind) => {
                let of_kind = writes.iter().filter(|write| write.object.kind() == kind);
                of_kind
                    .filter_map(|write| {
                        let change = self.change(write)?;
                        Some((change, Item::Object(write.object.clone())))
                    })
                    .collect()
            }
            Resource::Endpoints => {
                let moves = |kind| matches!(kind, Kind::EndpointSlice | Kind::Service);
                if !writes.iter().any(|write| moves(write.object.kind())) {
                    return Vec::new();
                }
                self.changed_endpoints(api)
            }
            // Nothing writes these.
            Resource::Absent(_) => Vec::new(),
        }
    }

    /// What a write is to those who watch what is meant: an object that is not meant any more is
    /// gone.
    fn change(&mut self, write: &WatchEvent) -> Option<Change> {
        let meta = write.object.meta();
        let here = self.namespace.as_ref().is_none_or(|name| *name == meta.namespace)
            && self.name.as_ref().is_none_or(|name| **name == *meta.name);
        let selected = || {
            self.selector.matches(&meta.labels)
                && (self.fields.is_empty()
                    || self.fields.matches(&Item::Object(write.object.clone()).data()))
        };
        if here && write.change != Change::Deleted && selected() {
            let known = !self.meant.insert(meta.uid);
            return Some(if known { Change::Modified } else { Change::Added });
        }
        self.meant.remove(&meta.uid).then_some(Change::Deleted)
    }

    fn changed_endpoints(&mut self, api: &ApiServer) -> Vec<(Change, Item)> {
        let name = |item: &Value| item.at(&["metadata", "name"]).cloned();
        let place = |item: &Value| (name(item), item.at(&["metadata", "namespace"]).cloned());
        let mut present = endpoints::all(api, self.namespace.as_deref());
        present.retain(|item| {
            let wanted = self.name.as_ref();
            let named = name(item);
            let named = named.as_ref().and_then(Value::as_str);
            wanted.is_none_or(|wanted| named == Some(wanted)) && self.fields.matches(item)
        });
        let before = std::mem::replace(&mut self.endpoints, present);
        let find = |list: &[Value], item: &Value| {
            list.iter().find(|other| place(other) == place(item)).cloned()
        };
        let mut news = Vec::new();
        for item in &self.endpoints {
            match find(&before, item) {
                Some(old) if old == *item => {}
                Some(_) => news.push((Change::Modified, Item::Data(item.clone()))),
                None => news.push((Change::Added, Item::Data(item.clone()))),
            }
        }
        let gone = before.into_iter().filter(|item| find(&self.endpoints, item).is_none());
        news.extend(gone.map(|item| (Change::Deleted, Item::Data(item))));
        news
    }
}

/// Prints objects one after the other, in the form asked for.
#[derive(Clone, Debug)]
struct Printer {
    resource: Resource,
    form: String,
    style: Style,
    /// Whether titles are still to be printed.
    titles: bool,
    /// Whether it is told what happened to the object.
    events: bool,
    /// Whether a template must find all its keys.
    strict: bool,
    /// How many objects have been printed as data.
    count: u32,
    /// The greatest widths the columns had.
    widths: Vec<usize>,
}

impl Printer {
    fn new(session: &Session<'_>, resource: Resource, form: String) -> Self {
        let args = &session.args;
        Self {
            resource,
            form,
            style: Style::of(args),
            titles: !args.is_on("no-headers"),
            events: args.is_on("output-watch-events"),
            strict: args.switch("allow-missing-template-keys") == Some(false),
            count: 0,
            widths: Vec::new(),
        }
    }

    /// What is there at the start.
    fn list(&mut self, items: &[Item], now: Instant) -> Result<String, Error> {
        if matches!(self.form.as_str(), "" | "wide") {
            return Ok(self.table(Change::Added, items, now));
        }
        items.iter().map(|item| self.one(Change::Added, item, now)).collect()
    }

    /// One object, and what happened to it.
    fn one(&mut self, change: Change, item: &Item, now: Instant) -> Result<String, Error> {
        self.count = self.count.saturating_add(1);
        let data = || item.data().into_owned();
        let (form, template) = self.form.split_once('=').unwrap_or((&self.form, ""));
        Ok(match form {
            "" | "wide" => self.table(change, std::slice::from_ref(item), now),
            "name" => format!("{}/{}\n", self.resource.prefix(), item.name()),
            "json" if self.events => {
                let object = data().to_json();
                format!("{{\"type\":\"{}\",\"object\":{object}}}\n", change.as_str())
            }
            "yaml" => {
                let event = || map([("type", change.as_str().into()), ("object", data())]);
                let text = to_yaml(&if self.events { event() } else { data() });
                format!("{}{text}", if self.count == 1 { "" } else { "---\n" })
            }
            "custom-columns" => {
                let cells = output::cells(template, &data(), !self.titles)?;
                self.titles = false;
                tabs::align_on(&mut self.widths, &cells, 6, 3)
            }
            "jsonpath" if self.strict => {
                jsonpath::print_strictly(template, &data()).map_err(Error::Text)?
            }
            _ => output::print_data(&self.form, &data())?,
        })
    }

    fn table(&mut self, change: Change, items: &[Item], now: Instant) -> String {
        let mut lines = self.style.lines(self.resource, items, now);
        if lines.is_empty() {
            return String::new();
        }
        if self.events {
            for (index, line) in lines.iter_mut().enumerate() {
                let word = if index == 0 { "EVENT" } else { change.as_str() };
                line.insert(0, word.to_owned());
            }
        }
        if !self.titles {
            lines.remove(0);
        }
        self.titles = false;
        tabs::align_on(&mut self.widths, &joined(&lines), 6, 3)
    }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    /// What a stream printed, with random names made equal.
    fn printed(lab: &mut Lab, line: &str, then: impl FnOnce(&mut Lab)) -> String {
        let output = lab.run(line);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{line}");
        let stream = output.stream.expect("it goes on");
        then(lab);
        let (lines, code) = lab.cluster.read_stream(stream);
        assert_eq!(code, None, "{line}");
        lab.cluster.stop_stream(stream);
        output.stdout + &lines.iter().map(crate::kubectl::stream::Line::printed).collect::<String>()
    }

    fn scale(lab: &mut Lab) {
        lab.run("scale deploy web --replicas=4");
        lab.advance(10);
    }

    #[test]
    fn a_list_is_followed_by_a_row_for_each_change() {
        let mut lab = Lab::with_web();
        lab.advance(20);
        let table = printed(&mut lab, "get deploy web -w", scale);
        assert_eq!(
            table,
            "\
NAME   READY   UP-TO-DATE   AVAILABLE   AGE
web    3/3     3            3           21s
web    3/4     3            3           21s
web    3/4     3            3           21s
web    3/4     3            3           21s
web    3/4     4            3           21s
web    4/4     4            4           21s
"
        );
        let names = printed(&mut lab, "get deploy -w -o name", |lab| {
            lab.run("label deploy web a=b");
        });
        assert_eq!(names, "deployment.apps/web\ndeployment.apps/web\n");
        let counts = printed(&mut lab, "get deploy -w -o jsonpath='{.spec.replicas} '", |lab| {
            lab.run("scale deploy web --replicas=2");
        });
        assert_eq!(counts, "4 2 ");
    }

    #[test]
    fn columns_keep_their_width_and_titles_come_with_the_first_row() {
        let mut lab = Lab::with_web();
        lab.advance(20);
        let table = printed(&mut lab, "get pods --watch-only", scale);
        let mut lines = table.lines();
        assert!(lines.next().is_some_and(|line| line.starts_with("NAME ")));
        let rest: Vec<&str> = lines
            .map(|line| line.split_once(' ').map_or("", |(_, rest)| rest.trim_start()))
            .collect();
        assert_eq!(
            rest,
            [
                "0/1     Pending   0          0s",
                "0/1     Pending   0          0s",
                "0/1     ContainerCreating   0          0s",
                "1/1     Running             0          0s",
            ]
        );
        let table = printed(&mut lab, "get pods -l never=set -w --output-watch-events", |lab| {
            lab.run("label svc web never=set");
            lab.run("run one --image=nginx:1 --labels=never=set");
            lab.run("label pod one never-");
        });
        let events: Vec<&str> = table.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(events, ["EVENT", "ADDED", "DELETED"]);
    }

    #[test]
    fn data_and_endpoints_are_followed() {
        let mut lab = Lab::with_web();
        lab.advance(20);
        let yaml = printed(&mut lab, "get svc web -w -o yaml", |lab| {
            lab.run("label svc web a=b");
        });
        assert_eq!(yaml.matches("\n---\n").count(), 1);
        let json = printed(&mut lab, "get svc web -w -o json --output-watch-events", |lab| {
            lab.run("delete svc web");
        });
        let types: Vec<&str> = json.lines().filter_map(|line| line.split(',').next()).collect();
        assert_eq!(types, ["{\"type\":\"ADDED\"", "{\"type\":\"DELETED\""]);
        lab.run("expose deploy web --port=80");
        let columns = "get ep -w -o custom-columns=N:.metadata.name --no-headers";
        let table = printed(&mut lab, columns, |lab| {
            lab.run("delete svc web");
            lab.advance(1);
        });
        assert_eq!(table, "web\nweb\n");
    }

    #[test]
    fn what_cannot_be_watched_is_refused() {
        let mut lab = Lab::with_web();
        lab.check_error(
            "get deploy,svc -w",
            "error: you may only specify a single resource type\n",
        );
        lab.check_error("get all -w", "error: you may only specify a single resource type\n");
        lab.check_error(
            "get deploy web nope -w",
            "Error from server (NotFound): deployments.apps \"nope\" not found\n",
        );
        let output = lab.run("get deploy web web -w --no-headers");
        assert_eq!(output.stdout.lines().count(), 2);
        assert_eq!(
            (output.code, output.stream, output.stderr.as_str()),
            (
                1,
                None,
                "error: you may only watch a single resource or type of resource at a time\n"
            )
        );
    }
}
