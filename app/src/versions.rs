//! The sign of a version: a shape and a colour that stay the same through the whole run.
//!
//! The sign follows from the version's name alone, so that the past, a fork and the chart agree:
//! `v1` is ●, `v2` ◆, `v3` ▲, `v4` ■; blue and green are the blue and the green one.

/// How many signs there are; further versions begin again.
pub(crate) const SIGNS: usize = 5;

/// Shapes for a radius of 12, around the origin.
const SHAPES: [&str; SIGNS] = [
    "M-10.5 0a10.5 10.5 0 1 0 21 0a10.5 10.5 0 1 0-21 0Z",
    "M0-13L13 0L0 13L-13 0Z",
    "M0-12.5L12.5 9.5H-12.5Z",
    "M-10-10H10V10H-10Z",
    "M0-12.5L12 -3.9L7.4 10.2H-7.4L-12 -3.9Z",
];

/// The sign's number for a version.
pub(crate) fn sign_of(version: &str) -> usize {
    if version.contains("green") {
        return 2;
    }
    if version.contains("blue") {
        return 0;
    }
    let digits: String = version
        .chars()
        .skip_while(|letter| !letter.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    match digits.parse::<usize>() {
        Ok(number) => (number + SIGNS - 1) % SIGNS,
        Err(_) => version.bytes().map(usize::from).sum::<usize>() % SIGNS,
    }
}

/// The outline of a sign as SVG path data.
pub(crate) fn shape(sign: usize) -> &'static str {
    SHAPES[sign % SIGNS]
}

/// The custom property that holds a sign's colour.
pub(crate) fn colour(sign: usize) -> String {
    format!("var(--v{})", sign % SIGNS + 1)
}

#[cfg(test)]
mod tests {
    use super::sign_of;

    #[test]
    fn a_version_has_the_sign_of_its_number_or_of_its_colour() {
        let cases = [
            ("v1", 0),
            ("v2", 1),
            ("v3", 2),
            ("v4", 3),
            ("v5", 4),
            ("v6", 0),
            ("v1-blue", 0),
            ("v2-green", 2),
            ("1.27", 0),
            ("v0", 4),
        ];
        for (version, sign) in cases {
            assert_eq!(sign_of(version), sign, "{version}");
        }
    }
}
