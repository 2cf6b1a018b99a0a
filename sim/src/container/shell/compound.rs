//! Reads compound commands: choices, loops, subshells.

use super::parser::{Parsed, Parser};
use super::syntax::Op;

impl Parser<'_> {
    #[inline(never)]
    pub(super) fn subshell(&mut self) -> Parsed<()> {
        let here = self.script.ops.len();
        self.script.ops.push(Op::Succeed);
        self.list_before(")")?;
        let len = self.script.ops.len() - here - 1;
        self.script.ops[here] = Op::Fork { len, background: false, tested: false };
        Ok(())
    }

    pub(super) fn redirects_of_compound(&mut self, start: usize) -> Parsed<()> {
        let line = self.line;
        let mut redirects = Vec::new();
        self.blanks();
        while let Some(redirect) = self.redirect()? {
            redirects.push(redirect);
            self.blanks();
        }
        if !redirects.is_empty() {
            self.script.ops.push(Op::Restore);
            let len = self.script.ops.len() - start + 1;
            let redirect = Op::Redirect { redirects: redirects.into(), len, line };
            self.script.ops.insert(start, redirect);
        }
        Ok(())
    }

    #[inline(never)]
    pub(super) fn if_command(&mut self) -> Parsed<()> {
        let mut ends = Vec::new();
        loop {
            let condition = self.script.ops.len();
            self.list_before("then")?;
            self.set_tested(condition);
            let test = self.script.ops.len();
            self.script.ops.push(Op::Succeed);
            let body = self.script.ops.len();
            self.list()?;
            if self.script.ops.len() == body {
                return Err(self.unexpected(None));
            }
            ends.push(self.script.ops.len());
            self.script.ops.push(Op::Succeed);
            self.script.ops[test] = Op::IfFailed(self.script.ops.len() - test);
            if self.eat_keyword("elif") {
                continue;
            }
            if self.eat_keyword("else") {
                self.list_before("fi")?;
            } else {
                self.expect("fi")?;
                self.script.ops.push(Op::Succeed);
            }
            break;
        }
        for end in ends {
            self.script.ops[end] = Op::Jump(self.script.ops.len() - end);
        }
        Ok(())
    }

    /// `while` and `until`: `leave` is the jump that ends the loop.
    #[inline(never)]
    pub(super) fn loop_command(&mut self, leave: fn(usize) -> Op) -> Parsed<()> {
        let head = self.script.ops.len();
        self.script.ops.push(Op::Succeed);
        self.list_before("do")?;
        self.set_tested(head);
        let test = self.script.ops.len();
        self.script.ops.push(Op::Succeed);
        self.list_before("done")?;
        self.script.ops.push(Op::Again);
        self.script.ops[test] = leave(self.script.ops.len() - test);
        self.script.ops.push(Op::Done);
        self.script.ops[head] = Op::Loop { len: self.script.ops.len() - head - 1 };
        Ok(())
    }

    #[inline(never)]
    pub(super) fn for_command(&mut self) -> Parsed<()> {
        self.blanks();
        let line = self.line;
        let name = self.name().ok_or_else(|| self.unexpected(None))?;
        self.newlines()?;
        let mut words = None;
        if self.eat_keyword("in") {
            let mut list = Vec::new();
            self.blanks();
            while self.operator().is_none() && !matches!(self.peek(), None | Some('\n')) {
                list.push(self.word()?);
                self.blanks();
            }
            words = Some(list.into());
        }
        self.blanks();
        if self.operator() == Some(";") {
            self.at += 1;
        }
        self.newlines()?;
        self.expect("do")?;
        let head = self.script.ops.len();
        self.script.ops.extend([Op::Succeed, Op::Next(name)]);
        self.list_before("done")?;
        self.script.ops.extend([Op::Again, Op::Done]);
        let len = self.script.ops.len() - head - 1;
        self.script.ops[head] = Op::For { words, len, line };
        Ok(())
    }

    #[inline(never)]
    pub(super) fn case_command(&mut self) -> Parsed<()> {
        self.blanks();
        let line = self.line;
        let word = self.word()?;
        self.newlines()?;
        self.expect("in")?;
        let head = self.script.ops.len();
        self.script.ops.push(Op::Succeed);
        let (mut arms, mut ends) = (Vec::new(), Vec::new());
        self.newlines()?;
        while !self.eat_keyword("esac") {
            self.eat("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.word()?);
                self.blanks();
                match self.operator() {
                    Some("|") => self.at += 1,
                    Some(")") => break,
                    _ => return Err(self.unexpected(Some(")"))),
                }
            }
            self.at += 1;
            arms.push((patterns, self.script.ops.len() - head));
            self.list()?;
            ends.push(self.script.ops.len());
            self.script.ops.push(Op::Succeed);
            if !self.eat(";;") {
                self.expect("esac")?;
                break;
            }
            self.newlines()?;
        }
        let end = self.script.ops.len();
        for place in ends {
            self.script.ops[place] = Op::Jump(end - place);
        }
        self.script.ops[head] = Op::Case { word, arms: arms.into(), end: end - head, line };
        Ok(())
    }
}
