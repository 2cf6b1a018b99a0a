//! Splits the built page's program in two: what a first visit runs, and what can come later.
//!
//! Each build pays its own page a visit, in a browser, and notes which functions run until the first
//! picture stands. A list from an earlier build would not do: what the compiler inlines and merges
//! differs from one machine to the next. A function that the visit missed costs a pause, never a
//! fault: the first module asks for the later one when it calls what it does not have (see [`emit`]
//! and `app/later.js`).

mod data;
mod emit;
mod instrument;
mod map;
mod module;
pub(crate) mod share;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::setup;
use crate::shell::{self, Outcome};
use module::Module;

/// Where the linker writes its map of the program (see `app/build.rs`).
const MAP: &str = "wasm32-unknown-unknown/release/rollscope-app.map";
/// Where wasm-bindgen's script hands over what the module imports.
const IMPORTS_END: &str = "        \"./rollscope-app_bg.js\": import0,\n";
/// How the file of the later module ends.
pub(crate) const LATER_SUFFIX: &str = "_later.wasm";

/// Splits the program in `dist/`.
pub(crate) fn split_page() -> Outcome {
    let wasm = file_ending("_bg.wasm")?;
    let script = file_ending(".js")?;
    let bytes = fs::read(&wasm).map_err(|error| at(&wasm, &error))?;
    let module = Module::read(&bytes)?;
    let called = functions_of_a_visit(&module, &wasm)?;
    println!("{} of {} functions run in a first visit", called.len(), module.bodies.len());
    let map = read(&shell::target_dir().join(MAP))?;
    let [first, later] = emit::split(&module, &called, &map)?;

    let name = name_of(&wasm)?.replace("_bg.wasm", LATER_SUFFIX);
    write(&wasm.with_file_name(&name), &later)?;
    write(&wasm, &first)?;
    let names = emit::imported_names(&module);
    write(&script, with_names(with_later(&read(&script)?, &name)?, &names)?.as_bytes())?;
    let mut minify = shell::command_line("node xtask/node/minify.mjs");
    shell::run(minify.arg(&script).args(files_ending(".css")?))
}

/// The script with the first module's short names of what it imports.
fn with_names(mut script: String, names: &[(&str, String)]) -> Outcome<String> {
    for (long, short) in names {
        // Each is a method of one object: `        NAME: function(…` or `        NAME: …`.
        let method = format!("        {long}: ");
        if script.matches(&method).count() != 1 {
            return Err(format!("wasm-bindgen's script has no {long}"));
        }
        script = script.replace(&method, &format!("        {short}: "));
    }
    Ok(script)
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

/// The functions that run when the page is opened: puts a program that notes them into its place in
/// `dist/`, and opens it.
fn functions_of_a_visit(module: &Module<'_>, wasm: &Path) -> Outcome<BTreeSet<u32>> {
    let (instrumented, notes) = instrument::instrument(module)?;
    write(wasm, &instrumented)?;
    let mut visit = shell::command_line("node xtask/node/first-visit.mjs");
    visit.arg(dist()).arg(notes.to_string()).arg(module.bodies.len().to_string());
    let called = shell::capture(visit.env("CHROMIUM", setup::chromium()))?;
    let called: BTreeSet<u32> =
        called.split_whitespace().filter_map(|it| it.parse().ok()).collect();
    if called.is_empty() {
        return Err("the visit of the page noted no function that ran".to_owned());
    }
    let run = module.defined().zip(0..).filter(|(_, number)| called.contains(number));
    Ok(run.map(|((function, _), _)| function).collect())
}

fn dist() -> PathBuf {
    shell::root().join("dist")
}

/// The files in `dist/` whose names end so.
fn files_ending(end: &str) -> Outcome<Vec<PathBuf>> {
    let files = fs::read_dir(dist()).map_err(|error| at(&dist(), &error))?;
    let paths = files.filter_map(|file| file.ok().map(|file| file.path()));
    Ok(paths.filter(|path| path.to_string_lossy().ends_with(end)).collect())
}

/// The one file in `dist/` whose name ends so.
fn file_ending(end: &str) -> Outcome<PathBuf> {
    let mut found = files_ending(end)?;
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
