//! A tree of YAML to a value: scalars typed, `<<` merged, keys made text.
//!
//! Models: go-yaml v2 and the conversion to JSON in `sigs.k8s.io/yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::diagnostic::{Diagnostic, Severity};
use super::syntax::{Content, Node, SyntaxError, scalar};
use crate::api::{Name, Value};

/// How many doubtful spots are noted.
const MAX_WARNINGS: usize = 100;

/// Turns a tree into a value and notes what is doubtful on the way.
pub(super) struct Reading<'a> {
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
    pub(super) line: u32,
    pub(super) error: Option<SyntaxError>,
    /// The path to what is being read.
    pub(super) path: String,
}

impl Reading<'_> {
    pub(super) fn value(&mut self, node: &Node) -> Value {
        match &node.content {
            Content::Scalar { text, plain, tag } => {
                if let Some(infinite) = scalar::infinite(text).filter(|_| *plain) {
                    self.fail(node, format!("unsupported value: {infinite}"));
                }
                scalar_value(text, *plain, tag)
            }
            Content::List(items) => {
                let item = |(index, item)| {
                    let before = self.path.len();
                    // Writing to a string cannot fail.
                    let _ = write!(self.path, "[{index}]");
                    let value = self.value(item);
                    self.path.truncate(before);
                    value
                };
                Value::List(items.iter().enumerate().map(item).collect())
            }
            Content::Map(entries) => self.map(entries),
        }
    }

    fn map(&mut self, entries: &[(Node, Node)]) -> Value {
        let mut map: BTreeMap<Name, Value> = BTreeMap::new();
        // Keys that are there because of a merge alone.
        let mut merged: BTreeSet<Name> = BTreeSet::new();
        for (key, value) in entries {
            if is_merge(key) {
                self.merge(&mut map, &mut merged, value);
                continue;
            }
            let Some(name) = self.key(key) else { continue };
            let before = self.path.len();
            if before > 0 {
                self.path.push('.');
            }
            self.path.push_str(&name);
            let value = self.value(value);
            let twice = map.insert(name.clone(), value).is_some() && !merged.remove(&name);
            if twice && self.diagnostics.len() < MAX_WARNINGS {
                let message = format!("key {name:?} is set twice; the last one counts");
                let span = key.span.moved(self.line);
                let warning = Diagnostic::new(Severity::Warning, span, &self.path, message);
                self.diagnostics.push(warning);
            }
            self.path.truncate(before);
        }
        Value::Map(map)
    }

    fn key(&mut self, key: &Node) -> Option<Name> {
        let name = match &key.content {
            Content::Scalar { text, plain, tag } => scalar_value(text, *plain, tag).scalar_text(),
            Content::List(_) | Content::Map(_) => None,
        };
        if name.is_none() {
            self.fail(
                key,
                "invalid map key: it must be text, a number or a truth value".to_owned(),
            );
        }
        name
    }

    /// Adds the entries of a merged map, or of a list of them: the first of a list wins.
    fn merge(
        &mut self,
        map: &mut BTreeMap<Name, Value>,
        merged: &mut BTreeSet<Name>,
        value: &Node,
    ) {
        let sources = match &value.content {
            Content::List(items) => items.iter().rev().collect(),
            Content::Scalar { .. } | Content::Map(_) => vec![value],
        };
        for source in sources {
            if let Value::Map(entries) = self.value(source) {
                for (key, value) in entries {
                    if map.insert(key.clone(), value).is_none() {
                        merged.insert(key);
                    }
                }
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
        "" if plain => scalar::resolve(text),
        "!!int" | "!!float" | "!!bool" | "!!null" => scalar::resolve(text),
        // Quotes make text, and so does every other tag.
        _ => Value::text(text),
    }
}
