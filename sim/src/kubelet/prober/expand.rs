//! `$(VAR)` in the words of a command.
//!
//! Models: kubernetes v1.36 `third_party/forked/golang/expansion/expand.go` `Expand`.

use crate::api::Name;

/// `word` with `$(NAME)` replaced by the variable's value. `$$` is a single `$`; a variable that is
/// not there stays as it is written.
pub fn expand(word: &str, env: &[(Name, Name)]) -> String {
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let name = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = name {
            let known = env.iter().rfind(|(known, _)| &**known == name);
            let as_written = || format!("$({name})");
            out.push_str(&known.map_or_else(as_written, |(_, value)| value.to_string()));
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out
}
