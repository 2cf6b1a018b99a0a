//! Untyped data to an object: which kind it is, whether its fields exist and fit, and defaults.

use std::fmt;

use super::diagnostic::did_you_mean;
use super::object::Object;
use super::strict::{self, Misfit};
use super::{defaults, normal, read, schema};
use crate::api::{Kind, Name, Value};

/// Why data is no object of the simulated cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// It is a list or a scalar.
    NotAnObject,
    /// It does not say what it is.
    NotSet {
        /// Whether `apiVersion` is missing.
        api_version: bool,
        /// Whether `kind` is missing.
        kind: bool,
    },
    /// No cluster has this kind.
    UnknownKind {
        /// The kind as typed.
        kind: Name,
        /// The version as typed.
        api_version: Name,
        /// The object's name.
        name: Name,
        /// The object's namespace, often empty.
        namespace: Name,
        /// The kind that may be meant.
        suggestion: Option<&'static str>,
    },
    /// The kind is right but for upper and lower case.
    WrongCase {
        /// The kind as typed.
        typed: Name,
        /// The kind that is meant.
        kind: &'static str,
        /// The version as typed.
        api_version: Name,
    },
    /// Clusters have this kind, and the simulator leaves it out.
    NotSimulated {
        /// The kind.
        kind: &'static str,
    },
    /// Fields that do not exist or values that do not fit.
    Malformed {
        /// The kind.
        kind: Kind,
        /// Everything that is wrong, in the order of the fields.
        misfits: Vec<Misfit>,
    },
}

impl DecodeError {
    /// Whether the API server is the one to complain, as a `BadRequest`; else it is kubectl.
    pub const fn is_bad_request(&self) -> bool {
        matches!(self, Self::Malformed { .. } | Self::WrongCase { .. })
    }

    /// The complaint without the words about the kind: `strict decoding error: unknown field …`.
    pub fn detail(&self) -> String {
        match self {
            Self::Malformed { misfits, .. } => strict::sentence(misfits).unwrap_or_default(),
            _ => self.to_string(),
        }
    }
}

/// The sentence of the API server (or of kubectl, when it finds out first), without what kubectl
/// puts in front of it.
impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject => f.write_str("invalid object to validate"),
            Self::NotSet { api_version: true, kind: true } => {
                f.write_str("[apiVersion not set, kind not set]")
            }
            Self::NotSet { api_version: true, .. } => f.write_str("apiVersion not set"),
            Self::NotSet { .. } => f.write_str("kind not set"),
            Self::UnknownKind { kind, api_version, .. } => {
                write!(f, "no matches for kind {kind:?} in version {api_version:?}")
            }
            Self::WrongCase { typed, kind, api_version } => {
                let version = api_version.rsplit('/').next().unwrap_or(api_version);
                write!(
                    f,
                    "{typed} in version {version:?} cannot be handled as a {kind}: \
                     no kind {typed:?} is registered for version {api_version:?} \
                     in scheme \"pkg/runtime/scheme.go:100\""
                )
            }
            Self::NotSimulated { kind } => {
                write!(f, "the simulator has no objects of kind {kind:?}")
            }
            Self::Malformed { kind, .. } => {
                let version = kind.api_version().rsplit('/').next().unwrap_or_default();
                let detail = self.detail();
                write!(f, "{kind} in version {version:?} cannot be handled as a {kind}: {detail}")
            }
        }
    }
}

/// Reads an object strictly, with defaults filled in. It may still be invalid: see
/// [`fn@super::validate`].
///
/// # Errors
/// Data that is of no simulated kind, has unknown fields or values of the wrong type.
pub fn decode(value: &Value) -> Result<Object, DecodeError> {
    let (kind, value) = defaulted(value)?;
    Ok(read::object(kind, &value))
}

/// The object's kind and its data in the server's form, with defaults filled in.
///
/// # Errors
/// As [`decode`].
pub fn defaulted(value: &Value) -> Result<(Kind, Value), DecodeError> {
    let kind = kind_of(value)?;
    let misfits = strict::misfits(kind.as_str(), value);
    if strict::sentence(&misfits).is_some() {
        return Err(DecodeError::Malformed { kind, misfits });
    }
    Ok((kind, with_defaults(kind, value)))
}

/// The data in the server's form with defaults filled in; what does not fit is dropped.
pub(super) fn with_defaults(kind: Kind, value: &Value) -> Value {
    let mut value = value.clone();
    normal::normalize(kind.as_str(), &mut value);
    defaults::apply(kind, &mut value);
    value
}

/// The data without the fields that do not exist, and what they were: `--validate=ignore` goes on
/// with the rest, `--validate=warn` says so.
///
/// # Errors
/// Data that is of no simulated kind or has values of the wrong type.
pub fn prune(value: &Value) -> Result<(Value, Vec<Misfit>), DecodeError> {
    let kind = kind_of(value)?;
    let misfits = strict::misfits(kind.as_str(), value);
    if misfits.iter().any(|misfit| misfit.kind != strict::MisfitKind::UnknownField) {
        return Err(DecodeError::Malformed { kind, misfits });
    }
    let mut value = value.clone();
    normal::normalize(kind.as_str(), &mut value);
    Ok((value, misfits))
}

/// Which kind of object the data says it is.
///
/// # Errors
/// Data that is of no simulated kind.
pub fn kind_of(value: &Value) -> Result<Kind, DecodeError> {
    if !matches!(value, Value::Map(_)) {
        return Err(DecodeError::NotAnObject);
    }
    let set = |key| value.get(key).and_then(Value::as_name).filter(|text| !text.is_empty());
    let (Some(typed), Some(api_version)) = (set("kind"), set("apiVersion")) else {
        let (kind, api_version) = (set("kind").is_none(), set("apiVersion").is_none());
        return Err(DecodeError::NotSet { api_version, kind });
    };
    let of_version = schema::KINDS.iter().filter(|(_, version)| *version == &**api_version);
    if let Some((known, _)) = of_version.clone().find(|(known, _)| *known == &**typed) {
        if &**api_version == "events.k8s.io/v1" {
            return Err(DecodeError::NotSimulated { kind: "Event.events.k8s.io" });
        }
        let simulated = schema::fields(known).is_some();
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == *known && simulated);
        return kind.ok_or(DecodeError::NotSimulated { kind: known });
    }
    if let Some((kind, _)) = of_version.clone().find(|(known, _)| known.eq_ignore_ascii_case(typed))
    {
        let (typed, api_version) = (typed.clone(), api_version.clone());
        return Err(DecodeError::WrongCase { typed, kind, api_version });
    }
    let meta = |key| value.at(&["metadata", key]).and_then(Value::scalar_text).unwrap_or_default();
    Err(DecodeError::UnknownKind {
        suggestion: did_you_mean(typed, schema::KINDS.iter().map(|(known, _)| *known)),
        kind: typed.clone(),
        api_version: api_version.clone(),
        name: meta("name"),
        namespace: meta("namespace"),
    })
}

/// The objects of a `kind: List`, or the one object this is.
pub fn flatten(value: &Value) -> Vec<&Value> {
    let is_list = value.get("kind").and_then(Value::as_str) == Some("List");
    match value.get("items").and_then(Value::as_list) {
        Some(items) if is_list => items.iter().flat_map(flatten).collect(),
        _ => vec![value],
    }
}

#[cfg(test)]
mod tests {
    use super::decode;
    use crate::manifest::parse;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let got = decode(&parse(text).documents[0].value).map_err(|error| error.to_string());
        assert_eq!(got.map(|_| ()), Err(expected.to_owned()));
    }

    #[test]
    fn data_of_no_simulated_kind_is_refused_honestly() {
        check("[a]", "invalid object to validate");
        check("a: b", "[apiVersion not set, kind not set]");
        check("{apiVersion: v1, a: b}", "kind not set");
        check(
            "{apiVersion: apps/v1, kind: Deploymnt}",
            "no matches for kind \"Deploymnt\" in version \"apps/v1\"",
        );
        check(
            "{apiVersion: apps/v1, kind: DaemonSet}",
            "the simulator has no objects of kind \"DaemonSet\"",
        );
    }

    #[test]
    fn the_first_wrong_type_comes_before_all_unknown_fields() {
        let head = "apiVersion: apps/v1\nkind: Deployment\nspec: ";
        check(
            &format!("{head}{{foo: 1, paused: 5, replica: 2}}"),
            "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot \
             unmarshal number into Go struct field DeploymentSpec.spec.paused of type bool",
        );
        check(
            &format!("{head}{{replica: 2, foo: 1}}"),
            "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding \
             error: unknown field \"spec.foo\", unknown field \"spec.replica\"",
        );
    }
}
