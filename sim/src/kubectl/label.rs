//! `kubectl label` and `kubectl annotate`: small facts on objects.
//!
//! Models: kubectl v1.36 `pkg/cmd/label/label.go`, `pkg/cmd/annotate/annotate.go`.

use super::error::{Error, fail};
use super::server::Sent;
use super::session::Session;
use super::{objects, set};
use crate::api::Name;
use crate::apiserver::AnyObject;

pub(super) const FLAGS: &str = "overwrite list all all-namespaces,A selector,l:text \
    filename,f:text recursive,R dry-run:or=unchanged output,o:text resource-version:text \
    field-selector:text field-manager:text local show-managed-fields template:text \
    allow-missing-template-keys kustomize,k:text";

/// Which of the two maps of metadata is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Labels,
    Annotations,
}

impl Part {
    const fn field(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Annotations => "annotations",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Labels => "label",
            Self::Annotations => "annotation",
        }
    }
}

/// Runs `label`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    mark(session, Part::Labels)
}

/// Runs `annotate`.
pub(super) fn run_annotate(session: &mut Session<'_>) -> Result<(), Error> {
    mark(session, Part::Annotations)
}

/// What to set and what to remove.
struct Changes {
    set: Vec<(String, String)>,
    removed: Vec<String>,
}

fn mark(session: &mut Session<'_>, part: Part) -> Result<(), Error> {
    let words = session.args.words.clone();
    let (resources, changes) = set::split_changes(&words, part.word())?;
    if resources.is_empty() && !session.args.names_files() {
        return fail(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        );
    }
    let list = session.args.is_on("list");
    if changes.is_empty() && !list {
        return fail(format!("at least one {} update is required", part.word()));
    }
    let changes = read(changes, part)?;
    let found = session.objects(resources, session.naming())?;
    let several = found.len() > 1;
    for object in &found {
        let result = if list {
            show(session, object, part, several);
            Ok(())
        } else {
            one(session, object, part, &changes)
        };
        if let Err(error) = result {
            session.fail(error);
        }
    }
    Ok(())
}

fn read(changes: &[String], part: Part) -> Result<Changes, Error> {
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    for change in changes {
        if let Some((key, value)) = change.split_once('=') {
            if part == Part::Labels && value.contains('=') {
                return fail(format!("invalid label spec: {change}"));
            }
            if part == Part::Labels && !is_label_value(value) {
                return fail(format!(
                    "invalid label value: {change:?}: a valid label must be an empty string or \
                     consist of alphanumeric characters, '-', '_' or '.', and must start and end \
                     with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', \
                     regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
                ));
            }
            set.push((key.to_owned(), value.to_owned()));
        } else if let Some(key) = change.strip_suffix('-') {
            removed.push(key.to_owned());
        }
    }
    let mut both = set.iter().filter(|(key, _)| removed.contains(key)).map(|(key, _)| &**key);
    if let Some(first) = both.next() {
        let more: Vec<&str> = [first].into_iter().chain(both).collect();
        return fail(match part {
            Part::Labels => "can not both modify and remove a label in the same command".to_owned(),
            Part::Annotations => format!(
                "can not both modify and remove the following annotation(s) in the same command: \
                 {}",
                more.join("; ")
            ),
        });
    }
    Ok(Changes { set, removed })
}

fn is_label_value(value: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let ends = [value.chars().next(), value.chars().next_back()];
    value.len() <= 63
        && value.chars().all(fits)
        && ends.iter().flatten().all(char::is_ascii_alphanumeric)
}

fn one(
    session: &mut Session<'_>,
    object: &AnyObject,
    part: Part,
    changes: &Changes,
) -> Result<(), Error> {
    let before = objects::data(object);
    let mut after = before.clone();
    let known = part_of(object, part);
    if !session.args.is_on("overwrite") {
        refuse_overwriting(&known, part, changes)?;
    }
    let field = after.entry("metadata").entry(part.field());
    for key in &changes.removed {
        let gone = field.as_map_mut().and_then(|map| map.remove(key.as_str()));
        if gone.is_none() && part == Part::Labels && !session.asks_nobody() {
            session.print(&format!("label {key:?} not found."));
        }
    }
    for (key, value) in &changes.set {
        *field.entry(key) = value.as_str().into();
    }
    if field.as_map().is_none_or(std::collections::BTreeMap::is_empty) {
        after.entry("metadata").as_map_mut().and_then(|map| map.remove(part.field()));
    }
    if let Some(version) = session.args.text("resource-version") {
        *after.entry("metadata").entry("resourceVersion") = version.into();
    }
    let written = session.update(object, &after, Sent::Whole)?;
    let done = match part {
        Part::Annotations => "annotated",
        Part::Labels if before == after => "not labeled",
        Part::Labels
            if !session.args.is_on("overwrite")
                && after.to_json().len() < before.to_json().len() =>
        {
            "unlabeled"
        }
        Part::Labels => "labeled",
    };
    session.report(&written.object, done)
}

fn refuse_overwriting(known: &[(Name, Name)], part: Part, changes: &Changes) -> Result<(), Error> {
    let mut taken = Vec::new();
    for (key, value) in &changes.set {
        let old = known.iter().find(|(known, old)| **known == **key && **old != **value);
        if let Some((_, old)) = old {
            taken.push(format!("'{key}' already has a value ({old})"));
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    match part {
        Part::Labels => fail(format!("{}, and --overwrite is false", taken[0])),
        Part::Annotations => fail(format!(
            "--overwrite is false but found the following declared annotation(s): {}",
            taken.join("; ")
        )),
    }
}

fn part_of(object: &AnyObject, part: Part) -> Vec<(Name, Name)> {
    let map = match part {
        Part::Labels => &object.meta().labels,
        Part::Annotations => &object.meta().annotations,
    };
    map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn show(session: &mut Session<'_>, object: &AnyObject, part: Part, several: bool) {
    let indent = if several { " " } else { "" };
    if several {
        let kind = super::rollout::kind_dot_group(object.kind());
        let line = format!("Listing {} for {kind}/{}:", part.field(), object.meta().name);
        session.print(&line);
    }
    for (key, value) in part_of(object, part) {
        session.print(&format!("{indent}{key}={value}"));
    }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn labels_are_set_kept_and_removed() {
        let mut lab = Lab::with_web();
        lab.check("label deploy web env=prod", "deployment.apps/web labeled\n");
        lab.check("label deploy web env=prod", "deployment.apps/web not labeled\n");
        lab.check_error(
            "label deploy web env=dev",
            "error: 'env' already has a value (prod), and --overwrite is false\n",
        );
        lab.check("label deploy web env=dev --overwrite", "deployment.apps/web labeled\n");
        lab.check("label deploy/web --list", "env=dev\n");
        lab.check("label deploy web env-", "deployment.apps/web unlabeled\n");
        lab.check(
            "label deploy web env-",
            "label \"env\" not found.\ndeployment.apps/web not labeled\n",
        );
        lab.check_error("label deploy web", "error: at least one label update is required\n");
        assert!(
            lab.run("label deploy web 'k=bad value!'")
                .stderr
                .starts_with("error: invalid label value")
        );
        assert!(lab.run("label deploy web 'bad key=1'").stderr.starts_with(
            "The Deployment \"web\" is invalid: metadata.labels: Invalid value: \"bad key\": name part"
        ));
    }

    #[test]
    fn annotations_are_set_kept_and_removed() {
        let mut lab = Lab::with_web();
        lab.check("annotate deploy web note='hello world'", "deployment.apps/web annotated\n");
        lab.check_error(
            "annotate deploy web note=bye",
            "error: --overwrite is false but found the following declared annotation(s): 'note' \
             already has a value (hello world)\n",
        );
        lab.check("annotate deploy web note-", "deployment.apps/web annotated\n");
        assert_eq!(lab.run("annotate pods --all a=b").stdout.lines().count(), 3);
    }
}
