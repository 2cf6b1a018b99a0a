//! Containers as `describe` shows them, with their state or without.
//!
//! Models: kubectl v1.36 `pkg/describe/describe.go` `describeContainers`.

use super::page::{Page, int, list, or_none, text};
use super::time;
use crate::api::Value;
use crate::manifest::normal::canonical_quantity;

/// Describes containers under a title; `indent` is that of a template (two spaces) or of a pod.
pub(super) fn describe(
    page: &mut Page,
    title: &str,
    containers: &[Value],
    statuses: &[Value],
    indent: &str,
) {
    let none = if containers.is_empty() { " <none>" } else { "" };
    page.line(0, format_args!("{indent}{title}:{none}"));
    for container in containers {
        let name = text(container, &["name"]);
        let status = statuses.iter().find(|status| text(status, &["name"]) == name);
        let space = if indent.is_empty() { "" } else { " " };
        page.line(1, format_args!("{space}{name}:"));
        basics(page, container, status);
        command(page, container);
        if let Some(status) = status {
            state(page, status);
        }
        resources(page, container.get("resources"));
        probes(page, container);
        environment(page, container);
        mounts(page, container);
    }
}

fn basics(page: &mut Page, container: &Value, status: Option<&Value>) {
    if let Some(status) = status {
        page.line(2, format_args!("Container ID:\t{}", text(status, &["containerID"])));
    }
    page.line(2, format_args!("Image:\t{}", text(container, &["image"])));
    if let Some(status) = status {
        page.line(2, format_args!("Image ID:\t{}", text(status, &["imageID"])));
    }
    let ports = list(container, &["ports"]);
    for &(title, key) in &[("Port", "containerPort"), ("Host Port", "hostPort")] {
        let one = |port: &Value| format!("{}/{}", int(port, &[key]), text(port, &["protocol"]));
        let shown = ports.iter().map(one).collect::<Vec<_>>().join(", ");
        let plural = if shown.contains(',') { "s" } else { "" };
        page.line(2, format_args!("{title}{plural}:\t{}", or_none(&shown)));
    }
}

fn command(page: &mut Page, container: &Value) {
    for &(title, key) in &[("Command", "command"), ("Args", "args")] {
        let words = list(container, &[key]);
        if words.is_empty() {
            continue;
        }
        page.line(2, format_args!("{title}:"));
        for word in words.iter().filter_map(Value::scalar_text) {
            word.split('\n').for_each(|line| page.line(3, line));
        }
    }
}

fn state(page: &mut Page, status: &Value) {
    one_state(page, "State", status.get("state").unwrap_or(&Value::Null));
    if let Some(last) = status.get("lastState").filter(|last| last.get("terminated").is_some()) {
        one_state(page, "Last State", last);
    }
    let ready = status.get("ready").and_then(Value::as_bool) == Some(true);
    page.line(2, format_args!("Ready:\t{}", if ready { "True" } else { "False" }));
    page.line(2, format_args!("Restart Count:\t{}", int(status, &["restartCount"])));
}

fn one_state(page: &mut Page, title: &str, state: &Value) {
    if let Some(running) = state.get("running") {
        page.line(2, format_args!("{title}:\tRunning"));
        page.line(3, format_args!("Started:\t{}", time(&text(running, &["startedAt"]))));
    } else if let Some(ended) = state.get("terminated") {
        page.line(2, format_args!("{title}:\tTerminated"));
        for &(title, key) in &[("Reason", "reason"), ("Message", "message")] {
            let told = text(ended, &[key]);
            if !told.is_empty() {
                page.line(3, format_args!("{title}:\t{told}"));
            }
        }
        page.line(3, format_args!("Exit Code:\t{}", int(ended, &["exitCode"])));
        if int(ended, &["signal"]) > 0 {
            page.line(3, format_args!("Signal:\t{}", int(ended, &["signal"])));
        }
        page.line(3, format_args!("Started:\t{}", time(&text(ended, &["startedAt"]))));
        page.line(3, format_args!("Finished:\t{}", time(&text(ended, &["finishedAt"]))));
    } else {
        page.line(2, format_args!("{title}:\tWaiting"));
        let reason = text(state, &["waiting", "reason"]);
        if !reason.is_empty() {
            page.line(3, format_args!("Reason:\t{reason}"));
        }
    }
}

fn resources(page: &mut Page, resources: Option<&Value>) {
    for &(title, key) in &[("Limits", "limits"), ("Requests", "requests")] {
        let amounts = resources.and_then(|resources| resources.get(key));
        let mut lines = super::page::entries(amounts).peekable();
        if lines.peek().is_some() {
            page.line(2, format_args!("{title}:"));
        }
        for (name, amount) in lines {
            let amount = canonical_quantity(&amount).unwrap_or(amount);
            page.line(3, format_args!("{name}:\t{amount}"));
        }
    }
}

fn probes(page: &mut Page, container: &Value) {
    let kinds = [
        ("Liveness", "livenessProbe"),
        ("Readiness", "readinessProbe"),
        ("Startup", "startupProbe"),
    ];
    for (title, key) in kinds {
        if let Some(probe) = container.get(key) {
            page.line(2, format_args!("{title}:\t{}", probe_text(probe)));
        }
    }
}

/// A probe on one line: `http-get http://:8080/ delay=0s timeout=1s period=10s …`.
fn probe_text(probe: &Value) -> String {
    let number = |key| int(probe, &[key]);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        number("initialDelaySeconds"),
        number("timeoutSeconds"),
        number("periodSeconds"),
        number("successThreshold"),
        number("failureThreshold"),
    );
    if let Some(exec) = probe.get("exec") {
        let words: Vec<_> =
            list(exec, &["command"]).iter().filter_map(Value::scalar_text).collect();
        return format!("exec [{}] {attributes}", words.join(" "));
    }
    if let Some(get) = probe.get("httpGet") {
        let (scheme, host) = (text(get, &["scheme"]).to_ascii_lowercase(), text(get, &["host"]));
        let (port, path) = (text(get, &["port"]), text(get, &["path"]));
        let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
        return format!("http-get {scheme}://{host}:{port}{slash}{path} {attributes}");
    }
    if let Some(socket) = probe.get("tcpSocket") {
        let (host, port) = (text(socket, &["host"]), text(socket, &["port"]));
        return format!("tcp-socket {host}:{port} {attributes}");
    }
    if let Some(grpc) = probe.get("grpc") {
        let (port, service) = (text(grpc, &["port"]), text(grpc, &["service"]));
        return format!("grpc <pod>:{port} {service} {attributes}");
    }
    format!("unknown {attributes}")
}

fn environment(page: &mut Page, container: &Value) {
    let from = list(container, &["envFrom"]);
    if !from.is_empty() {
        page.line(2, "Environment Variables from:");
    }
    for source in from {
        let kinds = [("configMapRef", "ConfigMap"), ("secretRef", "Secret")];
        let Some((key, kind)) = kinds.into_iter().find(|(key, _)| source.get(key).is_some()) else {
            continue;
        };
        let prefix = text(source, &["prefix"]);
        let prefix = if prefix.is_empty() { prefix } else { format!(" with prefix '{prefix}'") };
        let (name, optional) = (text(source, &[key, "name"]), optional(source, key));
        page.line(3, format_args!("{name}\t{kind}{prefix}\tOptional: {optional}"));
    }
    let variables = list(container, &["env"]);
    page.line(2, if variables.is_empty() { "Environment:\t<none>" } else { "Environment:" });
    for variable in variables {
        let name = text(variable, &["name"]);
        let value = variable
            .get("valueFrom")
            .map_or_else(|| text(variable, &["value"]).replace('\n', "\n      \t"), source_text);
        page.line(3, format_args!("{name}:\t{value}"));
    }
}

fn optional(source: &Value, key: &str) -> bool {
    source.at(&[key, "optional"]).and_then(Value::as_bool).unwrap_or(false)
}

fn source_text(source: &Value) -> String {
    let get = |path: [&str; 2]| text(source, &path);
    if source.get("fieldRef").is_some() {
        return format!(
            " ({}:{})",
            get(["fieldRef", "apiVersion"]),
            get(["fieldRef", "fieldPath"])
        );
    }
    if source.get("resourceFieldRef").is_some() {
        return format!(" ({})", get(["resourceFieldRef", "resource"]));
    }
    for &(key, of) in &[("secretKeyRef", "in secret"), ("configMapKeyRef", "of config map")] {
        if source.get(key).is_some() {
            let (field, name, optional) =
                (get([key, "key"]), get([key, "name"]), optional(source, key));
            return format!("<set to the key '{field}' {of} '{name}'>\tOptional: {optional}");
        }
    }
    String::new()
}

fn mounts(page: &mut Page, container: &Value) {
    let mut mounts: Vec<&Value> = list(container, &["volumeMounts"]).iter().collect();
    page.line(2, if mounts.is_empty() { "Mounts:\t<none>" } else { "Mounts:" });
    crate::order::sort_by_key(&mut mounts, |mount| text(mount, &["mountPath"]));
    for mount in mounts {
        let read_only = mount.get("readOnly").and_then(Value::as_bool) == Some(true);
        let sub_path = text(mount, &["subPath"]);
        let sub_path = if sub_path.is_empty() { sub_path } else { format!(",path={sub_path:?}") };
        let (path, name) = (text(mount, &["mountPath"]), text(mount, &["name"]));
        let access = if read_only { "ro" } else { "rw" };
        page.line(3, format_args!("{path} from {name} ({access}{sub_path})"));
    }
    let mut devices: Vec<&Value> = list(container, &["volumeDevices"]).iter().collect();
    if !devices.is_empty() {
        page.line(2, "Devices:");
    }
    crate::order::sort_by_key(&mut devices, |device| text(device, &["devicePath"]));
    for device in devices {
        let (path, name) = (text(device, &["devicePath"]), text(device, &["name"]));
        page.line(3, format_args!("{path} from {name}"));
    }
}

/// Volumes under a title.
pub(super) fn volumes(page: &mut Page, volumes: &[Value], indent: &str) {
    if volumes.is_empty() {
        return page.line(0, format_args!("{indent}Volumes:\t<none>"));
    }
    page.line(0, format_args!("{indent}Volumes:"));
    let space = if indent.is_empty() { "" } else { " " };
    for volume in volumes {
        page.line(1, format_args!("{space}{}:", text(volume, &["name"])));
        volume_source(page, volume);
    }
}

fn volume_source(page: &mut Page, volume: &Value) {
    let mut field = |title: &str, value: &str| page.line(2, format_args!("{title}:\t{value}"));
    if let Some(source) = volume.get("emptyDir") {
        let size = text(source, &["sizeLimit"]);
        field("Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
        field("Medium", &text(source, &["medium"]));
        field("SizeLimit", if size.is_empty() { "<unset>" } else { &size });
    } else if let Some(source) = volume.get("hostPath") {
        let kind = source.get("type").and_then(Value::as_str).unwrap_or("<none>");
        field("Type", "HostPath (bare host directory volume)");
        field("Path", &text(source, &["path"]));
        field("HostPathType", kind);
    } else if let Some(source) = volume.get("configMap") {
        field("Type", "ConfigMap (a volume populated by a ConfigMap)");
        field("Name", &text(source, &["name"]));
        field("Optional", &optional(volume, "configMap").to_string());
    } else if let Some(source) = volume.get("secret") {
        field("Type", "Secret (a volume populated by a Secret)");
        field("SecretName", &text(source, &["secretName"]));
        field("Optional", &optional(volume, "secret").to_string());
    } else if let Some(source) = volume.get("persistentVolumeClaim") {
        let read_only = source.get("readOnly").and_then(Value::as_bool).unwrap_or(false);
        field(
            "Type",
            "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        );
        field("ClaimName", &text(source, &["claimName"]));
        field("ReadOnly", &read_only.to_string());
    } else {
        page.line(1, "<unknown>");
    }
}

/// Tolerations under a title, sorted by key.
pub(super) fn tolerations(page: &mut Page, title: &str, tolerations: &[Value]) {
    let mut sorted: Vec<&Value> = tolerations.iter().collect();
    crate::order::sort_by_key(&mut sorted, |toleration| text(toleration, &["key"]));
    let lines = sorted.into_iter().map(|toleration| {
        let get = |key| text(toleration, &[key]);
        let (key, value, effect) = (get("key"), get("value"), get("effect"));
        let before = |sign: &str, part: &str| {
            if part.is_empty() { String::new() } else { format!("{sign}{part}") }
        };
        let mut line = format!("{key}{}{}", before("=", &value), before(":", &effect));
        if get("operator") == "Exists" && value.is_empty() {
            line += if line.is_empty() { "op=Exists" } else { " op=Exists" };
        }
        match toleration.get("tolerationSeconds").and_then(Value::as_int) {
            Some(seconds) => format!("{line} for {seconds}s"),
            None => line,
        }
    });
    page.list(title, &lines.collect::<Vec<_>>());
}

/// A pod template.
pub(crate) fn template(page: &mut Page, template: &Value) {
    page.line(0, "Pod Template:");
    page.labels("  Labels", template.at(&["metadata", "labels"]));
    let annotations = template.at(&["metadata", "annotations"]);
    if annotations.and_then(Value::as_map).is_some_and(|map| !map.is_empty()) {
        page.annotations("  Annotations", annotations);
    }
    let account = text(template, &["spec", "serviceAccountName"]);
    if !account.is_empty() {
        page.line(1, format_args!("Service Account:\t{account}"));
    }
    let init = list(template, &["spec", "initContainers"]);
    if !init.is_empty() {
        describe(page, "Init Containers", init, &[], "  ");
    }
    describe(page, "Containers", list(template, &["spec", "containers"]), &[], "  ");
    volumes(page, list(template, &["spec", "volumes"]), "  ");
    let class = text(template, &["spec", "priorityClassName"]);
    if !class.is_empty() {
        page.line(1, format_args!("Priority Class Name:\t{class}"));
    }
    page.labels("  Node-Selectors", template.at(&["spec", "nodeSelector"]));
    tolerations(page, "  Tolerations", list(template, &["spec", "tolerations"]));
}
