//! Untyped data: the tree that YAML and JSON describe.
//!
//! Pod specs and manifests are kept in this form so that fields the simulator does not act on are
//! neither lost nor ignored when templates are compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Name;

/// A tree of data. Maps are ordered by key, so equal data is equal text.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction or exponent, as typed.
    Float(Name),
    /// Text.
    String(Name),
    /// A list.
    List(Vec<Self>),
    /// A map.
    Map(BTreeMap<Name, Self>),
}

impl Value {
    /// An empty map.
    pub const fn map() -> Self {
        Self::Map(BTreeMap::new())
    }

    /// Text.
    // Not inlined, as the conversions below are not: hundreds of places make values.
    #[inline(never)]
    pub fn text(text: &str) -> Self {
        Self::String(text.into())
    }

    /// The entry `key` of a map; `None` for other values and for `null` entries.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key).filter(|value| **value != Self::Null)
    }

    /// The value at a path of map keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The entries, when this is a map.
    pub const fn as_map(&self) -> Option<&BTreeMap<Name, Self>> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The entries to change, when this is a map.
    pub const fn as_map_mut(&mut self) -> Option<&mut BTreeMap<Name, Self>> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The entry `key` to change, made a map first when this is none.
    pub fn entry(&mut self, key: &str) -> &mut Self {
        if !matches!(self, Self::Map(_)) {
            *self = Self::map();
        }
        let Self::Map(map) = self else { unreachable!("it was just made a map") };
        // A key that is there needs no copy.
        if !map.contains_key(key) {
            map.insert(key.into(), Self::Null);
        }
        let Some(value) = map.get_mut(key) else { unreachable!("it was just inserted") };
        value
    }

    /// The items, when this is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The items to change, when this is a list.
    pub const fn as_list_mut(&mut self) -> Option<&mut Vec<Self>> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The text, when this is text.
    pub const fn as_name(&self) -> Option<&Name> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The text, when this is text.
    pub fn as_str(&self) -> Option<&str> {
        self.as_name().map(AsRef::as_ref)
    }

    /// The number, when this is a whole number.
    pub const fn as_int(&self) -> Option<i64> {
        if let Self::Int(value) = self { Some(*value) } else { None }
    }

    /// The truth value, when this is one.
    pub const fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// A scalar as the text a person typed: `8`, `true`, `abc`.
    pub fn scalar_text(&self) -> Option<Name> {
        match self {
            Self::Bool(value) => Some(value.to_string().into()),
            Self::Int(value) => Some(value.to_string().into()),
            Self::Float(text) | Self::String(text) => Some(text.clone()),
            Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Compact JSON with keys in order.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Int(value) => {
                let _ = write!(out, "{value}");
            }
            Self::Float(text) => out.push_str(text),
            Self::String(text) => write_json_string(out, text),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write_json(out);
                }
                out.push(']');
            }
            Self::Map(map) => {
                out.push('{');
                for (index, (key, value)) in map.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_json_string(out, key);
                    out.push(':');
                    value.write_json(out);
                }
                out.push('}');
            }
        }
    }
}

/// Appends `text` as a JSON string.
fn write_json_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    #[inline(never)]
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<&Name> for Value {
    #[inline(never)]
    fn from(text: &Name) -> Self {
        Self::String(text.clone())
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Vec<Self>> for Value {
    fn from(items: Vec<Self>) -> Self {
        Self::List(items)
    }
}

/// A map from pairs.
pub fn map<'a>(pairs: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let mut map = BTreeMap::new();
    for (key, value) in pairs {
        map.insert(key.into(), value);
    }
    Value::Map(map)
}
