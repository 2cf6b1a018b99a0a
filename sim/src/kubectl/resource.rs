//! The words people use for kinds: `deploy`, `deployments.apps`, `po`.
//!
//! Kinds a cluster has and the simulator leaves out are known by name, so that asking for them
//! finds nothing instead of being a mistake.

use super::discovery;
use super::error::{Error, fail};
use crate::api::Kind;

/// What a word may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// A kind the API server stores.
    Kind(Kind),
    /// `v1` Endpoints, made from `EndpointSlices`.
    Endpoints,
    /// A kind that nothing here acts on.
    Absent(Absent),
}

/// A kind that nothing here acts on: there are only objects of it that were loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Absent {
    plural: &'static str,
    kind: &'static str,
    group: &'static str,
    namespaced: bool,
}

impl Absent {
    /// The kind as manifests write it.
    pub(crate) const fn kind(&self) -> &'static str {
        self.kind
    }

    /// Whether its objects live in namespaces.
    pub(crate) const fn is_namespaced(&self) -> bool {
        self.namespaced
    }

    fn named(name: &str) -> Option<Self> {
        let row = discovery::rows().find(|row| {
            name == row.name
                || name.eq_ignore_ascii_case(row.kind)
                || row.short.split(',').any(|short| short == name && !short.is_empty())
        })?;
        let group = row.group();
        Some(Self { plural: row.name, kind: row.kind, group, namespaced: row.namespaced })
    }
}

/// The stored kind a word names.
pub(crate) fn kind(word: &str) -> Option<Kind> {
    match Resource::find(word)? {
        Resource::Kind(kind) => Some(kind),
        Resource::Endpoints | Resource::Absent(_) => None,
    }
}

/// What `all` stands for.
const ALL: [Kind; 4] = [Kind::Pod, Kind::Service, Kind::Deployment, Kind::ReplicaSet];

impl Resource {
    /// The resource a word names: its plural, singular or short name, with or without group.
    fn find(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let (name, group) = word.split_once('.').unwrap_or((&word, ""));
        let resource = Self::named(name)?;
        let known = resource.group();
        let fits = group.is_empty()
            || group == known
            || group == "v1"
            || group.strip_prefix("v1.").is_some_and(|group| group == known);
        fits.then_some(resource)
    }

    fn named(name: &str) -> Option<Self> {
        if matches!(name, "endpoints" | "ep") {
            return Some(Self::Endpoints);
        }
        let long = Kind::ALL.into_iter().find(|kind| {
            name == kind.plural()
                || (name == kind.short() && !name.is_empty())
                || name.eq_ignore_ascii_case(kind.as_str())
        });
        long.map(Self::Kind).or_else(|| Absent::named(name).map(Self::Absent))
    }

    /// The resources a comma-separated list names; `all` stands for several.
    ///
    /// # Errors
    /// A word that names none.
    pub(crate) fn parse_list(words: &str) -> Result<Vec<Self>, Error> {
        let mut resources = Vec::new();
        for word in words.split(',') {
            if word == "all" {
                resources.extend(ALL.map(Self::Kind));
            } else if let Some(resource) = Self::find(word) {
                resources.push(resource);
            } else {
                let word = word.split('.').next().unwrap_or(word);
                return fail(format!("the server doesn't have a resource type {word:?}"));
            }
        }
        Ok(resources)
    }

    /// The API group, empty for the core group.
    pub(crate) fn group(self) -> &'static str {
        match self {
            Self::Kind(kind) => kind.group(),
            Self::Endpoints => "",
            Self::Absent(absent) => absent.group,
        }
    }

    /// The plural name.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Kind(kind) => kind.plural(),
            Self::Endpoints => "endpoints",
            Self::Absent(absent) => absent.plural,
        }
    }

    /// The plural with its group: `deployments.apps`.
    pub(crate) fn plural_dot_group(self) -> String {
        match self.group() {
            "" => self.plural().to_owned(),
            group => format!("{}.{group}", self.plural()),
        }
    }

    /// What stands before a name: `deployment.apps`.
    pub(crate) fn prefix(self) -> String {
        match self {
            Self::Kind(kind) => kind.singular_dot_group(),
            Self::Endpoints => "endpoints".to_owned(),
            Self::Absent(absent) => {
                let dot = if absent.group.is_empty() { "" } else { "." };
                format!("{}{dot}{}", absent.kind.to_ascii_lowercase(), absent.group)
            }
        }
    }

    /// Whether its objects live in namespaces.
    pub(crate) const fn is_namespaced(self) -> bool {
        match self {
            Self::Kind(kind) => kind.is_namespaced(),
            Self::Endpoints => true,
            Self::Absent(absent) => absent.namespaced,
        }
    }
}

/// One thing a command is asked to act on: an object, or all of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) resource: Resource,
    pub(crate) name: Option<String>,
}

/// Which forms of naming objects a command allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Naming {
    /// A selector (or `--all`) was given.
    pub(crate) selected: bool,
    /// A resource without a name means all its objects.
    pub(crate) types_alone: bool,
}

/// Reads `deploy/web svc/web`, `deploy web api`, `deploy,rs`.
///
/// Models: kubernetes v1.36 cli-runtime `pkg/resource/builder.go`.
///
/// # Errors
/// The builder's sentence about words that do not fit together.
pub(crate) fn targets(words: &[String], naming: Naming) -> Result<Vec<Target>, Error> {
    if words.iter().any(|word| word.contains('/')) {
        if naming.selected {
            return fail(
                "selectors and the all flag cannot be used when passing resource/name arguments",
            );
        }
        return words.iter().map(|word| slashed(word)).collect();
    }
    let Some((types, names)) = words.split_first() else {
        return Ok(Vec::new());
    };
    let resources = Resource::parse_list(types)?;
    if names.is_empty() {
        if !naming.selected && !naming.types_alone {
            return fail("resource(s) were provided, but no name was specified");
        }
        return Ok(resources.into_iter().map(|resource| Target { resource, name: None }).collect());
    }
    if naming.selected {
        return fail("name cannot be provided when a selector is specified");
    }
    let named =
        |resource| names.iter().map(move |name| Target { resource, name: Some(name.clone()) });
    Ok(resources.into_iter().flat_map(named).collect())
}

fn slashed(word: &str) -> Result<Target, Error> {
    let parts: Vec<&str> = word.split('/').collect();
    let [types, name] = parts.as_slice() else {
        return fail(if parts.len() < 2 {
            "there is no need to specify a resource type as a separate argument when passing \
             arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead \
             of 'kubectl get resource resource/<resource_name>'"
        } else {
            "arguments in resource/name form may not have more than one slash"
        });
    };
    if types.is_empty() || name.is_empty() {
        return fail("arguments in resource/name form must have a single resource and name");
    }
    match Resource::parse_list(types)?.as_slice() {
        [resource] => Ok(Target { resource: *resource, name: Some((*name).to_owned()) }),
        _ => fail("arguments in resource/name form must have a single resource and name"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Naming, Resource, targets};
    use crate::api::Kind;

    #[test]
    fn kinds_have_many_names() {
        for word in
            ["deploy", "deployment", "Deployments", "deployments.apps", "deployment.v1.apps"]
        {
            assert_eq!(Resource::find(word), Some(Resource::Kind(Kind::Deployment)), "{word}");
        }
        assert_eq!(Resource::find("deploy.batch"), None);
        assert_eq!(Resource::find("ep"), Some(Resource::Endpoints));
        assert_eq!(Resource::find("sts").map(Resource::prefix), Some("statefulset.apps".into()));
        assert_eq!(Resource::find("deployement"), None);
    }

    #[test]
    fn words_are_objects_in_two_forms_that_do_not_mix() {
        let parse = |line: &str, naming| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            targets(&words, naming).map(|targets| {
                let text = |target: &super::Target| {
                    format!(
                        "{}/{}",
                        target.resource.plural(),
                        target.name.as_deref().unwrap_or("*")
                    )
                };
                targets.iter().map(text).collect::<Vec<_>>().join(" ")
            })
        };
        let plain = Naming::default();
        let types = Naming { types_alone: true, ..plain };
        assert_eq!(parse("deploy web api", plain), Ok("deployments/web deployments/api".into()));
        assert_eq!(parse("deploy/web svc/a", plain), Ok("deployments/web services/a".into()));
        assert_eq!(parse("deploy,svc web", plain), Ok("deployments/web services/web".into()));
        assert_eq!(parse("rs,po", types), Ok("replicasets/* pods/*".into()));
        for wrong in ["deploy", "deploy/web web", "deploy/web/x", "deploy/", "foo/x", "web x"] {
            assert!(parse(wrong, plain).is_err(), "{wrong}");
        }
    }
}
