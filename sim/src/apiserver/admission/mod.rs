//! Admission: what the API server adds to new objects, and which of them it does not let in.
//!
//! Models: kubernetes v1.36 `plugin/pkg/admission` `priority`, `limitranger`, `resourcequota`, in
//! this order. Pods of one template share what is added to them.

mod limit_range;
mod priority;
pub(crate) mod quota;

use std::sync::Arc;

use super::{AnyObject, ApiError, ApiServer};
use crate::api::value::map;
use crate::api::{Kind, Name, Pod, PodSpec, Value};

/// How many templates' admitted specs are remembered.
const REMEMBERED: usize = 16;

/// A template's spec as it was admitted in a namespace.
#[derive(Clone, Debug)]
pub(super) struct Admitted {
    namespace: Name,
    asked: Arc<PodSpec>,
    given: Arc<PodSpec>,
    note: Option<Name>,
}

/// How many pods the simulator holds: what a browser has memory for.
const MOST_PODS: usize = 30_000;

impl ApiServer {
    /// Fills in what a new pod leaves to the cluster and checks its limits.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`].
    pub(super) fn admit_pod(&mut self, pod: &mut Pod) -> Result<(), ApiError> {
        if self.tables.pods.len() >= MOST_PODS {
            let problem = format!("this simulated cluster holds {MOST_PODS} pods at most");
            return Err(forbidden(pod, &problem));
        }
        let by_class = !pod.spec.scheduling.priority_class.is_empty()
            || priority::global_default(self).is_some();
        let ranges = limit_range::of_namespace(self, &pod.meta.namespace);
        if !by_class && ranges.is_empty() {
            return Ok(());
        }
        let known = self.admitted.iter().find(|known| {
            Arc::ptr_eq(&known.asked, &pod.spec) && known.namespace == pod.meta.namespace
        });
        let admitted = match known {
            Some(known) => known.clone(),
            None => self.admitted_spec(pod, &ranges)?,
        };
        pod.spec = admitted.given;
        if let Some(note) = &admitted.note {
            pod.meta.set_annotation(limit_range::ANNOTATION, note);
        }
        limit_range::check(pod, &ranges).map_err(|problem| forbidden(pod, &problem))
    }

    fn admitted_spec(
        &mut self,
        pod: &Pod,
        ranges: &[Arc<crate::api::DataObject>],
    ) -> Result<Admitted, ApiError> {
        let mut raw = pod.spec.raw().clone();
        priority::set(self, &mut raw).map_err(|problem| forbidden(pod, &problem))?;
        let note = limit_range::set_defaults(&mut raw, ranges);
        let given = if raw == *pod.spec.raw() {
            Arc::clone(&pod.spec)
        } else {
            Arc::new(PodSpec::from_value(raw))
        };
        let (namespace, asked) = (pod.meta.namespace.clone(), Arc::clone(&pod.spec));
        let admitted = Admitted { namespace, asked, given, note: note.map(Into::into) };
        if self.admitted.len() == REMEMBERED {
            self.admitted.pop_front();
        }
        self.admitted.push_back(admitted.clone());
        Ok(admitted)
    }

    /// Forgets what was admitted when the rules change.
    pub(super) fn rules_have_changed(&mut self, kind: Kind) {
        if matches!(kind, Kind::LimitRange | Kind::PriorityClass) {
            self.admitted.clear();
        } else if kind == Kind::Namespace {
            self.note_namespaces();
        }
    }

    /// Checks the quotas of a new object's namespace and charges them.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`].
    pub(super) fn charge_quotas(&mut self, object: &AnyObject) -> Result<(), ApiError> {
        let kind = object.kind();
        if kind == Kind::Event || self.data(Kind::ResourceQuota).is_empty() {
            return Ok(());
        }
        let charges = quota::charges(self, object).map_err(|problem| {
            let (resource, name) = (kind.plural_dot_group(), &object.meta().name);
            ApiError::Forbidden(format!("{resource} {name:?} is forbidden: {problem}"))
        })?;
        for (uid, used) in charges {
            // The quota was just found in the table.
            drop(self.change_data(Kind::ResourceQuota, uid, |quota| {
                let hard = quota.at(&["status", "hard"]).clone();
                quota.set_status(map([("hard", hard), ("used", used)]));
            }));
        }
        Ok(())
    }
}

fn forbidden(pod: &Pod, problem: &str) -> ApiError {
    ApiError::Forbidden(format!("pods {:?} is forbidden: {problem}", &*pod.meta.name))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_list).unwrap_or_default()
}
