//! Scripts: kubectl commands and when they are typed.

use rollscope_sim::{Duration, Instant};

/// The longest time that is understood: ten years.
const LONGEST_S: u64 = 10 * 365 * 24 * 3_600;

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timed {
    /// Where it stands in the file, from 1.
    pub(crate) line: usize,
    /// When it is typed.
    pub(crate) at: Instant,
    /// What is typed.
    pub(crate) command: String,
}

/// What is wrong with a line: line and column, from 1, and the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScriptError {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

/// Reads a script. Times may not go backwards.
pub(crate) fn parse_script(text: &str) -> Result<Vec<Timed>, ScriptError> {
    let mut commands: Vec<Timed> = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let typed = raw.trim();
        if typed.is_empty() || typed.starts_with('#') {
            continue;
        }
        let line = index + 1;
        let indent = raw.chars().take_while(|c| c.is_whitespace()).count();
        let error = |column: usize, message: String| ScriptError { line, column, message };
        let (time, command) = typed.split_once(char::is_whitespace).ok_or_else(|| {
            error(indent + 1, format!("'{typed}' is not a time and a command: 20s get pods"))
        })?;
        let before = commands.last().map_or(Instant::BOOT, |last| last.at);
        let at = moment(time, before).ok_or_else(|| {
            error(indent + 1, format!("'{time}' is not a time such as 20s, 1m30s or +5s"))
        })?;
        if at < before {
            let message = format!("{time} is before the line above ({before} s)");
            return Err(error(indent + 1, message));
        }
        commands.push(Timed { line, at, command: command.trim().to_owned() });
    }
    Ok(commands)
}

fn moment(text: &str, before: Instant) -> Option<Instant> {
    match text.strip_prefix('+') {
        Some(later) => Some(before + parse_duration(later)?),
        None => Some(Instant::BOOT + parse_duration(text)?),
    }
}

/// Reads a time: `90s`, `1m30s`, `500ms`, `2h`, or seconds without a unit.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<u64>() {
        return (seconds <= LONGEST_S).then(|| Duration::from_secs(seconds));
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0)?;
        let number: u64 = rest[..digits].parse().ok().filter(|number| *number <= LONGEST_S)?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        total += match &rest[..unit] {
            "ms" => Duration::from_millis(number),
            "s" => Duration::from_secs(number),
            "m" => Duration::from_secs(number * 60),
            "h" => Duration::from_secs(number * 3_600),
            _ => return None,
        };
        rest = &rest[unit..];
    }
    (!text.is_empty() && total.as_secs() <= LONGEST_S).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_absolute_or_counted_from_the_line_before() {
        let script =
            "# roll\n20s set image deployment/web web=v2\n\n+1m30s rollout undo deploy/web\n";
        let commands = parse_script(script).expect("a good script");
        let told: Vec<_> = commands
            .iter()
            .map(|timed| (timed.line, timed.at.as_secs(), &*timed.command))
            .collect();
        assert_eq!(
            told,
            [(2, 20, "set image deployment/web web=v2"), (4, 110, "rollout undo deploy/web")]
        );
    }

    #[test]
    fn mistakes_are_named_with_line_and_column() {
        let cases = [
            ("get pods", (1, 1)),
            ("5s get pods\n  soon get pods", (2, 3)),
            ("9s get pods\n5s get pods", (2, 1)),
            ("20s", (1, 1)),
        ];
        for (script, place) in cases {
            let error = parse_script(script).expect_err(script);
            assert_eq!((error.line, error.column), place, "{script}: {}", error.message);
        }
    }

    #[test]
    fn durations_have_units_and_limits() {
        assert_eq!(parse_duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("15"), Some(Duration::from_secs(15)));
        for nonsense in ["", "s", "5x", "-5s", "99999999999999999999s", "5s5", "5.5s"] {
            assert_eq!(parse_duration(nonsense), None, "{nonsense}");
        }
    }
}
