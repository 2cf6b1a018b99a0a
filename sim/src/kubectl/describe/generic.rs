//! The page of an object that has none of its own: its fields, as they come.
//!
//! Models: kubectl v1.36 `pkg/describe/describe.go` `genericDescriber`, and how its labels are made
//! of field names.

use super::page::Page;
use crate::api::Value;

/// Parts of metadata that are not shown again, or not at all.
const SHOWN_ABOVE: [&str; 5] = ["annotations", "labels", "managedFields", "name", "namespace"];
/// Words that stand in capitals.
const ACRONYMS: [&str; 5] = ["API", "GUID", "OSB", "UID", "URL"];

pub(super) fn describe(page: &mut Page, data: &Value) {
    page.told("Name", data, &["metadata", "name"]);
    page.told("Namespace", data, &["metadata", "namespace"]);
    page.labels("Labels", data.at(&["metadata", "labels"]));
    page.annotations("Annotations", data.at(&["metadata", "annotations"]));
    fields(page, 0, data, false);
}

fn fields(page: &mut Page, level: usize, data: &Value, is_metadata: bool) {
    for (key, value) in data.as_map().into_iter().flatten() {
        if is_metadata && SHOWN_ABOVE.contains(&&**key) {
            continue;
        }
        let label = label(key);
        match value {
            Value::Map(_) => {
                page.line(level, format_args!("{label}:"));
                fields(page, level + 1, value, level == 0 && &**key == "metadata");
            }
            Value::List(items) => {
                page.line(level, format_args!("{label}:"));
                for item in items {
                    match item {
                        Value::Map(_) => fields(page, level + 1, item, false),
                        _ => page.line(level + 1, plain(item)),
                    }
                }
            }
            _ => page.line(level, format_args!("{label}:\t{}", plain(value))),
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        _ => value.scalar_text().unwrap_or_default().to_string(),
    }
}

/// A field's name in words: `apiVersion` is `API Version`.
fn label(field: &str) -> String {
    if field.chars().any(|c| !c.is_ascii_alphabetic() && c != '-') {
        return field.to_owned();
    }
    let words = words(field).into_iter().map(|word| {
        if ACRONYMS.iter().any(|known| word.eq_ignore_ascii_case(known)) {
            return word.to_ascii_uppercase();
        }
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The words of a name in camel case: each starts with a capital, a row of capitals is one but for
/// its last when small letters follow.
fn words(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| letters.get(index));
        let small = |letter: Option<&char>| letter.is_some_and(char::is_ascii_lowercase);
        let starts = match before {
            None => true,
            Some(before) if letter.is_ascii_uppercase() => {
                !before.is_ascii_uppercase() || small(letters.get(index + 1))
            }
            Some(before) => letter.is_ascii_alphabetic() != before.is_ascii_alphabetic(),
        };
        match words.last_mut().filter(|_| !starts) {
            Some(word) => word.push(*letter),
            None => words.push(letter.to_string()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn names_of_fields_become_words() {
        let cases = [
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("firstTimestamp", "First Timestamp"),
            ("podIPs", "Pod I Ps"),
            ("app.kubernetes.io/name", "app.kubernetes.io/name"),
        ];
        for (field, words) in cases {
            assert_eq!(label(field), words);
        }
    }
}
