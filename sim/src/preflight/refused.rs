//! Manifests that the API server refuses: what it says, where the trouble stands, and where a field
//! belongs that stands in the wrong place.

use super::subject::parts;
use super::{Evidence, Finding, Fix, Remedy, Severity};
use crate::api::Value;
use crate::cluster::{Cluster, Config};
use crate::command::Command;
use crate::kubectl::unified::hunks;
use crate::manifest::schema::{self, Shape};
use crate::manifest::{Diagnostic, Document, Edit, check, edit, kind_of, parse};

/// How far below its own place a field is looked for.
const DEPTH: usize = 2;
/// The ways down: what does the work stands in few places, and others are more likely mistaken than
/// meant.
const WAYS: [&str; 7] =
    ["spec", "template", "containers", "strategy", "rollingUpdate", "selector", "metadata"];
/// The most problems that are told.
const MOST: usize = 20;

/// What is wrong with a text that is refused, after one try to apply it.
pub(super) fn findings(config: &Config, text: &str) -> Vec<super::Open> {
    let said = applied(config, text);
    let documents = parse(text).documents;
    let errors = check(text).1.into_iter().filter(Diagnostic::is_error).take(MOST);
    let open = |problem: Diagnostic| {
        let finding = misplaced(config, text, &documents, &problem, &said)
            .unwrap_or_else(|| plain(config, text, &problem, &said));
        super::Open {
            finding,
            check: super::Check::Unseen,
            scene: super::Scene::Release,
            item: 0,
            candidates: Vec::new(),
            tried: Vec::new(),
        }
    };
    errors.map(open).collect()
}

/// What kubectl says to the text; nothing when it is taken.
fn applied(config: &Config, text: &str) -> String {
    let output = Cluster::new(config.clone()).apply(&Command::apply(text));
    if output.code == 0 { String::new() } else { output.stderr.trim_end().to_owned() }
}

/// A finding where a problem stands.
fn finding(
    id: &'static str,
    title: &'static str,
    problem: &Diagnostic,
    explanation: String,
    said: &str,
    remedy: Remedy,
) -> Finding {
    Finding {
        id,
        severity: Severity::Failure,
        title,
        object: String::new(),
        path: problem.path.clone(),
        line: problem.line,
        column: problem.column,
        end_line: problem.end_line,
        end_column: problem.end_column,
        explanation,
        evidence: evidence(said),
        remedy,
    }
}

fn evidence(said: &str) -> Evidence {
    if said.is_empty() {
        Evidence::NotShown("kubectl apply took it".to_owned())
    } else {
        Evidence::Shown(format!("kubectl apply said `{said}`, and nothing was made"))
    }
}

/// A change that was tried: it works when this problem is gone.
fn remedy(config: &Config, old: &str, new: Option<String>, title: String, message: &str) -> Remedy {
    let Some(new) = new else {
        return Remedy::Nothing("no change of this text is known that helps".to_owned());
    };
    let left = check(&new).1.into_iter().filter(Diagnostic::is_error);
    let left: Vec<Diagnostic> = left.collect();
    if left.iter().any(|problem| problem.message == message) {
        return Remedy::Nothing(format!("{title} does not help"));
    }
    let said = applied(config, &new);
    let after = match (said.is_empty(), left.len()) {
        (true, _) => "kubectl apply took it".to_owned(),
        (false, 1) => "this problem is gone, 1 other is left".to_owned(),
        (false, others) => format!("this problem is gone, {others} others are left"),
    };
    let (edit, diff) = (Edit::between(old, &new), hunks(old, &new));
    Remedy::Works(Fix { title, edit, diff, after })
}

fn plain(config: &Config, text: &str, problem: &Diagnostic, said: &str) -> Finding {
    // Of two bounds that may not both be 0, the one that is told needs no room for more pods.
    let one =
        || problem.message.contains("may not be 0 when `maxSurge` is 0").then(|| "1".to_owned());
    let suggestion = problem.suggestion.clone().or_else(one);
    let fix = suggestion.as_ref().map(|suggestion| {
        let at = |line: u32, column: u32| {
            let line = (line - 1) as usize;
            let begins: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
            let letters = text[begins..].char_indices().map(|(at, _)| begins + at);
            letters.chain([text.len()]).nth((column - 1) as usize).unwrap_or(text.len())
        };
        let from = at(problem.line, problem.column);
        let to = at(problem.end_line, problem.end_column).max(from);
        (format!("change it to {suggestion}"), [&text[..from], suggestion, &text[to..]].concat())
    });
    let remedy = match fix {
        Some((title, new)) => remedy(config, text, Some(new), title, &problem.message),
        None => Remedy::Nothing("only its author knows what was meant".to_owned()),
    };
    finding(
        "refused",
        "The API server refuses the manifest",
        problem,
        format!("{}. Nothing else is tried before it is mended.", problem.message),
        said,
        remedy,
    )
}

/// A field that exists, but not there.
fn misplaced(
    config: &Config,
    text: &str,
    documents: &[Document],
    problem: &Diagnostic,
    said: &str,
) -> Option<Finding> {
    let word = problem.message.strip_prefix("unknown field \"")?.strip_suffix('"')?;
    for (number, document) in documents.iter().enumerate() {
        for (prefix, value) in parts(&document.value) {
            let Ok(kind) = kind_of(value) else { continue };
            let Some((steps, typed)) = find(value, word) else { continue };
            let line = {
                let place = document.locate(&problem.path);
                place.key.unwrap_or(place.value).start.line + 1
            };
            if line != problem.line {
                continue;
            }
            // What was typed with a slip of the finger is no other field.
            let target = belongs(kind.as_str(), value, &steps)?;
            let from: Vec<&str> = prefix.iter().chain(&steps).map(String::as_str).collect();
            let to: Vec<&str> = prefix.iter().chain(&target).map(String::as_str).collect();
            let new = edit::remove(text, number, &from)
                .and_then(|text| edit::set(&text, number, &to, typed, "selector"));
            let path = shown(&target);
            let field = steps.last()?;
            let parent = shown(&steps[..steps.len() - 1]);
            return Some(finding(
                "misplaced-field",
                "A field stands in the wrong place",
                problem,
                format!(
                    "{parent} has no field {field}: it belongs to {path}. A server that does not check \
                     drops the field without a word, and the default is used. Nothing else is tried \
                     before it is mended."
                ),
                said,
                remedy(config, text, new, format!("move it to {path}"), &problem.message),
            ));
        }
    }
    None
}

/// A path as people write it.
fn shown(steps: &[String]) -> String {
    let mut out = String::new();
    for step in steps {
        if step.bytes().all(|letter| letter.is_ascii_digit()) {
            out = format!("{out}[{step}]");
        } else if out.is_empty() {
            out.clone_from(step);
        } else {
            out = format!("{out}.{step}");
        }
    }
    out
}

/// The steps to a field from its path as it is shown, and its value.
fn find<'v>(value: &'v Value, path: &str) -> Option<(Vec<String>, &'v Value)> {
    let (mut steps, mut value) = (Vec::new(), value);
    let words = path.split(['.', '[', ']']).filter(|word| !word.is_empty());
    for word in words {
        value = match value {
            Value::List(items) => items.get(word.parse::<usize>().ok()?)?,
            _ => value.as_map()?.get(word)?,
        };
        steps.push(word.to_owned());
    }
    Some((steps, value))
}

/// Where a field belongs: in what holds its holder, or a little below that.
fn belongs(kind: &'static str, value: &Value, steps: &[String]) -> Option<Vec<String>> {
    let (field, holders) = steps.split_last()?;
    for length in (0..=holders.len()).rev() {
        let place = &holders[..length];
        let Some(type_) = type_at(kind, place) else { continue };
        if let Some(mut found) = below(type_, field, DEPTH, length == holders.len()) {
            let mut target = place.to_vec();
            // Into the first item of a list that is there.
            target.append(&mut found);
            return (!is_there(value, &target)).then_some(target);
        }
    }
    None
}

/// The struct at a place.
fn type_at(kind: &'static str, steps: &[String]) -> Option<&'static str> {
    let mut type_ = kind;
    for step in steps {
        type_ = match schema::shape(type_) {
            Shape::List(item) if step.parse::<usize>().is_ok() => item,
            Shape::Struct(name) => schema::field(name, step)?,
            _ => return None,
        };
    }
    match schema::shape(type_) {
        Shape::Struct(name) => Some(name),
        _ => None,
    }
}

/// The way from a struct down to a field of this name. `strictly` leaves out the struct itself.
fn below(type_: &'static str, field: &str, depth: usize, strictly: bool) -> Option<Vec<String>> {
    if !strictly && schema::field(type_, field).is_some() {
        return Some(vec![field.to_owned()]);
    }
    if depth == 0 {
        return None;
    }
    WAYS.into_iter().find_map(|way| {
        let (inner, index) = match schema::shape(schema::field(type_, way)?) {
            Shape::Struct(name) => (name, None),
            Shape::List(item) => (item, Some("0".to_owned())),
            _ => return None,
        };
        let rest = below(inner, field, depth - 1, false)?;
        let way = std::iter::once(way.to_owned());
        Some(way.chain(index).chain(rest).collect())
    })
}

fn is_there(value: &Value, steps: &[String]) -> bool {
    find(value, &shown(steps)).is_some()
}
