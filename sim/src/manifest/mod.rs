//! Manifests: text to objects, and objects to text.

pub mod diagnostic;
pub mod parse;
mod scalar;
mod scan;
mod scan_text;
pub mod token;
mod tree;

pub use diagnostic::{Diagnostic, Severity};
pub use parse::{Document, Parsed, parse};
