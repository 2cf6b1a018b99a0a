//! Command lines, read once and shared.

use std::sync::Arc;

use super::shell::parser;
use super::shell::syntax::{Op, Part, Script, Simple};
use crate::api::Name;

/// A command line: of a container, of an exec probe or of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    argv: Arc<[Name]>,
    /// For `sh -c script`.
    script: Option<Arc<ShellCall>>,
    /// The whole command line as a script of one command.
    only: Arc<Script>,
    /// `cat file` or `test -f file`: the program and the file.
    question: Option<(&'static str, Name)>,
}

/// `sh -c script name arguments`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShellCall {
    pub(super) name: Name,
    pub(super) flags: Name,
    pub(super) text: Name,
    pub(super) script: Arc<Script>,
    pub(super) arguments: Arc<[Name]>,
}

impl Command {
    /// The command of these words.
    pub fn new(argv: Vec<Name>) -> Self {
        let script = shell_call(&argv).map(Arc::new);
        let word = |text: &Name| vec![Part::Text { text: text.to_string(), quoted: true }];
        let simple =
            Simple { words: argv.iter().map(word).collect(), line: 1, ..Simple::default() };
        let only = Script {
            ops: if argv.is_empty() { Vec::new() } else { vec![Op::Simple(Box::new(simple))] },
            here_documents: Vec::new(),
        };
        let question = match &script {
            None => question(&argv),
            Some(call) => call.script.only_words().and_then(|words| question(&words)),
        };
        Self { argv: argv.into(), script, only: Arc::new(only), question }
    }

    /// Its words.
    pub fn argv(&self) -> &[Name] {
        &self.argv
    }

    pub(super) fn script(&self) -> Option<&ShellCall> {
        self.script.as_deref()
    }

    pub(super) fn only(&self) -> Arc<Script> {
        Arc::clone(&self.only)
    }

    /// The script of this text, if it is this command's.
    pub(super) fn parsed(&self, text: &str) -> Option<Arc<Script>> {
        let call = self.script.as_ref().filter(|call| &*call.text == text)?;
        Some(Arc::clone(&call.script))
    }

    /// Whether it only asks for a file, so that its answer stays as long as the files do.
    pub const fn only_asks(&self) -> bool {
        self.question.is_some()
    }

    pub(super) fn question(&self) -> Option<(&'static str, &str)> {
        self.question.as_ref().map(|(program, file)| (*program, &**file))
    }
}

fn shell_call(argv: &[Name]) -> Option<ShellCall> {
    let (name, rest) = argv.split_first()?;
    if !matches!(name.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash")) {
        return None;
    }
    let (flags, rest) = rest.split_first()?;
    let letters = flags.strip_prefix('-')?;
    if !letters.contains('c') || !letters.chars().all(|letter| "ceuxl".contains(letter)) {
        return None;
    }
    let rest = rest.strip_prefix(&["--".into()]).unwrap_or(rest);
    let (text, rest) = rest.split_first()?;
    let (name, arguments) = rest.split_first().unwrap_or((name, &[]));
    Some(ShellCall {
        name: name.clone(),
        flags: flags.clone(),
        text: text.clone(),
        script: Arc::new(parser::parse(text)),
        arguments: arguments.into(),
    })
}

impl Script {
    /// The words of a script that is one plain command without anything to expand.
    fn only_words(&self) -> Option<Vec<Name>> {
        let [Op::Simple(simple)] = self.ops.as_slice() else {
            return None;
        };
        if !simple.assignments.is_empty() || !simple.redirects.is_empty() {
            return None;
        }
        let words = simple.words.iter().map(|word| match word.as_slice() {
            [Part::Text { text, quoted }] if *quoted || !text.contains(['*', '?', '[', '~']) => {
                Some(text.as_str().into())
            }
            [Part::Text { text, .. }] if text == "[" => Some("[".into()),
            _ => None,
        });
        words.collect()
    }
}

/// `cat file`, `test -f file`, `[ -e file ]`: what most probes ask.
fn question(argv: &[Name]) -> Option<(&'static str, Name)> {
    let words: Vec<&str> = argv.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        ["cat" | "/bin/cat", file] if !file.starts_with('-') => Some(("cat", (*file).into())),
        ["test", "-f" | "-e", file] | ["[", "-f" | "-e", file, "]"] => {
            Some(("test", (*file).into()))
        }
        _ => None,
    }
}

/// Replaces `$(NAME)` by variables that are there; `$$` is a `$`.
///
/// Models: kubernetes v1.36 `third_party/forked/golang/expansion/expand.go` `Expand`.
pub fn expand(text: &str, variables: &[(Name, Name)]) -> Name {
    if !text.contains('$') {
        return text.into();
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        result.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix('$') {
            result.push('$');
            rest = after;
            continue;
        }
        let reference = after.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        if let Some((name, after)) = reference {
            match variables.iter().rev().find(|(known, _)| &**known == name) {
                Some((_, value)) => result.push_str(value),
                None => result.extend(["$(", name, ")"]),
            }
            rest = after;
        } else {
            result.push('$');
            rest = after;
        }
    }
    result.push_str(rest);
    result.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_in_command_lines_are_expanded_as_by_the_kubelet() {
        let variables = [("A".into(), "1".into()), ("B".into(), "$(A)".into())];
        for (text, expected) in [
            ("$(A)-$(B)", "1-$(A)"),
            ("$$(A)", "$(A)"),
            ("$(C) $A $(A", "$(C) $A $(A"),
            ("100$", "100$"),
        ] {
            assert_eq!(&*expand(text, &variables), expected);
        }
    }

    #[test]
    fn probes_that_only_look_are_known() {
        let question = |words: &[&str]| {
            let command = Command::new(words.iter().map(|word| (*word).into()).collect());
            command.question().map(|(program, file)| format!("{program} {file}"))
        };
        assert_eq!(question(&["cat", "/tmp/ready"]).as_deref(), Some("cat /tmp/ready"));
        assert_eq!(
            question(&["sh", "-c", "[ -f /tmp/ready ]"]).as_deref(),
            Some("test /tmp/ready")
        );
        assert_eq!(question(&["sh", "-c", "test -f \"$X\""]), None);
        assert_eq!(question(&["sh", "-c", "cat /a; cat /b"]), None);
    }
}
