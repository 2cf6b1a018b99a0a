//! Where the pods are that a pod wants to be near, or away from, or evenly among.
//!
//! Counting the pods of a large cluster anew for every pod would be quadratic, so the counts are
//! kept for the few templates asked about last, and move with every pod that comes or goes.
//!
//! Models: kubernetes v1.36 `pkg/scheduler/framework/plugins/{interpodaffinity,podtopologyspread}`.
//! Leaves out: `nodeAffinityPolicy` and `nodeTaintsPolicy` other than their defaults; preferences
//! of pods that are placed already.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::filter::matches_node;
use super::node_info::NodeInfo;
use crate::api::scheduling::PodTerm;
use crate::api::{Labels, Name, Node, Pod, PodSpec};

/// How many templates are counted for.
const WATCHED: usize = 16;

/// Pods that a term means, by the value of its node label.
#[derive(Clone, Debug)]
struct Tally {
    topology_key: Name,
    counts: BTreeMap<Name, i64>,
}

impl Tally {
    fn new(term: &PodTerm) -> Self {
        Self { topology_key: term.topology_key.clone(), counts: BTreeMap::new() }
    }

    fn add(&mut self, node: &Node, by: i64) {
        if let Some(value) = node.meta.labels.get(&self.topology_key) {
            let count = self.counts.entry(value.clone()).or_default();
            *count += by;
            if *count == 0 {
                self.counts.remove(value);
            }
        }
    }

    /// How many pods there are near a node; `None` when it has no such label.
    fn near(&self, node: &Node) -> Option<i64> {
        let value = node.meta.labels.get(&self.topology_key)?;
        Some(self.counts.get(value).copied().unwrap_or(0))
    }
}

/// The pods of one template: all ask the same.
#[derive(Clone, Debug)]
struct Template {
    spec: Arc<PodSpec>,
    labels: Labels,
    namespace: Name,
}

impl Template {
    fn of(pod: &Pod) -> Self {
        Self {
            spec: Arc::clone(&pod.spec),
            labels: Arc::clone(&pod.meta.labels),
            namespace: pod.meta.namespace.clone(),
        }
    }

    fn has(&self, pod: &Pod) -> bool {
        Arc::ptr_eq(&self.spec, &pod.spec)
            && (Arc::ptr_eq(&self.labels, &pod.meta.labels) || self.labels == pod.meta.labels)
            && self.namespace == pod.meta.namespace
    }

    fn means(&self, term: &PodTerm, other: &Pod) -> bool {
        let own = (&self.namespace, &self.labels);
        term.means(own, (&other.meta.namespace, &other.meta.labels))
    }
}

/// What the pods of a template want to know of others.
#[derive(Clone, Debug)]
struct Watched {
    template: Template,
    affinity: Vec<Tally>,
    anti_affinity: Vec<Tally>,
    preferred: Vec<Tally>,
    spread: Vec<Tally>,
}

impl Watched {
    fn new(pod: &Pod) -> Self {
        let wants = &pod.spec.scheduling;
        let tallies = |terms: &[PodTerm]| terms.iter().map(Tally::new).collect();
        Self {
            template: Template::of(pod),
            affinity: tallies(&wants.affinity),
            anti_affinity: tallies(&wants.anti_affinity),
            preferred: wants.preferred_pods.iter().map(|(_, term)| Tally::new(term)).collect(),
            spread: wants.spread.iter().map(|constraint| Tally::new(&constraint.term)).collect(),
        }
    }

    fn add(&mut self, pod: &Pod, node: &Node, by: i64) {
        let Self { template, affinity, anti_affinity, preferred, spread } = self;
        let wants = &template.spec.scheduling;
        // What must be near is near only where one pod is all that is asked for.
        if wants.affinity.iter().all(|term| template.means(term, pod)) {
            for tally in affinity.iter_mut() {
                tally.add(node, by);
            }
        }
        let count = |tallies: &mut Vec<Tally>, terms: &mut dyn Iterator<Item = &PodTerm>| {
            for (tally, term) in tallies.iter_mut().zip(terms) {
                if template.means(term, pod) {
                    tally.add(node, by);
                }
            }
        };
        count(anti_affinity, &mut wants.anti_affinity.iter());
        count(preferred, &mut wants.preferred_pods.iter().map(|(_, term)| term));
        // Pods on their way out leave room already.
        if !pod.meta.is_deleting() {
            count(spread, &mut wants.spread.iter().map(|constraint| &constraint.term));
        }
    }
}

/// Placed pods of one template that keep others away.
#[derive(Clone, Debug)]
struct Guard {
    template: Template,
    pods: u32,
    terms: Vec<Tally>,
}

/// The counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Topology {
    watched: VecDeque<Watched>,
    guards: Vec<Guard>,
}

/// What a pod that is to be placed finds around it.
pub(super) struct Neighbours<'a> {
    pod: &'a Pod,
    watched: Option<&'a Watched>,
    guards: Vec<&'a Tally>,
    /// The fewest pods of any value, for each spread constraint.
    fewest: Vec<i64>,
    /// Nobody is near whom the pod must be near to, but it would do itself.
    is_first: bool,
}

impl Topology {
    /// A pod was placed on a node, or has left it.
    pub(super) fn add(&mut self, pod: &Pod, node: &Node, by: i64) {
        for watched in &mut self.watched {
            watched.add(pod, node, by);
        }
        let keeps_away = &pod.spec.scheduling.anti_affinity;
        if keeps_away.is_empty() {
            return;
        }
        let index = self.guards.iter().position(|guard| guard.template.has(pod));
        let index = index.unwrap_or_else(|| {
            let terms = keeps_away.iter().map(Tally::new).collect();
            self.guards.push(Guard { template: Template::of(pod), pods: 0, terms });
            self.guards.len() - 1
        });
        let guard = &mut self.guards[index];
        for tally in &mut guard.terms {
            tally.add(node, by);
        }
        guard.pods = if by > 0 { guard.pods + 1 } else { guard.pods.saturating_sub(1) };
        if guard.pods == 0 {
            self.guards.swap_remove(index);
        }
    }

    /// Forgets everything: the nodes' labels have changed.
    pub(super) fn clear(&mut self) {
        self.watched.clear();
        self.guards.clear();
    }

    /// Whether a pod has to be held against its neighbours.
    pub(super) fn concerns(&self, pod: &Pod) -> bool {
        pod.spec.scheduling.looks_at_pods() || !self.guards.is_empty()
    }

    /// Makes sure that there are counts for the pod, which looks at others.
    pub(super) fn watch<'a>(
        &mut self,
        pod: &Pod,
        placed: impl Iterator<Item = (&'a Pod, &'a Node)>,
    ) {
        if self.watched.iter().any(|watched| watched.template.has(pod)) {
            return;
        }
        let mut watched = Watched::new(pod);
        for (other, node) in placed {
            watched.add(other, node, 1);
        }
        if self.watched.len() == WATCHED {
            self.watched.pop_front();
        }
        self.watched.push_back(watched);
    }

    /// What the pod finds around it.
    pub(super) fn neighbours<'a>(
        &'a self,
        pod: &'a Pod,
        nodes: &mut dyn Iterator<Item = &NodeInfo>,
    ) -> Neighbours<'a> {
        let watched = self.watched.iter().find(|watched| watched.template.has(pod));
        let means_pod = |guard: &&Guard, term: &PodTerm| guard.template.means(term, pod);
        let guards = self.guards.iter().flat_map(|guard| {
            let terms = guard.template.spec.scheduling.anti_affinity.iter().zip(&guard.terms);
            terms.filter(move |(term, _)| means_pod(&guard, term)).map(|(_, tally)| tally)
        });
        let is_first = watched.is_some_and(|watched| {
            watched.affinity.iter().all(|tally| tally.counts.is_empty())
                && pod.spec.scheduling.affinity.iter().all(|term| watched.template.means(term, pod))
        });
        let fewest = watched.map(|watched| fewest(pod, watched, nodes)).unwrap_or_default();
        Neighbours { pod, watched, guards: guards.collect(), fewest, is_first }
    }
}

/// For each spread constraint the fewest pods that any value has among the nodes the pod may use.
fn fewest(pod: &Pod, watched: &Watched, nodes: &mut dyn Iterator<Item = &NodeInfo>) -> Vec<i64> {
    let constraints = &pod.spec.scheduling.spread;
    let mut least: Vec<Option<i64>> = vec![None; constraints.len()];
    let mut domains: Vec<BTreeMap<Name, i64>> = vec![BTreeMap::new(); constraints.len()];
    if constraints.is_empty() {
        return Vec::new();
    }
    for info in nodes.filter(|info| matches_node(info, pod)) {
        for (index, tally) in watched.spread.iter().enumerate() {
            let (Some(value), Some(count)) =
                (info.node.meta.labels.get(&tally.topology_key), tally.near(&info.node))
            else {
                continue;
            };
            least[index] = Some(least[index].map_or(count, |least| least.min(count)));
            if constraints[index].min_domains > 1 {
                domains[index].insert(value.clone(), count);
            }
        }
    }
    let enough = |index: usize| {
        let wanted = usize::try_from(constraints[index].min_domains).unwrap_or(0);
        wanted <= 1 || domains[index].len() >= wanted
    };
    let each = least.iter().enumerate();
    each.map(|(index, least)| least.filter(|_| enough(index)).unwrap_or(0)).collect()
}

impl Neighbours<'_> {
    /// Why the pod cannot go to a node because of other pods, and whether that is for ever.
    pub(super) fn misfit(&self, node: &Node) -> Option<(&'static str, bool)> {
        let spread = self.watched.and_then(|watched| self.spread_misfit(watched, node));
        spread.or_else(|| self.affinity_misfit(node))
    }

    fn spread_misfit(&self, watched: &Watched, node: &Node) -> Option<(&'static str, bool)> {
        let constraints = self.pod.spec.scheduling.spread.iter();
        for ((constraint, tally), fewest) in constraints.zip(&watched.spread).zip(&self.fewest) {
            if !constraint.required {
                continue;
            }
            let Some(count) = tally.near(node) else {
                let reason = "node(s) didn't match pod topology spread constraints (missing \
                              required label)";
                return Some((reason, true));
            };
            let own = i64::from(watched.template.means(&constraint.term, self.pod));
            if count + own - fewest > constraint.max_skew {
                return Some(("node(s) didn't match pod topology spread constraints", false));
            }
        }
        None
    }

    fn affinity_misfit(&self, node: &Node) -> Option<(&'static str, bool)> {
        if let Some(watched) = self.watched {
            let near =
                |tally: &Tally| tally.near(node).is_some_and(|count| count > 0 || self.is_first);
            if !watched.affinity.iter().all(near) {
                return Some(("node(s) didn't match pod affinity rules", true));
            }
            let crowded = |tally: &Tally| tally.near(node).is_some_and(|count| count > 0);
            if watched.anti_affinity.iter().any(crowded) {
                return Some(("node(s) didn't match pod anti-affinity rules", false));
            }
        }
        let kept_away = |tally: &&Tally| tally.near(node).is_some_and(|count| count > 0);
        let guarded = self.guards.iter().any(kept_away);
        guarded.then_some(("node(s) didn't satisfy existing pods anti-affinity rules", false))
    }

    /// How much the pods around a node speak for it.
    pub(super) fn preference(&self, node: &Node) -> i64 {
        let Some(watched) = self.watched else {
            return 0;
        };
        let weighted = self.pod.spec.scheduling.preferred_pods.iter().zip(&watched.preferred);
        weighted.map(|((weight, _), tally)| weight * tally.near(node).unwrap_or(0)).sum()
    }

    /// How many pods there are already where the pod should rather not add to them.
    pub(super) fn crowding(&self, node: &Node) -> i64 {
        let Some(watched) = self.watched else {
            return 0;
        };
        let soft = self.pod.spec.scheduling.spread.iter().zip(&watched.spread);
        let soft = soft.filter(|(constraint, _)| !constraint.required);
        soft.map(|(_, tally)| tally.near(node).unwrap_or(i64::from(i32::MAX))).sum()
    }
}
