//! The report for people.

use std::fmt::Write as _;

use super::{Report, Rollout};
use crate::network::request::Failure;
use crate::time::Duration;

impl Report {
    /// The report as lines of text.
    pub fn to_text(&self) -> String {
        let mut text = format!("Report after {} s\n\n", self.until);
        for rollout in &self.rollouts {
            write_rollout(&mut text, rollout);
        }
        self.write_requests(&mut text);
        self.write_capacity(&mut text);
        if let Some(first) = &self.first_failure {
            let at = first.request.at;
            let _ = writeln!(text, "\nFirst failure: {} at {at} s", first.cause.as_str());
            let _ = writeln!(text, "  {}", first.explanation);
            for link in &first.why {
                let _ = writeln!(text, "  because {link}");
            }
        }
        text
    }

    fn write_requests(&self, text: &mut String) {
        let requests = &self.requests;
        let _ = writeln!(
            text,
            "Requests: {} sent, {} answered, {} failed, {} in flight",
            requests.sent,
            requests.answered,
            requests.failed,
            requests.in_flight()
        );
        write_causes(text, "  failed: ", &self.failed);
        for version in &self.versions {
            let name = if version.version.is_empty() { "no pod" } else { &version.version };
            let _ = writeln!(text, "  {name}: {} answered", version.answered);
            write_causes(text, "    failed: ", &version.failed);
        }
        let [p50, p95, p99] = self.latency_us.map(|us| us / 1_000);
        let _ = writeln!(text, "Latency: p50 {p50} ms, p95 {p95} ms, p99 {p99} ms");
    }

    fn write_capacity(&self, text: &mut String) {
        let least = self.min_available.map_or("-".to_owned(), |least| least.to_string());
        let _ = writeln!(
            text,
            "Pods: at least {least} available, at most {}, with terminating ones {}",
            self.max_pods, self.max_pods_with_terminating
        );
        if self.peak_gpus_milli > 0 {
            let (peak, seconds) = (self.peak_gpus_milli / 1_000, self.gpu_milli_us / 1_000_000_000);
            let _ = writeln!(text, "GPUs: at most {peak}, {seconds} GPU-seconds");
        }
        let (api, clients) = (seconds(self.mixed), seconds(self.mixed_answers));
        let _ =
            writeln!(text, "Mixed versions: {api} s behind one Service, {clients} s for clients");
    }
}

fn write_rollout(text: &mut String, rollout: &Rollout) {
    let took = match (rollout.took(), rollout.ended) {
        (Some(took), _) => format!("complete in {} s", seconds(took)),
        (None, Some(ended)) => format!("replaced at {ended} s"),
        (None, None) => "not complete".to_owned(),
    };
    let Rollout { deployment, version, started, min_available, max_pods, .. } = rollout;
    let _ = writeln!(
        text,
        "Rollout of {deployment} to {version} at {started} s: {took}\n  pods: at least \
         {min_available} available, at most {max_pods}, with terminating ones {}",
        rollout.max_pods_with_terminating
    );
    if rollout.peak_gpus_milli > 0 {
        let (peak, spent) = (rollout.peak_gpus_milli / 1_000, rollout.gpu_milli_us / 1_000_000_000);
        let _ = writeln!(text, "  GPUs: at most {peak}, {spent} GPU-seconds");
    }
}

fn write_causes(text: &mut String, start: &str, causes: &[(Failure, u64)]) {
    if causes.is_empty() {
        return;
    }
    let causes: Vec<String> =
        causes.iter().map(|(cause, count)| format!("{count} {}", cause.as_str())).collect();
    let _ = writeln!(text, "{start}{}", causes.join(", "));
}

/// `12.345`.
fn seconds(time: Duration) -> String {
    let ms = time.as_millis();
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}
