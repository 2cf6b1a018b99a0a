//! Services: their endpoints, and the pods that they match.

use std::sync::Arc;

use super::ServiceView;
use super::future::LISTED;
use super::pods::{Known, Standing};
use crate::api::{EndpointSlice, Labels, Name, Service, endpoint_slice};
use crate::cluster::Cluster;

/// The Services by name, and what is shown of each but the pods it matches.
pub(super) fn project(cluster: &Cluster) -> Vec<(&Arc<Service>, ServiceView)> {
    let api = cluster.api();
    let project = |service: &Service| {
        let mut view = ServiceView {
            uid: service.meta.uid,
            name: service.meta.name.clone(),
            selector: service
                .spec
                .selector
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect(),
            matched: 0,
            ready: 0,
            not_ready: 0,
            terminating: 0,
            endpoints: Vec::new(),
            coming: Vec::new(),
        };
        let slices = api.list::<EndpointSlice>().iter().filter(|slice| belongs(slice, service));
        let endpoints =
            slices.flat_map(|slice| slice.endpoints.iter().map(move |endpoint| (slice, endpoint)));
        for (slice, endpoint) in endpoints {
            if endpoint.ready {
                view.ready += 1;
                view.endpoints.extend(api.pod_behind(slice, endpoint));
            } else if endpoint.terminating {
                view.terminating += 1;
            } else {
                view.not_ready += 1;
            }
        }
        view
    };
    let services = api.list::<Service>().by_name();
    let shown = services.filter(|service| !service.is_of_the_api_server());
    shown.map(|service| (service, project(service))).collect()
}

fn belongs(slice: &EndpointSlice, service: &Service) -> bool {
    slice.meta.namespace == service.meta.namespace
        && slice.meta.labels.get(endpoint_slice::SERVICE_NAME) == Some(&service.meta.name)
}

/// Fills in how many pods a Service matches, and which of them are no endpoint of it yet: those only
/// while they are so few that somebody looks at them singly.
pub(super) fn take_in_pods(service: &Service, view: &mut ServiceView, pods: &[Known]) {
    let living = || matched(service, pods).filter(|known| known.standing != Standing::Killed);
    view.matched = living().count();
    if view.matched <= LISTED {
        let staying = living().filter(|known| known.standing >= Standing::Active);
        let coming = staying.map(Known::uid).filter(|uid| !view.endpoints.contains(uid));
        view.coming = coming.collect();
    }
}

/// The pods that a Service's selector matches. Most pods share their labels with the one before.
fn matched<'a>(service: &'a Service, pods: &'a [Known]) -> impl Iterator<Item = &'a Known> {
    let mut last: Option<(&Labels, &Name, bool)> = None;
    pods.iter().filter(move |known| {
        let (labels, namespace) = (&known.labels, &known.namespace);
        let same = last.filter(|last| Arc::ptr_eq(last.0, labels) && last.1 == namespace);
        let selects = || *namespace == service.meta.namespace && service.selects(labels);
        let is_meant = same.map_or_else(selects, |(_, _, is_meant)| is_meant);
        last = Some((labels, namespace, is_meant));
        is_meant
    })
}
