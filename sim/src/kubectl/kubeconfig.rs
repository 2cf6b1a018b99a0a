//! `kubectl config`: contexts, clusters and users, in the file that `KUBECONFIG` names or, without
//! it, in the one that every terminal has.
//!
//! Models: kubectl v1.36 `pkg/cmd/config`, client-go `tools/clientcmd`.

use super::desk::Desk;
use super::error::{Error, fail};
use super::help::Help;
use super::session::Session;
use super::{output, tabs};
use crate::api::Value;
use crate::api::value::map;
use crate::container::files::normal;
use crate::manifest;

pub(super) const PLAIN_FLAGS: &str = "";
pub(super) const GET_FLAGS: &str = "output,o:text no-headers";
pub(super) const VIEW_FLAGS: &str = "output,o:text minify raw flatten merge:or=true \
    template:text allow-missing-template-keys show-managed-fields";
pub(super) const SET_FLAGS: &str = "current";

/// Where the simulated API server listens.
pub(super) const SERVER: &str = "https://127.0.0.1:6443";

/// The configuration of a terminal that has no other.
const DEFAULT: &str = "\
apiVersion: v1
kind: Config
clusters:
- {name: rollscope, cluster: {server: \"https://127.0.0.1:6443\"}}
users:
- {name: learner, user: {token: rollscope}}
contexts:
- {name: rollscope, context: {cluster: rollscope, user: learner}}
current-context: rollscope
";

/// Checks what the flags and variables say about the configuration, before anything is asked.
///
/// A flag of the command's own hides that of all commands.
///
/// # Errors
/// What kubectl prints then, as it is.
pub(super) fn check(
    desk: &Desk<'_>,
    args: &super::flags::Args,
    own: &'static str,
) -> Result<(), String> {
    let args = &args.without(own);
    let exists = |path: &str| desk.files.is_some() && desk.read(path).is_some();
    if let Some(path) = args.text("kubeconfig").filter(|path| !path.is_empty() && !exists(path)) {
        return Err(format!("error: stat {path}: no such file or directory\n"));
    }
    if let Some(timeout) = args.text("request-timeout")
        && super::duration::parse(timeout).is_err()
        && timeout.parse::<i64>().is_err()
    {
        return Err("error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)\n".to_owned());
    }
    let path = desk.kubeconfig;
    if !path.is_empty() && !exists(path) && !args.has("server") {
        let line = "E0101 00:00:00.000000       1 memcache.go:265] \"Unhandled Error\" err=\"couldn't get current server API group list: Get \\\"http://localhost:8080/api?timeout=32s\\\": dial tcp 127.0.0.1:8080: connect: connection refused\"\n";
        return Err(line.repeat(5)
            + "The connection to the server localhost:8080 was refused - did you specify the right host or port?\n");
    }
    let config = read(desk, args.text("kubeconfig"));
    if let Some(name) =
        args.text("context").filter(|name| find(&config, "contexts", name).is_none())
    {
        return Err(format!(
            "Error in configuration: context was not found for specified context: {name}\n"
        ));
    }
    if let Some(name) =
        args.text("cluster").filter(|name| find(&config, "clusters", name).is_none())
    {
        return Err(format!("error: no server found for cluster {name:?}\n"));
    }
    if let Some(name) = args.text("user").filter(|name| find(&config, "users", name).is_none()) {
        return Err(format!("error: auth info {name:?} does not exist\n"));
    }
    Ok(())
}

fn read(desk: &Desk<'_>, flag: Option<&str>) -> Value {
    let path = flag.unwrap_or(desk.kubeconfig);
    let text = if path.is_empty() || desk.files.is_none() {
        let own = desk.files.and_then(|files| files.read(HOME_FILE));
        own.map_or(DEFAULT, |text| &**text)
    } else {
        desk.read(path).unwrap_or_default()
    };
    let document = manifest::parse(text).documents.into_iter().next();
    document.map_or_else(Value::map, |document| document.value)
}

/// Where the terminal's own configuration is kept once it was changed.
const HOME_FILE: &str = "/root/.kube/config";

fn path_of(session: &Session<'_>) -> String {
    let named = session.args.text("kubeconfig").unwrap_or(session.desk.kubeconfig);
    if named.is_empty() { HOME_FILE.to_owned() } else { named.to_owned() }
}

fn config(session: &Session<'_>) -> Value {
    read(&session.desk, session.args.text("kubeconfig"))
}

fn save(session: &mut Session<'_>, config: &Value) {
    let path = normal(session.desk.directory, &path_of(session));
    session.out.files.push((path, manifest::to_yaml(config)));
}

fn entries<'a>(config: &'a Value, list: &str) -> &'a [Value] {
    config.get(list).and_then(Value::as_list).unwrap_or_default()
}

fn text(value: &Value, path: &[&str]) -> String {
    value.at(path).and_then(Value::scalar_text).map(|text| text.to_string()).unwrap_or_default()
}

fn find<'a>(config: &'a Value, list: &str, name: &str) -> Option<&'a Value> {
    entries(config, list).iter().find(|entry| text(entry, &["name"]) == name)
}

fn names(config: &Value, list: &str) -> Vec<String> {
    let mut names: Vec<String> =
        entries(config, list).iter().map(|entry| text(entry, &["name"])).collect();
    crate::order::sort_by(&mut names, Ord::cmp);
    names
}

/// The help of a command that was called with the wrong number of words, and what is wrong.
fn usage(session: &mut Session<'_>, command: &str, problem: &str) -> Error {
    let help = match Help::get() {
        Ok(help) => help,
        Err(why) => return Error::Text(why),
    };
    session.out.stdout.push_str(help.of(command).unwrap_or_default());
    Error::Text(problem.to_owned())
}

/// Runs `config current-context`.
pub(super) fn run_current(session: &mut Session<'_>) -> Result<(), Error> {
    let current = text(&config(session), &["current-context"]);
    if current.is_empty() {
        return fail("current-context is not set");
    }
    session.print(&current);
    Ok(())
}

/// Runs `config get-contexts`.
#[expect(clippy::unnecessary_wraps, reason = "every command has this form")]
pub(super) fn run_contexts(session: &mut Session<'_>) -> Result<(), Error> {
    let config = config(session);
    let current = text(&config, &["current-context"]);
    let wanted = session.args.words.clone();
    let mut shown = Vec::new();
    let mut missing = Vec::new();
    if wanted.is_empty() {
        shown = names(&config, "contexts");
    }
    for name in wanted {
        if find(&config, "contexts", &name).is_some() {
            shown.push(name);
        } else {
            missing.push(Error::Text(format!("context {name} not found")));
        }
    }
    let by_name = session.args.text("output") == Some("name");
    let mut table = String::new();
    if !by_name && !session.args.is_on("no-headers") {
        table.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    for name in &shown {
        if by_name {
            table.extend([name, "\n"]);
            continue;
        }
        let context = find(&config, "contexts", name).cloned().unwrap_or_default();
        let part = |key: &str| text(&context, &["context", key]);
        let star = if *name == current { "*" } else { "" };
        let cells = [star, name, &part("cluster"), &part("user"), &part("namespace")].join("\t");
        table.extend([&*cells, "\n"]);
    }
    let table = if by_name { table } else { tabs::align(&table, 6, 3) };
    session.out.stdout.push_str(&table);
    session.fail_all(missing);
    Ok(())
}

/// Runs `config get-clusters`.
#[expect(clippy::unnecessary_wraps, reason = "every command has this form")]
pub(super) fn run_clusters(session: &mut Session<'_>) -> Result<(), Error> {
    list(session, "clusters");
    Ok(())
}

/// Runs `config get-users`.
#[expect(clippy::unnecessary_wraps, reason = "every command has this form")]
pub(super) fn run_users(session: &mut Session<'_>) -> Result<(), Error> {
    list(session, "users");
    Ok(())
}

fn list(session: &mut Session<'_>, list: &str) {
    session.print("NAME");
    for name in names(&config(session), list) {
        session.print(&name);
    }
}

/// Runs `config view`.
pub(super) fn run_view(session: &mut Session<'_>) -> Result<(), Error> {
    if !session.args.words.is_empty() {
        let words = session.args.words.join(" ");
        return session.usage(&format!("unexpected arguments: [{words}]"));
    }
    let config = config(session);
    let raw = session.args.is_on("raw");
    let mut shown = map([
        ("apiVersion", "v1".into()),
        ("kind", "Config".into()),
        ("preferences", Value::map()),
        ("current-context", text(&config, &["current-context"]).into()),
    ]);
    for &key in &["clusters", "contexts", "users"] {
        let mut list: Vec<Value> = entries(&config, key).to_vec();
        crate::order::sort_by(&mut list, |a, b| text(a, &["name"]).cmp(&text(b, &["name"])));
        *shown.entry(key) = if list.is_empty() { Value::Null } else { Value::List(list) };
    }
    if session.args.is_on("minify") {
        let current = text(&config, &["current-context"]);
        let Some(context) = find(&config, "contexts", &current).cloned() else {
            return fail("current-context must exist in order to minify");
        };
        let kept = [
            ("contexts", current),
            ("clusters", text(&context, &["context", "cluster"])),
            ("users", text(&context, &["context", "user"])),
        ];
        for (key, name) in kept {
            if let Some(list) = shown.entry(key).as_list_mut() {
                list.retain(|entry| text(entry, &["name"]) == name);
            }
        }
    }
    if !raw {
        let users = shown.entry("users").as_list_mut();
        for user in users.into_iter().flatten() {
            for &key in &["token", "password"] {
                if user.at(&["user", key]).is_some() {
                    *user.entry("user").entry(key) = "REDACTED".into();
                }
            }
            for &key in &["client-certificate-data", "client-key-data"] {
                if user.at(&["user", key]).is_some() {
                    *user.entry("user").entry(key) = "DATA+OMITTED".into();
                }
            }
        }
    }
    let form = session.args.text("output").unwrap_or("yaml").to_owned();
    let printed = output::print_data(&form, &shown)?;
    session.out.stdout.push_str(&printed);
    Ok(())
}

/// Runs `config use-context`.
pub(super) fn run_use(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let [name] = words.as_slice() else {
        let problem = format!("Unexpected args: [{}]", words.join(" "));
        return Err(usage(session, "config use-context", &problem));
    };
    let mut config = config(session);
    if find(&config, "contexts", name).is_none() {
        return fail(format!("no context exists with the name: {name:?}"));
    }
    *config.entry("current-context") = name.as_str().into();
    save(session, &config);
    session.print(&format!("Switched to context {name:?}."));
    Ok(())
}

/// Runs `config set-context`.
pub(super) fn run_set_context(session: &mut Session<'_>) -> Result<(), Error> {
    let mut config = config(session);
    let words = session.args.words.clone();
    let name = match (words.as_slice(), session.args.is_on("current")) {
        ([name], false) => name.clone(),
        ([], true) => text(&config, &["current-context"]),
        (_, true) => return fail("you cannot specify both a context name and --current"),
        ([], false) => return fail("you must specify a non-empty context name or --current"),
        _ => {
            let problem = format!("Unexpected args: [{}]", words.join(" "));
            return Err(usage(session, "config set-context", &problem));
        }
    };
    if name.is_empty() {
        return fail("no current context is set");
    }
    let known = find(&config, "contexts", &name).is_some();
    let contexts = config.entry("contexts");
    if contexts.as_list().is_none() {
        *contexts = Value::List(Vec::new());
    }
    if let Some(list) = contexts.as_list_mut() {
        if !known {
            list.push(map([("name", name.as_str().into()), ("context", Value::map())]));
        }
        let own = list.iter_mut().filter(|entry| text(entry, &["name"]) == name);
        for entry in own {
            for &key in &["cluster", "user", "namespace"] {
                if let Some(value) = session.args.text(key) {
                    *entry.entry("context").entry(key) = value.into();
                }
            }
        }
    }
    save(session, &config);
    session.print(&format!("Context {name:?} {}.", if known { "modified" } else { "created" }));
    Ok(())
}

/// Runs `config rename-context`.
pub(super) fn run_rename(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let [old, new] = words.as_slice() else {
        let problem = format!("Unexpected args: [{}]", words.join(" "));
        return Err(usage(session, "config rename-context", &problem));
    };
    let mut config = config(session);
    if find(&config, "contexts", old).is_none() {
        let path = path_of(session);
        return fail(format!("cannot rename the context {old:?}, it's not in {path}"));
    }
    if find(&config, "contexts", new).is_some() {
        let path = path_of(session);
        return fail(format!(
            "cannot rename the context {old:?}, the context {new:?} already exists in {path}"
        ));
    }
    let contexts = config.entry("contexts").as_list_mut().into_iter().flatten();
    for entry in contexts.filter(|entry| text(entry, &["name"]) == *old) {
        *entry.entry("name") = new.as_str().into();
    }
    if text(&config, &["current-context"]) == *old {
        *config.entry("current-context") = new.as_str().into();
    }
    save(session, &config);
    session.print(&format!("Context {old:?} renamed to {new:?}."));
    Ok(())
}

/// Runs `config delete-context`.
pub(super) fn run_delete_context(session: &mut Session<'_>) -> Result<(), Error> {
    delete(session, "contexts", "context")
}

/// Runs `config delete-cluster`.
pub(super) fn run_delete_cluster(session: &mut Session<'_>) -> Result<(), Error> {
    delete(session, "clusters", "cluster")
}

/// Runs `config delete-user`.
pub(super) fn run_delete_user(session: &mut Session<'_>) -> Result<(), Error> {
    delete(session, "users", "user")
}

fn delete(session: &mut Session<'_>, list: &str, what: &str) -> Result<(), Error> {
    let words = session.args.words.clone();
    let [name] = words.as_slice() else {
        let command = format!("config delete-{what}");
        let problem = format!("you must specify a {what} to delete");
        return Err(usage(session, &command, &problem));
    };
    let mut config = config(session);
    let path = path_of(session);
    if find(&config, list, name).is_none() {
        return fail(format!("cannot delete {what} {name}, not in {path}"));
    }
    if what == "context" && text(&config, &["current-context"]) == *name {
        session.warn("warning: this removed your active context, use \"kubectl config use-context\" to select a different one");
    }
    if let Some(list) = config.entry(list).as_list_mut() {
        list.retain(|entry| text(entry, &["name"]) != *name);
    }
    save(session, &config);
    session.print(&format!("deleted {what} {name} from {path}"));
    Ok(())
}

/// Runs `config unset`.
pub(super) fn run_unset(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let [property] = words.as_slice() else {
        return Err(usage(
            session,
            "config unset",
            &format!("Unexpected args: [{}]", words.join(" ")),
        ));
    };
    let mut config = config(session);
    let parts: Vec<&str> = property.split('.').collect();
    match parts.as_slice() {
        [key] => {
            config.as_map_mut().and_then(|map| map.remove(*key));
        }
        [list, name, rest @ ..] => {
            let found = config.entry(list).as_list_mut();
            if let (Some(entries), []) = (found, rest) {
                entries.retain(|entry| text(entry, &["name"]) != **name);
            } else if let ([key], Some(entries)) = (rest, config.entry(list).as_list_mut()) {
                let inner = list.trim_end_matches('s');
                for entry in entries.iter_mut().filter(|entry| text(entry, &["name"]) == **name) {
                    entry.entry(inner).as_map_mut().and_then(|map| map.remove(*key));
                }
            }
        }
        [] => {}
    }
    save(session, &config);
    session.print(&format!("Property {property:?} unset."));
    Ok(())
}
