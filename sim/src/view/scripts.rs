//! What of a manifest's scripts will not be acted out as a cluster would: errors of syntax, programs
//! that are not simulated or not in their image, images that the registry does not have.

use crate::api::PodSpec;
use crate::kubelet::plan;
use crate::manifest::{self, Diagnostic, Document, Object, Severity};

/// Such remarks on every container of a text, each with its place.
pub fn scripts(text: &str) -> Vec<Diagnostic> {
    let parsed = manifest::parse(text);
    let documents = parsed.documents.iter().filter(|document| document.syntax_error.is_none());
    documents.flat_map(of_document).collect()
}

fn of_document(document: &Document) -> Vec<Diagnostic> {
    match manifest::decode_defaulted(&document.value) {
        Ok(Object::Deployment(object)) => {
            of_pod(document, "spec.template.spec", &object.spec.template.spec)
        }
        Ok(Object::ReplicaSet(object)) => {
            of_pod(document, "spec.template.spec", &object.spec.template.spec)
        }
        Ok(Object::Pod(object)) => of_pod(document, "spec", &object.spec),
        _ => Vec::new(),
    }
}

fn of_pod(document: &Document, prefix: &str, spec: &PodSpec) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let lists = [("initContainers", &spec.init_containers), ("containers", &spec.containers)];
    let containers = lists.into_iter().flat_map(|(list, containers)| {
        containers.iter().enumerate().map(move |(index, container)| (list, index, container))
    });
    for (place, (list, index, container)) in containers.enumerate() {
        let path = format!("{prefix}.{list}[{index}]");
        match plan::remarks(spec, place, container) {
            Ok(remarks) => {
                let words = [("command", &container.command), ("args", &container.args)];
                let words = words.into_iter().flat_map(|(list, words)| {
                    words.iter().enumerate().map(move |(index, word)| (list, index, word))
                });
                // The script is the longest of the words.
                let script = words.max_by_key(|(.., word)| word.len());
                for remark in remarks {
                    let place = match script {
                        Some((list, index, _)) => format!("{path}.{list}[{index}]"),
                        None => format!("{path}.image"),
                    };
                    let lines =
                        script.map_or(0, |(.., word)| word.trim_end().matches('\n').count());
                    // A block begins on the line below its sign.
                    let line = if lines > 0 { remark.line } else { 0 };
                    found.push(warning(document, &place, line, &remark.text));
                }
            }
            Err(why) => found.push(warning(document, &format!("{path}.image"), 0, &why)),
        }
    }
    found
}

/// A warning so many lines below where a field stands.
fn warning(document: &Document, path: &str, line: u32, text: &str) -> Diagnostic {
    let span = document.locate(path).value;
    let mut diagnostic = Diagnostic::new(Severity::Warning, span, path, text.to_owned());
    if line > 0 {
        diagnostic.line += line;
        diagnostic.end_line = diagnostic.line;
        (diagnostic.column, diagnostic.end_column) = (1, 2);
    }
    diagnostic
}
