//! A file of several documents, cut into texts of one each.
//!
//! Models: apimachinery `pkg/util/yaml/decoder.go`, which cuts before anything is parsed.

use super::token::{Mark, SyntaxError};

/// The text of one or more documents, and the line it starts on.
pub(in crate::manifest) struct Chunk {
    pub(in crate::manifest) text: String,
    pub(in crate::manifest) first_line: u32,
}

/// Cuts the text at lines that start with `---`. The dashes become spaces, so that columns stay.
pub(in crate::manifest) fn split(text: &str) -> Vec<Chunk> {
    let mut chunks = vec![Chunk { text: String::new(), first_line: 0 }];
    for (number, line) in (0_u32..).zip(text.split_inclusive('\n')) {
        let rest = line.strip_prefix("---");
        let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if let Some(rest) = rest {
            chunks.push(Chunk { text: format!("   {rest}"), first_line: number });
        } else if let Some(chunk) = chunks.last_mut() {
            chunk.text.push_str(line);
        }
    }
    // kubectl reads line by line and ends the last line too.
    for chunk in chunks.iter_mut().filter(|chunk| !chunk.text.ends_with('\n')) {
        chunk.text.push('\n');
    }
    chunks
}

/// The first character YAML does not allow at all.
pub(in crate::manifest) fn control_character(text: &str) -> Option<SyntaxError> {
    let allowed = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    if text.chars().all(allowed) {
        return None;
    }
    let mut mark = Mark::default();
    for c in text.chars().take_while(|c| allowed(*c)) {
        mark.column += 1;
        if c == '\n' {
            mark = Mark { line: mark.line + 1, column: 0 };
        }
    }
    Some(SyntaxError::unplaced(mark, "control characters are not allowed"))
}
