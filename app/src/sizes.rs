//! The sizes of what is drawn as SVG and on canvases. They are the tokens' (`tokens.css`), as plain
//! numbers: what is drawn anew with every frame does not ask the style sheet each time.

/// The height of small letters: `--text-s`.
pub(crate) const TEXT_S: f64 = 12.0;
/// The height of a line of them: `--leading-s`.
pub(crate) const LEADING_S: f64 = 16.0;
/// The font of what canvases write: `--text-s` and the last of `--sans`.
pub(crate) const FONT_S: &str = "12px system-ui, sans-serif";

/// The spaces between things: `--space-half` to `--space-6`.
pub(crate) const SPACE_HALF: f64 = 2.0;
pub(crate) const SPACE_1: f64 = 4.0;
pub(crate) const SPACE_2: f64 = 8.0;
pub(crate) const SPACE_3: f64 = 12.0;
pub(crate) const SPACE_4: f64 = 16.0;
pub(crate) const SPACE_6: f64 = 24.0;

/// The corners of boxes: `--radius-m`.
pub(crate) const RADIUS: f64 = 6.0;
/// Firm lines: `--stroke-firm`.
pub(crate) const FIRM: f64 = 2.0;

/// The widest window that shows one pane at a time: `--until-one-pane`.
pub(crate) const UNTIL_ONE_PANE: f64 = 860.0;
/// The highest window that has no height to spare: `--until-short`.
pub(crate) const UNTIL_SHORT: f64 = 700.0;

/// The width of a letter of [`TEXT_S`], about: what decides how much of a text fits.
pub(crate) const LETTER: f64 = 6.5;

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: &str = include_str!("../tokens.css");

    /// A token's number.
    fn token(name: &str) -> f64 {
        let line =
            TOKENS.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "));
        let value = line.and_then(|line| line.strip_suffix(';')).expect(name);
        value.trim_end_matches("px").parse().expect(name)
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "whole numbers")]
    fn what_is_drawn_is_as_large_as_the_tokens_say() {
        for (name, size) in [
            ("--text-s", TEXT_S),
            ("--leading-s", LEADING_S),
            ("--space-half", SPACE_HALF),
            ("--space-1", SPACE_1),
            ("--space-2", SPACE_2),
            ("--space-3", SPACE_3),
            ("--space-4", SPACE_4),
            ("--space-6", SPACE_6),
            ("--radius-m", RADIUS),
            ("--stroke-firm", FIRM),
            ("--until-one-pane", UNTIL_ONE_PANE),
            ("--until-short", UNTIL_SHORT),
        ] {
            assert_eq!(token(name), size, "{name}");
        }
        assert!(FONT_S.starts_with(&format!("{TEXT_S}px system-ui,")));
    }
}
