//! Tables: one a resource, with the columns that flags add.

use super::columns::{row, since};
use super::{Group, session_labels};
use crate::api::Value;
use crate::kubectl::describe::page::{entries, or_none, text};
use crate::kubectl::resource::Resource;
use crate::kubectl::session::Session;
use crate::kubectl::tabs;

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
    let kind = match group.resource {
        Resource::Kind(kind) => kind.as_str(),
        Resource::Endpoints => "Endpoints",
        Resource::Absent(absent) => absent.kind(),
    };
    let mut lines: Vec<Vec<String>> = Vec::new();
    for item in &group.items {
        let now = session.cluster.now();
        let printed = args.switch("server-print") != Some(false);
        let row = row(kind, item, now, wide).filter(|_| printed);
        // Without the server's help, and for kinds without columns, there are but two.
        let (titles, mut cells) = row.unwrap_or_else(|| {
            let age = since(item.at(&["metadata", "creationTimestamp"]), now);
            (vec!["NAME", "AGE"], vec![text(item, &["metadata", "name"]), age])
        });
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
            cells.insert(0, text(item, &["metadata", "namespace"]));
        }
        let known = session_labels(item);
        cells.extend(
            columns.iter().map(|key| known.get(*key).map(ToString::to_string).unwrap_or_default()),
        );
        cells.extend(labels.then(|| label_text(item)));
        lines.push(cells);
    }
    lines
}

fn label_text(item: &Value) -> String {
    let labels: Vec<String> = entries(item.at(&["metadata", "labels"]))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    or_none(&labels.join(",")).to_owned()
}
