//! Label selectors: which objects a controller or Service means.
//!
//! Models: kubernetes v1.36 apimachinery `metav1.LabelSelector` and `labels.Selector`.

use std::collections::BTreeMap;

use super::{Labels, Name, Value};

/// How a requirement compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The value is one of those listed.
    In,
    /// The value is none of those listed, or the key is absent.
    NotIn,
    /// The key is present.
    Exists,
    /// The key is absent.
    DoesNotExist,
}

impl Operator {
    /// The operator as manifests write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "In",
            Self::NotIn => "NotIn",
            Self::Exists => "Exists",
            Self::DoesNotExist => "DoesNotExist",
        }
    }
}

/// One entry of `matchExpressions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: Name,
    /// How to compare.
    pub operator: Operator,
    /// The values to compare with; empty for the two existence operators.
    pub values: Vec<Name>,
}

impl Requirement {
    fn matches(&self, labels: &BTreeMap<Name, Name>) -> bool {
        let value = labels.get(&self.key);
        let listed = value.is_some_and(|value| self.values.contains(value));
        match self.operator {
            Operator::In => listed,
            Operator::NotIn => !listed,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

/// `matchLabels` and `matchExpressions`, all of which must hold.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LabelSelector {
    /// Keys that must have exactly these values.
    pub match_labels: Labels,
    /// Further requirements.
    pub match_expressions: Vec<Requirement>,
}

impl LabelSelector {
    /// A selector of exact labels.
    pub const fn of(match_labels: Labels) -> Self {
        Self { match_labels, match_expressions: Vec::new() }
    }

    /// Reads a selector. An operator that does not exist is taken for `DoesNotExist`.
    pub fn read(value: &Value) -> Self {
        let text = |value: &Value, key: &str| -> Name {
            value.get(key).and_then(Value::scalar_text).unwrap_or_default()
        };
        let list = |value: &Value, key: &str| -> Vec<Value> {
            value.get(key).and_then(Value::as_list).unwrap_or_default().to_vec()
        };
        let all = [Operator::In, Operator::NotIn, Operator::Exists];
        let requirement = |value: &Value| {
            let typed = text(value, "operator");
            let operator = all.into_iter().find(|known| known.as_str() == &*typed);
            Requirement {
                key: text(value, "key"),
                operator: operator.unwrap_or(Operator::DoesNotExist),
                values: list(value, "values").iter().filter_map(Value::scalar_text).collect(),
            }
        };
        let labels = value.get("matchLabels").and_then(Value::as_map).into_iter().flatten();
        let label =
            |(key, value): (&Name, &Value)| (key.clone(), value.scalar_text().unwrap_or_default());
        Self {
            match_labels: Labels::new(crate::order::map(labels.map(label))),
            match_expressions: list(value, "matchExpressions").iter().map(requirement).collect(),
        }
    }

    /// Whether nothing is asked for: `{}`, which selects everything.
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    /// Whether an object with these labels is selected.
    pub fn matches(&self, labels: &BTreeMap<Name, Name>) -> bool {
        self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|requirement| requirement.matches(labels))
    }

    /// The selector as kubectl prints it: `app=web,tier in (a,b)`, or `<none>`.
    pub fn to_text(&self) -> String {
        let mut parts: Vec<String> =
            self.match_labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        parts.extend(self.match_expressions.iter().map(|requirement| {
            let (key, values) = (&requirement.key, requirement.values.join(","));
            match requirement.operator {
                Operator::In => format!("{key} in ({values})"),
                Operator::NotIn => format!("{key} notin ({values})"),
                Operator::Exists => key.to_string(),
                Operator::DoesNotExist => format!("!{key}"),
            }
        }));
        if parts.is_empty() { "<none>".to_owned() } else { parts.join(",") }
    }
}
