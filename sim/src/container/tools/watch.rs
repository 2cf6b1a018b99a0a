//! `watch`: a command that is run again and again.

use std::sync::Arc;

use super::{Call, Outcome};
use crate::container::machine::Machine;
use crate::container::shell::parser;

impl Machine<'_, '_> {
    /// `watch COMMAND`: runs it again and again, a tenth of a second apart at least.
    ///
    /// Models: procps 4.0 `watch`. Leaves out: what concerns the screen.
    #[inline(never)]
    pub(super) fn watch(&mut self, call: &Call<'_>) -> Outcome {
        let mut interval = 2_000;
        let mut place = 1;
        while let Some(option) = call.argument(place).filter(|word| word.starts_with('-')) {
            place += 1;
            let typed = match option.strip_prefix("--") {
                Some("") => break,
                Some(long) => match long.split_once('=') {
                    Some(("interval", value)) => Some(value),
                    None if long == "interval" => Some(""),
                    _ => None,
                },
                None => option.split_once('n').map(|(_, value)| value),
            };
            let Some(typed) = typed else { continue };
            let typed = if typed.is_empty() {
                place += 1;
                call.argument(place - 1).unwrap_or_default()
            } else {
                typed
            };
            let Some(parsed) = interval_of(typed) else {
                self.write(&call.fds[2], &format!("watch: failed to parse argument: '{typed}'\n"));
                return Outcome::Done(1);
            };
            interval = parsed;
        }
        let words: Vec<&str> = call.argv.iter().skip(place).map(AsRef::as_ref).collect();
        if words.is_empty() {
            self.write(&call.fds[2], "Usage:\n watch [options] command\n");
            return Outcome::Done(1);
        }
        let line = words.join(" ");
        let tenths = (interval + 50) / 100;
        let script = format!(
            "while :; do printf 'Every {}.{}s: %s\\n\\n' \"$1\"; eval \"$1\"; sleep {}.{:03}; done",
            tenths / 10,
            tenths % 10,
            interval / 1_000,
            interval % 1_000,
        );
        let script = Arc::new(parser::parse(&script));
        let (kind, name) = (call.kind, call.argv[0].clone());
        Self::new_shell(call, kind, name, script, &[line.into()], &[])
    }
}

/// An interval of `watch` in milliseconds: at least a tenth of a second, at most what procps takes.
fn interval_of(text: &str) -> Option<u64> {
    const LEAST: u64 = 100;
    const MOST: u64 = 4_294_967_295_000;
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let milliseconds: u64 = format!("{fraction:0<3.3}").parse().ok()?;
    let seconds = if whole.is_empty() { 0 } else { whole.parse().unwrap_or(u64::MAX) };
    let interval = seconds.saturating_mul(1_000).saturating_add(milliseconds);
    Some(if is_negative { LEAST } else { interval.clamp(LEAST, MOST) })
}
