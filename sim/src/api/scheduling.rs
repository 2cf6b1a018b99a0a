//! What a pod asks of its node: affinity, tolerations, spreading, priority.
//!
//! A typed view of the parts of a pod spec that the scheduler acts on; most pods have none of them.
//!
//! Models: kubernetes v1.36 `staging/src/k8s.io/api/core/v1/types.go` `Affinity`, `Toleration`,
//! `TopologySpreadConstraint`.

use std::collections::BTreeMap;

use super::node::{Taint, TaintEffect};
use super::{LabelSelector, Labels, Name, Value};

/// What a pod asks of its node beyond resources and `nodeSelector`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Scheduling {
    /// Gates that keep the pod from being scheduled.
    pub gates: Vec<Name>,
    /// The name of its priority class.
    pub priority_class: Name,
    /// Its priority; higher is more important.
    pub priority: i32,
    /// Whether it never drives others away.
    pub never_preempts: bool,
    /// Terms of which the node must match one; `None` when nothing is asked.
    pub required_nodes: Option<Vec<NodeTerm>>,
    /// Terms the node should match, each with a weight.
    pub preferred_nodes: Vec<(i64, NodeTerm)>,
    /// Pods that must be near.
    pub affinity: Vec<PodTerm>,
    /// Pods that must not be near.
    pub anti_affinity: Vec<PodTerm>,
    /// Pods that should be near, or not with a negative weight.
    pub preferred_pods: Vec<(i64, PodTerm)>,
    /// Taints that are put up with.
    pub tolerations: Vec<Toleration>,
    /// How the pods are to be spread.
    pub spread: Vec<SpreadConstraint>,
    /// Ports of the node itself: protocol and number.
    pub host_ports: Vec<(Name, i64)>,
}

/// How a requirement on a node's label compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeOperator {
    /// The value is one of those listed.
    In,
    /// The value is none of those listed, or the label is absent.
    NotIn,
    /// The label is present.
    Exists,
    /// The label is absent.
    DoesNotExist,
    /// The value is a greater whole number.
    Gt,
    /// The value is a smaller whole number.
    Lt,
}

/// One requirement on a node's label, or on its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRequirement {
    key: Name,
    operator: NodeOperator,
    values: Vec<Name>,
}

/// Requirements that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeTerm {
    expressions: Vec<NodeRequirement>,
    fields: Vec<NodeRequirement>,
}

/// Pods one is to be near to, or away from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodTerm {
    /// Which pods; `None` means none.
    pub selector: Option<LabelSelector>,
    /// In which namespaces; the pod's own when empty.
    pub namespaces: Vec<Name>,
    /// Whether a namespace selector takes in every namespace.
    pub all_namespaces: bool,
    /// The node label whose equal values mean near.
    pub topology_key: Name,
    /// Labels that must be the pod's own.
    pub match_label_keys: Vec<Name>,
}

/// A taint that is put up with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toleration {
    key: Name,
    exists: bool,
    value: Name,
    effect: Name,
    /// For how many seconds after the taint, with `NoExecute`; `None` for ever.
    pub seconds: Option<i64>,
}

/// How pods are to be spread over the values of a node label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpreadConstraint {
    /// The most pods one value may have above the fewest.
    pub max_skew: i64,
    /// How many values there must be before fewest is more than none.
    pub min_domains: i64,
    /// Whether a node that breaks it is out of the question.
    pub required: bool,
    /// Which pods, and the node label.
    pub term: PodTerm,
}

impl Scheduling {
    /// Reads a pod spec.
    pub fn read(spec: &Value) -> Self {
        let (affinity, none) = (part(spec, "affinity"), Value::Null);
        let within = |key: &str| affinity.get(key).cloned().unwrap_or(none.clone());
        let (nodes, near, apart) =
            (within("nodeAffinity"), within("podAffinity"), within("podAntiAffinity"));
        let weighted = |of: &Value, sign: i64| -> Vec<(i64, PodTerm)> {
            let term = |item: &Value| {
                (sign * int(item, "weight"), PodTerm::read(part(item, "podAffinityTerm")))
            };
            list(of, PREFERRED).iter().map(term).collect()
        };
        let mut preferred_pods = weighted(&near, 1);
        preferred_pods.extend(weighted(&apart, -1));
        Self {
            gates: list(spec, "schedulingGates").iter().map(|gate| text(gate, "name")).collect(),
            priority_class: text(spec, "priorityClassName"),
            priority: i32::try_from(int(spec, "priority")).unwrap_or(0),
            never_preempts: &*text(spec, "preemptionPolicy") == "Never",
            required_nodes: nodes.get(REQUIRED).map(|required| {
                list(required, "nodeSelectorTerms").iter().map(NodeTerm::read).collect()
            }),
            preferred_nodes: list(&nodes, PREFERRED)
                .iter()
                .map(|item| (int(item, "weight"), NodeTerm::read(part(item, "preference"))))
                .collect(),
            affinity: list(&near, REQUIRED).iter().map(PodTerm::read).collect(),
            anti_affinity: list(&apart, REQUIRED).iter().map(PodTerm::read).collect(),
            preferred_pods,
            tolerations: list(spec, "tolerations").iter().map(Toleration::read).collect(),
            spread: list(spec, "topologySpreadConstraints")
                .iter()
                .map(SpreadConstraint::read)
                .collect(),
            host_ports: host_ports(spec),
        }
    }

    /// Whether the pod looks at other pods when it is placed.
    pub fn looks_at_pods(&self) -> bool {
        !(self.affinity.is_empty()
            && self.anti_affinity.is_empty()
            && self.preferred_pods.is_empty()
            && self.spread.is_empty())
    }

    /// Whether a taint is put up with.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.tolerations.iter().any(|toleration| toleration.tolerates(taint))
    }

    /// Whether a node with these labels and this name matches what is required.
    pub fn requires(&self, labels: &Labels, node: &str) -> bool {
        let required = self.required_nodes.as_ref();
        required.is_none_or(|terms| terms.iter().any(|term| term.matches(labels, node)))
    }
}

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

fn host_ports(spec: &Value) -> Vec<(Name, i64)> {
    let ports = list(spec, "containers").iter().flat_map(|container| list(container, "ports"));
    let host = ports.map(|port| (text(port, "protocol"), int(port, "hostPort")));
    host.filter(|(_, number)| *number != 0).collect()
}

impl NodeTerm {
    fn read(value: &Value) -> Self {
        let read = |key| list(value, key).iter().map(NodeRequirement::read).collect();
        Self { expressions: read("matchExpressions"), fields: read("matchFields") }
    }

    /// Whether a node matches; a term without requirements matches none.
    pub fn matches(&self, labels: &BTreeMap<Name, Name>, node: &str) -> bool {
        let any = !(self.expressions.is_empty() && self.fields.is_empty());
        any && self.expressions.iter().all(|one| one.holds(labels.get(&one.key).map(AsRef::as_ref)))
            && self.fields.iter().all(|one| one.holds(Some(node)))
    }
}

impl NodeRequirement {
    fn read(value: &Value) -> Self {
        let operator = match &*text(value, "operator") {
            "In" => NodeOperator::In,
            "NotIn" => NodeOperator::NotIn,
            "Exists" => NodeOperator::Exists,
            "Gt" => NodeOperator::Gt,
            "Lt" => NodeOperator::Lt,
            _ => NodeOperator::DoesNotExist,
        };
        let values = list(value, "values").iter().filter_map(Value::scalar_text).collect();
        Self { key: text(value, "key"), operator, values }
    }

    fn holds(&self, value: Option<&str>) -> bool {
        let listed = || value.is_some_and(|value| self.values.iter().any(|one| **one == *value));
        let beyond = |sign: i64| {
            let number = |text: &str| text.parse::<i64>().ok();
            let (Some(value), Some(bound)) =
                (value.and_then(number), self.values.first().and_then(|bound| number(bound)))
            else {
                return false;
            };
            sign * value > sign * bound
        };
        match self.operator {
            NodeOperator::In => listed(),
            NodeOperator::NotIn => !listed(),
            NodeOperator::Exists => value.is_some(),
            NodeOperator::DoesNotExist => value.is_none(),
            NodeOperator::Gt => beyond(1),
            NodeOperator::Lt => beyond(-1),
        }
    }
}

impl PodTerm {
    fn read(value: &Value) -> Self {
        let texts = |key| list(value, key).iter().filter_map(Value::scalar_text).collect();
        Self {
            selector: value.get("labelSelector").map(LabelSelector::read),
            namespaces: texts("namespaces"),
            all_namespaces: value.get("namespaceSelector").is_some(),
            topology_key: text(value, "topologyKey"),
            match_label_keys: texts("matchLabelKeys"),
        }
    }

    /// Whether the term of a pod with this namespace and these labels means another pod.
    pub fn means(&self, own: (&Name, &Labels), other: (&Name, &Labels)) -> bool {
        let ((own_namespace, own_labels), (namespace, labels)) = (own, other);
        let there = if self.namespaces.is_empty() && !self.all_namespaces {
            own_namespace == namespace
        } else {
            self.all_namespaces || self.namespaces.contains(namespace)
        };
        there
            && self.selector.as_ref().is_some_and(|selector| selector.matches(labels))
            && self.match_label_keys.iter().all(|key| own_labels.get(key) == labels.get(key))
    }
}

impl Toleration {
    fn read(value: &Value) -> Self {
        Self {
            key: text(value, "key"),
            exists: &*text(value, "operator") == "Exists",
            value: text(value, "value"),
            effect: text(value, "effect"),
            seconds: value.get("tolerationSeconds").and_then(Value::as_int),
        }
    }

    /// Whether it puts up with a taint.
    ///
    /// Models: kubernetes v1.36 `staging/src/k8s.io/api/core/v1/toleration.go` `ToleratesTaint`.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        (self.effect.is_empty() || *self.effect == *taint.effect.as_str())
            && (self.key.is_empty() || self.key == taint.key)
            && (self.exists || (!self.key.is_empty() && self.value == taint.value))
    }

    /// The five minutes that every pod puts up with a node that is gone.
    pub fn of_a_lost_node(taint: &Taint) -> Self {
        Self {
            key: taint.key.clone(),
            exists: true,
            value: "".into(),
            effect: TaintEffect::NoExecute.as_str().into(),
            seconds: Some(300),
        }
    }
}

impl SpreadConstraint {
    fn read(value: &Value) -> Self {
        Self {
            max_skew: int(value, "maxSkew").max(1),
            min_domains: int(value, "minDomains"),
            required: &*text(value, "whenUnsatisfiable") != "ScheduleAnyway",
            term: PodTerm::read(value),
        }
    }
}

fn part<'a>(value: &'a Value, key: &str) -> &'a Value {
    const NONE: &Value = &Value::Null;
    value.get(key).unwrap_or(NONE)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_list).unwrap_or_default()
}

fn text(value: &Value, key: &str) -> Name {
    value.get(key).and_then(Value::scalar_text).unwrap_or_default()
}

fn int(value: &Value, key: &str) -> i64 {
    value.get(key).and_then(Value::as_int).unwrap_or(0)
}
