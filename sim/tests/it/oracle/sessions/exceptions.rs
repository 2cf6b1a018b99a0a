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
    ("apply -k", "not simulated yet: kustomizations"),
    ("kubectl get ev ", "not simulated yet: the warning that a short name has two meanings"),
    ("explain", "the fields are described in other words; see explain.rs"),
];

/// A part of a command, and why such commands may print something else than was recorded.
const LENIENT: &[(&str, &str)] = &[
    (" -A", "other namespaces are not in the recorded state"),
    ("-n default", "other namespaces are not in the recorded state"),
    (" ns ", "namespaces are not in the recorded state"),
    (" ns/", "namespaces are not in the recorded state"),
    ("node", "nodes are not in every recorded state"),
    ("drain", "pods that DaemonSets own, and when evicted pods are gone"),
    ("get sa", "service accounts are not in the recorded state"),
    ("describe sa", "service accounts are not in the recorded state"),
    ("--list", "kubectl lists labels in the random order of a Go map"),
    ("--sort-by", "Go's sort leaves equal rows in an order of its own"),
    ("describe ep", "Endpoints have no events of their own here"),
    ("wait --for=condition=Ready pod -l", "whether pods of the recorded cluster ended in time"),
    ("web=nginx:1.32 --dry-run=client -o yaml", "the recorded cluster moved meanwhile"),
    ("VERSION=v3 --dry-run=client -o yaml", "the recorded cluster moved meanwhile"),
    ("kubectl get deploy -o wide", "the recorded cluster moved between the state and the command"),
    ("kubectl rollout status deploy/web -w=false", "the recorded cluster moved meanwhile"),
    ("condition=Available=False", "the recorded cluster moved meanwhile"),
    ("kubectl describe deploy web", "the recorded cluster moved, and events came meanwhile"),
    ("kubectl describe rs", "an event came between the state and the command"),
    ("kubectl apply -f .", "pods of the recorded cluster were gone by then"),
];

/// Why this command is left out, if it is.
pub(super) fn reason(line: &str) -> Option<&'static str> {
    REASONS.iter().find(|(part, _)| line.contains(part)).map(|(_, reason)| *reason)
}

/// Why this command may print something else, if it may.
pub(super) fn leniency(line: &str) -> Option<&'static str> {
    LENIENT.iter().find(|(part, _)| line.contains(part)).map(|(_, reason)| *reason)
}
