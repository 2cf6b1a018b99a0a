//! YAML text to tokens.
//!
//! Models: libyaml's scanner: indentation and possible keys are tracked while reading, so that the
//! parser after it sees brackets where the text has only white space.

use std::collections::VecDeque;

use super::token::{Mark, Scanned, Span, SyntaxError, Token, TokenKind};

/// How deep lists and maps may nest; deeper text is refused, so that nothing overflows.
pub(super) const MAX_DEPTH: usize = 100;
/// A key must be followed by its colon within so many characters.
const MAX_KEY_LENGTH: usize = 1024;

/// A token that turns out to be a key if a colon follows it.
#[derive(Clone, Copy, Debug)]
struct PossibleKey {
    /// Whether the text makes no sense unless a colon follows.
    required: bool,
    /// The number of the token, counted from the start of the text.
    token: usize,
    position: usize,
    mark: Mark,
}

/// Reads tokens from text.
pub(super) struct Scanner {
    chars: Vec<char>,
    position: usize,
    mark: Mark,
    tokens: VecDeque<Token>,
    taken: usize,
    done: bool,
    /// Whether the text is JSON, which allows two more escapes in strings.
    pub(super) json: bool,
    pub(super) indent: i64,
    indents: Vec<i64>,
    key_allowed: bool,
    /// One entry for the block context and one for every open bracket.
    keys: Vec<Option<PossibleKey>>,
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
        let token = self.peek()?.clone();
        if token.kind != TokenKind::StreamEnd {
            self.tokens.pop_front();
            self.taken += 1;
        }
        Ok(token)
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

    fn fetch(&mut self) -> Scanned<()> {
        self.skip_to_next_token();
        self.drop_stale_keys()?;
        self.unwind(i64::from(self.mark.column));
        let c = self.at(0);
        if c == '\0' && self.position >= self.chars.len() {
            return self.fetch_end();
        }
        if self.mark.column == 0 && self.at_document_mark() {
            let kind =
                if c == '-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
            return self.fetch_document_mark(kind);
        }
        let before_space = is_blank_or_end(self.at(1));
        match c {
            '[' => self.open(TokenKind::FlowSequenceStart),
            '{' => self.open(TokenKind::FlowMappingStart),
            ']' => self.close(TokenKind::FlowSequenceEnd),
            '}' => self.close(TokenKind::FlowMappingEnd),
            ',' => self.fetch_entry(TokenKind::FlowEntry),
            '-' if before_space => self.fetch_block_entry(),
            '?' if before_space || self.in_flow() => self.fetch_explicit_key(),
            ':' if before_space || self.in_flow() => self.fetch_value(),
            '*' | '&' => self.fetch_reference(c),
            '!' => self.fetch_tag(),
            '|' | '>' if !self.in_flow() => self.fetch_block_scalar(),
            '\'' | '"' => self.fetch_quoted(c),
            _ if can_start_plain(c, before_space, self.in_flow()) => self.fetch_plain(),
            _ => Err(self.error("found character that cannot start any token")),
        }
    }

    fn fetch_end(&mut self) -> Scanned<()> {
        self.unwind(-1);
        self.forget_key()?;
        self.key_allowed = false;
        self.done = true;
        self.push(TokenKind::StreamEnd, self.mark);
        Ok(())
    }

    fn fetch_document_mark(&mut self, kind: TokenKind) -> Scanned<()> {
        self.unwind(-1);
        self.forget_key()?;
        self.key_allowed = false;
        let start = self.mark;
        self.skip(3);
        self.push(kind, start);
        Ok(())
    }

    fn open(&mut self, kind: TokenKind) -> Scanned<()> {
        self.note_possible_key()?;
        if self.keys.len() > MAX_DEPTH {
            return Err(self.error(format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.keys.push(None);
        self.key_allowed = true;
        self.push_char(kind);
        Ok(())
    }

    fn close(&mut self, kind: TokenKind) -> Scanned<()> {
        self.forget_key()?;
        if self.in_flow() {
            self.keys.pop();
        }
        self.key_allowed = false;
        self.push_char(kind);
        Ok(())
    }

    fn fetch_entry(&mut self, kind: TokenKind) -> Scanned<()> {
        self.forget_key()?;
        self.key_allowed = true;
        self.push_char(kind);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Scanned<()> {
        if !self.in_flow() {
            if !self.key_allowed {
                return Err(self.error("block sequence entries are not allowed in this context"));
            }
            self.roll(self.mark, None, TokenKind::BlockSequenceStart)?;
        }
        self.fetch_entry(TokenKind::BlockEntry)
    }

    fn fetch_explicit_key(&mut self) -> Scanned<()> {
        if !self.in_flow() {
            if !self.key_allowed {
                return Err(self.error("mapping keys are not allowed in this context"));
            }
            self.roll(self.mark, None, TokenKind::BlockMappingStart)?;
        }
        self.forget_key()?;
        self.key_allowed = !self.in_flow();
        self.push_char(TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Scanned<()> {
        if let Some(key) = self.keys.last_mut().and_then(Option::take) {
            let token =
                Token { kind: TokenKind::Key, span: Span { start: key.mark, end: key.mark } };
            self.tokens.insert(key.token - self.taken, token);
            self.roll(key.mark, Some(key.token), TokenKind::BlockMappingStart)?;
            self.key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.key_allowed {
                    return Err(self.error("mapping values are not allowed in this context"));
                }
                self.roll(self.mark, None, TokenKind::BlockMappingStart)?;
            }
            self.key_allowed = !self.in_flow();
        }
        self.push_char(TokenKind::Value);
        Ok(())
    }

    fn fetch_reference(&mut self, sigil: char) -> Scanned<()> {
        self.note_possible_key()?;
        self.key_allowed = false;
        let start = self.mark;
        self.skip(1);
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let next = self.at(0);
        if name.is_empty() || !(is_blank_or_end(next) || "?:,]}%@`".contains(next)) {
            return Err(self.error("did not find expected alphabetic or numeric character"));
        }
        let kind = if sigil == '&' { TokenKind::Anchor(name) } else { TokenKind::Alias(name) };
        self.push(kind, start);
        Ok(())
    }

    fn fetch_tag(&mut self) -> Scanned<()> {
        self.note_possible_key()?;
        self.key_allowed = false;
        let start = self.mark;
        let verbatim = self.at(1) == '<';
        let tag =
            self.take_while(|c| !is_blank_or_end(c) && (verbatim || !",[]{}".contains(c)));
        let tag = match tag.strip_prefix("!<tag:yaml.org,2002:") {
            Some(name) => format!("!!{}", name.trim_end_matches('>')),
            None => tag,
        };
        self.push(TokenKind::Tag(tag), start);
        Ok(())
    }

    fn fetch_block_scalar(&mut self) -> Scanned<()> {
        self.forget_key()?;
        self.key_allowed = true;
        let start = self.mark;
        let (text, end) = self.read_block_scalar()?;
        let span = Span { start, end };
        self.tokens.push_back(Token { kind: TokenKind::Scalar { text, plain: false }, span });
        Ok(())
    }

    fn fetch_quoted(&mut self, quote: char) -> Scanned<()> {
        self.note_possible_key()?;
        self.key_allowed = false;
        let start = self.mark;
        let text = self.read_quoted(quote)?;
        self.push(TokenKind::Scalar { text, plain: false }, start);
        Ok(())
    }

    fn fetch_plain(&mut self) -> Scanned<()> {
        self.note_possible_key()?;
        self.key_allowed = false;
        let start = self.mark;
        let (text, end, ends_line) = self.read_plain()?;
        self.key_allowed = ends_line;
        let span = Span { start, end };
        self.tokens.push_back(Token { kind: TokenKind::Scalar { text, plain: true }, span });
        Ok(())
    }

    fn skip_to_next_token(&mut self) {
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

    fn note_possible_key(&mut self) -> Scanned<()> {
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

    fn forget_key(&mut self) -> Scanned<()> {
        match self.keys.last_mut().and_then(Option::take) {
            Some(key) if key.required => Err(self.error("could not find expected ':'")),
            _ => Ok(()),
        }
    }

    /// A key ends on its line, and soon.
    fn drop_stale_keys(&mut self) -> Scanned<()> {
        let (line, position) = (self.mark.line, self.position);
        let mut missing_colon = false;
        for slot in &mut self.keys {
            if slot.is_some_and(|key| key.mark.line < line || key.position + MAX_KEY_LENGTH < position)
            {
                missing_colon |= slot.take().is_some_and(|key| key.required);
            }
        }
        if missing_colon { Err(self.error("could not find expected ':'")) } else { Ok(()) }
    }

    /// Opens a block collection when the text is indented further than before.
    fn roll(&mut self, mark: Mark, token: Option<usize>, kind: TokenKind) -> Scanned<()> {
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
    fn unwind(&mut self, column: i64) {
        if self.in_flow() {
            return;
        }
        while self.indent > column {
            self.push(TokenKind::BlockEnd, self.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn push(&mut self, kind: TokenKind, start: Mark) {
        self.tokens.push_back(Token { kind, span: Span { start, end: self.mark } });
    }

    fn push_char(&mut self, kind: TokenKind) {
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

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while !self.at_end() && keep(self.at(0)) {
            text.push(self.at(0));
            self.skip(1);
        }
        text
    }
}

fn can_start_plain(c: char, before_space: bool, in_flow: bool) -> bool {
    match c {
        '-' => true,
        '?' | ':' => !in_flow && !before_space,
        _ => !is_blank_or_end(c) && !",[]{}#&*!|>'\"%@`".contains(c),
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
