//! `JSONPath` templates: `{.items[*].metadata.name}{"\n"}`.
//!
//! Models: kubernetes v1.36 client-go `util/jsonpath`. Fields, `['key']`, `[n]`, `[a:b]`, `[*]`,
//! `..field`, `[?(@.a=="b")]`, `range`/`end` and quoted text. Leaves out: negative steps.

use crate::api::{Name, Value};

/// The longest output, in bytes.
const LONGEST: usize = 1 << 22;
/// How many steps a template may take, and how many values a path may lead to.
const MOST_STEPS: usize = 1 << 20;
/// How deep ranges may lie in each other.
const DEEPEST: usize = 50;
const TOO_MUCH: &str = "the template leads to too many values";

/// Fills in a template.
///
/// # Errors
/// What cannot be read, or an item that is not there.
pub(crate) fn print(template: &str, data: &Value) -> Result<String, String> {
    filled(template, data, false)
}

/// As [`print`], but a field that is not there is a failure:
/// `--allow-missing-template-keys=false`.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_strictly(template: &str, data: &Value) -> Result<String, String> {
    filled(template, data, true)
}

fn filled(template: &str, data: &Value, strict: bool) -> Result<String, String> {
    let parts = parts(template).map_err(|problem| failed(template, data, &problem))?;
    let mut run = Run { root: data, strict, out: String::new(), left: MOST_STEPS };
    run.fill(&parts, data).map_err(|problem| failed(template, data, &problem))?;
    Ok(run.out)
}

/// What is said when a template cannot be filled in.
fn failed(template: &str, data: &Value, problem: &str) -> String {
    let at_work =
        ["array index out", "not in range"].iter().any(|start| problem.starts_with(start));
    if !at_work && !problem.ends_with(" is not found") {
        return format!("error parsing jsonpath {template}, {problem}");
    }
    format!(
        "error executing jsonpath {template:?}: Error executing template: {problem}. Printing more \
         information for debugging the template:\n\ttemplate was:\n\t\t{template}\n\tobject given to \
         jsonpath engine was:\n\t\t{}\n\n",
        go_syntax(data)
    )
}

/// Data as Go source code.
fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Map(map) => {
            let entry = |(key, value): (&Name, &Value)| format!("{key:?}:{}", go_syntax(value));
            let entries: Vec<String> = map.iter().map(entry).collect();
            format!("map[string]interface {{}}{{{}}}", entries.join(", "))
        }
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        scalar => scalar.to_json(),
    }
}

/// As [`values`], for a path that may stand without braces and without the first dot.
///
/// # Errors
/// As [`values`].
pub(crate) fn values_relaxed(path: &str, data: &Value) -> Result<Vec<Value>, String> {
    let inner = path.strip_prefix('{').and_then(|path| path.strip_suffix('}')).unwrap_or(path);
    let dot = if inner.starts_with(['.', '[']) { "" } else { "." };
    values(&format!("{{{dot}{inner}}}"), data)
}

/// The values the first path of a template leads to.
///
/// # Errors
/// What cannot be read, or an item that is not there.
pub(crate) fn values(template: &str, data: &Value) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for part in parts(template)? {
        if let Part::Path(path) = part {
            found.extend(find(&path, data, data, false)?.into_iter().cloned());
        }
    }
    Ok(found)
}

#[derive(Debug)]
enum Part {
    Text(String),
    Path(String),
    Range(String, Vec<Part>),
}

fn parts(template: &str) -> Result<Vec<Part>, String> {
    let mut stack: Vec<(String, Vec<Part>)> = vec![(String::new(), Vec::new())];
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        push(&mut stack, Part::Text(rest[..at].to_owned()));
        let Some(end) = closing(&rest[at..]) else {
            return Err(unclosed(&rest[at..]).to_owned());
        };
        let action = rest[at + 1..at + end].trim();
        rest = &rest[at + end + 1..];
        // The word ends where a path begins.
        let ranged =
            action.strip_prefix("range").filter(|path| !path.starts_with(char::is_alphanumeric));
        if let Some(path) = ranged {
            stack.push((path.trim().to_owned(), Vec::new()));
            if stack.len() > DEEPEST {
                return Err(TOO_MUCH.to_owned());
            }
        } else if action == "end" {
            let (Some((path, body)), false) = (stack.pop(), stack.is_empty()) else {
                return Err("not in range, nothing to end".to_owned());
            };
            push(&mut stack, Part::Range(path, body));
        } else if action.starts_with(['"', '\'']) {
            push(&mut stack, Part::Text(unquoted(action)));
        } else if let Some(strange) =
            action.split('[').next().and_then(|head| head.find(['>', '<', '+', '&', '|']))
        {
            let c = action[strange..].chars().next().unwrap_or(' ');
            return Err(format!("unrecognized character in action: U+{:04X} '{c}'", u32::from(c)));
        } else {
            push(&mut stack, Part::Path(action.to_owned()));
        }
    }
    push(&mut stack, Part::Text(rest.to_owned()));
    // A range that is not ended goes on to the end.
    while stack.len() > 1 {
        if let Some((path, body)) = stack.pop() {
            push(&mut stack, Part::Range(path, body));
        }
    }
    Ok(stack.pop().map(|(_, parts)| parts).unwrap_or_default())
}

fn push(stack: &mut [(String, Vec<Part>)], part: Part) {
    if let Some((_, parts)) = stack.last_mut() {
        parts.push(part);
    }
}

/// Where the bracket that opens the text is closed, not counting those in quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '}') => return Some(at),
            _ => {}
        }
    }
    None
}

/// What is wrong with an action that has no end.
fn unclosed(text: &str) -> &'static str {
    let mut quote = None;
    let mut in_array = false;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | ']') => in_array = c == '[',
            _ => {}
        }
    }
    match quote {
        _ if in_array => "unterminated array",
        Some(_) => "unterminated quoted string",
        None => "unclosed action",
    }
}

fn unquoted(text: &str) -> String {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
    inner.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"")
}

/// A template that is filled in.
struct Run<'a> {
    root: &'a Value,
    strict: bool,
    out: String,
    /// How many more steps it may take.
    left: usize,
}

impl<'a> Run<'a> {
    fn fill(&mut self, parts: &[Part], here: &'a Value) -> Result<(), String> {
        for part in parts {
            self.left = self.left.checked_sub(1).ok_or(TOO_MUCH)?;
            if self.out.len() > LONGEST {
                return Err(TOO_MUCH.to_owned());
            }
            match part {
                Part::Text(text) => self.out.push_str(text),
                Part::Path(path) => {
                    for (place, value) in self.find(path, here)?.into_iter().enumerate() {
                        self.out.push_str(if place == 0 { "" } else { " " });
                        self.out.push_str(&shown(value));
                    }
                }
                Part::Range(path, body) => {
                    for item in self.find(path, here)? {
                        match item {
                            Value::List(items) => {
                                for item in items {
                                    self.fill(body, item)?;
                                }
                            }
                            item => self.fill(body, item)?,
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn find(&mut self, path: &str, here: &'a Value) -> Result<Vec<&'a Value>, String> {
        let found = find(path, self.root, here, self.strict)?;
        self.left = self.left.checked_sub(found.len()).ok_or(TOO_MUCH)?;
        Ok(found)
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::List(_) | Value::Map(_) => value.to_json(),
        scalar => scalar.scalar_text().map(|text| text.to_string()).unwrap_or_default(),
    }
}

/// The values a path leads to.
fn find<'a>(
    path: &str,
    root: &'a Value,
    here: &'a Value,
    strict: bool,
) -> Result<Vec<&'a Value>, String> {
    let (mut found, mut rest) = match path.strip_prefix('$') {
        Some(rest) => (vec![root], rest),
        None => (vec![here], path.strip_prefix('@').unwrap_or(path)),
    };
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix("..") {
            let (name, tail) = field(tail);
            let mut deep = Vec::new();
            for value in found {
                everywhere(value, &name, &mut deep);
                bounded(&deep)?;
            }
            (found, rest) = (deep, tail);
        } else if let Some(inner) = rest.strip_prefix('[') {
            let Some(end) = bracket_end(inner) else {
                return Err("unterminated array".to_owned());
            };
            found = index(&inner[..end], found)?;
            rest = &inner[end + 1..];
        } else {
            let (name, tail) = field(rest.strip_prefix('.').unwrap_or(rest));
            rest = tail;
            let before = found.len();
            found = step(&name, found);
            if strict && found.len() < before {
                return Err(format!("{name} is not found"));
            }
        }
    }
    Ok(found)
}

/// Fails when a path leads to more values than anybody wants to see.
fn bounded(found: &[&Value]) -> Result<(), String> {
    if found.len() > MOST_STEPS { Err(TOO_MUCH.to_owned()) } else { Ok(()) }
}

/// A field's name (dots in it are escaped), and what follows.
fn field(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => name.extend(chars.next().map(|(_, escaped)| escaped)),
            '.' | '[' => return (name, &text[at..]),
            c => name.push(c),
        }
    }
    (name, "")
}

fn bracket_end(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '(') => depth += 1,
            (None, ']') if depth == 0 => return Some(at),
            (None, ')' | ']') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn step<'a>(name: &str, from: Vec<&'a Value>) -> Vec<&'a Value> {
    if name == "*" {
        return from.into_iter().flat_map(children).collect();
    }
    if name.is_empty() {
        return from;
    }
    // A field that is not there is nothing, as kubectl allows missing keys here.
    from.into_iter().filter_map(|value| value.get(name)).collect()
}

/// As [`step`] for a key in brackets, which may be a path of fields.
fn step_all<'a>(key: &str, from: &[&'a Value]) -> Vec<&'a Value> {
    let direct = step(key, from.to_vec());
    if !direct.is_empty() || !key.contains('.') {
        return direct;
    }
    key.split('.').fold(from.to_vec(), |found, key| step(key, found))
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::List(items) => items.iter().collect(),
        Value::Map(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

fn everywhere<'a>(value: &'a Value, name: &str, out: &mut Vec<&'a Value>) {
    if name == "*" {
        out.extend(children(value));
    } else {
        out.extend(value.get(name));
    }
    for child in children(value) {
        everywhere(child, name, out);
    }
}

fn index<'a>(inside: &str, from: Vec<&'a Value>) -> Result<Vec<&'a Value>, String> {
    if inside == "*" {
        return Ok(step("*", from));
    }
    if let Some(filter) = inside.strip_prefix("?(").and_then(|text| text.strip_suffix(')')) {
        let mut kept = Vec::new();
        for item in from.into_iter().flat_map(children) {
            if holds(filter, item)? {
                kept.push(item);
            }
        }
        return Ok(kept);
    }
    if inside.starts_with(['"', '\'']) {
        let mut found = Vec::new();
        for key in inside.split(',').map(|key| unquoted(key.trim()).replace("\\.", ".")) {
            found.extend(step_all(&key, &from));
            bounded(&found)?;
        }
        return Ok(found);
    }
    let mut found = Vec::new();
    for part in inside.split(',') {
        let slice = Slice::read(part.trim())?;
        for value in &from {
            if let Value::List(items) = value {
                found.extend(slice.of(items)?);
                bounded(&found)?;
            }
        }
    }
    Ok(found)
}

/// `3`, `-1`, `1:3`: items of a list, counted from the end when negative.
enum Slice {
    One(i64),
    Range(Option<i64>, Option<i64>),
}

impl Slice {
    fn read(text: &str) -> Result<Self, String> {
        let number =
            |part: &str| part.parse::<i64>().map_err(|_| format!("invalid array index {text}"));
        let bound = |part: &str| {
            if part.is_empty() { Ok(None) } else { number(part).map(Some) }
        };
        Ok(match text.split_once(':') {
            Some((start, end)) => Self::Range(bound(start)?, bound(end)?),
            None => Self::One(number(text)?),
        })
    }

    fn of<'a>(&self, items: &'a [Value]) -> Result<&'a [Value], String> {
        let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let absolute = |at: i64| if at < 0 { count.saturating_add(at) } else { at };
        let (start, end) = match *self {
            Self::One(at) => (absolute(at), absolute(at).saturating_add(1)),
            Self::Range(start, end) => {
                (absolute(start.unwrap_or(0)), absolute(end.unwrap_or(count)))
            }
        };
        if matches!(self, Self::One(_)) && !(0..count).contains(&start) {
            return Err(format!("array index out of bounds: index {start}, length {count}"));
        }
        let cut = |at: i64| usize::try_from(at.clamp(0, count)).unwrap_or(0);
        Ok(items.get(cut(start)..cut(end)).unwrap_or_default())
    }
}

/// Whether `@.a=="b"` holds for an item.
fn holds(filter: &str, item: &Value) -> Result<bool, String> {
    for (operator, accept) in [
        ("==", &[std::cmp::Ordering::Equal][..]),
        ("!=", &[std::cmp::Ordering::Less, std::cmp::Ordering::Greater]),
        (">=", &[std::cmp::Ordering::Equal, std::cmp::Ordering::Greater]),
        ("<=", &[std::cmp::Ordering::Equal, std::cmp::Ordering::Less]),
        (">", &[std::cmp::Ordering::Greater]),
        ("<", &[std::cmp::Ordering::Less]),
    ] {
        let Some((left, right)) = filter.split_once(operator) else {
            continue;
        };
        let right = right.trim();
        let right = if right.starts_with(['"', '\'']) { unquoted(right) } else { right.to_owned() };
        let found = find(left.trim(), item, item, false)?;
        let Some(left) = found.first().map(|value| shown(value)) else {
            return Ok(false);
        };
        let order = match (left.parse::<i64>(), right.parse::<i64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => left.cmp(&right),
        };
        return Ok(accept.contains(&order));
    }
    Ok(!find(filter.trim(), item, item, false)?.is_empty())
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::manifest::parse;

    #[test]
    fn paths_lead_to_values() {
        let text = "{a: {b: 1, 'c.d': x}, items: [{k: p, v: 1}, {k: q, v: 2}], l: [1, 2, 3]}";
        let data = parse(text).documents[0].value.clone();
        let cases = [
            ("{.a.b}", "1"),
            ("text", "text"),
            ("{.a['c.d']}", "x"),
            ("{.a.c\\.d}", "x"),
            ("{.items[*].k}", "p q"),
            ("{.items[1].k}", "q"),
            ("{.items[-1:].k}", "q"),
            ("{.items[0,1].k}", "p q"),
            ("{.a['b','c.d']}", "1 x"),
            ("{.l}", "[1,2,3]"),
            ("{range .items[*]}{.k}={.v}{\"\\n\"}{end}", "p=1\nq=2\n"),
            ("{.items[?(@.k==\"q\")].v}", "2"),
            ("{.items[?(@.v>1)].k}", "q"),
            ("{..v}", "1 2"),
            ("{.nothing}", ""),
            ("n: {.items[0].k}!", "n: p!"),
            ("{range.items[*]}{.k}{end}", "pq"),
            ("{.l[-9223372036854775808:9223372036854775807]}", "1 2 3"),
        ];
        for (template, expected) in cases {
            assert_eq!(print(template, &data).as_deref(), Ok(expected), "{template}");
        }
        assert!(print("{.items[7]}", &data).is_err());
        for (template, problem) in
            [("{.items", "unclosed action"), ("{.items[", "unterminated array")]
        {
            let told = print(template, &data).expect_err(template);
            assert_eq!(told, format!("error parsing jsonpath {template}, {problem}"));
        }
        assert!(print("{.l[9223372036854775807]}", &data).is_err());
    }

    #[test]
    fn a_template_that_leads_to_too_much_is_stopped() {
        let data = parse("{items: [a, b, c, d], deep: {a: {a: {a: {a: {a: {a: 1}}}}}}}");
        let data = data.documents[0].value.clone();
        for template in [
            "{range $.items[*]}".repeat(40),
            "{range $.items[*]}".repeat(5_000),
            format!("{{{}}}", "..*".repeat(40)),
            format!("{{.items{}}}", "[0,0,0,0]".repeat(40)),
            format!("{{{}}}", "$.items[0,0,0,0]".repeat(3)),
        ] {
            let _ = print(&template, &data);
        }
        let stopped = print(&"{range $.items[*]}".repeat(40), &data).expect_err("4 to the 40");
        assert!(stopped.contains("leads to too many values"), "{stopped}");
    }
}
