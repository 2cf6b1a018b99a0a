//! Data to YAML, in kubectl's style: keys in order, lists not indented, quotes only where needed.
//!
//! Models: the emitter of go-yaml v2 behind `kubectl get -o yaml`, with its lines of 80 columns.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::syntax::scalar;
use crate::api::{Name, Value};

/// Where the emitter looks for a space to break a line at.
const WIDTH: usize = 80;
/// How many entries of a map are sorted.
const MAX_SORTED: usize = 1_000;

/// The data as a YAML document, ending with a line break.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Map(map) if !map.is_empty() => write_value(&mut out, value, 0),
        Value::List(items) if !items.is_empty() => write_value(&mut out, value, 0),
        _ => {
            write_scalar(&mut out, value, 0);
            out.push('\n');
        }
    }
    out
}

/// Writes a map or list whose entries start in column `indent`; the first is already indented.
fn write_value(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Map(map) => {
            for (index, (key, value)) in in_order(map).into_iter().enumerate() {
                if index > 0 {
                    pad(out, indent);
                }
                write_text(out, key, indent, true);
                out.push(':');
                write_after_key(out, value, indent);
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    pad(out, indent);
                }
                out.push_str("- ");
                if is_block(item) {
                    write_value(out, item, indent + 2);
                } else {
                    write_scalar(out, item, indent);
                    out.push('\n');
                }
            }
        }
        _ => {}
    }
}

fn write_after_key(out: &mut String, value: &Value, indent: usize) {
    if !is_block(value) {
        out.push(' ');
        write_scalar(out, value, indent);
        out.push('\n');
        return;
    }
    out.push('\n');
    let indent = if matches!(value, Value::Map(_)) { indent + 2 } else { indent };
    pad(out, indent);
    write_value(out, value, indent);
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Map(map) => !map.is_empty(),
        Value::List(items) => !items.is_empty(),
        _ => false,
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn write_scalar(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Map(_) => out.push_str("{}"),
        Value::List(_) => out.push_str("[]"),
        Value::String(text) => write_text(out, text, indent, false),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
            out.push_str(&value.scalar_text().unwrap_or_default());
        }
    }
}

/// How a text may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

fn write_text(out: &mut String, text: &str, indent: usize, key: bool) {
    match style(text, key) {
        Style::Plain => write_folded(out, text, indent + 2, key),
        Style::Single => {
            out.push('\'');
            write_folded(out, &text.replace('\'', "''"), indent + 2, key);
            out.push('\'');
        }
        Style::Double => write_double(out, text, indent + 2, key),
        Style::Literal => write_literal(out, text, indent + 2),
    }
}

/// What go-yaml asks for, and where that cannot be had, the next best.
fn style(text: &str, key: bool) -> Style {
    let shape = Shape::of(text);
    if text.contains('\n') {
        return if key || !shape.literal { Style::Double } else { Style::Literal };
    }
    let merge_sign = text == "<<" && !key;
    if !(scalar::is_plain_text(text) || merge_sign) || is_sexagesimal(text) {
        return Style::Double;
    }
    match shape {
        Shape { plain: true, .. } => Style::Plain,
        Shape { single: true, .. } => Style::Single,
        _ => Style::Double,
    }
}

/// Which styles the characters of a text allow.
#[derive(Clone, Copy)]
struct Shape {
    plain: bool,
    single: bool,
    literal: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let (mut indicator, mut special) = (starts_with_indicator(&chars), false);
        let (mut space_break, mut break_space) = (false, false);
        for (index, &c) in chars.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| chars[before]);
            let next = chars.get(index + 1).copied();
            indicator |= match c {
                ':' => next.is_none_or(|next| matches!(next, ' ' | '\n')),
                '#' => before.is_some_and(|before| matches!(before, ' ' | '\n')),
                _ => false,
            };
            special |= !is_printable(c);
            space_break |= c == '\n' && before == Some(' ');
            break_space |= c == ' ' && before == Some('\n');
        }
        let edge = |c: Option<&char>| c.is_some_and(|c| matches!(c, ' ' | '\n'));
        let at_edge = edge(chars.first()) || edge(chars.last());
        let unwritable = space_break || special;
        Self {
            plain: !(indicator || at_edge || unwritable || chars.is_empty()),
            single: !(unwritable || break_space),
            literal: !(unwritable || chars.last() == Some(&' ')),
        }
    }
}

fn starts_with_indicator(chars: &[char]) -> bool {
    let before_space = chars.get(1).is_none_or(|next| matches!(next, ' ' | '\n'));
    let Some(&first) = chars.first() else {
        return false;
    };
    "#,[]{}&*!|>'\"%@`".contains(first)
        || (before_space && "?:-".contains(first))
        || chars.starts_with(&['-', '-', '-'])
        || chars.starts_with(&['.', '.', '.'])
}

const fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

/// Whether the text is a number to base 60 for old YAML, such as `12:30`.
fn is_sexagesimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = unsigned.split(':');
    let first = parts.next().unwrap_or("");
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut rest: Vec<&str> = parts.collect();
    if rest.is_empty() || !first.starts_with(|c: char| c.is_ascii_digit()) || !digits(first) {
        return false;
    }
    if let Some(last) = rest.last_mut() {
        let (whole, fraction) = last.split_once('.').unwrap_or((last, ""));
        if !digits(fraction) {
            return false;
        }
        *last = whole;
    }
    rest.iter().all(|part| {
        (1..=2).contains(&part.len()) && part.parse::<u8>().is_ok_and(|number| number < 60)
    })
}

fn column(out: &str) -> usize {
    let line = out.rsplit('\n').next().unwrap_or("");
    line.chars().count()
}

/// Writes a text of one line, broken at spaces behind the width.
fn write_folded(out: &mut String, text: &str, indent: usize, key: bool) {
    let mut column = column(out);
    let mut chars = text.chars().peekable();
    let mut before_space = false;
    let mut first = true;
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        if c == ' '
            && !key
            && !before_space
            && !first
            && column > WIDTH
            && next.is_some_and(|next| next != ' ')
        {
            out.push('\n');
            pad(out, indent);
            column = indent;
        } else {
            out.push(c);
            column += 1;
        }
        before_space = c == ' ';
        first = false;
    }
}

fn write_double(out: &mut String, text: &str, indent: usize, key: bool) {
    out.push('"');
    let mut column = column(out);
    let mut before_space = false;
    let chars: Vec<char> = text.chars().collect();
    for (index, &c) in chars.iter().enumerate() {
        let last = index + 1 == chars.len();
        if c == ' ' && !key && !before_space && index > 0 && !last && column > WIDTH {
            out.push('\n');
            pad(out, indent);
            column = indent;
            if chars[index + 1] == ' ' {
                out.push('\\');
                column += 1;
            }
            before_space = true;
            continue;
        }
        before_space = c == ' ';
        let from = out.len();
        escape(out, c);
        column += out[from..].chars().count();
    }
    out.push('"');
}

fn escape(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0' => out.push_str("\\0"),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{b}' => out.push_str("\\v"),
        '\u{c}' => out.push_str("\\f"),
        '\u{1b}' => out.push_str("\\e"),
        '\u{85}' => out.push_str("\\N"),
        c if is_printable(c) => out.push(c),
        c => {
            let code = u32::from(c);
            let _ = match code {
                0..0x100 => write!(out, "\\x{code:02X}"),
                0x100..0x1_0000 => write!(out, "\\u{code:04X}"),
                0x1_0000.. => write!(out, "\\U{code:08X}"),
            };
        }
    }
}

/// Writes a text of several lines behind `|`.
fn write_literal(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    let body = text.trim_end_matches('\n');
    match text.len() - body.len() {
        0 => out.push('-'),
        1 if !body.is_empty() => {}
        _ => out.push('+'),
    }
    let lines = text.strip_suffix('\n').unwrap_or(text);
    for line in lines.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(out, indent);
            out.push_str(line);
        }
    }
}

/// The entries in kubectl's order. That order contradicts itself for odd keys (`1 a` before `09a`
/// before `0a` before `1 a`), which library sorts may refuse; insertion puts up with it and gives
/// what kubectl prints. Maps beyond any manifest's size stay in the order of their bytes.
fn in_order(map: &BTreeMap<Name, Value>) -> Vec<(&Name, &Value)> {
    let mut entries: Vec<(&Name, &Value)> = Vec::with_capacity(map.len());
    for entry in map {
        let mut at = entries.len();
        while map.len() <= MAX_SORTED && at > 0 && natural(entry.0, entries[at - 1].0).is_lt() {
            at -= 1;
        }
        entries.insert(at, entry);
    }
    entries
}

/// The order of keys: letters after other characters, numbers by their value, so that `a2` comes
/// before `a10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = (0..a.len().min(b.len())).find(|&at| a[at] != b[at]) else {
        return a.len().cmp(&b.len());
    };
    let (x, y) = (a[at], b[at]);
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x.cmp(&y),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let run = |chars: &[char]| {
        chars[at..].iter().take_while(|c| c.is_ascii_digit()).take(18).collect::<String>()
    };
    // Zeros inside a number are part of it, zeros in front are not.
    let inside = (x == '0' || y == '0')
        && a[..at].iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0');
    let (run_a, run_b) = (run(&a), run(&b));
    let value =
        |run: &str| format!("{}{run}", if inside { "1" } else { "" }).parse::<u64>().unwrap_or(0);
    let by_value = value(&run_a).cmp(&value(&run_b));
    by_value.then(run_a.len().cmp(&run_b.len())).then(x.cmp(&y))
}

#[cfg(test)]
mod tests {
    use super::to_yaml;
    use crate::manifest::parse;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let value = &parse(text).documents[0].value;
        let written = to_yaml(value);
        assert_eq!(written, expected);
        assert_eq!(&parse(&written).documents[0].value, value, "it reads as it was");
    }

    #[test]
    fn data_is_written_as_kubectl_does() {
        check(
            "{b: [1, {x: 1, z: [a]}, []], a: {}, a10: '', a2: ~}",
            "a: {}\na2: null\na10: \"\"\nb:\n- 1\n- x: 1\n  z:\n  - a\n- []\n",
        );
    }

    #[test]
    fn text_is_quoted_only_when_it_must_be() {
        check(
            r##"{a: "yes", b: "25%", c: "a: b", d: "- x", e: "it's", f: "#x", g: "12:30", h: "1"}"##,
            "a: \"yes\"\nb: 25%\nc: 'a: b'\nd: '- x'\ne: it's\nf: '#x'\ng: \"12:30\"\nh: \"1\"\n",
        );
    }

    #[test]
    fn text_of_several_lines_is_a_block() {
        check(
            r#"{a: "x\ny\n", b: "x\ny", c: "x\n\n", d: " x\ny\n", e: "x \ny", f: "x\ty"}"#,
            "a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2\n   x\n  y\ne: \"x \\ny\"\nf: \"x\\ty\"\n",
        );
    }
}
