//! Where the recordings and the simulator are known to differ, and why.

/// Why a scenario is not held against its recording, by what its name says it needs.
pub(super) fn scenario(name: &str) -> Option<&'static str> {
    const NEEDS: [(&str, &str); 1] = [(
        "limitrange",
        "LimitRange is not simulated yet: the kind is refused with a message that says so",
    )];
    NEEDS.iter().find(|(part, _)| name.contains(part)).map(|(_, reason)| *reason)
}
