//! The files, remembered between visits. What cannot be read is as good as nothing.
//!
//! For each example a line with its number and that of the file that is shown; for each file a line
//! with its origin or a dash, the number of bytes of its text and its name; then the text.

use std::fmt::Write;

use super::files::{File, Files};
use crate::examples::{self, Example};
use crate::storage;

const KEY: &str = "rollscope.files";
const HEAD: &str = "rollscope files 1";

/// The files of each example: as they were left, or as they come.
pub(crate) fn load() -> [Files; 2] {
    let mut files = Example::ALL.map(Files::of);
    let kept = storage::load(KEY).and_then(|text| read(&text)).unwrap_or_default();
    for (example, kept) in kept {
        if let Some(place) = files.get_mut(example) {
            *place = kept;
        }
    }
    files
}

/// Remembers the files.
pub(super) fn save(files: &[Files; 2]) {
    storage::save(KEY, &write(files));
}

fn write(files: &[Files; 2]) -> String {
    let mut out = format!("{HEAD}\n");
    for (number, files) in files.iter().enumerate() {
        // What is as it came need not be remembered.
        if Example::ALL.get(number).is_some_and(|example| Files::of(*example) == *files) {
            continue;
        }
        let _ = writeln!(out, "example {number} {}", files.index());
        for File { name, text, origin } in files.all() {
            let _ = write!(out, "file {} {} {name}\n{text}\n", origin.unwrap_or("-"), text.len());
        }
    }
    out
}

fn read(text: &str) -> Option<Vec<(usize, Files)>> {
    let (head, mut rest) = text.split_once('\n')?;
    if head != HEAD {
        return None;
    }
    let mut found: Vec<(usize, usize, Vec<File>)> = Vec::new();
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n')?;
        rest = after;
        let mut words = line.splitn(4, ' ');
        match words.next()? {
            "example" => {
                found.push((words.next()?.parse().ok()?, words.next()?.parse().ok()?, Vec::new()));
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
    found.into_iter().map(|(number, shown, all)| Some((number, Files::kept(all, shown)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_back_as_they_were() {
        let mut files = Example::ALL.map(Files::of);
        assert_eq!(read(&write(&files)), Some(Vec::new()));
        files[1].write("kind: é\n\n".to_owned());
        assert_eq!(files[1].add("näme.yaml", "file x 3\n".to_owned()), Ok(()));
        assert_eq!(read(&write(&files)), Some(vec![(1, files[1].clone())]));
    }

    #[test]
    fn what_is_broken_is_as_good_as_nothing() {
        let mut files = Example::ALL.map(Files::of);
        files[0].write("é: 1\n".to_owned());
        let whole = write(&files);
        for (at, letter) in whole.char_indices() {
            let _ = read(&whole[..at]);
            let _ = read(&[&whole[..at], "9", &whole[at + letter.len_utf8()..]].concat());
        }
        for text in
            ["", "null", "rollscope files 1\nfile - 9 a\n", "rollscope files 1\nexample 0 7\n"]
        {
            assert_eq!(read(text).unwrap_or_default(), [], "{text}");
        }
    }
}
