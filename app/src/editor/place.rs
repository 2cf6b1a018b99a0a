//! Places in a text: lines and columns, which count characters from 1, and offsets in UTF-16 units,
//! which is how the browser counts. Pure.

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub(super) struct Places<'a> {
    /// Each line with its offset.
    lines: Vec<(u32, &'a str)>,
}

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut at = 0;
        let lines = text.split('\n').map(|line| {
            let begins = at;
            at += width(line) + 1;
            (begins, line)
        });
        Self { lines: lines.collect() }
    }

    /// The offset of a place; the nearest one before it when there is no such place.
    pub(super) fn offset(&self, line: u32, column: u32) -> u32 {
        let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some((begins, text)) = self.lines.get(index) else {
            return self.lines.last().map_or(0, |(begins, text)| begins + width(text));
        };
        let before = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
        match text.char_indices().nth(before) {
            Some((end, _)) => begins + width(&text[..end]),
            None => begins + width(text),
        }
    }
}

/// The length in UTF-16 units.
fn width(text: &str) -> u32 {
    let units = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// The offset in bytes of an offset in UTF-16 units.
pub(super) fn bytes(text: &str, offset: u32) -> usize {
    let mut left = usize::try_from(offset).unwrap_or(usize::MAX);
    if text.is_ascii() {
        return left.min(text.len());
    }
    for (at, letter) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(letter.len_utf16());
    }
    text.len()
}

/// The offset in UTF-16 units of an offset in bytes.
pub(super) fn units(text: &str, offset: usize) -> u32 {
    text.get(..offset).map_or(0, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_behind_letters_of_any_width() {
        let text = "a: 1\nb: 😀 x\nc: 3";
        let places = Places::of(text);
        let cases = [(1, 1, 0), (2, 4, 8), (2, 6, 11), (3, 1, 13), (3, 9, 17), (9, 1, 17)];
        for (line, column, expected) in cases {
            assert_eq!(places.offset(line, column), expected, "{line}:{column}");
        }
    }

    #[test]
    fn offsets_are_counted_in_bytes_again() {
        let text = "b: 😀 x";
        for (units, expected) in [(0, 0), (3, 3), (5, 7), (7, 9), (90, 9)] {
            assert_eq!(bytes(text, units), expected, "{units}");
        }
    }
}
