//! What a first visit downloads, measured as a web server would send it: brotli at quality 11.

use std::path::PathBuf;

use crate::{
    setup,
    shell::{self, Outcome},
    split,
};

/// The most that a first visit may download, in bytes.
const BUDGET: u64 = 300 * 1000;

/// How the names of files end that a first visit does not fetch; all others count against the
/// budget.
const LOADED_LATER: &[&str] = &[split::LATER_SUFFIX];

#[derive(Debug, PartialEq)]
struct File {
    name: String,
    raw: u64,
    brotli: u64,
}

/// `cargo xtask size`: prints the sizes and fails above the budget.
pub(crate) fn check() -> Outcome {
    check_dist_is_built()?;
    setup::ensure(&[&setup::NODE])?;
    let mut node = shell::command_line("node xtask/node/brotli-sizes.mjs");
    let files = parse(&shell::capture(node.arg(dist()))?)?;
    let total = first_visit(&files);
    print!("{}", table(&files, total));
    println!("{}", json(&files, total));
    if total > BUDGET {
        return Err(format!(
            "a first visit downloads {total} bytes, {} more than the budget of {BUDGET}",
            total - BUDGET
        ));
    }
    Ok(())
}

/// Fails with the way out when there is no page to look at.
pub(crate) fn check_dist_is_built() -> Outcome {
    if dist().join("index.html").exists() {
        Ok(())
    } else {
        Err("there is no page in dist/; build it first: cargo xtask build".to_owned())
    }
}

fn dist() -> PathBuf {
    shell::root().join("dist")
}

/// Lines of `raw bytes, brotli bytes, name`, separated by tabs.
fn parse(lines: &str) -> Outcome<Vec<File>> {
    lines
        .lines()
        .map(|line| parse_file(line).ok_or_else(|| format!("not a size: `{line}`")))
        .collect()
}

fn parse_file(line: &str) -> Option<File> {
    let mut fields = line.splitn(3, '\t');
    Some(File {
        raw: fields.next()?.parse().ok()?,
        brotli: fields.next()?.parse().ok()?,
        name: fields.next()?.to_owned(),
    })
}

fn first_visit(files: &[File]) -> u64 {
    files.iter().filter(|file| !is_loaded_later(file)).map(|file| file.brotli).sum()
}

fn is_loaded_later(file: &File) -> bool {
    LOADED_LATER.iter().any(|end| file.name.ends_with(end))
}

fn table(files: &[File], total: u64) -> String {
    let lines: Vec<String> = files.iter().map(table_line).collect();
    format!(
        "{:>10} {:>10}  file\n{}\n{:>10} {total:>10}  first visit, of {BUDGET} allowed\n",
        "raw",
        "brotli",
        lines.join("\n"),
        ""
    )
}

fn table_line(file: &File) -> String {
    let File { name, raw, brotli } = file;
    let note = if is_loaded_later(file) { " (when a person reaches for something)" } else { "" };
    format!("{raw:>10} {brotli:>10}  {name}{note}")
}

fn json(files: &[File], total: u64) -> String {
    let files: Vec<String> = files
        .iter()
        .map(|File { name, raw, brotli }| {
            format!(r#"{{"name":"{name}","raw":{raw},"brotli":{brotli}}}"#)
        })
        .collect();
    let files = files.join(",");
    format!(r#"{{"total":{total},"budget":{BUDGET},"files":[{files}]}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: &str = "120\t60\tindex.html\n9000\t3000\tapp_bg.wasm\n";

    #[test]
    fn the_total_is_the_sum_of_the_compressed_files() {
        let files = parse(SIZES).expect("two files");
        assert_eq!(first_visit(&files), 3060);
        assert_eq!(
            json(&files, 3060),
            format!(
                r#"{{"total":3060,"budget":{BUDGET},"files":[{},{}]}}"#,
                r#"{"name":"index.html","raw":120,"brotli":60}"#,
                r#"{"name":"app_bg.wasm","raw":9000,"brotli":3000}"#
            )
        );
    }

    #[test]
    fn the_table_ends_with_the_budget() {
        let files = parse(SIZES).expect("two files");
        assert_eq!(
            table(&files, 3060),
            format!(
                "{}{}{}{:>21}  first visit, of {BUDGET} allowed\n",
                "       raw     brotli  file\n",
                "       120         60  index.html\n",
                "      9000       3000  app_bg.wasm\n",
                3060
            )
        );
    }

    #[test]
    fn a_garbled_line_is_an_error() {
        let error = parse("index.html").expect_err("no numbers");
        assert_eq!(error, "not a size: `index.html`");
    }
}
