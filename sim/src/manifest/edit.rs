//! Changes of a manifest's text: a field is set or taken out, and all else stays as it was typed.
//!
//! What comes out is read again and must be the data that was wanted: a text that is written in a
//! way this cannot change, such as a map behind an alias, is left alone.

use super::parse::{Document, parse};
use super::syntax::{Content, Mark, Node, Span};
use super::yaml::to_yaml;
use crate::api::Value;

/// One stretch of text to be replaced. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The line where it starts.
    pub line: u32,
    /// The column where it starts.
    pub column: u32,
    /// The line where it ends.
    pub end_line: u32,
    /// The column just behind its end.
    pub end_column: u32,
    /// What shall stand there.
    pub text: String,
}

impl Edit {
    /// The one edit that makes `old` to `new`.
    pub fn between(old: &str, new: &str) -> Self {
        let same = |(a, b): &(char, char)| a == b;
        let length = |(letter, _): (char, char)| letter.len_utf8();
        let start: usize = old.chars().zip(new.chars()).take_while(same).map(length).sum();
        let (old_rest, new_rest) = (&old[start..], &new[start..]);
        let ends = old_rest.chars().rev().zip(new_rest.chars().rev());
        let end: usize = ends.take_while(same).map(length).sum();
        let (from, to) = (place(old, start), place(old, old.len() - end));
        Self {
            line: from.line + 1,
            column: from.column + 1,
            end_line: to.line + 1,
            end_column: to.column + 1,
            text: new_rest[..new_rest.len() - end].to_owned(),
        }
    }
}

/// The text with a field set. `path` leads to it from the document with this number; what is missing
/// on the way is made. A new field comes behind the field `after`, if there is one, else at the end.
pub fn set(
    text: &str,
    document: usize,
    path: &[&str],
    value: &Value,
    after: &str,
) -> Option<String> {
    let documents = parse(text).documents;
    let found = documents.get(document)?;
    let (mut node, mut key, mut left) = (&found.tree, None, path);
    while let Some((step, rest)) = left.split_first() {
        let Some((name, child)) = child(node, step) else { break };
        (node, key, left) = (child, name, rest);
    }
    let whole = left.iter().skip(1).rev().fold(value.clone(), |inner, step| {
        let mut outer = Value::map();
        *outer.entry(step) = inner;
        outer
    });
    let writer = Writer { text, first_line: found.first_line };
    let changed = match (left.first(), &node.content) {
        (None, _) => writer.replace(key?, node, &whole)?,
        (Some(name), Content::Map(entries)) => writer.insert(node, entries, name, &whole, after)?,
        // A key with nothing behind it.
        (Some(name), Content::Scalar { text, plain: true, .. }) if text.is_empty() => {
            let mut outer = Value::map();
            *outer.entry(name) = whole;
            writer.replace(key?, node, &outer)?
        }
        _ => return None,
    };
    let mut wanted = found.value.clone();
    *field(&mut wanted, path)? = value.clone();
    is_now(&changed, &documents, document, &wanted).then_some(changed)
}

/// The text without a field.
pub fn remove(text: &str, document: usize, path: &[&str]) -> Option<String> {
    let documents = parse(text).documents;
    let found = documents.get(document)?;
    let (last, parents) = path.split_last()?;
    let mut node = &found.tree;
    for step in parents {
        node = child(node, step)?.1;
    }
    let Content::Map(entries) = &node.content else { return None };
    let index = entries.iter().position(|(key, _)| is_key(key, last))?;
    let changed = Writer { text, first_line: found.first_line }.remove(node, entries, index)?;
    let mut wanted = found.value.clone();
    field(&mut wanted, parents)?.as_map_mut()?.remove(*last);
    is_now(&changed, &documents, document, &wanted).then_some(changed)
}

/// The field at a path to change; keys that are missing are made.
fn field<'v>(value: &'v mut Value, path: &[&str]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, step| match value {
        Value::List(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => Some(value.entry(step)),
    })
}

/// Whether the text holds the documents it had, with one of them changed to `wanted`.
fn is_now(changed: &str, before: &[Document], document: usize, wanted: &Value) -> bool {
    let now = parse(changed).documents;
    now.len() == before.len()
        && now.iter().zip(before).enumerate().all(|(index, (now, before))| {
            let expected = if index == document { wanted } else { &before.value };
            is_same(&now.value, expected)
        })
}

/// Whether two pieces of data are the same when empty maps and nothing are.
fn is_same(a: &Value, b: &Value) -> bool {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Map(map) => map.is_empty(),
        _ => false,
    };
    match (a, b) {
        (Value::Map(a), Value::Map(b)) => {
            let others = |key| b.get(key).unwrap_or(&Value::Null);
            a.iter().all(|(key, value)| is_same(value, others(key)))
                && b.iter().all(|(key, value)| a.contains_key(key) || is_empty(value))
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        _ => a == b || (is_empty(a) && is_empty(b)),
    }
}

fn is_key(node: &Node, name: &str) -> bool {
    matches!(&node.content, Content::Scalar { text, .. } if text == name)
}

fn child<'n>(node: &'n Node, step: &str) -> Option<(Option<&'n Node>, &'n Node)> {
    match &node.content {
        Content::Scalar { .. } => None,
        Content::List(items) => Some((None, items.get(step.parse::<usize>().ok()?)?)),
        Content::Map(entries) => {
            // Of keys that are equal the last one counts.
            let (key, value) = entries.iter().rfind(|(key, _)| is_key(key, step))?;
            Some((Some(key), value))
        }
    }
}

/// Where a byte stands, from 0.
fn place(text: &str, at: usize) -> Mark {
    let before = &text[..at];
    let begins = before.rfind('\n').map_or(0, |at| at + 1);
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Mark {
        line: count(before.matches('\n').count()),
        column: count(before[begins..].chars().count()),
    }
}

/// The text, and where the document's chunk begins in it.
struct Writer<'t> {
    text: &'t str,
    first_line: u32,
}

impl Writer<'_> {
    /// Where a mark stands, in bytes.
    fn at(&self, mark: Mark) -> usize {
        let line = (mark.line + self.first_line) as usize;
        let mut begins = 0;
        for each in self.text.split_inclusive('\n').take(line) {
            begins += each.len();
        }
        let letters = self.text[begins..].char_indices();
        let found = letters.map(|(at, _)| begins + at).nth(mark.column as usize);
        found.unwrap_or(self.text.len())
    }

    fn starts_with(&self, mark: Mark, signs: [char; 2]) -> bool {
        self.text[self.at(mark)..].starts_with(signs)
    }

    fn put(&self, from: usize, to: usize, new: &str) -> String {
        [&self.text[..from], new, &self.text[to..]].concat()
    }

    /// Writes a value behind a key.
    fn replace(&self, key: &Node, node: &Node, value: &Value) -> Option<String> {
        let behind = self.at(key.span.end);
        let colon = behind + self.text[behind..].find(':')? + 1;
        let to = self.at(node.span.end).max(colon);
        Some(self.put(colon, to, &format!(" {}", flow(value))))
    }

    fn insert(
        &self,
        node: &Node,
        entries: &[(Node, Node)],
        name: &str,
        value: &Value,
        after: &str,
    ) -> Option<String> {
        if self.starts_with(node.span.start, ['{', '&']) {
            let entry = format!("{}: {}", scalar(&Value::text(name)), flow(value));
            let Some((_, last)) = entries.last() else {
                let begins = self.at(node.span.start);
                let inside = begins + self.text[begins..].find('{')? + 1;
                return Some(self.put(inside, inside, &entry));
            };
            let at = self.at(last.span.end);
            return Some(self.put(at, at, &format!(", {entry}")));
        }
        let (first, _) = entries.first()?;
        let found = entries.iter().find(|(key, _)| is_key(key, after));
        let (key, last) = found.or_else(|| entries.last())?;
        let at = self.line_end(self.last_line(key, last));
        let mut whole = Value::map();
        *whole.entry(name) = value.clone();
        let pad = " ".repeat(first.span.start.column as usize);
        let mut new = String::new();
        for line in to_yaml(&whole).lines() {
            new = format!("{new}\n{pad}{line}");
        }
        Some(self.put(at, at, &new))
    }

    fn remove(&self, node: &Node, entries: &[(Node, Node)], index: usize) -> Option<String> {
        let (key, value) = &entries[index];
        if self.starts_with(node.span.start, ['{', '&']) {
            let (from, to) = match (index.checked_sub(1), entries.get(index + 1)) {
                (Some(before), _) => (self.at(entries[before].1.span.end), self.at(value.span.end)),
                (None, Some((next, _))) => (self.at(key.span.start), self.at(next.span.start)),
                (None, None) => (self.at(key.span.start), self.at(value.span.end)),
            };
            return Some(self.put(from, to, ""));
        }
        let start = self.at(key.span.start);
        let begins = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        // The first field of an item stands behind its dash: the next one takes its place.
        if !self.text[begins..start].trim().is_empty() {
            let (next, _) = entries.get(index + 1)?;
            return Some(self.put(start, self.at(next.span.start), ""));
        }
        let ends = self.line_end(self.last_line(key, value));
        let ends = if self.text[ends..].starts_with("\r\n") { ends + 2 } else { ends + 1 };
        Some(self.put(begins, ends.min(self.text.len()), ""))
    }

    /// The last line of an entry, from 0.
    fn last_line(&self, key: &Node, value: &Node) -> usize {
        let mut lines = Vec::new();
        self.last_lines(value, &mut lines);
        let last = lines.into_iter().max().unwrap_or(0).max(key.span.end.line);
        let mut line = (last + self.first_line) as usize;
        // A block of text reaches up to what follows.
        let first = (key.span.start.line + self.first_line) as usize;
        let is_blank = |line: usize| {
            let text = self.text.split('\n').nth(line).unwrap_or_default().trim();
            text.is_empty() || text.starts_with('#')
        };
        while line > first && is_blank(line) {
            line -= 1;
        }
        line
    }

    fn last_lines(&self, node: &Node, lines: &mut Vec<u32>) {
        let Span { start, end } = node.span;
        let in_flow = self.starts_with(start, ['{', '[']) || self.starts_with(start, ['*', '&']);
        match &node.content {
            Content::Scalar { .. } => {
                lines.push(if end.column == 0 && end > start { end.line - 1 } else { end.line });
            }
            _ if in_flow => lines.push(end.line),
            Content::List(items) => items.iter().for_each(|item| self.last_lines(item, lines)),
            Content::Map(entries) => {
                for (key, value) in entries {
                    lines.push(key.span.end.line);
                    self.last_lines(value, lines);
                }
            }
        }
    }

    /// Where a line ends, before its line break.
    fn line_end(&self, line: usize) -> usize {
        let mut end = 0;
        for each in self.text.split_inclusive('\n').take(line + 1) {
            end += each.len();
        }
        let text = &self.text[..end];
        let text = text.strip_suffix('\n').unwrap_or(text);
        text.strip_suffix('\r').unwrap_or(text).len()
    }
}

/// Data in one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Map(map) => {
            let entry = |(key, value): (&crate::api::Name, &Value)| {
                format!("{}: {}", scalar(&Value::from(key)), flow(value))
            };
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<String>>().join(", "))
        }
        Value::List(items) => {
            format!("[{}]", items.iter().map(flow).collect::<Vec<String>>().join(", "))
        }
        _ => scalar(value),
    }
}

/// A scalar that may stand between braces.
fn scalar(value: &Value) -> String {
    let plain = to_yaml(value).trim_end().to_owned();
    if plain.contains([',', '[', ']', '{', '}', '\n']) { value.to_json() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# two
apiVersion: v1
metadata: {name: a}
spec:
  empty:
  # about the list
  list:
  - name: x
    args:
    - |
      one

      two
    # the port

  - name: y # last
---
kind: B
labels: {}
";

    #[track_caller]
    fn sets(path: &[&str], value: &Value, after: &str, from: &str, to: &str) {
        let document = usize::from(path[0] == "labels" || path[0] == "kind");
        let got = set(TEXT, document, path, value, after);
        assert_eq!(got, Some(TEXT.replacen(from, to, 1)), "{path:?}");
    }

    #[test]
    fn fields_are_set_where_they_belong_and_all_else_stays() {
        let one = Value::Int(1);
        let nested = parse("{b: {c: [x, 'y, z']}}").documents[0].value.clone();
        sets(&["metadata", "name"], &one, "", "name: a", "name: 1");
        sets(&["metadata", "new"], &nested, "", "name: a", "name: a, new: {b: {c: [x, \"y, z\"]}}");
        sets(&["spec", "empty"], &one, "", "empty:", "empty: 1");
        sets(&["spec", "empty", "deep", "er"], &one, "", "empty:", "empty: {deep: {er: 1}}");
        sets(&["spec", "new"], &one, "empty", "empty:", "empty:\n  new: 1");
        sets(&["spec", "new", "er"], &one, "", "# last", "# last\n  new:\n    er: 1");
        let list = "      two\n";
        let more = "      two\n    probe:\n      b:\n        c:\n        - x\n        - y, z\n";
        sets(&["spec", "list", "0", "probe"], &nested, "", list, more);
        sets(&["spec", "list", "1", "probe"], &one, "", "# last", "# last\n    probe: 1");
        sets(&["labels", "a.b/c"], &one, "", "labels: {}", "labels: {a.b/c: 1}");
        sets(&["labels"], &nested, "", "labels: {}", "labels: {b: {c: [x, \"y, z\"]}}");
    }

    #[test]
    fn fields_are_taken_out_with_their_lines() {
        let cases: [(&[&str], &str, &str); 4] = [
            (&["metadata", "name"], "name: a", ""),
            (&["spec", "empty"], "  empty:\n", ""),
            (&["spec", "list", "0", "name"], "name: x\n    args", "args"),
            (&["spec", "list", "0", "args"], "    args:\n    - |\n      one\n\n      two\n", ""),
        ];
        for (path, from, to) in cases {
            assert_eq!(remove(TEXT, 0, path), Some(TEXT.replacen(from, to, 1)), "{path:?}");
        }
        let flow = "a: {b: 1, c: 2, d: 3}\n";
        assert_eq!(remove(flow, 0, &["a", "b"]).as_deref(), Some("a: {c: 2, d: 3}\n"));
        assert_eq!(remove(flow, 0, &["a", "c"]).as_deref(), Some("a: {b: 1, d: 3}\n"));
    }

    #[test]
    fn what_cannot_be_changed_is_left_alone() {
        let alias = "a: &x {b: 1}\nc: *x\n";
        assert_eq!(set(alias, 0, &["a", "b"], &Value::Int(2), ""), None);
        assert_eq!(set(alias, 0, &["c", "b"], &Value::Int(2), ""), None);
        for path in [&["list", "9", "x"][..], &["spec", "list", "0", "name", "x"], &["no"]] {
            assert_eq!(remove(TEXT, 0, path), None);
        }
        for text in ["", "a: [", "- a", "5", "a: |\n  x", "{a: {b"] {
            let _ = set(text, 0, &["a", "b", "c"], &Value::Int(2), "x");
            let _ = remove(text, 0, &["a"]);
            let _ = set(text, 7, &["a"], &Value::Null, "");
        }
    }

    #[test]
    fn one_edit_tells_two_texts_apart() {
        let edit = Edit::between("a: 1\nb: é2\nc: 3\n", "a: 1\nb: é4\nd: 5\nc: 3\n");
        assert_eq!((edit.line, edit.column, edit.end_line, edit.end_column), (2, 5, 2, 6));
        assert_eq!(edit.text, "4\nd: 5");
        let none = Edit::between("a", "a");
        assert_eq!((none.column, none.end_column, none.text.as_str()), (2, 2, ""));
    }
}
