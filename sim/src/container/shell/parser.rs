//! Reads a script: commands. Words are read in `words.rs`.
//!
//! Our own: of the crates, `conch-parser` is abandoned, `yash-syntax` is under the GPL, and
//! `brush-parser` brings along a parser generator and a tokenizer cache, some hundred kilobytes of
//! wasm, and makes a tree where a resumable machine wants a list of steps.

use std::mem;

use super::syntax::{
    BOTH, Op, Part, Problem, Redirect, RedirectKind, Script, Simple, SyntaxError, Word,
};
use crate::api::Name;

/// How deep commands and substitutions may be nested.
const DEEPEST: u32 = 40;
/// The longest script, in bytes.
const LONGEST: usize = 1 << 18;

/// Words that end a list of commands.
const CLOSERS: [&str; 8] = ["then", "else", "elif", "fi", "do", "done", "esac", "}"];
/// Operators, longer ones before their beginnings.
const OPERATORS: [&str; 20] = [
    "&&", "&>>", "&>", "||", ";;", "<<-", "<<<", "<<", "<&", ">&", ">>", ">|", "<>", "&", ";", "|",
    "<", ">", "(", ")",
];

/// A step forward or the reason why not.
pub(super) type Parsed<T> = Result<T, SyntaxError>;

/// A reader of scripts.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) line: u32,
    pub(super) depth: u32,
    pub(super) script: Script,
    pending: Vec<HereDocument>,
}

/// A here-document whose text follows after the line.
struct HereDocument {
    place: usize,
    end: String,
    strip_tabs: bool,
    literal: bool,
}

/// Reads a script. What stands before an error is kept: a shell runs it before it notices.
pub(crate) fn parse(text: &str) -> Script {
    let mut parser = Parser::new(text, 1, 0);
    if text.len() > LONGEST {
        let error = parser.error(Problem::Other("script too long"));
        parser.script.ops.push(Op::Broken(Box::new(error)));
    }
    while text.len() <= LONGEST {
        let start = parser.script.ops.len();
        match parser.line_of_commands() {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                parser.script.ops.truncate(start);
                parser.script.ops.push(Op::Broken(Box::new(error)));
                break;
            }
        }
    }
    parser.script
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, line: u32, depth: u32) -> Self {
        Self { text, at: 0, line, depth, script: Script::default(), pending: Vec::new() }
    }

    pub(super) const fn error(&self, problem: Problem) -> SyntaxError {
        SyntaxError { line: self.line, problem }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next character, which is passed.
    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text);
        if there {
            self.at += text.len();
        }
        there
    }

    /// One level deeper.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEEPEST {
            return Err(self.error(Problem::Other("nested too deeply")));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// The commands of one line at the top of the script; `false` at its end.
    fn line_of_commands(&mut self) -> Parsed<bool> {
        self.newlines()?;
        if self.at == self.text.len() {
            return Ok(false);
        }
        loop {
            if self.at_end() {
                return Err(self.unexpected(None));
            }
            self.and_or()?;
            self.blanks();
            match self.peek() {
                Some('\n') => return Ok(true),
                None => {
                    self.here_documents()?;
                    return Ok(true);
                }
                Some(_) if self.at_end() => return Err(self.unexpected(None)),
                Some(_) => {}
            }
        }
    }

    /// The steps of a nested script up to `)`, which is passed.
    pub(super) fn nested(&mut self) -> Parsed<Script> {
        let outer = mem::take(&mut self.script);
        let pending = mem::take(&mut self.pending);
        let result = self.deeper(|parser| {
            parser.list()?;
            if parser.eat(")") { Ok(()) } else { Err(parser.unexpected(Some(")"))) }
        });
        self.pending = pending;
        let script = mem::replace(&mut self.script, outer);
        result.map(|()| script)
    }

    /// Commands up to a closing word or parenthesis. At least one.
    pub(super) fn list(&mut self) -> Parsed<()> {
        self.newlines()?;
        while !self.at_end() {
            self.and_or()?;
            self.newlines()?;
        }
        Ok(())
    }

    /// A list that must not be empty, and the word after it.
    pub(super) fn list_before(&mut self, closer: &'static str) -> Parsed<()> {
        let start = self.script.ops.len();
        self.list()?;
        if self.script.ops.len() == start {
            return Err(self.unexpected(None));
        }
        self.expect(closer)
    }

    /// `a && b || c`, with the `;` or `&` behind it.
    fn and_or(&mut self) -> Parsed<()> {
        let start = self.script.ops.len();
        self.pipeline()?;
        loop {
            self.blanks();
            let jump = match self.operator() {
                Some("&&") => Op::IfFailed,
                Some("||") => Op::IfOk,
                _ => break,
            };
            self.at += 2;
            self.set_tested(start);
            let here = self.script.ops.len();
            self.script.ops.push(Op::Succeed);
            self.newlines()?;
            self.pipeline()?;
            self.script.ops[here] = jump(self.script.ops.len() - here);
        }
        match self.operator() {
            Some(";") => self.at += 1,
            Some("&") => {
                self.at += 1;
                let len = self.script.ops.len() - start;
                let fork = Op::Fork { len, background: true, tested: true };
                self.script.ops.insert(start, fork);
            }
            None if !matches!(self.peek(), None | Some('\n')) && !self.at_end() => {
                return Err(self.unexpected(None));
            }
            Some("(" | "<" | ">") => return Err(self.unexpected(None)),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn set_tested(&mut self, start: usize) {
        for op in &mut self.script.ops[start..] {
            op.set_tested();
        }
    }

    fn pipeline(&mut self) -> Parsed<()> {
        self.blanks();
        let start = self.script.ops.len();
        let mut negated = false;
        while self.keyword("!") {
            negated = !negated;
            self.at += 1;
            self.blanks();
        }
        let mut lens = Vec::new();
        loop {
            let element = self.script.ops.len();
            self.deeper(Self::command)?;
            lens.push(self.script.ops.len() - element);
            self.blanks();
            if self.operator() != Some("|") {
                break;
            }
            self.at += 1;
            self.newlines()?;
        }
        if lens.len() > 1 {
            let pipeline = Op::Pipeline { lens: lens.into(), tested: false };
            self.script.ops.insert(start, pipeline);
        }
        if negated {
            self.set_tested(start);
            self.script.ops.push(Op::Not);
        }
        Ok(())
    }

    fn command(&mut self) -> Parsed<()> {
        let start = self.script.ops.len();
        if self.eat_keyword("if") {
            self.if_command()?;
        } else if self.eat_keyword("while") {
            self.loop_command(Op::IfFailed)?;
        } else if self.eat_keyword("until") {
            self.loop_command(Op::IfOk)?;
        } else if self.eat_keyword("for") {
            self.for_command()?;
        } else if self.eat_keyword("case") {
            self.case_command()?;
        } else if self.eat_keyword("{") {
            self.list_before("}")?;
        } else if self.rest().starts_with("((") {
            self.at += 2;
            let line = self.line;
            let text = self.arithmetic()?;
            let words = vec![literal("(("), vec![Part::Arithmetic { text, quoted: true }]];
            let simple = Simple { words, line, ..Simple::default() };
            self.script.ops.push(Op::Simple(Box::new(simple)));
        } else if self.operator() == Some("(") {
            self.at += 1;
            self.subshell()?;
        } else {
            self.eat_keyword("function");
            return self.simple();
        }
        self.redirects_of_compound(start)
    }

    fn simple(&mut self) -> Parsed<()> {
        let mut simple = Simple { line: self.line, ..Simple::default() };
        let start = self.at;
        let mut brackets = false;
        loop {
            self.blanks();
            let redirect = if brackets { None } else { self.redirect()? };
            if let Some(redirect) = redirect {
                simple.redirects.push(redirect);
                continue;
            }
            if let Some(operator) = self.operator() {
                if brackets && !matches!(operator, ";" | "&") {
                    self.at += operator.len();
                    simple.words.push(literal(operator));
                    continue;
                }
                let is_name = simple.words.len() == 1
                    && simple.assignments.is_empty()
                    && simple.redirects.is_empty();
                match (operator, simple.words.first().and_then(|word| plain_text(word))) {
                    ("(", Some(name)) if is_name => {
                        let name = name.as_str().into();
                        return self.function(name);
                    }
                    _ => break,
                }
            }
            if matches!(self.peek(), None | Some('\n')) {
                break;
            }
            let word = self.word()?;
            brackets |= simple.words.is_empty() && plain(&word, "[[");
            brackets &= !plain(&word, "]]");
            match as_assignment(&word) {
                Some(assignment) if simple.words.is_empty() => simple.assignments.push(assignment),
                _ => simple.words.push(word),
            }
        }
        if self.at == start {
            return Err(self.unexpected(None));
        }
        self.script.ops.push(Op::Simple(Box::new(simple)));
        Ok(())
    }

    /// The rest of `name() command`.
    #[inline(never)]
    fn function(&mut self, name: Name) -> Parsed<()> {
        self.at += 1;
        self.blanks();
        self.expect(")")?;
        self.newlines()?;
        let head = self.script.ops.len();
        self.script.ops.push(Op::Succeed);
        self.deeper(Self::command)?;
        self.script.ops.push(Op::Return);
        self.script.ops[head] = Op::Function { name, len: self.script.ops.len() - head - 1 };
        Ok(())
    }

    pub(super) fn redirect(&mut self) -> Parsed<Option<Redirect>> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let operator = self.rest()[digits..].chars().next();
        let is_both = digits == 0 && self.rest().starts_with("&>");
        if !is_both && (digits > 1 || !matches!(operator, Some('<' | '>'))) {
            return Ok(None);
        }
        let number = self.rest()[..digits].parse::<usize>().ok();
        self.at += digits;
        let Some(operator) = self.operator() else {
            return Ok(None);
        };
        self.at += operator.len();
        if operator.starts_with("&>") {
            return self.both(operator).map(Some);
        }
        let (default, mut kind) = match operator {
            ">" | ">|" => (1, RedirectKind::Write),
            ">>" => (1, RedirectKind::Append),
            ">&" => (1, RedirectKind::Duplicate),
            "<&" => (0, RedirectKind::Duplicate),
            "<" => (0, RedirectKind::Read),
            "<<<" => (0, RedirectKind::HereString),
            "<<" | "<<-" => (0, RedirectKind::HereDocument(self.script.here_documents.len())),
            _ => {
                return Err(self.error(Problem::Other("this redirection is not simulated")));
            }
        };
        let fd = number.unwrap_or(default);
        if fd > 2 {
            return Err(
                self.error(Problem::Other("descriptors beyond standard error are not simulated"))
            );
        }
        self.blanks();
        if matches!(self.peek(), None | Some('\n')) || self.operator().is_some() {
            return Err(self.unexpected(None));
        }
        let start = self.at;
        let target = self.word()?;
        if let RedirectKind::HereDocument(place) = &mut kind {
            let raw = &self.text[start..self.at];
            let literal = raw.contains(['\'', '"', '\\']);
            let end = raw.replace(['\'', '"', '\\'], "");
            *place = self.script.here_documents.len();
            self.script.here_documents.push(Word::new());
            let strip_tabs = operator == "<<-";
            self.pending.push(HereDocument { place: *place, end, strip_tabs, literal });
        }
        Ok(Some(Redirect { fd, kind, target }))
    }

    /// `&> file`: both descriptors. The second follows the first in [`Script`]'s order of opening.
    fn both(&mut self, operator: &str) -> Parsed<Redirect> {
        let kind = if operator == "&>" { RedirectKind::Write } else { RedirectKind::Append };
        self.blanks();
        if matches!(self.peek(), None | Some('\n')) || self.operator().is_some() {
            return Err(self.unexpected(None));
        }
        let target = self.word()?;
        Ok(Redirect { fd: BOTH, kind, target })
    }

    /// The texts of the here-documents of the line that has just ended.
    #[inline(never)]
    fn here_documents(&mut self) -> Parsed<()> {
        for document in mem::take(&mut self.pending) {
            let first = self.line;
            let mut body = String::new();
            while self.at < self.text.len() {
                let rest = self.rest();
                let line = rest.split_inclusive('\n').next().unwrap_or(rest);
                self.at += line.len();
                self.line += 1;
                let line = if document.strip_tabs { line.trim_start_matches('\t') } else { line };
                if line.trim_end_matches('\n') == document.end {
                    break;
                }
                body.push_str(line);
            }
            let word = if document.literal {
                vec![Part::Text { text: body, quoted: true }]
            } else {
                Parser::new(&body, first, self.depth + 1).here_text()?
            };
            self.script.here_documents[document.place] = word;
        }
        Ok(())
    }

    /// Passes blanks, continued lines and a comment.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.at += 1,
                Some('\\') if self.rest().starts_with("\\\n") => {
                    self.at += 2;
                    self.line += 1;
                }
                Some('#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => return,
            }
        }
    }

    /// Passes blanks, comments and ends of lines.
    pub(super) fn newlines(&mut self) -> Parsed<()> {
        self.blanks();
        while self.peek() == Some('\n') {
            self.next();
            self.here_documents()?;
            self.blanks();
        }
        Ok(())
    }

    /// The operator that stands here.
    pub(super) fn operator(&self) -> Option<&'static str> {
        OPERATORS.into_iter().find(|operator| self.rest().starts_with(operator))
    }

    /// Whether a list of commands ends here.
    fn at_end(&self) -> bool {
        self.at == self.text.len()
            || matches!(self.operator(), Some(")" | ";;"))
            || CLOSERS.iter().any(|closer| self.keyword(closer))
    }

    /// Whether this word stands here, not quoted and not as a part of a longer one.
    fn keyword(&self, word: &str) -> bool {
        self.rest().strip_prefix(word).is_some_and(|rest| {
            rest.chars().next().is_none_or(|c| c.is_ascii_whitespace() || ";&|()<>".contains(c))
        })
    }

    pub(super) fn eat_keyword(&mut self, word: &str) -> bool {
        self.blanks();
        let there = self.keyword(word);
        if there {
            self.at += word.len();
        }
        there
    }

    pub(super) fn expect(&mut self, word: &'static str) -> Parsed<()> {
        let there = if word == ")" { self.eat(word) } else { self.eat_keyword(word) };
        if there { Ok(()) } else { Err(self.unexpected(Some(word))) }
    }

    pub(super) fn name(&mut self) -> Option<Name> {
        let len = name_len(self.rest());
        let name = &self.rest()[..len];
        self.at += len;
        (len > 0).then(|| name.into())
    }

    pub(super) fn unexpected(&self, expecting: Option<&'static str>) -> SyntaxError {
        let token = match self.operator() {
            Some(operator) => operator,
            None if self.at == self.text.len() => "end of file",
            None if self.peek() == Some('\n') => "newline",
            None => {
                let end = self.rest().find(|c: char| c.is_ascii_whitespace() || c == ';');
                &self.rest()[..end.unwrap_or(self.rest().len())]
            }
        };
        self.error(Problem::Unexpected(token.into(), expecting))
    }
}

/// The length of the name at the beginning of a text, 0 when there is none.
pub(super) fn name_len(text: &str) -> usize {
    let len = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if text.starts_with(|c: char| c.is_ascii_digit()) { 0 } else { len }
}

fn literal(text: &str) -> Word {
    vec![Part::Text { text: text.into(), quoted: true }]
}

fn plain(word: &Word, text: &str) -> bool {
    plain_text(word).is_some_and(|word| word == text)
}

/// The text of a word without quotes or expansions.
fn plain_text(word: &Word) -> Option<&String> {
    match word.as_slice() {
        [Part::Text { text, quoted: false }] => Some(text),
        _ => None,
    }
}

/// `NAME=value`, taken apart.
pub(super) fn as_assignment(word: &Word) -> Option<(Name, Word)> {
    let Some(Part::Text { text, quoted: false }) = word.first() else {
        return None;
    };
    let len = name_len(text);
    let value = text[len..].strip_prefix('=').filter(|_| len > 0)?;
    let mut parts = Word::new();
    if !value.is_empty() {
        parts.push(Part::Text { text: value.into(), quoted: false });
    }
    parts.extend_from_slice(&word[1..]);
    Some((text[..len].into(), parts))
}
