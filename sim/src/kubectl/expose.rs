//! `kubectl expose deployment web --port=80`: a Service in front of pods.
//!
//! Models: kubectl v1.36 `pkg/cmd/expose/expose.go`.

use super::error::{Error, fail};
use super::objects;
use super::server;
use super::session::Session;
use crate::api::value::map;
use crate::api::{Kind, Value};
use crate::apiserver::AnyObject;
use crate::kubectl::describe::page::{int, list, text};

pub(super) const FLAGS: &str = "port:text target-port:text name:text type:text protocol:text \
    cluster-ip:text external-ip:text selector:text labels,l:text session-affinity:text \
    load-balancer-ip:text dry-run:or=unchanged output,o:text filename,f:text recursive,R \
    overrides:text save-config field-manager:text kustomize,k:text template:text";

/// Runs `expose`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    for object in session.objects(&words, super::resource::Naming::default())? {
        let service = service(session, &object)?;
        if session.prints_what_it_sends() && session.args.has("output") {
            session.print_sent(&service)?;
            continue;
        }
        if session.asks_nobody() {
            session.report_new(&service, "exposed")?;
            continue;
        }
        let namespace = session.namespace();
        let written = server::create(session.cluster, &service, &namespace)?;
        session.report(&written.object, "exposed")?;
    }
    Ok(())
}

fn service(session: &Session<'_>, object: &AnyObject) -> Result<Value, Error> {
    let data = objects::data(object);
    let args = &session.args;
    let selector = match args.text("selector") {
        Some(typed) => {
            let pairs = typed.split(',').filter_map(|pair| pair.split_once('='));
            map(pairs.map(|(key, value)| (key, value.into())))
        }
        None => selected(object, &data)?,
    };
    let mut spec =
        map([("selector", selector), ("ports", Value::List(ports(session, object, &data)?))]);
    for &(flag, field) in &[
        ("type", "type"),
        ("cluster-ip", "clusterIP"),
        ("session-affinity", "sessionAffinity"),
        ("load-balancer-ip", "loadBalancerIP"),
    ] {
        if let Some(typed) = args.text(flag) {
            *spec.entry(field) = typed.into();
        }
    }
    if let Some(address) = args.text("external-ip") {
        *spec.entry("externalIPs") = vec![address.into()].into();
    }
    let name = args.text("name").map_or_else(|| object.meta().name.to_string(), str::to_owned);
    let mut metadata = map([("creationTimestamp", Value::Null), ("name", name.into())]);
    let typed = args.text("labels").map(|typed| {
        let pairs = typed.split(',').filter_map(|pair| pair.split_once('='));
        map(pairs.map(|(key, value)| (key, value.into())))
    });
    if let Some(labels) = typed.or_else(|| data.at(&["metadata", "labels"]).cloned()) {
        *metadata.entry("labels") = labels;
    }
    Ok(map([
        ("apiVersion", "v1".into()),
        ("kind", "Service".into()),
        ("metadata", metadata),
        ("spec", spec),
        ("status", map([("loadBalancer", Value::map())])),
    ]))
}

/// The labels by which the new Service finds its pods.
fn selected(object: &AnyObject, data: &Value) -> Result<Value, Error> {
    let found = match object.kind() {
        Kind::Deployment | Kind::ReplicaSet => data.at(&["spec", "selector", "matchLabels"]),
        Kind::Service => data.at(&["spec", "selector"]),
        Kind::Pod => data.at(&["metadata", "labels"]),
        kind => {
            return fail(format!("cannot expose a {}", super::rollout::kind_dot_group(kind)));
        }
    };
    match found {
        Some(labels) => Ok(labels.clone()),
        None => fail(
            "couldn't retrieve selectors via --selector flag or introspection: the pod has no \
             labels and cannot be exposed",
        ),
    }
}

fn ports(session: &Session<'_>, object: &AnyObject, data: &Value) -> Result<Vec<Value>, Error> {
    let args = &session.args;
    let typed: Vec<(i64, String)> = match args.text("port") {
        Some(text) => {
            let mut ports = Vec::new();
            for port in text.split(',') {
                let number: i64 = port
                    .parse()
                    .or_else(|_| fail(format!("strconv.Atoi: parsing {port:?}: invalid syntax")))?;
                ports.push((number, "TCP".to_owned()));
            }
            ports
        }
        None => declared(object, data),
    };
    if typed.is_empty() {
        return fail(
            "couldn't find port via --port flag or introspection\nSee 'kubectl expose -h' for help and examples",
        );
    }
    let several = typed.len() > 1;
    let numbered = typed.into_iter().enumerate();
    Ok(numbered
        .map(|(index, (number, protocol))| {
            let protocol = args.text("protocol").map_or(protocol, str::to_owned);
            let mut port = map([("port", Value::Int(number)), ("protocol", protocol.into())]);
            if several {
                *port.entry("name") = format!("port-{}", index + 1).into();
            }
            let target = args.text("target-port").map_or(Value::Int(number), |text| {
                text.parse().map_or_else(|_| Value::text(text), Value::Int)
            });
            *port.entry("targetPort") = target;
            port
        })
        .collect())
}

/// The ports the object declares.
fn declared(object: &AnyObject, data: &Value) -> Vec<(i64, String)> {
    if object.kind() == Kind::Service {
        let ports = list(data, &["spec", "ports"]).iter();
        return ports.map(|port| (int(port, &["port"]), text(port, &["protocol"]))).collect();
    }
    let Some(path) = super::set::pod_spec_path(object.kind()) else {
        return Vec::new();
    };
    let containers = data.at(path).map(|spec| list(spec, &["containers"])).unwrap_or_default();
    containers
        .iter()
        .flat_map(|container| list(container, &["ports"]))
        .map(|port| (int(port, &["containerPort"]), text(port, &["protocol"])))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn a_service_is_made_from_what_it_stands_before() {
        let mut lab = Lab::with_web();
        lab.check("expose deploy web --name=front", "service/front exposed\n");
        lab.check(
            "get svc front -o jsonpath={.spec.ports[0].port}{.spec.selector}",
            "8080{\"app\":\"web\"}",
        );
        lab.check("expose deploy web --port=80 --target-port=http --name=b", "service/b exposed\n");
        lab.check_error(
            "expose deploy nope --port=80",
            "Error from server (NotFound): deployments.apps \"nope\" not found\n",
        );
        lab.check_error(
            "expose deploy web --port=abc --name=c",
            "error: strconv.Atoi: parsing \"abc\": invalid syntax\n",
        );
    }
}
