//! The machines of a cluster: made at boot, cut off and brought back.

use super::Cluster;
use crate::api::event::{EventSource, EventType};
use crate::api::meta::labels;
use crate::api::node::NodeReady;
use crate::api::{ConditionStatus, Name, Node, ObjectMeta, Pod, Uid};
use crate::apiserver::{AnyObject, WatchEvent};
use crate::ctx::Ctx;
use crate::kubectl::Output;
use crate::kubectl::drain::{Drain, Next};
use crate::kubectl::stream::StreamId;
use crate::occurrence::Occurrence;
use crate::time::Instant;

impl Cluster {
    pub(super) fn add_nodes(&mut self) {
        for number in 1..=self.config.nodes {
            let name = format!("gpu-node-{number}");
            let zone = format!("zone-{}", ["a", "b", "c"][(number as usize - 1) % 3]);
            let mut meta = ObjectMeta::named(&name, "");
            meta.labels = labels([
                ("kubernetes.io/hostname", name.as_str()),
                ("topology.kubernetes.io/zone", zone.as_str()),
            ]);
            let node = Node {
                meta,
                unschedulable: false,
                taints: Vec::new(),
                allocatable: self.config.node_resources.clone(),
                max_pods: self.config.pods_per_node,
                ready: NodeReady { status: ConditionStatus::True, since: Instant::BOOT },
            };
            self.api.create(node).expect("node names differ");
        }
    }

    /// Cuts a node off: see [`crate::outage`].
    pub(super) fn fail_node(&mut self, name: &Name) -> Output {
        let Ok(node) = self.api.get::<Node>("", name).cloned() else {
            return super::refused(Err(format!("nodes {name:?} not found")));
        };
        if self.outages.begin(name, self.now) {
            self.kubelet.cut_off(name);
            let mut ctx = Ctx { now: self.now, api: &mut self.api, agenda: &mut self.agenda };
            self.node_lifecycle.watch_closely(node.meta.uid, &mut ctx);
        }
        Output::default()
    }

    /// Brings a node back: its kubelet hears what it has missed and says that it is well.
    pub(super) fn recover_node(&mut self, name: &Name) -> Output {
        let Ok(node) = self.api.get::<Node>("", name).cloned() else {
            return super::refused(Err(format!("nodes {name:?} not found")));
        };
        let Some((events, occurrences)) = self.outages.end(name) else {
            return Output::default();
        };
        let mut ctx = Ctx { now: self.now, api: &mut self.api, agenda: &mut self.agenda };
        for event in &events {
            self.kubelet.on_event(event, None, &mut ctx);
        }
        self.kubelet.reconnect(name, &mut ctx);
        if !node.is_ready() {
            let since = self.now.truncated_to_second();
            // The node was just found.
            drop(self.api.change::<Node>(node.meta.uid, |node| {
                node.ready = NodeReady { status: ConditionStatus::True, since };
            }));
            let message = format!("Node {name} status is now: NodeReady");
            let (source, type_) = (EventSource::Kubelet, EventType::Normal);
            self.api.record(source, &*node, type_, "NodeReady", message);
        }
        for occurrence in occurrences {
            self.agenda.push(self.now, occurrence);
        }
        Output::default()
    }

    /// Keeps what a kubelet that is cut off does not hear; gives back what it does.
    pub(super) fn heard_by_kubelet(&mut self, event: WatchEvent) -> Option<WatchEvent> {
        if self.outages.is_empty() {
            return Some(event);
        }
        let AnyObject::Pod(pod) = &event.object else { return Some(event) };
        let node = pod.node_name.clone();
        self.outages.hold_event(&node, event)
    }

    /// Keeps what would happen to a pod on a node that is cut off; says whether it was kept.
    pub(super) fn happens_unseen(&mut self, pod: Uid, occurrence: Occurrence) -> bool {
        if self.outages.is_empty() {
            return false;
        }
        let pod = self.api.list::<Pod>().by_uid(pod);
        pod.is_some_and(|pod| self.outages.hold(&pod.node_name, occurrence))
    }

    /// Starts to drain a node: the first step at once, the others as time passes.
    pub(crate) fn start_drain(&mut self, drain: Drain) -> StreamId {
        let id = self.streams.start_drain(drain);
        self.continue_drain(id);
        id
    }

    pub(super) fn continue_drain(&mut self, id: StreamId) {
        if let Some(Next::At(at)) = self.streams.step_drain(id, self.now, &mut self.api) {
            self.agenda.push(at, Occurrence::DrainDue(id));
        }
    }
}
