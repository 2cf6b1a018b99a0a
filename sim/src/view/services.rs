//! Services: their endpoints, and the pods that they match.

use std::sync::Arc;

use super::ServiceView;
use super::crowd::Crowd;
use super::future::LISTED;
use super::pods::{Known, Standing};
use crate::api::{EndpointSlice, Labels, Name, Service, Uid, endpoint_slice};
use crate::cluster::Cluster;
use crate::uid_map::UidMap;

/// What a slice says, as it was read last.
#[derive(Debug)]
pub(super) struct KnownSlice {
    slice: Arc<EndpointSlice>,
    /// The pods that take requests.
    pods: Vec<Uid>,
    ready: usize,
    not_ready: usize,
    terminating: usize,
}

impl KnownSlice {
    fn read(cluster: &Cluster, slice: &Arc<EndpointSlice>) -> Self {
        let (mut ready, mut not_ready, mut terminating) = (0, 0, 0);
        let mut pods = Vec::with_capacity(slice.endpoints.len());
        for endpoint in &slice.endpoints {
            if endpoint.ready {
                ready += 1;
                pods.extend(cluster.api().pod_behind(slice, endpoint));
            } else if endpoint.terminating {
                terminating += 1;
            } else {
                not_ready += 1;
            }
        }
        Self { slice: Arc::clone(slice), pods, ready, not_ready, terminating }
    }

    /// Whether it still says the same. Who has an address of a slice that people wrote is not
    /// said by the slice.
    fn holds(&self, slice: &Arc<EndpointSlice>) -> bool {
        Arc::ptr_eq(&self.slice, slice) && slice.meta.origin.is_none()
    }
}

/// The Services by name, and what is shown of each but the pods it matches. `known` are the slices
/// of the last time.
pub(super) fn project<'a>(
    cluster: &'a Cluster,
    known: &mut UidMap<KnownSlice>,
) -> Vec<(&'a Arc<Service>, ServiceView)> {
    let api = cluster.api();
    let mut before = std::mem::take(known);
    for slice in api.list::<EndpointSlice>().iter() {
        let uid = slice.meta.uid;
        let same = before.remove(&uid).filter(|known| known.holds(slice));
        known.insert(uid, same.unwrap_or_else(|| KnownSlice::read(cluster, slice)));
    }
    let services = api.list::<Service>().by_name();
    let shown = services.filter(|service| !service.is_of_the_api_server());
    shown.map(|service| (service, service_view(service, known))).collect()
}

fn service_view(service: &Service, slices: &UidMap<KnownSlice>) -> ServiceView {
    let mut view = ServiceView {
        uid: service.meta.uid,
        name: service.meta.name.clone(),
        selector: selector(service),
        ..ServiceView::default()
    };
    for known in slices.values().filter(|known| belongs(&known.slice, service)) {
        view.ready += known.ready;
        view.not_ready += known.not_ready;
        view.terminating += known.terminating;
        view.endpoints.extend_from_slice(&known.pods);
    }
    view
}

/// The labels that a Service asks for, each as `key=value`.
pub(super) fn selector(service: &Service) -> Vec<String> {
    service.spec.selector.iter().map(|(key, value)| format!("{key}={value}")).collect()
}

fn belongs(slice: &EndpointSlice, service: &Service) -> bool {
    slice.meta.namespace == service.meta.namespace
        && slice.meta.labels.get(endpoint_slice::SERVICE_NAME) == Some(&service.meta.name)
}

/// Fills in how many pods a Service matches, and which of them are no endpoint of it yet: those only
/// while they are so few that somebody looks at them singly.
pub(super) fn take_in_pods(service: &Service, view: &mut ServiceView, pods: &Crowd) {
    view.matched = matched(service, pods).count();
    if view.matched <= LISTED {
        let staying = matched(service, pods).filter(|known| known.standing >= Standing::Active);
        let coming = staying.map(|known| known.uid).filter(|uid| !view.endpoints.contains(uid));
        view.coming = coming.collect();
    }
}

/// The living pods that a Service's selector matches. Most pods share their labels with the one before.
fn matched<'a>(service: &'a Service, pods: &'a Crowd) -> impl Iterator<Item = &'a Known> {
    let mut last: Option<(&Labels, &Name, bool)> = None;
    pods.living().filter(move |known| {
        let (labels, namespace) = (&known.labels, &known.namespace);
        let same = last.filter(|last| Arc::ptr_eq(last.0, labels) && last.1 == namespace);
        let selects = || *namespace == service.meta.namespace && service.selects(labels);
        let is_meant = same.map_or_else(selects, |(_, _, is_meant)| is_meant);
        last = Some((labels, namespace, is_meant));
        is_meant
    })
}
