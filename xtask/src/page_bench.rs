//! `cargo xtask bench page`: the built page in headless Chromium. What a frame costs while Deployments of
//! several sizes are rolled (`xtask/node/frames.mjs`), what a person waits for
//! (`xtask/node/page.mjs`), and what Lighthouse says of it (`xtask/node/lighthouse`).

use std::fs;

use crate::bench::{self, Figure};
use crate::{
    setup,
    shell::{self, Outcome},
};

/// Where our part of the report begins.
pub(crate) const HEAD: &str = "\n## The page\n";

const SCRIPTS: &[&str] = &[
    "node xtask/node/page.mjs",
    "node xtask/node/lighthouse/lighthouse.mjs",
    "node xtask/node/frames.mjs",
];

/// Pods, and what is promised: the median and the longest frame, in milliseconds.
const SIZES: &[(u32, &str)] = &[
    (3, ""),
    (50, ""),
    (100, "median ≤ 8 ms, none over 50 ms"),
    (1_000, "median ≤ 16 ms"),
    (10_000, "60 frames/s"),
];
const COLUMNS: [&str; 5] = ["median", "p95", "worst", "worst_gap", "rate"];

pub(crate) fn run() -> Outcome {
    setup::ensure(&[&setup::NODE, &setup::NODE_PACKAGES, &setup::CHROMIUM, &setup::LIGHTHOUSE])?;
    let mut lines = String::new();
    for script in SCRIPTS {
        let mut script = shell::command_line(script);
        let printed = shell::capture(script.env("CHROMIUM", setup::chromium()))?;
        print!("{printed}");
        lines.push_str(&printed);
    }
    let path = shell::root().join(bench::REPORT);
    let before = fs::read_to_string(path).unwrap_or_default();
    let before = before.find(HEAD).map_or(before.as_str(), |at| &before[..at]);
    bench::write(&format!("{before}{}", report(&bench::figures(&lines)?, &bench::machine())))
}

fn report(figures: &[Figure], machine: &str) -> String {
    let waits: Vec<String> = WAITS.iter().map(|wait| wait.row(figures)).collect();
    let rows: Vec<String> =
        SIZES.iter().map(|(pods, target)| row(figures, *pods, target)).collect();
    format!(
        "{HEAD}\nWritten by `cargo xtask bench page`: headless Chromium at 1440 × 900.\n\n\
         Measured on: {machine}\n\n\
         | what | measured | target |\n| --- | ---: | --- |\n{}\n\n\
         Frames: 500 requests a second, the 20 s after `kubectl set env deployment/inference \
         VERSION=v2`.\nWork is that of all tasks of the main thread from one frame to the next, by \
         Chromium's tracing; the gap\nis the longest time between two.\n\n\
         | pods | median work, ms | 95 % within, ms | worst, ms | longest gap, ms | frames/s | target |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n{}\n",
        waits.join("\n"),
        rows.join("\n")
    )
}

/// Something a person waits for, or pays, and what is said of it all.
struct Wait {
    what: &'static str,
    /// The figure, and another that stands beside it.
    names: &'static [&'static str],
    unit: &'static str,
    target: &'static str,
}

const WAITS: &[Wait] = &[
    Wait {
        what: "first paint; 10 Mbit/s, a fourth of the processor",
        names: &["page.first_paint"],
        unit: "ms",
        target: "",
    },
    Wait {
        what: "stage painted, likewise", names: &["page.stage"], unit: "ms", target: "≤ 1,500"
    },
    Wait {
        what: "keystroke in the editor to paint: median, worst",
        names: &["page.keystroke.median", "page.keystroke.worst"],
        unit: "ms",
        target: "≤ 50",
    },
    Wait {
        what: "Apply to paint: median, worst",
        names: &["page.apply.median", "page.apply.worst"],
        unit: "ms",
        target: "≤ 100",
    },
    Wait {
        what: "step back to paint: median, worst",
        names: &["page.scrub.median", "page.scrub.worst"],
        unit: "ms",
        target: "≤ 33",
    },
    Wait {
        what: "JavaScript's heap after 1 and 2 minutes of play at 10×",
        names: &["page.memory_half.heap", "page.memory_end.heap"],
        unit: "MiB",
        target: "",
    },
    Wait {
        what: "the program's memory, likewise",
        names: &["page.memory_half.program", "page.memory_end.program"],
        unit: "MiB",
        target: "≤ 200 in all, flat",
    },
    Wait {
        what: "Lighthouse, desktop: performance, accessibility, best practices",
        names: &[
            "lighthouse.desktop.performance",
            "lighthouse.desktop.accessibility",
            "lighthouse.desktop.best-practices",
        ],
        unit: "of 100",
        target: "≥ 95, 100, ≥ 95",
    },
    Wait {
        what: "Lighthouse, mobile: likewise",
        names: &[
            "lighthouse.mobile.performance",
            "lighthouse.mobile.accessibility",
            "lighthouse.mobile.best-practices",
        ],
        unit: "of 100",
        target: "≥ 95, 100, ≥ 95",
    },
];

impl Wait {
    fn row(&self, figures: &[Figure]) -> String {
        let value = |name: &&str| {
            let figure = figures.iter().find(|figure| figure.name == *name);
            // Scores are whole.
            let digits = usize::from(self.unit != "of 100");
            figure.map_or("–".to_owned(), |figure| format!("{:.digits$}", figure.value))
        };
        let values: Vec<String> = self.names.iter().map(value).collect();
        format!("| {} | {} {} | {} |", self.what, values.join(", "), self.unit, self.target)
    }
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
        let line = r#"{"name":"page.stage","value":900.04,"unit":"ms"}"#;
        let text = report(&bench::figures(line).expect("a figure"), "a machine");
        assert!(text.contains("| stage painted, likewise | 900.0 ms | ≤ 1,500 |"), "{text}");
        let line = r#"{"name":"lighthouse.mobile.performance","value":98,"unit":"of 100"}"#;
        let text = report(&bench::figures(line).expect("a figure"), "a machine");
        let row = "| Lighthouse, mobile: likewise | 98, –, – of 100 | ≥ 95, 100, ≥ 95 |";
        assert!(text.contains(row), "{text}");
    }
}
