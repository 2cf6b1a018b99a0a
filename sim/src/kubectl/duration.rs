//! Durations as people read them (`AGE`, `5s ago`) and as they type them (`--timeout=1m30s`).
//!
//! Models: kubernetes v1.36 apimachinery `pkg/util/duration/duration.go`, Go `time.ParseDuration`.

use crate::time::Duration;

/// How long ago, in seconds, in the form of the AGE column: the larger the number, the coarser.
/// 70 is `70s`, 150 is `2m30s`, 176400 is `2d1h`. Up to two seconds in the future are clock skew
/// and print as `0s`; more is `<invalid>`. Parts of a second must be cut off towards zero.
pub fn human(seconds: i64) -> String {
    if let Some(text) = not_past(seconds) {
        return text;
    }
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    if seconds < 120 {
        format!("{seconds}s")
    } else if minutes < 10 {
        two_units((minutes, "m"), (seconds % 60, "s"))
    } else if minutes < 180 {
        format!("{minutes}m")
    } else if hours < 8 {
        two_units((hours, "h"), (minutes % 60, "m"))
    } else if hours < 48 {
        format!("{hours}h")
    } else if hours < 24 * 8 {
        two_units((hours / 24, "d"), (hours % 24, "h"))
    } else if hours < 24 * 365 * 2 {
        format!("{}d", hours / 24)
    } else if hours < 24 * 365 * 8 {
        two_units((hours / 24 / 365, "y"), (hours / 24 % 365, "d"))
    } else {
        format!("{}y", hours / 24 / 365)
    }
}

/// How long ago, in seconds, in one unit only: 70 is `1m`.
pub fn short(seconds: i64) -> String {
    if let Some(text) = not_past(seconds) {
        return text;
    }
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    if seconds < 60 {
        format!("{seconds}s")
    } else if minutes < 60 {
        format!("{minutes}m")
    } else if hours < 24 {
        format!("{hours}h")
    } else if hours < 24 * 365 {
        format!("{}d", hours / 24)
    } else {
        format!("{}y", hours / 24 / 365)
    }
}

fn not_past(seconds: i64) -> Option<String> {
    match seconds {
        ..=-2 => Some("<invalid>".to_owned()),
        -1 => Some("0s".to_owned()),
        _ => None,
    }
}

fn two_units((large, large_unit): (i64, &str), (small, small_unit): (i64, &str)) -> String {
    if small == 0 {
        format!("{large}{large_unit}")
    } else {
        format!("{large}{large_unit}{small}{small_unit}")
    }
}

/// Units of a typed duration, in microseconds.
const UNITS: [(&str, u64); 6] = [
    ("us", 1),
    ("µs", 1),
    ("ms", 1_000),
    ("s", 1_000_000),
    ("m", 60_000_000),
    ("h", 3_600_000_000),
];

/// Reads a duration such as `8s`, `1m30s`, `1.5h` or `0`.
///
/// # Errors
/// Go's sentence about what is wrong. Durations below zero are read as zero.
pub fn parse(text: &str) -> Result<Duration, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "0" {
        return Ok(Duration::ZERO);
    }
    let (mut rest, mut micros) = (unsigned, 0_u64);
    if rest.is_empty() {
        return Err(invalid());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(end);
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let thousandths = thousandths(number).ok_or_else(invalid)?;
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {text:?}"));
        }
        let Some((_, factor)) = UNITS.iter().find(|(known, _)| *known == unit) else {
            return Err(format!("time: unknown unit {unit:?} in duration {text:?}"));
        };
        let part = thousandths.checked_mul(*factor).ok_or_else(invalid)? / 1_000;
        micros = micros.checked_add(part).ok_or_else(invalid)?;
        rest = tail;
    }
    Ok(if text.starts_with('-') { Duration::ZERO } else { Duration::from_micros(micros) })
}

/// A decimal number in thousandths.
fn thousandths(number: &str) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    whole.checked_mul(1_000)?.checked_add(fraction)
}

/// A duration as Go prints it, in whole seconds: `3s`, `1m0s`, `2h0m5s`.
pub fn go(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{human, parse, short};
    use crate::time::Duration;

    #[test]
    fn ages_get_coarser_as_they_grow() {
        let cases = [
            (-2, "<invalid>", "<invalid>"),
            (-1, "0s", "0s"),
            (0, "0s", "0s"),
            (119, "119s", "1m"),
            (120, "2m", "2m"),
            (599, "9m59s", "9m"),
            (600, "10m", "10m"),
            (3 * 3_600, "3h", "3h"),
            (3 * 3_600 + 60, "3h1m", "3h"),
            (47 * 3_600, "47h", "1d"),
            (49 * 3_600, "2d1h", "2d"),
            (8 * 86_400, "8d", "8d"),
            (731 * 86_400, "2y1d", "2y"),
            (9 * 365 * 86_400, "9y", "9y"),
        ];
        for (seconds, long, brief) in cases {
            assert_eq!(
                (human(seconds).as_str(), short(seconds).as_str()),
                (long, brief),
                "{seconds}"
            );
        }
    }

    #[test]
    fn typed_durations_are_read_as_go_reads_them() {
        assert_eq!(parse("8s"), Ok(Duration::from_secs(8)));
        assert_eq!(parse("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("1.5h"), Ok(Duration::from_mins(90)));
        assert_eq!(parse("0"), Ok(Duration::ZERO));
        assert_eq!(parse("10"), Err("time: missing unit in duration \"10\"".to_owned()));
        assert_eq!(parse("abc"), Err("time: invalid duration \"abc\"".to_owned()));
        assert_eq!(parse("3x"), Err("time: unknown unit \"x\" in duration \"3x\"".to_owned()));
    }
}
