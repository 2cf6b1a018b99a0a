//! What the API server answers when it refuses.

use std::fmt;

use crate::api::{Kind, Name};

/// A refusal, printed as the API server's own sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// There is no such object.
    NotFound {
        /// The kind asked for.
        kind: Kind,
        /// The name asked for.
        name: Name,
    },
    /// The name is taken.
    AlreadyExists {
        /// The kind.
        kind: Kind,
        /// The name.
        name: Name,
    },
    /// The object has changed since it was read.
    Conflict {
        /// The kind.
        kind: Kind,
        /// The name.
        name: Name,
    },
    /// The object breaks a rule; the text is the API server's whole sentence.
    Invalid(String),
    /// The request may be made again later; the text is the API server's whole sentence.
    TooManyRequests(String),
    /// The API server cannot do it; the text is its whole sentence.
    InternalError(String),
    /// The request is refused by policy; the text is the API server's whole sentence.
    Forbidden(String),
}

impl ApiError {
    /// There is no object `name` of this kind.
    pub fn not_found(kind: Kind, name: &str) -> Self {
        Self::NotFound { kind, name: name.into() }
    }

    /// The reason kubectl prints in brackets: `Error from server (NotFound): …`.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "NotFound",
            Self::AlreadyExists { .. } => "AlreadyExists",
            Self::Conflict { .. } => "Conflict",
            Self::Invalid(_) => "Invalid",
            Self::Forbidden(_) => "Forbidden",
            Self::TooManyRequests(_) => "TooManyRequests",
            Self::InternalError(_) => "InternalError",
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { kind, name } => {
                write!(f, "{} \"{name}\" not found", kind.plural_dot_group())
            }
            Self::AlreadyExists { kind, name } => {
                write!(f, "{} \"{name}\" already exists", kind.plural_dot_group())
            }
            Self::Conflict { kind, name } => write!(
                f,
                "Operation cannot be fulfilled on {} \"{name}\": the object has been modified; \
                 please apply your changes to the latest version and try again",
                kind.plural_dot_group()
            ),
            Self::Invalid(sentence)
            | Self::Forbidden(sentence)
            | Self::TooManyRequests(sentence)
            | Self::InternalError(sentence) => f.write_str(sentence),
        }
    }
}
