//! Watches: every write is told to those who care, a little later.
//!
//! Each watcher has a queue in the order of the writes. The lag is what makes caches stale, and
//! stale caches are what expectations, conflicts and requeues are for.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::api::{
    DataObject, Deployment, EndpointSlice, Event, Kind, Node, ObjectMeta, Pod, ReplicaSet, Service,
};
use crate::report::meter::Meter;
use crate::rng::{Rng, mix};
use crate::time::{Duration, Instant};

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It has changed.
    Modified,
    /// It is gone.
    Deleted,
}

impl Change {
    /// The change as a watch prints it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }
}

/// An object of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnyObject {
    /// A Deployment.
    Deployment(Arc<Deployment>),
    /// A `ReplicaSet`.
    ReplicaSet(Arc<ReplicaSet>),
    /// A Pod.
    Pod(Arc<Pod>),
    /// A Service.
    Service(Arc<Service>),
    /// An `EndpointSlice`.
    EndpointSlice(Arc<EndpointSlice>),
    /// A Node.
    Node(Arc<Node>),
    /// An Event.
    Event(Arc<Event>),
    /// An object of a kind that is kept as data.
    Data(Arc<DataObject>),
}

impl AnyObject {
    /// The object's kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Deployment(_) => Kind::Deployment,
            Self::ReplicaSet(_) => Kind::ReplicaSet,
            Self::Pod(_) => Kind::Pod,
            Self::Service(_) => Kind::Service,
            Self::EndpointSlice(_) => Kind::EndpointSlice,
            Self::Node(_) => Kind::Node,
            Self::Event(_) => Kind::Event,
            Self::Data(object) => object.kind,
        }
    }

    /// The object's metadata.
    pub fn meta(&self) -> &ObjectMeta {
        match self {
            Self::Deployment(object) => &object.meta,
            Self::ReplicaSet(object) => &object.meta,
            Self::Pod(object) => &object.meta,
            Self::Service(object) => &object.meta,
            Self::EndpointSlice(object) => &object.meta,
            Self::Node(object) => &object.meta,
            Self::Event(object) => &object.meta,
            Self::Data(object) => &object.meta,
        }
    }
}

/// One write, as watchers and traces are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchEvent {
    /// When the write happened.
    pub at: Instant,
    /// What happened.
    pub change: Change,
    /// The object after the write; before its removal for a deletion.
    pub object: AnyObject,
    /// The object before the write, unless it is new.
    pub old: Option<AnyObject>,
}

/// Who watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watcher {
    /// The controller manager: all controllers share its caches.
    ControllerManager,
    /// The scheduler.
    Scheduler,
    /// The kubelets of all nodes.
    Kubelet,
    /// The kube-proxies of all nodes.
    Proxy,
    /// The part of the controller manager that looks after nodes.
    NodeController,
}

impl Watcher {
    /// Every watcher.
    pub const ALL: [Self; 5] = [
        Self::ControllerManager,
        Self::Scheduler,
        Self::Kubelet,
        Self::Proxy,
        Self::NodeController,
    ];

    /// Whether this watcher has to hear of a change. A kubelet does not hear its own status
    /// writes, nor the scheduler of pods that run.
    fn cares(self, change: Change, object: &AnyObject, old: Option<&AnyObject>) -> bool {
        match self {
            Self::ControllerManager => !matches!(object.kind(), Kind::Node | Kind::Event),
            Self::Proxy => {
                let kind = object.kind();
                matches!(
                    kind,
                    Kind::EndpointSlice | Kind::Service | Kind::Ingress | Kind::HttpRoute
                )
            }
            Self::NodeController => object.kind() == Kind::Node,
            Self::Scheduler => match (object, old) {
                (AnyObject::Pod(pod), Some(AnyObject::Pod(old))) => {
                    change == Change::Deleted
                        || !pod.is_scheduled()
                        || pod.status.phase.is_terminal() != old.status.phase.is_terminal()
                        || (pod.spec.scheduling.looks_at_pods()
                            && pod.meta.is_deleting() != old.meta.is_deleting())
                }
                (AnyObject::Node(_) | AnyObject::Pod(_), _) => true,
                _ => false,
            },
            Self::Kubelet => match (object, old) {
                (AnyObject::Pod(pod), Some(AnyObject::Pod(old))) => {
                    pod.is_scheduled()
                        && (change == Change::Deleted
                            || pod.node_name != old.node_name
                            || pod.meta.deletion_timestamp != old.meta.deletion_timestamp
                            || pod.meta.annotations != old.meta.annotations)
                }
                (AnyObject::Pod(pod), None) => pod.is_scheduled(),
                _ => false,
            },
        }
    }
}

/// One watcher's queue.
#[derive(Clone, Debug)]
struct Queue {
    watcher: Watcher,
    waiting: VecDeque<(Instant, WatchEvent)>,
    rng: Rng,
    last_due: Instant,
}

/// All queues, and the log of writes for whoever drives the cluster.
#[derive(Clone, Debug)]
pub(crate) struct WatchHub {
    queues: Vec<Queue>,
    /// Watchers whose queue became due at a time the agenda does not know of yet.
    to_schedule: Vec<(Instant, Watcher)>,
    /// Writes since the driver last looked, when it wants them.
    log: Option<Vec<WatchEvent>>,
    /// Writes that commands which watch have not seen yet, while there are such commands.
    unseen: Option<Vec<WatchEvent>>,
    fingerprint: u64,
    /// What rollouts take, as seen from the writes.
    pub(crate) meter: Meter,
    lag: Duration,
    jitter_us: u64,
}

impl WatchHub {
    pub(crate) fn new(seed: u64) -> Self {
        let queues = Watcher::ALL.map(|watcher| Queue {
            watcher,
            waiting: VecDeque::new(),
            rng: Rng::stream(seed, &format!("watch/{watcher:?}")),
            last_due: Instant::BOOT,
        });
        Self {
            queues: queues.into(),
            to_schedule: Vec::new(),
            log: None,
            unseen: None,
            fingerprint: mix(seed),
            meter: Meter::default(),
            lag: Duration::from_millis(2),
            jitter_us: 1_000,
        }
    }

    /// Tells all who care of a write at `at`.
    pub(crate) fn publish(
        &mut self,
        at: Instant,
        change: Change,
        object: AnyObject,
        old: Option<AnyObject>,
    ) {
        self.fold_fingerprint(at, change, &object);
        let object_is_event = object.kind() == Kind::Event;
        if !object_is_event {
            self.meter.observe(at, change, &object, old.as_ref());
        }
        let event = WatchEvent { at, change, object, old };
        // Nobody watches events.
        let queues = if object_is_event { &mut [] } else { self.queues.as_mut_slice() };
        for queue in queues {
            if !queue.watcher.cares(change, &event.object, event.old.as_ref()) {
                continue;
            }
            let lag = self.lag + Duration::from_micros(queue.rng.up_to(self.jitter_us));
            // A stream never overtakes itself.
            let due = (at + lag).max(queue.last_due);
            queue.last_due = due;
            if queue.waiting.is_empty() {
                self.to_schedule.push((due, queue.watcher));
            }
            queue.waiting.push_back((due, event.clone()));
        }
        if let Some(unseen) = &mut self.unseen {
            unseen.push(event.clone());
        }
        if let Some(log) = &mut self.log {
            log.push(event);
        }
    }

    /// Takes the next event `watcher` is to hear by `now`.
    pub(crate) fn take_due(&mut self, watcher: Watcher, now: Instant) -> Option<WatchEvent> {
        let queue = self.queues.iter_mut().find(|queue| queue.watcher == watcher)?;
        let (due, _) = queue.waiting.front()?;
        if *due > now {
            self.to_schedule.push((*due, watcher));
            return None;
        }
        queue.waiting.pop_front().map(|(_, event)| event)
    }

    /// Deliveries the agenda must be told of.
    pub(crate) fn take_to_schedule(&mut self) -> Vec<(Instant, Watcher)> {
        std::mem::take(&mut self.to_schedule)
    }

    /// Whether there are deliveries the agenda must be told of.
    pub(crate) const fn has_to_schedule(&self) -> bool {
        !self.to_schedule.is_empty()
    }

    /// From now on, writes are kept for [`Self::take_log`].
    pub(crate) fn keep_log(&mut self) {
        self.log.get_or_insert_with(Vec::new);
    }

    /// From now on, writes are not kept.
    pub(crate) fn stop_log(&mut self) {
        self.log = None;
    }

    /// The writes since the last call.
    pub(crate) fn take_log(&mut self) -> Vec<WatchEvent> {
        self.log.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Whether writes are kept for [`Self::take_unseen`] from now on.
    pub(crate) fn keep_unseen(&mut self, wanted: bool) {
        if !wanted {
            self.unseen = None;
        } else if self.unseen.is_none() {
            self.unseen = Some(Vec::new());
        }
    }

    /// The writes since the last call, for commands that watch.
    pub(crate) fn take_unseen(&mut self) -> Vec<WatchEvent> {
        self.unseen.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// A number that two runs share only if they wrote the same things at the same times.
    pub(crate) const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    fn fold_fingerprint(&mut self, at: Instant, change: Change, object: &AnyObject) {
        let meta = object.meta();
        let facts = [
            at.as_micros(),
            meta.resource_version,
            meta.uid.0 << 8 | (object.kind() as u64) << 4 | change as u64,
            content(object),
        ];
        for fact in facts {
            self.fingerprint = mix(self.fingerprint ^ fact);
        }
    }
}

/// The few numbers of an object that a run is about.
fn content(object: &AnyObject) -> u64 {
    let pack = |parts: [i32; 4]| {
        parts.iter().fold(0_u64, |sum, part| mix(sum ^ u64::from(part.unsigned_abs())))
    };
    match object {
        AnyObject::Deployment(d) => pack([
            d.spec.replicas,
            d.status.replicas,
            d.status.updated_replicas,
            d.status.available_replicas,
        ]),
        AnyObject::ReplicaSet(rs) => pack([
            rs.spec.replicas,
            rs.status.replicas,
            rs.status.ready_replicas,
            rs.status.available_replicas,
        ]),
        AnyObject::Pod(pod) => pack([
            pod.status.phase as i32,
            i32::from(pod.is_ready()),
            i32::from(pod.is_scheduled()),
            i32::from(pod.meta.is_deleting()),
        ]),
        AnyObject::EndpointSlice(slice) => slice.endpoints.iter().fold(0, |sum, endpoint| {
            mix(sum
                ^ endpoint.pod_uid.0 << 3
                ^ u64::from(endpoint.ready) << 2
                ^ u64::from(endpoint.serving) << 1
                ^ u64::from(endpoint.terminating))
        }),
        AnyObject::Event(event) => u64::from(event.count),
        AnyObject::Service(_) | AnyObject::Node(_) | AnyObject::Data(_) => 0,
    }
}
