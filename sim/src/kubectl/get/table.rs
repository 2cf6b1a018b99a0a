//! Tables: one a resource, with the columns that flags add.

use super::columns::{self, Row, since};
use super::{Group, Item};
use crate::api::Labels;
use crate::apiserver::AnyObject;
use crate::kubectl::describe::page::or_none;
use crate::kubectl::resource::Resource;
use crate::kubectl::session::Session;
use crate::kubectl::tabs;
use crate::time::Instant;

/// Prints the groups. With several resources, names say which one they are of.
pub(super) fn print(session: &mut Session<'_>, groups: &[Group], several: bool) {
    let headers = !session.args.is_on("no-headers");
    let mut out = String::new();
    for group in groups {
        let mut lines = lines(session, group, several || session.args.is_on("show-kind"));
        if !headers {
            lines.remove(0);
        } else if !out.is_empty() {
            out.push('\n');
        }
        let text: String = lines.iter().map(|cells| cells.join("\t") + "\n").collect();
        out.push_str(&tabs::align(&text, 6, 3));
    }
    session.out.stdout.push_str(&out);
}

/// Titles and rows of a group.
fn lines(session: &Session<'_>, group: &Group, prefixed: bool) -> Vec<Vec<String>> {
    let args = &session.args;
    let wide = args.text("output") == Some("wide");
    let (labels, columns) = (args.is_on("show-labels"), args.texts("label-columns"));
    let mut lines: Vec<Vec<String>> = Vec::new();
    for item in &group.items {
        let now = session.cluster.now();
        let printed = args.switch("server-print") != Some(false);
        let (titles, mut cells) = row(group.resource, item, now, wide, printed);
        if lines.is_empty() {
            let mut head: Vec<String> = titles.iter().map(ToString::to_string).collect();
            if args.is_on("all-namespaces") && group.resource.is_namespaced() {
                head.insert(0, "NAMESPACE".to_owned());
            }
            head.extend(
                columns
                    .iter()
                    .map(|key| key.rsplit('/').next().unwrap_or(key).to_ascii_uppercase()),
            );
            head.extend(labels.then(|| "LABELS".to_owned()));
            lines.push(head);
        }
        if prefixed && titles.first() == Some(&"NAME") {
            cells[0] = format!("{}/{}", group.resource.prefix(), cells[0]);
        }
        if args.is_on("all-namespaces") && group.resource.is_namespaced() {
            cells.insert(0, item.namespace());
        }
        if labels || !columns.is_empty() {
            let known = item.labels();
            cells.extend(
                columns
                    .iter()
                    .map(|key| known.get(*key).map(ToString::to_string).unwrap_or_default()),
            );
            cells.extend(labels.then(|| label_text(&known)));
        }
        lines.push(cells);
    }
    lines
}

/// Titles and cells of an item. What is not `printed` by the server, and a kind without columns, has
/// but two.
fn row(resource: Resource, item: &Item, now: Instant, wide: bool, printed: bool) -> Row {
    if let (Item::Object(AnyObject::Pod(pod)), true) = (item, printed)
        && pod.meta.origin.is_none()
    {
        return columns::pod_row(pod, now, wide);
    }
    let kind = match resource {
        Resource::Kind(kind) => kind.as_str(),
        Resource::Endpoints => "Endpoints",
        Resource::Absent(absent) => absent.kind(),
    };
    let data = item.data();
    let row = columns::row(kind, &data, now, wide).filter(|_| printed);
    row.unwrap_or_else(|| {
        let age = since(data.at(&["metadata", "creationTimestamp"]), now);
        (vec!["NAME", "AGE"], vec![item.name(), age])
    })
}

fn label_text(labels: &Labels) -> String {
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    or_none(&labels.join(",")).to_owned()
}
