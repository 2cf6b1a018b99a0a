//! Running other programs: where, with which environment, and what to say when they fail.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// What a task ends with: nothing, or the sentence that says what went wrong and what to do.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    // What `cargo run` says wins over what was compiled in: the checkout may have moved since.
    let xtask = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask.parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// The folder cargo builds into.
pub(crate) fn target_dir() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// A program to run in the workspace, with the repository's own tools first on `PATH`.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).env("PATH", path_with_tools());
    // `cargo run` describes *this* package in the environment. Passed on, it would make build
    // scripts that look at these names run again after each change between cargo and xtask.
    for (name, _) in env::vars_os() {
        if describes_a_package(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command
}

/// The same from one line, split at spaces: `cargo fmt --all`.
pub(crate) fn command_line(line: &str) -> Command {
    let mut words = line.split_whitespace();
    let mut command = command(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// Runs a program with its output on the terminal.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", display(command))) }
}

/// Runs a program and keeps its standard output; its errors go to the terminal.
pub(crate) fn capture(command: &mut Command) -> Outcome<String> {
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| cannot_start(command, &error))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("`{}` failed ({})", display(command), output.status))
    }
}

/// Runs a program silently; when it fails, the end of what it said is part of the error.
pub(crate) fn run_quietly(command: &mut Command) -> Outcome {
    let output = command.output().map_err(|error| cannot_start(command, &error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("`{}` failed ({}):\n{}", display(command), output.status, last_lines(&output, 25)))
}

/// The first line a program prints, or nothing when it is missing or fails.
pub(crate) fn first_line(line: &str) -> Option<String> {
    let output = command_line(line).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

/// The program and its arguments as one would type them.
pub(crate) fn display(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn path_with_tools() -> OsString {
    let mut folders = vec![root().join("node_modules/.bin")];
    folders.extend(cargo_bin_dir());
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    // A folder with a colon in its name cannot be on PATH; then the plain PATH has to do.
    env::join_paths(folders).unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
}

/// Where `cargo install` puts programs; not on everyone's `PATH`.
fn cargo_bin_dir() -> Option<PathBuf> {
    env::var_os("CARGO_INSTALL_ROOT")
        .or_else(|| env::var_os("CARGO_HOME"))
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")))
        .map(|home| home.join("bin"))
}

fn describes_a_package(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
        .iter()
        .any(|prefix| variable.starts_with(prefix))
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    let program = command.get_program().to_string_lossy();
    format!("cannot run `{program}`: {error}")
}

fn last_lines(output: &Output, count: usize) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_shown_as_it_was_written() {
        let line = "cargo install --locked trunk";
        assert_eq!(display(&command_line(line)), line);
    }

    #[test]
    fn a_failing_program_is_named_with_its_words() {
        let error = run_quietly(&mut command_line("cargo no-such-subcommand")).expect_err("fails");
        assert!(error.starts_with("`cargo no-such-subcommand` failed (exit status: 101):"));
        assert!(error.contains("no such command"), "{error}");
    }

    #[test]
    fn a_missing_program_is_an_error_and_not_a_panic() {
        let error = run(&mut command_line("no-such-program --help")).expect_err("is missing");
        assert!(error.starts_with("cannot run `no-such-program`: "));
        assert_eq!(first_line("no-such-program --version"), None);
    }

    #[test]
    fn children_do_not_see_this_package() {
        assert!(describes_a_package("CARGO_PKG_NAME"));
        assert!(describes_a_package("CARGO_MANIFEST_DIR"));
        assert!(!describes_a_package("CARGO_TARGET_DIR"));
        assert!(!describes_a_package("CARGO_HOME"));
    }
}
