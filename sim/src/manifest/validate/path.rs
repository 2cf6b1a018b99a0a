//! Where a field is, while its value is looked at.
//!
//! A path is a step and the path above it, both borrowed: it becomes text only when there is something
//! to say about the field, which is seldom.

use std::fmt;

/// Where a field is.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    /// As it is written: `spec.ports`. The empty one stands for the whole.
    Of(&'a str),
    /// A field: `spec.replicas`.
    Key(&'a Path<'a>, &'a str),
    /// An item of the list that is a field: `spec.ports[0]`.
    Item(&'a Path<'a>, &'a str, usize),
    /// An item of the list itself.
    Index(&'a Path<'a>, usize),
    /// An entry of a map: `metadata.annotations[key]`.
    Entry(&'a Path<'a>, &'a str),
}

impl<'a> Path<'a> {
    #[inline(never)]
    pub(super) const fn key(&'a self, key: &'a str) -> Self {
        Self::Key(self, key)
    }

    #[inline(never)]
    pub(super) const fn item(&'a self, key: &'a str, index: usize) -> Self {
        Self::Item(self, key, index)
    }

    #[inline(never)]
    pub(super) const fn index(&'a self, index: usize) -> Self {
        Self::Index(self, index)
    }

    #[inline(never)]
    pub(super) const fn entry(&'a self, key: &'a str) -> Self {
        Self::Entry(self, key)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Of(text) => f.write_str(text),
            Self::Key(Self::Of(""), key) => f.write_str(key),
            Self::Key(above, key) => write!(f, "{above}.{key}"),
            Self::Item(Self::Of(""), key, index) => write!(f, "{key}[{index}]"),
            Self::Item(above, key, index) => write!(f, "{above}.{key}[{index}]"),
            Self::Index(above, index) => write!(f, "{above}[{index}]"),
            Self::Entry(above, key) => write!(f, "{above}[{key}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn steps_are_written_one_after_the_other() {
        let (list, spec) = (Path::Of("spec.ports"), Path::Of("spec"));
        assert_eq!(list.index(2).key("name").to_string(), "spec.ports[2].name");
        assert_eq!(spec.item("ports", 2).key("name").to_string(), "spec.ports[2].name");
        assert_eq!(spec.key("hard").entry("cpu").to_string(), "spec.hard[cpu]");
        assert_eq!(Path::Of("").key("spec").to_string(), "spec");
        assert_eq!(Path::Of("").item("ports", 0).to_string(), "ports[0]");
    }
}
