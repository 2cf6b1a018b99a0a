//! Go templates: `-o go-template='{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}'`.
//!
//! Models: Go `text/template` as far as people type it at kubectl: fields, variables, pipes,
//! `range`, `if`, `with`, `else`, comparisons, `len`, `index`, `print`, `printf`, and kubectl's own
//! `exists`, `base64decode`. Leaves out: methods, nested templates.

mod failure;
mod functions;

use crate::api::Value;
use failure::{Failure, Fault, Place, failed};
use functions::{FUNCTIONS, call, is_true, shown, walk};

/// How deep blocks may lie in each other.
const DEEPEST: usize = 50;
/// The longest output, in bytes.
const LONGEST: usize = 1 << 22;
/// How much work a template may be: a step is one, an item of a list as many as [`ITEM`].
const MOST_WORK: usize = 1 << 22;
const ITEM: usize = 32;

#[derive(Debug)]
enum Node {
    Text(String),
    Print(Pipe),
    /// `range`, `if` and `with`: what they ask, what is done, and what else.
    Block(Block, Pipe, Vec<Node>, Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    Range,
    If,
    With,
}

/// Commands, each given the result of the one before; the variables they are kept in.
#[derive(Debug, Default)]
struct Pipe {
    variables: Vec<String>,
    commands: Vec<Command>,
}

/// Terms, the first of which may be a function of the others.
#[derive(Debug)]
struct Command {
    terms: Vec<Term>,
    place: Place,
}

#[derive(Debug)]
enum Term {
    Literal(Value),
    /// `.a.b`, or `$x.a` with a variable's name.
    Path(Option<String>, Vec<String>, Place),
    Function(String),
    Group(Pipe, Vec<String>),
}

/// Fills in a template.
///
/// # Errors
/// kubectl's sentence about a template that cannot be read or filled in.
pub(crate) fn print(template: &str, data: &Value) -> Result<String, Failure> {
    let unread =
        |problem: String| Failure { stdout: String::new(), text: unreadable(template, &problem) };
    let mut rest = tokens(template).map_err(unread)?.into_iter();
    let (nodes, end) = nodes(&mut rest, 0).map_err(unread)?;
    if let Some((end, _)) = end {
        return Err(unread(format!("unexpected {{{{{end}}}}}")));
    }
    let mut run =
        Run { variables: vec![(String::new(), data.clone())], out: String::new(), left: MOST_WORK };
    match run.all(&nodes, data) {
        Ok(()) => Ok(run.out),
        Err(fault) => Err(failed(template, data, run.out, &fault.sentence(template))),
    }
}

fn unreadable(template: &str, problem: &str) -> String {
    format!("error parsing template {template}, template: output:1: {problem}")
}

enum Token {
    Text(String),
    /// What stands between the braces, and where.
    Action(String, usize),
}

fn tokens(template: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = template;
    let mut trims = false;
    while let Some(at) = rest.find("{{") {
        let (text, after) = (&rest[..at], &rest[at + 2..]);
        let text = if trims { text.trim_start() } else { text };
        let dashed = after.starts_with("- ");
        tokens.push(Token::Text(if dashed { text.trim_end() } else { text }.to_owned()));
        let end = action_end(after).ok_or("unclosed action")?;
        let mut action = &after[usize::from(dashed)..end];
        trims = action.ends_with(" -");
        if trims {
            action = &action[..action.len() - 1];
        }
        let start = template.len() - rest.len() + at + 2 + usize::from(dashed);
        let start = start + action.len() - action.trim_start().len();
        tokens.push(Token::Action(action.trim().to_owned(), start));
        rest = &after[end + 2..];
    }
    tokens.push(Token::Text(if trims { rest.trim_start() } else { rest }.to_owned()));
    Ok(tokens)
}

/// Where `}}` ends an action, quotes set aside.
fn action_end(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some('"'), '\\') => {
                chars.next();
            }
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '`' | '\'') => quote = Some(c),
            (None, '}') if text[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
    }
    None
}

/// Nodes up to `end` or `else`, which is returned.
fn nodes(
    rest: &mut std::vec::IntoIter<Token>,
    depth: usize,
) -> Result<(Vec<Node>, Option<Action>), String> {
    if depth > DEEPEST {
        return Err("blocks are nested too deeply".to_owned());
    }
    let mut found = Vec::new();
    while let Some(token) = rest.next() {
        let (action, at) = match token {
            Token::Text(text) => {
                found.push(Node::Text(text));
                continue;
            }
            Token::Action(action, at) => (action, at),
        };
        let letters = |c: char| c.is_alphanumeric() || c == '_';
        let (word, pipe_text) =
            action.split_at(action.find(|c| !letters(c)).unwrap_or(action.len()));
        let block = match word {
            "range" => Block::Range,
            "if" => Block::If,
            "with" => Block::With,
            "end" | "else" => return Ok((found, Some((action, at)))),
            _ if action.starts_with("/*") => continue,
            _ => {
                found.push(Node::Print(pipe(&action, at)?));
                continue;
            }
        };
        found.push(block_node(block, (pipe_text, at + word.len()), rest, depth)?);
    }
    if depth > 0 {
        return Err("unexpected EOF".to_owned());
    }
    Ok((found, None))
}

fn block_node(
    block: Block,
    (asked, at): (&str, usize),
    rest: &mut std::vec::IntoIter<Token>,
    depth: usize,
) -> Result<Node, String> {
    let asked = pipe(asked, at)?;
    if asked.commands.is_empty() {
        return Err("missing value for command".to_owned());
    }
    let (then, end) = nodes(rest, depth + 1)?;
    let mut otherwise = Vec::new();
    if let Some((end, at)) = end.filter(|(end, _)| end.starts_with("else")) {
        if let Some(next) = end.strip_prefix("else if ") {
            let at = at + "else if ".len();
            otherwise.push(block_node(Block::If, (next, at), rest, depth + 1)?);
        } else {
            otherwise = nodes(rest, depth + 1)?.0;
        }
    }
    Ok(Node::Block(block, asked, then, otherwise))
}

/// An action and where it stands in the template.
type Action = (String, usize);

/// Reads a pipe that stands at this place of the template.
fn pipe(text: &str, at: usize) -> Result<Pipe, String> {
    let mut found = Pipe::default();
    let text = text.trim_end();
    let end = at + text.len();
    let mut text = text.trim_start();
    if text.starts_with('$')
        && let Some((names, value)) = text.split_once(":=").or_else(|| text.split_once(" = "))
        && !names.contains('"')
    {
        found.variables = names.split(',').map(|name| name.trim().to_owned()).collect();
        text = value.trim();
    }
    let mut reader = Reader { rest: text, depth: 0, end };
    found.commands = reader.commands()?;
    if !reader.rest.is_empty() {
        return Err(format!("unexpected {:?} in operand", reader.rest));
    }
    Ok(found)
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
    /// Where the text ends in the template.
    end: usize,
}

impl Reader<'_> {
    fn commands(&mut self) -> Result<Vec<Command>, String> {
        let mut commands = Vec::new();
        let mut terms = Vec::new();
        self.rest = self.rest.trim_start();
        let mut start = self.rest;
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.chars().next() {
                None | Some(')') => break,
                Some('|') => {
                    let place = self.place(start);
                    commands.push(Command { terms: std::mem::take(&mut terms), place });
                    self.rest = self.rest[1..].trim_start();
                    start = self.rest;
                }
                Some(_) => terms.push(self.term()?),
            }
        }
        if !terms.is_empty() {
            commands.push(Command { terms, place: self.place(start) });
        }
        Ok(commands)
    }

    /// The place of what was read since the rest was this.
    fn place(&self, start: &str) -> Place {
        let text = start[..start.len() - self.rest.len()].trim_end();
        Place { at: self.end - start.len(), text: text.to_owned() }
    }

    /// A path with what stands in front of it, and its place: Go means the second step of several.
    fn placed_path(&mut self, start: &str, name: Option<String>) -> Term {
        let head = self.rest.len();
        let steps = self.path();
        let mut place = self.place(start);
        let first = if name.is_some() { 0 } else { steps.first().map_or(0, |step| step.len() + 1) };
        if steps.len() > usize::from(name.is_none()) {
            place.at = self.end - head + first;
        }
        Term::Path(name, steps, place)
    }

    fn path(&mut self) -> Vec<String> {
        let mut steps = Vec::new();
        while let Some(after) = self.rest.strip_prefix('.') {
            let fits = |c: char| c.is_alphanumeric() || c == '_';
            let end = after.find(|c| !fits(c)).unwrap_or(after.len());
            if end == 0 {
                self.rest = after;
                break;
            }
            steps.push(after[..end].to_owned());
            self.rest = &after[end..];
        }
        steps
    }

    fn term(&mut self) -> Result<Term, String> {
        let first = self.rest.chars().next().unwrap_or_default();
        match first {
            '.' => Ok(self.placed_path(self.rest, None)),
            '$' => {
                let fits = |c: char| c.is_alphanumeric() || c == '_';
                let end = self.rest[1..].find(|c| !fits(c)).map_or(self.rest.len(), |end| end + 1);
                let (start, name) = (self.rest, self.rest[..end].to_owned());
                self.rest = &self.rest[end..];
                Ok(self.placed_path(start, Some(name)))
            }
            '"' | '`' => self.quoted(first),
            '(' => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err("parentheses are nested too deeply".to_owned());
                }
                self.rest = &self.rest[1..];
                let commands = self.commands()?;
                self.rest = self.rest.strip_prefix(')').ok_or("unclosed left paren")?;
                let pipe = Pipe { variables: Vec::new(), commands };
                Ok(Term::Group(pipe, self.path()))
            }
            _ => {
                let signed = usize::from(first == '-' || first == '+');
                let is_number = self.rest[signed..].starts_with(|c: char| c.is_ascii_digit());
                let ends =
                    |c: char| c.is_whitespace() || "|()".contains(c) || c == '.' && !is_number;
                let end = self.rest.find(ends).unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                Ok(match word {
                    "true" => Term::Literal(Value::Bool(true)),
                    "false" => Term::Literal(Value::Bool(false)),
                    "nil" => Term::Literal(Value::Null),
                    _ => match word.parse() {
                        Ok(number) => Term::Literal(Value::Int(number)),
                        Err(_) if FUNCTIONS.contains(&word) => Term::Function(word.to_owned()),
                        Err(_) => return Err(format!("function {word:?} not defined")),
                    },
                })
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Term, String> {
        let mut text = String::new();
        let mut chars = self.rest[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.rest = &self.rest[at + 2..];
                    return Ok(Term::Literal(text.into()));
                }
                '\\' if quote == '"' => match chars.next().map(|(_, c)| c) {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some(other) => text.push(other),
                    None => break,
                },
                c => text.push(c),
            }
        }
        Err("unterminated quoted string".to_owned())
    }
}

struct Run {
    variables: Vec<(String, Value)>,
    out: String,
    /// How much more work it may be.
    left: usize,
}

impl Run {
    fn all(&mut self, nodes: &[Node], dot: &Value) -> Result<(), Fault> {
        for node in nodes {
            if self.out.len() > LONGEST {
                return Err("the output is too long".into());
            }
            self.work(1)?;
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Print(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    match value {
                        Some(value) if pipe.variables.is_empty() => {
                            self.out.push_str(&shown(&value));
                        }
                        None if pipe.variables.is_empty() => self.out.push_str("<no value>"),
                        value => self.set(&pipe.variables, None, value.unwrap_or_default()),
                    }
                }
                Node::Block(block, pipe, then, otherwise) => {
                    let depth = self.variables.len();
                    self.block(*block, pipe, (then, otherwise), dot)?;
                    self.variables.truncate(depth);
                }
            }
        }
        Ok(())
    }

    fn work(&mut self, steps: usize) -> Result<(), Fault> {
        self.left = self.left.checked_sub(steps).ok_or("the template takes too many steps")?;
        Ok(())
    }

    fn set(&mut self, names: &[String], key: Option<Value>, value: Value) {
        match (names, key) {
            ([first, second], Some(key)) => {
                self.variables.push((first.clone(), key));
                self.variables.push((second.clone(), value));
            }
            ([.., only], _) => self.variables.push((only.clone(), value)),
            ([], _) => {}
        }
    }

    fn block(
        &mut self,
        block: Block,
        pipe: &Pipe,
        (then, otherwise): (&[Node], &[Node]),
        dot: &Value,
    ) -> Result<(), Fault> {
        let value = self.pipe(pipe, dot)?.unwrap_or_default();
        if block != Block::Range {
            self.set(&pipe.variables, None, value.clone());
            let inner = if block == Block::With { &value } else { dot };
            return if is_true(&value) { self.all(then, inner) } else { self.all(otherwise, dot) };
        }
        let items: Vec<(Value, Value)> = match &value {
            Value::List(items) => {
                (0..).zip(items).map(|(at, item)| (Value::Int(at), item.clone())).collect()
            }
            Value::Map(map) => {
                map.iter().map(|(key, item)| (Value::from(key), item.clone())).collect()
            }
            Value::Null => Vec::new(),
            other => {
                let problem = format!("range can't iterate over {}", shown(other));
                let place = pipe.commands.first().map(|command| command.place.clone());
                return Err(Fault { place, problem });
            }
        };
        if items.is_empty() {
            return self.all(otherwise, dot);
        }
        self.work(ITEM.saturating_mul(items.len()))?;
        for (key, item) in items {
            let depth = self.variables.len();
            self.set(&pipe.variables, Some(key), item.clone());
            self.all(then, &item)?;
            self.variables.truncate(depth);
        }
        Ok(())
    }

    fn pipe(&self, pipe: &Pipe, dot: &Value) -> Result<Option<Value>, Fault> {
        let mut last = Vec::new();
        for command in &pipe.commands {
            last = vec![self.command(command, last, dot)?];
        }
        last.pop().ok_or_else(|| "missing value for command".into())
    }

    fn command(
        &self,
        command: &Command,
        last: Vec<Option<Value>>,
        dot: &Value,
    ) -> Result<Option<Value>, Fault> {
        let Some((first, rest)) = command.terms.split_first() else {
            return Err("missing value for command".into());
        };
        let Term::Function(name) = first else {
            return self.term(first, dot);
        };
        let mut arguments = Vec::new();
        for term in rest {
            arguments.push(self.term(term, dot)?);
        }
        arguments.extend(last);
        call(name, &arguments).map_err(|problem| command.place.fault(problem))
    }

    fn term(&self, term: &Term, dot: &Value) -> Result<Option<Value>, Fault> {
        match term {
            Term::Literal(value) => Ok(Some(value.clone())),
            Term::Function(name) => {
                call(name, &[]).map_err(|problem| Fault { place: None, problem })
            }
            Term::Group(pipe, steps) => {
                let value = self.pipe(pipe, dot)?;
                let place = || pipe.commands.first().map(|command| command.place.clone());
                let fault = |problem| Fault { place: place(), problem };
                value.map_or(Ok(None), |value| walk(&value, steps).map_err(fault))
            }
            Term::Path(None, steps, place) => {
                walk(dot, steps).map_err(|problem| place.fault(problem))
            }
            Term::Path(Some(name), steps, place) => {
                let wanted = name.trim_start_matches('$');
                let known = |(known, _): &&(String, Value)| known.trim_start_matches('$') == wanted;
                let found = self.variables.iter().rev().find(known);
                let unknown = || place.fault(format!("undefined variable {name:?}"));
                let (_, value) = found.ok_or_else(unknown)?;
                walk(value, steps).map_err(|problem| place.fault(problem))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::manifest::parse;

    #[test]
    fn templates_are_filled_in_as_go_does_it() {
        let data = "{kind: Pod, items: [{name: a, size: 1, ports: [80, 81]}, {name: b, size: 2}]}";
        let data = &parse(data).documents[0].value;
        for (template, expected) in [
            ("{{len .items}}", "2"),
            ("{{.nosuch}} {{.kind}}", "<no value> Pod"),
            ("{{range .items}}{{.name}}={{.size}}{{\"\\n\"}}{{end}}", "a=1\nb=2\n"),
            ("{{range $i, $x := .items}}{{$i}}{{$x.name}}{{$.kind}} {{end}}", "0aPod 1bPod "),
            ("{{range .items}}{{if .ports}}{{index .ports 1}}{{else}}-{{end}}{{end}}", "81-"),
            ("{{(index .items 1).name}}", "b"),
            ("{{if eq .kind \"Pod\"}}yes{{end}}", "yes"),
            ("{{with .nosuch}}x{{else}}none{{end}}", "none"),
            ("{{printf \"%s-%d\" .kind 3}}", "Pod-3"),
            ("{{.kind | printf \"<%s>\"}}", "<Pod>"),
            ("a {{- .kind -}} b", "aPodb"),
        ] {
            assert_eq!(print(template, data).as_deref(), Ok(expected), "{template}");
        }
        assert_eq!(
            print("{{.kind", data).map_err(|failure| failure.text),
            Err("error parsing template {{.kind, template: output:1: unclosed action".to_owned())
        );
        for wrong in ["{{nope}}", "{{range .items}}", "{{index .items 9}}", "{{\"a}}"] {
            assert!(print(wrong, data).is_err(), "{wrong}");
        }
        assert_eq!(
            print("{{.no.such}} {{range.items}}{{.name}}{{end}}", data).as_deref(),
            Ok("<no value> ab")
        );
    }

    /// As kubectl 1.32 answers with `config view -o go-template`.
    #[test]
    fn what_goes_wrong_at_work_is_told_with_its_place_and_the_data() {
        let data = "{apiVersion: v1, contexts: [{name: c}], kind: Config, users: null}";
        let data = &parse(data).documents[0].value;
        for (template, expected) in [
            (
                "{{index .contexts 5}}",
                "1:2|index .contexts 5|error calling index: index out of range: 5",
            ),
            (
                "ab {{ (index .contexts 1).name }}",
                "1:7|index .contexts 1|error calling index: reflect: slice index out of range",
            ),
            (
                "{{.kind.foo.bar}}",
                "1:7|.kind.foo.bar|can't evaluate field foo in type interface {}",
            ),
            ("{{range .kind}}x{{end}}", "1:8|.kind|range can't iterate over Config"),
            (
                "{{range $i, $c := .contexts}}{{$c.name.foo}}{{end}}",
                "1:33|$c.name.foo|can't evaluate field foo in type interface {}",
            ),
            ("{{len .users}}", "1:2|len .users|error calling len: len of nil pointer"),
            ("{{index .users 0}}", "1:2|index .users 0|error calling index: index of untyped nil"),
            (
                "{{ .preferences.colors.x }}{{index .contexts \"a\"}}",
                "1:29|index .contexts \"a\"|error calling index: cannot index slice/array with type \
                 string",
            ),
            ("line\n{{.kind.x}}", "2:7|.kind.x|can't evaluate field x in type interface {}"),
            (
                "{{base64decode .kind}}",
                "1:2|base64decode .kind|error calling base64decode: base64 decode failed: illegal \
                 base64 data at input byte 4",
            ),
            ("{{slice .kind 9}}", "1:2|slice .kind 9|error calling slice: index out of range: 9"),
        ] {
            let parts: Vec<&str> = expected.split('|').collect();
            let problem = format!(
                "template: output:{}: executing \"output\" at <{}>: {}",
                parts[0], parts[1], parts[2]
            );
            let failure = print(template, data).expect_err(template);
            assert_eq!(failure.text, format!("error executing template {template:?}: {problem}"));
            let dump = format!(
                "Error executing template: {problem}. Printing more information for debugging the \
                 template:\n\ttemplate was:\n\t\t{template}\n\traw data was:\n\t\t{}\n\tobject \
                 given to template engine was:\n\t\tmap[apiVersion:v1 contexts:[map[name:c]] \
                 kind:Config users:<nil>]\n\n",
                data.to_json()
            );
            assert!(failure.stdout.ends_with(&dump), "{}", failure.stdout);
        }
    }

    #[test]
    fn a_template_that_would_run_for_ever_is_stopped() {
        let data = &parse("{items: [a, b, c, d]}").documents[0].value;
        let deep = "{{range $.items}}".repeat(40) + &"{{end}}".repeat(40);
        let stopped = print(&deep, data).expect_err("4 to the 40 steps are too many");
        assert!(stopped.text.ends_with("the template takes too many steps"), "{stopped:?}");
    }
}
