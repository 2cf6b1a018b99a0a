//! What can be told of a script without running it.

use super::image::Has;
use super::shell::builtins::is_builtin;
use super::shell::syntax::{Op, Part, Script, Simple};
use super::shell::variables::Variables;
use super::{Diagnostic, Launch, programs, tools};
use crate::api::Name;

/// How many diagnostics a script gets.
const MOST: usize = 16;

/// Adds what a script's author should know.
#[inline(never)]
pub(super) fn script(launch: &Launch, script: &Script, found: &mut Vec<Diagnostic>) {
    let functions: Vec<&Name> = script
        .ops
        .iter()
        .filter_map(|op| if let Op::Function { name, .. } = op { Some(name) } else { None })
        .collect();
    for op in &script.ops {
        if found.len() >= MOST {
            return;
        }
        match op {
            Op::Simple(simple) => {
                let words: Vec<Name> = simple.words.iter().map_while(|word| plain(word)).collect();
                if words.first().is_some_and(|name| !functions.contains(&name)) {
                    found.extend(command(launch, simple, &words));
                }
                let parts =
                    simple.words.iter().chain(simple.assignments.iter().map(|(_, word)| word));
                for part in parts.flatten() {
                    if let Part::Substitution { script: inner, .. } = part {
                        self::script(launch, inner, found);
                    }
                }
            }
            Op::Broken(error) => found.push(Diagnostic {
                line: error.line,
                text: error.text(launch.shell_kind("sh")).into(),
            }),
            _ => {}
        }
    }
}

/// What is to be said of one command, whose first words are known.
fn command(launch: &Launch, simple: &Simple, words: &[Name]) -> Option<Diagnostic> {
    let words = match words {
        [first, rest @ ..] if matches!(&**first, "exec" | "command") && !rest.is_empty() => rest,
        words => words,
    };
    let program = words.first()?;
    let diagnostic = |text: String| Some(Diagnostic { line: simple.line, text: text.into() });
    if is_builtin(program) || program.contains('/') {
        return None;
    }
    if let Some(serving) = programs::serving(launch, words, &Variables::default(), false) {
        return diagnostic(serving.note?.to_string());
    }
    match launch.find(program) {
        Has::No if script_installs(launch) => None,
        Has::No => diagnostic(format!("{program}: not found in the image {}", launch.image)),
        Has::Yes if !tools::is_simulated(program) => {
            diagnostic(format!("`{program}` is not simulated; it counts as done at once"))
        }
        Has::Yes | Has::Perhaps => None,
    }
}

/// The text of a word that needs no expansion.
fn plain(word: &[Part]) -> Option<Name> {
    match word {
        [Part::Text { text, .. }] => Some(text.as_str().into()),
        _ => None,
    }
}

/// Whether the script calls a package manager, after which anything may be there.
fn script_installs(launch: &Launch) -> bool {
    let text = launch.command.script().map_or("", |call| &*call.text);
    ["apk add", "apt-get", "apt install"].iter().any(|call| text.contains(call))
}
