//! `rollscope`: rollouts on a simulated cluster, from the command line.
//!
//! Exit codes: 0 when all went well, 1 for a mistake in what was given, 2 for wrong usage; that of
//! the last line for `shell`.

mod args;
mod lint;
mod plan;
mod replay;
mod run;
mod script;
mod shell;

use std::process::ExitCode;

use args::{Mode, parse};

/// What ends the program early, and with which exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A mistake in a file, or a file that cannot be read.
    Input(String),
    /// Words on the command line that make no sense.
    Usage(String),
}

fn main() -> ExitCode {
    let outcome = parse(lexopt::Parser::from_env()).and_then(|mode| match mode {
        Mode::Help(text) => {
            print!("{text}");
            Ok(0)
        }
        Mode::Version => {
            println!("rollscope {}", env!("CARGO_PKG_VERSION"));
            Ok(0)
        }
        Mode::Run(options) => run::run(&options).map(|()| 0),
        Mode::Replay(options) => replay::run(&options).map(|()| 0),
        Mode::Lint(options) => lint::run(&options).map(|()| 0),
        Mode::Shell(options) => shell::run(&options),
    });
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(Failure::Input(message)) => {
            eprintln!("{message}");
            ExitCode::from(1)
        }
        Err(Failure::Usage(message)) => {
            eprintln!("error: {message}\nsee 'rollscope --help'");
            ExitCode::from(2)
        }
    }
}
