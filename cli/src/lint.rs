//! `rollscope lint`: everything that is wrong with manifests, one line a problem; and, when they are
//! tried, what is likely to go wrong with them.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use rollscope_sim::api::Value;
use rollscope_sim::manifest::{self, Diagnostic, Severity};
use rollscope_sim::{Config, preflight};

use crate::Failure;
use crate::args::Knobs;

/// Options of `lint`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LintOptions {
    pub(crate) manifests: Vec<PathBuf>,
    pub(crate) json: bool,
    /// Whether they are tried as well.
    pub(crate) preflight: bool,
    /// The cluster they are tried on.
    pub(crate) knobs: Knobs,
}

/// Checks the manifests and prints what is wrong. Warnings alone are no failure.
pub(crate) fn run(options: &LintOptions) -> Result<(), Failure> {
    let (mut text, mut errors, mut warnings) = (String::new(), 0_usize, 0_usize);
    for path in &options.manifests {
        let name = if path == Path::new("-") { "stdin".into() } else { path.display().to_string() };
        let manifest = read(path)?;
        let problems = match &manifest {
            Ok(manifest) => manifest::check(manifest).1,
            Err(problem) => vec![problem.clone()],
        };
        for problem in &problems {
            let count = if problem.is_error() { &mut errors } else { &mut warnings };
            *count += 1;
            text.push_str(&if options.json { json(&name, problem) } else { line(&name, problem) });
            text.push('\n');
        }
        if let Ok(manifest) = manifest.as_ref().map_err(|_| ())
            && options.preflight
        {
            errors += tried(options, &name, manifest, &mut text)?;
        }
    }
    // A reader that stops reading, such as `head`, is no mistake.
    let _ = std::io::stdout().write_all(text.as_bytes());
    if errors == 0 {
        return Ok(());
    }
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let (s, more) = (plural(errors), plural(warnings));
    Err(Failure::Input(format!("{errors} error{s}, {warnings} warning{more}")))
}

/// Tries a manifest and adds what was found; how much of it is a failure that lint has not told.
fn tried(
    options: &LintOptions,
    name: &str,
    manifest: &str,
    text: &mut String,
) -> Result<usize, Failure> {
    let mut config = Config::with_seed(1);
    options.knobs.turn(&mut config);
    let findings = preflight::findings(&config, manifest)
        .map_err(|problem| Failure::Input(format!("{name}: {problem}")))?;
    if options.json {
        for finding in &findings {
            text.push_str(&finding.to_json(name));
            text.push('\n');
        }
    } else {
        text.push_str(&preflight::text(name, &findings));
    }
    let failures = findings.iter().filter(|it| it.severity == preflight::Severity::Failure);
    Ok(failures.filter(|it| !it.is_refusal()).count())
}

/// The text of a file, or where it stops to be text.
fn read(path: &Path) -> Result<Result<String, Diagnostic>, Failure> {
    let mut bytes = Vec::new();
    let outcome = if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    if let Err(error) = outcome {
        return Err(Failure::Input(format!("{}: cannot be read: {error}", path.display())));
    }
    Ok(String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let lines = good.split(|byte| *byte == b'\n').count() - 1;
        let last = good.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let columns = String::from_utf8_lossy(&good[last..]).chars().count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX - 2) + 1;
        Diagnostic {
            severity: Severity::Error,
            line: number(lines),
            column: number(columns),
            end_line: number(lines),
            end_column: number(columns) + 1,
            path: String::new(),
            message: "the file is not text in UTF-8".to_owned(),
            suggestion: None,
        }
    }))
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// `file:line:column: error: what is wrong (did you mean this?)`.
fn line(name: &str, problem: &Diagnostic) -> String {
    let Diagnostic { severity, line, column, message, suggestion, .. } = problem;
    let hint = suggestion.as_ref().map(|word| format!(" (did you mean {word}?)"));
    format!("{name}:{line}:{column}: {}: {message}{}", word(*severity), hint.unwrap_or_default())
}

fn json(name: &str, problem: &Diagnostic) -> String {
    let number = |value: u32| Value::Int(i64::from(value));
    let entries: [(&str, Value); 9] = [
        ("file", name.into()),
        ("severity", word(problem.severity).into()),
        ("line", number(problem.line)),
        ("column", number(problem.column)),
        ("end_line", number(problem.end_line)),
        ("end_column", number(problem.end_column)),
        ("path", problem.path.as_str().into()),
        ("message", problem.message.as_str().into()),
        ("suggestion", problem.suggestion.as_deref().map_or(Value::Null, Value::from)),
    ];
    rollscope_sim::api::value::map(entries).to_json()
}
