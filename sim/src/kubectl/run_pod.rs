//! `kubectl run web --image=nginx`: a pod from flags.
//!
//! Models: kubectl v1.36 `pkg/cmd/run/run.go`, `pkg/generate/versioned/run.go`. Leaves out:
//! attaching to it.

use super::create::number_of_port;
use super::error::{Error, fail};
use super::server;
use super::session::Session;
use crate::api::Value;
use crate::api::value::map;
use crate::container::reference::Reference;
use crate::manifest;

pub(super) const FLAGS: &str = "image:text port:text expose env:text labels,l:text \
    dry-run:or=unchanged output,o:text restart:text command image-pull-policy:text \
    override-type:text overrides:text annotations:text attach stdin,i tty,t rm quiet,q \
    leave-stdin-open privileged pod-running-timeout:time save-config field-manager:text \
    grace-period:int force cascade:or=background wait timeout:time filename,f:text recursive,R \
    kustomize,k:text template:text show-managed-fields allow-missing-template-keys";

/// Runs `run`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let Some(image) = session.args.text("image").map(str::to_owned) else {
        return fail("required flag(s) \"image\" not set");
    };
    let words = session.args.words.clone();
    let before = session.args.dash.unwrap_or(words.len()).min(words.len());
    let (names, rest) = match session.args.dash {
        Some(_) => words.split_at(before),
        None => words.split_at(words.len().min(1)),
    };
    let [name] = names else {
        return session.usage("NAME is required for run");
    };
    if Reference::parse(&image).is_err() {
        return fail(format!("Invalid image name {image:?}: invalid reference format"));
    }
    let port = session.args.text("port").unwrap_or("").to_owned();
    if session.args.is_on("expose") && port.is_empty() {
        return session.usage("--port must be set when exposing a service");
    }
    let restart = session.args.text("restart").unwrap_or("Always").to_owned();
    if !matches!(restart.as_str(), "Always" | "OnFailure" | "Never") {
        return session.usage(&format!("invalid restart policy: {restart}"));
    }
    if session.args.is_on("rm") && !session.args.is_on("attach") && !session.args.is_on("stdin") {
        return session.usage("--rm should only be used for attached containers");
    }
    let labels = labels(session, name)?;
    let namespace = session.namespace();
    let container = container(session, name, &image, rest)?;
    let mut meta = map([
        ("creationTimestamp", Value::Null),
        ("name", name.as_str().into()),
        ("labels", labels.clone()),
    ]);
    let notes: Vec<(String, String)> = pairs(session.args.texts("annotations"));
    if !notes.is_empty() {
        *meta.entry("annotations") =
            map(notes.iter().map(|(key, value)| (key.as_str(), value.as_str().into())));
    }
    let mut pod = map([
        ("apiVersion", "v1".into()),
        ("kind", "Pod".into()),
        ("metadata", meta),
        (
            "spec",
            map([
                ("containers", vec![container].into()),
                ("dnsPolicy", "ClusterFirst".into()),
                ("restartPolicy", restart.as_str().into()),
            ]),
        ),
        ("status", Value::map()),
    ]);
    if let Some(typed) = session.args.text("overrides") {
        let Some(document) = manifest::parse(typed).documents.into_iter().next() else {
            return fail("Invalid --overrides value");
        };
        super::json_patch::merge(&mut pod, &document.value);
    }
    if session.args.is_on("expose") {
        let service = service(name, &labels, &port)?;
        made(session, &service, &namespace, "service")?;
    }
    made(session, &pod, &namespace, "pod")
}

fn made(
    session: &mut Session<'_>,
    value: &Value,
    namespace: &str,
    kind: &str,
) -> Result<(), Error> {
    if session.prints_what_it_sends() {
        if kind == "pod" && session.args.is_on("expose") {
            session.print("---");
        }
        return session.print_sent(value);
    }
    if session.asks_nobody() {
        return session.report_new(value, "created");
    }
    let written = server::create(session.cluster, value, namespace)?;
    session.warn_all(&written.warnings);
    session.report(&written.object, "created")
}

fn pairs(typed: Vec<&str>) -> Vec<(String, String)> {
    let pairs = typed.into_iter().filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn labels(session: &Session<'_>, name: &str) -> Result<Value, Error> {
    let Some(typed) = session.args.text("labels").filter(|typed| !typed.is_empty()) else {
        return Ok(map([("run", name.into())]));
    };
    if let Some(odd) = typed.split(',').find(|pair| !pair.contains('=')) {
        return fail(format!("unexpected label spec: {odd}"));
    }
    let pairs = pairs(typed.split(',').collect());
    Ok(map(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str().into()))))
}

fn container(
    session: &Session<'_>,
    name: &str,
    image: &str,
    rest: &[String],
) -> Result<Value, Error> {
    let mut container =
        map([("name", name.into()), ("image", image.into()), ("resources", Value::map())]);
    if !rest.is_empty() {
        let key = if session.args.is_on("command") { "command" } else { "args" };
        *container.entry(key) = Value::List(rest.iter().map(|word| Value::text(word)).collect());
    }
    let port = session.args.text("port").unwrap_or("");
    if !port.is_empty() {
        let number = number_of_port(port)?;
        *container.entry("ports") = vec![map([("containerPort", number)])].into();
    }
    let mut env = Vec::new();
    for typed in session.args.each("env") {
        let Some((key, value)) = typed.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return fail(format!("invalid env: {typed}"));
        };
        env.push(map([("name", key.into()), ("value", value.into())]));
    }
    if !env.is_empty() {
        *container.entry("env") = Value::List(env);
    }
    if let Some(policy) = session.args.text("image-pull-policy") {
        *container.entry("imagePullPolicy") = policy.into();
    }
    if session.args.is_on("privileged") {
        *container.entry("securityContext") = map([("privileged", Value::Bool(true))]);
    }
    for &(flag, keys) in &[("stdin", ["stdin", "stdinOnce"]), ("tty", ["tty", "tty"])] {
        if session.args.is_on(flag) {
            for key in keys {
                *container.entry(key) = Value::Bool(true);
            }
        }
    }
    Ok(container)
}

fn service(name: &str, labels: &Value, port: &str) -> Result<Value, Error> {
    let number = number_of_port(port)?;
    let port = map([("port", number.clone()), ("protocol", "TCP".into()), ("targetPort", number)]);
    Ok(map([
        ("apiVersion", "v1".into()),
        ("kind", "Service".into()),
        ("metadata", map([("creationTimestamp", Value::Null), ("name", name.into())])),
        ("spec", map([("ports", vec![port].into()), ("selector", labels.clone())])),
        ("status", map([("loadBalancer", Value::map())])),
    ]))
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn a_pod_is_made_of_flags() {
        let mut lab = Lab::with_web();
        lab.check("run p1 --image=nginx", "pod/p1 created\n");
        lab.check_error(
            "run p1 --image=nginx",
            "Error from server (AlreadyExists): pods \"p1\" already exists\n",
        );
        lab.check_error("run p2", "error: required flag(s) \"image\" not set\n");
        lab.check(
            "run p2 --image=nginx --command --dry-run=client -o yaml -- sleep 10",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  creationTimestamp: null\n  labels:\n    run: p2\n  \
             name: p2\nspec:\n  containers:\n  - command:\n    - sleep\n    - \"10\"\n    image: nginx\n    \
             name: p2\n    resources: {}\n  dnsPolicy: ClusterFirst\n  restartPolicy: Always\nstatus: {}\n",
        );
    }
}
