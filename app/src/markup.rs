//! Pictures as markup: pure functions write SVG or HTML into a text, the page sets it.
//!
//! One text a picture costs a fraction of the code of one reactive node an element, and can be
//! tested without a browser. Whatever comes from a person goes through [`escape`].

use std::fmt::{self, Display, Write};

/// Text as markup shows it literally.
pub(crate) struct Escaped<'a>(&'a str);

/// Makes text harmless inside of an element or a quoted attribute.
pub(crate) const fn escape(text: &str) -> Escaped<'_> {
    Escaped(text)
}

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                _ => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// Writes to a text, which cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {{
        let _ = std::fmt::Write::write_fmt($out, format_args!($($arg)*));
    }};
}
pub(crate) use put;

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_people_type_stays_text() {
        let text = escape(r#"<img src="x" onerror=alert(1)> & co"#).to_string();
        assert_eq!(text, "&lt;img src=&quot;x&quot; onerror=alert(1)&gt; &amp; co");
    }
}
