//! Writing the modules that a split ends with.
//!
//! The first module keeps the functions of a first visit. In the function table stands a stub for
//! every other function that something calls: it asks JavaScript for the later module and calls the
//! same slot again. The later module shares the first one's memory, table and globals, and fills
//! the slots with its functions when it is made; it also brings the data that nothing else reads.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, ImportSection, Instruction, RawSection, SectionId,
    TableSection,
};
use wasmparser::{FunctionBody, Operator};

use super::data;
use super::module::{Module, count, unreadable};
use crate::shell::Outcome;

/// The module name under which the later module imports what the first one has.
const FIRST: &str = "first";
/// The function by which the first module asks for the later one: module and name.
pub(super) const ASK: (&str, &str) = ("later", "load");

/// Which function goes where.
struct Plan {
    /// Functions of the later module, by their old index.
    later: BTreeSet<u32>,
    /// The slots of the function table that the later module fills, and with what.
    slots: Vec<(u32, u32)>,
    /// The slot through which each later function is called from the first module.
    slot_of: BTreeMap<u32, u32>,
    /// Functions that the later module calls in the first one.
    shared: BTreeSet<u32>,
    /// The size of the function table.
    table_size: u64,
}

/// Splits a module: the functions that `stay` stay in the first one, with all data that they reach.
pub(super) fn split(
    module: &Module<'_>,
    stay: &BTreeSet<u32>,
    link_map: &str,
) -> Outcome<[Vec<u8>; 2]> {
    let plan = plan(module, stay)?;
    let kept = module.defined().map(|(function, _)| function);
    let kept = kept.filter(|function| !plan.later.contains(function)).collect();
    let [data, later_data] = data::divide(module, &kept, link_map)?;
    Ok([first(module, &plan, &data)?, later(module, &plan, &later_data)?])
}

/// What the first module calls what it imports, and what it was called before.
pub(super) fn imported_names<'a>(module: &Module<'a>) -> Vec<(&'a str, String)> {
    let functions =
        module.imports.iter().filter(|it| matches!(it.ty, wasmparser::TypeRef::Func(_)));
    (0..).zip(functions).map(|(number, import)| (import.name, short_name(number))).collect()
}

fn short_name(number: u32) -> String {
    format!("${number}")
}

fn plan(module: &Module<'_>, stay: &BTreeSet<u32>) -> Outcome<Plan> {
    let exported: BTreeSet<u32> = module.exported().collect();
    let moves = |function: &u32| !exported.contains(function) && !stay.contains(function);
    let later: BTreeSet<u32> =
        module.defined().map(|(function, _)| function).filter(moves).collect();
    let (mut called, mut shared) = (BTreeSet::new(), BTreeSet::new());
    for (function, body) in module.defined() {
        let from_later = later.contains(&function);
        for callee in callees(body)? {
            match (from_later, later.contains(&callee)) {
                (false, true) => called.insert(callee),
                (true, false) => shared.insert(callee),
                _ => false,
            };
        }
    }
    let mut slots: Vec<(u32, u32)> =
        module.slots.iter().copied().filter(|(_, function)| later.contains(function)).collect();
    let mut slot_of: BTreeMap<u32, u32> =
        slots.iter().map(|&(slot, function)| (function, slot)).collect();
    let mut table_size = module.tables[module.function_table()? as usize].initial;
    for function in called {
        if let Entry::Vacant(entry) = slot_of.entry(function) {
            let slot = *entry.insert(u32::try_from(table_size).map_err(unreadable)?);
            slots.push((slot, function));
            table_size += 1;
        }
    }
    Ok(Plan { later, slots, slot_of, shared, table_size })
}

fn callees(body: &FunctionBody<'_>) -> Outcome<BTreeSet<u32>> {
    let mut callees = BTreeSet::new();
    for operator in body.get_operators_reader().map_err(unreadable)? {
        match operator.map_err(unreadable)? {
            Operator::Call { function_index } => {
                callees.insert(function_index);
            }
            Operator::RefFunc { .. } | Operator::ReturnCall { .. } => {
                return Err("the module takes references of functions or has tail calls".to_owned());
            }
            _ => {}
        }
    }
    Ok(callees)
}

fn first(module: &Module<'_>, plan: &Plan, data: &DataSection) -> Outcome<Vec<u8>> {
    let table = module.function_table()?;
    let ask_type = module
        .types
        .iter()
        .position(|type_| type_.params().is_empty() && type_.results().is_empty())
        .ok_or("the module has no function without parameters")?;
    // Kept functions move up by the one import that is new; stubs come after them.
    let kept: Vec<(u32, &FunctionBody<'_>)> =
        module.defined().filter(|(function, _)| !plan.later.contains(function)).collect();
    let ask = module.imported_functions;
    let mut places: BTreeMap<u32, u32> = (0..ask).map(|function| (function, function)).collect();
    for (place, (function, _)) in (ask + 1..).zip(&kept) {
        places.insert(*function, place);
    }
    let first_stub = ask + 1 + count(kept.len());
    let stub_of = |slot: u32| plan.slots.iter().position(|(other, _)| *other == slot).map(count);

    let mut out = wasm_encoder::Module::new();
    copy(module, SectionId::Type, &mut out);
    let mut imports = ImportSection::new();
    for import in &module.imports {
        let wasmparser::TypeRef::Func(type_) = import.ty else { continue };
        let name = short_name(imports.len());
        imports.import(import.module, &name, EntityType::Function(type_));
    }
    imports.import(ASK.0, ASK.1, EntityType::Function(count(ask_type)));
    out.section(&imports);

    let mut functions = FunctionSection::new();
    for (function, _) in &kept {
        functions.function(module.function_types[*function as usize]);
    }
    for (_, function) in &plan.slots {
        functions.function(module.function_types[*function as usize]);
    }
    out.section(&functions);

    let mut tables = TableSection::new();
    for type_ in table_types(module, plan)? {
        tables.table(type_);
    }
    out.section(&tables);
    copy(module, SectionId::Memory, &mut out);
    copy(module, SectionId::Global, &mut out);

    let mut exports = ExportSection::new();
    for export in &module.exports {
        let kind = reencode::RoundtripReencoder.export_kind(export.kind).map_err(unreadable)?;
        let place = if kind == ExportKind::Func { places[&export.index] } else { export.index };
        exports.export(export.name, kind, place);
    }
    for (table, _) in (0..).zip(&module.tables) {
        exports.export(&table_name(table), ExportKind::Table, table);
    }
    for (global, _) in (0..).zip(&module.globals) {
        exports.export(&global_name(global), ExportKind::Global, global);
    }
    for (number, function) in (0..).zip(&plan.shared) {
        exports.export(&shared_name(number), ExportKind::Func, places[function]);
    }
    out.section(&exports);

    let mut filled: BTreeMap<u32, u32> = BTreeMap::new();
    for (slot, function) in &module.slots {
        let place = places.get(function).copied();
        let stub = || stub_of(*slot).map(|stub| first_stub + stub);
        filled.extend(place.or_else(stub).map(|place| (*slot, place)));
    }
    for (stub, (slot, _)) in (0..).zip(&plan.slots) {
        filled.insert(*slot, first_stub + stub);
    }
    out.section(&elements(table, &filled));

    let mut code = CodeSection::new();
    let calls = Calls { places, plan, types: &module.function_types, table };
    for (_, body) in &kept {
        code.function(&calls.rewritten(body)?);
    }
    for (slot, function) in &plan.slots {
        let type_ = module.function_types[*function as usize];
        let mut stub = Function::new([]);
        stub.instruction(&Instruction::Call(ask));
        for parameter in 0..count(module.types[type_ as usize].params().len()) {
            stub.instruction(&Instruction::LocalGet(parameter));
        }
        call_slot(&mut stub, *slot, type_, table);
        stub.instruction(&Instruction::End);
        code.function(&stub);
    }
    out.section(&code);
    out.section(data);
    Ok(out.finish())
}

fn later(module: &Module<'_>, plan: &Plan, data: &DataSection) -> Outcome<Vec<u8>> {
    let table = module.function_table()?;
    let mut out = wasm_encoder::Module::new();
    copy(module, SectionId::Type, &mut out);

    let mut imports = ImportSection::new();
    let mut roundtrip = reencode::RoundtripReencoder;
    let memory = module.memories.first().ok_or("the module has no memory")?;
    imports.import(
        FIRST,
        memory_name(module)?,
        roundtrip.memory_type(*memory).map_err(unreadable)?,
    );
    for (index, type_) in (0..).zip(table_types(module, plan)?) {
        imports.import(FIRST, &table_name(index), type_);
    }
    for (global, type_) in (0..).zip(&module.globals) {
        let type_ = roundtrip.global_type(*type_).map_err(unreadable)?;
        imports.import(FIRST, &global_name(global), type_);
    }
    let mut places = BTreeMap::new();
    for (number, function) in (0..).zip(&plan.shared) {
        let type_ = module.function_types[*function as usize];
        imports.import(FIRST, &shared_name(number), EntityType::Function(type_));
        places.insert(*function, number);
    }
    out.section(&imports);

    let mut functions = FunctionSection::new();
    for (place, function) in (count(plan.shared.len())..).zip(&plan.later) {
        functions.function(module.function_types[*function as usize]);
        places.insert(*function, place);
    }
    out.section(&functions);

    let filled = plan.slots.iter().map(|(slot, function)| (*slot, places[function])).collect();
    out.section(&elements(table, &filled));

    let mut code = CodeSection::new();
    let calls = Calls { places, plan, types: &module.function_types, table };
    for (function, body) in module.defined() {
        if plan.later.contains(&function) {
            code.function(&calls.rewritten(body)?);
        }
    }
    out.section(&code).section(data);
    Ok(out.finish())
}

/// How calls are written in one of the modules.
struct Calls<'a> {
    places: BTreeMap<u32, u32>,
    plan: &'a Plan,
    types: &'a [u32],
    table: u32,
}

impl Calls<'_> {
    fn rewritten(&self, body: &FunctionBody<'_>) -> Outcome<Function> {
        let mut renumber = Renumber { places: &self.places };
        let mut function = renumber.new_function_with_parsed_locals(body).map_err(unreadable)?;
        for operator in body.get_operators_reader().map_err(unreadable)? {
            match operator.map_err(unreadable)? {
                Operator::Call { function_index } if !self.places.contains_key(&function_index) => {
                    let slot = self.plan.slot_of[&function_index];
                    let type_ = self.types[function_index as usize];
                    call_slot(&mut function, slot, type_, self.table);
                }
                operator => {
                    let instruction = renumber.instruction(operator).map_err(unreadable)?;
                    function.instruction(&instruction);
                }
            }
        }
        Ok(function)
    }
}

struct Renumber<'a> {
    places: &'a BTreeMap<u32, u32>,
}

impl Reencode for Renumber<'_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Infallible>> {
        Ok(self.places[&function])
    }
}

/// The tables, with room for every slot.
fn table_types(module: &Module<'_>, plan: &Plan) -> Outcome<Vec<wasm_encoder::TableType>> {
    let functions = module.function_table()? as usize;
    let sized = |(index, type_): (usize, &wasmparser::TableType)| {
        let mut type_ = reencode::RoundtripReencoder.table_type(*type_).map_err(unreadable)?;
        if index == functions {
            type_.minimum = plan.table_size;
            type_.maximum = type_.maximum.map(|maximum| maximum.max(plan.table_size));
        }
        Ok(type_)
    };
    module.tables.iter().enumerate().map(sized).collect()
}

fn table_name(table: u32) -> String {
    format!("$t{table}")
}

fn global_name(global: u32) -> String {
    format!("$g{global}")
}

fn shared_name(number: u32) -> String {
    format!("${number}")
}

fn memory_name<'a>(module: &Module<'a>) -> Outcome<&'a str> {
    let memory = |export: &&wasmparser::Export<'_>| export.kind == wasmparser::ExternalKind::Memory;
    let found = module.exports.iter().find(memory);
    found.map(|export| export.name).ok_or_else(|| "the module keeps its memory".to_owned())
}

fn call_slot(function: &mut Function, slot: u32, type_index: u32, table_index: u32) {
    function.instruction(&Instruction::I32Const(slot.cast_signed()));
    function.instruction(&Instruction::CallIndirect { type_index, table_index });
}

/// Element segments that fill these slots, one for each run of neighbours.
fn elements(table: u32, filled: &BTreeMap<u32, u32>) -> ElementSection {
    let mut section = ElementSection::new();
    let slots: Vec<(u32, u32)> = filled.iter().map(|(slot, place)| (*slot, *place)).collect();
    for run in slots.chunk_by(|(a, _), (b, _)| a + 1 == *b) {
        let offset = ConstExpr::i32_const(run[0].0.cast_signed());
        let functions: Vec<u32> = run.iter().map(|(_, place)| *place).collect();
        let table = (table != 0).then_some(table);
        section.active(table, &offset, Elements::Functions(functions.into()));
    }
    section
}

pub(super) fn copy(module: &Module<'_>, id: SectionId, out: &mut wasm_encoder::Module) {
    if let Some(data) = module.section(id) {
        out.section(&RawSection { id: id as u8, data });
    }
}

#[cfg(test)]
pub(super) mod tests {
    use wasm_encoder::{ExportKind, MemorySection, MemoryType, TypeSection, ValType};

    use super::*;

    /// Exported `start` calls `seldom`, which calls `often`; the table holds `seldom`.
    pub(in crate::split) fn sample() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([ValType::I32], [ValType::I32]);
        let mut functions = FunctionSection::new();
        functions.function(0).function(1).function(1);
        let mut tables = TableSection::new();
        tables.table(wasm_encoder::TableType {
            element_type: wasm_encoder::RefType::FUNCREF,
            table64: false,
            minimum: 2,
            maximum: Some(2),
            shared: false,
        });
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0).export("start", ExportKind::Func, 0);
        let elements = elements(0, &BTreeMap::from([(1, 1)]));
        let mut code = CodeSection::new();
        let calling = |callee: u32, drop: bool| {
            let mut function = Function::new([]);
            function.instruction(&Instruction::I32Const(7));
            function.instruction(&Instruction::Call(callee));
            if drop {
                function.instruction(&Instruction::Drop);
            }
            function.instruction(&Instruction::End);
            function
        };
        code.function(&calling(1, true)).function(&calling(2, false));
        let mut often = Function::new([]);
        often.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::End);
        code.function(&often);
        let mut module = wasm_encoder::Module::new();
        module.section(&types).section(&functions).section(&tables).section(&memories);
        module.section(&exports).section(&elements).section(&code);
        module.finish()
    }

    #[test]
    fn both_parts_are_valid_and_fit_together() {
        let bytes = sample();
        let module = Module::read(&bytes).expect("it is plain");
        let [first, later] = split(&module, &BTreeSet::from([2]), "").expect("it can be split");
        for part in [&first, &later] {
            wasmparser::validate(part).expect("valid");
        }
        let (first, later) = (Module::read(&first), Module::read(&later));
        let first = first.expect("readable");
        // `start`, `often`, and a stub for `seldom` in its slot.
        assert_eq!((first.bodies.len(), &first.slots[..]), (3, &[(1, 3)][..]));
        assert_eq!((first.imports[0].module, first.imports[0].name), ASK);
        // It imports more than functions.
        assert!(later.is_err());
    }
}
