//! What is said about the field that one points at.

use super::place::{Place, Slot};
use super::walk::{self, Holder};
use crate::kubectl::explain::{self, Words};
use crate::manifest::schema;

/// A field that is explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Where its name or value begins, in bytes.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// As `kubectl explain` takes it: `deployment.spec.replicas`.
    pub path: String,
    /// Its type, and whether it must be set.
    pub type_: String,
    /// What is said about it, with the values it may have.
    pub about: String,
}

/// What is said about the field whose name or value is at `offset`, which counts bytes.
pub fn explain(text: &str, offset: usize) -> Option<Explanation> {
    let is_part = |letter: char| letter.is_alphanumeric() || "-_./%".contains(letter);
    let (before, after) = (text.get(..offset)?, text.get(offset..)?);
    let from = before
        .rfind(|letter| !is_part(letter))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let to = offset + after.find(|letter| !is_part(letter)).unwrap_or(after.len());
    let place = Place::of(text, to).filter(|place| from < to && place.from == from)?;
    let mut path = place.path.clone();
    match place.slot {
        Slot::Key if text[to..].starts_with(':') => path.push(&text[from..to]),
        Slot::Key | Slot::Item => return None,
        Slot::Value => {}
    }
    let (&name, above) = path.split_last()?;
    let Holder::Struct(owner) = walk::holder(&Place { path: above.to_vec(), ..place.clone() })?
    else {
        return None;
    };
    let type_ = schema::field(owner, name)?;
    let words = Words::get().unwrap_or_default();
    let mut about = words.about_field(owner, name).unwrap_or_default().to_owned();
    let values = words.values(type_);
    if !values.is_empty() {
        about = format!("{about}\nOne of {}.", values.join(", "));
    }
    let required = if words.is_required(owner, name) { ", required" } else { "" };
    let type_ = format!("{}{required}", explain::type_name(type_));
    let path = format!("{}.{}", place.kind.to_ascii_lowercase(), path.join("."));
    let path = path.trim_start_matches('.').to_owned();
    Some(Explanation { from, to, path, type_, about: about.trim().to_owned() })
}
