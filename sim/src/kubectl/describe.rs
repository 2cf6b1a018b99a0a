//! `kubectl describe`: all there is to know about an object, for people.
//!
//! Models: kubectl v1.36 `pkg/describe/describe.go`. Pages are made from the same data that
//! `-o json` prints.

pub(super) mod container;
pub(super) mod page;

use crate::manifest::timestamp;

/// A date of the API as pages show it: `Thu, 01 Jan 2026 00:00:12 +0000`.
pub(crate) fn time(stamp: &str) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Some(at) = timestamp::parse(stamp) else { return "Mon, 01 Jan 0001 00:00:00 +0000".to_owned() };
    let days = (timestamp::EPOCH + at.as_secs()) / 86_400;
    let weekday = DAYS[usize::try_from(days % 7).unwrap_or(0)];
    let text = timestamp::format(at);
    let month = text[5..7].parse::<usize>().ok().and_then(|month| MONTHS.get(month - 1));
    let (year, day, clock) = (&text[..4], &text[8..10], &text[11..19]);
    format!("{weekday}, {day} {} {year} {clock} +0000", month.unwrap_or(&"Jan"))
}
