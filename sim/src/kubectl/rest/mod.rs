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
use super::selector::TypedSelector;
use super::server::{self, Sent, Written};
use super::{json, json_patch, objects, strategic};
use crate::api::value::map;
use crate::api::{Kind, Service, Value};
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
        if let Some(body) = discovery::document(&steps) {
            return Answer { code: 200, body: body.to_json() };
        }
        let outcome = match discovery::target(&steps) {
            Some(target) => self.serve(request, target),
            None => self.endpoints(&steps).ok_or_else(not_found),
        };
        match outcome {
            Ok(answer) => answer,
            Err(refusal) => {
                let (code, status) = shape::status(&refusal);
                Answer { code, body: status.to_json() }
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
        outcome.map(|(code, value)| Answer { code, body: value.to_json() })
    }

    fn read(&mut self, request: &Request, target: Target<'_>) -> Result<Answer, Refusal> {
        let ok = |value: &Value| Answer { code: 200, body: value.to_json() };
        if target.subresource == "log" {
            let sentence = "the simulator's logs are read by its own kubectl".to_owned();
            return Err(Refusal::BadRequest(sentence));
        }
        if !target.name.is_empty() {
            let object = self.find(target)?;
            let data = objects::data(&object);
            return Ok(match target.subresource {
                "scale" => ok(&shape::scale(&data)),
                _ if wants_table(request) => ok(&self.table(target.kind, &[data])),
                _ => ok(&data),
            });
        }
        let choice = Choice::of(request, target)?;
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
            return Ok(ok(&self.table(target.kind, &items)));
        }
        let version = api.resource_version().to_string();
        Ok(ok(&map([
            ("kind", format!("{}List", target.kind).into()),
            ("apiVersion", target.kind.api_version().into()),
            ("metadata", map([("resourceVersion", version.into())])),
            ("items", items.into()),
        ])))
    }

    fn find(&self, target: Target<'_>) -> Result<AnyObject, Refusal> {
        let namespace = target.namespace.unwrap_or("");
        objects::find(self.cluster.api(), target.kind, namespace, target.name)
    }

    fn table(&self, kind: Kind, items: &[Value]) -> Value {
        let version = self.cluster.api().resource_version();
        shape::table(kind, items, self.cluster.now(), version)
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
                        shape::table(target.kind, &[data], event.at, meta.resource_version)
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
        Answer { code: 200, body }
    }

    /// `v1` Endpoints, which are made from slices.
    fn endpoints(&self, steps: &[&str]) -> Option<Answer> {
        let ["api", "v1", "namespaces", namespace, "endpoints", name] = steps else {
            return None;
        };
        let service = self.cluster.api().get::<Service>(namespace, name).ok()?;
        let value = endpoints::of(self.cluster.api(), service);
        Some(Answer { code: 200, body: value.to_json() })
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
    fields: Vec<(Vec<String>, String, bool)>,
}

impl Choice {
    fn of(request: &Request, target: Target<'_>) -> Result<Self, Refusal> {
        let labels = TypedSelector::parse(request.asks("labelSelector")).map_err(|problem| {
            Refusal::BadRequest(format!("unable to parse requirement: {problem}"))
        })?;
        let mut fields = Vec::new();
        for part in request.asks("fieldSelector").split(',').filter(|part| !part.is_empty()) {
            let (path, value, equal) = if let Some((path, value)) = part.split_once("!=") {
                (path, value, false)
            } else if let Some((path, value)) = part.split_once("==").or(part.split_once('=')) {
                (path, value, true)
            } else {
                let sentence = format!("invalid selector: '{part}'; can't understand '{part}'");
                return Err(Refusal::BadRequest(sentence));
            };
            let path = path.split('.').map(str::to_owned).collect();
            fields.push((path, value.to_owned(), equal));
        }
        let _ = target;
        Ok(Self { labels, fields })
    }

    fn takes(&self, object: &AnyObject) -> bool {
        if !self.labels.matches(&object.meta().labels) {
            return false;
        }
        if self.fields.is_empty() {
            return true;
        }
        let data = objects::data(object);
        self.fields.iter().all(|(path, value, equal)| {
            let steps: Vec<&str> = path.iter().map(String::as_str).collect();
            let found = data.at(&steps).and_then(Value::scalar_text).unwrap_or_default();
            (*found == **value) == *equal
        })
    }
}

/// Carries out a request that changes something.
fn write(
    cluster: &mut Cluster,
    request: &Request,
    target: Target<'_>,
) -> Result<(u16, Value), Refusal> {
    let namespace = target.namespace.unwrap_or("");
    let body = || match json::parse(&request.body) {
        Ok(value) => Ok(value),
        Err(problem) => Err(Refusal::BadRequest(problem)),
    };
    if request.method == "POST" && target.name.is_empty() {
        let written = server::create(cluster, &body()?, namespace)?;
        return Ok((201, objects::data(&written.object)));
    }
    let current = objects::find(cluster.api(), target.kind, namespace, target.name)?;
    match (request.method.as_str(), target.subresource) {
        ("PUT", "") => {
            let written = server::update(cluster, &current, &body()?, Sent::Whole)?;
            Ok((200, objects::data(&written.object)))
        }
        ("PUT" | "PATCH", "scale") => {
            let mut data = objects::data(&current);
            let mut scale = shape::scale(&data);
            patched(&mut scale, request, &body()?)?;
            let replicas = scale.at(&["spec", "replicas"]).cloned().unwrap_or_default();
            *data.entry("spec").entry("replicas") = replicas;
            let written = server::update(cluster, &current, &data, Sent::Whole)?;
            Ok((200, shape::scale(&objects::data(&written.object))))
        }
        ("PATCH", "") => {
            let patch = body()?;
            let mut data = objects::data(&current);
            patched(&mut data, request, &patch)?;
            let strategic = request.content_type.contains("strategic");
            let sent = if strategic { Sent::Patch(&patch) } else { Sent::Whole };
            if request.asks("fieldValidation") != "Strict"
                && let Ok((known, _)) = manifest::prune(&data)
            {
                data = known;
            }
            let Written { object, .. } = server::update(cluster, &current, &data, sent)?;
            Ok((200, objects::data(&object)))
        }
        ("DELETE", "") => {
            let options = json::parse(&request.body).unwrap_or_default();
            let orphan = options.get("propagationPolicy").and_then(Value::as_str) == Some("Orphan");
            let propagation = if orphan { Propagation::Orphan } else { Propagation::Background };
            let grace = options.get("gracePeriodSeconds").and_then(Value::as_int);
            let grace = grace.and_then(|seconds| u32::try_from(seconds).ok());
            server::delete(cluster, &current, propagation, grace)?;
            Ok((200, shape::deleted(&current)))
        }
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
