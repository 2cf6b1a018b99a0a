//! The files one works on: their names, their texts, and which of them is shown. Pure.

use crate::examples::{self, Example};

/// The longest name of a file, in characters.
const LONGEST_NAME: usize = 80;
/// The most files.
const MOST: usize = 30;
/// The longest text that is taken in, in bytes.
pub(crate) const LONGEST_TEXT: usize = 1 << 20;

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
    /// The example's file that it was to begin with.
    pub(super) origin: Option<&'static str>,
}

/// The files of every scenario that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shelf {
    all: Vec<(Example, Files)>,
    at: usize,
    /// Files that came with a shared run. They are not kept.
    guest: Option<Files>,
    /// How often files were laid open.
    opened: u32,
}

impl Shelf {
    /// The first scenario lies open; some files were kept.
    pub(super) fn new(kept: Vec<(Example, Files)>) -> Self {
        let mut shelf = Self { all: kept, at: 0, guest: None, opened: 0 };
        shelf.open(Example::default());
        shelf
    }

    /// Opens a scenario: its files as they were left, or as they come.
    pub(crate) fn open(&mut self, example: Example) {
        self.guest = None;
        self.opened += 1;
        let known = self.all.iter().position(|(known, _)| *known == example);
        self.at = known.unwrap_or(self.all.len());
        if known.is_none() {
            self.all.push((example, Files::of(example)));
        }
    }

    /// The files that lie open.
    pub(crate) fn files(&self) -> &Files {
        self.guest.as_ref().unwrap_or(&self.all[self.at].1)
    }

    pub(crate) fn files_mut(&mut self) -> &mut Files {
        self.guest.as_mut().unwrap_or(&mut self.all[self.at].1)
    }

    /// Lays the files of a shared run open.
    pub(crate) fn receive(&mut self, files: Vec<(String, String)>) {
        let files = files.into_iter().map(|(name, text)| File { name, text, origin: None });
        self.guest = Files::kept(files.collect(), 0);
        self.opened += 1;
    }

    /// What tells one set of files from another.
    pub(super) const fn key(&self) -> u32 {
        self.opened
    }

    pub(super) fn all(&self) -> &[(Example, Files)] {
        &self.all
    }
}

/// Files, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Files {
    all: Vec<File>,
    shown: usize,
}

impl Files {
    /// The files of an example as they come.
    pub(crate) fn of(example: Example) -> Self {
        let all = example.files().iter().map(|(name, text)| File {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
            origin: Some(name),
        });
        Self { all: all.collect(), shown: 0 }
    }

    /// Files that were kept; nothing when they make no sense.
    pub(super) fn kept(kept: Vec<File>, shown: usize) -> Option<Self> {
        let mut files = Self { all: Vec::new(), shown: 0 };
        for file in kept {
            files.check_name(&file.name, None).ok()?;
            files.all.push(file);
        }
        files.shown = shown;
        (shown < files.all.len() && files.all.len() <= MOST).then_some(files)
    }

    pub(crate) fn all(&self) -> &[File] {
        &self.all
    }

    pub(super) const fn index(&self) -> usize {
        self.shown
    }

    /// The file that is shown.
    pub(crate) fn shown(&self) -> &File {
        &self.all[self.shown]
    }

    pub(super) fn show(&mut self, index: usize) {
        self.shown = index.min(self.all.len() - 1);
    }

    /// Writes the text of the file that is shown.
    pub(crate) fn write(&mut self, text: String) {
        self.all[self.shown].text = text;
    }

    /// Writes the text of a file, if there is one of this name.
    pub(crate) fn write_to(&mut self, name: &str, text: String) {
        if let Some(file) = self.all.iter_mut().find(|file| file.name == name) {
            file.text = text;
        }
    }

    /// Adds a file and shows it. Where its name is taken, it gets a number.
    pub(super) fn add(&mut self, name: &str, text: String) -> Result<(), String> {
        if self.all.len() >= MOST {
            return Err(format!("there are {MOST} files already; delete some first"));
        }
        if text.len() > LONGEST_TEXT {
            return Err(format!("{name} is longer than {} MiB", LONGEST_TEXT >> 20));
        }
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "yaml"));
        let numbered = (2..).map(|number| format!("{stem}-{number}.{ending}"));
        let plain = std::iter::once(format!("{stem}.{ending}"));
        let taken = |name: &str| self.all.iter().any(|file| file.name == name);
        let name = plain.chain(numbered).find(|name| !taken(name)).unwrap_or_default();
        self.check_name(&name, None)?;
        self.all.push(File { name, text, origin: None });
        self.shown = self.all.len() - 1;
        Ok(())
    }

    /// Renames the file that is shown.
    pub(super) fn rename(&mut self, name: &str) -> Result<(), String> {
        let name = name.trim();
        self.check_name(name, Some(self.shown))?;
        name.clone_into(&mut self.all[self.shown].name);
        Ok(())
    }

    /// Deletes the file that is shown and gives it back with its place. The last one stays.
    pub(super) fn delete(&mut self) -> Option<(usize, File)> {
        if self.all.len() == 1 {
            return None;
        }
        let at = self.shown;
        let file = self.all.remove(at);
        self.show(at);
        Some((at, file))
    }

    /// Puts a deleted file back.
    pub(super) fn restore(&mut self, at: usize, file: File) {
        if self.check_name(&file.name, None).is_ok() {
            self.shown = at.min(self.all.len());
            self.all.insert(self.shown, file);
        }
    }

    /// What resetting the file that is shown would bring back; nothing where it is as it came.
    pub(super) fn original(&self) -> Option<&'static str> {
        let File { text, origin, .. } = self.shown();
        examples::text_of((*origin)?).filter(|original| original != text)
    }

    fn check_name(&self, name: &str, own: Option<usize>) -> Result<(), String> {
        let is_odd = |letter: char| letter.is_control() || letter.is_whitespace() || letter == '/';
        if name.is_empty() || name.starts_with(['.', '-']) || name.contains(is_odd) {
            return Err("a name has letters, digits, dots and dashes, and no spaces".to_owned());
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(format!("a name has at most {LONGEST_NAME} letters"));
        }
        let mut others = self.all.iter().enumerate().filter(|(at, _)| Some(*at) != own);
        if others.any(|(_, file)| file.name == name) {
            return Err(format!("there is a file {name} already"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &Files) -> Vec<&str> {
        files.all().iter().map(|file| file.name.as_str()).collect()
    }

    #[test]
    fn files_are_added_renamed_deleted_and_put_back() {
        let mut files = Files::of(Example::BlueGreen);
        assert_eq!(files.add("new.yaml", "a".to_owned()), Ok(()));
        assert_eq!(files.add("new.yaml", "b".to_owned()), Ok(()));
        assert_eq!(names(&files), ["4-blue-green.yaml", "new.yaml", "new-2.yaml"]);
        assert!(files.rename("new.yaml").is_err() && files.rename("a b").is_err());
        assert_eq!(files.rename(" b.yaml "), Ok(()));
        files.show(0);
        let (at, file) = files.delete().expect("others are left");
        assert_eq!(files.shown().name, "new.yaml");
        files.restore(at, file);
        assert_eq!(names(&files), ["4-blue-green.yaml", "new.yaml", "b.yaml"]);
        assert_eq!((files.delete().is_some(), files.delete().is_some()), (true, true));
        assert_eq!(files.delete(), None);
    }

    #[test]
    fn an_example_can_be_brought_back_even_under_another_name() {
        let mut files = Files::of(Example::Rolling);
        assert_eq!(files.original(), None);
        files.write("changed".to_owned());
        assert_eq!(files.rename("mine.yaml"), Ok(()));
        assert_eq!(files.original(), examples::text_of("1-inference-v1.yaml"));
    }

    #[test]
    fn there_is_an_end_to_files_and_their_sizes() {
        let mut files = Files::of(Example::Rolling);
        assert!(files.add("big.yaml", "x".repeat(LONGEST_TEXT + 1)).is_err());
        while files.add("a.yaml", String::new()).is_ok() {}
        assert_eq!(files.all().len(), MOST);
    }
}
