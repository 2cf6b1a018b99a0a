//! What stands in the terminal: commands and what they printed, as markup.

use rollscope_sim::Instant;
use rollscope_sim::kubectl::Output;

use crate::markup::{escape, put};
use crate::playback::{clock, short_clock};

/// The most bytes that are kept of what one command printed.
const MOST: usize = 16 << 10;
/// What a program prints to clear the screen.
const CLEAR: &str = "\x1b[2J";

/// A command and what it printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: u32,
    pub(crate) at: Instant,
    pub(crate) command: String,
    /// Pieces in order, and whether they went to standard error.
    printed: Vec<(bool, String)>,
    /// `None` while it runs.
    pub(crate) code: Option<i32>,
    /// What of the manifest that was applied is not simulated.
    pub(crate) remarks: Vec<String>,
    /// Set when the command forked the run.
    pub(crate) forked: bool,
}

impl Entry {
    /// A command that has printed nothing yet.
    pub(crate) fn of(command: &str) -> Self {
        Self { command: command.to_owned(), ..Self::default() }
    }

    /// A command that has ended.
    pub(crate) fn of_output(command: &str, output: &Output) -> Self {
        let mut entry = Self { code: Some(output.code), ..Self::of(command) };
        entry.print(&output.stdout, false);
        entry.print(&output.stderr, true);
        entry
    }

    /// Adds what was printed. Of very much, the end is kept.
    pub(crate) fn print(&mut self, text: &str, is_error: bool) {
        let text = match text.rfind(CLEAR) {
            Some(at) => {
                self.printed.clear();
                &text[at + CLEAR.len()..]
            }
            None => text,
        };
        let text = without_escapes(text);
        if text.is_empty() {
            return;
        }
        match self.printed.last_mut() {
            Some((kind, last)) if *kind == is_error => last.push_str(&text),
            _ => self.printed.push((is_error, text)),
        }
        let mut kept: usize = self.printed.iter().map(|(_, text)| text.len()).sum();
        while kept > MOST {
            let (_, first) = &mut self.printed[0];
            let surplus = kept - MOST / 2;
            kept -= surplus.min(first.len());
            if surplus >= first.len() {
                self.printed.remove(0);
            } else {
                let cut = (surplus..first.len()).find(|at| first.is_char_boundary(*at));
                first.drain(..cut.unwrap_or(first.len()));
            }
        }
    }

    pub(crate) fn markup(&self) -> String {
        let mut out = r#"<div class="entry">"#.to_owned();
        put!(
            &mut out,
            r#"<div class="entry-command"><span class="muted figure">{}</span><span class="mono">$ {}</span></div>"#,
            short_clock(self.at),
            escape(&self.command)
        );
        if self.forked {
            put!(&mut out, r#"<p class="muted">Forked the run at {}.</p>"#, clock(self.at));
        }
        for (is_error, text) in &self.printed {
            let class = if *is_error { "failed" } else { "" };
            put!(&mut out, r#"<pre class="{class}">{}</pre>"#, escape(text.trim_end_matches('\n')));
        }
        for remark in &self.remarks {
            put!(&mut out, r#"<p class="remark"><b>!</b> {}</p>"#, escape(remark));
        }
        if let Some(code) = self.code.filter(|code| *code != 0) {
            put!(&mut out, r#"<p class="failed">✕ exit code {code}</p>"#);
        }
        out + "</div>"
    }
}

/// The text without what a terminal would take for instructions.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        out.push_str(&rest[..at]);
        let end = rest[at + 1..].find(|letter: char| letter.is_ascii_alphabetic());
        rest = end.map_or("", |end| &rest[at + 2 + end..]);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_printed_with_its_exit_code_and_as_text() {
        let mut entry = Entry {
            at: Instant::from_secs(65),
            command: "kubectl apply -f x.yaml".to_owned(),
            code: Some(1),
            remarks: vec!["9:1: `x` is not simulated".to_owned()],
            forked: true,
            ..Entry::default()
        };
        entry.print("error: <b>no</b>\n", true);
        let text = entry.markup();
        for part in [
            "1:05",
            "error: &lt;b&gt;no&lt;/b&gt;</pre>",
            "exit code 1",
            "9:1: `x` is not",
            "Forked the run at 1:05.000",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn much_output_keeps_its_end_and_a_cleared_screen_what_follows() {
        let mut entry = Entry::default();
        for number in 0..20_000 {
            entry.print(&format!("line {number}\n"), number % 2 == 0);
        }
        let text = entry.markup();
        assert!(
            text.len() < 20 * MOST && text.contains("line 19999") && !text.contains("line 0\n")
        );
        entry.print("old\x1b[H\x1b[2J\x1b[3J\x1b[1mnew\x1b[0m\n", false);
        assert_eq!(entry.printed, [(false, "new\n".to_owned())]);
    }
}
