//! kube-proxy: which endpoints of a Service may be used.
//!
//! Models: kubernetes v1.36 `pkg/proxy/topology.go` `CategorizeEndpoints`. First form: all nodes'
//! proxies are one, policy Cluster; it learns of changes with the lag of its watch.

use std::collections::BTreeMap;

use crate::api::endpoint_slice::{Endpoint, SERVICE_NAME};
use crate::api::{EndpointSlice, Name, Uid};
use crate::apiserver::{AnyObject, Change, WatchEvent};
use crate::rng::Rng;
use crate::uid_map::UidMap;

/// The usable endpoints of one slice.
#[derive(Clone, Debug, Default)]
struct SliceEndpoints {
    ready: Vec<Uid>,
    serving_terminating: Vec<Uid>,
}

/// What the proxy knows: by Service (namespace and name), by slice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxy {
    services: BTreeMap<(Name, Name), UidMap<SliceEndpoints>>,
}

impl Proxy {
    /// Takes in what the watch tells about slices.
    pub(crate) fn on_event(&mut self, event: &WatchEvent) {
        let AnyObject::EndpointSlice(slice) = &event.object else {
            return;
        };
        let Some(key) = service_of(slice) else { return };
        let slices = self.services.entry(key).or_default();
        if event.change == Change::Deleted {
            slices.remove(&slice.meta.uid);
            return;
        }
        let uids = |usable: fn(&Endpoint) -> bool| {
            slice
                .endpoints
                .iter()
                .filter(|endpoint| usable(endpoint))
                .map(|endpoint| endpoint.pod_uid)
                .collect()
        };
        let known = SliceEndpoints {
            ready: uids(|endpoint| endpoint.ready),
            serving_terminating: uids(|endpoint| endpoint.serving && endpoint.terminating),
        };
        slices.insert(slice.meta.uid, known);
    }

    /// Chooses at random among the ready endpoints of a Service; if there is none, among those
    /// that are terminating and still serve.
    pub(crate) fn choose(&self, service: &(Name, Name), rng: &mut Rng) -> Option<Uid> {
        let slices = self.services.get(service)?;
        choose_among(slices.values().map(|slice| slice.ready.as_slice()), rng).or_else(|| {
            choose_among(slices.values().map(|slice| slice.serving_terminating.as_slice()), rng)
        })
    }
}

fn service_of(slice: &EndpointSlice) -> Option<(Name, Name)> {
    let name = slice.meta.labels.get(SERVICE_NAME)?;
    Some((slice.meta.namespace.clone(), name.clone()))
}

fn choose_among<'a>(lists: impl Iterator<Item = &'a [Uid]> + Clone, rng: &mut Rng) -> Option<Uid> {
    let total = lists.clone().map(<[Uid]>::len).sum();
    let mut index = rng.index(total)?;
    for list in lists {
        if let Some(uid) = list.get(index) {
            return Some(*uid);
        }
        index -= list.len();
    }
    None
}
