//! `rollscope`: rollouts on a simulated cluster, from the command line.
//!
//! Exit codes: 0 when all went well, 1 for a mistake in what was given, 2 for wrong usage.

mod args;
mod plan;
mod replay;
mod run;
mod script;

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
            Ok(())
        }
        Mode::Version => {
            println!("rollscope {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        Mode::Run(options) => run::run(&options),
        Mode::Replay(options) => replay::run(&options),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
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
