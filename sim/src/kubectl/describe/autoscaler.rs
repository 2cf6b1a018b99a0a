//! The page of a `HorizontalPodAutoscaler`.
//!
//! Models: kubectl v1.36 `pkg/describe/describe.go` `describeHorizontalPodAutoscalerV2`.

use super::data_kinds::created;
use super::page::{Page, int, list, text};
use crate::api::Value;

pub(super) fn describe(page: &mut Page, data: &Value) {
    page.told("Name", data, &["metadata", "name"]);
    page.told("Namespace", data, &["metadata", "namespace"]);
    page.labels("Labels", data.at(&["metadata", "labels"]));
    page.annotations("Annotations", data.at(&["metadata", "annotations"]));
    page.field("CreationTimestamp", created(data));
    let target = |key: &str| text(data, &["spec", "scaleTargetRef", key]);
    page.field("Reference", format_args!("{}/{}", target("kind"), target("name")));
    page.field("Metrics", "( current / target )");
    let current = list(data, &["status", "currentMetrics"]);
    for (index, metric) in list(data, &["spec", "metrics"]).iter().enumerate() {
        let resource = text(metric, &["resource", "name"]);
        let now = |key: &str| {
            current
                .get(index)
                .map(|now| text(now, &["resource", "current", key]))
                .unwrap_or_default()
        };
        let average = text(metric, &["resource", "target", "averageValue"]);
        if average.is_empty() {
            let wanted = int(metric, &["resource", "target", "averageUtilization"]);
            let (share, amount) = (now("averageUtilization"), now("averageValue"));
            let known = if share.is_empty() {
                "<unknown>".to_owned()
            } else {
                format!("{share}% ({amount})")
            };
            let line = format!(
                "resource {resource} on pods  (as a percentage of request):\t{known} / {wanted}%"
            );
            page.line(1, line);
        } else {
            let amount = now("averageValue");
            let known = if amount.is_empty() { "<unknown>" } else { &amount };
            page.line(1, format_args!("resource {resource} on pods:\t{known} / {average}"));
        }
    }
    page.field("Min replicas", int(data, &["spec", "minReplicas"]));
    page.field("Max replicas", int(data, &["spec", "maxReplicas"]));
    let (now, wanted) =
        (int(data, &["status", "currentReplicas"]), int(data, &["status", "desiredReplicas"]));
    page.field(&format!("{} pods", target("kind")), format!("{now} current / {wanted} desired"));
    let conditions = list(data, &["status", "conditions"]);
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.line(1, "Type\tStatus\tReason\tMessage\n  ----\t------\t------\t-------");
    for condition in conditions {
        let cell = |key: &str| text(condition, &[key]);
        let row = [cell("type"), cell("status"), cell("reason"), cell("message")].join("\t");
        page.line(1, row);
    }
}
