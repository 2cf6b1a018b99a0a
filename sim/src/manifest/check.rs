//! Everything that is wrong with a text, located: what an editor shows while one types.

use super::decode::{self, DecodeError};
use super::diagnostic::{Diagnostic, Severity, did_you_mean};
use super::object::Object;
use super::parse::{self, Document};
use super::read;
use super::schema;
use super::strict::{self, Misfit, MisfitKind};
use super::validate::{self, FieldError, FieldErrorKind};
use crate::api::{Kind, Value};

/// How many problems of one object are shown.
const MAX_PROBLEMS: usize = 100;

/// Reads a text: the objects that are right, and every problem of those that are not, in the order
/// of the text.
pub fn check(text: &str) -> (Vec<Object>, Vec<Diagnostic>) {
    let parsed = parse::parse(text);
    let (mut objects, mut diagnostics) = (Vec::new(), parsed.diagnostics);
    for document in parsed.documents.iter().filter(|document| document.syntax_error.is_none()) {
        for (prefix, value) in parts(&document.value) {
            let (object, problems) = Part { document, prefix: &prefix, value }.read();
            objects.extend(object);
            diagnostics.extend(problems);
        }
    }
    crate::order::sort_by_key(&mut diagnostics, |diagnostic| (diagnostic.line, diagnostic.column));
    diagnostics.truncate(10 * MAX_PROBLEMS);
    (objects, diagnostics)
}

/// The objects in a document, each with the path to it: several in a `kind: List`.
fn parts(value: &Value) -> Vec<(String, &Value)> {
    let is_list = value.get("kind").and_then(Value::as_str) == Some("List");
    match value.get("items").and_then(Value::as_list) {
        Some(items) if is_list => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| (format!("items[{index}]"), item)).collect()
        }
        _ => vec![(String::new(), value)],
    }
}

/// One object in a document.
struct Part<'a> {
    document: &'a Document,
    prefix: &'a str,
    value: &'a Value,
}

impl Part<'_> {
    /// The object, if no rule is broken, and what is to be said of it.
    fn read(&self) -> (Option<Object>, Vec<Diagnostic>) {
        let kind = match decode::kind_of(self.value) {
            Ok(kind) => kind,
            Err(error) => return (None, vec![self.unknown_kind(&error)]),
        };
        let mut misfits = strict::misfits(kind.as_str(), self.value);
        misfits.truncate(MAX_PROBLEMS);
        let mut found: Vec<Diagnostic> = misfits.iter().map(|misfit| self.misfit(misfit)).collect();
        let value = decode::with_defaults(kind, self.value);
        let errors = validate::validate_value(kind, &value);
        // What was dropped because it does not fit is not missing.
        let errors = errors.iter().filter(|error| !explained(error, &misfits));
        found.extend(errors.take(MAX_PROBLEMS).map(|error| self.broken_rule(error)));
        let object = found.is_empty().then(|| read::object(kind, &value));
        found.extend(self.warnings(kind, &value));
        (object, found)
    }

    fn unknown_kind(&self, error: &DecodeError) -> Diagnostic {
        let (severity, key, suggestion) = match error {
            DecodeError::UnknownKind { kind, suggestion, .. } => {
                if *suggestion == Some(&**kind) {
                    // The kind is right. Where it has several versions, the last is the newest.
                    let mut kinds = schema::KINDS.iter().rev();
                    let version = kinds.find(|(known, _)| *known == &**kind);
                    (Severity::Error, "apiVersion", version.map(|(_, version)| *version))
                } else {
                    (Severity::Error, "kind", *suggestion)
                }
            }
            DecodeError::WrongCase { kind, .. } => (Severity::Error, "kind", Some(*kind)),
            DecodeError::NotSimulated { .. } => (Severity::Warning, "kind", None),
            DecodeError::NotAnObject
            | DecodeError::NotSet { .. }
            | DecodeError::Malformed { .. } => (Severity::Error, "", None),
        };
        let mut diagnostic = self.diagnostic(severity, key, error.to_string(), false);
        diagnostic.suggestion = suggestion.map(str::to_owned);
        diagnostic
    }

    fn misfit(&self, misfit: &Misfit) -> Diagnostic {
        let at_key = misfit.kind == MisfitKind::UnknownField;
        let message = if at_key {
            misfit.plain_words.clone()
        } else {
            format!("{}: {}", misfit.path, misfit.plain_words)
        };
        let mut diagnostic = self.diagnostic(Severity::Error, &misfit.path, message, at_key);
        diagnostic.suggestion.clone_from(&misfit.suggestion);
        diagnostic
    }

    fn broken_rule(&self, error: &FieldError) -> Diagnostic {
        // Some of the server's paths are not those one types.
        let path = error.path.replace("template.labels", "template.metadata.labels");
        let path = path.replace("template.annotations", "template.metadata.annotations");
        let path = path.replace("spec.clusterIPs[0]", "spec.clusterIP");
        let path = path.replace("spec.LoadBalancer", "spec.loadBalancer").replace("[]", "");
        let whole = matches!(error.kind, FieldErrorKind::Required | FieldErrorKind::Forbidden);
        let mut diagnostic = self.diagnostic(Severity::Error, &path, error.to_string(), whole);
        if error.kind == FieldErrorKind::Unsupported {
            // Every second part stands between quotes.
            let supported = error.detail.split('"').skip(1).step_by(2);
            diagnostic.suggestion =
                did_you_mean(error.value.trim_matches('"'), supported).map(str::to_owned);
        }
        diagnostic
    }

    fn warnings(&self, kind: Kind, value: &Value) -> Vec<Diagnostic> {
        let warnings = validate::warnings(kind, value).into_iter().take(MAX_PROBLEMS);
        warnings
            .map(|(path, message)| {
                let colon = if path.is_empty() { "" } else { ": " };
                let message = format!("{path}{colon}{message}");
                self.diagnostic(Severity::Warning, &path, message, false)
            })
            .collect()
    }

    /// A problem at a field: at its key, or at its value.
    fn diagnostic(
        &self,
        severity: Severity,
        path: &str,
        message: String,
        at_key: bool,
    ) -> Diagnostic {
        let full = match (self.prefix, path) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}.{path}"),
        };
        let place = self.document.locate(&full);
        let span = if at_key || !self.document.has(&full) {
            place.key.unwrap_or(place.value)
        } else {
            place.value
        };
        Diagnostic::new(severity, span, &full, message)
    }
}

/// Whether a value that does not fit is what breaks the rule: it was left out.
fn explained(error: &FieldError, misfits: &[Misfit]) -> bool {
    let wrong = misfits.iter().filter(|misfit| misfit.kind != MisfitKind::UnknownField);
    wrong.map(|misfit| misfit.path.as_str()).any(|path| {
        path.starts_with(error.path.as_str())
            || error.path.starts_with(path)
            || (error.path.starts_with("spec.template") && path.starts_with("spec.selector"))
    })
}

#[cfg(test)]
mod tests {
    use super::check;

    const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: server
        image: web:v1
";

    fn problems(text: &str) -> Vec<String> {
        check(text).1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_good_manifest_is_an_object_without_problems() {
        let (objects, diagnostics) = check(WEB);
        assert_eq!((objects.len(), diagnostics), (1, vec![]));
    }

    #[test]
    fn all_problems_are_found_at_once_and_where_they_are() {
        let text = WEB
            .replace("spec:\n  selector", "spec:\n  replica: 2\n  paused: 5\n  selector")
            .replace("labels: {app: web}", "labels: {app: other}")
            .replace("image: web:v1", "env: [{name: A B, value: 1}]");
        assert_eq!(
            problems(&text),
            [
                "6:3: unknown field \"spec.replica\"",
                "7:11: spec.paused: must be true or false, not the number 5",
                "12:15: spec.template.metadata.labels: Invalid value: map[string]string{\"app\":\"other\"}: \
                 `selector` does not match template `labels`",
                "15:9: spec.template.spec.containers[0].image: Required value",
                "16:22: spec.template.spec.containers[0].env[0].name: Invalid value: \"A B\": a valid \
                 environment variable name must consist of alphabetic characters, digits, '_', '-', or \
                 '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or \
                 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')",
                "16:34: spec.template.spec.containers[0].env[0].value: must be text, not the number 1",
            ]
        );
        let suggestions: Vec<_> =
            check(&text).1.into_iter().filter_map(|diagnostic| diagnostic.suggestion).collect();
        assert_eq!(suggestions, ["replicas", "\"1\""]);
    }

    #[test]
    fn versions_and_values_that_are_nearly_right_can_be_mended() {
        let mended = |from: &str, to: &str| {
            let problems = check(&WEB.replace(from, to)).1;
            problems.into_iter().find_map(|problem| problem.suggestion)
        };
        assert_eq!(mended("apps/v1", "apps/v1beta1").as_deref(), Some("apps/v1"));
        let policy = "image: web:v1\n        imagePullPolicy: Allways";
        assert_eq!(mended("image: web:v1", policy).as_deref(), Some("Always"));
        assert_eq!(mended("image: web:v1", &policy.replace("Allways", "Sometimes")), None);
    }

    #[test]
    fn kinds_that_are_not_simulated_are_a_warning_and_typing_errors_are_not() {
        let text = "apiVersion: batch/v1\nkind: Job\n---\napiVersion: v1\nkind: Pot\n---\n5\n";
        assert_eq!(
            problems(text),
            [
                "2:7: the simulator has no objects of kind \"Job\"",
                "5:7: no matches for kind \"Pot\" in version \"v1\"",
                "7:1: invalid object to validate",
            ]
        );
        assert_eq!(check(text).1[1].suggestion.as_deref(), Some("Pod"));
    }

    /// A manifest with most of what manifests hold.
    const INFERENCE: &str = r#"# A stand-in inference server.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: inference
  labels: &labels {app: inference, "tier": 'web'}
spec:
  replicas: 3
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 1}}
  selector:
    matchLabels: *labels
  template:
    metadata:
      labels: *labels
    spec:
      containers:
        - name: server
          image: busybox:1.36
          env:
            - {name: VERSION, value: v1}
          command: ["sh", "-c"]
          args:
            - |
              echo "loading model $VERSION"
              sleep 8

          ports:
            - {name: http, containerPort: 8080}
          resources: {limits: {cpu: 500m, nvidia.com/gpu: 1}}
          readinessProbe:
            exec:
              command: >-
                cat
            periodSeconds: 2
---
{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a\u00e9"},
"spec": {"ports": [{"port": 80, "targetPort": "http"}]}}
"#;

    #[test]
    fn no_text_breaks_the_reader() {
        for (end, _) in INFERENCE.char_indices() {
            check(&INFERENCE[..end]);
        }
        let replacements =
            ["", "\0", "\t", "\n", " ", ":", "-", "{", "]", "\"", "'", "&", "*", "|", "é"];
        for (at, c) in INFERENCE.char_indices() {
            for replacement in replacements {
                let (before, after) = (&INFERENCE[..at], &INFERENCE[at + c.len_utf8()..]);
                check(&format!("{before}{replacement}{after}"));
            }
        }
    }

    #[test]
    fn lists_are_taken_apart() {
        let service =
            "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 0}]}}";
        let text = format!("apiVersion: v1\nkind: List\nitems:\n- {service}\n");
        let problems = check(&text).1;
        // The port is also the target, which must be in range as well.
        let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["items[0].spec.ports[0].targetPort", "items[0].spec.ports[0].port"]);
        assert_eq!(problems[0].line, 4);
    }
}
