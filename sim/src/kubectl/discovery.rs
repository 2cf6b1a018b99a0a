//! `kubectl api-resources`, `api-versions`, `cluster-info`, `auth`, `get --raw`: what the server
//! has to offer and who may do what. Everybody may do everything here.
//!
//! Models: kubectl v1.36 `pkg/cmd/{apiresources,clusterinfo,auth}`.

use super::error::{Error, Refusal, fail};
use super::session::Session;
use super::{output, tabs, version};
use crate::api::Value;
use crate::api::value::map;

pub(super) const RESOURCES_FLAGS: &str = "api-group:text namespaced no-headers \
    output,o:text verbs:text cached sort-by:text categories:text show-managed-fields \
    template:text allow-missing-template-keys";
pub(super) const PLAIN_FLAGS: &str = "";
pub(super) const CAN_FLAGS: &str = "all-namespaces,A quiet,q subresource:text list no-headers";
pub(super) const WHO_FLAGS: &str = "output,o:text template:text show-managed-fields \
    allow-missing-template-keys";

/// Every resource of a server: name, short names, group and version, whether it lives in
/// namespaces, kind, what can be done with it, and the categories it is in.
const TABLE: &str = include_str!("resources.txt");

/// A row of the table.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) short: &'static str,
    pub(super) version: &'static str,
    pub(super) namespaced: bool,
    pub(super) kind: &'static str,
    pub(super) verbs: &'static str,
    pub(super) categories: &'static str,
}

impl Row {
    fn read(line: &'static str) -> Option<Self> {
        let mut words = line.split(' ').map(|word| if word == "-" { "" } else { word });
        Some(Self {
            name: words.next()?,
            short: words.next()?,
            version: words.next()?,
            namespaced: words.next()? == "y",
            kind: words.next()?,
            verbs: match words.next()? {
                "c" => "create",
                "g" => "get,list",
                "n" => "create,delete,get,list,patch,update,watch",
                _ => "create,delete,deletecollection,get,list,patch,update,watch",
            },
            categories: words.next()?,
        })
    }

    /// The API group, empty for the core group.
    pub(super) fn group(&self) -> &'static str {
        self.version.split_once('/').map_or("", |(group, _)| group)
    }
}

/// All rows, by group and name.
pub(super) fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().filter_map(Row::read)
}

/// Runs `api-resources`.
pub(super) fn run_resources(session: &mut Session<'_>) -> Result<(), Error> {
    if !session.args.words.is_empty() {
        let words = session.args.words.join(" ");
        return session.usage(&format!("unexpected arguments: [{words}]"));
    }
    let form = session.args.text("output").unwrap_or("").to_owned();
    if !matches!(form.as_str(), "" | "wide" | "name" | "json" | "yaml") {
        return fail(format!("--output {form} is not available"));
    }
    let sort = session.args.text("sort-by").unwrap_or("").to_owned();
    if !matches!(sort.as_str(), "" | "name" | "kind") {
        return fail("--sort-by accepts only name or kind");
    }
    let mut shown: Vec<Row> = rows().collect();
    if let Some(group) = session.args.text("api-group") {
        shown.retain(|row| row.group() == group);
    }
    if let Some(wanted) = session.args.switch("namespaced") {
        shown.retain(|row| row.namespaced == wanted);
    }
    let verbs = session.args.texts("verbs");
    shown.retain(|row| verbs.iter().all(|verb| row.verbs.split(',').any(|known| known == *verb)));
    let wanted = session.args.texts("categories");
    shown.retain(|row| {
        wanted.iter().all(|one| row.categories.split(',').any(|known| known == *one))
    });
    match sort.as_str() {
        "name" => crate::order::sort_by(&mut shown, |a, b| a.name.cmp(b.name)),
        "kind" => crate::order::sort_by(&mut shown, |a, b| a.kind.cmp(b.kind)),
        _ => {}
    }
    let mut text = String::new();
    if form == "name" {
        for row in &shown {
            let dot = if row.group().is_empty() { "" } else { "." };
            text.extend([row.name, dot, row.group(), "\n"]);
        }
        session.out.stdout.push_str(&text);
        return Ok(());
    }
    let wide = form == "wide";
    if !session.args.is_on("no-headers") {
        text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
        text.push_str(if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
    }
    for row in &shown {
        let namespaced = if row.namespaced { "true" } else { "false" };
        text.push_str(&[row.name, row.short, row.version, namespaced, row.kind].join("\t"));
        if wide {
            text.extend(["\t", row.verbs, "\t", row.categories]);
        }
        text.push('\n');
    }
    session.out.stdout.push_str(&tabs::align(&text, 6, 3));
    Ok(())
}

/// Versions that have no resource of their own in the table.
pub(super) const MORE_VERSIONS: [&str; 2] =
    ["autoscaling/v1", "flowcontrol.apiserver.k8s.io/v1beta2"];

/// Runs `api-versions`.
pub(super) fn run_versions(session: &mut Session<'_>) -> Result<(), Error> {
    if !session.args.words.is_empty() {
        let words = session.args.words.join(" ");
        return session.usage(&format!("unexpected arguments: [{words}]"));
    }
    let mut all: Vec<&str> = rows().map(|row| row.version).chain(MORE_VERSIONS).collect();
    crate::order::sort_by(&mut all, Ord::cmp);
    all.dedup();
    for version in all {
        session.print(version);
    }
    Ok(())
}

/// Runs `cluster-info`.
#[expect(clippy::unnecessary_wraps, reason = "every command has this form")]
pub(super) fn run_info(session: &mut Session<'_>) -> Result<(), Error> {
    let server = super::kubeconfig::SERVER;
    session.print(&format!("Kubernetes control plane is running at {server}"));
    session.print(
        "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.",
    );
    Ok(())
}

/// What may be done with resources, as `auth can-i` knows it.
const KNOWN_VERBS: &str = "* get list watch create update patch delete deletecollection use bind \
    impersonate approve sign escalate attest";

/// Runs `auth can-i`.
pub(super) fn run_can(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    if session.args.is_on("list") {
        session.print(
            "Resources   Non-Resource URLs   Resource Names   Verbs\n*.*         []                  []               [*]\n            [*]                 []               [*]",
        );
        return Ok(());
    }
    let (2 | 3, [_, resource, ..]) = (words.len(), words.as_slice()) else {
        return fail(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
        );
    };
    let word = resource.split('/').next().unwrap_or_default().to_owned();
    if !word.is_empty() && word != "*" && !resource.starts_with('/') {
        match super::resource::Resource::parse_list(&word) {
            Err(_) => session
                .warn(&format!("Warning: the server doesn't have a resource type '{word}'\n")),
            Ok(found) => {
                let everywhere = session.args.is_on("all-namespaces");
                if found.iter().any(|one| !one.is_namespaced()) && !everywhere {
                    let plural = found[0].plural();
                    let group = found[0].group();
                    let scope = if group.is_empty() {
                        String::new()
                    } else {
                        format!(" in group '{group}'")
                    };
                    session.warn(&format!(
                        "Warning: resource '{plural}' is not namespace scoped{scope}\n"
                    ));
                }
            }
        }
    }
    let verb = &words[0];
    if !KNOWN_VERBS.split(' ').any(|known| known == verb) && !resource.starts_with('/') {
        session.warn(&format!("Warning: verb '{verb}' is not a known verb\n"));
    }
    if !session.args.is_on("quiet") {
        session.print("yes");
    }
    Ok(())
}

/// Runs `auth whoami`.
#[expect(clippy::unnecessary_wraps, reason = "every command has this form")]
pub(super) fn run_who(session: &mut Session<'_>) -> Result<(), Error> {
    session.print(
        "ATTRIBUTE   VALUE\nUsername    kubernetes-admin\nGroups      [kubeadm:cluster-admins system:authenticated]",
    );
    Ok(())
}

/// `get --raw PATH`.
pub(super) fn raw(session: &mut Session<'_>, path: &str) -> Result<(), Error> {
    let text = match path.trim_end_matches('/') {
        "/version" => {
            let (major, minor) = version::numbers();
            let data = map([
                ("major", major.into()),
                ("minor", minor.into()),
                ("gitVersion", version::VERSION.into()),
                ("platform", "linux/amd64".into()),
            ]);
            return print_raw(session, &data);
        }
        "/healthz" | "/livez" | "/readyz" => "ok",
        _ => {
            let sentence = "the server could not find the requested resource".to_owned();
            return Err(Refusal::Other("NotFound", sentence).into());
        }
    };
    session.out.stdout.push_str(text);
    Ok(())
}

/// JSON as the server prints it: with two spaces a level, and the version's fields in their order.
fn print_raw(session: &mut Session<'_>, data: &Value) -> Result<(), Error> {
    let text = output::print_data("json", data)?;
    let lines: Vec<String> = text.lines().map(|line| line.replacen("    ", "  ", 1)).collect();
    let order = &["major", "minor", "gitVersion", "platform"];
    let place = |line: &String| order.iter().position(|key| line.contains(&format!("\"{key}\"")));
    let mut fields: Vec<String> =
        lines.iter().filter(|line| place(line).is_some()).cloned().collect();
    crate::order::sort_by(&mut fields, |a, b| place(a).cmp(&place(b)));
    let last = fields.len().saturating_sub(1);
    session.out.stdout.push_str("{\n");
    for (at, line) in fields.iter().enumerate() {
        let comma = if at == last { "" } else { "," };
        session.print(&format!("{}{comma}", line.trim_end_matches(',')));
    }
    session.out.stdout.push('}');
    Ok(())
}
