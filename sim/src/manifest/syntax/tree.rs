//! YAML tokens to a tree that remembers where everything stands.
//!
//! Models: libyaml's parser and go-yaml's composer. Anchors are resolved here; typing scalars and
//! merging `<<` is the business of [`crate::manifest::parse`].

use std::collections::BTreeMap;

use super::node::{Content, Node};
use super::scan::{MAX_DEPTH, Scanner};
use super::token::{Mark, Scanned, Span, SyntaxError, TokenKind};

/// How many nodes aliases may add to a document.
const MAX_ALIASED_NODES: usize = 10_000;

/// Reads the documents of a text, up to the first error.
pub(in crate::manifest) fn read(text: &str) -> (Vec<Node>, Option<SyntaxError>) {
    let mut reader = Reader {
        scanner: Scanner::new(text),
        anchors: BTreeMap::new(),
        open: Vec::new(),
        aliased: 0,
        depth: 0,
    };
    let mut documents = Vec::new();
    loop {
        match reader.read_document() {
            Ok(Some(node)) => documents.push(node),
            Ok(None) => return (documents, None),
            Err(error) => return (documents, Some(error)),
        }
    }
}

struct Reader {
    scanner: Scanner,
    /// The latest value of each anchor.
    anchors: BTreeMap<String, Node>,
    /// Anchors whose values are being read.
    open: Vec<String>,
    aliased: usize,
    depth: usize,
}

/// What stands before a value.
#[derive(Default)]
struct Properties {
    start: Option<Mark>,
    anchor: Option<String>,
    tag: String,
}

/// Where a value stands, which decides what it may look like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Flow,
    Block,
    /// After a key in a block, where a list needs no indentation.
    BlockValue,
}

impl Reader {
    fn read_document(&mut self) -> Scanned<Option<Node>> {
        self.anchors.clear();
        self.open.clear();
        let mut explicit = false;
        loop {
            match self.scanner.peek()?.kind {
                TokenKind::DocumentEnd => explicit = false,
                TokenKind::DocumentStart if !explicit => explicit = true,
                _ => break,
            }
            self.scanner.next()?;
        }
        let token = self.scanner.peek()?;
        let start = token.span.start;
        if matches!(token.kind, TokenKind::StreamEnd) && !explicit {
            return Ok(None);
        }
        if matches!(token.kind, TokenKind::StreamEnd | TokenKind::DocumentStart) {
            return Ok(Some(Node::null(start)));
        }
        let json = token.kind == TokenKind::FlowMappingStart;
        let node = self.read_node(Place::Block)?;
        let next = self.scanner.peek()?;
        let ended = matches!(
            next.kind,
            TokenKind::StreamEnd | TokenKind::DocumentStart | TokenKind::DocumentEnd
        );
        // JSON documents may follow each other without anything between them.
        if ended || (json && next.kind == TokenKind::FlowMappingStart) {
            Ok(Some(node))
        } else {
            Err(SyntaxError::parser(next.span.start, "did not find expected <document start>"))
        }
    }

    fn read_node(&mut self, place: Place) -> Scanned<Node> {
        if self.depth >= MAX_DEPTH {
            let message = format!("exceeded max depth of {MAX_DEPTH}");
            return Err(SyntaxError::parser(self.scanner.peek()?.span.start, message));
        }
        self.depth += 1;
        let node = self.read_node_here(place);
        self.depth -= 1;
        node
    }

    fn read_node_here(&mut self, place: Place) -> Scanned<Node> {
        if let TokenKind::Alias(name) = &self.scanner.peek()?.kind {
            let name = name.clone();
            let span = self.scanner.next()?.span;
            return self.resolve(&name, span);
        }
        let properties = self.read_properties()?;
        self.open.extend(properties.anchor.clone());
        let token = self.scanner.peek()?;
        let start = properties.start.unwrap_or(token.span.start);
        let content = match &token.kind {
            TokenKind::Scalar { .. } => return self.read_scalar(properties),
            TokenKind::FlowSequenceStart => self.read_flow_sequence()?,
            TokenKind::FlowMappingStart => self.read_flow_mapping()?,
            TokenKind::BlockEntry if place == Place::BlockValue => self.read_indentless()?,
            TokenKind::BlockSequenceStart if place != Place::Flow => self.read_block_sequence()?,
            TokenKind::BlockMappingStart if place != Place::Flow => self.read_block_mapping()?,
            _ if properties.start.is_some() => {
                let mut node = Node::null(start);
                if let Content::Scalar { tag, .. } = &mut node.content {
                    tag.clone_from(&properties.tag);
                }
                return Ok(self.named(properties.anchor, node));
            }
            _ => {
                return Err(SyntaxError::parser(start, "did not find expected node content"));
            }
        };
        let (content, end) = content;
        let node = Node { content, span: Span { start, end: end.max(start) } };
        Ok(self.named(properties.anchor, node))
    }

    fn read_properties(&mut self) -> Scanned<Properties> {
        let mut properties = Properties::default();
        loop {
            let token = self.scanner.peek()?;
            match &token.kind {
                TokenKind::Anchor(name) if properties.anchor.is_none() => {
                    properties.anchor = Some(name.clone());
                }
                TokenKind::Tag(tag) if properties.tag.is_empty() => {
                    properties.tag.clone_from(tag);
                }
                _ => return Ok(properties),
            }
            properties.start = properties.start.or(Some(token.span.start));
            self.scanner.next()?;
        }
    }

    fn read_scalar(&mut self, properties: Properties) -> Scanned<Node> {
        let token = self.scanner.next()?;
        let TokenKind::Scalar { text, plain } = token.kind else {
            unreachable!("the caller has seen a scalar");
        };
        let content = Content::Scalar { text, plain, tag: properties.tag };
        let start = properties.start.unwrap_or(token.span.start);
        let node = Node { content, span: Span { start, end: token.span.end } };
        Ok(self.named(properties.anchor, node))
    }

    fn named(&mut self, anchor: Option<String>, node: Node) -> Node {
        if let Some(name) = anchor {
            self.open.pop();
            self.anchors.insert(name, node.clone());
        }
        node
    }

    fn resolve(&mut self, name: &str, span: Span) -> Scanned<Node> {
        let Some(node) = self.anchors.get(name) else {
            let message = if self.open.iter().any(|open| open == name) {
                format!("anchor '{name}' value contains itself")
            } else {
                format!("unknown anchor '{name}' referenced")
            };
            return Err(SyntaxError::unplaced(span.start, message));
        };
        self.aliased += node.size();
        if self.aliased > MAX_ALIASED_NODES || self.depth + node.depth() > MAX_DEPTH {
            let message = "document contains excessive aliasing";
            return Err(SyntaxError::unplaced(span.start, message));
        }
        let mut node = node.clone();
        node.span = span;
        Ok(node)
    }

    fn read_block_sequence(&mut self) -> Scanned<(Content, Mark)> {
        let mut end = self.scanner.next()?.span.end;
        let mut items = Vec::new();
        loop {
            let token = self.scanner.next()?;
            match token.kind {
                TokenKind::BlockEntry => {
                    let item = self.read_item(token.span.end, &[])?;
                    end = item.span.end;
                    items.push(item);
                }
                TokenKind::BlockEnd => return Ok((Content::List(items), end)),
                _ => {
                    let message = "did not find expected '-' indicator";
                    return Err(SyntaxError::parser(token.span.start, message));
                }
            }
        }
    }

    fn read_indentless(&mut self) -> Scanned<(Content, Mark)> {
        let mut items = Vec::new();
        let mut end = Mark::default();
        while self.scanner.peek()?.kind == TokenKind::BlockEntry {
            let dash_end = self.scanner.next()?.span.end;
            let item = self.read_item(dash_end, &[TokenKind::Key, TokenKind::Value])?;
            end = item.span.end;
            items.push(item);
        }
        Ok((Content::List(items), end))
    }

    /// The value after a dash, null when there is none.
    fn read_item(&mut self, dash_end: Mark, enders: &[TokenKind]) -> Scanned<Node> {
        let kind = &self.scanner.peek()?.kind;
        if matches!(kind, TokenKind::BlockEntry | TokenKind::BlockEnd) || enders.contains(kind) {
            return Ok(Node::null(dash_end));
        }
        self.read_node(Place::Block)
    }

    fn read_block_mapping(&mut self) -> Scanned<(Content, Mark)> {
        let mut end = self.scanner.next()?.span.end;
        let mut entries = Vec::new();
        loop {
            let token = self.scanner.next()?;
            match token.kind {
                TokenKind::Key => {
                    let key = self.read_block_side(token.span.end)?;
                    end = key.span.end;
                    let value = if self.scanner.peek()?.kind == TokenKind::Value {
                        end = self.scanner.next()?.span.end;
                        self.read_block_side(end)?
                    } else {
                        Node::null(end)
                    };
                    end = value.span.end;
                    entries.push((key, value));
                }
                TokenKind::BlockEnd => return Ok((Content::Map(entries), end)),
                _ => {
                    let message = "did not find expected key";
                    return Err(SyntaxError::parser(token.span.start, message));
                }
            }
        }
    }

    /// A key or a value of a block mapping, null when there is none.
    fn read_block_side(&mut self, after: Mark) -> Scanned<Node> {
        match self.scanner.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => Ok(Node::null(after)),
            _ => self.read_node(Place::BlockValue),
        }
    }

    fn read_flow_sequence(&mut self) -> Scanned<(Content, Mark)> {
        const END: TokenKind = TokenKind::FlowSequenceEnd;
        self.scanner.next()?;
        let mut items = Vec::new();
        loop {
            self.expect_comma(items.is_empty(), &END, "']'")?;
            let token = self.scanner.peek()?;
            match token.kind {
                TokenKind::FlowSequenceEnd => {
                    return Ok((Content::List(items), self.scanner.next()?.span.end));
                }
                TokenKind::Key => {
                    let start = token.span.start;
                    let (key, value) = self.read_flow_entry(&END)?;
                    let span = Span { start, end: value.span.end };
                    items.push(Node { content: Content::Map(vec![(key, value)]), span });
                }
                _ => items.push(self.read_node(Place::Flow)?),
            }
        }
    }

    fn read_flow_mapping(&mut self) -> Scanned<(Content, Mark)> {
        const END: TokenKind = TokenKind::FlowMappingEnd;
        self.scanner.next()?;
        let mut entries = Vec::new();
        loop {
            self.expect_comma(entries.is_empty(), &END, "'}'")?;
            match self.scanner.peek()?.kind {
                TokenKind::FlowMappingEnd => {
                    return Ok((Content::Map(entries), self.scanner.next()?.span.end));
                }
                TokenKind::Key => entries.push(self.read_flow_entry(&END)?),
                _ => {
                    let key = self.read_node(Place::Flow)?;
                    let value = Node::null(key.span.end);
                    entries.push((key, value));
                }
            }
        }
    }

    /// Takes the comma before every entry but the first.
    fn expect_comma(&mut self, first: bool, end: &TokenKind, bracket: &str) -> Scanned<()> {
        let token = self.scanner.peek()?;
        if first || token.kind == *end {
            return Ok(());
        }
        if token.kind != TokenKind::FlowEntry {
            let message = format!("did not find expected ',' or {bracket}");
            return Err(SyntaxError::parser(token.span.start, message));
        }
        self.scanner.next()?;
        Ok(())
    }

    fn read_flow_entry(&mut self, end: &TokenKind) -> Scanned<(Node, Node)> {
        let mark = self.scanner.next()?.span.end;
        let key = self.read_flow_side(mark, end)?;
        if self.scanner.peek()?.kind != TokenKind::Value {
            let value = Node::null(key.span.end);
            return Ok((key, value));
        }
        let mark = self.scanner.next()?.span.end;
        let value = self.read_flow_side(mark, end)?;
        Ok((key, value))
    }

    /// A key or a value inside brackets, null when there is none.
    fn read_flow_side(&mut self, after: Mark, end: &TokenKind) -> Scanned<Node> {
        let kind = &self.scanner.peek()?.kind;
        if matches!(kind, TokenKind::Value | TokenKind::FlowEntry) || kind == end {
            return Ok(Node::null(after));
        }
        self.read_node(Place::Flow)
    }
}
