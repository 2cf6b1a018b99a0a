//! Findings as text.

use std::fmt::Write as _;

use super::{Evidence, Finding, Remedy};

/// The findings, one below the other: place, title, why, what the run showed, what helps.
pub fn text(file: &str, findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let Finding { line, column, severity, title, explanation, evidence, remedy, .. } = finding;
        let object = match finding.object.as_str() {
            "" => String::new(),
            object => format!(" ({object})"),
        };
        let shown = match evidence {
            Evidence::Shown(text) => format!("shown: {text}"),
            Evidence::NotShown(text) => format!("not shown: {text}"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{file}:{line}:{column}: {}: {title}{object}", severity.as_str());
        let _ = writeln!(out, "  {explanation}\n  {shown}");
        let _ = match remedy {
            Remedy::Works(fix) => writeln!(out, "  fix: {}: {}", fix.title, fix.after),
            Remedy::Nothing(why) => writeln!(out, "  no fix: {why}"),
            Remedy::Untried => Ok(()),
        };
    }
    out
}
