//! The files, remembered between visits. What cannot be read is as good as nothing.
//!
//! For each scenario a line with its name and the number of the file that is shown; for each file a
//! line with its origin or a dash, the number of bytes of its text and its name; then the text.

use std::fmt::Write;

use super::files::{File, Files, Shelf};
use crate::examples::{self, Example};
use crate::storage;

const KEY: &str = "rollscope.files";
const HEAD: &str = "rollscope files 2";

/// The files as they were left.
pub(crate) fn load() -> Shelf {
    Shelf::new(storage::load(KEY).and_then(|text| read(&text)).unwrap_or_default())
}

/// Remembers the files.
pub(super) fn save(shelf: &Shelf) {
    storage::save(KEY, &write(shelf));
}

fn write(shelf: &Shelf) -> String {
    let mut out = format!("{HEAD}\n");
    for (example, files) in shelf.all() {
        // What is as it came need not be remembered.
        if Files::of(*example) == *files {
            continue;
        }
        let _ = writeln!(out, "example {} {}", example.slug(), files.index());
        for File { name, text, origin } in files.all() {
            let _ = write!(out, "file {} {} {name}\n{text}\n", origin.unwrap_or("-"), text.len());
        }
    }
    out
}

fn read(text: &str) -> Option<Vec<(Example, Files)>> {
    let (head, mut rest) = text.split_once('\n')?;
    if head != HEAD {
        return None;
    }
    let mut found: Vec<(Example, usize, Vec<File>)> = Vec::new();
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n')?;
        rest = after;
        let mut words = line.splitn(4, ' ');
        match words.next()? {
            "example" => {
                let example = Example::of_slug(words.next()?)?;
                found.push((example, words.next()?.parse().ok()?, Vec::new()));
            }
            "file" => {
                let origin = words.next()?;
                let origin = examples::FILES.iter().map(|(name, _)| *name).find(|it| *it == origin);
                let length: usize = words.next()?.parse().ok()?;
                let name = words.next()?.to_owned();
                let text = rest.get(..length)?.to_owned();
                rest = rest.get(length..)?.strip_prefix('\n')?;
                found.last_mut()?.2.push(File { name, text, origin });
            }
            _ => return None,
        }
    }
    found
        .into_iter()
        .map(|(example, shown, all)| Some((example, Files::kept(all, shown)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_back_as_they_were() {
        let mut shelf = Shelf::new(Vec::new());
        assert_eq!(read(&write(&shelf)), Some(Vec::new()));
        shelf.open(Example::Canary);
        assert_eq!(read(&write(&shelf)), Some(Vec::new()));
        shelf.files_mut().write("kind: é\n\n".to_owned());
        assert_eq!(shelf.files_mut().add("näme.yaml", "file x 3\n".to_owned()), Ok(()));
        let kept = read(&write(&shelf));
        assert_eq!(kept, Some(vec![(Example::Canary, shelf.files().clone())]));
        let mut again = Shelf::new(kept.unwrap_or_default());
        assert_eq!(again.files(), &Files::of(Example::Rolling));
        again.open(Example::Canary);
        assert_eq!(again.files(), shelf.files());
    }

    #[test]
    fn what_is_broken_is_as_good_as_nothing() {
        let mut shelf = Shelf::new(Vec::new());
        shelf.files_mut().write("é: 1\n".to_owned());
        let whole = write(&shelf);
        for (at, letter) in whole.char_indices() {
            let _ = read(&whole[..at]);
            let _ = read(&[&whole[..at], "9", &whole[at + letter.len_utf8()..]].concat());
        }
        for text in [
            "",
            "null",
            "rollscope files 2\nfile - 9 a\n",
            "rollscope files 2\nexample rolling-update 7\n",
            "rollscope files 2\nexample nobody 0\n",
        ] {
            assert_eq!(read(text).unwrap_or_default(), [], "{text}");
        }
    }
}
