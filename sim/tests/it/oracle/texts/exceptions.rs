//! What is not held against the recorded texts, and why.

/// A checkpoint, a command, and why its text may differ.
const REASONS: &[(&str, &str, &str)] = &[(
    "10-bad-then-undo-r3/a-bad-in-flight",
    "kubectl describe endpointslices",
    "when the third version was typed: an old pod that was just ending made the slice be written \
     once more in between",
)];

/// Why this command may print something else there, if it may.
pub(super) fn reason(checkpoint: &str, line: &str) -> Option<&'static str> {
    let found = REASONS.iter().find(|(place, command, _)| (*place, *command) == (checkpoint, line));
    found.map(|(_, _, reason)| *reason)
}
