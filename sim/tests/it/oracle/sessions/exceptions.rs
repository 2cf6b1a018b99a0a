//! What is not held against the recordings, and why.

/// A part of a command, and why commands with it are not compared at all.
const REASONS: &[(&str, &str)] = &[
    ("kubectl get cs", "the recording met components that listen elsewhere"),
    ("kubectl get componentstatuses", "the recording met components that listen elsewhere"),
    ("ds.yaml", "not simulated: DaemonSets"),
    (" ds/", "not simulated: DaemonSets"),
    ("--ignore-daemonsets", "not simulated: DaemonSets"),
    ("kubectl create sa", "not simulated: ServiceAccounts"),
    ("kubectl set subject", "not simulated: role bindings"),
    ("kubectl version", "it tells the versions of the recorded client and server"),
    ("kubectl get --raw /version", "it tells the version of the recorded server"),
    ("kubectl auth whoami", "it tells the recorded user"),
    ("config current-context", "it tells the recorded context"),
    ("apply -k", "it tells the recorded directory"),
    ("explain", "the fields are described in other words; see explain.rs"),
];

/// A part of a command, and why such commands may print something else than was recorded.
const LENIENT: &[(&str, &str)] = &[
    (" -A", "other namespaces are not in the recorded state"),
    ("-n default", "other namespaces are not in the recorded state"),
    (" ns ", "namespaces are not in the recorded state"),
    (" ns/", "namespaces are not in the recorded state"),
    ("get sa", "service accounts are not in the recorded state"),
    ("describe sa", "service accounts are not in the recorded state"),
];

/// Single steps, by session and place, and why they may print something else than was recorded.
const STEPS: &[(&str, i64, &str)] = &[
    (
        "02b-get-output",
        102,
        "events of the controller of Endpoints, which is not simulated: they are made from slices",
    ),
    (
        "04-describe",
        34,
        "it shows the Deployment in a version and with an event between the two states: the command \
         took 50 ms, the next state is of 5 s later",
    ),
    (
        "05-set",
        15,
        "it printed version 2785 of a Deployment of which the states hold 2754 and 2819",
    ),
    (
        "05-set",
        21,
        "the Deployments moved: api is 2/1 in the state before and complete in the next, web was \
         written in between",
    ),
    ("07-label-annotate-patch", 33, "the node that is labelled is not in the recorded state"),
    ("11-nodes", 18, "a DaemonSet owns one of the pods, and there are none here"),
    ("13-pod-status", 43, "Go's sort leaves more than twelve equal rows in an order of its own"),
];

/// Why this command is left out, if it is.
pub(super) fn reason(line: &str) -> Option<&'static str> {
    REASONS.iter().find(|(part, _)| line.contains(part)).map(|(_, reason)| *reason)
}

/// Why this command may print something else, if it may.
pub(super) fn leniency(session: &str, step: i64, line: &str) -> Option<&'static str> {
    let here = STEPS.iter().find(|(topic, index, _)| (*topic, *index) == (session, step));
    if let Some((_, _, reason)) = here {
        return Some(reason);
    }
    LENIENT.iter().find(|(part, _)| line.contains(part)).map(|(_, reason)| *reason)
}
