//! JSON that people type, read as strictly as Go reads it and refused in Go's words.
//!
//! Models: Go `encoding/json`.

use std::collections::BTreeMap;

use crate::api::{Name, Value};

/// Reads JSON.
///
/// # Errors
/// Go's sentence about the first character that does not fit.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader { rest: text.trim_start(), depth: 0 };
    let value = reader.value("looking for beginning of value")?;
    reader.skip_blanks();
    match reader.rest.chars().next() {
        None => Ok(value),
        Some(c) => Err(invalid(c, "after top-level value")),
    }
}

fn invalid(c: char, place: &str) -> String {
    format!(
        "invalid character {} {place}",
        if c == '\'' { r"'\''".to_owned() } else { format!("'{c}'") }
    )
}

struct Reader<'a> {
    rest: &'a str,
    depth: u32,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn next(&mut self, place: &str) -> Result<char, String> {
        self.skip_blanks();
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        if place.is_empty() { Ok(c) } else { Err(invalid(c, place)) }
    }

    fn peek(&mut self) -> Result<char, String> {
        self.skip_blanks();
        self.rest.chars().next().ok_or_else(|| "unexpected end of JSON input".to_owned())
    }

    fn value(&mut self, place: &str) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > 200 {
            return Err("exceeded max depth".to_owned());
        }
        let value = match self.peek()? {
            '{' => self.map(),
            '[' => self.list(),
            '"' => self.text().map(|text| Value::String(text.into())),
            '-' | '0'..='9' => self.number(),
            't' => self.literal("true", Value::Bool(true)),
            'f' => self.literal("false", Value::Bool(false)),
            'n' => self.literal("null", Value::Null),
            c => Err(invalid(c, place)),
        };
        self.depth -= 1;
        value
    }

    fn map(&mut self) -> Result<Value, String> {
        let mut map: BTreeMap<Name, Value> = BTreeMap::new();
        self.next("")?;
        if self.peek()? == '}' {
            self.next("")?;
            return Ok(Value::Map(map));
        }
        loop {
            if self.peek()? != '"' {
                return self
                    .next("looking for beginning of object key string")
                    .map(|_| Value::Null);
            }
            let key = self.text()?;
            if self.peek()? != ':' {
                return self.next("after object key").map(|_| Value::Null);
            }
            self.next("")?;
            map.insert(key.into(), self.value("looking for beginning of value")?);
            match self.peek()? {
                ',' => self.next("")?,
                '}' => {
                    self.next("")?;
                    return Ok(Value::Map(map));
                }
                c => return Err(invalid(c, "after object key:value pair")),
            };
        }
    }

    fn list(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        self.next("")?;
        if self.peek()? == ']' {
            self.next("")?;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value("looking for beginning of value")?);
            match self.peek()? {
                ',' => self.next("")?,
                ']' => {
                    self.next("")?;
                    return Ok(Value::List(items));
                }
                c => return Err(invalid(c, "after array element")),
            };
        }
    }

    fn literal(&mut self, word: &'static str, value: Value) -> Result<Value, String> {
        for expected in word.chars() {
            match self.rest.chars().next() {
                Some(c) if c == expected => self.rest = &self.rest[1..],
                Some(c) => {
                    return Err(invalid(c, &format!("in literal {word} (expecting '{expected}')")));
                }
                None => return Err("unexpected end of JSON input".to_owned()),
            }
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, String> {
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c))
            .unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        if number == "-" {
            return match rest.chars().next() {
                Some(c) => Err(invalid(c, "in numeric literal")),
                None => Err("unexpected end of JSON input".to_owned()),
            };
        }
        self.rest = rest;
        Ok(number.parse().map_or_else(|_| Value::Float(number.into()), Value::Int))
    }

    fn text(&mut self) -> Result<String, String> {
        self.next("")?;
        let mut text = String::new();
        let mut chars = self.rest.chars();
        let end = || "unexpected end of JSON input".to_owned();
        loop {
            match chars.next().ok_or_else(end)? {
                '"' => {
                    self.rest = chars.as_str();
                    return Ok(text);
                }
                '\\' => match chars.next().ok_or_else(end)? {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    'b' => text.push('\u{8}'),
                    'f' => text.push('\u{c}'),
                    'u' => {
                        let hex: String = chars.by_ref().take(4).collect();
                        let code = u32::from_str_radix(&hex, 16).map_err(|_| end())?;
                        text.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    c @ ('"' | '\\' | '/') => text.push(c),
                    c => return Err(invalid(c, "in string escape code")),
                },
                c if c < ' ' => {
                    let code = u32::from(c);
                    let c = match c {
                        '\n' => "\\n".to_owned(),
                        '\t' => "\\t".to_owned(),
                        _ => format!("\\x{code:02x}"),
                    };
                    return Err(format!("invalid character '{c}' in string literal"));
                }
                c => text.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn json_is_read_or_refused_in_gos_words() {
        let text = r#" {"a": [1, -2.5, true, null], "b": {"c": "x\n\u0041"}} "#;
        assert_eq!(
            parse(text).map(|value| value.to_json()),
            Ok(r#"{"a":[1,-2.5,true,null],"b":{"c":"x\nA"}}"#.to_owned())
        );
        let cases = [
            ("{bad", "invalid character 'b' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{\"a\":", "unexpected end of JSON input"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("tru!", "invalid character '!' in literal true (expecting 'e')"),
            ("{\"a\":'x'}", "invalid character '\\'' looking for beginning of value"),
        ];
        for (text, problem) in cases {
            assert_eq!(parse(text), Err(problem.to_owned()), "{text}");
        }
    }
}
