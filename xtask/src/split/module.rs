//! A WebAssembly module, read as far as splitting needs.

use std::collections::HashMap;
use std::ops::Range;

use wasmparser::{
    CompositeInnerType, ConstExpr, ElementItems, ElementKind, Export, ExternalKind, FuncType,
    FunctionBody, GlobalType, Import, MemoryType, Operator, Parser, Payload, RefType, TableType,
    TypeRef,
};

use crate::shell::Outcome;

/// A module and where its sections are.
pub(super) struct Module<'a> {
    bytes: &'a [u8],
    pub(super) types: Vec<FuncType>,
    pub(super) imports: Vec<Import<'a>>,
    /// The type of each function, imported ones first.
    pub(super) function_types: Vec<u32>,
    /// How many functions are imported.
    pub(super) imported_functions: u32,
    pub(super) tables: Vec<TableType>,
    pub(super) memories: Vec<MemoryType>,
    pub(super) globals: Vec<GlobalType>,
    pub(super) exports: Vec<Export<'a>>,
    /// Which function each filled slot of the function table holds.
    pub(super) slots: Vec<(u32, u32)>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    /// Sections that stay as they are, by their number.
    raw: HashMap<u8, Range<u64>>,
}

impl<'a> Module<'a> {
    /// Reads a module that wasm-bindgen and wasm-opt have been over.
    pub(super) fn read(bytes: &'a [u8]) -> Outcome<Self> {
        let mut module = Self {
            bytes,
            types: Vec::new(),
            imports: Vec::new(),
            function_types: Vec::new(),
            imported_functions: 0,
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            exports: Vec::new(),
            slots: Vec::new(),
            bodies: Vec::new(),
            raw: HashMap::new(),
        };
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(unreadable)?;
            if let Some((id, range)) = payload.as_section() {
                module.raw.insert(id, range);
            }
            module.take(payload)?;
        }
        Ok(module)
    }

    fn take(&mut self, payload: Payload<'a>) -> Outcome {
        match payload {
            Payload::TypeSection(reader) => {
                for group in reader {
                    for type_ in group.map_err(unreadable)?.types() {
                        let CompositeInnerType::Func(func) = &type_.composite_type.inner else {
                            return Err("the module has types that are no functions'".to_owned());
                        };
                        self.types.push(func.clone());
                    }
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    let import = import.map_err(unreadable)?;
                    match import.ty {
                        TypeRef::Func(type_) => self.function_types.push(type_),
                        _ => return Err(format!("an import that is no function: {}", import.name)),
                    }
                    self.imports.push(import);
                }
                self.imported_functions = count(self.imports.len());
            }
            Payload::FunctionSection(reader) => {
                for type_ in reader {
                    self.function_types.push(type_.map_err(unreadable)?);
                }
            }
            Payload::TableSection(reader) => {
                for table in reader {
                    self.tables.push(table.map_err(unreadable)?.ty);
                }
            }
            Payload::MemorySection(reader) => {
                for memory in reader {
                    self.memories.push(memory.map_err(unreadable)?);
                }
            }
            Payload::GlobalSection(reader) => {
                for global in reader {
                    self.globals.push(global.map_err(unreadable)?.ty);
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    self.exports.push(export.map_err(unreadable)?);
                }
            }
            Payload::StartSection { .. } => {
                return Err("the module has a start function".to_owned());
            }
            Payload::ElementSection(reader) => {
                for element in reader {
                    let element = element.map_err(unreadable)?;
                    self.take_element(element.kind, element.items)?;
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            _ => {}
        }
        Ok(())
    }

    fn take_element(&mut self, kind: ElementKind<'a>, items: ElementItems<'a>) -> Outcome {
        let ElementKind::Active { table_index, offset_expr } = kind else {
            return Err("an element segment that is not active".to_owned());
        };
        if table_index.unwrap_or(0) != self.function_table()? {
            return Err("an element segment of a table that is not the functions'".to_owned());
        }
        let ElementItems::Functions(functions) = items else {
            return Err("an element segment of expressions".to_owned());
        };
        for (slot, function) in (constant(&offset_expr)?..).zip(functions) {
            self.slots.push((slot, function.map_err(unreadable)?));
        }
        Ok(())
    }

    /// The index of the table that holds functions.
    pub(super) fn function_table(&self) -> Outcome<u32> {
        let found = self.tables.iter().position(|table| table.element_type == RefType::FUNCREF);
        found.map(count).ok_or_else(|| "the module has no table of functions".to_owned())
    }

    /// The bytes of a section that stays as it is.
    pub(super) fn section(&self, id: wasm_encoder::SectionId) -> Option<&'a [u8]> {
        let range = self.raw.get(&(id as u8))?;
        self.bytes.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
    }

    /// The functions the module has of its own, with their bodies.
    pub(super) fn defined(&self) -> impl Iterator<Item = (u32, &FunctionBody<'a>)> {
        (self.imported_functions..).zip(&self.bodies)
    }

    /// The functions that JavaScript calls.
    pub(super) fn exported(&self) -> impl Iterator<Item = u32> {
        let functions = self.exports.iter().filter(|export| export.kind == ExternalKind::Func);
        functions.map(|export| export.index)
    }
}

fn constant(expression: &ConstExpr<'_>) -> Outcome<u32> {
    match expression.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => Ok(value.cast_unsigned()),
        _ => Err("an element segment whose place is no constant".to_owned()),
    }
}

/// Indices of a module are 32 bits wide.
pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).expect("a module has fewer than 2^32 of anything")
}

pub(super) fn unreadable(error: impl std::fmt::Display) -> String {
    format!("cannot read the module: {error}")
}
