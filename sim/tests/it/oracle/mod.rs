//! The engine against recordings of a real control plane.
//!
//! The folder is `tests/oracle`, or `ROLLSCOPE_ORACLE` when set. Nothing here depends on which
//! cases it holds: what is absent is skipped, and said.

mod commands;
mod compare;
mod exceptions;
mod matrix;
mod recording;
mod sessions;
mod texts;
mod traces;
mod validation;

use std::path::PathBuf;

/// What became of one case.
pub(crate) enum Verdict {
    Passed,
    Failed(String),
    NotApplicable(String),
}

/// The verdicts of one topic.
pub(crate) struct Tally {
    topic: String,
    passed: u32,
    failed: Vec<String>,
    not_applicable: Vec<String>,
}

impl Tally {
    pub(crate) fn new(topic: &str) -> Self {
        Self { topic: topic.to_owned(), passed: 0, failed: Vec::new(), not_applicable: Vec::new() }
    }

    pub(crate) fn add(&mut self, case: &str, verdict: Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(why) => self.failed.push(format!("{case}: {why}")),
            Verdict::NotApplicable(why) => self.not_applicable.push(format!("{case}: {why}")),
        }
    }

    /// Prints the topic's line, then what failed and what does not apply.
    pub(crate) fn print(&self) {
        println!(
            "{}: {} passed, {} failed, {} not applicable",
            self.topic,
            self.passed,
            self.failed.len(),
            self.not_applicable.len()
        );
        for line in &self.failed {
            println!("  FAILED {line}");
        }
        for line in &self.not_applicable {
            println!("  n/a {line}");
        }
    }

    /// Panics if a case failed.
    pub(crate) fn assert(&self) {
        assert!(self.failed.is_empty(), "{} of {} failed", self.failed.len(), self.topic);
    }
}

/// The folder with the recordings.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os("ROLLSCOPE_ORACLE").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/oracle")),
        PathBuf::from,
    )
}
