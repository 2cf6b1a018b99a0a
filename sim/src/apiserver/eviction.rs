//! Eviction: deleting a pod as its disruption budget allows.
//!
//! Models: kubernetes v1.36 `pkg/registry/core/pod/storage/eviction.go`.

use std::sync::Arc;

use super::{ApiError, ApiServer};
use crate::api::pod::{PodCondition, PodConditionType, PodPhase};
use crate::api::value::map;
use crate::api::{ConditionStatus, DataObject, Kind, LabelSelector, Name, Pod, Uid, Value};

/// Whether a budget is about a pod; one without a selector is about none.
pub(crate) fn covers(budget: &DataObject, pod: &Pod) -> bool {
    budget.meta.namespace == pod.meta.namespace
        && budget
            .body
            .at(&["spec", "selector"])
            .is_some_and(|selector| LabelSelector::read(selector).matches(&pod.meta.labels))
}

fn budgets_of(api: &ApiServer, pod: &Pod) -> Vec<Arc<DataObject>> {
    let budgets = api.data(Kind::PodDisruptionBudget).by_name();
    budgets.filter(|budget| covers(budget, pod)).cloned().collect()
}

fn count(budget: &DataObject, key: &str) -> i64 {
    budget.at(&["status", key]).as_int().unwrap_or(0)
}

/// The budgets of a pod, and how many more pods each may lose.
pub(crate) fn allowed_disruptions(api: &ApiServer, pod: &Pod) -> Vec<(Name, i64)> {
    let budgets = budgets_of(api, pod).into_iter();
    budgets.map(|budget| (budget.meta.name.clone(), count(&budget, "disruptionsAllowed"))).collect()
}

impl ApiServer {
    /// Deletes a pod unless its budget forbids it. Pods that do not run are not protected, nor are
    /// unready ones whose application has enough healthy pods without them.
    ///
    /// # Errors
    /// [`ApiError::NotFound`]; [`ApiError::TooManyRequests`] when the budget is used up.
    pub(crate) fn evict(&mut self, uid: Uid, grace_seconds: Option<u32>) -> Result<(), ApiError> {
        let pod = self.tables.pods.by_uid(uid).cloned();
        let pod = pod.ok_or_else(|| ApiError::not_found(Kind::Pod, ""))?;
        let runs = pod.status.phase == PodPhase::Running && !pod.meta.is_deleting();
        let budgets = if runs { budgets_of(self, &pod) } else { Vec::new() };
        match budgets.as_slice() {
            [] => {}
            [budget] => self.spend(budget, &pod)?,
            _ => {
                return Err(ApiError::InternalError(
                    "This pod has more than one PodDisruptionBudget, which the eviction \
                     subresource does not support."
                        .to_owned(),
                ));
            }
        }
        let last_transition_time = self.now;
        self.change::<Pod>(uid, |pod| {
            pod.set_condition(PodCondition {
                type_: PodConditionType::DisruptionTarget,
                status: ConditionStatus::True,
                reason: "EvictionByEvictionAPI",
                message: "Eviction API: evicting".into(),
                last_transition_time,
            });
        })?;
        self.delete_pod(uid, grace_seconds)
    }

    /// Takes one disruption off a budget.
    fn spend(&mut self, budget: &DataObject, pod: &Pod) -> Result<(), ApiError> {
        let policy = budget.at(&["spec", "unhealthyPodEvictionPolicy"]).as_str();
        let (healthy, desired) = (count(budget, "currentHealthy"), count(budget, "desiredHealthy"));
        let enough = healthy >= desired && desired > 0;
        if !pod.is_ready() && (policy == Some("AlwaysAllow") || enough) {
            return Ok(());
        }
        let observed = budget.at(&["status", "observedGeneration"]).as_int().unwrap_or(0);
        let allowed = count(budget, "disruptionsAllowed");
        if observed < budget.meta.generation || allowed <= 0 {
            let sentence = "Cannot evict pod as it would violate the pod's disruption budget.";
            return Err(ApiError::TooManyRequests(sentence.to_owned()));
        }
        let mut status = budget.at(&["status"]).clone();
        *status.entry("disruptionsAllowed") = (allowed - 1).into();
        *status.entry("disruptedPods").entry(&pod.meta.name) =
            crate::manifest::timestamp::format(self.now).into();
        // The budget was just found in the table.
        drop(self.change_data(Kind::PodDisruptionBudget, budget.meta.uid, |budget| {
            budget.set_status(status);
        }));
        Ok(())
    }
}

/// The status of a budget as the API writes it.
pub(crate) fn budget_status(
    budget: &DataObject,
    counts: [(&str, i64); 4],
    disrupted: Value,
    since: Value,
) -> Value {
    let allowed = counts.iter().any(|(key, count)| *key == "disruptionsAllowed" && *count > 0);
    let (status, reason) =
        if allowed { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let condition = map([
        ("type", "DisruptionAllowed".into()),
        ("status", status.into()),
        ("reason", reason.into()),
        ("message", "".into()),
        ("observedGeneration", budget.meta.generation.into()),
        ("lastTransitionTime", since),
    ]);
    let mut data = map(counts.map(|(key, count)| (key, count.into())));
    *data.entry("observedGeneration") = budget.meta.generation.into();
    *data.entry("conditions") = vec![condition].into();
    if disrupted.as_map().is_some_and(|pods| !pods.is_empty()) {
        *data.entry("disruptedPods") = disrupted;
    }
    data
}
