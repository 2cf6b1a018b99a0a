//! The status of an autoscaler: sizes, metrics, conditions.

use super::replicas::{Proposal, Target};
use crate::api::value::map;
use crate::api::{DataObject, Value, quantity};
use crate::manifest::timestamp;
use crate::time::Instant;

/// A status that is being written.
pub(super) struct Status {
    old: Value,
    data: Value,
    metrics: Vec<Value>,
    conditions: Vec<Value>,
    now: Instant,
}

impl Status {
    /// Begins with what stays from the last look.
    pub(super) fn of(autoscaler: &DataObject, now: Instant) -> Self {
        let old = autoscaler.at(&["status"]).clone();
        let mut data = Value::map();
        for key in ["lastScaleTime", "currentReplicas", "desiredReplicas"] {
            if let Some(value) = old.get(key) {
                *data.entry(key) = value.clone();
            }
        }
        let conditions = old.get("conditions").and_then(Value::as_list);
        let conditions = conditions.unwrap_or_default().to_vec();
        Self { old, data, metrics: Vec::new(), conditions, now }
    }

    /// Sets a condition; the transition time moves only when the status changes.
    pub(super) fn condition(&mut self, type_: &str, holds: bool, reason: &str, message: &str) {
        let status = if holds { "True" } else { "False" };
        let of_type =
            |condition: &Value| condition.get("type").and_then(Value::as_str) == Some(type_);
        let known = self.conditions.iter().position(of_type);
        let old = known.map(|index| &self.conditions[index]);
        let kept = old
            .filter(|old| old.get("status").and_then(Value::as_str) == Some(status))
            .and_then(|old| old.get("lastTransitionTime").cloned());
        let condition = map([
            ("type", type_.into()),
            ("status", status.into()),
            ("reason", reason.into()),
            ("message", message.into()),
            ("lastTransitionTime", kept.unwrap_or_else(|| timestamp::format(self.now).into())),
        ]);
        match known {
            Some(index) => self.conditions[index] = condition,
            None => self.conditions.push(condition),
        }
    }

    /// Notes what was measured.
    pub(super) fn metric(&mut self, resource: &str, proposal: &Proposal, target: Target) {
        let average = quantity::text(proposal.average, resource == "memory");
        let mut current = map([("averageValue", average.into())]);
        if matches!(target, Target::Utilization(_)) {
            *current.entry("averageUtilization") = proposal.utilization.into();
        }
        let resource = map([("name", resource.into()), ("current", current)]);
        self.metrics.push(map([("type", "Resource".into()), ("resource", resource)]));
    }

    /// Notes the sizes.
    pub(super) fn set_replicas(&mut self, current: i64, desired: i64) {
        *self.data.entry("currentReplicas") = current.into();
        *self.data.entry("desiredReplicas") = desired.into();
    }

    /// Notes that the size was changed now.
    pub(super) fn set_scaled(&mut self) {
        *self.data.entry("lastScaleTime") = timestamp::format(self.now).into();
    }

    /// The status.
    pub(super) fn finish(mut self) -> Value {
        if !self.metrics.is_empty() {
            *self.data.entry("currentMetrics") = self.metrics.into();
        } else if let Some(kept) = self.old.get("currentMetrics") {
            *self.data.entry("currentMetrics") = kept.clone();
        }
        *self.data.entry("conditions") = self.conditions.into();
        self.data
    }
}
