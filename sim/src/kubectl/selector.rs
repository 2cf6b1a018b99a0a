//! `-l app=web,tier in (a,b),!canary`: label selectors as people type them.
//!
//! Models: kubernetes v1.36 apimachinery `pkg/labels/selector.go`.

use crate::api::selector::{Operator, Requirement};
use crate::api::{Labels, Name};

/// Requirements all of which must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TypedSelector(Vec<Requirement>);

impl TypedSelector {
    /// Whether an object with these labels is meant.
    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            let listed = value.is_some_and(|value| requirement.values.contains(value));
            match requirement.operator {
                Operator::In => listed,
                Operator::NotIn => !listed,
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            }
        })
    }

    /// Reads a selector.
    ///
    /// # Errors
    /// The API server's sentence about the first thing it does not understand.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        parts(text)
            .into_iter()
            .map(|part| requirement(part.trim()))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Cuts at commas outside brackets.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

fn requirement(part: &str) -> Result<Requirement, String> {
    let exactly = |key: &str, operator, value: &str| {
        Ok(Requirement { key: checked_key(key)?, operator, values: vec![value.trim().into()] })
    };
    if let Some(key) = part.strip_prefix('!') {
        let key = checked_key(key)?;
        return Ok(Requirement { key, operator: Operator::DoesNotExist, values: Vec::new() });
    }
    if let Some((key, value)) = part.split_once("!=") {
        return exactly(key, Operator::NotIn, value);
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        if key.is_empty() {
            return Err("found '=', expected: !, identifier, or 'end of string'".to_owned());
        }
        return exactly(key, Operator::In, value);
    }
    let Some((key, rest)) = part.split_once(char::is_whitespace) else {
        let (key, operator) = (checked_key(part)?, Operator::Exists);
        return Ok(Requirement { key, operator, values: Vec::new() });
    };
    let rest = rest.trim();
    let (operator, list) = if let Some(list) = rest.strip_prefix("notin") {
        (Operator::NotIn, list)
    } else if let Some(list) = rest.strip_prefix("in") {
        (Operator::In, list)
    } else {
        let expected = "expected: in, notin, =, ==, !=, gt, lt";
        return Err(format!("unable to parse requirement: found '{rest}', {expected}"));
    };
    let Some(list) = list.trim().strip_prefix('(') else {
        return Err(format!("unable to parse requirement: found '{}' expected: '('", list.trim()));
    };
    let Some(list) = list.strip_suffix(')') else {
        return Err("unable to parse requirement: found '', expected: ',' or ')'".to_owned());
    };
    let values: Vec<Name> = list.split(',').map(|value| value.trim().into()).collect();
    Ok(Requirement { key: checked_key(key)?, operator, values })
}

fn checked_key(key: &str) -> Result<Name, String> {
    let key = key.trim();
    let name = key.rsplit('/').next().unwrap_or(key);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let ends = [name.chars().next(), name.chars().next_back()];
    let framed = ends.iter().all(|c| c.is_some_and(|c| c.is_ascii_alphanumeric()));
    if framed && name.chars().all(fits) {
        return Ok(key.into());
    }
    Err(format!(
        "unable to parse requirement: <nil>: Invalid value: {key:?}: name part must consist of \
         alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric \
         character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
         '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    ))
}

#[cfg(test)]
mod tests {
    use super::TypedSelector;
    use crate::api::meta::labels;

    #[test]
    fn every_form_of_requirement_is_understood() {
        let labels = labels([("app", "web"), ("tier", "front")]);
        let cases = [
            ("", true),
            ("app=web", true),
            ("app==web,tier=front", true),
            ("app=web,tier=back", false),
            ("app!=web", false),
            ("other!=x", true),
            ("app", true),
            ("!app", false),
            ("!other", true),
            ("app in (api, web)", true),
            ("app notin (api,web)", false),
            ("app in (api,web),tier", true),
            ("app=", false),
        ];
        for (text, selected) in cases {
            let selector = TypedSelector::parse(text).expect(text);
            assert_eq!(selector.matches(&labels), selected, "{text}");
        }
        for wrong in ["=web", "app in (web", "app:web"] {
            assert!(TypedSelector::parse(wrong).is_err(), "{wrong}");
        }
    }
}
