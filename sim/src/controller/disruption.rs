//! The disruption controller: how many more pods each budget lets go.
//!
//! Models: kubernetes v1.36 `pkg/controller/disruption/disruption.go`.

use super::informer::Informers;
use super::workqueue::WorkQueue;
use crate::api::event::{EventSource, EventType};
use crate::api::{DataObject, Deployment, IntOrPercent, Kind, Pod, Uid, Value};
use crate::apiserver::eviction::{budget_status, covers};
use crate::ctx::Ctx;
use crate::manifest::timestamp;
use crate::occurrence::Controller;
use crate::time::Duration;

/// After this long a pod that was to be evicted and is still there counts again.
const DELETION_TIMEOUT: Duration = Duration::from_mins(2);

/// The controller.
#[derive(Clone, Debug)]
pub(crate) struct DisruptionController {
    pub(crate) queue: WorkQueue,
}

impl DisruptionController {
    pub(crate) const fn new() -> Self {
        Self { queue: WorkQueue::new(Controller::Disruption) }
    }

    /// A budget was added or changed.
    pub(crate) fn on_budget(&mut self, budget: &DataObject, ctx: &mut Ctx<'_>) {
        self.queue.add(budget.meta.uid, ctx);
    }

    /// A pod was added, changed or deleted.
    pub(crate) fn on_pod(
        &mut self,
        pod: &Pod,
        old: Option<&Pod>,
        informers: &Informers,
        ctx: &mut Ctx<'_>,
    ) {
        for budget in informers.all_data(Kind::PodDisruptionBudget) {
            if covers(budget, pod) || old.is_some_and(|old| covers(budget, old)) {
                self.queue.add(budget.meta.uid, ctx);
            }
        }
    }

    /// A Deployment has another size: what percentages mean may have changed.
    pub(crate) fn on_deployment(
        &mut self,
        deployment: &Deployment,
        informers: &Informers,
        ctx: &mut Ctx<'_>,
    ) {
        for budget in informers.all_data(Kind::PodDisruptionBudget) {
            if budget.meta.namespace == deployment.meta.namespace {
                self.queue.add(budget.meta.uid, ctx);
            }
        }
    }

    /// Looks at one budget.
    pub(crate) fn sync(&mut self, key: Uid, informers: &Informers, ctx: &mut Ctx<'_>) {
        let Some(budget) = informers.data(key) else {
            return;
        };
        let before = ctx.api.resource_version();
        let pods: Vec<&Pod> = informers
            .pods
            .values()
            .map(AsRef::as_ref)
            .filter(|pod| covers(budget, pod) && !pod.status.phase.is_terminal())
            .collect();
        if pods.is_empty() {
            let (source, type_) = (EventSource::ControllerManager, EventType::Normal);
            let message = "No matching pods found".to_owned();
            ctx.api.record(source, &**budget, type_, "NoPods", message);
        }
        let disrupted = still_disrupted(budget, &pods, ctx);
        let counts = counts(budget, &pods, &disrupted, informers);
        if write(budget, counts, disrupted.clone(), ctx).is_err() {
            self.queue.add_rate_limited(key, ctx);
        } else {
            self.queue.forget(key);
        }
        if disrupted.as_map().is_some_and(|pods| !pods.is_empty()) {
            self.queue.add_after(key, DELETION_TIMEOUT, ctx);
        }
        self.queue.done(key, ctx.api.resource_version() - before, ctx);
    }
}

/// The evicted pods whose deletion has not been seen yet.
fn still_disrupted(budget: &DataObject, pods: &[&Pod], ctx: &Ctx<'_>) -> Value {
    let mut disrupted = budget.at(&["status", "disruptedPods"]).clone();
    if let Some(map) = disrupted.as_map_mut() {
        map.retain(|name, since| {
            let since = since.as_str().and_then(timestamp::parse).unwrap_or_default();
            let waiting = |pod: &&&Pod| pod.meta.name == *name && !pod.meta.is_deleting();
            ctx.now.since(since) < DELETION_TIMEOUT && pods.iter().any(|pod| waiting(&pod))
        });
    }
    disrupted
}

/// How many pods are healthy, should be, are expected, and may go.
///
/// Models: `getExpectedPodCount`, `countHealthyPods`, `updatePdbStatus`.
fn counts(
    budget: &DataObject,
    pods: &[&Pod],
    disrupted: &Value,
    informers: &Informers,
) -> [(&'static str, i64); 4] {
    let bound = |key: &str| match budget.at(&["spec", key]) {
        Value::Int(count) => Some(IntOrPercent::Int(i32::try_from(*count).unwrap_or(i32::MAX))),
        Value::String(share) => Some(IntOrPercent::Text(share.clone())),
        _ => None,
    };
    let scaled = |bound: &IntOrPercent, of: i64| {
        let of = i32::try_from(of).unwrap_or(i32::MAX);
        i64::from(bound.scaled(of, true).unwrap_or(0))
    };
    let there = i64::try_from(pods.len()).unwrap_or(i64::MAX);
    let (expected, desired) = match (bound("maxUnavailable"), bound("minAvailable")) {
        (Some(most), _) => {
            let expected = expected_scale(pods, informers);
            (expected, (expected - scaled(&most, expected)).max(0))
        }
        (None, Some(IntOrPercent::Int(least))) => (there, i64::from(least)),
        (None, Some(least)) => {
            let expected = expected_scale(pods, informers);
            (expected, scaled(&least, expected))
        }
        (None, None) => (there, 1),
    };
    let healthy = pods.iter().filter(|pod| {
        !pod.meta.is_deleting() && disrupted.get(&pod.meta.name).is_none() && pod.is_ready()
    });
    let healthy = i64::try_from(healthy.count()).unwrap_or(i64::MAX);
    let allowed = if expected <= 0 { 0 } else { (healthy - desired).max(0) };
    [
        ("currentHealthy", healthy),
        ("desiredHealthy", desired),
        ("expectedPods", expected),
        ("disruptionsAllowed", allowed),
    ]
}

/// The sizes of all the owners of the pods together.
fn expected_scale(pods: &[&Pod], informers: &Informers) -> i64 {
    let mut owners: Vec<(Uid, i32)> = Vec::new();
    for pod in pods {
        let rs = pod.meta.controller().and_then(|owner| informers.replica_sets.by_uid(owner.uid));
        let Some(rs) = rs else { continue };
        let deployment = rs.meta.controller();
        let deployment = deployment.and_then(|owner| informers.deployments.by_uid(owner.uid));
        let owner = match deployment {
            Some(deployment) => (deployment.meta.uid, deployment.spec.replicas),
            None => (rs.meta.uid, rs.spec.replicas),
        };
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    owners.iter().map(|(_, replicas)| i64::from(*replicas)).sum()
}

fn write(
    budget: &DataObject,
    counts: [(&str, i64); 4],
    disrupted: Value,
    ctx: &mut Ctx<'_>,
) -> Result<(), crate::apiserver::ApiError> {
    let old = budget.at(&["status"]);
    let condition = old.get("conditions").and_then(Value::as_list).and_then(<[Value]>::first);
    let now: Value = timestamp::format(ctx.now).into();
    let part = |condition: &Value, key: &str| condition.get(key).cloned().unwrap_or_default();
    let kept = condition.map(|condition| part(condition, "lastTransitionTime"));
    let mut status =
        budget_status(budget, counts, disrupted.clone(), kept.unwrap_or_else(|| now.clone()));
    let reason = |status: &Value| {
        let conditions = status.get("conditions").and_then(Value::as_list).unwrap_or_default();
        conditions.first().map(|condition| part(condition, "reason"))
    };
    if reason(&status) != reason(old) {
        status = budget_status(budget, counts, disrupted, now);
    }
    if status == *old {
        return Ok(());
    }
    let mut changed = budget.clone();
    changed.set_status(status);
    ctx.api.update_status(changed).map(drop)
}
