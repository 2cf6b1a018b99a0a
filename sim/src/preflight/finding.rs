//! What a preflight finds.

use crate::manifest::{Diagnostic, Edit, Span};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The run failed by it: requests were lost, or a release got stuck, or the API server refuses.
    Failure,
    /// The run showed what can fail.
    Risk,
    /// Good to know.
    Hint,
}

impl Severity {
    /// In a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Risk => "risk",
            Self::Hint => "hint",
        }
    }
}

/// What a run of the manifest showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// What is claimed, in numbers.
    Shown(String),
    /// Nothing of it, and why.
    NotShown(String),
}

impl Evidence {
    /// What the run showed, in a sentence.
    pub fn text(&self) -> &str {
        match self {
            Self::Shown(text) | Self::NotShown(text) => text,
        }
    }
}

/// A change of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, such as `add a preStop hook that sleeps 5 s`.
    pub title: String,
    /// The change of the text.
    pub edit: Edit,
    /// The same as `diff -u` prints it.
    pub diff: String,
    /// What the run of the mended text showed.
    pub after: String,
}

/// What can be done about a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// It was not tried yet.
    Untried,
    /// With this it is gone: a run of the mended text showed it.
    Works(Fix),
    /// What was tried did not help; or nothing in this text can be changed.
    Nothing(String),
}

/// Something that is likely to go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is, for machines: `no-readiness-probe`.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in plain words.
    pub title: &'static str,
    /// The object, such as `deployment/web`.
    pub object: String,
    /// The field, or what lacks it.
    pub path: String,
    /// The line where it starts, from 1.
    pub line: u32,
    /// The column where it starts, from 1.
    pub column: u32,
    /// The line where it ends.
    pub end_line: u32,
    /// The column just behind its end.
    pub end_column: u32,
    /// Why it goes wrong, with the numbers.
    pub explanation: String,
    /// What the run showed.
    pub evidence: Evidence,
    /// What can be done.
    pub remedy: Remedy,
}

impl Finding {
    /// The place as an editor counts it.
    pub(super) fn at(mut self, span: Span) -> Self {
        // It widens an empty span to what can be seen.
        let at = Diagnostic::error(span, "", String::new());
        (self.line, self.column) = (at.line, at.column);
        (self.end_line, self.end_column) = (at.end_line, at.end_column);
        self
    }

    /// Whether the API server refuses the manifest for it, which [`crate::manifest::check()`] tells too.
    pub fn is_refusal(&self) -> bool {
        matches!(self.id, "refused" | "misplaced-field")
    }
}
