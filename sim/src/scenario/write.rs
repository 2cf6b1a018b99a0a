//! A run as a scenario: the text that brings it about again.

use crate::api::value::map;
use crate::api::{Name, Value};
use crate::cluster::Config;
use crate::command::{Command, Typed};
use crate::history::Timed;
use crate::kubectl::words::in_quotes;
use crate::manifest::to_yaml;
use crate::network::clients::Clients;
use crate::terminal::DIRECTORY;
use crate::time::{Duration, Instant};

/// What was done to a cluster built from `config`, until `end`, as a scenario that [`super::read`]
/// takes: it runs to the same states. `files` are those at hand in the beginning. What was saved in
/// an editor (`kubectl edit`) is told as `kubectl replace`. The registry's further images are left out.
pub fn write(config: &Config, files: &[(Name, Name)], commands: &[Timed], end: Instant) -> String {
    let mut top = map([
        ("seed", number(config.seed)),
        ("nodes", number(config.nodes)),
        ("podsPerNode", number(config.pods_per_node)),
        ("proxyLag", time(config.proxy_lag)),
        ("for", time(end.since(Instant::BOOT))),
        ("traffic", traffic(Some(config.request_rate), Some(&config.clients))),
    ]);
    let gpus = config.node_resources.get("nvidia.com/gpu").copied().unwrap_or(0) / 1_000;
    *top.entry("gpusPerNode") = Value::Int(gpus);
    let mut known: Vec<(Name, Name)> = Vec::new();
    for (name, text) in files {
        known.push((format!("{DIRECTORY}/{name}").into(), text.clone()));
    }
    if !files.is_empty() {
        *top.entry("files") = named(files);
    }
    let steps = commands.iter().map(|timed| step(timed, &mut known));
    *top.entry("steps") = Value::List(steps.collect());
    to_yaml(&top)
}

/// A scenario that [`write()`] wrote, with another end.
pub fn lasting_until(text: &str, end: Instant) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let time = to_yaml(&map([("for", time(end.since(Instant::BOOT)))]));
    // What stands in a text or a list is further to the right.
    if let Some(line) = lines.iter_mut().find(|line| line.starts_with("for: ")) {
        *line = &time;
    }
    lines.concat()
}

fn step(timed: &Timed, known: &mut Vec<(Name, Name)>) -> Value {
    let mut step = map([("at", time(timed.at.since(Instant::BOOT)))]);
    let mut set = |key, value| *step.entry(key) = value;
    match &timed.command {
        Command::Kubectl { line, stdin } => {
            set("kubectl", Value::text(line));
            if let Some(text) = stdin {
                set("stdin", Value::text(text));
            }
        }
        Command::Typed(typed) => self::typed(typed, known, &mut set),
        Command::SetRequestRate(rate) => set("traffic", traffic(Some(*rate), None)),
        Command::SetClients(clients) => set("traffic", traffic(None, Some(clients))),
        Command::SetProxyLag(lag) => set("proxyLag", time(*lag)),
        Command::FailNode(node) => set("failNode", Value::String(node.clone())),
        Command::RecoverNode(node) => set("recoverNode", Value::String(node.clone())),
    }
    step
}

fn typed(typed: &Typed, known: &mut Vec<(Name, Name)>, set: &mut impl FnMut(&'static str, Value)) {
    let words = typed.words.iter().map(|word| in_quotes(word)).collect::<Vec<_>>().join(" ");
    if let Some(edited) = &typed.edited {
        set("kubectl", Value::text("replace -f -"));
        set("stdin", Value::text(edited.text()));
    } else {
        set("kubectl", Value::text(&words));
        if !typed.stdin.is_empty() {
            set("stdin", Value::text(&typed.stdin));
        }
    }
    for (key, value, usual) in [
        ("namespace", &typed.namespace, "default"),
        ("directory", &typed.directory, DIRECTORY),
        ("kubeconfig", &typed.kubeconfig, ""),
    ] {
        if **value != *usual {
            set(key, Value::String(value.clone()));
        }
    }
    let mut written = Vec::new();
    for path in typed.files.below("/") {
        let Some(text) = typed.files.read(path) else { continue };
        match known.iter_mut().find(|(other, _)| other == path) {
            Some((_, known)) if known == text => continue,
            Some((_, known)) => known.clone_from(text),
            None => known.push((path.clone(), text.clone())),
        }
        written.push((path.clone(), text.clone()));
    }
    if !written.is_empty() {
        set("files", named(&written));
    }
}

fn named(files: &[(Name, Name)]) -> Value {
    map(files.iter().map(|(name, text)| (&**name, Value::String(text.clone()))))
}

fn traffic(rate: Option<u32>, clients: Option<&Clients>) -> Value {
    let mut traffic = Value::map();
    if let Some(rate) = rate {
        *traffic.entry("rps") = number(rate);
    }
    let Some(clients) = clients else { return traffic };
    let none = || Value::text("none");
    for (key, value) in [
        ("clients", number(clients.count)),
        ("keepAlive", Value::Bool(clients.keep_alive)),
        ("fromStart", Value::Bool(clients.from_start)),
        ("requestLength", clients.request_length.map_or_else(none, time)),
        ("timeout", time(clients.timeout)),
        ("retries", number(clients.retries)),
        (
            "longRequests",
            map([("percent", number(clients.long_percent)), ("length", time(clients.long_length))]),
        ),
        (
            "burst",
            clients.burst.map_or_else(none, |burst| {
                map([
                    ("every", time(burst.every)),
                    ("length", time(burst.length)),
                    ("factor", number(burst.factor)),
                ])
            }),
        ),
    ] {
        *traffic.entry(key) = value;
    }
    traffic
}

fn number(number: impl Into<u64>) -> Value {
    Value::Int(i64::try_from(number.into()).unwrap_or(i64::MAX))
}

/// To the microsecond.
fn time(time: Duration) -> Value {
    let (seconds, micros) = (time.as_secs(), time.subsec_micros());
    let rest = match (micros, micros % 1_000) {
        (0, _) => String::new(),
        (_, 0) => format!("{}ms", micros / 1_000),
        _ => format!("{micros}us"),
    };
    Value::text(&if seconds == 0 && micros > 0 { rest } else { format!("{seconds}s{rest}") })
}
