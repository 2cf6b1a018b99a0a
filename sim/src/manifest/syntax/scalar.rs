//! What an unquoted scalar means: `yes` is true, `0777` is 511, `1.50` is 1.5.
//!
//! Models: the YAML 1.1 rules of go-yaml v2, which kubectl uses, and the numbers Go writes as JSON.
//! kubectl sends JSON to the server, so `replicas: 2.0` arrives as 2.

use crate::api::Value;

const TRUE: [&str; 11] = ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"];
const FALSE: [&str; 11] =
    ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"];
const NULL: [&str; 5] = ["", "~", "null", "Null", "NULL"];

/// How long a word with a meaning may be, in bytes: longer ones need not be compared.
const LONGEST_WORD: usize = "false".len();

/// The value of an unquoted scalar.
pub(in crate::manifest) fn resolve(text: &str) -> Value {
    if text.len() > LONGEST_WORD {
        return number(text).unwrap_or_else(|| Value::text(text));
    }
    if NULL.contains(&text) {
        return Value::Null;
    }
    if TRUE.contains(&text) {
        return Value::Bool(true);
    }
    if FALSE.contains(&text) {
        return Value::Bool(false);
    }
    number(text).unwrap_or_else(|| Value::text(text))
}

/// Whether `text`, written without quotes, would be read as text again.
pub(in crate::manifest) fn is_plain_text(text: &str) -> bool {
    infinite(text).is_none()
        && text != "<<"
        && !is_date(text)
        && matches!(resolve(text), Value::String(_))
}

/// What the scalar is called that JSON cannot hold: infinity, or no number at all.
pub(in crate::manifest) fn infinite(text: &str) -> Option<&'static str> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some("+Inf"),
        "-.inf" | "-.Inf" | "-.INF" => Some("-Inf"),
        ".nan" | ".NaN" | ".NAN" => Some("NaN"),
        _ => None,
    }
}

fn number(text: &str) -> Option<Value> {
    let first = text.chars().next()?;
    if first == '.' {
        return decimal(text);
    }
    if !(first.is_ascii_digit() || matches!(first, '+' | '-')) || is_date(text) {
        return None;
    }
    let plain = text.replace('_', "");
    integer(&plain).or_else(|| decimal(&plain))
}

/// A whole number, with the bases Go knows: `0x`, `0o`, `0b`, and a leading `0` for octal.
fn integer(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.chars().all(|c| c.is_digit(radix)) || digits.is_empty() {
        return None;
    }
    let Ok(magnitude) = i128::from_str_radix(digits, radix) else {
        return None;
    };
    let value = if negative { -magnitude } else { magnitude };
    Some(i64::try_from(value).map_or_else(|_| Value::Float(value.to_string().into()), Value::Int))
}

/// A number with a point or an exponent, as Go writes it in JSON.
fn decimal(text: &str) -> Option<Value> {
    let (sign, unsigned) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], parse_exponent(&unsigned[at + 1..])?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    // The value is 0.significant times ten to the power of `point`.
    let skipped = i64::try_from(digits.len() - significant.len()).ok()?;
    let point = exponent + i64::try_from(whole.len()).ok()? - skipped;
    let significant = significant.trim_end_matches('0');
    if significant.is_empty() {
        return Some(if sign.is_empty() { Value::Int(0) } else { Value::Float("-0".into()) });
    }
    (point <= 309).then(|| written(sign, significant, point))
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn written(sign: &str, digits: &str, point: i64) -> Value {
    let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
    if !(-5..=21).contains(&point) {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let exponent = point - 1;
        let plus = if exponent > 0 { "+" } else { "" };
        return Value::Float(format!("{sign}{first}{dot}{rest}e{plus}{exponent}").into());
    }
    if point >= length {
        let text = format!("{sign}{digits}{}", zeros(point - length));
        return text.parse().map_or_else(|_| Value::Float(text.as_str().into()), Value::Int);
    }
    let text = if point <= 0 {
        format!("{sign}0.{}{digits}", zeros(-point))
    } else {
        let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
        format!("{sign}{whole}.{fraction}")
    };
    Value::Float(text.into())
}

/// Whether the text starts like `2026-01-31`: go-yaml takes it for a date, then keeps the text.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let digits = |part: Option<&str>, lengths: std::ops::RangeInclusive<usize>| {
        part.is_some_and(|part| {
            lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        })
    };
    let is_day = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let time = &rest[end..];
        (1..=2).contains(&end) && (time.is_empty() || time.starts_with(['T', 't', ' ']))
    };
    digits(parts.next(), 4..=4) && digits(parts.next(), 1..=2) && parts.next().is_some_and(is_day)
}

#[cfg(test)]
mod tests {
    use super::{is_plain_text, resolve};

    #[test]
    fn unquoted_scalars_mean_what_kubectl_takes_them_for() {
        // Each pair was read by a real kubectl and printed as JSON.
        let cases = [
            ("yes", "true"),
            ("off", "false"),
            ("y", "true"),
            ("0777", "511"),
            ("0o17", "15"),
            ("0x1F", "31"),
            ("0b11", "3"),
            ("1_000", "1000"),
            ("+5", "5"),
            ("08", "8"),
            ("1.50", "1.5"),
            ("1e3", "1000"),
            (".5", "0.5"),
            ("1.", "1"),
            ("0.0000001", "1e-7"),
            ("1e21", "1e+21"),
            ("18446744073709551615", "18446744073709551615"),
            ("2001-01-01", "\"2001-01-01\""),
            ("1e400", "\"1e400\""),
            ("1.2.3", "\"1.2.3\""),
            ("v1", "\"v1\""),
            ("~", "null"),
        ];
        for (text, json) in cases {
            assert_eq!(resolve(text).to_json(), json, "{text}");
        }
    }

    #[test]
    fn text_that_looks_like_something_else_needs_quotes() {
        for text in ["yes", "1", "1.5", "~", "", "2001-01-01", ".inf", "<<"] {
            assert!(!is_plain_text(text), "{text}");
        }
        for text in ["web", "v1", "1.2.3", "100m", "25%"] {
            assert!(is_plain_text(text), "{text}");
        }
    }
}
