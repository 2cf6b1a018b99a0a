//! A command line to words, as a POSIX shell cuts it: blanks separate, quotes hold together.
//!
//! Leaves out: variables, globs, pipes. An operator that stands alone is refused, not passed on.

/// Shell operators that would start another command or redirect this one.
const OPERATORS: [&str; 9] = ["|", "||", "&&", ";", "&", ">", ">>", "<", "2>&1"];

/// Cuts a line into words.
///
/// # Errors
/// A quote that is not closed, or an operator between commands.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => finish(&mut words, word.take())?,
            '#' if word.is_none() => break,
            '\'' | '"' => quoted(c, &mut chars, word.get_or_insert_default())?,
            '\\' => match chars.next() {
                // A line that goes on.
                Some('\n') => {}
                Some(escaped) => word.get_or_insert_default().push_quoted(escaped),
                None => word.get_or_insert_default().text.push('\\'),
            },
            c => word.get_or_insert_default().text.push(c),
        }
    }
    finish(&mut words, word)?;
    Ok(words)
}

/// A word as a person would type it: in quotes when it has to be.
pub(crate) fn in_quotes(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[derive(Default)]
struct Word {
    text: String,
    quoted: bool,
}

impl Word {
    fn push_quoted(&mut self, c: char) {
        self.text.push(c);
        self.quoted = true;
    }
}

fn finish(words: &mut Vec<String>, word: Option<Word>) -> Result<(), String> {
    let Some(word) = word else { return Ok(()) };
    if !word.quoted && OPERATORS.contains(&word.text.as_str()) {
        return Err(format!(
            "one command at a time, please: {:?} is not understood here",
            word.text
        ));
    }
    words.push(word.text);
    Ok(())
}

/// Reads up to the closing quote. Within double quotes a backslash escapes `"`, `\`, `$` and `` ` ``.
fn quoted(quote: char, chars: &mut std::str::Chars<'_>, word: &mut Word) -> Result<(), String> {
    word.quoted = true;
    while let Some(c) = chars.next() {
        if c == quote {
            return Ok(());
        }
        if c != '\\' || quote == '\'' {
            word.text.push(c);
            continue;
        }
        match chars.next() {
            Some('\n') => {}
            Some(escaped @ ('"' | '\\' | '$' | '`')) => word.text.push(escaped),
            Some(other) => word.text.extend(['\\', other]),
            None => word.text.push('\\'),
        }
    }
    Err(format!("the line ends before the quote {quote} is closed"))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_cut_as_a_shell_cuts_them() {
        let cases: [(&str, &[&str]); 8] = [
            ("get  pods\t-o wide", &["get", "pods", "-o", "wide"]),
            ("patch x -p '{\"a\": \"b c\"}'", &["patch", "x", "-p", "{\"a\": \"b c\"}"]),
            (
                "annotate a note=\"hello \\\"w\\\" world\"",
                &["annotate", "a", "note=hello \"w\" world"],
            ),
            ("a '' b", &["a", "", "b"]),
            ("a\\ b c", &["a b", "c"]),
            ("get pods # all of them", &["get", "pods"]),
            ("set image d '*=x#1'", &["set", "image", "d", "*=x#1"]),
            ("apply \\\n -f -", &["apply", "-f", "-"]),
        ];
        for (line, words) in cases {
            assert_eq!(split(line).as_deref(), Ok(words.map_strings().as_slice()), "{line}");
        }
        assert!(split("get 'pods").is_err());
        assert!(split("get pods | wc").is_err());
        assert!(split("get pods '|' wc").is_ok());
    }

    trait MapStrings {
        fn map_strings(&self) -> Vec<String>;
    }

    impl MapStrings for &[&str] {
        fn map_strings(&self) -> Vec<String> {
            self.iter().map(ToString::to_string).collect()
        }
    }
}
