//! The API server as HTTP shows it: requests in, JSON out, so that a real client can be asked what it
//! thinks of the simulated cluster. Only tests use it (feature `rest`).
//!
//! Models: the resource paths of kubernetes v1.36, its discovery documents, Status objects, Tables
//! and watches. Leaves out: `OpenAPI` documents, server-side field management, paging. A watch lets
//! virtual time pass until something happens that it asks for, and then ends; clients ask again.

mod discovery;
mod shape;

use super::error::Refusal;
use super::get::endpoints;
use super::get::fields::FieldSelector;
use super::resource::Resource;
use super::selector::TypedSelector;
use super::server::{self, Sent, Written};
use super::{json, json_patch, objects, patch, strategic, subresource};
use crate::api::value::map;
use crate::api::{Kind, Value};
use crate::apiserver::{AnyObject, ApiError, Propagation, WatchEvent};
use crate::cluster::Cluster;
use crate::manifest;
use crate::time::{Duration, Instant};

/// How far a watch looks before it ends without news.
const WATCH: Duration = Duration::from_secs(60);
/// How far time goes between two looks of a watch.
const TICK: Duration = Duration::from_millis(20);

/// One request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// What stands behind the `?`, decoded.
    pub query: Vec<(String, String)>,
    /// The type of the body.
    pub content_type: String,
    /// What the client would like to get.
    pub accept: String,
    /// The body.
    pub body: String,
}

impl Request {
    fn asks(&self, key: &str) -> &str {
        self.query.iter().find(|(known, _)| known == key).map_or("", |(_, value)| value)
    }
}

/// The answer to a request: a status code and JSON, or plain text.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status code.
    pub code: u16,
    /// The body.
    pub body: String,
    /// What the API server warns of.
    pub warnings: Vec<String>,
}

impl Answer {
    const fn new(code: u16, body: String) -> Self {
        Self { code, body, warnings: Vec::new() }
    }
}

/// A cluster behind HTTP.
#[derive(Clone, Debug)]
pub struct Front {
    /// The cluster.
    pub cluster: Cluster,
    history: Vec<WatchEvent>,
}

/// What a path names.
#[derive(Clone, Copy)]
struct Target<'a> {
    kind: Kind,
    namespace: Option<&'a str>,
    name: &'a str,
    subresource: &'a str,
}

impl Front {
    /// Puts a cluster behind HTTP.
    pub fn new(mut cluster: Cluster) -> Self {
        cluster.keep_records();
        Self { cluster, history: Vec::new() }
    }

    /// Answers a request.
    pub fn answer(&mut self, request: &Request) -> Answer {
        let steps: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        if let ["healthz" | "livez" | "readyz"] = steps.as_slice() {
            return Answer::new(200, "ok".to_owned());
        }
        if let Some(body) = discovery::document(&steps) {
            return Answer::new(200, body.to_json());
        }
        if let (Some(body), "POST") = (discovery::review(&steps), request.method.as_str()) {
            return Answer::new(201, body.to_json());
        }
        let outcome = match discovery::target(&steps) {
            Some(target) => self.serve(request, target),
            None => self.not_stored(request, &steps).ok_or_else(not_found),
        };
        match outcome {
            Ok(answer) => answer,
            Err(refusal) => {
                let (code, status) = shape::status(&refusal);
                Answer::new(code, status.to_json())
            }
        }
    }

    /// Lets time pass, and keeps what is written meanwhile for those who watch.
    pub fn advance(&mut self, time: Duration) {
        let target = self.cluster.now() + time;
        self.cluster.advance_to(target, u64::MAX);
        self.take_notes();
    }

    fn take_notes(&mut self) {
        self.history.extend(self.cluster.take_writes());
    }

    fn serve(&mut self, request: &Request, target: Target<'_>) -> Result<Answer, Refusal> {
        if request.method == "GET" {
            return self.read(request, target);
        }
        let mut copy;
        let dry = request.asks("dryRun") == "All";
        let cluster = if dry {
            copy = self.cluster.clone();
            &mut copy
        } else {
            &mut self.cluster
        };
        let outcome = write(cluster, request, target);
        // Whoever watches is told.
        cluster.settle_writes();
        self.take_notes();
        outcome.map(|(code, value, warnings)| Answer {
            warnings,
            ..Answer::new(code, value.to_json())
        })
    }

    fn read(&mut self, request: &Request, target: Target<'_>) -> Result<Answer, Refusal> {
        let ok = |value: &Value| Answer::new(200, value.to_json());
        if target.subresource == "log" {
            let sentence = "the simulator's logs are read by its own kubectl".to_owned();
            return Err(Refusal::BadRequest(sentence));
        }
        if !target.name.is_empty() {
            let object = self.find(target)?;
            let data = objects::data(&object);
            return Ok(match target.subresource {
                "scale" => ok(&subresource::scale_of(&data)),
                _ if wants_table(request) => ok(&self.table(request, target.kind, &[data])),
                _ => ok(&data),
            });
        }
        let choice = Choice::of(request, Resource::Kind(target.kind))?;
        if matches!(request.asks("watch"), "true" | "1") {
            return Ok(self.watch(request, target, &choice));
        }
        let api = self.cluster.api();
        let items: Vec<Value> = objects::list(api, target.kind, target.namespace)
            .iter()
            .filter(|object| choice.takes(object))
            .map(objects::data)
            .collect();
        if wants_table(request) {
            return Ok(ok(&self.table(request, target.kind, &items)));
        }
        let version = api.resource_version();
        let kind = format!("{}List", target.kind);
        Ok(ok(&shape::list(&kind, target.kind.api_version(), version, items)))
    }

    fn find(&self, target: Target<'_>) -> Result<AnyObject, Refusal> {
        let namespace = target.namespace.unwrap_or("");
        objects::find(self.cluster.api(), target.kind, namespace, target.name)
    }

    fn table(&self, request: &Request, kind: Kind, items: &[Value]) -> Value {
        let version = self.cluster.api().resource_version();
        let mut table = shape::table(kind.as_str(), items, self.cluster.now(), version);
        if request.asks("includeObject") == "Object" {
            shape::with_objects(&mut table, items);
        }
        table
    }

    /// What happened since the version the client knows; waits for it if need be.
    fn watch(&mut self, request: &Request, target: Target<'_>, choice: &Choice) -> Answer {
        let known: u64 = request.asks("resourceVersion").parse().unwrap_or(0);
        let deadline = self.cluster.now() + WATCH;
        let mut body = String::new();
        self.take_notes();
        while body.is_empty() && self.cluster.now() < deadline {
            for event in &self.history {
                let meta = event.object.meta();
                let wanted = meta.resource_version > known
                    && event.object.kind() == target.kind
                    && target.namespace.is_none_or(|name| &*meta.namespace == name);
                if wanted && choice.takes(&event.object) {
                    let data = objects::data(&event.object);
                    let object = if wants_table(request) {
                        shape::table(target.kind.as_str(), &[data], event.at, meta.resource_version)
                    } else {
                        data
                    };
                    let line = map([("type", event.change.as_str().into()), ("object", object)]);
                    body.push_str(&line.to_json());
                    body.push('\n');
                }
            }
            if body.is_empty() {
                self.advance(TICK);
            }
        }
        Answer::new(200, body)
    }

    /// Objects that are not stored: `v1` Endpoints are made from slices, and of kinds that are not
    /// simulated there are none.
    fn not_stored(&self, request: &Request, steps: &[&str]) -> Option<Answer> {
        let path = discovery::path(steps)?;
        if request.method != "GET" || !discovery::is_known(&path) {
            return None;
        }
        let api = self.cluster.api();
        let is_endpoints = path.version == "v1" && path.plural == "endpoints";
        let found = if is_endpoints { endpoints::all(api, path.namespace) } else { Vec::new() };
        let body = if path.name.is_empty() {
            let version = api.resource_version();
            if wants_table(request) {
                shape::table("Endpoints", &found, self.cluster.now(), version)
            } else {
                shape::list("List", &path.version, version, found)
            }
        } else {
            let is_it = |one: &&Value| {
                one.at(&["metadata", "name"]).and_then(Value::as_str) == Some(path.name)
            };
            let one = found.iter().find(is_it)?.clone();
            let now = self.cluster.now();
            let version = api.resource_version();
            if wants_table(request) { shape::table("Endpoints", &[one], now, version) } else { one }
        };
        Some(Answer::new(200, body.to_json()))
    }

    /// The present.
    pub const fn now(&self) -> Instant {
        self.cluster.now()
    }
}

fn wants_table(request: &Request) -> bool {
    request.accept.contains("as=Table")
}

fn not_found() -> Refusal {
    Refusal::Other("NotFound", "the server could not find the requested resource".to_owned())
}

/// Which objects of a kind are asked for.
struct Choice {
    labels: TypedSelector,
    fields: FieldSelector,
}

impl Choice {
    fn of(request: &Request, resource: Resource) -> Result<Self, Refusal> {
        let labels =
            TypedSelector::parse(request.asks("labelSelector")).map_err(Refusal::BadRequest)?;
        let fields = FieldSelector::parse(resource, request.asks("fieldSelector"))
            .map_err(Refusal::BadRequest)?;
        Ok(Self { labels, fields })
    }

    fn takes(&self, object: &AnyObject) -> bool {
        self.labels.matches(&object.meta().labels)
            && (self.fields.is_empty() || self.fields.matches(&objects::data(object)))
    }
}

/// Carries out a request that changes something.
fn write(
    cluster: &mut Cluster,
    request: &Request,
    target: Target<'_>,
) -> Result<(u16, Value, Vec<String>), Refusal> {
    let namespace = target.namespace.unwrap_or("");
    let body = || match json::parse(&request.body) {
        Ok(value) => Ok(value),
        Err(problem) => Err(Refusal::BadRequest(problem)),
    };
    if request.method == "POST" && target.name.is_empty() {
        let written = server::create(cluster, &body()?, namespace)?;
        return Ok((201, objects::data(&written.object), written.warnings));
    }
    let current = objects::find(cluster.api(), target.kind, namespace, target.name)?;
    match (request.method.as_str(), target.subresource) {
        ("PUT", "") => {
            let written = server::update(cluster, &current, &body()?, Sent::Whole)?;
            Ok((200, objects::data(&written.object), written.warnings))
        }
        ("PUT" | "PATCH", "scale") => {
            if !subresource::has_scale(target.kind) {
                return Err(not_found());
            }
            let mut scale = subresource::scale_of(&objects::data(&current));
            patched(&mut scale, request, &body()?)?;
            let written = subresource::write_scale(cluster, &current, &scale)?;
            let scale = subresource::scale_of(&objects::data(&written.object));
            Ok((200, scale, written.warnings))
        }
        ("PUT" | "PATCH", "status") => {
            if !subresource::has_status(target.kind) {
                return Err(not_found());
            }
            let mut data = objects::data(&current);
            patched(&mut data, request, &body()?)?;
            let object = subresource::write_status(cluster, &current, &data)?;
            Ok((200, objects::data(&object), Vec::new()))
        }
        ("PATCH", "") => {
            let patch = body()?;
            let mut data = objects::data(&current);
            patched(&mut data, request, &patch)?;
            let strategic = request.content_type.contains("strategic");
            let sent = if strategic { Sent::Patch(&patch) } else { Sent::Whole };
            let mut strange = Vec::new();
            if request.asks("fieldValidation") != "Strict"
                && let Ok((known, misfits)) = manifest::prune(&data)
            {
                data = known;
                strange
                    .extend(misfits.iter().map(|misfit| format!("Warning: {}", misfit.sentence())));
            }
            let Written { object, warnings } = server::update(cluster, &current, &data, sent)?;
            strange.extend(warnings);
            Ok((200, objects::data(&object), strange))
        }
        ("DELETE", "") => {
            let options = json::parse(&request.body).unwrap_or_default();
            let propagation = match options.get("propagationPolicy").and_then(Value::as_str) {
                Some("Orphan") => Propagation::Orphan,
                Some("Foreground") => Propagation::Foreground,
                _ => Propagation::Background,
            };
            let grace = options.get("gracePeriodSeconds").and_then(Value::as_int);
            let grace = grace.and_then(|seconds| u32::try_from(seconds).ok());
            server::delete(cluster, &current, propagation, grace)?;
            Ok((200, shape::deleted(&current), Vec::new()))
        }
        (_, other) if !matches!(other, "" | "scale" | "status") => Err(not_found()),
        _ => {
            let sentence = "the server does not allow this method on the requested resource";
            Err(Refusal::Other("MethodNotAllowed", sentence.to_owned()))
        }
    }
}

/// Applies a patch of the kind the request says it is; the body of a `PUT` replaces.
fn patched(data: &mut Value, request: &Request, patch: &Value) -> Result<(), Refusal> {
    if request.method == "PUT" {
        *data = patch.clone();
        return Ok(());
    }
    if request.content_type.contains("json-patch") {
        return json_patch::apply(data, patch).ok_or_else(|| {
            let sentence = "the server rejected our request due to an error in our request";
            Refusal::Unreadable(sentence.to_owned())
        });
    }
    patch::check_is_map(patch)?;
    if request.content_type.contains("strategic") {
        return strategic::apply(data, patch).map_err(|problem| Refusal::Other("", problem));
    }
    json_patch::merge(data, patch);
    Ok(())
}

/// The code of a refusal.
const fn code_of(error: &ApiError) -> u16 {
    match error {
        ApiError::NotFound { .. } => 404,
        ApiError::Conflict { .. } | ApiError::AlreadyExists { .. } => 409,
        _ => 403,
    }
}
