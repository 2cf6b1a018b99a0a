//! The scanner's state: where it is, which keys are possible, how far the text is indented.
//!
//! Models: libyaml's scanner: indentation and possible keys are tracked while reading, so that the
//! parser after it sees brackets where the text has only white space. [`super::fetch`] reads the
//! tokens, [`super::text`] the scalars.

use std::collections::VecDeque;

use super::token::{Mark, Scanned, Span, SyntaxError, Token, TokenKind};

/// How deep lists and maps may nest; deeper text is refused, so that nothing overflows.
pub(super) const MAX_DEPTH: usize = 100;
/// A key must be followed by its colon within so many characters.
const MAX_KEY_LENGTH: usize = 1024;

/// A token that turns out to be a key if a colon follows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PossibleKey {
    /// Whether the text makes no sense unless a colon follows.
    required: bool,
    /// The number of the token, counted from the start of the text.
    pub(super) token: usize,
    position: usize,
    pub(super) mark: Mark,
}

/// Reads tokens from text.
pub(super) struct Scanner {
    chars: Vec<char>,
    position: usize,
    mark: Mark,
    pub(super) tokens: VecDeque<Token>,
    pub(super) taken: usize,
    pub(super) done: bool,
    /// Whether the text is JSON, which allows two more escapes in strings.
    pub(super) json: bool,
    pub(super) indent: i64,
    indents: Vec<i64>,
    pub(super) key_allowed: bool,
    /// One entry for the block context and one for every open bracket.
    pub(super) keys: Vec<Option<PossibleKey>>,
}

impl Scanner {
    pub(super) fn new(text: &str) -> Self {
        Self {
            chars: text.chars().filter(|c| *c != '\u{feff}').collect(),
            position: 0,
            mark: Mark::default(),
            tokens: VecDeque::new(),
            taken: 0,
            done: false,
            json: text.trim_start().starts_with('{'),
            indent: -1,
            indents: Vec::new(),
            key_allowed: true,
            keys: vec![None],
        }
    }

    /// The next token, left in place.
    pub(super) fn peek(&mut self) -> Scanned<&Token> {
        while self.needs_more()? {
            self.fetch()?;
        }
        Ok(self.tokens.front().expect("the end of the stream is a token that is never taken"))
    }

    /// The next token. The end of the stream stays.
    pub(super) fn next(&mut self) -> Scanned<Token> {
        let token = self.peek()?;
        if token.kind == TokenKind::StreamEnd {
            return Ok(token.clone());
        }
        self.taken += 1;
        Ok(self.tokens.pop_front().expect("it was just looked at"))
    }

    pub(super) const fn mark(&self) -> Mark {
        self.mark
    }

    pub(super) const fn in_flow(&self) -> bool {
        self.keys.len() > 1
    }

    /// Whether the first token could still become a key, so that it must not be handed out yet.
    fn needs_more(&mut self) -> Scanned<bool> {
        if self.done {
            return Ok(false);
        }
        if self.tokens.is_empty() {
            return Ok(true);
        }
        self.drop_stale_keys()?;
        Ok(self.keys.iter().flatten().any(|key| key.token == self.taken))
    }

    pub(super) fn skip_to_next_token(&mut self) {
        loop {
            let tabs_allowed = self.in_flow() || !self.key_allowed;
            while self.at(0) == ' ' || (tabs_allowed && self.at(0) == '\t') {
                self.skip(1);
            }
            let directive = self.mark.column == 0 && self.at(0) == '%';
            if self.at(0) == '#' || directive {
                while !is_break_or_end(self.at(0)) {
                    self.skip(1);
                }
            }
            if !is_break(self.at(0)) {
                return;
            }
            self.skip_break();
            if !self.in_flow() {
                self.key_allowed = true;
            }
        }
    }

    /// Whether the line starts with `---` or `...` and then white space.
    pub(super) fn at_document_mark(&self) -> bool {
        let c = self.at(0);
        self.mark.column == 0
            && matches!(c, '-' | '.')
            && self.at(1) == c
            && self.at(2) == c
            && is_blank_or_end(self.at(3))
    }

    pub(super) fn note_possible_key(&mut self) -> Scanned<()> {
        if !self.key_allowed {
            return Ok(());
        }
        let required = !self.in_flow() && self.indent == i64::from(self.mark.column);
        self.forget_key()?;
        let key = PossibleKey {
            required,
            token: self.taken + self.tokens.len(),
            position: self.position,
            mark: self.mark,
        };
        if let Some(slot) = self.keys.last_mut() {
            *slot = Some(key);
        }
        Ok(())
    }

    pub(super) fn forget_key(&mut self) -> Scanned<()> {
        match self.keys.last_mut().and_then(Option::take) {
            Some(key) if key.required => Err(self.error("could not find expected ':'")),
            _ => Ok(()),
        }
    }

    /// A key ends on its line, and soon.
    pub(super) fn drop_stale_keys(&mut self) -> Scanned<()> {
        let (line, position) = (self.mark.line, self.position);
        let mut missing_colon = false;
        for slot in &mut self.keys {
            if slot
                .is_some_and(|key| key.mark.line < line || key.position + MAX_KEY_LENGTH < position)
            {
                missing_colon |= slot.take().is_some_and(|key| key.required);
            }
        }
        if missing_colon { Err(self.error("could not find expected ':'")) } else { Ok(()) }
    }

    /// Opens a block collection when the text is indented further than before.
    pub(super) fn roll(
        &mut self,
        mark: Mark,
        token: Option<usize>,
        kind: TokenKind,
    ) -> Scanned<()> {
        let column = i64::from(mark.column);
        if self.in_flow() || self.indent >= column {
            return Ok(());
        }
        if self.indents.len() >= MAX_DEPTH {
            return Err(self.error(format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.indents.push(self.indent);
        self.indent = column;
        let token_at = token.map_or(self.tokens.len(), |number| number - self.taken);
        self.tokens.insert(token_at, Token { kind, span: Span { start: mark, end: mark } });
        Ok(())
    }

    /// Closes the block collections that are indented further than `column`.
    pub(super) fn unwind(&mut self, column: i64) {
        if self.in_flow() {
            return;
        }
        while self.indent > column {
            self.push(TokenKind::BlockEnd, self.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    pub(super) fn push(&mut self, kind: TokenKind, start: Mark) {
        self.tokens.push_back(Token { kind, span: Span { start, end: self.mark } });
    }

    pub(super) fn push_char(&mut self, kind: TokenKind) {
        let start = self.mark;
        self.skip(1);
        self.push(kind, start);
    }

    pub(super) fn error(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError::scanner(self.mark, message)
    }

    /// The character so many places ahead, `\0` behind the end.
    pub(super) fn at(&self, ahead: usize) -> char {
        self.chars.get(self.position + ahead).copied().unwrap_or('\0')
    }

    /// Whether all characters are read.
    pub(super) fn at_end(&self) -> bool {
        self.position >= self.chars.len()
    }

    /// Steps over characters that are no line breaks.
    pub(super) fn skip(&mut self, count: u32) {
        let count_usize = usize::try_from(count).unwrap_or(usize::MAX);
        self.position = self.position.saturating_add(count_usize).min(self.chars.len());
        self.mark.column += count;
    }

    /// Steps over one line break.
    pub(super) fn skip_break(&mut self) {
        self.position += if self.at(0) == '\r' && self.at(1) == '\n' { 2 } else { 1 };
        self.mark.line += 1;
        self.mark.column = 0;
    }
}

pub(super) const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) const fn is_break_or_end(c: char) -> bool {
    is_break(c) || c == '\0'
}

pub(super) const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

pub(super) const fn is_blank_or_end(c: char) -> bool {
    is_blank(c) || is_break_or_end(c)
}
