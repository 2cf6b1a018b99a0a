//! The words YAML text is made of: marks, tokens and the errors of reading them.
//!
//! Models: libyaml's token stream, which kubectl's YAML library shares, so that a broken file gets
//! the sentence kubectl prints. Leaves out: `%YAML` and `%TAG` directives (read as comments).

/// A position in the text: zero-based line and column, counted in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Mark {
    /// The line, from 0.
    pub line: u32,
    /// The column, from 0.
    pub column: u32,
}

/// From a position up to, but not including, another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// The first character.
    pub start: Mark,
    /// Just after the last character.
    pub end: Mark,
}

impl Span {
    /// The same span in a text that starts so many lines earlier.
    pub(in crate::manifest) const fn moved(self, lines: u32) -> Self {
        let start = Mark { line: self.start.line + lines, column: self.start.column };
        let end = Mark { line: self.end.line + lines, column: self.end.column };
        Self { start, end }
    }
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag(String),
    Scalar { text: String, plain: bool },
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

/// Why text is not YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::manifest) struct SyntaxError {
    /// What is wrong, in libyaml's words.
    pub(in crate::manifest) message: String,
    /// Where the reader stopped.
    pub(in crate::manifest) mark: Mark,
    /// The line kubectl prints, counted from the start of the document; 0 when it prints none.
    pub(super) printed_line: u32,
}

impl SyntaxError {
    /// An error between characters.
    pub(in crate::manifest) fn scanner(mark: Mark, message: impl Into<String>) -> Self {
        let printed_line = if mark.line == 0 { 0 } else { mark.line + 1 };
        Self { message: message.into(), mark, printed_line }
    }

    /// An error between tokens. The library prints the line before the one it means.
    pub(super) fn parser(mark: Mark, message: impl Into<String>) -> Self {
        Self { message: message.into(), mark, printed_line: mark.line }
    }

    /// An error that kubectl prints without a line.
    pub(in crate::manifest) fn unplaced(mark: Mark, message: impl Into<String>) -> Self {
        Self { message: message.into(), mark, printed_line: 0 }
    }

    /// The error as kubectl prints it: `yaml: line 6: did not find expected key`.
    pub(in crate::manifest) fn kubectl_text(&self) -> String {
        if self.printed_line == 0 {
            format!("yaml: {}", self.message)
        } else {
            format!("yaml: line {}: {}", self.printed_line, self.message)
        }
    }
}

pub(super) type Scanned<T> = Result<T, SyntaxError>;
