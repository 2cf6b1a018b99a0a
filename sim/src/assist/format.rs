//! A manifest laid out anew: two spaces a level, no tabs, nothing behind the ends of lines. Comments,
//! the order of fields and blocks of text stay; so does all that the text means, or it is left alone.

use crate::manifest;

/// The text laid out anew; nothing when it cannot be read or would come to mean something else.
pub fn format(text: &str) -> Option<String> {
    let means = |text: &str| -> Option<Vec<_>> {
        let documents = manifest::parse(text).documents.into_iter();
        documents
            .map(|document| document.syntax_error.is_none().then_some(document.value))
            .collect()
    };
    let meant = means(text)?;
    let laid_out = lay_out(text);
    (means(&laid_out)? == meant).then_some(laid_out)
}

fn lay_out(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    // Each open level: its column as typed, and as it is to be.
    let mut levels: Vec<(usize, usize)> = Vec::new();
    let mut block: Option<Block> = None;
    // Lines of comments, and how deep they stood.
    let mut comments: Vec<(usize, usize)> = Vec::new();
    for line in text.lines() {
        let line = line.trim_end();
        let indent = line.len() - line.trim_start_matches(' ').len();
        let rest = &line[indent..];
        if let Some(open) = block.as_mut() {
            if rest.is_empty() || indent > open.typed {
                out.push(open.moved(line, indent));
                continue;
            }
            block = None;
        }
        if rest.is_empty() {
            if out.last().is_some_and(|last| !last.is_empty()) {
                out.push(String::new());
            }
            continue;
        }
        if rest.starts_with("---") {
            levels.clear();
            out.push(rest.to_owned());
            continue;
        }
        if rest.starts_with('#') {
            let found = levels.iter().rev().find(|(typed, _)| *typed <= indent);
            let wanted = found.map_or(indent, |(_, wanted)| *wanted);
            comments.push((out.len(), indent));
            out.push(format!("{}{rest}", " ".repeat(wanted)));
            continue;
        }
        let mut written: Option<String> = None;
        let (mut column, mut rest, mut dash) = (indent, rest, None);
        loop {
            let wanted = level(&mut levels, column);
            let start = written.get_or_insert_with(|| " ".repeat(wanted));
            // A comment before a line that stands as deep goes with it.
            for (at, _) in comments.drain(..).filter(|(_, indent)| *indent >= column) {
                out[at] = format!("{}{}", " ".repeat(wanted), out[at].trim_start());
            }
            let Some(inner) = rest.strip_prefix("- ") else { break };
            let after = inner.trim_start_matches(' ');
            dash = Some((column, wanted));
            column += rest.len() - after.len();
            rest = after;
            start.push_str("- ");
            // What the item holds goes right behind its dash.
            levels.push((column, wanted + 2));
        }
        if opens_block(rest) {
            let owner = dash.filter(|_| rest.starts_with(['|', '>'])).or(levels.last().copied());
            block = owner.map(|(typed, wanted)| Block { typed, wanted: wanted + 2, first: None });
        }
        out.push(written.unwrap_or_default() + rest);
    }
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out.join("\n") + "\n"
}

/// Where a line that was typed at `column` belongs.
fn level(levels: &mut Vec<(usize, usize)>, column: usize) -> usize {
    while levels.last().is_some_and(|(typed, _)| *typed > column) {
        levels.pop();
    }
    match levels.last() {
        Some((typed, wanted)) if *typed == column => *wanted,
        above => {
            let wanted = above.map_or(0, |(_, wanted)| wanted + 2);
            levels.push((column, wanted));
            wanted
        }
    }
}

/// Whether a block of text follows the line.
fn opens_block(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or_default().trim_end();
    let last = line.rsplit([' ', ':']).next().unwrap_or_default();
    last.starts_with(['|', '>']) && last[1..].trim_matches(['-', '+']).is_empty()
}

/// A block of text: its lines move together.
struct Block {
    /// The column of the field or item it belongs to.
    typed: usize,
    wanted: usize,
    /// The column of its first line.
    first: Option<usize>,
}

impl Block {
    fn moved(&mut self, line: &str, indent: usize) -> String {
        if line.is_empty() {
            return String::new();
        }
        let first = *self.first.get_or_insert(indent);
        let wanted = (self.wanted + indent).saturating_sub(first);
        format!("{}{}", " ".repeat(wanted), &line[indent..])
    }
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn levels_get_two_spaces_and_all_else_stays() {
        let text = "# top\nspec:   \n    # about\n    b: 1  # one\n    args:\n    -   |\n          if x\n            y\n\n          z\n    -   name: n\n        list: [ a ]\n\n\n    a: >-\n        text\n---\nk: v\n\n";
        let expected = "# top\nspec:\n  # about\n  b: 1  # one\n  args:\n  - |\n    if x\n      y\n\n    z\n  - name: n\n    list: [ a ]\n\n  a: >-\n    text\n---\nk: v\n";
        assert_eq!(format(text).as_deref(), Some(expected));
        assert_eq!(format(expected).as_deref(), Some(expected));
    }

    #[test]
    fn what_cannot_be_read_or_would_change_is_left_alone() {
        assert_eq!(format("a: [\n"), None);
        assert_eq!(format("a: |2\n     b\n"), None);
    }
}
