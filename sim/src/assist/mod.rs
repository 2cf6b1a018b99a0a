//! What helps one who writes manifests: how a word may go on, what a field means, what applying a
//! text would come to.
//!
//! It stands in for no part of Kubernetes: it asks the same tables and functions that the
//! simulated parts are made of, so that what an editor says is what then happens.

pub mod complete;
mod differences;
pub mod format;
pub mod hover;
mod place;
pub mod preview;
#[cfg(test)]
mod tests;
mod walk;

pub use complete::{Completion, complete};
pub use format::format;
pub use hover::{Explanation, explain};
pub use preview::{Effect, Preview, preview};
