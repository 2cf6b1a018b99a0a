//! YAML text to a tree that knows where everything stands.
//!
//! Written here rather than taken from a crate: it gives kubectl's own error sentences and lines,
//! types scalars as kubectl does, keeps both of two equal keys, bounds depth and aliases, and adds a
//! fraction of a crate's size to the wasm. Compared with a real kubectl on thousands of mutated
//! texts. Leaves out: `!!binary`, and the checks of directives and tags.

mod chunk;
mod fetch;
mod node;
pub(super) mod scalar;
mod scan;
mod text;
mod token;
mod tree;

pub(super) use chunk::{Chunk, control_character, split};
pub(super) use node::{Content, Node, step};
pub(super) use token::SyntaxError;
pub use token::{Mark, Span};
pub(super) use tree::read as read_documents;
