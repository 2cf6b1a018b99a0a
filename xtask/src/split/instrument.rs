//! A module that notes which of its functions are called: how the first visit is recorded.

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, Instruction, MemArg, MemArgTarget, SectionId};

use super::emit::copy;
use super::module::{Module, count, unreadable};
use crate::shell::Outcome;

/// Adds to every function that it notes, in a byte of its own, that it was called. The bytes come
/// after the module's own memory; their address is given back.
pub(super) fn instrument(module: &Module<'_>) -> Outcome<(Vec<u8>, u64)> {
    const PAGE: u64 = 1 << 16;
    let mut memory = *module.memories.first().ok_or("the module has no memory")?;
    let notes = memory.initial * PAGE;
    memory.initial += u64::from(count(module.bodies.len())).div_ceil(PAGE);
    let mut roundtrip = reencode::RoundtripReencoder;
    let mut out = wasm_encoder::Module::new();
    for id in [SectionId::Type, SectionId::Import, SectionId::Function, SectionId::Table] {
        copy(module, id, &mut out);
    }
    let mut memories = wasm_encoder::MemorySection::new();
    memories.memory(roundtrip.memory_type(memory).map_err(unreadable)?);
    out.section(&memories);
    for id in [SectionId::Global, SectionId::Export, SectionId::Element] {
        copy(module, id, &mut out);
    }
    let mut code = CodeSection::new();
    for (number, body) in (0..).zip(&module.bodies) {
        let mut function = roundtrip.new_function_with_parsed_locals(body).map_err(unreadable)?;
        function.instruction(&Instruction::I32Const(0));
        function.instruction(&Instruction::I32Const(1));
        let note = MemArg {
            offset: notes + number,
            align: 0,
            target: MemArgTarget::Memory(0),
            ordering: None,
        };
        function.instruction(&Instruction::I32Store8(note));
        for operator in body.get_operators_reader().map_err(unreadable)? {
            let operator = operator.map_err(unreadable)?;
            function.instruction(&roundtrip.instruction(operator).map_err(unreadable)?);
        }
        code.function(&function);
    }
    out.section(&code);
    copy(module, SectionId::Data, &mut out);
    Ok((out.finish(), notes))
}

#[cfg(test)]
mod tests {
    use super::super::emit::tests::sample;
    use super::*;

    #[test]
    fn an_instrumented_module_is_valid_and_has_room_for_its_marks() {
        let bytes = sample();
        let module = Module::read(&bytes).expect("it is plain");
        let (instrumented, notes) = instrument(&module).expect("it has memory");
        wasmparser::validate(&instrumented).expect("valid");
        assert_eq!(notes, 1 << 16);
        let instrumented = Module::read(&instrumented).expect("readable");
        assert_eq!(instrumented.memories[0].initial, 2);
    }
}
