//! `v1` Endpoints: the older list of a Service's addresses, made here from its slices.
//!
//! Models: kubernetes v1.36 `pkg/controller/endpoint/endpoints_controller.go` in what it shows.

use crate::api::endpoint_slice::{SERVICE_NAME, TRIGGER_TIME};
use crate::api::value::map;
use crate::api::{EndpointSlice, Service, Value};
use crate::apiserver::ApiServer;
use crate::manifest::encode::metadata;

/// The Endpoints of every Service that has a selector, by name.
pub(crate) fn all(api: &ApiServer, namespace: Option<&str>) -> Vec<Value> {
    let services = api.list::<Service>().by_name();
    let here =
        services.filter(|service| namespace.is_none_or(|name| name == &*service.meta.namespace));
    here.filter(|service| !service.spec.selector.is_empty())
        .map(|service| of(api, service))
        .collect()
}

/// The Endpoints of a Service.
pub(crate) fn of(api: &ApiServer, service: &Service) -> Value {
    let is_loaded = |other: &&Value| {
        let is = |path: &[&str], text: &str| other.at(path).and_then(Value::as_str) == Some(text);
        is(&["kind"], "Endpoints")
            && is(&["metadata", "name"], &service.meta.name)
            && is(&["metadata", "namespace"], &service.meta.namespace)
    };
    if let Some(loaded) = api.others().iter().find(is_loaded).filter(|_| api.is_as_loaded()) {
        return loaded.clone();
    }
    let slices = api.list::<EndpointSlice>().iter().filter(|slice| {
        slice.meta.namespace == service.meta.namespace
            && slice.meta.labels.get(SERVICE_NAME) == Some(&service.meta.name)
    });
    let slices: Vec<_> = slices.collect();
    let subsets: Vec<Value> = slices.iter().filter_map(|slice| subset(slice)).collect();
    let mut meta = metadata(&service.meta);
    if let Some(map) = meta.as_map_mut() {
        map.remove("annotations");
    }
    if let Some(at) = slices.first().and_then(|slice| slice.meta.annotation(TRIGGER_TIME)) {
        *meta.entry("annotations") = map([(TRIGGER_TIME, at.into())]);
    }
    let mut data =
        map([("apiVersion", "v1".into()), ("kind", "Endpoints".into()), ("metadata", meta)]);
    if !subsets.is_empty() {
        *data.entry("subsets") = Value::List(subsets);
    }
    data
}

fn subset(slice: &EndpointSlice) -> Option<Value> {
    let mut endpoints: Vec<_> =
        slice.endpoints.iter().filter(|endpoint| !endpoint.terminating).collect();
    if endpoints.is_empty() {
        return None;
    }
    // Addresses sort as text here.
    crate::order::sort_by_key(&mut endpoints, |endpoint| endpoint.address.to_string());
    let (ready, unready): (Vec<_>, Vec<_>) =
        endpoints.into_iter().partition(|endpoint| endpoint.ready);
    let mut subset = Value::map();
    for (key, endpoints) in [("addresses", ready), ("notReadyAddresses", unready)] {
        let addresses = endpoints.into_iter().map(|endpoint| {
            let target = map([
                ("kind", "Pod".into()),
                ("name", (&endpoint.pod_name).into()),
                ("namespace", (&slice.meta.namespace).into()),
                ("uid", endpoint.pod_uid.to_string().into()),
            ]);
            map([
                ("ip", endpoint.address.to_string().into()),
                ("nodeName", (&endpoint.node_name).into()),
                ("targetRef", target),
            ])
        });
        let addresses: Vec<Value> = addresses.collect();
        if !addresses.is_empty() {
            *subset.entry(key) = Value::List(addresses);
        }
    }
    let ports = slice.ports.iter().filter_map(|port| {
        let mut data =
            map([("port", u32::from(port.port?).into()), ("protocol", (&port.protocol).into())]);
        if !port.name.is_empty() {
            *data.entry("name") = (&port.name).into();
        }
        Some(data)
    });
    *subset.entry("ports") = Value::List(ports.collect());
    Some(subset)
}
