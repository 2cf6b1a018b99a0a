//! The `EndpointSlice` controller: keeps the list of where a Service's requests may go.
//!
//! Models: kubernetes v1.36 `staging/src/k8s.io/endpointslice/{reconciler,utils}.go`. IPv4 only,
//! no topology hints. Differs: a sync starts from the slices the API server holds, where upstream
//! takes those of its cache and tries again when its tracker says that they are stale. A sync looks
//! at the pods that changed since the last one; after a change of the Service it looks at all.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::informer::Informers;
use super::workqueue::WorkQueue;
use crate::api::endpoint_slice::{
    Endpoint, EndpointPort, MAX_ENDPOINTS_PER_SLICE, SERVICE_NAME, TRIGGER_TIME,
};
use crate::api::meta::labels;
use crate::api::pod::PodConditionType;
use crate::api::service::TargetPort;
use crate::api::{EndpointSlice, Kind, ObjectMeta, OwnerReference, Pod, PodSpec, Service, Uid};
use crate::apiserver::{ApiError, Change, Propagation};
use crate::ctx::Ctx;
use crate::manifest::timestamp;
use crate::occurrence::Controller;
use crate::order;
use crate::time::Instant;
use crate::uid_map::UidMap;

/// What a sync has to look at.
#[derive(Clone, Debug)]
enum Scope {
    All,
    Pods(BTreeSet<Uid>),
}

/// When what a Service's last sync saw had changed.
#[derive(Clone, Debug, Default)]
struct Triggers {
    /// The pods' readiness.
    pods: UidMap<Instant>,
    /// The Service's creation.
    service: Option<Instant>,
}

/// The controller.
#[derive(Clone, Debug)]
pub(crate) struct EndpointSliceController {
    pub(crate) queue: WorkQueue,
    scope: UidMap<Scope>,
    /// Which pods each Service's slices hold, and in which slice.
    placed: UidMap<UidMap<Uid>>,
    /// What each Service's last sync saw of the changes that call for one.
    triggers: UidMap<Triggers>,
    /// The generation in which each slice was last written here.
    written: UidMap<i64>,
}

impl EndpointSliceController {
    pub(crate) const fn new() -> Self {
        Self {
            queue: WorkQueue::new(Controller::EndpointSlice),
            scope: UidMap::new(),
            placed: UidMap::new(),
            triggers: UidMap::new(),
            written: UidMap::new(),
        }
    }

    /// A Service was added, changed or deleted.
    pub(crate) fn on_service(&mut self, change: Change, service: &Service, ctx: &mut Ctx<'_>) {
        if change == Change::Deleted {
            // Its slices have it as their owner and go with it.
            self.placed.remove(&service.meta.uid);
            self.triggers.remove(&service.meta.uid);
        }
        self.scope.insert(service.meta.uid, Scope::All);
        self.queue.add(service.meta.uid, ctx);
    }

    /// A slice was changed or deleted: when somebody else did so, its Service is looked at.
    ///
    /// Models: kubernetes v1.36 `staging/src/k8s.io/endpointslice/util/endpointslice_tracker.go`.
    pub(crate) fn on_slice(&mut self, change: Change, slice: &EndpointSlice, ctx: &mut Ctx<'_>) {
        let Some(owner) = slice.meta.controller() else { return };
        let uid = slice.meta.uid;
        let is_foreign = if change == Change::Deleted {
            self.written.remove(&uid).is_some()
        } else {
            self.written.get(&uid).is_some_and(|known| slice.meta.generation > *known)
        };
        if is_foreign {
            self.scope.insert(owner.uid, Scope::All);
            self.queue.add(owner.uid, ctx);
        }
    }

    /// A pod was added, changed or deleted: wakes the Services that select it or did so before,
    /// if it matters to them.
    pub(crate) fn on_pod(
        &mut self,
        change: Change,
        pod: &Pod,
        old: Option<&Pod>,
        informers: &Informers,
        ctx: &mut Ctx<'_>,
    ) {
        let matters = change == Change::Deleted || old.is_none_or(|old| endpoint_changed(old, pod));
        for service in informers.services.iter() {
            if service.meta.namespace != pod.meta.namespace {
                continue;
            }
            let selects = |pod: &Pod| service.selects(&pod.meta.labels);
            if selects(pod) || old.is_some_and(selects) {
                let uid = service.meta.uid;
                match self.scope.get_or_insert_with(uid, || Scope::Pods(BTreeSet::new())) {
                    Scope::All => {}
                    Scope::Pods(pods) => {
                        pods.insert(pod.meta.uid);
                    }
                }
                if matters {
                    self.queue.add(uid, ctx);
                }
            }
        }
    }

    /// Looks at one Service.
    pub(crate) fn sync(&mut self, key: Uid, informers: &Informers, ctx: &mut Ctx<'_>) {
        let scope = self.scope.remove(&key).unwrap_or(Scope::All);
        let Some(service) = informers.services.by_uid(key) else {
            return;
        };
        if service.spec.selector.is_empty() || service.meta.is_deleting() {
            return;
        }
        let before = ctx.api.resource_version();
        let placed = self.placed.get_or_insert_with(key, UidMap::new);
        let mut reconciler = Reconciler {
            service,
            informers,
            placed,
            touched: UidMap::new(),
            trigger: None,
            written: &mut self.written,
            ctx,
        };
        if matches!(scope, Scope::All) {
            reconciler.undo_what_others_did();
        }
        let pods = reconciler.pods(scope);
        let known = self.triggers.contains_key(&key);
        let triggers = self.triggers.get_or_insert_with(key, Triggers::default);
        let changed = reconciler.changed(triggers, &pods);
        reconciler.trigger = if known { changed } else { Some(service.meta.created_at) };
        let result = reconciler.reconcile(pods);
        self.queue.done(key, ctx.api.resource_version() - before, ctx);
        if let Ok(()) = result {
            self.queue.forget(key);
        } else {
            self.scope.insert(key, Scope::All);
            self.queue.add_rate_limited(key, ctx);
        }
    }
}

struct Reconciler<'a, 'c> {
    service: &'a Service,
    informers: &'a Informers,
    placed: &'a mut UidMap<Uid>,
    touched: UidMap<EndpointSlice>,
    /// The earliest of the changes that this sync answers.
    trigger: Option<Instant>,
    written: &'a mut UidMap<i64>,
    ctx: &'a mut Ctx<'c>,
}

impl Reconciler<'_, '_> {
    fn pods(&self, scope: Scope) -> BTreeSet<Uid> {
        match scope {
            Scope::All => self.all_pods(),
            Scope::Pods(pods) => pods,
        }
    }

    /// When the earliest change happened that the last sync had not seen: a pod's readiness, or
    /// the Service's creation.
    ///
    /// Models: kubernetes v1.36 `staging/src/k8s.io/endpointslice/util/trigger_time_tracker.go`
    /// `ComputeEndpointLastChangeTriggerTime`.
    fn changed(&self, seen: &mut Triggers, pods: &BTreeSet<Uid>) -> Option<Instant> {
        let mut earliest = None;
        let mut note = |at: Instant| earliest = Some(earliest.map_or(at, |known| at.min(known)));
        for uid in pods {
            let pod = self.informers.pods.get(uid).filter(|pod| self.service.matches(pod));
            let ready = pod.and_then(|pod| pod.condition(PodConditionType::Ready));
            let Some(at) = ready.map(|condition| condition.last_transition_time) else {
                seen.pods.remove(uid);
                continue;
            };
            if seen.pods.insert(*uid, at).is_none_or(|before| at > before) {
                note(at);
            }
        }
        let created = self.service.meta.created_at;
        if seen.service.replace(created).is_none_or(|before| created > before) {
            note(created);
        }
        earliest
    }

    fn reconcile(mut self, pods: BTreeSet<Uid>) -> Result<(), ApiError> {
        let mut homeless = Vec::new();
        for uid in pods {
            match (self.desired(uid), self.placed.get(&uid).copied()) {
                (Some((endpoint, ports)), Some(slice)) if self.has_ports(slice, &ports) => {
                    self.replace(slice, endpoint);
                }
                (Some(wanted), place) => {
                    if let Some(slice) = place {
                        self.remove(slice, uid);
                    }
                    homeless.push(wanted);
                }
                (None, Some(slice)) => self.remove(slice, uid),
                (None, None) => {}
            }
        }
        if !homeless.is_empty() {
            self.place(homeless)?;
        }
        self.write()
    }

    /// Makes slices and the memory of who stands in them agree again: endpoints that nobody put
    /// there go, pods whose endpoint is gone are to be placed anew.
    fn undo_what_others_did(&mut self) {
        let slices = self.informers.slices_of(self.service.meta.uid);
        for uid in slices.map(|slice| slice.meta.uid) {
            let Some(live) = self.look_at(uid) else { continue };
            let is_own = |endpoint: &Endpoint| self.placed.get(&endpoint.pod_uid) == Some(&uid);
            if live.endpoints.iter().all(is_own) {
                continue;
            }
            let mut slice = live.clone();
            slice.endpoints.retain(is_own);
            self.touched.insert(uid, slice);
        }
        let gone = self.placed.iter().filter(|(pod, slice)| {
            let slice = self.look_at(**slice);
            slice.is_none_or(|slice| slice.endpoints.iter().all(|known| known.pod_uid != **pod))
        });
        let gone: Vec<Uid> = gone.map(|(pod, _)| *pod).collect();
        for pod in gone {
            self.placed.remove(&pod);
        }
    }

    /// Every pod that is in a slice or should be.
    fn all_pods(&self) -> BTreeSet<Uid> {
        let selected = self.informers.pods.values().filter(|pod| self.service.matches(pod));
        order::set(selected.map(|pod| pod.meta.uid).chain(self.placed.keys().copied()))
    }

    /// The endpoint a pod should have, with the ports it resolves; `None` when it should have none.
    fn desired(&self, uid: Uid) -> Option<(Endpoint, Vec<EndpointPort>)> {
        let pod = self.informers.pods.get(&uid).filter(|pod| self.service.matches(pod))?;
        let endpoint = endpoint(pod, self.service.spec.publish_not_ready_addresses)?;
        Some((endpoint, endpoint_ports(self.service, pod)))
    }

    fn slice(&mut self, uid: Uid) -> Option<&mut EndpointSlice> {
        if !self.touched.contains_key(&uid) {
            let live = self.ctx.api.list::<EndpointSlice>().by_uid(uid)?;
            self.touched.insert(uid, EndpointSlice::clone(live));
        }
        self.touched.get_mut(&uid)
    }

    fn has_ports(&self, slice: Uid, ports: &[EndpointPort]) -> bool {
        self.look_at(slice).is_some_and(|slice| slice.ports == ports)
    }

    /// A slice as it will be after this sync, without taking it in hand.
    fn look_at(&self, slice: Uid) -> Option<&EndpointSlice> {
        let live = || self.ctx.api.list::<EndpointSlice>().by_uid(slice).map(AsRef::as_ref);
        self.touched.get(&slice).or_else(live)
    }

    fn replace(&mut self, slice: Uid, endpoint: Endpoint) {
        let Some(slice) = self.slice(slice) else {
            return;
        };
        if let Some(old) = slice.endpoints.iter_mut().find(|old| old.pod_uid == endpoint.pod_uid) {
            *old = endpoint;
        }
    }

    fn remove(&mut self, slice: Uid, pod: Uid) {
        self.placed.remove(&pod);
        if let Some(slice) = self.slice(slice) {
            slice.endpoints.retain(|endpoint| endpoint.pod_uid != pod);
        }
    }

    /// The slices an endpoint may go to, in the order of their creation.
    fn candidates(&self) -> Vec<Uid> {
        let known = self.informers.slices_of(self.service.meta.uid).map(|slice| slice.meta.uid);
        let mut candidates: Vec<Uid> = known.collect();
        let fresh = self.touched.keys().copied().filter(|uid| !candidates.contains(uid));
        let fresh: Vec<Uid> = fresh.collect();
        candidates.extend(fresh);
        candidates
    }

    /// Puts each endpoint into the first slice with room, or into a new one. An empty slice takes
    /// on the ports of its first endpoint. Endpoints of the same ports go on looking where the one
    /// before found its place: nothing leaves a slice meanwhile.
    fn place(&mut self, homeless: Vec<(Endpoint, Vec<EndpointPort>)>) -> Result<(), ApiError> {
        let mut candidates = self.candidates();
        let mut next = 0;
        let mut last_ports: Option<Vec<EndpointPort>> = None;
        for (endpoint, ports) in homeless {
            if last_ports.as_ref() != Some(&ports) {
                next = 0;
                last_ports = Some(ports.clone());
            }
            let has_room = |uid: &Uid| {
                let slice = self.look_at(*uid);
                slice.is_some_and(|slice| has_room(slice, &ports, MAX_ENDPOINTS_PER_SLICE))
            };
            next += candidates[next..].iter().take_while(|uid| !has_room(uid)).count();
            let pod = endpoint.pod_uid;
            if let Some(uid) = candidates.get(next).copied() {
                if let Some(slice) = self.slice(uid) {
                    slice.endpoints.push(endpoint);
                    slice.ports = ports;
                }
                self.placed.insert(pod, uid);
            } else {
                let created = self.create(vec![endpoint], ports)?;
                self.placed.insert(pod, created);
                candidates.push(created);
            }
        }
        Ok(())
    }

    fn create(
        &mut self,
        endpoints: Vec<Endpoint>,
        ports: Vec<EndpointPort>,
    ) -> Result<Uid, ApiError> {
        let service = &self.service.meta;
        let mut slice = EndpointSlice {
            meta: ObjectMeta {
                namespace: service.namespace.clone(),
                labels: labels([
                    (SERVICE_NAME, &*service.name),
                    ("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"),
                ]),
                owner_references: Arc::new([OwnerReference {
                    kind: Kind::Service,
                    name: service.name.clone(),
                    uid: service.uid,
                    controller: true,
                }]),
                ..ObjectMeta::default()
            },
            endpoints,
            ports,
        };
        self.annotate(&mut slice);
        let created = self.ctx.api.create_generated(&format!("{}-", service.name), slice)?;
        self.written.insert(created.meta.uid, created.meta.generation);
        self.touched.insert(created.meta.uid, EndpointSlice::clone(&created));
        Ok(created.meta.uid)
    }

    /// Writes what changed. A Service always has one slice; further ones that are empty go.
    fn write(mut self) -> Result<(), ApiError> {
        let has_any = !self.touched.is_empty()
            || self.informers.slices_of(self.service.meta.uid).next().is_some();
        if !has_any {
            self.create(Vec::new(), Vec::new())?;
            return Ok(());
        }
        let known = self.informers.slices_of(self.service.meta.uid).map(|slice| slice.meta.uid);
        let uids = order::set(known.chain(self.touched.keys().copied()));
        let first = uids.first().copied();
        for (uid, mut slice) in std::mem::take(&mut self.touched).into_entries() {
            if slice.endpoints.is_empty() && Some(uid) != first {
                let meta = &slice.meta;
                self.written.remove(&uid);
                self.ctx.api.delete::<EndpointSlice>(
                    &meta.namespace,
                    &meta.name,
                    Propagation::Background,
                )?;
            } else {
                if slice.endpoints.is_empty() {
                    slice.ports.clear();
                }
                if self
                    .ctx
                    .api
                    .list::<EndpointSlice>()
                    .by_uid(uid)
                    .is_some_and(|live| **live == slice)
                {
                    continue;
                }
                self.annotate(&mut slice);
                let written = self.ctx.api.update(slice)?;
                self.written.insert(uid, written.meta.generation);
            }
        }
        Ok(())
    }

    /// Tells since when the slice lacked what is written now.
    fn annotate(&self, slice: &mut EndpointSlice) {
        match self.trigger {
            Some(at) => slice.meta.set_annotation(TRIGGER_TIME, &timestamp::format(at)),
            None => slice.meta.remove_annotation(TRIGGER_TIME),
        };
    }
}

/// Whether a pod's change may change its endpoint, or to which Services it belongs.
///
/// Models: kubernetes v1.36 `staging/src/k8s.io/endpointslice/util/controller_utils.go`
/// `podEndpointsChanged`. Differs: a pod's host name does not change here.
fn endpoint_changed(old: &Pod, new: &Pod) -> bool {
    // Upstream compares when the deletion began as pointers, which differ in every two versions.
    (old.meta.is_deleting() || new.meta.is_deleting())
        || old.is_ready() != new.is_ready()
        || old.status.pod_ip != new.status.pod_ip
        || old.meta.labels != new.meta.labels
}

/// The endpoint of a pod: none without an address, nor for a pod that has ended. Ready means
/// serving and not terminating, or always with `publish_not_ready`.
pub fn endpoint(pod: &Pod, publish_not_ready: bool) -> Option<Endpoint> {
    let address = pod.status.pod_ip.filter(|_| !pod.status.phase.is_terminal())?;
    let serving = pod.is_ready();
    let terminating = pod.meta.is_deleting();
    Some(Endpoint {
        address,
        ready: publish_not_ready || (serving && !terminating),
        serving,
        terminating,
        node_name: pod.node_name.clone(),
        pod_name: pod.meta.name.clone(),
        pod_uid: pod.meta.uid,
    })
}

fn endpoint_ports(service: &Service, pod: &Pod) -> Vec<EndpointPort> {
    let ports = service.spec.ports.iter().filter_map(|port| {
        let number = find_port(&port.target_port, &port.protocol, &pod.spec)?;
        Some(EndpointPort {
            name: port.name.clone(),
            protocol: port.protocol.clone(),
            port: Some(number),
        })
    });
    ports.collect()
}

/// The number a target port means on a pod: a number is itself, a name is looked up among the
/// ports of the same protocol, over the containers and then over the sidecars.
pub fn find_port(target: &TargetPort, protocol: &str, pod: &PodSpec) -> Option<u16> {
    match target {
        TargetPort::Number(number) => Some(*number),
        TargetPort::Name(name) => {
            let sidecars = pod.init_containers.iter().filter(|item| item.is_sidecar());
            let containers = pod.containers.iter().chain(sidecars);
            let mut ports = containers.flat_map(|container| &container.ports);
            let found = ports.find(|port| port.name == *name && &*port.protocol == protocol);
            found.map(|port| port.container_port)
        }
    }
}

/// Whether a slice of at most `max` endpoints takes one more with these ports. An empty slice
/// takes on any ports.
pub fn has_room(slice: &EndpointSlice, ports: &[EndpointPort], max: usize) -> bool {
    slice.endpoints.len() < max && (slice.endpoints.is_empty() || slice.ports == ports)
}
