//! What kubectl prints when something went wrong.
//!
//! Models: kubectl v1.36 `pkg/cmd/util/helpers.go` `checkErr`: one failure is told in full, several
//! are told one a line.

use crate::api::Kind;
use crate::apiserver::ApiError;

/// Why the API server refused a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A refusal that has a reason and a sentence.
    Api(ApiError),
    /// The request makes no sense; the sentence.
    BadRequest(String),
    /// The object breaks rules.
    Invalid {
        /// The object's kind.
        kind: Kind,
        /// The object's name.
        name: String,
        /// What is wrong, one entry a field.
        causes: Vec<String>,
    },
    /// The request cannot be read; the sentence.
    Unreadable(String),
    /// Another reason; the reason (may be empty) and the sentence.
    Other(&'static str, String),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl Refusal {
    /// The reason as the API server names it.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Api(error) => error.reason(),
            Self::BadRequest(_) => "BadRequest",
            Self::Invalid { .. } | Self::Unreadable(_) => "Invalid",
            Self::Other(reason, _) => reason,
        }
    }

    /// Whether there was nothing of that name.
    pub(crate) const fn is_not_found(&self) -> bool {
        matches!(self, Self::Api(ApiError::NotFound { .. }))
    }

    /// The API server's sentence on one line.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Api(error) => error.to_string(),
            Self::BadRequest(sentence) | Self::Unreadable(sentence) | Self::Other(_, sentence) => {
                sentence.clone()
            }
            Self::Invalid { kind, name, causes } => {
                let group = if kind.group().is_empty() { "" } else { "." };
                let head = format!("{kind}{group}{} {name:?} is invalid", kind.group());
                match causes.as_slice() {
                    [only] => format!("{head}: {only}"),
                    _ => format!("{head}: [{}]", causes.join(", ")),
                }
            }
        }
    }
}

/// A failure of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// kubectl's own sentence, printed after `error: `.
    Text(String),
    /// The API server's refusal, and what kubectl was doing.
    ///
    /// In a box, as are the two texts below: every `?` moves what an error may be.
    Refused {
        refusal: Box<Refusal>,
        /// Such as `error when creating "STDIN"`; often empty.
        doing: String,
    },
    /// kubectl's own sentence, as [`Self::Text`], and what it printed to stdout before.
    Dumped(Box<(String, String)>),
    /// Text that is printed as it is.
    Exact(String),
    /// Nothing: everything has been said already.
    Silent,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal, String::new())
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        Refusal::from(error).into()
    }
}

/// kubectl's own complaint.
pub(crate) fn fail<T>(text: impl Into<String>) -> Result<T, Error> {
    Err(Error::Text(text.into()))
}

impl Error {
    /// A refusal, and what kubectl was doing.
    pub(crate) fn refused(refusal: Refusal, doing: String) -> Self {
        Self::Refused { refusal: Box::new(refusal), doing }
    }

    /// The failure when it is the only one.
    fn alone(&self) -> String {
        let refusal = match self {
            Self::Text(text) if text.starts_with("error: ") => return text.clone(),
            Self::Text(text) => return format!("error: {text}"),
            Self::Dumped(texts) => return format!("error: {}", texts.1),
            Self::Refused { refusal, .. } => &**refusal,
            Self::Exact(_) | Self::Silent => return self.among_others(),
        };
        match refusal {
            Refusal::Invalid { kind, name, causes } => {
                let mut told: Vec<&str> = Vec::new();
                for cause in causes {
                    if !told.contains(&cause.as_str()) {
                        told.push(cause);
                    }
                }
                let head = format!("The {kind} {name:?} is invalid: ");
                match told.as_slice() {
                    [only] => format!("{head}{only}"),
                    _ => told.iter().fold(head, |text, cause| format!("{text}\n* {cause}")),
                }
            }
            Refusal::Unreadable(sentence) => format!("The request is invalid: {sentence}"),
            Refusal::Api(_) | Refusal::BadRequest(_) | Refusal::Other(..) => self.among_others(),
        }
    }

    /// The failure when there are several.
    fn among_others(&self) -> String {
        match self {
            Self::Text(text) | Self::Exact(text) => text.clone(),
            Self::Dumped(texts) => texts.1.clone(),
            Self::Silent => String::new(),
            Self::Refused { refusal, doing } => {
                let reason = match refusal.reason() {
                    "" => String::new(),
                    reason => format!(" ({reason})"),
                };
                let doing = if doing.is_empty() { String::new() } else { format!("{doing}: ") };
                format!("Error from server{reason}: {doing}{}", refusal.sentence())
            }
        }
    }
}

/// All failures of a command as stderr shows them.
pub(crate) fn told(errors: &[Error]) -> String {
    match errors {
        [] | [Error::Silent] => String::new(),
        [only] => {
            let text = only.alone();
            // A sentence that ends its line needs no second end.
            let ends = text.ends_with('\n')
                && !text.ends_with("\n\n")
                && !matches!(only, Error::Refused { refusal, .. }
                    if matches!(**refusal, Refusal::Invalid { .. }));
            if ends { text } else { text + "\n" }
        }
        _ => errors.iter().map(|error| error.among_others() + "\n").collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, Refusal, told};
    use crate::api::Kind;
    use crate::apiserver::ApiError;

    #[test]
    fn one_failure_is_told_in_full_and_several_one_a_line() {
        let missing = Error::from(ApiError::not_found(Kind::Pod, "p1"));
        let invalid = Error::from(Refusal::Invalid {
            kind: Kind::Deployment,
            name: "web".into(),
            causes: vec!["a: x".into(), "b: y".into()],
        });
        let own = Error::Text("no".into());
        assert_eq!(told(std::slice::from_ref(&own)), "error: no\n");
        assert_eq!(
            told(std::slice::from_ref(&invalid)),
            "The Deployment \"web\" is invalid: \n* a: x\n* b: y\n"
        );
        assert_eq!(
            told(&[missing, invalid, own]),
            "Error from server (NotFound): pods \"p1\" not found\n\
             Error from server (Invalid): Deployment.apps \"web\" is invalid: [a: x, b: y]\nno\n"
        );
    }
}
