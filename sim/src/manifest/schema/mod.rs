//! The fields of the kinds, and the Go types behind them.
//!
//! A type is written as in Go: `int32`, `[]Container`, `map[string]`, a struct's name, or the name
//! of a kind of text. `any` takes everything.

mod kinds;
mod structs;

pub(crate) use kinds::KINDS;
use structs::STRUCTS;

/// What may stand in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Bool,
    Int32,
    Int64,
    Text,
    IntOrString,
    Quantity,
    Time,
    Any,
    /// A list of values of this type.
    List(&'static str),
    /// A map from text to values of this type.
    Map(&'static str),
    /// An object with the fields of this struct.
    Struct(&'static str),
}

/// The shape a type has.
pub(crate) fn shape(type_: &'static str) -> Shape {
    if let Some(item) = type_.strip_prefix("[]") {
        return Shape::List(item);
    }
    if let Some(item) = type_.strip_prefix("map:") {
        return Shape::Map(item);
    }
    match type_ {
        "string" => Shape::Text,
        "bool" => Shape::Bool,
        "int32" => Shape::Int32,
        "int64" => Shape::Int64,
        "IntOrString" => Shape::IntOrString,
        "Quantity" => Shape::Quantity,
        "Time" | "MicroTime" => Shape::Time,
        "ResourceList" => Shape::Map("Quantity"),
        "any" => Shape::Any,
        _ if type_.starts_with('~') => Shape::Any,
        _ if struct_text(type_).is_some() => Shape::Struct(type_),
        _ => Shape::Text,
    }
}

/// The type as Go prints it: `int32`, `[]v1.EnvVar`, `map[string]string`.
pub(crate) fn go_name(type_: &str) -> String {
    if let Some(item) = type_.strip_prefix("[]") {
        return format!("[]{}", go_name(item));
    }
    if let Some(item) = type_.strip_prefix("map:") {
        return format!("map[string]{}", go_name(item));
    }
    match type_ {
        "bool" | "int32" | "int64" | "string" => type_.to_owned(),
        "IntOrString" => "int32".to_owned(),
        "Quantity" => "resource.Quantity".to_owned(),
        "any" => "interface {}".to_owned(),
        "UID" => "types.UID".to_owned(),
        "bytes" => "[]uint8".to_owned(),
        _ => format!("v1.{}", type_.trim_start_matches('~')),
    }
}

/// The fields of a struct, each with its type; `None` when there is no such struct.
pub fn fields(
    name: &str,
) -> Option<impl Iterator<Item = (&'static str, &'static str)> + Clone + use<>> {
    Some(struct_text(name)?.split(' ').filter_map(|field| field.split_once('=')))
}

/// The fields of a struct as the table has them.
fn struct_text(name: &str) -> Option<&'static str> {
    STRUCTS.iter().find(|(known, _)| *known == name).map(|(_, fields)| *fields)
}

/// The name of every struct.
pub fn struct_names() -> impl Iterator<Item = &'static str> {
    STRUCTS.iter().map(|(name, _)| *name)
}

/// The type of a field of a struct.
pub(crate) fn field(name: &str, key: &str) -> Option<&'static str> {
    Fields::of(name)?.get(key)
}

/// The fields of one struct, to look up several of them.
#[derive(Clone, Copy)]
pub(crate) struct Fields(&'static str);

impl Fields {
    /// Those of the struct `name`.
    pub(crate) fn of(name: &str) -> Option<Self> {
        struct_text(name).map(Self)
    }

    /// The type of a field.
    pub(crate) fn get(self, key: &str) -> Option<&'static str> {
        let typed = |field: &'static str| field.strip_prefix(key)?.strip_prefix('=');
        self.0.split(' ').find_map(typed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, STRUCTS, Shape, fields, go_name, shape};
    use crate::api::Kind;

    #[test]
    fn every_field_of_the_table_has_a_type_and_every_struct_is_used() {
        let roots = Kind::ALL.map(Kind::as_str);
        let mut used: Vec<&str> = roots.to_vec();
        for (name, text) in STRUCTS {
            let count = text.split_ascii_whitespace().count();
            assert_eq!(fields(name).map(Iterator::count), Some(count), "{name}");
            for (_, type_) in fields(name).into_iter().flatten() {
                if let Shape::Struct(inner) = shape(type_.trim_start_matches("[]")) {
                    used.push(inner);
                }
            }
        }
        for (name, _) in STRUCTS {
            assert!(used.contains(name), "{name} is not reachable");
        }
    }

    #[test]
    fn types_print_as_in_go() {
        let cases = [
            ("DeploymentSpec", "replicas", "int32"),
            ("Container", "env", "[]v1.EnvVar"),
            ("ObjectMeta", "labels", "map[string]string"),
            ("Deployment", "metadata", "v1.ObjectMeta"),
            ("Container", "imagePullPolicy", "v1.PullPolicy"),
        ];
        for (name, key, type_) in cases {
            let found = Fields::of(name).and_then(|fields| fields.get(key));
            assert_eq!(found.map(go_name).as_deref(), Some(type_), "{name}.{key}");
        }
    }
}
