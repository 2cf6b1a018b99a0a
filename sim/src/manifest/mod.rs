//! Manifests: text to objects, and objects to text.
//!
//! What was typed is not what it means, hence stages: text → data with spans ([`parse()`]) → fields
//! and types checked, defaults filled in ([`decode()`]) → rules checked ([`decode_defaulted`]). The
//! way back is [`encode()`] and [`to_yaml`]. Every stage words its complaints like the real tool
//! behind it; [`check()`] does it all and locates every complaint in the text.

pub mod admit;
pub mod check;
mod data_kinds;
pub mod decode;
pub mod defaults;
pub mod diagnostic;
pub mod edit;
pub mod encode;
pub mod names;
pub mod normal;
pub mod object;
pub mod parse;
mod read;
pub(crate) mod reports;
pub(crate) mod schema;
pub(crate) mod stored;
pub mod strict;
mod syntax;
pub mod timestamp;
mod uid;
pub mod validate;
mod values;
pub mod yaml;

pub use admit::{ManifestError, decode_defaulted, decode_update};
pub use check::check;
pub use decode::{DecodeError, decode, flatten, kind_of, prune};
pub use diagnostic::{Diagnostic, Severity};
pub use edit::Edit;
pub use encode::encode;
pub use object::Object;
pub use parse::{Document, FieldSpan, Parsed, parse};
pub use schema::{fields as struct_fields, struct_names};
pub use syntax::{Mark, Span};
pub use validate::{FieldError, FieldErrorKind, Invalid, validate, validate_update};
pub use yaml::to_yaml;
