//! What a first visit downloads, measured as a web server would send it: brotli at quality 11.

use std::path::{Path, PathBuf};

use crate::{
    setup,
    shell::{self, Outcome},
    split,
};

/// The most that a first visit may download, in bytes.
const BUDGET: u64 = 300 * 1000;

/// The most that a first visit and the editor may come to, in bytes.
const BUDGET_WITH_EDITOR: u64 = 550 * 1000;

/// Where the editor lies in `dist/`.
const EDITOR: &str = "editor/";

/// Where kubectl's texts lie in `dist/`.
const TEXTS: &str = "texts/";

/// When a file is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    FirstVisit,
    /// Once the first picture stands.
    Editor,
    /// When a person first reaches for something.
    Later,
    /// When the editor or the terminal first has the focus.
    Texts,
}

#[derive(Debug, PartialEq)]
struct File {
    name: String,
    raw: u64,
    brotli: u64,
}

impl File {
    fn part(&self) -> Part {
        if self.name.starts_with(EDITOR) {
            Part::Editor
        } else if self.name.ends_with(split::LATER_SUFFIX) {
            Part::Later
        } else if self.name.starts_with(TEXTS) {
            Part::Texts
        } else {
            Part::FirstVisit
        }
    }
}

/// `cargo xtask size`: prints the sizes and fails above the budget.
pub(crate) fn check() -> Outcome {
    check_dist_is_built()?;
    setup::ensure(&[&setup::NODE])?;
    let files = sizes(&dist())?;
    let total = size_of(&files, Part::FirstVisit);
    let editor = size_of(&files, Part::Editor);
    print!("{}", table(&files, total, editor));
    println!("{}", json(&files, total, editor));
    within("a first visit downloads", total, BUDGET)?;
    within("a first visit with the editor downloads", total + editor, BUDGET_WITH_EDITOR)
}

/// `cargo xtask size --of kubectl,manifest`: what these modules of the simulator add to the program,
/// as the last build left it.
pub(crate) fn share_of(modules: &str) -> Outcome {
    setup::ensure(&[&setup::NODE, &setup::NODE_PACKAGES])?;
    let names: Vec<&str> = modules.split(',').collect();
    let files = sizes(&split::share::write_parts(&names)?)?;
    print!("{}", share(modules, &files)?);
    Ok(())
}

/// The sizes of the files in a folder.
fn sizes(folder: &Path) -> Outcome<Vec<File>> {
    let mut node = shell::command_line("node xtask/node/brotli-sizes.mjs");
    parse(&shell::capture(node.arg(folder))?)
}

fn share(modules: &str, files: &[File]) -> Outcome<String> {
    let size = |name: &str| {
        let file = files.iter().find(|file| file.name == name);
        file.map(|file| file.brotli).ok_or_else(|| format!("{name} was not measured"))
    };
    let [whole, rest, whole_reached, rest_reached] = split::share::FILES.map(size);
    let (whole, rest) = (whole?, rest?);
    let (code, both) = (whole.saturating_sub(rest), whole_reached?.saturating_sub(rest_reached?));
    Ok(format!(
        "{:>10}  brotli\n{whole:>10}  the whole program\n{rest:>10}  without the code of {modules}\n\
         {code:>10}  code of {modules}\n{both:>10}  with the data that only it reaches\n",
        ""
    ))
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

fn within(what: &str, bytes: u64, budget: u64) -> Outcome {
    if bytes > budget {
        let surplus = bytes - budget;
        return Err(format!("{what} {bytes} bytes, {surplus} more than the budget of {budget}"));
    }
    Ok(())
}

fn size_of(files: &[File], part: Part) -> u64 {
    files.iter().filter(|file| file.part() == part).map(|file| file.brotli).sum()
}

fn table(files: &[File], total: u64, editor: u64) -> String {
    let lines: Vec<String> = files.iter().map(table_line).collect();
    let both = total + editor;
    format!(
        "{:>10} {:>10}  file\n{}\n{:>10} {total:>10}  first visit, of {BUDGET} allowed\n\
         {:>10} {both:>10}  with the editor, of {BUDGET_WITH_EDITOR} allowed\n",
        "raw",
        "brotli",
        lines.join("\n"),
        "",
        ""
    )
}

fn table_line(file: &File) -> String {
    let File { name, raw, brotli } = file;
    let note = match file.part() {
        Part::FirstVisit => "",
        Part::Editor => " (once the first picture stands)",
        Part::Later => " (when a person reaches for something)",
        Part::Texts => " (when a person goes to the editor or the terminal)",
    };
    format!("{raw:>10} {brotli:>10}  {name}{note}")
}

fn json(files: &[File], total: u64, editor: u64) -> String {
    let files: Vec<String> = files
        .iter()
        .map(|File { name, raw, brotli }| {
            format!(r#"{{"name":"{name}","raw":{raw},"brotli":{brotli}}}"#)
        })
        .collect();
    let files = files.join(",");
    format!(r#"{{"total":{total},"budget":{BUDGET},"editor":{editor},"files":[{files}]}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: &str = "400\t200\teditor/code-1.js\n120\t60\tindex.html\n9000\t3000\tapp_bg.wasm\n\
                         7000\t2000\tapp_later.wasm\n9\t9\ttexts/1/help.txt\n";

    #[test]
    fn every_file_counts_where_it_is_fetched() {
        let files = parse(SIZES).expect("five files");
        assert_eq!(size_of(&files, Part::FirstVisit), 3060);
        assert_eq!(size_of(&files, Part::Editor), 200);
        assert_eq!(
            json(&files[1..2], 3060, 200),
            format!(
                r#"{{"total":3060,"budget":{BUDGET},"editor":200,"files":[{}]}}"#,
                r#"{"name":"index.html","raw":120,"brotli":60}"#,
            )
        );
    }

    #[test]
    fn the_table_ends_with_the_budgets() {
        let files = parse(SIZES).expect("five files");
        assert_eq!(
            table(&files[1..3], 3060, 200),
            format!(
                "{}{}{}{:>21}  first visit, of {BUDGET} allowed\n{:>21}  with the editor, of \
                 {BUDGET_WITH_EDITOR} allowed\n",
                "       raw     brotli  file\n",
                "       120         60  index.html\n",
                "      9000       3000  app_bg.wasm\n",
                3060,
                3260
            )
        );
    }

    #[test]
    fn a_share_is_a_difference() {
        let sizes = "9\t500\twhole.wasm\n9\t300\trest.wasm\n9\t480\twhole-reached.wasm\n9\t270\trest-reached.wasm";
        let files = parse(sizes).expect("four files");
        let text = share("kubectl", &files).expect("all are there");
        assert!(
            text.contains("\n       200  code of kubectl\n       210  with the data"),
            "{text}"
        );
        assert!(share("kubectl", &files[1..]).is_err());
    }

    #[test]
    fn too_much_is_told_in_bytes() {
        assert_eq!(within("it has", 5, 5), Ok(()));
        assert_eq!(
            within("it has", 7, 5),
            Err("it has 7 bytes, 2 more than the budget of 5".to_owned())
        );
    }

    #[test]
    fn a_garbled_line_is_an_error() {
        let error = parse("index.html").expect_err("no numbers");
        assert_eq!(error, "not a size: `index.html`");
    }
}
