//! The long texts that kubectl prints: its own help of every command, and what is said about fields.
//!
//! They are part of the program with the feature `texts`, which is on by default. A page leaves them
//! out of what it downloads and names a [`Source`] instead, once, before anything asks.

use std::sync::OnceLock;

/// A text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// kubectl's own help of every command, each after a line with its words.
    Help,
    /// What is said about types and fields. `@Struct text` begins a type, `field text` is one of its
    /// fields (`!field` when it must be set), `#Type values` lists what a text may be. Fields of `@*`
    /// are those of any type that says nothing else.
    Fields,
}

/// Where texts come from. It has the whole text when it answers, and always the same one, so that what
/// a command prints does not depend on when it is asked; or it says why the text cannot be had. Who is
/// refused asks again next time.
pub type Source = fn(Text) -> Result<&'static str, String>;

static SOURCE: OnceLock<Source> = OnceLock::new();

/// Names the source, for the life of the program; the first one named counts.
pub fn come_from(source: Source) {
    let _ = SOURCE.set(source);
}

/// The text, or why it cannot be had.
pub(crate) fn of(text: Text) -> Result<&'static str, String> {
    SOURCE.get().copied().unwrap_or(built_in)(text)
}

#[cfg(feature = "texts")]
#[expect(clippy::unnecessary_wraps, reason = "every source has this form")]
fn built_in(text: Text) -> Result<&'static str, String> {
    Ok(match text {
        Text::Help => include_str!("help.txt"),
        Text::Fields => include_str!("explain.txt"),
    })
}

#[cfg(not(feature = "texts"))]
fn built_in(_: Text) -> Result<&'static str, String> {
    Err("this program has no help texts".to_owned())
}
