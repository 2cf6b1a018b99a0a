//! The failure shapes people meet, each as a session: what kubectl shows, what `why` says, and the
//! fix at work. The sessions are `tests/shapes/*.md`; what they print is rewritten with
//! `UPDATE_EXPECT=1`.

mod session;

use std::fs;
use std::path::PathBuf;

use session::Session;

/// The shapes, by the number in their file names.
const SHAPES: u32 = 36;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/shapes")
}

fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the folder of shapes is there");
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("it can be read").path()).collect();
    files.sort();
    files
}

#[test]
fn every_session_prints_what_it_says() {
    let mut wrong = Vec::new();
    for path in files() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a shape can be read");
        let played = Session::play(&name, &text);
        if played == text {
            continue;
        }
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&path, played).expect("a shape can be written");
        } else {
            wrong.push(format!("{name}:\n{}", difference(&text, &played)));
        }
    }
    assert!(wrong.is_empty(), "{}\n(UPDATE_EXPECT=1 rewrites them)", wrong.join("\n"));
}

#[test]
fn every_shape_is_shown_or_its_absence_explained() {
    let names: Vec<String> = files()
        .iter()
        .map(|path| path.file_name().unwrap_or_default().to_string_lossy().into())
        .collect();
    for number in 1..=SHAPES {
        let prefix = format!("{number:02}-");
        assert!(names.iter().any(|name| name.starts_with(&prefix)), "shape {number} has no file");
    }
}

#[test]
fn every_session_shows_a_symptom_a_cause_and_a_fix() {
    for path in files() {
        let text = fs::read_to_string(&path).expect("a shape can be read");
        if text.contains("\nNot shown: ") {
            continue;
        }
        for part in ["\n## Symptom\n", "\n## Why\n", "\n## Fix\n", "\n$ why "] {
            assert!(text.contains(part), "{} lacks {part:?}", path.display());
        }
        let shows_nothing = text.contains("no request has failed");
        assert!(!shows_nothing, "{} asks why of what did not happen", path.display());
    }
}

/// The first lines that differ.
fn difference(expected: &str, actual: &str) -> String {
    let (mut old, mut new) = (expected.lines(), actual.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (old.next(), new.next()) {
            (Some(old), Some(new)) if old == new => {}
            (old, new) => {
                let (old, new) = (old.unwrap_or("(end)"), new.unwrap_or("(end)"));
                return format!("line {number}\n- {old}\n+ {new}");
            }
        }
    }
}
