//! `kubectl explain deployment.spec.replicas`: what fields there are, and what they mean.
//!
//! Models: kubectl v1.36 `pkg/explain/v2/templates/plaintext.tmpl`. The fields and their types are
//! those of [`crate::manifest::schema`]; what is said about them stands in `explain.txt`, in words of
//! our own.

use std::fmt::Write as _;

use super::error::{Error, fail};
use super::resource::Resource;
use super::session::Session;
use crate::manifest::schema::{self, Shape};

pub(super) const FLAGS: &str = "recursive,R:or=true api-version:text output,o:text";

/// What is said about types and fields. `@Struct text` begins a type, `field text` is one of its
/// fields (`!field` when it must be set), `#Type values` lists what a text may be. Fields of `@*` are
/// those of any type that says nothing else.
const WORDS: &str = include_str!("explain.txt");

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
    place.describe(&mut out);
    if let Shape::Struct(name) = schema::shape(bare(place.type_)) {
        out.push_str("FIELDS:\n");
        fields(&mut out, name, 1, session.args.is_on("recursive"), &mut Vec::new());
    }
    session.out.stdout.push_str(&out);
    session.out.stdout.push('\n');
    Ok(())
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

    fn describe(&self, out: &mut String) {
        if !self.name.is_empty() {
            let _ = writeln!(out, "FIELD: {} <{}>", self.name, type_name(self.type_));
            let values = values(self.type_);
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
        let own = (!self.name.is_empty()).then(|| about_field(self.owner, self.name)).flatten();
        let words: Vec<&str> = own.into_iter().chain(about_type(bare(self.type_))).collect();
        if words.is_empty() {
            out.push_str("    <empty>\n");
            return;
        }
        for text in words {
            wrapped(out, text, WIDTH, 4);
        }
        out.push_str("    \n");
    }
}

/// The fields of a struct, with those of its fields when all are to be shown.
fn fields(
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
        if is_required(owner, name) {
            out.push_str(" -required-");
        }
        let values = values(type_);
        if !values.is_empty() {
            let shown = values.iter().take(SHOWN_VALUES).copied().collect::<Vec<_>>().join(", ");
            let more = if values.len() > SHOWN_VALUES { ", ...." } else { "" };
            let _ = write!(out, "\n{indent}enum: {shown}{more}");
        }
        out.push('\n');
        if all {
            if let Shape::Struct(inner) = schema::shape(bare(type_)) {
                fields(out, inner, level + 1, all, above);
            }
        } else {
            let text = about_field(owner, name).unwrap_or("<no description>");
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

/// The lines said about a type: its own without its name, then those of its fields.
fn section(name: &str) -> impl Iterator<Item = &'static str> + use<> {
    let mut sections = WORDS.split("\n@");
    let found = sections.find_map(|section| {
        let rest = section.trim_start_matches('@').strip_prefix(name)?;
        rest.starts_with([' ', '\n']).then_some(rest)
    });
    found.unwrap_or_default().lines()
}

fn about_type(name: &str) -> Option<&'static str> {
    section(name).next().map(str::trim).filter(|text| !text.is_empty())
}

/// The line about a field, without its name, and whether the field must be set.
fn field_line(owner: &str, name: &str) -> Option<(&'static str, bool)> {
    section(owner).skip(1).find_map(|line| {
        let (key, text) = line.split_once(' ').unwrap_or((line, ""));
        let (key, required) = key.strip_prefix('!').map_or((key, false), |key| (key, true));
        (key == name).then_some((text, required))
    })
}

pub(crate) fn about_field(owner: &str, name: &str) -> Option<&'static str> {
    let said =
        |owner| field_line(owner, name).map(|(text, _)| text).filter(|text| !text.is_empty());
    said(owner).or_else(|| said("*"))
}

pub(crate) fn is_required(owner: &str, name: &str) -> bool {
    field_line(owner, name).is_some_and(|(_, required)| required)
}

/// What a text of this type may be; empty when it may be anything.
pub(crate) fn values(type_: &str) -> Vec<&'static str> {
    let line = WORDS.lines().find_map(|line| {
        let (name, values) = line.strip_prefix('#')?.split_once(' ')?;
        (name == type_).then_some(values)
    });
    line.unwrap_or_default().split_ascii_whitespace().collect()
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
    use super::{WORDS, about_field, about_type, field_line};
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
        let mut owner = "";
        for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
            if let Some(rest) = line.strip_prefix('@') {
                owner = rest.split(' ').next().unwrap_or_default();
            } else if owner != "*" {
                let key = line.trim_start_matches('!').split(' ').next().unwrap_or_default();
                let known = schema::Fields::of(owner).and_then(|fields| fields.get(key));
                assert!(known.is_some(), "{owner}.{key}");
            }
        }
        for name in schema::struct_names() {
            assert!(about_type(name).is_some(), "nothing is said about {name}");
            for (key, _) in schema::fields(name).into_iter().flatten() {
                assert!(about_field(name, key).is_some(), "nothing is said about {name}.{key}");
                assert!(field_line(name, key).is_none_or(|(text, _)| !text.ends_with(' ')));
            }
        }
    }
}
