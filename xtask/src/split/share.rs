//! What some modules of the simulator add to the program: the program as it is, and without them.
//!
//! Their functions lose their bodies, and the optimizer drops what nothing calls any more: standard
//! library code made for them alone goes with them. Data stays as long as a function that is left can
//! reach it (see [`super::data`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use wasm_encoder::{CodeSection, CustomSection, DataSection, SectionId};
use wasmparser::{KnownCustom, Name, Parser, Payload};

use super::emit::copy;
use super::module::{Module, unreadable};
use super::{MAP, at, data, read, write};
use crate::shell::{self, Outcome};

/// The program as cargo leaves it, with the names of its functions.
const PROGRAM: &str = "wasm32-unknown-unknown/release/rollscope-app.wasm";
/// The custom sections that the optimizer is given: names put functions in order.
const KEPT: [&str; 2] = ["name", "target_features"];
/// What a function's name has in it when it is of the simulator.
const SIMULATOR: &str = "13rollscope_sim";
/// A body without variables: `unreachable`, `end`.
const NOTHING: [u8; 3] = [0, 0x00, 0x0b];
/// Where the page says how its program is optimized.
const OPTIMIZED: &str = "data-wasm-opt-params=\"";

/// The files that are written: the program and the rest of it, each also with the data alone that its
/// functions reach.
pub(crate) const FILES: [&str; 4] =
    ["whole.wasm", "rest.wasm", "whole-reached.wasm", "rest-reached.wasm"];

/// Writes [`FILES`] for the rest that is left without these modules of the simulator; gives the folder
/// they are in.
pub(crate) fn write_parts(modules: &[&str]) -> Outcome<PathBuf> {
    let target = shell::target_dir();
    let program = target.join(PROGRAM);
    let bytes = fs::read(&program)
        .map_err(|error| format!("{}; build it first: cargo xtask build", at(&program, &error)))?;
    let marks: Vec<String> =
        modules.iter().map(|name| format!("{SIMULATOR}{}{name}", name.len())).collect();
    let rest = without(&bytes, |name| marks.iter().any(|mark| name.contains(mark.as_str())))?;
    let map = read(&target.join(MAP))
        .map_err(|error| format!("{error}; build it first: cargo xtask build"))?;
    let folder = target.join("parts");
    fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
    let whole = without(&bytes, |_| false)?;
    for (bytes, files) in [whole, rest].iter().zip(FILES[..2].iter().zip(&FILES[2..])) {
        let [plain, reached] = [files.0, files.1].map(|file| folder.join(file));
        let bytes = optimized(bytes, &plain)?;
        write(&reached, &with_reached_data(&bytes, &map)?)?;
    }
    Ok(folder)
}

/// The module without the bodies of functions whose names are `cut`.
fn without(bytes: &[u8], cut: impl Fn(&str) -> bool) -> Outcome<Vec<u8>> {
    let module = Module::read(bytes)?;
    let custom = custom(bytes)?;
    let mut code = CodeSection::new();
    for (function, body) in module.defined() {
        let goes = custom.names.get(&function).is_some_and(|name| cut(name));
        code.raw(if goes { &NOTHING } else { body.as_bytes() });
    }
    let mut out = with(&module, Some(code), None);
    for (name, data) in custom.sections {
        out.section(&CustomSection { name: name.into(), data: data.into() });
    }
    Ok(out.finish())
}

/// What the optimizer reads beside the module proper.
struct Custom<'a> {
    sections: Vec<(&'a str, &'a [u8])>,
    /// The names of functions.
    names: BTreeMap<u32, &'a str>,
}

fn custom(bytes: &[u8]) -> Outcome<Custom<'_>> {
    let mut custom = Custom { sections: Vec::new(), names: BTreeMap::new() };
    for payload in Parser::new(0).parse_all(bytes) {
        let Payload::CustomSection(section) = payload.map_err(unreadable)? else { continue };
        if KEPT.contains(&section.name()) {
            custom.sections.push((section.name(), section.data()));
        }
        let KnownCustom::Name(subsections) = section.as_known() else { continue };
        for subsection in subsections {
            let Name::Function(functions) = subsection.map_err(unreadable)? else { continue };
            for naming in functions {
                let naming = naming.map_err(unreadable)?;
                custom.names.insert(naming.index, naming.name);
            }
        }
    }
    if custom.names.is_empty() {
        return Err("the program has no names of functions".to_owned());
    }
    Ok(custom)
}

/// The module with other code or data.
fn with(
    module: &Module<'_>,
    code: Option<CodeSection>,
    data: Option<&DataSection>,
) -> wasm_encoder::Module {
    let mut out = wasm_encoder::Module::new();
    for id in [
        SectionId::Type,
        SectionId::Import,
        SectionId::Function,
        SectionId::Table,
        SectionId::Memory,
        SectionId::Global,
        SectionId::Export,
        SectionId::Element,
    ] {
        copy(module, id, &mut out);
    }
    match code {
        Some(code) => {
            out.section(&code);
        }
        None => copy(module, SectionId::Code, &mut out),
    }
    match data {
        Some(data) => {
            out.section(data);
        }
        None => copy(module, SectionId::Data, &mut out),
    }
    out
}

/// Optimizes a module as the page's build does, into a file, without what a browser does not read.
fn optimized(bytes: &[u8], into: &Path) -> Outcome<Vec<u8>> {
    let page = read(&shell::root().join("index.html"))?;
    let words = page.split_once(OPTIMIZED).and_then(|(_, rest)| rest.split_once('"'));
    let (words, _) = words.ok_or("index.html does not say how the program is optimized")?;
    write(into, bytes)?;
    shell::run(
        shell::command_line(&format!("wasm-opt -Oz {words}")).arg(into).arg("-o").arg(into),
    )?;
    let bytes = fs::read(into).map_err(|error| at(into, &error))?;
    let bytes = with(&Module::read(&bytes)?, None, None).finish();
    write(into, &bytes)?;
    Ok(bytes)
}

fn with_reached_data(bytes: &[u8], map: &str) -> Outcome<Vec<u8>> {
    let module = Module::read(bytes)?;
    let all: BTreeSet<u32> = module.defined().map(|(function, _)| function).collect();
    let [reached, _] = data::divide(&module, &all, map)?;
    Ok(with(&module, None, Some(&reached)).finish())
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{Function, FunctionSection, Instruction, NameMap, NameSection, TypeSection};

    use super::*;

    #[test]
    fn functions_of_these_names_lose_their_bodies() {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        functions.function(0).function(0);
        let mut code = CodeSection::new();
        for _ in 0..2 {
            let mut function = Function::new([]);
            function.instruction(&Instruction::Nop).instruction(&Instruction::End);
            code.function(&function);
        }
        let (mut map, mut names) = (NameMap::new(), NameSection::new());
        map.append(0, "one");
        map.append(1, "other");
        names.functions(&map);
        let mut module = wasm_encoder::Module::new();
        module.section(&types).section(&functions).section(&code).section(&names);
        let bytes = module.finish();

        let rest = without(&bytes, |name| name == "other").expect("it has names");
        let rest = Module::read(&rest).expect("it is whole");
        let bodies: Vec<&[u8]> =
            rest.bodies.iter().map(wasmparser::FunctionBody::as_bytes).collect();
        assert_eq!(bodies, [&[0, 0x01, 0x0b], &NOTHING]);
    }
}
