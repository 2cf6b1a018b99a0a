//! Which data the later module brings: long texts that only its functions read.
//!
//! What a function reads cannot be told from a finished module, so the texts are named (see
//! [`super::LATER_TEXTS`]) and found again by their bytes. The first module leaves a hole there, which
//! the later one fills when it is made.

use std::ops::Range;

use wasm_encoder::{ConstExpr, DataSection, SectionId};
use wasmparser::{BinaryReader, DataKind, DataSectionReader, Operator};

use super::module::{Module, unreadable};
use crate::shell::Outcome;

/// The data of the first module and of the later one.
pub(super) fn divide(module: &Module<'_>, texts: &[Vec<u8>]) -> Outcome<[DataSection; 2]> {
    let (mut first, mut later) = (DataSection::new(), DataSection::new());
    let mut found = 0;
    let section = module.section(SectionId::Data).unwrap_or(&[0]);
    let segments = DataSectionReader::new(BinaryReader::new(section, 0)).map_err(unreadable)?;
    for segment in segments {
        let segment = segment.map_err(unreadable)?;
        let DataKind::Active { memory_index: 0, offset_expr } = segment.kind else {
            return Err("the module has data that is not simply there".to_owned());
        };
        let mut offset = offset_expr.get_operators_reader();
        let Operator::I32Const { value: start } = offset.read().map_err(unreadable)? else {
            return Err("the module has data without a fixed place".to_owned());
        };
        let mut moved: Vec<Range<usize>> =
            texts.iter().filter_map(|text| position(segment.data, text)).collect();
        moved.sort_by_key(|range| range.start);
        found += moved.len();
        let add = |section: &mut DataSection, range: Range<usize>| -> Outcome {
            if !range.is_empty() {
                let place = start + i32::try_from(range.start).map_err(unreadable)?;
                let bytes = segment.data[range].iter().copied();
                section.active(0, &ConstExpr::i32_const(place), bytes);
            }
            Ok(())
        };
        let mut kept_from = 0;
        for range in moved {
            add(&mut first, kept_from..range.start)?;
            kept_from = range.end;
            add(&mut later, range)?;
        }
        add(&mut first, kept_from..segment.data.len())?;
    }
    if found < texts.len() {
        return Err(
            "a text for the later module is not in the program as it was written".to_owned()
        );
    }
    Ok([first, later])
}

fn position(data: &[u8], text: &[u8]) -> Option<Range<usize>> {
    let start = data.windows(text.len().max(1)).position(|window| window == text)?;
    Some(start..start + text.len())
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{MemorySection, MemoryType};

    use super::*;

    #[test]
    fn a_text_leaves_a_hole_that_the_later_module_fills() {
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(64), b"often SELDOM often".iter().copied());
        let mut module = wasm_encoder::Module::new();
        module.section(&memories).section(&data);
        let bytes = module.finish();
        let module = Module::read(&bytes).expect("it is plain");
        let [first, later] = divide(&module, &[b"SELDOM".to_vec()]).expect("it is there");
        assert_eq!((first.len(), later.len()), (2, 1));
        assert!(divide(&module, &[b"absent".to_vec()]).is_err());
    }
}
