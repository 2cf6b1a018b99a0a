//! `kubectl edit`: objects as text for an editor, and what comes back as a change.
//!
//! Models: kubectl v1.36 `pkg/cmd/util/editor/editoptions.go`. The editor runs between two calls:
//! the first leaves an [`Edit`] in its output, the second applies what was saved.

use std::sync::Arc;

use super::Output;
use super::error::{Error, Refusal};
use super::objects;
use super::output;
use super::resource::Naming;
use super::server::{self, Sent, Written};
use super::session::{NAME_SOMETHING, Session, text_at};
use crate::api::value::map;
use crate::api::{Name, Value};
use crate::manifest;
use crate::order;

pub(super) const FLAGS: &str = "filename,f:text recursive,R output,o:text output-patch \
    save-config validate:or=strict windows-line-endings field-manager:text subresource:text \
    show-managed-fields template:text allow-missing-template-keys kustomize,k:text";

/// Stands above the text.
const HEADER: &str = "\
# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

/// Objects in an editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The text to edit.
    pub text: String,
    /// Where it was written.
    pub path: String,
    /// The objects as they were when the edit began.
    originals: Arc<[Value]>,
    /// The text they were shown as.
    first: Name,
    has_error: bool,
}

/// What was saved, to be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    edit: Edit,
    text: String,
}

impl Edited {
    /// What was saved.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// What follows when the editor is closed.
pub enum Next {
    /// The change is to be applied.
    Apply(Arc<Edited>),
    /// This is printed, and the editor may open again.
    Done(Output),
}

/// Runs `edit`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    if words.is_empty() && !session.args.names_files() {
        return Err(Error::Text(NAME_SOMETHING.to_owned()));
    }
    let naming = Naming { types_alone: true, ..session.naming() };
    let found = session.objects(&words, naming)?;
    if session.has_failed() {
        return Ok(());
    }
    if found.is_empty() {
        return Err(Error::Text("edit cancelled, no objects found".to_owned()));
    }
    let originals: Vec<Value> = found.iter().map(objects::data).collect();
    let form = session.args.text("output").filter(|form| *form == "json").unwrap_or("yaml");
    let data = match originals.as_slice() {
        [only] => only.clone(),
        all => map([
            ("apiVersion", "v1".into()),
            ("kind", "List".into()),
            ("metadata", Value::map()),
            ("items", all.to_vec().into()),
        ]),
    };
    let shown = output::print_data(form, &data)?;
    session.out.edit = Some(Box::new(Edit {
        text: format!("{HEADER}{shown}"),
        path: String::new(),
        originals: originals.into(),
        first: shown.into(),
        has_error: false,
    }));
    Ok(())
}

/// The text without lines that are comments and without blank ends.
fn stripped(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// What a program says that failed as a person's editor.
fn editor_problem(editor: &str) -> Output {
    let quoted = editor.contains(['"', '\'', '\\']) && editor.contains(' ');
    let shown = if quoted { format!("/bin/bash -c {editor}") } else { editor.to_owned() };
    Output::failure(&format!("there was a problem with the editor {shown:?}"))
}

impl Edit {
    /// What follows now that the editor was closed with this text and status.
    pub fn closed(self, text: &str, status: i32, editor: &str) -> Next {
        if status != 0 {
            return Next::Done(editor_problem(editor));
        }
        if self.has_error && stripped(text) == stripped(&self.text) {
            return Next::Done(self.preserved("Edit cancelled, no valid changes were saved."));
        }
        if stripped(text).is_empty() {
            let said = self.invalid_line(0);
            return Next::Done(self.again(text, "# The edited file failed validation\n#\n", &said));
        }
        if stripped(text) == stripped(&self.first) {
            let stderr = "Edit cancelled, no changes made.\n".to_owned();
            return Next::Done(Output { stderr, ..Output::default() });
        }
        Next::Apply(Arc::new(Edited { edit: self, text: text.to_owned() }))
    }

    fn preserved(&self, problem: &str) -> Output {
        let mut output = Output::failure(problem);
        let kept = format!("A copy of your changes has been stored to {:?}\n", self.path);
        output.stderr.insert_str(0, &kept);
        output
    }

    fn invalid_line(&self, place: usize) -> String {
        let original = &self.originals[place];
        let resource = manifest::kind_of(original)
            .map_or_else(|_| String::new(), crate::api::Kind::plural_dot_group);
        format!("error: {resource} {:?} is invalid\n", text_at(original, "name"))
    }

    /// The editor opens again, with the reason above the text.
    fn again(self, text: &str, reason: &str, said: &str) -> Output {
        let text = format!("{HEADER}{reason}{}\n", stripped(text));
        let edit = Self { text, has_error: true, ..self };
        Output { stderr: said.to_owned(), edit: Some(Box::new(edit)), ..Output::default() }
    }
}

/// Applies what was saved.
pub(super) fn apply(session: &mut Session<'_>, edited: &Edited) {
    let Edited { edit, text } = edited;
    let parsed = manifest::parse(&stripped(text));
    let mut values = Vec::new();
    for document in &parsed.documents {
        if let Some(error) = &document.syntax_error {
            let reason = format!("# The edited file had a syntax error: {error}\n#\n");
            session.out = edit.clone().again(text, &reason, "");
            return;
        }
        values.extend(manifest::flatten(&document.value).into_iter().cloned());
    }
    if let Some(error) = values.iter().find_map(|value| manifest::kind_of(value).err()) {
        let reason = format!("# The edited file had a syntax error: {error}\n#\n");
        session.out = edit.clone().again(text, &reason, "");
        return;
    }
    for value in &values {
        let uid = |value: &Value| text_at(value, "uid");
        let place = edit.originals.iter().position(|original| {
            uid(original) == uid(value) || (edit.originals.len() == 1 && values.len() == 1)
        });
        let Some(place) = place else { continue };
        let original = &edit.originals[place];
        let same = |key: &str| original.get(key) == value.get(key);
        if !same("apiVersion")
            || !same("kind")
            || text_at(original, "name") != text_at(value, "name")
        {
            let problem = "At least one of apiVersion, kind and name was changed";
            session.out = edit.preserved(problem);
            return;
        }
        if original == value {
            continue;
        }
        if let Err(refusal) = one(session, original, value) {
            session.out = refused(edit, text, place, &refusal);
            return;
        }
    }
}

fn refused(edit: &Edit, text: &str, place: usize, refusal: &Refusal) -> Output {
    let sentence = refusal.sentence();
    if refusal.reason() == "Invalid" {
        let said = edit.invalid_line(place);
        let head = said.trim_start_matches("error: ").replace(" is invalid\n", "");
        let reason = format!("# {head} was not valid:\n# * {sentence}\n#\n");
        return edit.clone().again(text, &reason, &said);
    }
    let name = text_at(&edit.originals[place], "name");
    let resource = manifest::kind_of(&edit.originals[place])
        .map_or_else(|_| String::new(), crate::api::Kind::plural_dot_group);
    let stderr = if refusal.is_not_found() {
        format!(
            "error: {resource} {name:?} could not be found on the server\nThe edits you made on \
             deleted resources have been saved to {:?}\n",
            edit.path
        )
    } else {
        format!(
            "error: {resource} {name:?} could not be patched: {sentence}\nYou can run `kubectl \
             replace -f {}` to try this update again.\n",
            edit.path
        )
    };
    Output { stderr, code: 1, ..Output::default() }
}

fn one(session: &mut Session<'_>, original: &Value, edited: &Value) -> Result<(), Refusal> {
    let kind =
        manifest::kind_of(original).map_err(|error| Refusal::BadRequest(error.to_string()))?;
    let namespace = text_at(original, "namespace");
    let stored = objects::find(session.api(), kind, &namespace, &text_at(original, "name"))?;
    let current = objects::data(&stored);
    let data = merged(original, edited, &current);
    let Written { object, warnings } =
        server::update(session.cluster, &stored, &data, Sent::Patch(edited))?;
    session.warn_all(&warnings);
    let reference = objects::reference(&object);
    session.print(&format!("{reference} edited"));
    Ok(())
}

/// `current` with what differs between `original` and `edited`.
fn merged(original: &Value, edited: &Value, current: &Value) -> Value {
    match (original, edited, current) {
        (Value::Map(original), Value::Map(edited), Value::Map(current)) => {
            let kept = current
                .iter()
                .filter(|(key, _)| edited.contains_key(*key) || !original.contains_key(*key));
            let mut merged = order::map(kept.map(|(key, value)| (key.clone(), value.clone())));
            for (key, value) in edited {
                let now = match (original.get(key), merged.get(key)) {
                    (Some(old), _) if old == value => continue,
                    (Some(old), Some(now)) => self::merged(old, value, now),
                    _ => value.clone(),
                };
                merged.insert(key.clone(), now);
            }
            Value::Map(merged)
        }
        _ => edited.clone(),
    }
}
