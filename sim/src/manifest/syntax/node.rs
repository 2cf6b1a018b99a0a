//! The tree a YAML text describes: every value with its place in the text.

use super::token::{Mark, Span};

/// One value in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::manifest) struct Node {
    pub(in crate::manifest) content: Content,
    pub(in crate::manifest) span: Span,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::manifest) enum Content {
    Scalar { text: String, plain: bool, tag: String },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// Nothing, at a place where a value could be.
    pub(in crate::manifest) fn null(mark: Mark) -> Self {
        let content = Content::Scalar { text: String::new(), plain: true, tag: String::new() };
        Self { content, span: Span { start: mark, end: mark } }
    }

    /// How many values it holds, itself included.
    pub(super) fn size(&self) -> usize {
        match &self.content {
            Content::Scalar { .. } => 1,
            Content::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Content::Map(entries) => {
                1 + entries.iter().map(|(key, value)| key.size() + value.size()).sum::<usize>()
            }
        }
    }

    /// How deep it nests.
    pub(super) fn depth(&self) -> usize {
        match &self.content {
            Content::Scalar { .. } => 1,
            Content::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Content::Map(entries) => {
                let deepest = entries.iter().map(|(key, value)| key.depth().max(value.depth()));
                1 + deepest.max().unwrap_or(0)
            }
        }
    }
}

/// The child a path leads to first, and the rest of the path. Keys may hold dots: the longest key
/// that fits is taken.
pub(in crate::manifest) fn step<'n, 'p>(
    node: &'n Node,
    path: &'p str,
) -> Option<(Option<&'n Node>, &'n Node, &'p str)> {
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
                let Content::Scalar { text, .. } = &key.content else {
                    continue;
                };
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
