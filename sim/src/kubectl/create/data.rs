//! `kubectl create configmap`, `secret generic`, `quota`, `poddisruptionbudget`, `namespace`,
//! `priorityclass`, and `kubectl autoscale`: objects from flags.
//!
//! Models: kubectl v1.36 `pkg/cmd/create/*.go`, `pkg/cmd/autoscale/autoscale.go`. Leaves out:
//! directories in `--from-file`.

use crate::api::value::map;
use crate::api::{Kind, Value, base64};
use crate::kubectl::error::{Error, fail};
use crate::kubectl::session::Session;
use crate::kubectl::{objects, resource, server};

pub(in crate::kubectl) const CONFIG_FLAGS: &str =
    flags!("from-literal:text from-file:text from-env-file:text append-hash type:text");
pub(in crate::kubectl) const QUOTA_FLAGS: &str = flags!("hard:text scopes:text");
pub(in crate::kubectl) const BUDGET_FLAGS: &str =
    flags!("selector:text min-available:text max-unavailable:text");
pub(in crate::kubectl) const PLAIN_FLAGS: &str = flags!("");
pub(in crate::kubectl) const CLASS_FLAGS: &str =
    flags!("value:int global-default description:text preemption-policy:text");
pub(in crate::kubectl) const AUTOSCALE_FLAGS: &str = flags!(
    "min:int max:int cpu-percent:int cpu:text memory:text name:text filename,f:text recursive,R"
);

/// Runs `create configmap`.
pub(in crate::kubectl) fn run_config_map(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    let data = entries(session)?;
    if let Some(key) = repeated(&data) {
        return fail(format!(
            "cannot add key {key:?}, another key by that name already exists in Data for ConfigMap \
             {name:?}"
        ));
    }
    let mut value = object(Kind::ConfigMap, &name);
    put_some(&mut value, "data", map_of(&data));
    finish(session, &value, "configmap")
}

/// Runs `create secret generic`.
pub(in crate::kubectl) fn run_secret(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    let data = entries(session)?;
    if let Some(key) = repeated(&data) {
        return fail(format!("cannot add key {key}, another key by that name already exists"));
    }
    let encoded: Vec<(String, String)> =
        data.into_iter().map(|(key, value)| (key, base64::encode(value.as_bytes()))).collect();
    let mut value = object(Kind::Secret, &name);
    put_some(&mut value, "data", map_of(&encoded));
    if let Some(type_) = session.args.text("type") {
        *value.entry("type") = type_.into();
    }
    finish(session, &value, "secret")
}

/// Runs `create quota`.
pub(in crate::kubectl) fn run_quota(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    let mut hard = Value::map();
    for pair in session.args.text("hard").unwrap_or("").split(',').filter(|pair| !pair.is_empty()) {
        let Some((resource, amount)) = pair.split_once('=') else {
            return fail(format!("Invalid argument syntax {pair}, expected <resource>=<value>"));
        };
        *hard.entry(resource) = amount.into();
    }
    let mut value = object(Kind::ResourceQuota, &name);
    let mut spec = Value::map();
    put_some(&mut spec, "hard", hard);
    let scopes: Vec<Value> = session
        .args
        .texts("scopes")
        .into_iter()
        .filter(|one| !one.is_empty())
        .map(Value::from)
        .collect();
    if !scopes.is_empty() {
        *spec.entry("scopes") = scopes.into();
    }
    *value.entry("spec") = spec;
    *value.entry("status") = Value::map();
    finish(session, &value, "quota")
}

/// Runs `create poddisruptionbudget`.
pub(in crate::kubectl) fn run_budget(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    let Some(selector) = session.args.text("selector").filter(|text| !text.is_empty()) else {
        return fail("a selector must be specified");
    };
    let pairs = selector.split(',').filter_map(|pair| pair.split_once('='));
    let labels = map(pairs.map(|(key, value)| (key, value.into())));
    let (least, most) = (session.args.text("min-available"), session.args.text("max-unavailable"));
    let bound = match (least, most) {
        (None, None) => return fail("one of min-available or max-unavailable must be specified"),
        (Some(_), Some(_)) => {
            return fail("min-available and max-unavailable cannot be both specified");
        }
        (Some(least), None) => ("minAvailable", number_or_text(least)),
        (None, Some(most)) => ("maxUnavailable", number_or_text(most)),
    };
    let mut value = object(Kind::PodDisruptionBudget, &name);
    *value.entry("spec") = map([bound, ("selector", map([("matchLabels", labels)]))]);
    let counts = ["currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"];
    *value.entry("status") = map(counts.map(|key| (key, 0.into())));
    finish(session, &value, "poddisruptionbudget")
}

/// Runs `create namespace`.
pub(in crate::kubectl) fn run_namespace(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    let mut value = object(Kind::Namespace, &name);
    for &part in &["spec", "status"] {
        *value.entry(part) = Value::map();
    }
    if session.prints_what_it_sends() {
        return session.print_sent(&value);
    }
    let written = server::create(session.cluster, &value, "")?;
    session.report(&written.object, "created")
}

/// Runs `create priorityclass`.
pub(in crate::kubectl) fn run_class(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    let mut value = object(Kind::PriorityClass, &name);
    *value.entry("value") = session.args.int("value").unwrap_or(0).into();
    if session.args.is_on("global-default") {
        *value.entry("globalDefault") = true.into();
    }
    if let Some(description) = session.args.text("description").filter(|text| !text.is_empty()) {
        *value.entry("description") = description.into();
    }
    let policy = session.args.text("preemption-policy").unwrap_or("PreemptLowerPriority");
    *value.entry("preemptionPolicy") = policy.into();
    finish(session, &value, "priorityclass")
}

/// Runs `autoscale`.
pub(in crate::kubectl) fn run_autoscale(session: &mut Session<'_>) -> Result<(), Error> {
    let Some(most) = session.args.int("max") else {
        return fail("required flag(s) \"max\" not set");
    };
    if most < 1 {
        return fail(format!("--max=MAXPODS is required and must be at least 1, max: {most}"));
    }
    let least = session.args.int("min").filter(|least| *least > 0);
    if let Some(least) = least.filter(|least| most < *least) {
        return fail(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {most}, min: {least}"
        ));
    }
    let words = session.args.words.clone();
    for found in session.objects(&words, resource::Naming::default())? {
        let (kind, name) = (found.kind(), found.meta().name.clone());
        if !matches!(kind, Kind::Deployment | Kind::ReplicaSet) {
            let (version, plural) = (kind.api_version(), kind.plural());
            let slash = if version.contains('/') { "" } else { "/" };
            return fail(format!(
                "cannot autoscale a {}: could not find scale subresource for {slash}{version}, \
                 Resource={plural} in discovery information",
                kind.as_str()
            ));
        }
        let own = session.args.text("name").map_or_else(|| name.to_string(), str::to_owned);
        let mut value = object(Kind::HorizontalPodAutoscaler, &own);
        *value.entry("apiVersion") = "autoscaling/v1".into();
        let target = map([
            ("apiVersion", kind.api_version().into()),
            ("kind", kind.as_str().into()),
            ("name", (&name).into()),
        ]);
        let mut spec = map([("maxReplicas", most.into()), ("scaleTargetRef", target)]);
        if let Some(least) = least {
            *spec.entry("minReplicas") = least.into();
        }
        let share =
            session.args.text("cpu").and_then(|text| text.trim_end_matches('%').parse().ok());
        let share = session.args.int("cpu-percent").filter(|share| *share >= 0).or(share);
        if let Some(share) = share {
            *spec.entry("targetCPUUtilizationPercentage") = share.into();
        }
        *value.entry("spec") = spec;
        *value.entry("status") =
            map([("currentReplicas", 0.into()), ("desiredReplicas", 0.into())]);
        if session.prints_what_it_sends() {
            session.print_sent(&value)?;
            continue;
        }
        if session.asks_nobody() {
            session.report_new(&value, "created")?;
            continue;
        }
        let namespace = session.namespace();
        let written = server::create(session.cluster, &value, &namespace)?;
        match session.args.text("output") {
            Some(form) if !form.is_empty() && form != "name" => {
                let text =
                    crate::kubectl::output::print_data(form, &objects::data(&written.object))?;
                session.out.stdout.push_str(&text);
            }
            _ => session.report(&written.object, "autoscaled")?,
        }
    }
    Ok(())
}

pub(in crate::kubectl) fn only_name(session: &Session<'_>) -> Result<String, Error> {
    match session.args.words.as_slice() {
        [name] => Ok(name.clone()),
        words => session.usage(&format!("exactly one NAME is required, got {}", words.len())),
    }
}

/// The entries that flags tell: from files, lines of files, and literals.
fn entries(session: &Session<'_>) -> Result<Vec<(String, String)>, Error> {
    let flags = &session.args;
    if flags.has("from-env-file") && (flags.has("from-file") || flags.has("from-literal")) {
        return fail("from-env-file cannot be combined with from-file or from-literal");
    }
    let mut all = Vec::new();
    let read = |path: &str| match session.desk.read(path) {
        Some(text) => Ok(text.to_owned()),
        None => fail(format!("error reading {path}: no such file or directory")),
    };
    for source in session.args.texts("from-file") {
        let (key, path) = match source.split_once('=') {
            Some((key, path)) => (key, path),
            None => (source.rsplit('/').next().unwrap_or(source), source),
        };
        all.push((key.to_owned(), read(path)?));
    }
    for path in session.args.texts("from-env-file") {
        let text = read(path)?;
        let lines = text.lines().map(str::trim_start).filter(|line| !line.starts_with('#'));
        let pairs = lines.filter_map(|line| line.split_once('='));
        all.extend(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
    for source in session.args.each("from-literal") {
        let Some((key, value)) = source.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return fail(format!("invalid literal source {source}, expected key=value"));
        };
        let value = value.trim_matches(|c| c == '"' || c == '\'');
        all.push((key.to_owned(), value.to_owned()));
    }
    Ok(all)
}

/// The first key that comes twice.
fn repeated(entries: &[(String, String)]) -> Option<&str> {
    let twice = |(place, (key, _)): (usize, &(String, String))| {
        entries[..place].iter().any(|(before, _)| before == key)
    };
    let place = entries.iter().enumerate().position(twice)?;
    Some(&entries[place].0)
}

pub(in crate::kubectl) fn object(kind: Kind, name: &str) -> Value {
    map([
        ("apiVersion", kind.api_version().into()),
        ("kind", kind.as_str().into()),
        ("metadata", map([("creationTimestamp", Value::Null), ("name", name.into())])),
    ])
}

fn map_of(pairs: &[(String, String)]) -> Value {
    map(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str().into())))
}

fn put_some(data: &mut Value, key: &str, entries: Value) {
    if entries.as_map().is_some_and(|entries| !entries.is_empty()) {
        *data.entry(key) = entries;
    }
}

fn number_or_text(text: &str) -> Value {
    text.parse().map_or_else(|_| Value::text(text), Value::Int)
}

pub(in crate::kubectl) fn finish(
    session: &mut Session<'_>,
    value: &Value,
    what: &str,
) -> Result<(), Error> {
    if session.prints_what_it_sends() {
        return session.print_sent(value);
    }
    if session.asks_nobody() {
        return session.report_new(value, "created");
    }
    let namespace = session.namespace();
    match server::create(session.cluster, value, &namespace) {
        Ok(written) => session.report(&written.object, "created"),
        Err(refusal) => fail(format!("failed to create {what}: {}", refusal.sentence())),
    }
}
