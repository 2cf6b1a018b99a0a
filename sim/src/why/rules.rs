//! Why objects that hold rules, autoscalers and disruption budgets, do what they do.

use std::sync::Arc;

use super::{Chain, trail};
use crate::api::{DataObject, Deployment, Kind, Value};

/// Where kubectl keeps what was applied last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Why an object of a kind that is kept as data is as it is.
pub(super) fn object(chain: &mut Chain<'_>, object: &DataObject) {
    match object.kind {
        Kind::HorizontalPodAutoscaler => autoscaler(chain, object),
        Kind::PodDisruptionBudget => budget(chain, object),
        _ => {}
    }
    trail::object(chain, object.meta.uid);
}

fn int(object: &DataObject, path: &[&str]) -> i64 {
    object.at(path).as_int().unwrap_or(0)
}

fn autoscaler(chain: &mut Chain<'_>, object: &DataObject) {
    let text = format!(
        "keeps {}/{} between {} and {} pods; last it wanted {}",
        object.at(&["spec", "scaleTargetRef", "kind"]).as_str().unwrap_or_default(),
        object.at(&["spec", "scaleTargetRef", "name"]).as_str().unwrap_or_default(),
        int(object, &["spec", "minReplicas"]).max(1),
        int(object, &["spec", "maxReplicas"]),
        int(object, &["status", "desiredReplicas"]),
    );
    chain.add(chain.now(), object.kind, &object.meta.name, text);
}

/// The autoscalers that set a Deployment's size, and whether its manifest fights them.
pub(super) fn autoscalers_of(chain: &mut Chain<'_>, deployment: &Deployment) {
    let kind = Kind::HorizontalPodAutoscaler;
    let all: Vec<Arc<DataObject>> = chain.cluster.api().data(kind).iter().cloned().collect();
    for object in all {
        let target = |key| object.at(&["spec", "scaleTargetRef", key]).as_str();
        let namespace = object.meta.namespace == deployment.meta.namespace;
        if !namespace
            || target("kind") != Some("Deployment")
            || target("name") != Some(&*deployment.meta.name)
        {
            continue;
        }
        autoscaler(chain, &object);
        let applied = deployment.meta.annotation(LAST_APPLIED).unwrap_or_default();
        if applied.contains("\"replicas\":") {
            let text = "its manifest sets replicas as well: every kubectl apply resets the size, \
                        and the autoscaler sets it back at its next look";
            let now = chain.now();
            chain.add(now, Kind::Deployment, &deployment.meta.name, text.to_owned());
            chain.remedy("spec.replicas", "leave it out of the manifest");
        }
    }
}

fn budget(chain: &mut Chain<'_>, object: &DataObject) {
    let rule = ["minAvailable", "maxUnavailable"]
        .into_iter()
        .filter_map(|key| match object.at(&["spec", key]) {
            Value::Null => None,
            value => Some(format!("{key} {}", value.to_json())),
        })
        .collect::<Vec<_>>()
        .join(", ");
    let (healthy, wanted) =
        (int(object, &["status", "currentHealthy"]), int(object, &["status", "desiredHealthy"]));
    let allowed = int(object, &["status", "disruptionsAllowed"]);
    let text = format!(
        "wants {wanted} healthy ({rule}) of {} it expects, {healthy} are: so {allowed} may be \
         evicted",
        super::count(int(object, &["status", "expectedPods"]), "pod"),
    );
    chain.add(chain.now(), object.kind, &object.meta.name, text);
    if allowed == 0 {
        let how = "less than the replicas, or maxUnavailable: 1, or one replica more";
        chain.remedy("spec.minAvailable", how);
    }
}
