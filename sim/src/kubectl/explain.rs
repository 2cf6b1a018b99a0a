//! `kubectl explain deployment.spec.replicas`: what fields there are, and what they mean.
//!
//! Models: kubectl v1.36 `pkg/explain/v2/templates/plaintext.tmpl`. The fields and their types are
//! those of [`crate::manifest::schema`]; what is said about them stands in [`Text::Fields`], in words
//! of our own.

use std::fmt::Write as _;

use super::error::{Error, fail};
use super::resource::Resource;
use super::session::Session;
use super::texts::{self, Text};
use crate::manifest::schema::{self, Shape};

pub(super) const FLAGS: &str = "recursive,R:or=true api-version:text output,o:text";

/// How wide text is, beside its indentation.
const WIDTH: usize = 76;
/// How many values are listed beside a field.
const SHOWN_VALUES: usize = 4;

/// Runs `explain`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let [path] = session.args.words.as_slice() else {
        return fail(if session.args.words.is_empty() {
            "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a \
             complete list of supported resources."
        } else {
            "We accept only this format: explain RESOURCE"
        });
    };
    match session.args.text("output").unwrap_or("plaintext") {
        "plaintext" => {}
        other => return fail(format!("unrecognized format: {other}")),
    }
    let mut steps = path.split('.');
    let word = steps.next().unwrap_or_default();
    let kind = match Resource::parse_list(word).as_deref() {
        Ok([Resource::Kind(kind)]) => *kind,
        Ok([resource]) => {
            let plural = resource.plural();
            return fail(format!("the simulator does not know the fields of {plural}"));
        }
        _ => {
            return Err(Error::Exact(format!("the server doesn't have a resource type {word:?}")));
        }
    };
    let (group, version) = kind.api_version().rsplit_once('/').unwrap_or(("", kind.api_version()));
    let words = Words::get().map_err(Error::Text)?;
    // Writing to a string cannot fail.
    let mut out = String::new();
    if !group.is_empty() {
        let _ = writeln!(out, "GROUP:      {group}");
    }
    let _ = write!(out, "KIND:       {kind}\nVERSION:    {version}\n\n");
    let mut place = Place { owner: "", name: "", type_: kind.as_str() };
    for step in steps.filter(|step| !step.is_empty()) {
        place = place
            .field(step)
            .ok_or_else(|| Error::Text(format!("field {step:?} does not exist")))?;
    }
    place.describe(words, &mut out);
    if let Shape::Struct(name) = schema::shape(bare(place.type_)) {
        out.push_str("FIELDS:\n");
        fields(words, &mut out, name, 1, session.args.is_on("recursive"), &mut Vec::new());
    }
    session.out.stdout.push_str(&out);
    session.out.stdout.push('\n');
    Ok(())
}

/// What is said about types and fields.
#[derive(Clone, Copy, Default)]
pub(crate) struct Words(&'static str);

impl Words {
    /// # Errors
    /// Why the text cannot be had.
    pub(crate) fn get() -> Result<Self, String> {
        texts::of(Text::Fields).map(Self)
    }

    /// The lines said about a type: its own without its name, then those of its fields.
    fn section(self, name: &str) -> impl Iterator<Item = &'static str> + use<> {
        let mut sections = self.0.split("\n@");
        let found = sections.find_map(|section| {
            let rest = section.trim_start_matches('@').strip_prefix(name)?;
            rest.starts_with([' ', '\n']).then_some(rest)
        });
        found.unwrap_or_default().lines()
    }

    fn about_type(self, name: &str) -> Option<&'static str> {
        self.section(name).next().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The line about a field, without its name, and whether the field must be set.
    fn field_line(self, owner: &str, name: &str) -> Option<(&'static str, bool)> {
        self.section(owner).skip(1).find_map(|line| {
            let (key, text) = line.split_once(' ').unwrap_or((line, ""));
            let (key, required) = key.strip_prefix('!').map_or((key, false), |key| (key, true));
            (key == name).then_some((text, required))
        })
    }

    pub(crate) fn about_field(self, owner: &str, name: &str) -> Option<&'static str> {
        let said = |owner| {
            self.field_line(owner, name).map(|(text, _)| text).filter(|text| !text.is_empty())
        };
        said(owner).or_else(|| said("*"))
    }

    pub(crate) fn is_required(self, owner: &str, name: &str) -> bool {
        self.field_line(owner, name).is_some_and(|(_, required)| required)
    }

    /// What a text of this type may be; empty when it may be anything.
    pub(crate) fn values(self, type_: &str) -> Vec<&'static str> {
        let line = self.0.lines().find_map(|line| {
            let (name, values) = line.strip_prefix('#')?.split_once(' ')?;
            (name == type_).then_some(values)
        });
        line.unwrap_or_default().split_ascii_whitespace().collect()
    }
}

/// A field, or a kind as a whole.
struct Place {
    owner: &'static str,
    name: &'static str,
    type_: &'static str,
}

impl Place {
    fn field(&self, key: &str) -> Option<Self> {
        let Shape::Struct(owner) = schema::shape(bare(self.type_)) else {
            return None;
        };
        let mut known = schema::fields(owner)?;
        known.find(|(name, _)| *name == key).map(|(name, type_)| Self { owner, name, type_ })
    }

    fn describe(&self, words: Words, out: &mut String) {
        if !self.name.is_empty() {
            let _ = writeln!(out, "FIELD: {} <{}>", self.name, type_name(self.type_));
            let values = words.values(self.type_);
            if !values.is_empty() {
                out.push_str("ENUM:");
                for value in values {
                    out.push_str("\n    ");
                    out.push_str(value);
                }
            }
            out.push_str("\n\n");
        }
        out.push_str("DESCRIPTION:\n");
        let own = words.about_field(self.owner, self.name).filter(|_| !self.name.is_empty());
        let texts: Vec<&str> = own.into_iter().chain(words.about_type(bare(self.type_))).collect();
        if texts.is_empty() {
            out.push_str("    <empty>\n");
            return;
        }
        for text in texts {
            wrapped(out, text, WIDTH, 4);
        }
        out.push_str("    \n");
    }
}

/// The fields of a struct, with those of its fields when all are to be shown.
fn fields(
    words: Words,
    out: &mut String,
    owner: &'static str,
    level: usize,
    all: bool,
    above: &mut Vec<&'static str>,
) {
    if above.contains(&owner) {
        return;
    }
    above.push(owner);
    let mut known: Vec<_> = schema::fields(owner).into_iter().flatten().collect();
    crate::order::sort_by_key(&mut known, |(name, _)| *name);
    let indent = " ".repeat(2 * level);
    for (name, type_) in known {
        let _ = write!(out, "{indent}{name}\t<{}>", type_name(type_));
        if words.is_required(owner, name) {
            out.push_str(" -required-");
        }
        let values = words.values(type_);
        if !values.is_empty() {
            let shown = values.iter().take(SHOWN_VALUES).copied().collect::<Vec<_>>().join(", ");
            let more = if values.len() > SHOWN_VALUES { ", ...." } else { "" };
            let _ = write!(out, "\n{indent}enum: {shown}{more}");
        }
        out.push('\n');
        if all {
            if let Shape::Struct(inner) = schema::shape(bare(type_)) {
                fields(words, out, inner, level + 1, all, above);
            }
        } else {
            let text = words.about_field(owner, name).unwrap_or("<no description>");
            wrapped(out, text, WIDTH, 4);
            out.push('\n');
        }
    }
    above.pop();
}

/// The type of a list's items or a map's values, else the type itself.
fn bare(mut type_: &'static str) -> &'static str {
    while let Some(inner) = type_.strip_prefix("[]").or_else(|| type_.strip_prefix("map:")) {
        type_ = inner;
    }
    if type_ == "ResourceList" { "Quantity" } else { type_ }
}

/// The type in the words of the API's description.
pub(crate) fn type_name(type_: &'static str) -> String {
    if let Some(item) = type_.strip_prefix("[]") {
        return format!("[]{}", type_name(item));
    }
    if let Some(item) = type_.strip_prefix("map:") {
        return format!("map[string]{}", type_name(item));
    }
    match (schema::shape(type_), type_) {
        (_, "ResourceList") => "map[string]Quantity".to_owned(),
        (Shape::Bool, _) => "boolean".to_owned(),
        (Shape::Int32 | Shape::Int64, _) => "integer".to_owned(),
        (Shape::Any, _) => type_.strip_prefix('~').unwrap_or("Object").to_owned(),
        (Shape::Struct(_) | Shape::IntOrString | Shape::Quantity, _) => type_.to_owned(),
        _ => "string".to_owned(),
    }
}

/// Writes text in lines of at most `width` characters.
fn wrapped(out: &mut String, text: &str, width: usize, indent: usize) {
    let mut column = 0;
    for word in text.split_ascii_whitespace() {
        if column > 0 && column + 1 + word.len() > width {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.extend(std::iter::repeat_n(' ', indent));
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.len();
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::Words;
    use crate::kubectl::tests::Lab;
    use crate::manifest::schema;

    #[test]
    fn fields_are_explained_in_kubectls_form() {
        let mut lab = Lab::with_web();
        lab.check(
            "explain deploy.spec.strategy.type",
            "GROUP:      apps\nKIND:       Deployment\nVERSION:    v1\n\nFIELD: type <string>\n\
             ENUM:\n    Recreate\n    RollingUpdate\n\nDESCRIPTION:\n    How old pods give way to new \
             ones. RollingUpdate, the default, replaces them\n    step by step; Recreate stops all old \
             ones first.\n    \n\n",
        );
        let pod = lab.run("explain pods").stdout;
        assert!(pod.starts_with("KIND:       Pod\nVERSION:    v1\n\nDESCRIPTION:\n    "), "{pod}");
        assert!(pod.contains("FIELDS:\n  apiVersion\t<string>\n    "), "{pod}");
        let deep = lab.run("explain deploy.spec.selector --recursive").stdout;
        assert!(deep.ends_with(
            "FIELDS:\n  matchExpressions\t<[]LabelSelectorRequirement>\n    key\t<string> -required-\n    \
             operator\t<string> -required-\n    values\t<[]string>\n  matchLabels\t<map[string]string>\n\n"
        ));
    }

    #[test]
    fn what_does_not_exist_is_not_explained() {
        let mut lab = Lab::with_web();
        lab.check_error("explain foo", "the server doesn't have a resource type \"foo\"\n");
        lab.check_error("explain deploy.spec.nosuch", "error: field \"nosuch\" does not exist\n");
        lab.check_error("explain a b", "error: We accept only this format: explain RESOURCE\n");
    }

    #[test]
    fn every_line_is_about_a_field_there_is_and_every_field_has_one() {
        let words = Words::get().expect("it is part of the program");
        let mut owner = "";
        for line in words.0.lines().filter(|line| !line.starts_with('#')) {
            if let Some(rest) = line.strip_prefix('@') {
                owner = rest.split(' ').next().unwrap_or_default();
            } else if owner != "*" {
                let key = line.trim_start_matches('!').split(' ').next().unwrap_or_default();
                let known = schema::Fields::of(owner).and_then(|fields| fields.get(key));
                assert!(known.is_some(), "{owner}.{key}");
            }
        }
        for name in schema::struct_names() {
            assert!(words.about_type(name).is_some(), "nothing is said about {name}");
            for (key, _) in schema::fields(name).into_iter().flatten() {
                assert!(
                    words.about_field(name, key).is_some(),
                    "nothing is said about {name}.{key}"
                );
                assert!(words.field_line(name, key).is_none_or(|(text, _)| !text.ends_with(' ')));
            }
        }
    }
}
