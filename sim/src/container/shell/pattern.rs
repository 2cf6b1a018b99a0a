//! Shell patterns (`*`, `?`, `[a-z]`) and the small regular expressions of `grep`.

/// Whether a shell pattern matches the whole text. A backslash makes the next character literal.
/// Takes at most the product of the two lengths.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match one(&pattern, p, text[t]) {
            Step::Star => {
                star = Some((p + 1, t));
                p += 1;
            }
            Step::Match(next) => {
                p = next;
                t += 1;
            }
            Step::No => {
                let Some((after, from)) = star else {
                    return false;
                };
                star = Some((after, from + 1));
                (p, t) = (after, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

enum Step {
    Star,
    Match(usize),
    No,
}

fn one(pattern: &[char], at: usize, c: char) -> Step {
    match pattern.get(at) {
        None => Step::No,
        Some('*') => Step::Star,
        Some('?') => Step::Match(at + 1),
        Some('[') => match bracket(&pattern[at + 1..], c) {
            Some((true, len)) => Step::Match(at + 1 + len),
            Some((false, _)) => Step::No,
            None => literal('[', c, at + 1),
        },
        Some('\\') if at + 1 < pattern.len() => literal(pattern[at + 1], c, at + 2),
        Some(&p) => literal(p, c, at + 1),
    }
}

fn literal(p: char, c: char, next: usize) -> Step {
    if p == c { Step::Match(next) } else { Step::No }
}

/// Whether a set such as `a-z]` holds the character, and its length with the `]`.
fn bracket(set: &[char], c: char) -> Option<(bool, usize)> {
    let negated = matches!(set.first(), Some('!' | '^'));
    let first = usize::from(negated);
    let (mut at, mut holds) = (first, false);
    loop {
        let low = *set.get(at)?;
        if low == ']' && at > first {
            return Some((holds != negated, at + 1));
        }
        if low == '[' && set.get(at + 1) == Some(&':') {
            let end = at + 2 + set[at + 2..].iter().position(|c| *c == ':')?;
            let name: String = set[at + 2..end].iter().collect();
            holds |= match name.as_str() {
                "digit" => c.is_ascii_digit(),
                "alpha" => c.is_alphabetic(),
                "alnum" => c.is_alphanumeric(),
                "space" => c.is_whitespace(),
                "upper" => c.is_uppercase(),
                "lower" => c.is_lowercase(),
                _ => false,
            };
            at = end + 2;
            continue;
        }
        match set.get(at + 2) {
            Some(&high) if set[at + 1] == '-' && high != ']' => {
                holds |= (low..=high).contains(&c);
                at += 3;
            }
            _ => {
                holds |= low == c;
                at += 1;
            }
        }
    }
}

/// Whether some part of the line matches a regular expression: see [`regex_find`].
pub(crate) fn regex_matches(pattern: &str, line: &str, extended: bool, ignore_case: bool) -> bool {
    let fold = |text: &str| if ignore_case { text.to_ascii_lowercase() } else { text.to_owned() };
    let line: Vec<char> = fold(line).chars().collect();
    regex_find(&fold(pattern), &line, 0, extended).is_some()
}

/// The first and longest part of the line, from `from` on, that matches a regular expression: `.`,
/// `[…]`, `*`, `^`, `$`, and with `extended` also `+`, `?` and alternatives at the top. No groups.
/// Gives up, as not matching, after a bounded number of steps.
pub(crate) fn regex_find(
    pattern: &str,
    line: &[char],
    from: usize,
    extended: bool,
) -> Option<(usize, usize)> {
    let mut fuel = 100_000;
    let separator = if extended { "|" } else { "\\|" };
    let mut best: Option<(usize, usize)> = None;
    for alternative in pattern.split(separator) {
        let pattern: Vec<char> = alternative.chars().collect();
        let anchored = pattern.first() == Some(&'^');
        let pattern = &pattern[usize::from(anchored)..];
        let starts = if anchored { from..=0 } else { from..=line.len() };
        for start in starts {
            if let Some(end) = regex_here(pattern, line, start, extended, &mut fuel) {
                if best.is_none_or(|(first, _)| start < first) {
                    best = Some((start, end));
                }
                break;
            }
        }
    }
    best
}

/// Whether an expression can hold groups, which are not modelled.
pub(crate) fn regex_is_simple(pattern: &str, extended: bool) -> bool {
    let groups: [&str; 2] = if extended { ["(", "{"] } else { ["\\(", "\\{"] };
    !groups.iter().any(|group| pattern.contains(group))
}

/// The end of the longest match that begins at `at`.
fn regex_here(
    pattern: &[char],
    line: &[char],
    at: usize,
    extended: bool,
    fuel: &mut u32,
) -> Option<usize> {
    let (mut pattern, mut at) = (pattern, at);
    loop {
        *fuel = fuel.checked_sub(1)?;
        if pattern.is_empty() {
            return Some(at);
        }
        if pattern == ['$'] {
            return (at == line.len()).then_some(at);
        }
        let (atom, rest) = pattern.split_at(atom_len(pattern));
        let (least, most, skip) = match rest.first() {
            Some('*') => (0, usize::MAX, 1),
            Some('+') if extended => (1, usize::MAX, 1),
            Some('?') if extended => (0, 1, 1),
            _ => (1, 1, 0),
        };
        let text = &line[at..];
        let count = text.iter().take(most).take_while(|c| atom_matches(atom, **c)).count();
        if skip == 0 {
            if count == 0 {
                return None;
            }
            (pattern, at) = (rest, at + 1);
            continue;
        }
        return (least..=count)
            .rev()
            .find_map(|taken| regex_here(&rest[skip..], line, at + taken, extended, fuel));
    }
}

fn atom_len(pattern: &[char]) -> usize {
    match pattern[0] {
        '\\' if pattern.len() > 1 => 2,
        '[' => bracket(&pattern[1..], 'x').map_or(1, |(_, len)| len + 1),
        _ => 1,
    }
}

fn atom_matches(atom: &[char], c: char) -> bool {
    match atom {
        ['.'] => true,
        ['\\', escaped] => *escaped == c,
        ['[', set @ ..] if !set.is_empty() => bracket(set, c).is_some_and(|(holds, _)| holds),
        [literal] => *literal == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_shell() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("?x", "ax", true),
            ("[a-c]?", "b9", true),
            ("[!a-c]", "b", false),
            ("[]x]", "]", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("[", "[", true),
            ("*.txt", "notes.txt", true),
            ("v[[:digit:]]", "v7", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn greps_expressions_match_a_part_of_a_line() {
        for (pattern, line, extended, expected) in [
            ("ready", "is ready now", false, true),
            ("^ready", "is ready", false, false),
            ("no.$", "is now", false, true),
            ("a*b", "caab", false, true),
            ("a+b", "b", true, false),
            ("a+b", "a+b", false, true),
            ("x|y", "why", true, true),
            ("[0-9][0-9]*%", "at 42%", false, true),
            ("\\.", "abc", false, false),
        ] {
            assert_eq!(regex_matches(pattern, line, extended, false), expected, "{pattern} {line}");
        }
        assert!(regex_matches("OK", "ok", false, true));
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let line = "a".repeat(2_000);
        assert!(!regex_matches(&format!("{}b", "a*".repeat(40)), &line, false, false));
        assert!(!matches(&format!("{}b", "*a".repeat(50)), &line));
    }
}
