//! Calendar dates: virtual time as the API prints it, counted from a fixed epoch.

use crate::time::Instant;

/// The date on which every cluster boots: 2026-01-01T00:00:00Z, in seconds since 1970.
pub const EPOCH: u64 = 1_767_225_600;

const DAY: i64 = 86_400;

/// The instant as the API prints it: `2026-01-01T00:00:12Z`. Parts of a second are dropped.
pub fn format(instant: Instant) -> String {
    let (date, clock) = date_and_clock(unix(instant));
    let ([year, month, day], [hour, minute, second]) = (date, clock);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day, and hour, minute and second of a time in seconds since 1970.
pub fn date_and_clock(seconds: i64) -> ([i64; 3], [i64; 3]) {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let seconds = seconds.rem_euclid(DAY);
    ([year, month, day], [seconds / 3_600, seconds % 3_600 / 60, seconds % 60])
}

/// Reads a date such as `2026-01-01T00:00:12Z` or `2026-01-01T01:00:12.5+01:00`. Dates before the
/// epoch become the epoch.
pub fn parse(text: &str) -> Option<Instant> {
    let since = u64::try_from(seconds(text)?).ok().and_then(|at| at.checked_sub(EPOCH));
    Some(Instant::from_secs(since.unwrap_or(0)))
}

/// An instant in seconds since 1970, as [`seconds`] reads them.
pub fn unix(instant: Instant) -> i64 {
    i64::try_from(EPOCH.saturating_add(instant.as_secs())).unwrap_or(i64::MAX)
}

/// Reads a date, also one before the epoch, in seconds since 1970.
pub fn seconds(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(range)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let bytes = text.as_bytes();
    if separators.iter().any(|(at, byte)| bytes.get(*at) != Some(byte)) {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let offset = zone(text.get(19..)?)?;
    let days = days_from_civil(year, month, day);
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second - offset)
}

/// What follows the seconds: a fraction that is dropped, and the zone's offset in seconds.
fn zone(rest: &str) -> Option<i64> {
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    if rest == "Z" {
        return Some(0);
    }
    let (sign, hours_minutes) = match rest.split_at_checked(1)? {
        ("+", zone) => (1, zone),
        ("-", zone) => (-1, zone),
        _ => return None,
    };
    let (hours, minutes) = hours_minutes.split_once(':')?;
    let two_digits =
        |text: &str| (text.len() == 2).then(|| text.parse::<u8>().ok())?.map(i64::from);
    Some(sign * (two_digits(hours)? * 3_600 + two_digits(minutes)? * 60))
}

/// The date so many days after 1970-01-01, by counting years from March so that leap days come
/// last.
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

/// The inverse of [`civil`].
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::{format, parse};
    use crate::time::Instant;

    #[test]
    fn virtual_time_counts_from_new_year_2026() {
        let cases = [
            (0, "2026-01-01T00:00:00Z"),
            (12, "2026-01-01T00:00:12Z"),
            (59 * 86_400, "2026-03-01T00:00:00Z"),
            (365 * 86_400 - 1, "2026-12-31T23:59:59Z"),
            (789 * 86_400, "2028-02-29T00:00:00Z"),
        ];
        for (seconds, date) in cases {
            assert_eq!(format(Instant::from_secs(seconds)), date);
            assert_eq!(parse(date), Some(Instant::from_secs(seconds)));
        }
        assert_eq!(parse("2026-01-01T01:00:12.5+01:00"), Some(Instant::from_secs(12)));
        for wrong in ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
