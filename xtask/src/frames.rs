//! `cargo xtask bench frames`: what a frame of the built page costs, by Chromium's tracing, while
//! Deployments of several sizes are rolled. `xtask/node/frames.mjs` drives the page.

use std::fs;

use crate::bench::{self, Figure};
use crate::{
    setup,
    shell::{self, Outcome},
};

/// Where our part of the report begins.
pub(crate) const HEAD: &str = "\n## Frames of the page\n";

/// Pods, and what is promised: the median and the longest frame, in milliseconds.
const SIZES: &[(u32, &str)] = &[
    (3, ""),
    (50, ""),
    (100, "median ≤ 8 ms, none over 50 ms"),
    (1_000, "median ≤ 16 ms"),
    (10_000, ""),
];
const COLUMNS: [&str; 5] = ["median", "p95", "worst", "worst_gap", "rate"];

pub(crate) fn run() -> Outcome {
    setup::ensure(&[&setup::NODE])?;
    let lines = shell::capture(&mut shell::command_line("node xtask/node/frames.mjs"))?;
    print!("{lines}");
    let path = shell::root().join(bench::REPORT);
    let before = fs::read_to_string(path).unwrap_or_default();
    let before = before.find(HEAD).map_or(before.as_str(), |at| &before[..at]);
    bench::write(&format!("{before}{}", report(&bench::figures(&lines)?, &bench::machine())))
}

fn report(figures: &[Figure], machine: &str) -> String {
    let rows: Vec<String> =
        SIZES.iter().map(|(pods, target)| row(figures, *pods, target)).collect();
    format!(
        "{HEAD}\nWritten by `cargo xtask bench frames`: headless Chromium at 1440 × 900, 500 requests a \
         second, the\n20 s after `kubectl set env deployment/inference VERSION=v2`. Work is that of all \
         tasks of the main\nthread from one frame to the next, by Chromium's tracing; the gap is the \
         longest time between two.\n\nMeasured on: {machine}\n\n\
         | pods | median work, ms | 95 % within, ms | worst, ms | longest gap, ms | frames/s | target |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n{}\n",
        rows.join("\n")
    )
}

fn row(figures: &[Figure], pods: u32, target: &str) -> String {
    let value = |column: &str| {
        let name = format!("frames_{pods}.{column}");
        let figure = figures.iter().find(|figure| figure.name == name);
        figure.map_or("–".to_owned(), |figure| format!("{:.1}", figure.value))
    };
    format!("| {pods} | {} | {target} |", COLUMNS.map(value).join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_has_a_row_for_each_size() {
        let line = r#"{"name":"frames_100.median","value":7.25,"unit":"ms"}"#;
        let text = report(&bench::figures(line).expect("a figure"), "a machine");
        let row = "| 100 | 7.2 | – | – | – | – | median ≤ 8 ms, none over 50 ms |";
        assert!(text.starts_with(HEAD) && text.contains(row), "{text}");
    }
}
