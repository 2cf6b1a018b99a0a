//! The values a cluster fills in where a manifest says nothing.
//!
//! Models: kubernetes v1.36 `pkg/apis/apps/v1/defaults.go`, `pkg/apis/core/v1/defaults.go`, and for
//! pods the admission of default tolerations and priority. Differs: an API server allocates node
//! ports and addresses; that is [`crate::apiserver`]'s business.

use crate::api::value::map;
use crate::api::{Kind, Value};

/// Fills in what an object of this kind leaves open. The data must be in the server's form.
pub fn apply(kind: Kind, object: &mut Value) {
    match kind {
        Kind::Deployment => deployment_spec(object.entry("spec")),
        Kind::ReplicaSet => replica_set_spec(object.entry("spec")),
        Kind::Pod => created_pod_spec(object.entry("spec")),
        Kind::Service => service_spec(object.entry("spec")),
        Kind::EndpointSlice => super::reports::slice_defaults(object),
        Kind::Event => super::reports::event_defaults(object),
        Kind::Node => {}
        _ => super::data_kinds::apply_defaults(kind, object),
    }
}

/// Sets a field that is absent.
pub(super) fn set(object: &mut Value, key: &str, value: impl Into<Value>) {
    let field = object.entry(key);
    if *field == Value::Null {
        *field = value.into();
    }
}

/// A field that is present, to change.
fn present<'a>(object: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    object.as_map_mut()?.get_mut(key).filter(|value| **value != Value::Null)
}

pub(super) fn items<'a>(object: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    present(object, key).and_then(Value::as_list_mut).into_iter().flatten()
}

pub(super) fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or("")
}

/// Fills in a Deployment's spec.
pub fn deployment_spec(spec: &mut Value) {
    set(spec, "replicas", 1);
    set(spec, "revisionHistoryLimit", 10);
    set(spec, "progressDeadlineSeconds", 600);
    let strategy = spec.entry("strategy");
    set(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let bounds = strategy.entry("rollingUpdate");
        set(bounds, "maxSurge", "25%");
        set(bounds, "maxUnavailable", "25%");
    }
    pod_spec(spec.entry("template").entry("spec"));
}

/// Fills in a `ReplicaSet`'s spec.
pub fn replica_set_spec(spec: &mut Value) {
    set(spec, "replicas", 1);
    pod_spec(spec.entry("template").entry("spec"));
}

/// Fills in a pod spec, be it a template's or a pod's.
pub fn pod_spec(spec: &mut Value) {
    set(spec, "dnsPolicy", "ClusterFirst");
    set(spec, "restartPolicy", "Always");
    set(spec, "schedulerName", "default-scheduler");
    set(spec, "securityContext", Value::map());
    set(spec, "terminationGracePeriodSeconds", 30);
    same_account(spec);
    let host_network = spec.get("hostNetwork").and_then(Value::as_bool).unwrap_or(false);
    for volume in items(spec, "volumes") {
        volume_source(volume);
    }
    for &key in &["initContainers", "containers"] {
        for container in items(spec, key) {
            self::container(container);
            for port in items(container, "ports").filter(|_| host_network) {
                let number = port.get("containerPort").cloned().unwrap_or_default();
                set(port, "hostPort", number);
            }
        }
    }
}

/// The account has two names, an old one and a new one.
fn same_account(spec: &mut Value) {
    let account =
        ["serviceAccountName", "serviceAccount"].into_iter().find_map(|key| spec.get(key));
    if let Some(account) = account.cloned() {
        set(spec, "serviceAccountName", account.clone());
        set(spec, "serviceAccount", account);
    }
}

/// Fills in the spec of a pod that is created: what templates leave to their pods as well.
pub fn created_pod_spec(spec: &mut Value) {
    pod_spec(spec);
    set(spec, "enableServiceLinks", true);
    set(spec, "priority", 0);
    set(spec, "preemptionPolicy", "PreemptLowerPriority");
    for &key in &["initContainers", "containers"] {
        for container in items(spec, key) {
            requests_from_limits(container);
        }
    }
    tolerate_node_failure(spec);
}

/// A limit without a request becomes the request.
pub fn requests_from_limits(container: &mut Value) {
    let Some(limits) = container.at(&["resources", "limits"]).and_then(Value::as_map) else {
        return;
    };
    let limits = limits.clone();
    let requests = container.entry("resources").entry("requests");
    for (name, limit) in &limits {
        set(requests, name, limit.clone());
    }
}

/// Pods stay five minutes on a node that is gone, unless they say otherwise.
fn tolerate_node_failure(spec: &mut Value) {
    for &key in &["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerated = items(spec, "tolerations").any(|toleration| {
            let (typed, effect) = (text(toleration, "key"), text(toleration, "effect"));
            (typed == key || (typed.is_empty() && text(toleration, "operator") == "Exists"))
                && (effect == "NoExecute" || effect.is_empty())
        });
        if !tolerated {
            let toleration = map([
                ("key", key.into()),
                ("operator", "Exists".into()),
                ("effect", "NoExecute".into()),
                ("tolerationSeconds", 300.into()),
            ]);
            set(spec, "tolerations", Vec::new());
            if let Some(list) = present(spec, "tolerations").and_then(Value::as_list_mut) {
                list.push(toleration);
            }
        }
    }
}

fn volume_source(volume: &mut Value) {
    if volume.as_map().is_some_and(|map| map.keys().all(|key| &**key == "name")) {
        set(volume, "emptyDir", Value::map());
    }
    for &key in &["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = present(volume, key) {
            set(source, "defaultMode", 420);
        }
    }
    if let Some(facts) = present(volume, "downwardAPI") {
        items(facts, "items").for_each(field_version);
    }
    for source in present(volume, "projected").into_iter().flat_map(|part| items(part, "sources")) {
        if let Some(facts) = present(source, "downwardAPI") {
            items(facts, "items").for_each(field_version);
        }
    }
    if let Some(path) = present(volume, "hostPath") {
        set(path, "type", "");
    }
}

/// The version a field's path belongs to.
fn field_version(source: &mut Value) {
    if let Some(field) = present(source, "fieldRef") {
        set(field, "apiVersion", "v1");
    }
}

/// Fills in a container.
pub fn container(container: &mut Value) {
    let policy = pull_policy(text(container, "image"));
    set(container, "imagePullPolicy", policy);
    set(container, "terminationMessagePath", "/dev/termination-log");
    set(container, "terminationMessagePolicy", "File");
    set(container, "resources", Value::map());
    for port in items(container, "ports") {
        set(port, "protocol", "TCP");
    }
    for variable in items(container, "env") {
        if let Some(source) = present(variable, "valueFrom") {
            field_version(source);
        }
    }
    for &key in &["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = present(container, key) {
            self::probe(probe);
        }
    }
    for &key in &["postStart", "preStop"] {
        let lifecycle = present(container, "lifecycle");
        if let Some(handler) = lifecycle.and_then(|lifecycle| present(lifecycle, key)) {
            http_get(handler);
        }
    }
}

/// Fills in a probe.
pub fn probe(probe: &mut Value) {
    set(probe, "timeoutSeconds", 1);
    set(probe, "periodSeconds", 10);
    set(probe, "successThreshold", 1);
    set(probe, "failureThreshold", 3);
    http_get(probe);
    if let Some(grpc) = present(probe, "grpc") {
        set(grpc, "service", "");
    }
}

fn http_get(handler: &mut Value) {
    if let Some(get) = present(handler, "httpGet") {
        set(get, "path", "/");
        set(get, "scheme", "HTTP");
    }
}

/// `Always` for an image without tag and digest or with the tag `latest`, else `IfNotPresent`.
pub fn pull_policy(image: &str) -> &'static str {
    let name = image.rsplit('/').next().unwrap_or(image);
    let (name, digest) = name.split_once('@').map_or((name, None), |(name, d)| (name, Some(d)));
    let tag = name.split_once(':').map(|(_, tag)| tag);
    let latest = tag == Some("latest") || (tag.is_none() && digest.is_none());
    if latest && !image.is_empty() { "Always" } else { "IfNotPresent" }
}

/// Fills in a Service's spec.
pub fn service_spec(spec: &mut Value) {
    set(spec, "sessionAffinity", "None");
    set(spec, "type", "ClusterIP");
    let type_ = text(spec, "type").to_owned();
    if text(spec, "sessionAffinity") == "ClientIP" {
        let client = spec.entry("sessionAffinityConfig").entry("clientIP");
        set(client, "timeoutSeconds", 10_800);
    }
    if matches!(type_.as_str(), "NodePort" | "LoadBalancer")
        || (type_ == "ClusterIP" && items(spec, "externalIPs").next().is_some())
    {
        set(spec, "externalTrafficPolicy", "Cluster");
    }
    if matches!(type_.as_str(), "ClusterIP" | "NodePort" | "LoadBalancer") {
        set(spec, "internalTrafficPolicy", "Cluster");
        set(spec, "ipFamilies", vec!["IPv4".into()]);
        set(spec, "ipFamilyPolicy", "SingleStack");
    }
    if type_ == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", true);
    }
    for port in items(spec, "ports") {
        service_port(port);
    }
}

/// Fills in one port of a Service.
pub fn service_port(port: &mut Value) {
    set(port, "protocol", "TCP");
    let unset = match port.get("targetPort") {
        None | Some(Value::Int(0)) => true,
        Some(target) => target.as_str() == Some(""),
    };
    if unset {
        let number = port.get("port").cloned().unwrap_or_default();
        *port.entry("targetPort") = number;
    }
}
