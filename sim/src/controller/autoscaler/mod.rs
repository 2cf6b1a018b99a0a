//! The autoscaler: sets the size of a Deployment or `ReplicaSet` so that its pods use what they
//! should.
//!
//! Models: kubernetes v1.36 `pkg/controller/podautoscaler/horizontal.go` `reconcileAutoscaler`.
//! Leaves out: metrics other than resources of pods.

pub mod behavior;
mod metrics;
pub mod replicas;
mod status;

use std::sync::Arc;

use super::informer::Informers;
use super::workqueue::WorkQueue;
use crate::api::event::{EventSource, EventType};
use crate::api::pod::PodConditionType;
use crate::api::quantity::parse_milli;
use crate::api::{DataObject, Deployment, ObjectMeta, Pod, ReplicaSet, Uid, Value};
use crate::ctx::Ctx;
use crate::occurrence::Controller;
use crate::time::Duration;
use crate::uid_map::UidMap;
use behavior::{Behavior, Limit, Memory};
use replicas::{Member, NoProposal, Stage, Target};
use status::Status;

/// How often each autoscaler looks.
const SYNC_PERIOD: Duration = Duration::from_secs(15);

/// The controller.
#[derive(Clone, Debug)]
pub(crate) struct AutoscalerController {
    pub(crate) queue: WorkQueue,
    memories: UidMap<Memory>,
}

/// What is scaled.
enum ScaleTarget {
    Deployment(Arc<Deployment>),
    ReplicaSet(Arc<ReplicaSet>),
}

impl ScaleTarget {
    fn meta(&self) -> &ObjectMeta {
        match self {
            Self::Deployment(object) => &object.meta,
            Self::ReplicaSet(object) => &object.meta,
        }
    }

    fn replicas(&self) -> (i64, i64) {
        let (wanted, there) = match self {
            Self::Deployment(object) => (object.spec.replicas, object.status.replicas),
            Self::ReplicaSet(object) => (object.spec.replicas, object.status.replicas),
        };
        (wanted.into(), there.into())
    }

    fn pods<'a>(&'a self, informers: &'a Informers) -> Vec<&'a Arc<Pod>> {
        let (selector, meta) = match self {
            Self::Deployment(object) => (&object.spec.selector, &object.meta),
            Self::ReplicaSet(object) => (&object.spec.selector, &object.meta),
        };
        let pods = informers.pods.values();
        pods.filter(|pod| {
            pod.meta.namespace == meta.namespace && selector.matches(&pod.meta.labels)
        })
        .collect()
    }

    fn scale(&self, replicas: i64, ctx: &mut Ctx<'_>) {
        let replicas = i32::try_from(replicas).unwrap_or(i32::MAX);
        // A target that is gone needs no size.
        match self {
            Self::Deployment(object) => {
                drop(ctx.api.change::<Deployment>(object.meta.uid, |object| {
                    object.spec.replicas = replicas;
                }));
            }
            Self::ReplicaSet(object) => {
                drop(ctx.api.change::<ReplicaSet>(object.meta.uid, |object| {
                    object.spec.replicas = replicas;
                }));
            }
        }
    }
}

/// A metric of an autoscaler.
struct Metric {
    resource: String,
    target: Target,
}

impl AutoscalerController {
    pub(crate) const fn new() -> Self {
        Self { queue: WorkQueue::new(Controller::Autoscaler), memories: UidMap::new() }
    }

    /// An autoscaler was added, changed or deleted.
    pub(crate) fn on_autoscaler(
        &mut self,
        autoscaler: &DataObject,
        old: Option<&DataObject>,
        ctx: &mut Ctx<'_>,
    ) {
        if old.is_none_or(|old| old.at(&["spec"]) != autoscaler.at(&["spec"])) {
            self.queue.add(autoscaler.meta.uid, ctx);
        }
    }

    /// Looks at one autoscaler, and again a while later.
    pub(crate) fn sync(&mut self, key: Uid, informers: &Informers, ctx: &mut Ctx<'_>) {
        let Some(autoscaler) = informers.data(key) else {
            self.memories.remove(&key);
            return;
        };
        let memory = self.memories.get_or_insert_with(key, Memory::default);
        let status = reconcile(autoscaler, memory, informers, ctx);
        if status != *autoscaler.at(&["status"]) {
            // An autoscaler that is gone needs no status.
            drop(ctx.api.change_data(autoscaler.kind, key, |autoscaler| {
                autoscaler.set_status(status);
            }));
        }
        self.queue.add_after(key, SYNC_PERIOD, ctx);
    }
}

/// Finds the right size and sets it; returns the new status.
fn reconcile(
    autoscaler: &DataObject,
    memory: &mut Memory,
    informers: &Informers,
    ctx: &mut Ctx<'_>,
) -> Value {
    let mut status = Status::of(autoscaler, ctx.now);
    let Some(target) = find_target(autoscaler, ctx) else {
        let name = autoscaler.at(&["spec", "scaleTargetRef", "name"]).as_str().unwrap_or("");
        let problem = format!("deployments.apps {name:?} not found");
        record(autoscaler, EventType::Warning, "FailedGetScale", problem.clone(), ctx);
        let message =
            format!("the HPA controller was unable to get the target's current scale: {problem}");
        status.condition("AbleToScale", false, "FailedGetScale", &message);
        return status.finish();
    };
    let (current, there) = target.replicas();
    status.condition(
        "AbleToScale",
        true,
        "SucceededGetScale",
        "the HPA controller was able to get the target's current scale",
    );
    memory.begin(current, ctx.now);
    let bounds = (
        autoscaler.at(&["spec", "minReplicas"]).as_int().unwrap_or(1),
        autoscaler.at(&["spec", "maxReplicas"]).as_int().unwrap_or(1),
    );
    let wanted;
    let mut reason = String::new();
    if current == 0 && bounds.0 != 0 {
        wanted = 0;
        let message = "scaling is disabled since the replica count of the target is zero";
        status.condition("ScalingActive", false, "ScalingDisabled", message);
    } else if current > bounds.1 {
        wanted = bounds.1;
        "Current number of replicas above Spec.MaxReplicas".clone_into(&mut reason);
    } else if current < bounds.0 {
        wanted = bounds.0;
        "Current number of replicas below Spec.MinReplicas".clone_into(&mut reason);
    } else {
        let computed = computed(autoscaler, &target, current, informers, &mut status, ctx);
        let Some((proposed, above)) = computed else {
            status.set_replicas(there, current);
            return status.finish();
        };
        if proposed > current {
            reason = above;
        } else if proposed < current {
            "All metrics below target".clone_into(&mut reason);
        }
        let behavior = Behavior::read(autoscaler.at(&["spec", "behavior"]));
        let settled = memory.stabilized(&behavior, current, proposed, ctx.now);
        if settled == proposed {
            let message = "recommended size matches current size";
            status.condition("AbleToScale", true, "ReadyForNewScale", message);
        } else {
            let (reason, message) = if proposed < settled {
                (
                    "ScaleDownStabilized",
                    "recent recommendations were higher than current one, applying the highest \
                     recent recommendation",
                )
            } else {
                (
                    "ScaleUpStabilized",
                    "recent recommendations were lower than current one, applying the lowest \
                     recent recommendation",
                )
            };
            status.condition("AbleToScale", true, reason, message);
        }
        let (limited, limit) = memory.limited(&behavior, current, settled, bounds, ctx.now);
        let (why, message) = limit.told();
        status.condition("ScalingLimited", limit != Limit::None, why, message);
        wanted = limited;
    }
    if wanted != current {
        target.scale(wanted, ctx);
        memory.changed(wanted - current, ctx.now);
        let message = format!("New size: {wanted}; reason: {reason}");
        record(autoscaler, EventType::Normal, "SuccessfulRescale", message, ctx);
        let message = format!("the HPA controller was able to update the target scale to {wanted}");
        status.condition("AbleToScale", true, "SucceededRescale", &message);
        status.set_scaled();
    }
    status.set_replicas(there, wanted);
    status.finish()
}

fn record(
    autoscaler: &DataObject,
    type_: EventType,
    reason: &'static str,
    message: String,
    ctx: &mut Ctx<'_>,
) {
    ctx.api.record(EventSource::Autoscaler, autoscaler, type_, reason, message);
}

fn find_target(autoscaler: &DataObject, ctx: &Ctx<'_>) -> Option<ScaleTarget> {
    let reference = autoscaler.at(&["spec", "scaleTargetRef"]);
    let text = |key: &str| reference.get(key).and_then(Value::as_str).unwrap_or("");
    let (namespace, name) = (&autoscaler.meta.namespace, text("name"));
    match text("kind") {
        "Deployment" => {
            ctx.api.get::<Deployment>(namespace, name).ok().cloned().map(ScaleTarget::Deployment)
        }
        "ReplicaSet" => {
            ctx.api.get::<ReplicaSet>(namespace, name).ok().cloned().map(ScaleTarget::ReplicaSet)
        }
        _ => None,
    }
}

/// The size the metrics ask for, the largest of several, and why one would grow; `None` when no
/// metric can be computed.
fn computed(
    autoscaler: &DataObject,
    target: &ScaleTarget,
    current: i64,
    informers: &Informers,
    status: &mut Status,
    ctx: &mut Ctx<'_>,
) -> Option<(i64, String)> {
    let pods = target.pods(informers);
    let working = pods.iter().filter(|pod| pod.is_ready() && pod.is_active()).count();
    let mut best: Option<(i64, String)> = None;
    let mut failure = None;
    let all = metrics_of(autoscaler);
    let count = all.len();
    for metric in all {
        let members: Vec<Member> =
            pods.iter().map(|pod| member(pod, target, &metric.resource, working, ctx)).collect();
        match replicas::propose(current, &members, metric.target) {
            Ok(proposal) => {
                status.metric(&metric.resource, &proposal, metric.target);
                let resource = &metric.resource;
                let above = match metric.target {
                    Target::Utilization(_) => {
                        format!(
                            "{resource} resource utilization (percentage of request) above target"
                        )
                    }
                    Target::Average(_) => format!("{resource} resource above target"),
                };
                if best.as_ref().is_none_or(|(known, _)| proposal.replicas > *known) {
                    best = Some((proposal.replicas, above));
                }
            }
            Err(problem) => {
                failure.get_or_insert((metric.resource, problem));
            }
        }
    }
    if let Some((resource, problem)) = &failure {
        // With one metric unknown it is safe to grow, not to shrink.
        if best.as_ref().is_none_or(|(size, _)| *size < current) {
            fail(autoscaler, resource, *problem, count, status, ctx);
            return None;
        }
    }
    let (_, above) = best.as_ref()?;
    let resource = above.split(' ').next().unwrap_or_default();
    let message = format!(
        "the HPA was able to successfully calculate a replica count from {resource} resource \
         utilization (percentage of request)"
    );
    status.condition("ScalingActive", true, "ValidMetricFound", &message);
    best
}

fn fail(
    autoscaler: &DataObject,
    resource: &str,
    problem: NoProposal,
    count: usize,
    status: &mut Status,
    ctx: &mut Ctx<'_>,
) {
    let detail = match problem {
        NoProposal::NoMetrics => format!(
            "failed to get {resource} utilization: unable to get metrics for resource {resource}: \
             no metrics returned from resource metrics API"
        ),
        NoProposal::OnlyUnready => format!(
            "failed to get {resource} utilization: did not receive metrics for targeted pods \
             (pods might be unready)"
        ),
        NoProposal::MissingRequest => format!(
            "failed to get {resource} utilization: missing request for {resource} in a container \
             of a pod"
        ),
    };
    record(autoscaler, EventType::Warning, "FailedGetResourceMetric", detail.clone(), ctx);
    let whole = format!(
        "invalid metrics ({count} invalid out of {count}), first error is: failed to get \
         {resource} resource metric value: {detail}"
    );
    record(autoscaler, EventType::Warning, "FailedComputeMetricsReplicas", whole, ctx);
    let message = format!("the HPA was unable to compute the replica count: {detail}");
    status.condition("ScalingActive", false, "FailedGetResourceMetric", &message);
}

fn metrics_of(autoscaler: &DataObject) -> Vec<Metric> {
    let metrics = autoscaler.at(&["spec", "metrics"]).as_list().unwrap_or_default();
    let read = |metric: &Value| {
        let resource = metric.at(&["resource", "name"]).and_then(Value::as_str)?;
        let target = metric.at(&["resource", "target"])?;
        let average = target.get("averageValue").and_then(Value::scalar_text);
        let target = match average.as_deref().and_then(parse_milli) {
            Some(amount) => Target::Average(amount),
            None => Target::Utilization(target.get("averageUtilization")?.as_int()?),
        };
        Some(Metric { resource: resource.to_owned(), target })
    };
    metrics.iter().filter_map(read).collect()
}

fn member(
    pod: &Pod,
    target: &ScaleTarget,
    resource: &str,
    working: usize,
    ctx: &Ctx<'_>,
) -> Member {
    let request = pod.spec.requests.get(resource).copied().unwrap_or(0);
    let mut conditions = pod.status.conditions.iter();
    let ready = conditions.find(|condition| condition.type_ == PodConditionType::Ready);
    let stage = if pod.is_active() {
        let changed = ready.map(|condition| condition.last_transition_time);
        replicas::stage(pod.is_ready(), pod.status.start_time, changed, ctx.now)
    } else {
        Stage::Ignored
    };
    let usage = metrics::load_of(pod, target.meta(), resource, working);
    Member { usage: usage.filter(|_| pod.status.start_time.is_some()), request, stage }
}
