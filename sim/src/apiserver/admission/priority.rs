//! Priority classes: a pod's priority from the name of its class.
//!
//! Models: kubernetes v1.36 `plugin/pkg/admission/priority/admission.go`.

use crate::api::{DataObject, Kind, Value};
use crate::apiserver::ApiServer;

/// The class of pods that name none, if the cluster has one: the lowest of several.
pub(super) fn global_default(api: &ApiServer) -> Option<&DataObject> {
    let is_default = |class: &&DataObject| class.at(&["globalDefault"]).as_bool().unwrap_or(false);
    let classes = api.data(Kind::PriorityClass).iter().map(AsRef::as_ref);
    classes.filter(is_default).min_by_key(|class| class.at(&["value"]).as_int())
}

/// Writes priority and preemption policy into a pod spec.
///
/// # Errors
/// There is no such class.
pub(super) fn set(api: &ApiServer, spec: &mut Value) -> Result<(), String> {
    let name = spec.get("priorityClassName").and_then(Value::as_str).unwrap_or("").to_owned();
    let class = if name.is_empty() {
        let Some(class) = global_default(api) else { return Ok(()) };
        class
    } else {
        let found = api.data(Kind::PriorityClass).get("", &name);
        found.ok_or_else(|| format!("no PriorityClass with name {name} was found"))?
    };
    *spec.entry("priorityClassName") = (&class.meta.name).into();
    *spec.entry("priority") = class.at(&["value"]).as_int().unwrap_or(0).into();
    let policy = class.at(&["preemptionPolicy"]).as_str().unwrap_or("PreemptLowerPriority");
    *spec.entry("preemptionPolicy") = policy.into();
    Ok(())
}
