//! Programs that print: `echo`, `printf`, `date`, `seq`.

use super::Call;
use crate::container::image::Flavour;
use crate::container::machine::Machine;
use crate::container::shell::Kind;
use crate::manifest::timestamp;

/// The most that one of these prints, in bytes.
const MOST_OUTPUT: usize = 1 << 16;

impl Machine<'_, '_> {
    pub(super) fn echo(&mut self, call: &Call<'_>) -> i32 {
        let mut words = &call.argv[1..];
        // dash's knows no options but `-n`, and always replaces escapes.
        let is_dash = call.kind == Kind::Dash && !call.argv[0].contains('/');
        let options = if is_dash { "n" } else { "neE" };
        let (mut newline, mut escapes) = (true, is_dash);
        while let Some((first, rest)) = words.split_first() {
            let Some(letters) = first.strip_prefix('-').filter(|letters| {
                !letters.is_empty() && letters.chars().all(|letter| options.contains(letter))
            }) else {
                break;
            };
            newline &= !letters.contains('n');
            escapes |= letters.contains('e');
            words = rest;
        }
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let mut text = words.join(" ");
        if escapes && text.contains('\\') {
            let mut stop = false;
            text = unescaped(&text, &mut stop);
            newline &= !stop;
        }
        if newline {
            text.push('\n');
        }
        i32::from(!self.write(&call.fds[1], &text))
    }

    #[inline(never)]
    pub(super) fn printf(&mut self, call: &Call<'_>) -> i32 {
        let Some(format) = call.argument(1) else {
            return 2;
        };
        let mut arguments = call.argv[2..].iter().map(AsRef::as_ref).peekable();
        let mut text = String::new();
        loop {
            let before = arguments.len();
            formatted(format, &mut arguments, &mut text);
            if arguments.len() == before || arguments.len() == 0 || text.len() > MOST_OUTPUT {
                break;
            }
        }
        i32::from(!self.write(&call.fds[1], &text))
    }

    #[inline(never)]
    pub(super) fn date(&mut self, call: &Call<'_>) -> i32 {
        let format = call.argv[1..].iter().find_map(|word| word.strip_prefix('+'));
        let stamp = timestamp::format(self.now);
        let part = |from: usize, to: usize| stamp.get(from..to).unwrap_or_default();
        let month =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = part(5, 7).parse::<usize>().ok().and_then(|number| month.get(number - 1));
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        let seconds = timestamp::EPOCH + self.now.as_secs();
        let days = usize::try_from(seconds / 86_400 % 7).unwrap_or(0);
        let month = month.copied().unwrap_or_default();
        let Some(format) = format else {
            let is_iso = call.argument(1).is_some_and(|word| word.starts_with("-I"));
            let text = if is_iso {
                stamp.clone()
            } else {
                format!(
                    "{} {month} {:>2} {} UTC {}",
                    weekday[days],
                    part(8, 10).trim_start_matches('0'),
                    part(11, 19),
                    part(0, 4)
                )
            };
            return self.say(call, &text);
        };
        let mut text = String::new();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                text.push(c);
                continue;
            }
            match chars.next() {
                Some('s') => text.push_str(&seconds.to_string()),
                Some('N') => {
                    text.extend([format!("{:09}", self.now.as_micros() % 1_000_000 * 1_000)]);
                }
                Some('Y') => text.push_str(part(0, 4)),
                Some('m') => text.push_str(part(5, 7)),
                Some('d') => text.push_str(part(8, 10)),
                Some('H') => text.push_str(part(11, 13)),
                Some('M') => text.push_str(part(14, 16)),
                Some('S') => text.push_str(part(17, 19)),
                Some('F') => text.push_str(part(0, 10)),
                Some('T') => text.push_str(part(11, 19)),
                Some('Z') => text.push_str("UTC"),
                Some('z') => text.push_str("+0000"),
                Some('a') => text.push_str(weekday[days]),
                Some('b') => text.push_str(month),
                Some('%') | None => text.push('%'),
                Some(other) => text.extend(['%', other]),
            }
        }
        self.say(call, &text)
    }

    #[inline(never)]
    pub(super) fn sequence(&mut self, call: &Call<'_>) -> i32 {
        let numbers: Vec<i64> =
            call.argv[1..].iter().filter_map(|word| word.parse().ok()).collect();
        let (mut at, step, last) = match (numbers.as_slice(), call.argv.len()) {
            ([last], 2) => (1, 1, *last),
            ([first, last], 3) => (*first, 1, *last),
            ([first, step, last], 4) if *step != 0 => (*first, *step, *last),
            _ => {
                let text = if self.launch.flavour == Flavour::Gnu {
                    "missing operand"
                } else {
                    "invalid number"
                };
                return self.file_error(call, text, text);
            }
        };
        let mut text = String::new();
        while text.len() < MOST_OUTPUT && (if step > 0 { at <= last } else { at >= last }) {
            text.push_str(&at.to_string());
            text.push('\n');
            at = at.saturating_add(step);
        }
        i32::from(!self.write(&call.fds[1], &text))
    }
}

/// A text with its escapes replaced; `\c` stops the output.
fn unescaped(text: &str, stop: &mut bool) -> String {
    let mut result = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            result.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => result.push('\n'),
            Some('t') => result.push('\t'),
            Some('r') => result.push('\r'),
            Some('a') => result.push('\u{7}'),
            Some('e') => result.push('\u{1b}'),
            Some('\\') | None => result.push('\\'),
            Some('c') => {
                *stop = true;
                return result;
            }
            Some('0') => {
                let mut code = 0;
                for _ in 0..3 {
                    let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) else {
                        break;
                    };
                    chars.next();
                    code = code * 8 + digit;
                }
                result.extend(char::from_u32(code));
            }
            Some(other) => result.extend(['\\', other]),
        }
    }
    result
}

/// One pass over the format of `printf`.
fn formatted<'a>(
    format: &str,
    arguments: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
    text: &mut String,
) {
    /// The widest field.
    const WIDEST: usize = 200;
    let mut stop = false;
    let mut chars = format.chars().peekable();
    let mut literal = String::new();
    while let Some(c) = chars.next() {
        if c != '%' {
            literal.push(c);
            continue;
        }
        text.push_str(&unescaped(&std::mem::take(&mut literal), &mut stop));
        if stop {
            return;
        }
        let (mut left, mut zero, mut width, mut digits) = (false, false, 0_usize, None);
        while let Some(flag) = chars.next_if(|c| "-0+ #".contains(*c)) {
            left |= flag == '-';
            zero |= flag == '0';
        }
        while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
            chars.next();
            width = (width * 10 + digit as usize).min(WIDEST);
        }
        if chars.next_if_eq(&'.').is_some() {
            let mut precision = 0_usize;
            while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                chars.next();
                precision = (precision * 10 + digit as usize).min(WIDEST);
            }
            digits = Some(precision);
        }
        let conversion = chars.next();
        let mut number = || {
            let argument = arguments.next().unwrap_or_default();
            argument.parse::<i64>().unwrap_or(0)
        };
        let field = match conversion {
            Some('%') | None => "%".to_owned(),
            Some('d' | 'i' | 'u') => number().to_string(),
            Some('x') => format!("{:x}", number()),
            Some('X') => format!("{:X}", number()),
            Some('o') => format!("{:o}", number()),
            Some('b') => unescaped(arguments.next().unwrap_or_default(), &mut stop),
            Some('c') => arguments.next().unwrap_or_default().chars().take(1).collect(),
            Some(_) => {
                let argument = arguments.next().unwrap_or_default();
                argument.chars().take(digits.unwrap_or(usize::MAX)).collect()
            }
        };
        let padding = width.saturating_sub(field.chars().count());
        let filler = if zero && !left { "0" } else { " " };
        if !left {
            text.push_str(&filler.repeat(padding));
        }
        text.push_str(&field);
        if left {
            text.push_str(&filler.repeat(padding));
        }
        if stop {
            return;
        }
    }
    text.push_str(&unescaped(&literal, &mut stop));
}
