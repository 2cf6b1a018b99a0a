//! What a container printed, as its runtime keeps it: the last lines, each with its moment.

use std::collections::VecDeque;

use crate::api::Name;
use crate::time::Instant;

/// How many lines are kept.
const MOST_LINES: usize = 400;
/// How many bytes are kept.
const MOST_BYTES: usize = 24 << 10;
/// A longer line is cut into pieces of this many bytes, as a runtime does at 16 KiB.
const LONGEST_LINE: usize = 4 << 10;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When its end was written.
    pub at: Instant,
    /// Without the end of the line.
    pub text: Name,
    /// Whether it went to standard error.
    pub is_error: bool,
}

/// The last lines of a container's output, and how many came before them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    lines: VecDeque<Line>,
    bytes: usize,
    dropped: u64,
    /// What has no end yet, on standard output and on standard error.
    open: [String; 2],
}

impl Log {
    /// The lines that are kept, oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> + ExactSizeIterator {
        self.lines.iter()
    }

    /// How many older lines are gone.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Text that was written without an end of line yet, as `kubectl logs` shows it too.
    pub fn open_line(&self) -> &str {
        if self.open[0].is_empty() { &self.open[1] } else { &self.open[0] }
    }

    /// All that is kept, as `kubectl logs` prints it.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.bytes + self.lines.len());
        for line in &self.lines {
            text.push_str(&line.text);
            text.push('\n');
        }
        text.push_str(self.open_line());
        text
    }

    /// Takes in what was written.
    pub(super) fn write(&mut self, text: &str, is_error: bool, at: Instant) {
        for piece in text.split_inclusive('\n') {
            let mut open = std::mem::take(&mut self.open[usize::from(is_error)]);
            open.push_str(piece.trim_end_matches('\n'));
            while open.len() > LONGEST_LINE {
                let end = (0..=LONGEST_LINE).rev().find(|end| open.is_char_boundary(*end));
                let rest = open.split_off(end.unwrap_or(0));
                self.push(&open, is_error, at);
                open = rest;
            }
            if piece.ends_with('\n') {
                self.push(&open, is_error, at);
            } else {
                self.open[usize::from(is_error)] = open;
            }
        }
    }

    fn push(&mut self, text: &str, is_error: bool, at: Instant) {
        self.bytes += text.len();
        self.lines.push_back(Line { at, text: text.into(), is_error });
        while self.lines.len() > MOST_LINES || self.bytes > MOST_BYTES {
            let Some(oldest) = self.lines.pop_front() else {
                return;
            };
            self.bytes -= oldest.text.len();
            self.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_the_others_counted() {
        let mut log = Log::default();
        for number in 0..1_000 {
            log.write(&format!("line {number}\n"), false, Instant::from_secs(number));
        }
        assert_eq!(log.lines().len(), MOST_LINES);
        assert_eq!(log.dropped(), 600);
        assert_eq!(log.lines().next().map(|line| &*line.text), Some("line 600"));
        log.write("half", false, Instant::BOOT);
        log.write(" a line", false, Instant::BOOT);
        assert!(log.text().ends_with("line 999\nhalf a line"));
        log.write(&"é".repeat(1 << 16), true, Instant::BOOT);
        assert!(log.text().len() < MOST_BYTES + MOST_LINES + LONGEST_LINE);
    }
}
