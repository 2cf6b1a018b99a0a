//! The scalars of YAML text: plain, quoted, and blocks after `|` or `>`.

use super::scan::{Scanner, is_blank, is_blank_or_end, is_break, is_break_or_end};
use super::token::{Mark, Scanned};

/// White space inside a scalar, kept until it is known what becomes of it.
#[derive(Default)]
struct Gap {
    /// Blanks on the line, dropped once the line ends.
    blanks: String,
    /// How many line breaks.
    breaks: usize,
}

impl Gap {
    /// Writes the gap as folding has it: blanks stay, one line break is a space, more are one
    /// less.
    fn flush(&mut self, text: &mut String) {
        match self.breaks {
            0 => text.push_str(&self.blanks),
            1 => text.push(' '),
            more => text.extend(std::iter::repeat_n('\n', more - 1)),
        }
        *self = Self::default();
    }
}

/// What becomes of the line breaks behind a block scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Scanner {
    /// Reads a plain scalar: its text, its end, and whether its line ended too.
    pub(super) fn read_plain(&mut self) -> Scanned<(String, Mark, bool)> {
        let mut text = String::new();
        let mut gap = Gap::default();
        let mut end = self.mark();
        let indent = self.indent + 1;
        loop {
            if self.at_document_mark() || self.at(0) == '#' {
                break;
            }
            let before = text.len();
            if !self.ends_plain() {
                gap.flush(&mut text);
            }
            while !self.ends_plain() {
                text.push(self.at(0));
                self.skip(1);
            }
            if text.len() > before {
                end = self.mark();
            }
            if !is_blank(self.at(0)) && !is_break(self.at(0)) {
                break;
            }
            self.read_gap(&mut gap, Some(indent))?;
            if !self.in_flow() && i64::from(self.mark().column) < indent {
                break;
            }
        }
        Ok((text, end, gap.breaks > 0))
    }

    fn ends_plain(&self) -> bool {
        let (c, next) = (self.at(0), self.at(1));
        is_blank_or_end(c)
            || (c == ':' && is_blank_or_end(next))
            || (self.in_flow() && ",?[]{}".contains(c))
    }

    /// Reads blanks and line breaks. Given an indentation, tabs may not stand in for it.
    fn read_gap(&mut self, gap: &mut Gap, indent: Option<i64>) -> Scanned<()> {
        loop {
            let c = self.at(0);
            if is_break(c) {
                gap.blanks.clear();
                gap.breaks += 1;
                self.skip_break();
            } else if is_blank(c) {
                let short = indent.is_some_and(|indent| i64::from(self.mark().column) < indent);
                if gap.breaks > 0 && c == '\t' && short {
                    return Err(self.error("found a tab character that violates indentation"));
                }
                if gap.breaks == 0 {
                    gap.blanks.push(c);
                }
                self.skip(1);
            } else {
                return Ok(());
            }
        }
    }

    /// Reads a scalar in single or double quotes.
    pub(super) fn read_quoted(&mut self, quote: char) -> Scanned<String> {
        let mut text = String::new();
        self.skip(1);
        loop {
            if self.at_document_mark() {
                return Err(self.error("found unexpected document indicator"));
            }
            if self.at_end() {
                return Err(self.error("found unexpected end of stream"));
            }
            let joined = self.read_quoted_words(quote, &mut text)?;
            if self.at(0) == quote {
                self.skip(1);
                return Ok(text);
            }
            let mut gap = Gap::default();
            self.read_gap(&mut gap, None)?;
            // After an escaped line break only further line breaks count.
            if joined {
                text.extend(std::iter::repeat_n('\n', gap.breaks));
            } else {
                gap.flush(&mut text);
            }
        }
    }

    /// Reads up to white space or the closing quote; says whether a line break was escaped.
    fn read_quoted_words(&mut self, quote: char, text: &mut String) -> Scanned<bool> {
        while !is_blank_or_end(self.at(0)) {
            let c = self.at(0);
            if quote == '\'' && c == '\'' && self.at(1) == '\'' {
                text.push('\'');
                self.skip(2);
            } else if c == quote {
                break;
            } else if quote == '"' && c == '\\' && is_break(self.at(1)) {
                self.skip(1);
                self.skip_break();
                return Ok(true);
            } else if quote == '"' && c == '\\' {
                self.read_escape(text)?;
            } else {
                text.push(c);
                self.skip(1);
            }
        }
        Ok(false)
    }

    fn read_escape(&mut self, text: &mut String) -> Scanned<()> {
        let code_length = match self.at(1) {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            c => {
                let plain = simple_escape(c).filter(|_| c != '/' || self.json);
                text.push(plain.ok_or_else(|| self.error("found unknown escape character"))?);
                self.skip(2);
                return Ok(());
            }
        };
        self.skip(2);
        let mut code = self.read_hex(code_length)?;
        // JSON writes characters beyond 16 bits as two escapes.
        if self.json && (0xd800..0xdc00).contains(&code) && self.at(0) == '\\' && self.at(1) == 'u'
        {
            self.skip(2);
            let low = self.read_hex(4)?;
            code = 0x1_0000 + ((code - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
        }
        let c = char::from_u32(code)
            .ok_or_else(|| self.error("found invalid Unicode character escape code"))?;
        text.push(c);
        Ok(())
    }

    fn read_hex(&mut self, length: u32) -> Scanned<u32> {
        let mut code: u32 = 0;
        for _ in 0..length {
            let digit = self
                .at(0)
                .to_digit(16)
                .ok_or_else(|| self.error("did not find expected hexdecimal number"))?;
            code = (code << 4) | digit;
            self.skip(1);
        }
        Ok(code)
    }

    /// Reads a block scalar after `|` (lines stay) or `>` (lines are folded).
    pub(super) fn read_block_scalar(&mut self) -> Scanned<(String, Mark)> {
        let literal = self.at(0) == '|';
        self.skip(1);
        let (chomping, increment) = self.read_block_header()?;
        let parent = self.indent.max(0);
        let mut indent = increment
            .map(|increment| if self.indent >= 0 { parent + increment } else { increment });
        let mut text = String::new();
        let mut breaks = self.read_block_breaks(&mut indent)?;
        let indent = indent.unwrap_or(0);
        let mut last_line_folds = false;
        let mut started = false;
        let mut end = self.mark();
        while i64::from(self.mark().column) == indent && !self.at_end() {
            let starts_blank = is_blank(self.at(0));
            let folds = !literal && last_line_folds && !starts_blank;
            if started && (!folds || breaks > 0) {
                // The break that ended the last line is one of the lines' own unless it folds.
                text.extend(std::iter::repeat_n('\n', if folds { breaks } else { breaks + 1 }));
            } else if started {
                text.push(' ');
            } else {
                text.extend(std::iter::repeat_n('\n', breaks));
            }
            last_line_folds = !starts_blank;
            while !is_break_or_end(self.at(0)) {
                text.push(self.at(0));
                self.skip(1);
            }
            started = true;
            end = self.mark();
            if self.at_end() {
                // Without a line break at the end of the text there is none to keep.
                return Ok((text, end));
            }
            self.skip_break();
            breaks = self.read_block_breaks(&mut Some(indent))?;
        }
        match chomping {
            Chomping::Clip if started => text.push('\n'),
            Chomping::Strip | Chomping::Clip => {}
            Chomping::Keep => {
                text.extend(std::iter::repeat_n('\n', breaks + usize::from(started)));
            }
        }
        Ok((text, end))
    }

    /// Reads what follows `|` or `>` on the line: chomping and indentation, in any order.
    fn read_block_header(&mut self) -> Scanned<(Chomping, Option<i64>)> {
        let (mut chomping, mut increment) = (Chomping::Clip, None);
        for _ in 0..2 {
            match self.at(0) {
                '+' if chomping == Chomping::Clip => chomping = Chomping::Keep,
                '-' if chomping == Chomping::Clip => chomping = Chomping::Strip,
                '0' => return Err(self.error("found an indentation indicator equal to 0")),
                c if increment.is_none() && c.is_ascii_digit() => {
                    increment = c.to_digit(10).map(i64::from);
                }
                _ => break,
            }
            self.skip(1);
        }
        while is_blank(self.at(0)) {
            self.skip(1);
        }
        if self.at(0) == '#' {
            while !is_break_or_end(self.at(0)) {
                self.skip(1);
            }
        }
        if !is_break_or_end(self.at(0)) {
            return Err(self.error("did not find expected comment or line break"));
        }
        if is_break(self.at(0)) {
            self.skip_break();
        }
        Ok((chomping, increment))
    }

    /// Reads empty lines and the next line's indentation; settles the indentation if it is open.
    fn read_block_breaks(&mut self, indent: &mut Option<i64>) -> Scanned<usize> {
        let (mut breaks, mut widest) = (0, 0);
        loop {
            let inside = |column: u32| indent.is_none_or(|indent| i64::from(column) < indent);
            while inside(self.mark().column) && self.at(0) == ' ' {
                self.skip(1);
            }
            widest = widest.max(i64::from(self.mark().column));
            if inside(self.mark().column) && self.at(0) == '\t' {
                let message = "found a tab character where an indentation space is expected";
                return Err(self.error(message));
            }
            if !is_break(self.at(0)) {
                break;
            }
            self.skip_break();
            breaks += 1;
        }
        if indent.is_none() {
            *indent = Some(widest.max(self.indent + 1).max(1));
        }
        Ok(breaks)
    }
}

fn simple_escape(c: char) -> Option<char> {
    Some(match c {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        ' ' | '"' | '/' | '\\' | '\'' => c,
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        _ => return None,
    })
}
