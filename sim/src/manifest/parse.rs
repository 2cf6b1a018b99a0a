//! Text to documents: untyped values, and where each of them stands.
//!
//! Models: kubectl's reading of `-f` files: documents are cut apart at `---` before any is parsed,
//! so one broken document spoils no other; a key given twice takes the last value.

use super::diagnostic::{Diagnostic, Severity};
use super::syntax::{
    Chunk, Mark, Node, Span, SyntaxError, control_character, read_documents, split, step,
};
use super::values::Reading;
use crate::api::Value;

/// The longest text that is read, in bytes.
const MAX_BYTES: usize = 10 << 20;

/// What a text holds.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The documents that could be read, in order, and the broken ones in their places.
    pub documents: Vec<Document>,
    /// Every syntax error and every doubtful spot.
    pub diagnostics: Vec<Diagnostic>,
}

/// One document of a text.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its data; null when it is empty or broken.
    pub value: Value,
    /// Why it could not be read, in kubectl's words: `yaml: line 6: did not find expected key`.
    pub syntax_error: Option<String>,
    pub(super) tree: Node,
    pub(super) first_line: u32,
}

/// Where a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpan {
    /// The key, unless the field is an item of a list or the whole document.
    pub key: Option<Span>,
    /// The value.
    pub value: Span,
}

/// Reads every document of a text.
pub fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    if text.len() > MAX_BYTES {
        let message = format!("the text is longer than {} MiB", MAX_BYTES >> 20);
        parsed.refuse(&SyntaxError::scanner(Mark::default(), message), 0);
        return parsed;
    }
    for chunk in split(text) {
        parsed.read(&chunk);
    }
    parsed
}

impl Parsed {
    fn read(&mut self, chunk: &Chunk) {
        if let Some(error) = control_character(&chunk.text) {
            return self.refuse(&error, chunk.first_line);
        }
        let (nodes, error) = read_documents(&chunk.text);
        for tree in nodes {
            let mut reading = Reading {
                diagnostics: &mut self.diagnostics,
                line: chunk.first_line,
                error: None,
                path: String::new(),
            };
            let value = reading.value(&tree);
            if let Some(error) = reading.error.take() {
                self.refuse(&error, chunk.first_line);
            } else if value != Value::Null {
                let first_line = chunk.first_line;
                self.documents.push(Document { value, syntax_error: None, tree, first_line });
            }
        }
        if let Some(error) = error {
            self.refuse(&error, chunk.first_line);
        }
    }

    fn refuse(&mut self, error: &SyntaxError, first_line: u32) {
        let span = Span::moved(Span { start: error.mark, end: error.mark }, first_line);
        let diagnostic = Diagnostic::new(Severity::Error, span, "", error.message.clone());
        self.diagnostics.push(diagnostic);
        self.documents.push(Document {
            value: Value::Null,
            syntax_error: Some(error.kubectl_text()),
            tree: Node::null(error.mark),
            first_line,
        });
    }
}

impl Document {
    /// Where the field at `path` stands, or the nearest one around it that was typed.
    pub fn locate(&self, path: &str) -> FieldSpan {
        let mut found = FieldSpan { key: None, value: self.tree.span };
        let mut node = &self.tree;
        let mut rest = path;
        while let Some((key, child, left)) = step(node, rest) {
            found = FieldSpan { key: key.map(|key| key.span), value: child.span };
            node = child;
            rest = left;
        }
        FieldSpan {
            key: found.key.map(|span| Span::moved(span, self.first_line)),
            value: Span::moved(found.value, self.first_line),
        }
    }

    /// Whether exactly the field at `path` was typed.
    pub fn has(&self, path: &str) -> bool {
        let mut node = &self.tree;
        let mut rest = path;
        while !rest.is_empty() {
            let Some((_, child, left)) = step(node, rest) else {
                return false;
            };
            node = child;
            rest = left;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Vec<String> {
        parse(text).documents.iter().map(|document| document.value.to_json()).collect()
    }

    fn problems(text: &str) -> Vec<String> {
        parse(text).diagnostics.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_broken_document_spoils_no_other() {
        let text = "a: 1\n---\nb: [1\n---\n# nothing\n---\nc: {d: 2}\n";
        assert_eq!(json(text), [r#"{"a":1}"#, "null", r#"{"c":{"d":2}}"#]);
        assert_eq!(problems(text), ["4:1: did not find expected ',' or ']'"]);
    }

    #[test]
    fn the_last_of_two_equal_keys_counts_and_the_editor_is_told() {
        let text = "spec:\n  replicas: 2\n  replicas: 3\n";
        assert_eq!(json(text), [r#"{"spec":{"replicas":3}}"#]);
        let warning = &parse(text).diagnostics[0];
        assert_eq!(warning.severity, Severity::Warning);
        assert_eq!((warning.line, warning.path.as_str()), (3, "spec.replicas"));
    }

    #[test]
    fn anchors_and_merges_are_resolved() {
        let text = "base: &b {cpu: 1, memory: 2}\nweb: {<<: *b, cpu: 4}\n";
        assert_eq!(json(text), [r#"{"base":{"cpu":1,"memory":2},"web":{"cpu":4,"memory":2}}"#]);
    }

    #[test]
    fn fields_are_found_by_path_even_when_their_keys_hold_dots() {
        let text = "metadata:\n  labels:\n    app.kubernetes.io/name: web\nports:\n- {a: 1}\n";
        let document = &parse(text).documents[0];
        let span = document.locate("metadata.labels.app.kubernetes.io/name");
        assert_eq!(span.value.start, Mark { line: 2, column: 28 });
        let span = document.locate("ports[0].a");
        assert_eq!(span.value.start, Mark { line: 4, column: 6 });
        assert!(!document.has("ports[0].b"));
        let around = document.locate("ports[0].b");
        assert_eq!(around.value.start, Mark { line: 4, column: 2 });
    }

    #[test]
    fn bombs_are_defused() {
        let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for i in 1..10 {
            let list = vec![format!("*a{}", i - 1); 10].join(",");
            laughs = format!("{laughs}a{i}: &a{i} [{list}]\n");
        }
        assert_eq!(parse(&laughs).documents[0].value, Value::Null);
        for deep in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(5_000)] {
            assert!(problems(&deep)[0].contains("exceeded max depth"));
        }
        assert!(problems("a: \u{1}\n")[0].contains("control characters"));
    }
}
