//! A shell's variables.

use crate::api::Name;

/// How many variables a shell may have; later ones are not set.
const MOST: usize = 512;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    name: Name,
    value: Name,
    exported: bool,
}

/// The variables, in the order they were first set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Variables {
    list: Vec<Variable>,
}

impl Variables {
    /// These variables, all of them exported; later ones replace earlier ones.
    pub(crate) fn from_environment<'a>(pairs: impl Iterator<Item = &'a (Name, Name)>) -> Self {
        let mut variables = Self::default();
        for (name, value) in pairs {
            variables.set_name(name, value.clone());
            variables.export(name);
        }
        variables
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Name> {
        self.list.iter().find(|variable| &*variable.name == name).map(|variable| &variable.value)
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.set_name(name, value.into());
    }

    pub(crate) fn set_name(&mut self, name: &str, value: Name) {
        if let Some(variable) = self.list.iter_mut().find(|variable| &*variable.name == name) {
            variable.value = value;
        } else if self.list.len() < MOST {
            self.list.push(Variable { name: name.into(), value, exported: false });
        }
    }

    /// Makes a variable part of the environment of the programs to come.
    pub(crate) fn export(&mut self, name: &str) {
        if let Some(variable) = self.list.iter_mut().find(|variable| &*variable.name == name) {
            variable.exported = true;
        } else {
            self.set(name, "");
            if let Some(variable) = self.list.last_mut().filter(|last| &*last.name == name) {
                variable.exported = true;
            }
        }
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.list.retain(|variable| &*variable.name != name);
    }

    /// The environment: names and values.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (&Name, &Name)> {
        self.list
            .iter()
            .filter(|variable| variable.exported)
            .map(|variable| (&variable.name, &variable.value))
    }

    /// All variables.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Name, &Name)> {
        self.list.iter().map(|variable| (&variable.name, &variable.value))
    }
}
