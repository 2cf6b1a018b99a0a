//! Finds the data, runs the cases and says what came of them.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

use super::case::{Fields, NOT_APPLICABLE};

/// Judges one case: well, or what was expected and what came, or why it does not apply.
pub(super) type Topic = fn(&Value) -> Result<(), String>;

/// What came of the topics run so far.
pub(super) struct Report {
    folder: PathBuf,
    known: BTreeSet<String>,
    failed: Vec<String>,
}

impl Report {
    pub(super) fn new() -> Self {
        let folder = folder();
        println!("vectors of {}", folder.display());
        Self { folder, known: BTreeSet::new(), failed: Vec::new() }
    }

    /// Runs a topic's cases.
    pub(super) fn run(&mut self, name: &str, topic: Topic) {
        let Some(cases) = self.cases(name) else {
            println!("{name}: skipped, there is no {name}.json");
            return;
        };
        let (mut passed, mut failed, mut not_applicable) = (0, 0, 0);
        let mut reasons = BTreeSet::new();
        for case in &cases {
            let Err(message) = judge(topic, case) else {
                passed += 1;
                continue;
            };
            if let Some(reason) = message.strip_prefix(NOT_APPLICABLE) {
                not_applicable += 1;
                reasons.insert(reason.to_owned());
            } else {
                failed += 1;
                self.fail(format!("{name}: {}: {message}", title(case)));
            }
        }
        println!("{name}: {passed} passed, {failed} failed, {not_applicable} not applicable");
        for reason in reasons {
            println!("    not applicable: {reason}");
        }
    }

    /// Names the files nobody knows, and fails if a case did.
    pub(super) fn finish(self) {
        for name in files(&self.folder).difference(&self.known) {
            println!("{name}: NOT RUN, no test knows this topic");
        }
        let failed = self.failed;
        assert!(failed.is_empty(), "{} cases failed:\n{}", failed.len(), failed.join("\n"));
    }

    fn fail(&mut self, message: String) {
        println!("FAILED {message}");
        self.failed.push(message);
    }

    /// The cases of a topic, if it has a file. One that cannot be read is a failure.
    fn cases(&mut self, name: &str) -> Option<Vec<Value>> {
        self.known.insert(name.to_owned());
        let file = self.folder.join(format!("{name}.json"));
        if !file.exists() {
            return None;
        }
        let cases = read(&file).unwrap_or_else(|error| {
            self.fail(format!("{name}.json: {error}"));
            Vec::new()
        });
        Some(cases)
    }
}

fn read(file: &Path) -> Result<Vec<Value>, String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let parsed: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    Ok(parsed.list("cases")?.to_vec())
}

/// A panic of the engine is a failure of the case.
fn judge(topic: Topic, case: &Value) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| topic(case)))
        .unwrap_or_else(|_| Err("it panicked, as printed above".to_owned()))
}

fn title(case: &Value) -> &str {
    case.text("name").unwrap_or("a case without a name")
}

/// Where the data is. A relative path counts from the repository, as the command line does.
fn folder() -> PathBuf {
    let sim = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repository = sim.parent().expect("the crate is in the repository");
    let folder = match env::var_os("ROLLSCOPE_VECTORS") {
        Some(chosen) => repository.join(chosen),
        None => repository.join("tests/vectors"),
    };
    assert!(folder.is_dir(), "there is no folder {}", folder.display());
    folder
}

/// The topics the folder has files for.
fn files(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder was there a moment ago");
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()))
        .collect()
}
