//! `$((…))`: whole numbers of 64 bits, as C computes.

use super::variables::Variables;

/// How deep parentheses may be nested.
const DEEPEST: u32 = 40;

/// Binary operators by how tightly they bind, longer ones before their beginnings.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// The value of an expression; assignments in it are made.
///
/// # Errors
/// What a shell would say.
pub(super) fn evaluate(text: &str, variables: &mut Variables) -> Result<i64, &'static str> {
    let mut reader = Reader { text, at: 0, depth: 0, variables, live: true };
    reader.blanks();
    if reader.at == text.len() {
        return Ok(0);
    }
    let value = reader.assignment()?;
    if reader.at == text.len() { Ok(value) } else { Err(SYNTAX) }
}

/// The error of a division by zero.
pub(super) const BY_ZERO: &str = "divide by zero";
const SYNTAX: &str = "arithmetic syntax error";

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    variables: &'a mut Variables,
    /// Whether assignments count: not in the half of a `&&`, `||` or `?:` that is not taken.
    live: bool,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_ascii_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        let there = self.rest().starts_with(token);
        if there {
            self.at += token.len();
            self.blanks();
        }
        there
    }

    fn name(&mut self) -> Option<&'a str> {
        let len = super::parser::name_len(self.rest());
        let name = &self.rest()[..len];
        self.at += len;
        self.blanks();
        (len > 0).then_some(name)
    }

    fn assignment(&mut self) -> Result<i64, &'static str> {
        if self.depth >= DEEPEST {
            return Err(SYNTAX);
        }
        self.depth += 1;
        let start = self.at;
        if let Some(name) = self.name() {
            let operator = ["=", "+=", "-=", "*=", "/=", "%="].into_iter().find(|operator| {
                self.rest().starts_with(operator) && !self.rest().starts_with("==")
            });
            if let Some(operator) = operator {
                self.eat(operator);
                let right = self.assignment()?;
                let left = if operator == "=" { 0 } else { self.variable(name)? };
                let value = match operator.trim_end_matches('=') {
                    "" => right,
                    sign => self.apply(sign, left, right)?,
                };
                self.set(name, value);
                self.depth -= 1;
                return Ok(value);
            }
            self.at = start;
        }
        let value = self.conditional();
        self.depth -= 1;
        value
    }

    fn conditional(&mut self) -> Result<i64, &'static str> {
        let condition = self.binary(0)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        let live = self.live;
        self.live = live && condition != 0;
        let yes = self.assignment()?;
        if !self.eat(":") {
            return Err(SYNTAX);
        }
        self.live = live && condition == 0;
        let no = self.assignment()?;
        self.live = live;
        Ok(if condition == 0 { no } else { yes })
    }

    fn binary(&mut self, level: usize) -> Result<i64, &'static str> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            self.eat(operator);
            let live = self.live;
            match operator {
                "||" => self.live = live && left == 0,
                "&&" => self.live = live && left != 0,
                _ => {}
            }
            let right = self.binary(level + 1)?;
            left = match operator {
                "||" => i64::from(left != 0 || right != 0),
                "&&" => i64::from(left != 0 && right != 0),
                _ => self.apply(operator, left, right)?,
            };
            self.live = live;
        }
        Ok(left)
    }

    /// The operator of this level that stands here.
    fn operator(&self, operators: &[&'static str]) -> Option<&'static str> {
        let rest = self.rest();
        let found = operators.iter().copied().find(|operator| rest.starts_with(operator))?;
        let after = rest[found.len()..].bytes().next();
        let is_other = match found {
            "|" | "&" => after == Some(found.as_bytes()[0]) || after == Some(b'='),
            "<" | ">" => after == Some(found.as_bytes()[0]),
            _ => false,
        };
        (!is_other).then_some(found)
    }

    fn apply(&self, operator: &str, left: i64, right: i64) -> Result<i64, &'static str> {
        let shift = u32::try_from(right.rem_euclid(64)).unwrap_or(0);
        Ok(match operator {
            "|" => left | right,
            "^" => left ^ right,
            "&" => left & right,
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "<<" => left.wrapping_shl(shift),
            ">>" => left.wrapping_shr(shift),
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            _ if right == 0 => return if self.live { Err(BY_ZERO) } else { Ok(0) },
            "/" => left.wrapping_div(right),
            _ => left.wrapping_rem(right),
        })
    }

    fn unary(&mut self) -> Result<i64, &'static str> {
        let mut signs = Vec::new();
        loop {
            if self.eat("++") || self.eat("--") {
                return self.step(&signs);
            }
            let sign = self.rest().bytes().next().filter(|sign| b"!~+-".contains(sign));
            let Some(sign) = sign else {
                break;
            };
            signs.push(sign);
            self.at += 1;
            self.blanks();
        }
        let value = self.primary()?;
        Ok(signed(value, &signs))
    }

    /// `++x` and `--x`.
    fn step(&mut self, signs: &[u8]) -> Result<i64, &'static str> {
        let up = self.text[..self.at].trim_ascii_end().ends_with('+');
        let name = self.name().ok_or(SYNTAX)?;
        let value = self.variable(name)?.wrapping_add(if up { 1 } else { -1 });
        self.set(name, value);
        Ok(signed(value, signs))
    }

    fn primary(&mut self) -> Result<i64, &'static str> {
        if self.eat("(") {
            let value = self.assignment()?;
            return if self.eat(")") { Ok(value) } else { Err(SYNTAX) };
        }
        if let Some(name) = self.name() {
            let value = self.variable(name)?;
            for (operator, by) in [("++", 1), ("--", -1)] {
                if self.eat(operator) {
                    self.set(name, value.wrapping_add(by));
                    break;
                }
            }
            return Ok(value);
        }
        let len = self.rest().bytes().take_while(u8::is_ascii_alphanumeric).count();
        let value = number(&self.rest()[..len]).ok_or(SYNTAX)?;
        self.at += len;
        self.blanks();
        Ok(value)
    }

    fn variable(&self, name: &str) -> Result<i64, &'static str> {
        match self.variables.get(name).map(|value| value.trim_ascii()) {
            None | Some("") => Ok(0),
            Some(text) => {
                let (negative, digits) =
                    text.strip_prefix('-').map_or((false, text), |d| (true, d));
                let value = number(digits).ok_or("Illegal number")?;
                Ok(if negative { value.wrapping_neg() } else { value })
            }
        }
    }

    fn set(&mut self, name: &str, value: i64) {
        if self.live {
            self.variables.set(name, &value.to_string());
        }
    }
}

fn signed(value: i64, signs: &[u8]) -> i64 {
    signs.iter().rev().fold(value, |value, sign| match sign {
        b'!' => i64::from(value == 0),
        b'~' => !value,
        b'-' => value.wrapping_neg(),
        _ => value,
    })
}

/// A decimal, octal (`0…`) or hexadecimal (`0x…`) number.
fn number(text: &str) -> Option<i64> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return i64::from_str_radix(digits, 16).ok();
    }
    let octal = text.len() > 1 && text.starts_with('0');
    if octal { i64::from_str_radix(text, 8).ok() } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_have_cs_values() {
        let mut variables = Variables::default();
        variables.set("n", "7");
        for (text, expected) in [
            ("1 + 2 * 3", 7),
            ("(1+2)*3", 9),
            ("n % 4 == 3 && n > 1", 1),
            ("-n + !0", -6),
            ("1 ? 2 : 3", 2),
            ("0x10 | 010", 24),
            ("1 << 4 >> 2", 4),
            ("10 - 3 - 2", 5),
            ("", 0),
            ("missing + 1", 1),
            ("n++ + 1", 8),
            ("n", 8),
            ("n += 2", 10),
            ("0 && (n = 99)", 0),
            ("n", 10),
            ("9223372036854775807 + 1", i64::MIN),
            ("0 ? 1/0 : 5", 5),
        ] {
            assert_eq!(evaluate(text, &mut variables), Ok(expected), "{text}");
        }
        assert_eq!(evaluate("1/0", &mut variables), Err("divide by zero"));
        assert_eq!(evaluate("1 +", &mut variables), Err(SYNTAX));
        assert_eq!(evaluate(&"(".repeat(10_000), &mut variables), Err(SYNTAX));
        assert_eq!(evaluate(&"-".repeat(10_001), &mut variables), Err(SYNTAX));
    }
}
