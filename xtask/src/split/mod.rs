//! Splits the built page's program in two: what a first visit runs, and what can come later.
//!
//! `xtask/first-visit.txt` names the functions of a first visit; `cargo xtask first-visit` writes
//! it from a visit in a browser. A function that is missing there costs a pause, never a fault:
//! the first module asks for the later one when it calls what it does not have (see [`emit`] and
//! `app/later.js`).

mod data;
mod emit;
mod instrument;
mod module;
mod names;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::{self, Outcome};
use crate::{page, setup};
use module::Module;

/// The names of the functions that a first visit runs, a line each.
const FIRST_VISIT: &str = "xtask/first-visit.txt";
/// Texts in the program that no function of a first visit reads.
const LATER_TEXTS: &[&str] =
    &["sim/src/kubectl/explain.txt", "sim/src/kubectl/help.txt", "sim/src/kubectl/resources.txt"];
/// Where wasm-bindgen's script hands over what the module imports.
const IMPORTS_END: &str = "        \"./rollscope-app_bg.js\": import0,\n";
/// How the file of the later module ends.
pub(crate) const LATER_SUFFIX: &str = "_later.wasm";

/// Splits the program in `dist/`.
pub(crate) fn split_page() -> Outcome {
    let wasm = file_ending("_bg.wasm")?;
    let script = file_ending(".js")?;
    let bytes = fs::read(&wasm).map_err(|error| at(&wasm, &error))?;
    let list = shell::root().join(FIRST_VISIT);
    let list = fs::read_to_string(&list).map_err(|error| at(&list, &error))?;
    let first_visit: BTreeSet<&str> = list.lines().collect();

    let module = Module::read(&bytes)?;
    // What the tools made has no name, and is small.
    let stays = |function| {
        let name = module.name(function);
        name.is_empty() || first_visit.contains(name.as_str())
    };
    let text = |file: &&str| {
        let path = shell::root().join(file);
        fs::read(&path).map_err(|error| at(&path, &error))
    };
    let texts = LATER_TEXTS.iter().map(text).collect::<Outcome<Vec<Vec<u8>>>>()?;
    let [first, later] = emit::split(&module, stays, &texts)?;

    let name = name_of(&wasm)?.replace("_bg.wasm", LATER_SUFFIX);
    write(&wasm.with_file_name(&name), &later)?;
    write(&wasm, &first)?;
    write(&script, with_later(&read(&script)?, &name)?.as_bytes())
}

/// wasm-bindgen's script, with the part that brings the later module.
fn with_later(script: &str, later: &str) -> Outcome<String> {
    let glue = read(&shell::root().join("app/later.js"))?.replace("__LATER__", later);
    let (module, name) = emit::ASK;
    let import = format!("{IMPORTS_END}        {module}: {{ {name}: laterLoad }},\n");
    if script.matches(IMPORTS_END).count() != 1 {
        return Err("wasm-bindgen's script has no place for an import".to_owned());
    }
    Ok(script.replace(IMPORTS_END, &import) + "\n" + &glue)
}

/// `cargo xtask first-visit`: pays the page a visit and notes which functions run.
pub(crate) fn record_first_visit() -> Outcome {
    setup::ensure(page::NEEDS)?;
    setup::ensure(&[&setup::CHROMIUM])?;
    page::build_whole()?;
    let wasm = file_ending("_bg.wasm")?;
    let bytes = fs::read(&wasm).map_err(|error| at(&wasm, &error))?;
    let module = Module::read(&bytes)?;
    let (instrumented, notes) = instrument::instrument(&module)?;
    write(&wasm, &instrumented)?;
    let mut visit = shell::command_line("node xtask/node/first-visit.mjs");
    visit.arg(dist()).arg(notes.to_string()).arg(module.bodies.len().to_string());
    let called = shell::capture(&mut visit)?;
    let called: BTreeSet<u32> =
        called.split_whitespace().filter_map(|it| it.parse().ok()).collect();
    let names: BTreeSet<String> = module
        .defined()
        .zip(0..)
        .filter(|(_, number)| called.contains(number))
        .map(|((function, _), _)| module.name(function))
        .filter(|name| !name.is_empty())
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    write(&shell::root().join(FIRST_VISIT), (names.join("\n") + "\n").as_bytes())?;
    println!("{} of {} functions run in a first visit", called.len(), module.bodies.len());
    page::build_release()
}

fn dist() -> PathBuf {
    shell::root().join("dist")
}

/// The one file in `dist/` whose name ends so.
fn file_ending(end: &str) -> Outcome<PathBuf> {
    let files = fs::read_dir(dist()).map_err(|error| at(&dist(), &error))?;
    let mut found: Vec<PathBuf> = files
        .filter_map(|file| file.ok().map(|file| file.path()))
        .filter(|path| path.to_string_lossy().ends_with(end))
        .collect();
    match (found.pop(), found.is_empty()) {
        (Some(path), true) => Ok(path),
        _ => Err(format!("dist/ should have one file *{end}")),
    }
}

fn name_of(path: &Path) -> Outcome<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned).ok_or_else(|| format!("{} has no name", path.display()))
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| at(path, &error))
}

fn write(path: &Path, bytes: &[u8]) -> Outcome {
    fs::write(path, bytes).map_err(|error| at(path, &error))
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
