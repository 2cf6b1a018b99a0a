//! `cargo xtask`: every task of the repository in one command, from a fresh machine to a tested page.
//!
//! This file reads the command line; each task lives in the module that bears its name.

mod bench;
mod checks;
mod page;
mod page_bench;
mod setup;
mod shell;
mod size;
mod split;

use std::process::ExitCode;

use shell::Outcome;

const HELP: &str = "\
Rollscope's tasks. Run them from anywhere in the repository.

  cargo xtask serve [--port N] [--release]
      Open the simulator: installs what the page needs, builds it, serves it on
      http://127.0.0.1:8080/ and rebuilds when a source file changes. Ctrl-C stops it.
      The page is a debug build unless --release is given.

  cargo xtask build
      Build the optimised page into dist/: static files for any web server and any sub-path. Opens
      it in Chromium to learn which functions make up the first download.

  cargo xtask test [STEP...]
      Everything CI runs, in CI's order; stops at the first step that fails.
      With names, only those steps: `cargo xtask test fmt clippy`.
      `cargo xtask test --list` names the steps.

  cargo xtask size
      Brotli sizes of the files in dist/ against the budgets of a first visit, and of one with the
      editor, which comes once the first picture stands.

  cargo xtask size --of kubectl,manifest
      What modules of the simulator add to the program last built: brotli of its code with and
      without theirs, and of the data that only they reach.

  cargo xtask bench
      Measure the simulator natively and as wasm; writes docs/benchmarks.md.

  cargo xtask bench page
      Measure the built page: its first picture, what passes from an input to the picture that
      shows it, memory, what Lighthouse says, and what a frame costs while 3 to 10,000 pods are
      replaced; writes its part of docs/benchmarks.md. Build the page first.

  cargo xtask setup
      Install all that the tasks need, once. It wants Rust (rustup), Node.js 20 or newer and,
      for the browser tests, apt-get. The other tasks install what they need themselves.

  cargo xtask help
      This text.

The first set-up of a machine takes some ten minutes, as the build tools are compiled from source.

Environment:
  CHROMIUM, CHROMEDRIVER, FIREFOX
                           the browsers and a driver elsewhere than /usr/bin/chromium,
                           /usr/bin/chromedriver and /usr/bin/firefox-esr; set all three and
                           nothing is installed by apt-get
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Outcome {
    match words {
        [] | ["help" | "--help" | "-h", ..] => {
            print!("{HELP}");
            Ok(())
        }
        ["setup"] => setup::install_all(),
        ["build"] => page::build(),
        ["serve", options @ ..] => page::serve(&page::ServeOptions::parse(options)?),
        ["test", "--list"] => {
            checks::list();
            Ok(())
        }
        ["test", names @ ..] => checks::run(names),
        ["size"] => size::check(),
        ["size", "--of", modules] => size::share_of(modules),
        ["bench"] => bench::run(),
        ["bench", "page"] => page_bench::run(),
        [page::ANNOUNCE, port] => page::announce(port),
        ["size", ..] => Err("`cargo xtask size` knows --of MODULE[,MODULE...] alone".to_owned()),
        [name @ ("setup" | "build" | "bench"), extra, ..] => {
            Err(format!("`cargo xtask {name}` takes no argument, got `{extra}`"))
        }
        [unknown, ..] => {
            Err(format!("there is no task `{unknown}`; `cargo xtask help` lists them"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_task_points_to_the_help() {
        let error = run(&["tset"]).expect_err("not a task");
        assert_eq!(error, "there is no task `tset`; `cargo xtask help` lists them");
    }

    #[test]
    fn a_task_without_arguments_refuses_one() {
        let error = run(&["build", "--fast"]).expect_err("takes none");
        assert_eq!(error, "`cargo xtask build` takes no argument, got `--fast`");
        let error = run(&["size", "--budget"]).expect_err("is no option of it");
        assert_eq!(error, "`cargo xtask size` knows --of MODULE[,MODULE...] alone");
    }
}
