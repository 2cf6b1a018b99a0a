//! Why a template was not filled in, in Go's words and kubectl's.

use crate::api::Value;
use crate::kubectl::strategic::go_text;

/// Where something stands in the template, in bytes, and how it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) text: String,
}

/// Why a template was not filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What was printed nevertheless, and what kubectl adds to help.
    pub(crate) stdout: String,
    /// The complaint.
    pub(crate) text: String,
}

/// What went wrong at work, and where.
pub(super) struct Fault {
    pub(super) place: Option<Place>,
    pub(super) problem: String,
}

impl From<&str> for Fault {
    fn from(problem: &str) -> Self {
        Self { place: None, problem: problem.to_owned() }
    }
}

impl Place {
    pub(super) fn fault(&self, problem: String) -> Fault {
        Fault { place: Some(self.clone()), problem }
    }
}

impl Fault {
    /// Go's sentence: line and column, and the words at fault.
    pub(super) fn sentence(&self, template: &str) -> String {
        let Some(place) = &self.place else {
            return format!("template: output:1: executing \"output\": {}", self.problem);
        };
        let before = template.get(..place.at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = place.at - before.rfind('\n').map_or(0, |end| end + 1);
        format!(
            "template: output:{line}:{column}: executing \"output\" at <{}>: {}",
            place.text, self.problem
        )
    }
}

/// kubectl prints what it worked on as well.
pub(super) fn failed(template: &str, data: &Value, printed: String, problem: &str) -> Failure {
    let stdout = printed
        + &format!(
            "Error executing template: {problem}. Printing more information for debugging the \
             template:\n\ttemplate was:\n\t\t{template}\n\traw data was:\n\t\t{}\n\tobject given to \
             template engine was:\n\t\t{}\n\n",
            data.to_json(),
            go_text(data)
        );
    Failure { stdout, text: format!("error executing template {template:?}: {problem}") }
}
