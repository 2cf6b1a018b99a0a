//! `rollscope replay`: a recorded session's commands, and the summary of what they lead to here.

use rollscope_sim::replay::{Recording, replay};
use rollscope_sim::trace::summary::Summary;
use rollscope_sim::trace::trace;
use rollscope_sim::{Config, manifest};

use crate::Failure;
use crate::args::ReplayOptions;

/// Replays the folder and prints the summary.
pub(crate) fn run(options: &ReplayOptions) -> Result<(), Failure> {
    let path = options.folder.join("actions.json");
    let name = path.display();
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failure::Input(format!("{name}: cannot be read: {error}")))?;
    let parsed = manifest::parse(&text);
    if let Some(diagnostic) = parsed.diagnostics.iter().find(|diagnostic| diagnostic.is_error()) {
        return Err(Failure::Input(format!("{name}:{diagnostic}")));
    }
    let data = parsed.documents.first().map(|document| document.value.clone()).unwrap_or_default();
    let recording = Recording::read(&data)
        .map_err(|error| Failure::Input(format!("{name}:1:1: not a recording: {error}")))?;
    let config = Config { request_rate: 0, ..Config::with_seed(options.seed) };
    let run = replay(&recording, config);
    for unmet in &run.unmet {
        eprintln!("warning: waited in vain: {unmet}");
    }
    println!("{}", Summary::of(&trace(&run.events)).to_json());
    Ok(())
}
