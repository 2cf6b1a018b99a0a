//! A shell script as code: a flat list of steps with relative jumps.
//!
//! A process that runs a script is then a number (the step it is at) and a short stack, so that it
//! can stop at any step, be copied and go on.

use std::sync::Arc;

use crate::api::Name;

/// A script that was read. Shared by all processes that run it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) ops: Vec<Op>,
    /// The texts of its here-documents.
    pub(crate) here_documents: Vec<Word>,
}

/// A word before expansion.
pub(crate) type Word = Vec<Part>;

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text { text: String, quoted: bool },
    Parameter(Box<Parameter>),
    Arithmetic { text: Word, quoted: bool },
    Substitution { script: Arc<Script>, quoted: bool },
}

/// `$NAME` or `${NAME…}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: Name,
    pub(crate) action: Action,
    /// Whether an empty value counts as none (the colon of `:-`).
    pub(crate) or_empty: bool,
    pub(crate) word: Word,
    pub(crate) quoted: bool,
}

/// What `${NAME…}` does with the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Value,
    Length,
    Default,
    Assign,
    Fail,
    Alternative,
    /// Removes a suffix; the longest one when `true`.
    Suffix(bool),
    /// Removes a prefix; the longest one when `true`.
    Prefix(bool),
    /// A part of the text: `${NAME:offset:length}`.
    Slice,
    /// Upper or lower case, the first letter or all: `${NAME^^}`, `${NAME,}`.
    Case {
        upper: bool,
        all: bool,
    },
    /// Replaces a pattern, everywhere when `true`: `${NAME/pattern/text}`. The word holds a text
    /// part of one NUL between the pattern and its replacement.
    Replace(bool),
}

/// A step. Jumps count from the step itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Simple(Box<Simple>),
    Jump(usize),
    /// Jumps when the last command failed.
    IfFailed(usize),
    /// Jumps when it did not.
    IfOk(usize),
    Not,
    /// The status becomes 0.
    Succeed,
    /// A child runs the next `len` steps.
    Fork {
        len: usize,
        background: bool,
        tested: bool,
    },
    /// One child for each of these stretches of steps, joined by pipes.
    Pipeline {
        lens: Box<[usize]>,
        tested: bool,
    },
    /// Enters a loop whose steps are the next `len`, [`Op::Done`] the last of them.
    Loop {
        len: usize,
    },
    /// Enters a `for` loop; [`Op::Next`] follows.
    For {
        words: Option<Box<[Word]>>,
        len: usize,
        line: u32,
    },
    Next(Name),
    /// Back to the beginning of the innermost loop.
    Again,
    /// The end of a loop.
    Done,
    /// Jumps to the first arm whose pattern matches, or by `end`.
    Case {
        word: Word,
        arms: Box<[(Vec<Word>, usize)]>,
        end: usize,
        line: u32,
    },
    /// Defines a function whose body is the next `len` steps, [`Op::Return`] the last of them.
    Function {
        name: Name,
        len: usize,
    },
    Return,
    /// Redirects until the matching [`Op::Restore`]; jumps over the compound command when that
    /// fails.
    Redirect {
        redirects: Box<[Redirect]>,
        len: usize,
        line: u32,
    },
    Restore,
    /// The script cannot be read from here on.
    Broken(Box<SyntaxError>),
}

/// Why a script cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// The line, from 1.
    pub(crate) line: u32,
    pub(crate) problem: Problem,
}

/// The kinds of errors, which every shell words in its own way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// This token, and what should have come instead.
    Unexpected(Name, Option<&'static str>),
    /// A quotation, substitution or the like has no end.
    Unterminated(&'static str),
    Other(&'static str),
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Simple {
    pub(crate) assignments: Vec<(Name, Word)>,
    pub(crate) words: Vec<Word>,
    pub(crate) redirects: Vec<Redirect>,
    /// Its line in the script, from 1.
    pub(crate) line: u32,
    /// Whether its failure is looked at, so that `set -e` does not apply.
    pub(crate) tested: bool,
}

/// In place of a descriptor: standard output and error (`&>`).
pub(crate) const BOTH: usize = 3;

/// A redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redirect {
    /// The descriptor: 0 to 2, or [`BOTH`].
    pub(crate) fd: usize,
    pub(crate) kind: RedirectKind,
    pub(crate) target: Word,
}

/// What a redirection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RedirectKind {
    Read,
    Write,
    Append,
    /// To where another descriptor goes.
    Duplicate,
    /// From the here-document of this number.
    HereDocument(usize),
    /// From a text: `<<< word`.
    HereString,
}

impl Op {
    /// Notes that the result of this step is looked at.
    pub(crate) fn set_tested(&mut self) {
        match self {
            Self::Simple(simple) => simple.tested = true,
            Self::Fork { tested, .. } | Self::Pipeline { tested, .. } => *tested = true,
            Self::Jump(_)
            | Self::IfFailed(_)
            | Self::IfOk(_)
            | Self::Not
            | Self::Succeed
            | Self::Loop { .. }
            | Self::For { .. }
            | Self::Next(_)
            | Self::Again
            | Self::Done
            | Self::Case { .. }
            | Self::Function { .. }
            | Self::Return
            | Self::Redirect { .. }
            | Self::Restore
            | Self::Broken(_) => {}
        }
    }
}
