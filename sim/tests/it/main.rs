//! The integration tests: one binary, a module per subject.

mod admission;
mod autoscaling;
mod bad_input;
mod branches;
mod compare;
mod config;
mod determinism;
mod fingerprints;
mod fuzz;
mod kinds;
mod kubectl_describe;
mod kubectl_vectors;
mod manifest_vectors;
mod nodes;
mod oracle;
mod pasted;
mod pods;
mod properties;
mod requests;
mod scheduling;
mod shapes;
mod terminal;
mod tidy;
mod vectors;
mod workload;
mod yaml_reference;
