//! What is not held against the recordings, and why.

/// A part of a command, and why commands with it are left out.
const REASONS: &[(&str, &str)] = &[
    ("kubectl get cs", "the recording met components that listen elsewhere"),
    ("kubectl get componentstatuses", "the recording met components that listen elsewhere"),
];

/// Why this command is left out, if it is.
pub(super) fn reason(line: &str) -> Option<&'static str> {
    REASONS.iter().find(|(part, _)| line.contains(part)).map(|(_, reason)| *reason)
}
