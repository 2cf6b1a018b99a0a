//! Objects as data: `-o yaml`, `-o json`, `-o jsonpath=…`.
//!
//! Models: kubernetes v1.36 cli-runtime `pkg/printers`.

use super::error::{Error, fail};
use super::strategic::go_text;
use super::{go_template, jsonpath, tabs};
use crate::api::{Name, Value};
use crate::manifest::to_yaml;

/// Checks that there is such a form, before anything is done.
///
/// # Errors
/// There is none.
pub(crate) fn check(form: &str) -> Result<(), Error> {
    match form.split_once('=').unwrap_or((form, "")) {
        ("" | "wide" | "name" | "yaml" | "json", "") => Ok(()),
        (
            "jsonpath" | "jsonpath-as-json" | "go-template" | "template" | "go-template-file"
            | "templatefile",
            template,
        ) => {
            if template.is_empty() {
                return fail("template format specified but no template given");
            }
            Ok(())
        }
        ("custom-columns-file" | "jsonpath-file", file) if !file.is_empty() => Ok(()),
        ("custom-columns", "") => {
            fail("custom-columns format specified but no custom columns given")
        }
        ("custom-columns", columns) => {
            match columns.split(',').find(|column| !column.contains(':')) {
                Some(column) => fail(format!(
                    "unexpected custom-columns spec: {column}, expected <header>:<json-path-expr>"
                )),
                None => Ok(()),
            }
        }
        (form, _) => fail(format!(
            "unable to match a printer suitable for the output format {form:?}, allowed formats \
             are: custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,\
             jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml"
        )),
    }
}

/// The object in the form asked for.
///
/// # Errors
/// A form kubectl does not have, or a template that cannot be filled in.
pub(crate) fn print_data(form: &str, data: &Value) -> Result<String, Error> {
    check(form)?;
    let (form, template) = form.split_once('=').unwrap_or((form, ""));
    match form {
        "yaml" => Ok(to_yaml(data)),
        "json" => Ok(pretty(data)),
        "jsonpath" => jsonpath::print(template, data).map_err(Error::Text),
        "jsonpath-as-json" => {
            let found = jsonpath::values(template, data).map_err(Error::Text)?;
            Ok(pretty(&Value::List(found)))
        }
        "go-template" | "template" => {
            let printed = go_template::print(template, data);
            printed.map_err(|failure| Error::Dumped(Box::new((failure.stdout, failure.text))))
        }
        "custom-columns" => columns(template, data, false),
        _ => Ok(String::new()),
    }
}

/// `-o custom-columns=NAME:.metadata.name`: a table of one's own.
///
/// # Errors
/// A path that cannot be read.
pub(crate) fn columns(spec: &str, data: &Value, bare: bool) -> Result<String, Error> {
    Ok(tabs::align(&cells(spec, data, bare)?, 6, 3))
}

/// As [`columns`], with tabs between the cells.
///
/// # Errors
/// As [`columns`].
pub(crate) fn cells(spec: &str, data: &Value, bare: bool) -> Result<String, Error> {
    let specs: Vec<(&str, &str)> =
        spec.split(',').filter_map(|column| column.split_once(':')).collect();
    let mut text = specs.iter().map(|(title, _)| *title).collect::<Vec<_>>().join("\t") + "\n";
    if bare {
        text.clear();
    }
    let only = std::slice::from_ref(data);
    let items = data.get("items").and_then(Value::as_list).unwrap_or(only);
    for item in items {
        let mut cells = Vec::new();
        for (_, path) in &specs {
            let found = jsonpath::values_relaxed(path, item).map_err(Error::Text)?;
            let told: Vec<String> = found.iter().map(go_text).collect();
            cells.push(if told.is_empty() { "<none>".to_owned() } else { told.join(",") });
        }
        text += &(cells.join("\t") + "\n");
    }
    Ok(text)
}

/// JSON with four spaces a level.
pub(crate) fn pretty(data: &Value) -> String {
    let mut out = String::new();
    write(&mut out, data, 0);
    out.push('\n');
    out
}

fn write(out: &mut String, data: &Value, level: usize) {
    match data {
        Value::Map(map) if !map.is_empty() => {
            let entry = |out: &mut String, (key, value): (&Name, &Value)| {
                out.push_str(&Value::from(key).to_json());
                out.push_str(": ");
                write(out, value, level + 1);
            };
            enclosed(out, "{}", level, map.iter(), entry);
        }
        Value::List(items) if !items.is_empty() => {
            enclosed(out, "[]", level, items.iter(), |out, item| write(out, item, level + 1));
        }
        _ => out.push_str(&data.to_json()),
    }
}

fn enclosed<T>(
    out: &mut String,
    brackets: &str,
    level: usize,
    items: impl Iterator<Item = T>,
    each: impl Fn(&mut String, T),
) {
    let indent = |out: &mut String, level: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", level));
    };
    out.push_str(&brackets[..1]);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        indent(out, level + 1);
        each(out, item);
    }
    indent(out, level);
    out.push_str(&brackets[1..]);
}
