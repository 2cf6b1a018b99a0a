//! The integration tests: one binary, a module per subject.

mod bad_input;
mod determinism;
mod fingerprints;
mod kinds;
mod kubectl_vectors;
mod manifest_vectors;
mod oracle;
mod properties;
mod requests;
mod terminal;
mod tidy;
mod vectors;
mod workload;
mod yaml_reference;
