//! Text to documents: untyped values, and where each of them stands.
//!
//! Models: kubectl's reading of `-f` files: documents are cut apart at `---` before any is parsed,
//! so one broken document spoils no other; a key given twice takes the last value.

use std::collections::BTreeMap;

use super::diagnostic::{Diagnostic, Severity};
use super::scalar;
use super::token::{Mark, Span, SyntaxError};
use super::tree::{self, Content, Node};
use crate::api::{Name, Value};

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
    tree: Node,
    first_line: u32,
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
        let (nodes, error) = tree::read(&chunk.text);
        for tree in nodes {
            let mut reading =
                Reading { diagnostics: &mut self.diagnostics, line: chunk.first_line, error: None };
            let value = reading.value(&tree, "");
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
        let span = moved(Span { start: error.mark, end: error.mark }, first_line);
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
            key: found.key.map(|span| moved(span, self.first_line)),
            value: moved(found.value, self.first_line),
        }
    }

    /// Whether exactly the field at `path` was typed.
    pub fn has(&self, path: &str) -> bool {
        let mut node = &self.tree;
        let mut rest = path;
        while !rest.is_empty() {
            let Some((_, child, left)) = step(node, rest) else { return false };
            node = child;
            rest = left;
        }
        true
    }
}

/// The child a path leads to first, and the rest of the path. Keys may hold dots: the longest key
/// that fits is taken.
fn step<'n, 'p>(node: &'n Node, path: &'p str) -> Option<(Option<&'n Node>, &'n Node, &'p str)> {
    let path = path.strip_prefix('.').unwrap_or(path);
    let bracketed = path.strip_prefix('[').and_then(|inner| inner.split_once(']'));
    match &node.content {
        Content::Scalar { .. } => None,
        Content::List(items) => {
            let (index, left) = bracketed?;
            Some((None, items.get(index.parse::<usize>().ok()?)?, left))
        }
        Content::Map(entries) => {
            let mut best: Option<(&Node, &Node, &str)> = None;
            for (key, value) in entries {
                let Content::Scalar { text, .. } = &key.content else { continue };
                let left = match bracketed {
                    Some((inside, left)) if inside == text.as_str() => Some(left),
                    _ => path.strip_prefix(text.as_str()).filter(|_| !text.is_empty()),
                };
                let Some(left) = left else { continue };
                let whole = left.is_empty() || left.starts_with(['.', '[']);
                // Of keys that are equal the last one counts.
                if whole && best.is_none_or(|(_, _, shortest)| left.len() <= shortest.len()) {
                    best = Some((key, value, left));
                }
            }
            best.map(|(key, value, left)| (Some(key), value, left))
        }
    }
}

const fn moved(span: Span, lines: u32) -> Span {
    Span {
        start: Mark { line: span.start.line + lines, column: span.start.column },
        end: Mark { line: span.end.line + lines, column: span.end.column },
    }
}

/// The text of one or more documents, and the line it starts on.
struct Chunk {
    text: String,
    first_line: u32,
}

/// Cuts the text at lines that start with `---`. The dashes become spaces, so that columns stay.
fn split(text: &str) -> Vec<Chunk> {
    let mut chunks = vec![Chunk { text: String::new(), first_line: 0 }];
    for (number, line) in (0_u32..).zip(text.split_inclusive('\n')) {
        let rest = line.strip_prefix("---");
        let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if let Some(rest) = rest {
            chunks.push(Chunk { text: format!("   {rest}"), first_line: number });
        } else if let Some(chunk) = chunks.last_mut() {
            chunk.text.push_str(line);
        }
    }
    // kubectl reads line by line and ends the last line too.
    for chunk in chunks.iter_mut().filter(|chunk| !chunk.text.ends_with('\n')) {
        chunk.text.push('\n');
    }
    chunks
}

/// The first character YAML does not allow at all.
fn control_character(text: &str) -> Option<SyntaxError> {
    let allowed = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    if text.chars().all(allowed) {
        return None;
    }
    let mut mark = Mark::default();
    for c in text.chars().take_while(|c| allowed(*c)) {
        mark.column += 1;
        if c == '\n' {
            mark = Mark { line: mark.line + 1, column: 0 };
        }
    }
    Some(SyntaxError::unplaced(mark, "control characters are not allowed"))
}

/// Turns a tree into a value and notes what is doubtful on the way.
struct Reading<'a> {
    diagnostics: &'a mut Vec<Diagnostic>,
    line: u32,
    error: Option<SyntaxError>,
}

impl Reading<'_> {
    fn value(&mut self, node: &Node, path: &str) -> Value {
        match &node.content {
            Content::Scalar { text, plain, tag } => {
                if let Some(infinite) = scalar::infinite(text).filter(|_| *plain) {
                    self.fail(node, format!("unsupported value: {infinite}"));
                }
                scalar_value(text, *plain, tag)
            }
            Content::List(items) => {
                let item = |(index, item)| self.value(item, &format!("{path}[{index}]"));
                Value::List(items.iter().enumerate().map(item).collect())
            }
            Content::Map(entries) => self.map(entries, path),
        }
    }

    fn map(&mut self, entries: &[(Node, Node)], path: &str) -> Value {
        let mut map: BTreeMap<Name, Value> = BTreeMap::new();
        let mut typed: Vec<Name> = Vec::new();
        for (key, value) in entries {
            if is_merge(key) {
                self.merge(&mut map, value, path);
                continue;
            }
            let Some(name) = self.key(key) else { continue };
            let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            let value = self.value(value, &path);
            if map.insert(name.clone(), value).is_some() && typed.contains(&name) {
                let message = format!("key {name:?} is set twice; the last one counts");
                let span = moved(key.span, self.line);
                let warning = Diagnostic::new(Severity::Warning, span, &path, message);
                self.diagnostics.push(warning);
            }
            typed.push(name);
        }
        Value::Map(map)
    }

    fn key(&mut self, key: &Node) -> Option<Name> {
        let name = match &key.content {
            Content::Scalar { text, plain, tag } => scalar_value(text, *plain, tag).scalar_text(),
            Content::List(_) | Content::Map(_) => None,
        };
        if name.is_none() {
            self.fail(key, "invalid map key: it must be text, a number or a truth value".to_owned());
        }
        name
    }

    /// Adds the entries of a merged map, or of a list of them: the first of a list wins.
    fn merge(&mut self, map: &mut BTreeMap<Name, Value>, value: &Node, path: &str) {
        let sources = match &value.content {
            Content::List(items) => items.iter().rev().collect(),
            Content::Scalar { .. } | Content::Map(_) => vec![value],
        };
        for source in sources {
            if let Value::Map(entries) = self.value(source, path) {
                map.extend(entries);
            } else {
                let message = "map merge requires map or sequence of maps as the value";
                self.fail(source, message.to_owned());
            }
        }
    }

    fn fail(&mut self, node: &Node, message: String) {
        self.error.get_or_insert(SyntaxError::unplaced(node.span.start, message));
    }
}

fn is_merge(key: &Node) -> bool {
    matches!(&key.content, Content::Scalar { text, plain: true, .. } if text == "<<")
}

fn scalar_value(text: &str, plain: bool, tag: &str) -> Value {
    match tag {
        "!!str" | "!" | "!!binary" | "!!timestamp" => Value::text(text),
        "!!int" | "!!float" | "!!bool" | "!!null" => scalar::resolve(text),
        _ if plain => scalar::resolve(text),
        _ => Value::text(text),
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
        assert_eq!(
            json(text),
            [r#"{"base":{"cpu":1,"memory":2},"web":{"cpu":4,"memory":2}}"#]
        );
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
            laughs.push_str(&format!("a{i}: &a{i} [{list}]\n"));
        }
        assert_eq!(parse(&laughs).documents[0].value, Value::Null);
        for deep in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(5_000)] {
            assert!(problems(&deep)[0].contains("exceeded max depth"));
        }
        assert!(problems("a: \u{1}\n")[0].contains("control characters"));
    }
}
