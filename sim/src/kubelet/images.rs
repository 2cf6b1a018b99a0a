//! Images on nodes: which are there, and what it takes to get one.
//!
//! Models: kubernetes v1.36 `pkg/kubelet/images/image_manager.go` `EnsureImageExists` and
//! `puller.go` (one pull at a time on a node). Leaves out: credentials, the rate limit of pulls
//! (5 a second never binds a node that pulls one at a time), garbage collection.

use crate::api::Name;
use crate::container::reference::Reference;
use crate::time::{Duration, Instant};

/// Time to learn that a registry does not have an image.
pub(crate) const LOOK_UP: Duration = Duration::from_millis(600);
/// Time to find that the node has all of an image that is pulled anyway.
const PULL_AGAIN: Duration = Duration::from_millis(200);

/// What is to be done about an image before a container is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it is there.
    Present,
    /// It is pulled.
    Pull,
    /// It may not be pulled and is not there.
    NeverPull,
    /// Its name is none.
    InvalidName,
}

/// What a policy (`Always`, `IfNotPresent`, `Never`) means for an image.
pub fn need(image: &str, policy: &str, is_on_node: bool) -> Need {
    if Reference::parse(image).is_err() {
        return Need::InvalidName;
    }
    match (policy, is_on_node) {
        ("Always", _) | ("IfNotPresent" | "", false) => Need::Pull,
        (_, true) => Need::Present,
        (_, false) => Need::NeverPull,
    }
}

/// One node's images.
#[derive(Clone, Debug)]
struct Node {
    name: Name,
    present: Vec<Name>,
    /// When the pull that was asked for last is over.
    pulls_until: Instant,
}

/// The images of all nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Images {
    nodes: Vec<Node>,
}

/// A pull, from its place in the queue to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pulling {
    /// When it was asked for.
    pub(crate) asked_at: Instant,
    /// When it begins.
    pub(crate) from: Instant,
    /// When it ends.
    pub(crate) until: Instant,
}

impl Images {
    fn node(&mut self, name: &Name) -> &mut Node {
        let known = self.nodes.iter().position(|node| node.name == *name);
        let index = known.unwrap_or_else(|| {
            let (name, present) = (name.clone(), Vec::new());
            self.nodes.push(Node { name, present, pulls_until: Instant::BOOT });
            self.nodes.len() - 1
        });
        &mut self.nodes[index]
    }

    /// Whether a node has an image.
    pub(crate) fn has(&mut self, node: &Name, image: &Name) -> bool {
        self.node(node).present.contains(image)
    }

    /// A node has an image from now on.
    pub(crate) fn add(&mut self, node: &Name, image: &Name) {
        let present = &mut self.node(node).present;
        if !present.contains(image) {
            present.push(image.clone());
        }
    }

    /// Puts a pull that takes so long at the end of the node's queue.
    pub(crate) fn pull(
        &mut self,
        node: &Name,
        image: &Name,
        takes: Duration,
        now: Instant,
    ) -> Pulling {
        let node = self.node(node);
        let takes = if node.present.contains(image) { PULL_AGAIN } else { takes };
        let from = node.pulls_until.max(now);
        let until = from + takes;
        node.pulls_until = until;
        Pulling { asked_at: now, from, until }
    }
}
