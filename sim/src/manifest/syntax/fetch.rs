//! YAML text to tokens, one at a time.
//!
//! Models: libyaml's scanner, `yaml_parser_fetch_next_token` and what it calls.

use super::scan::{MAX_DEPTH, Scanner, is_blank_or_end};
use super::token::{Scanned, Span, Token, TokenKind};

impl Scanner {
    /// Reads the next token; it may turn out to need others in front of it.
    pub(super) fn fetch(&mut self) -> Scanned<()> {
        self.skip_to_next_token();
        self.drop_stale_keys()?;
        self.unwind(i64::from(self.mark().column));
        let c = self.at(0);
        if self.at_end() {
            return self.fetch_end();
        }
        if self.mark().column == 0 && self.at_document_mark() {
            let kind = if c == '-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
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
        self.push(TokenKind::StreamEnd, self.mark());
        Ok(())
    }

    fn fetch_document_mark(&mut self, kind: TokenKind) -> Scanned<()> {
        self.unwind(-1);
        self.forget_key()?;
        self.key_allowed = false;
        let start = self.mark();
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
            self.roll(self.mark(), None, TokenKind::BlockSequenceStart)?;
        }
        self.fetch_entry(TokenKind::BlockEntry)
    }

    fn fetch_explicit_key(&mut self) -> Scanned<()> {
        if !self.in_flow() {
            if !self.key_allowed {
                return Err(self.error("mapping keys are not allowed in this context"));
            }
            self.roll(self.mark(), None, TokenKind::BlockMappingStart)?;
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
                self.roll(self.mark(), None, TokenKind::BlockMappingStart)?;
            }
            self.key_allowed = !self.in_flow();
        }
        self.push_char(TokenKind::Value);
        Ok(())
    }

    fn fetch_reference(&mut self, sigil: char) -> Scanned<()> {
        self.note_possible_key()?;
        self.key_allowed = false;
        let start = self.mark();
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
        let start = self.mark();
        let verbatim = self.at(1) == '<';
        let tag = self.take_while(|c| !is_blank_or_end(c) && (verbatim || !",[]{}".contains(c)));
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
        let start = self.mark();
        let (text, end) = self.read_block_scalar()?;
        let span = Span { start, end };
        self.tokens.push_back(Token { kind: TokenKind::Scalar { text, plain: false }, span });
        Ok(())
    }

    fn fetch_quoted(&mut self, quote: char) -> Scanned<()> {
        self.note_possible_key()?;
        self.key_allowed = false;
        let start = self.mark();
        let text = self.read_quoted(quote)?;
        self.push(TokenKind::Scalar { text, plain: false }, start);
        Ok(())
    }

    fn fetch_plain(&mut self) -> Scanned<()> {
        self.note_possible_key()?;
        self.key_allowed = false;
        let start = self.mark();
        let (text, end, ends_line) = self.read_plain()?;
        self.key_allowed = ends_line;
        let span = Span { start, end };
        self.tokens.push_back(Token { kind: TokenKind::Scalar { text, plain: true }, span });
        Ok(())
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
