//! Nothing but a test: `tests/fields.rs` holds the simulator's table of fields against `k8s-openapi`.
//!
//! It stands in a crate of its own because that dependency takes longer to build than all others of
//! the tests together (about 15 s of one core), and few changes need it.
