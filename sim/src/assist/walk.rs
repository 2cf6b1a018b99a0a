//! From a place in a manifest to the type that stands there.

use super::place::Place;
use crate::manifest::schema::{self, Shape};

/// What holds the field at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// An object with the fields of this struct.
    Struct(&'static str),
    /// A map of values of this type.
    Map(&'static str),
}

/// What stands at the end of a place's path.
pub(super) fn holder(place: &Place<'_>) -> Option<Holder> {
    let root = schema::struct_names().find(|name| *name == place.kind);
    // A document that does not say what it is has what all have.
    let mut holder = Holder::Struct(root.unwrap_or("Service"));
    if root.is_none() && !place.path.is_empty() && place.path.first() != Some(&"metadata") {
        return None;
    }
    for &step in &place.path {
        let type_ = match holder {
            Holder::Struct(owner) => schema::field(owner, step)?,
            Holder::Map(type_) => type_,
        };
        holder = of_type(type_)?;
    }
    Some(holder)
}

/// What values of this type, or items of a list of it, are.
fn of_type(type_: &'static str) -> Option<Holder> {
    match schema::shape(type_) {
        Shape::List(item) => of_type(item),
        Shape::Map(value) => Some(Holder::Map(value)),
        Shape::Struct(name) => Some(Holder::Struct(name)),
        _ => None,
    }
}
