//! Programs that answer requests.

use std::sync::Arc;

use super::files::{self, Files, Mount, Volumes};
use super::process::Signal;
use crate::api::Name;
use crate::time::{Duration, Instant};

/// How long a program takes to end when nothing holds it up.
const ORDERLY_STOP: Duration = Duration::from_millis(100);

/// What SIGTERM (or the image's own stop signal) does to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It takes no new requests, finishes those it has, and ends.
    Drains,
    /// It ends at once; requests it had are lost.
    Drops,
    /// It has no handler. As the first process of a container it goes on.
    Ignores,
}

/// How a program deals with requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerProfile {
    /// How many requests it works on at once.
    pub concurrency: u32,
    /// How many more may wait.
    pub queue: u32,
    /// How long a request takes when the program is warm and nothing else is going on.
    pub service_time: Duration,
    /// By how many percent a request takes longer when [`Self::concurrency`] is used up.
    pub load_percent: u32,
    /// How long after loading requests are slower.
    pub warm_up: Duration,
    /// How long a request takes right after loading, in percent of the usual time; 100 at least.
    pub cold_percent: u32,
    /// What SIGTERM does.
    pub stop: Stop,
}

impl ServerProfile {
    /// How long a request takes that takes `warm` in a warm program, when it begins `since_loaded`
    /// after loading: at first [`Self::cold_percent`] of it, falling evenly to 100 %.
    pub fn when_cold(&self, warm: Duration, since_loaded: Duration) -> Duration {
        let (whole, since) = (self.warm_up.as_micros(), since_loaded.as_micros());
        if since >= whole || self.cold_percent <= 100 {
            return warm;
        }
        let slower = u128::from(self.cold_percent - 100);
        let extra = warm.as_micros().saturating_mul(slower * (whole - since)) / (whole * 100);
        warm.saturating_add(Duration::from_micros(u64::try_from(extra).unwrap_or(u64::MAX)))
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpReply {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Name,
    /// How long it takes from the request to the answer, when the program is idle.
    pub latency: Duration,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nobody listens: connection refused.
    NotListening,
    /// What listens does not speak HTTP: the connection is closed.
    NotHttp,
}

/// The answer of a program's gRPC health service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrpcHealth {
    /// `SERVING`
    Serving,
    /// `NOT_SERVING`
    NotServing,
    /// There is no health service.
    Unimplemented,
}

/// What a program serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// The files below a directory.
    Files,
    /// The same text, [`Serving::text`], for every path.
    Text,
    /// `/health`, `/ready`, `/v1/models`, `/v1/completions`.
    Inference,
    /// `/health`, `/v1/models`, `/v1/completions`.
    OpenAi,
    /// `/v2/health/live`, `/v2/health/ready`, `/v2/models/…`.
    Triton,
    /// `/health`, `/info`, `/generate`.
    TextGeneration,
    /// Says what it was asked.
    Echo,
    /// Nothing that speaks HTTP.
    Raw,
}

/// What is wrong with a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It never says that it is ready, though it answers requests.
    NeverReady,
    /// Nor does it, and it answers requests with 500.
    Broken,
}

/// How a program ends of its own accord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// When, counted from its start.
    pub after: Duration,
    /// Its exit code.
    pub code: i32,
    /// Whether the kernel kills it for want of memory.
    pub is_oom: bool,
}

/// A program as it was started: where it listens and what it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    /// The program's name.
    pub name: Name,
    /// Ports.
    pub ports: Vec<u16>,
    /// How long it loads before it is ready.
    pub load: Duration,
    /// Whether it answers (503) while it loads; else it does not listen.
    pub listens_while_loading: bool,
    /// What it serves.
    pub api: Api,
    /// The directory of [`Api::Files`], the text of [`Api::Text`], the model's name.
    pub text: Name,
    /// The version it says it is.
    pub version: Name,
    /// What is wrong with it, if anything.
    pub flaw: Option<Flaw>,
    /// Whether it offers gRPC health on its ports.
    pub grpc: bool,
    /// How it deals with requests.
    pub profile: ServerProfile,
    /// What it prints, and when, counted from its start.
    pub lines: Vec<(Duration, Name)>,
    /// How it ends of its own accord.
    pub fate: Option<Fate>,
    /// What must be said about it: that it stands in for something.
    pub note: Option<Name>,
}

/// A running program.
#[derive(Clone, Debug)]
pub struct Server {
    /// What it is.
    pub serving: Arc<Serving>,
    /// When it was started.
    pub started_at: Instant,
    /// When it ends and with which code, once it was told to.
    pub stops: Option<(Instant, i32)>,
    /// How many of its lines it has printed.
    printed: usize,
}

impl Server {
    pub(super) const fn new(serving: Arc<Serving>, started_at: Instant) -> Self {
        Self { serving, started_at, stops: None, printed: 0 }
    }

    /// When it is done loading.
    pub fn loaded_at(&self) -> Instant {
        self.started_at + self.serving.load
    }

    /// When it does something of its own accord.
    pub(super) fn due(&self) -> Option<Instant> {
        let line = self.serving.lines.get(self.printed).map(|(after, _)| self.started_at + *after);
        let fate = self.serving.fate.map(|fate| self.started_at + fate.after);
        let stop = self.stops.map(|(at, _)| at);
        [line, fate, stop].into_iter().flatten().min()
    }

    /// The line it prints at this moment.
    pub(super) fn next_line(&mut self, now: Instant) -> Option<Name> {
        let (after, line) = self.serving.lines.get(self.printed)?;
        if self.started_at + *after > now {
            return None;
        }
        self.printed += 1;
        Some(line.clone())
    }

    /// The code it ends with at this moment, and whether for want of memory.
    pub(super) fn ending(&self, now: Instant) -> Option<(i32, bool)> {
        let fate = self.serving.fate.filter(|fate| self.started_at + fate.after <= now);
        let stop = self.stops.filter(|(at, _)| *at <= now);
        fate.map(|fate| (fate.code, fate.is_oom)).or(stop.map(|(_, code)| (code, false)))
    }

    /// Takes in a signal; says whether the program has a handler for it.
    pub(super) fn signal(&mut self, signal: Signal, now: Instant) -> bool {
        let takes = match self.serving.profile.stop {
            Stop::Ignores => return false,
            Stop::Drains => ORDERLY_STOP.max(self.serving.profile.service_time),
            Stop::Drops => ORDERLY_STOP,
        };
        match signal {
            Signal::Term | Signal::Int | Signal::Quit => {}
            Signal::Hup
            | Signal::Kill
            | Signal::Usr1
            | Signal::Usr2
            | Signal::Pipe
            | Signal::Winch => return false,
        }
        self.stops.get_or_insert((now + takes, 0));
        true
    }

    /// Goes on until `until` when it was told to end and drains.
    pub(super) fn finish_requests(&mut self, until: Instant) {
        if let Some((at, _)) = &mut self.stops
            && self.serving.profile.stop == Stop::Drains
        {
            *at = until.max(*at);
        }
    }

    /// Whether it takes connections on this port.
    pub fn listens(&self, port: u16, now: Instant) -> bool {
        let loaded = self.serving.listens_while_loading || now >= self.loaded_at();
        self.serving.ports.contains(&port) && loaded && self.stops.is_none()
    }

    /// What its gRPC health service says.
    pub(super) fn grpc_health(&self, now: Instant) -> GrpcHealth {
        let serving = &self.serving;
        if !serving.grpc {
            GrpcHealth::Unimplemented
        } else if now < self.loaded_at() || serving.flaw.is_some() {
            GrpcHealth::NotServing
        } else {
            GrpcHealth::Serving
        }
    }

    /// The answer to a GET, when it listens.
    pub(super) fn reply(
        &self,
        path: &str,
        now: Instant,
        own: &Files,
        mounts: &[Mount],
        volumes: &Volumes,
    ) -> Result<HttpReply, Refused> {
        let loaded_at = self.loaded_at();
        let serving = &*self.serving;
        let path = path.split('?').next().unwrap_or_default();
        let (status, body): (u16, Name) = match serving.api {
            Api::Raw => return Err(Refused::NotHttp),
            Api::Text => (200, serving.text.clone()),
            Api::Echo => (200, format!("GET {path}\n").into()),
            Api::Files => {
                let file = files::normal("/", &format!("{}/{path}", serving.text));
                let index = format!("{}/index.html", file.trim_end_matches('/'));
                let found = files::read(own, mounts, volumes, &file)
                    .or_else(|| files::read(own, mounts, volumes, &index));
                found.map_or_else(|| (404, "404 Not Found\n".into()), |text| (200, text.clone()))
            }
            Api::Inference | Api::OpenAi | Api::Triton | Api::TextGeneration => {
                self.model_reply(path, now >= loaded_at)
            }
        };
        // A health check does not wait for the model.
        let is_work = !matches!(status, 404 | 503) && !is_health(path);
        let latency = if is_work {
            serving.profile.when_cold(serving.profile.service_time, now.since(loaded_at))
        } else {
            Duration::from_millis(1)
        };
        Ok(HttpReply { status, body, latency })
    }

    /// The answer of a server of models.
    #[inline(never)]
    fn model_reply(&self, path: &str, is_loaded: bool) -> (u16, Name) {
        let serving = &*self.serving;
        let is_ready = is_loaded && serving.flaw.is_none();
        let ready = |ready: bool| if ready { (200, "ok\n") } else { (503, "not ready\n") };
        let (status, body) = match (serving.api, path) {
            (Api::Inference, "/" | "/health" | "/healthz" | "/livez")
            | (Api::Triton, "/v2/health/live")
            | (_, "/ping" | "/version") => (200, "ok\n"),
            (_, "/metrics") => (200, "# no metrics are simulated\n"),
            (_, "/health" | "/ready" | "/readyz" | "/v2/health/ready") => ready(is_ready),
            _ if !is_loaded => (503, "loading\n"),
            (Api::Inference | Api::OpenAi, "/v1/models")
            | (Api::TextGeneration, "/info")
            | (Api::Triton, "/v2") => {
                let body = format!(
                    "{{\"data\": [{{\"id\": \"{}\", \"version\": \"{}\"}}]}}\n",
                    serving.text, serving.version
                );
                return (200, body.into());
            }
            (Api::Triton, path) if path.ends_with("/ready") => ready(is_ready),
            (Api::Inference | Api::OpenAi, "/v1/completions" | "/v1/chat/completions")
            | (Api::TextGeneration, "/generate" | "/v1/chat/completions" | "/v1/completions") => {
                self.completion()
            }
            (Api::Triton, path) if path.starts_with("/v2/models/") && path.ends_with("/infer") => {
                self.completion()
            }
            _ => (404, "404 Not Found\n"),
        };
        (status, body.into())
    }

    fn completion(&self) -> (u16, &'static str) {
        if self.serving.flaw == Some(Flaw::Broken) {
            (500, "{\"error\": \"the model gives no answer\"}\n")
        } else {
            (200, "{\"choices\": [{\"text\": \"…\"}]}\n")
        }
    }
}

/// Whether a path is one that is asked by probes.
fn is_health(path: &str) -> bool {
    ["/health", "/ready", "/live", "/ping", "/version", "/metrics", "/v2"]
        .iter()
        .any(|known| path.starts_with(known))
        && !path.ends_with("/infer")
}
