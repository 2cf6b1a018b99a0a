//! The report as JSON. Times are in milliseconds since boot.

use super::{FailureReport, Report, Rollout, VersionReport};
use crate::api::Value;
use crate::api::value::map;
use crate::network::request::Failure;
use crate::time::{Duration, Instant};

impl Report {
    /// The report as a JSON object.
    pub fn to_json(&self) -> String {
        self.to_value().to_json()
    }

    /// The report as data.
    pub fn to_value(&self) -> Value {
        let quantiles = ["p50", "p95", "p99"].into_iter().zip(self.latency_us);
        let latency = quantiles.map(|(name, us)| (name, int(us / 1_000)));
        let versions =
            self.versions.iter().map(|version| (name_of(version), version_value(version)));
        let services = self.services.iter().map(|service| {
            let failed = by_cause(&service.failed);
            (&*service.name, map([("answered", int(service.answered)), ("failed", failed)]))
        });
        map([
            ("until_ms", time(self.until)),
            ("rollouts", Value::List(self.rollouts.iter().map(rollout).collect())),
            (
                "requests",
                map([
                    ("sent", int(self.requests.sent)),
                    ("answered", int(self.requests.answered)),
                    ("in_flight", int(self.requests.in_flight())),
                    ("retried", int(self.requests.retried)),
                    ("failed", by_cause(&self.failed)),
                    ("failed_total", int(self.requests.failed)),
                    ("by_version", map(versions)),
                    ("by_service", map(services)),
                ]),
            ),
            ("latency_ms", map(latency)),
            (
                "min_available",
                self.min_available.map_or(Value::Null, |least| Value::Int(least.into())),
            ),
            ("max_pods", int(self.max_pods)),
            ("max_pods_with_terminating", int(self.max_pods_with_terminating)),
            ("peak_gpus", milli(self.peak_gpus_milli)),
            ("gpu_seconds", gpu_seconds(self.gpu_milli_us)),
            ("mixed_version_ms", span(self.mixed)),
            ("mixed_answers_ms", span(self.mixed_answers)),
            ("first_failure", self.first_failure.as_ref().map_or(Value::Null, failure)),
        ])
    }
}

/// Requests for which no pod was chosen have no version.
fn name_of(version: &VersionReport) -> &str {
    if version.version.is_empty() { "none" } else { &version.version }
}

fn version_value(version: &VersionReport) -> Value {
    let (first, last) = version
        .answers
        .map_or((Value::Null, Value::Null), |(first, last)| (time(first), time(last)));
    map([
        ("answered", int(version.answered)),
        ("failed", by_cause(&version.failed)),
        ("first_answer_ms", first),
        ("last_answer_ms", last),
    ])
}

fn rollout(rollout: &Rollout) -> Value {
    map([
        ("namespace", Value::String(rollout.namespace.clone())),
        ("deployment", Value::String(rollout.deployment.clone())),
        ("version", Value::String(rollout.version.clone())),
        ("started_ms", time(rollout.started)),
        ("complete", Value::Bool(rollout.complete)),
        ("rollout_ms", rollout.took().map_or(Value::Null, span)),
        ("min_available", Value::Int(rollout.min_available.into())),
        ("max_pods", int(rollout.max_pods)),
        ("max_pods_with_terminating", int(rollout.max_pods_with_terminating)),
        ("peak_gpus", milli(rollout.peak_gpus_milli)),
        ("gpu_seconds", gpu_seconds(rollout.gpu_milli_us)),
        ("mixed_version_ms", span(rollout.mixed)),
    ])
}

fn failure(failure: &FailureReport) -> Value {
    let request = &failure.request;
    let why = failure.why.iter().map(|link| Value::text(link)).collect();
    map([
        ("sent_ms", time(request.at)),
        ("failed_ms", request.ended.map_or(Value::Null, time)),
        ("pod", Value::String(failure.pod.clone())),
        ("version", Value::String(request.version.clone())),
        ("cause", Value::text(failure.cause.as_str())),
        ("symptom", Value::text(failure.cause.symptom())),
        ("explanation", Value::text(&failure.explanation)),
        ("why", Value::List(why)),
    ])
}

fn by_cause(counts: &[(Failure, u64)]) -> Value {
    map(counts.iter().map(|(cause, count)| (cause.as_str(), int(*count))))
}

fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn time(at: Instant) -> Value {
    int(at.as_millis())
}

fn span(time: Duration) -> Value {
    int(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// Thousandths as a number, which is whole as a rule.
fn milli(milli: u64) -> Value {
    if milli.is_multiple_of(1_000) { int(milli / 1_000) } else { Value::text(&decimal(milli)) }
}

/// GPU-seconds, rounded down.
fn gpu_seconds(milli_us: u64) -> Value {
    int(milli_us / 1_000_000_000)
}

fn decimal(milli: u64) -> String {
    format!("{}.{:03}", milli / 1_000, milli % 1_000)
}
