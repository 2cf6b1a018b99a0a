//! What helps one who writes manifests: what applying a text would come to.
//!
//! It stands in for no part of Kubernetes: it asks the same tables and functions that the
//! simulated parts are made of, so that what an editor says is what then happens.

mod differences;
pub mod preview;

pub use preview::{Effect, Preview, preview};
