//! `cargo xtask bench`: the same benchmarks natively and as wasm under Node.js, and their report.
//!
//! What is measured lives in `sim/examples/bench.rs`. As a program it prints one JSON line per
//! figure, `{"name":…,"value":…,"unit":…}`; as a wasm module it exports `list()`, `prepare(name)` and
//! `run(name)`, and `xtask/node/bench.mjs` does the timing, since wasm has no clock of its own.

use std::fs;

use crate::{
    page_bench, setup,
    shell::{self, Outcome},
};

pub(crate) const REPORT: &str = "docs/benchmarks.md";

/// What the project promises: name of the figure, and its bound in words.
const TARGETS: &[(&str, &str)] = &[
    ("roll_100", "wasm ≤ 15 ms"),
    ("roll_1000", "wasm ≤ 200 ms"),
    ("roll_10000", "wasm ≤ 5000 ms"),
    ("roll_10000.memory", "≤ 300 MB"),
    (GROWTH, "wasm ≤ 1.3"),
    ("agenda_1000_pods.rate", "native ≥ 5, wasm ≥ 4"),
    ("history_at_100", "wasm ≤ 16 ms"),
    ("history_at_100_mid_rollout", "wasm ≤ 16 ms"),
    ("requests_1000_rps", "wasm ≤ 300 ms"),
    ("requests_10000_rps", "wasm ≤ 3000 ms"),
    ("crash_loop_24_h", "≤ 200 ms"),
    ("diagnose_1000_lines", "wasm ≤ 5 ms"),
    ("get_pods_1000", "wasm ≤ 5 ms"),
    ("describe_deployment", "wasm ≤ 2 ms"),
    ("describe_pod", "wasm ≤ 2 ms"),
];

/// The exponent by which the time grows with the replicas, from a thousand to ten thousand.
const GROWTH: &str = "roll_1000_to_10000.growth";

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
    unit: String,
}

/// One line of the report: a figure where it was measured.
#[derive(Debug, PartialEq)]
struct Row {
    name: String,
    unit: String,
    native: Option<f64>,
    wasm: Option<f64>,
}

pub(crate) fn run() -> Outcome {
    setup::ensure(&[&setup::WASM_TARGET, &setup::WASM_BINDGEN, &setup::NODE])?;
    let native = figures(&run_native()?)?;
    let wasm = figures(&run_wasm()?)?;
    let mut rows = rows(&native, &wasm);
    rows.extend(growth(&rows));
    for row in &rows {
        println!("{}", json(row));
    }
    write_report(&report(&rows, &machine()))
}

fn run_native() -> Outcome<String> {
    shell::capture(&mut shell::command_line(
        "cargo run --quiet --profile bench-native --locked -p rollscope-sim --example bench",
    ))
}

fn run_wasm() -> Outcome<String> {
    shell::run(&mut shell::command_line(
        "cargo build --quiet --release --locked -p rollscope-sim --example bench --target wasm32-unknown-unknown",
    ))?;
    let target = shell::target_dir();
    let module = target.join("wasm32-unknown-unknown/release/examples/bench.wasm");
    let folder = target.join("bench-wasm");
    let mut bindgen = shell::command_line("wasm-bindgen --target nodejs --no-typescript --out-dir");
    shell::run(bindgen.arg(&folder).arg(module))?;
    let mut node = shell::command_line("node xtask/node/bench.mjs");
    shell::capture(node.arg(folder.join("bench.js")))
}

/// Reads the JSON lines of a run. A form this small, made by us, needs no parser of JSON.
pub(crate) fn figures(lines: &str) -> Outcome<Vec<Figure>> {
    lines
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| figure(line).ok_or_else(|| format!("not a figure: `{line}`")))
        .collect()
}

fn figure(line: &str) -> Option<Figure> {
    Some(Figure {
        name: text_field(line, "name")?,
        value: field(line, "value")?.parse().ok()?,
        unit: text_field(line, "unit")?,
    })
}

fn text_field(line: &str, key: &str) -> Option<String> {
    let quoted = field(line, key)?;
    Some(quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

/// The text between `"key":` and the next comma or the closing brace.
fn field<'line>(line: &'line str, key: &str) -> Option<&'line str> {
    let (_, rest) = line.split_once(&format!("\"{key}\":"))?;
    rest.split([',', '}']).next().map(str::trim)
}

/// Native figures in their order, then those that only wasm has.
fn rows(native: &[Figure], wasm: &[Figure]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for figure in native.iter().chain(wasm) {
        if !rows.iter().any(|row| row.name == figure.name) {
            rows.push(Row {
                name: figure.name.clone(),
                unit: figure.unit.clone(),
                native: value_of(native, &figure.name),
                wasm: value_of(wasm, &figure.name),
            });
        }
    }
    rows
}

fn value_of(figures: &[Figure], name: &str) -> Option<f64> {
    let figure = figures.iter().find(|figure| figure.name == name)?;
    Some(figure.value)
}

fn growth(rows: &[Row]) -> Option<Row> {
    let of = |name: &str| rows.iter().find(|row| row.name == name);
    let (few, many) = (of("roll_1000")?, of("roll_10000")?);
    let exponent = |few: Option<f64>, many: Option<f64>| Some((many? / few?).log10());
    Some(Row {
        name: GROWTH.to_owned(),
        unit: "exponent".to_owned(),
        native: exponent(few.native, many.native),
        wasm: exponent(few.wasm, many.wasm),
    })
}

fn json(row: &Row) -> String {
    let or_null = |value: Option<f64>| value.map_or("null".to_owned(), |value| value.to_string());
    let Row { name, unit, .. } = row;
    let (native, wasm) = (or_null(row.native), or_null(row.wasm));
    format!(r#"{{"name":"{name}","native":{native},"wasm":{wasm},"unit":"{unit}"}}"#)
}

fn report(rows: &[Row], machine: &str) -> String {
    let lines: Vec<String> = rows.iter().map(report_line).collect();
    format!(
        "# Benchmarks\n\n\
         Written by `cargo xtask bench`. Times are the best of five runs; `.memory` is the size\n\
         of the wasm memory after them.\n\n\
         Measured on: {machine}\n\n\
         | name | native | wasm | unit | target |\n\
         | --- | ---: | ---: | --- | --- |\n\
         {}\n",
        lines.join("\n")
    )
}

fn report_line(row: &Row) -> String {
    let (native, wasm) = (cell(row.native), cell(row.wasm));
    let Row { name, unit, .. } = row;
    format!("| {name} | {native} | {wasm} | {unit} | {} |", target(name))
}

/// Three decimals for small figures, none for large ones.
fn cell(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value.fract() == 0.0 || value.abs() >= 1000.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.3}"),
    }
}

fn target(name: &str) -> &'static str {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    target.map_or("", |(_, bound)| bound)
}

pub(crate) fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let version = |line| shell::first_line(line).unwrap_or_else(|| "unknown".to_owned());
    format!(
        "{}, {} cores; {}; Node.js {}",
        cpu_model(&cpu),
        std::thread::available_parallelism().map_or(1, usize::from),
        version("rustc --version"),
        version("node --version"),
    )
}

fn cpu_model(cpuinfo: &str) -> &str {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| line.split_once(':'))
        .map_or("unknown processor", |(_, model)| model.trim())
}

/// What another task wrote below our own table stays.
fn write_report(text: &str) -> Outcome {
    let kept = fs::read_to_string(shell::root().join(REPORT)).unwrap_or_default();
    let kept = kept.find(page_bench::HEAD).map(|at| kept[at..].to_owned());
    write(&(text.to_owned() + &kept.unwrap_or_default()))
}

/// Writes the file of figures.
pub(crate) fn write(text: &str) -> Outcome {
    let path = shell::root().join(REPORT);
    let folder = path.parent().unwrap_or(&path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, text))
        .map_err(|error| format!("cannot write {REPORT}: {error}"))?;
    println!("wrote {REPORT}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NATIVE: &str = r#"{"name":"rollout","value":1.5,"unit":"ms"}"#;
    const WASM: &str = r#"{"name":"rollout","value":2.25,"unit":"ms"}
{"name": "rollout.memory", "value": 1114112, "unit": "bytes"}
"#;

    fn sample() -> Vec<Row> {
        let native = figures(NATIVE).expect("one figure");
        rows(&native, &figures(WASM).expect("two figures"))
    }

    #[test]
    fn native_and_wasm_figures_meet_by_name() {
        let lines: Vec<String> = sample().iter().map(json).collect();
        assert_eq!(
            lines,
            [
                r#"{"name":"rollout","native":1.5,"wasm":2.25,"unit":"ms"}"#,
                r#"{"name":"rollout.memory","native":null,"wasm":1114112,"unit":"bytes"}"#,
            ]
        );
    }

    #[test]
    fn the_report_is_a_table_with_the_machine_above() {
        let text = report(&sample(), "a machine");
        assert!(text.contains("Measured on: a machine\n"));
        assert!(text.contains("| rollout | 1.500 | 2.250 | ms |  |\n"));
        assert!(text.ends_with("| rollout.memory | – | 1114112 | bytes |  |\n"));
    }

    #[test]
    fn the_growth_is_an_exponent() {
        let row = |name: &str, native: f64| Row {
            name: name.to_owned(),
            unit: "ms".to_owned(),
            native: Some(native),
            wasm: None,
        };
        let grown = growth(&[row("roll_1000", 3.0), row("roll_10000", 30.0)]);
        let line = grown.map(|row| report_line(&row));
        let expected = "| roll_1000_to_10000.growth | 1 | – | exponent | wasm ≤ 1.3 |";
        assert_eq!(line.as_deref(), Some(expected));
        assert_eq!(growth(&[]), None);
    }

    #[test]
    fn a_line_without_a_value_is_an_error() {
        let error = figures(r#"{"name":"rollout","value":null,"unit":"ms"}"#);
        assert!(error.is_err());
    }

    #[test]
    fn the_processor_is_named_once() {
        let cpuinfo = "processor\t: 0\nmodel name\t: Fast One\nmodel name\t: Fast One\n";
        assert_eq!(cpu_model(cpuinfo), "Fast One");
        assert_eq!(cpu_model(""), "unknown processor");
    }
}
