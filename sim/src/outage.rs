//! Nodes that are cut off: what happens on them happens unseen.
//!
//! The kubelet of such a node neither hears of writes nor makes any, and nobody reaches its pods.
//! What it would have heard and done waits, and happens when the node comes back: pods deleted in
//! the meantime stay `Terminating` until then, as on a cluster.
//!
//! Models: a node whose network is gone. Leaves out: a reboot, which would restart the containers.

use crate::api::Name;
use crate::apiserver::WatchEvent;
use crate::occurrence::Occurrence;
use crate::time::{Duration, Instant};

/// How often a kubelet renews its node's lease.
const LEASE_RENEWAL: u64 = 10;

/// A node that is cut off.
#[derive(Clone, Debug)]
struct Outage {
    node: Name,
    since: Instant,
    events: Vec<WatchEvent>,
    occurrences: Vec<Occurrence>,
}

/// The nodes that are cut off.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outages {
    all: Vec<Outage>,
}

impl Outages {
    /// Whether every node is well.
    pub(crate) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Cuts a node off; says whether it was not already.
    pub(crate) fn begin(&mut self, node: &Name, now: Instant) -> bool {
        let new = !self.has(node);
        if new {
            let (node, since) = (node.clone(), now);
            self.all.push(Outage { node, since, events: Vec::new(), occurrences: Vec::new() });
        }
        new
    }

    /// Brings a node back: what its kubelet has missed, in order; `None` when it was well.
    pub(crate) fn end(&mut self, node: &str) -> Option<(Vec<WatchEvent>, Vec<Occurrence>)> {
        let index = self.all.iter().position(|outage| *outage.node == *node)?;
        let outage = self.all.remove(index);
        Some((outage.events, outage.occurrences))
    }

    /// Whether a node is cut off.
    pub(crate) fn has(&self, node: &str) -> bool {
        self.all.iter().any(|outage| *outage.node == *node)
    }

    /// When a node that is cut off was last heard of: its kubelet renews the lease every ten
    /// seconds, each at seconds of its own.
    pub(crate) fn last_heard(&self, node: &str) -> Option<Instant> {
        let outage = self.all.iter().find(|outage| *outage.node == *node)?;
        let own = node.bytes().map(u64::from).sum::<u64>() % LEASE_RENEWAL;
        let ago = (outage.since.as_secs() + LEASE_RENEWAL - own) % LEASE_RENEWAL;
        Some(outage.since.truncated_to_second() - Duration::from_secs(ago))
    }

    /// Keeps what the kubelet of a node does not hear; gives back what it does.
    pub(crate) fn hold_event(&mut self, node: &str, event: WatchEvent) -> Option<WatchEvent> {
        let Some(outage) = self.all.iter_mut().find(|outage| *outage.node == *node) else {
            return Some(event);
        };
        outage.events.push(event);
        None
    }

    /// Keeps what would happen on a node that is cut off; says whether it was kept.
    pub(crate) fn hold(&mut self, node: &str, occurrence: Occurrence) -> bool {
        let outage = self.all.iter_mut().find(|outage| *outage.node == *node);
        outage.map(|outage| outage.occurrences.push(occurrence)).is_some()
    }
}
