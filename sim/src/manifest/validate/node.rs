//! Rules of Nodes.
//!
//! Models: kubernetes v1.36 `pkg/apis/core/validation/validation.go` `ValidateNode`.

use super::error::{Errors, quote};
use super::path::Path;
use super::{items, meta, part, text};
use crate::api::Value;
use crate::manifest::names;

pub(super) fn node(errors: &mut Errors, object: &Value) {
    meta::metadata(errors, object, false, names::dns_subdomain);
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (index, taint) in items(part(object, "spec"), "taints").enumerate() {
        let path = Path::Of("spec").item("taints", index);
        let (key, value, effect) =
            (text(taint, "key"), text(taint, "value"), text(taint, "effect"));
        errors.name(&path.key("key"), key, names::label_key);
        let reasons = names::label_value(value);
        if !reasons.is_empty() {
            errors.invalid_text(&path.key("value"), value, &reasons.join(";"));
        }
        let at = path.key("effect");
        if effect.is_empty() {
            errors.required(&at, "");
        } else {
            errors.one_of(&at, effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        }
        if seen.contains(&(key, effect)) {
            let detail = "taints must be unique by key and effect pair";
            let value = format!(
                "core.Taint{{Key:{}, Value:{}, Effect:{}, TimeAdded:<nil>}}",
                quote(key),
                quote(value),
                quote(effect)
            );
            errors.add(&path, super::FieldErrorKind::Duplicate, value, detail);
        }
        seen.push((key, effect));
    }
}
