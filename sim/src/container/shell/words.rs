//! Reads words: quotes, parameters, substitutions, arithmetic.

use std::sync::Arc;

use super::parser::{Parsed, Parser, name_len};
use super::syntax::{Action, Parameter, Part, Problem, Word};
use crate::api::Name;

/// The one array that is modelled: how the commands of the last pipeline ended.
pub(super) const PIPE_STATUS: &str = "PIPESTATUS";

impl Parser<'_> {
    /// A word, up to a blank or an operator.
    pub(super) fn word(&mut self) -> Parsed<Word> {
        let mut word = Word::new();
        while let Some(c) = self.peek() {
            if c.is_ascii_whitespace() || ";&|<>()".contains(c) {
                break;
            }
            self.unquoted_part(c, &mut word)?;
        }
        if word.is_empty() { Err(self.error(Problem::Unterminated("word"))) } else { Ok(word) }
    }

    fn unquoted_part(&mut self, c: char, word: &mut Word) -> Parsed<()> {
        match c {
            '\'' => {
                self.at += 1;
                let Some(len) = self.rest().find('\'') else {
                    return Err(self.error(Problem::Unterminated("quoted string")));
                };
                let text = &self.rest()[..len];
                word.push(Part::Text { text: text.into(), quoted: true });
                self.line += u32::try_from(text.matches('\n').count()).unwrap_or(0);
                self.at += len + 1;
            }
            '"' => {
                self.at += 1;
                self.double_quoted(Some('"'), word)?;
            }
            '\\' => {
                self.at += 1;
                match self.next() {
                    Some('\n') => {}
                    Some(c) => push(word, c, true),
                    None => push(word, '\\', true),
                }
            }
            '$' | '`' => self.expansion(false, word)?,
            _ => {
                self.next();
                push(word, c, false);
            }
        }
        Ok(())
    }

    /// The text of a here-document.
    pub(super) fn here_text(&mut self) -> Parsed<Word> {
        let mut word = Word::new();
        self.double_quoted(None, &mut word)?;
        Ok(word)
    }

    /// Text between double quotes; `end` is passed.
    fn double_quoted(&mut self, end: Option<char>, word: &mut Word) -> Parsed<()> {
        if end.is_some() {
            word.push(Part::Text { text: String::new(), quoted: true });
        }
        while let Some(c) = self.peek() {
            match c {
                _ if Some(c) == end => {
                    self.at += 1;
                    return Ok(());
                }
                '$' | '`' => self.expansion(true, word)?,
                '\\' => {
                    self.at += 1;
                    match self.peek() {
                        Some('\n') => {
                            self.next();
                        }
                        Some(c) if "$`\\".contains(c) || (c == '"' && end.is_some()) => {
                            self.at += 1;
                            push(word, c, true);
                        }
                        _ => push(word, '\\', true),
                    }
                }
                _ => {
                    self.next();
                    push(word, c, true);
                }
            }
        }
        if end.is_some() { Err(self.error(Problem::Unterminated("quoted string"))) } else { Ok(()) }
    }

    /// What begins with `$` or a backtick.
    fn expansion(&mut self, quoted: bool, word: &mut Word) -> Parsed<()> {
        if self.peek() == Some('`') {
            let part = self.deeper(|parser| parser.backticks(quoted))?;
            word.push(part);
            return Ok(());
        }
        self.at += 1;
        if self.eat("((") {
            let text = self.deeper(Self::arithmetic)?;
            word.push(Part::Arithmetic { text, quoted });
        } else if self.eat("(") {
            let script = Arc::new(self.nested()?);
            word.push(Part::Substitution { script, quoted });
        } else if self.eat("{") {
            let part = self.deeper(|parser| parser.braces(quoted))?;
            word.push(part);
        } else {
            let named = name_len(self.rest());
            let special = self.rest().starts_with(|c: char| "?#$!*@-0123456789".contains(c));
            let len = if named == 0 && special { 1 } else { named };
            if len == 0 {
                push(word, '$', quoted);
                return Ok(());
            }
            let name = self.rest()[..len].into();
            self.at += len;
            word.push(parameter(name, Action::Value, false, Word::new(), quoted));
        }
        Ok(())
    }

    #[inline(never)]
    fn backticks(&mut self, quoted: bool) -> Parsed<Part> {
        let line = self.line;
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(self.error(Problem::Unterminated("backquote substitution"))),
                Some('`') => break,
                Some('\\') => match self.next() {
                    Some(c) if "$`\\".contains(c) || (c == '"' && quoted) => text.push(c),
                    Some(c) => text.extend(['\\', c]),
                    None => text.push('\\'),
                },
                Some(c) => text.push(c),
            }
        }
        text.push_str("\n)");
        let script = Parser::new(&text, line, self.depth).nested()?;
        Ok(Part::Substitution { script: Arc::new(script), quoted })
    }

    /// The text of `$((…))`, up to the closing parentheses, which are passed.
    #[inline(never)]
    pub(super) fn arithmetic(&mut self) -> Parsed<Word> {
        let mut word = Word::new();
        let mut open = 0_u32;
        loop {
            match self.peek() {
                None => return Err(self.error(Problem::Unterminated("arithmetic expression"))),
                Some(')') if open == 0 && self.eat("))") => return Ok(word),
                Some('$' | '`') => self.expansion(true, &mut word)?,
                Some('"') => self.at += 1,
                Some(c) => {
                    match c {
                        '(' => open += 1,
                        ')' => open = open.saturating_sub(1),
                        _ => {}
                    }
                    self.next();
                    push(&mut word, c, true);
                }
            }
        }
    }

    /// The rest of `${…}`.
    #[inline(never)]
    fn braces(&mut self, quoted: bool) -> Parsed<Part> {
        let length = self.rest().starts_with('#') && !self.rest().starts_with("#}");
        if length {
            self.at += 1;
        }
        let named = name_len(self.rest());
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let special = self.rest().starts_with(|c: char| "?#$!*@-".contains(c));
        let len = named.max(digits).max(usize::from(named + digits == 0 && special));
        let bad = Problem::Other("Bad substitution");
        if len == 0 {
            return Err(self.error(bad));
        }
        let mut name: Name = self.rest()[..len].into();
        self.at += len;
        if &*name == PIPE_STATUS && self.rest().starts_with('[') {
            let end = self.rest().find(']').map_or(0, |end| end + 1);
            name = format!("{PIPE_STATUS}{}", &self.rest()[..end]).into();
            self.at += end;
        }
        if self.eat("}") {
            let action = if length { Action::Length } else { Action::Value };
            return Ok(parameter(name, action, false, Word::new(), quoted));
        }
        let or_empty = self.eat(":");
        let slices = or_empty && !self.rest().starts_with(['-', '=', '?', '+']);
        let action = match if slices { Some(':') } else { self.next() } {
            Some(':') if slices => Action::Slice,
            Some('-') => Action::Default,
            Some('=') => Action::Assign,
            Some('?') => Action::Fail,
            Some('+') => Action::Alternative,
            Some('%') if !or_empty => Action::Suffix(self.eat("%")),
            Some('#') if !or_empty => Action::Prefix(self.eat("#")),
            Some(c @ ('^' | ',')) if !or_empty => {
                let all = self.eat(if c == '^' { "^" } else { "," });
                Action::Case { upper: c == '^', all }
            }
            Some('/') if !or_empty => Action::Replace(self.eat("/")),
            _ => return Err(self.error(bad)),
        };
        let is_pattern =
            matches!(action, Action::Suffix(_) | Action::Prefix(_) | Action::Replace(_));
        let mut word = Word::new();
        let mut separated = !matches!(action, Action::Replace(_));
        loop {
            match self.peek() {
                None => return Err(self.error(Problem::Unterminated("substitution"))),
                Some('}') => break,
                Some('/') if !separated => {
                    self.at += 1;
                    separated = true;
                    word.push(Part::Text { text: "\0".into(), quoted: true });
                }
                Some('\'') if quoted && !is_pattern => {
                    self.at += 1;
                    push(&mut word, '\'', true);
                }
                Some(c) => self.unquoted_part(c, &mut word)?,
            }
        }
        self.at += 1;
        Ok(parameter(name, action, or_empty, word, quoted))
    }
}

fn parameter(name: Name, action: Action, or_empty: bool, word: Word, quoted: bool) -> Part {
    Part::Parameter(Box::new(Parameter { name, action, or_empty, word, quoted }))
}

/// Adds a character to the text at the end of a word.
fn push(word: &mut Word, c: char, is_quoted: bool) {
    if let Some(Part::Text { text, quoted }) = word.last_mut()
        && *quoted == is_quoted
    {
        text.push(c);
        return;
    }
    word.push(Part::Text { text: c.to_string(), quoted: is_quoted });
}
