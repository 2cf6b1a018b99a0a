//! What is wrong with a manifest, and where: one squiggle in the editor each.

use std::fmt;

use super::syntax::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The cluster would refuse the manifest.
    Error,
    /// The cluster would take it, but perhaps not as meant.
    Warning,
}

/// One problem of a manifest. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The line where it starts.
    pub line: u32,
    /// The column where it starts.
    pub column: u32,
    /// The line where it ends.
    pub end_line: u32,
    /// The column just behind its end.
    pub end_column: u32,
    /// The field, such as `spec.template.spec.containers[0].image`; empty for syntax errors.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// Text that could stand there instead.
    pub suggestion: Option<String>,
}

impl Diagnostic {
    pub(crate) fn new(severity: Severity, span: Span, path: &str, message: String) -> Self {
        // An empty range cannot be seen, so it is widened to one character.
        let end = if span.end > span.start {
            (span.end.line, span.end.column)
        } else {
            (span.start.line, span.start.column + 1)
        };
        Self {
            severity,
            line: span.start.line + 1,
            column: span.start.column + 1,
            end_line: end.0 + 1,
            end_column: end.1 + 1,
            path: path.to_owned(),
            message,
            suggestion: None,
        }
    }

    /// An error at `span`.
    pub(crate) fn error(span: Span, path: &str, message: String) -> Self {
        Self::new(Severity::Error, span, path, message)
    }

    /// Whether the cluster would refuse the manifest.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// The candidate that is most like `typed`, when one is close enough to be what was meant.
pub fn did_you_mean<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = (typed.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(typed, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be changed, added, removed or swapped with a neighbour to turn one word
/// into the other. A letter's case does not count.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &to) in b.iter().enumerate() {
            let change = last[j] + usize::from(from != to);
            let mut best = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && from == b[j - 1] && a[i - 1] == to {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_another_word_is_not() {
        let fields = ["replicas", "selector", "template", "paused", "image", "imagePullPolicy"];
        let cases = [
            ("replica", Some("replicas")),
            ("templaet", Some("template")),
            ("imagePullPolice", Some("imagePullPolicy")),
            ("Image", Some("image")),
            ("foo", None),
        ];
        for (typed, meant) in cases {
            assert_eq!(did_you_mean(typed, fields), meant, "{typed}");
        }
    }
}
