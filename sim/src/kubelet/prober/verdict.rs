//! What a probe makes of an answer: the outcome, and the words of the event.
//!
//! Models: kubernetes v1.36 `pkg/probe/{http,exec,tcp,grpc}`.

use crate::time::Duration;

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Success,
    /// All is well, with a remark.
    Warning,
    /// It is not.
    Failure,
    /// Nobody can tell; counts as a failure.
    Unknown,
}

impl Outcome {
    /// Whether the worker counts it as a success.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Success | Self::Warning)
    }
}

/// The outcome of a probe and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The outcome.
    pub outcome: Outcome,
    /// The body, the output or the reason.
    pub text: String,
    /// Whether the asking itself failed: such a verdict is not counted.
    pub is_error: bool,
}

impl Verdict {
    /// All is well.
    pub const fn success(text: String) -> Self {
        Self { outcome: Outcome::Success, text, is_error: false }
    }

    /// It is not.
    pub const fn failure(text: String) -> Self {
        Self { outcome: Outcome::Failure, text, is_error: false }
    }
}

/// The most redirects a probe follows.
const MAX_REDIRECTS: u32 = 10;
/// Default headers of an HTTP probe: name and value.
const USER_AGENT: (&str, &str) = ("User-Agent", "kube-probe/1.36");

/// An answer to one HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// Where a redirect leads; `None` when it does not say.
    pub location: Option<Location>,
}

/// Where a redirect leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// To the same host, on whatever port.
    SameHost,
    /// To another host.
    OtherHost,
}

/// Judges an HTTP probe. `ask` sends the request and each one a redirect leads to; its error is what
/// the client says when there is no answer in time. Redirects to other hosts end the probe with a
/// warning, unless they are followed.
pub fn http(
    follows_other_hosts: bool,
    mut ask: impl FnMut() -> Result<HttpAnswer, String>,
) -> Verdict {
    for _ in 0..=MAX_REDIRECTS {
        let answer = match ask() {
            Ok(answer) => answer,
            Err(reason) => return Verdict::failure(reason),
        };
        let followed = match answer.location {
            Some(Location::SameHost) => true,
            Some(Location::OtherHost) => follows_other_hosts,
            None => false,
        };
        if !(followed && matches!(answer.status, 301..=303 | 307 | 308)) {
            return http_status(answer.status, answer.body);
        }
    }
    Verdict::failure(format!("stopped after {MAX_REDIRECTS} redirects"))
}

fn http_status(status: u16, body: String) -> Verdict {
    match status {
        200..=299 => Verdict::success(body),
        300..=399 => Verdict {
            outcome: Outcome::Warning,
            text: format!("Probe terminated redirects, Response body: {body}"),
            is_error: false,
        },
        _ => Verdict::failure(format!("HTTP probe failed with statuscode: {status}")),
    }
}

/// The headers an HTTP probe sends: those of the manifest and, where it names none, upstream's. An empty `Accept` is not sent at all.
pub fn http_headers(configured: &[(String, String)]) -> Vec<(String, String)> {
    let mut headers = configured.to_vec();
    for (name, value) in [USER_AGENT, ("Accept", "*/*"), ("Connection", "close")] {
        if !headers.iter().any(|(known, _)| is(known, name)) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    headers.retain(|(name, value)| !(is(name, "Accept") && value.is_empty()));
    headers
}

fn is(name: &str, other: &str) -> bool {
    name.eq_ignore_ascii_case(other)
}

/// How a command of an exec probe ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ran {
    /// With this exit code.
    Exited(i32),
    /// Not within the time of the probe; what the runtime says.
    TimedOut(String),
    /// It could not be run; what the runtime says.
    NotRun(String),
}

/// Judges an exec probe by how its command ended and what it printed.
pub fn exec(ran: Ran, output: String) -> Verdict {
    match ran {
        Ran::Exited(0) => Verdict::success(output),
        Ran::Exited(_) => Verdict::failure(output),
        Ran::TimedOut(reason) => Verdict::failure(reason),
        Ran::NotRun(reason) => Verdict { outcome: Outcome::Unknown, text: reason, is_error: true },
    }
}

/// Judges a TCP probe: `Err` says why there is no connection.
pub fn tcp(connected: Result<(), String>) -> Verdict {
    match connected {
        Ok(()) => Verdict::success(String::new()),
        Err(reason) => Verdict::failure(reason),
    }
}

/// What a gRPC health service says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// `SERVING`.
    Serving,
    /// `NOT_SERVING`.
    NotServing,
    /// Somebody answers, but not about health.
    Unimplemented,
    /// Nobody answers.
    Unreachable,
}

/// Judges a gRPC probe of `address`.
pub fn grpc(health: Health, address: &str, timeout: Duration) -> Verdict {
    match health {
        Health::Serving => Verdict::success("service healthy".to_owned()),
        Health::NotServing => {
            Verdict::failure("service unhealthy (responded with \"NOT_SERVING\")".to_owned())
        }
        Health::Unimplemented => Verdict::failure(
            "error: this server does not implement the grpc health protocol \
             (grpc.health.v1.Health): unknown service grpc.health.v1.Health"
                .to_owned(),
        ),
        Health::Unreachable => Verdict::failure(format!(
            "timeout: failed to connect service \"{address}\" within {}s: context deadline \
             exceeded",
            timeout.as_secs()
        )),
    }
}
