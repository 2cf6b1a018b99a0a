//! The lines that were typed: walked with the arrows, searched backwards. Pure.

/// The most lines kept.
const MOST: usize = 200;

/// What was typed, oldest first, and where one stands in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lines {
    all: Vec<String>,
    /// The line one looks at, and what one had begun to type before.
    walk: Option<(usize, String)>,
}

impl Lines {
    /// The lines of a text.
    pub(super) fn read(text: &str) -> Self {
        let all = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
        let mut lines = Self { all, walk: None };
        lines.cut();
        lines
    }

    pub(super) fn text(&self) -> String {
        self.all.join("\n")
    }

    /// Adds a line, unless it is the last one again.
    pub(super) fn push(&mut self, line: &str) {
        self.walk = None;
        if !line.trim().is_empty() && self.all.last().is_none_or(|last| last != line) {
            self.all.push(line.to_owned());
            self.cut();
        }
    }

    fn cut(&mut self) {
        let surplus = self.all.len().saturating_sub(MOST);
        self.all.drain(..surplus);
    }

    /// The line before the one that is shown.
    pub(super) fn older(&mut self, shown: &str) -> Option<String> {
        let (at, draft) = self.walk.take().unwrap_or((self.all.len(), shown.to_owned()));
        let older = at.saturating_sub(1);
        self.walk = Some((older, draft));
        self.all.get(older).cloned()
    }

    /// The line after the one that is shown; in the end what one had begun to type.
    pub(super) fn newer(&mut self) -> Option<String> {
        let (at, draft) = self.walk.take()?;
        match self.all.get(at + 1) {
            Some(line) => {
                self.walk = Some((at + 1, draft));
                Some(line.clone())
            }
            None => Some(draft),
        }
    }

    /// The last line that holds `part`, leaving out as many as `skip` that do.
    pub(super) fn find(&self, part: &str, skip: usize) -> Option<&str> {
        let mut found = self.all.iter().rev().filter(|line| line.contains(part));
        found.nth(skip).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_walk_to_both_ends_and_keep_what_was_begun() {
        let mut lines = Lines::read("one\n\ntwo\n");
        lines.push("two");
        assert_eq!(lines.text(), "one\ntwo");
        let walk = [lines.older("dra"), lines.older("two"), lines.older("one")];
        assert_eq!(walk.map(Option::unwrap_or_default), ["two", "one", "one"]);
        let back = [lines.newer(), lines.newer(), lines.newer()];
        assert_eq!(back.map(Option::unwrap_or_default), ["two", "dra", ""]);
    }

    #[test]
    fn a_part_is_found_backwards() {
        let lines = Lines::read("get pods\nget rs\ndescribe rs");
        assert_eq!(lines.find("get", 0), Some("get rs"));
        assert_eq!(lines.find("get", 1), Some("get pods"));
        assert_eq!(lines.find("get", 2), None);
    }

    #[test]
    fn old_lines_are_forgotten() {
        let mut lines = Lines::default();
        for number in 0..300 {
            lines.push(&number.to_string());
        }
        assert_eq!((lines.all.len(), lines.find("299", 0)), (MOST, Some("299")));
    }
}
