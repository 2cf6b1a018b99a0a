//! Tables: one a resource, with the columns that flags add.

use super::columns::{self, Row, since};
use super::{Group, Item};
use crate::api::Labels;
use crate::apiserver::AnyObject;
use crate::kubectl::describe::page::or_none;
use crate::kubectl::flags::Args;
use crate::kubectl::resource::Resource;
use crate::kubectl::session::Session;
use crate::kubectl::tabs;
use crate::time::Instant;

/// Prints the groups. With several resources, names say which one they are of.
pub(super) fn print(session: &mut Session<'_>, groups: &[Group], several: bool) {
    let headers = !session.args.is_on("no-headers");
    let (mut style, now) = (Style::of(&session.args), session.cluster.now());
    style.prefixed |= several;
    let mut out = String::new();
    for group in groups {
        let mut lines = style.lines(group.resource, &group.items, now);
        if !headers {
            lines.remove(0);
        } else if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&tabs::align(&joined(&lines), 6, 3));
    }
    session.out.stdout.push_str(&out);
}

/// Lines with tabs between their cells.
pub(super) fn joined(lines: &[Vec<String>]) -> String {
    lines.iter().map(|cells| cells.join("\t") + "\n").collect()
}

/// Which columns a table has, from the flags.
#[derive(Clone, Debug)]
pub(super) struct Style {
    rows: Rows,
    /// Whether all labels are shown.
    labels: bool,
    /// The labels with columns of their own.
    columns: Vec<String>,
    all_namespaces: bool,
    /// Whether names say of which resource they are.
    prefixed: bool,
}

/// What rows hold before the columns that flags add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    /// Names and ages, without the server's help.
    Unprinted,
    Narrow,
    Wide,
}

impl Style {
    pub(super) fn of(args: &Args) -> Self {
        let rows = match args.text("output") {
            _ if args.switch("server-print") == Some(false) => Rows::Unprinted,
            Some("wide") => Rows::Wide,
            _ => Rows::Narrow,
        };
        Self {
            rows,
            labels: args.is_on("show-labels"),
            columns: args.texts("label-columns").into_iter().map(str::to_owned).collect(),
            all_namespaces: args.is_on("all-namespaces"),
            prefixed: args.is_on("show-kind"),
        }
    }

    /// Titles and rows; nothing for no items.
    pub(super) fn lines(
        &self,
        resource: Resource,
        items: &[Item],
        now: Instant,
    ) -> Vec<Vec<String>> {
        let namespaces = self.all_namespaces && resource.is_namespaced();
        let mut lines: Vec<Vec<String>> = Vec::new();
        for item in items {
            let (titles, mut cells) = row(resource, item, now, self.rows);
            if lines.is_empty() {
                let mut head: Vec<String> = titles.iter().map(ToString::to_string).collect();
                if namespaces {
                    head.insert(0, "NAMESPACE".to_owned());
                }
                let last =
                    |key: &String| key.rsplit('/').next().unwrap_or(key).to_ascii_uppercase();
                head.extend(self.columns.iter().map(last));
                head.extend(self.labels.then(|| "LABELS".to_owned()));
                lines.push(head);
            }
            if self.prefixed && titles.first() == Some(&"NAME") {
                cells[0] = format!("{}/{}", resource.prefix(), cells[0]);
            }
            if namespaces {
                cells.insert(0, item.namespace());
            }
            if self.labels || !self.columns.is_empty() {
                let known = item.labels();
                let value = |key: &String| {
                    known.get(key.as_str()).map(ToString::to_string).unwrap_or_default()
                };
                cells.extend(self.columns.iter().map(value));
                cells.extend(self.labels.then(|| label_text(&known)));
            }
            lines.push(cells);
        }
        lines
    }
}

/// Titles and cells of an item. A kind without columns has but two.
fn row(resource: Resource, item: &Item, now: Instant, rows: Rows) -> Row {
    let (wide, printed) = (rows == Rows::Wide, rows != Rows::Unprinted);
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
