//! Objects as data: `-o yaml`, `-o json`, `-o jsonpath=…`.
//!
//! Models: kubernetes v1.36 cli-runtime `pkg/printers`.

use super::error::{Error, fail};
use super::jsonpath;
use crate::api::{Name, Value};
use crate::manifest::to_yaml;

/// The object in the form asked for.
///
/// # Errors
/// A form kubectl does not have.
pub(crate) fn print_data(form: &str, data: &Value) -> Result<String, Error> {
    let (form, template) = form.split_once('=').unwrap_or((form, ""));
    match form {
        "yaml" => Ok(to_yaml(data)),
        "json" => Ok(pretty(data)),
        "jsonpath" | "jsonpath-as-json" => {
            if template.is_empty() {
                return fail("template format specified but no template given");
            }
            jsonpath::print(template, data).map_err(Error::Text)
        }
        _ => fail(format!(
            "unable to match a printer suitable for the output format {form:?}, allowed formats \
             are: custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,\
             jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml"
        )),
    }
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
